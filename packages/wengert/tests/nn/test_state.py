"""State dictionaries, and their files."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

import wengert as wg
from parity.facade import parity
from wengert import nn, optim
from wengert.errors import ArgumentError
from wengert.nn import StateDictError


def small(lib):
    class Small(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = lib.nn.Parameter(lib.tensor([1.0, 2.0]))
            self.inner = lib.nn.Sequential(lib.nn.Linear(2, 1))
            self.register_buffer("mean", lib.tensor([3.0]))
            self.register_buffer("scratch", lib.tensor([4.0]), persistent=False)

    return Small()


@parity
def test_contents(lib, log):
    module = small(lib)
    state = module.state_dict()
    log("names", list(state), type(state))
    log("detached", [value.requires_grad for value in state.values()], type(state["weight"]) is lib.Tensor)
    log("kept", [value.requires_grad for value in module.state_dict(keep_vars=True).values()])
    log("same", module.state_dict(keep_vars=True)["weight"] is module.weight)
    with lib.no_grad():
        module.load_state_dict({**state, "weight": lib.tensor([7.0, 8.0])})
    log("shares memory", state["weight"])


@parity
def test_loading(lib, log):
    module, other = small(lib), small(lib)
    weight = other.weight
    result = other.load_state_dict(module.state_dict())
    log("result", list(result.missing_keys), list(result.unexpected_keys))
    log("same object", other.weight is weight, other.inner[0].weight.requires_grad)
    log("equal", bool((other.inner[0].weight == module.inner[0].weight).all()))
    log("version", weight._version)


@pytest.mark.parametrize("strict", [True, False])
@parity
def test_mismatches(lib, log, strict):
    """Each is named; shapes are errors in any case."""
    state = small(lib).state_dict()
    missing = {name: value for name, value in state.items() if name != "mean"}
    module = small(lib)
    for given, says in (
        (missing, "mean"),
        ({**state, "more.weight": lib.tensor([1.0])}, "more.weight"),
        ({**state, "scratch": lib.tensor([1.0])}, "scratch"),
        ({**state, "weight": lib.tensor([1.0])}, "weight"),
        ({**state, "weight": lib.tensor([[1.0, 2.0]])}, "weight"),
        ({**state, "weight": 5}, "weight"),
        ([1, 2], "expected"),
    ):
        log.attempt("load", lambda given=given: [list(k) for k in module.load_state_dict(given, strict=strict)])
        try:
            module.load_state_dict(given, strict=strict)
        except Exception as error:
            log("names it", says in str(error).lower() or says in str(error))
    log("weight", module.weight)


@parity
def test_what_fits_is_loaded_before_an_error(lib, log):
    module = small(lib)
    log.attempt("load", lambda: module.load_state_dict({"mean": lib.tensor([9.0])}))
    log("mean", module.mean)


@parity
def test_loading_casts(lib, log):
    module = lib.nn.Linear(1, 1, bias=False)
    module.load_state_dict({"weight": lib.tensor([[2.0]])})
    log("dtype", str(module.weight.dtype).removeprefix("torch."), module.weight)


@parity
def test_assigning_instead_of_copying(lib, log):
    module = small(lib)
    state = {name: value * 2.0 for name, value in module.state_dict().items()}
    before = module.weight
    module.load_state_dict(state, assign=True)
    log("assigned", module.weight is before, type(module.weight), module.weight, module.weight.requires_grad)
    log("buffer", module.mean is state["mean"])


@parity
def test_state_hooks(lib, log):
    module = small(lib)
    module.register_state_dict_pre_hook(lambda m, prefix, keep_vars: log("pre", prefix, keep_vars))
    module.inner.register_state_dict_pre_hook(lambda m, prefix, keep_vars: log("inner pre", prefix, keep_vars))

    def rename(m, state, prefix, metadata):
        log("post", list(state), prefix)
        state[prefix + "renamed"] = state.pop(prefix + "mean")

    def name_back(m, state, prefix, metadata, strict, missing, unexpected, errors):
        log("load pre", list(state), prefix, strict, missing, unexpected, errors)
        state[prefix + "mean"] = state.pop(prefix + "renamed")

    def after(m, keys):
        log("load post", list(keys.missing_keys), list(keys.unexpected_keys))
        keys.missing_keys.clear()

    module.register_state_dict_post_hook(rename)
    module.register_load_state_dict_pre_hook(name_back)
    module.register_load_state_dict_post_hook(after)
    state = module.state_dict()
    log("state", list(state))
    del state["weight"]
    log.attempt("load", lambda: [list(k) for k in module.load_state_dict(state)])


def test_errors_name_everything_at_once():
    module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    state = {"0.weight": wg.zeros((3, 3)), "0.bias": wg.zeros(3), "2.bias": wg.zeros(1), "1.weight": "text"}
    with pytest.raises(StateDictError) as caught:
        module.load_state_dict(state)
    message = str(caught.value)
    for part in ("'1.bias'", "'2.bias'", "0.weight has shape (3, 3); the module expects (3, 2)", "1.weight is a str"):
        assert part in message


def test_arrays_may_be_loaded():
    layer = nn.Linear(2, 1, bias=False)
    layer.load_state_dict({"weight": np.array([[1.0, 2.0]])})
    assert layer.weight.tolist() == [[1.0, 2.0]]
    layer.load_state_dict({"weight": np.array([[3.0, 4.0]])}, assign=True)
    assert layer.weight.dtype == wg.float64


def test_loading_is_noticed_by_a_backward():
    """S1.2: the saved weight was written to."""
    layer = nn.Linear(2, 1)
    x = wg.random.normal((3, 2), dtype=wg.float32, requires_grad=True)
    y = layer(x).sum()
    layer.load_state_dict(layer.state_dict())
    with pytest.raises(wg.errors.VersionError):
        y.backward()


# -- files -----------------------------------------------------------------------------------------------------------------
def test_saving_a_module(tmp_path):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1, dtype=wg.complex64))
    path = tmp_path / "model.npz"
    nn.save(model.state_dict(), path)
    state = nn.load(path)
    assert list(state) == list(model.state_dict())
    for name, value in model.state_dict().items():
        assert state[name].dtype == value.dtype
        assert state[name].tolist() == value.tolist()
        assert not state[name].requires_grad
    with np.load(path, allow_pickle=False) as file:
        assert file["0.weight"].tolist() == model[0].weight.tolist()


def test_saving_an_optimizer(tmp_path):
    layer = nn.Linear(2, 1)
    optimizer = optim.Adam(layer.parameters(), betas=(0.5, 0.75))
    layer(wg.ones((1, 2), dtype=wg.float32)).sum().backward()
    optimizer.step()
    nn.save({"optimizer": optimizer.state_dict(), "epoch": 3, "note": "ü", "none": None}, tmp_path / "state")
    state = nn.load(str(tmp_path / "state"))
    assert (state["epoch"], state["note"], state["none"]) == (3, "ü", None)
    assert state["optimizer"]["param_groups"][0]["betas"] == (0.5, 0.75)
    assert list(state["optimizer"]["state"]) == [0, 1]
    other = optim.Adam(layer.parameters())
    other.load_state_dict(state["optimizer"])
    assert other.state[layer.weight]["step"] == 1
    assert other.state[layer.weight]["exp_avg"].tolist() == optimizer.state[layer.weight]["exp_avg"].tolist()


def test_names_that_meet(tmp_path):
    state = {"a.b": wg.tensor(1.0), "a": {"b": wg.tensor(2.0)}, "__structure__": wg.tensor(3.0)}
    nn.save(state, tmp_path / "state.npz")
    loaded = nn.load(tmp_path / "state.npz")
    assert loaded["a.b"].item() == 1.0
    assert loaded["a"]["b"].item() == 2.0
    assert loaded["__structure__"].item() == 3.0


def test_a_single_tensor(tmp_path):
    nn.save(wg.tensor([1.0]), tmp_path / "t.npz")
    assert nn.load(tmp_path / "t.npz").tolist() == [1.0]


def test_other_npz_files(tmp_path):
    np.savez(tmp_path / "plain.npz", x=np.arange(3))
    assert nn.load(tmp_path / "plain.npz")["x"].tolist() == [0, 1, 2]


def test_what_cannot_be_saved(tmp_path):
    with pytest.raises(ArgumentError, match=r"a\.1 is a object"):
        nn.save({"a": [wg.tensor(1.0), object()]}, tmp_path / "x.npz")
    with pytest.raises(ArgumentError, match="key of state is a float"):
        nn.save({0.5: 1}, tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()


def test_nothing_is_pickled(tmp_path):
    nn.save(nn.Linear(1, 1).state_dict(), tmp_path / "x.npz")
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        assert set(archive.namelist()) == {"weight.npy", "bias.npy", "__structure__.npy"}
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        assert json.loads(bytes(file["__structure__"]))["dict"][0][0] == "weight"
