"""``wengert.utils.hooks``: the handle that registering a hook gives back."""

from ..autograd.handles import RemovableHandle

__all__ = ["RemovableHandle"]
