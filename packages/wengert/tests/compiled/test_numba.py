"""The numba backend: each operator against its forward, then whole functions against eager runs."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import wengert as wg
from wengert.arrays.adapter import library
from wengert.compiled.backends import backend_called
from wengert.compiled.recorder import Recorder
from wengert.errors import ArgumentError, CompileError
from wengert.nn.functional import cross_entropy, relu, sigmoid, silu

pytest.importorskip("numba", reason="the numba backend needs Numba")
pytestmark = pytest.mark.compiler

FLOATS = ("float32", "float64")
INTEGERS = ("int8", "int32", "int64", "uint8", "uint32", "uint64")
STRANGE = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.7, np.nan, np.inf, -np.inf, 1e-30, 700.0])


def compiled(fn, *samples):
    """The function that the backend makes of what `fn` does to arrays; and whether it is loops only."""
    recorder = Recorder()
    with recorder.recording(), np.errstate(all="ignore"):
        inputs = [recorder.variable(a) for a in samples]
        found = fn(*inputs)
    several = found if isinstance(found, tuple | list) else (found,)
    outputs = [f.variable for f in several]
    function = backend_called("numba").compile(recorder.steps, [i.variable for i in inputs], outputs, library("numpy"))
    return function, getattr(function, "fresh", False)


def check(fn, *samples, others=(), tolerance=32):
    """Compile `fn` for `samples`, and compare for these and for `others` with what it gives on plain arrays."""
    function, loops = compiled(fn, *samples)
    assert loops
    for arrays in (samples, *others):
        compare(fn, function, arrays, tolerance)


def compare(fn, function, arrays, tolerance=32):
    with np.errstate(all="ignore"):
        expected = fn(*arrays)
    expected = expected if isinstance(expected, tuple | list) else (expected,)
    found = function(*arrays)
    assert len(found) == len(expected)
    for f, e in zip(found, expected, strict=True):
        assert type(f) is np.ndarray
        assert (f.dtype, f.shape) == (e.dtype, e.shape)
        assert f.flags.c_contiguous
        assert f.flags.writeable
        assert not any(isinstance(a, np.ndarray) and np.shares_memory(f, a) for a in arrays)
        if f.dtype.kind == "f":
            rtol = tolerance * float(np.finfo(f.dtype).eps)
            np.testing.assert_allclose(f, e, rtol=rtol, atol=rtol if tolerance > 32 else 0)
        else:
            np.testing.assert_array_equal(f, e)


def strange(dtype, *shape, seed=0):
    """Numbers of every sort."""
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return rng.choice(STRANGE.astype(dtype), shape)
    if dtype == "bool":
        return rng.uniform(size=shape) < 0.5
    info = np.iinfo(dtype)
    return rng.choice(np.array([0, 1, 2, 3, 5, info.max, info.min, info.max // 3], dtype), shape)


UNARY = (
    "sqrt rsqrt exp expm1 exp2 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg2rad rad2deg",
    "reciprocal negative positive square sign abs floor ceil trunc isnan isinf isfinite signbit logical_not",
)
BINARY = (
    "add subtract multiply divide maximum minimum fmax fmin copysign atan2 hypot logaddexp equal not_equal less less_equal",
    "greater greater_equal logical_and logical_or logical_xor",
)
OF_INTEGERS = (
    "add subtract multiply divide maximum minimum equal less greater_equal logical_or bitwise_and bitwise_or bitwise_xor",
)


def each(names, *arrays):
    """What the functions of these names give."""
    return [getattr(wg, name)(*arrays) for name in " ".join(names).split()]


# -- elements ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_one_number(dtype):
    def fn(x):
        return each(UNARY, x)

    check(fn, strange(dtype, 24), others=[(strange(dtype, 24, seed=s),) for s in range(1, 4)])


@functools.cache
def _unary(dtype):
    return compiled(lambda x: each(UNARY, x), np.ones(4, dtype))[0]


@pytest.mark.parametrize("dtype", FLOATS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_functions_of_any_number(dtype, data):
    """Denormal numbers are left out, which libraries differ about."""
    elements = st.floats(width=int(dtype[5:]), allow_subnormal=False)
    x = data.draw(arrays_of.arrays(dtype, 4, elements=elements))
    x[np.abs(x) > 1e6] = np.inf  # angles
    compare(lambda x: each(UNARY, x), _unary(dtype), (x,), tolerance=64)


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_two_numbers(dtype):
    def fn(x, y):
        return each(BINARY, x, y)

    every = np.meshgrid(STRANGE.astype(dtype), STRANGE.astype(dtype))
    check(fn, every[0].ravel(), every[1].ravel())


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers(dtype):
    def fn(x, y):
        found = each(OF_INTEGERS, x, y)
        return [*found, x + 2, 3 - x, x * 0.5, wg.square(x), wg.abs(x), x**2, x == 1, wg.negative(x), wg.bitwise_invert(x)]

    check(fn, strange(dtype, 30), strange(dtype, 30, seed=1))


def test_truths():
    def fn(x, y):
        return [
            x & y,
            x | y,
            x ^ y,
            ~x,
            wg.logical_not(x),
            x == y,
            wg.maximum(x, y),
            x * 2.0,
            x + 1,
            wg.add(x, y),
            wg.multiply(x, y),
        ]

    check(fn, strange("bool", 10), strange("bool", 10, seed=1))


MIXED = ["bool", "int8", "int32", "int64", "uint8", "uint64", "float32", "float64"]


@pytest.mark.parametrize("first", ["bool", "int8", "int64", "uint64", "float32"])
def test_dtypes_that_meet(first):
    """Those that NumPy would compute with."""

    def fn(x, *others):
        return [op(x, y) for y in others for op in (wg.add, wg.multiply, wg.divide, wg.maximum)]

    small = [np.array([0, 1, 1, 2, 7]).astype(dtype) for dtype in [first, *MIXED]]
    check(fn, *small)


@pytest.mark.parametrize("dtype", FLOATS)
def test_python_numbers(dtype):
    def fn(x):
        return [x + 1, 2 * x, x / 3, 1 - x, 0.1 * x, x - np.inf, x * np.nan, x > 0.1, x * True, wg.maximum(x, 0), 2 / x]

    check(fn, strange(dtype, 16))


@pytest.mark.parametrize("dtype", FLOATS)
def test_powers(dtype):
    def fn(x, y):
        return [x**2, x**3, x**4, x**0.5, x**-1, x**1, x**2.5, x**-2, x**y, 2.0**x, 2**x, wg.pow(x, 5)]

    x = np.array([0.0, 0.5, 1.0, -1.0, 2.0, -3.0, np.inf, -np.inf, np.nan], dtype)
    check(fn, x, x[::-1].copy())


@pytest.mark.parametrize("dtype", FLOATS)
def test_choices(dtype):
    def fn(x, y):
        found = [wg.where(x > y, x, y), wg.where(x > 0, x, 0), wg.where(x == y, 1, y), wg.clip(x, -1.0, 1.0), wg.clip(x, 0, None)]
        return [*found, wg.clip(x, None, 2.0), wg.clip(x, y, 1.0), wg.where(x, y, 2.0)]

    check(fn, strange(dtype, 40), strange(dtype, 40, seed=3))


@pytest.mark.parametrize("dtype", FLOATS)
def test_activations(dtype):
    check(lambda x: [relu(x), sigmoid(x), silu(x)], strange(dtype, 40), tolerance=64)


def test_casts():
    def fn(x, k, b):
        return [wg.astype(a, d) for a in (k, b) for d in ("float32", "float64", "int32", "uint8", "bool")] + [
            wg.astype(x, "float32"), wg.astype(x, "bool"), wg.astype(x, "float64"),
        ]  # fmt: skip

    check(fn, strange("float64", 9), strange("int64", 9), strange("bool", 9))


# -- shapes --------------------------------------------------------------------------------------------------------------
SHAPES = [(), (1,), (5,), (3, 1), (2, 0, 3), (2, 3, 4)]


@pytest.mark.parametrize("shape", SHAPES)
def test_views(shape):
    def fn(x):
        n = len(x.shape)
        found = [
            wg.reshape(x, -1),
            x[None],
            x[..., None],
            wg.broadcast_to(x, (2, *x.shape)),
            wg.permute_dims(x, tuple(range(n))[::-1]),
        ]
        found += [wg.expand_dims(x, axis=0), wg.reshape(wg.permute_dims(x, tuple(range(n))[::-1]), -1) * 2, wg.clone(x)]
        if n:
            found += [x[::-1], x[1:], x[:-1] + 1, x[::2], x[..., 0:1], x[1:1]]
        if n > 1:
            found += [wg.matrix_transpose(x) + 1, x[:, ::-1], wg.permute_dims(x, tuple(range(n))[::-1])[:1] * x.shape[0]]
        if n and x.shape[0]:
            found += [x[0], x[-1], x[0] * 2]
        return found

    check(fn, strange("float64", *shape))


@settings(max_examples=5, deadline=None)
@given(shapes=arrays_of.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=4))
def test_broadcasting(shapes):
    first, second = shapes.input_shapes

    def fn(x, y):
        z = x + y
        return z, z * x, wg.sum(z * y), wg.where(x > y, z, 0), wg.sum(z, axis=0) if z.shape else z

    check(fn, strange("float64", *first), strange("float64", *second))


@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_keys(data):
    shape = data.draw(arrays_of.array_shapes(min_dims=1, max_dims=3, max_side=4))
    key = data.draw(arrays_of.basic_indices(shape, allow_newaxis=True))
    parts = key if type(key) is tuple else (key,)
    key = tuple(int(p) if not isinstance(p, slice | None | type(Ellipsis)) else p for p in parts)
    x = strange("float64", *shape)
    inner = np.asarray(x[key])
    scatter = wg.op.OPERATORS["scatter"].public
    check(lambda x, g: (wg.op.OPERATORS["getitem"].public(x, key), scatter(g, shape, key), scatter(g + 1, shape, key)), x, inner)


def test_joining():
    def fn(x, y, z):
        return wg.concat([x, y], axis=0), wg.concat([x, x * 2, z], axis=1), wg.stack([x, y]), wg.stack([x, y], axis=-1) + 1

    check(fn, strange("float64", 2, 3), strange("float64", 2, 3, seed=1), strange("float64", 2, 0))


def test_memory_of_any_kind():
    """Transposed, reversed, read-only, every other element."""
    fn = lambda x, y: (x * 2 + y, wg.sum(x, axis=0), x[1:])
    function, loops = compiled(fn, np.ones((4, 4)), np.ones((4, 4)))
    assert loops
    big = np.arange(64.0).reshape(8, 8)
    fixed = big[:4, :4].copy()
    fixed.flags.writeable = False
    for arrays in ((fixed.copy().T, fixed), (big[::2, ::2], big[:4, :4].T[::-1]), (np.broadcast_to(big[0, :4], (4, 4)), fixed)):
        compare(fn, function, arrays)


# -- reductions ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["bool", "int8", *FLOATS])
@pytest.mark.parametrize(("shape", "axes"), [((), [None]), ((3, 1), [0, 1]), ((2, 3, 4), [None, 1, (-1, 0)])])
def test_reductions(dtype, shape, axes):
    def fn(x):
        found = []
        for keep, axis in enumerate(axes):
            found += [op(x, axis=axis, keepdims=bool(keep % 2)) for op in (wg.sum, wg.any, wg.all, wg.prod, wg.max, wg.min)]
            if x.dtype.kind == "f":
                found += [op(x, axis=axis, keepdims=bool(keep % 2)) for op in (wg.mean, wg.logsumexp)]
        return found

    rng = np.random.default_rng(0)
    calm = (rng.standard_normal(shape) * 3).astype(dtype)
    check(fn, calm, others=[(strange(dtype, *shape),)], tolerance=256)


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (2, 0, 3)])
def test_reductions_of_nothing(shape):
    fn = lambda x: [f(x, axis=axis) for axis in (None, 0, -1) for f in (wg.sum, wg.prod, wg.all, wg.any)]
    check(fn, np.zeros(shape))


def test_long_sums_keep_their_digits():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(3, 100_000)).astype("float32")
    check(lambda x: (wg.sum(x), wg.sum(x, axis=1), wg.mean(x)), x)


@pytest.mark.parametrize("dtype", FLOATS)
def test_ties(dtype):
    x = strange(dtype, 4, 5)
    ties = wg.op.OPERATORS["ties"].public
    check(lambda x: (ties(x, wg.max(x, axis=1), axis=1, keepdims=False), ties(x, wg.max(x), axis=None, keepdims=False)), x)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmaxes(dtype, axis):
    rng = np.random.default_rng(0)
    calm = (rng.standard_normal((4, 5, 3)) * 4).astype(dtype)
    check(
        lambda x: (wg.softmax(x, axis=axis), wg.log_softmax(x, axis=axis)),
        calm,
        others=[(strange(dtype, 4, 5, 3),)],
        tolerance=256,
    )


@pytest.mark.parametrize("dtype", [*FLOATS, "int32"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)),
        ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((1, 1), (1, 1)),
        ((20, 30), (30, 20)), ((2, 0), (0, 3)), ((40, 80), (80,)), ((2, 1, 2, 3), (5, 3, 1)),
    ],
)  # fmt: skip
def test_products(dtype, first, second):
    rng = np.random.default_rng(0)
    a, b = ((rng.standard_normal(s) * 3).astype(dtype) for s in (first, second))

    def fn(a, b):
        found = [wg.matmul(a, b), wg.matmul(a + 1, b * 2)]
        if len(a.shape) == len(b.shape) == 2:
            found += [
                wg.matmul(wg.matrix_transpose(b), wg.matrix_transpose(a)),
                wg.matmul(a[:, ::-1], b),
                wg.matmul(a, b)[1:] * 2,
            ]
        return found

    check(fn, a, b, tolerance=1024)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_loss_of_classes(dtype, reduction):
    rng = np.random.default_rng(0)
    class_loss = wg.op.OPERATORS["class_loss"].public

    def fn(x, target):
        return class_loss(x, target, ignore_index=-100, reduction=reduction)

    def reference(x, target):
        found = wg.op.OPERATORS["class_loss"].forward(x, target, ignore_index=-100, reduction=reduction)
        return found if reduction == "mean" else found[:2]  # there the count is an array

    x, target = rng.standard_normal((6, 4)).astype(dtype), np.array([0, 3, 1, 2, 2, 0])
    recorder = Recorder()
    inputs = [recorder.variable(a) for a in (x, target)]
    with recorder.recording():
        fn(*inputs)
    (equation,) = recorder.steps
    outputs = [v for v in equation.outputs if v is not None]
    function = backend_called("numba").compile([equation], [i.variable for i in inputs], outputs, library("numpy"))
    for numbers in (target, np.array([0, -100, 1, -100, 3, 0]), np.full(6, -100)):
        with np.errstate(all="ignore"):
            expected = reference(x, numbers)
        for f, e in zip(function(x, numbers), expected, strict=True):
            np.testing.assert_allclose(
                f, e, rtol=1e-5 if dtype == "float32" else 1e-13, atol=1e-7 if dtype == "float32" else 1e-15
            )
            assert f.dtype == dtype
    with pytest.raises(ArgumentError, match="expected classes from 0 to 3"):
        function(x, np.array([0, 4, 0, 0, 0, 0]))


@pytest.mark.parametrize("dtype", [*FLOATS, "int32"])
@pytest.mark.parametrize(
    "shapes", [((5, 9), (9, 7)), ((9, 6), (6,)), ((3, 5, 4), (3, 4, 6)), ((6, 1), (1, 6)), ((300,), (300, 6))]
)
def test_small_products_of_every_order(dtype, shapes):
    """Their loops run along what lies one after the other in memory, and reach its last elements."""
    rng = np.random.default_rng(0)
    a, b = ((rng.standard_normal(s) * 3).astype(dtype) for s in shapes)

    def fn(a, b):
        if len(b.shape) < 2 or len(a.shape) < 2:
            return wg.matmul(a, b), wg.matmul(a * 2, b)
        flip = wg.matrix_transpose
        return wg.matmul(a, b), wg.matmul(flip(flip(a) + 0), flip(flip(b) + 0)), wg.matmul(flip(b), flip(a))

    check(fn, a, b, tolerance=1024)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shapes", [((1, 60), (60, 50)), ((60, 50), (50, 1)), ((1, 3000), (3000, 1)), ((60, 40), (40, 50))])
def test_large_products_in_every_layout(dtype, shapes):
    """By BLAS: of matrices, of a matrix and a vector, and of two vectors."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(s).astype(dtype) for s in shapes)
    flip = wg.matrix_transpose

    def fn(a, b, across_a, across_b):
        return [wg.matmul(x, y) for x in (a, flip(across_a)) for y in (b, flip(across_b))]

    check(fn, a, b, a.T.copy(), b.T.copy(), tolerance=4096)


# -- several numbers at once ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [1, 7, 8, 37])
def test_functions_of_many_numbers(dtype, size):
    """Those that loops compute several at a time, and the rest of them one by one; within four units in the last place."""
    names = "exp expm1 exp2 log log1p log2 log10 sin cos tan sinh cosh tanh asinh atan"
    rng = np.random.default_rng(0)
    x = rng.uniform(0.1, 3.0, size).astype(dtype)

    def fn(x):
        return [*each([names], x), wg.acosh(x + 1), wg.asin(x / 4), wg.acos(x / 4), wg.atanh(x / 4)]

    odd = np.resize(STRANGE.astype(dtype), size)
    check(fn, x, others=[(odd,), (np.resize(odd[::-1], size),)])


def test_much_memory_in_any_layout():
    """More than lies on the stack, copies of arguments that lie otherwise, and sums over axes that are not the last."""
    fn = lambda x, y: (wg.sum(wg.exp(x[:, 1:] * y[:, :-1]), axis=0), x.T @ y, wg.sum(x * 2 + y, axis=1)[::-1])
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 70, 60))
    function, loops = compiled(fn, x, y)
    assert loops
    spread = np.repeat(x, 2, axis=1)[:, ::2]
    for arrays in ((x, y), (np.asfortranarray(x), y), (spread, y[::-1, ::-1]), (np.broadcast_to(y[0], x.shape), y)):
        compare(fn, function, arrays, tolerance=256)
    packed = np.zeros((70, 60), np.dtype([("a", "i1"), ("x", "f8")]))  # numbers at odd addresses
    packed["x"] = x
    compare(fn, function, (packed["x"], y), tolerance=256)


@pytest.mark.parametrize(
    "key",
    [
        (slice(None), slice(1, None)), (slice(None), slice(None, -1)), (slice(2, 4), slice(None)),
        (slice(None), slice(1, 5), slice(None)), (slice(1, 3), slice(1, 3)),
        (slice(None), slice(None, None, 2)), (slice(None), 3), (slice(None), slice(2, 2)),
    ],
)  # fmt: skip
def test_what_is_around_a_part_is_zero(key):
    scatter = wg.op.OPERATORS["scatter"].public
    shape = (5, 6, 2) if len(key) == 3 else (5, 6)
    inner = np.ones(shape)[key]
    check(lambda g: (scatter(g, shape, key), scatter(g * 2, shape, key) + scatter(g, shape, key)), inner)


def test_arrays_like_others():
    def fn(x, k):
        return wg.ones_like(x) * x, wg.zeros_like(x), wg.ones_like(k), wg.ones_like(x, dtype="float32"), wg.zeros_like(k > 0)

    x = np.linspace(0.0, 1.0, 6).reshape(2, 3)
    same(fn, (wg.tensor(x), wg.tensor(np.arange(3))), (wg.tensor(x + 1), wg.tensor(np.arange(3) - 1)))


# -- what is unknown -----------------------------------------------------------------------------------------------------
def test_operators_that_no_loop_is_known_for_are_called_in_between():
    def fn(x, k):
        order = wg.sort(x * 2)
        return wg.cumulative_sum(order + 1), x[k] * 2, wg.exp(order) + wg.argsort(x), wg.astype(x, "complex128") * 2

    x, k = np.random.default_rng(0).standard_normal(6), np.array([1, 1, 4])
    function, loops = compiled(fn, x, k)
    assert not loops
    assert "cumulative_sum" in function.reasons.values()
    for f, e in zip(function(x, k), fn(x, k), strict=True):
        np.testing.assert_allclose(f, e, rtol=1e-14)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: wg.astype(x, "int64"),
        lambda x: wg.cumulative_sum(x),
        lambda x: wg.astype(x, "complex64"),
        lambda x: wg.sort(x),
    ],
)
def test_nothing_is_made_of_what_is_unknown_throughout(fn):
    assert compiled(fn, np.ones(3))[0] is None


def test_constants_are_read_where_they_lie():
    table, row = np.arange(12.0).reshape(4, 3), np.arange(8.0)[::-2]
    fn = lambda x: (x * table[:, 1], x + table.T[2], x - row, x * np.float64(3.0), x + np.asarray(2.0))
    views = table[:, 1], table.T[2]
    held = lambda x: (x * views[0], x + views[1], x - row)
    function, loops = compiled(held, np.ones(4))
    assert loops
    compare(held, function, (np.ones(4),))
    table += 10
    row *= 2
    compare(held, function, (np.ones(4),))
    check(fn, np.ones(4))


def test_other_libraries_are_refused():
    torch = pytest.importorskip("torch")

    @wg.compile(backend="numba")
    def fn(x):
        return x * 2

    with pytest.raises(CompileError, match="backend 'numba': expected NumPy arrays, got arrays of torch"):
        fn(wg.tensor(torch.ones(3)))


# -- whole functions -----------------------------------------------------------------------------------------------------
def same(fn, *calls, tolerance=1e-12):
    """Compiled and eager runs of ``fn()``, which gives trees of tensors, for several arguments."""
    faster = wg.compile(fn, backend="numba")
    for call in calls:
        eager, found = fn(*call), faster(*call)
        for e, f in zip(eager if type(eager) is tuple else (eager,), found if type(found) is tuple else (found,), strict=True):
            assert (f.shape, f.dtype) == (e.shape, e.dtype)
            np.testing.assert_allclose(f.numpy(), e.numpy(), rtol=tolerance, atol=tolerance)
    assert faster.captures == 1
    assert faster.hits == len(calls) - 1
    return faster


def test_a_chain():
    def fn(x):
        y = x
        for i in range(50):
            y = wg.tanh(y * 1.01 + 0.1) if i % 5 == 0 else y * y * 0.5 + y if i % 5 == 1 else y - 0.1 * y
        return y.detach(), wg.autograd.grad(y.sum(), [x])[0]

    rng = np.random.default_rng(0)
    same(fn, *[(wg.tensor(rng.standard_normal(8), requires_grad=True),) for _ in range(3)])


def test_rosenbrock():
    def fn(x):
        value = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        return value.detach(), wg.autograd.grad(value, [x])[0]

    rng = np.random.default_rng(0)
    same(fn, *[(wg.tensor(rng.standard_normal(100), requires_grad=True),) for _ in range(3)], tolerance=1e-11)


def test_logistic_regression():
    def fn(w, x, y):
        z = wg.matmul(x, w)
        value = (y * z - wg.log1p(wg.exp(z))).sum() - 0.5 * (w**2).sum()
        return value.detach(), wg.autograd.grad(value, [w])[0]

    rng = np.random.default_rng(0)
    x, y = wg.tensor(rng.standard_normal((100, 5))), wg.tensor((rng.uniform(size=100) < 0.5) * 1.0)
    same(fn, *[(wg.tensor(rng.standard_normal(5), requires_grad=True), x, y) for _ in range(3)])


def test_many_operators_and_their_gradients():
    def fn(x):
        y = wg.max(wg.softmax(x, axis=-1) + wg.maximum(x, 0.1) * wg.clip(x, -1, 1), axis=0) + wg.logsumexp(x)
        z = wg.log_softmax(x.T.reshape(-1), axis=0)[::2].sum() + wg.var(x, axis=0).sum() + wg.concat([x, x]).sum()
        value = (y + z).sum() + wg.where(x > 0, x, x * x).mean()
        return value.detach(), wg.autograd.grad(value, [x])[0]

    rng = np.random.default_rng(0)
    same(fn, *[(wg.tensor(rng.standard_normal((4, 4)), requires_grad=True),) for _ in range(3)])


def training(backend, hook=None, steps=4):
    """A small network that is trained; its parameters and losses."""
    rng = np.random.default_rng(0)
    w1, b1, w2, b2 = (wg.tensor(rng.standard_normal(s) * 0.3, requires_grad=True) for s in ((16, 32), (32,), (32, 10), (10,)))
    optimizer = wg.optim.SGD([w1, b1, w2, b2], lr=0.1)

    def step(x, y):
        optimizer.zero_grad()
        hidden = relu(x @ w1 + b1)
        if hook is not None:
            hidden.register_hook(hook)
        loss = cross_entropy(hidden @ w2 + b2, y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    run = step if backend is None else wg.compile(step, backend=backend)
    losses = [run(wg.tensor(rng.standard_normal((20, 16))), wg.tensor(rng.integers(0, 10, 20))).item() for _ in range(steps)]
    assert backend is None or run.hits == steps - 1
    return losses, [p.detach().numpy().copy() for p in (w1, b1, w2, b2)]


def test_a_training_step():
    (losses, found), (eager_losses, expected) = training("numba"), training(None)
    np.testing.assert_allclose(losses, eager_losses, rtol=1e-12)
    for f, e in zip(found, expected, strict=True):
        np.testing.assert_allclose(f, e, rtol=1e-12, atol=1e-14)


def test_hooks_in_the_middle():
    """Called with real arrays in each run; what they return goes on."""
    seen = {}

    def hook(name):
        def record(g):
            seen.setdefault(name, []).append(g.numpy().copy())
            return g * 0.5

        return record

    (_, found), (_, expected) = training("numba", hook("numba")), training(None, hook("eager"))
    assert len(seen["numba"]) == len(seen["eager"]) == 4
    for f, e in zip((*found, *seen["numba"]), (*expected, *seen["eager"]), strict=True):
        np.testing.assert_allclose(f, e, rtol=1e-12, atol=1e-14)


def test_compiled_backwards():
    """Of graphs that were recorded eagerly; Python's numbers are inputs."""
    x = wg.tensor([1.0, 2.0, -0.5], requires_grad=True)

    def gradient(factor):
        x.grad = None
        (wg.tanh(x * x) * factor).sum().backward()
        return x.grad.numpy().copy()

    compiler = wg.compiled.Compiler("numba")
    with wg.compiled_autograd(compiler=compiler):
        found = [gradient(f) for f in (2.0, 3.0, 4.0)]
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    for f, factor in zip(found, (2.0, 3.0, 4.0), strict=True):
        np.testing.assert_allclose(f, gradient(factor), rtol=1e-13)


def test_long_segments_are_several_functions(monkeypatch):
    monkeypatch.setattr("wengert.compiled.backends.numba.LONGEST", 10)

    def fn(x):
        y = x
        for _ in range(12):
            y = y * 0.9 + 0.1
        return y.detach(), wg.autograd.grad((y * y).sum(), [x])[0]

    same(fn, *[(wg.tensor([0.5, 1.0 + k], requires_grad=True),) for k in range(3)])


def test_a_segment_that_would_take_too_long_is_left_to_the_library(monkeypatch):
    monkeypatch.setattr("wengert.compiled.backends.numba.MOST", 3)
    same(lambda x: x * 2 + 1 - x / 3 + x * x, (wg.tensor([1.0]),), (wg.tensor([2.0]),))
