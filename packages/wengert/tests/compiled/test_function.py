"""`compile`: whole functions as programs; what is an input, what is written back, how hooks and updates take part."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.errors import ArgumentError, CompileError, TraceError, VersionError


def leaf(*numbers):
    return wg.tensor(list(numbers), requires_grad=True)


def same(function, *calls, **options):
    """Compile `function`, and demand the results of an eager call for each tuple of arguments."""
    compiled = wg.compile(function, **options)
    for args in calls:
        expected = function(*args)
        for _ in range(2):
            got = compiled(*args)
            for a, b in zip(*[wg.pytree.leaves(t) for t in (expected, got)], strict=True):
                np.testing.assert_allclose(np.asarray(b), np.asarray(a), rtol=1e-13)
    return compiled


# -- arguments and results -----------------------------------------------------------------------------------------------
def test_trees_of_tensors_arrays_and_constants():
    def f(tree, array, name, *, scale):
        x, (y,) = tree["x"], tree["y"]
        return {"sum": (x * y + array) * scale, "name": name, "array": wg.exp(y) if name == "exp" else [x]}

    tree = {"x": wg.tensor([1.0, 2.0]), "y": (wg.tensor([3.0, 4.0]),)}
    compiled = wg.compile(f)
    for scale in (2.0, 2.0, 3.0):
        for name in ("exp", "log"):
            found = compiled(tree, np.array([1.0, 1.0]), name, scale=scale)
            np.testing.assert_array_equal(found["sum"].numpy(), np.array([4.0, 9.0]) * scale)
            assert found["name"] == name
            if name == "log":
                assert found["array"][0] is tree["x"]
    assert (compiled.captures, compiled.hits) == (4, 2)


def test_shapes_and_dtypes_are_part_of_the_program():
    compiled = same(
        lambda x: wg.tanh(x).sum(axis=0),
        (wg.tensor([1.0, 2.0]),),
        (wg.tensor([1.0, 2.0, 3.0]),),
        (wg.tensor([[1.0], [2.0]]),),
        (wg.tensor([1.0, 2.0], dtype=wg.float32),),
    )
    assert compiled.captures == 4


def test_static_arguments():
    compiled = same(lambda x, n: x**n if n % 2 else -x, (wg.tensor([2.0]), 3), (wg.tensor([2.0]), 4), static_argnums=1)
    assert compiled.captures == 2


def test_one_tensor_in_the_place_of_two():
    compiled = wg.compile(lambda x, y: x * y + x)
    x, y = wg.tensor([2.0]), wg.tensor([3.0])
    assert [compiled(x, y).item(), compiled(x, x).item(), compiled(y, x).item(), compiled(y, y).item()] == [8, 6, 9, 12]
    assert compiled.captures == 2


def test_results_share_memory_with_nothing():
    w = wg.tensor([1.0, 2.0])
    compiled = wg.compile(lambda x: (x.reshape((2, 1)), w.detach()))
    x = wg.tensor([3.0, 4.0])
    for _ in range(2):
        first, second = compiled(x)
        first.array[...] = second.array[...] = 0.0
        assert (x.tolist(), w.tolist()) == ([3.0, 4.0], [1.0, 2.0])


def test_results_that_require_grad():
    """They have a graph of one node; hooks on leaves are called by the backward from outside."""
    w, events = leaf(1.0, 2.0), []
    w.register_hook(lambda g: events.append(g.tolist()))

    def f(x, scale):
        y = wg.tanh(w * x)
        return y.sum() * scale, {"aside": (y * 2.0).detach(), "exp": wg.exp(x)}

    compiled = wg.compile(f)
    for scale in (2.0, 2.0, 3.0):
        found = []
        for function in (f, compiled):
            x = leaf(0.5, -1.0)
            w.grad = None
            loss, others = function(x * 1.0, scale)
            (loss + others["exp"].sum()).backward()
            found.append((loss.item(), others["aside"].tolist(), w.grad.tolist(), x.grad.tolist()))
        assert not others["aside"].requires_grad
        np.testing.assert_allclose(found[1][0], found[0][0])
        for a, b in zip(found[1][1:], found[0][1:], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)
    assert (compiled.captures, compiled.hits) == (2, 1)
    assert len(events) == 6


def test_values_that_the_gradient_needs():
    """Written after the call, they are missed; written in the function, they cannot be had."""
    w = leaf(1.0, 2.0)
    f = wg.compile(lambda x: (w * x).sum())
    for _ in range(2):
        x = leaf(1.0, 1.0)
        loss = f(x)
        with wg.no_grad():
            w.mul_(2.0)
        with pytest.raises(VersionError):
            loss.backward()

    def writes(x):
        loss = (w * x).sum()
        with wg.no_grad():
            w.add_(1.0)
        return loss

    with pytest.raises(VersionError):
        wg.compile(writes)(leaf(1.0, 1.0))


@pytest.mark.parametrize("way", [lambda w: w.detach(), lambda w: w.data, lambda w: w[0:1]])
def test_writes_that_others_would_have_to_see(way):
    """Traced arrays share no memory."""
    w = wg.tensor([1.0, 2.0])

    def through(x):
        part = way(w)
        part.add_(1.0)
        return w * x

    def beneath(x):
        part = way(w)
        w.add_(1.0)
        return part * x

    with pytest.raises(CompileError, match="on whose memory there is another tensor"):
        wg.compile(beneath)(wg.tensor([1.0]))
    assert w.tolist() == [1.0, 2.0]
    if way(w).shape != w.shape:  # a view, whose base is written to
        compiled = wg.compile(through)
        assert [compiled(wg.tensor([1.0])).tolist() for _ in range(2)] == [[2.0, 2.0], [3.0, 2.0]]
        assert w.tolist() == [3.0, 2.0]
        return
    with pytest.raises(CompileError, match="on whose memory there is another tensor"):
        wg.compile(through)(wg.tensor([1.0]))
    assert w.tolist() == [1.0, 2.0]


# -- tensors from outside ------------------------------------------------------------------------------------------------
def test_what_the_function_closes_over_is_read_in_each_call():
    w = leaf(1.0, 2.0)
    compiled = wg.compile(lambda x: (x * w.detach()).sum())
    x = wg.tensor([1.0, 1.0])
    assert compiled(x).item() == 3.0
    with wg.no_grad():
        w.mul_(10.0)
    assert compiled(x).item() == 30.0
    w.data = wg.tensor([5.0, 5.0])
    assert compiled(x).item() == 10.0
    assert (compiled.captures, compiled.hits) == (1, 2)


def test_writes_reach_the_memory_that_others_see():
    w = leaf(1.0, 2.0)
    seen = w.array

    @wg.compile
    def f(x):
        with wg.no_grad():
            w.add_(x)
        return (w * w).sum().detach()

    assert [f(wg.tensor([1.0, 1.0])).item() for _ in range(3)] == [13.0, 25.0, 41.0]
    assert w.array is seen
    assert seen.tolist() == [4.0, 5.0]


@pytest.mark.parametrize("clear", ["in the function", "outside", "never"])
def test_gradients_are_written_back(clear):
    def run(wrap):
        w = leaf(1.0, 2.0)

        def f(x):
            if clear == "in the function":
                w.grad = None
            loss = (wg.exp(w) * x).sum()
            loss.backward()
            return loss

        function, found = wrap(f), []
        for i in range(4):
            if clear == "outside":
                w.grad = None
            function(wg.tensor([1.0 + i, 2.0]))
            found.append(w.grad.numpy().copy())
        return found, function

    expected, _ = run(lambda f: f)
    found, compiled = run(wg.compile)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert compiled.captures == 1


def test_an_error_leaves_tensors_as_they_were():
    w = leaf(1.0, 2.0)

    def f(x):
        with wg.no_grad():
            w.mul_(2.0)
        (w * x).sum().backward()
        raise KeyError("stop")

    for _ in range(2):
        with pytest.raises(KeyError):
            wg.compile(f)(wg.tensor([1.0, 1.0]))
        assert w.array.tolist() == [1.0, 2.0]
        assert w.grad is None


def test_a_graph_from_outside():
    x = leaf(1.0)
    y = x * 2.0
    with pytest.raises(CompileError, match="runs into MulBackward0, which was recorded outside of it"):
        wg.compile(lambda: (y * 3.0).sum().backward())()
    wg.compile(lambda: (y * 3.0).sum())().backward()
    assert x.grad.tolist() == [6.0]


# -- training ------------------------------------------------------------------------------------------------------------
def training(wrap, make, hooked):
    """A few steps of a small network: losses, parameters, events."""
    rng = np.random.default_rng(0)
    w1, b1, w2 = (wg.tensor(rng.normal(size=s), requires_grad=True) for s in ((5, 8), (8,), (8, 3)))
    optimizer, events = make([w1, b1, w2]), []
    if hooked:
        w1.register_hook(lambda g: events.append(("w1", g.sum().item())))
        b1.register_hook(lambda g: g * 0.5)
        b1.register_hook(lambda g: events.append(("b1", g.sum().item())))
        w2.register_post_accumulate_grad_hook(lambda p: events.append(("w2", p.grad.sum().item(), p.sum().item())))

    def step(x, y):
        optimizer.zero_grad()
        h = wg.tanh(x @ w1 + b1)
        if hooked:
            h.register_hook(lambda g: events.append(("h", g.sum().item())))
            h.grad_fn.register_prehook(lambda gs: events.append(("pre", len(gs))))
            h.grad_fn.register_hook(lambda gi, go: (gi[0] * 2.0,))
        loss = wg.nn.functional.cross_entropy(h @ w2, y)
        loss.backward()
        optimizer.step()
        return loss

    function = wrap(step)
    losses = [
        function(wg.tensor(rng.normal(size=(16, 5))), wg.tensor(rng.integers(0, 3, 16))).item() for _ in range(5)
    ]
    return losses, [p.detach().numpy() for p in (w1, b1, w2)], events, function


@pytest.mark.parametrize("hooked", [False, True])
@pytest.mark.parametrize("name", ["SGD", "Momentum", "Adam", "AdamW"])
def test_training(name, hooked):
    """The step of Adam depends on how many there were."""
    makers = {
        "SGD": lambda p: wg.optim.SGD(p, lr=0.1),
        "Momentum": lambda p: wg.optim.SGD(p, lr=0.1, momentum=0.9),
        "Adam": lambda p: wg.optim.Adam(p, lr=0.1),
        "AdamW": lambda p: wg.optim.AdamW(p, lr=0.1),
    }
    expected = training(lambda f: f, makers[name], hooked)
    found = training(wg.compile, makers[name], hooked)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)
    assert [e[0] for e in found[2]] == [e[0] for e in expected[2]]
    sums = [[e[1:] for e in events if len(e) == 3] for events in (found[2], expected[2])]
    np.testing.assert_allclose(*sums, atol=1e-12)  # some are of gradients that add up to nothing
    assert (found[3].captures, found[3].hits) == (1, 4)


def test_hooks_that_come_and_go():
    """Of a kind that is there, whichever hooks are there in each run are called; the first of a kind makes a program."""
    w, events = leaf(1.0, 2.0), []

    @wg.compile
    def f(x):
        w.grad = None
        (w * x).sum().backward()

    x = wg.tensor([1.0, 1.0])
    f(x)
    first = w.register_hook(lambda g: events.append("first"))
    f(x)
    second = w.register_hook(lambda g: events.append("second") or g * 10.0)
    f(x)
    assert w.grad.tolist() == [10.0, 10.0]
    first.remove()
    f(x)
    second.remove()
    f(x)
    assert w.grad.tolist() == [1.0, 1.0]
    assert events == ["first", "first", "second", "second"]
    assert (f.captures, f.hits) == (2, 3)


def test_pure_hooks_are_compiled():
    w = leaf(1.0, 2.0)
    calls = []
    w.register_hook(lambda g: calls.append(1) or wg.clip(g, -1.0, 1.0), pure=True)

    @wg.compile
    def f(x):
        w.grad = None
        (w * x).sum().backward()

    for i in range(3):
        f(wg.tensor([0.5 + i, 0.25]))
    assert w.grad.tolist() == [1.0, 0.25]
    assert calls == [1]
    assert "clip" in f.explain()
    assert "call tensor hook" not in f.explain()


def test_a_hook_that_fails():
    w = leaf(1.0, 2.0)
    fail = []

    def hook(g):
        if fail:
            raise KeyError("hook")

    w.register_hook(hook)
    f = wg.compile(lambda x: (w * x).sum().backward())
    f(wg.tensor([1.0, 1.0]))
    fail.append(True)
    w.grad = None
    with pytest.raises(KeyError) as caught:
        f(wg.tensor([1.0, 1.0]))
    assert any("raised in the tensor hook" in note for note in caught.value.__notes__)


def test_custom_functions_and_derivatives_of_derivatives():
    class Cube(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3.0 * x * x

    def f(x):
        (first,) = wg.autograd.grad(Cube.apply(x).sum(), x, create_graph=True)
        (second,) = wg.autograd.grad(first.sum(), x)
        return first.detach(), second

    compiled = same(f, (leaf(1.0, 2.0),), (leaf(3.0, -1.0),))
    assert compiled.captures == 1


def test_transforms_in_it_and_around_it():
    def f(x):
        return wg.vmap(wg.grad(lambda v: wg.sin(v).sum()))(x)

    same(f, (wg.tensor([[1.0, 2.0], [3.0, 4.0]]),), (wg.tensor([[0.0, 2.0], [3.0, 1.0]]),))


def test_random_numbers_are_drawn_in_each_run():
    def f(x):
        return x + wg.random.normal((3,)), wg.nn.functional.dropout(x, 0.5, training=True)

    compiled = wg.compile(f)
    x = wg.tensor([1.0, 1.0, 1.0])
    wg.random.seed(1)
    expected = [f(x) for _ in range(3)]
    wg.random.seed(1)
    found = [compiled(x) for _ in range(3)]
    for pair in zip(expected, found, strict=True):
        for a, b in zip(*pair, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_what_is_drawn_of_constants():
    """An operator that draws is called in each run, though nothing that it is called with differs."""
    compiled = wg.compile(lambda x: x * wg.nn.functional.dropout(np.ones(64), 0.5, training=True))
    found = [compiled(wg.tensor(np.ones(64))).tolist() for _ in range(3)]
    assert all(set(numbers) == {0.0, 2.0} for numbers in found)
    assert found[0] != found[1] != found[2]


# -- what cannot be compiled ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "look",
    [
        lambda x: bool(x.sum() > 0),
        lambda x: float(x.sum()),
        lambda x: x.sum().item(),
        lambda x: x.tolist(),
        lambda x: x.numpy(),
        lambda x: np.asarray(x),
        lambda x: [1, 2, 3][x.sum().astype(wg.int64)],
    ],
)
def test_looking_at_values(look):
    """The error names the line that looks."""
    with pytest.raises(TraceError, match=r"of a traced array \(at .*test_function.py:\d+\).*static_argnums"):
        wg.compile(look)(wg.tensor([1.0, 2.0]))


@pytest.mark.parametrize(
    "shaped",
    [lambda x: x[x > 0], lambda x: wg.nonzero(x), lambda x: wg.unique_values(x), lambda x: wg.repeat(x, x.astype(wg.int64))],
)
def test_shapes_that_depend_on_values(shaped):
    with pytest.raises(TraceError, match=r"the shape of its result depends on the values of a traced array \(at .*py:\d+\)"):
        wg.compile(shaped)(wg.tensor([1.0, 2.0]))


def test_bad_arguments():
    with pytest.raises(ArgumentError, match=r"backend: expected one of 'python'.*, got 'fortran'"):
        wg.compile(lambda x: x, backend="fortran")
    with pytest.raises(ArgumentError, match="fn: expected a function"):
        wg.compile(3)
    with pytest.raises(ArgumentError, match="must be hashable, for a program depends on it"):
        wg.compile(lambda x, names: x)(wg.tensor([1.0]), {1, 2})


def test_as_a_decorator_and_a_method():
    class Model:
        def __init__(self):
            self.w = leaf(2.0)

        @wg.compile(static_argnums=0)
        def double(self, x):
            return (self.w * x).detach()

    one, two = Model(), Model()
    two.w.data = wg.tensor([5.0])
    assert [m.double(wg.tensor([1.0])).item() for m in (one, two, one, two)] == [2.0, 5.0, 2.0, 5.0]
    assert Model.double.captures == 2


def test_many_programs_warn():
    f = wg.compile(lambda x, n: x * n, most_programs=2)
    for n in range(3):
        f(wg.tensor([1.0]), n)
    with pytest.warns(UserWarning, match="compile: <lambda> has been captured 4 times, the last time because"):
        f(wg.tensor([1.0]), 3)
    assert len(f.sources()) == 2


def test_the_source_is_shown():
    f = wg.compile(lambda x: wg.tanh(x) * x)
    f(wg.tensor([1.0]))
    assert "f_tanh(v0)" in f.sources()[0]
    assert "multiply" in f.explain()


# -- the short way in ----------------------------------------------------------------------------------------------------
def test_the_short_way_looks_at_everything():
    """What differs from the last call is another program, whichever way the call takes."""

    def f(x, tree, flag):
        return x * tree["a"] if flag else x + tree["a"]

    compiled = wg.compile(f)
    x, a = wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])
    wide, single = wg.tensor([1.0, 2.0, 3.0]), wg.tensor([1.0, 2.0], dtype=wg.float32)
    calls = [(x, {"a": a}, True), (x, {"a": a}, False), (wide, {"a": wide * 2}, True), (single, {"a": a}, True)]
    calls += [(x, {"a": x}, True)]
    calls += [(x, {"a": a, "b": a}, True), (wg.tensor([1.0, 2.0], requires_grad=True).detach(), {"a": a}, True)]
    for _ in range(3):
        for call in calls:
            for again in (call, call):
                np.testing.assert_array_equal(compiled(*again).numpy(), f(*again).numpy())
    assert compiled.captures == 6
    assert compiled.hits == 3 * 14 - 6


def test_the_short_way_reads_the_mode_of_gradients():
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    compiled = wg.compile(lambda x: (x * w).detach() * (2.0 if wg.is_grad_enabled() else 3.0))
    x = wg.tensor([1.0, 1.0])
    for _ in range(3):
        assert compiled(x).tolist() == [2.0, 4.0]
        with wg.no_grad():
            assert compiled(x).tolist() == [3.0, 6.0]


def test_the_short_way_sees_hooks_and_gradients_that_come():
    w = wg.tensor([1.0, 2.0], requires_grad=True)

    def f(x):
        (w * x).sum().backward()

    compiled, seen = wg.compile(f), []
    x = wg.tensor([1.0, 1.0])
    for _ in range(4):
        compiled(x)
    assert w.grad.tolist() == [4.0, 4.0]
    handle = w.register_hook(lambda g: seen.append(g.tolist()))
    for _ in range(3):
        compiled(x)
    handle.remove()
    w.grad = None
    for _ in range(3):
        compiled(x)
    assert w.grad.tolist() == [3.0, 3.0]
    assert seen == [[1.0, 1.0]] * 3


def test_a_leaf_and_what_has_a_graph_are_told_apart():
    def f(x):
        return wg.autograd.grad((x * x).sum(), [x])[0]

    compiled = wg.compile(f)
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        assert compiled(x).tolist() == [2.0, 4.0]
    assert compiled(x * 2).tolist() == [4.0, 8.0]
    assert compiled.captures == 2


def test_tangents_go_through_a_compiled_function_as_through_any():
    x = wg.tensor([0.5, 1.0, 1.5])
    compiled = wg.compile(lambda x: (wg.sin(x) * x).sum())
    for _ in range(3):
        value, tangent = wg.jvp(compiled, (x,), (x,))
        assert (value.item(), tangent.item()) == pytest.approx(
            ((np.sin(x.numpy()) * x.numpy()).sum(), ((np.cos(x.numpy()) * x.numpy() + np.sin(x.numpy())) * x.numpy()).sum())
        )
        assert compiled(x).item() == value.item()
    assert (compiled.captures, compiled.hits) == (1, 2)


def test_a_call_is_described_once_though_it_waits_for_its_turn(monkeypatch):
    from wengert.compiled import function as module

    w = wg.tensor([1.0, 2.0])
    seen = []
    described = module.described
    monkeypatch.setattr(module, "described", lambda leaf: seen.append(leaf) or described(leaf))

    @wg.compile
    def step(x, scale):
        w.add_(x * scale)

    x = wg.tensor([1.0, 1.0])
    for number in range(1, 4):  # the first is traced, and the others run, in turn, what writes to `w`
        step(x, scale=x)
        assert len(seen) == 2 * number
    assert (step.captures, step.hits) == (1, 2)


#: Functions of which some results may be differentiated twice, since nothing was saved for them.
SAVE_NOTHING = {
    "sums": lambda x: ((x + 1.0).sum(), wg.exp(x).sum()),
    "shapes": lambda x: (x.reshape((3, 1)).T, wg.tanh(x), -x),
    "a concatenation": lambda x: (wg.concat([x, x[:1]]), wg.sqrt(x)),
}


@pytest.mark.parametrize("name", SAVE_NOTHING)
@pytest.mark.parametrize("create_graph", [False, True])
def test_what_has_saved_nothing_is_differentiated_again(name, create_graph):
    """As in an eager run, also when the other results have been released."""
    function = SAVE_NOTHING[name]
    outcomes = []
    for f in (function, wg.compile(function)):
        outcomes.append([])
        for order in (1, -1):
            x = wg.tensor([1.0, 3.0, 2.0], requires_grad=True)
            for result in [*f(x)][::order]:
                for _ in range(2):
                    try:
                        (grad,) = wg.autograd.grad(result.sum(), x, create_graph=create_graph, retain_graph=False)
                        outcomes[-1].append(grad.tolist())
                    except wg.errors.ReleasedError:
                        outcomes[-1].append("released")
    assert outcomes[0] == outcomes[1]
    assert "released" in outcomes[0]
