"""Hooks on one saved value; the contexts around saved-tensor hooks (rules S4, S5)."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import leaf

# S4: hooks on one saved value


@parity
def test_register_hooks_on_a_raw_saved_value(lib, log):
    """S4.1: packs at once; unpack at each access."""
    x = leaf(lib, 2.0)
    y = lib.sin(x)
    y.grad_fn._raw_saved_self.register_hooks(log.hook("pack", lambda t: t), log.hook("unpack", lambda t: t))
    log("registered")
    y.backward()
    log("grad", x.grad)


@parity
def test_register_hooks_twice(lib, log):
    """S4.1: hooks can be set once, by either way."""
    x = leaf(lib, 2.0)
    y = lib.sin(x)
    identity = lambda t: t
    log.attempt("first", lambda: y.grad_fn._raw_saved_self.register_hooks(identity, identity))
    log.attempt("second", lambda: y.grad_fn._raw_saved_self.register_hooks(identity, identity))
    with lib.graph.saved_tensors_hooks(identity, identity):
        z = lib.sin(x)
    log.attempt("after a context", lambda: z.grad_fn._raw_saved_self.register_hooks(identity, identity))


@parity
def test_register_hooks_on_what_is_not_there(lib, log):
    """S4.1: freed, or never saved."""
    x, c = leaf(lib, 2.0), lib.tensor(3.0)
    identity = lambda t: t
    y = lib.sin(x)
    y.backward()
    log.attempt("freed", lambda: y.grad_fn._raw_saved_self.register_hooks(identity, identity))
    z = x * c
    log.attempt("None", lambda: z.grad_fn._raw_saved_self.register_hooks(identity, identity))


@parity
def test_register_hooks_while_disabled(lib, log):
    """S4.1: disabling concerns the context manager only."""
    x = leaf(lib, 2.0)
    y = lib.sin(x)
    with lib.graph.disable_saved_tensors_hooks("not now"):
        log.attempt("raw", lambda: y.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: t * 2.0))
    y.backward()
    log("grad", x.grad)


@parity
def test_register_hooks_on_an_output(lib, log):
    """S4.1, S2.2: on a saved output; double backward still works."""
    x = leaf(lib, 0.5)
    y = lib.exp(x)
    y.grad_fn._raw_saved_result.register_hooks(lambda t: lib.array(t), lambda a: lib.tensor(a))
    (first,) = lib.grad(y, [x], create_graph=True)
    log("second", first, lib.grad(first, [x]))


# S5: other contexts


@parity
def test_disabling(lib, log):
    """S5.1: entering hooks is an error with the given text; operations go on without them."""
    x = leaf(lib, 2.0)

    def enter():
        with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            return lib.sin(x)

    with lib.graph.disable_saved_tensors_hooks("not in here"):
        log.attempt("inside", enter, says="not in here")
        log("without", lib.sin(x))
    log.attempt("outside", enter)


@parity
def test_disabling_nests(lib, log):
    """S5.1: the inner text wins, the outer is restored."""
    x = leaf(lib, 2.0)

    def enter():
        with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            return lib.sin(x)

    with lib.graph.disable_saved_tensors_hooks("outer"):
        with lib.graph.disable_saved_tensors_hooks("inner"):
            log.attempt("inner", enter, says="inner")
        log.attempt("outer", enter, says="outer")
    log.attempt("outside", enter)


@parity
def test_disabling_while_hooks_are_active(lib, log):
    """S5.1: raises at once."""

    def program():
        with (
            lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t),
            lib.graph.disable_saved_tensors_hooks("too late"),
        ):
            log("entered")

    log.attempt("program", program, says="too late")


@pytest.mark.parametrize("pin", [False])
@parity
def test_save_on_cpu(lib, log, pin):
    """S5.2: the same gradients; what is saved is not the tensor itself."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    with lib.graph.save_on_cpu(pin_memory=pin):
        y = lib.exp(x * w) * x
        p = x * w
    log("saved", p.grad_fn._saved_self is x, p.grad_fn._saved_self)
    y.backward()
    log("grads", x.grad, w.grad)
