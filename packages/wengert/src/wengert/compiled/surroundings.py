"""What a function finds around it: the tensors in its variables, in objects and containers there, and by which way.

A program takes for granted that the function would find the same tensors there (`Surroundings.guard`). And what the function, or
a hook that it calls, puts there for somebody else to find is nothing that a program would do again (`Surroundings.kept`,
`Surroundings.knows`).
"""

from __future__ import annotations

import collections
import functools
import itertools
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from operator import attrgetter, itemgetter
from typing import Any

from ..autograd.tensor import Tensor
from ..op_source import execute

__all__ = ["LIBRARIES", "SameTensors", "Surroundings"]

_serial = itertools.count().__next__

#: How many objects are looked at.
MOST = 10_000

#: In which nothing is looked for.
_PLAIN = (
    type, str, bytes, int, float, complex, types.ModuleType, types.BuiltinFunctionType, types.CodeType, type(None),
    types.GeneratorType,
)  # fmt: skip

#: Whose functions are nobody's who is compiled.
LIBRARIES = frozenset((*sys.stdlib_module_names, "cupy", "dask", "jax", "numpy", "scipy", "torch", "wengert"))

#: How something is got from what it is in; and its name there, or the key that it has.
Way = tuple[Callable[[Any], Any], Any]


class Place:
    """Where something was found: in what, and how it is got from that."""

    __slots__ = ("above", "get", "name", "value")

    def __init__(self, value: Any, above: Place | None = None, way: Way | None = None) -> None:
        self.value, self.above = value, above
        self.get: Callable[[Any], Any] | None = None if way is None else way[0]
        self.name: Any = None if way is None else way[1]

    def __str__(self) -> str:
        above = "" if self.above is None else str(self.above)
        if isinstance(self.name, Name):
            return f"{above}.{self.name}" if above else self.name
        return above if self.name is None else f"{above}[{self.name!r}]"


class Name(str):
    """That of a variable or an attribute, and no key."""

    __slots__ = ()


class Surroundings:
    """What can be found from a function, and from the objects among its arguments, before it is traced.

    Attributes
    ----------
    places : dict
        By the id of each tensor that was found. The tensors are held, so that an id remains that of its tensor.
    """

    def __init__(self, roots: Sequence[Any]) -> None:
        self.roots = tuple(roots)
        self.places = _found(self.roots)
        self.expected: list[Tensor] = []  # what will be there in later calls, though nobody has found it

    def knows(self, tensor: Tensor) -> bool:
        """Whether `tensor` was found, or is expected."""
        return id(tensor) in self.places or any(tensor is one for one in self.expected)

    def kept(self) -> Iterator[Place]:
        """The places at which there are now tensors that were not there before."""
        now = _found(self.roots)
        yield from (place for key, place in now.items() if key not in self.places)

    def guard(self, tensors: Iterable[Tensor]) -> SameTensors:
        """What tests whether the same `tensors` would be found, those of them that were."""
        return SameTensors([self.places[id(tensor)] for tensor in tensors if id(tensor) in self.places])


class SameTensors:
    """Whether tensors are still at the places at which they were found."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.steps: list[tuple[int, Callable[[Any], Any], Any]] = []  # whence, how, and which tensor that gives, or None
        self.known: list[Any] = []
        numbers: dict[int, int] = {}
        for place in places:
            self._number(place, numbers)

    def _number(self, place: Place, numbers: dict[int, int]) -> int:
        found = numbers.get(id(place))
        if found is None:
            if place.above is None or place.get is None:
                found = len(self.known)
                self.known.append(place.value)
                self.steps.append((-1, attrgetter("__class__"), None))
            else:
                above = self._number(place.above, numbers)
                found = len(self.known)
                self.known.append(None)
                self.steps.append((above, place.get, place.value if isinstance(place.value, Tensor) else None))
            numbers[id(place)] = found
        return found

    def __bool__(self) -> bool:
        return any(tensor is not None for *_, tensor in self.steps)

    def fits(self) -> Callable[[], bool]:
        """What says whether they are: straight-line code, as it is asked before each run."""
        constants: dict[str, Any] = {}
        lines = ["def fits():", "    try:"]
        for number, (above, get, tensor) in enumerate(self.steps):
            if above < 0:
                constants[f"v{number}"] = self.known[number]
                continue
            constants[f"get{number}"] = get
            lines.append(f"        v{number} = get{number}(v{above})")
            if tensor is not None:
                constants[f"t{number}"] = tensor
                lines += [f"        if v{number} is not t{number}:", "            return False"]
        lines += ["    except (AttributeError, IndexError, KeyError, TypeError, ValueError):", "        return False"]
        lines.append("    return True")
        made: Callable[[], bool] = execute("\n".join(lines), f"<wengert surroundings {_serial()}>", constants)["fits"]
        return made


def _found(roots: Sequence[Any]) -> dict[int, Place]:
    """The places of tensors, each by the shortest way."""
    tensors: dict[int, Place] = {}
    seen: set[int] = set()
    queue = collections.deque(Place(root) for root in roots)
    while queue and len(seen) < MOST:
        place = queue.popleft()
        value = place.value
        if id(value) in seen or isinstance(value, _PLAIN):
            continue
        seen.add(id(value))
        if isinstance(value, Tensor):
            tensors[id(value)] = place
        else:
            queue.extend(Place(item, place, way) for item, way in _parts(value))
    return tensors


def _parts(value: Any) -> Iterator[tuple[Any, Way]]:
    """What is in an object, each with how it is got."""
    kind = type(value)
    if kind is types.FunctionType:
        yield from _of_function(value)
    elif kind is types.MethodType:
        yield value.__self__, (attrgetter("__self__"), None)
        yield value.__func__, (attrgetter("__func__"), None)
    elif isinstance(value, dict):
        for key, item in list(value.items()):  # what an optimizer knows of a tensor, it looks after itself
            yield item, (_itself(item), None) if isinstance(key, Tensor) else (itemgetter(key), key)
        if kind is not dict:
            yield from _of_object(value)
    elif isinstance(value, (list, tuple, collections.deque)):
        yield from ((item, (itemgetter(i), i)) for i, item in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield from ((item, (_itself(item), None)) for item in value)
    else:
        yield from _of_object(value)


def _itself(item: Any) -> Callable[[Any], Any]:
    """How something is got that is in a set, where nothing has a place."""
    return lambda _: item


def _of_object(value: Any) -> Iterator[tuple[Any, Way]]:
    kind = type(value)
    if isinstance(value, functools.partial):
        yield value.func, (attrgetter("func"), None)
        yield value.args, (attrgetter("args"), None)
        yield value.keywords, (attrgetter("keywords"), None)
        return
    package, _, rest = (kind.__module__ or "").partition(".")
    if package == "wengert" and not rest.startswith(("nn", "optim")):
        with suppress(AttributeError):  # of another compiled function; an adapter would look for a name in its library
            yield object.__getattribute__(value, "_fn"), (attrgetter("_fn"), None)
        return
    if package in LIBRARIES and package != "wengert" and kind.__module__ not in ("collections", "types"):
        return
    variables = getattr(value, "__dict__", None)
    if isinstance(variables, dict):
        yield from ((item, (_attribute(kind, name), Name(name))) for name, item in list(variables.items()))
    function = getattr(kind, "__call__", None) if callable(value) else None  # noqa: B004 - it is the function that is wanted
    if isinstance(function, types.FunctionType) and (function.__module__ or "").partition(".")[0] not in LIBRARIES:
        yield function, (lambda item: type(item).__call__, None)


def _attribute(kind: type, name: str) -> Callable[[Any], Any]:
    """How what an object of class `kind` has in its ``__dict__`` is got."""
    if name.isidentifier() and not hasattr(kind, name):
        return attrgetter(name)
    return lambda item: item.__dict__[name]


def _of_function(function: types.FunctionType) -> Iterator[tuple[Any, Way]]:
    """What a function has in the variables around it, in its module, and as default values."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield cell.cell_contents, (lambda _, cell=cell: cell.cell_contents, Name(name))  # type: ignore[misc]
        except ValueError:  # not set yet
            continue
    module = function.__globals__
    for name in dict.fromkeys(_names(function.__code__)):
        value = module.get(name)
        if isinstance(value, types.FunctionType) and (value.__module__ or "").partition(".")[0] in LIBRARIES:
            continue
        if value is not None:
            yield value, (lambda _, module=module, name=name: module[name], Name(name))  # type: ignore[misc]
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield default, (_itself(default), None)
    wrapped = getattr(function, "__wrapped__", None)
    if wrapped is not None:
        yield wrapped, (attrgetter("__wrapped__"), None)


def _names(code: types.CodeType) -> Iterator[str]:
    """What a function and those inside of it may look up in their module."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
