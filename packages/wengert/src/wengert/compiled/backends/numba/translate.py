"""From equations to loops: for each operator that is known, the statements that compute it.

`translate` raises `Unknown` for an equation that no statement here computes exactly as the operator's forward does: dtypes other
than booleans, integers and floats of 32 and 64 bits, keys that are arrays, numbers that do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ....arrays.adapter import NUMBERS, library
from ....errors import CompileError
from ...ir import Equation, LibraryFunction, Variable
from .loops import Plan, Term, View

__all__ = ["DTYPES", "Operand", "Translator", "Unknown", "cast", "number_source"]

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
FLOATS: dict[Any, str] = {np.reciprocal: "(1 / {0})", np.sign: "sign({0})"}

#: The same of operators whose function is a body of its own.
BODIES = {
    "rsqrt": "(1 / np.sqrt({0}))",
    "sign": "sign({0})",
    "sgn": "sign({0})",
    "relu": "larger({0}, zero)",
    "sigmoid": "(1 / (1 + np.exp(-{0})))",
    "silu": "({0} * (1 / (1 + np.exp(-{0}))))",
}

#: The functions of the library that make an array of one number, like another in shape and dtype unless `dtype` says else.
FILLED = {"ones_like": 1, "zeros_like": 0}

#: Exponents for which NumPy, or this, multiplies.
POWERS = {1: "{0}", 2: "square({0})", 3: "cube({0})", 4: "square(square({0}))", 0.5: "np.sqrt({0})", -1: "(1 / {0})"}


class Unknown(CompileError):  # noqa: N818  (nobody but this package sees it)
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
    rules : mapping
        From the names of operators that are not elementwise to what plans them: a function of this, the output, and the
        arguments by name.
    plan : Plan
    env : dict
        From variable to operand.
    """

    def __init__(self, rules: Mapping[str, Callable[..., Any]], inputs: Sequence[Variable] = ()) -> None:
        self.rules = rules
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

    def whole(self, variables: Iterable[Variable]) -> list[View]:
        """Views of the variables that can be written to as results: each all of an array of its own, a copy where it is not."""
        results: list[View] = []
        for variable in variables:
            view = self.env[variable].view
            assert view is not None
            root = view.root
            if root.source is not None or not view.whole or root.shape != view.shape or root in [r.root for r in results]:
                view = self.plan.copied(view)
            results.append(view)
        return results

    def translate(self, equation: Equation) -> None:
        """Add what computes `equation`.

        Raises
        ------
        Unknown
            If there is nothing.
        """
        for out in equation.makes():
            _known(out.dtype)
        for variable, view in zip(equation.outputs, self._function(equation), strict=True):
            if variable is None:
                continue
            if view is None or view.shape != tuple(variable.shape) or view.dtype != variable.dtype:
                raise Unknown(f"{equation.op.name}: something else in place of {variable.described()}")
            self.env[variable] = Operand(view, view.dtype)

    def _function(self, equation: Equation) -> Sequence[View | None]:
        op, arguments, out = equation.op, equation.arguments, equation.outputs[0]
        if isinstance(op, LibraryFunction):
            return [self.library_function(op, arguments, out)]
        if op.table is not None:
            return [self.elementwise(op.name, op.table[np.ndarray], [self.operand(a) for a in arguments.values()], out)]
        rule = self.rules.get(op.name)
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
                dtypes = list(function.resolve_dtypes((*(o.kind for o in operands), *[None] * function.nout)))
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
        if name in FILLED and function.forward is getattr(np, name) and len(args) == 1:
            self.view(args[0])
            dtype = np.dtype(out.dtype)
            return self.plan.compute(tuple(out.shape), dtype, number_source(FILLED[name], dtype), [])
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


def cast(t: Translator, out: Any, x: Any, dtype: Any = None) -> View:  # noqa: ARG001  (the dtype is known)
    """`x` in the dtype of `out`, in memory of its own."""
    return t.plan.compute(tuple(out.shape), out.dtype, "{0}", [t.operand(x).term(np.dtype(out.dtype))])
