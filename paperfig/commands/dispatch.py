"""The commands behind the quick path: arguments, output, exit codes."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from paperfig import __version__
from paperfig.commands.arguments import Parser, add_shorthand, count, share
from paperfig.commands.shorthand import Shorthand, named_spec, shorthand_root
from paperfig.commands.start import init, new_spec
from paperfig.engine.build import Built, Options, build, plan_build
from paperfig.engine.plan import Plan
from paperfig.errors import PaperfigError, RequestError
from paperfig.project.digests import Digests
from paperfig.project.index import figures_are
from paperfig.project.workspace import Workspace
from paperfig.specs.loader import load_specs
from paperfig.specs.reference import json_schema, reference_markdown
from paperfig.specs.schema import NamedSpec
from paperfig.specs.select import find_root


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code.

    Raises:
        PaperfigError: a fault that the user can mend.
    """
    parsed = _parser().parse_args(arguments)
    # Read when torch is loaded: threads that wait by spinning starve each other, and the
    # processes that draw, where cores are shared.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    return int(parsed.command(parsed))


def _build(arguments: argparse.Namespace) -> int:
    options = Options(
        jobs=arguments.jobs or os.cpu_count() or 1,
        device=arguments.device,
        compute=not arguments.no_compute,
        force=arguments.force,
        keep_going=arguments.keep_going,
        rehash=arguments.rehash,
        many=arguments.many,
        allow_adapters=arguments.allow_adapters,
    )
    root, specs = find_root(Path.cwd()), _named(arguments.specs)
    if arguments.dry_run:
        return _dry_run(root, specs, options)
    progress = Progress()
    results = build(root, specs, options, progress.tell)
    progress.end(results)
    return int(any(isinstance(result, Built) and result.error for result in results))


def _dry_run(root: Path, specs: Sequence[Path] | None, options: Options) -> int:
    for plan in _plans(root, specs, options):
        if plan.action != "none":
            _say(f"{plan.named.name}   {plan.action}   {plan.reason}")
        else:
            _say(f"{plan.named.name}   up to date")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    options = Options(rehash=arguments.rehash, many=arguments.many)
    plans = _plans(find_root(Path.cwd()), _named(arguments.specs), options)
    for plan in plans:
        if plan.status != "current":
            _say(f"{plan.named.name}   {plan.status}   {plan.reason}")
        for path in plan.unverifiable:
            _say(f"{plan.named.name}   {path} is absent: not verifiable here")
    stale = sum(plan.status != "current" for plan in plans)
    _say(f"{len(plans) - stale} of {len(plans)} figures are up to date")
    return int(stale > 0)


def _show(arguments: argparse.Namespace) -> int:
    from paperfig.commands.show import as_json, as_text
    from paperfig.engine.look import ALL_HEADS, look_at

    shorthand = Shorthand.of(vars(arguments))
    if arguments.spec is None:
        root = shorthand_root()
        specs: Sequence[NamedSpec] = (named_spec(shorthand, root, beneath=ALL_HEADS),)
    elif shorthand.is_given():
        raise RequestError(arguments.spec, "given beside options", "one or the other is right")
    else:
        root = find_root(Path.cwd())
        specs = load_specs(root, [Path(arguments.spec)], beneath=ALL_HEADS)
    looks = list(
        look_at(
            root,
            specs,
            device=arguments.device,
            target=arguments.entropy,
            allow_adapters=arguments.allow_adapters,
        )
    )
    _say(json.dumps(as_json(looks), indent=1) if arguments.json else as_text(looks))
    return 0


def _new(arguments: argparse.Namespace) -> int:
    path = new_spec(find_root(Path.cwd()), arguments.name, Shorthand.of(vars(arguments)))
    _say(f"{path} written; next: paperfig build {arguments.name}")
    return 0


def _init(arguments: argparse.Namespace) -> int:
    for line in init(Path(arguments.folder), paper=arguments.paper and Path(arguments.paper)):
        _say(line)
    return 0


def _schema(arguments: argparse.Namespace) -> int:
    _say(reference_markdown() if arguments.markdown else json.dumps(json_schema(), indent=1))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from paperfig.commands.doctor import examine

    findings = examine(Path.cwd())
    if arguments.json:
        _say(json.dumps({name: what for name, what, _ in findings}, indent=1))
    else:
        width = max(len(name) for name, _, _ in findings)
        for name, what, is_fine in findings:
            _say(f"{'  ' if is_fine else '! '}{name:<{width}}  {what}")
    return 0


class Progress:
    """What a build tells: a line a figure, and on a terminal a counter besides."""

    def __init__(self) -> None:
        self._made = 0
        self._terminal = sys.stderr.isatty()

    def tell(self, result: Built) -> None:
        """A line for a figure that was made, or its error."""
        if self._terminal:
            sys.stderr.write("\r\033[K")
        if result.error is not None:
            _complain(_placed(result.plan, result.error))
        else:
            self._made += 1
            _say(_line(result))
            if result.plan.named.spec.checkpoint.name is None:
                _complain(_unnamed(result))
        if self._terminal:
            sys.stderr.write(f"{self._made} figures made …")
            sys.stderr.flush()

    def end(self, results: Sequence[Plan | Built]) -> None:
        """The last line."""
        if self._terminal:
            sys.stderr.write("\r\033[K")
        current = sum(isinstance(result, Plan) for result in results)
        failed = len(results) - current - self._made
        if not self._made and not failed:
            _say(f"nothing to do: {figures_are(current)} up to date")
        else:
            said = f"{self._made} made, {current} up to date"
            _say(said + (f", {failed} failed" if failed else ""))


def _unnamed(result: Built) -> str:
    """The warning that a caption calls the model by its file."""
    record, file = result.record, result.plan.named.file
    assert record is not None
    called = record.facts["model"]["name"]
    return f"{file}: warning: checkpoint has no `name`; the caption calls the model {called}"


def _line(result: Built) -> str:
    plan, record = result.plan, result.record
    assert record is not None
    maps = record.facts["maps"]
    heads = [
        f"L{entry['layer']} mean" if entry["mean"] else f"L{entry['layer']}H{head}"
        for entry in maps
        for head in (entry["heads"][:1] if entry["mean"] else entry["heads"])
    ]
    heads = list(dict.fromkeys(heads))  # a sweep shows a head more than once
    shown = ",".join(heads[:4]) + (f" and {len(heads) - 4} more" if heads[4:] else "")
    why = plan.status if plan.status == "new" else f"{plan.status} ({plan.reason})"
    pdf = next(path for path in record.outputs if path.endswith(".pdf"))
    tokens = f"{record.facts['excerpt']['tokens']} tokens"
    several = record.statistics[0]["excerpts"]
    length = tokens if several == 1 else f"{several} × {tokens}"
    cells = (plan.named.name, why, record.kind, shown, length, pdf)
    return "   ".join((*cells, f"{result.seconds:.1f} s"))


def _placed(plan: Plan, error: PaperfigError) -> str:
    """The error with the spec that it belongs to."""
    text = str(error)
    return text if text.startswith(plan.named.file) else f"{plan.named.file}: {text}"


def _plans(root: Path, specs: Sequence[Path] | None, options: Options) -> list[Plan]:
    digests = Digests(Workspace(root), rehash=options.rehash)
    return plan_build(root, specs, options, digests)


def _named(specs: Sequence[str]) -> list[Path] | None:
    return [Path(spec) for spec in specs] or None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(text: object) -> None:
    sys.stderr.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="paperfig", description="Attention figures for papers.")
    parser.add_argument("--version", action="version", version=f"paperfig {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = Parser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show tracebacks")

    def command(name: str, function: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[common])
        added.set_defaults(command=function)
        return added

    several = (
        ("--rehash", "read every file, whatever its times say"),
        (
            "--many",
            "let `each` make more than 1,000 figures",
        ),
    )
    allow = ("--allow-adapters", "run the code that specs name as their adapter")
    build_ = command("build", _build, "make what is not up to date")
    build_.add_argument("specs", nargs="*", metavar="SPEC", help="files, folders or names")
    build_.add_argument("-j", "--jobs", type=count, help="processes that draw (default: cores)")
    build_.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    for flag, text in (
        ("--no-compute", "only redraw; fail where numbers are missing"),
        ("--force", "make every figure"),
        ("--keep-going", "make the others after one has failed"),
        ("--dry-run", "say what would be made, and why"),
        allow,
        *several,
    ):
        build_.add_argument(flag, action="store_true", help=text)

    check = command("check", _check, "say what is not up to date, and why; write nothing")
    check.add_argument("specs", nargs="*", metavar="SPEC", help="files, folders or names")
    for flag, text in several:
        check.add_argument(flag, action="store_true", help=text)

    show = command("show", _show, "the excerpt with its tokens, and each head's statistics")
    show.add_argument("spec", nargs="?", metavar="SPEC", help="a file or a name")
    add_shorthand(show)
    show.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.add_argument(allow[0], action="store_true", help=allow[1])
    show.add_argument(
        "--entropy",
        type=share,
        default=0.5,
        metavar="H",
        help="the mean normalised entropy that κ is solved for (default: 0.5)",
    )

    new = command("new", _new, "write a commented spec")
    new.add_argument("name", metavar="NAME", help="the figure's name")
    add_shorthand(new)

    start = command("init", _init, "lay out a project")
    start.add_argument("folder", nargs="?", default=".", metavar="DIR")
    start.add_argument("--paper", metavar="DIR", help="the paper's folder: gets paperfig.sty")

    schema = command("schema", _schema, "the spec as a JSON Schema, for editors")
    schema.add_argument("--markdown", action="store_true", help="as the reference in docs/")

    doctor = command("doctor", _doctor, "what is installed, and what is missing")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    return parser
