"""The transforms beside ``torch.func``: values, structures, whether results are recorded, kinds of errors."""

from __future__ import annotations

import pytest

from parity.facade import parity


def x_and_y(lib):
    return lib.tensor([1.0, 2.0, -0.5]), lib.tensor([0.3, -1.0, 2.0])


def structure_and_flags(value):
    """For each tensor, nested as they are, whether it requires grad."""
    if isinstance(value, dict):
        return {key: structure_and_flags(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(structure_and_flags, value))
    return value.requires_grad


def scalar(lib):
    return lambda x, y: lib.sum(lib.sin(x) * y * y)


def vector(lib):
    return lambda x, y: lib.exp(x) * y


def several(lib):
    return lambda x, y: {"sum": lib.sum(x * y), "both": (x * x, [y * 2.0])}


# -- grad ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("argnums", [0, 1, -1, (0,), (1, 0), (0, 1), (-2, 1)])
@parity
def test_argnums(lib, log, argnums):
    log("grad", lib.func.grad(scalar(lib), argnums)(*x_and_y(lib)))
    log("grad_and_value", lib.func.grad_and_value(scalar(lib), argnums)(*x_and_y(lib)))
    log("jacrev", lib.func.jacrev(vector(lib), argnums)(*x_and_y(lib)))


@pytest.mark.parametrize("argnums", [0, 1, (0,), (1, 0), (0, 1)])
@parity
def test_argnums_of_forward_mode(lib, log, argnums):
    """From the front: of those from the back PyTorch's jacfwd makes zeros; see test_jacobians."""
    log("jacfwd", lib.func.jacfwd(vector(lib), argnums)(*x_and_y(lib)))
    log("hessian", lib.func.hessian(scalar(lib), argnums)(*x_and_y(lib)))


@pytest.mark.parametrize("argnums", [2, -3, (0, 2), (), (0, 0), (0, -2), [0], "0", 1.0, (0.0,)])
@pytest.mark.parametrize("transform", ["grad", "grad_and_value", "jacrev", "jacfwd", "hessian"])
@parity
def test_argnums_that_do_not_fit(lib, log, transform, argnums):
    log.attempt("error", lambda: getattr(lib.func, transform)(scalar(lib), argnums)(*x_and_y(lib)))


@parity
def test_keyword_arguments(lib, log):
    """They are not differentiated by."""
    x, y = x_and_y(lib)
    log("grad", lib.func.grad(lambda x, *, scale: lib.sum(x * x * scale))(x, scale=y))
    log("grad_and_value", lib.func.grad_and_value(lambda x, *, scale: lib.sum(x * x * scale))(x, scale=y))


@parity
def test_aux(lib, log):
    x, y = x_and_y(lib)
    f = lambda x, y: (lib.sum(x * y), {"square": x * x, "nested": [y]})
    log("grad", lib.func.grad(f, has_aux=True)(x, y))
    log("grad_and_value", lib.func.grad_and_value(f, (0, 1), has_aux=True)(x, y))
    log("jacrev", lib.func.jacrev(f, has_aux=True)(x, y))
    log("jacfwd", lib.func.jacfwd(f, has_aux=True)(x, y))
    log("vjp", *lib.func.vjp(f, x, y, has_aux=True)[::2])
    log("jvp", lib.func.jvp(f, (x, y), (y, x), has_aux=True))


@pytest.mark.parametrize("returned", [lambda v: v, lambda v: (v,), lambda v: (v, v, v), lambda v: [v, v]])
@pytest.mark.parametrize("transform", ["grad", "grad_and_value", "jacrev", "jacfwd"])
@parity
def test_aux_that_is_missing(lib, log, transform, returned):
    x, _ = x_and_y(lib)
    log.attempt("error", lambda: getattr(lib.func, transform)(lambda x: returned(lib.sum(x)), has_aux=True)(x))


@pytest.mark.parametrize(
    "returned",
    [
        lambda x: x,
        lambda x: x.reshape(3, 1),
        lambda x: x[:1],
        lambda x: 1.0,
        lambda x: None,
        lambda x: (x.sum(),),
        lambda x: x.sum() * 1j,
        lambda x: (x > 0).sum(),
    ],
)
@pytest.mark.parametrize("transform", ["grad", "grad_and_value"])
@parity
def test_results_that_have_no_gradient(lib, log, transform, returned):
    x, _ = x_and_y(lib)
    log.attempt("error", lambda: getattr(lib.func, transform)(returned)(x))


@pytest.mark.parametrize("transform", ["grad", "jacrev", "jacfwd", "hessian"])
@parity
def test_no_dependence_is_zero(lib, log, transform):
    x, y = x_and_y(lib)
    log("of none", getattr(lib.func, transform)(lambda x, y: lib.sum(y) * 1.0)(x, y))
    log("of one", getattr(lib.func, transform)(lambda x, y: lib.sum(y * y), (0, 1))(x, y))


@pytest.mark.parametrize("transform", ["grad", "grad_and_value", "jacrev"])
@parity
def test_an_argument_of_integers(lib, log, transform):
    log.attempt("error", lambda: getattr(lib.func, transform)(lambda x: lib.sum(x * 1.0))(lib.tensor([1, 2])))


@parity
def test_complex_arguments(lib, log):
    z = lib.tensor([1.0 + 2.0j, -0.5j])
    log("grad", lib.func.grad(lambda z: lib.sum((z * lib.conj(z)).real))(z))
    log("vjp", lib.func.vjp(lambda z: z * z, z)[1](z))
    log("jvp", lib.func.jvp(lambda z: z * z, (z,), (z,)))


# -- vjp and jvp ---------------------------------------------------------------------------------------------------------
@parity
def test_vjp(lib, log):
    x, y = x_and_y(lib)
    output, vjp_fn = lib.func.vjp(vector(lib), x, y)
    log("output", output, output.requires_grad)
    log("products", vjp_fn(y), vjp_fn(x), structure_and_flags(vjp_fn(y)))
    output, vjp_fn = lib.func.vjp(several(lib), x, y)
    log("output", output)
    log("product", vjp_fn({"sum": lib.tensor(2.0), "both": (x, [y])}))
    log("one", lib.func.vjp(lambda x: x * x, x)[1](y))


@pytest.mark.parametrize(
    "cotangents",
    [
        lambda lib, x: (x,),
        lambda lib, x: [x],
        lambda lib, x: {"a": x},
        lambda lib, x: None,
        lambda lib, x: lib.sum(x),
        lambda lib, x: x[:2],
        lambda lib, x: x.reshape(1, 3),
    ],
)
@parity
def test_cotangents_that_do_not_fit(lib, log, cotangents):
    x, _ = x_and_y(lib)
    _, vjp_fn = lib.func.vjp(lambda x: x * x, x)
    log.attempt("error", lambda: vjp_fn(cotangents(lib, x)))


@pytest.mark.parametrize("returned", [lambda x: 1.0, lambda x: None, lambda x: (x, 1.0), lambda x: (), lambda x: x > 0])
@pytest.mark.parametrize("transform", ["vjp", "jacrev"])
@parity
def test_results_that_are_no_tensors(lib, log, transform, returned):
    x, _ = x_and_y(lib)
    call = (lambda: lib.func.vjp(returned, x)) if transform == "vjp" else (lambda: lib.func.jacrev(returned)(x))
    log.attempt("error", call)


@parity
def test_jvp(lib, log):
    x, y = x_and_y(lib)
    log("one", lib.func.jvp(lambda x: lib.exp(x) * x, (x,), (y,)))
    log("two", lib.func.jvp(vector(lib), (x, y), (y, x)))
    log("several", lib.func.jvp(several(lib), (x, y), (y, x)))
    log("nested", lib.func.jvp(lambda d: d["a"] * d["b"][0], ({"a": x, "b": [y]},), ({"a": y, "b": [x]},)))
    log("no dependence", lib.func.jvp(lambda x: lib.sum(y) * 1.0, (x,), (y,)))
    log.attempt("strict", lambda: lib.func.jvp(lambda x: lib.sum(y) * 1.0, (x,), (y,), strict=True))


@pytest.mark.parametrize(
    "arguments",
    [
        lambda x, y: (x, y),
        lambda x, y: ([x], [y]),
        lambda x, y: ((x,), (y, y)),
        lambda x, y: ((x,), (y[:2],)),
        lambda x, y: ((x,), y),
        lambda x, y: ((), ()),
    ],
)
@parity
def test_tangents_that_do_not_fit(lib, log, arguments):
    x, y = x_and_y(lib)
    log.attempt("error", lambda: lib.func.jvp(lambda *xs: sum(xs, y), *arguments(x, y)))


@parity
def test_linearize(lib, log):
    x, y = x_and_y(lib)
    output, jvp_fn = lib.func.linearize(vector(lib), x, y)
    log("output", output)
    log("products", jvp_fn(y, x), jvp_fn(x, x), jvp_fn(x * 0.0, y))


# -- Jacobians -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("transform", ["jacrev", "jacfwd"])
@parity
def test_jacobians_of_nested_functions(lib, log, transform):
    x, y = x_and_y(lib)
    jacobian = getattr(lib.func, transform)
    log("outputs", jacobian(several(lib), (0, 1))(x, y))
    log("inputs", jacobian(lambda d: d["a"] * lib.sum(d["b"][0]))({"a": x, "b": [y]}))
    log("both", jacobian(lambda d: {"q": d["a"] * d["b"][0], "r": lib.sum(d["a"])})({"a": x, "b": [y]}))
    log("matrices", jacobian(lambda x: x.reshape(3, 1) * y)(x).shape == (3, 3, 3))
    log("number", jacobian(lambda x: x * x)(lib.tensor(3.0)))
    log("of a number", jacobian(lambda t: t * y)(lib.tensor(3.0)))


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@parity
def test_chunks(lib, log, size):
    x, y = x_and_y(lib)
    log("jacrev", lib.func.jacrev(vector(lib), (0, 1), chunk_size=size)(x, y))


@pytest.mark.parametrize("size", [0, -1])
@parity
def test_chunks_of_nothing(lib, log, size):
    log.attempt("error", lambda: lib.func.jacrev(vector(lib), chunk_size=size)(*x_and_y(lib)))


# -- Hessians ------------------------------------------------------------------------------------------------------------
@parity
def test_hessians(lib, log):
    x, y = x_and_y(lib)
    log("scalar", lib.func.hessian(scalar(lib), (0, 1))(x, y))
    log("vector", lib.func.hessian(vector(lib))(x, y))
    log("nested", lib.func.hessian(lambda d: lib.sum(d["a"] * d["a"] * d["b"]))({"a": x, "b": y}))
    log("linear", lib.func.hessian(lambda x: lib.sum(x))(x))


@pytest.mark.parametrize("outer", ["jacrev", "jacfwd"])
@pytest.mark.parametrize("inner", ["jacrev", "jacfwd"])
@parity
def test_jacobians_of_jacobians(lib, log, outer, inner):
    x, y = x_and_y(lib)
    second = getattr(lib.func, outer)(getattr(lib.func, inner)(vector(lib)), 1)
    log("mixed", second(x, y))
    third = getattr(lib.func, outer)(getattr(lib.func, inner)(lib.func.grad(lambda x: lib.sum(lib.sin(x) ** 3))))
    log("third", third(x))


# -- recording -----------------------------------------------------------------------------------------------------------
@parity
def test_what_is_recorded(lib, log):
    """Where an argument, or a tensor from outside, requires grad; and the surroundings record."""
    x, _ = x_and_y(lib)
    w = lib.tensor([2.0, 0.5, 1.0], requires_grad=True)
    square = lambda x: lib.sum(x * x)
    closed = lambda x: lib.sum(x * x * w)
    for name, f, argument in [("plain", square, x), ("argument", square, w), ("closure", closed, x), ("both", closed, w)]:
        log(name, structure_and_flags(lib.func.grad_and_value(f)(argument)))
        log(name, structure_and_flags(lib.func.jacrev(f)(argument)))
        output, vjp_fn = lib.func.vjp(f, argument)
        log(name, output.requires_grad, structure_and_flags(vjp_fn(lib.tensor(1.0))))
        with lib.no_grad():
            log(name, structure_and_flags(lib.func.grad_and_value(f)(argument)))
    log("aux", structure_and_flags(lib.func.grad(lambda x: (square(x), x * w), has_aux=True)(x)))
    log("value only", structure_and_flags(lib.func.grad_and_value(lambda x: square(x) + lib.sum(w))(x)))


@parity
def test_derivatives_of_what_is_recorded(lib, log):
    x, y = x_and_y(lib)
    w = lib.tensor([2.0, 0.5, 1.0], requires_grad=True)
    found, value = lib.func.grad_and_value(lambda x: lib.sum(x * x * w))(x)
    log("by closure", lib.grad(lib.sum(found * y) + value, w))
    found = lib.func.grad(lambda x: lib.sum(x * x * x))(w)
    log("by argument", lib.grad(lib.sum(found * y), w))
    output, vjp_fn = lib.func.vjp(lambda x: x * x * x, w)
    log("by primals", lib.grad(lib.sum(vjp_fn(y)[0]) + lib.sum(output), w))
    _, vjp_fn = lib.func.vjp(lambda x: x * x * x, x)
    log("by cotangents", lib.grad(lib.sum(vjp_fn(w)[0]), w))
    log("by hessian", lib.grad(lib.sum(lib.func.hessian(lambda x: lib.sum(x * x * x))(w)), w))
    log("by jvp", lib.grad(lib.sum(lib.func.jvp(lambda x: x * x * x, (w,), (y,))[1]), w))
    log("by tangents", lib.grad(lib.sum(lib.func.jvp(lambda x: x * x * x, (x,), (w,))[1]), w))


@parity
def test_no_grad_inside_is_constant(lib, log):
    x, _ = x_and_y(lib)

    def f(x):
        with lib.no_grad():
            constant = x * x
        return lib.sum(x * constant)

    log("grad", lib.func.grad(f)(x))
    log("twice", lib.func.jacrev(lib.func.jacrev(f))(x))


@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
@parity
def test_modes_outside_do_not_matter(lib, log, mode):
    x, y = x_and_y(lib)
    with getattr(lib, mode)():
        log("grad", lib.func.grad(scalar(lib))(x, y))
        log("hessian", lib.func.hessian(scalar(lib))(x, y))
        log("jacobian", lib.func.jacrev(vector(lib))(x, y))
        log("vjp", lib.func.vjp(vector(lib), x, y)[1](x))
        log("made inside", lib.func.grad(scalar(lib))(x * 2.0, y))
        log("still", lib.is_grad_enabled())


@parity
def test_nothing_is_accumulated(lib, log):
    w = lib.tensor([2.0, 0.5], requires_grad=True)
    lib.func.grad(lambda x: lib.sum(x * x * w))(w)
    lib.func.hessian(lambda x: lib.sum(x * x * w))(w)
    log("grad", w.grad)


# -- hooks ---------------------------------------------------------------------------------------------------------------
@parity
def test_hooks_inside_fire(lib, log):
    x, _ = x_and_y(lib)

    def f(x):
        x.register_hook(lambda g: log("hook on the argument", g.shape == (3,)))
        y = x * x
        y.register_hook(lambda g: g * 10.0)
        y.grad_fn.register_hook(lambda gi, go: log("node", len(go)))
        return lib.sum(y)

    log("grad", lib.func.grad(f)(x))


@parity
def test_hooks_on_what_is_closed_over(lib, log):
    x, _ = x_and_y(lib)
    w = lib.tensor([2.0, 0.5, 1.0], requires_grad=True)
    v = w * 2.0
    w.register_hook(log.hook("w"))
    v.register_hook(log.hook("v"))
    log("grad", lib.func.grad(lambda x: lib.sum(x * v))(x).requires_grad)
    lib.sum(lib.func.grad(lambda x: lib.sum(x * v))(x)).backward()
