"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays.optim import SGDOptions, kernels_for, sgd_arrays, sgd_numbers
from ..autograd.tensor import Tensor
from .optimizer import Optimizer, Params, check_not_negative, out_of_range, rebind, zeros_like

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum on demand.

    With g the gradient plus ``weight_decay`` times the parameter, the momentum becomes ``momentum · b + (1 - dampening) · g``
    (at first g itself), and the parameter loses ``lr`` times it; under `nesterov` it loses ``lr · (g + momentum · b)``.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        The leaves to update, or groups of them with options of their own.
    lr : float
        The learning rate.
    momentum : float
        0 for none.
    dampening : float
        How much less of the gradient enters the momentum.
    weight_decay : float
        The factor of the L2 penalty.
    nesterov : bool
        Whether to look ahead (Sutskever et al. 2013). Needs a momentum, and no dampening.
    maximize : bool
        Whether to go up instead of down.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0], requires_grad=True)
    >>> optimizer = wg.optim.SGD([x], lr=0.25)
    >>> for _ in range(3):
    ...     optimizer.zero_grad()
    ...     (x * x).sum().backward()
    ...     optimizer.step()
    >>> x.tolist()
    [0.5]
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise if an option of `group` is out of range."""
        check_not_negative(self, group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            out_of_range(self, "nesterov", True, "used with a momentum and without dampening")

    def update(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter in place."""
        options = self.options(state, group)
        buffer = self.buffers(param, state, group)[0]
        array, moved = kernels_for(param._array).sgd(param._array, grad, None if buffer is None else buffer._array, options)
        rebind(param, array)
        if buffer is not None:
            rebind(buffer, moved)

    # -- the same, traced: see `wengert.optim.tracing`
    def buffers(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor | None, ...]:
        """What is written to besides the parameter; made, where it is missing."""
        if not group["momentum"]:
            return (None,)
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = state["momentum_buffer"] = zeros_like(param)
        return (buffer,)

    def options(self, state: dict[str, Any], group: dict[str, Any]) -> SGDOptions:
        """How the next step is done. To be asked for before `buffers`."""
        momentum = group["momentum"]
        first = not momentum or state.get("momentum_buffer") is None
        return SGDOptions(
            group["lr"], momentum, group["dampening"], group["weight_decay"], group["nesterov"], group["maximize"], first
        )

    def numbers(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[float, ...]:
        """The numbers of the next step."""
        return sgd_numbers(self.options(state, group))

    def structure(self, group: dict[str, Any]) -> tuple[bool, ...]:
        """What decides which operators a step calls."""
        return bool(group["momentum"]), group["weight_decay"] != 0, bool(group["nesterov"]), bool(group["maximize"])

    def arithmetic(self, param: Any, grad: Any, buffers: Sequence[Any], numbers: Sequence[Any], group: dict[str, Any]) -> Any:
        """The parameter and the buffers after a step, of arrays."""
        _, decays, nesterov, maximize = self.structure(group)
        return sgd_arrays(param, grad, buffers[0], numbers, decays, nesterov, maximize)
