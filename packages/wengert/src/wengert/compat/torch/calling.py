"""How PyTorch calls an operator: names of arguments, ``out=``, and the dtype in which operands of several dtypes meet.

The operators of Wengert promote as the array API says; PyTorch lets tensors without axes and Python's numbers give way to
tensors with axes, and computes with the default dtype where integers have to become floats.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...autograd.contexts import no_grad
from ...autograd.forward import unpack_dual
from ...autograd.modes import is_grad_enabled
from ...autograd.tensor import Tensor as Base
from ...errors import GradientError, OperandError, TangentError, UsageError
from ...ops.dtypes import astype
from . import dtypes
from .tensor import Tensor, leaf, respell

__all__ = [
    "as_tensor",
    "cast",
    "dims",
    "floating",
    "function",
    "one_dim",
    "promoted",
    "result_type",
    "sizes",
]

#: NumPy's names of arguments, which PyTorch takes as well.
ALIASES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "x1": "input", "x2": "other", "a": "input"}


def function(body: Callable[..., Any]) -> Callable[..., Any]:
    """`body` as PyTorch's function: with NumPy's names of arguments and ``out=`` besides its own."""

    @functools.wraps(body)
    def call(*args: Any, out: Any = None, **options: Any) -> Any:
        if options:
            options = {ALIASES.get(name, name): value for name, value in options.items()}
        if out is None:
            return body(*args, **options)
        operands = [*args, *options.values()]
        targets = list(out) if isinstance(out, (list, tuple)) else [out]
        _check_out(body.__name__, operands, targets)
        with no_grad():
            results = body(*args, **options)
            for target, result in zip(targets, results if isinstance(results, tuple) else (results,), strict=True):
                write_out(target, result)
        return out

    return call


def _check_out(name: str, operands: Iterable[Any], targets: Sequence[Any]) -> None:
    """Nothing is recorded of what is written into ``out=``, so no gradient and no tangent may be wanted of it (G5.9)."""
    if is_grad_enabled() and any(isinstance(t, Base) and t.requires_grad for t in (*operands, *targets)):
        raise GradientError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
            "requires grad"
        )
    if any(isinstance(t, Base) and unpack_dual(t).tangent is not None for t in (*operands, *targets)):
        raise TangentError(f"Trying to use forward AD with {name} that does not support it because it is an out= function")


def write_out(target: Any, result: Any) -> None:
    """Write `result` into the memory of `target`, which takes its shape."""
    if target.is_inference() and not result.is_inference():
        raise UsageError("Inplace update to inference tensor outside InferenceMode is not allowed: out= is one")
    if target._shape != result._shape:
        target._take(result._array.astype(target._dtype))
        target._counter().value += 1
    else:
        target.copy_(result)


# -- arguments -----------------------------------------------------------------------------------------------------------
def as_tensor(value: Any, name: str = "argument") -> Any:
    """`value` itself if it is a tensor of ours; a tensor of Wengert's under our spelling; a number as a tensor."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Base):
        return respell(value)
    if isinstance(value, (bool, int, float, complex)):
        return leaf(value, dtypes.of_number(value))
    raise OperandError(f"{name}: expected a Tensor or a number, got {type(value).__name__}")


def sizes(shape: Sequence[Any]) -> tuple[int, ...]:
    """A shape given as several numbers or as one sequence."""
    if len(shape) == 1 and not isinstance(shape[0], (int, Base)):
        shape = shape[0]
    return tuple(int(n) for n in shape)


def one_dim(dim: int, ndim: int) -> int:
    """The axis `dim` counted from the front; a tensor without axes takes 0 and -1.

    Raises
    ------
    IndexError
        If there is no such axis.
    """
    count = max(ndim, 1)
    if not -count <= dim < count:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {dim})")
    return dim % count


def dims(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """Several axes, or None for all: so PyTorch also reads an empty sequence. Of no axes there are none."""
    if dim is None or (not isinstance(dim, int) and len(dim) == 0):
        return None
    found = tuple(one_dim(int(d), ndim) for d in ((dim,) if isinstance(dim, int) else dim))
    return found if ndim else ()


# -- dtypes --------------------------------------------------------------------------------------------------------------
def cast(x: Any, dtype: Any) -> Any:
    """A tensor in `dtype`, recorded; itself if it has that already."""
    return astype(x, dtypes.native(dtype), copy=False)


def floating(x: Any) -> Any:
    """A tensor of integers or booleans in the default dtype, others as they are."""
    x = as_tensor(x)
    return cast(x, dtypes.get_default_dtype()) if x._dtype.kind in "biu" else x


def _combined(higher: Any, lower: Any) -> Any:
    """The dtype of operands that have precedence, and of others that matter only if they are of a higher kind."""
    if higher is None or lower is None:
        return lower if higher is None else higher
    if higher.is_complex:
        return higher
    if higher.is_floating_point:
        return higher.to_complex() if lower.is_complex else higher
    if higher is dtypes.bool or lower.is_floating_point or lower.is_complex:
        return dtypes.promote_types(higher, lower)
    return higher


def result_type(*operands: Any) -> Any:
    """The dtype in which PyTorch lets `operands` meet.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.result_type(torch.ones(2), torch.tensor(1.0, dtype=torch.float64))
    torch.float32
    """
    kinds: list[Any] = [None, None, None]  # of tensors with axes, of tensors without, of numbers
    for operand in operands:
        tensor = isinstance(operand, Base)
        place = (0 if operand._shape else 1) if tensor else 2
        own = dtypes.spelled(operand._dtype) if tensor else dtypes.of_number(operand)
        kinds[place] = own if kinds[place] is None else dtypes.promote_types(kinds[place], own)
    return _combined(_combined(kinds[0], kinds[1]), kinds[2])


def promoted(*operands: Any, divided: bool = False) -> tuple[Any, ...]:
    """The operands with those that are tensors cast to their common dtype; a floating one if they are to be `divided`."""
    first = operands[0]
    if all(isinstance(o, Base) and o._dtype is first._dtype for o in operands) and not (divided and first._dtype.kind in "biu"):
        return operands
    wanted = result_type(*operands)
    if divided and not (wanted.is_floating_point or wanted.is_complex):
        wanted = dtypes.get_default_dtype()
    if any(isinstance(o, Base) for o in operands):
        return tuple(cast(o, wanted) if isinstance(o, Base) else o for o in operands)
    return tuple(cast(as_tensor(o), wanted) for o in operands)
