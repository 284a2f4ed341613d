"""`RemovableHandle`: what registering a hook gives back (rule H6)."""

from __future__ import annotations

import itertools
import warnings
import weakref
from collections import OrderedDict
from types import TracebackType
from typing import Any, Self, TypeVar

from .modes import ACTIVE, current

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]

F = TypeVar("F")


class _Numbered(type):
    """Shows the id that the next handle will get, as a class attribute."""

    @property
    def next_id(cls) -> int:
        return int(repr(_ids)[len("count(") : -1])  # copying an iterator is deprecated, and moves none either


class RemovableHandle(metaclass=_Numbered):
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

    __slots__ = ("__weakref__", "extra_dict_ref", "hooks_dict_ref", "id")

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref: Any = weakref.ref(hooks_dict)
        self.id = next(_ids)
        self.extra_dict_ref: tuple[Any, ...] = ()
        if extra_dict is not None:
            extra = extra_dict if isinstance(extra_dict, list) else [extra_dict]
            self.extra_dict_ref = tuple(weakref.ref(d) for d in extra)

    def remove(self) -> None:
        """Take the hook out. Doing so twice, or after its target has died, is harmless."""
        if ACTIVE and current().tracer is not None:
            current().tracer.removed(self)
        for ref in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = ref()
            if hooks is not None:
                hooks.pop(self.id, None)

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
            _ids = itertools.count(self.id + 1)


_ids = itertools.count()


def unserializable_hook(function: F) -> F:
    """Mark a hook as one that is meant to be lost when its tensor is pickled: no warning is given for it.

    Examples
    --------
    >>> import pickle, wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> handle = x.register_hook(wg.utils.hooks.unserializable_hook(lambda g: g * 2))
    >>> len(pickle.loads(pickle.dumps(x))._backward_hooks or ())
    0
    """
    function.__wengert_unserializable__ = True  # type: ignore[attr-defined]
    return function


def warn_if_has_hooks(tensor: Any) -> None:
    """Warn of each hook that a pickle of `tensor` will not hold (G6.4)."""
    for hook in list((tensor._backward_hooks or {}).values()):
        if not hasattr(hook, "__wengert_unserializable__"):
            warnings.warn(
                f"the hook {hook!r} on a tensor is not pickled with it; if that is intended, decorate it with "
                "wengert.utils.hooks.unserializable_hook",
                UserWarning,
                stacklevel=4,
            )
