"""``torch.autograd.function``: custom Functions whose tensors are ours."""

from __future__ import annotations

from typing import Any, NoReturn

from ....autograd.tensor import wrap
from ....errors import FunctionError, UsageError
from ....function import Function as Base
from ....function import FunctionCtx as BaseCtx
from ....function import once_differentiable
from ..tensor import Tensor

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "InplaceFunction", "NestedIOFunction", "once_differentiable"]


class FunctionCtx(BaseCtx):
    """The node of a custom Function, and the context of its ``forward`` and ``backward``."""

    def rebuild(self, array: Any, edge: Any) -> Any:
        return wrap(array, edge, Tensor)

    def rebuild_gradient(self, array: Any) -> Any:
        return wrap(array, cls=Tensor)


BackwardCFunction = FunctionCtx

#: What an instance of a Function had when it still was the node.
_OF_NODES = (
    "_register_hook_dict",
    "register_hook",
    "next_functions",
    "name",
    "_sequence_nr",
    "_set_sequence_nr",
    "_input_metadata",
)


class Function(Base):
    """Base of operators whose forward and backward are written by hand; see `wengert.autograd.Function`.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> class Twice(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         return grad * 2
    >>> x = torch.ones(2, requires_grad=True)
    >>> Twice.apply(x).sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """

    _context = FunctionCtx

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise FunctionError(
            "Legacy autograd function with non-static forward method is deprecated. Write it with static methods and call "
            f"{type(self).__name__}.apply(...)"
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name == "metadata":
            raise UsageError(
                "You attempted to access the anomaly metadata of a custom autograd function but the underlying "
                "PyNode has already been deallocated: an instance of a Function is no node"
            )
        if name in _OF_NODES:
            raise UsageError(f"Attribute '{name}' is invalid for an instance of a Function, which is no node: use the grad_fn")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """The rule for a mapped axis, when the Function has one of its own."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set generate_vmap_rule=True."
        )


class InplaceFunction(Function):
    """A Function that writes into its inputs; it says so with ``ctx.mark_dirty``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


NestedIOFunction = Function
