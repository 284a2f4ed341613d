"""``torch.utils``."""

from . import _mode_utils, _python_dispatch, _pytree, checkpoint, cpp_extension, flop_counter, hooks

__all__ = ["_mode_utils", "_python_dispatch", "_pytree", "checkpoint", "cpp_extension", "flop_counter", "hooks"]
