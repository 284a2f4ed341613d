"""``wengert.autograd``: the graph and its engine, under the names of ``torch.autograd``."""

from __future__ import annotations

import importlib
from typing import Any

from . import forward_ad, graph
from .anomaly import detect_anomaly, is_anomaly_check_nan_enabled, is_anomaly_enabled, set_detect_anomaly
from .contexts import enable_grad, inference_mode, no_grad, set_grad_enabled
from .engine import queue_callback
from .requests import backward, grad

__all__ = [
    "Function",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "no_grad",
    "queue_callback",
    "set_detect_anomaly",
    "set_grad_enabled",
]

#: Names that PyTorch has here and that in this house live elsewhere, on floors above or in modules of other names: fetched
#: when asked for.
_ABOVE = {
    "Function": ("wengert.function", "Function"),
    "anomaly_mode": ("wengert.autograd.anomaly", None),
    "function": ("wengert.autograd.function", None),
    "functional": ("wengert.autograd.functional", None),
    "grad_mode": ("wengert.autograd.contexts", None),
    "gradcheck": ("wengert.testing", "gradcheck"),
    "gradgradcheck": ("wengert.testing", "gradgradcheck"),
    "profiler": ("wengert.observe.profiler", None),
}


def __getattr__(name: str) -> Any:
    if name not in _ABOVE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _ABOVE[name]
    found = importlib.import_module(module)
    return found if attribute is None else getattr(found, attribute)
