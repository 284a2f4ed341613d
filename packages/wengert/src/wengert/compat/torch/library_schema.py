"""Operators that are declared by a schema, ``"square(Tensor x, float by=1.0) -> Tensor"``, and get their kernels one by one."""

from __future__ import annotations

import ast
import re
from inspect import Parameter, Signature
from typing import Any

from ...errors import UnsupportedError, UsageError

__all__ = ["NO_DEFAULT", "parsed"]

NO_DEFAULT = Parameter.empty

_SCHEMA = re.compile(r"\s*(?P<name>[\w.]+)\s*\((?P<parameters>.*?)\)\s*->\s*(?P<results>.+?)\s*", re.DOTALL)
_PARAMETER = re.compile(r"(?P<kind>\w+(?:\[\w*\])?\??(?:\[\w*\])?\??)\s+(?P<name>\w+)(?:\s*=\s*(?P<default>.+))?", re.DOTALL)
_TYPES = {"Tensor", "int", "SymInt", "float", "bool", "str", "Scalar", "ScalarType", "Device"}


def parsed(schema: str) -> tuple[str, Signature, tuple[str, ...]]:
    """The name of an operator, its signature, and which of its parameters are tensors.

    Raises
    ------
    UsageError
        If it is none.
    UnsupportedError
        If an argument is written to, or is a list of tensors.

    Examples
    --------
    >>> from wengert.compat.torch.library_schema import parsed
    >>> parsed("square(Tensor x, *, float by=1.0) -> Tensor")
    ('square', <Signature (x, *, by=1.0)>, ('x',))
    """
    found = _SCHEMA.fullmatch(schema)
    if found is None:
        raise UsageError(f"schema: expected 'name(Tensor x, …) -> Tensor', got {schema!r}")
    if "(" in found["parameters"]:  # Tensor(a!)
        raise UnsupportedError(f"{schema}: operators that write to arguments, or give back views of them, are not supported")
    parameters: list[Parameter] = []
    tensors = []
    kind: Any = Parameter.POSITIONAL_OR_KEYWORD
    for text in filter(None, map(str.strip, _split(found["parameters"]))):
        if text == "*":
            kind = Parameter.KEYWORD_ONLY
            continue
        part = _PARAMETER.fullmatch(text)
        base = part and re.sub(r"\[\w*\]|\?", "", part["kind"])
        if part is None or base not in _TYPES:
            raise UsageError(f"schema: {schema}: cannot read the parameter {text!r}")
        if base == "Tensor":
            if "[" in part["kind"]:
                raise UnsupportedError(f"{schema}: lists of tensors are not supported")
            tensors.append(part["name"])
        default = NO_DEFAULT if part["default"] is None else ast.literal_eval(part["default"].strip())
        parameters.append(Parameter(part["name"], kind, default=default))
    return found["name"], Signature(parameters), tuple(tensors)


def _split(parameters: str) -> list[str]:
    """At commas outside of brackets."""
    return re.split(r",(?![^\[]*\])", parameters)


def key_of(key: Any) -> tuple[str, ...]:
    """The names of dispatch keys, of one or of several, or of devices."""
    keys = (key,) if isinstance(key, str) else tuple(key)
    return tuple({"cpu": "CPU", "default": "CompositeExplicitAutograd"}.get(k, k) for k in keys)
