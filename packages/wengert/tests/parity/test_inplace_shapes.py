"""Axes changed in place: the tensor becomes a view of itself, its views and the graph follow (rules V2, V3, V4)."""

from __future__ import annotations

import pytest

from .facade import parity

TURNS = {
    "unsqueeze_": (1,),
    "squeeze_": (),
    "t_": (),
    "swapaxes_": (0, 1),
    "swapdims_": (0, -1),
}


def matrix(lib, requires_grad=True):
    return lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=requires_grad)


def chosen(y, name):
    """A tensor for the form: it drops axes of length 1."""
    return y[:1] if name == "squeeze_" else y


@pytest.mark.parametrize("name", TURNS)
@parity
def test_each_form(lib, log, name):
    """V4.1: of a tensor, of a view, and of one that no gradient concerns."""
    x = matrix(lib)
    for of_view in (False, True):
        y = x * 1.0
        t = chosen(y, name) if of_view or name != "squeeze_" else x[:1] * 1.0
        log("same", getattr(t, name)(*TURNS[name]) is t, tuple(t.shape), t._version, y._version, t._is_view(), t.is_leaf)
        (t * t * 2).sum().backward()
        log("grad", x.grad)
        x.grad = None
    plain = chosen(matrix(lib, requires_grad=False), name)
    log("plain", tuple(getattr(plain, name)(*TURNS[name]).shape), plain.requires_grad, plain._version)


@parity
def test_refused(lib, log):
    """V3: leaves and their views, pieces of several."""
    x = matrix(lib)
    log.attempt("leaf", lambda: x.unsqueeze_(0))
    log.attempt("view of a leaf", lambda: x[0].unsqueeze_(0))
    log.attempt("expanded leaf", lambda: lib.broadcast_to(x, (3, 2, 2)).squeeze_())
    with lib.no_grad():
        log("no_grad", tuple(x.unsqueeze_(0).shape), x.requires_grad, x.is_leaf, x._version)


@pytest.mark.parametrize("first", ["t_", "unsqueeze_"])
@parity
def test_views_taken_before(lib, log, first):
    """V2.1: a view of a tensor whose axes are changed later stays the view of the same memory; so does one of after."""
    x = matrix(lib)
    y = x * 1.0
    before, flat = y[0], y.reshape((4,))
    getattr(y, first)(*((0,) if first == "unsqueeze_" else ()))
    between = y[0]
    y.swapaxes_(0, 1)
    log("before", before, before._is_view(), before._base is y, before._version)
    before.mul_(10.0)
    flat[3:].mul_(7.0)
    between.mul_(3.0)
    log("values", y, before, flat, between)
    weights = lib.reshape(lib.tensor([1.0, 2.0, 4.0, 8.0]), tuple(y.shape))
    ((y * weights).sum() + (before * 5.0).sum() + (between * 0.5).sum() + flat.sum()).backward()
    log("grad", x.grad)


@parity
def test_saved_before(lib, log):
    """S1.2: what was saved is known to have changed."""
    x = matrix(lib)
    y = x * 1.0
    z = y * y
    y.t_()
    log.attempt("backward", lambda: z.sum().backward())
    w = x * 1.0
    alias = w.detach()
    alias.t_()
    log("alias", tuple(alias.shape), tuple(w.shape), w._version)


@parity
def test_turned_in_inference_mode_and_then_outside(lib, log):
    """G8.2: what is not recorded there leaves the tensor in its place."""
    y = lib.tensor([[1.0, 2.0, 3.0]], requires_grad=True) * 2.0
    with lib.inference_mode():
        for _ in range(2):
            y.swapaxes_(0, 1)
            log("inside", tuple(y.shape), y.requires_grad)
    y.swapaxes_(0, 1)
    log("outside", tuple(y.shape), y.requires_grad, y.grad_fn is not None)
