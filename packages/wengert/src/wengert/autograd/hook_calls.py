"""The call of one hook: what messages name it, and whether what it returned may stand in for a gradient (rule H3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..arrays.adapter import of_one_library
from ..errors import HookError, HookTypeError
from .modes import current_node
from .origins import Origin, function_name, type_name
from .saved import is_tensor

if TYPE_CHECKING:
    from .hooks import Grads, Hooks
    from .tensor import Tensor

__all__ = ["HookCall", "checked", "checked_tuple", "say_which"]


class HookCall(NamedTuple):
    """One hook about to be called, as an interpreter sees it."""

    hooks: Hooks
    key: int
    fn: Callable[..., Any]

    @property
    def kind(self) -> str:
        return self.hooks.kind

    @property
    def origin(self) -> Origin | None:
        return self.hooks.origin(self.key)

    def __str__(self) -> str:
        """What a message calls it: its kind, its name, the line that registered it, the node that it runs at."""
        origin, node = self.origin, current_node()
        where = f", registered at {origin}" if origin else ""
        return f"the {self.kind} {function_name(self.fn)}{where}" + (f", at {node.name()}{node.origin()}," if node else ",")


#: Who returned something: what `HookCall` is made of, not made yet, as nobody needs one unless something is wrong; or a name.
Call: TypeAlias = "tuple[Hooks, int, Callable[..., Any]] | str"


def say_which(error: BaseException, call: HookCall) -> None:
    """Note on an exception which hook let it out; it stays what it is."""
    error.add_note(f"raised in {str(call).rstrip(',')}")


def _name(call: Call) -> str:
    return call if isinstance(call, str) else str(HookCall(*call))


def checked(call: Call, grad: Tensor | None, result: Any) -> Tensor:
    """`result` if it may replace `grad` (H3)."""
    if grad is None:
        raise HookError(
            f"{_name(call)} replaced a gradient of None by a {type_name(result)}; there is nothing to replace"
        )
    if not is_tensor(result):
        raise HookTypeError(f"{_name(call)} returned {type_name(result)}; expected Tensor or None")
    if result._dtype != grad._dtype or not of_one_library(result._array, grad._array):
        raise HookError(
            f"{_name(call)} has changed the type of value: it was {type_name(grad._array)} of {grad._dtype}, "
            f"got {type_name(result._array)} of {result._dtype}; convert it back"
        )
    if result._shape != grad._shape:
        raise HookError(f"{_name(call)} has changed the size of value: expected shape {grad._shape}, got {result._shape}")
    return result


def checked_tuple(call: Call, grads: Grads, result: Any) -> Grads:
    """`result` if it may replace the tuple `grads` (H3.2, H3.3)."""
    if not isinstance(result, tuple):
        raise HookTypeError(f"{_name(call)} returned {type_name(result)}; expected a tuple of gradients, or None")
    if len(result) != len(grads):
        raise HookError(
            f"{_name(call)} returned an incorrect number of values: expected {len(grads)}, got {len(result)}"
        )
    return tuple(
        new if new is None or new is old else checked(call, old, new) for new, old in zip(result, grads, strict=True)
    )
