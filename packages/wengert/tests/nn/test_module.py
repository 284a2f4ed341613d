"""`Module`: attributes, what is inside, modes, conversion; beside PyTorch where both have it."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import wengert as wg
from parity.facade import parity
from wengert import nn
from wengert.errors import ArgumentError, DtypeError, RequiresGradDtypeError


def tree(lib):
    """A module of modules, with a shared one, a shared parameter, and buffers."""

    class Leaf(lib.nn.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = lib.nn.Parameter(lib.tensor([1.0] * size))
            self.register_buffer("count", lib.tensor([0.0]))
            self.register_buffer("scratch", lib.tensor([1.0]), persistent=False)
            self.register_buffer("nothing", None)
            self.register_parameter("bias", None)

        def forward(self, x):
            return x * self.weight

    class Tree(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = Leaf(1)
            self.again = self.first
            self.second = Leaf(2)
            self.second.shared = self.first.weight
            self.row = lib.nn.Sequential(Leaf(3), lib.nn.Sequential(Leaf(4)))
            self.add_module("missing", None)
            self.top = lib.nn.Parameter(lib.tensor([5.0]))

    return Tree()


@parity
def test_what_is_inside(lib, log):
    module = tree(lib)
    log("parameters", [name for name, _ in module.named_parameters()], len(list(module.parameters())))
    log("twice", [name for name, _ in module.named_parameters(remove_duplicate=False)])
    log("own", [name for name, _ in module.named_parameters(recurse=False)], len(list(module.parameters(recurse=False))))
    log("prefix", [name for name, _ in module.named_parameters(prefix="p")])
    log("buffers", [name for name, _ in module.named_buffers()], len(list(module.buffers())))
    log("modules", [name for name, _ in module.named_modules()], [type(m) for m in module.modules()])
    log("modules twice", [name for name, _ in module.named_modules(remove_duplicate=False)])
    log("children", [name for name, _ in module.named_children()], len(list(module.children())))
    log("state", list(module.state_dict()), list(module.state_dict(prefix="p.")))


@parity
def test_access_by_path(lib, log):
    module = tree(lib)
    log("submodule", module.get_submodule("row.1.0").weight, module.get_submodule("") is module)
    log("parameter", module.get_parameter("row.0.weight"), module.get_buffer("first.count"))
    for call in (
        lambda: module.get_submodule("row.7"),
        lambda: module.get_submodule("top"),
        lambda: module.get_parameter("first.count"),
        lambda: module.get_parameter("nowhere"),
        lambda: module.get_buffer("first.weight"),
        lambda: module.nowhere,
    ):
        log.attempt("missing", call)


@parity
def test_assigning_attributes(lib, log):
    module = lib.nn.Module()

    def state():
        parameters, buffers = [n for n, _ in module.named_parameters()], [n for n, _ in module.named_buffers()]
        log("state", parameters, buffers, [n for n, _ in module.named_children()], "plain" in module.__dict__)

    module.plain = 5
    state()
    module.plain = lib.nn.Parameter(lib.tensor([1.0]))
    state()
    log.attempt("a number for a parameter", lambda: setattr(module, "plain", 5))
    log.attempt("a tensor for a parameter", lambda: setattr(module, "plain", lib.tensor([1.0])))
    module.plain = None
    state()
    module.plain = lib.nn.Parameter(lib.tensor([2.0]))
    log.attempt("a module for a parameter", lambda: setattr(module, "plain", lib.nn.Identity()))
    state()
    del module.plain
    module.plain = lib.nn.Identity()
    state()
    log.attempt("a number for a module", lambda: setattr(module, "plain", 5))
    module.plain = lib.nn.Parameter(lib.tensor([2.0]))
    state()
    del module.plain
    log("gone", hasattr(module, "plain"))
    module.register_buffer("plain", lib.tensor([3.0]))
    module.plain = lib.tensor([4.0])
    state()
    log("value", module.plain)
    log.attempt("a number for a buffer", lambda: setattr(module, "plain", 5))
    module.plain = None
    state()
    log.attempt("deleting what is not there", lambda: delattr(module, "nothing"))


@parity
def test_registration_is_checked(lib, log):
    module = lib.nn.Linear(2, 3)
    parameter, other = lib.nn.Parameter(lib.tensor([1.0])), lib.nn.ReLU()
    for name in ("", "a.b", "forward", "weight", 5):
        log.attempt("parameter", lambda name=name: module.register_parameter(name, parameter))
        log.attempt("buffer", lambda name=name: module.register_buffer(name, lib.tensor([1.0])))
        log.attempt("module", lambda name=name: module.add_module(name, other))
    log.attempt("no parameter", lambda: module.register_parameter("x", lib.tensor([1.0])))
    log.attempt("no tensor", lambda: module.register_buffer("y", 5))
    log.attempt("no module", lambda: module.add_module("z", 5))
    log("names", sorted(name for name, _ in module.named_parameters()))


@parity
def test_before_init(lib, log):
    class Early(lib.nn.Module):
        def __init__(self):
            self.layer = lib.nn.ReLU()

    class EarlyParameter(lib.nn.Module):
        def __init__(self):
            self.weight = lib.nn.Parameter(lib.tensor([1.0]))

    log.attempt("module", Early)
    log.attempt("parameter", EarlyParameter)


@parity
def test_forward_is_needed(lib, log):
    log.attempt("call", lambda: lib.nn.Module()(1))


@parity
def test_train_and_eval(lib, log):
    module = tree(lib)
    log("default", [m.training for m in module.modules()])
    log("eval", module.eval() is module, [m.training for m in module.modules()])
    module.row.train()
    log("part", [(name, m.training) for name, m in module.named_modules()])
    log.attempt("no bool", lambda: module.train(1))


@parity
def test_apply(lib, log):
    module = tree(lib)
    log("returns", module.apply(lambda m: log("module", type(m))) is module)


@parity
def test_requires_grad(lib, log):
    module = tree(lib)
    log("off", module.requires_grad_(False) is module, [p.requires_grad for p in module.parameters()])
    module.row.requires_grad_()
    log("on", [p.requires_grad for p in module.parameters()], [b.requires_grad for b in module.buffers()])


@pytest.mark.parametrize("set_to_none", [True, False])
@parity
def test_zero_grad(lib, log, set_to_none):
    module = tree(lib)
    module.first(lib.tensor([2.0])).sum().backward()
    log("before", [p.grad for p in module.parameters()])
    kept = module.first.weight.grad
    module.zero_grad(set_to_none=set_to_none)
    log("after", [p.grad for p in module.parameters()], kept is module.first.weight.grad, kept)


@parity
def test_zero_grad_with_a_graph(lib, log):
    module = tree(lib)
    x = lib.tensor([2.0], requires_grad=True)
    loss = (module.first(x) ** 2.0).sum()
    loss.backward(create_graph=True)
    module.zero_grad(set_to_none=False)
    grad = module.first.weight.grad
    log("after", grad, grad.requires_grad)


@parity
def test_deep_copies(lib, log):
    module = tree(lib)
    module.first(lib.tensor([2.0])).sum().backward()
    twin = copy.deepcopy(module)
    log("shared stay shared", twin.second.shared is twin.first.weight, twin.again is twin.first)
    log("own", twin.first.weight is module.first.weight, type(twin.first.weight))
    log("gradient", twin.first.weight.grad, twin.first.weight.requires_grad)
    with lib.no_grad():
        twin.load_state_dict({name: value * 2.0 for name, value in module.state_dict().items()})
    log("values", twin.top, module.top)


@parity
def test_repr(lib, log):
    class Named(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = lib.nn.Linear(2, 3, bias=False)
            self.list = lib.nn.ModuleList([lib.nn.ReLU(), lib.nn.ReLU(), lib.nn.Linear(1, 2), lib.nn.ReLU()])
            self.deep = lib.nn.ModuleList(lib.nn.Sequential(lib.nn.Tanh()) for _ in range(2))
            self.dict = lib.nn.ModuleDict({"a": lib.nn.Identity()})
            self.empty = lib.nn.Sequential()
            self.nothing = lib.nn.ModuleList()

        def extra_repr(self):
            return "size=5"

    log("repr", repr(Named()))
    log("plain", repr(lib.nn.ReLU()))


@parity
def test_repr_of_layers(lib, log):
    n = lib.nn
    log(
        "layers",
        [
            repr(layer)
            for layer in (
                n.Linear(2, 3),
                n.Conv2d(1, 2, 3),
                n.Conv2d(2, 4, (3, 1), stride=2, padding=(1, 0), dilation=2, groups=2, bias=False),
                n.Conv1d(4, 4, 3, padding=1),
                n.LayerNorm(3),
                n.RMSNorm((2, 3)),
                n.Embedding(3, 2, padding_idx=-1),
                n.MaxPool2d(2),
                n.AvgPool2d(2, 1),
                n.GELU(),
                n.CrossEntropyLoss(),
            )
        ],
    )


# -- ours ------------------------------------------------------------------------------------------------------------------
def test_parameters_are_tensors_that_require_grad():
    data = wg.tensor([1.0, 2.0])
    parameter = nn.Parameter(data)
    assert isinstance(parameter, wg.Tensor)
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert np.shares_memory(parameter.array, data.array)
    assert type(parameter * 2) is wg.Tensor
    assert not nn.Parameter([1, 2], requires_grad=False).requires_grad
    assert repr(parameter).startswith("Parameter containing:\ntensor(")
    with pytest.raises(RequiresGradDtypeError, match="int64"):
        nn.Parameter([1, 2])


def test_parameters_share_the_version_of_their_data():
    """S1.1: whoever shares memory shares the counter."""
    data = wg.tensor([1.0, 2.0])
    parameter = nn.Parameter(data)
    wg.autograd.graph.increment_version(data)
    assert parameter._version == 1


def test_parameters_are_pickled():
    parameter = pickle.loads(pickle.dumps(nn.Parameter([1.0, 2.0])))
    assert type(parameter) is nn.Parameter
    assert parameter.requires_grad
    assert parameter.tolist() == [1.0, 2.0]


def test_modules_are_pickled():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU())
    twin = pickle.loads(pickle.dumps(model))
    x = wg.random.normal((4, 2), dtype=wg.float32)
    assert twin(x).tolist() == model(x).tolist()


def test_to_another_dtype():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    weight = model[0].weight
    model(wg.random.normal((4, 2), dtype=wg.float32)).sum().backward()
    assert model.to(wg.float64) is model
    assert model[0].weight is weight
    assert {p.dtype for p in model.parameters()} == {wg.float64}
    assert weight.grad.dtype == wg.float64
    assert model[1].running_mean.dtype == wg.float64
    assert model[1].num_batches_tracked.dtype == wg.int64
    model(wg.random.normal((4, 2))).sum().backward()  # W15: the accumulator of the old dtype is not used
    assert weight.grad.dtype == wg.float64
    with pytest.raises(DtypeError, match="int64"):
        model.to(wg.int64)
    assert model.to(device="cpu") is model


def test_sequential_and_lists():
    layers = [nn.Linear(1, n) for n in range(1, 5)]
    row = nn.ModuleList(layers[:2])
    row.append(layers[2]).extend([layers[3]])
    assert list(row) == layers
    assert len(row) == 4
    assert row[-1] is layers[3]
    assert list(row[1:3]) == layers[1:3]
    row[1] = layers[3]
    assert [n for n, _ in row.named_children()] == ["0", "1", "2"]
    assert list(row._modules) == ["0", "1", "2", "3"]
    assert list(row) == [layers[0], layers[3], layers[2], layers[3]]
    del row[0]
    assert list(row._modules) == ["0", "1", "2"]
    row.insert(0, layers[1])
    assert list(row) == [layers[1], layers[3], layers[2], layers[3]]
    with pytest.raises(IndexError, match="4 modules"):
        row[4]
    with pytest.raises(TypeError):
        row.append(5)

    named = nn.Sequential({"double": nn.Linear(1, 2), "act": nn.ReLU()})
    assert [name for name, _ in named.named_children()] == ["double", "act"]
    assert isinstance(named[:1], nn.Sequential)
    assert named.double is named[0]
    named[0] = layers[1]
    assert list(named._modules) == ["double", "act"]
    assert nn.Sequential()(3) == 3


def test_module_dict():
    heads = nn.ModuleDict({"a": nn.Linear(1, 1)})
    heads["b"] = nn.ReLU()
    heads.update([("c", nn.Tanh())])
    assert list(heads) == list(heads.keys()) == ["a", "b", "c"]
    assert len(heads) == 3
    assert "a" in heads
    assert [type(m).__name__ for m in heads.values()] == ["Linear", "ReLU", "Tanh"]
    assert isinstance(heads.pop("c"), nn.Tanh)
    del heads["b"]
    assert [name for name, _ in heads.items()] == ["a"]
    heads.clear()
    assert not heads


def test_parameter_list():
    scales = nn.ParameterList([nn.Parameter([1.0])]).append(nn.Parameter([2.0]))
    assert [p.tolist() for p in scales] == [[1.0], [2.0]]
    assert scales[-1].tolist() == [2.0]
    assert len(scales) == 2
    with pytest.raises(ArgumentError, match="2 parameters"):
        scales[2]
    assert "shape (1,)" in repr(scales)


def test_dir_lists_what_is_registered():
    names = dir(nn.Sequential(nn.Linear(1, 1))[0])
    assert {"weight", "bias", "forward"} <= set(names)
    assert "0" not in dir(nn.Sequential(nn.Linear(1, 1)))
