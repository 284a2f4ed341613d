"""The call of an operator while some mode is on: nobody who uses none comes here.

Generated functions look whether `ACTIVE` holds anything, and if so hand the call over to a `ModedCall`. First the thread's
*interceptors* may take it: objects that do something else than compute, such as returning what was computed before. Else it
goes to a case that asks whether to record, and tells observers what was recorded; see `wengert.op_case`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from .arrays.batched import BatchedArray
from .autograd.modes import Modes, current

if TYPE_CHECKING:
    from .op import Operator
    from .op_inplace import InPlace

__all__ = ["Interceptor", "ModedCall", "Offered", "call_again", "call_with_forward", "intercepted", "offer"]


class Interceptor(Protocol):
    """What may take over the calls of operators on a thread."""

    def call(self, op: Operator, arguments: dict[str, Any]) -> Any:
        """The result of `op`, or NotImplemented to leave the call to the next.

        `arguments` are by parameter, as the caller gave them: Tensors, raw arrays, numbers. While this runs the interceptor
        is not in force, and those outside of it are.
        """
        ...


class ModedCall:
    """The call of one operator, with all its arguments in the order of its signature, while `ACTIVE` holds something."""

    __slots__ = ("alone", "cases", "names", "only_operands", "op", "positions")

    def __init__(self, op: Operator, cases: dict[tuple[type, ...], Callable[..., Any]]) -> None:
        self.op, self.cases = op, cases
        self.names = tuple(op.signature.parameters)
        self.positions = tuple(self.names.index(o) for o in op.operands)
        self.only_operands = self.positions == tuple(range(len(self.names)))
        # The place of the one operand, where there is no other.
        self.alone = self.positions[0] if len(self.positions) == 1 and not op.sequence else None

    def __call__(self, *arguments: Any) -> Any:
        modes = current()
        if modes.interceptors:
            if self.alone is not None:
                operand, innermost = arguments[self.alone], modes.interceptors[-1]
                if isinstance(operand, BatchedArray) and operand.level is innermost:
                    result = self.op.call_on_samples(innermost, operand, dict(zip(self.names, arguments, strict=True)))
                    if result is not NotImplemented:
                        return result
            result = offer(modes, self.op, dict(zip(self.names, arguments, strict=True)))
            if result is not NotImplemented:
                return result
        if self.only_operands:
            return self.cases[tuple(map(type, arguments))](*arguments)
        return self.cases[tuple([type(arguments[position]) for position in self.positions])](*arguments)


def offer(modes: Modes, op: Operator | InPlace, arguments: dict[str, Any]) -> Any:
    """Offer a call to the interceptors of the thread, the innermost first; NotImplemented if none takes it."""
    stack = modes.interceptors
    before, modes.offered = modes.offered, stack
    try:
        for position in reversed(range(len(stack))):
            modes.interceptors = stack[:position]
            result = stack[position].call(op, arguments)
            if result is not NotImplemented:
                return result
    finally:
        modes.interceptors, modes.offered = stack, before
    return NotImplemented


class Offered:
    """All interceptors that a call was offered to, as one: what may compute tangents where an outer one has taken it."""

    def __init__(self) -> None:
        self.stack = current().offered

    def call(self, op: Operator, arguments: dict[str, Any]) -> Any:
        """Offer a call to them, the innermost first."""
        modes = current()
        before, modes.interceptors = modes.interceptors, self.stack
        try:
            return offer(modes, op, arguments)
        finally:
            modes.interceptors = before


def call_again(op: Operator, arguments: dict[str, Any]) -> Any:
    """Call `op` with its arguments by parameter. From an interceptor: only those outside of it are asked.

    To return this instead of NotImplemented keeps it from being asked twice, where an operator turns some operands into Tensors
    and then calls itself.
    """
    op.node_class_built()
    return op.public.__globals__["MODED"](*arguments.values())


def call_with_forward(
    op: Operator, arguments: dict[str, Any], forward: Callable[..., Any], carrier: Interceptor | None = None
) -> Any:
    """Call `op` with its arguments by parameter, recorded as ever, but let `forward` compute.

    It is called like the operator's own forward, with raw arrays, and returns what that returns. For interceptors: others are
    not asked. The operators that compute tangents are intercepted by those that are in force, and by `carrier`.
    """
    op.node_class_built()
    cases = op.public.__globals__["GIVEN_CASES"]
    modes = current()
    before, modes.carrier = modes.carrier, carrier
    try:
        return cases[tuple([type(arguments[o]) for o in op.operands])](*arguments.values(), forward)
    finally:
        modes.carrier = before


class intercepted:
    """A context in which `interceptor` may take over calls of operators on this thread, inside of those that are there.

    It may be entered again; each time it first calls `start`, if that is given.
    """

    def __init__(self, interceptor: Interceptor, start: Callable[[], Any] | None = None) -> None:
        self.interceptor, self.start = interceptor, start
        self._outside: list[tuple[Any, ...]] = []

    def __enter__(self) -> None:
        if self.start is not None:
            self.start()
        modes = current()
        self._outside.append(modes.interceptors)
        modes.interceptors = (*modes.interceptors, self.interceptor)
        modes.refresh()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        modes = current()
        modes.interceptors = self._outside.pop()
        modes.refresh()
