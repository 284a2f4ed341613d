"""The tensors of the traced run that hooks hold stand for those of the run that goes on, while these hooks are called."""

from __future__ import annotations

import functools
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from ..autograd.saved import is_tensor
from ..autograd.tensor import Tensor

__all__ = ["STANDING", "StandingFor", "reached", "standing"]

#: Held while tensors of the traced run, which are the same ones in all threads, stand for those of another run.
STANDING = threading.RLock()


def reached(function: Any) -> list[Tensor]:
    """The tensors that a function holds: in variables around it, default values, bound arguments, and objects found there."""
    found: dict[int, Tensor] = {}
    seen: dict[int, Any] = {}
    stack = [function]
    while stack and len(seen) < 10_000:
        item = stack.pop()
        if id(item) in seen or isinstance(item, _PLAIN):
            continue
        seen[id(item)] = item
        if isinstance(item, Tensor):
            found[id(item)] = item
            continue
        kind = type(item)
        if kind in (tuple, list, set, frozenset):
            stack += item
        elif kind is dict:
            stack += item.values()
        else:
            stack += _parts(item)
    return list(found.values())


#: In which no tensors are looked for.
_PLAIN = (type, str, bytes, int, float, complex, types.ModuleType, types.BuiltinFunctionType, type(None))


def _parts(item: Any) -> list[Any]:
    """What a function or an object holds."""
    parts: list[Any] = []
    if isinstance(item, types.FunctionType):
        for cell in item.__closure__ or ():
            try:
                parts.append(cell.cell_contents)
            except ValueError:  # not set yet
                continue
        named = [item.__globals__.get(name) for name in item.__code__.co_names]
        parts += [value for value in named if not isinstance(value, types.FunctionType)]
        parts += [item.__defaults__, item.__kwdefaults__]
    elif isinstance(item, types.MethodType):
        parts += [item.__self__, item.__func__]
    elif isinstance(item, functools.partial):
        parts += [item.func, item.args, item.keywords]
    else:
        parts.append(getattr(item, "__dict__", None))
        if callable(item):
            parts.append(type(item).__call__)
    return parts


def standing(stands: Sequence[tuple[Any, ...]]) -> AbstractContextManager[None]:
    """Let each tensor have the array that it stands for, and the gradient where one is told; or both of another tensor."""
    return _standing(stands) if stands else _NOBODY


_NOBODY = nullcontext()


@contextmanager
def _standing(stands: Sequence[tuple[Any, ...]]) -> Iterator[None]:
    with STANDING:
        stands = [stand for stand in stands if stand[1] is not stand[0]]
        before = [(stand[0], stand[0]._array, stand[0]._grad) for stand in stands]
        for tensor, what, *grad in stands:
            tensor._array = what._array if is_tensor(what) else what
            if is_tensor(what):
                tensor._grad = what._grad
            elif grad:
                tensor._grad = grad[0]
        try:
            yield
        finally:
            for tensor, what, *_ in stands:
                if is_tensor(what):  # the hook may have set it
                    what._grad = tensor._grad
            for tensor, array, old in before:
                tensor._array, tensor._grad = array, old


class StandingFor:
    """A hook that is called while the tensors which it holds have the arrays of a call."""

    def __init__(self, function: Callable[..., Any], stands: Sequence[tuple[Any, ...]]) -> None:
        self.function, self.stands = function, stands
        self.__wrapped__, self.__name__ = function, getattr(function, "__name__", type(function).__name__)

    def __call__(self, *args: Any) -> Any:
        with standing(self.stands):
            return self.function(*args)
