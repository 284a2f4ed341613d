"""What a checkpoint in debug mode says when it goes wrong: which operators ran, in the forward and in the recomputation."""

from __future__ import annotations

from contextlib import AbstractContextManager
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from ..autograd.origins import Origin, caller_origin
from ..autograd.tensor import Tensor
from ..errors import CheckpointError
from ..op_modes import intercepted

if TYPE_CHECKING:
    from ..op import Operator

__all__ = ["ComparedRuns", "OperatorLog"]


class Call(NamedTuple):
    """One call of an operator."""

    what: str
    where: Origin

    def __str__(self) -> str:
        return f"{self.what} at {self.where}"


class OperatorLog:
    """Notes the operators that are called: name, operands, line."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def call(self, op: Operator, arguments: dict[str, Any]) -> Any:
        """Note the call and leave it alone."""
        shown = ", ".join(_described(arguments[name]) for name in op.operands)
        self.calls.append(Call(f"{op.name}({shown})", caller_origin()))
        return NotImplemented


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value._dtype}{list(value._shape)}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_described, value))}]"
    return repr(value) if isinstance(value, int | float | complex) else type(value).__name__


class ComparedRuns:
    """The logs of a forward and of its latest recomputation."""

    def __init__(self) -> None:
        self.forward, self.recomputation = OperatorLog(), OperatorLog()

    def context_fn(self) -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
        """The contexts that write them."""
        return intercepted(self.forward), intercepted(self.recomputation, self.recomputation.calls.clear)

    def explain(self, error: CheckpointError) -> CheckpointError:
        """The same error, with the log of the forward, and that of the recomputation from where they part."""
        rows, parted = [], False
        for number, (first, second) in enumerate(zip_longest(self.forward.calls, self.recomputation.calls), 1):
            if parted or first is None or second is None or first.what != second.what:
                rows.append(f"{number}. {first or 'nothing'}\n   in the recomputation {second or 'nothing'}")
                parted = True
            else:
                rows.append(f"{number}. {first}")
        reason = "You are seeing this error because you passed `debug=True` to checkpoint. The operators of the forward:"
        return CheckpointError("\n".join([f"{error} {reason}", *rows]))
