"""``torch.autograd.profiler_util``: what a profile has found, event by event and summed up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from ....errors import UsageError
from ....observe.text import columns

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]


def _format_time(time_us: float) -> str:
    """Microseconds in the unit that suits them."""
    for factor, unit in ((1e6, "s"), (1e3, "ms")):
        if time_us >= factor:
            return f"{time_us / factor:.3f}{unit}"
    return f"{time_us:.3f}us"


class Interval:
    """From when to when, in microseconds."""

    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end

    def elapsed_us(self) -> float:
        """How long that is."""
        return self.end - self.start


class _Timed:
    """The averages of what has been summed up. Everything runs on the CPU."""

    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    device_time_total = self_device_time_total = device_time = 0

    @property
    def cpu_time(self) -> float:
        """Microseconds for each call, with what lies inside it."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def cpu_time_str(self) -> str:
        """That as text."""
        return _format_time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        """Of all calls, with what lies inside them."""
        return _format_time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        """Of all calls, without what lies inside them."""
        return _format_time(self.self_cpu_time_total)


class FunctionEvent(_Timed):
    """One call of an operator, of a derivative, or of a named span."""

    def __init__(
        self,
        id: int,
        name: str,
        thread: int,
        start_us: float,
        end_us: float,
        node_id: int = -1,
        fwd_thread: int | None = None,
        input_shapes: Any = None,
        sequence_nr: int = -1,
        is_user_annotation: bool = False,
    ) -> None:
        self.id, self.node_id, self.name, self.key, self.thread = id, node_id, name, name, thread
        self.time_range = Interval(start_us, end_us)
        self.fwd_thread, self.sequence_nr = fwd_thread, sequence_nr
        self.input_shapes: list[Any] = [] if input_shapes is None else input_shapes
        self.is_user_annotation = is_user_annotation
        self.count = 1
        self.cpu_children: list[FunctionEvent] = []
        self.cpu_parent: FunctionEvent | None = None

    def append_cpu_child(self, child: FunctionEvent) -> None:
        """Say that `child` happened inside this event."""
        self.cpu_children.append(child)
        child.cpu_parent = self

    @property
    def cpu_time_total(self) -> float:  # type: ignore[override]
        """Microseconds from beginning to end."""
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:  # type: ignore[override]
        """Without what happened inside."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    def __repr__(self) -> str:
        shapes = f" input_shapes={self.input_shapes}" if self.input_shapes else ""
        return f"<FunctionEvent id={self.id} name={self.name} cpu_time={self.cpu_time_str} thread={self.thread}{shapes}>"


class FunctionEventAvg(_Timed):
    """Events of one name taken together."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.count, self.cpu_time_total, self.self_cpu_time_total = 0, 0, 0
        self.input_shapes: list[Any] = []
        self.cpu_parent = None
        self.is_user_annotation = False

    def add(self, other: FunctionEvent | FunctionEventAvg) -> Self:
        """Add an event, or others taken together."""
        if self.key is None:
            self.key, self.input_shapes, self.is_user_annotation = other.key, other.input_shapes, other.is_user_annotation
        elif other.key != self.key:
            raise UsageError(f"FunctionEventAvg.add: got an event of {other.key!r}, these are of {self.key!r}")
        self.count += other.count
        self.cpu_time_total += other.cpu_time_total
        self.self_cpu_time_total += other.self_cpu_time_total
        return self

    __iadd__ = add

    @property
    def name(self) -> str | None:
        """The same as `key`."""
        return self.key

    def __repr__(self) -> str:
        return f"<FunctionEventAvg key={self.key} count={self.count} cpu_time={self.cpu_time_str}>"


#: By what a table may be sorted.
_SORTABLE = ("cpu_time", "cpu_time_total", "self_cpu_time_total", "count")


class EventList(list[Any]):
    """Events, or averages of them."""

    def __init__(self, events: Iterable[Any] = ()) -> None:
        super().__init__(events)

    def _populate_cpu_children(self) -> None:
        """Find out, thread by thread, which event lies in which; what begins first and ends last is outside."""
        threads: dict[int, list[FunctionEvent]] = {}
        for event in self:
            threads.setdefault(event.thread, []).append(event)
        for events in threads.values():
            around: list[FunctionEvent] = []
            for event in sorted(events, key=lambda e: (e.time_range.start, -e.time_range.end)):
                span = event.time_range
                while around and not (span.start < around[-1].time_range.end and span.end <= around[-1].time_range.end):
                    around.pop()
                if around:
                    around[-1].append_cpu_child(event)
                around.append(event)

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds in all events together."""
        return sum(event.self_cpu_time_total for event in self)

    def key_averages(self, group_by_input_shape: bool = False) -> EventList:
        """One `FunctionEventAvg` for each name; by wish for each name and shapes."""
        found: dict[Any, FunctionEventAvg] = {}
        for event in self:
            key = (event.key, str(event.input_shapes) if group_by_input_shape else "")
            average = found.setdefault(key, FunctionEventAvg()).add(event)
            if not group_by_input_shape:
                average.input_shapes = []
        return EventList(found.values())

    def total_average(self) -> FunctionEventAvg:
        """All events as one."""
        total = FunctionEventAvg()
        for event in self:
            total.key = event.key
            total.add(event)
        total.key = None
        return total

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """The events as text, a line each. Sources are not recorded, so there is no column for them."""
        if sort_by is not None and sort_by not in _SORTABLE:
            raise UsageError(f"table: sort_by must be one of {', '.join(_SORTABLE)}, got {sort_by!r}")
        events = [e for e in self if not top_level_events_only or e.cpu_parent is None]
        if sort_by is not None:
            events.sort(key=lambda e: getattr(e, sort_by), reverse=True)
        shown = events if row_limit < 0 else events[:row_limit]
        shapes = any(e.input_shapes for e in shown)
        rows = [["Name", "Self CPU", "CPU total", "CPU time avg", "# of Calls", *(["Input Shapes"] if shapes else [])]]
        for e in shown:
            times = (e.self_cpu_time_total_str, e.cpu_time_total_str, e.cpu_time_str)
            rows.append([e.key[:max_name_column_width], *times, str(e.count), *([str(e.input_shapes)] if shapes else [])])
        total = f"Self CPU time total: {_format_time(self.self_cpu_time_total)}"
        return "\n".join([*([header] if header else []), columns(rows), total])

    def __str__(self) -> str:
        return self.table()

    def export_chrome_trace(self, path: str | Path) -> None:
        """Write the events as a file that ``chrome://tracing`` and Perfetto show."""
        events = [
            {"name": e.name, "ph": "X", "ts": e.time_range.start, "dur": e.cpu_time_total, "pid": 0, "tid": e.thread, "args": {}}
            for e in self
        ]
        Path(path).write_text(json.dumps({"traceEvents": events}), encoding="utf-8")
