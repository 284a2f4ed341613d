"""What goes into a custom Function and what comes out of it, checked (rules F1, F5)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .arrays.adapter import adapter_of
from .arrays.shapes import sums_to
from .autograd.node import NO_EDGE
from .autograd.origins import type_name
from .autograd.tensor import Tensor
from .errors import FunctionError, FunctionTypeError
from .op import fit

if TYPE_CHECKING:
    from .function import FunctionCtx

__all__ = ["bind", "bind_given", "checked_gradients", "normalise_outputs"]


def bind(forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments by the signature of `forward`, with its defaults, so that ``setup_context`` sees them all (F1.5)."""
    try:
        bound = inspect.signature(forward).bind(*args, **kwargs)
    except ValueError:  # a builtin without a signature
        return args, kwargs
    bound.apply_defaults()
    return bound.args, bound.kwargs


def bind_given(
    forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same for ``forward(ctx, ...)``, without defaults after the last argument given: each owes a gradient (F5.1)."""
    try:
        bound = inspect.signature(forward).bind(None, *args, **kwargs)
    except ValueError:  # a builtin without a signature
        return args, kwargs
    given = set(bound.arguments)
    bound.apply_defaults()
    names = [n for n, p in bound.signature.parameters.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    last = max((i for i, name in enumerate(names) if name in given), default=0)
    return bound.args[1 : max(last + 1, len(args) + 1)], bound.kwargs


def normalise_outputs(function: type, result: Any) -> tuple[tuple[Any, ...], bool]:
    """The outputs as a plain tuple, and whether there was but one (F1.4, W25)."""
    if isinstance(result, tuple):
        return tuple(result), False
    if isinstance(result, list | dict):
        raise FunctionTypeError(
            f"{function.__name__}.forward returned a {type(result).__name__}; return a Tensor or a tuple, "
            "or the gradients would be lost"
        )
    return (result,), True


def checked_gradients(ctx: FunctionCtx, returned: Any) -> tuple[Any, ...]:
    """One gradient, or None, for each edge of `ctx` (F5, E6.5).

    Those that nobody waits for are checked and kept as well: node post-hooks see what the Function returned.
    """
    name = ctx.name()
    grads = returned if isinstance(returned, tuple) else (returned,)
    expected = len(ctx._needs)
    if len(grads) > expected and all(g is None for g in grads[expected:]):
        grads = grads[:expected]
    if len(grads) != expected:
        raise FunctionError(
            f"function {name} returned an incorrect number of gradients (expected {expected}, got {len(grads)}); return one for "
            "each argument of forward, None for those that have none"
        )
    tensors = dict(zip(ctx._tensor_positions, ctx.next_functions, strict=True))
    for position, grad in enumerate(grads):
        if grad is not None and position not in tensors:
            raise FunctionError(
                f"function {name} returned a gradient different from None at position {position + 1}, but the corresponding "
                "forward input was not a Tensor"
            )
    results = []
    for index, (position, edge) in enumerate(tensors.items()):
        grad = grads[position]
        if grad is not None and not isinstance(grad, Tensor):
            raise FunctionError(
                f"function {name}: expected Tensor or None at position {position + 1} (got {type_name(grad)})"
            )
        if grad is not None and ctx._like is not None and adapter_of(grad._array).library is not ctx._like.library:
            raise FunctionError(
                f"Function {name} returned an invalid gradient at index {index} - it is an array of "
                f"{adapter_of(grad._array).name} but the output is one of {ctx._like.name}"
            )
        results.append(grad if grad is None or edge is NO_EDGE else _validated(name, index, grad, *_target(edge)))
    return tuple(results)


def _target(edge: Any) -> tuple[Any, Any, Any]:
    """Of an input: its shape, its dtype, and the dtype that its gradient is to have, None for any (G5.8)."""
    node, number = edge
    if node._is_leaf:
        return node._shape, node.variable._dtype, node._dtype
    if node._outputs == 1:
        return node._shape, node._dtype, node._dtype
    return node._shape[number], node._dtype[number], node._dtype[number]


def _validated(name: str, index: int, grad: Tensor, shape: Any, dtype: Any, wanted: Any) -> Tensor:
    """`grad` for an input of `shape` and `dtype`, summed to that shape and cast to `wanted`, if that can be done (E6.5)."""
    if grad._shape != shape and not sums_to(grad._shape, shape):
        raise FunctionError(
            f"Function {name} returned an invalid gradient at index {index} - got {list(grad._shape)} but expected shape "
            f"compatible with {list(shape)}"
        )
    kind = adapter_of(grad._array).kind
    if kind(dtype) == "c" and kind(grad._dtype) not in "fc":
        raise FunctionError(
            f"Function {name} returned an invalid gradient at index {index} - it is {grad._dtype} but the input is complex "
            f"({dtype}); cast it to a floating or complex dtype"
        )
    if kind(grad._dtype) == "c" and kind(dtype) != "c":
        raise FunctionError(
            f"Function {name} returned an invalid gradient at index {index} - it is complex ({grad._dtype}) but the input is "
            f"real ({dtype}); return its real part"
        )
    return fit(grad, shape, grad._dtype if wanted is None else wanted)
