"""What to call the things that a function closes over: tensors, optimizers, hooks, by the variables through which it has them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, ModuleType
from typing import Any

from ..arrays.adapter import is_array
from ..autograd.tensor import Tensor

__all__ = ["Names"]

#: How deep objects within objects are looked at.
DEEPEST = 5


class Names:
    """Names for objects: those that were given, then those by which a function has them, then new ones.

    Parameters
    ----------
    given : mapping
        From names to objects.
    fn : callable
        Whose variables are looked at.
    """

    def __init__(self, given: Mapping[str, Any], fn: Callable[..., Any]) -> None:
        self.names: dict[int, str] = {}
        self.used: set[str] = set()
        self._kept: list[Any] = []  # so that an id stays that of its object
        found = [*given.items(), *closed_over(fn)]
        for _ in range(DEEPEST):  # level by level: the shortest way gives the name
            found = [inner for name, value in found for inner in self._look(name, value)]

    def _look(self, name: str, value: Any) -> list[tuple[str, Any]]:
        """Name an object; what is in it, with the names for that."""
        if id(value) in self.names or not _is_object(value):
            return []
        self._name(value, name)
        if isinstance(value, Tensor) or is_array(value):
            return []
        return [(name + suffix, item) for suffix, item in self._parts(value)]

    def _parts(self, value: Any) -> Iterator[tuple[str, Any]]:
        """What is in an object, with how it is got from there."""
        if isinstance(value, Mapping):
            yield from ((self._key(key), item) for key, item in list(value.items()))
        elif isinstance(value, (list, tuple)):
            yield from ((f"[{i}]", item) for i, item in enumerate(value))
        elif hasattr(value, "named_parameters") and hasattr(value, "named_buffers"):  # a module
            yield from ((f".{name}", item) for name, item in (*value.named_parameters(), *value.named_buffers()))
        elif hasattr(value, "__dict__") and not callable(value):
            yield from ((f".{name}", item) for name, item in list(vars(value).items()))

    def _key(self, key: Any) -> str:
        """How an entry of a mapping is got, of which optimizers have some whose keys are tensors."""
        if isinstance(key, str):
            return f".{key}"
        return f"[{self.names.get(id(key), 'tensor') if isinstance(key, Tensor) else repr(key)}]"

    def _name(self, value: Any, name: str) -> str:
        unique, number = name, 2
        while unique in self.used:
            unique, number = f"{name}_{number}", number + 1
        self.used.add(unique)
        self.names[id(value)] = unique
        self._kept.append(value)
        return unique

    def of(self, value: Any, otherwise: str) -> str:
        """The name of an object; one like `otherwise` if it has none yet."""
        return self.names.get(id(value)) or self._name(value, otherwise)

    def new(self, name: str) -> str:
        """A name like `name` that nothing has."""
        return self._name(object(), name)


def _is_object(value: Any) -> bool:
    """Whether it is worth a name: no constant, no code."""
    return not isinstance(value, (type(None), bool, int, float, complex, str, bytes, type, ModuleType))


def closed_over(fn: Any) -> Iterator[tuple[str, Any]]:
    """The variables from outside that a function uses, by name: of its closure, of its module, and what it is a method of."""
    if isinstance(fn, functools.partial):
        named = inspect.signature(inspect.unwrap(fn.func)).parameters
        yield from (*zip(named, fn.args, strict=False), *fn.keywords.items())
        fn = fn.func
    fn = inspect.unwrap(fn)
    owner = getattr(fn, "__self__", None)
    if owner is not None:
        yield "self", owner
    fn = getattr(fn, "__func__", fn)
    code = getattr(fn, "__code__", None)
    if not isinstance(code, CodeType):
        return
    for name, cell in zip(code.co_freevars, fn.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not yet assigned
            continue
    names = dict.fromkeys(_global_names(code))
    yield from ((name, fn.__globals__[name]) for name in names if name in fn.__globals__)
    for name, parameter in inspect.signature(fn).parameters.items():
        if parameter.default is not parameter.empty:
            yield name, parameter.default


def _global_names(code: CodeType) -> Iterator[str]:
    """What a function and those inside of it may look up in their module."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)
