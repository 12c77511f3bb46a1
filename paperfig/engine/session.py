"""What is kept from figure to figure: the loaded checkpoint, and the processes that draw."""

from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from paperfig.engine.executors import Submit, drawing
from paperfig.progress import working
from paperfig.project.digests import Digests
from paperfig.project.workspace import Workspace
from paperfig.specs.schema import CheckpointSpec, FigureSpec

if TYPE_CHECKING:
    import torch

    from paperfig.engine.group import Group
    from paperfig.models.source import AttentionSource


class Session:
    """Where the figures of a project are computed and drawn.

    The last checkpoint stays loaded for as long as its files do not change: one that is
    replaced under the same name is read again. Fonts are likewise looked at before each
    drawing (`paperfig.drawing.fonts`).

    Args:
        workspace: the project.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        allow_adapters: whether adapters' code may be run, whatever the trust file says.

    Attributes:
        root: the project's.
    """

    def __init__(
        self, workspace: Workspace, device: str = "auto", *, allow_adapters: bool = False
    ) -> None:
        self.root, self._asked, self._allow_adapters = workspace.root, device, allow_adapters
        self._stack = ExitStack()
        self._loaded: tuple[object, AttentionSource] | None = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def check_device(self) -> None:
        """Nothing where the device that was asked for is here.

        Raises:
            RequestError: it is not.
        """
        from paperfig.models.device import resolve_device

        resolve_device(self._asked)

    @property
    def device(self) -> "torch.device":
        """Where attention is computed.

        Raises:
            RequestError: the device that was asked for is not here.
        """
        from paperfig.models.device import resolve_device

        return resolve_device(self._asked)

    @property
    def device_name(self) -> str:
        """What computes: the card's name, or cpu."""
        from paperfig.models.device import device_name

        return device_name(self.device)

    def drawing(self, figures: int, jobs: int) -> Submit:
        """A way to submit drawings, to processes where there are enough; up to the end.

        To be asked for before anything is loaded: the processes start in the meantime.
        """
        return self._stack.enter_context(drawing(figures, jobs))

    def source(self, checkpoint: CheckpointSpec, digests: Digests) -> "AttentionSource":
        """The loaded checkpoint.

        Raises:
            CheckpointError: it cannot be read, or not as the spec says.
            InputError: it changed while it was read.
        """
        from paperfig.models.files.listing import checkpoint_files, display_name

        files = checkpoint_files(checkpoint, root=self.root)
        identity = (checkpoint, digests.identity(files))
        if self._loaded is None or self._loaded[0] != identity:
            self._loaded = None
            with working(f"loading {display_name(checkpoint)}"):
                source = self._opened(checkpoint)
            digests.check_unchanged(files)
            self._loaded = (identity, source)
        return self._loaded[1]

    def _opened(self, checkpoint: CheckpointSpec) -> "AttentionSource":
        from paperfig.engine.given import read_source
        from paperfig.models.checkpoint import load_checkpoint
        from paperfig.models.files.listing import checked_path, display_name

        if checkpoint.recorded is not None:
            path = checked_path(checkpoint, root=self.root)
            return read_source(path, where=display_name(checkpoint))
        return load_checkpoint(
            checkpoint,
            root=self.root,
            device=self.device,
            allow_adapters=self._allow_adapters,
        )

    def group(self, specs: Iterable[FigureSpec], digests: Digests) -> "Group":
        """Figures that share a checkpoint, a tokenizer and an excerpt, ready to be computed.

        Raises:
            PaperfigError: one of these is not there, or is not what the spec says.
        """
        from paperfig.engine.group import Group
        from paperfig.excerpts.excerpt import read_excerpt
        from paperfig.excerpts.tokenizers.choice import tokenizer_if_needed
        from paperfig.excerpts.tokenizers.size import check_size
        from paperfig.models.source import excerpt_given_with

        several = tuple(specs)
        spec, root = several[0], self.root
        source = self.source(spec.checkpoint, digests)
        given = excerpt_given_with(source)
        if given is not None:
            return Group(several, source, given)
        beside = None if spec.checkpoint.path is None else root / spec.checkpoint.path
        tokenizer = tokenizer_if_needed(
            spec.tokenizer, spec.excerpt, checkpoint=beside, root=root
        )
        rows = source.facts.vocab_size
        if tokenizer is not None:
            check_size(spec.tokenizer, tokenizer, rows, checkpoint=beside, root=root)
        excerpt = read_excerpt(
            spec.excerpt,
            tokenizer,
            root=root,
            context=source.facts.context,
            vocab_size=rows,
            trained_on_clean=source.facts.trained_on_clean,
        )
        return Group(several, source, excerpt)
