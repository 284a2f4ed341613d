"""`RemovableHandle`: what registering a hook gives back (rule H6)."""

from __future__ import annotations

import itertools
import weakref
from collections import OrderedDict
from types import TracebackType
from typing import Any, Self

__all__ = ["RemovableHandle"]


class RemovableHandle:
    """Removes one hook: by `remove`, or on leaving a ``with`` block.

    Parameters
    ----------
    hooks_dict : OrderedDict
        The dictionary that the hook is, or will be, in under the handle's ``id``. It is known weakly: a handle keeps
        nothing alive, and removing after the target has died does nothing.
    extra_dict : OrderedDict or list of them, optional
        Further dictionaries from which the id is removed as well.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> with x.register_hook(lambda g: g * 100):
    ...     (x * 2).sum().backward()
    >>> x.grad.tolist(), len(x._backward_hooks)
    ([200.0], 0)
    """

    next_id: int = 0

    __slots__ = ("__weakref__", "extra_dict_ref", "hooks_dict_ref", "id")

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref: Any = weakref.ref(hooks_dict)
        self.id = next(_ids)
        RemovableHandle.next_id = self.id + 1
        extra = [] if extra_dict is None else extra_dict if isinstance(extra_dict, list) else [extra_dict]
        self.extra_dict_ref: tuple[Any, ...] = tuple(weakref.ref(d) for d in extra)

    def remove(self) -> None:
        """Take the hook out. Doing so twice, or after its target has died, is harmless."""
        for ref in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = ref()
            if hooks is not None and self.id in hooks:
                del hooks[self.id]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.remove()

    def __getstate__(self) -> Any:
        return (self.hooks_dict_ref(), self.id, tuple(ref() for ref in self.extra_dict_ref))

    def __setstate__(self, state: Any) -> None:
        global _ids
        hooks, self.id, *extra = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple(weakref.ref(OrderedDict() if d is None else d) for d in (extra[0] if extra else ()))
        if self.id >= RemovableHandle.next_id:
            RemovableHandle.next_id = self.id + 1
            _ids = itertools.count(RemovableHandle.next_id)


_ids = itertools.count()
