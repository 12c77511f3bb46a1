"""The house: its walls, its budgets, its promises."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jinja2
import jinja2.nodes as template
import pytest

import paperfig
from paperfig.captions.sandbox import CaptionEnvironment
from paperfig.kinds import KINDS

PACKAGE = Path(paperfig.__file__).parent
REGISTRY = PACKAGE / "kinds"
MODULES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({path.parent for path in MODULES})
LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
MOST_MODULES = 22
MISLEADING = {"build", "spec", "attention"}


def loaded_by(code: str, folder: Path) -> set[str]:
    """The top-level packages that a fresh process has loaded after running ``code``."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("room", [f for f in FOLDERS if f not in {PACKAGE, REGISTRY}])
def test_a_rooms_init_is_empty(room: Path) -> None:
    """Importing a value must drag in nothing else; that of kinds/ registers them."""
    assert (room / "__init__.py").read_text() == ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_are_short(path: Path) -> None:
    """A module fits a few screens, a function one."""
    text = path.read_text(encoding="utf-8")
    functions = {
        node.name: (node.end_lineno or 0) - node.lineno + 1 - docstring_lines(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }

    assert text.count("\n") <= LONGEST_MODULE
    assert {name: size for name, size in functions.items() if size > LONGEST_FUNCTION} == {}


def docstring_lines(function: ast.FunctionDef) -> int:
    """How many lines the function's docstring takes."""
    return len((ast.get_docstring(function) or "").splitlines())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_folder_is_read_at_a_glance(folder: Path) -> None:
    """Not many modules side by side; no name that means another thing elsewhere.

    Tools take ``build`` for what was generated and ``spec`` for tests; `attention` is the
    public function.
    """
    assert (
        len([path for path in folder.glob("*.py") if path.stem != "__init__"]) <= MOST_MODULES
    )
    assert folder.name not in MISLEADING


def test_values_load_nothing_heavy(tmp_path: Path) -> None:
    """What crosses rooms needs numpy only."""
    loaded = loaded_by("import paperfig.values.figure, paperfig.values.record", tmp_path)

    assert not loaded & {"torch", "matplotlib", "pydantic", "yaml", "jinja2", "datasets"}


def test_the_registry_of_kinds_loads_nothing_heavy(tmp_path: Path) -> None:
    """What a kind says of itself is known before anything of it is drawn.

    Keys have types of pydantic, which whoever reads specs loads.
    """
    loaded = loaded_by("import paperfig.kinds", tmp_path)

    assert not loaded & {"torch", "matplotlib", "numpy", "yaml", "jinja2"}


def test_nothing_to_do_loads_nothing(project: Path) -> None:
    """The quick path parses no YAML and imports no library at all."""
    code = "import paperfig.cli; paperfig.cli.nothing_to_do(['build'])"
    loaded = loaded_by(code, project) - loaded_by("pass", project)

    assert not loaded & {
        "torch",
        "matplotlib",
        "numpy",
        "pydantic",
        "yaml",
        "argparse",
        "typing",
    }
    assert len(loaded) < 25


def test_drawing_workers_never_load_torch(tmp_path: Path) -> None:
    """What a drawing worker imports needs no model."""
    code = "import paperfig.engine.figure, paperfig.drawing.render, paperfig.captions.render"

    assert not loaded_by(code, tmp_path) & {"torch", "transformers", "datasets"}


def test_pyplot_is_never_loaded(tmp_path: Path) -> None:
    """pyplot keeps global state."""
    code = "import paperfig.drawing.render, sys; assert 'matplotlib.pyplot' not in sys.modules"

    assert "matplotlib" in loaded_by(code, tmp_path)


def test_the_walls_stand(repository: Path) -> None:
    """import-linter keeps its contracts."""
    program = shutil.which("lint-imports", path=Path(sys.executable).parent)
    assert program is not None
    done = subprocess.run(
        [program, "--no-cache"], cwd=repository, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_the_public_names_are_listed() -> None:
    """What is promised is listed, sorted, and importable."""
    assert list(paperfig.__all__) == sorted(paperfig.__all__)
    for name in paperfig.__all__:
        assert getattr(paperfig, name) is not None


def test_every_public_thing_has_a_docstring() -> None:
    """Modules, public classes, their methods and public functions say what they are."""
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        public = [node for node in classes if not node.name.startswith("_")]
        for owner in (tree, *public):
            silent += [f"{path}:{name}" for name in undocumented(owner)]

    assert silent == []


def undocumented(owner: ast.Module | ast.ClassDef) -> list[str]:
    """The owner itself, or what is public in it, where it has no docstring."""
    parts = [node for node in owner.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    named = [(node.name, node) for node in parts if not node.name.startswith(("_", "visit_"))]
    if owner.body:
        named.append(("itself", owner))
    return [name for name, node in named if not ast.get_docstring(node)]


GUIDES = ("CONTRIBUTING.md", "README.md", "docs/pipeline.md")
PATH = re.compile(r"`((?!figures/|\.paperfig/)[\w./-]*(?:/[\w./-]*|\.py))`")
NAME_IN_PATH = re.compile(r"`(\w+)` (?:of|in)\s`(paperfig/[\w./]+\.py)`")


@pytest.mark.parametrize("guide", GUIDES)
def test_guides_name_what_is_there(guide: str, repository: Path) -> None:
    """Each path, from the repository or the package, and each name said to be in a file."""
    text = (repository / guide).read_text(encoding="utf-8")
    paths = [path.replace("NAME", "*").rstrip("/") for path in PATH.findall(text)]
    absent = [
        path for path in paths if not (any(repository.glob(path)) or any(PACKAGE.rglob(path)))
    ]

    assert (absent, len(paths) > 0) == ([], True)
    for name, path in NAME_IN_PATH.findall(text):
        assert re.search(rf"^ *{name}\b", (repository / path).read_text("utf-8"), re.MULTILINE)


ROOMS_OF_VARIETIES = ("models", "values")
VARIETIES = {
    node.name
    for room in ROOMS_OF_VARIETIES
    for path in (PACKAGE / room).rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.ClassDef)
}
OUTSIDE_MODELS = [path for path in MODULES if PACKAGE / "models" not in path.parents]


@pytest.mark.parametrize(
    "path", OUTSIDE_MODELS, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_module_asks_what_kind_of_model_it_has(path: Path) -> None:
    """A source says what it is, and its inputs compute themselves.

    Outside of models/ nobody asks which class of models/ or values/ a thing is of (by
    ``isinstance``, ``type`` or a ``case``), nor compares a family's name with a text.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert [node.lineno for node in ast.walk(tree) if asks_for_a_variety(node)] == []


def asks_for_a_variety(node: ast.AST) -> bool:
    """Whether a part of a module's tree depends on a class of models, or on a family."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, asked]):
            return bool(names_in(asked) & VARIETIES)
        case ast.MatchClass(cls=asked):
            return bool(names_in(asked) & VARIETIES)
        case ast.Compare():
            sides = [part for side in (node.left, *node.comparators) for part in listed(side)]
            is_type = any(
                isinstance(it, ast.Call) and names_in(it.func) == {"type"} for it in sides
            )
            texts = any(
                isinstance(it, ast.Constant) and isinstance(it.value, str) for it in sides
            )
            of_family = any(called(it) == "family" for it in sides)
            return (is_type and bool(names_in(node) & VARIETIES)) or (of_family and texts)
    return False


def names_in(node: ast.AST) -> set[str]:
    """The names that an expression is made of."""
    return {called(part) for part in ast.walk(node)} - {""}


def called(node: ast.AST) -> str:
    """The last name of ``a``, ``a.b`` or ``a["b"]``; empty for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ("isinstance(inputs, GaussianInputs)", True),
        ("isinstance(inputs, values.HeadBeliefs | int)", True),
        ("isinstance(excerpt, (Sample, str))", True),
        ("match head:\n case HeadBeliefs(): pass", True),
        ("type(head) is HeadProjections", True),
        ('if facts.family == "gpt": pass', True),
        ('if family in ("vfe-v1", "vfe-v3"): pass', True),
        ('if model["family"] != "gpt": pass', True),
        ("isinstance(kappa, tuple)", False),
        ("if spec.family == family.name: pass", False),
        ('facts = {"family": model.family}', False),
    ],
)
def test_a_question_for_a_variety_is_found(source: str, is_found: bool) -> None:
    """The test above sees what it is for."""
    assert any(map(asks_for_a_variety, ast.walk(ast.parse(source)))) == is_found


NAMES = {*KINDS}
OTHER_WORDS = {"scores", "statistics"}
ELSEWHERE = [path for path in MODULES if REGISTRY not in path.parents]
TEMPLATES = sorted((PACKAGE / "captions").rglob("*.j2"))


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_knows_a_kind_by_its_name(path: Path) -> None:
    """What differs from kind to kind is said in the kind's folder, and read from the registry.

    Outside of kinds/ no kind's name is compared with (``==``, ``in``, a ``case``), looks a
    kind up (``KINDS["map"]``), is given as one (``kind="map"``, ``{"figure": "map"}``), or is
    a key of a table of kinds. A mapping is one where each of its keys is a kind's name, not
    one of `OTHER_WORDS` throughout: these are called so in facts and records too.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert [node.lineno for node in ast.walk(tree) if names_a_kind(node)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_knows_a_kind_by_its_name(path: Path) -> None:
    """Nor does what captions share ask for the kind: a kind has its own template."""
    parsed = CaptionEnvironment(jinja2.BaseLoader()).parse(path.read_text(encoding="utf-8"))
    asked = [
        node.lineno
        for node in parsed.find_all(template.Compare)
        if any(one.name == "kind" for one in node.find_all(template.Name))
        or any(one.value in NAMES for one in node.find_all(template.Const))
    ]

    assert asked == []


def names_a_kind(node: ast.AST) -> bool:
    """Whether a part of a module's tree depends on what a kind is called."""
    match node:
        case ast.Compare():
            parts = [part for side in (node.left, *node.comparators) for part in listed(side)]
            return any(map(is_name, parts))
        case ast.MatchValue(value=value):
            return is_name(value)
        case ast.Subscript(value=ast.Name(id="KINDS"), slice=key):
            return is_name(key)
        case ast.keyword(arg="kind" | "figure", value=value):
            return is_name(value)
        case ast.Dict(keys=[_, *_] as keys, values=values):
            named = (key.value for key in keys if isinstance(key, ast.Constant))
            given = zip(named, values, strict=False)
            chosen = any(key in {"kind", "figure"} and is_name(value) for key, value in given)
            words = {key.value for key in keys if is_name(key)}
            return chosen or (all(map(is_name, keys)) and not words <= OTHER_WORDS)
    return False


def listed(side: ast.expr) -> list[ast.expr]:
    """The entries of a tuple, list or set; else the expression itself."""
    return side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]


def is_name(node: ast.expr | None) -> bool:
    """Whether it is a kind's name."""
    return isinstance(node, ast.Constant) and node.value in NAMES


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ('if kind == "map": pass', True),
        ('if kind in ("compare", "trend"): pass', True),
        ('match kind:\n case "atlas" | "map": pass', True),
        ('TABLES = {"context": table}', True),
        ('KINDS["map"]', True),
        ('measured(kind="map")', True),
        ('spec | {"figure": "map", "kappa": 1}', True),
        ('facts = {"scores": scores, "panels": panels}', False),
        ('content | {"statistics": tuple(lines)}', False),
        ('TABLES = {"statistics": table, "trend": table}', True),
        ('spec["figure"] = kind.name', False),
    ],
)
def test_a_kinds_name_is_found(source: str, is_found: bool) -> None:
    """The test above sees what it is for."""
    assert any(map(names_a_kind, ast.walk(ast.parse(source)))) == is_found
