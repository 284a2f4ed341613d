"""Programs of random steps, for tests of passes: equations on small arrays, and effects that write to the memory of others."""

from __future__ import annotations

import warnings

import numpy as np

import wengert as wg
from choices import drawing
from wengert.compiled.calling import called, put_results
from wengert.compiled.ir import Equation, Step, Variable, variables_in
from wengert.op import OPERATORS
from wengert.op_batching import compute

UNARY = ["negative", "negative", "abs", "exp", "log", "sqrt", "square", "positive", "clone", "conj", "real", "sin", "tanh"]
BINARY = ["add", "subtract", "multiply", "divide", "maximum"]
NUMBERS = [0, 1, 0.0, -0.0, 1.0, 2, 0.5, -3.0]
KINDS = ["unary", "unary", "binary", "binary", "number", "number", "product", "shape", "effect", "again", "again"]
SHAPES = [(3, 4), (4, 3), (4, 4), (3, 3), (4,), (3,), ()]


class Effect(Step):
    """An effect that reads variables; where it is run, it writes to the memory of what it reads and of the program's inputs."""

    __slots__ = ("place", "variables")

    def __init__(self, *variables):
        self.place, self.variables = -1, variables

    def reads(self):
        return iter(self.variables)

    def makes(self):
        return iter(())

    def run(self, known, inputs):
        for v in (*self.variables, *inputs):
            array = known[v]
            if array.flags.writeable and array.dtype.kind in "fc":
                array += 1


def random_array(random, shape, dtype):
    x = random.standard_normal(shape) * 2
    x = np.where(random.random(shape) < 0.1, random.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], shape), x)
    return np.asarray(x + 1j * random.standard_normal(shape) if np.dtype(dtype).kind == "c" else x, dtype)


@drawing
def programs(draw, *, effects=True, tame=False, most=25):
    """Inputs with their arrays, steps, and what is wanted. If `tame`, of real numbers around 2, with all results finite."""
    random = np.random.default_rng(draw.number(0, 2**32))
    dtypes = [np.float64] if tame else [np.float64, np.float64, np.float32, np.complex128]
    known = []
    for _ in range(draw.number(1, 3)):
        shape, dtype = draw.one_of(SHAPES), draw.one_of(dtypes)
        array = np.asarray(random.uniform(1, 3, shape), dtype) if tame else random_array(random, shape, dtype)
        known.append((Variable(shape, array.dtype), array))
    inputs, steps = list(known), []
    for _ in range(draw.number(1, most)):
        x, y = (draw.one_of(known[-5:] if draw.flip() else known) for _ in range(2))
        kind = draw.one_of(KINDS)
        if kind == "effect":
            if effects and draw.flip():
                steps.append(Effect(*(v for v, a in (x,) if a.dtype.kind in "fc" and draw.flip())))
            continue
        if kind == "again" and any(isinstance(step, Equation) for step in steps):
            old = draw.one_of([step for step in steps if isinstance(step, Equation)])
            value = dict(known)[old.outputs[0]]
            step = Equation(old.op, old.arguments, (Variable(value.shape, value.dtype),), True)
        else:
            step, value = attempt(*chosen(draw, kind, x, y))
        if step is None or (tame and not np.all(np.abs(value) < 1e6)):
            continue
        steps.append(step)
        known.append((step.outputs[0], value))
    if draw.flip():  # read it all once more, the youngest first, as a backward does
        for old in known[::-1]:
            step, value = attempt("add", {"x1": known[-1], "x2": old})
            if step is not None and value.shape == known[-1][1].shape:
                steps.append(step)
                known.append((step.outputs[0], value))
    made = [v for v, _ in known if v not in dict(inputs)]
    wanted = made[-1:] + [v for v in made[:-1] if draw.number(0, 5) == 0]
    wanted = wanted or [inputs[0][0]]
    return inputs, steps, wanted


def chosen(draw, kind, x, y):
    """An operator and its arguments, of pairs of a variable and its array."""
    if kind in ("unary", "again"):
        return draw.one_of(UNARY), {"x": x}
    if kind in ("binary", "number"):
        constants = [*NUMBERS, np.ones(x[1].shape), np.broadcast_to(0.0, x[1].shape)]
        other = y if kind == "binary" else draw.one_of(constants)
        pair = (x, other) if draw.flip() else (other, x)
        return draw.one_of(BINARY), {"x1": pair[0], "x2": pair[1]}
    if kind == "product":
        return "matmul", {"x1": x, "x2": y}
    axes = tuple(draw.order(range(x[1].ndim)))
    return draw.one_of([
        ("matrix_transpose", {"x": x}),
        ("permute_dims", {"x": x, "axes": axes}),
        ("reshape", {"x": x, "shape": draw.one_of([(-1,), x[1].shape[::-1], x[1].shape]), "copy": None}),
        ("broadcast_to", {"x": x, "shape": (2, *x[1].shape) if draw.flip() else x[1].shape}),
        ("astype", {"x": x, "dtype": np.dtype(draw.one_of([np.float64, np.float32]))}),
        ("where", {"condition": np.asarray(True), "x1": x, "x2": y}),
        ("sum", {"x": x, "axis": None, "dtype": None, "keepdims": False}),
    ])


def attempt(name, arguments):
    """The equation and its result; nothing where the operator refuses."""

    def part(value, number):
        return value[number] if type(value) is tuple and value and isinstance(value[0], Variable) else value

    op = OPERATORS[name]
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            value = np.asarray(compute(op, {n: part(v, 1) for n, v in arguments.items()}))
    except (TypeError, ValueError, IndexError, OverflowError, wg.errors.WengertError):
        return None, None
    if value.size > 64 or value.ndim > 3:
        return None, None
    out = Variable(value.shape, value.dtype)
    return Equation(op, {n: part(v, 0) for n, v in arguments.items()}, (out,), True), value


def run(inputs, steps, wanted):
    """The results, computed step by step."""
    known = {v: array.copy() for v, array in inputs}
    names = [v for v, _ in inputs]
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        for step in steps:
            if isinstance(step, Equation):
                result = called(step, known.__getitem__)
                put_results(step, np.asarray(result) if step.single else result, known)
            else:
                step.run(known, names)
    return [np.array(known[v]) for v in variables_in(list(wanted))]


def assert_same_bits(got, want):
    """Equal bit by bit, but for what a NaN carries."""
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        for part in (np.real, np.imag) if a.dtype.kind == "c" else (np.asarray,):
            x, y = part(a), part(b)
            np.testing.assert_array_equal(x, y)
            np.testing.assert_array_equal(np.signbit(x)[~np.isnan(y)], np.signbit(y)[~np.isnan(y)])
