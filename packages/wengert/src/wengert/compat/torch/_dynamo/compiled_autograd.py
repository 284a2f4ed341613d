"""``torch._dynamo.compiled_autograd``: backward passes become programs, which a compiler of the caller's may replace.

`_enable` is the context in which they do. What captures and runs them is `wengert.compiled_autograd`; here stand PyTorch's names
for it, what is counted and logged, and the rule by which PyTorch says that a backward is a new one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any

from ....autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from ....autograd.modes import current
from ....compiled.task import CompiledTask
from ....errors import AnomalyError
from .. import math
from ..autograd.flags import set_multithreading_enabled
from .capturing import CAPTURED, captured
from .exc import AlreadyNaNError

__all__ = ["COMPILE_COUNTER", "compiled_autograd_enabled", "enable", "in_compiled_autograd_region", "reset"]

#: Whether some context is in force.
compiled_autograd_enabled = False

#: Whether a program is running now.
in_compiled_autograd_region = False

#: Numbers the programs.
COMPILE_COUNTER: Any = itertools.count()

#: How many contexts are in force.
depth = 0

#: Whether `_disable` is in force.
active_disable_ctx = False


class _InForce:
    """The compiler, and whether its programs are for all sizes."""

    compiler: Callable[..., Any] | None = None
    dynamic = False


def set_autograd_compiler(compiler: Callable[..., Any] | None, dynamic: bool) -> tuple[Callable[..., Any] | None, bool]:
    """Let `compiler` have the programs of backward passes on this thread, or None; what was in force before."""
    before = (_InForce.compiler, _InForce.dynamic)
    _InForce.compiler, _InForce.dynamic = compiler, dynamic
    current().compiler = None if compiler is None else _task
    return before


def _task(*arguments: Any, **options: Any) -> _Task:
    return _Task(CAPTURED.compiler, *arguments, **options)


class _Task(CompiledTask):
    """A backward that is compiled: by Wengert for its shapes, and by the caller's compiler once for all of its kind."""

    __slots__ = ()

    def run(self) -> list[Any]:
        compiler, dynamic = _InForce.compiler, _InForce.dynamic
        if compiler is None or in_compiled_autograd_region:
            return super().run()
        kind, reading = captured(self, compiler, dynamic, COMPILE_COUNTER)
        leaves, sizes, functions, packed = reading.leaves, reading.sizes, reading.functions, reading.packed
        del reading
        kind.program.running.append(super().run)
        try:
            with _region(), _NaNs(leaves, bool(self.captures)):
                return list(kind.run(leaves, sizes, [], functions, packed))
        finally:
            kind.program.running.pop()


@contextmanager
def _region() -> Iterator[None]:
    """Where a program runs: the backward passes that it asks for are not compiled."""
    global in_compiled_autograd_region
    with _disable():
        in_compiled_autograd_region = True
        try:
            yield
        finally:
            in_compiled_autograd_region = False


class _NaNs:
    """In anomaly mode PyTorch looks at gradients before and after a program, and says so in these words."""

    def __init__(self, leaves: list[Any], only_captured: bool) -> None:
        self.leaves, self.only_captured = leaves, only_captured

    def __enter__(self) -> None:
        if self.only_captured or not (is_anomaly_enabled() and is_anomaly_check_nan_enabled()):
            return
        for index, leaf in enumerate(self.leaves):
            if leaf._grad is not None and math.isnan(leaf._grad.detach()).any():
                raise AlreadyNaNError(
                    f"Compiled autograd running under anomaly mode with inputs[{index}] already having NaN gradient. "
                    "This is not supported. Set it to None, or turn anomaly mode off"
                )

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, AnomalyError):
            whose = "output nodes" if self.only_captured else "parameters"
            raise AnomalyError(f"Compiled Autograd returned NaN gradients for {whose}: {error}") from error


# -- contexts ------------------------------------------------------------------------------------------------------------
@contextmanager
def _enable(compiler_fn: Callable[..., Any], dynamic: bool = True, ignore_active_disable_ctx: bool = True) -> Iterator[None]:
    """A context in which backward passes on this thread are captured, and run as what `compiler_fn` makes of their programs.

    A program is made for each kind of backward: the same operators with the same arguments between the same leaves, whose
    ``.grad`` are there or are not there as before, and hooks of the same kinds at the same places.

    Parameters
    ----------
    compiler_fn : callable
        Gets a `torch.fx.GraphModule` and gives what is called in its place: ``torch.compile``, or ``lambda gm: gm``.
    dynamic : bool
        Whether one program is for tensors of any size. Otherwise it is for those of the first run, and when a size changes
        another program is made, in which that size is any.
    ignore_active_disable_ctx : bool
        Whether it is in force inside of `_disable` as well.

    Raises
    ------
    AssertionError
        At the end, if a context that was entered after this one has not ended.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch._dynamo.compiled_autograd._enable(lambda module: module):
    ...     (x * 2).sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """
    global compiled_autograd_enabled, depth
    if active_disable_ctx and not ignore_active_disable_ctx:
        yield
        return
    before = set_autograd_compiler(compiler_fn, dynamic)
    compiled_autograd_enabled = True
    own_depth = depth
    depth += 1
    try:
        with set_multithreading_enabled(False):
            yield
    finally:
        compiled_autograd_enabled = before[0] is not None
        set_autograd_compiler(*before)
        depth -= 1
        if depth != own_depth:
            raise AssertionError("Nested Compiled Autograd Contexts must return before their parent context")


def enable(compiler_fn: Callable[..., Any]) -> AbstractContextManager[None]:
    """`_enable` as it was called before PyTorch 2.7: programs are made for the sizes of the first run."""
    return _enable(compiler_fn, dynamic=False)


@contextmanager
def _disable() -> Iterator[None]:
    """A context in which backward passes on this thread are not captured."""
    global compiled_autograd_enabled, active_disable_ctx
    before = set_autograd_compiler(None, False)
    enabled, active = compiled_autograd_enabled, active_disable_ctx
    compiled_autograd_enabled, active_disable_ctx = False, True
    try:
        yield
    finally:
        compiled_autograd_enabled, active_disable_ctx = enabled, active
        set_autograd_compiler(*before)


def reset() -> None:
    """Forget all programs, and end all contexts.

    Raises
    ------
    AssertionError
        While a program is running.
    """
    global compiled_autograd_enabled, COMPILE_COUNTER
    if in_compiled_autograd_region:
        raise AssertionError("Cannot reset while in_compiled_autograd_region is True")
    compiled_autograd_enabled = False
    set_autograd_compiler(None, False)
    CAPTURED.clear()
    COMPILE_COUNTER = itertools.count()
