"""What the tests share: the shared data, tools of the system, a project, a device."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("PAPERFIG_REQUIRE_ALL") == "1"

# A busy machine is slow, and that is no fault of a property.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


def missing(what: str) -> None:
    """Skips with the reason, or fails where everything is required."""
    if REQUIRE_ALL:
        pytest.fail(f"{what}, and PAPERFIG_REQUIRE_ALL is set")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data: real texts, checkpoints, reference dumps."""
    beside = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("PAPERFIG_SHARED") or beside)
    if (folder / "data").is_dir():
        folder = folder / "data"
    if not (folder / "vfe").is_dir():
        missing("no shared test data (set PAPERFIG_SHARED)")
    return folder


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """The path of a program, else the test is skipped (or fails)."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            missing(f"{name} is not installed")
        return str(path)

    return find


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    """Each device that computes; CUDA is skipped where there is none, always."""
    import torch

    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return str(request.param)


@pytest.fixture
def repository() -> Path:
    """The root of this repository."""
    return REPOSITORY


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project: a root with figspec/ in it."""
    (tmp_path / "figspec").mkdir()
    return tmp_path
