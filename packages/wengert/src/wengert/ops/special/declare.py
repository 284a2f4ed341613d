"""How special functions are declared: what is said of each is its derivative, and everything else follows.

A *slope* is the derivative of a function with respect to one operand, as a function of what it needs (which its parameters
name, as those of a rule do). The rule that is made of it multiplies a gradient by the conjugate of the slope: of real operands
by the slope itself, and of complex ones as a holomorphic function has it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from ...arrays.adapter import NUMBERS
from ...errors import DtypeError, MissingRuleError
from ...op import FunctionTable, Operator, Rule, batching, jvp, public_function, rule, unary
from ...op_batching import elementwise
from ..comparison import isfinite
from ..complex import conj, is_complex
from ..creation import full_like
from ..describe import unary_doc
from ..dtypes import astype
from ..elementwise import maximum
from ..select import select as select_of_arrays

__all__ = [
    "UNKNOWN",
    "alike",
    "by_parameters",
    "degree",
    "function_of",
    "function_of_one",
    "is_number",
    "lacks_derivative",
    "select",
]

#: Stands for the slope with respect to an operand for which nobody knows a formula, or which is an integer by its nature.
UNKNOWN: Any = None

Slope = Callable[..., Any]

_DOC = """\
{text}

Parameters
----------
{operands} : Tensor, array or number

Returns
-------
{returned}
    Of the broadcast shape and the promoted dtype of the operands.

Notes
-----
Gradient: {gradient}

Examples
--------
>>> import wengert as wg
>>> {example}
{printed}
"""


def is_number(x: Any) -> bool:
    """Whether an operand is one of Python's numbers, which has no dtype of its own."""
    return type(x) in NUMBERS


def select(mask: Any, x1: Any, x2: Any) -> Any:
    """`x1` where `mask`, else `x2`, as `wengert.ops.select` has it; also where all that was compared were numbers."""
    if type(mask) is bool:
        return x1 if mask else x2
    return select_of_arrays(mask, x1, x2)


def alike(x: Any, other: Any) -> Any:
    """`x`, a number in the dtype of `other`: a function of a number alone would be of the widest dtype."""
    return full_like(other, x) if is_number(x) else x


def plain(value: Any) -> Any:
    """What a function of numbers alone gave, as a number of Python's: NumPy's are of a dtype, and of a library."""
    return value.item() if isinstance(value, np.generic | np.ndarray) and not value.ndim else value


def degree(n: Any, x: Any) -> tuple[Any, Any]:
    """An integer operand as a factor of what is made of `x`, and the degree below, which is not below 0.

    Where that is not the one below, as of degree 0, it is multiplied by the degree.
    """
    if is_number(n):
        return n, max(n - 1, 0)
    return astype(n, x.dtype), maximum(n - 1, 0)


# -- rules of slopes -------------------------------------------------------------------------------------------------------
def _named(body: Callable[..., Any], first: str, slope: Slope) -> Rule:
    """`body` with the parameters of `slope` behind the first one: rules are told by these what to save."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(n, kind) for n in (first, *inspect.signature(slope).parameters)]
    body.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return body


def _times(slope: Slope, real_only: str | None = None) -> Rule:
    """The rule for a slope; `real_only` is the name of a function whose slope is right for real operands only."""
    if real_only is None:
        return _named(lambda g, *needs: g * conj(slope(*needs)), "g", slope)

    def body(g: Any, *needs: Any) -> Any:
        if is_complex(g):
            raise DtypeError(f"{real_only}: x: there is a derivative for real operands only, got {g.dtype}")
        return g * slope(*needs)

    return _named(body, "g", slope)


def _of_several(slope: Slope) -> tuple[Rule, Rule]:
    """The rule and the jvp of a function with several outputs; its slope has one for each of them."""

    def backward(g: Any, *needs: Any) -> Any:
        first, *others = map(_part, g, slope(*needs))
        return sum(others, first)

    def forward(t: Any, *needs: Any) -> Any:
        return tuple([t * d for d in slope(*needs)])

    return _named(backward, "g", slope), _named(forward, "t", slope)


def _part(g: Any, slope: Any) -> Any:
    """What one of several results contributes: nothing where nobody asks for it, even if its slope is no number there."""
    idle = (g == 0) & ~isfinite(slope)
    return select(idle, 0, g * conj(select(idle, 0, slope)))


class _Unknown:
    """The rule with respect to an operand that has no derivative."""

    def __init__(self, name: str, operand: str) -> None:
        self.name, self.operand = name, operand

    def __call__(self, g: Any) -> NoReturn:
        raise MissingRuleError(f"{self.name}: there is no derivative with respect to {self.operand}; detach() it")


def lacks_derivative(function: Any, parameter: str) -> bool:
    """Whether the gradient with respect to a parameter of a special function is an error, or it is no operand."""
    operator = getattr(function, "operator", None)
    if operator is None:
        return False
    return parameter not in operator.rules or isinstance(operator.rules[parameter], _Unknown)


# -- declarations ----------------------------------------------------------------------------------------------------------
def function_of_one(
    name: str, slope: Slope, text: str, gradient: str, at: Any, printed: str, *, node: str | None = None, real: bool = True,
    complex_result: bool = False,
) -> Any:  # fmt: skip
    """Declare the function of SciPy of that name with one operand, `x`.

    Parameters
    ----------
    name : str
        Its name in ``scipy.special``.
    slope : callable
        Its derivative, of ``x`` and ``out``.
    text, gradient : str
        The first sentence of its docstring, and what is said there of the derivative, with its source.
    at, printed
        An argument for the example, and what that prints.
    node : str, optional
        PyTorch's name for it.
    real : bool
        Whether it takes real operands only.
    complex_result : bool
        Whether the result is complex whatever the operand is; the example then shows its real part.
    """
    example = _example(name, f"wg.tensor({at})", 1, complex_result)
    doc = unary_doc(text + (" Of real operands." if real else ""), gradient, example, printed)
    backward = _times(slope, name if real else None)
    return _placed(unary(name, backward, doc=doc, function=f"special.{name}", node=node, holomorphic=not real))


def function_of(
    name: str,
    operands: str,
    slopes: Mapping[str, Slope | None],
    text: str,
    gradient: str,
    at: str,
    printed: str,
    *,
    outputs: int = 1,
    real: bool = True,
    complex_result: bool = False,
) -> Any:
    """Declare a function of SciPy with several operands, or several results.

    Parameters
    ----------
    name, text, gradient, printed
        As in `function_of_one`.
    operands : str
        Their names, with blanks between.
    slopes : mapping
        For each operand its slope, or `UNKNOWN`, which makes asking for the gradient an error.
    at : str
        The arguments of the example.
    outputs : int
        How many results there are. The slopes of several are tuples.
    real : bool
        Whether complex operands are an error.
    complex_result : bool
        Whether the result is complex whatever the operands are; the example then shows its real part.
    """
    names = operands.split()
    compute = FunctionTable(f"special.{name}").compute
    op = Operator(
        name,
        _real_only(name, names, compute) if real else compute,
        signature=_positional(names),
        outputs=outputs,
        diagonal=outputs == 1,
        holomorphic=not real and outputs == 1,
    )
    doc = _DOC.format(
        text=text + (" Of real operands." if real else ""),
        operands=", ".join(names),
        returned="Tensor or array" if outputs == 1 else f"tuple of {outputs} Tensors or arrays",
        gradient=gradient,
        example=_example(name, at, outputs, complex_result),
        printed=printed,
    )
    made = _placed(public_function(op, None, doc))
    for operand, slope in slopes.items():
        if slope is None:
            rule(made, operand)(_Unknown(name, operand))
        elif outputs == 1:
            rule(made, operand)(_times(slope))
        else:
            backward, forwards = _of_several(slope)
            rule(made, operand)(backward)
            jvp(made, operand)(forwards)
    batching(made)(elementwise)
    return made


def by_parameters(name: str, orders: str, operands: str, slopes: Mapping[str, Slope]) -> Any:
    """Declare the derivatives of a function with respect to its parameters: integers that say how often, and its operands.

    They are no public functions: rules are written with them, and they have rules of their own, in which the integers grow.
    """
    names = operands.split()
    op = Operator(
        name,
        _real_only(name, names, FunctionTable(f"special.{name}").compute, len(orders.split())),
        operands=names,
        signature=_positional([*orders.split(), *names]),
        diagonal=True,
    )
    made = _placed(public_function(op, None, f"Derivatives of a special function with respect to its parameters: {name}."))
    for operand, slope in slopes.items():
        rule(made, operand)(_times(slope))
    batching(made)(elementwise)
    return made


def _positional(names: list[str]) -> inspect.Signature:
    return inspect.Signature([inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in names])


def _real_only(name: str, operands: list[str], compute: Callable[..., Any], orders: int = 0) -> Callable[..., Any]:
    """`compute`, which would take complex operands for something else than what the rules say."""

    def forward(*arguments: Any) -> Any:
        for operand, value in zip(operands, arguments[orders:], strict=True):
            if is_complex(value):
                raise DtypeError(f"{name}: {operand}: expected a real dtype, got {getattr(value, 'dtype', complex)}")
        return compute(*arguments)

    return forward


def _example(name: str, arguments: str, outputs: int, complex_result: bool) -> str:
    call, number = f"wg.special.{name}({arguments})", "item().real" if complex_result else "item()"
    return f"round({call}.{number}, 6)" if outputs == 1 else f"[round(y.{number}, 6) for y in {call}]"


def _placed(made: Any) -> Any:
    """The function, said to be of the module that declares it."""
    made.__module__ = sys._getframe(2).f_globals["__name__"]
    return made
