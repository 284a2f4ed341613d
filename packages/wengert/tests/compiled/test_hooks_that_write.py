"""Hooks that write into the arrays that they are given, in compiled functions: each run is like the first."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.graph import saved_tensors_hooks


def double(array):
    array[...] *= 2.0


def write_into(packed):
    double(packed.array)
    return packed


@pytest.mark.parametrize("kind", ["tensor hook", "leaf's hook", "node's pre-hook", "pack hook"])
def test_constants_are_copied_for_hooks(kind):
    """What does not depend on arguments is a constant of the program: a hook that got it itself would change later runs."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)

    def step():
        x.grad = None
        y = x if kind == "leaf's hook" else x * 1.0
        handle = None
        if kind in ("tensor hook", "leaf's hook"):
            handle = y.register_hook(lambda g: double(g.array))
        if kind == "node's pre-hook":
            y.grad_fn.register_prehook(lambda grads: double(grads[0].array))
        packing = saved_tensors_hooks(write_into, lambda t: t) if kind == "pack hook" else contextlib.nullcontext()
        with packing:
            z = y * (wg.tensor([3.0, 4.0]) * 1.0)
        z.sum().backward()
        if handle is not None:
            handle.remove()
        return x.grad * 1.0

    step()
    np.testing.assert_array_equal(x.grad.numpy(), [6.0, 8.0])
    compiled = wg.compile(step)
    for _ in range(3):
        np.testing.assert_array_equal(compiled().numpy(), [6.0, 8.0])
    assert (compiled.captures, compiled.hits) == (1, 2)
