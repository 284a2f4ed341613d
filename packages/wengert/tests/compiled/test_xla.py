"""The xla backend: every operator as in an eager run, training steps, hooks, what cannot be traced, and failures."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import wengert as wg
from compiled.training import STEPS, assert_trains_as_eager, host, numbers, segments
from ops.rows import on_each
from ops.test_table import ROWS, as_tuple, each, sample
from wengert.compiled import Compiler, compiled_autograd
from wengert.compiled import function_capture as function_module
from wengert.compiled.passes import PASSES
from wengert.errors import CompileError, MatrixError, TraceError, WengertError
from wengert.nn import functional as nnf

jax = pytest.importorskip("jax", reason="the xla backend needs JAX")
jnp = pytest.importorskip("jax.numpy")

pytestmark = pytest.mark.compiler


@pytest.fixture
def unchecked(monkeypatch):
    """Passes whose results are not checked: that computes with zeros of NumPy, which give some operators other results."""
    monkeypatch.setattr(function_module, "PASSES", PASSES)


def programs_of(function):
    return [program for kept in function._programs.values() for program in kept]


def reasons_of(function):
    """Which operators were left to the array library, and why."""
    return {
        equation.op.name: reason
        for program in programs_of(function)
        for segment in segments(program)
        for equation, reason in segment.reasons.items()
    }


# -- operators -----------------------------------------------------------------------------------------------------------
#: What gives something else in each run.
RANDOM = ("dropout", "scaled_dot_product_attention[dropout]")

#: The shape of whose result depends on values in some of their rows.
SHAPED_BY_VALUES = ("getitem", "nonzero", "repeat", "unique_all", "unique_counts", "unique_inverse", "unique_values")

#: Whose traced program cannot be written down at all, whatever the backend.
NO_PROGRAM = ("as_strided", "one_hot")


def compilable(row):
    name = row.name.partition("[")[0]
    return row.name not in RANDOM and name not in NO_PROGRAM


@pytest.mark.slow
@on_each([(row, row.dtypes[-1]) for row in [row for row in ROWS if compilable(row)][::5]])  # XLA takes its time over each
def test_an_operator_in_a_compiled_function(row, dtype, unchecked):
    """The value, shape and dtype of an eager run, compiled or (with a warning) between compiled parts."""
    arguments, arrays = sample(row, dtype), []
    each(arguments, lambda array: arrays.append(array))

    @wg.compile(backend="xla")
    def function(*given):
        rest = iter(given)
        return as_tuple(row.fn(*each(arguments, lambda _: next(rest))))

    with np.errstate(all="ignore"), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        expected = as_tuple(row.fn(*arguments))
        try:
            function(*arrays)
        except TraceError:  # refused, whatever the backend
            assert row.name.partition("[")[0] in SHAPED_BY_VALUES
            return
        got = function(*arrays)
    assert function.hits == 1
    assert any(segments(program) for program in programs_of(function)) or not any(p.steps for p in programs_of(function))
    known = reasons_of(function)
    values = [reason for reason in known.values() if reason.startswith("it depends on the values") or "converge" in reason]
    backend = [w for w in told if "backend 'xla'" in str(w.message)]
    assert len(backend) == (1 if len(values) < len(known) else 0), [str(w.message) for w in backend]
    tolerance = 2e-5 if dtype in ("float32", "complex64") else 1e-11
    for a, b in zip(got, expected, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


# -- training ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", STEPS)
def test_a_training_step(name):
    """One program; nothing of it but the optimizer's step is outside of one compiled part."""
    made = assert_trains_as_eager(name, np.asarray, lambda step: wg.compile(step, backend="xla"))
    assert (made.captures, made.hits) == (1, 3)
    (program,) = programs_of(made)
    assert len(segments(program)) == 1
    assert reasons_of(made) == {}


def test_a_training_step_on_jax_arrays_of_32_bits(unchecked):
    """They stay what they are: 64 bits are on for NumPy's arrays only, and within a call."""
    made = assert_trains_as_eager(
        "MLP, SGD",
        lambda a: jnp.asarray(a.astype("float32" if a.dtype.kind == "f" else "int32")),
        lambda step: wg.compile(step, backend="xla"),
        tolerance=1e-5,
    )
    assert (made.captures, made.hits) == (1, 3)
    assert jnp.zeros(1).dtype == "float32"


@pytest.mark.parametrize("name", STEPS)
def test_a_compiled_backward_of_an_eager_forward(name):
    compiler = Compiler("xla")

    def change(step):
        def run(*arguments):
            with compiled_autograd(compiler=compiler):
                return step(*arguments)

        return run

    assert_trains_as_eager(name, np.asarray, change)
    assert compiler.counts == {"captures": 1, "hits": 3, "left": 0}
    (entries,) = compiler.entries.values()
    assert segments(entries[0].program)


def test_results_are_arrays_of_ones_own():
    """NumPy arrays that can be written to, in memory that nothing else has, also where a result is an argument."""
    big = np.ones((64, 64))

    @wg.compile(backend="xla")
    def function(x):
        y = x + 1.0
        return y, wg.reshape(y, (64, 64)), wg.reshape(x, (64, 64)), wg.sum(y)

    function(big)
    results = function(big)
    for one in results:
        assert type(one) is np.ndarray
        assert one.flags.writeable
        assert not np.shares_memory(one, big)
    assert not np.shares_memory(results[0], results[1])
    results[0][...] = 7.0
    np.testing.assert_array_equal(results[1], np.full((64, 64), 2.0))
    np.testing.assert_array_equal(function(big)[0], np.full((64, 64), 2.0))


def test_large_constants():
    table = numbers(40, 40)
    function = wg.compile(lambda x: wg.sin(x @ table) + table[0], backend="xla")
    x = numbers(3, 40, seed=1)
    function(x)
    np.testing.assert_allclose(function(2 * x), np.sin(2 * x @ table) + table[0], rtol=1e-12)


def test_dtypes_meet_as_in_numpy():
    """An integer array and one of float32 are float64, which they are not in JAX; Python's numbers are weak."""
    function = wg.compile(lambda i, x: (i * x, x * 2.5, i + x), backend="xla")
    i, x = np.arange(3), np.array([0.1, 0.2, 0.3], dtype="float32")
    expected = function(i, x)
    got = function(i, x)
    assert [g.dtype.name for g in got] == ["float64", "float32", "float64"]
    for g, e in zip(got, expected, strict=True):
        np.testing.assert_array_equal(g, e)
    assert reasons_of(function) == {}


# -- hooks ---------------------------------------------------------------------------------------------------------------
def test_hooks_in_the_middle():
    """They are called between two compiled parts, each time, with real arrays, and may change what flows on."""
    seen = []

    def hook(grad):
        seen.append(host(grad))
        return grad * 2.0

    x = wg.tensor(numbers(4), requires_grad=True)

    def backward(v):
        x.grad = None
        y = wg.tanh(x * v)
        y.register_hook(hook)
        handle = x.register_post_accumulate_grad_hook(lambda leaf: seen.append(host(leaf.grad)))
        (y * y).sum().backward()
        handle.remove()
        return host(x.grad)

    v = wg.tensor(numbers(4, seed=1))
    expected = backward(v)
    wanted, seen[:] = list(seen), []
    compiler = Compiler("xla")
    for _ in range(3):
        with compiled_autograd(compiler=compiler):
            np.testing.assert_allclose(backward(v), expected, rtol=1e-12)
        assert len(seen) == len(wanted) == 2
        for got, want in zip(seen, wanted, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12)
        seen.clear()
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    (entries,) = compiler.entries.values()
    assert len(segments(entries[0].program)) == 2


def test_a_hook_that_comes_while_the_backward_runs():
    """The run leaves its program at the hook that registers another one on a node inside of a later segment."""
    seen = []
    compiler = Compiler("xla")

    def program(late):
        x = wg.tensor([0.5, -0.25], requires_grad=True)
        y = wg.exp(x)
        z = wg.sin(y * 3.0)

        def hook(grad):
            if late:
                y.register_hook(lambda g: seen.append(host(g)))

        z.register_hook(hook)
        (z * z).sum().backward()
        return host(x.grad)

    with compiled_autograd(compiler=compiler):
        first = program(False)
        program(False)
        second = program(True)
    np.testing.assert_allclose(first, second, rtol=1e-12)
    assert len(seen) == 1
    assert compiler.counts["left"] == 1


# -- what cannot be traced -------------------------------------------------------------------------------------------------
def test_what_jax_lacks_is_told_once():
    function = wg.compile(lambda x: wg.exp(wg.special.j0(x * 2.0)), backend="xla")
    with pytest.warns(UserWarning, match=r"backend 'xla': j0 is called as the array library has it.*no function special.j0"):
        function(np.ones(3))
    from scipy.special import j0

    np.testing.assert_allclose(function(np.ones(3)), np.exp(j0(np.full(3, 2.0))))


def test_a_failure_is_told_once_and_computed_otherwise():
    function = wg.compile(lambda x: wg.exp(x) * 2.0, backend="xla")
    function(np.ones(3))
    (segment,) = segments(programs_of(function)[0])
    (part,) = segment.function.parts

    def fails(*arrays):
        raise RuntimeError("no room for the program")

    part.run = fails
    with pytest.warns(UserWarning, match="backend 'xla': exp, multiply are called one by one from now on: RuntimeError: no room"):
        np.testing.assert_array_equal(function(np.zeros(3)), np.full(3, 2.0))
    np.testing.assert_array_equal(function(np.zeros(3)), np.full(3, 2.0))  # a warning would be an error
    assert set(reasons_of(function)) == {"exp", "multiply"}


# -- errors of the library's own ------------------------------------------------------------------------------------------
def test_an_index_out_of_bounds():
    """NumPy's error, where JAX would take the last element."""
    function = wg.compile(lambda x, i: wg.take(x * 2.0, i), backend="xla")
    x = np.arange(3.0)
    function(x, np.array([0, 2]))
    np.testing.assert_array_equal(function(x, np.array([-1, 1])), [4.0, 2.0])
    with pytest.raises(IndexError):
        function(x, np.array([0, 3]))
    np.testing.assert_array_equal(function(x, np.array([2, 0])), [4.0, 0.0])


@pytest.mark.parametrize(
    "fn", [lambda x, i: x[i], lambda x, i: x[0:2, i], lambda x, i: wg.take_along_axis(x, i[None, :], axis=0)]
)
def test_an_index_out_of_bounds_in_a_key(fn):
    function = wg.compile(fn, backend="xla")
    x = np.arange(9.0).reshape(3, 3)
    good = np.array([0, 2, -3])
    function(x, good)
    np.testing.assert_array_equal(function(x, good), fn(x, good))
    with pytest.raises(IndexError):
        function(x, np.array([0, 1, 3]))


def test_a_class_out_of_bounds():
    function = wg.compile(nnf.cross_entropy, backend="xla")
    x = numbers(2, 3)
    function(x, np.array([0, 2]))
    np.testing.assert_allclose(function(x, np.array([1, -100])), nnf.cross_entropy(x, np.array([1, -100])), rtol=1e-12)
    with pytest.raises(WengertError, match="expected classes from 0 to 2"):
        function(x, np.array([0, 3]))


def test_a_singular_matrix():
    function = wg.compile(lambda a: wg.linalg.inv(a) @ a, backend="xla")
    function(np.eye(2))
    np.testing.assert_allclose(function(np.eye(2) * 3), np.eye(2))
    with pytest.raises(MatrixError):
        function(np.ones((2, 2)))


def test_arrays_of_another_library():
    torch = pytest.importorskip("torch")
    function = wg.compile(lambda x: x * 2.0, backend="xla")
    with pytest.raises(CompileError, match="'xla' takes arrays of NumPy and of JAX, got arrays of torch"):
        function(wg.tensor(torch.ones(3)))


def test_what_jax_is_told_stays_as_it_was():
    before = jax.config.jax_enable_x64
    function = wg.compile(lambda x: x * 2.0, backend="xla")
    function(np.ones(2))
    assert function(np.ones(2)).dtype == "float64"
    assert jax.config.jax_enable_x64 is before
