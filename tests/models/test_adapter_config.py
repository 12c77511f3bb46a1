"""What the configuration of a model of the user's own says."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from paperfig.errors import CheckpointError
from paperfig.models.external.configuration import AdapterConfiguration, read_configuration
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting


def read(**config: Any) -> AdapterConfiguration:
    """The configuration of a model that has it as an object."""
    model = SimpleNamespace(config=SimpleNamespace(**config))
    return read_configuration(model, "`config`")


@pytest.mark.parametrize(
    ("config", "mask"),
    [
        ({}, MaskRule()),
        ({"mask_self_attention": True}, MaskRule(self_attention="hide")),
        ({"mask_self_attention": None, "attention_window": None}, MaskRule()),
        ({"attention_pattern": "local"}, MaskRule(window=64)),
        ({"attention_pattern": "local", "attention_window": 24}, MaskRule(window=24)),
        ({"attention_window": 24}, MaskRule()),
        ({"beta_attention_prior": "uniform"}, MaskRule(causal=False)),
        ({"beta_attention_prior": "causal_alibi_noself"}, MaskRule(self_attention="hide")),
        ({"beta_attention_prior": "causal_windowed"}, MaskRule(window=129)),
        (
            {"beta_attention_prior": "windowed", "attention_window": 5},
            MaskRule(causal=False, window=6),
        ),
    ],
)
def test_the_mask(config: dict[str, Any], mask: MaskRule) -> None:
    """VFE-Sim's keys, or V3's prior; each project's own default of a window."""
    assert read(**config).mask == mask


@pytest.mark.parametrize(
    ("config", "alibi"),
    [
        ({"beta_attention_prior": "causal_alibi_noself"}, (-(2**-4), -(2**-8))),
        ({"beta_attention_prior": "causal_alibi", "alibi_slope": 2}, (-(2**-3), -(2**-7))),
        ({"beta_attention_prior": "causal", "alibi_slope": 2}, None),
    ],
)
def test_alibi_of_a_model_of_v3s(
    config: dict[str, Any], alibi: tuple[float, ...] | None
) -> None:
    """By the prior's name, with the slopes of as many heads as there are."""
    assert read(**config).with_bias(Setting(mask=MaskRule()), 2).alibi == alibi


def test_where_a_model_keeps_it() -> None:
    """As `config`, or as `cfg`, as V3 does; `config` where there are both."""
    window = {"attention_pattern": "local", "attention_window": 9}
    for model in (
        SimpleNamespace(cfg=SimpleNamespace(**window)),
        SimpleNamespace(config=window, cfg={}),
    ):
        assert read_configuration(model, "`config`").mask == MaskRule(window=9)


@dataclass(slots=True)
class Slots:
    """Values without a `__dict__`."""

    attention_pattern: str = "local"
    attention_window: int = 9


class OfTheClass:
    """Values that no instance has, and what is none."""

    attention_pattern = "local"
    attention_window = 9

    @property
    def n_layers(self) -> int:
        """Not asked for: it would run."""
        raise AssertionError

    def vocab_size(self) -> int:
        """No value."""
        raise AssertionError


@pytest.mark.parametrize("config", [Slots(), OfTheClass(), OfTheClass])
def test_attributes_of_every_kind(config: object) -> None:
    """Slots and attributes of a class are attributes; what would be run is none."""
    read = read_configuration(SimpleNamespace(config=config), "`config`")
    assert read.mask == MaskRule(window=9)
    assert (read["n_layers"], read["vocab_size"]) == (None, None)


def test_each_word_of_the_mask_says_where_it_is_from() -> None:
    """So that a spec may repeat it and not deny it; what is a default is told."""
    said = read(beta_attention_prior="causal_windowed", attention_window=3)
    assert [said.causal().value, said.self_attention().value] == [True, "keep"]
    assert (said.window().key, said.window().value) == ("attention_window", 4)
    assert said.defaults == {}

    unsaid = read()
    assert [unsaid.causal(), unsaid.self_attention(), unsaid.window()] == [None] * 3
    assert unsaid.defaults == {"mask_self_attention": False}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"max_seq_len": "long"},
            "`config`: `max_seq_len` is 'long'; a whole number above 0 is right",
        ),
        (
            {"attention_pattern": "strided"},
            "`config`: `attention_pattern` is 'strided', which is not built yet; "
            "`full` and `local` are",
        ),
    ],
)
def test_values_that_are_not_right(config: dict[str, Any], message: str) -> None:
    """By key, with what would be right."""
    with pytest.raises(CheckpointError) as caught:
        read(**config)
    assert str(caught.value) == message
