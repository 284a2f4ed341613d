"""A custom Function under `vmap` (rule F8.2).

Its node is recorded as always, with what one sample sees, and its ``backward`` runs over batched tensors. Only the forward is
special: it is the Function's own ``vmap``, called with all the samples, or ``forward`` itself where ``generate_vmap_rule`` says
that it is written in operators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from .arrays.batched import BatchedArray, Level, deepest
from .autograd.levels import outside
from .autograd.origins import type_name
from .autograd.tensor import Tensor, wrap
from .errors import FunctionError
from .op_batching import enter

if TYPE_CHECKING:
    from .function import Function

__all__ = ["VmapInfo", "level_of", "mapped_forward"]


class VmapInfo(NamedTuple):
    """What the ``vmap`` of a Function is told: how many samples there are, and what random functions are to do."""

    batch_size: int
    randomness: str


def level_of(args: Any) -> Level | None:
    """The innermost level of the Tensors among the arguments of a Function."""
    return deepest([arg._array for arg in args if isinstance(arg, Tensor)])


def mapped_forward(cls: type[Function], level: Level, separate: bool) -> Callable[..., Any]:
    """What is called in the place of ``forward`` on arguments that are batched at `level`.

    Raises
    ------
    FunctionError
        If the Function does not say how, or says it twice, or has no ``setup_context``.
    """
    name, has_rule = cls.__name__, cls.vmap is not None
    if not separate:
        raise FunctionError(
            f"{name}: under vmap a Function must have a setup_context, beside a forward that does not take ctx"
        )
    if has_rule and cls.generate_vmap_rule:
        raise FunctionError(
            f"{name} has both generate_vmap_rule=True and a staticmethod vmap; set generate_vmap_rule to False, or delete vmap"
        )
    if cls.generate_vmap_rule:
        return cls.forward
    if not has_rule:
        raise FunctionError(
            f"{name} does not support vmap: add a staticmethod vmap(info, in_dims, *args), or set generate_vmap_rule=True if its "
            "forward and backward are written in operators"
        )

    def forward(*args: Any) -> Any:
        return _call_rule(cls, level, args)

    return forward


def _call_rule(cls: type[Function], level: Level, args: tuple[Any, ...]) -> Any:
    """The Function's ``vmap``, called with tensors that hold all the samples; its results as one sample sees them."""
    in_dims = tuple(0 if _has_samples(level, arg) else None for arg in args)
    whole = [arg if dim is None else wrap(arg._array.array, cls=arg._family) for arg, dim in zip(args, in_dims, strict=True)]
    whole = [wrap(arg._array.array[0, ...], cls=arg._family) if _is_shared(level, arg) else arg for arg in whole]
    with outside(level):
        returned = cls.vmap(VmapInfo(level.size, level.randomness), in_dims, *whole)  # type: ignore[misc]
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise FunctionError(f"{cls.__name__}.vmap must return (output, out_dims), got {type_name(returned)}")
    outputs, dims = returned
    if not isinstance(outputs, tuple):
        return _entered(cls, level, outputs, dims)
    if not isinstance(dims, tuple):
        dims = (dims,) * len(outputs)
    if len(dims) != len(outputs):
        raise FunctionError(f"{cls.__name__}.vmap returned {len(outputs)} outputs with {len(dims)} out_dims")
    return tuple([_entered(cls, level, out, dim) for out, dim in zip(outputs, dims, strict=True)])


def _has_samples(level: Level, arg: Any) -> bool:
    array = arg._array if isinstance(arg, Tensor) else None
    return isinstance(array, BatchedArray) and array.level is level and len(array.array) == level.size


def _is_shared(level: Level, arg: Any) -> bool:
    """Whether an argument is batched, but the same in every sample."""
    array = arg._array if isinstance(arg, Tensor) else None
    return isinstance(array, BatchedArray) and array.level is level


def _entered(cls: type[Function], level: Level, out: Any, dim: Any) -> Any:
    if dim is None or not isinstance(out, Tensor):
        return out
    if type(dim) is not int or not -len(out.shape) <= dim < len(out.shape):
        raise FunctionError(f"{cls.__name__}.vmap: out_dims: got {dim!r} for an output of shape {out.shape}")
    return enter(out, level, dim % len(out.shape))
