"""What is captured and what is run again (C1, C2): keys, reasons, errors, hooks that change a run, threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import wengert as wg
from wengert.autograd import Function
from wengert.autograd.graph import saved_tensors_hooks
from wengert.compiled import Compiler, compiled_autograd
from wengert.compiled import compiler as compiler_module
from wengert.errors import ArgumentError, MatrixError, ReleasedError, VersionError
from wengert.observe import ledger


def leaf(*numbers, dtype=None):
    return wg.tensor(list(numbers), dtype=dtype, requires_grad=True)


def void(_):
    """Nothing, whatever was done: what a hook returns is a gradient."""


def captures(program, times, compiler=None):
    """How many programs are made of ``program(i)``, run so many times."""
    compiler = compiler or Compiler()
    with compiled_autograd(compiler=compiler):
        for i in range(times):
            program(i)
    return compiler.counts["captures"]


def loss(x, factor=2.0):
    return (wg.tanh(x * x) * factor).sum()


# -- what is captured once -----------------------------------------------------------------------------------------------
def test_the_same_kind_of_graph():
    assert captures(lambda i: loss(leaf(1.0 * i, 2.0)).backward(), 5) == 1


@pytest.mark.parametrize("form", ["None", "zeros", "left"])
def test_every_way_to_begin_with_gradients(form):
    x = leaf(1.0, 2.0)

    def program(i):
        if form == "None":
            x.grad = None
        elif form == "zeros" and x.grad is not None:
            x.grad.zero_()
        loss(x).backward()

    assert captures(program, 4) == 1
    loss(leaf(1.0, 2.0)).backward()
    once = leaf(1.0, 2.0)
    loss(once).backward()
    np.testing.assert_allclose(x.grad.numpy(), (4 if form == "left" else 1) * once.grad.numpy(), rtol=1e-15)


def test_a_changed_scalar():
    x = leaf(1.0, 2.0)
    found = []

    def program(i):
        x.grad = None
        loss(x, 1.0 + i).backward()
        found.append(x.grad.numpy().copy())

    assert captures(program, 3) == 1
    np.testing.assert_allclose(found[2], 3 * found[0])


def test_a_new_batch():
    """Also of arrays among the static arguments, as those of an index are."""
    table = wg.tensor(np.arange(12.0).reshape(4, 3), requires_grad=True)

    def program(i):
        table.grad = None
        table[np.array([i, 0, i])].sum().backward()
        expected = np.zeros((4, 3))
        expected[i] += 2
        expected[0] += 1
        np.testing.assert_array_equal(table.grad.numpy(), expected)

    assert captures(program, 4) == 1


def test_a_parameter_that_an_optimizer_writes_to():
    w = leaf(1.0, 2.0)
    optimizer = wg.optim.SGD([w], lr=0.1)

    def program(i):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()

    assert captures(program, 4) == 1
    np.testing.assert_allclose(w.detach().numpy(), np.array([1.0, 2.0]) * 0.8**4)


def test_hooks_where_one_of_their_kind_was():
    """Added, removed, replaced: the program leaves them to the engine."""
    seen = []

    def program(i):
        x = leaf(1.0, 2.0)
        y = x * 2.0
        for k in range(i % 3):
            y.register_hook(lambda g, k=k, i=i: seen.append((i, k)))
        loss(y).backward()

    compiler = Compiler()
    assert captures(lambda i: program(i + 1), 2, compiler) == 1
    assert captures(program, 6, compiler) == 1
    assert seen == [(1, 0), (2, 0), (2, 1), (1, 0), (2, 0), (2, 1), (4, 0), (5, 0), (5, 1)]


# -- what is captured anew, and what is said about it --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (lambda: loss(leaf(1.0, 2.0)), lambda: loss(leaf(1.0, 2.0, 3.0)), "has static arguments ((3,), "),
        (lambda: loss(leaf(1.0, 2.0)) ** 2, lambda: loss(leaf(1.0, 2.0)) ** 3, "saved 1 is 3, was 2"),
        (lambda: loss(leaf(1.0, 2.0)), lambda: loss(leaf(1.0, 2.0, dtype=wg.float32)), "float32"),
        (lambda: wg.exp(leaf(1.0)).sum(), lambda: wg.sin(leaf(1.0)).sum(), "SinBackward0"),
        (lambda: wg.softmax(leaf(1.0, 2.0), axis=0).sum(), lambda: wg.softmax(leaf(1.0, 2.0), axis=-1).sum(), "static"),
        (lambda: (leaf(1.0) * leaf(2.0)).sum(), lambda: ((x := leaf(1.0)) * x).sum(), "leads to nodes"),
    ],
)
def test_another_kind_of_graph(first, second, reason):
    compiler = Compiler()
    assert captures(lambda i: (first, second)[i]().backward(), 2, compiler) == 2
    assert reason in compiler.explain().split("program, captured because ")[1].split(";")[0]


def test_nodes_made_in_another_order():
    """The younger branch runs first, so the events would come in the wrong order."""
    seen = []

    def program(i):
        x = leaf(1.0, 2.0)
        names = ("first", "second") if i % 2 else ("second", "first")
        made = {}
        for name in names:
            made[name] = wg.exp(x)
            made[name].register_hook(lambda g, name=name: seen.append(name))
        (made["first"] + made["second"]).sum().backward()

    assert captures(program, 4) == 2
    assert seen == ["first", "second", "second", "first"] * 2


def test_one_leaf_in_the_place_of_two():
    compiler = Compiler()
    x, y = leaf(1.0), leaf(1.0)
    with compiled_autograd(compiler=compiler):
        wg.autograd.backward([x, y], [wg.tensor([1.0]), wg.tensor([2.0])])
        seen = []
        x.register_hook(lambda g: seen.append(g.tolist()))
        wg.autograd.backward([x, x], [wg.tensor([1.0]), wg.tensor([2.0])])
    assert seen == [[3.0]]
    assert compiler.counts["captures"] == 2


def test_what_is_asked_for():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    compiler = Compiler()
    with compiled_autograd(compiler=compiler):
        for _ in range(2):
            z = (x * y).sum()
            assert wg.autograd.grad(z, x, retain_graph=True)[0].tolist() == [3.0, 4.0]
            assert wg.autograd.grad(z, y, retain_graph=True)[0].tolist() == [1.0, 2.0]
            assert [g.tolist() for g in wg.autograd.grad(z, [y, x])] == [[1.0, 2.0], [3.0, 4.0]]
    assert compiler.counts == {"captures": 3, "hits": 3, "left": 0}
    assert "leads to nodes (3, 4), was (4, 3)" in compiler.explain()


def test_the_oldest_program_is_dropped():
    compiler = Compiler(most_programs=2)
    of_rank = lambda i: wg.tensor(np.ones((2,) * (1 + i % 3)), requires_grad=True)
    assert captures(lambda i: loss(of_rank(i)).backward(), 6, compiler) == 6
    assert len(next(iter(compiler.entries.values()))) == 2


def test_a_graph_that_is_too_large():
    compiler = Compiler(most_nodes=10)
    x = y = leaf(1.0)
    for _ in range(20):
        y = y * 1.5
    with compiled_autograd(compiler=compiler), pytest.warns(UserWarning, match="a graph of 22 nodes is run eagerly"):
        y.sum().backward()
    assert x.grad.tolist() == [1.5**20]
    assert compiler.counts["captures"] == 0


def test_a_backend_that_there_is_not():
    with pytest.raises(ArgumentError, match=r"backend: expected one of 'python'.*, got 'fortran'"):
        Compiler("fortran")


# -- runs that change while they go on -----------------------------------------------------------------------------------
def test_a_hook_registered_on_a_node_without():
    """H5.2: it fires, so the run leaves the program; what is done stays done."""
    seen = []

    def program(i):
        x = leaf(1.0, 2.0)
        y = x * 2.0
        z = wg.exp(y)
        w = z * z
        w.register_hook(lambda g: None if i < 2 else void(y.register_hook(lambda g: seen.append(g.tolist()))))
        w.sum().backward()
        return x.grad.numpy()

    compiler = Compiler()
    found = []
    captures(lambda i: found.append(program(i)), 3, compiler)
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 1}
    assert len(seen) == 1
    np.testing.assert_array_equal(found[2], found[0])


def test_a_hook_registered_on_a_node_that_hands_its_gradient_on():
    """A sum computes nothing backward, and stands in the program by no equation."""
    seen = []

    def program(i):
        x = leaf(1.0, 2.0)
        y = x + 3.0
        z = wg.exp(y)
        z.register_hook(lambda g: None if i < 2 else void(y.register_hook(lambda g: seen.append(g.tolist()))))
        z.sum().backward()

    compiler = Compiler()
    captures(program, 3, compiler)
    assert len(seen) == 1
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 1}


def test_other_gradients_are_undefined():
    class Sometimes(Function):
        @staticmethod
        def forward(ctx, x, y, which):
            ctx.which = which
            return x + y

        @staticmethod
        def backward(ctx, g):
            return (g, None, None) if ctx.which else (None, g, None)

    compiler = Compiler()

    def program(i):
        x, y = leaf(1.0), leaf(2.0)
        Sometimes.apply(wg.exp(x), wg.exp(y), i % 2).sum().backward()
        assert (x.grad is None, y.grad is None) == ((False, True) if i % 2 else (True, False))

    captures(program, 4, compiler)
    assert compiler.counts["left"] == 2


# -- errors --------------------------------------------------------------------------------------------------------------
def test_released_graphs():
    compiler = Compiler()
    with compiled_autograd(compiler=compiler):
        loss(leaf(1.0, 2.0)).backward()
        z = loss(leaf(1.0, 2.0))
        z.backward()
        with pytest.raises(ReleasedError, match="a second time"):
            z.backward()


def test_saved_tensors_written_by_a_hook():
    """S1.2: as in an eager run, the node that needs the old values says so."""
    compiler = Compiler()

    def program(write):
        x = leaf(1.0, 2.0)
        a = wg.exp(x)
        b = a * x
        b.register_hook(lambda g: void(a.detach().mul_(2.0)) if write else None)
        (b * 3.0).sum().backward()

    with compiled_autograd(compiler=compiler):
        program(False)
        with pytest.raises(VersionError, match=r"MulBackward0.*is at version 1, expected version 0"):
            program(True)
    assert compiler.counts["hits"] == 1


def test_an_error_names_the_node():
    x = leaf(0.0, 1.0)
    compiler = Compiler()
    with compiled_autograd(compiler=compiler), np.errstate(divide="raise"):
        for _ in range(2):
            y = wg.log(wg.tensor(np.array([0.5, 1.0]), requires_grad=True))
            y.sum().backward()
            z = wg.sqrt(x * 1.0).sum()
            with pytest.raises(FloatingPointError) as caught:
                z.backward()
            assert any(note.startswith("raised in the backward, at SqrtBackward0") for note in caught.value.__notes__)
            assert x.grad is None


def test_an_error_in_a_hook_leaves_what_was_accumulated():
    compiler = Compiler()

    def program(fail):
        x, y = leaf(1.0), leaf(2.0)
        z = wg.exp(x)
        z.register_hook(lambda g: 1 / 0 if fail else None)
        with pytest.raises(ZeroDivisionError) if fail else np.errstate():
            (z + y * 2.0).sum().backward()
        return x.grad, y.grad

    with compiled_autograd(compiler=compiler):
        program(False)
        x_grad, y_grad = program(True)
    assert x_grad is None
    assert y_grad.tolist() == [2.0]
    assert compiler.counts["hits"] == 1


# -- what is run eagerly, and what is around -----------------------------------------------------------------------------
def test_observers_see_every_node():
    compiler = Compiler()
    x = leaf(1.0, 2.0)
    x.register_hook(lambda g: None)
    with compiled_autograd(compiler=compiler), ledger() as seen:
        loss(x).backward()
    assert compiler.counts["captures"] == 0
    assert sum(r.fired for r in seen.records) == 1


def test_derivatives_of_derivatives():
    """The recorded run is eager; the run through what it recorded is compiled."""
    compiler = Compiler()
    with compiled_autograd(compiler=compiler):
        for _ in range(2):
            x = leaf(1.0, 2.0)
            (first,) = wg.autograd.grad((x**3).sum(), x, create_graph=True)
            first.sum().backward()
            np.testing.assert_allclose(x.grad.numpy(), 6 * x.detach().numpy())
    assert compiler.counts == {"captures": 1, "hits": 1, "left": 0}


def test_packed_tensors_are_unpacked_once_in_their_place():
    events = []
    compiler = Compiler()

    def program(i):
        x = leaf(1.0, 2.0)
        with saved_tensors_hooks(lambda t: t.detach().numpy(), lambda a: events.append("unpack") or wg.tensor(a)):
            y = wg.exp(x)
        z = y * 2.0
        z.register_hook(lambda g: events.append("hook"))
        z.sum().backward()

    captures(program, 2, compiler)
    assert events == ["hook", "unpack"] * 2
    assert "saved-tensor hooks have packed what it saved" in compiler.explain()


def test_several_threads_share_the_programs():
    compiler = Compiler()
    x = leaf(1.0, 2.0)

    def work():
        with compiled_autograd(compiler=compiler):
            for _ in range(50):
                (x * 3.0).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.tolist() == [600.0, 600.0]
    assert compiler.counts["captures"] + compiler.counts["hits"] == 200


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_other_array_libraries(library):
    xp = pytest.importorskip(library)
    compiler = Compiler()
    with compiled_autograd(compiler=compiler):
        for i in range(2):
            x = wg.tensor(xp.asarray([1.0, 2.0]), requires_grad=True)
            w = wg.tensor(xp.asarray([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True)
            wg.logsumexp(wg.tanh(w @ x) * (1.0 + i), axis=0).backward()
            assert type(x.grad.array) is type(x.array)
    assert compiler.counts["hits"] == 1
    eager_x = wg.tensor(xp.asarray([1.0, 2.0]), requires_grad=True)
    wg.logsumexp(wg.tanh(w.detach() @ eager_x) * 2.0, axis=0).backward()
    np.testing.assert_allclose(np.asarray(x.grad.numpy()), np.asarray(eager_x.grad.numpy()), rtol=1e-6)


def test_a_derivative_that_looks_at_values():
    """It is left to the engine, so that it looks in each run."""
    compiler = Compiler()
    matrix = np.array([[2.0, 1.0j], [-1.0j, 3.0]])
    with compiled_autograd(compiler=compiler):
        for _ in range(2):
            x = wg.tensor(matrix, requires_grad=True)
            wg.abs(wg.linalg.eigh(x).eigenvectors).sum().backward()
        x = wg.tensor(matrix, requires_grad=True)
        with pytest.raises(MatrixError, match="determined up to a phase"):
            wg.imag(wg.linalg.eigh(x).eigenvectors[0, 1] * 3.0 + wg.linalg.eigh(x).eigenvectors[0, 0]).sum().backward()
    assert "its derivative looks at values" in compiler.explain()


# -- long graphs -----------------------------------------------------------------------------------------------------------
class Walked(list):
    """A list that counts how often it is gone through."""

    times = 0

    def __iter__(self):
        Walked.times += 1
        return super().__iter__()


class Custom(Function):
    """A node that the engine visits."""

    @staticmethod
    def forward(ctx, x):
        return x * 2.0

    @staticmethod
    def backward(ctx, grad):
        return grad * 2.0


@pytest.mark.parametrize("length", [5, 50])
def test_a_program_is_written_without_going_through_the_whole_graph_at_each_node(length, monkeypatch):
    """Or graphs of thousands of nodes that are visited would take minutes."""
    make = compiler_module.make_runner

    def counted(program, name):
        program.order, Walked.times = Walked(program.order), 0
        program.gathered = True  # as where a backend makes functions of equations
        return make(program, name)

    monkeypatch.setattr(compiler_module, "make_runner", counted)
    x = leaf(1.0, 2.0)
    with compiled_autograd(compiler=Compiler()) as compiler:
        for _ in range(2):
            y = x
            for _ in range(length):
                y = Custom.apply(y) * 2.0
            y.sum().backward()
    assert compiler.counts["hits"] == 1
    assert 0 < Walked.times < 5


@pytest.mark.parametrize("asked", [False, True])
def test_a_hook_that_dropped_a_gradient_and_is_gone(asked):
    """The program knows of no gradient behind it; a graph without the hook has one, asked for at the node or not."""
    compiler = Compiler("python")

    def gradients(drop):
        x = wg.tensor([1.0, 2.0], requires_grad=True)
        y = x.clone()
        if drop:
            y.grad_fn.register_prehook(lambda grads: (None,))
        found = wg.autograd.grad(y.sum(), [y, x] if asked else [x], allow_unused=True)
        return [None if g is None else g.tolist() for g in found]

    with compiled_autograd(compiler=compiler):
        for drop in (True, True, False, True, False):
            assert gradients(drop)[-1] == (None if drop else [1.0, 1.0])
