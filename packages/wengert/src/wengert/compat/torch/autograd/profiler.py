"""``torch.autograd.profiler``: times of Wengert's operators and derivatives under PyTorch's names; see `wengert.observe`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self

from ....autograd.interpreter import installed
from ....autograd.modes import current
from ....autograd.tensor import Tensor as Base
from ....errors import UnsupportedError, UsageError
from ....observe.profiler import Event, Profile, record_function
from ....op_inplace import InPlace
from ....op_modes import call_again, intercepted
from .. import aten
from .profiler_util import EventList, FunctionEvent, FunctionEventAvg

__all__ = ["composed", "emit_itt", "emit_nvtx", "profile", "record_function"]


class _Times(Profile):
    """A profile that also takes the times of operators, as an interceptor of their calls."""

    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """What `wengert.op_modes` calls for each operator."""
        name = aten.overload_of(op).__name__.partition(".")[0]
        return self.operator(f"aten::{name}", arguments.values(), lambda: _again(op, arguments))

    def operator(self, name: str, arguments: Any, compute: Callable[[], Any]) -> Any:
        """Call `compute` as the operator `name`, which may consist of others."""
        event = self.begin(name, "operator", -1, tuple(tuple(a.shape) for a in arguments if hasattr(a, "shape")))
        try:
            result = compute()
            node = result.grad_fn if isinstance(result, Base) else None
            event.sequence = -1 if node is None else node._sequence_nr()
            return result
        finally:
            self.end(event)


def _again(op: Any, arguments: dict[str, Any]) -> Any:
    if not isinstance(op, InPlace):
        return call_again(op, arguments)
    given = [arguments[name] for name in op.op.operands]
    return op(*given, statics=tuple(arguments[name] for name in op.op.statics))


def _in_force() -> list[_Times]:
    """The profiles of operators on this thread, the innermost first."""
    return [i for i in reversed(current().interceptors) if isinstance(i, _Times)]


def composed(name: str, body: Callable[..., Any], *arguments: Any) -> Any:
    """Call `body`, which consists of operators, as one operator of PyTorch's, for profiles to show."""
    compute: Callable[[], Any] = partial(body, *arguments)
    for times in _in_force():
        compute = _inside(times, name, arguments, compute)
    return compute()


def _inside(times: _Times, name: str, arguments: Any, compute: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: times.operator(name, arguments, compute)


class profile:
    """A context that takes the times of operators, of derivatives and of spans that `record_function` names, on its thread.

    Times are those of Wengert: of Python and the array library. Memory, sources and FLOPs are not recorded.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> x = torch.ones(3, requires_grad=True)
    >>> with torch.autograd.profiler.profile() as found:
    ...     x.exp().sum().backward()
    >>> [event.name for event in found.function_events][:2]
    ['aten::exp', 'aten::sum']
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cpu: bool = True,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
    ) -> None:
        wanted = {
            "use_cuda": use_cuda, "use_device": use_device not in (None, "cpu"), "with_flops": with_flops,
            "profile_memory": profile_memory, "with_stack": with_stack, "with_modules": with_modules, "use_kineto": use_kineto,
        }  # fmt: skip
        for option, asked in wanted.items():
            if asked:
                raise UnsupportedError(f"torch.autograd.profiler.profile: {option} is not supported: only times are taken")
        self.enabled, self.record_shapes = enabled and use_cpu, record_shapes
        self.function_events: EventList | None = None
        self._stack: ExitStack | None = None
        self._times: _Times | None = None

    def __enter__(self) -> Self:
        if self.enabled:
            if self._times is not None:
                raise UsageError("Profiler context manager is not reentrant")
            self._times, self._stack = _Times(), ExitStack()
            self._stack.enter_context(installed(self._times))
            self._stack.enter_context(intercepted(self._times))
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if self._stack is not None and self._times is not None:
            self._stack.close()
            self.function_events = _spelled(self._times.events, self.record_shapes)

    def _found(self) -> EventList:
        if self.function_events is None:
            raise UsageError("Profiler didn't finish running")
        return self.function_events

    def table(self, sort_by: str | None = None, row_limit: int = 100, **options: Any) -> str:
        """The events as text; see `EventList.table`."""
        return self._found().table(sort_by, row_limit, **options)

    def key_averages(self, group_by_input_shape: bool = False) -> EventList:
        """The events of each name taken together."""
        return self._found().key_averages(group_by_input_shape)

    def total_average(self) -> FunctionEventAvg:
        """All events as one."""
        return self._found().total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds in all events together."""
        return self._found().self_cpu_time_total

    def export_chrome_trace(self, path: Any) -> None:
        """Write the events as a file that ``chrome://tracing`` shows."""
        self._found().export_chrome_trace(path)

    def __str__(self) -> str:
        return str(self.function_events) if self.function_events is not None else "<unfinished torch.autograd.profile>"

    __repr__ = __str__


def _spelled(events: list[Event], with_shapes: bool) -> EventList:
    """What a profile has found as PyTorch's events: of a derivative two, what the engine does around it being one."""
    made: list[FunctionEvent] = []
    for event in events:
        names = [event.name]
        if event.kind in ("derivative", "accumulate"):
            names = [f"autograd::engine::evaluate_function: {event.name}", event.name]
        shapes = [list(shape or ()) for shape in event.shapes] if with_shapes else None
        for name in names:
            start, end = event.start * 1e6, (event.start + event.seconds) * 1e6
            forward = event.thread if event.kind == "derivative" else 0
            made.append(
                FunctionEvent(
                    len(made), name, event.thread, start, end, fwd_thread=forward, input_shapes=shapes,
                    sequence_nr=event.sequence, is_user_annotation=event.kind == "span",
                )
            )  # fmt: skip
    found = EventList(made)
    found._populate_cpu_children()
    return found


class _Absent:
    """A tool that marks PyTorch's kernels for the profilers of processors."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise UnsupportedError(f"torch.autograd.profiler.{type(self).__name__} marks PyTorch's own kernels")


class emit_itt(_Absent):
    """Not supported: raises UnsupportedError."""


class emit_nvtx(_Absent):
    """Not supported: raises UnsupportedError."""
