"""Checkpoints by themselves: what is in memory when, signals, messages, threads (S7)."""

import contextlib
import functools
import gc
import threading
import weakref

import numpy as np
import pytest

import wengert as wg
from op_helpers import forget  # noqa: F401  (a fixture)
from wengert import errors, nn
from wengert.op import operator, rule
from wengert.op_modes import intercepted
from wengert.utils.checkpoint import (
    CheckpointError,
    GraphExecGroup,
    create_selective_checkpoint_contexts,
    set_checkpoint_debug_enabled,
)

checkpoint = functools.partial(wg.checkpoint, use_reentrant=False)


def leaf(*values):
    return wg.tensor(list(values), requires_grad=True)


class Watched:
    """Knows which of the arrays that a function computes are alive."""

    def __init__(self):
        self.arrays = []

    def __call__(self, tensor):
        self.arrays.append(weakref.ref(tensor.array))
        return tensor

    @property
    def alive(self):
        return [ref() is not None for ref in self.arrays]


# memory


def test_what_the_function_computes_is_gone_after_the_forward():
    watched, x = Watched(), leaf(1.0, 2.0)

    def run(x):
        return wg.sin(watched(wg.exp(watched(wg.exp(x)))))

    y = checkpoint(run, x)
    assert watched.alive == [False, False]
    plain = Watched()
    z = wg.sin(plain(wg.exp(plain(wg.exp(x)))))
    assert plain.alive == [True, True]
    y.sum().backward()
    assert watched.alive == [False] * 4
    z.sum().backward()
    assert plain.alive == [False, False]


def test_recomputed_values_live_until_they_are_used():
    """S7.1: each goes with the node that used it, whether the graph is kept or not."""
    watched, x = Watched(), leaf(1.0, 2.0)
    seen = []

    def run(x):
        a = watched(wg.sin(x))
        b = watched(wg.exp(a))
        return wg.sin(b)

    y = checkpoint(run, x)
    y.grad_fn.register_hook(lambda *_: seen.append(watched.alive[2:]))
    y.grad_fn.next_functions[0][0].register_hook(lambda *_: seen.append(watched.alive[2:]))
    for _ in range(2):
        seen.clear()
        del watched.arrays[2:]
        y.sum().backward(retain_graph=True)
        assert seen[-1] == [False, False]
        assert watched.alive[2:] == [False, False]


def test_a_backward_that_uses_only_some_values_keeps_none():
    """S7.1: they belong to that backward."""
    watched, x, w = Watched(), leaf(1.0, 2.0), leaf(3.0, 4.0)

    def run(x, w):
        return wg.sin(watched(wg.exp(x))), wg.sin(watched(wg.exp(w)))

    first, second = checkpoint(run, x, w)
    wg.autograd.grad(first.sum(), x, retain_graph=True)
    assert len(watched.arrays) == 4
    assert not any(watched.alive)
    wg.autograd.grad(second.sum(), w)
    assert not any(watched.alive)


def test_a_failed_backward_keeps_nothing():
    watched, x = Watched(), leaf(1.0, 2.0)
    y = checkpoint(lambda x: wg.sin(watched(wg.exp(watched(wg.sin(x))))), x)

    def bang(grad):
        raise KeyError("hook")

    y.grad_fn.next_functions[0][0].register_prehook(bang)
    with pytest.raises(KeyError):
        y.sum().backward()
    gc.collect()
    assert not any(watched.alive[2:])


def test_arguments_are_kept_only_as_long_as_a_node_needs_them():
    """The frames of a chain let go of their arguments one by one, though the backward that ran them goes on."""
    x = leaf(1.0, 2.0)
    watched, alive = Watched(), []
    y = wg.exp(x)
    y.register_hook(lambda grad: alive.extend(watched.alive))
    for _ in range(3):
        y = watched(checkpoint(lambda a: wg.sin(wg.exp(a)), y))
    loss = y.sum()
    del y
    loss.backward()
    assert alive == [False, False, False]


def test_no_cycles():
    """Everything goes by reference counts alone."""
    gc.collect()
    gc.disable()
    try:
        watched, x = Watched(), leaf(1.0, 2.0)
        y = watched(checkpoint(lambda x: wg.exp(wg.sin(x)), watched(wg.exp(x))))
        (g,) = wg.autograd.grad(y.sum(), x, create_graph=True)
        with GraphExecGroup():
            g.sum().backward()
        del y, g
        assert watched.alive == [False, False]
    finally:
        gc.enable()


def test_results_that_only_rules_see_are_recomputed_too():
    """S3.1: the mask of a dropout, the standardised values of a layer norm."""
    packed = []

    def pack(tensor):
        packed.append(tensor.shape)
        return tensor.detach().numpy()

    x = wg.tensor(np.random.default_rng(0).standard_normal((3, 4)), requires_grad=True)
    layer, drop = nn.LayerNorm(4), nn.Dropout(0.5)
    wg.random.seed(0)
    expected = wg.autograd.grad(drop(layer(x)).sum(), x)[0]
    wg.random.seed(0)
    with wg.autograd.graph.saved_tensors_hooks(pack, wg.tensor):
        y = drop(layer(x)).sum()
    (got,) = wg.autograd.grad(y, x)
    assert got.tolist() == expected.tolist()
    assert packed.count((3, 4)) >= 2
    wg.random.seed(0)
    y = checkpoint(lambda x: drop(layer(x)).sum(), x)
    (got,) = wg.autograd.grad(y, x, create_graph=True)
    np.testing.assert_allclose(got.detach().numpy(), expected.numpy(), rtol=1e-13)


# signals and messages


def test_a_function_that_catches_everything():
    """S7.2: the recomputation ends when the function does."""
    x, calls = leaf(0.5), []

    def run(x):
        y = x
        for _ in range(3):
            with contextlib.suppress(Exception):
                y = wg.exp(y)
                calls.append(None)
        return y

    y = checkpoint(run, x)
    (got,) = wg.autograd.grad(y.sum(), x)
    with_plain = wg.autograd.grad(run(x).sum(), x)[0]
    assert got.tolist() == with_plain.tolist()


def test_messages():
    """S7.3: they say how many, which, and what to do."""
    x, calls = leaf(0.5, 1.5), []

    def run(x):
        calls.append(None)
        return wg.sin(wg.exp(x)) if len(calls) % 2 else wg.exp(x[:1])

    y = checkpoint(run, x, determinism_check="none")
    with pytest.raises(CheckpointError, match=r"1, not 2\. Pass debug=True"):
        y.sum().backward()

    def other(x):
        calls.append(None)
        return wg.exp(x) if len(calls) % 2 else wg.exp(x[:1])

    calls.clear()
    y = checkpoint(other, x)
    with pytest.raises(CheckpointError, match=r"number 0: \{'shape': \(2,\).*recomputed \{'shape': \(1,\)"):
        y.sum().backward()


@pytest.mark.parametrize("how", ["argument", "context"])
def test_debug_mode(how):
    """S7.3: the operators of both runs, with their lines, also when it happens again."""
    x, calls = leaf(0.5), []

    def run(x):
        calls.append(None)
        y = wg.exp(x)
        return wg.sin(y * [2.0][0]) if len(calls) == 1 else wg.cos(wg.concat([y, y]))

    if how == "argument":
        y = checkpoint(run, x, debug=True)
    else:
        with set_checkpoint_debug_enabled(True):
            y = checkpoint(run, x)
    for _ in range(2):
        with pytest.raises(CheckpointError) as caught:
            y.sum().backward(retain_graph=True)
        lines = str(caught.value).splitlines()
        assert [line.partition(" at ")[0].strip() for line in lines if " at " in line or "nothing" in line] == [
            "1. exp(float64[1])",
            "2. multiply(float64[1], 2.0)",
            "in the recomputation concat([float64[1], float64[1]])",
            "3. sin(float64[1])",
            "in the recomputation cos(float64[2])",
        ]
        assert "test_checkpoint.py:" in lines[-1]
        assert isinstance(caught.value.__cause__, CheckpointError)


def test_debug_can_be_switched_off_by_a_context():
    x, calls = leaf(0.5), []

    def run(x):
        calls.append(None)
        return wg.sin(wg.exp(x)) if len(calls) == 1 else wg.exp(x)

    with set_checkpoint_debug_enabled(False):
        y = checkpoint(run, x, debug=True)
    with pytest.raises(CheckpointError, match="Pass debug=True"):
        y.sum().backward()


def test_segments_that_cannot_be():
    from wengert.utils.checkpoint import checkpoint_sequential

    for segments in (-1, 0, 3):
        with pytest.raises(errors.ArgumentError, match=rf"between 1 and the number of functions, 2, got {segments}"):
            checkpoint_sequential([wg.exp, wg.sin], segments, leaf(0.5), use_reentrant=False)


def test_state_after_an_error_in_the_recomputation():
    """E10: modes, hooks, random numbers and context variables are as they were."""
    x, calls = leaf(0.5), []

    def run(x):
        calls.append(None)
        wg.random.uniform()
        y = wg.exp(x)
        if len(calls) == 2:
            raise KeyError("second")
        return wg.sin(y)

    y = checkpoint(run, x)
    before = wg.random.get_state()
    modes = wg.autograd.modes.current()
    with pytest.raises(KeyError), GraphExecGroup():
        y.sum().backward(retain_graph=True)
    assert wg.random.get_state() == before
    assert not modes.saved_hooks
    assert not modes.interceptors
    assert modes.task is None
    assert not wg.autograd.modes.ACTIVE
    with GraphExecGroup():
        y.sum().backward()


# selective


def test_what_is_kept_is_not_computed_again():
    """S7.7: for operators with one result, with results that only the rules see, and on a sequence."""
    computed = []

    @operator
    def kept_thrice(x, /):
        computed.append("kept_thrice")
        return 3.0 * x

    @rule(kept_thrice, "x")
    def _(g):
        return 3.0 * g

    @operator(aux=("root",))
    def kept_root(x, /):
        computed.append("kept_root")
        root = x**0.5
        return root * 2.0, root

    @rule(kept_root, "x")
    def _(g, root):
        return g / root

    @operator(sequence=True)
    def kept_product(xs, /):
        computed.append("kept_product")
        return xs[0] * xs[1]

    @rule(kept_product, "xs")
    def _(g, xs):
        return [g * xs[1], g * xs[0]]

    def run(x):
        return wg.exp(kept_product([kept_thrice(x), kept_root(x)]))

    names = {"kept_thrice": kept_thrice, "kept_root": kept_root, "kept_product": kept_product}
    x = leaf(1.0, 4.0)
    (expected,) = wg.autograd.grad(run(x).sum(), x)
    for kept in ([], ["kept_thrice"], ["kept_root", "kept_product"], list(names)):
        contexts = functools.partial(create_selective_checkpoint_contexts, [names[name] for name in kept])
        y = checkpoint(run, x, context_fn=contexts)
        computed.clear()
        (got,) = wg.autograd.grad(y.sum(), x)
        assert computed == [name for name in ("kept_thrice", "kept_root", "kept_product") if name not in kept]
        assert got.tolist() == expected.tolist()


def test_an_operator_with_several_results():
    def run(x):
        low, high = wg.split(wg.exp(x), 2)
        return wg.sin(low * high)

    x = leaf(1.0, 2.0, 3.0, 4.0)
    (expected,) = wg.autograd.grad(run(x).sum(), x)
    contexts = functools.partial(create_selective_checkpoint_contexts, lambda *_, **__: True)
    (got,) = wg.autograd.grad(checkpoint(run, x, context_fn=contexts).sum(), x)
    assert got.tolist() == expected.tolist()


def test_raw_operands_beside_tensors():
    """An operator that makes Tensors of raw operands first is computed again; nothing else goes wrong."""

    def run(x):
        return wg.sin(wg.concat([x, np.ones(1)]) * np.full(3, 2.0))

    x = leaf(1.0, 2.0)
    (expected,) = wg.autograd.grad(run(x).sum(), x)
    contexts = functools.partial(create_selective_checkpoint_contexts, [wg.concat, wg.multiply])
    (got,) = wg.autograd.grad(checkpoint(run, x, context_fn=contexts).sum(), x)
    assert got.tolist() == expected.tolist()


def test_messages_of_selective_checkpoints():
    x = leaf(0.5)
    contexts = functools.partial(create_selective_checkpoint_contexts, [wg.exp])
    y = checkpoint(lambda x: wg.sin(wg.exp(x)), x, context_fn=contexts)
    y.sum().backward(retain_graph=True)
    with pytest.raises(CheckpointError, match="the result of exp that was kept has been used"):
        y.sum().backward()
    with pytest.raises(errors.ArgumentError, match="'leaf' in the list is no operator"):
        create_selective_checkpoint_contexts([leaf])
    with pytest.raises(errors.SavedTensorTypeError, match="got int"):
        create_selective_checkpoint_contexts(3)


# threads


def test_in_several_threads():
    """S7.1: frames of one graph in backward passes of several threads: each has its own run."""
    x = leaf(0.5, 1.0)
    barrier = threading.Barrier(4)
    y = checkpoint(lambda x: wg.sin(wg.exp(x)), x, preserve_rng_state=False)
    (expected,) = wg.autograd.grad(y.sum(), x, retain_graph=True)
    loss, found = y.sum(), []

    def work():
        barrier.wait()
        for _ in range(20):
            found.append(wg.autograd.grad(loss, x, retain_graph=True)[0].tolist())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected.tolist()] * 80


def test_many_inside_each_other():
    """E8.2: recomputation nests as deep as the checkpoints do, not as the graph."""

    def nest(depth, x):
        return checkpoint(lambda a: nest(depth - 1, a), wg.sin(x)) if depth else wg.exp(x)

    x = leaf(0.5)
    (got,) = wg.autograd.grad(nest(30, x).sum(), x)
    y = x
    for _ in range(30):
        y = wg.sin(y)
    assert got.tolist() == wg.autograd.grad(wg.exp(y).sum(), x)[0].tolist()


def test_a_module():
    """Parameters get their gradients, module hooks run again, and optimizers in the backward may follow."""
    from wengert import optim

    wg.random.seed(0)
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 1))
    x = wg.random.normal((4, 3))
    ((model(x)) ** 2).sum().backward()
    expected = [p.grad.tolist() for p in model.parameters()]
    model.zero_grad()
    calls = []
    model[0].register_forward_hook(lambda *_: calls.append(None))
    y = checkpoint(model[2:], checkpoint(model[:2], x))
    (y**2).sum().backward()
    assert [p.grad.tolist() for p in model.parameters()] == expected
    assert len(calls) == 2
    optim.in_backward(model.parameters(), optim.SGD, lr=0.1)
    before = model[0].weight.tolist()
    (checkpoint(model[2:], checkpoint(model[:2], x)) ** 2).sum().backward()
    assert model[0].weight.tolist() != before


# the end of a recomputation


class Counted:
    """Counts the calls of operators, from outside of the function."""

    def __init__(self):
        self.names = []

    def call(self, op, arguments):
        self.names.append(op.name)
        return NotImplemented


@pytest.mark.parametrize("early_stop", [True, False])
def test_a_last_operator_that_saves_its_operands_is_not_computed_again(early_stop):
    counted, x = Counted(), leaf([1.0, 2.0], [3.0, 4.0])
    w = np.array([[1.0, 1.0], [0.0, 1.0]])
    with intercepted(counted):
        y = checkpoint(lambda x: wg.matmul(wg.matmul(wg.exp(x), w), wg.sin(x)), x, early_stop=early_stop)
        forward, counted.names[:] = list(counted.names), []
        y.sum().backward()
    assert forward == ["exp", "matmul", "sin", "matmul"]
    recomputed = [name for name in counted.names if name != "sum"]
    assert recomputed == (forward[:-1] if early_stop else forward)
    first, x.grad = x.grad, None
    wg.matmul(wg.matmul(wg.exp(x), w), wg.sin(x)).sum().backward()
    np.testing.assert_allclose(first.array, x.grad.array)
