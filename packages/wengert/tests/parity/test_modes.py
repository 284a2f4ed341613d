"""Grad modes and inference mode (rules G7 and G8)."""

from __future__ import annotations

import threading

import pytest

from .facade import parity
from .programs import leaf

MODES = ["no_grad", "enable_grad", "inference_mode"]


def state(lib):
    """The modes of this thread."""
    return lib.is_grad_enabled(), lib.is_inference_mode_enabled()


@parity
def test_modes_are_per_thread(lib, log):
    """G7.1: a new thread begins with grad mode on."""
    with lib.no_grad():
        thread = threading.Thread(target=lambda: log("thread", *state(lib)))
        thread.start()
        thread.join()
        log("here", *state(lib))


@pytest.mark.parametrize("mode", MODES)
@parity
def test_context_manager(lib, log, mode):
    """G7.2: changes the mode, and restores it after an exception too."""
    log("before", *state(lib))
    with getattr(lib, mode)():
        log("inside", *state(lib))
    log("after", *state(lib))
    with lib.no_grad():
        try:
            with getattr(lib, mode)():
                log("inside", *state(lib))
                raise KeyError("leave")
        except KeyError:
            log("after", *state(lib))
    log("outside", *state(lib))


@pytest.mark.parametrize("parentheses", [False, True])
@pytest.mark.parametrize("mode", MODES)
@parity
def test_decorator(lib, log, mode, parentheses):
    """G7.2, G8.5: with and without parentheses; keeps name and arguments."""
    decorate = getattr(lib, mode)() if parentheses else getattr(lib, mode)

    @decorate
    def work(a, *, b):
        """Does work."""
        log("inside", *state(lib))
        return a + b

    log("result", work(1, b=2), work.__name__, work.__doc__, *state(lib))
    log("again", work(3, b=4))

    @decorate
    def bang():
        raise KeyError("bang")

    log.attempt("raised", bang)
    log("after", *state(lib))


@pytest.mark.parametrize("flag", [False, True])
@parity
def test_set_grad_enabled(lib, log, flag):
    """G7.3: a call, a context manager, a decorator."""
    with lib.enable_grad():
        lib.set_grad_enabled(flag)
        log("call", *state(lib))
        lib.set_grad_enabled(not flag)
        log("call", *state(lib))
    log("restored by the context around", *state(lib))
    with lib.set_grad_enabled(flag):
        log("context", *state(lib))
    log("after", *state(lib))

    with lib.no_grad():

        @lib.set_grad_enabled(flag)
        def work():
            log("inside", *state(lib))

        log("decorated", *state(lib))
        work()
        log("called", *state(lib))


@pytest.mark.parametrize("mode", MODES)
@parity
def test_generators(lib, log, mode):
    """G7.4: the mode holds while the generator runs, not while it waits."""

    @getattr(lib, mode)()
    def numbers():
        try:
            log("first", *state(lib))
            got = yield 1
            log("second", got, *state(lib))
            try:
                yield 2
            except KeyError:
                log("thrown", *state(lib))
            yield 3
        finally:
            log("closing", *state(lib))

    generator = numbers()
    log("next", next(generator), *state(lib))
    log("send", generator.send("sent"), *state(lib))
    log("throw", generator.throw(KeyError("thrown")), *state(lib))
    generator.close()
    log("closed", *state(lib))


@pytest.mark.parametrize("mode", MODES)
@parity
def test_generator_that_returns(lib, log, mode):
    """G7.4: its value and its exceptions come through."""

    @getattr(lib, mode)()
    def returns():
        yield 1
        return "value"

    @getattr(lib, mode)()
    def raises():
        yield 1
        raise KeyError("inside")

    def delegate():
        log("returned", (yield from returns()))

    log("list", list(delegate()))
    log.attempt("raised", lambda: list(raises()))
    log("after", *state(lib))


@pytest.mark.parametrize("mode", ["no_grad", "enable_grad"])
@parity
def test_decorated_class(lib, log, mode):
    """G7.6: warns, and wraps the construction only."""
    with log.warnings("decorating"):

        @getattr(lib, mode)()
        class Thing:
            def __init__(self):
                log("init", *state(lib))

            def method(self):
                log("method", *state(lib))

    with lib.set_grad_enabled(mode == "no_grad"):
        Thing().method()


@pytest.mark.parametrize("mode", MODES)
@parity
def test_factories(lib, log, mode):
    """G7.7, G8.1: requires_grad=True is honoured in every mode."""
    with getattr(lib, mode)():
        x = leaf(lib, 1.0)
        log("leaf", x.requires_grad, x.is_leaf)


@pytest.mark.parametrize("mode", MODES)
@parity
def test_results(lib, log, mode):
    """G7.8, G8.1: results are leaves without gradient unless grad mode is on."""
    x = leaf(lib, 1.0, 2.0)
    with getattr(lib, mode)():
        for y in (x * 2.0, lib.sum(x), x + x, lib.exp(x), lib.concat([x, x])):
            log("result", y, y.requires_grad, y.is_leaf, y.grad_fn is None)
    y = x * 3.0
    log("outside", y.requires_grad)


@parity
def test_nesting(lib, log):
    """G7.2: modes nest in any order."""
    with lib.no_grad():
        with lib.enable_grad():
            with lib.set_grad_enabled(False):
                log("three", *state(lib))
            log("two", *state(lib))
        log("one", *state(lib))
    log("none", *state(lib))


@parity
def test_part_without_grad(lib, log):
    """G7.2: what is computed without grad mode is a constant."""
    x = leaf(lib, 3.0)
    with lib.no_grad():
        c = x * x
    (c * x).backward()
    log("grad", x.grad)


@parity
def test_mode_left_in_a_hook(lib, log):
    """G7.1, E10.2: a hook that changes the mode changes it for itself and those after it at most."""
    x = leaf(lib, 2.0)
    y = x * 3.0

    def hook(g):
        lib.set_grad_enabled(True)

    y.register_hook(hook)
    y.backward()
    log("after", *state(lib))
    z = x * 5.0
    z.register_hook(hook)
    with lib.no_grad():
        z.backward()
        log("still", *state(lib))
    log("outside", *state(lib))


# G8: inference mode


@parity
def test_inference_tensors(lib, log):
    """G8.1: have no version and need no gradient."""
    x = leaf(lib, 1.0, 2.0)
    with lib.inference_mode():
        made = lib.tensor([1.0, 2.0])
        result = x * 2.0
        for t in (made, result):
            log("flags", t.is_inference(), t.requires_grad, t.is_leaf)
            log.attempt("version", lambda t=t: t._version)
        log("outer", x.is_inference(), x._version)
    log("after", made.is_inference(), (made * 2.0).is_inference(), lib.tensor(1.0).is_inference())


@parity
def test_inference_tensors_outside(lib, log):
    """G8.3: cannot be saved or require grad; what saves nothing of them is fine."""
    x = leaf(lib, 1.0, 2.0)
    with lib.inference_mode():
        t = lib.tensor([3.0, 4.0])
    log.attempt("requires_grad_", lambda: t.requires_grad_() and None)
    log.attempt("saved", lambda: x * t)
    log.attempt("not saved", lambda: lib.sum(x + t).backward())
    log("grad", x.grad)
    log.attempt("without gradient", lambda: t * t)
    copy = t.clone()
    log("clone", copy.is_inference(), (copy * 2.0).is_inference())
    log.attempt("clone saved", lambda: x * copy)


@parity
def test_backward_in_inference_mode(lib, log):
    """G8.4: works; what it stores is an inference tensor."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(x * x)
    with lib.inference_mode():
        y.backward()
        log("grad", x.grad, x.grad.is_inference())


@parity
def test_inference_mode_with_a_flag(lib, log):
    """G8.5: as a decorator and as a context, on or off."""
    with lib.inference_mode(False):
        log("off", *state(lib))
    with lib.inference_mode(True):
        log("on", *state(lib))
        with lib.inference_mode(False):
            log("off inside", *state(lib))

    @lib.inference_mode(False)
    def work():
        log("decorated", *state(lib))

    with lib.inference_mode():
        work()


@parity
def test_enable_grad_in_inference_mode(lib, log):
    """G8.1: enable_grad does not bring gradients back in it."""
    x = leaf(lib, 1.0)
    with lib.inference_mode(), lib.enable_grad():
        log("state", *state(lib))
        y = x * 2.0
        log("result", y.requires_grad)
