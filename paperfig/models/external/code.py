"""The Python code of the user's own that reads a checkpoint: its files, and running it.

Which files count is told by reading them, never by importing: the adapter's own top-level
package (every .py file below it) or single module, and those of each top-level name that
they import and that lies in the same folder.
"""

import ast
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from importlib.machinery import PathFinder
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
    files: dict[str, tuple[Path, ...]] = {}
    waiting = [_top(adapter.partition(":")[0])]
    while waiting:
        name = waiting.pop()
        if name in files or name == PAPERFIG:
            continue
        files[name] = _files_of(name, folder)
        waiting += sorted(found for path in files[name] for found in _imported(path))
    found = sorted(path for paths in files.values() for path in paths)
    return tuple(found) or (folder / f"{_top(adapter)}.py",)


class AdapterCode:
    """The modules of one adapter, imported anew and for nobody else.

    Args:
        adapter: ``package.module:function``.
        folder: what its module is imported from.
    """

    def __init__(self, adapter: str, folder: Path) -> None:
        self._adapter, self._folder = adapter, folder
        self._files = frozenset(code_files(adapter, folder))
        self._names = {_top(_module_name(path, folder)) for path in self._files}
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
            CheckpointError: the code raised an error, or loaded a module of its folder
                that no import statement names.
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
        named = [name for name in sys.modules if _top(name) in self._names]
        return {name: sys.modules.pop(name) for name in named}

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """The code's own errors as ours: it may raise anything."""
        try:
            yield
        except PaperfigError:
            raise
        except (Exception, SystemExit) as error:
            what = f"it raised {type(error).__name__}: {error}"
            raise CheckpointError(
                self._adapter, what, "`paperfig show … --debug` shows where"
            ) from error

    def _check_loaded(self, known: set[str]) -> None:
        for name in sorted(set(sys.modules) - known):
            file = getattr(sys.modules[name], "__file__", None)
            if file is None or Path(file) in self._files or not self._is_own(Path(file)):
                continue
            raise CheckpointError(
                self._adapter,
                f"it loaded {name}, which no import statement of it names, so that a change "
                "of it could not be seen",
                f"write `import {name}`",
            )

    def _is_own(self, file: Path) -> bool:
        """Whether the file is code of the folder, and of no environment or of paperfig."""
        foreign = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[2])
        return file.is_relative_to(self._folder) and not any(map(file.is_relative_to, foreign))


def _files_of(name: str, folder: Path) -> tuple[Path, ...]:
    """The files of a top-level name: of a package before a module, as Python finds them."""
    package, module = folder / name, folder / f"{name}.py"
    if (package / "__init__.py").is_file():
        return tuple(package.rglob("*.py"))
    if module.is_file():
        return (module,)
    installed = PathFinder.find_spec(name)  # comes before a folder without __init__.py
    if package.is_dir() and (installed is None or installed.origin is None):
        return tuple(package.rglob("*.py"))
    return ()


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


def _module_name(path: Path, folder: Path) -> str:
    return ".".join(path.relative_to(folder).with_suffix("").parts)


def _top(name: str) -> str:
    return name.partition(".")[0].partition(":")[0]
