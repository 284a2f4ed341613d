"""Programs for other sizes: after two of them no third one is captured, and what Python makes of sizes is never wrong."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.nn import functional as nnf

from .training import numbers


def tensor(*shape, seed=0, **options):
    return wg.tensor(numbers(*shape, seed=seed), **options)


W = numbers(3, 4, seed=9)


def gradient(function):
    """A function that gives what `function` does, and the gradient of its argument."""

    def run(x):
        x = x.detach().requires_grad_()
        out = function(x)
        (grad,) = wg.autograd.grad((out * wg.cos(out)).sum(), x)
        return out.detach(), grad

    return run


def mean_by_hand(x):
    n, d = x.shape
    return x.sum(axis=0) / n - x.sum() / (n * d)


def heads(x):
    n, d = x.shape
    return x.reshape((n, d // 3, 3)).transpose(0, 2, 1).reshape((n * 3, d // 3))


def windows(x):
    n = x.shape[0]
    return x[: n // 2].sum(axis=0) + x[n - 2 :].sum(axis=0) + x[-1]


def attention(x):
    """Along the axis that changes; the mask is made for its length."""
    y = x[None]
    return nnf.scaled_dot_product_attention(y, 2.0 * y, y, is_causal=True)[0]


def positions(x):
    n = x.shape[0]
    return x * wg.arange(n, dtype=x.dtype)[:, None] / n + wg.eye(n) @ x + wg.ones((n, 1))


def padded(x):
    zeros = wg.zeros((2, x.shape[1]))
    return wg.concat([zeros, x, zeros], axis=0)[1:-1]


#: Functions of an array with a first axis of any length and a second one of 3.
FUNCTIONS = {
    "affine": lambda x: wg.tanh(x @ wg.tensor(W)) + 1.0,
    "mean": lambda x: wg.mean(x, axis=0) + wg.mean(x),
    "mean by hand": mean_by_hand,
    "var and std": lambda x: wg.var(x, axis=0) + wg.std(x),
    "softmax along the axis": lambda x: nnf.softmax(x, 0),
    "log_softmax": lambda x: nnf.log_softmax(x, 1),
    "layer norm": lambda x: nnf.layer_norm(x, (3,)),
    "max and min": lambda x: wg.max(x, axis=0) - wg.min(x),
    "cumulative sum": lambda x: wg.cumulative_sum(x, axis=0),
    "sorted": lambda x: wg.sort(x, axis=0),
    "concat": lambda x: wg.concat([x, 2.0 * x], axis=0),
    "stack": lambda x: wg.stack([x, x * x], axis=1),
    "flatten": lambda x: wg.flatten(x) * 2.0,
    "reshape": lambda x: x.reshape((3, -1)) + x.reshape((x.shape[1], x.shape[0])),
    "heads": heads,
    "slices": lambda x: x[:-1] * x[1:],
    "backwards": lambda x: x[::-1] - x,
    "windows": windows,
    "broadcast": lambda x: wg.broadcast_to(x[:1], x.shape) * x,
    "transposed": lambda x: x.T @ x,
    "gram": lambda x: x @ x.T,
    "attention": attention,
    "positions": positions,
    "padded": padded,
    "roll": lambda x: wg.roll(x, 1, axis=0) * x,
    "repeat": lambda x: wg.repeat(x, 2, axis=0),
    "where": lambda x: wg.where(x > 0, x, 0.1 * x),
    "norm": lambda x: wg.linalg.vector_norm(x, axis=0),
    "einsum": lambda x: wg.einsum("ni,nj->ij", x, x),
    "solve": lambda x: wg.linalg.solve(x.T @ x + wg.eye(3), x.T),
}



def assert_close(got, expected):
    for a, b in zip(wg.pytree.leaves(got), wg.pytree.leaves(expected), strict=True):
        assert type(a) is type(b)
        if isinstance(a, wg.Tensor):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            assert all(type(n) is int for n in a.shape)
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, atol=1e-14)
        else:
            assert a == b


def compared(function, sizes, **options):
    """Compile `function`, and demand the eager results for arrays with as many rows as `sizes` say."""
    compiled = wg.compile(function, **options)
    for n in sizes:
        x = tensor(n, 3, seed=n)
        assert_close(compiled(x), function(x))
    return compiled


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_third_size_is_not_captured(name):
    compiled = compared(gradient(FUNCTIONS[name]), (5, 7, 9, 4, 12, 9, 5))
    assert (compiled.captures, compiled.specialisations, compiled.hits) == (2, 3, 2), compiled.explain()


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize("name", ["softmax along the axis", "attention"])
def test_arrays_of_other_libraries(name, library):
    convert = {"torch": "torch", "jax": "jax.numpy"}[library]
    as_array = pytest.importorskip(convert).asarray
    function = gradient(FUNCTIONS[name])
    compiled = wg.compile(function)
    for n in (5, 7, 9, 4):
        x = wg.tensor(as_array(numbers(n, 3, seed=n).astype("float32")))
        for got, expected in zip(compiled(x), function(x), strict=True):
            np.testing.assert_allclose(np.asarray(got.array), np.asarray(expected.array), rtol=1e-4, atol=1e-6)
    assert (compiled.captures, compiled.specialisations) == (2, 2), compiled.explain()


def differentiated(functions, sizes, backward=lambda out, x: (out * out).sum().backward(), **options):
    """Compile a function, and demand the eager results and gradients; the first of `functions` may be compiled already."""
    for n in sizes:
        found = []
        for function in functions:
            x = tensor(n, 3, seed=n, requires_grad=True)
            out = function(x)
            backward(out, x)
            found.append((out.detach(), x.grad))
        assert_close(*found)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_requires_grad_is_differentiated_outside(name):
    """The derivative is for other sizes too, and so is a call's graph."""
    compiled = wg.compile(FUNCTIONS[name])
    differentiated((compiled, FUNCTIONS[name]), (5, 7, 9, 4, 6, 9))
    assert (compiled.captures, compiled.specialisations, compiled.hits) == (2, 3, 1), compiled.explain()


SECOND = ["mean", "var and std", "slices", "attention", "heads", "where", "padded", "norm", "solve", "gram"]


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives_for_other_sizes(name):
    """They run through the nodes of an eager run, which know the sizes of their call."""

    def penalty(out, x):
        (grad,) = wg.autograd.grad((out * out).sum(), x, create_graph=True)
        (grad * grad).sum().backward()

    compiled = wg.compile(FUNCTIONS[name])
    differentiated((compiled, FUNCTIONS[name]), (5, 7, 9, 4, 6, 9), penalty)
    assert (compiled.captures, compiled.specialisations, compiled.hits) == (2, 3, 1), compiled.explain()


#: What a backward begins with, of three results.
WANTED = (
    lambda a, b, c: a.sum(),
    lambda a, b, c: b,
    lambda a, b, c: a.sum() * b + c.sum(),
    lambda a, b, c: (c * c).sum(),
)


def test_several_results_for_other_sizes():
    """Whichever of them a backward begins with, whichever gradients are wanted."""
    w, b = tensor(3, 4, seed=1, requires_grad=True), tensor(4, seed=2, requires_grad=True)

    def function(x):
        logits = wg.tanh(x @ w + b)
        return logits, (logits * x.shape[0]).mean(), x.T @ x

    compiled = wg.compile(function)
    for n in (5, 7, 9, 4, 6, 9):
        for wanted in WANTED:
            for inputs in ([0], [1, 2], [0, 1, 2]):
                found = []
                for f in (compiled, function):
                    x = tensor(n, 3, seed=n, requires_grad=True)
                    asked = [(x, w, b)[i] for i in inputs]
                    found.append(wg.autograd.grad(wanted(*f(x)), asked, allow_unused=True))
                for got, expected in zip(*found, strict=True):
                    assert (got is None) == (expected is None)
                    if got is not None:
                        np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-12)
    assert (compiled.captures, compiled.specialisations) == (2, 3), compiled.explain()


def test_a_function_of_the_users_for_other_sizes():
    """What a ``ctx`` knows has the sizes of the call."""

    class Scaled(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.count, ctx.size = x.shape[0] * 2, x.shape
            return x * x.shape[0]

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * (ctx.count // 2) + 0.0 * x * wg.ones(ctx.size)

    compiled = wg.compile(lambda x: Scaled.apply(wg.exp(x)))

    def penalty(out, x):
        (grad,) = wg.autograd.grad(out.sum(), x, create_graph=True)
        (grad * grad).sum().backward()

    for backward in (lambda out, x: out.sum().backward(), penalty):
        differentiated((compiled, lambda x: Scaled.apply(wg.exp(x))), (5, 7, 9, 4, 6, 9), backward)
    assert (compiled.captures, compiled.specialisations) == (2, 3), compiled.explain()


def test_what_a_ctx_knows_of_one_size():
    """The program is for one size then, and says so."""

    class Odd(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.known = {"rows": [float(i) for i, _ in enumerate(x)]}
            return x * 2.0

        @staticmethod
        def backward(ctx, grad):
            return grad * sum(ctx.known["rows"])

    compiled = wg.compile(Odd.apply)
    differentiated((compiled, Odd.apply), (5, 7, 9, 4))
    assert (compiled.captures, compiled.specialisations) == (4, 0)
    assert "it holds for these sizes alone" in compiled.explain()


def test_hooks_inside_and_other_sizes():
    """A call records the nodes of an eager run then, and each size is captured."""

    def function(x):
        y = wg.exp(x)
        y.register_hook(lambda g: g * 2.0)
        return y * x

    compiled = wg.compile(function)
    differentiated((compiled, function), (5, 7, 9, 4))
    assert (compiled.captures, compiled.specialisations) == (4, 0)
    reason = "a backward from outside runs the nodes of an eager run, for there are hooks"
    assert f"it holds for these sizes alone: {reason}" in compiled.explain()


@pytest.mark.parametrize("options", [{"memory_budget": 4096}, {"fastmath": True}, {"backend": "numba"}])
def test_options_and_derivatives_for_other_sizes(options):
    pytest.importorskip("numba" if options.get("backend") == "numba" else "numpy")
    compiled = wg.compile(FUNCTIONS["affine"], **options)
    differentiated((compiled, FUNCTIONS["affine"]), (5, 7, 9, 4))
    assert (compiled.captures, compiled.specialisations) == (2, 2), compiled.explain()


F64 = {"dtype": "float64"}
NETWORKS = {
    "dropout": lambda: wg.nn.Sequential(wg.nn.Linear(3, 4, **F64), wg.nn.Dropout(0.5), wg.nn.Linear(4, 2, **F64)),
    "batch norm": lambda: wg.nn.Sequential(wg.nn.Linear(3, 4, **F64), wg.nn.BatchNorm1d(4, **F64), wg.nn.Linear(4, 2, **F64)),
    "layer norm": lambda: wg.nn.Sequential(wg.nn.LayerNorm(3, **F64), wg.nn.GELU(), wg.nn.Linear(3, 2, **F64)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_loss_of_a_network_for_batches_of_other_sizes(name):
    """Random numbers are drawn, and buffers written to, in each call."""
    models = NETWORKS[name](), NETWORKS[name]()
    models[1].load_state_dict(models[0].state_dict())
    compiled = wg.compile(lambda x, y: nnf.cross_entropy(models[0](x), y))
    for n in (5, 7, 9, 4, 6, 9):
        found = []
        for model, f in zip(models, (compiled, lambda x, y: nnf.cross_entropy(models[1](x), y)), strict=True):
            wg.random.seed(n)
            model.zero_grad()
            x = tensor(n, 3, seed=n, requires_grad=True)
            loss = f(x, wg.tensor(np.arange(n) % 2))
            loss.backward()
            after = [*[p.grad.clone() for p in model.parameters()], *[b.clone() for b in model.buffers()]]
            found.append((loss.detach(), x.grad, *after))
        assert_close(*found)
    assert (compiled.captures, compiled.specialisations, compiled.hits) == (2, 3, 1), compiled.explain()


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_derivatives_for_other_sizes_over_other_libraries(library):
    as_array = pytest.importorskip({"torch": "torch", "jax": "jax.numpy"}[library]).asarray
    compiled = wg.compile(FUNCTIONS["attention"])
    for n in (5, 7, 9, 4):
        grads = []
        for function in (compiled, FUNCTIONS["attention"]):
            x = wg.tensor(as_array(numbers(n, 3, seed=n).astype("float32"))).requires_grad_()
            (function(x) ** 2).sum().backward()
            grads.append(np.asarray(x.grad.array))
        np.testing.assert_allclose(*grads, rtol=1e-4, atol=1e-6)
    assert (compiled.captures, compiled.specialisations) == (2, 2), compiled.explain()


def test_gradients_for_other_sizes_in_another_thread():
    """The derivative for those that are wanted is made in the thread that asks for it, of the program for this size."""
    w = tensor(3, 2, seed=1, requires_grad=True)
    compiled = wg.compile(lambda x: (wg.tanh(x @ w), x.sum()))
    found = []

    def backward():
        x = tensor(9, 3, seed=9, requires_grad=True)
        found.extend(wg.autograd.grad(compiled(x)[0].sum(), [x, w]))

    for n in (5, 7):
        compiled(tensor(n, 3, seed=n, requires_grad=True))
    thread = threading.Thread(target=backward)
    thread.start()
    thread.join()
    x = tensor(9, 3, seed=9, requires_grad=True)
    assert_close(found, wg.autograd.grad(wg.tanh(x @ w).sum(), [x, w]))
    (program,) = [p for _, p in compiled._known() if p.how == "specialised"]
    assert all(made is not None for piece in program.derivative.pieces for made in piece.programs.values())


def test_writes_to_what_a_call_has_saved_for_other_sizes():
    """They are noticed as in an eager run, also through a view that the function has saved."""
    compiled = wg.compile(lambda x: wg.exp(x[:-1]) * x[1:])
    for n in (5, 7, 9, 4):
        x = tensor(n, 3, seed=n, requires_grad=True)
        out = compiled(x)
        with wg.no_grad():
            x.mul_(2.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            out.sum().backward()
        out = compiled(x)
        out.detach().mul_(2.0)
        if n > 7:
            out.sum().backward()
    assert (compiled.captures, compiled.specialisations) == (2, 2), compiled.explain()


def test_a_result_that_requires_grad_for_some_sizes_alone():
    """What the function has recorded while there were symbols is as if there had been none."""
    w = tensor(3, 2, requires_grad=True)

    def function(x):
        y = (wg.mean(x @ w, axis=0) * wg.arange(2) + wg.ones((x.shape[0], 2)))[1:].sum() / x.shape[0]
        return y if x.shape[0] > 6 else y.detach()

    compiled = wg.compile(function)
    for n in (5, 7, 9, 4, 8, 7):
        found = []
        for f in (compiled, function):
            w.grad = None
            out = f(tensor(n, 3, seed=n))
            if n > 6:
                (out * out).backward()
            found.append((out.detach(), w.grad))
        assert_close(*found)
    assert compiled.captures + compiled.specialisations + compiled.hits == 6


@given(st.lists(st.integers(0, 20), min_size=3, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_order_of_sizes(sizes):
    """What has an axis of length 0 or 1 has a program of its own; of the others two are captured."""

    def function(x):
        return nnf.softmax(x, 1).sum(axis=0) * x.shape[0], wg.tanh(x)[1:], x.reshape((-1,))

    compiled = compared(function, sizes, most_programs=64)
    special = {n for n in sizes if n <= 2}  # without its first row an array of 2 has 1
    assert compiled.captures <= len(special) + 2
    assert compiled.captures + compiled.specialisations == len({*sizes})


# -- Python looks at sizes -----------------------------------------------------------------------------------------------
def branch(x):
    return x * 2.0 if x.shape[0] > 5 else x * 3.0


def branch_on_what_was_computed(x):
    n, d = x.shape
    y = x[: n // 2]
    return y.sum() if y.shape[0] % 2 else y.sum() / (n * d)


def rows_in_a_loop(x):
    total = x[0]
    for i in range(1, x.shape[0]):
        total = total + x[i] / i
    return total


def rows_by_iteration(x):
    return sum(row * wg.exp(row) for row in x)


def counted_in_a_loop(x):
    """No step of the program tells how often the loop ran."""
    return x * sum(1 for _ in range(x.shape[0]) if _ < 6)


def looked_up(x):
    return x * {4: 2.0, 7: 3.0}.get(x.shape[0], 5.0)


def clipped(x):
    return x[: min(x.shape[0], 6)].sum(axis=0) * max(5, x.shape[0])


def by_length(x):
    return x.sum(axis=0) / len(x) + (len(x) > 6)


def by_list(x):
    weights = [1.0 / (i + 1) for i in range(x.shape[0])]
    return wg.tensor(weights) @ x


def as_numbers(x):
    n = x.shape[0]
    return x * math.sqrt(n) + int(n) + float(n) * np.sqrt(n)


def of_numpy(x):
    return x * np.arange(x.shape[0])[:, None] + np.ones(x.shape)


def by_type(x):
    n = x.shape[0]
    match n:
        case int():
            return x * n if isinstance(n, int) and not isinstance(n, float) else x
    return -x


def while_loop(x):
    n = x.shape[0]
    while n > 3:
        n, x = n // 2, x * 2.0
    return x * n


def arithmetic(x):
    n, d = x.shape
    q, r = divmod(n, 2)
    return (x * (n**2 - n) + q + r * d + abs(-n) + round(n / 3) + math.floor(n / 2) + math.ceil(n / 2) + n % 3 + 2**n) * 0.5**n


LOOKING = {
    f.__name__: f
    for f in (
        branch, branch_on_what_was_computed, rows_in_a_loop, rows_by_iteration, counted_in_a_loop, looked_up, clipped, by_length,
        by_list, as_numbers, of_numpy, by_type, while_loop, arithmetic,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", LOOKING)
def test_what_python_makes_of_sizes_holds(name):
    compared(gradient(LOOKING[name]), (5, 7, 9, 4, 12, 6, 3, 8, 2, 11, 7), most_programs=64)


@given(st.sampled_from(sorted(LOOKING)), st.lists(st.integers(2, 16), min_size=3, max_size=7))
@settings(max_examples=40, deadline=None)
def test_what_python_makes_of_any_sizes_holds(name, sizes):
    compared(gradient(LOOKING[name]), sizes, most_programs=64)


def test_each_way_through_a_branch_is_captured_twice():
    compiled = compared(branch, (4, 5, 9, 7, 3, 12, 2, 8))
    assert (compiled.captures, compiled.specialisations) == (4, 4)
    assert "s0 > 5 is True" in compiled.explain()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("by_length", "s0 is taken for a plain number at"),
        ("counted_in_a_loop", "s0 is taken for a plain number at"),
        ("of_numpy", "s0 is taken for a plain number at"),
        ("rows_in_a_loop", "not the same operators"),
        ("looked_up", "s0 is taken for a plain number at"),
    ],
)
def test_what_cannot_be_followed_is_captured_and_says_why(name, reason):
    compiled = compared(LOOKING[name], (4, 6, 9))
    assert (compiled.captures, compiled.specialisations) == (3, 0)
    assert reason in compiled.explain()
    assert "argument 0 has size 6 in axis 0, had 4" in compiled.explain()


@pytest.mark.parametrize("name", ["clipped", "arithmetic", "by_type"])
def test_what_can_be_followed(name):
    compiled = compared(LOOKING[name], (9, 12, 15, 21, 8))
    assert compiled.captures == 2, compiled.explain()
    assert "argument 0 has size 12 in axis 0, had 9: now symbolic (s0)" in compiled.explain()
    assert "specialised because" in compiled.explain()


def test_sizes_are_plain_numbers_to_everybody_else():
    """In results, in what the function keeps, and to hooks."""
    kept, seen = [], []
    w = tensor(3, 2, requires_grad=True)
    w.register_hook(lambda g: seen.append((g.shape, w.shape)))

    def function(x):
        y = x @ w
        y.register_hook(lambda g: seen.append(g.shape))
        w.grad = None
        y.sum().backward()
        kept.append(x.shape)
        return y.detach(), x.shape, {"rows": x.shape[0], "half": x.shape[0] / 2}

    compiled = wg.compile(function)
    for n in (5, 7, 9):
        _, shape, others = compiled(tensor(n, 3, seed=n))
        assert (shape, others) == ((n, 3), {"rows": n, "half": n / 2})
        assert type(shape[0]) is int
        assert type(others["half"]) is float
    assert compiled.captures == 2
    assert seen == [s for n in (5, 7, 9) for s in ((n, 2), ((3, 2), (3, 2)))]
    assert all(type(length) is int for s in seen[::2] for length in s)
    assert np.zeros(kept[1]).shape == (7, 3)  # what was kept of a trace is a number too, in the end
    assert (kept[1], hash(kept[1][0]), {7: "seven"}[kept[1][0]]) == ((7, 3), hash(7), "seven")


def test_an_error_in_the_function_leaves_nothing_behind():
    def function(x):
        y = (x * 2.0).sum()
        if x.shape[0] == 7:
            raise KeyError("seven")
        return y

    compiled = wg.compile(function)
    w = tensor(7, 3)
    assert compiled(tensor(5, 3)).shape == ()
    with pytest.raises(KeyError, match="seven"):
        compiled(w)
    assert w.shape == (7, 3)
    assert type(w.shape[0]) is int
    assert type(w.array) is np.ndarray
    compared(lambda x: x * 2.0, (5, 7, 9))


# -- training ------------------------------------------------------------------------------------------------------------
def network(optimizer):
    w = [tensor(*shape, seed=len(shape), requires_grad=True) for shape in ((3, 6), (6,), (6, 4))]
    made = getattr(wg.optim, optimizer)(w, lr=0.05)
    events = []
    w[0].register_hook(lambda g: events.append(("hook", float(g.sum()))))
    w[0].register_hook(lambda g: 0.5 * g)
    w[2].register_hook(lambda g: g * 2.0, pure=True)
    w[1].register_post_accumulate_grad_hook(lambda t: events.append(("accumulated", float(t.grad.sum()))))

    def step(x, y):
        made.zero_grad()
        h = nnf.relu(x @ w[0] + w[1])
        h.register_hook(lambda g: events.append(("inner", g.shape)))
        loss = nnf.cross_entropy(h @ w[2], y)
        loss.backward()
        made.step()
        return loss

    return step, w, events


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_training_with_a_smaller_last_batch(optimizer):
    found = []
    for change in (lambda f: f, wg.compile):
        step, w, events = network(optimizer)
        step = change(step)
        losses = []
        for epoch in range(3):
            for batch, n in enumerate((8, 8, 8, 5, 3 + epoch)):
                y = wg.tensor(np.arange(n) % 4)
                losses.append(step(tensor(n, 3, seed=batch), y).item())
        found.append((losses, [p.detach() for p in w], [e[1] for e in events]))
    assert step.captures == 2, step.explain()
    assert (step.specialisations, step.hits) == (2, 11)
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=1e-12)
    assert_close(found[1][1], found[0][1])
    for got, expected in zip(found[1][2], found[0][2], strict=True):
        assert got == (expected if type(expected) is tuple else pytest.approx(expected, rel=1e-10))


def test_a_size_that_happens_to_be_another_one():
    """A batch as large as a layer is wide: shapes with other numbers of axes are not compared length by length."""
    w, b = tensor(3, 6, requires_grad=True), tensor(6, requires_grad=True)

    def step(x):
        w.grad = b.grad = None
        loss = (wg.tanh(x @ w + b) ** 2).mean()
        loss.backward()
        return loss.detach(), w.grad.clone(), b.grad.clone()

    compiled = compared(step, (6, 4, 9, 5))
    assert (compiled.captures, compiled.specialisations) == (2, 2), compiled.explain()
    compiler = backward_compared(lambda x: x @ w + b, (6, 4, 9, 5), (w, b))
    assert (compiler.counts["captures"], compiler.specialisations) == (2, 2), compiler.explain()


def test_two_sizes():
    def function(x, y):
        scores = nnf.softmax(x @ y.T / math.sqrt(x.shape[1]), 1)
        return scores @ y, scores.reshape((x.shape[0] * y.shape[0],)).sum() / (x.shape[0] + y.shape[0])

    compiled = wg.compile(function)
    for n, m in ((5, 4), (7, 6), (9, 9), (4, 12), (6, 3)):
        x, y = tensor(n, 3, seed=n), tensor(m, 3, seed=m)
        assert_close(compiled(x, y), function(x, y))
    assert (compiled.captures, compiled.specialisations) == (2, 3)


def test_two_sizes_that_were_one():
    def function(x, y):
        return (x.sum(axis=0) + y.sum(axis=0)) / (x.shape[0] * y.shape[0])

    compiled = wg.compile(function)
    for n, m in ((5, 5), (7, 7), (9, 9), (4, 6), (8, 3), (6, 6), (3, 10)):
        x, y = tensor(n, 3, seed=n), tensor(m, 3, seed=m)
        assert_close(compiled(x, y), function(x, y))
    assert (compiled.captures, compiled.specialisations) == (4, 3)
    assert "does not serve" in compiled.explain()


def test_random_numbers_of_the_size():
    def function(x):
        noise = wg.random.normal(x.shape) + wg.random.uniform(x.shape[0])[:, None]
        return nnf.dropout(x + noise, 0.5)

    compiled = wg.compile(function)
    for n in (5, 7, 9, 4):
        x, found = tensor(n, 3), []
        for f in (compiled, function):
            wg.random.seed(n)
            found.append(f(x))
        assert_close(*found)
    assert compiled.captures == 2, compiled.explain()


def test_a_table_of_which_a_part_is_read():
    table = tensor(20, 3)
    compiled = compared(lambda x: x + table[: x.shape[0]], (5, 7, 9, 4))
    assert compiled.captures == 2


def test_arrays_and_numbers_among_the_arguments():
    compiled = wg.compile(lambda tree, scale: {"y": wg.exp(tree["x"]) * scale * tree["x"].shape[0]})
    for n, scale in ((5, 0.1), (7, 0.1), (9, 0.1), (4, 0.2), (6, 0.3), (8, 0.4), (3, 0.5)):
        x = numbers(n, 3)
        np.testing.assert_allclose(compiled({"x": x}, scale)["y"], np.exp(x) * scale * n)
    assert compiled.captures == 4  # two sizes with the first number, two with one that changes


@pytest.mark.parametrize("backend", ["numba", "xla", "inductor"])
@pytest.mark.compiler
def test_backends_are_given_programs_for_each_size(backend):
    needs = {"numba": "numba", "xla": "jax", "inductor": "torch"}.get(backend)
    if needs is not None:
        pytest.importorskip(needs)
    as_array = pytest.importorskip("torch").asarray if backend == "inductor" else np.asarray
    function = lambda x: wg.tanh(x).sum(axis=0) / x.shape[0]
    compiled = wg.compile(function, backend=backend)
    for n in (5, 7, 9, 5, 9):
        x = wg.tensor(as_array(numbers(n, 3, seed=n)))
        np.testing.assert_allclose(compiled(x).numpy(), function(x).numpy(), rtol=1e-12)
    assert (compiled.captures, compiled.specialisations, compiled.hits) == (2, 1, 2)
    assert f"for s0 = 9: the {backend} backend takes shapes for constants" in compiled.explain()


@pytest.mark.compiler
def test_many_sizes_of_a_slow_backend_warn():
    pytest.importorskip("jax")
    compiled = wg.compile(lambda x: x * 2.0, backend="xla", most_programs=2)
    for n in (5, 7, 9):
        compiled(tensor(n))
    with pytest.warns(UserWarning, match="has been compiled 4 times, the last time because one that has been captured"):
        compiled(tensor(11))


# -- the backward of an eager forward ------------------------------------------------------------------------------------
def backward_compared(function, sizes, parameters=(), **options):
    """Run backward under a compiler, and demand the gradients of an eager run."""
    compiler = wg.Compiler(**options)
    for n in sizes:
        found = []
        for compiled in (False, True):
            x = tensor(n, 3, seed=n, requires_grad=True)
            for p in parameters:
                p.grad = None
            out = function(x)
            loss = (out * wg.cos(out)).sum()
            if compiled:
                with wg.compiled_autograd(compiler=compiler):
                    loss.backward()
            else:
                loss.backward()
            found.append([x.grad, *[p.grad.clone() for p in parameters]])
        assert_close(found[1], found[0])
    return compiler


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_backward_of_a_third_size_is_not_captured(name):
    compiler = backward_compared(FUNCTIONS[name], (5, 7, 9, 4, 12, 9, 5))
    assert (compiler.counts, compiler.specialisations) == ({"captures": 2, "hits": 2, "left": 0}, 3), compiler.explain()


@pytest.mark.parametrize("name", LOOKING)
def test_the_backward_of_what_python_makes_of_sizes(name):
    backward_compared(LOOKING[name], (5, 7, 9, 4, 12, 6, 3, 8, 2, 11, 7), most_programs=64)


@given(st.lists(st.integers(0, 20), min_size=3, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_backward_of_any_sizes(sizes):
    compiler = backward_compared(
        lambda x: nnf.softmax(x, 1).sum(axis=0) + wg.tanh(x)[1:].sum() + x.reshape((-1,)).sum(), sizes, most_programs=64
    )
    special = {n for n in sizes if n <= 2}
    assert compiler.counts["captures"] <= len(special) + 2
    assert compiler.counts["captures"] + compiler.specialisations == len({*sizes})


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_a_compiled_backward_with_a_smaller_last_batch(optimizer):
    """A network with hooks of every kind, a custom Function, and packed saved tensors."""

    class Clip(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return wg.clip(x, -1.0, 1.0)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * (wg.abs(x) < 1.0)

    def run(compiler):
        w = [tensor(3, 6, seed=1, requires_grad=True), tensor(6, 4, seed=3, requires_grad=True)]
        made = getattr(wg.optim, optimizer)(w, lr=0.05)
        events = []
        w[0].register_hook(lambda g: events.append((g.shape, round(float(g.sum()), 9))))
        w[1].register_post_accumulate_grad_hook(lambda t: events.append(t.grad.shape))
        for epoch in range(3):
            for batch, n in enumerate((8, 8, 8, 5, 3 + epoch)):
                made.zero_grad()
                h = Clip.apply(wg.tanh(tensor(n, 3, seed=batch) @ w[0]))
                h.register_hook(lambda g: events.append(g.shape))
                h.register_hook(lambda g: 2.0 * g, pure=True)
                with wg.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy(), wg.tensor):
                    out = nnf.log_softmax(h @ w[1], 1)
                out.grad_fn.register_prehook(lambda grads: events.append(grads[0].shape))
                out.grad_fn.register_hook(lambda ins, outs: events.append((ins[0].shape, outs[0].shape)))
                loss = -out[wg.tensor(np.arange(n)), wg.tensor(np.arange(n) % 4)].mean()
                if compiler is None:
                    loss.backward()
                else:
                    with wg.compiled_autograd(compiler=compiler):
                        loss.backward()
                made.step()
        return [p.detach() for p in w], events

    compiler = wg.Compiler()
    (expected, wanted), (found, seen) = run(None), run(compiler)
    assert_close(found, expected)
    assert seen == wanted
    assert (compiler.counts, compiler.specialisations) == ({"captures": 2, "hits": 11, "left": 0}, 2), compiler.explain()
    assert "has size 5 in axis 0, had 8: now symbolic (s" in compiler.explain()
    assert "for s0 = 3" in compiler.explain()


def test_graphs_of_several_kinds_and_sizes():
    """Each is compared with one of its own kind."""
    compiler = wg.Compiler()
    kinds = (lambda x: (x * x).sum(), lambda x: (wg.exp(x) * x).sum(), lambda x: wg.mean(x[1:] * x[:-1]).sum())
    for n in (5, 7, 9, 4):
        for kind in kinds:
            grads = []
            for compiled in (False, True):
                x = tensor(n, 3, seed=n, requires_grad=True)
                out = kind(x)
                if compiled:
                    with wg.compiled_autograd(compiler=compiler):
                        out.backward()
                else:
                    out.backward()
                grads.append(x.grad)
            assert_close(*grads)
    assert (compiler.counts["captures"], compiler.specialisations) == (6, 6)
