"""The derivative of a function at one point as a linear map of directions, by transposing twice."""

from __future__ import annotations

from collections.abc import Sequence

from ..autograd.arguments import Arguments
from ..autograd.requests import grad
from ..autograd.tensor import Tensor
from ..ops.creation import zeros_like

__all__ = ["Transposed"]


class Transposed:
    """What takes a direction t of the arguments to Jt.

    A backward is a linear function of the gradient g that it is given: it computes Jᵀg. Recorded as a function of g it can be run
    backward itself, which takes t to (Jᵀ)ᵀt = Jt. The value of g does not matter.

    Parameters
    ----------
    arguments : Arguments
        What the function was called with.
    outputs : sequence of Tensor
        What it returned.
    outside : bool
        Whether these lead outside.

    Attributes
    ----------
    products : list of Tensor or None
        Jᵀg for each argument, None where no output depends on it.
    """

    def __init__(self, arguments: Arguments, outputs: Sequence[Tensor], outside: bool) -> None:
        self._grads = [zeros_like(output, requires_grad=True) for output in outputs]
        self.products = arguments.gradients(outputs, self._grads, outside=outside, keep=True, record=True)

    def along(self, directions: Sequence[Tensor | None], record: bool) -> Sequence[Tensor | None]:
        """How each output changes when the arguments move in these directions; None stands for no movement, and for no change."""
        moving = [(p, t) for p, t in zip(self.products, directions, strict=True) if p is not None and t is not None]
        pairs = [(p, t) for p, t in moving if p.requires_grad]
        if not pairs:
            return [None] * len(self._grads)
        products, along = zip(*pairs, strict=True)
        return tuple(grad(products, self._grads, along, retain_graph=True, create_graph=record, allow_unused=True))
