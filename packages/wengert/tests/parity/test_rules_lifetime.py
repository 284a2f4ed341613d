"""Nothing outlives its use: graphs are freed by reference counts alone (rules G9, H8, W12, W24)."""

from __future__ import annotations

import contextlib
import gc
import importlib
import weakref
import zlib
from pathlib import Path

import numpy as np
import pytest

import wengert as wg

from .facade import parity
from .programs import function, leaf

OPS = Path(__file__).parents[1] / "ops"
ROWS = [row for path in sorted(OPS.glob("table_*.py")) for row in importlib.import_module(f"ops.{path.stem}").ROWS if row.order]


@pytest.fixture(autouse=True)
def _no_collector(request):
    """Whatever is in a cycle stays for the length of a test. (A collection for each row of the table would take minutes.)"""
    if "row" not in request.fixturenames:
        gc.collect()
    gc.disable()
    yield
    gc.enable()


def as_leaves(arguments, made):
    """The arguments of a row, with leaves for the arrays that have gradients; these are appended to `made`."""
    if isinstance(arguments, list | tuple):
        return type(arguments)(as_leaves(item, made) for item in arguments)
    if not isinstance(arguments, np.ndarray) or arguments.dtype.kind not in "fc":
        return arguments
    made.append(wg.tensor(arguments, requires_grad=True))
    return made[-1]


def graph_of(tensors):
    """Weak references to the tensors, and to every node that their gradients pass through."""
    found, stack = set(), [t.grad_fn for t in tensors if t.grad_fn is not None]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [below for below, _ in node.next_functions if below is not None]
    return [weakref.ref(o) for o in (*tensors, *found)]


def living(references):
    return [o for r in references if (o := r()) is not None]


def outputs_of(row):
    """The leaves of a call, and those of its outputs that have a gradient."""
    dtype = "float64" if "float64" in row.dtypes else row.dtypes[0]
    made = []
    arguments = as_leaves(row.args(np.random.default_rng(zlib.crc32(row.name.encode())), dtype), made)
    out = row.fn(*arguments)
    outs = [o for o in (out if isinstance(out, list | tuple) else (out,)) if isinstance(o, wg.Tensor) and o.requires_grad]
    return made, outs


def returned_itself(row):
    """Whether a call gives one of its operands."""
    made, outs = outputs_of(row)
    return any(out is leaf for out in outs for leaf in made)


def left_over(row, how):
    """What is alive of a call, its gradients and its leaves when all of them have been dropped."""
    with packing() if how == "packed" else contextlib.nullcontext():
        made, outs = outputs_of(row)
    references = graph_of(outs)
    if how == "hooked":
        for out in outs:
            out.register_hook(lambda g: g * 1.0)
            out.retain_grad()
            out.grad_fn.register_hook(lambda gi, go: gi)
            out.grad_fn.register_prehook(lambda go: go)
    grads = [wg.ones_like(out) for out in outs]
    if how == "recorded":
        first = [g for g in wg.autograd.grad(outs, made, grads, create_graph=True, allow_unused=True) if g is not None]
        second = [g for g in first if g.requires_grad]
        references += graph_of(second)
        if second and row.order > 1:
            wg.autograd.grad(second, made, [wg.ones_like(g) for g in second], allow_unused=True)
        del first, second
    elif how != "dropped":
        wg.autograd.backward(outs, grads, retain_graph=how == "retained")
    out = outs = None
    left = living(references)
    references = [weakref.ref(t) for t in made]
    made.clear()
    return left + living(references)


def packing():
    """An identity pack, which in PyTorch makes a cycle of a saved output (W12)."""
    return wg.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t)


@pytest.mark.parametrize("how", ["dropped", "backward", "retained", "recorded", "hooked", "packed"])
def test_each_operator(how):
    """G9.1: whatever was done with the result of an operator, its graph goes when the result goes, and so do the leaves."""
    # What gives back the operand itself (`atleast_1d` of one axis) makes no graph, and its leaf is ours.
    rows = [row for row in ROWS if outputs_of(row)[1] and not returned_itself(row)]
    assert len(rows) > 300
    assert {row.name: left for row in rows if (left := left_over(row, how))} == {}


@parity
def test_what_goes_at_once(lib, log):
    """G9.1, H8.1: tensors, nodes, accumulators, hooks, handles, one after the other."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    z = lib.sum(y * x)

    def hook(*args):
        return None

    handle = y.register_hook(hook)
    z.grad_fn.register_hook(hook)
    y.retain_grad()
    references = [weakref.ref(o) for o in (y, z, hook)]
    nodes = [weakref.ref(o) for o in (y.grad_fn, z.grad_fn)] if lib.name == "wengert" else []
    del hook
    z.backward()
    del y
    log("the tensor between", references[0]() is None)
    del z
    log("all", [r() is None for r in references], any(n() is not None for n in nodes))
    handle.remove()
    gone = weakref.ref(x)
    del x
    log("the leaf", gone() is None)


@parity
def test_results_of_grad_hold_no_graph(lib, log):
    """G9.1: without create_graph a captured gradient is a plain tensor."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    gone = weakref.ref(y)
    g, h = lib.grad(lib.sum(y * y), [x, y])
    del y
    log("gone", gone() is None, g.grad_fn, h.grad_fn)


PLACES = ["rule", "tensor hook", "node hook", "post-accumulate hook", "unpack", "validation", "callback"]


@pytest.mark.parametrize("where", PLACES)
@parity
def test_after_an_exception(lib, log, where):
    """E10.2, G9.1: when the exception is gone, so is all that the run held."""

    def fail(*args):
        raise LookupError

    x = leaf(lib, 1.0, 2.0)
    w = leaf(lib, 3.0, 4.0)
    y = lib.exp(x)
    if where == "rule":
        y = function(lib, lambda ctx, a: a * 1.0, fail).apply(y)
    elif where == "validation":
        y = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: lib.tensor([1.0, 2.0, 3.0])).apply(y)
    elif where == "tensor hook":
        y.register_hook(fail)
    elif where == "node hook":
        y.grad_fn.register_hook(fail)
    elif where == "post-accumulate hook":
        x.register_post_accumulate_grad_hook(fail)
    elif where == "callback":
        y.register_hook(lambda g: lib.queue_callback(fail))
    if where == "unpack":
        with lib.graph.saved_tensors_hooks(lambda t: t * 1.0, fail):
            z = lib.sum(y * y * w)
    else:
        z = lib.sum(y * y * w)
    gone = [weakref.ref(y), weakref.ref(z)]
    try:
        z.backward()
    except Exception as error:
        log("raised", error)
    del y, z
    log("gone", [r() is None for r in gone])
    leaves = [weakref.ref(x), weakref.ref(w)]
    del x, w
    log("leaves", [r() is None for r in leaves])


@parity
def test_hooks_die_with_what_they_are_on(lib, log):
    """H8.1: of each kind."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    held = []

    def hook():
        def made(*args):
            return None

        held.append(weakref.ref(made))
        return made

    x.register_hook(hook())
    x.register_post_accumulate_grad_hook(hook())
    y.register_hook(hook())
    y.grad_fn.register_prehook(hook())
    y.grad_fn.register_hook(hook())
    lib.sum(y).backward()
    log("alive", [r() is None for r in held])
    del y
    log("with the result", [r() is None for r in held])
    del x
    log("with the leaf", [r() is None for r in held])


@parity
def test_removed_hooks_are_free(lib, log):
    """H6.1: a removed hook is held by nobody."""
    x = leaf(lib, 1.0)

    def hook(g):
        return None

    gone = weakref.ref(hook)
    handle = x.register_hook(hook)
    (x * 2.0).backward()
    del hook
    handle.remove()
    log("gone", gone() is None)


def test_a_loop_that_registers_and_removes():
    """H6.1: leaves nothing on the tensor, nor in the register of live hooks."""
    x, w = leaf_pair()
    before = len(wg.observe.hooks())

    def step():
        handles = [
            x.register_hook(lambda g: None),
            x.register_post_accumulate_grad_hook(lambda t: None),
            wg.autograd.graph.register_multi_grad_hook([x, w], lambda gs: None),
        ]
        (x * w).backward()
        for handle in handles:
            handle.remove()

    for _ in range(20):
        step()
    for hooks in (x._backward_hooks, x._post_accumulate_grad_hooks, w._backward_hooks):
        assert not hooks
        assert not hooks.positions
    assert len(wg.observe.hooks()) == before


def test_multi_grad_hooks_keep_nothing_of_a_run():
    """H9.4, H9.8, W24: neither after a run nor after one that failed."""
    x, w = leaf_pair()
    seen = []

    def note(grads):
        seen.extend(weakref.ref(g) for g in grads)

    wg.autograd.graph.register_multi_grad_hook([x, w], note)
    (x * w).backward()
    assert len(seen) == 2
    assert not living(seen)
    seen.append(weakref.ref(note))
    del x, w, note
    assert not living(seen)

    references = []

    def note(g):
        references.append(weakref.ref(g))

    def fail(g):
        raise RuntimeError

    x, w = leaf_pair()
    y = x * w
    x.register_hook(note)
    wg.autograd.graph.register_multi_grad_hook([x, w], lambda grads: None)
    w.register_hook(fail)
    with pytest.raises(RuntimeError):
        y.backward()
    assert not living(references)


def leaf_pair():
    return wg.tensor(2.0, requires_grad=True), wg.tensor(3.0, requires_grad=True)


def test_nested_and_queued():
    """E8, E9: tasks, their callbacks and what these close over."""
    x, w = leaf_pair()
    y = x * w
    references = graph_of([y])

    def nested(g):
        with wg.enable_grad():
            inner = x * x
            references.extend(graph_of([inner]))
            inner.backward(retain_graph=True)
        wg.autograd.queue_callback(lambda inner=inner: inner.item())

    y.register_hook(nested)
    y.backward()
    del y
    assert not living(references)


def test_watched_runs():
    """A1, A5: anomaly mode, the ledger and the profiler hold nodes no longer than they run."""
    with wg.autograd.set_detect_anomaly(True), wg.observe.ledger():
        x, w = leaf_pair()
        y = x * w
        references = graph_of([y])
        y.register_hook(lambda g: g * 2.0)
        (first,) = wg.autograd.grad(y, [x], create_graph=True)
        references += graph_of([first])
        (first * x).backward()
        del y, first
    assert not living(references)


def test_packed_on_disk(tmp_path):
    """S5, G9: the files go with the graph."""
    x = wg.tensor(np.ones(100), requires_grad=True)
    with wg.autograd.graph.save_on_disk(tmp_path):
        y = wg.exp(x) * x
    assert list(tmp_path.rglob("*"))
    del y
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
