"""``wengert.autograd.functional`` beside ``torch.autograd.functional`` (rules A3)."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

import wengert as wg
from parity.facade import parity
from wengert.errors import MissingRuleError, RequiresGradDtypeError, StrategyError, TransformError, TransformTypeError

BOTH = [False, True]

#: name -> (function of one tensor, what its results are)
FUNCTIONS = {
    "square": lambda lib: lambda x: x**2,
    "linear": lambda lib: lambda x: x * 2.0,
    "sum": lambda lib: lambda x: lib.sum(x),
    "cubes": lambda lib: lambda x: lib.sum(x**3),
    "squares": lambda lib: lambda x: lib.sum(x * x),
    "constant": lambda lib: lambda x: lib.tensor(2.0) * 1.0,
    "tuple of one": lambda lib: lambda x: (x**2,),
    "one element": lambda lib: lambda x: lib.sum(x**3).reshape(1),
    "pair": lambda lib: lambda x: (x**2, lib.sum(x**3)),
}

#: Functions that return what no derivative is of.
WRONG = {
    "none": lambda lib: lambda x: None,
    "list": lambda lib: lambda x: [x],
    "float": lambda lib: lambda x: 1.0,
    "mixed": lambda lib: lambda x: (x, 1.0),
}


def flags(value):
    return tuple(map(flags, value)) if isinstance(value, tuple) else value.requires_grad


def outcome(log, event, call):
    """What it returned, and whether that is recorded; or the kind of error."""
    result = log.attempt(event, call)
    if result is not None:
        log(event, flags(result))


def point(lib, requires_grad=False):
    return lib.tensor([1.0, 2.0], requires_grad=requires_grad)


# -- jacobian and hessian ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("requires_grad", BOTH)
@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("name", ["jacobian", "hessian"])
@parity
def test_reverse_mode(lib, log, name, kind, requires_grad):
    """A3: values, structures, what is recorded, what strict=True refuses."""
    for create_graph, strict in itertools.product(BOTH, BOTH):
        arguments = (FUNCTIONS[kind](lib), point(lib, requires_grad), create_graph, strict)
        outcome(log, f"{create_graph=} {strict=}", partial(getattr(lib.autograd.functional, name), *arguments))


@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode"])
@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("name", ["jacobian", "hessian"])
@parity
def test_vectorized(lib, log, name, kind, strategy):
    """A3: the same values. Values only: what PyTorch's forward mode returns is recorded though nobody asked for it."""
    option = "strategy" if name == "jacobian" else "outer_jacobian_strategy"
    call = getattr(lib.autograd.functional, name)

    def plain():
        found = call(FUNCTIONS[kind](lib), point(lib), vectorize=True, **{option: strategy})
        return tuple(found) if isinstance(found, list) else found  # PyTorch's forward mode makes lists of tuples

    log.attempt("values", plain)


@pytest.mark.parametrize("strategy", ["reverse-mode", "forward-mode", "sideways"])
@pytest.mark.parametrize("name", ["jacobian", "hessian"])
@parity
def test_combinations_of_options(lib, log, name, strategy):
    """A3: which there are, and the kinds of error of the others."""
    option = "strategy" if name == "jacobian" else "outer_jacobian_strategy"
    f = FUNCTIONS["cubes"](lib)
    for create_graph, strict, vectorize in itertools.product(BOTH, BOTH, BOTH):
        options = {"create_graph": create_graph, "strict": strict, "vectorize": vectorize, option: strategy}
        log.attempt(str(options), partial(getattr(lib.autograd.functional, name), f, point(lib), **options))


@pytest.mark.parametrize("vectorize", BOTH)
@parity
def test_several_inputs_and_outputs(lib, log, vectorize):
    """A3: nested tuples, by output, then by input."""
    functional = lib.autograd.functional
    x, y, z = point(lib), lib.tensor(3.0), lib.tensor([[1.0, 2.0, 3.0]])
    options = {"vectorize": vectorize}
    log("2 of 3", functional.jacobian(lambda x, y, z: (x * y, z * y), (x, y, z), **options))
    log("1 of 1", functional.jacobian(lambda x: (x * y,), (x,), **options))
    log("of a tuple", functional.jacobian(lambda x: x * y, (x,), **options))
    log("shape", functional.jacobian(lambda z: z.reshape(3, 1), z, **options).shape == (3, 1, 1, 3))
    log("hessian", functional.hessian(lambda x, y, z: lib.sum(x * x) * y * lib.sum(z * z), (x, y, z), **options))
    log("hessian of a tuple", functional.hessian(lambda x: lib.sum(x * x * x), (x,), **options))


@parity
def test_derivatives_of_jacobians(lib, log):
    """A3: with create_graph=True, by the inputs and by what the function closes over."""
    w = lib.tensor([3.0, 4.0], requires_grad=True)
    for name, f in (("jacobian", lambda x: x**3 * w), ("hessian", lambda x: lib.sum(x**3 * w))):
        x = point(lib, requires_grad=True)
        with lib.no_grad():
            found = getattr(lib.autograd.functional, name)(f, x, create_graph=True)
        log(name, lib.grad(lib.sum(found * found), (x, w)))


# -- products ------------------------------------------------------------------------------------------------------------
VECTORS = {
    "none": lambda lib: None,
    "number": lambda lib: lib.tensor(2.0),
    "vector": lambda lib: lib.tensor([1.0, 3.0]),
    "element": lambda lib: lib.tensor([2.0]),
    "tuple": lambda lib: (lib.tensor([1.0, 3.0]),),
    "pair": lambda lib: (lib.tensor([1.0, 3.0]), lib.tensor(2.0)),
    "float": lambda lib: 1.0,
    "list": lambda lib: [lib.tensor([1.0, 3.0])],
}


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("kind", FUNCTIONS)
@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
@parity
def test_products(lib, log, name, kind, vector):
    """A3: values, structures, what is recorded, kinds of errors."""
    for create_graph, strict, requires_grad in itertools.product(BOTH, BOTH, BOTH):
        arguments = (FUNCTIONS[kind](lib), point(lib, requires_grad), VECTORS[vector](lib), create_graph, strict)
        event = f"{create_graph=} {strict=} {requires_grad=}"
        outcome(log, event, partial(getattr(lib.autograd.functional, name), *arguments))


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
@parity
def test_several_inputs(lib, log, name):
    """A3: one of which the function does not depend on."""
    f = lambda x, y: lib.sum(x**3)
    inputs = (point(lib), lib.tensor(3.0))
    v = lib.tensor(2.0) if name == "vjp" else (lib.tensor([1.0, 3.0]), lib.tensor(1.0))
    for strict in BOTH:
        log.attempt(f"{strict=}", partial(getattr(lib.autograd.functional, name), f, inputs, v, strict=strict))


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
@parity
def test_single_elements_need_no_vector(lib, log, name):
    log("number", getattr(lib.autograd.functional, name)(lambda x: x**3, lib.tensor(3.0)))


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
@parity
def test_inside_no_grad(lib, log, name):
    """A3.1: works, and records if and only if create_graph=True."""
    x, v = point(lib, requires_grad=True), lib.tensor(1.0) if name == "vjp" else lib.tensor([1.0, 3.0])
    for create_graph in BOTH:
        with lib.no_grad():
            call = partial(getattr(lib.autograd.functional, name), lambda x: lib.sum(x**3), x, v, create_graph)
            outcome(log, f"{create_graph=}", call)


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
@parity
def test_vectors_of_other_dtypes(lib, log, name):
    x, v = point(lib), lib.tensor(2) if name == "vjp" else lib.tensor([1, 3])
    log("int", getattr(lib.autograd.functional, name)(lambda x: lib.sum(x**3), x, v)[1])


@pytest.mark.parametrize("inputs", [lambda lib: [point(lib)], lambda lib: 1.0, lambda lib: (point(lib), 1.0), lambda lib: None])
@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"])
@parity
def test_inputs_that_are_no_tensors(lib, log, name, inputs):
    """A3.1: TypeError."""
    log.attempt("error", lambda: getattr(lib.autograd.functional, name)(lambda *xs: xs[0], inputs(lib)))


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"])
@parity
def test_outputs_that_are_no_tensors(lib, log, name, kind):
    """A3.1: TypeError."""
    log.attempt("error", lambda: getattr(lib.autograd.functional, name)(WRONG[kind](lib), point(lib)))


@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"])
@parity
def test_inputs_of_integers(lib, log, name):
    log.attempt("error", lambda: getattr(lib.autograd.functional, name)(lambda x: lib.sum(x), lib.tensor([1, 2])))


# -- of our own ----------------------------------------------------------------------------------------------------------
def test_what_messages_name():
    functional, x = wg.autograd.functional, wg.tensor([1.0, 2.0])

    def double(x):
        return x * 2

    with pytest.raises(TransformTypeError, match=r"jacobian of 'double' .*inputs .* must be either a Tensor or .*, got list"):
        functional.jacobian(double, [x])
    with pytest.raises(TransformTypeError, match=r"got float at index 1"):
        functional.jacobian(double, (x, 1.0))
    with pytest.raises(TransformError, match=r"v has invalid size: should be \(2,\) but got \(\)"):
        functional.vjp(double, x, wg.tensor(1.0))
    with pytest.raises(TransformError, match=r"should contain a single element, got shape \(2,\)"):
        functional.hessian(double, x)
    with pytest.raises(StrategyError, match=r"strategy: expected 'reverse-mode' or 'forward-mode', got 'sideways'"):
        functional.jacobian(double, x, strategy="sideways")
    with pytest.raises(MissingRuleError, match=r"outer_jacobian_strategy='forward-mode' needs vectorize=True"):
        functional.hessian(double, x, outer_jacobian_strategy="forward-mode")
    with pytest.raises(TransformError, match=r"Output 0 .* is independent of input 1"):
        functional.jacobian(lambda x, y: x * x, (x, x), strict=True)
    with pytest.raises(RequiresGradDtypeError, match=r"inputs\[0\].*got int64"):
        functional.vjp(double, wg.tensor([1, 2]))
    with pytest.raises(TransformError, match="at least one Tensor"):
        functional.jacobian(double, ())


def test_results_without_create_graph_carry_no_graph():
    """Also where the function closes over a tensor that requires grad, and by every strategy."""
    w = wg.tensor([3.0, 4.0], requires_grad=True)
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    functional = wg.autograd.functional
    for strategy in ("reverse-mode", "forward-mode"):
        assert not functional.jacobian(lambda x: x * x * w, x, vectorize=True, strategy=strategy).requires_grad
        assert not functional.hessian(
            lambda x: (x**3 * w).sum(), x, vectorize=True, outer_jacobian_strategy=strategy
        ).requires_grad
    assert not any(t.requires_grad for t in functional.vjp(lambda x: (x * w).sum(), x))
    assert w.grad is None
    assert x.grad is None


def test_rows_one_by_one_or_all_at_once():
    """vectorize=False calls the hooks of the function once for each row, vectorize=True once."""
    calls = []

    def f(x):
        y = x * x
        y.register_hook(lambda g: calls.append(g.shape))
        return y * 2

    x = wg.tensor([1.0, 2.0, 3.0])
    one_by_one = wg.autograd.functional.jacobian(f, x)
    assert calls == [(3,)] * 3
    calls.clear()
    at_once = wg.autograd.functional.jacobian(f, x, vectorize=True)
    assert calls == [(3,)]
    assert one_by_one.tolist() == at_once.tolist()
