"""Hooks in compiled functions that write, come and go, queue callbacks; checkpoints and hooks of modules: as in an eager run."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from compiled.side_by_side import both, in_turn, leaf
from wengert import nn
from wengert.errors import CompileError, VersionError


# -- writes --------------------------------------------------------------------------------------------------------------
def test_writes_to_what_a_derivative_needs():
    """A result that is needed, a view of a tensor from outside, a tensor from outside: written to, they are an error."""
    w = leaf(1.0, 2.0)
    returned = wg.compile(lambda x: wg.exp(w * x))
    viewed = wg.compile(lambda x: (x.reshape((2, 1)) * w.reshape((2, 1))).sum())
    for _ in range(2):
        y = returned(wg.tensor([0.5, 0.5]))
        with wg.no_grad():
            y.mul_(2.0)
        with pytest.raises(VersionError):
            y.sum().backward()
        x = wg.tensor([1.0, 3.0])
        loss = viewed(x)
        x.add_(1.0)
        with pytest.raises(VersionError):
            loss.backward()


def test_hooks_that_write_to_tensors_from_outside():
    """What they leave there the function sees, in the order of an eager run."""

    def program(compiled, note):
        w, v, count = leaf(1.0, 2.0), leaf(0.5, 0.5), wg.tensor([0.0])

        def update(t):
            with wg.no_grad():
                t.sub_(0.1 * t.grad)
                count.add_(1.0)
            t.grad = None

        w.register_post_accumulate_grad_hook(update)

        def step(x):
            (wg.exp(w * x) * v).sum().backward()
            return (w * count).detach(), v.grad * 1.0

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2):
            v.grad = None
            note("results", *step(wg.tensor([scale, 0.2])))
            note("left", w, w.grad, v.grad, count)

    both(program)


def test_hooks_that_change_gradients():
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), leaf(0.5, 0.5)
        w.register_post_accumulate_grad_hook(lambda t: [t.grad.mul_(0.5)].clear())

        def step(x):
            (w * x).sum().backward()
            (w * w * x * v).sum().backward()
            return w.grad + v.grad

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2):
            note("result", step(wg.tensor([scale, 0.2])))
            note("grads", w.grad, v.grad)

    both(program)


# -- gradients that are there or not -------------------------------------------------------------------------------------
def test_gradients_that_are_there_make_no_program():
    def program(compiled, note):
        ws = [leaf(0.1 * i + 0.3, 0.7) for i in range(3)]

        def step(x):
            for w in ws:
                x = wg.tanh(x * w)
            x.sum().backward()

        step = compiled(step)
        for run in range(6):
            for i, w in enumerate(ws):
                if (run >> i) & 1:
                    w.grad = None
                elif w.grad is not None and run == 4:
                    w.grad.zero_()
            kept = [w.grad for w in ws]
            step(wg.tensor([1.0, 0.1 * run]))
            note("grads", [w.grad for w in ws])
            note("same", [k is None or k is w.grad for k, w in zip(kept, ws, strict=True)])

    both(program)


def test_hooks_that_come_and_go_make_one_program():
    """Added, removed, replaced, where one of the kind was."""

    def program(compiled, note):
        w = leaf(1.0, 2.0)
        step = compiled(lambda x: (wg.exp(w) * x).sum().backward())
        handles = []
        for run in range(6):
            w.grad = None
            if run in (0, 2, 3):
                handles.append(w.register_hook(lambda g, run=run: note("hook", run, g)))
            if run in (1, 4, 5):
                handles.pop().remove()
            step(wg.tensor([1.0, 0.1 * run]))
            note("grad", w.grad)

    both(program)


def test_a_first_node_hook_of_a_leaf_makes_a_program():
    def program(compiled, note):
        w = leaf(1.0, 2.0)
        step = compiled(lambda x: (wg.exp(w) * x).sum().backward())
        node = wg.autograd.graph.get_gradient_edge(w).node
        for run in range(4):
            w.grad = None
            if run == 1:
                node.register_prehook(lambda gs: note("pre", gs))
            if run == 2:
                node.register_hook(lambda gi, go: note("post", gi, go))
            step(wg.tensor([1.0, 0.1 * run]))
            note("grad", w.grad)

    both(program, captures=3)


def test_hooks_of_arguments_are_those_of_each_call():
    def program(compiled, note):
        step = compiled(lambda x: (x * x).sum().backward())
        for run in range(3):
            x = leaf(1.0 + run)
            x.register_hook(lambda g, run=run: note("hook", run, g))
            x.register_post_accumulate_grad_hook(lambda t, run=run: note("acc", run, t.grad))
            step(x)

    both(program)


def test_hooks_registered_inside_on_what_is_outside():
    """Registered, and removed, in each run."""

    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def removed(x):
            y = wg.exp(w * x)
            handles = [
                w.register_hook(lambda g: note("w", g, y)),
                w.register_post_accumulate_grad_hook(lambda t: note("acc", t.grad)),
                y.register_hook(lambda g: note("y", g)),
            ]
            y.sum().backward()
            for handle in handles:
                handle.remove()

        def left(x):
            w.register_hook(lambda g: note("left", g, x))
            return (w * x).sum()

        removed = compiled(removed)
        for run in range(3):
            w.grad = None
            removed(wg.tensor([1.0, 0.1 * run]))
        left = compiled(left)
        for run in range(4):
            w.grad = None
            left(wg.tensor([1.0, 0.1 * run])).backward()
            note("grad", w.grad)

    both(program)


def test_a_hook_that_replaces_in_a_recorded_backward():
    def f(x):
        y = x * x
        y.register_hook(lambda g: g * 2.0)
        (first,) = wg.autograd.grad((y * x).sum(), x, create_graph=True)
        return wg.autograd.grad(first.sum(), x)[0]

    with pytest.raises(CompileError, match="register it with pure=True"):
        wg.compile(f)(leaf(1.0))


# -- callbacks, checkpoints, modules -------------------------------------------------------------------------------------
def test_queued_callbacks():
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), leaf(0.5, 0.5)
        runs = []

        def hook(g):
            runs.append(1)
            note("hook", wg.autograd.graph.current_task_id() >= 0)
            if len(runs) % 2:
                wg.autograd.queue_callback(lambda: note("first", w.grad, v.grad))
                wg.autograd.queue_callback(lambda: wg.autograd.queue_callback(lambda: note("nested", len(runs))))

        v.register_hook(hook)

        def step(x):
            (wg.exp(w * x) * v).sum().backward()
            return w.grad + v.grad

        in_turn(compiled(step), [w, v], note, scales=(1.0, 0.5, 0.2, 0.1))

    both(program)


def test_callbacks_queued_by_the_function_itself():
    class Queues(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x, note):
            ctx.note = note
            return x * 1.0

        @staticmethod
        def backward(ctx, g):
            note = ctx.note
            wg.autograd.queue_callback(lambda: note("callback"))
            return g, None

    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def step(x):
            Queues.apply(w * x, note).sum().backward()

        in_turn(compiled(step), [w], note)

    both(program)


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("inside", [True, False])
def test_checkpoints(inside, reentrant):
    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def f(x):
            y = wg.checkpoint(lambda v: wg.exp(wg.sin(v) * v), w * x, use_reentrant=reentrant)
            y.register_hook(lambda g: note("y", g))
            loss = (y * y).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        in_turn(compiled(f), [w], note)

    both(program)


def test_a_checkpoint_without_hooks_and_second_derivatives():
    def program(compiled, note):
        w = leaf(1.0, 2.0)
        f = compiled(lambda x: wg.checkpoint(lambda v: wg.exp(wg.sin(v) * v), w * x, use_reentrant=False).sum())
        for scale in (1.0, 0.5, 0.2):
            (first,) = wg.autograd.grad(f(wg.tensor([scale, 0.2])), w, create_graph=True)
            note("first", first)
            note("second", wg.autograd.grad(first.sum(), w))

    both(program)


@pytest.mark.parametrize("inside", [True, False])
def test_backward_hooks_of_modules(inside):
    def program(compiled, note):
        model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        rng = np.random.default_rng(0)
        with wg.no_grad():
            for p in model.parameters():
                p.copy_(wg.tensor(rng.normal(size=p.shape), dtype=p.dtype))
        model[0].register_full_backward_pre_hook(lambda m, go: note("pre", type(m).__name__, go))
        model[1].register_full_backward_hook(lambda m, gi, go: note("tanh", gi, go))
        model[2].register_full_backward_hook(lambda m, gi, go: (gi[0] * 2.0,))

        def step(x):
            loss = (model(x) ** 2).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2):
            model.zero_grad()
            loss = step(wg.tensor([[scale, 0.2], [0.1, 1.0]], dtype=wg.float32))
            if not inside:
                loss.backward()
            note("grads", [p.grad for p in model.parameters()])

    both(program)


@pytest.mark.parametrize("inside", [True, False])
def test_forward_hooks_of_modules(inside):
    """They see real arrays in each run, come and go, and their replacements are differentiated."""

    def program(compiled, note):
        model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        rng = np.random.default_rng(0)
        with wg.no_grad():
            for p in model.parameters():
                p.copy_(wg.tensor(rng.normal(size=p.shape), dtype=p.dtype))
        model[0].register_forward_pre_hook(lambda m, args: note("pre", args[0]))
        handle = model[1].register_forward_hook(lambda m, args, out: note("tanh", args[0], out, out.requires_grad))
        model[1].register_forward_hook(lambda m, args, out: note("again", out))
        model[2].register_forward_pre_hook(lambda m, args: (args[0] * wg.exp(args[0]),))
        model[2].register_forward_hook(lambda m, args, kwargs, out: out * 2.0 + args[0].sum(), with_kwargs=True)

        def step(x):
            loss = (model(x) ** 2).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        step = compiled(step)
        for run, scale in enumerate((1.0, 0.5, 0.2, 0.1)):
            model.zero_grad()
            if run == 2:
                handle.remove()
                model[1].register_forward_hook(lambda m, args, out: note("new", out))
            loss = step(wg.tensor([[scale, 0.2], [0.1, 1.0]], dtype=wg.float32))
            if not inside:
                loss.backward()
            note("grads", loss, [p.grad for p in model.parameters()])

    both(program)


def test_a_first_hook_of_a_module_makes_a_program():
    def program(compiled, note):
        layer = nn.Tanh()
        step = compiled(lambda x: layer(x).sum())
        for run in range(5):
            if run == 2:
                handle = layer.register_forward_hook(lambda m, args, out: note("hook", out))
            if run == 4:
                handle.remove()
            note("result", step(wg.tensor([0.1 * run, 0.5])))

    both(program, captures=2)


def test_module_hooks_registered_inside():
    layer = nn.Tanh()

    def f(x):
        with layer.register_forward_hook(lambda m, args, out: None):
            return layer(x)

    with pytest.raises(CompileError, match="a module forward hook is registered inside of the compiled function"):
        wg.compile(f)(wg.tensor([1.0]))
