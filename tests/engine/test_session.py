"""What stays warm from figure to figure, and for how long."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from paperfig.engine.session import Session
from paperfig.errors import CheckpointError, InputError
from paperfig.models import checkpoint
from paperfig.models.source import AttentionSource
from paperfig.project.digests import Digests
from paperfig.project.stamps import is_fresh, stamp_of
from paperfig.project.workspace import Workspace
from paperfig.specs.loader import load_specs
from paperfig.specs.schema import FigureSpec


@pytest.fixture
def rain(gpt_project: Path) -> FigureSpec:
    """The project's spec."""
    (named,) = load_specs(gpt_project, None)
    return named.spec


@pytest.fixture
def session(gpt_project: Path) -> Session:
    """A session on the CPU."""
    checkpoint_file = gpt_project / "models" / "tiny.pt"
    while is_fresh(stamp_of(str(checkpoint_file))):  # else it is read again, to be safe
        time.sleep(0.005)
    return Session(Workspace(gpt_project), "cpu")


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is loaded, each time."""
    loaded, load = [], checkpoint.load_checkpoint

    def counted(*arguments: object, **options: object) -> AttentionSource:
        loaded.append(load(*arguments, **options))
        return loaded[-1]

    monkeypatch.setattr(checkpoint, "load_checkpoint", counted)
    return loaded


def replaced(project: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    """Another checkpoint under the same name, moved into place."""
    path = project / "models" / "tiny.pt"
    content = torch.load(path)
    change(content["model"])
    torch.save(content, path.with_suffix(".next"))
    path.with_suffix(".next").replace(path)


def weights(session: Session, spec: FigureSpec, project: Path) -> np.ndarray:
    """The weights of the figure's only head, as a build of its own would have them."""
    group = session.group([spec], Digests(Workspace(project)))
    return group.values(spec).maps[0].weights


def test_a_checkpoint_is_loaded_once(
    gpt_project: Path, session: Session, rain: FigureSpec, loads: list[object]
) -> None:
    """Figure after figure, and build after build."""
    first, again = (weights(session, rain, gpt_project) for _ in range(2))

    assert len(loads) == 1
    np.testing.assert_array_equal(first, again)


def test_a_replaced_checkpoint_is_read_anew(
    gpt_project: Path, session: Session, rain: FigureSpec, loads: list[object]
) -> None:
    """The path is the same, the file is another: its own values are given."""
    before = weights(session, rain, gpt_project)
    replaced(gpt_project, lambda model: model["transformer.wte.weight"].mul_(1.5))
    after = weights(session, rain, gpt_project)

    assert len(loads) == 2
    assert np.abs(before - after).max() > 1e-3
    fresh = weights(Session(Workspace(gpt_project), "cpu"), rain, gpt_project)
    np.testing.assert_array_equal(after, fresh)


def test_a_checkpoint_that_changes_while_it_is_loaded(
    gpt_project: Path, session: Session, rain: FigureSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the one nor the other is drawn."""
    load = checkpoint.load_checkpoint

    def late(*arguments: object, **options: object) -> AttentionSource:
        source = load(*arguments, **options)
        replaced(gpt_project, lambda model: model["transformer.wte.weight"].mul_(1.5))
        return source

    monkeypatch.setattr(checkpoint, "load_checkpoint", late)
    with pytest.raises(InputError) as caught:
        weights(session, rain, gpt_project)

    assert str(caught.value) == "models/tiny.pt: changed while it was read; build again"


def test_a_checkpoint_that_is_gone_is_not_kept(
    gpt_project: Path, session: Session, rain: FigureSpec
) -> None:
    """What was loaded of it does not stand in for it."""
    weights(session, rain, gpt_project)
    (gpt_project / "models" / "tiny.pt").unlink()

    with pytest.raises(CheckpointError, match=r"models/tiny\.pt: no such checkpoint"):
        weights(session, rain, gpt_project)
