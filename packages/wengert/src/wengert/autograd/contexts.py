"""``no_grad``, ``enable_grad``, ``set_grad_enabled``, ``inference_mode``: modes as contexts and as decorators (rules G7, G8)."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, overload

from .modes import current

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled"]

F = TypeVar("F", bound=Callable[..., Any])


class ModeContext:
    """A mode that can be entered, nested, re-entered and used as a decorator on any kind of function.

    Subclasses say what entering does (`_enter`) and how a decorated function gets a context of its own (`clone`).
    The states to go back to are kept on a stack, so that one instance may be entered twice.
    """

    def __init__(self) -> None:
        self._previous: list[tuple[bool, bool]] = []

    def _enter(self) -> None:
        raise NotImplementedError

    def clone(self) -> ModeContext:
        return type(self)()

    def __enter__(self) -> None:
        modes = current()
        self._previous.append((modes.grad, modes.inference))
        self._enter()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        modes = current()
        modes.grad, modes.inference = self._previous.pop()
        modes.refresh()

    def __call__(self, function: F) -> F:
        return decorate(self, function)


class Context(Protocol):
    """What `decorate` runs a function in."""

    def clone(self) -> Any: ...
    def __enter__(self) -> Any: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None, /
    ) -> None: ...


def decorate(context: Context, function: Any) -> Any:
    """Run `function` inside `context`; generators and coroutines are inside it whenever they run, and only then (G7.4)."""
    if inspect.isclass(function):
        warnings.warn(
            f"Decorating classes is deprecated: {type(context).__name__} on {function.__name__}: only its construction is "
            "covered, and the name becomes a function; decorate the methods instead",
            FutureWarning,
            stacklevel=3,
        )
    if inspect.isgeneratorfunction(function):
        return _decorated_generator(context, function)
    if inspect.iscoroutinefunction(function):
        return _decorated_coroutine(context, function)
    if inspect.isasyncgenfunction(function):
        return _decorated_async_generator(context, function)

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with context.clone():
            return function(*args, **kwargs)

    return inside


def _decorated_generator(context: Context, function: Any) -> Any:
    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with context.clone():
            generator = function(*args, **kwargs)
        return (yield from _Resumed(context, generator))

    return inside


class _Resumed(Generator[Any, Any, Any]):
    """A generator every resumption of which happens inside the mode, and every suspension outside."""

    def __init__(self, context: Context, generator: Any) -> None:
        self.context, self.generator = context, generator

    def send(self, value: Any) -> Any:
        with self.context.clone():
            return self.generator.send(value)

    def throw(self, *error: Any) -> Any:
        with self.context.clone():
            return self.generator.throw(*error)

    def close(self) -> None:
        with self.context.clone():
            self.generator.close()


def _decorated_coroutine(context: Context, function: Any) -> Any:
    @functools.wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> Any:
        return await _Awaited(context, function(*args, **kwargs))

    return inside


class _Awaited:
    """Awaiting this resumes the coroutine inside the mode; between resumptions other tasks run in theirs."""

    def __init__(self, context: Context, coroutine: Any) -> None:
        self.context, self.coroutine = context, coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from _Resumed(self.context, self.coroutine))


def _decorated_async_generator(context: Context, function: Any) -> Any:
    @functools.wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        try:
            item = await _Awaited(context, anext(generator).__await__())
            while True:
                sent = yield item
                item = await _Awaited(context, generator.asend(sent).__await__())
        except StopAsyncIteration:
            return
        finally:
            await _Awaited(context, generator.aclose().__await__())

    return inside


class BareMode(ModeContext):
    """A mode without parameters: decorates with or without parentheses."""

    @overload
    def __new__(cls, function: F) -> F: ...  # type: ignore[misc]
    @overload
    def __new__(cls) -> Self: ...
    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        if function is None:
            return self
        self.__init__()  # type: ignore[misc]
        return self(function)


class no_grad(BareMode):
    """Operators inside are not recorded: their results require no gradient.

    A context manager and a decorator, with or without parentheses; per thread; may be nested and re-entered.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> with wg.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def _enter(self) -> None:
        current().set_grad(False)


class enable_grad(BareMode):
    """Operators inside are recorded, also within ``no_grad``. A context manager and a decorator.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> with wg.no_grad(), wg.enable_grad():
    ...     y = x * 2
    >>> y.requires_grad
    True
    """

    def _enter(self) -> None:
        current().set_grad(True)


class set_grad_enabled(ModeContext):
    """Switch recording on or off at once; as a context, until its end; as a decorator, inside the function only (G7.3).

    Parameters
    ----------
    mode : bool
        Whether operators are to be recorded.

    Examples
    --------
    >>> import wengert as wg
    >>> with wg.set_grad_enabled(False):
    ...     wg.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = bool(mode)
        modes = current()
        # The constructor already acts; what was in force before is what __exit__ goes back to.
        self._constructed: tuple[bool, bool] | None = (modes.grad, modes.inference)
        modes.set_grad(self.mode)

    def clone(self) -> ModeContext:
        return enable_grad() if self.mode else no_grad()

    def __enter__(self) -> None:
        super().__enter__()
        if self._constructed is not None:
            self._previous[-1], self._constructed = self._constructed, None

    def _enter(self) -> None:
        current().set_grad(self.mode)

    def __call__(self, function: F) -> F:
        if self._constructed is not None:
            current().set_grad(self._constructed[0])
            self._constructed = None
        return super().__call__(function)


class inference_mode(ModeContext):
    """Like ``no_grad``, and the results can never be saved for a backward (rule G8).

    Parameters
    ----------
    mode : bool or callable, optional
        Whether to switch it on; a function makes this a decorator without parentheses.

    Examples
    --------
    >>> import wengert as wg
    >>> with wg.inference_mode():
    ...     wg.is_inference_mode_enabled(), wg.is_grad_enabled()
    (True, False)
    """

    def __new__(cls, mode: Any = True) -> Any:
        self = super().__new__(cls)
        if isinstance(mode, bool):
            return self
        self.__init__()  # type: ignore[misc]
        return self(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def clone(self) -> ModeContext:
        return inference_mode(self.mode)

    def _enter(self) -> None:
        modes = current()
        modes.inference = self.mode
        if self.mode:
            modes.grad = False
        elif self._previous[-1][1]:
            modes.grad = True
        modes.refresh()
