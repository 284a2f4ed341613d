"""Elementwise functions at the points and in the dtypes where they are easily wrong, beside PyTorch."""

import math
import warnings

import numpy as np
import pytest

import wengert as wg
from wengert.errors import LibraryError, OperandError
from wengert.ops.select import masked, select

torch = pytest.importorskip("torch")

INF, NAN = math.inf, math.nan
TORCH_NAMES = {"negative": "neg", "remainder": "remainder", "pow": "pow", "conj": "conj_physical"}


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


def both(name, *values, dtype="float64"):
    """Outputs and gradients of the function of that name in Wengert and in PyTorch; floats are numbers, lists operands."""
    found = []
    for library, lookup in ((wg, name), (torch, TORCH_NAMES.get(name, name))):
        kind = getattr(library, dtype)
        operands = [library.tensor(v, dtype=kind, requires_grad=True) if isinstance(v, list) else v for v in values]
        leaves = [o for o in operands if not isinstance(o, float | int)]
        out = getattr(library, lookup)(*operands)
        out.backward(library.ones_like(out))
        found.append([out.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)])
    return found


# -- degenerate points -------------------------------------------------------------------------------------------------
AT_ZERO = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN]


@pytest.mark.parametrize(
    "name",
    [
        "sqrt",
        "rsqrt",
        "reciprocal",
        "square",
        "log",
        "log1p",
        "floor",
        "ceil",
        "trunc",
        "round",
        "exp",
        "tanh",
        "atan",
        "asin",
        "nan_to_num",
        "negative",
    ],
)
def test_unary_at_the_edges(name):
    ours, theirs = both(name, AT_ZERO)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("name", ["abs", "sign"])
def test_signs_at_the_edges(name):
    """All but NaN, whose sign is NaN in NumPy and 0 in PyTorch."""
    ours, theirs = both(name, AT_ZERO[:-1])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["maximum", "minimum", "nextafter", "remainder", "hypot", "atan2", "multiply"])
def test_binary_at_the_edges(name):
    ours, theirs = both(name, [0.0, 1.0, 1.0, 2.0, NAN, 1.0, -0.0], [0.0, 1.0, 2.0, 1.0, 1.0, NAN, 2.0])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_powers_of_zero():
    ours, theirs = both("pow", [0.0] * 6 + [-2.0, -2.0], [0.0, 0.5, 1.0, 2.0, -1.0, 1.5, 2.0, 0.0])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("exponent", [0, 0.0, 0.5, 1, 1.0, 2, 3, -1])
def test_powers_of_zero_with_a_number(exponent):
    ours, theirs = both("pow", [0.0, 2.0, -1.5], exponent)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("base", [0.0, 2.0, -2.0, 1])
def test_a_number_to_powers(base):
    exponents = [0.0, 0.5, 1.0, 2.0, -1.0]
    ours, theirs = both("pow", base, exponents)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_zero_to_the_zero_has_clean_second_derivatives():
    x = wg.tensor([0.0, 2.0], requires_grad=True)
    (g,) = wg.autograd.grad((x**2).sum(), x, create_graph=True)
    (gg,) = wg.autograd.grad(g.sum(), x)
    assert gg.tolist() == [2.0, 2.0]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (None, 1.0), (0.0, None)])
def test_clip_passes_the_gradient_inside_and_at_the_bounds(low, high):
    ours, theirs = (
        both("clip", [-1.0, 0.0, 0.5, 1.0, 2.0, NAN], *[low, high][:2])
        if None not in (low, high)
        else (
            _clipped(wg, low, high),
            _clipped(torch, low, high),
        )
    )
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def _clipped(library, low, high):
    x = library.tensor([-1.0, 0.0, 0.5, 1.0, 2.0, NAN], requires_grad=True, dtype=library.float64)
    out = library.clip(x, low, high)
    out.backward(library.ones_like(out))
    return [out.detach().numpy(), x.grad.numpy()]


def test_clip_between_arrays_that_cross():
    ours, theirs = both("clip", [0.0, 1.0, NAN, 3.0, 3.0], [1.0, 1.0, 1.0, 4.0, 1.0], [2.0, 2.0, 2.0, 3.0, 2.0])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_copysign_at_zero():
    ours, theirs = both("copysign", [0.0, -0.0, 1.0, -2.0], [-1.0, 1.0, -0.0, -3.0])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_clip_without_bounds_is_the_tensor_itself():
    x = wg.ones(2)
    assert wg.clip(x) is x


def test_complex_functions_at_zero():
    for name, theirs_name in (("abs", "abs"), ("sign", "sgn")):
        z = wg.tensor([0.0 + 0.0j, 3.0 + 4.0j], requires_grad=True)
        w = torch.tensor([0.0 + 0.0j, 3.0 + 4.0j], requires_grad=True, dtype=torch.complex128)
        wg.abs(getattr(wg, name)(z)).sum().backward()
        getattr(torch, theirs_name)(w).abs().sum().backward()
        np.testing.assert_allclose(z.grad.numpy(), w.grad.numpy(), atol=1e-15)


def test_logaddexp_of_large_and_infinite_operands():
    x = wg.tensor([1e4, -1e4, -INF, 3.0], requires_grad=True)
    y = wg.tensor([0.0, 0.0, 0.0, -INF], requires_grad=True)
    with warnings.catch_warnings(), np.errstate(over="raise"):
        out = wg.logaddexp(x, y)
        out.sum().backward()
    assert out.tolist() == [1e4, 0.0, 0.0, 3.0]
    assert x.grad.tolist() == [1.0, 0.0, 0.0, 1.0]
    assert y.grad.tolist() == [0.0, 1.0, 1.0, 0.0]


def test_second_derivative_of_sinc_at_zero():
    x = wg.tensor(0.0, requires_grad=True)
    (g,) = wg.autograd.grad(wg.sinc(x), x, create_graph=True)
    (gg,) = wg.autograd.grad(g, x)
    assert g.item() == 0.0
    assert gg.item() == pytest.approx(-(math.pi**2) / 3)


def test_what_a_mask_hides_leaves_no_trace():
    """Infinite gradients do not turn into NaN where nothing is passed on."""
    x = wg.tensor([-1.0, 0.5], requires_grad=True)
    wg.clip(x, 0.0, 1.0).backward(wg.tensor([INF, 1.0]))
    assert x.grad.tolist() == [0.0, 1.0]
    a, b = wg.tensor([1.0], requires_grad=True), wg.tensor([2.0], requires_grad=True)
    wg.maximum(a, b).backward(wg.tensor([INF]))
    assert (a.grad.item(), b.grad.item()) == (0.0, INF)


# -- dtypes ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64"])
@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x * 2.5,
        lambda x: 2 - x / 3,
        lambda x: 1.5 / x,
        lambda x: x**2.5,
        lambda x: x**-1,
        lambda x: 2.5**x,
        lambda x: wg.tanh(x) + wg.log2(x) + wg.log10(x) + wg.exp2(x),
        lambda x: wg.sqrt(x) * wg.rsqrt(x) * wg.reciprocal(x),
        lambda x: wg.atanh(x / 4) + wg.asin(x / 4) + wg.acosh(x + 3),
    ],
)
def test_python_numbers_do_not_widen(fn, dtype):
    """Values and gradients keep the dtype, first and second order."""
    x = wg.tensor([0.5, 1.5], dtype=dtype, requires_grad=True)
    out = fn(x)
    assert out.dtype == np.dtype(dtype)
    (g,) = wg.autograd.grad(out, x, wg.ones_like(out), create_graph=True)
    assert g.dtype == np.dtype(dtype)
    if g.requires_grad:
        (gg,) = wg.autograd.grad(g, x, wg.ones_like(g), allow_unused=True, materialize_grads=True)
        assert gg.dtype == np.dtype(dtype)


@pytest.mark.parametrize("fn", [wg.maximum, wg.minimum, wg.atan2, wg.hypot, wg.logaddexp, wg.remainder, wg.copysign])
def test_python_numbers_do_not_widen_real_functions(fn):
    x = wg.tensor([0.5, 1.5], dtype="float32", requires_grad=True)
    for out in (fn(x, 1.5), fn(1.5, x)):
        assert out.dtype == np.float32
        x.grad = None
        out.backward(wg.ones_like(out))
        assert x.grad.dtype == np.float32


def test_each_operand_gets_a_gradient_of_its_own_dtype():
    x = wg.tensor([1.0, 2.0], dtype="float32", requires_grad=True)
    y = wg.tensor([3.0, 4.0], requires_grad=True)
    z = wg.tensor([1.0 + 1.0j, 2.0], requires_grad=True)
    wg.real(x * y * z).sum().backward()
    assert (x.grad.dtype, y.grad.dtype, z.grad.dtype) == (np.float32, np.float64, np.complex128)
    assert x.grad.tolist() == [3.0, 8.0]
    assert z.grad.tolist() == [3.0, 8.0]


def test_integers_have_no_gradient_and_pass_none():
    n = wg.tensor([1, 2])
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    assert not (n + n).requires_grad
    wg.multiply(n, x).sum().backward()
    assert n.grad is None
    assert x.grad.tolist() == [1.0, 2.0]


def test_comparisons_have_no_gradient():
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    for fn in (wg.equal, wg.less, wg.greater_equal):
        assert fn(x, 1.0).dtype == np.bool_
        assert not fn(x, 1.0).requires_grad
    assert not wg.isnan(x).requires_grad


def test_what_is_constant_between_jumps_records_zeros():
    """As in PyTorch: the result requires grad, and the gradient is zero."""
    x = wg.tensor([1.5, -2.5], requires_grad=True)
    for fn in (wg.floor, wg.ceil, wg.round, wg.trunc, wg.sign):
        x.grad = None
        out = fn(x)
        assert out.requires_grad
        out.sum().backward()
        assert x.grad.tolist() == [0.0, 0.0]


# -- what is returned itself -------------------------------------------------------------------------------------------
def test_conj_of_what_is_real_costs_nothing():
    array, tensor = np.ones(3), wg.ones(3)
    assert wg.conj(array) is array
    assert wg.conj(tensor) is tensor
    assert wg.conj(2.5) == 2.5
    assert wg.conj(1j) == -1j
    assert wg.conj(np.float64(2.0)) == 2.0
    assert wg.conj(np.asarray([1j]))[0] == -1j


def test_real_of_what_is_real():
    tensor = wg.ones(3, requires_grad=True)
    assert wg.real(tensor) is tensor
    assert wg.imag(tensor).tolist() == [0.0, 0.0, 0.0]
    assert not wg.imag(tensor).requires_grad


def test_astype():
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    assert wg.astype(x, wg.float64, copy=False) is x
    assert wg.astype(x, "float64") is not x
    assert wg.astype(x, np.float32).dtype is wg.float32
    assert not wg.astype(x, wg.int64).requires_grad
    wg.astype(x, wg.complex64).backward(wg.tensor([1 + 2j, 3 - 1j], dtype=wg.complex64))
    assert x.grad.tolist() == [1.0, 3.0]
    with pytest.raises(ValueError, match="device"):
        wg.astype(x, wg.float32, device="cuda")
    with pytest.raises(TypeError, match="float33"):
        wg.astype(x, "float33")


def test_raw_arrays_give_raw_arrays():
    a = np.asarray([1.0, 2.0])
    for out in (wg.exp(a), wg.add(a, 1.0), wg.pow(2.0, a), wg.clip(a, 0.0, 1.0), wg.astype(a, "float32"), wg.zeros_like(a)):
        assert type(out) is np.ndarray


# -- names and errors --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "negative",
        "sqrt",
        "rsqrt",
        "reciprocal",
        "square",
        "exp",
        "expm1",
        "exp2",
        "log",
        "log1p",
        "log2",
        "log10",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "asin",
        "acos",
        "atan",
        "asinh",
        "acosh",
        "atanh",
        "abs",
        "sign",
        "floor",
        "ceil",
        "trunc",
        "round",
        "sinc",
        "deg2rad",
        "rad2deg",
        "nan_to_num",
    ],
)
def test_unary_nodes_have_pytorch_names_and_saved_values(name):
    ours = getattr(wg, name)(wg.tensor([0.5], requires_grad=True)).grad_fn
    theirs = getattr(torch, TORCH_NAMES.get(name, name))(torch.tensor([0.5], requires_grad=True)).grad_fn
    assert ours.name() == theirs.name()
    for saved in ("_saved_self", "_saved_result"):
        assert hasattr(ours, saved) == hasattr(theirs, saved), saved


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("add", "Add"),
        ("subtract", "Sub"),
        ("multiply", "Mul"),
        ("divide", "Div"),
        ("maximum", "Maximum"),
        ("atan2", "Atan2"),
        ("minimum", "Minimum"),
        ("hypot", "Hypot"),
        ("logaddexp", "Logaddexp"),
        ("copysign", "Copysign"),
    ],
)
def test_binary_nodes_have_pytorch_names(name, node):
    x = wg.tensor([0.5], requires_grad=True)
    assert getattr(wg, name)(x, x).grad_fn.name() == f"{node}Backward0"


def test_errors_name_operator_and_operand():
    x = wg.ones(2)
    with pytest.raises(OperandError, match=r"add: operand 'x2' must be .* got list"):
        wg.add(x, [1.0, 2.0])
    with pytest.raises(OperandError, match=r"exp: operand 'x' .* got str"):
        wg.exp("no")
    with pytest.raises((OperandError, LibraryError)):
        wg.multiply(x, object())


def test_select_keeps_the_weak_dtype_of_numbers():
    mask = np.asarray([True, False])
    x = np.asarray([1.0, 2.0], dtype="float32")
    assert select(mask, 0, x).dtype == np.float32
    assert masked(mask, x).tolist() == [1.0, 0.0]
    assert type(select(mask, wg.asarray(x), 0)) is wg.Tensor
