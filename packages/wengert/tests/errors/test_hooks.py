"""What hooks return and raise, and where none can be registered (rules H0, H3, E10, S3)."""

import numpy as np
import pytest

import wengert as wg
from wengert import errors
from wengert.autograd.modes import current

from .checking import Peculiar, finder, leaf, raised

line_of = finder(__file__)


KINDS = {
    "tensor hook": lambda y, w, fn: y.register_hook(fn),  # registers a tensor hook
    "node pre-hook": lambda y, w, fn: y.grad_fn.register_prehook(fn),  # registers a node pre-hook
    "node post-hook": lambda y, w, fn: y.grad_fn.register_hook(fn),  # registers a node post-hook
    "post-accumulate-grad hook": lambda y, w, fn: w.register_post_accumulate_grad_hook(fn),  # registers a post-accumulate hook
}


def with_hook(kind, result):
    """A backward of ``w * w`` in which a hook of this kind returns `result`, or raises it."""

    def culprit(*grads):  # the hook
        if isinstance(result, Exception):
            raise result
        return result

    w = leaf(1.0, 2.0, 3.0)
    y = w * w
    KINDS[kind](y, w, culprit)
    y.sum().backward()


def who(kind):
    """What a message says of that hook: kind, name and line, where it was registered, at which node."""
    node = "AccumulateGrad" if kind.startswith("post-acc") else "MulBackward0"
    registered = line_of(f"registers a {kind.replace('-grad', '')}")
    return kind, "'culprit'", line_of("the hook"), "registered at", registered, f"at .*{node}"


def in_tuple(kind, value):
    """The value as a hook of this kind returns a gradient."""
    return {"tensor hook": value, "node pre-hook": (value,), "node post-hook": (value, None)}[kind]


GRADIENT_HOOKS = ["tensor hook", "node pre-hook", "node post-hook"]


@pytest.mark.parametrize("kind", GRADIENT_HOOKS)
@pytest.mark.parametrize(
    ("value", "got"), [(np.ones(3), "numpy.ndarray"), (1.0, "float"), (Peculiar(), r"\w\.Peculiar"), (False, "bool")]
)
def test_a_hook_that_returns_no_tensor(kind, value, got):
    """H3.1"""
    raised(errors.HookTypeError, TypeError, lambda: with_hook(kind, in_tuple(kind, value)), *who(kind), got, "Tensor")


@pytest.mark.parametrize("kind", GRADIENT_HOOKS)
def test_a_hook_that_changes_the_shape(kind):
    """H3.3: no broadcasting either."""
    value = in_tuple(kind, wg.ones(1))
    raised(errors.HookError, RuntimeError, lambda: with_hook(kind, value), *who(kind), "size", r"\(3,\)", r"\(1,\)")


@pytest.mark.parametrize("kind", GRADIENT_HOOKS)
def test_a_hook_that_changes_the_dtype(kind):
    """H3.3"""
    value = in_tuple(kind, wg.ones(3, dtype=wg.float32))
    raised(errors.HookError, RuntimeError, lambda: with_hook(kind, value), *who(kind), "type", "float64", "float32")


@pytest.mark.parametrize("kind", GRADIENT_HOOKS)
def test_a_hook_that_changes_the_library(kind, foreign):
    """H3.3"""
    value = in_tuple(kind, foreign)
    raised(errors.HookError, RuntimeError, lambda: with_hook(kind, value), *who(kind), "type", "numpy.ndarray", "Foreign")


@pytest.mark.parametrize(("kind", "expected"), [("node pre-hook", 1), ("node post-hook", 2)])
def test_a_node_hook_that_returns_the_wrong_number(kind, expected):
    """H3.2"""
    run = lambda: with_hook(kind, (None,) * 5)
    raised(errors.HookError, RuntimeError, run, *who(kind), "number of values", f"expected {expected}", "got 5")


@pytest.mark.parametrize("kind", ["node pre-hook", "node post-hook"])
def test_a_node_hook_that_returns_no_tuple(kind):
    """H3.2"""
    raised(errors.HookTypeError, TypeError, lambda: with_hook(kind, [None]), *who(kind), "returned list", "tuple")


def test_a_hook_that_replaces_nothing_by_something():
    """H3.3: where there was no gradient there can be no replacement."""
    x = leaf(1.0, 2.0)
    first, second = wg.unstack(x)

    def culprit(grad):  # makes something of nothing
        return wg.tensor(1.0)

    second.register_hook(culprit)
    error = raised(errors.HookError, RuntimeError, first.backward, "tensor hook", "'culprit'", "None", "Tensor")
    assert "UnstackBackward0" in str(error) or "UnbindBackward0" in str(error)


@pytest.mark.parametrize(
    ("value", "error", "builtin", "got"),
    [(wg.ones(3), errors.HookError, RuntimeError, "Tensor"), (3, errors.HookTypeError, TypeError, "int")],
)
def test_a_post_accumulate_grad_hook_that_returns_something(value, error, builtin, got):
    """H3.4"""
    kind = "post-accumulate-grad hook"
    raised(error, builtin, lambda: with_hook(kind, value), *who(kind), got, "expected None")


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_that_raises(kind):
    """E10.1: the exception stays what it is, object and type, and carries a note of whose it was."""
    boom = ZeroDivisionError("boom")
    error = raised(ZeroDivisionError, ArithmeticError, lambda: with_hook(kind, boom), "^boom", "raised in", *who(kind))
    assert error is boom


def test_a_multi_grad_hook_that_raises():
    def culprit(grads):  # waits for both
        raise ZeroDivisionError

    a, b = leaf(1.0), leaf(2.0)
    wg.autograd.graph.register_multi_grad_hook([a, b], culprit)  # registers it on both
    run = (a * b).sum().backward
    raised(ZeroDivisionError, ArithmeticError, run, "'culprit'", line_of("waits for both"), line_of("registers it on both"))


def test_something_registered_that_cannot_be_called():
    """H0.3: only the backward notices, and the note names the line of the registration."""
    x = leaf(1.0)
    x.register_hook(3)  # registers a number
    raised(TypeError, TypeError, x.sum().backward, "tensor hook", "int", line_of("registers a number"))


def test_notes_tell_of_each_hook_that_the_exception_passed():
    """E8.4: inner backward first."""
    x, inner = leaf(1.0), leaf(2.0)

    def deep(grad):
        raise KeyError

    def outer(grad):
        with wg.enable_grad():
            (inner * 2).sum().backward()

    inner.register_hook(deep)
    x.register_hook(outer)
    error = raised(KeyError, LookupError, x.sum().backward, "'deep'", "'outer'")
    assert len(error.__notes__) == 2


def test_a_rule_that_fails_is_noted_with_its_node():
    """An exception from inside a derivative says where in the graph it was."""

    class Fails(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise LookupError

    raised(LookupError, LookupError, Fails.apply(leaf(1.0)).sum().backward, "raised in the backward, at FailsBackward")


@pytest.mark.parametrize(
    ("register", "error", "builtin", "named"),
    [
        (lambda x, c: c.register_hook(print), errors.NoGraphError, RuntimeError, "requires? grad"),
        (lambda x, c: c.retain_grad(), errors.NoGraphError, RuntimeError, "requires_grad"),
        (lambda x, c: c.register_post_accumulate_grad_hook(print), errors.NoGraphError, RuntimeError, "requires? grad"),
        (lambda x, c: (x * 2).register_post_accumulate_grad_hook(print), errors.LeafError, RuntimeError, "non-leaf"),
        (
            lambda x, c: wg.autograd.graph.register_multi_grad_hook([x, c], print),
            errors.NoGraphError,
            RuntimeError,
            "element 1",
        ),
        (
            lambda x, c: wg.autograd.graph.register_multi_grad_hook([x], print, mode="some"),
            errors.ArgumentError,
            ValueError,
            r"\('all', 'any'\) but got some",
        ),
        (lambda x, c: wg.autograd.queue_callback(print), errors.ModeError, RuntimeError, "during a backward"),
    ],
)
def test_registering_where_nothing_can_fire(register, error, builtin, named):
    """H0.3, E9.1"""
    raised(error, builtin, lambda: register(leaf(1.0), wg.tensor([1.0])), named)




def test_an_unpack_hook_that_returns_no_tensor():
    """S3.4: the hook with its line, what it returned, whose value it was."""
    x = leaf(1.0)

    def culprit(packed):  # unpacks
        return 3

    with wg.autograd.graph.saved_tensors_hooks(lambda t: t, culprit):
        y = wg.exp(x * x).sum()
    run = y.backward
    raised(
        errors.SavedTensorTypeError, TypeError, run, "unpack hook 'culprit'", line_of("unpacks"), "int", "ExpBackward0", "Tensor"
    )


def test_a_pack_hook_that_raises():
    """S3.3, W12: at the operator that saves, as it is; the operator is not recorded and the mode is as it was."""
    x = leaf(1.0)

    def culprit(tensor):
        raise TypeError("no packing")

    with wg.autograd.graph.saved_tensors_hooks(culprit, lambda t: t):
        raised(TypeError, TypeError, lambda: x * x, "^no packing")
        assert wg.is_grad_enabled()
    assert not current().saved_hooks
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0]
