"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays.optim import AdamOptions, adam_arrays, adam_numbers, kernels_for
from ..autograd.tensor import Tensor
from .optimizer import Optimizer, Params, check_not_negative, out_of_range, rebind, zeros_like

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015).

    Keeps a running mean of the gradient and of its square, corrects both for having begun at zero, and moves the parameter by
    ``lr · mean / (sqrt(square) + eps)``.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        The leaves to update, or groups of them with options of their own.
    lr : float
        The learning rate.
    betas : (float, float)
        How much of the two averages is kept in each step.
    eps : float
        Keeps the denominator from zero.
    weight_decay : float
        The factor of the L2 penalty, whose gradient enters the averages. See `AdamW` for the other kind.
    amsgrad : bool
        Whether to divide by the largest mean square so far (Reddi, Kale and Kumar 2018).
    maximize : bool
        Whether to go up instead of down.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0], requires_grad=True)
    >>> optimizer = wg.optim.Adam([x], lr=0.5)
    >>> for _ in range(40):
    ...     optimizer.zero_grad()
    ...     (x * x).sum().backward()
    ...     optimizer.step()
    >>> abs(x.item()) < 0.2
    True
    """

    _decoupled = False

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise if an option of `group` is out of range."""
        check_not_negative(self, group, "lr", "eps", "weight_decay")
        for number, beta in enumerate(group["betas"]):
            if not 0 <= beta < 1:
                out_of_range(self, f"betas[{number}]", beta, "at least 0 and less than 1")

    def update(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter in place."""
        mean, square, largest = self.buffers(param, state, group)
        assert mean is not None
        assert square is not None
        options = self.options(state, group)
        arrays = kernels_for(param._array).adam(
            param._array, grad, mean._array, square._array, None if largest is None else largest._array, options
        )
        for tensor, array in zip((param, mean, square, largest), arrays, strict=True):
            if tensor is not None:
                rebind(tensor, array)

    # -- the same, traced: see `wengert.optim.tracing`
    def buffers(self, param: Tensor, state: dict[str, Any], group: dict[str, Any]) -> tuple[Tensor | None, ...]:
        """What is written to besides the parameter; made, where it is missing."""
        if "exp_avg" not in state:
            state.setdefault("step", 0)
            state.update(exp_avg=zeros_like(param), exp_avg_sq=zeros_like(param))
        if group["amsgrad"] and "max_exp_avg_sq" not in state:
            state["max_exp_avg_sq"] = zeros_like(param)
        return state["exp_avg"], state["exp_avg_sq"], state["max_exp_avg_sq"] if group["amsgrad"] else None

    def options(self, state: dict[str, Any], group: dict[str, Any]) -> AdamOptions:
        """How the next step is done, which is counted by this."""
        step = state["step"] = state.get("step", 0) + 1
        beta1, beta2 = group["betas"]
        return AdamOptions(
            step, group["lr"], beta1, beta2, group["eps"], group["weight_decay"], self._decoupled, group["maximize"]
        )

    def numbers(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[float, ...]:
        """The numbers of the next step, which is counted by this."""
        return adam_numbers(self.options(state, group))

    def structure(self, group: dict[str, Any]) -> tuple[bool, ...]:
        """What decides which operators a step calls."""
        return bool(group["amsgrad"]), group["weight_decay"] != 0, bool(group["maximize"])

    def arithmetic(self, param: Any, grad: Any, buffers: Sequence[Any], numbers: Sequence[Any], group: dict[str, Any]) -> Any:
        """The parameter and the buffers after a step, of arrays."""
        _, decays, maximize = self.structure(group)
        return adam_arrays((param, grad, *buffers), numbers, decays, self._decoupled, maximize)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), which stays out of the averages.

    Parameters
    ----------
    params, lr, betas, eps, amsgrad, maximize
        As for `Adam`.
    weight_decay : float
        Each step multiplies the parameter by ``1 - lr · weight_decay``.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> optimizer = wg.optim.AdamW([x], lr=0.1, weight_decay=0.5)
    >>> (x * 0).sum().backward()
    >>> optimizer.step()
    >>> x.tolist()
    [0.95]
    """

    _decoupled = True

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
