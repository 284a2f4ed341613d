"""Optimizers in files whose step was compiled with the rest of a program.

A file names the optimizer, and says which of its parameters are updated together, and in which tensors of the program their
state is. Who loads it binds an optimizer of the same class, with its options, its count of steps and its state; where it has none
yet, it begins with the first step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..autograd.tensor import Tensor
from ..errors import ArgumentError
from .reading import Told
from .stored import Decoder

if TYPE_CHECKING:
    from .binding import Wanted, WantedTensor

__all__ = ["WantedShare", "WantedStep", "step_told"]


def step_told(
    condition: Any, optimizer: int, tensor: Callable[[Tensor], int], value: Callable[[Any], Any]
) -> dict[str, Any]:
    """What a file says of an optimizer's step: `optimizer` is its number, `tensor` and `value` tell what is in it."""
    groups, shares = condition.described()
    told = []
    for group, members in shares:
        params = [[position, tensor(param)] for position, param, _ in members]
        states = [[[name, tensor(one)] for name, one in state.items()] for *_, state in members]
        told.append({"group": group, "params": params, "states": states})
    kinds = [[[value(part) for part in structure], count] for structure, count in groups]
    return {"optimizer": optimizer, "groups": kinds, "shares": told}


class WantedShare:
    """Parameters of a group that are at the same step, whose numbers a program asks for.

    Attributes
    ----------
    step : WantedStep
    group : int
    members : list of tuple
        The place of each in the group, the tensor, the tensors of its state by name.
    function : callable
        Counts a step, and gives the numbers; once the optimizer is bound.
    """

    function: Callable[[], Any]

    def __init__(self, step: WantedStep, told: Told, tensors: list[WantedTensor]) -> None:
        self.step, self.group = step, told["group"].integer(len(step.groups))
        params, states = told["params"].items(), told["states"].items()
        if len(params) != len(states) or not params:
            raise told.wrong("as many parameters as states, and at least one")
        self.members: list[tuple[int, WantedTensor, dict[str, WantedTensor]]] = []
        for param, state in zip(params, states, strict=True):
            position, number = param.items(2)
            named = {}
            for one in state.items():
                name, other = one.items(2)
                named[name.text()] = tensors[other.integer(len(tensors))]
            member = position.integer(step.groups[self.group][1]), tensors[number.integer(len(tensors))], named
            self.members.append(member)
            for want in named.values():
                if want.of_state or want is member[1]:
                    raise state.wrong("tensors that are the state of one parameter each")
                want.of_state = True


class WantedStep:
    """The step of an optimizer that was compiled with the rest.

    Attributes
    ----------
    optimizer : Wanted
    groups : list of tuple
        Of each what decides which operators its update calls, and how many parameters it has.
    shares : list of WantedShare
    condition : callable
        Tells whether the optimizer is as the program takes it to be; once it is bound.
    """

    condition: Callable[[], bool]

    def __init__(self, told: Told, tensors: list[WantedTensor], objects: list[Wanted], decoder: Decoder) -> None:
        self.optimizer = objects[told["optimizer"].integer(len(objects))]
        if self.optimizer.kind != "optimizer":
            raise told["optimizer"].wrong("the number of an optimizer")
        pairs = [one.items(2) for one in told["groups"].items()]
        self.groups = [(_structure(told, decoder), count.integer()) for told, count in pairs]
        self.shares = [WantedShare(self, one, tensors) for one in told["shares"].items()]

    def bind_state(self, bind: dict[str, Any], made: dict[int, Any]) -> None:
        """Find the tensors of the state, or make them; in `made` those of all steps of one optimizer come together."""
        given = bind[self.optimizer.name]
        self._check(given)
        for share in self.shares:
            group = given.param_groups[share.group]
            for position, want, named in share.members:
                param = group["params"][position]
                if param is not want.tensor:
                    raise ArgumentError(
                        f"bind: parameter {position} of group {share.group} of {self.optimizer.name!r} is another tensor than "
                        f"{want.name!r}; make it of the tensors that are bound to these names"
                    )
                state = made.get(id(param))
                if state is None:
                    state = made[id(param)] = dict(given.state.get(param, {}))
                    given.buffers(param, state, group)
                for name, one in named.items():
                    if not isinstance(state.get(name), Tensor):
                        raise ArgumentError(f"bind: {self.optimizer.name!r} keeps no tensor {name!r} of {want.name!r}")
                    one.tensor = state[name]

    def _check(self, given: Any) -> None:
        name, expected = self.optimizer.name, len(self.groups)
        if not hasattr(given, "resume_step"):
            raise ArgumentError(f"bind: {name!r} is a {type(given).__name__} whose step no program can do")
        if len(given.param_groups) != expected:
            raise ArgumentError(f"bind: {name!r} has {len(given.param_groups)} groups of parameters, expected {expected}")
        for number, ((structure, count), group) in enumerate(zip(self.groups, given.param_groups, strict=True)):
            if len(group["params"]) != count:
                raise ArgumentError(
                    f"bind: group {number} of {name!r} has {len(group['params'])} parameters, expected {count}"
                )
            if tuple(given.structure(group)) != structure:
                raise ArgumentError(
                    f"bind: group {number} of {name!r} has other options than the one that was saved, and its update calls other "
                    "operators: whether there is a momentum, a weight decay, and the like, must be as it was"
                )

    def bind(self) -> None:
        """Let the program count the steps of the optimizer that was bound, whose state is found."""
        shares = [
            (share.group, [(position, {n: t.tensor for n, t in named.items()}) for position, _, named in share.members])
            for share in self.shares
        ]
        try:
            functions, self.condition = self.optimizer.thing.resume_step(shares)
        except ArgumentError as error:
            raise ArgumentError(f"bind: {self.optimizer.name!r} {error}") from error.__cause__
        for share, function in zip(self.shares, functions, strict=True):
            share.function = function


def _structure(told: Told, decoder: Decoder) -> tuple[Any, ...]:
    """What decides which operators an update calls: flags, numbers, names."""
    found = tuple([decoder.value(part) for part in told.items()])
    if not all(type(part) in (bool, int, float, str, type(None)) for part in found):
        raise told.wrong("flags, numbers and names")
    return found
