"""``torch.overrides``: asking about ``__torch_function__``."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from ...autograd.engine import GraphTask
from ...autograd.modes import current
from ...autograd.tensor import Tensor as Base
from ...op_modes import intercepted
from . import aten
from .tensor import Tensor

__all__ = ["BaseTorchFunctionMode", "TorchFunctionMode", "enable_reentrant_dispatch", "has_torch_function", "overridable", "told"]


class _Function:
    """An operator as modes see it: under the name of PyTorch's function."""

    def __init__(self, op: Any) -> None:
        self.overload = aten.overload_of(op)
        self.__name__ = self.overload.__name__.partition(".")[0]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.overload(*args, **kwargs)


class TorchFunctionMode:
    """A context in which ``__torch_function__`` is called for each operator that the program calls on this thread.

    It is not called for what the derivatives of operators compute in a backward, nor for anything in a compiled one.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> class Names(torch.overrides.TorchFunctionMode):
    ...     def __torch_function__(self, func, types, args=(), kwargs=None):
    ...         print(func.__name__)
    ...         return func(*args, **(kwargs or {}))
    >>> x = torch.ones(2, requires_grad=True)
    >>> with Names():
    ...     (x * 2).sum().backward()
    mul
    sum
    backward
    """

    _contexts: list[intercepted]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """What `wengert.op_modes` calls for each operator."""
        task = current().task
        if task is not None and (type(task) is not GraphTask or current().wanted[0] is None):
            return NotImplemented
        return self.__torch_function__(_Function(op), (), tuple(arguments.values()), {})

    def __enter__(self) -> Self:
        contexts = self.__dict__.setdefault("_contexts", [])
        contexts.append(intercepted(self))
        contexts[-1].__enter__()
        _enter(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _leave()
        self._contexts.pop().__exit__(kind, error, trace)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that calls the function."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


class _Stack(threading.local):
    """The modes of this thread, the innermost last."""

    def __init__(self) -> None:
        self.modes: list[TorchFunctionMode] = []


_STACK = _Stack()


class _Entered:
    """How many modes are in force on all threads: only then does `Tensor.backward` look for them."""

    count = 0
    lock = threading.Lock()


def _enter(mode: TorchFunctionMode) -> None:
    _STACK.modes.append(mode)
    with _Entered.lock:
        _Entered.count += 1
        Tensor.backward = _backward  # type: ignore[assignment, method-assign]


def _leave() -> None:
    _STACK.modes.pop()
    with _Entered.lock:
        _Entered.count -= 1
        if not _Entered.count:
            del Tensor.backward


@functools.wraps(Base.backward)
def _backward(self: Tensor, *args: Any, **kwargs: Any) -> None:
    told(Base.backward, self, *args, **kwargs)


def told(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of `function`, which is no operator, by the innermost mode."""
    modes = _STACK.modes
    if not modes:
        return function(*args, **kwargs)
    mode = modes.pop()
    try:
        return mode.__torch_function__(function, (), args, kwargs)
    finally:
        modes.append(mode)


def _get_current_function_mode_stack() -> list[Any]:
    return list(_STACK.modes)


def has_torch_function(args: Any) -> bool:
    """Whether some argument takes over functions of tensors."""
    return any(hasattr(type(a), "__torch_function__") for a in args)


@contextlib.contextmanager
def enable_reentrant_dispatch() -> Iterator[None]:
    """Changes nothing here."""
    yield


def overridable(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, unless the class of one of its arguments, or of one in a sequence, takes it over."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for given in (*args, *kwargs.values()):
            for one in given if isinstance(given, (tuple, list)) else (given,):
                override = getattr(type(one), "__torch_function__", None)
                if override is not None:
                    return override(call, (type(one),), args, kwargs)
        return told(function, *args, **kwargs) if _STACK.modes else function(*args, **kwargs)

    return call
