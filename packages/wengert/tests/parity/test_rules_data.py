"""Copies, pickles, `.data` and `detach_` (rules G6, S1.4, S1.5, V7.1, H6.2)."""

from __future__ import annotations

import collections
import copy
import importlib
import pickle
import warnings

import pytest

from .facade import differs, dtype_name, parity
from .programs import function, leaf


def utils_hooks(lib):
    """``torch.utils.hooks`` or ours."""
    return importlib.import_module(f"{lib.name}.utils.hooks")


def keep(grad):
    """A hook that a pickle could hold."""
    return grad


def pickled(x):
    return pickle.loads(pickle.dumps(x))


# copies


@pytest.mark.parametrize("requires_grad", [True, False])
@parity
def test_pickle(lib, log, requires_grad):
    """G6.4: values and requires_grad, neither gradient nor hooks."""
    x = lib.tensor([1.0, 2.0], requires_grad=requires_grad)
    x.grad = lib.tensor([3.0, 4.0])
    if requires_grad:
        x.register_post_accumulate_grad_hook(keep)
    with log.warnings("dumps"):
        data = pickle.dumps(x)
    with log.warnings("loads"):
        y = pickle.loads(data)
    log("copy", y, dtype_name(y), y.requires_grad, y.is_leaf, y.grad, len(y._backward_hooks or ()))
    log("post-accumulate hooks", len(y._post_accumulate_grad_hooks or ()))


@parity
def test_pickle_warns_of_hooks(lib, log):
    """G6.4: once for each that is not marked as unserializable."""
    x = leaf(lib, 1.0, 2.0)
    with log.warnings("none"):
        pickle.dumps(x)
    x.register_hook(keep)
    x.register_hook(lambda g: g * 2.0)
    x.register_hook(utils_hooks(lib).unserializable_hook(lambda g: g))
    for event, act in (("pickle", pickled), ("copy", copy.copy), ("deepcopy", copy.deepcopy)):
        with log.warnings(event):
            y = act(x)
        log("hooks", len(y._backward_hooks or ()))
    with log.warnings("warn_if_has_hooks"):
        utils_hooks(lib).warn_if_has_hooks(x)


@parity
def test_pickle_of_an_interior_tensor(lib, log):
    """G6.4: only deepcopy insists on leaves; what comes out of a pickle is one."""
    y = leaf(lib, 1.0, 2.0) * 2.0
    for event, act in (("pickle", pickled), ("deepcopy", copy.deepcopy)):
        made = log.attempt(event, lambda act=act: act(y))
        if made is not None:
            log("made", made.requires_grad, made.is_leaf)


@differs(
    "G6.4",
    torch=[("copy", True, True), ("x.grad", None)],
    wengert=[("copy", True, False), ("x.grad", [2.0, 2.0])],
    reason="copy.copy() of what was computed is its clone(), recorded; PyTorch's is a leaf, and the gradient ends there unsaid.",
)
def test_a_copy_of_an_interior_tensor(lib, log):
    """G6.4: a copy of a leaf is a leaf on the same memory in both libraries."""
    x = leaf(lib, 1.0, 2.0)
    y = copy.copy(x * 2.0)
    log("copy", y.requires_grad, y.is_leaf)
    lib.sum(y).backward()
    log("x.grad", x.grad)


@parity
def test_copies_of_what_is_shared(lib, log):
    """G6.4: one tensor twice is one tensor twice; memory that was shared stays shared."""
    x = leaf(lib, 1.0, 2.0)
    for event, act in (("pickle", pickled), ("deepcopy", copy.deepcopy)):
        a, b, c = act([x, x, x.detach()])
        log(event, a is b, a is x)
        if event == "deepcopy":
            with lib.no_grad():
                lib.array(c)[0] = 7.0
            log("shared", a, x)
    y = copy.copy(x)
    lib.array(y)[0] = 9.0
    log("copy shares memory", x, y is x)


@parity
def test_deepcopy_of_a_gradient(lib, log):
    """G6.4: deep too; of one with a graph it cannot be made."""
    x = leaf(lib, 1.0, 2.0)
    lib.sum(x * x).backward()
    y = copy.deepcopy(x)
    log("apart", y.grad is x.grad, y.grad)
    lib.sum(y * 3.0).backward()
    log("after", y.grad, x.grad)
    z = leaf(lib, 1.0)
    (z * z).backward(create_graph=True)
    log.attempt("with a graph", lambda: copy.deepcopy(z))


@parity
def test_attributes_of_subclasses(lib, log):
    """G6.4: what was put on the object is copied with it."""
    parameter = lib.nn.Parameter(lib.tensor([1.0, 2.0]))
    parameter.register_hook(keep)
    parameter.grad = lib.tensor([1.0, 1.0])
    for event, act in (("pickle", pickled), ("deepcopy", copy.deepcopy)):
        with log.warnings(event):
            y = act(parameter)
        log("made", type(y), y, y.requires_grad, y.grad, len(y._backward_hooks or ()))


@parity
def test_handles_in_pickles(lib, log):
    """H6.2: with the dictionary it is alive; the counter goes beyond every id that was seen."""
    kind = utils_hooks(lib).RemovableHandle
    hooks = collections.OrderedDict()
    handle = kind(hooks)
    hooks[handle.id] = "hook"
    again, copied = pickled((hooks, handle))
    log("together", copied.hooks_dict_ref() is again, copied.id == handle.id)
    copied.remove()
    log("removed", len(again), len(hooks))
    alone = pickled(handle)
    log("alone", alone.hooks_dict_ref() is None, alone.id == handle.id)
    alone.remove()
    future = kind(hooks)
    future.__setstate__((hooks, handle.id + 1000, ()))
    log("counter", kind(hooks).id > handle.id + 1000)
    old = kind(hooks)
    old.__setstate__((None, 5))  # as handles were pickled before they could have further dictionaries
    log("old", old.id, old.hooks_dict_ref() is None)


# .data


@parity
def test_reading_data(lib, log):
    """G6.2: the same memory, a leaf without gradient, a version counter of its own."""
    x = leaf(lib, 1.0, 2.0)
    for t in (x, x * 2.0, lib.tensor([1.0])):
        d = t.data
        log("data", d, d.requires_grad, d.is_leaf, d is t.data, d._version, d._is_view())
    lib.graph.increment_version(x)
    log("versions", x._version, x.data._version, x.detach()._version)
    d = x.data
    lib.graph.increment_version(d)
    log("versions", x._version, d._version)
    lib.array(d)[0] = 5.0
    log("shared", x)


@parity
def test_writes_through_data_are_not_seen(lib, log):
    """S1.5, W20: they give a wrong gradient without a word; those through detach() are seen."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(x * x)
    d = x.data
    lib.array(d)[0] = 10.0
    lib.graph.increment_version(d)
    y.backward(retain_graph=True)
    log("grad", x.grad)
    lib.graph.increment_version(x.detach())
    log.attempt("detach", y.backward)


@parity
def test_setting_data(lib, log):
    """V7.1: any shape and dtype; version, requires_grad, gradient and history stay."""
    x = leaf(lib, 1.0, 2.0)
    x.grad = lib.tensor([5.0, 5.0])
    lib.graph.increment_version(x)
    other = lib.tensor([3.0, 4.0], requires_grad=True)
    x.data = other
    log("same shape", x, x.requires_grad, x.is_leaf, x._version, x.grad)
    lib.array(other)[0] = 8.0
    log("shares the other's memory", x)
    x.data = lib.tensor([[1.0, 2.0, 3.0]], dtype="float32")
    log("another shape and dtype", x, tuple(x.shape), dtype_name(x), x._version, x.grad)
    y = leaf(lib, 1.0, 2.0) * 2.0
    y.data = lib.tensor([7.0, 7.0])
    log("interior", y, y.grad_fn)


@parity
def test_what_data_may_be(lib, log):
    """V7.1: a tensor; floating or complex if gradients are required."""
    x, c = leaf(lib, 1.0, 2.0), lib.tensor([1.0])
    for value in ([1.0], None, 3.0, x):
        log.attempt("set", lambda value=value: setattr(x, "data", value))
    log.attempt("integers", lambda: setattr(x, "data", lib.tensor([1, 2])))
    log.attempt("integers where no gradient is required", lambda: setattr(c, "data", lib.tensor([1, 2])))
    log("now", x, c, dtype_name(c))


@parity
def test_saved_tensors_see_new_data(lib, log):
    """V7.1, S1.5: what was saved was the tensor, not its values."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(x * x)
    x.data = lib.tensor([10.0, 20.0])
    y.backward()
    log("grad", x.grad)


@parity
def test_hooks_and_new_data(lib, log):
    """H4.10, G3.6: hooks stay, and see the new dtype; the accumulator is another."""
    x = leaf(lib, 1.0, 2.0)
    x.register_hook(lambda g: log("hook", g, dtype_name(g)))
    x.register_post_accumulate_grad_hook(lambda t: log("stored", dtype_name(t.grad)))
    y = lib.sum(x * 2.0)
    node = lib.accumulator(x)
    x.data = lib.tensor([1.0, 1.0])
    log("same dtype", lib.accumulator(x) is node)
    x.data = lib.tensor([1.0, 1.0], dtype="float32")
    log("other dtype", lib.accumulator(x) is node)
    lib.sum(x * 3.0).backward()
    x._backward_hooks.clear()
    y.backward()
    log("old graph", x.grad, dtype_name(x.grad))


@differs(
    "W15",
    torch=[("new graph", "raised", "RuntimeError"), ("old graph", "returned", None), ("grad", [2.0, 2.0])],
    wengert=[("new graph", "returned", None), ("old graph", "raised", "RuntimeError"), ("grad", [3.0, 3.0, 3.0])],
    reason="A leaf whose data changed shape gets a fresh accumulator; the graph that was built on the old data says that it is "
    "stale. In PyTorch the new graph fails while the old one is alive, and the old one stores a gradient of the wrong shape.",
)
def test_data_of_another_shape(lib, log):
    """G3.6: while a graph over the old data is alive."""
    x = leaf(lib, 1.0, 2.0)
    old = lib.sum(x * 2.0)
    x.data = lib.tensor([1.0, 2.0, 3.0])
    log.attempt("new graph", lambda: lib.sum(x * 3.0).backward())
    log.attempt("old graph", old.backward)
    log("grad", x.grad)


@parity
def test_data_of_another_shape_without_a_graph(lib, log):
    """G3.6: nothing is left of the old one."""
    x = leaf(lib, 1.0, 2.0)
    lib.sum(x * 2.0).backward()
    x.grad = None
    x.data = lib.tensor([1.0, 2.0, 3.0])
    lib.sum(x * 3.0).backward()
    log("grad", x.grad)


# detach_


@parity
def test_detach_in_place(lib, log):
    """G6.3: the tensor itself becomes a leaf without gradient; its version, values and .grad stay."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    y.retain_grad()
    lib.sum(y).backward(retain_graph=True)
    gradient = y.grad
    log("same", y.detach_() is y, y, y.is_leaf, y.requires_grad, y.grad_fn, y.output_nr, y._version)
    log("grad", y.grad is gradient, gradient)
    z = y * 3.0
    log("constant", z.requires_grad)
    y.requires_grad_()
    y.grad = None
    lib.sum(y * x).backward()
    log("new leaf", y.grad, x.grad)
    c = lib.tensor([1.0])
    log("nothing to do", c.detach_() is c)


@parity
def test_detaching_a_leaf(lib, log):
    """G6.3: is requires_grad_(False); hooks and gradient stay (H4.10)."""
    x = leaf(lib, 1.0, 2.0)
    x.register_hook(log.hook("hook"))
    lib.sum(x * 2.0).backward()
    x.detach_()
    log("leaf", x.requires_grad, x.grad, len(x._backward_hooks))
    x.requires_grad_()
    lib.sum(x * 2.0).backward()
    log("grad", x.grad)


@parity
def test_saved_and_then_detached(lib, log):
    """S1.4: an input has lost its place in the graph; an output has not."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    z = lib.sum(y * y)
    y.detach_()
    log.attempt("input", z.backward)
    log.attempt("read", lambda: z.grad_fn.next_functions[0][0]._saved_self, says="detach")
    log("grad", x.grad)
    y = lib.exp(x)
    z = lib.sum(y)
    y.detach_()
    log.attempt("output", z.backward)
    log("grad", x.grad)
    x = leaf(lib, 1.0, 2.0)
    z = lib.sum(x * x)
    x.detach_()
    log.attempt("leaf", lambda: lib.grad(z, [x]))


@parity
def test_saved_after_detaching(lib, log):
    """S1.4: as the leaf that it is now."""
    x = leaf(lib, 1.0, 2.0)
    y = (x * 2.0).detach_()
    lib.sum(x * y).backward()
    log("grad", x.grad)
    y.requires_grad_()
    lib.sum(y * y).backward()
    log("grad", y.grad)


@parity
def test_a_function_that_saved_what_is_detached(lib, log):
    """S1.4: save_for_backward is checked too."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a

    def backward(ctx, g):
        return 2.0 * g * ctx.saved_tensors[0]

    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    z = lib.sum(function(lib, forward, backward).apply(y))
    y.detach_()
    log.attempt("backward", z.backward)


@differs(
    "W6",
    torch=[("hooks left", 1), ("old graph", [1.0, 1.0]), ("hook", [1.0, 1.0]), ("new leaf", [3.0, 3.0]), ("hook", [3.0, 3.0])],
    wengert=[("hooks left", 0), ("old graph", [1.0, 1.0]), ("hook", [1.0, 1.0]), ("new leaf", [3.0, 3.0])],
    reason="detach_ leaves the hooks to the history that they were registered on. In PyTorch they fire for the new leaf as well.",
)
def test_hooks_of_a_detached_tensor(lib, log):
    """H4.9, G6.3: registered, detached, made a leaf that requires gradients."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    events = []
    y.register_hook(events.append)
    z = lib.sum(y)
    y.detach_().requires_grad_()
    log("hooks left", len(y._backward_hooks or ()))
    z.backward()
    log("old graph", lib.tensor([1.0, 1.0]))
    for grad in events:
        log("hook", grad)
    events.clear()
    lib.sum(y * 3.0).backward()
    log("new leaf", y.grad)
    for grad in events:
        log("hook", grad)


@differs(
    "W5",
    torch=[("retains", True), ("old graph", [1.0, 1.0]), ("again", True)],
    wengert=[("retains", False), ("old graph", None), ("again", True)],
    reason="A tensor that was detached in place is no longer that output of the graph, so the graph stores no gradient in it.",
)
def test_retain_grad_of_a_detached_tensor(lib, log):
    """G6.3, H4.8."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    y.retain_grad()
    z = lib.sum(y)
    y.detach_()
    log("retains", y.retains_grad)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z.backward()
        log("old graph", y.grad)
    w = x * 3.0
    w.retain_grad()
    log("again", w.retains_grad)


@parity
def test_detaching_one_of_several_outputs(lib, log):
    """G6.3: its siblings keep their place and their marks."""

    def forward(ctx, a):
        return a * 1.0, a * 2.0

    x = leaf(lib, 1.0, 2.0)
    a, b = function(lib, forward, lambda ctx, g, h: g + 2.0 * h).apply(x)
    a.retain_grad()
    b.retain_grad()
    z = lib.sum(a) + lib.sum(b)
    b.detach_()
    log("numbers", a.output_nr, b.output_nr, b.is_leaf)
    z.backward()
    log("grads", x.grad, a.grad)


@parity
def test_detach_in_inference_mode(lib, log):
    """G8: nothing to detach."""
    with lib.inference_mode():
        t = lib.tensor([1.0, 2.0])
        log("inside", t.detach_() is t, t.data.requires_grad)
    log("outside", t.detach_() is t, t.is_inference())
