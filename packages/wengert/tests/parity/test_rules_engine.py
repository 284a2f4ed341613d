"""backward() and grad(), rule by rule (E1 to E10): what the other files leave out."""

from __future__ import annotations

import collections
import types

import pytest

from .facade import parity
from .programs import function, leaf

# E1: arguments


@parity
def test_kinds_of_inputs(lib, log):
    """E1.5: any iterable; of mappings only a dict; nothing else."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    y = x * w

    def grad(inputs):
        return lib.grad(y, inputs, retain_graph=True)

    log.attempt("tuple", lambda: grad((x, w)))
    log.attempt("list", lambda: grad([w]))
    log.attempt("tensor", lambda: grad(x))
    log.attempt("dict", lambda: grad({"a": x, 3: w}))
    log.attempt("ordered", lambda: grad(collections.OrderedDict(a=x)))
    log.attempt("proxy", lambda: grad(types.MappingProxyType({"a": x})))
    log.attempt("default", lambda: grad(collections.defaultdict(int, a=x)))
    log.attempt("none", lambda: grad(None))
    log.attempt("number", lambda: grad([3.0]))
    log.attempt("none inside", lambda: grad([x, None]))
    log.attempt("nothing", lambda: grad([]))
    log.attempt("empty dict", lambda: grad({}))


@parity
def test_dict_with_options(lib, log):
    """E1, E1.6: unused ones in it."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    y = x * 2.0
    log.attempt("unused", lambda: lib.grad(y, {"x": x, "w": w}, retain_graph=True))
    log.attempt("allowed", lambda: lib.grad(y, {"x": x, "w": w}, retain_graph=True, allow_unused=True))
    log.attempt("zeros", lambda: lib.grad(y, {"w": w, "x": x}, retain_graph=True, materialize_grads=True))


@parity
def test_kinds_of_outputs(lib, log):
    """E1.1: a tensor, a sequence of them, edges; nothing else."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    for outputs in ([y], (y, y), [y, lib.graph.get_gradient_edge(y)]):
        log.attempt("grad", lambda outputs=outputs: lib.grad(outputs, [x], retain_graph=True))
    log.attempt("constant", lambda: lib.grad([y, lib.tensor(1.0)], [x]), says="element 1")
    log.attempt("constant with a gradient", lambda: lib.backward(lib.tensor(1.0), lib.tensor(1.0)), says="element 0")
    log.attempt("none", lambda: lib.grad([], [x]))
    log.attempt("backward of none", lambda: lib.backward([]))


@parity
def test_kinds_of_gradients(lib, log):
    """E1.2, E1.4: one for each output; None where 1 can be meant."""
    x = leaf(lib, 1.0, 2.0)
    y, z = lib.sum(x), x * 2.0
    one, two = lib.tensor(3.0), lib.tensor([1.0, 1.0])
    log.attempt("both", lambda: lib.grad([y, z], [x], [one, two], retain_graph=True))
    log.attempt("none for one", lambda: lib.grad([y, z], [x], [None, two], retain_graph=True))
    log.attempt("none for both", lambda: lib.grad([y, z], [x], [None, None], retain_graph=True))
    log.attempt("too few", lambda: lib.grad([y, z], [x], [one], retain_graph=True))
    log.attempt("number", lambda: lib.grad([y], [x], [3.0], retain_graph=True))
    log.attempt("tuple", lambda: lib.grad((y, z), x, (one, two), retain_graph=True))
    log.attempt("transposed", lambda: z.backward(lib.tensor([[1.0, 1.0]]), retain_graph=True))
    log("grad", x.grad)


@parity
def test_gradient_of_a_leaf_root(lib, log):
    """E1.2, H2: backward() on a leaf gives it the gradient."""
    x = leaf(lib, 3.0)
    x.register_hook(lambda g: g * 2.0)
    x.backward()
    log("grad", x.grad)
    x.backward(lib.tensor(5.0))
    log("grad", x.grad)
    log("grad()", *lib.grad(x, [x]))


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@parity
def test_single_elements(lib, log, shape):
    """E1.2: an implied gradient has the shape of the output."""
    x = lib.tensor([[3.0]], requires_grad=True)
    y = x.reshape(shape) * 2.0
    y.register_hook(lambda g: log("shape", tuple(g.shape)))
    y.backward()
    log("grad", x.grad)


@parity
def test_a_graph_without_leaves(lib, log):
    """E1: whose leaf has been switched off; nothing arrives, nothing fails."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    x.requires_grad_(False)
    y.backward()
    log("grad", x.grad)


@parity
def test_grad_and_the_grad_attribute(lib, log):
    """E1: grad() leaves .grad alone, backward(inputs=...) leaves that of others alone."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    x.grad = lib.tensor(100.0)
    y = x * w
    lib.grad(y, [x, w], retain_graph=True)
    log("after grad", x.grad, w.grad)
    y.backward(inputs=[w], retain_graph=True)
    log("after inputs", x.grad, w.grad)
    y.backward(inputs=[w, w, x])
    log("each once", x.grad, w.grad)


@parity
def test_inputs_that_are_roots(lib, log):
    """E1.7, E2.2: one of several roots, below another."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    z = y * y
    y.register_hook(log.hook("y"))
    log("grads", lib.grad([z, y], [y], [lib.tensor(1.0), lib.tensor(10.0)], retain_graph=True))
    log("grads", lib.grad([z, y, z], [x]))


@parity
def test_flags_that_are_no_booleans(lib, log):
    """E1: retain_graph takes what is true or false."""
    x = leaf(lib, 2.0)
    y = x * x
    y.backward(retain_graph=1)
    y.backward(retain_graph=0)
    log.attempt("released", y.backward)
    log("grad", x.grad)


# E4, E5: sums and accumulation


@parity
def test_the_layout_of_a_gradient(lib, log):
    """E5.2: that of the leaf, whatever that of the gradient."""
    x = lib.permute_dims(lib.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (1, 0)).detach().requires_grad_()
    (x * lib.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).sum().backward()
    log("strides", [s // 8 for s in lib.array(x.grad).strides], [s // 8 for s in lib.array(x).strides], x.grad)
    w = lib.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    lib.sum(lib.permute_dims(w, (1, 0)) * 2.0).backward()
    log("strides", [s // 8 for s in lib.array(w.grad).strides], w.grad)


@parity
def test_accumulating_into_what_requires_grad(lib, log):
    """E5.4: an assigned gradient that is itself a leaf: in place, without a record."""
    x = leaf(lib, 1.0, 2.0)
    g = leaf(lib, 10.0, 20.0)
    x.grad = g
    lib.sum(x * 2.0).backward()
    log("same", x.grad is g, g, g.requires_grad, g.is_leaf, g._version)


@parity
def test_versions_of_gradients(lib, log):
    """E5: one more for every addition in place."""
    x = leaf(lib, 1.0, 2.0)
    for _ in range(3):
        lib.sum(x * 2.0).backward()
        log("version", x.grad._version)
    saved = x.grad * leaf(lib, 1.0, 1.0)
    lib.sum(x * 2.0).backward()
    log.attempt("a graph that saved the gradient", lib.sum(saved).backward)


@parity
def test_gradients_of_size_zero(lib, log):
    """E5: there is nothing to add, and yet a gradient."""
    x = lib.tensor([], requires_grad=True)
    x.register_hook(lambda g: log("hook", tuple(g.shape)))
    lib.sum(x * 2.0).backward()
    log("grad", x.grad, tuple(x.grad.shape))
    log.attempt("implied", lambda: (x * 2.0).backward())


@parity
def test_set_to_none_in_between(lib, log):
    """E5: by the user, by a hook of another leaf, by zero."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    (x * w).backward()
    x.grad = None
    (x * w).backward()
    log("grads", x.grad, w.grad)
    w.register_hook(lambda g: setattr(x, "grad", None))
    (x * w).backward()
    log("grads", x.grad, w.grad)


# E7: edges


@parity
def test_edges_in_dicts_and_sequences(lib, log):
    """E7.3: wherever a tensor may stand."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    z = y * y
    edge = lib.graph.get_gradient_edge
    log("dict", lib.grad(z, {"y": edge(y), "x": edge(x)}, retain_graph=True))
    log("both sides", lib.grad([edge(z)], [edge(y), x], retain_graph=True))
    z.backward(inputs=[edge(x)], retain_graph=True)
    log("stored", x.grad)
    z.backward(inputs=[edge(y)])
    log("nowhere", x.grad)


@parity
def test_fields_of_an_edge(lib, log):
    """E7.3: node and number."""
    x = leaf(lib, 1.0, 2.0)
    _, b = lib.unstack(x)
    edge = lib.graph.get_gradient_edge(b)
    log("edge", edge.node is b.grad_fn, edge.output_nr, len(edge))
    made = lib.graph.GradientEdge(b.grad_fn, 1)
    log("made", *lib.grad(b * 2.0, [made], retain_graph=True), *lib.grad(made, [x]))
    log("leaf", lib.graph.get_gradient_edge(x).node is lib.accumulator(x))


# E8 to E10


@parity
def test_the_task_goes_on_after_an_inner_failure(lib, log):
    """E8.4: several inner runs, each caught."""
    x = leaf(lib, 1.0)
    failing = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: {}["nothing"])

    def hook(g):
        with lib.enable_grad():
            inner = failing.apply(x) * 1.0
        log.attempt("inner", inner.backward)

    y = x * 2.0
    y.register_hook(hook)
    (y * 1.0).register_hook(hook)
    z = y * y
    z.register_hook(hook)
    z.backward()
    log("grad", x.grad)


@parity
def test_a_callback_that_queues_backward(lib, log):
    """E9.1, E9.2: and callbacks of that inner run."""
    x = leaf(lib, 1.0)

    def inner():
        with lib.enable_grad():
            y = x * 10.0
        y.register_hook(lambda g: lib.queue_callback(lambda: log("callback of the inner", x.grad)))
        y.backward()
        log("after the inner", x.grad)

    z = x * 1.0
    z.register_hook(lambda g: lib.queue_callback(inner))
    z.register_hook(lambda g: lib.queue_callback(lambda: log("last", x.grad)))
    z.backward()
    log("grad", x.grad)


@parity
def test_exceptions_of_every_family(lib, log):
    """E10.1: reach the caller as they are: the object itself, with its arguments."""

    class OwnError(Exception):
        def __init__(self, number):
            super().__init__(number)
            self.number = number

    for error in (OwnError(3), KeyError("k"), StopIteration(5), RecursionError("r"), MemoryError(), AssertionError("a")):

        def fail(g, error=error):
            raise error

        y = leaf(lib, 1.0) * 2.0
        y.register_hook(fail)
        try:
            y.backward()
        except BaseException as caught:
            log("caught", type(caught) if not isinstance(caught, OwnError) else caught.number, caught is error)


@parity
def test_leaving_a_task_by_other_ways(lib, log):
    """E10.1: KeyboardInterrupt, SystemExit and GeneratorExit too."""
    for kind in (KeyboardInterrupt, SystemExit, GeneratorExit):

        def fail(g, kind=kind):
            raise kind

        x = leaf(lib, 1.0)
        y = x * 2.0
        y.register_hook(fail)
        try:
            y.backward()
        except BaseException as caught:
            log("caught", type(caught))
        log("usable", lib.is_grad_enabled(), x.grad)
        (x * 2.0).backward()
        log("grad", x.grad)


@parity
def test_a_frame_of_the_hook_is_in_the_traceback(lib, log):
    """E10.1: so that debuggers find it."""
    y = leaf(lib, 1.0) * 2.0

    def culprit(g):
        raise ValueError

    y.register_hook(culprit)
    try:
        y.backward()
    except ValueError as error:
        names, trace = [], error.__traceback__
        while trace is not None:
            names.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        log("innermost", names[-1])


@parity
def test_grad_mode_after_anything(lib, log):
    """E1.10, E10.2: is what it was."""
    x = leaf(lib, 1.0)
    for mode in (lib.no_grad, lib.enable_grad):
        for create in (True, False):
            y = x * x
            with mode():
                lib.grad(y, [x], create_graph=create)
                log("mode", lib.is_grad_enabled())
            log("mode", lib.is_grad_enabled())
