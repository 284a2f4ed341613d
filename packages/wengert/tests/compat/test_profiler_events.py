"""``torch.autograd.profiler``: what it finds is called as in PyTorch; times are Wengert's."""

import json

import pytest
import torch

import wengert.compat.torch as spelled
from wengert.compat.torch.autograd.profiler_util import EventList, FunctionEvent, FunctionEventAvg
from wengert.errors import UnsupportedError

PROFILERS = {torch: torch.autograd.profiler, spelled: spelled.autograd.profiler}


def found(library, program, **options):
    with PROFILERS[library].profile(**options) as times:
        program()
    return times


@pytest.mark.parametrize("library", PROFILERS, ids=["torch", "spelled"])
def test_operators_and_spans_in_order(library):
    record_function = PROFILERS[library].record_function

    def program():
        with record_function("outside"):
            y = library.ones(2) * 2 + 4
            with record_function("inside"):
                y = y - 1
        return y / 3

    wanted = ["outside", "aten::mul", "aten::add", "inside", "aten::sub", "aten::div"]
    events = found(library, program).function_events
    assert [e.name for e in events if e.name in wanted] == wanted
    (outside,) = (e for e in events if e.name == "outside")
    assert "inside" in [e.name for e in outside.cpu_children]
    assert outside.cpu_time_total >= outside.self_cpu_time_total >= 0


@pytest.mark.parametrize("library", PROFILERS, ids=["torch", "spelled"])
def test_derivatives_carry_the_number_of_their_operator(library):
    x = library.ones(2, requires_grad=True)
    events = found(library, lambda: (x * 3).exp().sum().backward()).function_events
    for operator, derivative in (("aten::mul", "MulBackward0"), ("aten::exp", "ExpBackward0")):
        first = next(e for e in events if e.name == operator)
        engine = next(e for e in events if e.name == f"autograd::engine::evaluate_function: {derivative}")
        assert derivative in [e.name for e in engine.cpu_children]
        assert first.sequence_nr == engine.sequence_nr >= 0


@pytest.mark.parametrize("library", PROFILERS, ids=["torch", "spelled"])
def test_shapes_of_a_layer(library):
    layer, x = library.nn.Linear(2, 3), library.ones(4, 2)
    times = found(library, lambda: layer(x), record_shapes=True)
    assert [e.input_shapes for e in times.function_events if e.name == "aten::linear"] == [[[4, 2], [3, 2], [3]]]
    assert "aten::linear" in times.key_averages(group_by_input_shape=True).table(sort_by="cpu_time_total")


def test_spans_by_two_calls_and_what_is_on():
    assert not spelled.autograd._profiler_enabled()
    with spelled.autograd.profiler.profile() as times:
        assert spelled.autograd._profiler_enabled()
        handle = spelled.ops.profiler._record_function_enter("span", None)
        spelled.ones(1).exp()
        spelled.ops.profiler._record_function_exit(handle)
    assert [e.count for e in times.function_events if e.name == "span"] == [1]
    assert times.table() == str(times)
    assert times.total_average().count == len(times.function_events)


def test_in_place_operators_still_write_what_they_are_to_write():
    x, y = spelled.zeros(8), spelled.zeros(2)
    times = found(spelled, lambda: (x.normal_(), y.fill_(3)))
    assert x.abs().min() > 0
    assert y.tolist() == [3, 3]
    assert "aten::fill_" in [e.name for e in times.function_events]


def test_children_and_averages(tmp_path):
    spans = [(1, 0, 1), (1, 1, 2), (0, 0, 2), (0, 1, 2), (0, 1, 3)]
    events = EventList(FunctionEvent(i, "f", thread, start, end) for i, (thread, start, end) in enumerate(spans))
    events._populate_cpu_children()
    assert [[c.id for c in e.cpu_children] for e in events] == [[], [], [], [], [3]]
    average = FunctionEventAvg().add(events[0]).add(events[4])
    assert (average.add(average).count, average.cpu_time_total, average.cpu_time) == (4, 6, 1.5)
    assert "f" in events.table(sort_by="count", row_limit=2, header="all", top_level_events_only=True)
    events.export_chrome_trace(tmp_path / "trace.json")
    assert len(json.loads((tmp_path / "trace.json").read_text())["traceEvents"]) == 5


def test_what_is_not_taken():
    with pytest.raises(UnsupportedError, match="with_flops"):
        spelled.autograd.profiler.profile(with_flops=True)
    with pytest.raises(RuntimeError, match="sort_by"):
        EventList().table(sort_by="colour")
    with pytest.raises(RuntimeError, match="finish"):
        spelled.autograd.profiler.profile().table()
