"""``torch._C._autograd``: what of the engine programs reach for under this name."""

from __future__ import annotations

from typing import Any

from ....autograd.modes import current
from ....autograd.saved import SavedTensor as Entry
from ....autograd.saved import keep, keep_output, restore
from ..autograd import SavedTensor
from ..autograd.flags import unsafe_set_version_counter as _unsafe_set_version_counter

__all__ = [
    "SavedTensor",
    "_get_current_graph_task_keep_graph",
    "_make_saved_tensor",
    "_saved_tensors_hooks_is_enabled",
    "_unsafe_set_version_counter",
]


def _saved_tensors_hooks_is_enabled() -> bool:
    """Whether hooks on saved tensors may be used on this thread."""
    return not current().disabled_saved_hooks


def _get_current_graph_task_keep_graph() -> bool:
    """Whether the backward that is running keeps what nodes saved; True outside of one."""
    task = current().task
    return True if task is None else task.keep


class _Saved:
    """A tensor saved by nobody's node."""

    def __init__(self, tensor: Any, is_output: bool) -> None:
        self._entry = keep_output(tensor, 0) if is_output else keep(tensor)

    def unpack(self) -> Any:
        """The tensor, by the unpack hook if there is one."""
        if isinstance(self._entry, Entry) and self._entry.pair is not None:
            return self._entry.pair.unpack_hook(self._entry.packed)
        return restore(self._entry, None)  # type: ignore[arg-type]


def _make_saved_tensor(tensor: Any, is_output: bool) -> _Saved:
    """Save a tensor as a node would, with the hooks in force."""
    return _Saved(tensor, is_output)
