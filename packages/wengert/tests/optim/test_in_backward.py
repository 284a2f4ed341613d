"""`in_backward`: each parameter is stepped in its post-accumulate-grad hook, and its gradient freed at once."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert import nn, optim
from wengert.errors import ArgumentError, VersionError


def network():
    generator = wg.random.Generator(0)
    layers = [nn.Linear(8, 16, generator=generator), nn.ReLU(), nn.Linear(16, 16, generator=generator), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(16, 3, generator=generator)).to(wg.float64)


X = np.random.default_rng(0).normal(size=(20, 8))
TARGET = np.random.default_rng(1).integers(0, 3, 20)


def train(model, steps, after_backward=lambda: None):
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(wg.tensor(X)), wg.tensor(TARGET))
        loss.backward()
        after_backward()
        losses.append(loss.item())
    return losses


def trained_as_usual(factory, steps, **options):
    model = network()
    optimizer = factory(model.parameters(), **options)

    def step():
        optimizer.step()
        optimizer.zero_grad()

    return model, optimizer, train(model, steps, step)


OPTIONS = [
    (optim.SGD, {"lr": 0.1}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    (optim.Adam, {"lr": 0.01, "amsgrad": True}),
    (optim.AdamW, {"lr": 0.01, "betas": (0.8, 0.99), "weight_decay": 0.1}),
]


@pytest.mark.parametrize(("factory", "options"), OPTIONS, ids=["SGD", "momentum", "Adam", "AdamW"])
def test_trains_as_an_ordinary_optimizer(factory, options):
    expected, _, losses = trained_as_usual(factory, 10, **options)
    model = network()
    optim.in_backward(model.parameters(), factory, **options)
    assert train(model, 10) == losses
    for ours, theirs in zip(model.parameters(), expected.parameters(), strict=True):
        assert ours.tolist() == theirs.tolist()


def test_gradients_are_gone_after_the_backward():
    model = network()
    optim.in_backward(model.parameters(), optim.SGD, lr=0.1)
    train(model, 2, lambda: [p.grad for p in model.parameters()] == [None] * 6 or pytest.fail("a gradient is left"))
    assert all(p.grad is None for p in model.parameters())


def test_never_are_two_sets_of_gradients_alive():
    """When the hook of one parameter runs, at most the gradients of its own layer are there; usually only its own."""
    model = network()
    gradients = weakref.WeakSet()
    alive = []

    class Watching(optim.SGD):
        def update(self, param, grad, state, group):
            gradients.add(param.grad)
            alive.append(len(gradients))
            super().update(param, grad, state, group)

    gc.disable()  # references alone must free them
    try:
        optim.in_backward(model.parameters(), Watching, lr=0.1)
        train(model, 2)
    finally:
        gc.enable()
    assert alive == [1] * 12
    assert not gradients


def test_needs_less_memory():
    """The gradients of a deep model never exist together: the peak is below the usual one by most of a model's size."""

    def peak(in_backward):
        model = nn.Sequential(*(nn.Linear(200, 200, bias=False) for _ in range(12)))
        x = wg.random.normal((2, 200), dtype=wg.float32)
        optimizer = optim.SGD(model.parameters(), lr=0.0)
        if in_backward:
            optim.in_backward(model.parameters(), optim.SGD, lr=0.0)
        tracemalloc.start()
        for _ in range(2):
            model(x).sum().backward()
            if not in_backward:
                optimizer.step()
                optimizer.zero_grad()
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    size = 12 * 200 * 200 * 4
    assert peak(False) - peak(True) > 0.7 * size


def test_removing():
    model = network()
    handle = optim.in_backward(model.parameters(), optim.SGD, lr=0.1)
    before = [p.tolist() for p in model.parameters()]
    handle.remove()
    handle.remove()
    train(model, 1)
    assert [p.tolist() for p in model.parameters()] == before
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    with optim.in_backward(model.parameters(), optim.SGD, lr=0.1) as handle:
        train(model, 1)
    after = [p.tolist() for p in model.parameters()]
    assert after != before
    train(model, 1)
    assert [p.tolist() for p in model.parameters()] == after


def test_other_hooks_see_the_gradient_before():
    """Hooks of one kind run in the order of registration: one before the step finds the gradient, one after finds None."""
    x = wg.tensor([1.0], requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t.grad.tolist(), t.tolist())))
    optim.in_backward([x], optim.SGD, lr=0.25)
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t.grad, t.tolist())))
    x.register_hook(lambda g: g * 2)
    (x * x).sum().backward()
    assert seen == [([4.0], [1.0]), (None, [0.0])]


def test_the_optimizers_and_their_options():
    model = network()
    handle = optim.in_backward(model.parameters(), optim.Adam, lr=0.01)
    assert list(handle.optimizers) == list(model.parameters())
    train(model, 3)
    for parameter, optimizer in handle.optimizers.items():
        assert optimizer.param_groups[0]["params"] == [parameter]
        assert optimizer.state[parameter]["step"] == 3
    for group in handle.param_groups:
        group["lr"] = 0.0
    before = [p.tolist() for p in model.parameters()]
    train(model, 1)
    assert [p.tolist() for p in model.parameters()] == before
    assert repr(handle) == "OptimizerInBackward(Adam of 6 parameters)"


def test_step_hooks_run_for_each_parameter():
    x, y = wg.tensor([1.0], requires_grad=True), wg.tensor([1.0], requires_grad=True)
    handle = optim.in_backward([x, y], optim.SGD, lr=0.1)
    steps = []
    for optimizer in handle.optimizers.values():
        optimizer.register_step_post_hook(lambda o, args, kwargs: steps.append(o))
    (x * y).sum().backward()
    assert sorted(map(id, steps)) == sorted(map(id, handle.optimizers.values()))


def test_groups():
    x, y = wg.tensor([1.0], requires_grad=True), wg.tensor([1.0], requires_grad=True)
    optim.in_backward([{"params": [x]}, {"params": [y], "lr": 0.5}], optim.SGD, lr=0.1)
    (x + y).sum().backward()
    assert (x.tolist(), y.tolist()) == ([0.9], [0.5])


def test_a_parameter_that_is_used_twice_is_stepped_once():
    x = wg.tensor([1.0], requires_grad=True)
    handle = optim.in_backward([x], optim.Adam, lr=0.1)
    (x * x + x.exp()).sum().backward()
    assert handle.optimizers[x].state[x]["step"] == 1


def test_state_goes_to_an_ordinary_optimizer_and_back():
    options = {"lr": 0.01, "weight_decay": 0.1}
    expected, _, losses = trained_as_usual(optim.Adam, 9, **options)
    model = network()
    parameters = list(model.parameters())
    handle = optim.in_backward(parameters, optim.Adam, **options)
    got = train(model, 3)
    handle.remove()

    optimizer = optim.Adam(parameters, lr=5.0)
    optimizer.load_state_dict(handle.state_dict())
    got += train(model, 3, lambda: (optimizer.step(), optimizer.zero_grad()))

    handle = optim.in_backward(parameters, optim.Adam, lr=7.0)
    handle.load_state_dict(optimizer.state_dict())
    got += train(model, 3)
    assert got == losses
    assert [p.tolist() for p in parameters] == [p.tolist() for p in expected.parameters()]


def test_state_of_groups_and_of_options_that_came_apart():
    x, y, z = (wg.tensor([1.0], requires_grad=True) for _ in range(3))
    handle = optim.in_backward([{"params": [x, y]}, {"params": [z], "lr": 0.5}], optim.SGD, lr=0.1)
    assert [(g["params"], g["lr"]) for g in handle.state_dict()["param_groups"]] == [([0, 1], 0.1), ([2], 0.5)]
    handle.optimizers[y].param_groups[0]["lr"] = 0.2
    state = handle.state_dict()
    assert [(g["params"], g["lr"]) for g in state["param_groups"]] == [([0], 0.1), ([1], 0.2), ([2], 0.5)]
    other = optim.in_backward([x, y, z], optim.SGD)
    other.load_state_dict(state)
    assert [group["lr"] for group in other.param_groups] == [0.1, 0.2, 0.5]
    with pytest.raises(ArgumentError, match="3 parameters, expected 1"):
        optim.in_backward([x], optim.SGD).load_state_dict(state)


def test_errors():
    x = wg.tensor([1.0], requires_grad=True)
    with pytest.raises(ArgumentError, match="lr"):
        optim.in_backward([x], optim.SGD, lr=-1.0)
    with pytest.raises(ArgumentError, match="twice"):
        optim.in_backward([x, x], optim.SGD)
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        optim.in_backward([wg.tensor([1.0])], optim.SGD)


def test_a_second_backward_through_old_values_is_an_error():
    """S1.2: the saved parameter was written to by the first."""
    x = wg.tensor([1.0], requires_grad=True)
    optim.in_backward([x], optim.SGD, lr=0.1)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    with pytest.raises(VersionError):
        y.backward()


def test_an_error_in_a_step_leaves_the_gradient():
    x = wg.tensor([1.0], requires_grad=True)
    handle = optim.in_backward([x], optim.SGD, lr=0.1)

    def fail(*arguments):
        raise ArithmeticError

    with handle.optimizers[x].register_step_pre_hook(fail), pytest.raises(ArithmeticError):
        (x * x).sum().backward()
    assert x.grad.tolist() == [2.0]
