"""What `paperfig build` prints while it runs."""

from collections.abc import Mapping, Sequence

from paperfig.commands.printing import complain, say
from paperfig.commands.warnings import unnamed
from paperfig.engine.build import FigureResult
from paperfig.engine.plan import Plan
from paperfig.errors import PaperfigError
from paperfig.project.index import figures_are
from paperfig.specs.loader import FaultyFile
from paperfig.values.numbers import tokens_counted


class BuildLines:
    """A line a figure, and one at the end."""

    def __init__(self) -> None:
        self._made = 0
        self._files: set[str] = set()

    def add(self, result: FigureResult) -> None:
        """A line for a figure that was made, or its error."""
        if result.error is not None:
            complain(_placed(result.plan, result.error))
        else:
            self._made += 1
            self._files.add(result.plan.named.file)
            say(_line(result))
            if (warning := unnamed(result.plan)) is not None:
                complain(warning)
            if keys := _ignored(result):
                what = f"{keys} in the model's configuration is ignored, as declared"
                complain(f"{result.plan.named.where}: warning: {what}")

    def fault(self, error: PaperfigError) -> None:
        """A line for a fault that is no figure's."""
        complain(error)

    def limits(self, common: Mapping[str, tuple[float, float]]) -> None:
        """A line for each spec of figures newly made whose colours end at unlike values."""
        for file in [file for file in common if file in self._files]:
            ends = ", ".join(f"{end:g}" for end in common[file])
            say(f"{file}: limits differ; `style: {{limits: [{ends}]}}` would hold all colours")

    def end(self, results: Sequence[Plan | FigureResult | FaultyFile]) -> None:
        """The last line; a faulty spec counts as one figure that has failed."""
        current = sum(isinstance(result, Plan) for result in results)
        failed = len(results) - current - self._made
        if not self._made and not failed:
            say(f"nothing to do: {figures_are(current)} up to date")
        else:
            counts = f"{self._made} made, {current} up to date"
            say(counts + (f", {failed} failed" if failed else ""))


def _ignored(result: FigureResult) -> str:
    """The keys of the models' configurations that were left out of account."""
    facts = {} if result.record is None else result.record.facts
    models = [one["model"] for one in (facts, *facts.get("variants", {}).values()) if one]
    return ", ".join(dict.fromkeys(key for model in models for key in model["ignored"]))


def _line(result: FigureResult) -> str:
    plan, record = result.plan, result.record
    assert record is not None
    maps = record.facts["maps"]
    labels = (label for entry in maps for label in entry["labels"])
    heads = list(dict.fromkeys(labels))  # a sweep shows a head more than once
    shown = ",".join(heads[:4]) + (f" and {len(heads) - 4} more" if heads[4:] else "")
    why = plan.status if plan.status == "new" else f"{plan.status} ({plan.reason})"
    pdf = next(path for path in record.outputs if path.endswith(".pdf"))
    excerpt = record.facts["excerpt"]
    length = tokens_counted(excerpt["count"], excerpt["shortest"], excerpt["tokens"])
    cells = (plan.named.name, why, record.kind, shown, length, pdf)
    return "   ".join((*cells, f"{result.seconds:.1f} s"))


def _placed(plan: Plan, error: PaperfigError) -> str:
    """The error with the figure that it belongs to."""
    text = str(error)
    return text if text.startswith(plan.named.file) else f"{plan.named.where}: {text}"
