"""Figures that captions tell of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from captions.caption_figures import DRAWN, figure

from paperfig.captions.facts import caption_facts
from paperfig.captions.render import render_caption
from paperfig.specs.style import CaptionSpec
from paperfig.values.attention import AttentionMap
from paperfig.values.drawn import DrawnFacts
from paperfig.values.figure import FigureData

NAME = "ours"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """A figure of which a caption tells.

    Attributes:
        data: its values.
        drawn: how it was drawn.
        asked: what is asked of the caption.
        own: the keys that only its kind takes.
    """

    data: FigureData
    drawn: DrawnFacts
    asked: CaptionSpec = field(default_factory=CaptionSpec)
    own: Mapping[str, Any] = field(default_factory=dict)

    @property
    def caption_and_float(self) -> tuple[str, str]:
        """The caption, and the float with an ellipsis in its place."""
        made = render_caption(
            self.data, self.drawn, self.asked, name=NAME, templates=Path("none"), own=self.own
        )
        return made.text, made.float.replace(made.text.removesuffix("%\n"), "...")

    @property
    def facts(self) -> Mapping[str, object]:
        """What the templates are given."""
        facts = caption_facts(self.data, self.drawn, self.asked, NAME, self.own)
        return {**facts, "caption": "", "path": NAME}


def told(
    *maps: AttentionMap,
    caption: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
    data: FigureData | None = None,
    **changes: Any,
) -> Told:
    """A figure of the maps; changes concern the drawing, the excerpt or the model."""
    of_drawing = {field.name for field in fields(DrawnFacts)}
    drawn = {key: changes.pop(key) for key in of_drawing.intersection(changes)}
    return Told(
        data=data or figure(*maps, **changes),
        drawn=DrawnFacts(**DRAWN | drawn),
        asked=CaptionSpec(**caption or {}),
        own=own or {},
    )
