"""Tangents of what is written in place: of the tensor, of its base, and of views of either."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.autograd import forward_ad

X, T = [1.0, 2.0, 3.0], [1.0, 0.5, -2.0]


def tangent(x):
    found = forward_ad.unpack_dual(x).tangent
    return None if found is None else found.array


WRITES = {
    "mul_": (lambda y, x: y.mul_(x), lambda x: x * x),
    "add_": (lambda y, x: y.add_(3.0), lambda x: x + 3.0),
    "exp_": (lambda y, x: y.exp_(), wg.exp),
    "copy_": (lambda y, x: y.copy_(x * 2), lambda x: x * 2),
    "pow_": (lambda y, x: y.pow_(2), lambda x: x**2),
    "zero_": (lambda y, x: y.zero_(), lambda x: x * 0),
    "masked_fill_": (lambda y, x: y.masked_fill_(x > 1.5, 4.0), lambda x: wg.where(x > 1.5, 4.0, x)),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_tangent_follows_what_is_written(name):
    write, same = WRITES[name]
    with forward_ad.dual_level():
        x = forward_ad.make_dual(wg.tensor(X), wg.tensor(T))
        y = wg.clone(x)
        write(y, x)
        np.testing.assert_allclose(tangent(y), tangent(same(x)))
        np.testing.assert_allclose(tangent(x), T)


def test_a_write_to_a_view_is_seen_by_its_base_and_by_other_views():
    with forward_ad.dual_level():
        x = forward_ad.make_dual(wg.tensor(X), wg.tensor(T))
        y = x * 1
        first, rest = y[:1], y[1:]
        rest.mul_(10.0)
        first.zero_()
        np.testing.assert_allclose(tangent(y), [0.0, 5.0, -20.0])
        np.testing.assert_allclose(tangent(y[1:]), tangent(rest))
        y.mul_(2.0)
        np.testing.assert_allclose(tangent(rest), [10.0, -40.0])
        np.testing.assert_allclose(tangent(x), T)


def test_what_has_no_tangent_gets_one_from_what_is_written():
    with forward_ad.dual_level():
        x = forward_ad.make_dual(wg.tensor(X), wg.tensor(T))
        base = wg.zeros(5)
        base[1:4] = x
        np.testing.assert_allclose(tangent(base), [0.0, *T, 0.0])
        assert tangent(wg.zeros(3).copy_(wg.tensor(X))) is None


def test_reverse_mode_goes_through_the_tangent():
    leaf = wg.tensor(X, requires_grad=True)
    with forward_ad.dual_level():
        y = forward_ad.make_dual(leaf, wg.tensor(T)) * 1
        y.mul_(y.detach() * 0 + leaf)
        y[0] *= 2.0
        (grad,) = wg.autograd.grad(forward_ad.unpack_dual(y).tangent.sum(), leaf)
    np.testing.assert_allclose(grad.array, [2.0, 0.5, -2.0])
