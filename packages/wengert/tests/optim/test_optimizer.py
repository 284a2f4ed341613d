"""Parameter groups, state, hooks and errors of optimizers, beside PyTorch's."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import wengert as wg
from parity.facade import parity
from wengert import nn, optim
from wengert.errors import ArgumentError, VersionError


def leaf(lib, *values):
    return lib.tensor(list(values), requires_grad=True)


def descend(lib, x, optimizer, steps=1):
    for _ in range(steps):
        optimizer.zero_grad()
        (x * x).sum().backward()
        optimizer.step()


@parity
def test_groups(lib, log):
    """An option that a group does not give is the default's; groups may be added and changed between steps."""
    x, y, z = (leaf(lib, 1.0, -2.0) for _ in range(3))
    groups = [{"params": [x]}, {"params": y, "lr": 0.5, "weight_decay": 0.1}]
    optimizer = lib.module.optim.SGD(groups, lr=0.1, momentum=0.5)
    optimizer.add_param_group({"params": [z], "momentum": 0.0})
    names = ("lr", "momentum", "weight_decay")
    log("groups", [{n: g[n] for n in names} for g in optimizer.param_groups], [len(g["params"]) for g in optimizer.param_groups])
    for step in range(3):
        optimizer.zero_grad()
        ((x * x).sum() + (y * y).sum() + (z * z).sum()).backward()
        optimizer.step()
        log("values", x, y, z)
        optimizer.param_groups[0]["lr"] = 0.1 / (step + 2)


@parity
def test_errors(lib, log):
    """Each is of the kind that PyTorch raises."""
    x = leaf(lib, 1.0)
    o = lib.module.optim
    for name, call in {
        "empty": lambda: o.SGD([], lr=0.1),
        "a tensor": lambda: o.SGD(x, lr=0.1),
        "no tensor": lambda: o.SGD([5], lr=0.1),
        "no leaf": lambda: o.SGD([x * 2.0], lr=0.1),
        "a set": lambda: o.SGD([{"params": {x}}], lr=0.1),
        "in two groups": lambda: o.SGD([{"params": [x]}, {"params": [x]}], lr=0.1),
        "negative lr": lambda: o.SGD([x], lr=-0.1),
        "negative momentum": lambda: o.SGD([x], lr=0.1, momentum=-1.0),
        "negative decay": lambda: o.Adam([x], weight_decay=-1.0),
        "nesterov without momentum": lambda: o.SGD([x], lr=0.1, nesterov=True),
        "nesterov with dampening": lambda: o.SGD([x], lr=0.1, nesterov=True, momentum=0.9, dampening=0.1),
        "beta of 1": lambda: o.Adam([x], betas=(0.9, 1.0)),
        "beta below 0": lambda: o.AdamW([x], betas=(-0.1, 0.9)),
        "negative eps": lambda: o.Adam([x], eps=-1.0),
        "no dict": lambda: o.SGD([x], lr=0.1).add_param_group([leaf(lib, 1.0)]),
        "another number of groups": lambda: o.SGD([x], lr=0.1).load_state_dict(
            o.SGD([{"params": [x]}, {"params": [leaf(lib, 1.0)]}], lr=0.1).state_dict()
        ),
        "another size of a group": lambda: o.SGD([x], lr=0.1).load_state_dict(o.SGD([x, leaf(lib, 1.0)], lr=0.1).state_dict()),
    }.items():
        try:
            call()
        except Exception as error:
            log(name, error)
        else:
            log(name, "nothing")


@pytest.mark.parametrize("set_to_none", [True, False])
@parity
def test_zero_grad(lib, log, set_to_none):
    x, y = leaf(lib, 1.0), leaf(lib, 1.0)
    optimizer = lib.module.optim.SGD([x, y], lr=0.1)
    (x * 2.0).sum().backward()
    kept = x.grad
    optimizer.zero_grad(set_to_none=set_to_none)
    log("grads", x.grad, y.grad, kept)


@parity
def test_parameters_without_gradient_stay(lib, log):
    x, y = leaf(lib, 1.0), leaf(lib, 1.0)
    optimizer = lib.module.optim.SGD([x, y], lr=0.1, weight_decay=0.5, momentum=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        (x * 2.0).sum().backward()
        optimizer.step()
    log("values", x, y, len(optimizer.state))


@parity
def test_closure(lib, log):
    x = leaf(lib, 1.0)
    optimizer = lib.module.optim.SGD([x], lr=0.1)

    def closure():
        log("recording", lib.is_grad_enabled())
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    log("first", optimizer.step(closure))
    with lib.no_grad():
        log("second", optimizer.step(closure=closure))
    log("x", x, optimizer.step())


@parity
def test_step_hooks(lib, log):
    x = leaf(lib, 1.0)
    optimizer = lib.module.optim.SGD([x], lr=0.1)
    first = optimizer.register_step_pre_hook(lambda o, args, kwargs: log("pre", o is optimizer, len(args), kwargs, x))
    optimizer.register_step_pre_hook(lambda o, args, kwargs: log("second pre"))
    post = optimizer.register_step_post_hook(lambda o, args, kwargs: log("post", o is optimizer, len(args), kwargs, x))
    descend(lib, x, optimizer)
    log("result", optimizer.step(lambda: 5.0))
    first.remove()
    post.remove()
    with optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7.0), {})):
        log("replaced", optimizer.step())
    for returned in (5, (1, 2, 3)):
        with optimizer.register_step_pre_hook(lambda o, args, kwargs, r=returned: r):
            log.attempt("bad", optimizer.step)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
@parity
def test_going_on_from_a_state(lib, log, name):
    """A second optimizer that loads the state of the first does what the first would have done."""
    options = {"momentum": 0.9} if name == "SGD" else {"amsgrad": True}
    x, y = leaf(lib, 1.0, 2.0), leaf(lib, 1.0, 2.0)
    first = getattr(lib.module.optim, name)([x], lr=0.05, **options)
    descend(lib, x, first, 3)
    second = getattr(lib.module.optim, name)([y], lr=7.0)
    with lib.no_grad():
        lib.nn.utils.vector_to_parameters(x.detach().clone(), [y])
    state = copy.deepcopy(first.state_dict())  # PyTorch shares the tensors of a state that it loads
    log("state", sorted(state["state"][0]), state["param_groups"][0]["params"], state["param_groups"][0]["lr"])
    second.load_state_dict(state)
    descend(lib, x, first, 3)
    descend(lib, y, second, 3)
    log("values", x, y)


@parity
def test_repr(lib, log):
    optimizer = lib.module.optim.SGD([{"params": [leaf(lib, 1.0)]}, {"params": [leaf(lib, 1.0)], "lr": 0.5}], lr=0.1)
    text = repr(optimizer)
    log("repr", text.splitlines()[0], [line for line in text.splitlines() if "lr:" in line or "Group" in line])


@parity
def test_steps_count_as_writes(lib, log):
    """S1.1, S1.2: a backward through what was computed before the step is an error."""
    x = leaf(lib, 1.0)
    optimizer = lib.module.optim.SGD([x], lr=0.1)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    optimizer.step()
    log("version", x._version)
    log.attempt("backward", lambda: y.backward())


@parity
def test_the_same_memory(lib, log):
    x = leaf(lib, 1.0)
    alias = x.detach()
    optimizer = lib.module.optim.Adam([x], lr=0.1)
    descend(lib, x, optimizer, 2)
    log("alias", alias, x.requires_grad, x.is_leaf)


# -- ours ------------------------------------------------------------------------------------------------------------------
def test_messages_name_the_argument():
    x = wg.tensor([1.0], requires_grad=True)
    for call, error, text in (
        (lambda: optim.SGD([x], lr=-1.0), ArgumentError, "SGD: lr must be a number that is not negative, got -1.0"),
        (lambda: optim.Adam([x], betas=(0.9, 1.0)), ArgumentError, r"betas\[1\]"),
        (lambda: optim.AdamW([x, x * 2]), ArgumentError, r"params\[1\] of shape \(1,\)"),
        (lambda: optim.SGD([x, x]), ArgumentError, r"params\[1\] of shape \(1,\) is given twice"),
        (lambda: optim.SGD([{"params": [x], "learning_rate": 1.0}]), ArgumentError, "'learning_rate'"),
    ):
        with pytest.raises(error, match=text):
            call()


def test_loaded_state_is_a_copy_in_the_parameters_dtype():
    x, y = wg.tensor([1.0], requires_grad=True), wg.tensor([1.0], requires_grad=True, dtype=wg.float32)
    first, second = optim.Adam([x]), optim.Adam([y])
    (x * x).sum().backward()
    first.step()
    second.load_state_dict(first.state_dict())
    assert second.state[y]["exp_avg"].dtype == wg.float32
    first.step()
    assert (first.state[x]["step"], second.state[y]["step"]) == (2, 1)


def test_saved_weights_notice_a_step():
    layer = nn.Linear(3, 2)
    loss = layer(wg.random.normal((4, 3), dtype=wg.float32, requires_grad=True)).sum()
    loss.backward(retain_graph=True)
    optim.SGD(layer.parameters(), lr=0.1).step()
    with pytest.raises(VersionError):
        loss.backward()


@pytest.mark.filterwarnings("ignore:Using backward\\(\\) with create_graph=True will create a reference cycle")
def test_gradients_with_a_graph_may_be_stepped_with():
    x = wg.tensor([1.0], requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    optim.SGD([x], lr=0.1).step()
    assert x.tolist() == [0.8]
    assert x.is_leaf


def test_an_update_of_a_large_parameter_allocates_a_block_only():
    import tracemalloc

    x = wg.tensor(np.ones(1_000_000), requires_grad=True)
    optimizer = optim.Adam([x])
    x.grad = wg.tensor(np.ones(1_000_000))
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_training_a_small_network(name):
    """The whole of it: module, loss, backward, step."""
    generator = wg.random.Generator(0)
    x = wg.random.normal((64, 2), dtype=wg.float32, generator=generator)
    target = wg.tensor((x.numpy()[:, 0] * x.numpy()[:, 1] > 0).astype(np.int64))
    model = nn.Sequential(nn.Linear(2, 32, generator=generator), nn.Tanh(), nn.Linear(32, 2, generator=generator))
    optimizer = optim.SGD(model.parameters(), 0.5, 0.9) if name == "SGD" else optim.Adam(model.parameters(), 0.05)
    loss_of = nn.CrossEntropyLoss()
    for _ in range(60):
        optimizer.zero_grad()
        loss = loss_of(model(x), target)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.15
