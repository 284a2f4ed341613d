"""The profiler takes times of everything that a backward does, and changes nothing of it (rule A5)."""

import json

import numpy as np
import pytest

import wengert as wg
from wengert.observe import ledger, profile, record_function


def leaf(*values):
    return wg.tensor(list(values), requires_grad=True)


def names(times, kind):
    return [e.name for e in times.events if e.kind == kind]


def test_every_derivative_in_its_order():
    """A5.1: by the name of the node, with the number that its forward got."""
    x = leaf(1.0, 2.0)
    y = wg.exp(x)
    z = (y * y).sum()
    with profile() as times:
        z.backward()
    assert names(times, "derivative") == ["SumBackward0", "MulBackward0", "ExpBackward0"]
    assert names(times, "accumulate") == ["AccumulateGrad"]
    numbers = [e.sequence for e in times.events if e.kind == "derivative"]
    assert numbers == [n._sequence_nr() for n in (z.grad_fn, z.grad_fn.next_functions[0][0], y.grad_fn)]
    assert [e.shapes for e in times.events] == [((),), ((2,),), ((2,),), ((2,),)]


def test_gradients_are_the_same():
    """A5: watched or not, recorded or not."""
    x = leaf(1.0, 2.0)

    def second(watch):
        with watch:
            (first,) = wg.autograd.grad(wg.exp(x * x).sum(), x, create_graph=True)
            (found,) = wg.autograd.grad(first.sum(), x)
        return found.tolist()

    assert second(profile()) == second(wg.enable_grad())


def test_hooks_of_every_kind():
    """A5: each call is an event of its own, beside the derivative."""
    x = leaf(1.0, 2.0)
    with wg.autograd.graph.saved_tensors_hooks(lambda t: t * 1.0, lambda t: t):
        y = wg.exp(x)

    def named(*args):
        return None

    y.register_hook(named)
    y.retain_grad()
    y.grad_fn.register_prehook(named)
    y.grad_fn.register_hook(named)
    x.register_post_accumulate_grad_hook(named)
    with profile() as times:
        y.sum().backward()
    assert names(times, "hook") == [
        "tensor hook named",
        "retain_grad",
        "node pre-hook named",
        "unpack hook <lambda>",
        "node post-hook named",
        "post-accumulate-grad hook named",
    ]


def test_times_nest():
    """A5: the own time of an event is what is left without the events in it."""
    x = leaf(1.0, 2.0)
    with profile() as times, record_function("outer"):
        y = x * 2.0
        with record_function("inner"):
            z = wg.exp(y)
        z.sum().backward()
    outer, inner = times.events[0], times.events[1]
    assert (outer.depth, inner.depth) == (0, 1)
    inside = [e for e in times.events if e.depth == 1]
    assert outer.own == pytest.approx(outer.seconds - sum(e.seconds for e in inside))
    assert all(0 <= e.own <= e.seconds for e in times.events)
    assert all(outer.start <= e.start <= outer.start + outer.seconds for e in inside)


def test_a_backward_inside_a_hook():
    """E8: is part of the hook's time."""
    x = leaf(1.0)

    def nested(g):
        with wg.enable_grad():
            wg.exp(x).sum().backward()

    y = x * 2.0
    y.register_hook(nested)
    with profile() as times:
        y.sum().backward()
    depths = {e.name: e.depth for e in times.events if e.name.startswith(("Exp", "Mul", "tensor"))}
    assert depths == {"tensor hook nested": 0, "ExpBackward0": 1, "MulBackward0": 0}


def test_what_a_span_costs_in_the_backward():
    """A5.1: the number of a node is the joint between the span that recorded it and its derivative."""
    x = leaf(1.0, 2.0)
    with profile() as times:
        for _ in range(2):
            with record_function("first"):
                y = wg.exp(x)
            with record_function("second"):
                z = wg.sin(y).sum()
            z.backward()
    spans = [e for e in times.events if e.kind == "span"]
    assert [[d.name for d in times.backward_of(s)] for s in spans] == [["ExpBackward0"], ["SumBackward0", "SinBackward0"]] * 2
    averages = {a.name: a for a in times.key_averages()}
    assert averages["first"].count == 2
    assert averages["first"].backward == pytest.approx(averages["ExpBackward0"].seconds)


def test_key_averages():
    """A5.1: by name; with shapes when asked."""
    with profile() as times:
        for n in (2, 2, 3):
            wg.exp(leaf(*[1.0] * n)).sum().backward()
    by_name = {a.name: a.count for a in times.key_averages()}
    assert by_name == {"SumBackward0": 3, "ExpBackward0": 3, "AccumulateGrad": 3}
    by_shape = {(a.name, a.shapes): a.count for a in times.key_averages(group_by_shapes=True)}
    assert by_shape["ExpBackward0", ((2,),)] == 2
    assert by_shape["ExpBackward0", ((3,),)] == 1
    own = [a.own for a in times.key_averages()]
    assert own == sorted(own, reverse=True)


def test_the_table():
    """A5.1: a head, and a line for each name."""
    with profile() as times, record_function("span"):
        wg.exp(leaf(1.0)).sum().backward()
    lines = str(times).splitlines()
    assert lines[0].split() == ["name", "kind", "count", "total", "ms", "own", "ms", "backward", "ms"]
    assert len(lines) == 1 + len(times.key_averages())
    assert len(times.table(limit=2).splitlines()) == 3
    with profile() as nothing:
        pass
    assert str(nothing).split() == lines[0].split()


def test_a_chrome_trace(tmp_path):
    """A5: a file for outside tools."""
    with profile() as times, record_function("span"):
        wg.exp(leaf(1.0)).sum().backward()
    times.export_chrome_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert [e["name"] for e in events] == [e.name for e in times.events]
    assert all(e["ph"] == "X" and e["dur"] >= 0 for e in events)


def test_record_function_without_a_profile():
    """A5.1: costs little, and does nothing; as a decorator it keeps name, arguments and results."""
    with record_function("unseen"):
        pass

    @record_function("seen")
    def double(x, *, factor=2.0):
        """Its text."""
        return x * factor

    assert double(3.0) == 6.0
    assert (double.__name__, double.__doc__) == ("double", "Its text.")
    with profile() as times:
        assert double(3.0, factor=1.0) == 3.0
        with pytest.raises(TypeError):
            double()
    assert names(times, "span") == ["seen", "seen"]


def test_after_an_exception():
    """E10: events are closed, and the next backward begins at the top."""
    x = leaf(1.0)

    def fail(g):
        raise LookupError

    y = x * 2.0
    handle = y.register_hook(fail)
    with profile() as times:
        with pytest.raises(LookupError), record_function("failing"):
            y.sum().backward()
        handle.remove()
        (x * 3.0).sum().backward()
    assert [e.depth for e in times.events if e.name == "MulBackward0"] == [0]
    assert all(e.seconds > 0 for e in times.events)


def test_beside_other_observers():
    """Interpreters nest: the profiler with itself, the ledger and anomaly mode."""
    x = leaf(1.0)
    y = wg.exp(x)
    y.register_hook(lambda g: g * 2.0)
    anomaly, span = wg.autograd.set_detect_anomaly(True), record_function("both")
    with anomaly, profile() as outer, ledger() as book, profile() as inner, span:
        y.sum().backward()
    assert [e.name for e in outer.events] == [e.name for e in inner.events]
    assert sum(r.fired for r in book.records) == 1
    np.testing.assert_allclose(x.grad.array, 2 * np.exp([1.0]))


def test_only_the_thread_that_asked():
    """A5: a profile watches its own thread."""
    import threading

    def elsewhere():
        with record_function("elsewhere"):
            wg.exp(leaf(1.0)).sum().backward()

    with profile() as times:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert not times.events
