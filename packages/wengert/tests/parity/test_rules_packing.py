"""Pack and unpack hooks in unusual places: inside each other, with exceptions, on values written to, in threads (S3, S4)."""

from __future__ import annotations

import threading

import pytest

from .facade import NOT_RUN, differs, parity
from .programs import function, leaf


def pair(lib, log, name):
    return lib.graph.saved_tensors_hooks(
        lambda t: (log(f"pack {name}", t), t)[1], lambda t: (log(f"unpack {name}", t), t)[1]
    )


# inside a pack hook


@differs(
    "S3.2",
    torch=NOT_RUN,
    wengert=[("pack", 0.5), ("recorded", True, 1.648721), ("grad", 1.648721), ("grad", 2.526304)],
    reason="What a pack hook saves by recording operators is not handed to that hook again; PyTorch recurses without end.",
)
def test_recording_inside_pack(lib, log):
    """S3.2: within enable_grad."""
    x = leaf(lib, 0.5)
    inside = []

    def pack(t):
        log("pack", t)
        with lib.enable_grad():
            inside.append(lib.exp(t))
        return t

    with lib.graph.saved_tensors_hooks(pack, lambda t: t):
        y = lib.sin(x)
    log("recorded", inside[0].requires_grad, inside[0].grad_fn._saved_result)
    inside[0].backward()
    log("grad", x.grad)
    y.backward()
    log("grad", x.grad)


@parity
def test_hooks_entered_inside_pack(lib, log):
    """S3.2: they pack what is recorded within them."""
    x = leaf(lib, 0.5)

    def pack(t):
        log("pack", t)
        with lib.enable_grad(), pair(lib, log, "inner"):
            lib.exp(t)
        return t

    with lib.graph.saved_tensors_hooks(pack, lambda t: t):
        y = lib.sin(x)
        log("next")
        z = lib.sin(y)
    z.backward()
    log("grad", x.grad)


@parity
def test_reading_the_node_inside_pack(lib, log):
    """S3.2: of an output that is being saved."""
    x = leaf(lib, 0.5)

    def pack(t):
        log("pack", t.requires_grad, t.grad_fn, t.is_leaf)
        return lib.array(t)

    with lib.graph.saved_tensors_hooks(pack, lambda a: lib.tensor(a)):
        y = lib.sin(lib.exp(x))
    y.backward()
    log("grad", x.grad)


# inside an unpack hook


@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_computing_inside_unpack(lib, log, create_graph):
    """S3.4, S2.2: in the mode of the task; the place in the graph is the original's, whatever is computed."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def unpack(t):
        result = t * w * 0.5
        log("unpack", t, result.requires_grad)
        return result

    with lib.graph.saved_tensors_hooks(lambda t: t.detach(), unpack):
        y = lib.exp(x)
        z = y * y
    (first,) = lib.grad(z, [x], create_graph=create_graph)
    log("first", first, first.requires_grad)
    if create_graph:
        log("second", *lib.grad(first, [x, w], allow_unused=True))


@parity
def test_hooks_around_what_unpack_saves(lib, log):
    """S3.1: the hooks in force around the backward are for what a recorded backward saves."""
    x = leaf(lib, 0.5)
    with lib.graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: t * 1.0):
        y = lib.exp(lib.sin(x))
    names = []
    with lib.graph.saved_tensors_hooks(lambda t: names.append("pack") or t, lambda t: names.append("unpack") or t):
        (first,) = lib.grad(y, [x], create_graph=True)
    log("packed", "pack" in names, "unpack" in names)
    log("second", *lib.grad(first, [x]))
    log("unpacked", "unpack" in names)


@parity
def test_backward_inside_unpack(lib, log):
    """S3.4, E8: of another graph."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def unpack(t):
        with lib.enable_grad():
            lib.exp(w * 1.0).backward()
        log("unpack", w.grad)
        return t

    with lib.graph.saved_tensors_hooks(lambda t: t, unpack):
        y = lib.sin(x)
    y.backward()
    log("grads", x.grad, w.grad)


# exceptions


@pytest.mark.parametrize("which", ["pack", "unpack"])
@parity
def test_exception_among_several_values(lib, log, which):
    """S3.3, S3.4: the second of two; afterwards everything works, with hooks and without."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    calls = []

    def hook(name):
        def run(t):
            calls.append(name)
            if name == which and calls.count(name) == 2:
                raise KeyError(name)
            return t

        return run

    def program():
        with lib.graph.saved_tensors_hooks(hook("pack"), hook("unpack")):
            y = x * w
        y.backward(retain_graph=True)
        return y

    log.attempt("program", program)
    log("state", lib.is_grad_enabled(), x.grad, w.grad, calls.count(which))
    log.attempt("again", program)
    log("state", x.grad, w.grad)
    (lib.sin(x) * w).backward()
    log("state", x.grad, w.grad)


@parity
def test_unpack_raises_once(lib, log):
    """S3.4, E10: the saved value is still there for another backward."""
    x = leaf(lib, 0.5)
    calls = []

    def unpack(t):
        calls.append(None)
        if len(calls) == 1:
            raise KeyError("first")
        return t

    with lib.graph.saved_tensors_hooks(lambda t: t, unpack):
        y = lib.sin(x)
    log.attempt("first", y.backward)
    log.attempt("second", y.backward)
    log("grad", x.grad)


@parity
def test_pack_raises_in_a_function(lib, log):
    """S3.1, S3.3: when apply() ends."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        log("forward")
        return a * 2.0

    def bang(t):
        raise KeyError("pack")

    x = leaf(lib, 0.5)
    mine = function(lib, forward, lambda ctx, g: g * ctx.saved_tensors[0])

    def program():
        with lib.graph.saved_tensors_hooks(bang, lambda t: t):
            return mine.apply(x)

    log.attempt("apply", program)
    log("mode", lib.is_grad_enabled())
    mine.apply(x).backward()
    log("grad", x.grad)


@parity
def test_pack_raises_in_a_recorded_backward(lib, log):
    """S3.3, E10: modes and hooks are as they were."""
    x = leaf(lib, 0.5)
    y = lib.exp(lib.sin(x))

    def bang(t):
        raise KeyError("pack")

    def program():
        with lib.graph.saved_tensors_hooks(bang, lambda t: t):
            return lib.grad(y, [x], create_graph=True)

    log.attempt("grad", program)
    log("mode", lib.is_grad_enabled())
    log.attempt("again", lambda: lib.grad(y, [x]))


@parity
def test_context_left_by_an_exception(lib, log):
    """S3.1: the hooks are gone."""
    x = leaf(lib, 0.5)

    def program():
        with pair(lib, log, "outer"), pair(lib, log, "inner"):
            lib.sin(x)
            raise KeyError("body")

    log.attempt("program", program)
    lib.sin(x).backward()
    log("grad", x.grad)


# hooks on one saved value


@differs(
    "W12",
    torch=[("register", "returned", None), ("backward", "returned", None)],
    wengert=[("register", "raised", "RuntimeError"), ("backward", "raised", "RuntimeError")],
    reason="Setting hooks on a saved tensor that has been written to is too late, and does not hide the write.",
)
def test_register_hooks_on_a_value_written_to(lib, log):
    """S4.1, S1.2: by _raw_saved_self."""
    x = leaf(lib, 0.5)
    y = lib.sin(x * 1.0)
    lib.graph.increment_version(y.grad_fn._saved_self)
    log.attempt("register", lambda: y.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: t))
    log.attempt("backward", y.backward)


@parity
def test_register_hooks_with_pack_that_writes(lib, log):
    """S4.1, S3.3."""
    x = leaf(lib, 0.5)
    y = lib.sin(x * 1.0)

    def pack(t):
        lib.graph.increment_version(t)
        return t

    log.attempt("register", lambda: y.grad_fn._raw_saved_self.register_hooks(pack, lambda t: t))


@parity
def test_register_hooks_on_an_input_and_an_output(lib, log):
    """S4.1, S2.2: what pack is given, and what comes back."""
    x = leaf(lib, 0.5)
    y = lib.sin(lib.exp(x))
    node, below = y.grad_fn, y.grad_fn.next_functions[0][0]
    for raw in (node._raw_saved_self, below._raw_saved_result):
        raw.register_hooks(
            lambda t: (log("pack", t, t.requires_grad, t.grad_fn), t * 2.0)[1], lambda t: (log("unpack", t), t * 0.5)[1]
        )
    saved = node._saved_self
    log("saved", saved, saved.grad_fn is below, saved.requires_grad)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first, *lib.grad(first, [x]))


@parity
def test_a_handle_outlives_its_node(lib, log):
    """S4.1: and can be read as long as nothing was released."""
    x = leaf(lib, 0.5)
    y = lib.sin(x)
    raw = y.grad_fn._raw_saved_self
    y = y * 2.0
    log("unpacked", raw.unpack(), raw.unpack_hook)
    y.backward()
    log.attempt("released", raw.unpack)
    log("released data", raw.data, raw.unpack_hook)


@parity
def test_register_hooks_then_in_place(lib, log):
    """S4.1: the graph is kept: unpack runs for each backward."""
    x = leaf(lib, 0.5)
    y = lib.sin(x)
    y.grad_fn._raw_saved_self.register_hooks(lambda t: t * 3.0, lambda t: (log("unpack", t), t)[1])
    y.backward(retain_graph=True)
    y.backward()
    log("grad", x.grad)


# which values


@parity
def test_constants_and_numbers(lib, log):
    """S3.2: constants beside tensors with a gradient are packed, Python numbers are not."""
    x, c = leaf(lib, 0.5), lib.tensor(3.0)
    with pair(lib, log, "all"):
        y = x * c
        log("number")
        z = y * 2.0
        log("power")
        a = z**2
        log("nothing to save")
        b = a + c - 1.0
    b.backward()
    log("grad", x.grad)


@parity
def test_the_same_tensor_saved_by_many(lib, log):
    """S3.2: packed once for each save."""
    x = leaf(lib, 0.5)
    with pair(lib, log, "all"):
        y = lib.sin(x) + lib.cos(x) + x * x
    y.backward()
    log("grad", x.grad)


@parity
def test_shapes_that_pack_may_change(lib, log):
    """S3.4: whatever broadcasts is used."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    with lib.graph.saved_tensors_hooks(lambda t: lib.array(t)[:1].copy(), lambda a: lib.tensor(a)):
        y = lib.sum(x * x)
    y.backward()
    log("grad", x.grad)


@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_unpack_returns_another_dtype(lib, log, create_graph):
    """S3.4: the gradient has the dtype of the input."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    with lib.graph.saved_tensors_hooks(lambda t: lib.astype(t.detach(), "float32"), lambda t: t):
        y = lib.sum(x * x)
    (first,) = lib.grad(y, [x], create_graph=create_graph)
    log("first", first, str(first.dtype).removeprefix("torch."))


# threads


@parity
def test_each_thread_has_its_own_hooks(lib, log):
    """S3.1, S5.1: those of another are neither used nor in the way."""
    x = leaf(lib, 0.5)
    results = []

    def work():
        with lib.graph.disable_saved_tensors_hooks("not here"):
            results.append(lib.sin(x))

    with pair(lib, log, "main"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        y = lib.sin(x)
    (results[0] + y).backward()
    log("grad", x.grad)


@parity
def test_packed_here_unpacked_there(lib, log):
    """S3.4: the pair belongs to the saved value."""
    x = leaf(lib, 0.5)
    main = threading.get_ident()
    with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: (log("elsewhere", threading.get_ident() != main), t)[1]):
        y = lib.sin(x)
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join()
    log("grad", x.grad)
