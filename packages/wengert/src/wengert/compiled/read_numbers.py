"""The numbers, strings and flags that the code of a function reads by name around it: a program is for their values.

Those are meant that the function itself reads, not what it calls: as a variable around it or of its module, and from there, or
from the object that it is a method of, by attributes and by keys that stand in the code: ``rate``, ``self.rate``,
``config["rate"]``.
What it writes itself, as a counter, is left out.
"""

from __future__ import annotations

import dis
import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

from .surroundings import LIBRARIES

__all__ = ["NumbersRead"]

#: What is compared.
_CONSTANTS = (bool, int, float, complex, str, type(None))

_MISSING: Any = object()

#: How something is got; the last step of the way to what is read.
Get = Callable[[], Any]


class NumbersRead:
    """What a function reads, and whether it still is so.

    Parameters
    ----------
    fn : callable
    first : object
        Its first argument, for the object that a method has there.
    """

    def __init__(self, fn: Any, first: Any = None) -> None:
        self.found: list[tuple[Get, Any]] = []
        function, owner = _function_of(fn, first)
        if function is not None:
            values = {get: get() for get in _reads(function, owner)}
            self.found = [(get, value) for get, value in values.items() if type(value) in _CONSTANTS]

    def __bool__(self) -> bool:
        return bool(self.found)

    def fits(self) -> bool:
        """Whether every value is what it was."""
        for get, value in self.found:
            now = get()
            if now is not value and (type(now) is not type(value) or now != value or str(now) != str(value)):
                return False
        return True


def _function_of(fn: Any, first: Any) -> tuple[types.FunctionType | None, Any]:
    """The function of which the code is, and the object that it is a method of."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    fn = inspect.unwrap(fn)
    if isinstance(fn, types.MethodType):
        fn, first = fn.__func__, fn.__self__
    elif not isinstance(fn, types.FunctionType):
        fn, first = getattr(type(fn), "__call__", None), fn  # noqa: B004 - it is the function that is wanted
    return (fn, first) if isinstance(fn, types.FunctionType) else (None, None)


def _reads(function: types.FunctionType, owner: Any) -> Iterator[Get]:
    """The ways to whatever the code of a function reads by name, whether it is a number or not."""
    code = function.__code__
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    instructions = list(dis.get_instructions(code))
    written = {i.argval for i in instructions if i.opname.startswith("STORE_")}
    way: Get | None = None
    key: Any = _MISSING
    for instruction in instructions:
        name, what = instruction.opname, instruction.argval
        before, last, way = way, key, None
        key = _MISSING
        if name == "LOAD_DEREF" and what in cells and what not in written:
            way = functools.partial(_in_cell, cells[what])
        elif name in ("LOAD_GLOBAL", "LOAD_NAME") and what not in written:
            way = functools.partial(function.__globals__.get, what, _MISSING)
        elif name.startswith("LOAD_FAST") and owner is not None and code.co_argcount and what == code.co_varnames[0]:
            way = functools.partial(_itself, owner)
        elif name in ("LOAD_ATTR", "LOAD_METHOD") and before is not None and what not in written:
            way = functools.partial(_attribute, before, what)
        elif name == "LOAD_CONST" and before is not None:
            way, key = before, what
            continue
        elif name == "BINARY_SUBSCR" and before is not None and last is not _MISSING:
            way = functools.partial(_item, before, last)
        elif name in ("CACHE", "RESUME", "NOP"):
            way, key = before, last
            continue
        if way is not None:
            yield way


def _in_cell(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


def _itself(owner: Any) -> Any:
    return owner


def _attribute(get: Get, name: str) -> Any:
    """An attribute that an object has itself, or a plain one of its class; no property is called."""
    owner = get()
    if isinstance(owner, types.ModuleType) and owner.__name__.partition(".")[0] in LIBRARIES:
        return _MISSING
    variables = getattr(owner, "__dict__", None)
    if isinstance(variables, (dict, types.MappingProxyType)) and name in variables:
        return variables[name]
    for kind in type(owner).__mro__:
        if name in vars(kind):
            value = vars(kind)[name]
            return value if type(value) in _CONSTANTS else _MISSING
    return _MISSING


def _item(get: Get, key: Any) -> Any:
    owner = get()
    if type(owner) is dict:
        return owner.get(key, _MISSING)
    if type(owner) in (list, tuple) and type(key) is int and -len(owner) <= key < len(owner):
        return owner[key]
    return _MISSING
