"""``torch.autograd.grad_mode``."""

from ....autograd.contexts import enable_grad, inference_mode, no_grad, set_grad_enabled
from .flags import force_original_view_tracking as _force_original_view_tracking
from .flags import set_multithreading_enabled
from .flags import unsafe_preserve_version_counter as _unsafe_preserve_version_counter

__all__ = [
    "_force_original_view_tracking",
    "_unsafe_preserve_version_counter",
    "enable_grad",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
    "set_multithreading_enabled",
]
