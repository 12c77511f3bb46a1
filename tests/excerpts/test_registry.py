"""The registry of text sources: every line of it leads somewhere, and is documented."""

from paperfig.excerpts.sources import registry
from paperfig.excerpts.sources.format import TextFormat, TokenFormat
from paperfig.specs.schema import ExcerptSpec


def test_every_line_leads_to_a_format() -> None:
    """What is registered by name is there, and is what its table says."""
    texts = [registry.text_format(suffix) for suffix in registry.TEXT_FORMATS]
    folders = [registry.folder_format(name) for name in registry.FOLDER_FORMATS]
    ids = [registry.token_format(suffix) for suffix in registry.TOKEN_FORMATS]
    assert {type(found) for found in (*texts, *folders)} == {TextFormat}
    assert {type(found) for found in ids} == {TokenFormat}


def test_the_reference_names_every_source() -> None:
    """The key `dataset` is described with all suffixes and short names."""
    described = str(ExcerptSpec.model_fields["dataset"].description)
    known = [source.name for source in registry.KNOWN_SOURCES]
    named = [*registry.TEXT_FORMATS, *registry.TOKEN_FORMATS, *known]
    assert [name for name in named if name not in described] == []
