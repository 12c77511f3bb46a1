"""What a VFE checkpoint says of its model, whichever family it is of."""

from collections.abc import Iterable

from paperfig.models.files.tensors import Stored, stored_dtype
from paperfig.models.vfe.configuration import Configuration
from paperfig.models.vfe.trained import Trained
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.model import LayerFacts, ModelFacts


def vfe_facts(
    stored: Stored,
    spec: CheckpointSpec,
    configuration: Configuration,
    trained: Trained,
    *,
    family: str,
    layers: Iterable[LayerFacts],
    vocab: int,
    context: int | None,
    ignored: tuple[str, ...] = (),
    usual_transport: str | None = None,
    notes: tuple[str, ...] = (),
) -> ModelFacts:
    """The facts of a model.

    Args:
        stored: its file.
        spec: how it was named.
        configuration: the model's.
        trained: how it was trained.
        family: its name.
        layers: one entry a layer.
        vocab: rows of the token tables.
        context: the longest excerpt in tokens, where something limits it.
        ignored: what the spec leaves out of account of the configuration.
        usual_transport: how Ω is computed unless something says another way.
        notes: what the record should tell besides.
    """
    file, step = configuration.file, stored.extra.get("step")
    named = () if file is None else (f"configuration: {file}",)
    return ModelFacts(
        name=spec.name or stored.path.stem,
        family=family,
        architecture="gauge transformer",
        layers=tuple(layers),
        vocab_size=vocab,
        context=context,
        dtype=stored_dtype(stored.tensors),
        step=step if type(step) is int and step >= 0 else None,
        defaults=trained.defaults,
        declared=trained.declared,
        ignored=ignored,
        trained_on_clean=True,
        usual_transport=usual_transport,
        notes=(*stored.notes, *named, *notes),
    )
