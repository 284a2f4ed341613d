"""Special functions where smooth places say nothing: far out, at poles and ends, beside numbers, through SciPy's ufuncs."""

import inspect

import numpy as np
import pytest
import scipy.special

import wengert as wg
from ops.table_special import ROWS
from ops.test_table import as_tuple, each, sample
from wengert import errors, special
from wengert.arrays.special import KERNELS
from wengert.autograd.requests import grad
from wengert.autograd.tensor import Tensor, wrap
from wengert.op import Operator

INF = np.inf


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


def leaves(*values):
    return [wg.tensor(float(value), requires_grad=True) for value in values]


def derivative(name, arguments, orders):
    """The mixed derivative of these orders, one after the other."""
    made = leaves(*arguments)
    result = getattr(special, name)(*made)
    for leaf, order in zip(made, orders, strict=True):
        for _ in range(order):
            (result,) = grad(result, [leaf], create_graph=True)
    return result.item()


# -- how many ------------------------------------------------------------------------------------------------------------
COUNT = 202

#: Functions of SciPy whose derivatives are all 0.
CONSTANT = {"gammasgn"}


def differentiable():
    """The names of SciPy's functions that are here, and have a derivative with respect to some operand."""
    found = set()
    for name in set(special.__all__) & set(scipy.special.__all__) - CONSTANT:
        operator = getattr(getattr(special, name), "operator", None)
        if not isinstance(operator, Operator) or operator.rules:
            found.add(name)
    return found


def test_so_many_functions_have_derivatives():
    assert len(differentiable()) == COUNT


def test_every_kernel_is_that_of_an_operator():
    from wengert.op import OPERATORS

    assert set(KERNELS) <= set(OPERATORS)


# -- derivatives with respect to parameters, beside those of mpmath at 40 digits ------------------------------------------
PARAMETERS = [
    ("gammainc", (0.001, 0.5), (1, 0), -0.5603594001080031),
    ("gammainc", (2.5, 0.001), (1, 0), -7.61728094459622e-8),
    ("gammainc", (3.0, 40.0), (1, 0), -9.974330300089282e-15),
    ("gammainc", (200.0, 150.0), (1, 0), -1.731907109270468e-5),
    ("gammainc", (200.0, 260.0), (2, 0), -3.486922537365641e-6),
    ("gammainc", (1000.0, 1001.0), (1, 0), -0.01260411040886704),
    ("gammainc", (0.7, 1.4999), (3, 0), 0.2338661657583604),
    ("gammainc", (0.7, 1.5001), (3, 0), 0.2337720931456135),
    ("betainc", (0.05, 0.3, 0.2), (1, 0, 0), -3.204645777102988),
    ("betainc", (0.05, 0.3, 0.9), (0, 1, 0), 0.3770493057205576),
    ("betainc", (30.0, 50.0, 0.4), (1, 0, 0), -0.05051265428408331),
    ("betainc", (30.0, 50.0, 0.7), (1, 1, 0), 4.812387088042186e-10),
    ("betainc", (2.0, 300.0, 0.05), (0, 2, 0), -7.671712321258412e-9),
    ("betainc", (2.0, 3.0, 1e-06), (1, 0, 0), -7.939295882374012e-11),
    ("stdtr", (0.5, 20.0), (1, 0), 0.2346163050899632),
    ("stdtr", (3.0, -0.5), (1, 0), -0.00529909273003018),
    ("stdtr", (50.0, 2.5), (2, 0), -1.441616521728543e-6),
    ("jv", (0.3, 0.001), (1, 0), -0.8467583306744659),
    ("jv", (2.0, 7.0), (1, 0), -0.08416479190190148),
    ("jv", (20.0, 25.0), (1, 0), 0.1311559655937983),
    ("jv", (60.0, 8.0), (1, 0), -3.330918436714519e-46),
    ("jv", (1.5, 200.0), (1, 0), 0.07680906180930093),
    ("jv", (-1.25, 3.0), (1, 0), -0.8815344299175724),
    ("jv", (2.0, 35.0), (2, 0), -0.2953196378966653),
    ("yv", (0.3, 0.01), (1, 0), -10.31916347689321),
    ("yv", (2.0, 7.0), (2, 0), 0.07141658606385657),
    ("yv", (-0.75, 3.0), (1, 0), 0.807901586636087),
    ("yv", (1.5, 200.0), (1, 0), 0.04335577814385288),
    ("yv", (30.0, 10.0), (1, 0), -12653082056.38264),
    ("iv", (0.0, 2.0), (1, 0), -0.1138938727495334),
    ("iv", (1.5, 60.0), (1, 0), -1.45803401299522e+23),
    ("iv", (-1.3, 2.0), (1, 0), 1.215105234113386),
    ("iv", (40.0, 3.0), (2, 0), 1.552845491257265e-40),
    ("kv", (1.5, 0.01), (1, 0), 6685.97796604865),
    ("kv", (20.0, 30.0), (1, 0), 7.599262082277641e-12),
    ("kv", (0.5, 300.0), (2, 0), 1.240715547468546e-134),
    ("struve", (0.5, 3.0), (1, 0), 0.4450933476458058),
    ("struve", (2.0, 30.0), (1, 0), 12.70270728774136),
    ("struve", (-1.2, 20.0), (1, 0), 0.1857293010985854),
    ("modstruve", (0.5, 30.0), (1, 0), -13196574312.12221),
    ("hyp0f1", (1.5, 40.0), (1, 0), -22768.1939289257),
    ("hyp0f1", (0.5, -300.0), (1, 0), 4.666624842936477),
    ("hyp1f1", (0.5, 1.5, -50.0), (1, 0, 0), -0.5613698531109693),
    ("hyp1f1", (0.5, 1.5, 50.0), (0, 1, 0), -2.024644983326401e+20),
    ("hyp1f1", (-2.0, 1.5, 3.0), (1, 1, 0), 1.341087306322687),
    ("hyp2f1", (0.5, 1.2, 2.5, -40.0), (0, 0, 1, 0), 0.06115204140529067),
    ("hyp2f1", (0.5, 1.2, 2.5, 0.98), (1, 0, 0, 0), 1.833215990690066),
    ("hyp2f1", (-1.0, 1.2, 2.5, 0.5), (1, 1, 0, 0), 0.1421056320076201),
    ("hyperu", (0.25, 1.5, 2.0), (1, 0, 0), -0.6054718935258822),
    ("hyperu", (-1.5, 0.5, 2.0), (0, 1, 0), -1.873116341521146),
    ("hyperu", (10.0, -3.0, 20.0), (1, 1, 0), -9.041115109469909e-16),
    ("chndtr", (50.0, 3.0, 40.0), (0, 1, 0), -0.02504081897246847),
    ("chndtr", (0.1, 0.5, 2.0), (0, 1, 0), -0.2795782438153008),
    ("eval_jacobi", (3.0, 0.5, 0.3, 0.2), (0, 1, 0, 0), -0.42228),
    ("eval_gegenbauer", (3.0, 0.5, -0.7), (0, 1, 0), 0.1703333333333337),
    ("eval_genlaguerre", (4.0, 0.5, 7.0), (0, 1, 0), 3.0),
    ("zeta", (1.01, 0.3), (1, 0), -9995.971837942306),
    ("zeta", (20.0, 3.0), (2, 0), 3.479255501857266e-10),
    ("zetac", (0.0,), (1,), -0.9189385332046727),
    ("zetac", (-3.5,), (1,), 0.009154213629941512),
    ("zetac", (0.5,), (2,), -16.00835701392866),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "orders", "expected"), PARAMETERS)
def test_parameters(name, arguments, orders, expected):
    np.testing.assert_allclose(derivative(name, arguments, orders), expected, rtol=1e-10)


# -- limits ----------------------------------------------------------------------------------------------------------------
#: With the gradient to each operand; None where it is not looked at.
LIMITS = [
    ("rgamma", (0.0,), (1.0,)),
    ("rgamma", (-3.0,), (-6.0,)),
    ("gamma", (0.0,), (-INF,)),
    ("poch", (0.0, 2.0), (1.0, 0.0)),
    ("poch", (-3.0, 5.0), (-6.0, 0.0)),
    ("poch", (-3.0, 2.0), (-5.0, None)),
    ("binom", (3.0, 5.0), (-0.05, 0.05)),
    ("binom", (3.0, -1.0), (0.0, 0.25)),
    ("beta", (0.5, -0.5), (-2 * np.pi, -2 * np.pi)),
    ("gammainc", (1.0, 0.0), (0.0, 1.0)),
    ("gammainc", (2.0, 0.0), (0.0, 0.0)),
    ("gammainc", (0.5, 0.0), (0.0, INF)),
    ("gammainc", (2.0, INF), (0.0, 0.0)),
    ("gammaincc", (1.0, 0.0), (0.0, -1.0)),
    ("gammainc", (0.0, 3.0), (-0.013048381094197037, 0.0)),
    ("gammaincinv", (1.0, 0.0), (0.0, 1.0)),
    ("betainc", (1.0, 2.0, 0.0), (0.0, 0.0, 2.0)),
    ("betainc", (3.0, 1.0, 1.0), (0.0, 0.0, 3.0)),
    ("betainc", (0.5, 2.0, 0.0), (0.0, 0.0, INF)),
    ("betaincinv", (1.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ("stdtr", (3.0, INF), (0.0, 0.0)),
    ("stdtr", (INF, 1.0), (0.0, np.exp(-0.5) / np.sqrt(2 * np.pi))),
    ("chdtr", (2.0, 0.0), (0.0, 0.5)),
    ("fdtr", (2.0, 3.0, 0.0), (0.0, 0.0, 1.0)),
    ("pdtr", (0, 0.0), (-1.0,)),
    ("bdtr", (3, 3, 0.5), (0.0,)),
    ("boxcox", (0.0, 2.0), (0.0, 0.25)),
    ("boxcox", (0.0, 1.0), (1.0, 1.0)),
    ("boxcox1p", (-1.0, 1.0), (1.0, 1.0)),
    ("inv_boxcox", (-1.0, 1.0), (1.0, -1.0)),
    ("kl_div", (0.0, 2.0), (-INF, 1.0)),
    ("rel_entr", (0.0, 2.0), (-INF, 0.0)),
    ("pseudo_huber", (0.0, 2.0), (2.0, 0.0)),
    ("pseudo_huber", (0.0, 0.0), (0.0, 0.0)),
    ("powm1", (0.0, 2.0), (0.0, 0.0)),
    ("log_expit", (-800.0,), (1.0,)),
    ("exprel", (-800.0,), (1.0 / 640000,)),
    ("spence", (0.0,), (-INF,)),
    ("expn", (3, 0.0), (-1.0,)),
    ("expn", (1, 0.0), (-INF,)),
    ("exp1", (INF,), (0.0,)),
    ("ellipe", (1.0,), (-INF,)),
    ("ellipeinc", (0.0, 1.0), (1.0, 0.0)),
    ("elliprf", (0.0, 1.0, 1.0), (-INF, -np.pi / 8, -np.pi / 8)),
    ("elliprg", (0.0, 1.0, 1.0), (np.pi / 8, np.pi / 16, np.pi / 16)),
    ("jv", (1.0, 0.0), (0.0, 0.5)),
    ("jv", (0.0, 0.0), (-INF, 0.0)),
    ("iv", (1.0, 0.0), (0.0, 0.5)),
    ("kv", (0.0, 1.0), (0.0, None)),
    ("kv", (1.0, INF), (0.0, 0.0)),
    ("struve", (0.0, 0.0), (0.0, 2 / np.pi)),
    ("it2struve0", (0.0,), (-2 / np.pi,)),
    ("voigt_profile", (1.0, 0.0, 1.0), (-1 / (2 * np.pi), 0.0, 0.0)),
    ("ndtri_exp", (-1e5,), (0.0022361353080124382,)),
    ("log_ndtr", (-1e5,), (100000.00001000002,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), LIMITS)
def test_limits(name, arguments, expected):
    made = [wg.tensor(a, requires_grad=True) if type(a) is float else a for a in arguments]
    traced = [x for x in made if isinstance(x, Tensor)]
    found = grad(getattr(special, name)(*made), traced)
    for g, wanted in zip(found, expected, strict=True):
        if wanted is not None:
            np.testing.assert_allclose(g.item(), wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("sici", 0.0, (1.0, INF)),
        ("shichi", 0.0, (1.0, INF)),
        ("it2j0y0", 0.0, (0.0, INF)),
        ("airye", -1.0, (None, None, 0.5923756264227923, -0.10399738949694459)),
    ],
)
def test_limits_of_one_result_beside_others_that_have_none(name, at, expected):
    for number, wanted in enumerate(expected):
        (x,) = leaves(at)
        (g,) = grad(getattr(special, name)(x)[number], [x])
        if wanted is not None:
            np.testing.assert_allclose(g.item(), wanted, rtol=1e-12)


#: Where a formula has a removable singularity, or changes to another: first and second derivatives are those of its surroundings.
REMOVABLE = [
    ("rgamma", 0.0), ("rgamma", -1.0), ("rgamma", 0.5), ("beta", 0.5, -0.5), ("binom", 3.0, 5.0), ("binom", 3.0, -1.0),
    ("poch", 0.0, 2.0),
    ("poch", -3.0, 5.0), ("spence", 1.0), ("exprel", 0.0), ("ellipk", 0.0), ("ellipe", 0.0), ("ellipkinc", 4.0, 0.0),
    ("ellipeinc", 2.0, 0.3),
    ("elliprc", 1.0, 1.0), ("elliprd", 1.0, 1.0, 1.0), ("elliprj", 1.0, 1.0, 1.0, 1.0), ("boxcox", 2.0, 0.0),
    ("boxcox", 1.0, 0.0),
    ("boxcox1p", 0.0, 0.0), ("inv_boxcox", 1.0, 0.0), ("inv_boxcox1p", 0.0, 0.0), ("kv", 0.0, 1.0), ("jv", 0.0, 1.0),
    ("jv", -1.0, 2.0),
    ("yv", -0.3, 2.0), ("iv", -0.5, 2.0), ("stdtr", 3.0, 0.0), ("stdtr", 3.0, 1.0), ("owens_t", 0.0, 0.0), ("it2struve0", 0.05),
    ("j1", 0.0),
    ("i1", 0.0), ("hyp1f1", -1.0, 2.0, -2.0), ("hyperu", 0.0, 2.0, 1.0), ("hyp2f1", 1.0, 1.0, 2.0, 0.0), ("struve", 0.0, 1.0),
    ("struve", 0.5, 12.0), ("zetac", 0.0), ("tklmbda", 0.2, 0.0), ("pseudo_huber", 1.0, 0.0), ("voigt_profile", 0.5, 1.0, 0.3),
    ("gammainc", 0.7, 1.5), ("gammainc", 3.0, 3.0), ("betainc", 2.0, 3.0, 0.4),
]  # fmt: skip


@pytest.mark.parametrize("case", REMOVABLE, ids=lambda case: f"{case[0]}{case[1:]}")
def test_removable_singularities(case):
    name, *point = case
    made, point = leaves(*point), np.asarray(point)
    first = grad(getattr(special, name)(*made), made, create_graph=True)
    second = [[g.item() for g in grad(f, made, retain_graph=True, materialize_grads=True)] for f in first]

    def value(step):
        return getattr(scipy.special, name)(*(point + step))

    steps = np.eye(len(point))
    h = 1e-3
    expected = [(value(-2 * h * e) - 8 * value(-h * e) + 8 * value(h * e) - value(2 * h * e)) / (12 * h) for e in steps]
    np.testing.assert_allclose([f.item() for f in first], expected, rtol=1e-6, atol=1e-7)
    h = 3e-3
    mixed = [
        [(value(h * (d + e)) - value(h * (d - e)) - value(h * (e - d)) + value(-h * (d + e))) / (4 * h * h) for e in steps]
        for d in steps
    ]
    np.testing.assert_allclose(second, mixed, rtol=2e-3, atol=1e-3)


def test_the_periodic_sinc_at_its_peaks():
    x = wg.tensor([0.0, 2 * np.pi, 4 * np.pi], requires_grad=True)
    (g,) = grad(special.diric(x, 5).sum(), [x], create_graph=True)
    np.testing.assert_allclose(g.detach().array, 0, atol=1e-12)
    np.testing.assert_allclose(grad(g.sum(), [x])[0].array, -(5**2 - 1) / 12)


# -- numbers and dtypes --------------------------------------------------------------------------------------------------
SEVERAL = [row for row in ROWS if "float64" in row.dtypes and len(sample(row, "float64")) > 1]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("row", SEVERAL, ids=lambda row: row.name)
def test_numbers_beside_a_tensor(row, dtype):
    """They are constants, and the result and the gradient have the dtype of the tensor."""
    numbers = [a.item(0) for a in sample(row, "float64")]
    made = [wg.tensor(a, requires_grad=True) if type(a) is float else a for a in numbers]
    expected = as_tuple(row.fn(*made))
    for place, number in enumerate(numbers):
        if type(number) is not float:
            continue
        x = wg.asarray(number, dtype=dtype).requires_grad_()
        for one, other in zip(as_tuple(row.fn(*numbers[:place], x, *numbers[place + 1 :])), expected, strict=True):
            (g,) = grad(real_part(one), [x], retain_graph=True)
            (wanted,) = grad(real_part(other), [made[place]], retain_graph=True)
            assert (g.dtype, wg.real(one).dtype) == (dtype, dtype if type(numbers[0]) is float else wg.real(one).dtype)
            np.testing.assert_allclose(g.item(), wanted.item(), rtol=1e-9 if dtype == "float64" else 5e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["gammainc", "jv", "kv", "zeta", "hyp0f1", "betainc", "hyp1f1", "hyperu", "elliprd", "stdtr"])
def test_many_elements_and_none(name):
    """Kernels take them in blocks; what is far apart is the same as what is alone."""
    count = len(inspect.signature(getattr(special, name)).parameters)
    first = np.linspace(0.6, 2.0, 5000)
    arrays = [wg.tensor(first / (1 + place), requires_grad=True) for place in range(count)]
    found = grad(getattr(special, name)(*arrays).sum(), arrays)
    for place in (0, 2047, 2048, 4999):
        alone = leaves(*(x.array[place] for x in arrays))
        for g, wanted in zip(found, grad(getattr(special, name)(*alone), alone), strict=True):
            np.testing.assert_allclose(g.array[place], wanted.item(), rtol=1e-11)
    nothing = [wg.zeros((0, 2), requires_grad=True) for _ in range(count)]
    assert all(g.shape == (0, 2) for g in grad(getattr(special, name)(*nothing).sum(), nothing))


def test_integers_beside_a_tensor():
    """Arrays of integers are constants as well, and do not cut off the numbers beside them."""
    x = wg.tensor([0.3, 0.6], requires_grad=True)
    (g,) = grad(special.betainc(np.asarray([1, 2]), 2.5, x).sum(), [x])
    (wanted,) = grad(special.betainc(np.asarray([1.0, 2.0]), 2.5, x).sum(), [x])
    np.testing.assert_allclose(g.array, wanted.array)
    (g,) = grad(special.gammainc(np.asarray([1, 2]), x).sum(), [x])
    np.testing.assert_allclose(g.array, [np.exp(-0.3), 0.6 * np.exp(-0.6)])


def real_part(x):
    return wg.real(x * (1 - 1j)) if x.dtype.kind == "c" else x


# -- through SciPy's ufuncs ------------------------------------------------------------------------------------------------
def ufunc_rows():
    found = {}
    for row in ROWS:
        name = row.name.partition("[")[0]
        if row.reference is not None and isinstance(getattr(scipy.special, name, None), np.ufunc):
            found.setdefault(name, row)
    return found


def test_every_ufunc_has_its_operator():
    elsewhere = {"cbrt", "erf", "exp2", "expm1", "log1p", "expit"}  # in other tables
    ufuncs = {name for name in special.__all__ if isinstance(getattr(scipy.special, name, None), np.ufunc)}
    assert ufuncs - elsewhere <= set(ufunc_rows())


@pytest.mark.parametrize("name", ufunc_rows())
def test_ufuncs_of_tensors(name):
    """``scipy.special.<name>`` of Tensors is ``wengert.special.<name>``."""
    row = ufunc_rows()[name]
    dtype = row.dtypes[-1]
    traced = each(sample(row, dtype), lambda a: wrap(a).requires_grad_() if a.dtype.kind in "fc" else a)
    for one, other in zip(as_tuple(row.reference(*traced)), as_tuple(row.fn(*traced)), strict=True):
        assert type(one) is Tensor
        assert one.requires_grad
        np.testing.assert_array_equal(one.detach().array, other.detach().array)


def test_functions_of_scipy_that_are_no_ufuncs():
    """They call ufuncs, which find their operators as well."""
    x = wg.tensor([1.5, 2.5], requires_grad=True)
    for theirs, ours in (
        (scipy.special.lambertw(x, -1).real, wg.real(special.lambertw(x, -1))),
        (scipy.special.zeta(2.5, x), special.zeta(2.5, x)),
        (scipy.special.zeta(x), special.zetac(x) + 1),
        (scipy.special.softplus(x), special.softplus(x)),
    ):
        assert type(theirs) is Tensor
        np.testing.assert_array_equal(theirs.detach().array, ours.detach().array)
        np.testing.assert_allclose(grad(theirs.sum(), [x])[0].array, grad(ours.sum(), [x])[0].array, rtol=1e-12)
    with pytest.raises(errors.UnsupportedError, match="lambertw: k: one branch for all of a Tensor"):
        scipy.special.lambertw(x, [0, -1])


# -- what is refused -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "arguments", "operand"),
    [
        ("expn", (2.0, 1.0), "n"),
        ("spherical_jn", (2.0, 1.0), "n"),
        ("pdtr", (2.0, 1.0), "k"),
        ("eval_jacobi", (2.0, 0.5, 0.5, 0.1), "n"),
        ("lpmv", (1.0, 2.0, 0.5), "m"),
        ("besselpoly", (1.0, 1.0, 1.0), "lmb"),
    ],
)
def test_operands_without_a_derivative(name, arguments, operand):
    made = leaves(*arguments)
    with pytest.raises(errors.MissingRuleError, match=f"{name}: there is no derivative with respect to {operand}; detach"):
        getattr(special, name)(*made).backward()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: special.multigammaln(wg.tensor(3.0), 0), "multigammaln: d: expected an integer from 1 on, got 0"),
        (lambda: special.diric(wg.tensor(3.0), 2.5), r"diric: n: expected an integer from 1 on, got 2\.5"),
        (lambda: special.lambertw(wg.tensor(3.0), 0.5), r"lambertw: k: expected an integer, got 0\.5"),
        (
            lambda: derivative("hyp2f1", (0.5, 1.2, 2.5, 0.99999), (1, 0, 0, 0)),
            r"hyp2f1: the derivative with respect to parameters: expected",
        ),
        (
            lambda: derivative("jv", (3e4, 1e5), (1, 0)),
            r"jv: the derivative with respect to the order: expected orders and arguments up to",
        ),
    ],
)
def test_arguments(call, said):
    with pytest.raises(errors.ArgumentError, match=said):
        call()


def test_complex_operands():
    z = wg.tensor(1.0 + 0.5j, requires_grad=True)
    with pytest.raises(errors.DtypeError, match="jve: z: expected a real dtype, got complex128"):
        special.jve(0.5, z)
    with pytest.raises(errors.DtypeError, match="jv_by_order: x: expected a real dtype, got complex128"):
        wg.real(special.jv(wg.tensor(0.5, requires_grad=True), z)).backward()
    with pytest.raises(errors.DtypeError, match=r"digamma: x: there is a derivative for real operands only, got complex128"):
        wg.real(special.digamma(z)).backward()


def test_a_library_without_the_function_is_named():
    torch = pytest.importorskip("torch")
    x = wrap(torch.ones(2, dtype=torch.float64)).requires_grad_()
    with pytest.raises(errors.LibraryError, match=r"torch has no function special\.jv"):
        special.jv(0.5, x)
    with pytest.raises(errors.LibraryError, match=r"torch has no function special\.gammainc_by_a"):
        special.gammainc(x, wrap(torch.ones(2, dtype=torch.float64))).sum().backward()
