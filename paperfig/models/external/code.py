"""The Python code of the user's own that reads a checkpoint: its files, and running it.

Which files count is told by reading them, never by importing: the adapter's own top-level
package (every .py file below it) or single module, and those of each top-level name that
they import and that lies in the same folder, or on Python's search path outside every
environment (in a folder of PYTHONPATH, say). What is installed has a version instead.
"""

import ast
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from paperfig.errors import CheckpointError, PaperfigError

PAPERFIG = "paperfig"


def code_files(adapter: str, folder: Path) -> tuple[Path, ...]:
    """Every file of code that the adapter may run, sorted; nothing is imported.

    The file where the adapter should be comes alone where it is not there.

    Args:
        adapter: ``package.module:function``.
        folder: what its module is imported from.
    """
    found = sorted(path for paths in _files_by_name(adapter, folder).values() for path in paths)
    return tuple(found) or (folder / f"{_top(adapter)}.py",)


class AdapterCode:
    """The modules of one adapter, imported anew and for nobody else.

    A module of the search path that the program has loaded itself is shared with it.

    Args:
        adapter: ``package.module:function``, or a class of the module in its place.
        folder: what its module is imported from.
    """

    def __init__(self, adapter: str, folder: Path) -> None:
        self._adapter, self._folder = adapter, folder
        files = _files_by_name(adapter, folder)
        self._files = frozenset(path for paths in files.values() for path in paths)
        self._names = {
            name
            for name, paths in files.items()
            if any(path.is_relative_to(folder) for path in paths) or name not in sys.modules
        }
        self._modules: dict[str, ModuleType] = {}

    def function(self) -> Callable[..., Any]:
        """The adapter's function, imported on this call.

        Raises:
            CheckpointError: there is no such module or function, or importing it failed.
        """
        module, _, name = self._adapter.partition(":")
        first = self._folder / _top(module)
        if not (first.is_dir() or first.with_suffix(".py").is_file()):
            raise CheckpointError(
                self._adapter,
                f"{self._folder} holds no module {first.name}",
                "`code` names the folder that it is imported from",
            )
        with self.running():
            found = getattr(importlib.import_module(module), name, None)
        if not callable(found):
            raise CheckpointError(
                self._adapter, f"{module} has no function {name}", "`module:function` is right"
            )
        function: Callable[..., Any] = found
        return function

    @contextmanager
    def running(self) -> Iterator[None]:
        """Runs the adapter's code: its modules are found first, and taken out afterwards.

        Other modules of the same names stay what they were. Byte code is neither read nor
        written, so that what runs is what was digested. What it prints goes to stderr.

        Raises:
            CheckpointError: the code raised an error, imports what is not there, or loaded a
                module of the search path that no import statement names.
        """
        others = self._taken_out()
        before = (sys.dont_write_bytecode, sys.pycache_prefix)
        sys.path.insert(0, os.fspath(self._folder))
        sys.modules.update(self._modules)
        sys.dont_write_bytecode, sys.pycache_prefix = True, os.devnull
        importlib.invalidate_caches()
        known = set(sys.modules)
        try:
            with self._faults(), redirect_stdout(sys.stderr):
                yield
            self._check_loaded(known)
        finally:
            sys.dont_write_bytecode, sys.pycache_prefix = before
            sys.path.remove(os.fspath(self._folder))
            self._modules = self._taken_out()
            sys.modules.update(others)

    def _taken_out(self) -> dict[str, ModuleType]:
        """The modules of the adapter's names, no longer in ``sys.modules``."""
        named = [name for name in sys.modules if name.partition(".")[0] in self._names]
        return {name: sys.modules.pop(name) for name in named}

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """The code's own errors as ours: it may raise anything."""
        try:
            yield
        except PaperfigError:
            raise
        except (Exception, SystemExit) as error:
            if isinstance(error, ModuleNotFoundError) and _is_missing(error.name):
                raise CheckpointError(
                    self._adapter,
                    f"it imports {error.name}, which is neither in {self._folder} nor "
                    "installed",
                    "install it, or name by `code` the folder of the project that holds it",
                ) from error
            raise CheckpointError(
                self._adapter,
                f"it raised {type(error).__name__}: {' '.join(str(error).split())}",
                "`paperfig show … --debug` shows where",
            ) from error

    def _check_loaded(self, known: set[str]) -> None:
        environments = _environments()
        searched = (self._folder, *(Path(entry).absolute() for entry in sys.path))
        for name in sorted(set(sys.modules) - known):
            file = Path(getattr(sys.modules[name], "__file__", None) or "")
            if file in self._files or not _is_in(file, searched) or _is_in(file, environments):
                continue
            raise CheckpointError(
                self._adapter,
                f"it loaded {name}, which no import statement of it names, so that a change "
                "of it could not be seen",
                f"write `import {name}`",
            )


def _files_by_name(adapter: str, folder: Path) -> Mapping[str, tuple[Path, ...]]:
    """The files of the adapter's top-level name, and of each that it comes to import."""
    importlib.invalidate_caches()
    environments = _environments()
    files: dict[str, tuple[Path, ...]] = {}
    waiting = [_top(adapter)]
    while waiting:
        name = waiting.pop()
        if name in files or name == PAPERFIG:
            continue
        files[name] = _files_of(name, folder, environments)
        waiting += sorted(found for path in files[name] for found in _imported(path))
    return {name: paths for name, paths in files.items() if paths}


def _files_of(name: str, folder: Path, environments: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files of a top-level name as Python finds it; none of what is installed."""
    spec = _found(name, folder)
    if spec is None:
        return ()
    module = [spec.origin] if spec.origin and spec.has_location else []
    is_module = spec.submodule_search_locations is None
    places = map(Path, module if is_module else spec.submodule_search_locations or ())
    own = [
        place
        for place in places
        if place.is_relative_to(folder) or not _is_in(place, environments)
    ]
    return tuple(own if is_module else sorted(path for it in own for path in it.rglob("*.py")))


def _found(name: str, folder: Path) -> ModuleSpec | None:
    """Where a top-level name would be imported from, in the folder first."""
    search = [os.fspath(folder), *sys.path]
    for finder in sys.meta_path:
        path = search if finder is PathFinder else None
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    return None


def _environments() -> tuple[Path, ...]:
    """The folders of what is installed, and paperfig's own."""
    installed = [
        Path(entry) for entry in sys.path if entry and any(Path(entry).glob("*.dist-info"))
    ]
    own = Path(__file__).parents[2]
    return (Path(sys.prefix), Path(sys.base_prefix), own, *installed)


def _is_in(file: Path, folders: tuple[Path, ...]) -> bool:
    return any(map(file.is_relative_to, folders))


def _is_missing(name: str | None) -> bool:
    """Whether a whole top-level name was not found, and no part of one that is there."""
    return name is not None and name == _top(name)


def _imported(path: Path) -> tuple[str, ...]:
    status = path.stat()
    return _top_level_imports(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _top_level_imports(path: Path, _mtime: int, _size: int) -> tuple[str, ...]:
    """The top-level names of a file's absolute imports; none where it is no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return ()  # running it says what is wrong
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {_top(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(_top(node.module))
    return tuple(sorted(names))


def _top(name: str) -> str:
    return name.partition(".")[0].partition(":")[0]
