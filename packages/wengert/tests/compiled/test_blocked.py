"""The blocked backend computes what the functions of NumPy do, whatever the sizes, layouts and threads."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from choices import drawing, many
from wengert.arrays.numpy import adapter
from wengert.compiled.backends import backend_called
from wengert.compiled.backends.blocked import groups, source, threads
from wengert.compiled.backends.blocked.buffers import plan_buffers, reads_of
from wengert.compiled.backends.blocked.layout import blocks_of, reduced, span
from wengert.compiled.ir import Equation, Variable
from wengert.compiled.segments import Segment
from wengert.op import OPERATORS
from wengert.op_batching import compute

BLOCK = 16
SMALL = ((groups, "LEAST", 8), (groups, "LONGEST_ROW", BLOCK), (source, "SHORTEST", BLOCK), (source, "LONGEST", BLOCK))


@contextlib.contextmanager
def blocks(size=2, small=True):
    """With blocks of 16 elements, and on so many threads."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in SMALL if small else ():
            patch.setattr(module, name, value)
        patch.setattr(source, "MUCH", 0)
        patch.setattr(threads.POOL, "size", size)
        yield


def segments(compiled):
    """What the backend has made of the first program."""
    (program,) = next(iter(compiled._programs.values()))
    return [step for step in program.steps if isinstance(step, Segment)]


def same(got, want):
    """Equal bit by bit, but for what a NaN carries."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    np.testing.assert_array_equal(got, want)
    if got.dtype.kind == "f":
        numbers = ~np.isnan(want)
        np.testing.assert_array_equal(np.signbit(got)[numbers], np.signbit(want)[numbers])


# -- random programs, written as equations -------------------------------------------------------------------------------
REDUCTIONS = ["sum", "mean", "max", "min"]
EXACT_UNARY = ["negative", "square", "abs", "sqrt", "isnan", "logical_not", "sign", "positive", "real"]
EXACT_BINARY = ["add", "subtract", "multiply", "divide", "maximum", "less", "equal", "logical_or"]
UNARY = [*EXACT_UNARY, "conj", "exp", "sigmoid", "sin", "tanh"]
BINARY = [*EXACT_BINARY, "atan2", "pow"]
KINDS = ["unary", "unary", "binary", "binary", "where", "cast", "reduce", "spread", "power", "ties", "array"]
REAL = [np.float32, np.float64, np.int64, np.bool_]
DTYPES = [np.float32, np.float64, np.complex128, np.int64, np.int32, np.bool_, np.uint8, np.float16]
SHAPES = [(15,), (16,), (17,), (48,), (129,), (4, 5), (3, 16), (5, 40), (2, 3, 7), (33, 2), (1, 20), (2, 1, 9)]


def random_array(random, shape, dtype):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return random.random(shape) < 0.5
    if dtype.kind in "iu":
        return random.integers(0 if dtype.kind == "u" else -9, 9, shape).astype(dtype)
    x = random.standard_normal(shape) * 2
    x = np.where(random.random(shape) < 0.05, random.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], shape), x)
    return (x + 1j * random.standard_normal(shape)).astype(dtype) if dtype.kind == "c" else x.astype(dtype)


def smaller(draw, shape):
    """A shape that broadcasts to `shape`."""
    kept = [1 if draw.flip() else n for n in shape]
    return tuple(kept[draw.number(0, len(kept)) :])


@drawing
def programs(draw, exact=False):
    """Inputs, equations and outputs. No reduction that rounds is read again, so that all the rest is equal bit by bit.

    With `exact` only functions that NumPy rounds in one way wherever elements lie.
    """
    unary, binary, dtypes = (EXACT_UNARY, EXACT_BINARY, REAL) if exact else (UNARY, BINARY, DTYPES)
    shape = draw.one_of(SHAPES)
    random = np.random.default_rng(draw.number(0, 2**32))
    arrays = [random_array(random, shape, draw.one_of(dtypes))]
    for _ in range(draw.number(0, 3)):
        arrays.append(random_array(random, smaller(draw, shape) if draw.flip() else shape, draw.one_of(dtypes)))
    inputs = [Variable(a.shape, a.dtype) for a in arrays]
    known, rounded, equations = list(zip(inputs, arrays, strict=True)), [], []

    def pick():
        return draw.one_of(known[-6:] if draw.flip() else known)

    for _ in range(draw.number(1, 12)):
        kind = draw.one_of(KINDS)
        x, y = pick(), pick()
        if kind == "unary":
            name, arguments = draw.one_of(unary), {"x": x}
        elif kind in ("binary", "array"):
            name = draw.one_of(binary)
            second = random_array(random, smaller(draw, shape), np.float32) if kind == "array" else y
            arguments = {"x1": x, "x2": draw.one_of([2, 0.5, True]) if draw.flip() else second}
            if draw.flip():
                arguments = {"x1": arguments["x2"], "x2": arguments["x1"]}
        elif kind == "where":
            name, other = "where", pick()
            masks = [k for k in known if k[1].dtype == np.bool_]
            condition = draw.one_of(masks) if masks else other
            arguments = {"condition": condition, "x1": x, "x2": draw.one_of([0, 1.5, y, x])}
            if draw.flip():
                arguments["x1"], arguments["x2"] = arguments["x2"], arguments["x1"]
        elif kind == "cast":
            name, arguments = "astype", {"x": x, "dtype": np.dtype(draw.one_of(dtypes))}
        elif kind == "power":
            name, arguments = "pow", {"x1": x, "x2": draw.one_of([2, 2.0, 0.5, -1, 1, 3, 0])}
        elif kind == "spread":
            name, arguments = "spread", {"x": x, "shape": shape, "axis": None, "keepdims": False}
        elif kind == "ties":
            name, arguments = "ties", {"x": x, "top": y, "axis": None, "keepdims": False}
        else:
            name = draw.one_of(REDUCTIONS)
            axis = draw.one_of([None, *range(x[1].ndim), tuple(range(1, x[1].ndim))])
            arguments = {"x": x, "axis": axis, "keepdims": draw.flip()}
            if name == "sum":
                arguments["dtype"] = None
        op = OPERATORS[name]
        values = {n: v[1] if type(v) is tuple and isinstance(next(iter(v), None), Variable) else v for n, v in arguments.items()}
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                value = compute(op, values)
        except (OverflowError, TypeError, ValueError, wg.errors.WengertError):
            continue  # no such function of these dtypes, or shapes that do not go together
        if not isinstance(value, np.ndarray | np.generic) or value.size > 4 * np.prod(shape):
            continue
        out = Variable(value.shape, value.dtype)
        names = {n: v[0] if type(v) is tuple and isinstance(next(iter(v), None), Variable) else v for n, v in arguments.items()}
        equations.append(Equation(op, names, (out,), True))
        (rounded if name in ("sum", "mean") and value.dtype.kind in "fc" else known).append((out, value))
    made = [(v, a) for v, a in known if v not in inputs]
    outputs = [pair for pair in made if draw.flip()] + rounded
    return list(zip(inputs, arrays, strict=True)), equations, outputs or made[-1:], rounded


def compiled(inputs, equations, outputs):
    return backend_called("python").compile(equations, [v for v, _ in inputs], [v for v, _ in outputs], adapter)


def run(function, inputs):
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        return function(*(a for _, a in inputs))


def test_the_real_part_of_a_real_array_is_a_view():
    """And not the argument itself, which a caller could not tell from a result of its own."""
    array = np.arange(7, dtype="float32")
    found = compute(OPERATORS["real"], {"x": array})
    assert found is not array
    assert found.base is array


@settings(max_examples=many(200), deadline=None)
@given(programs())
def test_random_programs(program):
    check_program(program)


@settings(max_examples=many(100), deadline=None)
@given(programs(exact=True))
def test_random_programs_of_arrays_that_lie_otherwise(program):
    check_program(program, apart=True)


def check_program(program, apart=False):
    inputs, equations, outputs, rounded = program
    if not outputs:
        return
    with blocks(1):
        function = compiled(inputs, equations, outputs)
    if function is None:
        return
    before = [a.copy() for _, a in inputs]
    if apart:  # the same values, but not in row-major order in memory
        inputs = [(v, np.asfortranarray(np.repeat(a, 2, -1))[..., ::2] if a.ndim else a) for v, a in inputs]
    first = run(function, inputs)
    inexact = {v for v, _ in rounded}
    for (v, want), got in zip(outputs, first, strict=True):
        if v in inexact:
            with np.errstate(all="ignore"):
                eps = np.finfo(want.dtype).eps
                assert np.asarray(got).dtype == want.dtype
                assert np.shape(got) == want.shape
                size = np.max(np.abs(want), where=np.isfinite(want), initial=1)
                for part in (np.real, np.imag):  # for an infinite part not both
                    np.testing.assert_allclose(part(got), part(want), rtol=200 * eps, atol=1e3 * eps * size)
        else:
            same(got, want)
    for (_, array), old in zip(inputs, before, strict=True):
        same(array, old)  # arguments are nobody's to write to
    for got in first:
        assert not any(np.shares_memory(got, a) and np.size(got) > 1 and got.base is None for _, a in inputs)
    with blocks(3):
        for got, once in zip(run(function, inputs), first, strict=True):
            assert np.asarray(got).tobytes() == np.asarray(once).tobytes()


# -- blocks --------------------------------------------------------------------------------------------------------------
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.data())
def test_blocks_hold_whole_periods_or_parts_of_one(shape, data):
    size = int(np.prod(shape))
    suffixes = [int(np.prod(shape[i:])) for i in range(len(shape))]
    periods = data.draw(st.lists(st.sampled_from(suffixes)))
    length = data.draw(st.integers(1, 100))
    found = blocks_of(size, periods, length)
    assert [i for start, stop in found.borders for i in range(start, stop)] == list(range(size))
    for start, stop in found.borders:
        assert 0 < stop - start <= found.length <= length
        for p in periods:
            assert (start % p == 0 and stop % p == 0) if p <= length else start // p == (stop - 1) // p
    for p in periods:
        if p > length:
            assert found.inside(p) * size == len(found.borders) * p


@pytest.mark.parametrize("size", [65_536, 100_000, 400_000, 1_000_000])
def test_blocks_can_be_shared_evenly(size):
    lengths = [stop - start for start, stop in blocks_of(size, [], 16_384).borders]
    assert len(lengths) % 4 == 0
    assert lengths[0] - lengths[-1] < len(lengths)


@given(st.lists(st.integers(1, 4), max_size=4), st.data())
def test_how_operands_lie(whole, data):
    whole = tuple(whole)
    kept = tuple(data.draw(st.sampled_from([1, n])) for n in whole)
    shape = kept[data.draw(st.integers(0, next((i for i, n in enumerate(kept) if n != 1), len(kept)))) :]
    kind, period = span(shape, whole)
    x = np.arange(int(np.prod(shape))).reshape(shape)
    flat = np.broadcast_to(x, whole).reshape(-1)
    if kind == "scalar":
        assert x.size == 1
    elif kind == "full":
        np.testing.assert_array_equal(flat, x.reshape(-1))
    elif kind == "row":
        np.testing.assert_array_equal(flat, np.tile(x.reshape(-1), flat.size // period))
    elif kind == "column":
        np.testing.assert_array_equal(flat, np.repeat(x.reshape(-1), period))
    else:
        assert len(whole) > 2


def test_what_a_reduction_leaves():
    assert reduced((4, 5), None) == reduced((4, 5), (0, -1)) == ("column", 20)
    assert reduced((4, 5), 0) == ("row", 5)
    assert reduced((4, 5, 6), (1, 2)) == ("column", 30)
    assert reduced((4, 5, 6), (0, 2)) is None
    assert reduced((4, 5, 6), 1) is None


# -- groups and buffers --------------------------------------------------------------------------------------------------
def equation(name, *args, out=None, **statics):
    op = OPERATORS[name]
    first = next(a for a in args if isinstance(a, Variable))
    out = out or Variable(first.shape, first.dtype)
    return Equation(op, {**dict(zip(op.signature.parameters, args, strict=False)), **statics}, (out,), True), out


def total(x):
    return equation("sum", x, out=Variable((), x.dtype), axis=None, dtype=None, keepdims=False)


def test_what_waits_for_a_sum_is_in_another_group():
    x = Variable((100_000, 10), np.dtype(np.float32))
    e, y = equation("exp", x)
    s, t = total(y)
    d, z = equation("divide", y, t)
    u, w = equation("sin", x)
    first, second = groups.grouped([e, s, d, u], [z, w])
    assert (first.equations, second.equations) == ([e, s], [d, u])
    assert (first.outputs, second.outputs) == ([y, t], [z, w])


def test_a_group_does_not_wait_for_itself_by_way_of_another():
    x = Variable((1000, 100), np.dtype(np.float32))
    turned = Variable((100, 1000), np.dtype(np.float32))
    e, y = equation("exp", x)
    p, t = equation("permute_dims", y, out=turned, axes=(1, 0))
    s, u = equation("sin", t)
    back, v = equation("permute_dims", u, out=Variable(x.shape, x.dtype), axes=(1, 0))
    a, z = equation("add", y, v)
    found = groups.grouped([e, p, s, back, a], [z])
    assert [step.equations if isinstance(step, groups.Group) else step for step in found] == [[e], p, [s], back, [a]]


def test_no_buffer_has_two_blocks_at_a_time():
    x = Variable((1_000_000,), np.dtype(np.float32))
    y, steps = x, []
    for name in ("exp", "sin", "tanh", "exp", "square"):
        step, out = equation(name, y)
        other, y = equation("add", out, x)
        steps += [step, other]
    (group,) = groups.grouped(steps, [y])
    plan = plan_buffers(group, ())
    assert len(plan.itemsizes) == 1  # each writes over what it reads
    step, z = equation("multiply", steps[0].outputs[0], y)
    (group,) = groups.grouped([*steps, step], [z])
    plan = plan_buffers(group, ())
    assert len(plan.itemsizes) == 2
    holds = {}
    for item in group.work:
        for v in reads_of(item):
            assert v not in plan.place or holds[plan.place[v]] is v
        if item.out in plan.place:
            holds[plan.place[item.out]] = item.out


# -- whole functions -----------------------------------------------------------------------------------------------------
def pair(shape, dtype=np.float64):
    random = np.random.default_rng(0)
    x, target = random.standard_normal((2, *shape)).astype(dtype)
    return wg.tensor(x, requires_grad=True), wg.tensor(target)


def training(x, target):
    x.grad = None
    y = wg.tanh(x) * 2 + wg.exp(-x * x)
    y = wg.where(y > 0.5, y, y * 0.1)
    centred = y - y.mean(axis=0)
    loss = ((centred - target) ** 2).mean() + wg.max(y) + (y / (1 + y.sum(axis=1, keepdims=True) ** 2)).sum()
    loss.backward()
    return loss.detach(), x.grad


@pytest.mark.parametrize("shape", [(300, 250), (70_000, 2), (2, 70_000)])
def test_forward_and_backward(shape):
    x, target = pair(shape)
    want = [np.array(t.numpy()) for t in training(x, target)]
    function = wg.compile(training, backend="python")
    function(x, target)
    for _ in range(2):
        for got, expected in zip(function(x, target), want, strict=True):
            np.testing.assert_allclose(got.numpy(), expected, rtol=1e-11, atol=1e-13)
    assert function.captures == 1
    assert segments(function)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 2**17 - 1, 2**17, 2**17 + 1, 300_000])
def test_sizes_around_blocks(size):
    def program(x):
        y = wg.sin(x) * x
        return y, y.sum(), wg.max(y)

    x = wg.tensor(np.linspace(-3, 3, size, dtype=np.float32))
    function = wg.compile(program, backend="python")
    function(x)
    y, s, top = function(x)
    assert bool(segments(function)) is (size >= groups.LEAST)
    same(y.numpy(), (wg.sin(x) * x).numpy())
    same(top.numpy(), y.numpy().max())
    exact = y.numpy().astype(np.float64).sum()
    error = (25 + np.log2(size)) * np.finfo(np.float32).eps * np.abs(y.numpy()).astype(np.float64).sum()
    assert abs(s.item() - exact) <= error


def test_only_outputs_are_whole_arrays():
    import tracemalloc

    def program(x):
        return wg.sqrt(wg.sin(wg.exp(wg.tanh(x)) + x) ** 2 + 1.0)

    x = wg.tensor(np.linspace(-1, 1, 2_000_000, dtype=np.float32))
    function = wg.compile(program, backend="python")
    function(x)
    function(x)
    tracemalloc.start()
    function(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * x.numpy().nbytes


def test_dead_arrays_are_written_over():
    def program(x):
        product = wg.sin(x) @ x  # two arrays: the sine, the product, then the cosine in its place
        return wg.cos(product) * 2

    x = wg.tensor(np.linspace(-1, 1, 160_000).reshape(400, 400))
    function = wg.compile(program, backend="python")
    want = function(x).numpy()
    same(function(x).numpy(), want)
    _, group = segments(function)[0].function.source.split("def group")[1:]
    assert ".flags.carray else empty(" in group
    assert group.count("empty(") == 1


def test_what_is_read_later_is_not_written_over():
    def program(x):
        product = wg.sin(x) @ x
        return wg.cos(product) * 2, product.T + 1, wg.sum(product, axis=0) * 2

    x = wg.tensor(np.linspace(-1, 1, 160_000).reshape(400, 400))
    function = wg.compile(program, backend="python")
    want = function(x)
    for got, expected in zip(function(x), want, strict=True):
        np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-12)


def test_what_does_not_lie_in_row_major_order_is_not_written_over():
    x = np.linspace(-1, 1, 90_000).reshape(300, 300).T
    sin, sine = equation("sin", Variable((300, 300), np.dtype(np.float64)))
    cos, cosine = equation("cos", sine)
    steps = [sin, *groups.grouped([cos], [cosine])]
    function = source.make_segment(steps, [next(sin.reads())], [cosine])
    assert ".flags.carray else empty(" in function.source
    same(function(x)[0], np.cos(np.sin(x)))


def test_between_groups_dead_arrays_are_written_over_too():
    def program(x):
        y = wg.sin(x) @ x
        return wg.cos(y * 2) @ x

    x = wg.tensor(np.linspace(-1, 1, 90_000).reshape(300, 300))
    with blocks(1, small=False), pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "LEAST", 100_000)
        big = wg.tensor(np.ones(200_000))
        function = wg.compile(lambda x, big: (program(x), wg.exp(big)), backend="python")
        want = function(x, big)[0].numpy()
        same(function(x, big)[0].numpy(), want)
    lines = segments(function)[0].function.source.splitlines()
    assert any(re.fullmatch(r" +(v\d+) = f_cos\((v\d+), out=\2\)", line) for line in lines)


def test_warnings_and_errors_are_those_of_the_caller():
    function = wg.compile(lambda x: wg.log(x) + 1, backend="python")
    x = wg.tensor(np.ones(200_000))
    bad = wg.tensor(np.linspace(-1, 1, 200_000))
    with blocks(2, small=False):
        function(x)
        with np.errstate(invalid="ignore", divide="ignore"):
            assert np.isnan(function(bad).numpy()).sum() == 100_000
        with np.errstate(invalid="raise"), pytest.raises(FloatingPointError) as caught:
            function(bad)
    assert any(note.startswith("computing log") for note in caught.value.__notes__)
    np.testing.assert_array_equal(function(x).numpy(), np.ones(200_000))


def test_threads_are_made_again_after_a_fork():
    pool = threads.Pool(2)
    done = []
    pool.run(lambda take: done.append(take()), 1, many=True)
    assert done == [0]
    pool._threads()
    pool.forget()
    assert pool._executor is None


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_block_is_run_once(count):
    done = []

    def work(take):
        with contextlib.suppress(IndexError):
            while True:
                done.append(take())

    threads.Pool(count).run(work, 1000, many=True)
    assert sorted(done) == list(range(1000))


@pytest.mark.parametrize("shape", [(1_000_000,), (1000, 1000), (20_000, 50), (50, 20_000)])
def test_results_do_not_depend_on_the_number_of_threads(shape, monkeypatch):
    def program(x):
        y = wg.sin(x) * x
        return y, y.sum(), y.mean(axis=0), y.sum(axis=-1), wg.max(y)

    used = set()
    work = threads.scratch

    def scratch(size):
        used.add(threading.get_ident())
        return work(size)

    monkeypatch.setattr(source, "scratch", scratch)
    x = wg.tensor(np.random.default_rng(0).standard_normal(shape).astype(np.float32))
    function = wg.compile(program, backend="python")
    function(x)
    results = []
    for size in (1, 2):
        used.clear()
        with blocks(size, small=False):
            results.append([t.numpy().tobytes() for t in function(x)])
        assert len(used) <= size
    assert results[0] == results[1]
    with blocks(2, small=False):
        for _ in range(20):
            function(x)
    assert len(used) == 2


LASTING = [(wg.exp, True), (wg.nn.functional.gelu, True), (wg.special.erfc, True), (wg.abs, False)]


@pytest.mark.parametrize(("function", "shared"), LASTING)
def test_what_takes_long_is_shared_among_threads(function, shared, monkeypatch):
    found = []
    run = threads.POOL.run
    x = wg.asarray(np.linspace(-1, 1, 100_000, dtype=np.float32))
    compiled = wg.compile(lambda x: function(x) * 2, backend="python")
    compiled(x)
    monkeypatch.setattr(threads.POOL, "run", lambda work, blocks, many: (found.append(many), run(work, blocks, many)))
    same(compiled(x), function(x) * 2)
    assert found == [shared]


def test_the_cores_are_counted():
    assert 1 <= threads.POOL.size <= (os.cpu_count() or 1)


def test_small_arrays_and_other_libraries_are_not_for_it():
    function = wg.compile(lambda x: wg.exp(x) * 2, backend="python")
    function(wg.tensor(np.ones(1000)))
    assert not segments(function)
    torch = pytest.importorskip("torch")
    function = wg.compile(lambda x: wg.exp(x) * 2, backend="python")
    function(wg.tensor(torch.ones(100_000)))
    assert not segments(function)


def test_a_backward_alone():
    x, target = pair((300, 400))
    want = [np.array(t.numpy()) for t in training(x, target)]
    with wg.compiled_autograd(backend="python", compiler=None) as compiler:
        for _ in range(3):
            got = training(x, target)
            for a, b in zip(got, want, strict=True):
                np.testing.assert_allclose(a.numpy(), b, rtol=1e-11, atol=1e-13)
    assert compiler.counts["hits"] >= 2
