"""An optimizer's step as a part of a compiled function: traced like everything else, so that it is compiled with the rest.

The arrays of the update, parameters and state, are written to when the program is through with them. What changes from step to
step besides, learning rates and what depends on the number of steps, are numbers that each run asks the optimizer for. The rest,
such as whether there is a momentum, is what the program was made with; where that has changed, another program is made.

An optimizer can be traced that says in `buffers`, `numbers`, `structure` and `arithmetic` what its `update` does. Others are
called as they are, and so is one with hooks, which see the step before and after.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.contexts import enable_grad
from ..autograd.tensor import Tensor
from ..autograd.views import announce_write
from ..errors import ArgumentError, CompileError

if TYPE_CHECKING:
    from .optimizer import Optimizer

__all__ = ["resumed", "traced_step"]


def traced_step(optimizer: Optimizer, tracer: Any, closure: Callable[[], Any] | None) -> Any:
    """The step of `optimizer` in a function that `tracer` writes down; gives what `closure` gave."""
    loss = None
    if closure is not None:
        if optimizer._pre_hooks or optimizer._post_hooks:
            raise CompileError(
                f"{type(optimizer).__name__}.step(closure) was called in a compiled function, and the optimizer has hooks, which "
                "are called around the closure; call the closure yourself, and then step()"
            )
        with enable_grad():
            loss = closure()
    due = [(p, group) for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    if tracer.takes_optimizers and _can_be_traced(optimizer) and tracer.alone([p for p, _ in due]):
        _trace(optimizer, tracer, due)
    else:
        tracer.outside(f"{type(optimizer).__name__}.step()", optimizer.step, list(optimizer._params()))
    return loss


def _can_be_traced(optimizer: Optimizer) -> bool:
    """Whether `update` is that of the class which says what it does, and nobody looks on."""
    owner = next(c for c in type(optimizer).__mro__ if "update" in vars(c))
    return (
        "arithmetic" in vars(owner)
        and "update" not in vars(optimizer)
        and not (optimizer._pre_hooks or optimizer._post_hooks)
        and all(p._adapter.kind(p._dtype) == "f" for p in optimizer._params())
    )


def _trace(optimizer: Any, tracer: Any, due: list[tuple[Tensor, dict[str, Any]]]) -> None:
    before = {param: dict(optimizer.state[param]) for param, _ in due if param in optimizer.state}
    tracer.undo.append(lambda: _take_back(optimizer, before, due))
    shares = _shares(optimizer, due)
    for share in shares:
        numbers = tracer.ask(f"the numbers of {type(optimizer).__name__}", share, share.params[0])
        for param, state in zip(share.params, share.states, strict=True):
            _update(optimizer, tracer, param, state, share.group, numbers)
    tracer.conditions.append(_Same(optimizer, shares))


def _update(
    optimizer: Any, tracer: Any, param: Tensor, state: dict[str, Any], group: dict[str, Any], numbers: list[Any]
) -> None:
    """Let `param` and its state be what the step makes of them."""
    buffers = tracer.untraced(lambda: optimizer.buffers(param, state, group))  # they stay when the run is over
    written = [param, *buffers]
    tracer.expect([tensor for tensor in buffers if tensor is not None])
    for tensor in written:
        if tensor is not None:
            tracer.adopt(tensor)
    announce_write(param)
    grad = param.grad
    assert grad is not None
    arrays = [None if tensor is None else tensor._array for tensor in buffers]
    found = optimizer.arithmetic(param._array, grad._array, arrays, numbers, group)
    for tensor, array in zip(written, found, strict=True):
        if tensor is not None:
            tensor._overwrite(array if array.dtype == tensor._dtype else tensor._adapter.cast(array, tensor._dtype))


def _take_back(optimizer: Any, before: dict[Tensor, dict[str, Any]], due: list[tuple[Tensor, dict[str, Any]]]) -> None:
    """What the state was, after an error in the function."""
    for param, _ in due:
        if param in before:
            state = optimizer.state[param]
            state.clear()
            state.update(before[param])
        else:
            optimizer.state.pop(param, None)


class _Share:
    """Parameters of a group that are at the same step, and so have the numbers of their updates in common.

    Called, it counts a step of all of them, and gives its numbers.

    Attributes
    ----------
    begun : bool
        Whether its tensors are in the state.
    """

    begun = True

    def __init__(self, optimizer: Any, group: dict[str, Any]) -> None:
        self.optimizer, self.group = optimizer, group
        self.params: list[Tensor] = []
        self.states: list[dict[str, Any]] = []

    def __call__(self) -> tuple[float, ...]:
        first, *others = self.states
        numbers: tuple[float, ...] = self.optimizer.numbers(first, self.group)
        if others and "step" in first:
            for state in others:
                state["step"] = first["step"]
        return numbers

    def tensors(self) -> list[dict[str, Tensor]]:
        """The tensors of the state of each parameter, by name."""
        return [{name: value for name, value in state.items() if isinstance(value, Tensor)} for state in self.states]

    def together(self) -> bool:
        """Whether they still are at the same step."""
        step = self.states[0].get("step")
        return step is None or all(state["step"] == step for state in self.states)


def _shares(optimizer: Any, due: list[tuple[Tensor, dict[str, Any]]]) -> list[_Share]:
    found: dict[Any, _Share] = {}
    for param, group in due:
        state = optimizer.state.setdefault(param, {})
        share = found.setdefault((id(group), state.get("step"), not state), _Share(optimizer, group))
        share.params.append(param)
        share.states.append(state)
    return list(found.values())


class _Resumed(_Share):
    """A share of an optimizer that a program from a file updates.

    The tensors of a state that was not there are made when the optimizer is bound, and enter it with the first step: to some
    optimizers a step that finds none is another one.
    """

    def __init__(self, optimizer: Any, group: dict[str, Any], members: Sequence[tuple[int, dict[str, Tensor]]]) -> None:
        super().__init__(optimizer, group)
        self.params = [group["params"][position] for position, _ in members]
        self.states = [optimizer.state.setdefault(param, {}) for param in self.params]
        self.begun, self._tensors = False, [tensors for _, tensors in members]
        if len({state.get("step", 0) for state in self.states}) > 1:
            raise ArgumentError("has parameters at different steps, which the program updates together")

    def __call__(self) -> tuple[float, ...]:
        numbers = tuple(map(float, super().__call__()))
        if not self.begun:
            for state, tensors in zip(self.states, self._tensors, strict=True):
                state.update(tensors)
            self.begun = True
        return numbers

    def tensors(self) -> list[dict[str, Tensor]]:
        return self._tensors


def resumed(
    optimizer: Any, shares: Sequence[tuple[int, Sequence[tuple[int, dict[str, Tensor]]]]]
) -> tuple[list[Callable[[], Any]], Callable[[], bool]]:
    """See `Optimizer.resume_step`."""
    if not _can_be_traced(optimizer):
        raise ArgumentError(
            "has step hooks, complex parameters, or an update of its own, and the step of the one that was saved is compiled"
        )
    found = [_Resumed(optimizer, optimizer.param_groups[group], members) for group, members in shares]
    return list(found), _Same(optimizer, found)


class _Same:
    """Tells whether an optimizer is as it was when its step was traced, but for numbers and the values of arrays."""

    def __init__(self, optimizer: Any, shares: Sequence[_Share]) -> None:
        self.optimizer, self.shares, self.state = optimizer, shares, optimizer.state
        self.groups = [(group, optimizer.structure(group), list(group["params"])) for group in optimizer.param_groups]
        self.entries: list[tuple[dict[Any, Any], Any, Any]] = []
        for share in shares:
            for param, state, tensors in zip(share.params, share.states, share.tensors(), strict=True):
                self.entries.append((optimizer.state, param, state))
                self.entries += [(state, name, value) for name, value in tensors.items()]

    def __call__(self) -> bool:
        optimizer = self.optimizer
        return (
            optimizer.state is self.state
            and not optimizer._pre_hooks
            and not optimizer._post_hooks
            and len(optimizer.param_groups) == len(self.groups)
            and all(map(self._is_group, optimizer.param_groups, self.groups))
            and self._has_tensors()
            and all(share.together() for share in self.shares)
        )

    def _has_tensors(self) -> bool:
        if all(share.begun for share in self.shares):
            return all(owner.get(name) is value for owner, name, value in self.entries)
        return all(owner.get(name, value) is value for owner, name, value in self.entries)

    def described(self) -> tuple[list[Any], list[Any]]:
        """What a program that is kept in a file has to know.

        Of each group what decides which operators an update calls, and the number of its parameters; of each share the number of
        its group, and for each parameter its place there, itself, and the tensors of its state by name.
        """
        groups = [(structure, len(params)) for _, structure, params in self.groups]
        shares = []
        for share in self.shares:
            number = next(i for i, (group, _, _) in enumerate(self.groups) if group is share.group)
            places = {id(param): i for i, param in enumerate(share.group["params"])}
            tensors = zip(share.params, share.tensors(), strict=True)
            shares.append((number, [(places[id(param)], param, state) for param, state in tensors]))
        return groups, shares

    def _is_group(self, group: dict[str, Any], known: tuple[dict[str, Any], Any, list[Tensor]]) -> bool:
        params = group["params"]
        return (
            group is known[0]
            and self.optimizer.structure(group) == known[1]
            and len(params) == len(known[2])
            and all(map(operator.is_, params, known[2]))
        )
