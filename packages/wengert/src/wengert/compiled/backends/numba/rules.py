"""What plans each operator that is not elementwise: views, choices, reductions, products.

Each function takes the `Translator`, the variable that the result is, and the arguments of the operator by name.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....arrays.shapes import normalize_axes
from .loop_source import LONG
from .loops import Term, View
from .translate import Operand, Translator, Unknown, cast, number_source

__all__ = ["RULES"]

#: Products of fewer numbers are loops of their own, as a call of _BLAS takes longer.
SMALL_PRODUCT = 2048

#: So many numbers are computed with at once at least.
WIDE = 4

#: Whether there is a _BLAS that Numba can call: SciPy's.
_BLAS = importlib.util.find_spec("scipy") is not None


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
    zeros, part = t.plan.zeros(tuple(shape), view.dtype, parts)
    t.plan.assign(part, "{0}", [Term(view, view.dtype)])
    return zeros


def _concat(t: Translator, out: Any, arrays: Any, axis: Any) -> View:
    if axis is None:
        raise Unknown("concat of everything")
    whole = t.plan.memory(tuple(out.shape), out.dtype)
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
    whole = t.plan.memory(tuple(out.shape), out.dtype)
    if whole.root.scalar:
        raise Unknown("a stack of one element")
    for number, array in enumerate(arrays):
        view = t.view(array)
        target = whole.sliced([*[slice(None)] * (axis % len(out.shape)), number])
        t.plan.assign(target, "{0}", [Operand(view, view.dtype).term(np.dtype(out.dtype))])
    return whole


# -- elementwise ---------------------------------------------------------------------------------------------------------
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
    def reduction(t: Translator, out: Any, x: Any, axis: Any = None, **known: Any) -> View:  # noqa: ARG001  (`out` says the rest)
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
    if view.dtype.kind != "f" or math.prod(view.shape[a] for a in axes) == 0:
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
    if len(a.shape) == 1:
        a = View(a.root, (1, *a.shape), (0, *a.strides), a.offset)
    if len(b.shape) == 1:
        b = View(b.root, (*b.shape, 1), (*b.strides, 0), b.offset)
    return _product(t, a, b, dtype).reshaped(shape)  # type: ignore[return-value]


def _product(t: Translator, a: View, b: View, dtype: Any) -> View:
    """The product of two matrices, or of many."""
    if dtype.kind == "b":
        raise Unknown("a product of truths")
    front = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    large = a.shape[-2] * b.shape[-1] * a.shape[-1] > SMALL_PRODUCT
    if _BLAS and not front and dtype.kind == "f" and a.dtype == b.dtype == dtype and large:
        return _blas(t, a, b)
    found = t.plan.reduce(*_multiplied(a, b, dtype)).reshaped((*front, a.shape[-2], b.shape[-1]))
    assert found is not None  # only axes of length 1 change their places
    return found


def _multiplied(a: View, b: View, dtype: Any) -> tuple[Any, ...]:
    """The reduction that is the product of matrices, or of many of them.

    Of rows, columns and what is summed over that comes last which lies one after the other in memory, as far as it is long
    enough: processors compute with several numbers at once.
    """
    front = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    a, b = a.broadcast((*front, m, k)), b.broadcast((*front, k, n))
    (row, over_a), (over_b, column) = a.strides[-2:], b.strides[-2:]
    axes = {"m": (m, row, 0), "n": (n, 0, column), "k": (k, over_a, over_b)}
    order = "mnk"
    if 2 <= k <= LONG:
        if n >= WIDE and column == 1:
            order = "mkn"
        elif n == 1 and m >= WIDE and row == 1 != over_a:
            order = "nkm"
    lengths, of_a, of_b = zip(*(axes[name] for name in order), strict=True)
    first = View(a.root, (*front, *lengths), (*a.strides[:-2], *of_a), a.offset)
    second = View(b.root, (*front, *lengths), (*b.strides[:-2], *of_b), b.offset)
    terms = [Operand(v, v.dtype).term(dtype) for v in (first, second)]
    return first, (len(front) + order.index("k"),), "sum", dtype, "({0} * {1})", terms


def _matrix(t: Translator, view: View) -> tuple[View, bool]:
    """What BLAS can read of a matrix: it, or its transpose, with rows one after the other; and whether that is the transpose."""
    if not view.contiguous and view.permuted((1, 0)).contiguous:
        return view.permuted((1, 0)), True
    return t.plan.packed(view), False


def _blas(t: Translator, a: View, b: View) -> View:
    """By the library that has the fastest products."""
    (m, k), n = a.shape, b.shape[1]
    (first, across_first), (second, across_second) = _matrix(t, a), _matrix(t, b)

    def lines(out: str, x: str, y: str) -> list[str]:
        return [f"dot({out}, {x}, {y}, {m}, {k}, {n}, {across_first}, {across_second})"]

    return t.plan.block([((m, n), a.dtype)], [first, second], lines)[0]


def _linear(t: Translator, out: Any, x: Any, weight: Any, bias: Any = None) -> View:
    """Rows times a matrix, and the bias where it is."""
    rows, dtype = t.view(x), np.dtype(out.dtype)
    flat = rows.reshaped((math.prod(rows.shape[:-1]), rows.shape[-1]))
    if flat is None:
        flat = t.plan.copied(rows).reshaped((math.prod(rows.shape[:-1]), rows.shape[-1]))
        assert flat is not None
    product = _product(t, flat, t.view(weight).permuted((1, 0)), dtype).reshaped(tuple(out.shape))
    assert product is not None
    if bias is None:
        return product
    return t.plan.compute(tuple(out.shape), dtype, "({0} + {1})", [Term(product, dtype), t.operand(bias).term(dtype)])


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

_ENDS = {
    "none": "",
    "sum": "{loss}[0] = loss",
    "mean": "{loss}[0] = loss / {dtype}(counted) if counted else {dtype}(nan)\n{count}[0] = {dtype}(larger(counted, 1))",
}


def _class_loss(t: Translator, out: Any, input: Any, target: Any, ignore_index: int, reduction: str) -> tuple[Any, ...]:
    x, classes = t.view(input), t.view(target)
    if len(x.shape) != 2 or x.dtype.kind != "f" or 0 in x.shape or classes.dtype != np.int64:
        raise Unknown("other targets")
    rows, count = x.shape

    def lines(loss: str, difference: str, *rest: str) -> list[str]:
        names: dict[str, Any] = {"loss": loss, "difference": difference, "count": rest[0], "rows": rows, "classes": count}
        names["x"], names["target"] = rest[-2:]
        names |= {"last": count - 1, "ignored": ignore_index, "dtype": np.dtype(out.dtype).name}
        names["each"] = f"{loss}[i] = " if reduction == "none" else "loss += "
        return _CLASS_LOSS.format(**names, end=_ENDS[reduction].format(**names)).splitlines()

    shape = (rows,) if reduction == "none" else ()
    counted = [((), x.dtype)] if reduction == "mean" else []
    views = [t.plan.packed(x), t.plan.packed(classes)]
    outs = t.plan.block([(shape, x.dtype), (x.shape, x.dtype), *counted], views, lines)
    return (*outs, *[None] * (3 - len(outs)))


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
    "linear": _linear,
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
