"""``torch.autograd.functional``: what its errors say, and of which class its results are, beside PyTorch."""

from __future__ import annotations

import re

import pytest
import torch

import wengert.compat.torch as spelled

from .both import check

PRODUCTS, OF_HESSIANS, WHOLE = ("vjp", "jvp"), ("hvp", "vhp"), ("jacobian", "hessian")
ALL = PRODUCTS + OF_HESSIANS + WHOLE


def ask(lib, name, f, inputs=None, v=None, **options):
    """`name` of `f`, with a vector where there is one, which is like the inputs unless said otherwise."""
    inputs = lib.ones(4) if inputs is None else inputs
    vector = () if name in WHOLE else (lib.ones(4) if v is None else v,)
    return getattr(lib.autograd.functional, name)(f, inputs, *vector, **options)


def short(a):
    return 3 * a[:3]


def number(a):
    return short(a.exp()).sum()


def detached(a):
    return a.detach() if a.ndim else a


def unrelated(a):
    return a.detach().clone().requires_grad_().sum()


def linear(a):
    return (3 * a).sum()


def constant(lib, name):
    return ask(lib, name, lambda a: a.clone(), lib.ones(4, requires_grad=True), create_graph=True, strict=True)


NO_GRAD = "Output 0 of the user-provided function does not require gradients."
INDEPENDENT = "he jacobian of the user-provided function with respect to input 0 is independent"
MISSING = "The output of the user-provided function is independent of input 0"
SINGLE = "The Tensor returned by the function given to {} should contain a single element"

REFUSED = [
    (ALL, lambda lib, n: ask(lib, n, number, (lib.ones(4), 2)), "The inputs given to {} must be either a Tensor"),
    (ALL, lambda lib, n: ask(lib, n, lambda a: (a, "b")), "The outputs of the user-provided function given to {} must"),
    (OF_HESSIANS, lambda lib, n: ask(lib, n, number, v=(lib.ones(4), 2)), "The v given to {} must be either a Tensor"),
    (PRODUCTS, lambda lib, n: ask(lib, n, short, v=(lib.ones(4),) * 2), "The given v should contain a single Tensor."),
    (PRODUCTS, lambda lib, n: ask(lib, n, short, v=lib.ones(2)), "v has invalid size: should be torch.Size"),
    (PRODUCTS[:1], lambda lib, n: lib.autograd.functional.vjp(short, lib.ones(4)), "v can only be None if the user-provided"),
    (PRODUCTS[1:], lambda lib, n: lib.autograd.functional.jvp(short, lib.ones(4)), "v can only be None if the input to the user"),
    ((*OF_HESSIANS, "hessian"), lambda lib, n: ask(lib, n, short), SINGLE),
    (("hessian",), lambda lib, n: ask(lib, n, lambda a: (a, a)), "The function given to hessian should return a single Tensor"),
    ((*PRODUCTS, "jacobian"), lambda lib, n: ask(lib, n, detached, strict=True), NO_GRAD),
    ((*OF_HESSIANS, "hessian"), lambda lib, n: ask(lib, n, lambda a: detached(a).sum(), strict=True), NO_GRAD),
    (("vjp",), lambda lib, n: ask(lib, n, unrelated, v=lib.ones(()), strict=True), MISSING),
    (("jvp", *OF_HESSIANS), lambda lib, n: ask(lib, n, unrelated, strict=True), MISSING),
    (("jacobian",), lambda lib, n: ask(lib, n, unrelated, strict=True), "Output 0 of the user-provided function is independent"),
    (("hessian",), lambda lib, n: ask(lib, n, unrelated, strict=True), INDEPENDENT),
    ((*OF_HESSIANS, "hessian"), lambda lib, n: ask(lib, n, linear, strict=True), INDEPENDENT),
    ((*PRODUCTS, "jacobian"), constant, "jacobian of the user-provided function is independent of input 0."),
    (WHOLE, lambda lib, n: ask(lib, n, number, strict=True, vectorize=True), "not supported together"),
]


@pytest.mark.parametrize("lib", [torch, spelled], ids=["torch", "spelled"])
def test_words(lib):
    for names, program, words in REFUSED:
        for name in names:
            with pytest.raises((RuntimeError, TypeError)) as caught:
                program(lib, name)
            assert re.search(words.format(name), str(caught.value)), (name, words)


@pytest.mark.parametrize("vectorize", [False, True])
def test_outputs_that_are_inputs_have_jacobians_of_the_spelling(vectorize):
    def program(lib):
        inputs = (lib.ones(2), lib.ones(3))
        return lib.autograd.functional.jacobian(lambda a, b: (b, 2 * a), inputs, vectorize=vectorize)

    check(program)


def test_gradcheck_goes_through_vmap():
    """What watches rules while they run looks at batched gradients too."""
    x = spelled.ones(2, dtype=spelled.float64, requires_grad=True)

    def rows(x):
        return spelled.autograd.functional.jacobian(lambda x: (x * x).sum(), x, create_graph=True, vectorize=True)

    assert spelled.autograd.gradcheck(rows, (x,))
    assert spelled.autograd.gradgradcheck(rows, (x,))
