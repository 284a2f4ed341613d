"""Schemas of operators, ``"square(Tensor x, float by=1.0) -> Tensor"``: what they say of arguments and results."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

from ...errors import UsageError

__all__ = ["Argument", "Schema", "key_of", "parsed"]

_SCHEMA = re.compile(r"\s*(?P<name>[\w.]+)\s*\((?P<parameters>.*)\)\s*->\s*(?P<results>.+?)\s*", re.DOTALL)
_ARGUMENT = re.compile(
    r"(?P<base>\w+)(?P<alias>\(\w+!?\))?(?P<marks>(?:\[\w*\]|\?)*)(?:\s+(?P<name>\w+))?(?:\s*=\s*(?P<default>.+))?", re.DOTALL
)
_TYPES = {"Tensor", "int", "SymInt", "float", "bool", "str", "Scalar", "ScalarType", "Device", "Layout", "MemoryFormat"}
_INSTEAD = {"int64_t": "Use `SymInt` or `int`", "double": "Use `float`"}


@dataclass(frozen=True)
class Argument:
    """One argument, or one result.

    Attributes
    ----------
    name : str
        Empty for most results.
    base : str
        ``"Tensor"``, ``"SymInt"`` and so on.
    several : bool
        Whether it is a list.
    alias : str
        ``"a"`` where views share memory by that name, ``"a!"`` where it is written to.
    keyword : bool
        Whether it must be given by name.
    default : object
        ``inspect.Parameter.empty`` if it must be given.
    """

    name: str
    base: str
    several: bool
    alias: str
    keyword: bool
    default: Any

    @property
    def holds_tensors(self) -> bool:
        """Whether it is a tensor, or a list of them."""
        return self.base == "Tensor"


@dataclass(frozen=True)
class Schema:
    """What a schema says.

    Attributes
    ----------
    text : str
        The schema.
    name : str
    arguments, results : tuple of Argument
    """

    text: str
    name: str
    arguments: tuple[Argument, ...]
    results: tuple[Argument, ...]

    @property
    def signature(self) -> Signature:
        """As one of Python's."""
        kinds = {True: Parameter.KEYWORD_ONLY, False: Parameter.POSITIONAL_OR_KEYWORD}
        return Signature([Parameter(a.name, kinds[a.keyword], default=a.default) for a in self.arguments])

    @property
    def obstacle(self) -> str | None:
        """Why it is not that of a function that only computes; None if it is."""
        if any("!" in a.alias for a in self.arguments):
            return "non-functional operator, which writes to its arguments"
        if any(r.alias for r in self.results):
            return "operator that returns views"
        return None if self.results else "operator with no returns"


def parsed(schema: str) -> Schema:
    """Read a schema.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> from wengert.compat.torch.library_schema import parsed
    >>> found = parsed("square(Tensor x, *, float by=1.0) -> Tensor")
    >>> found.name, found.signature, [a.base for a in found.arguments], found.obstacle
    ('square', <Signature (x, *, by=1.0)>, ['Tensor', 'float'], None)
    >>> parsed("fill(Tensor(a!) x, Tensor[] values) -> ()").obstacle
    'non-functional operator, which writes to its arguments'
    """
    found = _SCHEMA.fullmatch(schema)
    if found is None:
        raise UsageError(f"schema: expected 'name(Tensor x, …) -> Tensor', got {schema!r}")
    results = found["results"]
    inner = results[1:-1] if results.startswith("(") and results.endswith(")") else results
    return Schema(
        schema.strip(),
        found["name"],
        tuple(_arguments(schema, found["parameters"], needs_name=True)),
        tuple(_arguments(schema, inner, needs_name=False)),
    )


def _arguments(schema: str, text: str, needs_name: bool) -> Iterator[Argument]:
    keyword = False
    for part in filter(None, map(str.strip, re.split(r",(?![^\[(]*[\])])", text))):
        if part == "*":
            keyword = True
            continue
        found = _ARGUMENT.fullmatch(part)
        if found is None or (needs_name and not found["name"]):
            raise UsageError(f"schema: {schema}: cannot read the parameter {part!r}")
        if found["base"] not in _TYPES:
            instead = _INSTEAD.get(found["base"], f"expected one of {', '.join(sorted(_TYPES))}")
            raise UsageError(f"schema: {schema}: unknown type specifier {found['base']!r} in {part!r}. {instead}")
        default = Parameter.empty if found["default"] is None else _default(schema, found["default"].strip())
        alias = (found["alias"] or "")[1:-1]
        yield Argument(found["name"] or "", found["base"], "[" in found["marks"], alias, keyword, default)


def _default(schema: str, text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        if re.fullmatch(r"\w+", text):  # the name of a dtype
            return text
        raise UsageError(f"schema: {schema}: cannot read the default {text!r}") from None


def key_of(key: Any) -> tuple[str, ...]:
    """The names of dispatch keys, of one or of several, or of devices."""
    keys = (key,) if isinstance(key, str) else tuple(key)
    return tuple({"cpu": "CPU", "cuda": "CUDA", "default": "CompositeExplicitAutograd"}.get(k, k) for k in keys)
