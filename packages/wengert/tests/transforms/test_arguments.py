"""What transforms take, and as what they hand results back; what their messages name."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest

import wengert as wg
from wengert.errors import (
    ArgumentError,
    GradientMismatchError,
    GradientTypeError,
    NonScalarError,
    RequiresGradDtypeError,
    StrategyError,
    TransformError,
    TransformTypeError,
    WengertError,
)


def norm(x):
    return (x * x).sum()


# -- raw arrays and numbers ----------------------------------------------------------------------------------------------
def test_arrays_in_arrays_out():
    x = np.array([1.0, 2.0])
    value, gradient = wg.value_and_grad(norm)(x)
    assert type(gradient) is np.ndarray
    assert type(value) is np.float64  # as NumPy's own functions give numbers
    assert type(wg.hessian(norm)(x)) is np.ndarray
    assert type(wg.jacrev(lambda x: x * x)(x)) is np.ndarray
    assert type(wg.hvp(norm, x, x)) is np.ndarray
    output, pull = wg.vjp(lambda x: x * x, x)
    assert type(output) is np.ndarray
    assert type(pull(x)[0]) is np.ndarray
    assert [type(item) for item in wg.jvp(lambda x: x * x, (x,), (x,))] == [np.ndarray] * 2


def test_numbers_in_numbers_out():
    value, slope = wg.value_and_grad(lambda x: x**3)(2.0)
    assert (type(value), type(slope)) == (np.float64, np.float64)
    assert (value, slope) == (8.0, 12.0)
    assert wg.grad(lambda z: (z * wg.conj(z)).real)(1.0 + 2.0j) == 2.0 + 4.0j
    assert wg.grad(lambda x: x * x)(np.float32(3.0)).dtype == np.float32


def test_tensors_in_tensors_out():
    x = wg.tensor([1.0, 2.0])
    assert all(type(item) is wg.Tensor for item in wg.value_and_grad(norm)(x))


def test_one_tensor_makes_all_results_tensors():
    x = np.array([1.0, 2.0])
    a, b = wg.grad(lambda x, y: (x * y).sum(), (0, 1))(x, wg.tensor(x))
    assert type(a) is type(b) is wg.Tensor
    gradient = wg.grad(lambda x, y: (x * y).sum())(x, wg.tensor(x))  # which is not differentiated by
    assert type(gradient) is np.ndarray


def test_results_that_are_recorded_stay_tensors():
    """A raw array cannot carry a graph."""
    w = wg.tensor([1.0, 2.0], requires_grad=True)
    gradient = wg.grad(lambda x: (x * w).sum())(np.array([1.0, 2.0]))
    assert gradient.requires_grad
    with wg.no_grad():
        assert type(wg.grad(lambda x: (x * w).sum())(np.array([1.0, 2.0]))) is np.ndarray


def test_the_function_sees_tensors():
    seen = []

    def f(x, y, z):
        seen.extend([type(x), type(y), type(z)])
        return (x * y).sum()

    wg.grad(f)(np.array([1.0]), np.array([1.0]), "anything")
    assert seen == [wg.Tensor, np.ndarray, str]


def test_other_dtypes_are_kept():
    x = np.array([1.0, 2.0], dtype=np.float32)
    assert [item.dtype for item in wg.value_and_grad(norm)(x)] == [np.float32] * 2
    assert wg.hessian(norm)(x).dtype == np.float32
    output, pull = wg.vjp(lambda x: x * 2, x)
    assert output.dtype == pull(np.array([1, 2]))[0].dtype == np.float32
    assert wg.jvp(lambda x: x * 2, (x,), (np.array([1, 2]),))[1].dtype == np.float32


def test_read_only_and_strided_arrays():
    x = np.arange(12.0).reshape(3, 4).T[::2]
    x.flags.writeable = False
    assert wg.grad(norm)(x).tolist() == (2 * x).tolist()


def test_empty_arrays():
    assert wg.grad(norm)(np.zeros((0, 3))).shape == (0, 3)
    assert wg.jacrev(lambda x: x * x)(np.zeros(0)).shape == (0, 0)
    assert wg.hessian(norm)(np.zeros(0)).shape == (0, 0)
    assert wg.jacfwd(lambda x: x * x)(np.zeros(0)).shape == (0, 0)


def test_an_optimizer_of_scipy():
    optimize = pytest.importorskip("scipy.optimize")

    def rosenbrock(x):
        return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()

    start = np.full(5, 0.3)
    found = optimize.minimize(
        wg.value_and_grad(rosenbrock),
        start,
        jac=True,
        hessp=functools.partial(wg.hvp, rosenbrock),
        method="Newton-CG",
        options={"xtol": 1e-10},
    )
    np.testing.assert_allclose(found.x, 1.0, atol=1e-6)
    found = optimize.minimize(wg.value_and_grad(rosenbrock), start, jac=True, hess=wg.hessian(rosenbrock), method="trust-exact")
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


# -- arguments -----------------------------------------------------------------------------------------------------------
def test_negative_argnums_of_jacfwd():
    """Of which PyTorch makes zeros."""
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert wg.jacfwd(lambda x, y: x * y, -1)(x, y).tolist() == [[1.0, 0.0], [0.0, 2.0]]
    assert wg.hessian(lambda x, y: (x * y**2).sum(), -1)(x, y).tolist() == [[2.0, 0.0], [0.0, 4.0]]


def test_an_argument_that_is_written_to():
    """The write is differentiated, and the caller sees it: the memory is the caller's."""
    x = wg.tensor([1.0, 2.0])
    assert wg.grad(lambda x: (x.mul_(3.0) ** 2).sum())(x).tolist() == [18.0, 36.0]
    assert x.tolist() == [3.0, 6.0]
    array = np.array([1.0, 2.0])
    assert wg.grad(lambda x: (x[0].mul_(3.0), (x**3).sum())[1])(array).tolist() == [81.0, 12.0]
    assert array.tolist() == [3.0, 2.0]


def in_place(x):
    y = x * 1.0
    y[0].mul_(x[1])
    y[1:] += x[:-1] ** 2
    y.sin_()
    return y


def out_of_place(x):
    y = wg.concat([x[:1] * x[1], x[1:]])
    return wg.sin(y + wg.concat([wg.zeros(1), x[:-1] ** 2]))


def test_functions_that_write_to_tensors_and_views():
    x, v = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.3, -2.0])
    np.testing.assert_allclose(wg.jacrev(in_place)(x), wg.jacrev(out_of_place)(x), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(wg.linearize(in_place, x)[1](v), wg.jvp(out_of_place, (x,), (v,))[1], rtol=1e-12)
    f, g = (lambda x: (in_place(x) ** 3).sum()), (lambda x: (out_of_place(x) ** 3).sum())
    np.testing.assert_allclose(wg.hessian(f)(x), wg.hessian(g)(x), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(wg.hvp(f, x, v), wg.hvp(g, x, v), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(wg.jacfwd(in_place)(x), wg.jacrev(out_of_place)(x), rtol=1e-12, atol=1e-15)


def test_forward_mode_of_writes():
    """A tangent that did not follow a write would make the derivative wrong without a word."""
    x, v = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.3, -2.0])
    np.testing.assert_allclose(wg.jvp(in_place, (x,), (v,))[1], wg.jvp(out_of_place, (x,), (v,))[1], rtol=1e-12)
    assert wg.jvp(lambda x: x.mul_(3.0), (x,), (v,))[1].tolist() == (3 * v).tolist()
    assert v.tolist() == [1.0, 0.3, -2.0]


def test_the_same_array_twice():
    x = np.array([1.0, 2.0])
    a, b = wg.grad(lambda x, y: (x * y * y).sum(), (0, 1))(x, x)
    assert a.tolist() == [1.0, 4.0]
    assert b.tolist() == [2.0, 8.0]
    t = wg.tensor(x, requires_grad=True)
    a, b = wg.grad(lambda x, y: (x * y * y).sum(), (0, 1))(t, t)
    assert a.tolist() == [1.0, 4.0]
    assert b.tolist() == [2.0, 8.0]


def test_results_that_are_an_argument():
    x = np.array([1.0, 2.0])
    assert wg.jacrev(lambda x: x)(x).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert wg.jacfwd(lambda x: x)(x).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert wg.grad(lambda x: x)(3.0) == 1.0
    _, pull = wg.vjp(lambda x, y: (x, y, x), x, x)
    assert [a.tolist() for a in pull((x, x, x))] == [[2.0, 4.0], [1.0, 2.0]]


@pytest.mark.parametrize(
    "transform", ["grad", "value_and_grad", "jacrev", "jacfwd", "jacobian", "hessian"]
)
def test_wrapped_functions_keep_name_and_signature(transform):
    def energy(x, scale=1.0):
        """The energy."""
        return x

    made = getattr(wg, transform)(energy)
    assert made.__name__ == "energy"
    assert made.__doc__ == "The energy."
    assert str(inspect.signature(made)) == "(x, scale=1.0)"
    assert callable(getattr(wg, transform)(functools.partial(energy, scale=2.0)))


def test_jacobian_chooses_the_mode():
    x = np.array([1.0, 2.0])
    for mode in ("reverse", "forward"):
        assert wg.jacobian(lambda x: x * x, mode=mode)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    with pytest.raises(StrategyError, match="mode: expected 'reverse' or 'forward', got 'both'"):
        wg.jacobian(norm, mode="both")


def test_hvp_of_one_argument_and_of_several():
    x, v = np.array([1.0, 2.0]), np.array([10.0, 1.0])
    assert wg.hvp(lambda x: (x**3).sum(), x, v).tolist() == [60.0, 12.0]
    found = wg.hvp(lambda x, y: (x * x * y).sum(), (x, 3.0), (v, 1.0))
    assert found[0].tolist() == [62.0, 10.0]
    assert found[1] == 2 * (1.0 * 10.0 + 2.0 * 1.0)
    assert wg.hvp(lambda p: (p["x"] ** 2).sum(), {"x": x}, {"x": v})["x"].tolist() == [20.0, 2.0]
    assert wg.hvp(lambda x: x.sum(), x, v).tolist() == [0.0, 0.0]
    assert wg.hvp(lambda x: wg.tensor(1.0), x, v).tolist() == [0.0, 0.0]


# -- messages ------------------------------------------------------------------------------------------------------------
def energy(*xs):
    return norm(xs[0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wg.grad(energy, 2)(1.0), TransformError, r"grad: argnums=2: .* called with 1 positional argument"),
        (lambda: wg.grad(energy, (0, -1))(1.0), TransformError, r"argnums=\(0, -1\) names the same argument twice"),
        (lambda: wg.grad(energy, ()), TransformError, r"argnums must not be empty"),
        (lambda: wg.grad(energy, "0"), TransformTypeError, r"argnums must be an int or a tuple of ints, got '0'"),
        (lambda: wg.grad(energy, True), TransformTypeError, r"argnums must be an int or a tuple of ints, got True"),
        (lambda: wg.grad(energy)(1), RequiresGradDtypeError, r"grad of 'energy' \(.*:\d+\): argument 0: .* got int"),
        (lambda: wg.grad(energy)(np.array([1, 2])), RequiresGradDtypeError, r"argument 0: .* got int64"),
        (lambda: wg.grad(energy)(wg.tensor([True])), RequiresGradDtypeError, r"argument 0: .* got bool"),
        (lambda: wg.grad(energy, 1)(1.0, {"a": [2.0, "b"]}), TransformTypeError, r"argument 1\['a'\]\[1\]: .* got str"),
        (lambda: wg.grad(energy, (1, 2))(1.0, 2.0, {"a": 1j, "b": 2}), RequiresGradDtypeError, r"argument 2\['b'\]: .* got int"),
        (lambda: wg.grad(lambda x: x)(np.zeros(2)), NonScalarError, r"shape \(\), got shape \(2,\); .* vjp or jacrev"),
        (lambda: wg.grad(lambda x: 1.0)(2.0), TransformTypeError, r"must return a Tensor, got float: .*raw array"),
        (lambda: wg.grad(lambda x: np.sin(2.0))(2.0), TransformTypeError, r"got numpy.float64: .*raw array"),
        (lambda: wg.grad(lambda x: None)(2.0), TransformTypeError, r"must return a Tensor, got NoneType$"),
        (lambda: wg.grad(lambda x: x, has_aux=True)(2.0), TransformError, r"pair \(output, aux\), got Tensor"),
        (lambda: wg.grad(lambda x: (x, 1, 2), has_aux=True)(2.0), TransformError, r"pair .*, got a tuple of 3"),
        (lambda: wg.vjp(lambda x: {"a": 1.0}, 2.0), TransformTypeError, r"vjp of .*: output\['a'\] must be a Tensor, got float"),
        (lambda: wg.vjp(lambda x: None, 2.0), TransformTypeError, r"must return a Tensor, or several, got None"),
        (lambda: wg.vjp(lambda x: x > 0, 2.0), RequiresGradDtypeError, r"output must be of floating-point .* got bool"),
        (lambda: wg.vjp(norm, np.zeros(2))[1]((1.0,)), TransformError, r"vjp_fn of vjp of .*cotangents must be nested like"),
        (lambda: wg.vjp(lambda x: x, np.zeros(2))[1](1.0), GradientMismatchError, r"cotangents: expected shape \(2,\), got \(\)"),
        (lambda: wg.vjp(lambda x: (x, x), 1.0)[1]((1.0, 1j)), GradientMismatchError, r"cotangents\[1\]: expected a real dtype"),
        (lambda: wg.vjp(norm, 1.0)[1]("a"), GradientTypeError, r"cotangents: expected a Tensor, an array or a number, got str"),
        (lambda: wg.jvp(norm, 1.0, (1.0,)), TransformTypeError, r"jvp: primals must be a tuple"),
        (lambda: wg.jvp(norm, (1.0,), [1.0]), TransformTypeError, r"jvp: tangents must be a tuple"),
        (lambda: wg.jvp(norm, (1.0,), (1.0, 2.0)), TransformError, r"tangents must be nested like"),
        (lambda: wg.jvp(energy, (1.0, np.zeros(2)), (1.0, 1.0)), GradientMismatchError, r"tangents\[1\]: expected shape \(2,\)"),
        (lambda: wg.jacrev(norm, chunk_size=0), ArgumentError, r"chunk_size: expected a positive int or None, got 0"),
        (lambda: wg.jacfwd(norm, chunk_size=1.5), ArgumentError, r"chunk_size: expected a positive int or None, got 1.5"),
        (lambda: wg.hessian(norm)([1]), RequiresGradDtypeError, r"argument 0\[0\]"),
        (lambda: wg.hvp(lambda x: x, np.zeros(2), np.zeros(2)), NonScalarError, r"hvp of .*got shape \(2,\)"),
    ],
)
def test_messages(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, WengertError)
