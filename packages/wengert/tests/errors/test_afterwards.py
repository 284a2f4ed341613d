"""What is left standing after an error in a backward (rules E10, W18)."""

import pytest

import wengert as wg
from wengert import errors
from wengert.autograd.modes import ACTIVE, current

from .checking import leaf, raised
from .test_hooks import KINDS, with_hook


class BoomError(Exception):
    """Raised by the hooks below."""


def failing_backward():
    """A backward that reaches `late` and fails before it reaches `early`: the parts, and how to run it."""
    early, late = leaf(1.0, 2.0), leaf(3.0, 4.0)
    fired = []

    def fails(grad):
        fired.append(grad.tolist())
        raise BoomError

    squares = early * early
    handle = squares.register_hook(fails)
    products = squares * late  # late's gradient is there before that of the squares is used
    total = products.sum()
    return early, late, squares, products, total, handle, fired


def test_gradients_accumulated_before_the_error_stay():
    """E10.2"""
    early, late, _, _, total, _, fired = failing_backward()
    with pytest.raises(BoomError):
        total.backward()
    assert fired == [[3.0, 4.0]]
    assert late.grad.tolist() == [1.0, 4.0]
    assert early.grad is None


def test_modes_are_what_they_were():
    """E10.2: recording, saved-tensor hooks, the task; nothing is left to slow down operators."""
    early, _, _, _, total, _, _ = failing_backward()
    before = dict(ACTIVE)
    modes = current()
    with wg.no_grad(), pytest.raises(BoomError):
        wg.autograd.grad(total, early, create_graph=True)
    assert wg.is_grad_enabled()
    assert (modes.task, modes.depth, modes.interpreter, modes.saved_hooks) == (None, 0, None, [])
    assert before == ACTIVE
    with pytest.raises(errors.ModeError):
        wg.autograd.queue_callback(print)


def test_hooks_stay_registered():
    """E10.2, H8.1: the hook that raised as well; it fires again in the next run."""
    _, _, squares, _, total, handle, fired = failing_backward()
    for _ in range(2):
        with pytest.raises(BoomError):
            total.backward(retain_graph=True)
    assert len(fired) == 2
    assert handle.id in squares._backward_hooks
    handle.remove()
    total.backward()
    assert len(fired) == 2


def test_released_nodes_say_so_and_the_others_are_intact():
    """E10.2: what ran is released; the node whose hook raised is not."""
    early, _, squares, products, total, handle, _ = failing_backward()
    with pytest.raises(BoomError):
        total.backward()
    handle.remove()
    raised(errors.ReleasedError, RuntimeError, total.backward, "MulBackward0", "retain_graph=True")
    raised(errors.ReleasedError, RuntimeError, lambda: products.grad_fn._saved_x1, "MulBackward0")
    squares.sum().backward()
    assert early.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_goes_on(kind):
    """E10.2: after any kind of hook has raised, a fresh graph runs as if nothing had happened."""
    with pytest.raises(BoomError):
        with_hook(kind, BoomError())
    x = leaf(1.0, 2.0)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_a_post_accumulate_grad_hook_that_raises_leaves_the_gradient():
    """E10.3"""
    x, after = leaf(1.0), []

    def fails(tensor):
        raise BoomError

    x.register_post_accumulate_grad_hook(fails)
    x.register_post_accumulate_grad_hook(after.append)
    with pytest.raises(BoomError):
        (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0]
    assert not after


def test_callbacks_after_an_error():
    """E9.3, W18: dropped, unless queued to run always; then the error goes on."""
    x, ran = leaf(1.0), []

    def fails(grad):
        wg.autograd.queue_callback(lambda: ran.append("plain"))
        wg.autograd.queue_callback(lambda: ran.append("always"), always=True)
        raise BoomError

    x.register_hook(fails)
    with pytest.raises(BoomError):
        x.sum().backward()
    assert ran == ["always"]


def test_retained_gradients_do_not_outlive_a_wrong_replacement():
    """H1.1: the retained gradient is what the tensor hooks made; where one failed there is none."""
    x = leaf(1.0)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda grad: wg.ones(7))
    raised(errors.HookError, RuntimeError, y.sum().backward, r"\(1,\)", r"\(7,\)")
    assert y.grad is None
