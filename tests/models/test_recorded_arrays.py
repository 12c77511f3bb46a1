"""Attention that was computed elsewhere, in each form in which people hold arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from messages import message_of
from small_recorded import (
    HEADS,
    KEYS,
    QUERIES,
    TRIANGLE,
    drawn,
    logits,
    rule,
    shown,
    softmax,
    weights,
)

from paperfig.engine.given import given_source
from paperfig.errors import AttentionError, PaperfigError
from paperfig.models.recorded.source import RecordedSource

PRIMES = (2, 3, 5, 7)
LAYERS, BATCH, ROWS, COLUMNS = PRIMES

FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "float16": lambda it: it.astype(np.float16),
    "float32": lambda it: it.astype(np.float32),
    "float64": lambda it: it,
    "longdouble": lambda it: it.astype(np.longdouble),
    "list": lambda it: it.tolist(),
    "rows as tuples": lambda it: [[tuple(row) for row in head] for head in it.tolist()],
    "big-endian": lambda it: it.astype(">f8"),
    "Fortran's order": np.asfortranarray,
    "torch float16": lambda it: torch.from_numpy(it).half(),
    "torch bfloat16": lambda it: torch.from_numpy(it).bfloat16(),
    "torch float32": lambda it: torch.from_numpy(it).float(),
    "torch float64": torch.from_numpy,
    "torch with a gradient": lambda it: torch.from_numpy(it).requires_grad_(),
}
EPSILON = {
    "float16": 2.0**-10,
    "torch float16": 2.0**-10,
    "torch bfloat16": 2.0**-7,
}


def faulty(given: Any = None, **said: Any) -> str:
    """What is said of arrays that are no attention."""
    return message_of(PaperfigError, given_source, given, **said)


def held(source: RecordedSource) -> dict[int, np.ndarray]:
    """The weights of each layer."""
    return {layer: source.inputs[layer].own_weights() for layer in source.facts.there}


@pytest.mark.parametrize("form", FORMS)
def test_each_type_gives_the_weights_that_it_holds(form: str) -> None:
    """Rows sum to 1 however their type rounded them, and no further from what was given."""
    given = weights()
    found = drawn(FORMS[form](given))

    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=2, dtype=np.float64), 1, atol=1e-6)
    np.testing.assert_allclose(found, given, atol=EPSILON.get(form, 1e-7))


@pytest.mark.parametrize("length", [1, 2, 64, 300])
def test_what_float32_holds_is_drawn_to_the_bit(length: int) -> None:
    """A softmax of torch is shown as it is, not divided by sums that rounding made 1 + 1e-7."""
    scores = torch.from_numpy(logits(3, length, length))
    for given in (scores.float().softmax(-1), scores.softmax(-1).float()):
        np.testing.assert_array_equal(drawn(given), given.numpy())


@pytest.mark.parametrize("off", [4e-7, 9.9e-7, 1.1e-6, 9e-6, -9.9e-7])
def test_rows_that_are_hardly_off_are_drawn(off: float) -> None:
    """As a model of a single query rounds them."""
    assert drawn([[0.5 + off, 0.5]]).sum() == pytest.approx(1, abs=1e-6)


def test_high_numbers_cost_nothing() -> None:
    """Of layers and heads; a batch may be of any length."""
    source = given_source(weights(1, 3, 3), layer=999, head=999)
    batch = np.broadcast_to(weights(), (2000, HEADS, QUERIES, KEYS))

    assert (source.facts.there, source.heads) == ((999,), (999,))
    assert len(set(map(id, source.facts.layers))) == 2
    np.testing.assert_allclose(drawn(batch, batch=1999), weights(), atol=1e-7)


def test_rows_that_are_off_are_divided_by_their_sums() -> None:
    """As a softmax in bfloat16 leaves them."""
    given = torch.from_numpy(logits()).bfloat16().softmax(-1)
    exact = given.double().numpy()

    np.testing.assert_array_equal(
        drawn(given), (exact / exact.sum(-1, keepdims=True)).astype(np.float32)
    )


def test_an_integer_matrix_is_attention_where_its_rows_sum_to_1() -> None:
    """Such as a permutation."""
    np.testing.assert_array_equal(drawn(np.eye(3, dtype=int)), np.eye(3)[None])


def test_axes_are_read_from_the_shape() -> None:
    """(query, key), (head, query, key) and a batch of one."""
    given = weights(BATCH, ROWS, COLUMNS)

    np.testing.assert_allclose(drawn(given), given, atol=1e-7)
    np.testing.assert_allclose(drawn(given[None]), given, atol=1e-7)
    np.testing.assert_allclose(drawn(given[0]), given[:1], atol=1e-7)


@pytest.mark.parametrize(
    "axes",
    [
        "layer batch head query key",
        "batch layer head query key",
        "key, query, head, layer, batch",
        "head query key batch layer",
    ],
)
def test_axes_are_named_in_any_order(axes: str) -> None:
    """One array of layers, of which a sequence is shown."""
    names = axes.replace(",", "").split()
    order = ["layer", "batch", "head", "query", "key"]
    given = weights(LAYERS, BATCH, 1, ROWS, COLUMNS)
    source = given_source(
        given.transpose([order.index(name) for name in names]), axes=axes, batch=1
    )

    assert (source.facts.there, source.heads) == ((0, 1), (0,))
    for layer, found in held(source).items():
        np.testing.assert_allclose(found, given[layer, 1], atol=1e-7)


def test_a_tuple_is_of_layers() -> None:
    """As transformers gives it; so is a list of arrays, or a mapping from their numbers."""
    several = tuple(weights(1, HEADS, QUERIES, KEYS, seed=seed) for seed in range(3))
    nested = tuple(one[0, 0].tolist() for one in several)

    for given in (several, list(several), dict(enumerate(several)), nested):
        source = given_source(given)
        assert source.facts.there == (0, 1, 2)
        assert source.facts.layers[2].is_numbered
        for one, found in zip(several, held(source).values(), strict=True):
            np.testing.assert_allclose(found, one[0, : len(found)], atol=1e-7)
    assert given_source({7: several[0], np.int64(3): several[1]}).facts.there == (3, 7)


def test_layer_and_head_pick_or_name() -> None:
    """Numbers of what is given pick; of one layer, or of as many heads, they are its names."""
    several = tuple(weights(1, 3, QUERIES, KEYS, seed=seed) for seed in range(3))
    picked = given_source(several, layer=2, head=[2, 0])
    named = given_source(several[1], layer=17, head=[4, 9, 30])

    assert (picked.facts.there, picked.heads) == ((2,), (2, 0))
    np.testing.assert_allclose(held(picked)[2], several[2][0, [2, 0]], atol=1e-7)
    assert (named.facts.there, named.heads) == ((17,), (4, 9, 30))
    np.testing.assert_allclose(held(named)[17], several[1][0], atol=1e-7)


@pytest.mark.parametrize(
    "head", [1, np.int64(1), torch.tensor(1), np.array([1]), torch.tensor([1]), [np.int32(1)]]
)
def test_numbers_are_those_of_numpy_and_torch_too(head: object) -> None:
    """Which records and captions then hold as plain ones."""
    source = given_source((weights(), weights(seed=1)), head=head, layer=np.int64(1))

    assert repr((source.facts.there, source.heads)) == "((1,), (1,))"


def test_a_single_unnamed_map_is_of_no_head() -> None:
    """Nothing says which it is; with `layer` and `head` that is known."""
    facts = given_source(weights()[0]).facts
    named = given_source(weights()[0], layer=4, head=11).facts

    assert not facts.layers[0].is_numbered
    assert not facts.layers[0].knows_heads
    assert named.site(4).is_known
    assert (named.layers[4].knows_heads, named.layers[4].there) == (True, (11,))


@pytest.mark.parametrize(
    ("given", "said", "message"),
    [
        (None, {}, "weights: nothing is given; weights or scores are right"),
        (
            np.stack([weights()] * 12),
            {},
            "weights: its first axis has 12, of which nothing says what they are; `batch=0` "
            '(to 11), or `axes="layer head query key"`, is right',
        ),
        (
            (np.stack([weights()] * 3),),
            {},
            "weights[0]: its batch has 3, of which nothing says which is shown; `batch=0` "
            "(to 2) is right",
        ),
        (
            np.stack([weights()] * 3),
            {"batch": 3},
            "batch: there is no sequence 3 in a batch of 3; 0 to 2 is right",
        ),
        (
            weights(),
            {"batch": 1},
            "batch: there is no sequence 1: weights hold one; leave it out",
        ),
        (weights(), {"batch": -1}, "batch: it is -1; a whole number from 0 is right"),
        (weights(), {"batch": "0"}, "batch: it is '0'; a whole number from 0 is right"),
        (
            weights(),
            {"batch": True},
            "batch: it is True; a whole number from 0 is right",
        ),
        (
            np.zeros((1, 1, 2, 3, 3)),
            {},
            "weights: its shape is (1, 1, 2, 3, 3); (query, key) or (head, query, key), or "
            '`axes="layer batch head query key"`, is right',
        ),
        (
            [0.5, 0.5],
            {},
            "weights: its shape is (2,); (query, key) or (head, query, key), or "
            '`axes="layer batch head query key"`, is right',
        ),
        (np.zeros((2, 0, 3)), {}, "weights: its shape is (2, 0, 3); no axis may be empty"),
        (
            weights(),
            {"axes": "head key"},
            "axes: they are 'head key'; some of \"layer batch head query key\", the last two "
            "among them, are right",
        ),
        (
            weights(),
            {"axes": ["head", "query", "key"]},
            "axes: they are ['head', 'query', 'key']; some of \"layer batch head query key\", "
            "the last two among them, are right",
        ),
        (
            weights(),
            {"axes": "layer head query key"},
            "axes: 'layer head query key' are 4 of an array of shape (2, 5, 5); 3 names are "
            "right",
        ),
        (
            (weights(),),
            {"axes": "head query key"},
            "axes: it names the axes of one array; leave it out: a tuple is of layers",
        ),
        ((weights(), weights()), {"layer": 2}, "layer: 2 does not exist; layers are 0 to 1"),
        (
            {1: weights(), 4: weights()},
            {"layer": 2},
            "layer: 2 does not exist; layers are 1, 4",
        ),
        ({-1: weights()}, {}, "layer: it is -1; a whole number from 0 to 999 is right"),
        (
            weights(),
            {"layer": 10**9},
            "layer: it is 1000000000; a whole number from 0 to 999 is right",
        ),
        (weights(), {"layer": [0]}, "layer: it is [0]; a whole number from 0 to 999 is right"),
        (weights(), {"head": 2}, "head: 2 does not exist; heads are 0 to 1"),
        (
            weights(),
            {"head": 10**9},
            "head: it is 1000000000; a whole number from 0 to 999 is right",
        ),
        (
            weights(),
            {"head": False},
            "head: it is False; a whole number from 0 to 999 is right",
        ),
        (
            weights(),
            {"head": [1, 1]},
            "head: it is [1, 1]; a number from 0, or a list of different ones, is right",
        ),
        (
            weights(),
            {"head": []},
            "head: it is []; a number from 0, or a list of different ones, is right",
        ),
        (
            (weights(), None),
            {},
            'weights[1]: it is None; attn_implementation="eager" with output_attentions=True '
            "is right",
        ),
        (
            ((weights(),), (weights(),)),
            {},
            "weights[0]: it is a tuple of layers itself, as `generate` returns one for each "
            "step; give the tuple of one step",
        ),
        (
            (weights(), weights(2, 5, 6)),
            {},
            "weights: its layers have the shapes (2, 5, 5) and (2, 5, 6); name one `layer=`",
        ),
        (
            {"attentions": ()},
            {},
            "weights: of its entries (attentions …) none is blocks.N.attn.hook_pattern; "
            "`outputs.attentions` is right",
        ),
        (
            {},
            {},
            "weights: it is empty: there is no blocks.N.attn.hook_pattern; an array, or a "
            "cache "
            "with these, is right",
        ),
        ("weights", {}, "weights: its values are texts; an array of real numbers is right"),
        (
            weights().astype(complex),
            {},
            "weights: its values are complex128; an array of real numbers is right",
        ),
        (
            torch.from_numpy(weights()).to(torch.complex64),
            {},
            "weights: its values are complex64; an array of real numbers is right",
        ),
        (
            torch.eye(3).to_sparse(),
            {},
            "weights: no array can be made of it; a dense array of numbers is right, its rows "
            "all as long",
        ),
        (
            torch.empty(3, 3, device="meta"),
            {},
            "weights: no array can be made of it; a dense array of numbers is right, its rows "
            "all as long",
        ),
        (
            [[1.0], [0.5, 0.5]],
            {},
            "weights: no array can be made of it; a dense array of numbers is right, its rows "
            "all as long",
        ),
    ],
)
def test_what_is_no_attention_of_a_layer(
    given: Any, said: dict[str, Any], message: str
) -> None:
    """One line, with both numbers."""
    assert faulty(given, **said) == message


def changed(place: tuple[int, ...], value: float) -> np.ndarray:
    """Weights of which one, or a row, is another."""
    given = weights()
    given[place] = value
    return given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            changed((1, 2, 3), np.nan),
            "weights: that of head 1, query 2 and key 3 is nan; finite numbers, and 0 where a "
            "mask hides a key, are right",
        ),
        (
            changed((1, 2), np.nan),
            "weights: that of head 1, query 2 and key 0 is nan; a row of zeros where a query "
            "has "
            "no key, and its `mask=`, is right",
        ),
        (
            changed((1, 2, 3), np.inf),
            "weights: that of head 1, query 2 and key 3 is inf; finite numbers, and 0 where a "
            "mask hides a key, are right",
        ),
        (
            changed((0, 4, 1), -0.125),
            "weights: that of head 0, query 4 and key 1 is -0.125; 0 to 1 is right; scores go "
            "under `scores=`, other values with `signed=True`",
        ),
        (
            changed((0, 4, 1), 1.5),
            "weights: that of head 0, query 4 and key 1 is 1.5; 0 to 1 is right; scores go "
            "under "
            "`scores=`, other values with `signed=True`",
        ),
        (
            np.full((1, 4, 4), 0.125),
            "weights: the row of head 0 and query 0 sums to 0.5 and not to 1 within 1e-05; "
            "`learned_sink=True` where the rest goes to a sink, else a softmax over keys, in "
            "the "
            "type that it was computed in, is right",
        ),
        (
            np.full((1, 4, 4), 0.5),
            "weights: the row of head 0 and query 0 sums to 2 and not to 1 within 1e-05; a "
            "softmax over keys, in the type that it was computed in, is right",
        ),
        (
            np.array([[0.75, 0.5], [0.25, 0.5]]),
            "weights: the row of head 0 and query 0 sums to 1.25 and not to 1 within 1e-05; "
            "its "
            "columns do: queries before keys are right",
        ),
        (
            np.array([[0.0, 0.0], [0.5, 0.5]]),
            "weights: the row of head 0 and query 0 sums to 0 and not to 1 within 1.1e-05; "
            "where "
            "a query has no key the `mask=` that says so is right",
        ),
        (
            np.ma.array(weights(), mask=changed((1, 2, 3), -1) < 0),
            "weights: that of head 1, query 2 and key 3 is nan; finite numbers, and 0 where a "
            "mask hides a key, are right",
        ),
    ],
)
def test_numbers_that_no_softmax_makes(given: np.ndarray, message: str) -> None:
    """The head, the query and the key are told, and what they have."""
    assert faulty(given) == message


def test_faults_name_heads_and_layers_by_their_numbers() -> None:
    """Not by their places among those shown."""
    given = changed((1, 2, 3), 2.0)
    right = "0 to 1 is right; scores go under `scores=`, other values with `signed=True`"

    assert faulty(given, head=1) == (
        f"weights: that of head 1, query 2 and key 3 is 2; {right}"
    )
    assert faulty(given, head=[5, 9]) == (
        f"weights: that of head 9, query 2 and key 3 is 2; {right}"
    )
    assert faulty((weights(), given)) == (
        f"layer 1: weights: that of head 1, query 2 and key 3 is 2; {right}"
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_rows_may_be_off_by_what_their_type_rounds(dtype: torch.dtype) -> None:
    """And by no more."""
    limit = max(1e-5, torch.finfo(dtype).eps)
    for off, is_right in ((0.4 * limit, True), (3 * limit, False)):
        given = torch.tensor([[0.5 + off, 0.5]], dtype=torch.float64).to(dtype)
        if is_right:
            assert drawn(given).sum() == pytest.approx(1, abs=1e-7)
        else:
            assert "and not to 1 within" in faulty(given)


def test_scores_of_a_coarser_type_excuse_no_weights() -> None:
    """Each is held against what its own type holds."""
    scores = torch.zeros(2, 2, dtype=torch.bfloat16)

    assert faulty(np.full((2, 2), 0.501), scores=scores).startswith(
        "weights: the row of head 0 and query 0 sums to 1.002 and not to 1 within 1e-05"
    )


class TestSinks:
    """What goes to no key."""

    def test_the_rest_goes_to_a_sink(self) -> None:
        """Or what an array says, which is the same."""
        given, left = weights() * 0.75, np.full((HEADS, QUERIES), 0.25)
        for sink in (True, np.True_, np.array(True), left, left[None], torch.from_numpy(left)):
            (only,) = shown(given_source(given, learned_sink=sink))
            np.testing.assert_allclose(only.weights, given, atol=1e-7)
            np.testing.assert_allclose(only.learned_sink, left, atol=1e-6)

    @pytest.mark.parametrize("sink", [None, False, np.False_])
    def test_there_is_none(self, sink: object) -> None:
        """Where it is not said."""
        (only,) = shown(given_source(weights(), learned_sink=sink))

        assert only.learned_sink is None

    def test_it_is_picked_with_the_weights(self) -> None:
        """Layer, head and sequence."""
        left = np.linspace(0.1, 0.4, LAYERS * BATCH * HEADS * ROWS)
        left = left.reshape(LAYERS, BATCH, HEADS, ROWS)
        given = weights(LAYERS, BATCH, HEADS, ROWS, COLUMNS) * (1 - left[..., None])
        source = given_source(
            given,
            learned_sink=left,
            axes="layer batch head query key",
            layer=1,
            batch=2,
            head=1,
        )
        turned = given_source(
            given[1, 2].transpose(2, 0, 1), axes="key head query", learned_sink=left[1, 2]
        )
        several = given_source(tuple(given[:, 2]), learned_sink=tuple(left[:, 2]), layer=1)

        np.testing.assert_allclose(source.inputs[1].sink, left[1, 2, 1:], atol=1e-6)
        np.testing.assert_allclose(turned.inputs[0].sink, left[1, 2], atol=1e-6)
        np.testing.assert_allclose(several.inputs[1].sink, left[1, 2], atol=1e-6)

    @pytest.mark.parametrize(
        ("sink", "message"),
        [
            (
                np.full((2, 3), 0.25),
                "learned_sink: the shape is (2, 3); (2, 5), as of weights, is right",
            ),
            (
                np.full((3, 2, 5), 0.25),
                "learned_sink: its first axis has 3, of which nothing says what they are; "
                "`batch=0` (to 2), or a tuple with one for each layer, is right",
            ),
            (
                np.full((2, 5), -0.25),
                "learned_sink: that of head 0 and query 0 is -0.25; 0 to 1 is right",
            ),
            (
                np.full((2, 5), np.nan),
                "learned_sink: that of head 0 and query 0 is nan; 0 to 1 is right",
            ),
            (0.25, "learned_sink: it is 0.25; True, or an array (head, query), is right"),
            ("yes", "learned_sink: it is 'yes'; True, or an array (head, query), is right"),
            ([], "learned_sink: its shape is (0, 1); no axis may be empty"),
            (
                np.full((2, 5), 0.5),
                "weights: the row of head 0 and query 0 sums to 1.25 and not to 1 within "
                "1e-05; "
                "a softmax over keys, in the type that it was computed in, is right",
            ),
        ],
    )
    def test_what_is_none(self, sink: object, message: str) -> None:
        """It is told which, and what would be right."""
        assert faulty(weights() * 0.75, learned_sink=sink) == message

    def test_it_goes_with_weights_of_the_same_layers(self) -> None:
        """Scores alone have none."""
        left = np.full((HEADS, QUERIES), 0.25)
        given = weights() * 0.75

        assert faulty(scores=logits(), learned_sink=True) == (
            "learned_sink: it goes with weights; leave it out"
        )
        assert faulty((given, given), learned_sink=left) == (
            "learned_sink: of layers 0; 0, 1, as of weights, are right"
        )


class TestMasks:
    """Which keys a query may attend to, as it is said or as zeros show it."""

    def test_a_zero_triangle_is_a_causal_mask(self) -> None:
        """Only where nothing is said: and that it was not said is known."""
        for given in (weights(mask=TRIANGLE), np.where(TRIANGLE, weights(mask=TRIANGLE), -0.0)):
            found = rule(given)
            assert (found.causal, found.is_inferred) == (True, True)
        assert not rule(weights()).causal
        assert not rule([[1.0]]).causal
        assert not rule(weights(mask=TRIANGLE), causal=False).causal
        assert not rule(weights(mask=TRIANGLE)[:, 3:]).causal

    def test_a_said_mask_is_known(self) -> None:
        """Whatever form it is said in."""
        given = weights(mask=TRIANGLE)
        forms = (
            {"causal": True},
            {"mask": TRIANGLE},
            {"mask": TRIANGLE.astype(int).tolist()},
            {"mask": torch.from_numpy(TRIANGLE)[None, None]},
            {"mask": {"causal": True}},
            {"mask": np.ones(KEYS, dtype=int)},
            {"mask": torch.ones(1, KEYS, dtype=torch.long)},
        )
        for said in forms:
            found = rule(given, **said)
            assert (found.causal, found.is_inferred, found.pattern) == (True, False, None)

    @pytest.mark.parametrize(
        ("keys", "mask"),
        [
            ({"window": 2}, np.tril(np.triu(TRIANGLE, -1))),
            ({"causal": False, "window": 2}, np.abs(np.subtract.outer(range(5), range(5))) < 2),
            (
                {"self": "hide"},
                TRIANGLE & ~np.eye(5, dtype=bool)
                | np.eye(5, dtype=bool)[:1] * np.eye(5, dtype=bool),
            ),
            ({"self": "hide-always"}, TRIANGLE & ~np.eye(5, dtype=bool)),
            ({"hide_keys": [1]}, TRIANGLE & (np.arange(5) != 1)),
        ],
    )
    def test_a_rule_is_the_same_said_in_keys_or_as_an_array(
        self, keys: dict[str, Any], mask: np.ndarray
    ) -> None:
        """So captions say it in words, however it was said."""
        given = weights(mask=mask)
        by_keys = rule(given, mask=keys)

        np.testing.assert_array_equal(by_keys.allowed(5, 5), mask)
        assert rule(given, mask=mask) == by_keys
        assert by_keys.pattern is None

    def test_masks_of_unlike_queries_and_keys(self) -> None:
        """A pattern of their own; what needs a diagonal is refused."""
        mask = np.array([[1, 1, 0, 0, 0], [1, 0, 1, 1, 0], [1, 1, 1, 1, 1]], dtype=bool)
        given = weights(2, 3, 5, mask=mask)

        np.testing.assert_array_equal(rule(given, mask=mask).allowed(3, 5), mask)
        np.testing.assert_array_equal(drawn(given, mask=mask)[:, ~mask], 0)
        assert rule(given).is_inferred
        assert faulty(given, causal=True) == (
            "mask: a causal mask needs as many queries as keys; here are 3 and 5"
        )
        assert faulty(given, mask={"window": 2}) == (
            "mask: a window needs as many queries as keys; here are 3 and 5"
        )

    def test_one_query_and_one_key(self) -> None:
        """Nothing is later than the only key; a query may have none."""
        assert drawn(weights(2, 1, 7)).shape == (2, 1, 7)
        assert drawn(weights(2, 1, 7), mask=[[1] * 7]).shape == (2, 1, 7)
        assert drawn([[1.0]]).tolist() == [[[1.0]]]
        assert drawn([[1.0]], causal=True).tolist() == [[[1.0]]]
        assert drawn([[0.0]], mask=[[False]]).tolist() == [[[0.0]]]

    def test_a_query_without_any_key(self) -> None:
        """Is a row of zeros, said by a mask."""
        mask = TRIANGLE.copy()
        mask[2] = False

        np.testing.assert_array_equal(drawn(weights(mask=mask), mask=mask)[:, 2], 0)

    def test_each_layer_may_have_its_own(self) -> None:
        """A first axis of as many as there are layers; or what its zeros show."""
        given = (weights(mask=TRIANGLE), weights())
        source = given_source(given, mask=np.stack([TRIANGLE, np.ones_like(TRIANGLE)]))
        inferred = given_source(given)

        for one in (source, inferred):
            assert [layer.trained.mask.causal for layer in one.facts.layers] == [True, False]

    @pytest.mark.parametrize(
        ("said", "message"),
        [
            (
                {"causal": True},
                "weights: key 1, which the mask hides from query 0, has weight "
                f"{weights()[0, 0, 1]:.3g} in head 0; "
                "the mask of these weights is right: True where a query may attend to a key",
            ),
            ({"causal": 1}, "causal: it is 1; True, False or None is right"),
            ({"causal": "yes"}, "causal: it is 'yes'; True, False or None is right"),
            (
                {"mask": True},
                "mask: its shape is () for 5 queries and 5 keys; (5, 5), or (5,) of keys "
                "alone, is right",
            ),
            (
                {"mask": np.ones((2, 5, 5), dtype=bool)},
                "mask: its shape is (2, 5, 5) for 5 queries and 5 keys; (5, 5), or (5,) of "
                "keys alone, is right",
            ),
            (
                {"mask": np.zeros((5, 5))},
                "mask: its values are float64; True where a query may attend to a key, else "
                "False, is right",
            ),
            (
                {"mask": torch.zeros(5, 5).bfloat16()},
                "mask: its values are bfloat16; True where a query may attend to a key, else "
                "False, is right",
            ),
            (
                {"mask": "causal"},
                "mask: its values are texts; True where a query may attend to a key, else "
                "False, is right",
            ),
            (
                {"mask": np.full((5, 5), 2)},
                "mask: it goes from 2 to 2; True where a query may attend to a key, else "
                "False, is right",
            ),
            (
                {"mask": [[1], [1, 1]]},
                "mask: no array can be made of it; a dense array of numbers is right, its "
                "rows all as long",
            ),
            (
                {"mask": lambda it: it},
                "mask: it is a function; an array, or keys such as {'causal': False}, are "
                "right",
            ),
            (
                {"mask": {"window": 0}},
                "mask: mask.window: 0 is out of range; a whole number from 1 is right",
            ),
            (
                {"mask": {"hide_keys": [5]}},
                "mask.hide_keys.0: 5 is outside the excerpt of 5 tokens; 0 to 4 is right",
            ),
        ],
    )
    def test_what_is_no_mask_of_these_weights(self, said: dict[str, Any], message: str) -> None:
        """Shape, type or numbers."""
        assert faulty(weights(), **said) == message


def off(scores: np.ndarray) -> str:
    """How far the weights of scores are from those of the others."""
    return f"{np.abs(softmax(scores) - weights()).max():.2g}"


class TestScores:
    """Scores and κ of the user's own."""

    def test_they_make_the_weights(self) -> None:
        """The softmax of logits, or of −KL over κ or τ of each head."""
        scores, kappa = -np.abs(logits()), np.array([0.5, 2.0])

        np.testing.assert_allclose(drawn(scores=logits()), weights(), atol=1e-7)
        for said, temperature in (
            ({"kappa": 0.5}, np.array([0.5, 0.5])),
            ({"kappa": kappa}, kappa),
            ({"kappa": torch.tensor(kappa, requires_grad=True)}, kappa),
            ({"kappa": kappa, "tau": 3 * kappa}, 3 * kappa),
        ):
            made = drawn(scores=scores, **said)
            expected = softmax(scores / temperature[:, None, None])
            np.testing.assert_allclose(made, expected, atol=1e-7)
        np.testing.assert_allclose(
            drawn(scores=scores, kappa=kappa, head=1),
            softmax(scores[1:] / 2.0),
            atol=1e-7,
        )

    @pytest.mark.parametrize(
        "hidden", [-np.inf, np.finfo(np.float32).min, float(torch.finfo(torch.bfloat16).min)]
    )
    def test_infinities_and_least_numbers_are_a_mask(self, hidden: float) -> None:
        """What transformers adds to a hidden score is none of −3.4e38 nats."""
        scores = np.where(TRIANGLE, logits(), hidden).astype(np.float32)
        half = torch.from_numpy(np.where(TRIANGLE, logits(), -65504.0)).half()

        for given in (scores, half):
            assert (rule(scores=given).causal, rule(scores=given).is_inferred) == (True, False)
        np.testing.assert_allclose(drawn(scores=scores), weights(mask=TRIANGLE), atol=1e-6)

    def test_scores_that_were_left_whole_take_the_mask_of_the_weights(self) -> None:
        """As those that a model keeps before it masks them."""
        given = weights(mask=TRIANGLE)
        whole, partly = logits(), np.where(TRIANGLE, logits(), np.nan)

        for scores in (whole, partly):
            (only,) = shown(given_source(given, scores=scores), figure="scores")
            np.testing.assert_array_equal(np.isnan(only.scores[0]), ~TRIANGLE)
            np.testing.assert_allclose(only.scores[:, TRIANGLE], whole[:, TRIANGLE], rtol=1e-6)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
    def test_they_agree_within_what_their_type_rounds(self, dtype: torch.dtype) -> None:
        """Scores of tens are held to tenths in bfloat16."""
        exact = torch.from_numpy(20 * logits())
        given, scores = exact.softmax(-1).to(dtype), exact.to(dtype)

        np.testing.assert_allclose(
            drawn(given, scores=scores), given.double().numpy(), atol=torch.finfo(dtype).eps
        )

    @pytest.mark.parametrize(
        ("said", "message"),
        [
            (
                {"scores": logits(seed=3)},
                f"scores: softmax(scores) is off the weights by {off(logits(seed=3))}; the κ "
                "that divided these "
                "scores, and scores with all that is added, are right",
            ),
            (
                {"scores": -logits()},
                f"scores: softmax(scores) is off the weights by {off(-logits())}; with their "
                "sign turned "
                "they agree: scores grow with the weights",
            ),
            (
                {"scores": logits() - 20, "kappa": 0.5},
                f"scores: softmax(scores / κ) is off the weights by {off(2 * logits())}; the "
                "κ that divided "
                "these scores, and scores with all that is added, are right",
            ),
            (
                {"scores": logits() - 20, "kappa": 1, "tau": 0.5},
                f"scores: softmax(scores / τ) is off the weights by {off(2 * logits())}; the "
                "κ that divided "
                "these scores, and scores with all that is added, are right",
            ),
            (
                {"scores": logits(3, 5, 5)},
                "scores: the shape is (3, 5, 5); (2, 5, 5), as of weights, is right",
            ),
            (
                {"scores": {1: logits()}, "layer": None},
                "scores: of layers 1; 0, as of weights, are right",
            ),
        ],
    )
    def test_scores_that_are_not_those_of_the_weights(
        self, said: dict[str, Any], message: str
    ) -> None:
        """By how much, and what may be the reason."""
        assert faulty((weights(),) if "layer" in said else weights(), **said) == message

    @pytest.mark.parametrize(
        ("said", "message"),
        [
            (
                {"scores": [[0.0, np.inf]]},
                "scores: that of head 0, query 0 and key 1 is inf; −inf where the mask hides a "
                "key, else numbers of float32, are right",
            ),
            (
                {"scores": [[0.0, np.nan]]},
                "scores: that of head 0, query 0 and key 1 is nan; −inf where the mask hides a "
                "key, else numbers of float32, are right",
            ),
            (
                {"scores": [[0.0, 1e39]]},
                "scores: that of head 0, query 0 and key 1 is 1e+39; −inf where the mask "
                "hides a "
                "key, else numbers of float32, are right",
            ),
            (
                {"scores": [[[0.0, -np.inf]], [[0.0, 1.0]]]},
                "scores: that of head 0, query 0 and key 1 is -inf; −inf in every head, and "
                "only "
                "where the mask hides a key, is right",
            ),
            (
                {"scores": [[0.0, -np.inf]], "mask": [[1, 1]]},
                "scores: that of head 0, query 0 and key 1 is -inf; −inf in every head, and "
                "only "
                "where the mask hides a key, is right",
            ),
            (
                {"scores": [[-1.0, 2.0]], "kappa": 1},
                "scores: that of head 0, query 0 and key 1 is 2, above 0; with `kappa=` they "
                "are "
                "−KL; give −KL, or leave `kappa=` out for logits",
            ),
            (
                {"scores": [[-1.0, -2.0]], "kappa": 1e-320},
                "kappa: scores divided by it overflow; a larger one is right",
            ),
            (
                {"scores": [[-1.0, -2.0]], "kappa": 0},
                "kappa: it is 0, and there is 1 head; a number above 0, or one for each head, "
                "is right",
            ),
            (
                {"scores": [[-1.0, -2.0]], "kappa": np.nan},
                "kappa: it is nan, and there is 1 head; a number above 0, or one for each "
                "head, is right",
            ),
            (
                {"scores": [[-1.0, -2.0]], "kappa": [1, 2]},
                "kappa: it is [1, 2], and there is 1 head; a number above 0, or one for each "
                "head, is right",
            ),
            (
                {"scores": [[-1.0, -2.0]], "kappa": "1"},
                "kappa: its values are texts; an array of real numbers is right",
            ),
            (
                {"scores": [[-1.0, -2.0]], "tau": 1},
                "tau: it goes with a κ; give `kappa=` too; logits that are divided already "
                "need neither",
            ),
        ],
    )
    def test_numbers_that_are_no_scores(self, said: dict[str, Any], message: str) -> None:
        """Told at once, and not when they are drawn."""
        assert faulty(**said) == message

    @pytest.mark.parametrize("key_tokens", [None, ["a", "b", "c", "d"]])
    def test_a_context_is_of_one_text(self, key_tokens: list[str] | None) -> None:
        """Scores of unlike queries and keys, or of another text's keys, are a map's."""
        shape = (2, 3, 4) if key_tokens is None else (2, 4, 4)
        source = given_source(scores=logits(*shape), key_tokens=key_tokens)

        assert message_of(AttentionError, shown, source, figure="context") == (
            "figure: a context is of one text, and these keys are of another; `map` or "
            "`scores` "
            "is right"
        )
        (only,) = shown(source, figure="scores")
        np.testing.assert_allclose(only.scores, logits(*shape), rtol=1e-6)

    def test_there_are_none_to_draw_of_weights_alone(self) -> None:
        """The kinds that show them say so."""
        for kind in ("scores", "context"):
            assert (
                message_of(AttentionError, shown, given_source(weights()), figure=kind)
                == "layer 0: weights are given and no scores; `figure: map` shows weights"
            )
