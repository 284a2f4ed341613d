"""The checkpoint that is not reentrant, beside PyTorch's: what is computed when, and what the backward may be (S7)."""

from __future__ import annotations

import pytest

from .checkpoints import checkpoint, draw, logged, noted, tools
from .facade import parity
from .programs import function, leaf, watch


def block(lib, x, w):
    """Saves its operands and results of several operators."""
    y = lib.exp(lib.sin(x) * w)
    return lib.sin(y) * x


# what is computed when


@parity
def test_recomputed_once_in_each_backward(lib, log):
    """S7.1: at the first saved tensor that is asked for, again for the next backward."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    y = checkpoint(lib, logged(log, "block", lambda x, w: block(lib, x, w)), x, w)
    log("forward", y)
    y.backward(retain_graph=True)
    log("grads", x.grad, w.grad)
    y.backward()
    log("grads", x.grad, w.grad)
    log.attempt("a third time", y.backward)


@parity
def test_order_among_hooks(lib, log):
    """S7.1: recomputation comes when a node unpacks: after the hooks before that node."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    inside = []

    def run(x, w):
        log("run")
        y = lib.sin(x) * w
        inside.append(y)
        return lib.exp(y)

    z = checkpoint(lib, run, x, w)
    for name, tensor in {"x": x, "w": w, "y": inside[0], "z": z}.items():
        watch(lib, log, name, tensor)
    (z * 2.0).backward()
    log("grads", x.grad, w.grad, len(inside))


@parity
def test_hooks_on_the_recomputed_graph_do_not_run(lib, log):
    """S7.1: what the function registers while it is recomputed is on a graph that nobody runs."""
    x = leaf(lib, 0.5)

    def run(x):
        y = lib.sin(x)
        y.register_hook(log.hook("y"))
        return lib.exp(y)

    checkpoint(lib, run, x).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("early_stop", [False, True])
@parity
def test_early_stop(lib, log, early_stop):
    """S7.2: statements after the last save do not run."""
    x = leaf(lib, 0.5)

    def run(x):
        y = lib.exp(x)
        log("after exp")
        z = y + 1.0
        log("after add")
        return z

    checkpoint(lib, run, x, early_stop=early_stop).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("enabled", [False, True])
@parity
def test_early_stop_by_a_context(lib, log, enabled):
    """S7.2: read at forward, and stronger than the argument."""
    x = leaf(lib, 0.5)
    run = logged(log, "exp", lib.exp)
    with tools(lib).set_checkpoint_early_stop(enabled):
        y = checkpoint(lib, run, x, early_stop=not enabled)
        with tools(lib).set_checkpoint_early_stop(not enabled):
            z = checkpoint(lib, run, x)
        a = checkpoint(lib, run, x)
    b = checkpoint(lib, run, x)
    for name, out in {"y": y, "z": z, "a": a, "b": b}.items():
        log(name)
        out.backward()


@parity
def test_cleaning_up_after_early_stop(lib, log):
    """S7.2: it is an exception: finally blocks run, and a function that catches it goes on in vain."""
    x = leaf(lib, 0.5)

    def run(x):
        try:
            return lib.exp(lib.sin(x))
        finally:
            log("finally")

    checkpoint(lib, run, x).backward()
    log("grad", x.grad)
    log("mode", lib.is_grad_enabled())
    lib.exp(x).backward()
    log("grad", x.grad)


@parity
def test_inside_each_other(lib, log):
    """S7.4: the outer is recomputed first; inner saves belong to the inner frame."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def inner(x):
        log("inner")
        return lib.exp(lib.sin(x)) * w

    def outer(x):
        log("outer")
        y = checkpoint(lib, inner, lib.sin(x))
        return checkpoint(lib, inner, y * x)

    z = checkpoint(lib, outer, x)
    log("forward", z)
    z.backward(retain_graph=True)
    log("grads", x.grad, w.grad)
    z.backward()
    log("grads", x.grad, w.grad)


@pytest.mark.parametrize("early_stop", [False, True])
@parity
def test_three_inside_each_other(lib, log, early_stop):
    """S7.4: without an end to it."""
    x = leaf(lib, 0.5)

    def nest(depth, x):
        log(f"depth {depth}")
        y = lib.sin(x)
        if depth:
            y = checkpoint(lib, lambda a: nest(depth - 1, a), y, early_stop=early_stop)
        return lib.exp(y * 0.5)

    z = checkpoint(lib, lambda a: nest(2, a), x, early_stop=early_stop)
    log("forward", z)
    z.backward()
    log("grad", x.grad)


@parity
def test_one_after_the_other(lib, log):
    """S7.1: from the last to the first, each when the backward comes to it."""
    x = leaf(lib, 0.5)
    y = x
    for i in range(3):
        y = checkpoint(lib, logged(log, f"block {i}", lambda a: lib.sin(lib.exp(a))), y)
    y.backward()
    log("grad", x.grad)


@parity
def test_two_in_one_backward_share_an_input(lib, log):
    """S7.1: each frame has its own run."""
    x = leaf(lib, 0.5)
    a = checkpoint(lib, logged(log, "a", lambda x: lib.exp(lib.sin(x))), x)
    b = checkpoint(lib, logged(log, "b", lambda x: lib.sin(lib.exp(x))), x)
    (a * b).backward()
    log("grad", x.grad)


# what the function is called with and returns


@parity
def test_arguments_of_every_kind(lib, log):
    """S7.4: keyword arguments, nested structures, numbers, None, the same tensor twice."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def run(a, pair, nothing, *more, scale, table, flag=True):
        log("run", nothing, more, scale, flag, sorted(table), type(pair).__name__)
        return lib.exp(a * scale) * pair[0] + lib.sin(table["w"]) * pair[1][0] * more[1]

    y = checkpoint(lib, run, x, (w, [x]), None, "more", 3.0, scale=0.25, table={"w": w, "k": 1})
    y.backward()
    log("grads", x.grad, w.grad)


@parity
def test_results_of_every_kind(lib, log):
    """S7.4: several, nested, some not tensors, one used and one not."""
    x = leaf(lib, 0.5)
    result = checkpoint(lib, lambda x: (lib.exp(x), {"sin": lib.sin(x)}, 3, None), x)
    log("result", result[2:], result[1]["sin"])
    result[1]["sin"].backward(retain_graph=True)
    log("grad", x.grad)
    (result[0] * result[1]["sin"]).backward()
    log("grad", x.grad)


@parity
def test_no_argument_requires_grad(lib, log):
    """S7.4: what the function uses from outside may."""
    w = leaf(lib, 2.0)
    y = checkpoint(lib, logged(log, "run", lambda x: lib.exp(x * w)), lib.tensor(0.5))
    y.backward()
    log("grad", w.grad)
    z = checkpoint(lib, lambda: lib.exp(w))
    z.backward()
    log("grad", w.grad)


@parity
def test_nothing_requires_grad(lib, log):
    """S7.4: then nothing is recorded."""
    y = checkpoint(lib, lambda x: lib.exp(x), lib.tensor(0.5))
    log("result", y.requires_grad, y)


@parity
def test_nothing_is_saved(lib, log):
    """S7.1: then nothing is recomputed."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, logged(log, "run", lambda x: x + 1.0), x)
    y.backward()
    log("grad", x.grad)


@parity
def test_under_no_grad(lib, log):
    """S7.6: a plain call, without the contexts."""
    x = leaf(lib, 0.5)
    with lib.no_grad():
        y = checkpoint(lib, logged(log, "run", lib.exp), x, context_fn=lambda: (noted(log, "forward"), noted(log, "again")))
    log("result", y.requires_grad, y)


@parity
def test_recorded_inside_no_grad(lib, log):
    """S7.1: the recomputation records, whatever the mode of the backward; no_grad blocks of the function are again there."""
    x = leaf(lib, 0.5)

    def run(x):
        with lib.no_grad():
            c = lib.exp(x)
        log("mode", lib.is_grad_enabled())
        return lib.sin(x) * c

    y = checkpoint(lib, run, x)
    with lib.no_grad():
        y.backward()
    log("grad", x.grad)


# kinds of backward


@parity
def test_grad_and_inputs(lib, log):
    """S7.4: grad(), inputs=, an input inside, partial backward passes."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    inside = []

    def run(x, w):
        log("run")
        inside.append(lib.sin(x))
        return lib.exp(inside[-1] * w)

    y = checkpoint(lib, run, x, w)
    log("grad", *lib.grad(y, [x], retain_graph=True))
    log("grad", *lib.grad(y, [w, x], retain_graph=True))
    log("grad", *lib.grad(y, [inside[0]], retain_graph=True))
    y.backward(inputs=[w], retain_graph=True)
    log("grads", x.grad, w.grad)
    y.backward(inputs=[x])
    log("grads", x.grad, w.grad)


@parity
def test_derivatives_of_derivatives(lib, log):
    """S7.4, S2.2: create_graph, through the recomputed values."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    y = checkpoint(lib, logged(log, "run", lambda x, w: block(lib, x, w)), x, w)
    first = lib.grad(y, [x, w], create_graph=True)
    log("first", *first)
    second = lib.grad(first[0] * first[1], [x, w], create_graph=True)
    log("second", *second)
    log("third", *lib.grad(second[0], [x, w]))


@parity
def test_backward_with_create_graph(lib, log):
    """S7.4: by backward(), then a backward through the gradient."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, logged(log, "run", lambda x: lib.exp(lib.sin(x))), x)
    y.backward(create_graph=True)
    first, x.grad = x.grad, None
    first.backward()
    log("grads", first, x.grad)


@parity
def test_checkpoint_of_a_gradient(lib, log):
    """S7.4: the function computes a gradient itself."""
    x = leaf(lib, 0.5)

    def slope(x):
        log("run")
        y = lib.exp(lib.sin(x))
        (g,) = lib.grad(y, [x], create_graph=True)
        log("inner gradient", g)
        return g * y

    z = checkpoint(lib, slope, x)
    log("forward", z)
    z.backward()
    log("grad", x.grad)


@parity
def test_gradient_inside_without_early_stop(lib, log):
    """S7.4: a backward of the function's own begins before its forward has ended, and comes to run itself again."""
    x = leaf(lib, 0.5)
    depth = []

    def slope(x):
        log("run", len(depth))
        y = lib.exp(lib.sin(x))
        if len(depth) < 3:
            depth.append(None)
            (g,) = lib.grad(y, [x], create_graph=True)
            depth.pop()
            return g * y
        return y

    log.attempt("forward", lambda: checkpoint(lib, slope, x, early_stop=False))


@parity
def test_backward_inside_the_function(lib, log):
    """S7.4: and what it released needs no recomputation any more."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def run(x):
        log("run")
        lib.sin(lib.exp(w)).backward()
        return lib.exp(x * 2.0)

    y = checkpoint(lib, run, x)
    log("after forward", w.grad)
    y.backward()
    log("grads", x.grad, w.grad)


@parity
def test_checkpoint_inside_a_function(lib, log):
    """S7.4: called by the forward of a custom Function, which records nothing, and by its backward, which does."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        return checkpoint(lib, logged(log, "in forward", lib.exp), a)

    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return g * checkpoint(lib, logged(log, "in backward", lib.exp), a)

    x = leaf(lib, 0.5)
    y = function(lib, forward, backward).apply(x)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first)
    log("second", *lib.grad(first, [x]))


@parity
def test_custom_function_inside(lib, log):
    """S7.1: what save_for_backward saves is recomputed too."""

    def forward(ctx, a):
        out = lib.exp(a)
        ctx.save_for_backward(a, None, out)
        log("forward")
        return out

    def backward(ctx, g):
        a, nothing, out = ctx.saved_tensors
        log("backward", a, nothing, out)
        return g * out

    x = leaf(lib, 0.5)
    checkpoint(lib, lambda x: lib.sin(function(lib, forward, backward).apply(x)), x).backward()
    log("grad", x.grad)


@parity
def test_reading_a_saved_value(lib, log):
    """S7.1: outside of a backward each access recomputes."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, logged(log, "run", lambda x: lib.exp(lib.sin(x))), x)
    log("saved", y.grad_fn._saved_result)
    log("again", y.grad_fn._saved_result, y.grad_fn._saved_result.grad_fn is y.grad_fn)
    log.attempt("hooks", lambda: y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda t: t))
    y.backward()
    log.attempt("released", lambda: y.grad_fn._saved_result)


# random numbers


@pytest.mark.parametrize("preserve", [False, True])
@pytest.mark.parametrize("reentrant", [False, True])
@parity
def test_random_numbers(lib, log, preserve, reentrant):
    """S7.1, S8.1: the recomputation draws what the forward drew, and then the stream goes on as if it had not run."""
    x = leaf(lib, 1.0, 1.0, 1.0)
    drawn = []

    def run(x):
        drawn.append(lib.array(draw(lib, 3)).tolist())
        return lib.sum(lib.exp(x) * x)

    y = checkpoint(lib, run, x, preserve_rng_state=preserve, use_reentrant=reentrant)
    between = lib.array(draw(lib, 3)).tolist()
    state = lib.random.get_state() if lib.name == "wengert" else lib.get_rng_state()
    y.backward()
    log("the same", drawn[0] == drawn[1], len(drawn))
    after = lib.array(draw(lib, 3)).tolist()
    (lib.random.set_state if lib.name == "wengert" else lib.set_rng_state)(state)
    log("undisturbed", after == lib.array(draw(lib, 3)).tolist(), between != after)


# contexts


@parity
def test_contexts_of_forward_and_recomputation(lib, log):
    """S7.4: context_fn is called once; the second context is entered for each recomputation and left by the early stop too."""
    x = leaf(lib, 0.5)

    def contexts():
        log("contexts")
        return noted(log, "forward"), noted(log, "recomputation")

    y = checkpoint(lib, logged(log, "run", lambda x: lib.exp(lib.sin(x))), x, context_fn=contexts)
    y.backward()
    log("grad", x.grad)


@parity
def test_noop_contexts(lib, log):
    """S7.4: the default."""
    first, second = tools(lib).noop_context_fn()
    with first, second:
        log("inside")
