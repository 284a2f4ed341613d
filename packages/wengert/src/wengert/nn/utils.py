"""What training loops do to all parameters at once: clipping, and parameters as one vector."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..autograd.tensor import Tensor, wrap
from ..errors import AnomalyError, ArgumentError
from ..ops.joining import concat
from ..ops.manipulation import reshape
from .writing import write

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "vector_to_parameters"]

Tensors = Tensor | Iterable[Tensor]


def _gradients(parameters: Tensors) -> list[Tensor]:
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [t._grad for t in tensors if t._grad is not None]


def get_total_norm(tensors: Tensors, norm_type: float = 2.0) -> Tensor:
    """The norm of all `tensors`, as if they were one vector.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.utils.get_total_norm([wg.tensor([3.0]), wg.tensor([[4.0]])]).item()
    5.0
    """
    given = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not given:
        raise ArgumentError("get_total_norm: there is no tensor to take the norm of")
    adapter = given[0]._adapter
    norm = adapter.function("linalg.vector_norm")
    norms = [norm(t._array, ord=norm_type) for t in given]
    return wrap(norms[0] if len(norms) == 1 else norm(adapter.functions.stack(norms), ord=norm_type))


def clip_grad_norm_(parameters: Tensors, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False) -> Tensor:
    """Scale the gradients of `parameters` so that their norm, taken together, is at most `max_norm`.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Whose ``.grad`` is scaled in place.
    max_norm, norm_type : float
        The bound, and which norm; ``inf`` for the largest absolute value.
    error_if_nonfinite : bool
        Whether a norm that is NaN or infinite is an error.

    Returns
    -------
    Tensor
        The norm before.

    Raises
    ------
    AnomalyError
        If the norm is not finite, and `error_if_nonfinite`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> x = wg.tensor([0.0, 0.0], requires_grad=True)
    >>> (x * wg.tensor([3.0, 4.0])).sum().backward()
    >>> nn.utils.clip_grad_norm_([x], 1.0).item(), [round(g, 4) for g in x.grad.tolist()]
    (5.0, [0.6, 0.8])
    """
    gradients = _gradients(parameters)
    if not gradients:
        return wrap(_zero())
    total = get_total_norm(gradients, norm_type)
    if error_if_nonfinite and not math.isfinite(float(total._array)):
        raise AnomalyError(f"clip_grad_norm_: the norm of order {norm_type} of the gradients is {float(total._array)}")
    # The factor is multiplied in even where it is 1, so that nothing has to look at its value (PyTorch's convention, as is
    # the small number that keeps a norm of 0 from the denominator).
    xp = gradients[0]._adapter.functions
    factor = xp.clip(max_norm / (total._array + 1e-6), None, 1.0)
    for gradient in gradients:
        write(gradient, gradient._array * factor)
    return total


def _zero() -> Any:
    from ..arrays.adapter import library  # noqa: PLC0415  (only for a model without gradients)

    return library("numpy").zeros((), "float64", None)


def clip_grad_value_(parameters: Tensors, clip_value: float) -> None:
    """Clip each element of the gradients of `parameters` to ``[-clip_value, clip_value]``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> x = wg.tensor([0.0, 0.0], requires_grad=True)
    >>> (x * wg.tensor([3.0, -0.5])).sum().backward()
    >>> nn.utils.clip_grad_value_([x], 1.0)
    >>> x.grad.tolist()
    [1.0, -0.5]
    """
    for gradient in _gradients(parameters):
        write(gradient, gradient._adapter.functions.clip(gradient._array, -clip_value, clip_value))


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters as one vector; recorded, like any operator.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.utils.parameters_to_vector([wg.tensor([1.0]), wg.tensor([[2.0, 3.0]])]).tolist()
    [1.0, 2.0, 3.0]
    """
    return concat([reshape(p, (-1,)) for p in parameters])


def vector_to_parameters(vector: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the numbers of `vector` to the parameters, in order."""
    given = list(parameters)
    sizes = [math.prod(p._shape) for p in given]
    if vector._shape != (sum(sizes),):
        raise ArgumentError(f"vector_to_parameters: expected a vector of {sum(sizes)} numbers, got shape {vector._shape}")
    start = 0
    for parameter, size in zip(given, sizes, strict=True):
        write(parameter, vector._array[start : start + size].reshape(parameter._shape))
        start += size
