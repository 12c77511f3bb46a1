"""A figure as an object: it shows itself in a notebook, and is saved for a paper."""

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from paperfig.api.request import Spec, asked
from paperfig.engine.computing import values_alone
from paperfig.engine.session import Session
from paperfig.errors import AttentionError, RequestError
from paperfig.kinds import kind_named
from paperfig.project.output import write_beside
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import NamedSpec
from paperfig.values.codec import as_json
from paperfig.values.figure import FigureData
from paperfig.values.numbers import tokens_counted

if TYPE_CHECKING:
    import matplotlib.figure

    from paperfig.captions.render import Caption
    from paperfig.drawing.render import Drawing

PICTURES = ("pdf", "svg", "png")
"""The suffixes of files that a figure is saved as."""

LARGEST_SVG = 500_000
"""Bytes from which on a notebook is given the PNG only: it keeps whatever it shows."""

LISTED_HEADS = 4
"""Heads that are named, where there are more."""


class Figure:
    r"""A figure of attention, which draws itself when it is first asked to, and only once.

    In a notebook it shows itself, in the size that it has on paper.

    Args:
        named: what is shown and how; the name is that of the float.
        workspace: where templates of captions are looked for.
        values: gives what is drawn, when it is first asked for.

    From the root of a project:

    >>> import paperfig
    >>> figure = paperfig.figure("previous-token", device="cpu")
    >>> figure
    <paperfig.Figure map: L0H0, 24 tokens>
    >>> figure.caption[:48]
    'Attention pattern for head 0 of layer 0 of \\emph'
    >>> figure.facts["heads"], figure.facts["split"], figure.facts["tokens"][1]
    (['L0H0'], 'validation', ' sundial')
    >>> figure.statistics()[0]["class"]
    'previous'
    """

    def __init__(
        self, named: NamedSpec, workspace: Workspace, values: Callable[[], FigureData]
    ) -> None:
        self._named, self._workspace, self._values = named, workspace, values
        self._written: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"<paperfig.Figure {self._summary}>"

    @property
    def caption(self) -> str:
        r"""What `\caption` takes: LaTeX in ASCII, in one line."""
        return self._caption(self._named.name).text.removesuffix("%\n")

    @property
    def float(self) -> str:
        r"""The whole float: `\includegraphics`, caption and label."""
        return self._caption(self._named.name).float

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """Every fact that a template of captions may use, by the names of docs/captions.md."""
        from paperfig.captions.facts import caption_facts

        spec = self._named.spec
        drawn, own = self._drawing.facts, spec.own
        return MappingProxyType(
            caption_facts(self._data, drawn, spec.caption, self._named.name, own)
        )

    def statistics(self) -> tuple[Mapping[str, Any], ...]:
        """One entry a head, as `paperfig show` prints them.

        Raises:
            AttentionError: the figure is of signed values, which are no weights.
        """
        if self._data.signed:
            what = "there are none of signed values"
            raise AttentionError("statistics", what, "attention weights are right")
        return tuple(map(as_json, self._data.statistics))

    @property
    def matplotlib(self) -> "matplotlib.figure.Figure":
        """The drawing as a figure of matplotlib, a new one each time, to be changed at will.

        What matplotlib saves of it is matplotlib's: the width may not be the venue's, fonts
        may be Type 3, and no two files need be alike. `save` keeps what paperfig promises.

        >>> import paperfig
        >>> theirs = paperfig.figure("previous-token", device="cpu").matplotlib
        >>> _ = theirs.text(0.02, 0.98, "draft", va="top")
        """
        return self._draw().figure

    def save(self, path: str | Path) -> Path:
        r"""Writes the picture in the size of the paper, caption and float beside it.

        ``rain.caption.tex`` and ``rain.tex`` come with ``rain.pdf``, and the float includes
        ``rain``. The PDF names no record, as there is none: `paperfig build` writes one.

        Args:
            path: a file that ends in .pdf, .svg or .png, in a folder that exists.

        Returns:
            The picture's path.

        Raises:
            RequestError: the path ends in something else.
            CaptionError: the file's name cannot stand in LaTeX.
            OutputError: there is no such folder, or a file cannot be written.

        >>> import paperfig, tempfile
        >>> figure = paperfig.figure("previous-token", device="cpu")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     saved = figure.save(f"{folder}/rain.pdf")
        ...     print(*sorted(path.name for path in saved.parent.iterdir()))
        rain.caption.tex rain.pdf rain.tex
        """
        saved = Path(path)
        picture = picture_of(saved)
        caption = self._caption(saved.stem)
        folder = saved.parent.absolute()
        files = {
            picture: self._picture(picture),
            "caption.tex": caption.text.encode("ascii"),
            "tex": caption.float.encode("ascii"),
        }
        named = {folder / f"{saved.stem}.{end}": content for end, content in files.items()}
        write_beside(named, folder)
        return saved

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        """What a notebook shows, and how large: a PNG, and SVG where that is not too long."""
        from paperfig.drawing.pdf import shown_size

        given = {"image/png", "image/svg+xml"} - set(exclude or ())
        wanted = given if include is None else given & set(include)
        shown = {mime: self._picture(mime) for mime in sorted(wanted)}
        if len(shown.get("image/svg+xml", b"")) >= LARGEST_SVG:
            del shown["image/svg+xml"]
        about = {**shown_size(self._drawing.facts), "alt": f"Attention {self._summary}"}
        data = {
            mime: b64encode(picture).decode("ascii")
            if mime == "image/png"
            else picture.decode()
            for mime, picture in shown.items()
        }
        return data, dict.fromkeys(data, about)

    @cached_property
    def _data(self) -> FigureData:
        return self._values()

    @cached_property
    def _drawing(self) -> "Drawing":
        return self._draw()

    def _draw(self) -> "Drawing":
        from paperfig.drawing.render import draw_figure

        spec = self._named.spec
        draw = partial(kind_named(self._data.kind).draw, **spec.own)
        more = spec.caption.own_length(self._data.excerpt.text)
        return draw_figure(draw, self._data, spec.style, more_caption=more)

    def _picture(self, form: str) -> bytes:
        """The bytes of a suffix of `PICTURES`, or of what a notebook shows."""
        from paperfig.drawing.pdf import pdf_bytes, png_bytes, shown_png, shown_svg, svg_bytes

        forms = {"pdf": pdf_bytes, "svg": svg_bytes, "png": png_bytes}
        forms |= {"image/png": shown_png, "image/svg+xml": shown_svg}
        if form not in self._written:
            self._written[form] = self._drawing.written(forms[form])
        return self._written[form]

    def _caption(self, name: str) -> "Caption":
        from paperfig.captions.render import render_caption

        spec = self._named.spec
        return render_caption(
            self._data,
            self._drawing.facts,
            spec.caption,
            name=name,
            templates=self._workspace.templates,
            own=spec.own,
        )

    @property
    def _summary(self) -> str:
        """Kind, heads and length: ``map: L0H2, 48 tokens``, of the queries if keys differ."""
        data = self._data
        maps = data.one_of_heads
        heads = list(dict.fromkeys(label for each in maps for label in each.labels))
        shown = ", ".join(heads[:LISTED_HEADS])
        shown += f" and {len(heads) - LISTED_HEADS} more" if heads[LISTED_HEADS:] else ""
        keys = len(data.excerpt.keys)
        beside = "" if keys == len(data.excerpt.tokens) else f", {keys} keys"
        lengths = data.excerpt.lengths
        length = tokens_counted(len(lengths), min(lengths), max(lengths), beside)
        return f"{data.kind}: {shown}, {length}"


def picture_of(path: Path) -> str:
    """The picture that a file's suffix stands for.

    Raises:
        RequestError: it stands for none.
    """
    picture = path.suffix.removeprefix(".")
    if picture not in PICTURES:
        right = "a .pdf, .svg or .png file is right"
        raise RequestError(path, "no picture that is drawn", right)
    return picture


def figure(
    spec: Spec,
    *,
    root: str | Path | None = None,
    device: str = "auto",
    allow_adapters: bool = False,
) -> Figure:
    """The figure that a spec asks for: computed now, drawn when it is asked to.

    Args:
        spec: a spec's file or figure's name, or a mapping with a spec's keys.
        root: the project's root, which the spec's paths start from; found from the working
            folder where it is left out. A mapping needs no project: its paths start from the
            working folder where there is none.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        allow_adapters: whether an adapter's code may be run, whatever the trust file says.

    Returns:
        A figure that shows itself in a notebook and saves itself for a paper.

    Raises:
        PaperfigError: the spec, or what it names, is at fault.

    From the root of a project; where a figure of figspec/ asks for the same, its name will do:

    >>> figure(
    ...     {
    ...         "checkpoint": {"path": "demo/gauge.pt", "name": "gauge-demo"},
    ...         "excerpt": {"text": "The lighthouse stands where the land ends."},
    ...         "head": "all",
    ...         "style": {"venue": "icml", "width": "page"},
    ...     },
    ...     device="cpu",
    ... )
    <paperfig.Figure map: L0H0, L0H1, L0H2, L0H3, 8 tokens>
    >>> figure("scores", root=".", device="cpu", allow_adapters=False)
    <paperfig.Figure scores: L0H3, 48 tokens>
    """
    named, workspace = asked(spec, root)
    session = Session(workspace, device, allow_adapters=allow_adapters)
    data = values_alone(named, session, workspace)
    return Figure(named, workspace, lambda: data)
