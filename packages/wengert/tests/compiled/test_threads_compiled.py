"""Several threads at once: one compiled function, one compiler, and tensors that one thread traces and others use."""

from __future__ import annotations

import copy
import pickle
import threading
import time

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.hooks import FunctionPostHooks, FunctionPreHooks, FunctionTensorPreHook, Hooks, TensorPostAccGradHooks
from wengert.compiled import CompiledFunction, Compiler, compiled_autograd

THREADS = 8


def in_threads(work, count=THREADS, seconds=60.0):
    """Call ``work(i)`` on `count` threads that begin together; raise what one of them raised."""
    barrier, errors = threading.Barrier(count), []

    def body(i):
        try:
            barrier.wait(seconds)
            work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(i,), daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert not any(thread.is_alive() for thread in threads), "the threads wait for each other"
    if errors:
        raise errors[0]


@pytest.fixture(params=["python", "numba"])
def backend(request):
    if request.param == "numba":
        pytest.importorskip("numba", reason="the numba backend needs Numba")
    return request.param


class Gate:
    """Lets a test stop a thread in the middle of what it does."""

    def __init__(self):
        self.reached, self.open = threading.Event(), threading.Event()
        self.armed = True

    def __call__(self):
        """In the thread that is to be stopped; the first time only."""
        if self.armed:
            self.armed = False
            self.reached.set()
            assert self.open.wait(30)


def stopped(work, gate):
    """A thread that does `work`, and has reached the gate."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    assert gate.reached.wait(30)
    return thread, found


# -- one compiled function ---------------------------------------------------------------------------------------------------
def test_a_function_without_effects(backend):
    w = wg.tensor(np.arange(1.0, 5.0))
    step = wg.compile(lambda x: (wg.tanh(x * w) * x).sum(), backend=backend)
    expected = [float((np.tanh(x * np.arange(1.0, 5.0)) * x).sum()) for x in np.linspace(0.1, 1.0, THREADS)]

    def work(i):
        x = wg.tensor(np.full(4, np.linspace(0.1, 1.0, THREADS)[i]))
        for _ in range(50):
            assert step(x).item() == pytest.approx(expected[i], rel=1e-12)

    in_threads(work)
    assert (step.captures, step.hits) == (1, THREADS * 50 - 1)


def test_no_update_of_a_closed_over_tensor_is_lost(backend):
    """Each call reads what the last one wrote: calls that write to tensors from outside take turns."""
    w = wg.tensor([0.0, 0.0], requires_grad=True)
    seen = []
    w.register_hook(lambda g: seen.append(g.tolist()))

    @wg.compile(backend=backend)
    def step(x):
        loss = (w * x).sum()
        loss.backward()
        with wg.no_grad():
            w.add_(x)
        return loss

    one = wg.tensor([1.0, 2.0])
    in_threads(lambda i: [step(one) for _ in range(25)])
    calls = THREADS * 25
    assert w.tolist() == [calls, 2.0 * calls]
    assert w.grad.tolist() == [calls, 2.0 * calls]
    assert len(seen) == calls
    assert (step.captures, step.hits) == (1, calls - 1)


def test_an_optimizer_of_one_model():
    """As many steps as calls, and the same ones as on one thread."""

    def made():
        w = wg.tensor([1.0, -2.0, 3.0], requires_grad=True)
        optimizer = wg.optim.Adam([w], lr=0.01)

        def step():
            optimizer.zero_grad()
            loss = (w * w).sum()
            loss.backward()
            optimizer.step()
            return loss

        return w, step

    w, step = made()
    compiled = wg.compile(step)
    in_threads(lambda i: [compiled() for _ in range(10)])
    expected, step = made()
    for _ in range(THREADS * 10):
        step()
    np.testing.assert_allclose(w.detach().numpy(), expected.detach().numpy(), rtol=1e-12)


def test_each_thread_its_own_model_does_not_wait():
    """Tensors that come as arguments are the caller's: a hook may wait for another call of the same function."""
    barrier = threading.Barrier(2)

    @wg.compile
    def step(w, x):
        (w * x).sum().backward()
        return w.grad

    def model(hook):
        w = wg.tensor([1.0, 2.0], requires_grad=True)
        w.grad = wg.tensor([0.0, 0.0])
        w.register_hook(hook)
        return w

    x = wg.tensor([2.0, 3.0])
    step(model(lambda g: None), x)

    def meet(g):
        barrier.wait(30)

    models = [model(meet) for _ in range(2)]
    in_threads(lambda i: step(models[i], x), count=2)
    assert [m.grad.tolist() for m in models] == [[2.0, 3.0]] * 2
    assert step.captures == 1


def test_kinds_of_arguments_and_dropped_programs():
    step = wg.compile(lambda x: (x * x).sum(), most_programs=64)

    def work(i):
        for n in range(1, 13):
            x = wg.ones((n,))
            assert step(x).item() == n

    in_threads(work)
    assert (step.captures, step.specialisations) == (3, 9)  # 1 stands for itself, and two of the others are written down
    assert step.hits == THREADS * 12 - 12
    assert step.explain().count("program, captured because") == 3


def test_two_functions_that_call_each_other_in_hooks():
    """Each holds its turn and wants that of the other: neither waits."""
    both = threading.Barrier(2)
    leaves = [wg.tensor([1.0], requires_grad=True) for _ in range(2)]
    steps: list[CompiledFunction] = []
    nested = threading.local()

    def made(leaf, other):
        def step():
            leaf.grad = None
            (leaf * 2.0).sum().backward()

        def hook(g):
            if not getattr(nested, "on", False) and armed:
                nested.on = True
                both.wait(30)
                with wg.enable_grad():  # as always in a hook that runs a backward
                    steps[other]()
                nested.on = False

        leaf.register_hook(hook)
        return wg.compile(step)

    armed = False
    steps += [made(leaves[0], 1), made(leaves[1], 0)]
    for step in steps:
        step()
        step()
    armed = True
    in_threads(lambda i: steps[i](), count=2)
    assert [leaf.grad.tolist() for leaf in leaves] == [[2.0]] * 2


# -- one compiler ------------------------------------------------------------------------------------------------------------
def test_one_compiler(backend):
    """Gradients of one leaf are added up by the engine; of graphs that are captured at once one program is kept."""
    compiler = Compiler(backend)
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    w.register_hook(lambda g: seen.append(1))

    def work(i):
        with compiled_autograd(compiler=compiler):
            for _ in range(25):
                (wg.exp(w * 0.5) * 2.0).sum().backward()

    in_threads(work)
    calls = THREADS * 25
    np.testing.assert_allclose(w.grad.numpy(), calls * np.exp(np.array([0.5, 1.0])), rtol=1e-12)
    assert len(seen) == calls
    assert compiler.counts["captures"] + compiler.counts["hits"] == calls
    assert compiler.counts["captures"] <= THREADS
    assert sum(len(entries) for entries in compiler.entries.values()) == 1


def test_one_compiler_and_many_kinds_of_graphs():
    compiler = Compiler()
    kinds = [lambda x: x * x, wg.exp, wg.sin, lambda x: x + x, lambda x: wg.tanh(x) * x]

    def work(i):
        with compiled_autograd(compiler=compiler):
            for turn in range(30):
                x = wg.tensor([0.5, 1.0], requires_grad=True)
                kinds[(turn + i) % len(kinds)](x).sum().backward()
                y = wg.tensor([0.5, 1.0], requires_grad=True)
                expected = kinds[(turn + i) % len(kinds)](y).sum()
                np.testing.assert_allclose(x.grad.numpy(), wg.autograd.grad(expected, [y])[0].numpy(), rtol=1e-12)

    in_threads(work)
    assert sum(len(entries) for entries in compiler.entries.values()) <= 2 * len(kinds)


# -- one thread traces, another goes on ----------------------------------------------------------------------------------------
def traced_and_stopped(w, *, fails=False):
    """A function over `w` that another thread is tracing; that thread, and what lets it go on."""
    gate = Gate()

    @wg.compile
    def step(x):
        loss = (w * x).sum()
        loss.backward()
        with wg.no_grad():
            w.mul_(2.0)
        gate()
        if fails:
            raise ZeroDivisionError
        return loss * 1.0

    def run():
        try:
            return step(wg.tensor([1.0, 2.0])).item()
        except ZeroDivisionError:
            return "failed"

    return *stopped(run, gate), gate, step


@pytest.fixture
def w():
    return wg.tensor([3.0, 4.0], requires_grad=True)


USES = {
    "operators": lambda w: (w * w).tolist(),
    "methods": lambda w: w.sum().item(),
    "numpy": lambda w: np.asarray(w.detach()).tolist(),
    "numpy()": lambda w: w.detach().numpy().tolist(),
    "the array": lambda w: (type(w.array), w.array.tolist()),
    "float": lambda w: float(w.detach()[0]),
    "repr": repr,
    "detach": lambda w: (w.detach() + 1.0).tolist(),
    "copy": lambda w: (type(copy.deepcopy(w)), copy.deepcopy(w).tolist()),
    "pickle": lambda w: (type(pickle.loads(pickle.dumps(w))), pickle.loads(pickle.dumps(w)).tolist()),
    "gradients": lambda w: wg.autograd.grad((w * w).sum(), [w])[0].tolist(),
    "numpy functions": lambda w: np.multiply(w, 2.0).tolist(),
    "no gradient yet": lambda w: w.grad,
    "no_grad": lambda w: wg.no_grad()(lambda: (w + w).tolist())(),
}


@pytest.mark.parametrize("use", USES)
def test_who_uses_a_tensor_that_is_being_traced_sees_what_it_is(w, use):
    """Its real array, and the gradient that it has had: as if the other thread had not begun."""
    expected = USES[use](wg.tensor([3.0, 4.0], requires_grad=True))
    thread, found, gate, step = traced_and_stopped(w)
    assert USES[use](w) == expected
    gate.open.set()
    thread.join(30)
    assert found == [11.0]
    assert (w.tolist(), w.grad.tolist()) == ([6.0, 8.0], [1.0, 2.0])
    assert type(w) is wg.Tensor
    step(wg.tensor([1.0, 2.0]))
    assert (w.tolist(), w.grad.tolist()) == ([12.0, 16.0], [2.0, 4.0])


@pytest.mark.parametrize("library", ["numpy", "jax"])
def test_what_another_thread_writes_meanwhile_stays(library):
    """To a tensor that the function only reads: values in place, and a gradient."""
    xp = pytest.importorskip("jax.numpy" if library == "jax" else "numpy", reason="arrays of JAX")
    w, gate = wg.tensor(xp.asarray([3.0, 4.0]), requires_grad=True), Gate()

    @wg.compile
    def value():
        found = (w * 2.0).sum()
        gate()
        return found.detach()

    thread, found = stopped(lambda: value().item(), gate)
    with wg.no_grad():
        w.add_(1.0)
    (w * 7.0).sum().backward()
    assert (w.tolist(), w.grad.tolist()) == ([4.0, 5.0], [7.0, 7.0])
    gate.open.set()
    thread.join(30)
    assert found == [14.0]
    assert (w.tolist(), w.grad.tolist(), type(w)) == ([4.0, 5.0], [7.0, 7.0], wg.Tensor)
    assert value().item() == 18.0


def test_a_graph_that_outlives_the_tracing(w):
    thread, found, gate, _ = traced_and_stopped(w)
    loss = (wg.exp(w) * wg.tensor([1.0, 0.5])).sum()
    kept = w.detach()
    gate.open.set()
    thread.join(30)
    assert found == [11.0]
    np.testing.assert_allclose(wg.autograd.grad(loss, [w])[0].numpy(), np.exp([3.0, 4.0]) * [1.0, 0.5])
    assert kept.tolist() == [6.0, 8.0]  # on the same memory


def test_a_program_runs_on_while_another_function_is_traced_over_its_tensors(w):
    other = wg.compile(lambda x: (w * w * x).sum())
    x = wg.tensor([1.0, 10.0])
    other(x)
    other(x)
    thread, found, gate, _ = traced_and_stopped(w)
    assert other(x).item() == 9.0 + 160.0
    assert (other.captures, other.hits) == (1, 2)
    with compiled_autograd(compiler=Compiler()) as compiler:
        for _ in range(2):
            y = w.detach().requires_grad_()
            (y * w.detach()).sum().backward()
            assert y.grad.tolist() == [3.0, 4.0]
    assert compiler.counts == {"captures": 1, "hits": 1, "left": 0}
    gate.open.set()
    thread.join(30)
    assert found == [11.0]
    assert other(x).item() == 36.0 + 640.0


def test_two_functions_are_traced_over_one_tensor_at_once(w):
    thread, found, gate, _ = traced_and_stopped(w)
    second, found_too, gate_too, _ = traced_and_stopped(w, fails=True)
    assert w.tolist() == [3.0, 4.0]
    gate_too.open.set()
    second.join(30)
    assert found_too == ["failed"]
    assert (w.tolist(), w.grad) == ([3.0, 4.0], None)
    gate.open.set()
    thread.join(30)
    assert found == [11.0]
    assert (w.tolist(), w.grad.tolist(), type(w)) == ([6.0, 8.0], [1.0, 2.0], wg.Tensor)


def test_hooks_of_a_leaf_are_called_while_a_function_over_it_is_traced(w):
    """The derivative of a function's result is traced without the hooks of tensors from outside, in that thread alone."""
    gate, seen = Gate(), []
    w.register_hook(lambda g: seen.append(g.tolist()))

    class Stop(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, g):
            gate()
            return g * 1.0

    step = wg.compile(lambda x: Stop.apply(w * x).sum())
    thread, found = stopped(lambda: step(wg.tensor([1.0, 2.0])).item(), gate)
    (w * 5.0).sum().backward()
    gate.open.set()
    thread.join(30)
    assert found == [11.0]
    assert seen == [[5.0, 5.0]]
    step(wg.tensor([1.0, 2.0])).backward()
    assert seen == [[5.0, 5.0], [1.0, 2.0]]


def test_a_subclass_of_tensor_is_itself_again(w):
    class Named(wg.Tensor):
        pass

    named = Named._rebuild(np.array([3.0, 4.0]), True)
    named.label = "weight"
    thread, _, gate, _ = traced_and_stopped(named)
    assert isinstance(named, Named)
    assert (named.label, copy.deepcopy(named).label, type(copy.deepcopy(named))) == ("weight", "weight", Named)
    gate.open.set()
    thread.join(30)
    assert type(named) is Named
    assert named.tolist() == [6.0, 8.0]


def test_stress_of_tracing_beside_eager_threads():
    """Threads that trace new functions over one tensor without pause, and threads that compute with it eagerly."""
    w = wg.tensor(np.arange(1.0, 4.0), requires_grad=True)
    end = time.monotonic() + 3.0
    counts = [0] * 4

    def work(i):
        while time.monotonic() < end or (min(counts) < 3 and time.monotonic() < end + 60.0):  # a busy machine gets there too
            counts[i] += 1
            if i < 2:
                step = wg.compile(lambda x: wg.autograd.grad((wg.tanh(w) * x).sum(), [w])[0])
                for _ in range(2):
                    got = step(wg.tensor([1.0, 2.0, 3.0])).tolist()
                np.testing.assert_allclose(got, np.array([1.0, 2.0, 3.0]) / np.cosh(np.arange(1.0, 4.0)) ** 2, rtol=1e-12)
            elif i == 2:
                np.testing.assert_allclose(wg.autograd.grad((w * w).sum(), [w])[0].numpy(), [2.0, 4.0, 6.0])
                assert w.detach().numpy().tolist() == [1.0, 2.0, 3.0]
            else:
                (w * 2.0).sum().backward()

    in_threads(work, count=4)
    assert min(counts) >= 3
    assert w.grad.tolist() == [2.0 * counts[3]] * 3
    assert type(w) is wg.Tensor


@pytest.mark.parametrize("kind", ["tensor", "post-accumulate", "pre", "post"])
def test_hooks_that_come_while_the_compiler_asks_for_them(kind):
    """C6, H5.1: what tells the compiler of hooks goes through those that were there when it began."""
    hooks = Hooks()
    first, late = (lambda *_: None), (lambda *_: None)
    hooks.add(first)
    asked = []

    class Args:
        def __getattr__(self, name):
            def told(*what):
                asked.extend(fn for fn in what if callable(fn))
                hooks.add(late)  # as another thread may do just now

            return told

    teller = {
        "tensor": lambda: FunctionTensorPreHook(hooks, 0), "post-accumulate": lambda: TensorPostAccGradHooks(hooks),
        "pre": lambda: FunctionPreHooks(hooks), "post": lambda: FunctionPostHooks(hooks),
    }[kind]()  # fmt: skip
    teller.compiled_args(Args())
    assert asked == [first]
    assert len(hooks) == 2
