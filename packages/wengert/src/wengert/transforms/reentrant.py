"""The reentrant checkpoint: a custom Function whose backward runs a backward of its own (rules S8, E8)."""

from __future__ import annotations

import warnings
from typing import Any

from ..autograd.contexts import enable_grad, no_grad
from ..autograd.modes import current
from ..autograd.requests import backward
from ..autograd.tensor import Tensor
from ..errors import CheckpointError
from ..function import Function
from ..ops.random import default_generator, random_state

__all__ = ["CheckpointFunction"]


class CheckpointFunction(Function):
    """Run a function without recording it; in the backward run it again, recorded, and a backward through that."""

    @staticmethod
    def forward(ctx: Any, function: Any, preserve_rng_state: bool, *args: Any) -> Any:
        """Call ``function(*args)`` and keep the arguments."""
        if not any(isinstance(arg, Tensor) and arg.requires_grad for arg in args):
            warnings.warn(
                "checkpoint: None of the inputs have requires_grad=True, so with use_reentrant=True the result has no gradient. "
                "Pass use_reentrant=False",
                UserWarning,
                stacklevel=4,
            )
        ctx.function = function
        ctx.random_state = default_generator.get_state() if preserve_rng_state else None
        ctx.others = [None if isinstance(arg, Tensor) else arg for arg in args]
        ctx.positions = [position for position, arg in enumerate(args) if isinstance(arg, Tensor)]
        ctx.save_for_backward(*(args[position] for position in ctx.positions))
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Run the function again on detached arguments, and its backward; their gradients are the result."""
        task = current().task
        if task is not None and task.active is not None:
            library = next((t._library for t in ctx.saved_tensors), Tensor._library)
            raise CheckpointError(
                f"with use_reentrant=True, {library}.utils.checkpoint is incompatible with .grad(), and with inputs= of "
                "backward(): it cannot know which gradients are wanted. Pass use_reentrant=False to checkpoint()"
            )
        args = list(ctx.others)
        for position, tensor in zip(ctx.positions, ctx.saved_tensors, strict=True):
            args[position] = tensor.detach().requires_grad_(tensor.requires_grad)
        with random_state(ctx.random_state), enable_grad():
            result = ctx.function(*args)
        outputs = (result,) if isinstance(result, Tensor) else result
        pairs = [(out, g) for out, g in zip(outputs, grads, strict=True) if isinstance(out, Tensor) and out.requires_grad]
        if not pairs:
            raise CheckpointError(
                "checkpoint: none of output has requires_grad=True: nothing that the checkpointed function returns requires grad "
                "when it is run again, so this checkpoint is not necessary; call the function itself"
            )
        backward([out for out, _ in pairs], [g for _, g in pairs])
        return (None, None, *(arg.grad if isinstance(arg, Tensor) else None for arg in args))
