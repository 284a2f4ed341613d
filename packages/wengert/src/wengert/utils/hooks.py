"""``wengert.utils.hooks``: handles of hooks, and hooks that are not pickled."""

from ..autograd.handles import RemovableHandle, unserializable_hook, warn_if_has_hooks

__all__ = ["RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]
