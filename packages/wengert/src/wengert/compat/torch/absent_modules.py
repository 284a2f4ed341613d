"""Modules of PyTorch's that are not here, for test files that import them: their names may be asked for, and not called."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from ._higher_order_ops import cond, map
from .elsewhere import absent

__all__ = ["BESIDE", "MODULES", "enter"]

#: By their names below ``torch``, the names in them.
MODULES = {
    "_dynamo.backends.common": "aot_autograd",
    "_library.fake_profile": "MissingOpProfile OpProfile TensorMetadata generate_yaml_from_profiles load_op_profiles "
    "read_profiles_from_yaml save_op_profiles",
    "fx.experimental": "",
    "fx.experimental.proxy_tensor": "make_fx",
    "fx.experimental.symbolic_shapes": "ShapeEnv",
    "testing._internal.two_tensor": "TwoTensor TwoTensorMode",
}

#: Modules beside ``torch``, with what is there of them.
BESIDE: dict[str, dict[str, Any]] = {
    "functorch": {},
    "functorch.experimental": {},
    "functorch.experimental.control_flow": {"cond": cond.cond, "map": map.map},
}


def enter() -> None:
    """Put them where ``import torch.<name>`` finds them."""
    for name, functions in MODULES.items():
        path = f"torch.{name}"
        _put(path, {function: absent(f"{path}.{function}") for function in functions.split()})
    for path, found in BESIDE.items():
        _put(path, found)


def _put(path: str, names: dict[str, Any]) -> None:
    module = ModuleType(path, "Only what test files import; what is not here raises UnsupportedError when it is called.")
    module.__path__ = []
    vars(module).update(names)
    sys.modules[path] = module
    parent, _, own = path.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, module)
