"""The optimizer inside the backward: each parameter is updated, and its gradient freed, as soon as the gradient is complete.

Never more than a few gradients are alive at once, where an ordinary step needs all of them: for a model in the same dtype as
its gradients that is one model's worth of memory less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from ..autograd.tensor import Tensor
from ..errors import ArgumentError
from .optimizer import Optimizer, Params

__all__ = ["OptimizerInBackward", "StepInBackward", "in_backward"]


class StepInBackward:
    """The post-accumulate-grad hook of one parameter: a step of its optimizer, after which the gradient is freed.

    Parameters
    ----------
    optimizer : Optimizer
        Of this parameter alone. `in_backward` makes one for each of many.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0], requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(wg.hooks.StepInBackward(wg.optim.SGD([x], lr=0.25)))
    >>> (x * x).sum().backward()
    >>> x.tolist(), x.grad
    ([2.0], None)
    """

    __slots__ = ("optimizer",)

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer

    def __call__(self, param: Tensor) -> None:
        self.optimizer.step()
        param.grad = None


class OptimizerInBackward:
    """What `in_backward` returns: the optimizers at work, one for each parameter.

    Attributes
    ----------
    optimizers : dict from Tensor to Optimizer
        In the order in which the parameters were given.

    Notes
    -----
    As a context manager it removes itself at the end of the block.
    """

    def __init__(self, groups: list[list[Tensor]], optimizers: dict[Tensor, Optimizer]) -> None:
        self.optimizers = optimizers
        self._groups = groups
        self._handles = [
            param.register_post_accumulate_grad_hook(StepInBackward(optimizer)) for param, optimizer in optimizers.items()
        ]

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The options of every parameter, each a group of its own: set ``["lr"]`` in all of them to change the learning rate."""
        return [group for optimizer in self.optimizers.values() for group in optimizer.param_groups]

    def remove(self) -> None:
        """Stop updating; gradients accumulate again."""
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.remove()

    # -- state -------------------------------------------------------------------------------------------------------
    def state_dict(self) -> dict[str, Any]:
        """The state in the form of an ordinary optimizer's, which can load it.

        A group whose parameters have come to have different options is split.
        """
        numbers = {id(param): number for number, param in enumerate(self.optimizers)}
        state = {numbers[id(p)]: entry for o in self.optimizers.values() for p, entry in o.state.items()}
        groups: list[dict[str, Any]] = []
        for params in self._groups:
            previous: dict[str, Any] | None = None
            for param in params:
                options = {**self.optimizers[param].param_groups[0], "params": None}
                if options != previous:
                    groups.append({**options, "params": []})
                    previous = options
                groups[-1]["params"].append(numbers[id(param)])
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take a copy of the state of this, or of an ordinary optimizer, of the same parameters.

        Raises
        ------
        ArgumentError
            If it is of another number of parameters.
        """
        entries = [(number, group) for group in state_dict["param_groups"] for number in group["params"]]
        if len(entries) != len(self.optimizers):
            raise ArgumentError(
                f"load_state_dict of OptimizerInBackward: the state is of {len(entries)} parameters, expected "
                f"{len(self.optimizers)}"
            )
        for (number, group), optimizer in zip(entries, self.optimizers.values(), strict=True):
            own = state_dict["state"].get(number)
            optimizer.load_state_dict(
                {"state": {} if own is None else {number: own}, "param_groups": [{**group, "params": [number]}]}
            )

    def __repr__(self) -> str:
        kinds = sorted({type(o).__name__ for o in self.optimizers.values()})
        return f"OptimizerInBackward({', '.join(kinds)} of {len(self.optimizers)} parameters)"


def in_backward(params: Params, factory: Callable[..., Optimizer], **options: Any) -> OptimizerInBackward:
    """Update each parameter in the backward, as soon as its gradient is complete, and free the gradient at once.

    After ``loss.backward()`` the parameters are what an ordinary ``step()`` would have made of them, and ``.grad`` is None.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        As for an optimizer.
    factory : callable
        An optimizer class, called once for each parameter.
    **options
        Its options.

    Returns
    -------
    OptimizerInBackward
        With ``remove()``, ``state_dict()`` and the optimizers.

    Notes
    -----
    A second backward through a graph that used the old values raises a `VersionError`. Nothing that looks at all gradients
    together (clipping by the total norm, skipping a step on NaN) is possible, because they never exist together.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([4.0], requires_grad=True)
    >>> handle = wg.optim.in_backward([x], wg.optim.SGD, lr=0.25)
    >>> (x * x).sum().backward()
    >>> x.tolist(), x.grad
    ([2.0], None)
    """
    whole = factory(params, **options)  # checks the arguments together, and sorts out groups and defaults
    groups = [list(group["params"]) for group in whole.param_groups]
    optimizers = {param: factory([{**group, "params": [param]}], **options) for param, group in _each(whole)}
    return OptimizerInBackward(groups, optimizers)


def _each(optimizer: Optimizer) -> Iterator[tuple[Tensor, dict[str, Any]]]:
    for group in optimizer.param_groups:
        for param in group["params"]:
            yield param, group
