"""From equations to loops: for each operator that is known, the statements that compute it.

`translate` raises `Unknown` for an equation that no statement here computes exactly as the operator's forward does: dtypes other
than booleans, integers and floats of 32 and 64 bits, keys that are arrays, numbers that do not fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....arrays.adapter import NUMBERS, library
from ....arrays.shapes import normalize_axes
from ...ir import Equation, LibraryFunction, Variable
from .loops import Plan, Term, View

__all__ = ["Operand", "Translator", "Unknown"]

#: The dtypes that loops compute with.
DTYPES = frozenset(map(np.dtype, ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "f4", "f8")))

#: Python's numbers as Numba has them.
_NUMBER_DTYPES = {bool: np.dtype("bool"), int: np.dtype("int64"), float: np.dtype("float64")}

#: The source of NumPy's functions of elements in their loop's dtype, where Numba's own function of that name is not taken.
SOURCES: dict[Any, str] = {
    np.add: "({0} + {1})",
    np.subtract: "({0} - {1})",
    np.multiply: "({0} * {1})",
    np.divide: "({0} / {1})",
    np.negative: "(-{0})",
    np.positive: "{0}",
    np.square: "square({0})",
    np.equal: "({0} == {1})",
    np.not_equal: "({0} != {1})",
    np.less: "({0} < {1})",
    np.less_equal: "({0} <= {1})",
    np.greater: "({0} > {1})",
    np.greater_equal: "({0} >= {1})",
    np.maximum: "larger({1}, {0})",
    np.minimum: "smaller({1}, {0})",
    np.conjugate: "{0}",
}

#: Numba's scalar functions that agree with NumPy's.
SAME = (
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.isnan, np.isinf, np.isfinite, np.signbit,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.sqrt, np.exp, np.expm1, np.exp2, np.log, np.log1p, np.log2,
    np.log10, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.arctan2, np.hypot, np.deg2rad, np.rad2deg, np.sinh,
    np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh, np.fmax, np.fmin, np.absolute, np.floor, np.ceil, np.trunc,
    np.copysign, np.logaddexp,
)  # fmt: skip
SOURCES.update({ufunc: f"np.{ufunc.__name__}({', '.join(f'{{{i}}}' for i in range(ufunc.nin))})" for ufunc in SAME})

#: The same of functions that only floats are known for.
FLOATS = {np.reciprocal: "(1 / {0})", np.sign: "sign({0})"}

#: The same of operators whose function is a body of its own.
BODIES = {
    "rsqrt": "(1 / np.sqrt({0}))",
    "relu": "larger({0}, zero)",
    "sigmoid": "(1 / (1 + np.exp(-{0})))",
    "silu": "({0} * (1 / (1 + np.exp(-{0}))))",
}

#: Exponents for which NumPy, or this, multiplies.
POWERS = {1: "{0}", 2: "square({0})", 3: "cube({0})", 4: "square(square({0}))", 0.5: "np.sqrt({0})", -1: "(1 / {0})"}

#: Products of fewer numbers are loops of their own, as a call of BLAS takes longer.
SMALL_PRODUCT = 2048


class Unknown(Exception):  # noqa: N818  (nobody but this package sees it)
    """An equation that no loop is known for."""


class Operand:
    """An argument of an equation.

    Attributes
    ----------
    view : View or None
        None for a number that is written into the source.
    value : number
        That number.
    kind : dtype or type
        Its dtype; of a Python number, which adopts that of the arrays it meets, its type.
    """

    __slots__ = ("kind", "value", "view")

    def __init__(self, view: View | None, kind: Any, value: Any = None) -> None:
        self.view, self.kind, self.value = view, kind, value

    @property
    def shape(self) -> tuple[int, ...]:
        return self.view.shape if self.view is not None else ()

    def term(self, dtype: Any) -> Term:
        """It as an operand of a statement, converted to `dtype`."""
        if self.view is None:
            return Term(None, dtype, number_source(self.value, dtype))
        old = self.view.dtype
        if old.kind == "f" and dtype.kind in "iu":
            raise Unknown("floats as integers")
        if self.kind is int and dtype.kind in "iu" and dtype != old:
            raise Unknown("an integer that may not fit")
        return Term(self.view, dtype)


def number_source(value: Any, dtype: Any) -> str:
    """The source of a number of that dtype."""
    try:
        value = dtype.type(value)
    except (OverflowError, ValueError, TypeError) as error:
        raise Unknown(f"{value!r} as {dtype}") from error
    if dtype.kind == "b":
        return repr(bool(value))
    if dtype.kind in "iu":
        return f"{dtype.name}({int(value)})"
    code = repr(float(value))  # also inf and nan are names there
    return f"{dtype.name}({code})"


def _known(dtype: Any) -> Any:
    dtype = np.dtype(dtype)
    if dtype not in DTYPES or not dtype.isnative:
        raise Unknown(f"dtype {dtype}")
    return dtype


class Translator:
    """Translates equations one by one into the statements of a plan.

    Attributes
    ----------
    plan : Plan
    env : dict
        From variable to operand.
    """

    def __init__(self, inputs: Sequence[Variable] = ()) -> None:
        self.plan = Plan()
        self.env: dict[Variable, Operand] = {}
        self.constants: dict[int, tuple[Any, Operand]] = {}
        for number, variable in enumerate(inputs):
            self.input(number, variable)

    def input(self, number: int, variable: Variable) -> None:
        """Let `variable` be the input of that number."""
        kind = variable.dtype
        if isinstance(kind, type) and kind in NUMBERS:
            if kind not in _NUMBER_DTYPES:
                raise Unknown(kind.__name__)
            view = self.plan.input(number, (), _NUMBER_DTYPES[kind])
            self.env[variable] = Operand(view, view.dtype if kind is bool else kind)
        else:
            self.env[variable] = Operand(self.plan.input(number, variable.shape, _known(kind)), _known(kind))

    def translate(self, equation: Equation) -> None:
        """Add what computes `equation`.

        Raises
        ------
        Unknown
            If there is nothing.
        """
        for out in equation.makes():
            _known(out.dtype)
        views = self._function(equation)
        for out, view in zip(equation.outputs, views, strict=True):
            if out is not None and view is not None:
                if view.shape != tuple(out.shape) or view.dtype != out.dtype:
                    raise Unknown(f"{equation.op.name}: {view.dtype}{list(view.shape)} in place of {out.described()}")
                self.env[out] = Operand(view, view.dtype)

    def _function(self, equation: Equation) -> Sequence[View | None]:
        op, arguments, out = equation.op, equation.arguments, equation.outputs[0]
        if isinstance(op, LibraryFunction):
            return [self.library_function(op, arguments, out)]
        if op.table is not None:
            return [self.elementwise(op.name, op.table[np.ndarray], [self.operand(a) for a in arguments.values()], out)]
        rule = RULES.get(op.name)
        if rule is None:
            raise Unknown(op.name)
        found = rule(self, out, **arguments)
        return found if isinstance(found, tuple) else [found]

    # -- operands
    def operand(self, value: Any) -> Operand:
        if isinstance(value, Variable):
            return self.env[value]
        if type(value) in NUMBERS:
            if type(value) is complex:
                raise Unknown("complex")
            return Operand(None, np.dtype(bool) if type(value) is bool else type(value), value)
        if isinstance(value, np.generic):
            return Operand(None, _known(value.dtype), value)
        if type(value) is np.ndarray:
            known = self.constants.get(id(value))
            if known is None:
                known = self.constants[id(value)] = value, self._constant(value)
            return known[1]
        raise Unknown(type(value).__name__)

    def _constant(self, array: Any) -> Operand:
        """An array that is no input: its memory is read where it lies, since somebody may write to it."""
        dtype, item = _known(array.dtype), array.itemsize
        if any(s % item for s in array.strides) or not array.flags.aligned:
            raise Unknown("memory that is not aligned")
        strides = tuple(s // item if n > 1 else 0 for s, n in zip(array.strides, array.shape, strict=True))
        reach = [(n - 1) * s for n, s in zip(array.shape, strides, strict=True)] if array.size else []
        low, high = sum(min(r, 0) for r in reach), sum(max(r, 0) for r in reach)
        address = array.__array_interface__["data"][0] + low * item
        root = self.plan.root(array.shape, dtype, (array, address), high - low + 1 if array.size else 0)
        return Operand(View(root, array.shape, strides, -low), dtype)

    def view(self, value: Any) -> View:
        """An argument as an array."""
        operand = self.operand(value)
        if operand.view is None or isinstance(operand.kind, type):
            raise Unknown("a number in the place of an array")
        return operand.view

    # -- elementwise
    def elementwise(self, name: str, function: Any, operands: list[Operand], out: Any) -> View:
        """A function of elements, in the dtype of the loop that NumPy would take."""
        if all(isinstance(o.kind, type) for o in operands):
            raise Unknown("numbers only")
        code = SOURCES.get(function) if isinstance(function, np.ufunc) else None
        if name == "pow":
            code, operands = self._power(operands)
            function = np.power
        elif name in ("real", "conj"):
            code, function = "{0}", np.positive
        elif code is None:
            code = FLOATS.get(function) if isinstance(function, np.ufunc) else BODIES.get(name)
            if code is None or any(np.dtype(o.kind).kind != "f" for o in operands):
                raise Unknown(name)
        if not isinstance(function, np.ufunc):
            dtypes = [operands[0].kind, out.dtype]
        elif (function is np.power and len(operands) == 1) or (function is np.positive and out.dtype == bool):
            dtypes = [out.dtype, out.dtype]
        else:
            try:
                dtypes = function.resolve_dtypes((*(o.kind for o in operands), *[None] * function.nout))
            except (TypeError, ValueError) as error:
                raise Unknown(name) from error
        *takes, gives = map(_known, dtypes)
        if len({*takes}) > 1 or gives != out.dtype:
            raise Unknown(f"{name} of {takes}")
        return self._computed(out, code, [o.term(d) for o, d in zip(operands, takes, strict=True)])

    def _computed(self, out: Variable, code: str, terms: list[Term]) -> View:
        """The elements as `out` has them: Numba gives more bits where it computes with integers."""
        dtype = np.dtype(out.dtype)
        if dtype.kind == "b":
            wrapped = code if any(t in code for t in ("==", "!=", "<", ">", "np.")) else f"({code} != 0)"
        else:
            wrapped = f"{dtype.name}({code})"
        return self.plan.compute(tuple(out.shape), dtype, wrapped.replace("zero", f"{dtype.name}(0)"), terms)

    @staticmethod
    def _power(operands: list[Operand]) -> tuple[str, list[Operand]]:
        base, exponent = operands
        if exponent.view is None:
            code = POWERS.get(exponent.value)
            if code is not None and np.dtype(base.kind).kind == "f" and exponent.kind in (int, float):
                return code, [base]
            if exponent.kind is int and exponent.value == 2 and np.dtype(base.kind).kind in "iu":
                return "square({0})", [base]
        if any(np.dtype(o.kind).kind != "f" and o.kind is not int for o in operands) or not any(
            np.dtype(o.kind).kind == "f" for o in operands
        ):
            raise Unknown("powers of integers")
        return "({0} ** {1})", operands

    # -- functions of the library
    def library_function(self, function: LibraryFunction, arguments: dict[str, Any], out: Any) -> View:
        adapter, args = library("numpy"), arguments["args"]
        name = function.name
        if arguments["kwargs"]:
            raise Unknown(name)
        if name == "cast" and function.forward == adapter.cast:
            return cast(self, out, *args)
        if name == "broadcast_to" and function.forward == adapter.broadcast_to:
            return self.view(args[0]).broadcast(tuple(args[1]))
        found = getattr(np, name, None)
        if isinstance(found, np.ufunc) and function.forward is found and found.nout == 1:
            return self.elementwise(name, found, [self.operand(a) for a in args], out)
        raise Unknown(name)


# -- views ---------------------------------------------------------------------------------------------------------------
def _reshape(t: Translator, out: Any, x: Any, **statics: Any) -> View:  # noqa: ARG001  (whatever says so, the shape is known)
    view, shape = t.view(x), tuple(out.shape)
    found = view.reshaped(shape)
    if found is None:
        found = t.plan.copied(view).reshaped(shape)
        assert found is not None
    return found


def _permuted(t: Translator, out: Any, x: Any, axes: Sequence[int]) -> View:  # noqa: ARG001
    view = t.view(x)
    return view.permuted([a % len(view.shape) for a in axes])


def _matrix_transpose(t: Translator, out: Any, x: Any) -> View:  # noqa: ARG001
    view = t.view(x)
    order = list(range(len(view.shape)))
    return view.permuted([*order[:-2], order[-1], order[-2]])


def _broadcast_to(t: Translator, out: Any, x: Any, shape: Any) -> View:  # noqa: ARG001
    return t.view(x).broadcast(tuple(out.shape))


def _spread(t: Translator, out: Any, x: Any, shape: Any, axis: Any, keepdims: bool) -> View:  # noqa: ARG001
    view = t.view(x)
    if axis is not None and not keepdims:
        axes = normalize_axes(axis, len(shape))
        found = view.reshaped(tuple(1 if a in axes else n for a, n in enumerate(shape)))
        assert found is not None  # only axes of length 1 are new
        view = found
    return view.broadcast(tuple(shape))


def _basic(key: Any, ndim: int) -> list[Any]:
    """A key without Ellipsis."""
    parts = list(key) if type(key) is tuple else [key]
    if any(type(p) not in (int, slice, type(None), type(Ellipsis)) for p in parts):
        raise Unknown("a key that is an array")
    if any(type(p) is slice and any(type(v) not in (int, type(None)) for v in (p.start, p.stop, p.step)) for p in parts):
        raise Unknown("a slice between variables")
    rest = ndim - sum(p is not None and p is not Ellipsis for p in parts)
    if Ellipsis in parts:
        place = parts.index(Ellipsis)
        parts[place : place + 1] = [slice(None)] * rest
    return parts


def _getitem(t: Translator, out: Any, x: Any, key: Any) -> View:  # noqa: ARG001
    view = t.view(x)
    return view.sliced(_basic(key, len(view.shape)))


def _scatter(t: Translator, out: Any, x: Any, shape: Any, key: Any) -> View:  # noqa: ARG001
    view, parts = t.view(x), _basic(key, len(shape))
    if math.prod(shape) == 1:  # a scalar, all of it or nothing
        if 0 in view.shape:
            return t.plan.compute(tuple(shape), view.dtype, number_source(0, view.dtype), [])
        found = t.plan.copied(view).reshaped(tuple(shape))
        assert found is not None
        return found
    zeros = t.plan.zeros(tuple(shape), view.dtype)
    t.plan.assign(zeros.sliced(parts), "{0}", [Term(view, view.dtype)])
    return zeros


def _concat(t: Translator, out: Any, arrays: Any, axis: Any) -> View:
    if axis is None:
        raise Unknown("concat of everything")
    whole = t.plan.zeros(tuple(out.shape), out.dtype)
    if whole.root.scalar:
        raise Unknown("concat of one element")
    start, axis = 0, axis % len(out.shape)
    for array in arrays:
        view = t.view(array)
        stop = start + view.shape[axis]
        target = whole.sliced([*[slice(None)] * axis, slice(start, stop)])
        t.plan.assign(target, "{0}", [Operand(view, view.dtype).term(np.dtype(out.dtype))])
        start = stop
    return whole


def _stack(t: Translator, out: Any, arrays: Any, axis: Any) -> View:
    whole = t.plan.zeros(tuple(out.shape), out.dtype)
    if whole.root.scalar:
        raise Unknown("a stack of one element")
    for number, array in enumerate(arrays):
        view = t.view(array)
        target = whole.sliced([*[slice(None)] * (axis % len(out.shape)), number])
        t.plan.assign(target, "{0}", [Operand(view, view.dtype).term(np.dtype(out.dtype))])
    return whole


# -- elementwise ---------------------------------------------------------------------------------------------------------
def cast(t: Translator, out: Any, x: Any, dtype: Any = None) -> View:  # noqa: ARG001  (the dtype is known)
    return t.plan.compute(tuple(out.shape), out.dtype, "{0}", [t.operand(x).term(np.dtype(out.dtype))])


def _clone(t: Translator, out: Any, x: Any) -> View:
    return cast(t, out, x)


def _where(t: Translator, out: Any, condition: Any, x1: Any, x2: Any) -> View:
    chosen, dtype = t.operand(condition), np.dtype(out.dtype)
    if isinstance(chosen.kind, type):
        raise Unknown("a number for a condition")
    terms = [chosen.term(np.dtype(bool)), t.operand(x1).term(dtype), t.operand(x2).term(dtype)]
    return t.plan.compute(tuple(out.shape), dtype, "({1} if {0} else {2})", terms)


def _clip(t: Translator, out: Any, x: Any, min: Any = None, max: Any = None) -> View:
    dtype = np.dtype(out.dtype)
    operands = [t.operand(v) for v in (x, min, max) if v is not None]
    code = "{0}" if min is None else "larger({1}, {0})"
    if max is not None:
        code = f"smaller({{{len(operands) - 1}}}, {code})"
    return t.plan.compute(tuple(out.shape), dtype, code, [o.term(dtype) for o in operands])


def _ties(t: Translator, out: Any, x: Any, top: Any, axis: Any, keepdims: bool) -> View:
    view, best = t.view(x), t.view(top)
    if view.dtype != best.dtype:
        raise Unknown("ties between dtypes")
    if axis is not None and not keepdims:
        axes = normalize_axes(axis, len(view.shape))
        found = best.reshaped(tuple(1 if a in axes else n for a, n in enumerate(view.shape)))
        assert found is not None  # only axes of length 1 are new
        best = found
    code = "({0} == {1} or ({0} != {0} and {1} != {1}))" if view.dtype.kind == "f" else "({0} == {1})"
    return t.plan.compute(tuple(out.shape), bool, code, [Term(view, view.dtype), Term(best, best.dtype)])


# -- reductions ----------------------------------------------------------------------------------------------------------
def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    return tuple(range(ndim)) if axis is None else tuple(normalize_axes(axis, ndim))


def _reduction(kind: str) -> Callable[..., View]:
    def reduction(t: Translator, out: Any, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> View:
        view, axes = t.view(x), _axes(axis, len(t.view(x).shape))
        wanted = np.dtype(out.dtype)
        if kind in ("max", "min") and (math.prod(view.shape[a] for a in axes) == 0 or view.dtype != wanted):
            raise Unknown(f"{kind} of nothing")
        if kind == "sum" and wanted.kind == "b":
            raise Unknown("a sum of truths in their own dtype")
        term = Operand(view, view.dtype).term(wanted)
        found = t.plan.reduce(view, axes, kind, wanted, terms=[term]).reshaped(tuple(out.shape))
        assert found is not None
        return found

    return reduction


def _mean(t: Translator, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> View:  # noqa: ARG001
    view = t.view(x)
    if view.dtype.kind != "f" or 0 in view.shape:
        raise Unknown("a mean of nothing, or of integers")
    axes = _axes(axis, len(view.shape))
    total = t.plan.reduce(view, axes, "sum", view.dtype)
    count = number_source(math.prod(view.shape[a] for a in axes), view.dtype)
    found = t.plan.compute(total.shape, view.dtype, "({0} / {1})", [Term(total, view.dtype), Term(None, view.dtype, count)])
    return found.reshaped(tuple(out.shape))  # type: ignore[return-value]


def _floats(t: Translator, x: Any, axes: tuple[int, ...]) -> View:
    view = t.view(x)
    if view.dtype.kind != "f" or math.prod(view.shape[a] for a in axes) == 0 or not view.shape:
        raise Unknown("no floats, or none of them")
    return view


def _shifted(t: Translator, view: View, axes: tuple[int, ...], code: str = "({0} - {1})") -> tuple[View, View]:
    """The largest elements over `axes`, and `code` of the elements and of these."""
    top = t.plan.reduce(view, axes, "max", view.dtype)
    return top, t.plan.compute(view.shape, view.dtype, code, [Term(view, view.dtype), Term(top, view.dtype)])


def _softmax(t: Translator, out: Any, x: Any, axis: int = -1) -> View:  # noqa: ARG001
    axes = (axis % max(len(t.view(x).shape), 1),)
    view = _floats(t, x, axes)
    dtype = view.dtype
    _, powers = _shifted(t, view, axes, "np.exp({0} - {1})")
    total = t.plan.reduce(powers, axes, "sum", dtype)
    return t.plan.compute(view.shape, dtype, "({0} / {1})", [Term(powers, dtype), Term(total, dtype)])


def _log_softmax(t: Translator, out: Any, x: Any, axis: int = -1) -> View:  # noqa: ARG001
    axes = (axis % max(len(t.view(x).shape), 1),)
    view = _floats(t, x, axes)
    dtype = view.dtype
    _, shifted = _shifted(t, view, axes)
    total = t.plan.reduce(view, axes, "sum", dtype, "np.exp({0})", [Term(shifted, dtype)])
    logs = t.plan.compute(total.shape, dtype, "np.log({0})", [Term(total, dtype)])
    return t.plan.compute(view.shape, dtype, "({0} - {1})", [Term(shifted, dtype), Term(logs, dtype)])


def _logsumexp(t: Translator, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> View:  # noqa: ARG001
    axes = _axes(axis, len(t.view(x).shape))
    view = _floats(t, x, axes)
    dtype = view.dtype
    top = t.plan.reduce(view, axes, "max", dtype)
    top = t.plan.compute(top.shape, dtype, f"({{0}} if np.isfinite({{0}}) else {dtype.name}(0))", [Term(top, dtype)])
    terms = [Term(view, dtype), Term(top, dtype)]
    total = t.plan.reduce(view, axes, "sum", dtype, "np.exp({0} - {1})", terms)
    code = f"({dtype.name}(-inf) if {{0}} == 0 else np.log({{0}}) + {{1}})"
    found = t.plan.compute(total.shape, dtype, code, [Term(total, dtype), Term(top, dtype)])
    return found.reshaped(tuple(out.shape))  # type: ignore[return-value]


# -- products ------------------------------------------------------------------------------------------------------------
def _matmul(t: Translator, out: Any, x1: Any, x2: Any) -> View:
    a, b = t.view(x1), t.view(x2)
    dtype, shape = np.dtype(out.dtype), tuple(out.shape)
    if dtype.kind == "b":
        raise Unknown("a product of truths")
    if len(a.shape) == 1:
        a = View(a.root, (1, *a.shape), (0, *a.strides), a.offset)
    if len(b.shape) == 1:
        b = View(b.root, (*b.shape, 1), (*b.strides, 0), b.offset)
    front = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    if not front and dtype.kind == "f" and a.dtype == b.dtype == dtype and m * n * k > SMALL_PRODUCT:
        found: View = _blas(t, a, b)
    else:
        a, b = a.broadcast((*front, m, k)), b.broadcast((*front, k, n))
        first = View(a.root, (*front, m, n, k), (*a.strides[:-1], 0, a.strides[-1]), a.offset)
        second = View(b.root, (*front, m, n, k), (*b.strides[:-2], 0, b.strides[-1], b.strides[-2]), b.offset)
        terms = [Operand(v, v.dtype).term(dtype) for v in (first, second)]
        found = t.plan.reduce(first, (len(front) + 2,), "sum", dtype, "({0} * {1})", terms)
    return found.reshaped(shape)  # type: ignore[return-value]


def _matrix(t: Translator, view: View) -> tuple[View, str]:
    """What BLAS can read of a matrix, and how: it, or its transpose, with rows one after the other."""
    if not view.contiguous and view.permuted((1, 0)).contiguous:
        return view.permuted((1, 0)), f"{{0}}.reshape({view.shape[::-1]!r}).T"
    return t.plan.packed(view), f"{{0}}.reshape({view.shape!r})"


def _blas(t: Translator, a: View, b: View) -> View:
    """By the library that has the fastest products."""
    shape = a.shape[0], b.shape[1]
    (first, as_first), (second, as_second) = _matrix(t, a), _matrix(t, b)

    def lines(out: str, x: str, y: str) -> list[str]:
        return [f"dot({as_first.format(x)}, {as_second.format(y)}, {out}.reshape({shape!r}))"]

    return t.plan.block([(shape, a.dtype)], [first, second], lines)[0]


# -- the loss of classes -------------------------------------------------------------------------------------------------
_CLASS_LOSS = """\
loss, counted, bad = {dtype}(0), 0, False
for i in range({rows}):
    c = {target}[i]
    if c != {ignored}:
        counted += 1
        bad = bad or c < 0 or c >= {classes}
if bad:
    raise ArgumentError("target: expected classes from 0 to {last} or ignore_index={ignored}")
for i in range({rows}):
    c = {target}[i]
    if c == {ignored}:
        for j in range({classes}):
            {difference}[i * {classes} + j] = {dtype}(0)
        {each}{dtype}(0)
        continue
    top = {dtype}(-inf)
    for j in range({classes}):
        top = larger(top, {x}[i * {classes} + j])
    total = {dtype}(0)
    for j in range({classes}):
        e = np.exp({x}[i * {classes} + j] - top)
        {difference}[i * {classes} + j] = e
        total = add_any_order(total, e)
    {each}np.log(total) - ({x}[i * {classes} + c] - top)
    for j in range({classes}):
        {difference}[i * {classes} + j] /= total
    {difference}[i * {classes} + c] -= {dtype}(1)
{end}"""

_ENDS = {"none": "", "sum": "{loss}[0] = loss", "mean": "{loss}[0] = loss / {dtype}(counted) if counted else {dtype}(nan)"}


def _class_loss(t: Translator, out: Any, input: Any, target: Any, ignore_index: int, reduction: str) -> tuple[Any, ...]:
    x, classes = t.view(input), t.view(target)
    if len(x.shape) != 2 or x.dtype.kind != "f" or 0 in x.shape or classes.dtype != np.int64:
        raise Unknown("other targets")
    rows, count = x.shape

    def lines(loss: str, difference: str, x: str, target: str) -> list[str]:
        names: dict[str, Any] = {"loss": loss, "difference": difference, "x": x, "target": target, "rows": rows, "classes": count}
        names |= {"last": count - 1, "ignored": ignore_index, "dtype": np.dtype(out.dtype).name}
        names["each"] = f"{loss}[i] = " if reduction == "none" else "loss += "
        return _CLASS_LOSS.format(**names, end=_ENDS[reduction].format(**names)).splitlines()

    shape = (rows,) if reduction == "none" else ()
    outs = t.plan.block([(shape, x.dtype), (x.shape, x.dtype)], [t.plan.packed(x), t.plan.packed(classes)], lines)
    return (*outs, None)


RULES: dict[str, Callable[..., Any]] = {
    "all": _reduction("all"),
    "any": _reduction("any"),
    "astype": cast,
    "broadcast_to": _broadcast_to,
    "class_loss": _class_loss,
    "clip": _clip,
    "clip_to_arrays": _clip,
    "clone": _clone,
    "concat": _concat,
    "expand_dims": _reshape,
    "getitem": _getitem,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "matmul": _matmul,
    "matrix_transpose": _matrix_transpose,
    "max": _reduction("max"),
    "mean": _mean,
    "min": _reduction("min"),
    "permute_dims": _permuted,
    "prod": _reduction("prod"),
    "reshape": _reshape,
    "scatter": _scatter,
    "softmax": _softmax,
    "spread": _spread,
    "squeeze": _reshape,
    "stack": _stack,
    "sum": _reduction("sum"),
    "t": _permuted,
    "ties": _ties,
    "transpose": _permuted,
    "where": _where,
}
