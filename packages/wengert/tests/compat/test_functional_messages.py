"""What ``torch.autograd.functional`` says is wrong, in words that programs look for; and whose tensors it gives."""

import re

import pytest
import torch

import wengert.compat.torch as spelled

from .both import check

KEPT = {"vjp": "outputs", "jvp": "inputs", "vhp": "inputs", "hvp": "inputs", "jacobian": None, "hessian": None}
NUMBERS = ("vhp", "hvp", "hessian")  # whose function returns one number


def calls(name, lib, **options):
    """Wrong calls of one function, by what is wrong, and what is said of it."""
    function = getattr(lib.autograd.functional, name)
    x, reduced = lib.ones(3), (lambda y: y.sum()) if name in NUMBERS else (lambda y: y)
    given = ((x if name != "vjp" else lib.ones(3)),) if KEPT[name] else ()

    def call(fn, inputs=x, vector=given, **more):
        return function(fn, inputs, *vector, **options, **more)

    yield f"The inputs given to {name} must be either a Tensor", TypeError, lambda: call(reduced, (x, 2))
    yield f"The outputs of the user-provided function given to {name} must", TypeError, lambda: call(lambda y: (reduced(y), 1))
    if name in NUMBERS:
        said = f"The Tensor returned by the function given to {name} should contain a single element"
        yield said, RuntimeError, lambda: call(lambda y: y)
        said = f"The function given to {name} should return a single Tensor"
        yield said, RuntimeError, lambda: call(lambda y: (y.sum(), y.sum()))
    if KEPT[name]:
        what = "returns" if name == "vjp" else "the input to the user-provided function"
        yield f"The vector v can only be None if .*{what}", RuntimeError, lambda: call(reduced, vector=())
        yield "The given v should contain a single Tensor", RuntimeError, lambda: call(reduced, vector=((x, x),))
        yield "v has invalid size: should be .*but got", RuntimeError, lambda: call(reduced, vector=(lib.ones(2),))
        yield f"The v given to {name} must be either a Tensor", TypeError, lambda: call(reduced, vector=((x, 2),))
        yield "tuple of invalid length: should be 2 but got 1", RuntimeError, lambda: call(
            lambda a, b: (a, b) if name == "vjp" else reduced(a + b), (x, x)
        )


def strict_calls(name, lib):
    function, x = getattr(lib.autograd.functional, name), lib.ones(3)
    reduced, given = (lambda y: y.sum()) if name in NUMBERS else (lambda y: y), (lib.ones(3),) if KEPT[name] else ()

    def call(fn, **more):
        return function(fn, x, *given, strict=True, **more)

    no_path = lambda y: reduced(y.long().float().requires_grad_().clone())
    yield "Output 0 of the user-provided function does not require gradients", lambda: call(lambda y: reduced(y.detach()))
    if name == "hessian":
        yield "jacobian of the user-provided function with respect to input 0 is", lambda: call(no_path)
    elif name == "jacobian":
        yield "Output 0 of the user-provided function is independent of input 0", lambda: call(no_path)
    else:
        yield "The output of the user-provided function is independent of input 0", lambda: call(no_path)
    if name in NUMBERS:
        yield "jacobian of the user-provided function with respect to input 0 is", lambda: call(lambda y: (3 * y).sum())
    else:
        yield "jacobian of the user-provided function is independent of input 0", lambda: call(
            lambda y: y.clone(), create_graph=True
        )
    if not KEPT[name]:
        yield "not supported together", lambda: call(lambda y: reduced(y**3), vectorize=True)


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("lib", [torch, spelled], ids=["torch", "spelled"])
def test_what_is_said(name, lib):
    made = list(calls(name, lib)) + [(said, RuntimeError, call) for said, call in strict_calls(name, lib)]
    for said, kind, call in made if KEPT[name] else made + list(calls(name, lib, vectorize=True)):
        with pytest.raises(kind) as raised:
            call()
        assert re.search(said, str(raised.value)), (said, str(raised.value))


def test_results_are_of_the_family_of_the_inputs():
    """Also a gradient that comes to an input straight from where the backward starts."""

    def program(lib):
        found = lib.autograd.functional.jacobian(lambda a, b: (b, a * 2), (lib.ones(2), lib.ones(3)))
        return [[isinstance(t, lib.Tensor) for t in row] for row in found], found

    check(program)


def test_gradcheck_of_what_is_vectorized():
    """It looks at every gradient in the backward, of all samples at once."""

    def program(lib):
        x = lib.tensor([0.5, 1.5], dtype=lib.float64, requires_grad=True)
        function = lib.autograd.functional.jacobian
        return lib.autograd.gradcheck(lambda x: function(lambda y: y.exp().sum(), x, create_graph=True, vectorize=True), x)

    check(program)
