"""``torch._custom_op.impl``: what `torch._custom_ops` stands on, and its still older decorator."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ....errors import ArgumentError, UsageError
from .. import ops
from .._library.infer_schema import infer_schema
from ..library_declared import Declared, Formula, put
from ..library_ops import DEFINED, find
from ..library_schema import Schema, parsed

__all__ = ["RESERVED_NS", "SUPPORTED_DEVICE_TYPE_TO_KEY", "CustomOp", "custom_op", "get_op", "global_registry", "infer_schema"]

#: Namespaces that are PyTorch's.
RESERVED_NS = {"aten", "at", "prim", "prims", "pytorch", "torch"}

#: Devices that kernels may be given for.
SUPPORTED_DEVICE_TYPE_TO_KEY = {"cpu": "CPU", "cuda": "CUDA"}


class CustomOp:
    """An operator that `torch._custom_ops` has declared; nobody makes one by its class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise UsageError("CustomOp constructor is private: use torch._custom_ops.custom_op")

    @classmethod
    def _of(cls, op: Declared) -> CustomOp:
        made = cls.__new__(cls)
        made._op = op  # type: ignore[attr-defined]
        return made

    def _destroy(self) -> None:
        forget(self._op.name)  # type: ignore[attr-defined]


#: By ``namespace::name``.
global_registry: dict[str, CustomOp] = {}


def checked_name(qualname: str) -> tuple[str, str]:
    """The namespace and the name; raises if they are none that there can be."""
    namespace, _, name = qualname.partition("::")
    if not (namespace and name):
        raise ArgumentError(f"custom_op: qualname: expected a namespace, 'namespace::name', got {qualname!r}")
    if "." in name:
        raise ArgumentError(f"custom_op: qualname: names of overloads, with a '.', are not supported, got {qualname!r}")
    if not namespace.isidentifier():
        raise ArgumentError(f"custom_op: qualname: the namespace must be an identifier, got {namespace!r}")
    if namespace in RESERVED_NS:
        raise ArgumentError(f"custom_op: qualname: {namespace!r} is a reserved namespace")
    return namespace, name


def checked_schema(name: str, text: str) -> Schema:
    """The schema of a function that only computes; raises if it is another."""
    if not re.fullmatch(r"\s*\(.*\)\s*->.*", text, re.DOTALL):
        raise AssertionError(f"Invalid function schema: {name}{text}")
    schema = parsed(name + text)
    if any(a.name == "self" for a in schema.arguments):
        raise ArgumentError(f"custom_op: {name}: no argument may be called 'self', in {schema.text}")
    if schema.obstacle is not None:
        raise ArgumentError(f"custom_op only supports functional operators: {name}: {schema.obstacle}, in {schema.text}")
    return schema


def of_function(name: str, function: Callable[..., Any]) -> Schema:
    """The schema of a function, whose name must be that of the operator."""
    if not inspect.isfunction(function):
        raise ArgumentError(f"custom_op: {name}: expected a function, got {type(function).__name__}")
    if function.__name__ != name:
        raise ArgumentError(f"custom_op: expected the function to have name {name!r}, got {function.__name__!r}")
    return checked_schema(name, infer_schema(function, mutates_args=()))


def declare(qualname: str, schema: Schema) -> Declared:
    """Make the operator, which has neither kernels nor a derivative yet."""
    if qualname in DEFINED:
        raise UsageError(f"custom_op: {qualname}: an operator cannot be defined multiple times; see _destroy")
    made = Declared(qualname, schema)
    made.formula = Formula(made)
    put(made, None)
    global_registry[qualname] = CustomOp._of(made)
    return made


def declared(qualname: str) -> Declared:
    """The operator of that name, made here or by a `Library`."""
    op = find(qualname)
    if not isinstance(op, Declared):
        raise UsageError(f"{qualname} was made by torch.library.custom_op, which has methods for this")
    return op


def forget(qualname: str) -> None:
    """Let the operator be gone."""
    global_registry.pop(qualname, None)
    if DEFINED.pop(qualname, None) is not None:
        ops.take(qualname)


def get_op(qualname: str) -> Any:
    """What ``torch.ops`` gives for it."""
    namespace, _, name = qualname.partition("::")
    return getattr(getattr(ops, namespace), name).default


def checked_device_types(types: str | Sequence[str]) -> list[str]:
    """The keys of devices; raises if there is no such device."""
    names = [types] if isinstance(types, str) else list(types)
    for name in names:
        if name not in SUPPORTED_DEVICE_TYPE_TO_KEY:
            known = ", ".join(SUPPORTED_DEVICE_TYPE_TO_KEY)
            raise ArgumentError(f"impl: device_types: we only support device_type in {known}, got {name!r}")
    return [SUPPORTED_DEVICE_TYPE_TO_KEY[name] for name in names]


def custom_op(qualname: str, manual_schema: str | None = None) -> Callable[[Any], CustomOp]:
    """A decorator: declare an operator by the annotations of a function, or by a schema that its parameters must fit.

    Raises
    ------
    ArgumentError
        If the name, the schema or the function is not one that there can be.
    """
    _, name = checked_name(qualname)

    def decorate(function: Any) -> CustomOp:
        if manual_schema is None:
            schema = of_function(name, function)
        else:
            schema = checked_schema(name, manual_schema)
            _check_fit(inspect.signature(function), schema)
        declare(qualname, schema)
        return global_registry[qualname]

    return decorate


def _check_fit(signature: inspect.Signature, schema: Schema) -> None:
    """Raise unless a function has the parameters that a schema says."""

    def fail(what: str) -> NoReturn:
        raise ArgumentError(f"custom_op(..., manual_schema)(func): {what}; func has {signature}, manual_schema is {schema.text}")

    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = list(signature.parameters.values())
    if any(p.kind not in kinds for p in parameters):
        fail("positional-only arguments, varargs and kwargs are not supported")
    if any(p.annotation is not p.empty for p in parameters) or signature.return_annotation is not signature.empty:
        fail("with a schema the function must have no annotations")
    if any(p.default is not p.empty for p in (*parameters, *schema.signature.parameters.values())):
        fail("neither may have default arguments")
    if [(p.name, p.kind) for p in parameters] != [(p.name, p.kind) for p in schema.signature.parameters.values()]:
        fail("expected the function's signature to match the schema")
