"""Models of the user's own, through an adapter."""

import importlib
import os
import pwd
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from maps_of import map_of
from messages import message_of
from small_adapter import CONFIG, IDS, KAPPA, loaded, weights_of, write_package

from paperfig.errors import AttentionError, CheckpointError, PaperfigError
from paperfig.models.checkpoint import load_checkpoint
from paperfig.models.external.adapter import AdapterSource
from paperfig.models.external.code import code_files
from paperfig.models.external.trust import trust_file
from paperfig.models.files.listing import checkpoint_files
from paperfig.specs.mask import TrainedSpec
from paperfig.specs.schema import CheckpointSpec
from paperfig.values.attention import AttentionMap
from paperfig.values.mask import MaskRule
from paperfig.values.model import Setting

CPU = torch.device("cpu")
HIDDEN = MaskRule(self_attention="hide")


def fault(root: Path, **keys: object) -> str:
    """What loading the adapter says."""
    return message_of(PaperfigError, loaded, root, **keys)


def shown(source: AdapterSource, layer: int = 1, **changed: object) -> AttentionMap:
    """The heads of a layer, with a changed mask or κ."""
    trained = source.facts.layers[layer].trained
    n_head = source.facts.layers[layer].n_head
    inputs = source.layer_inputs(IDS, {layer: tuple(range(n_head))})[layer]
    setting = Setting(**{"mask": trained.mask, "kappa": trained.kappa, **changed})
    return map_of(
        inputs,
        setting,
        tokens=len(IDS),
        layer=layer,
        heads=n_head,
        trained=trained,
        keep_scores=inputs.divergence is not None,
    )


def test_the_models_own_weights_are_shown(tmp_path: Path) -> None:
    """Its weights, exactly 0 where masked; its KL as scores; its settings as facts."""
    source = loaded(write_package(tmp_path))
    attention = shown(source)

    assert source.facts.name == "lamp.reading:build"
    assert (source.facts.family, source.facts.n_layer) == ("adapter", 2)
    assert (source.facts.vocab_size, source.facts.context) == (256, 64)
    trained = Setting(mask=HIDDEN, kappa=(KAPPA, KAPPA))
    assert source.facts.layers[1].trained == trained
    np.testing.assert_allclose(
        attention.weights, weights_of(IDS, KAPPA, hide_self=True), atol=1e-6
    )
    assert (attention.weights[:, ~attention.mask] == 0).all()
    assert attention.scores is not None
    assert attention.scores[1, 3, 2] == pytest.approx(-((2 * (IDS[3] - IDS[2]) / 50) ** 2))


def test_a_model_that_returns_its_last_layer(tmp_path: Path) -> None:
    """Only that one is drawn."""
    source = loaded(write_package(tmp_path))

    with pytest.raises(AttentionError) as caught:
        source.layer_inputs(IDS, {0: (0,)})
    assert str(caught.value) == (
        "layer 0: the model returns the last layer only; "
        "layer 1 is right, or a model that returns all of them"
    )


@pytest.mark.parametrize(
    ("returned", "layers", "heads"),
    [
        ('{"beta": beta[None].repeat(3, 1, 1, 1, 1)}', 3, 2),
        ('{"beta": beta.repeat(3, 1, 1, 1)}', 3, 2),
        ('{"beta": [beta, beta]}', 2, 2),
        ('{"beta": beta[0]}', 2, 2),
        ('{"beta": beta[0, 0]}', 2, 1),
        ('{"beta": beta, "kl": None, "kl_matrix": kl}', 2, 2),
    ],
)
def test_ranks(tmp_path: Path, returned: str, layers: int, heads: int) -> None:
    """Layers and heads are told by the shape of what a first run returns."""
    config = CONFIG | {"n_layers": layers}
    source = loaded(write_package(tmp_path, config=config, returned=returned))

    assert [layer.n_head for layer in source.facts.layers] == [heads] * layers
    expected = weights_of(IDS, KAPPA, hide_self=True)[:heads]
    np.testing.assert_allclose(shown(source, layers - 1).weights, expected, atol=1e-6)


def test_changes_are_made_from_the_models_own_kl(tmp_path: Path) -> None:
    """A mask or κ of the spec's, where the KL gives the model's own weights as well."""
    source = loaded(write_package(tmp_path))
    other = shown(source, mask=MaskRule(), kappa=(2.0, 2.0))

    np.testing.assert_allclose(other.weights, weights_of(IDS, 2.0, hide_self=False), atol=1e-6)


def test_changes_are_refused_without_kl(tmp_path: Path) -> None:
    """There is nothing to make other weights from; nor are there scores."""
    source = loaded(write_package(tmp_path, returned='{"beta": beta}'))

    with pytest.raises(AttentionError) as caught:
        shown(source, mask=MaskRule())
    assert str(caught.value) == (
        "layer 1: mask and κ cannot be changed: the model gives its weights and no `kl`, so "
        "that there are no scores; leave both out"
    )


def test_changes_are_refused_where_kl_is_not_all(tmp_path: Path) -> None:
    """A model that adds ALiBi shows its own weights, and no others."""
    source = loaded(write_package(tmp_path, slope=0.5))
    shown(source)

    with pytest.raises(AttentionError) as caught:
        shown(source, kappa=(1.0, 1.0))
    message = str(caught.value)
    assert message.startswith(
        "layer 1: mask and κ cannot be changed: softmax(−kl/κ) is off the model's own weights "
        "by 0."
    )
    assert message.endswith(
        ", so that something else enters them; leave them as trained, or declare the right κ "
        "and mask under `trained`"
    )


def test_a_model_without_kappa(tmp_path: Path) -> None:
    """Where there is no KL, no κ is needed, and none is stated."""
    config = {key: value for key, value in CONFIG.items() if key != "kappa_beta"}
    source = loaded(write_package(tmp_path, config=config, returned='{"beta": beta}'))

    assert source.facts.layers[1].trained == Setting(mask=HIDDEN)


def test_the_spec_declares_what_the_model_does_not_say(tmp_path: Path) -> None:
    """κ and mask; a denial of what it says is refused."""
    config = {"n_layers": 2, "vocab_size": 256}
    write_package(tmp_path, config=config)
    trained = TrainedSpec.model_validate({"kappa": 0.5, "mask": {"self": "hide"}})
    source = loaded(tmp_path, trained=trained)

    assert source.facts.declared == ("kappa = 0.5", "mask.self = hide")
    assert source.facts.layers[1].trained == Setting(mask=HIDDEN, kappa=(0.5, 0.5))
    assert fault(tmp_path) == (
        "lamp.reading:build: nothing in it or beside it says with which κ it was trained; "
        "declare it under `checkpoint`: `trained: {kappa: 1.0}`, with its own values"
    )
    write_package(tmp_path)
    assert fault(tmp_path, trained=TrainedSpec(kappa=2.0)) == (
        "lamp.reading:build: `trained.kappa` is 2, and `kappa_beta` in `config` of the "
        "model from lamp.reading:build means 0.5; leave `trained.kappa` out, or set `kappa` to "
        "change it"
    )
    assert fault(tmp_path, trained=TrainedSpec(transport="exact")) == (
        "`config` of the model from lamp.reading:build: `trained.transport` is declared, and "
        "the model computes its attention itself; leave it out"
    )


@pytest.mark.parametrize(
    ("package", "message"),
    [
        (
            {"config": None},
            "`config` of the model from lamp.reading:build: it has no `vocab_size`; "
            '`self.config = {"n_layers": 2, "vocab_size": 256, "max_seq_len": 128}`, with its '
            "own values, is right",
        ),
        (
            {"config": {"n_layers": 2}},
            "`config` of the model from lamp.reading:build: it has no `vocab_size`; "
            '`self.config = {"n_layers": 2, "vocab_size": 256, "max_seq_len": 128}`, with its '
            "own values, is right",
        ),
        (
            {"config": {key: CONFIG[key] for key in CONFIG if key != "n_layers"}},
            "`config` of the model from lamp.reading:build: it has no `n_layers`, and "
            'the model returns one layer; `"n_layers": 1`, with its own value, '
            "is right",
        ),
        (
            {"returned": '{"beta": [beta] * 3}'},
            "`config` of the model from lamp.reading:build: `n_layers` is 2, and "
            "the model returns 3 layers; the last one, or all of them, is right",
        ),
        (
            {"returned": '{"beta": [beta, beta], "kl": kl}'},
            "lamp.reading:build: its `kl` has another shape than its `beta`; "
            "the same shape is right",
        ),
        (
            {"config": CONFIG | {"mask_self_attention": False}},
            "lamp.reading:build: no query has weight on its own key, and nothing says that "
            "the mask hides it; declare it: `trained: {mask: {self: hide}}`",
        ),
        (
            {"returned": '{"weights": beta}'},
            "Network: forward_with_attention returns no mapping with `beta`; "
            "(logits, {'beta': …, 'kl': …}) is right",
        ),
        (
            {"returned": "1 / 0"},
            "lamp.reading:build: it raised ZeroDivisionError: division by zero; "
            "`paperfig show … --debug` shows where",
        ),
    ],
)
def test_what_a_model_does_not_say(
    tmp_path: Path, package: dict[str, object], message: str
) -> None:
    """What is missing and needed is named, with the line to write."""
    assert fault(write_package(tmp_path, **package)) == message


def test_a_mask_that_the_model_does_not_keep(tmp_path: Path) -> None:
    """The trained mask is held against the weights."""
    source = loaded(write_package(tmp_path, diagonal=0))

    with pytest.raises(AttentionError) as caught:
        shown(source)
    assert str(caught.value) == (
        "layer 1: a key that the mask hides has weight 1; declare the model's own mask: "
        "`trained: {mask: {causal: false}}`, say"
    )


def test_a_mask_that_is_declared_too_wide(tmp_path: Path) -> None:
    """Captions would say that each query attends to later keys, and none does."""
    write_package(tmp_path)
    trained = TrainedSpec.model_validate({"mask": {"causal": False}})

    assert fault(tmp_path, trained=trained) == (
        "lamp.reading:build: no query has weight on a later key, and the mask is said not to "
        "be causal; declare it: `trained: {mask: {causal: true}}`"
    )


def test_a_single_token_says_nothing_of_the_mask(tmp_path: Path) -> None:
    """The first query keeps its own key whatever the rule is."""
    config = CONFIG | {"max_seq_len": 1, "mask_self_attention": False}

    assert loaded(write_package(tmp_path, config=config)).facts.context == 1


def returning(root: Path, line: str) -> Path:
    """A project whose `lamp.reading:give` returns something of torch's own attention."""
    (root / "lamp").mkdir()
    (root / "lamp" / "reading.py").write_text(
        "import torch\n\n\ndef give(path, device):\n"
        "    model = torch.nn.TransformerEncoderLayer(8, 2, 8)\n"
        f"    return {line}\n",
        encoding="utf-8",
    )
    return root


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "model, 'self_attn', 3",
            "lamp.reading:give: it returned (TransformerEncoderLayer, str, int); "
            "(a torch module, the name of its attention submodules) is right",
        ),
        (
            "(str, 'self_attn')",
            "lamp.reading:give: it returned (type, str); "
            "(a torch module, the name of its attention submodules) is right",
        ),
        (
            "model, 'self_atn'",
            "TransformerEncoderLayer: it has no submodule self_atn; "
            "self_attn, self_attn.out_proj are near",
        ),
        (
            "model, 'self_attn'",
            "`config` of the model from lamp.reading:give: it has no `vocab_size`; "
            '`self.config = {"n_layers": 2, "vocab_size": 256, "max_seq_len": 128}`, with its '
            "own values, is right",
        ),
    ],
)
def test_a_module_and_a_name(tmp_path: Path, line: str, message: str) -> None:
    """The two of them, and a configuration."""
    assert fault(returning(tmp_path, line), adapter="lamp.reading:give") == message


def test_weights_in_half_precision(tmp_path: Path) -> None:
    """Rounding keeps a row's sum from 1 by what the type says: it is divided by that sum."""
    exact = shown(loaded(write_package(tmp_path / "exact"))).weights
    source = loaded(write_package(tmp_path / "half", returned='{"beta": beta.bfloat16()}'))
    found = shown(source).weights

    np.testing.assert_allclose(found.sum(axis=2), 1, atol=1e-6)
    np.testing.assert_allclose(found, exact, rtol=2**-7)
    assert np.abs(found - exact).max() > 1e-5


def test_rows_that_are_no_softmax(tmp_path: Path) -> None:
    """Single precision has no such excuse; none is made right unseen."""
    rounded = '{"beta": beta.bfloat16().float()}'
    with pytest.raises(AttentionError) as caught:
        shown(loaded(write_package(tmp_path, returned=rounded)))

    assert str(caught.value) == (
        "layer 1: a row of weights sums to 1 only within 0.00196; a softmax in float32 is right"
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"adapter": "lantern:build"},
            "lantern:build: {root} holds no module lantern; `code` names the folder that it "
            "is imported from",
        ),
        (
            {"adapter": "lamp.reading:burn"},
            "lamp.reading:burn: lamp.reading has no function burn; `module:function` is right",
        ),
        (
            {"adapter": "lamp.gone:build"},
            "lamp.gone:build: it raised ModuleNotFoundError: No module named 'lamp.gone'; "
            "`paperfig show … --debug` shows where",
        ),
        (
            {"path": "gone.pt"},
            "gone.pt: no such checkpoint; paths start at the project root {root}",
        ),
    ],
)
def test_what_is_not_there(tmp_path: Path, keys: dict[str, object], message: str) -> None:
    """Modules, functions and checkpoints by name."""
    assert fault(write_package(tmp_path), **keys) == message.format(root=tmp_path)


def test_the_path_and_the_device_are_handed_on(tmp_path: Path) -> None:
    """The function gets the full path, and the torch device."""
    write_package(tmp_path)
    (tmp_path / "ckpt.pt").write_bytes(b"any")
    with (tmp_path / "lamp" / "reading.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef tell(path, device):\n    raise ValueError(f'{path} {device}')\n")

    assert fault(tmp_path, adapter="lamp.reading:tell", path="ckpt.pt") == (
        f"lamp.reading:tell: it raised ValueError: {tmp_path}/ckpt.pt cpu; "
        "`paperfig show … --debug` shows where"
    )
    assert "None cpu" in fault(tmp_path, adapter="lamp.reading:tell")


def test_the_files_that_count(tmp_path: Path) -> None:
    """The whole package, and what it imports from the same folder; no code is run."""
    write_package(tmp_path / "code")
    (tmp_path / "ckpt.pt").write_bytes(b"any")
    spec = CheckpointSpec(path="ckpt.pt", adapter="lamp.reading:build", code="code")
    names = ("__init__", "network", "reading", "unused")
    lamp = tuple(tmp_path / "code" / "lamp" / f"{name}.py" for name in names)

    assert checkpoint_files(spec, root=tmp_path) == (
        tmp_path / "ckpt.pt",
        *lamp,
        tmp_path / "code" / "sums" / "scales.py",
    )
    assert not (tmp_path / "code" / "lamp" / "was-imported").exists()
    gone = code_files("gone.module:build", tmp_path)
    assert gone == (tmp_path / "gone.py",)


def test_code_that_prints_and_exits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its lines do not come between ours on stdout; nor does it end the command."""
    write_package(tmp_path)
    with (tmp_path / "lamp" / "reading.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef leave(path, device):\n    print('bye')\n    raise SystemExit(3)\n")

    assert fault(tmp_path, adapter="lamp.reading:leave") == (
        "lamp.reading:leave: it raised SystemExit: 3; `paperfig show … --debug` shows where"
    )
    assert capsys.readouterr() == ("", "bye\n")


def test_code_that_no_import_statement_names(tmp_path: Path) -> None:
    """A change of it could not be seen."""
    write_package(tmp_path)
    (tmp_path / "lamp" / "reading.py").write_text(
        "import importlib\n\n\ndef build(path, device):\n"
        "    return importlib.import_module('hidden')\n",
        encoding="utf-8",
    )
    (tmp_path / "hidden.py").write_text("", encoding="utf-8")

    assert fault(tmp_path) == (
        "lamp.reading:build: it loaded hidden, which no import statement of it names, so that "
        "a change of it could not be seen; write `import hidden`"
    )
    sys.modules.pop("hidden")


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """Two packages of one name live side by side; paths, modules, byte code as before."""
    mine = sys.modules["lamp"] = type(sys)("lamp")
    before = (list(sys.path), set(sys.modules), sys.dont_write_bytecode, sys.pycache_prefix)
    try:
        one = loaded(write_package(tmp_path / "one"))
        other = loaded(
            write_package(tmp_path / "two", config=CONFIG | {"n_layers": 5}),
        )
        shown(one)
        assert (one.facts.n_layer, other.facts.n_layer) == (2, 5)
        assert sys.modules["lamp"] is mine
    finally:
        del sys.modules["lamp"]
    assert sys.path == before[0]
    assert {name for name in sys.modules if name.startswith(("lamp", "sums"))} == set()
    assert (sys.dont_write_bytecode, sys.pycache_prefix) == before[2:]
    assert list(tmp_path.rglob("__pycache__")) == []


def test_a_changed_module_is_read_again(tmp_path: Path) -> None:
    """Within the second, in the same process, at the same size."""
    assert loaded(write_package(tmp_path)).facts.context == 64
    write_package(tmp_path, config=CONFIG | {"max_seq_len": 32})

    assert loaded(tmp_path).facts.context == 32


def test_nothing_is_run_without_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to allow it are named; a line for another folder allows nothing."""
    root = write_package(tmp_path / "project")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    trusted = tmp_path / "config" / "paperfig" / "trusted"
    spec = CheckpointSpec(adapter="lamp.reading:build")
    message = (
        "lamp.reading:build: it is Python code, which is not run unasked; "
        f"allow it with --allow-adapters, or for good with `paperfig trust {root}`"
    )
    trusted.parent.mkdir(parents=True)
    for content in (None, f"{tmp_path}\n# {root}\n", "project\n.\n"):
        if content is not None:
            trusted.write_text(content, encoding="utf-8")
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(spec, root=root, device=CPU)
        assert str(caught.value) == message
        assert not (root / "lamp" / "was-imported").exists()

    trusted.write_text(f"/elsewhere\n{root}\n", encoding="utf-8")
    assert load_checkpoint(spec, root=root, device=CPU).facts.n_layer == 2
    assert (root / "lamp" / "was-imported").exists()


def test_where_the_trust_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the user's configuration; a relative XDG_CONFIG_HOME is ignored, as it has to be."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert trust_file() == tmp_path / ".config" / "paperfig" / "trusted"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert trust_file() == tmp_path / ".config" / "paperfig" / "trusted"


@pytest.mark.parametrize("home", ["", ".", "home"])
def test_the_trust_file_never_lies_where_the_working_folder_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    """A HOME that is no absolute path is none: the account's own folder counts."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    monkeypatch.chdir(tmp_path)
    account = Path(pwd.getpwuid(os.getuid()).pw_dir)

    assert trust_file() == account / ".config" / "paperfig" / "trusted"


@pytest.mark.parametrize("variable", ["HOME", "XDG_CONFIG_HOME"])
def test_a_project_cannot_trust_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A trust file in the project, wherever the variables point, allows nothing."""
    root = write_package(tmp_path / "project")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv(variable, str(root / "set up"))
    trusted = trust_file()
    trusted.parent.mkdir(parents=True)
    trusted.write_text(f"{root}\n", encoding="utf-8")
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(CheckpointSpec(adapter="lamp.reading:build"), root=root, device=CPU)

    assert str(caught.value) == (
        "lamp.reading:build: it is Python code, which is not run unasked, and "
        f"{trusted}, which lies in the project, does not count; allow it with --allow-adapters"
    )
    assert not (root / "lamp" / "was-imported").exists()


def test_code_on_the_search_path_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of PYTHONPATH is digested and read again; one of installed packages is not."""
    write_package(tmp_path / "paper")
    shutil.move(tmp_path / "paper" / "sums", tmp_path / "elsewhere" / "sums")
    installed = tmp_path / "installed"
    (installed / "lib-1.0.dist-info").mkdir(parents=True)
    (installed / "lib.py").write_text("", encoding="utf-8")
    with (tmp_path / "paper" / "lamp" / "network.py").open("a", encoding="utf-8") as file:
        file.write("import lib\n")
    spec = CheckpointSpec(adapter="lamp.reading:build", code="paper")
    for folder in (tmp_path / "elsewhere", installed):
        monkeypatch.syspath_prepend(folder)

    scales = tmp_path / "elsewhere" / "sums" / "scales.py"
    files = checkpoint_files(spec, root=tmp_path)
    assert scales in files
    assert installed / "lib.py" not in files
    assert shown(loaded(tmp_path, code="paper")).weights.shape[0] == 2
    scales.write_text("SCALES = [1.0, 2.0, 3.0]\n", encoding="utf-8")
    assert shown(loaded(tmp_path, code="paper")).weights.shape[0] == 3
    assert "sums" not in sys.modules
    sys.modules.pop("lib")


def test_what_the_program_has_loaded_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module of the search path that it imported itself is not imported a second time."""
    write_package(tmp_path / "paper")
    shutil.move(tmp_path / "paper" / "sums", tmp_path / "elsewhere" / "sums")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    scales = importlib.import_module("sums.scales")
    try:
        scales.SCALES = [1.0]
        assert shown(loaded(tmp_path, code="paper")).weights.shape[0] == 1
        assert sys.modules["sums.scales"] is scales
    finally:
        for name in ("sums", "sums.scales"):
            del sys.modules[name]


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    """The folder that was searched is named, and the key that names another."""
    write_package(tmp_path)
    shutil.rmtree(tmp_path / "sums")

    assert fault(tmp_path) == (
        f"lamp.reading:build: it imports sums, which is neither in {tmp_path} nor installed; "
        "install it, or name by `code` the folder of the project that holds it"
    )
