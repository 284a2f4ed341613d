"""``torch.autograd`` over Wengert's engine."""

from __future__ import annotations

import sys
from typing import Any

from ....autograd.anomaly import detect_anomaly, is_anomaly_check_nan_enabled, is_anomaly_enabled, set_detect_anomaly
from ....autograd.contexts import enable_grad, inference_mode, no_grad, set_grad_enabled
from ....autograd.requests import backward as _backward
from ....autograd.requests import grad as _grad
from ....autograd.saved import SavedHandle
from ....errors import UsageError
from ..kinds import Size
from ..overrides import overridable
from . import (
    _functions,
    anomaly_mode,
    forward_ad,
    function,
    functional,
    grad_mode,
    graph,
    profiler,
    profiler_util,
)
from .flags import force_original_view_tracking as _force_original_view_tracking
from .flags import is_multithreading_enabled, is_view_replay_enabled, set_multithreading_enabled
from .flags import unsafe_preserve_version_counter as _unsafe_preserve_version_counter
from .function import Function, NestedIOFunction
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .variable import Variable

__all__ = [
    "Function",
    "GradcheckError",
    "NestedIOFunction",
    "SavedTensor",
    "Variable",
    "_calculate_shape",
    "_force_original_view_tracking",
    "_functions",
    "_profiler_enabled",
    "_unsafe_preserve_version_counter",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_multithreading_enabled",
    "is_view_replay_enabled",
    "kineto_available",
    "no_grad",
    "profiler",
    "profiler_util",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
    "torch",
]


backward, grad = overridable(_backward), overridable(_grad)


class _SavedTensorMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, SavedHandle)


class SavedTensor(metaclass=_SavedTensorMeta):
    """The kind of handles of saved values, which nodes give out as ``_raw_saved_<name>``."""

    def __init__(self) -> None:
        raise UsageError("Trying to create a SavedTensor object from Python is forbidden: take it from a node")


def kineto_available() -> bool:
    """False: that is PyTorch's own profiler."""
    return False


def _profiler_enabled() -> bool:
    return bool(profiler._in_force())


def _calculate_shape(output: Any, grad: Any, is_grads_batched: bool) -> tuple[Size, Size]:
    """The shapes of an output and of its gradient without the batch."""
    shape = grad._shape[1:] if is_grads_batched else grad._shape
    return Size(output._shape), Size(shape)


def __getattr__(name: str) -> Any:
    if name == "torch":  # programs of old write ``torch.autograd.torch``
        return sys.modules[__name__.rpartition(".")[0]]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
