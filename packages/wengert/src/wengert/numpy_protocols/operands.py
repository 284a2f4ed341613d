"""What NumPy's calls may be handed, as operators take it; results where ``out=`` and ``where=`` want them."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays.adapter import NUMBERS, is_array
from ..autograd.tensor import TENSORS, Tensor
from ..errors import GradientError, OperandError, UnsupportedError
from ..ops.creation import asarray
from ..ops.joining import stack
from ..ops.searching import where as choose

__all__ = ["given", "holds_tensors", "into", "masked", "number", "of_tensors", "operand", "plain", "taking", "tensor"]


def holds_tensors(value: Any) -> bool:
    """Whether a Tensor is in `value`, a nested sequence."""
    if isinstance(value, list | tuple):
        return builtins.any(holds_tensors(item) for item in value)
    return isinstance(value, Tensor)


def operand(value: Any) -> Any:
    """`value` as an operator takes it: Tensors, arrays and numbers as they are, sequences as one array or Tensor.

    Raises
    ------
    OperandError
        If nothing like an array is in it.
    """
    if type(value) in TENSORS or type(value) in NUMBERS or is_array(value):
        return value
    if isinstance(value, list | tuple):
        return stack([tensor(item) for item in value]) if holds_tensors(value) else np.asarray(value)
    if hasattr(value, "__array_function__") or hasattr(value, "__array__"):
        raise OperandError(f"expected Tensors, NumPy arrays and numbers side by side, got {type(value).__qualname__}")
    array = np.asarray(value)
    if array.dtype.kind == "O":
        raise OperandError(f"expected numbers, arrays or Tensors, got {type(value).__qualname__}")
    return array


def tensor(value: Any) -> Tensor:
    """`value` as a Tensor, with its place in the graph."""
    found = operand(value)
    return found if isinstance(found, Tensor) else asarray(found)


def taking(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let the decorated function of NumPy's signature have Tensors for what is passed as `names`; None stays None.

    Examples
    --------
    >>> import numpy as np
    >>> @taking("a")
    ... def twice(a, times=2):
    ...     return a * times
    >>> twice([1.0, 2.0])
    tensor([2., 4.])
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        parameters = list(inspect.signature(function).parameters)
        places = tuple([parameters.index(name) for name in names])
        return functools.wraps(function)(_first(function, names[0]) if places == (0,) else _several(function, names, places))

    return decorate


def _first(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """`function` of one operand that comes first: as almost always, so it is made quick."""

    def call(*args: Any, **options: Any) -> Any:
        if args and type(args[0]) not in TENSORS:
            return function(tensor(args[0]), *args[1:], **options)
        if name in options:
            options[name] = tensor(options[name])
        return function(*args, **options)

    return call


def _several(function: Callable[..., Any], names: tuple[str, ...], places: tuple[int, ...]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        given = list(args)
        for name, place in zip(names, places, strict=True):
            if place < len(given):
                if type(given[place]) not in TENSORS and given[place] is not None:
                    given[place] = tensor(given[place])
            elif options.get(name) is not None:
                options[name] = tensor(options[name])
        return function(*given, **options)

    return call


def of_tensors(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """An operator whose operands, which it takes by position, have these names in NumPy; the other arguments are the same.

    Examples
    --------
    >>> import wengert as wg
    >>> of_tensors(wg.kron, "a", "b")([1.0, 2.0], b=[3.0])
    tensor([3., 6.])
    """

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        named = [options.pop(name) for name in names[len(args) :] if name in options]
        return function(*map(tensor, (*args[: len(names)], *named)), *args[len(names) :], **options)

    own = list(inspect.signature(function).parameters.values())
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    renamed = [parameter.replace(name=name, kind=kind) for parameter, name in zip(own, names, strict=False)]
    call.__signature__ = inspect.Signature([*renamed, *own[len(names) :]])  # type: ignore[attr-defined]
    return call


def given(value: Any, default: Any) -> Any:
    """`value`, or `default` where NumPy says that there was none."""
    return default if value is np._NoValue or value is None else value


def plain(value: Any) -> Any:
    """`value` without its history, for functions whose derivative is zero or has no meaning: arrays in place of Tensors."""
    if isinstance(value, Tensor):
        return value._array
    if isinstance(value, list | tuple):
        return type(value)(plain(item) for item in value) if holds_tensors(value) else value
    return value


def number(value: Any, function: str, argument: str) -> Any:
    """An argument that shapes the result and has no derivative; a Tensor is read."""
    if isinstance(value, Tensor) and value.requires_grad:
        raise UnsupportedError(f"{function}: no derivative with respect to {argument}; detach() it to take it as a constant")
    return plain(value)


def masked(result: Any, where: Any, otherwise: Any) -> Any:
    """`result` where the mask says so, and `otherwise` elsewhere; all of `result` where there is no mask."""
    return result if where is True else choose(operand(where), result, otherwise)


def into(result: Any, out: Any, function: str) -> Any:
    """`result`, written into `out` where one is given: into a Tensor as an operation in place, which is differentiable.

    Raises
    ------
    GradientError
        If `out` is a raw array, in which the gradient of the result would be lost.
    """
    if isinstance(out, tuple):
        if len(out) > 1:
            results = result if isinstance(result, tuple) else (result,)
            return tuple(into(r, o, function) for r, o in zip(results, out, strict=True))
        out = out[0] if out else None
    if out is None:
        return result
    if isinstance(out, Tensor):
        return out.copy_(result)
    if isinstance(result, Tensor) and result.requires_grad:
        raise GradientError(
            f"{function}: out= is a plain array, but the result requires grad and its gradient would be lost; hand out a Tensor, "
            "or leave out= out"
        )
    out[...] = plain(result)
    return out
