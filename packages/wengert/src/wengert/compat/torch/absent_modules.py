"""Modules of PyTorch's that are not here, for test files that import them: their names may be asked for, and not called."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .elsewhere import absent

__all__ = ["MODULES", "enter"]

#: By their names below ``torch``, the names in them.
MODULES = {
    "_custom_op": "",
    "_custom_op.impl": "CustomOp custom_op get_op infer_schema",
    "_custom_ops": "_destroy custom_op impl impl_abstract impl_backward impl_save_for_backward",
    "_dynamo.backends.common": "aot_autograd",
    "_higher_order_ops": "",
    "_higher_order_ops.hints_wrap": "hints_wrapper",
    "_higher_order_ops.wrap": "dynamo_bypassing_wrapper wrap",
    "_library": "",
    "_library.fake_profile": "MissingOpProfile OpProfile TensorMetadata generate_yaml_from_profiles load_op_profiles "
    "read_profiles_from_yaml save_op_profiles",
    "_library.infer_schema": "infer_schema tuple_to_list",
    "fx.experimental": "",
    "fx.experimental.proxy_tensor": "make_fx",
    "fx.experimental.symbolic_shapes": "ShapeEnv",
    "testing._internal.two_tensor": "TwoTensor TwoTensorMode",
}

#: The same beside ``torch``.
BESIDE = {
    "functorch": "",
    "functorch.experimental": "",
    "functorch.experimental.control_flow": "cond map",
}

#: What is there for programs to look at: there is none of it.
EMPTY: dict[str, dict[str, Any]] = {"_custom_op.impl": {"global_registry": {}}}


def enter() -> None:
    """Put them where ``import torch.<name>`` finds them."""
    for prefix, table in (("torch.", MODULES), ("", BESIDE)):
        for name, functions in table.items():
            path = prefix + name
            module = ModuleType(path, "Not here: what is called of it raises UnsupportedError.")
            module.__path__ = []
            vars(module).update({function: absent(f"{path}.{function}") for function in functions.split()}, **EMPTY.get(name, {}))
            sys.modules[path] = module
            parent, _, own = path.rpartition(".")
            if parent:
                setattr(sys.modules[parent], own, module)
