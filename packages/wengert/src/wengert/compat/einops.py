"""Teaches einops what a Tensor is: ``import wengert.compat.einops``, and its functions take Tensors and are differentiable.

einops asks the backends that it knows, one for each library, and knows every subclass of its base class once that is defined:
importing this module is all there is to do. ``rearrange``, ``reduce``, ``repeat``, ``einsum``, ``pack``, ``unpack`` and
``parse_shape`` work on Tensors over any array library.
"""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..autograd.tensor import Tensor
from ..errors import MissingExtraError
from ..ops import creation, cumulative, einsum, joining, manipulation, reductions, statistics

try:
    from einops._backends import AbstractBackend
except ImportError as error:
    raise MissingExtraError("wengert.compat.einops needs einops: pip install 'wengert[einops]'") from error

__all__ = ["WengertBackend"]

_REDUCTIONS = {
    "min": reductions.min,
    "max": reductions.max,
    "sum": reductions.sum,
    "mean": statistics.mean,
    "prod": cumulative.prod,
    "any": reductions.any,
    "all": reductions.all,
}


class WengertBackend(AbstractBackend):  # type: ignore[misc]  # einops is optional, so its classes are of unknown type
    """What einops asks of a library, answered for Tensors.

    Examples
    --------
    >>> import wengert as wg
    >>> import wengert.compat.einops
    >>> from einops import reduce
    >>> image = wg.tensor([[1.0, 2.0, 3.0, 4.0]], requires_grad=True)
    >>> reduce(image, "h (w two) -> h w", "max", two=2)
    tensor([[2., 4.]], grad_fn=<MaxBackward0>)
    """

    framework_name = "wengert"

    def is_appropriate_type(self, tensor: Any) -> bool:
        return isinstance(tensor, Tensor)

    def from_numpy(self, x: Any) -> Tensor:
        return creation.asarray(x)

    def to_numpy(self, x: Tensor) -> Any:
        return x.detach().numpy()

    def arange(self, start: int, stop: int) -> Tensor:
        return creation.arange(start, stop)

    def reshape(self, x: Tensor, shape: Any) -> Tensor:
        return manipulation.reshape(x, shape)

    def transpose(self, x: Tensor, axes: Any) -> Tensor:
        return manipulation.permute_dims(x, axes)

    def reduce(self, x: Tensor, operation: str, axes: Any) -> Tensor:
        return _REDUCTIONS[operation](x, axis=tuple(axes))

    def stack_on_zeroth_dimension(self, tensors: list[Tensor]) -> Tensor:
        return joining.stack(tensors)

    def add_axis(self, x: Tensor, new_position: int) -> Tensor:
        return manipulation.expand_dims(x, axis=new_position)

    def add_axes(self, x: Tensor, n_axes: int, pos2len: dict[int, int]) -> Tensor:
        # A view, where the base class would copy.
        for position in sorted(pos2len):
            x = manipulation.expand_dims(x, axis=position)
        shape = list(x.shape)
        for position, length in pos2len.items():
            shape[position] = length
        return manipulation.broadcast_to(x, tuple(shape))

    def tile(self, x: Tensor, repeats: Any) -> Tensor:
        return joining.tile(x, tuple(repeats))

    def concat(self, tensors: list[Tensor], axis: int) -> Tensor:
        return joining.concat(tensors, axis=axis)

    def is_float_type(self, x: Tensor) -> bool:
        return adapter_of(x.array).kind(x.dtype) == "f"

    def einsum(self, pattern: str, *x: Tensor) -> Tensor:
        return einsum.einsum(pattern, *x)
