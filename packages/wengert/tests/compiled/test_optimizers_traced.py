"""An optimizer's step inside of a compiled function: traced, with numbers that each run asks for."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.compiled.function_steps import Outside, SetGrad
from wengert.errors import CompileError

MAKERS = {
    "SGD": lambda p: wg.optim.SGD(p, lr=0.1),
    "momentum": lambda p: wg.optim.SGD(p, lr=0.1, momentum=0.9),
    "dampening": lambda p: wg.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3),
    "nesterov": lambda p: wg.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "maximize": lambda p: wg.optim.SGD(p, lr=0.01, maximize=True),
    "groups": lambda p: wg.optim.SGD([{"params": p[:1], "lr": 0.2}, {"params": p[1:], "momentum": 0.5}], lr=0.1),
    "Adam": lambda p: wg.optim.Adam(p, lr=0.1),
    "amsgrad": lambda p: wg.optim.Adam(p, lr=0.1, amsgrad=True, weight_decay=0.1),
    "AdamW": lambda p: wg.optim.AdamW(p, lr=0.1, weight_decay=0.1),
}


def start(make, dtype=np.float64):
    """Two parameters with an optimizer, and a training step of them."""
    rng = np.random.default_rng(0)
    w, b = (wg.tensor(rng.normal(size=s).astype(dtype), requires_grad=True) for s in ((4, 3), (3,)))
    optimizer = make([w, b])

    def step(x):
        optimizer.zero_grad()
        loss = (wg.tanh(x @ w + b) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return [w, b], optimizer, step


def data(i, dtype=np.float64):
    return wg.tensor(np.random.default_rng(i).normal(size=(5, 4)).astype(dtype))


def calls(function):
    """What the newest program calls as it is."""
    program = next(iter(function._programs.values()))[0]
    return [step.name for step in program.steps if isinstance(step, Outside)]


def same_state(one, two, rtol=1e-12):
    """Whether the states of two optimizers agree, parameter by parameter."""
    for p, q in zip(one._params(), two._params(), strict=True):
        assert set(one.state[p]) == set(two.state[q])
        for name, value in one.state[p].items():
            other = two.state[q][name]
            if isinstance(value, wg.Tensor):
                np.testing.assert_allclose(value.numpy(), other.numpy(), rtol=rtol, atol=1e-14)
            else:
                assert value == other


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MAKERS)
def test_steps_are_those_of_an_eager_run(name, dtype):
    """Parameters, state and number of steps; the learning rate and momenta change on the way, and make no other program."""
    rtol = 1e-10 if dtype is np.float64 else 2e-4
    (expected, eager, plain), (found, traced, step) = (start(MAKERS[name], dtype) for _ in range(2))
    compiled, memory = wg.compile(step), [p.array for p in found]
    for i in range(6):
        if i == 3:
            for optimizer in (eager, traced):
                for group in optimizer.param_groups:
                    group["lr"] *= 0.5
        loss, other = plain(data(i, dtype)), compiled(data(i, dtype))
        np.testing.assert_allclose(other.numpy(), loss.numpy(), rtol=rtol)
    for p, q in zip(expected, found, strict=True):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=rtol, atol=rtol)
        assert q.dtype == dtype
    same_state(eager, traced, rtol * 10)
    assert all(p.array is a for p, a in zip(found, memory, strict=True))
    assert (compiled.captures, compiled.hits) == (1, 5)
    assert calls(compiled) == []


@pytest.mark.parametrize("backend", ["numba", "xla"])
@pytest.mark.parametrize("name", ["nesterov", "AdamW"])
def test_by_backends(name, backend):
    pytest.importorskip({"numba": "numba", "xla": "jax"}[backend])
    (expected, _, plain), (found, _, step) = (start(MAKERS[name]) for _ in range(2))
    compiled = wg.compile(step, backend=backend)
    for i in range(4):
        np.testing.assert_allclose(compiled(data(i)).numpy(), plain(data(i)).numpy(), rtol=1e-10)
    for p, q in zip(expected, found, strict=True):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=1e-10)
    assert (compiled.captures, calls(compiled)) == (1, [])


def changed_structure(optimizer):
    optimizer.param_groups[0]["momentum"] = 0.9


def new_parameter(optimizer):
    optimizer.add_param_group({"params": [wg.tensor([1.0], requires_grad=True)]})


def loaded_state(optimizer):
    optimizer.load_state_dict(optimizer.state_dict())


@pytest.mark.parametrize("change", [changed_structure, new_parameter, loaded_state])
def test_what_makes_another_program(change):
    make = MAKERS["SGD" if change is changed_structure else "momentum"]
    (expected, eager, plain), (found, traced, step) = (start(make) for _ in range(2))
    compiled = wg.compile(step)
    for i in range(6):
        if i == 3:
            change(eager)
            change(traced)
        plain(data(i))
        compiled(data(i))
    for p, q in zip(expected, found, strict=True):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=1e-12)
    assert (compiled.captures, compiled.hits) == (2, 4)


def test_hooks_of_the_optimizer():
    """They are called around the step, with real arrays; with them it is called as it is."""
    events = {}

    def run(wrap, name):
        params, optimizer, step = start(MAKERS["Adam"])
        function, seen = wrap(step), events.setdefault(name, [])
        for i in range(4):
            if i == 2:
                optimizer.register_step_pre_hook(lambda *_: seen.append(float(params[1].array[0])))
                optimizer.register_step_post_hook(lambda *_: seen.append(float(params[1].array[0])))
            function(data(i))
        return params, function

    expected, _ = run(lambda f: f, "eager")
    found, compiled = run(wg.compile, "compiled")
    assert len(events["eager"]) == 4
    np.testing.assert_allclose(events["compiled"], events["eager"], rtol=1e-12)
    np.testing.assert_allclose(found[0].detach().numpy(), expected[0].detach().numpy(), rtol=1e-12)
    assert compiled.captures == 2
    assert calls(compiled) == ["Adam.step()"]


def test_an_update_of_the_user_is_called():
    class Slow(wg.optim.SGD):
        def update(self, param, grad, state, group):
            super().update(param, 0.5 * grad, state, group)

    (expected, _, plain), (found, _, step) = (start(lambda p: Slow(p, lr=0.1)) for _ in range(2))
    compiled = wg.compile(step)
    for i in range(3):
        plain(data(i))
        compiled(data(i))
    np.testing.assert_allclose(found[0].detach().numpy(), expected[0].detach().numpy(), rtol=1e-12)
    assert calls(compiled) == ["Slow.step()"]


def test_parameters_without_a_gradient_stay():
    w, other = (wg.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    optimizer = wg.optim.Adam([w, other], lr=0.1)

    @wg.compile
    def step(x):
        optimizer.zero_grad()
        (w * x).sum().backward()
        optimizer.step()

    for _ in range(3):
        step(wg.tensor([1.0, 1.0]))
    assert other.tolist() == [1.0, 2.0]
    assert other not in optimizer.state
    assert optimizer.state[w]["step"] == 3


def test_a_step_alone():
    """Of gradients from outside."""
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    optimizer = wg.optim.SGD([w], lr=0.5)
    step = wg.compile(optimizer.step)
    for g in (1.0, 2.0):
        w.grad = wg.tensor([g, 0.0])
        step()
    assert w.tolist() == [-0.5, 2.0]
    assert calls(step) == []


def test_a_closure():
    w = wg.tensor([4.0], requires_grad=True)
    optimizer = wg.optim.SGD([w], lr=0.25)

    @wg.compile
    def step(x):
        def closure():
            optimizer.zero_grad()
            loss = (w * w * x).sum()
            loss.backward()
            return loss

        return optimizer.step(closure)

    assert [step(wg.tensor([1.0])).item() for _ in range(3)] == [16.0, 4.0, 1.0]
    optimizer.register_step_pre_hook(lambda *_: None)
    with pytest.raises(CompileError, match=r"step\(closure\) was called in a compiled function, and the optimizer has hooks"):
        wg.compile(lambda: optimizer.step(lambda: None))()


def test_an_error_leaves_the_state_as_it_was():
    w = wg.tensor([1.0], requires_grad=True)
    optimizer = wg.optim.Adam([w], lr=0.1)

    def step(fail):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
        if fail:
            raise KeyError("stop")

    with pytest.raises(KeyError):
        wg.compile(step)(fail=True)
    assert optimizer.state == {}
    assert w.tolist() == [1.0]
    step(fail=False)
    before = {name: getattr(v, "array", v) for name, v in optimizer.state[w].items()}
    with pytest.raises(KeyError):
        wg.compile(step)(fail=True)
    assert {name: getattr(v, "array", v) for name, v in optimizer.state[w].items()} == before


# -- gradients that are handed over --------------------------------------------------------------------------------------
def test_gradients_have_memory_of_their_own():
    """An array that a program has made becomes the gradient itself, but never that of two tensors, or a result too."""
    w, v = (wg.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))

    @wg.compile
    def f(x):
        w.grad = v.grad = None
        loss = wg.exp((w + v) * x).sum()
        loss.backward()
        return w.grad, (w.grad * 2.0)

    assert any(isinstance(step, SetGrad) for step in f.lower(wg.tensor([1.0, 1.0]))._program.steps)
    for _ in range(3):
        result, _ = f(wg.tensor([1.0, 1.0]))
        np.testing.assert_allclose(v.grad.numpy(), np.exp([2.0, 4.0]))
        assert not np.shares_memory(w.grad.array, v.grad.array)
        kept = w.grad.array
        v.grad.mul_(0.0)
        np.testing.assert_allclose(w.grad.numpy(), np.exp([2.0, 4.0]))
        np.testing.assert_allclose(result.numpy(), np.exp([2.0, 4.0]))
        f(wg.tensor([2.0, 2.0]))
        np.testing.assert_allclose(kept, np.exp([2.0, 4.0]))  # and is not used again
