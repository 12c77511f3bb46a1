"""The VFE projects' own code: which class builds a family's model, and how a spec says so."""

from collections.abc import Mapping
from dataclasses import dataclass

from paperfig.errors import CheckpointError
from paperfig.specs.schema import CheckpointSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCode:
    """The code of one project.

    Attributes:
        model: the class of its model, as an adapter's function is named.
        folder: what its repository is called, for messages.
        opened_by: the module of ``paperfig/models/external/projects/`` that builds the model
            and asks it.
    """

    model: str
    folder: str
    opened_by: str


OWN_CODE: Mapping[str, OwnCode] = {
    "vfe-sim": OwnCode(
        model="transformer.model:GaugeTransformerLM",
        folder="VFE-Sim-GPU-Refactor",
        opened_by="sim",
    ),
    "vfe-v1": OwnCode(
        model="transformer.core.model:GaugeTransformerLM",
        folder="V1_Transformer",
        opened_by="v1",
    ),
    "vfe-v3": OwnCode(
        model="vfe3.model.model:VFEModel", folder="V3_Transformer", opened_by="v3"
    ),
}
"""By the name of the family."""


def own_code(spec: CheckpointSpec) -> OwnCode | None:
    """The project's code that the spec asks for by ``code``; None where it asks for none.

    Raises:
        CheckpointError: its family has no code of its own.
    """
    if spec.code is None or spec.adapter is not None:
        return None
    if spec.family is None or spec.family not in OWN_CODE:
        raise CheckpointError(
            "checkpoint.code",
            f"a model of `family: {spec.family}` has no code of its own",
            f"{', '.join(OWN_CODE)} have; `adapter` names a function of yours",
        )
    return OWN_CODE[spec.family]


def by_own_code(family: str, path: str) -> str:
    """How a spec has a family's own code run, for messages.

    Args:
        family: one of `OWN_CODE`.
        path: the checkpoint's, as the spec has it.
    """
    line = f"{{path: {path}, family: {family}, code: ../{OWN_CODE[family].folder}}}"
    return f"`checkpoint: {line}` runs the project's own code"
