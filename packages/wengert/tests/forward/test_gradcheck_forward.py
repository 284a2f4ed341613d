"""gradcheck compares forward mode too, and notices when it is wrong; PyTorch's checker agrees (rules A4)."""

import numpy as np
import pytest

import wengert as wg
from test_gradcheck import COMPLEX, REAL, InTorch, InWengert
from wengert.errors import ArgumentError
from wengert.op import OPERATORS, jvp, operator, rule
from wengert.testing import GradcheckError, gradcheck, gradgradcheck


@pytest.fixture(params=["wengert", "torch"])
def lib(request):
    return InWengert() if request.param == "wengert" else InTorch()


def square(lib, backward, forward):
    """x² with ``backward(g, x)`` and ``forward(t, x)`` for its derivatives."""

    class Square(lib.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return backward(g, *ctx.saved_tensors)

        @staticmethod
        def jvp(ctx, t):
            return forward(t, *ctx.saved_tensors)

    return Square.apply


def right(lib):
    return lambda t, x: t * 2 * lib.conj(x), lambda t, x: t * 2 * x


#: From the derivatives of x² to the verdicts on the backward and on forward mode.
DERIVATIVES = {
    "both right": (lambda g, x: g * 2 * x, lambda t, x: t * 2 * x, (True, True)),
    "a wrong backward": (lambda g, x: g * 3 * x, lambda t, x: t * 2 * x, (False, True)),
    "a wrong jvp": (lambda g, x: g * 2 * x, lambda t, x: t * 3 * x, (True, False)),
    "the wrong sign": (lambda g, x: g * 2 * x, lambda t, x: -t * 2 * x, (True, False)),
    "one per cent too large": (lambda g, x: g * 2 * x, lambda t, x: t * 2.02 * x, (True, False)),
    "wrong in one element": (lambda g, x: g * 2 * x, lambda t, x: t * 2 * x + 0.1 * t * (x > 2), (True, False)),
    "no derivative": (lambda g, x: g * 2 * x, lambda t, x: t * 0, (True, False)),
}


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_verdict(lib, name, fast_mode):
    """A4.1: each way is checked alone, and one that is wrong fails the check of both."""
    backward, forward, (reverse_is_right, forward_is_right) = DERIVATIVES[name]
    func = square(lib, backward, forward)

    def verdict(**options):
        return lib.gradcheck(func, lib.leaf(REAL), raise_exception=False, fast_mode=fast_mode, **options)

    assert verdict() is reverse_is_right
    assert verdict(check_forward_ad=True, check_backward_ad=False, check_undefined_grad=False) is forward_is_right
    assert verdict(check_forward_ad=True) is (reverse_is_right and forward_is_right)


@pytest.mark.parametrize("fast_mode", [False, True])
def test_complex(lib, fast_mode):
    """A4.4: a tangent is multiplied by the derivative itself, a gradient by its conjugate."""
    options = {"check_forward_ad": True, "raise_exception": False, "fast_mode": fast_mode}
    backward, forward = right(lib)
    assert lib.gradcheck(square(lib, backward, forward), lib.leaf(COMPLEX), **options)
    assert not lib.gradcheck(square(lib, backward, backward), lib.leaf(COMPLEX), **options)
    assert lib.gradcheck(lambda z: lib.real(z * lib.conj(z)), lib.leaf(COMPLEX), **options)
    assert lib.gradcheck(lambda x, z: (x * z, x * x), (lib.leaf(REAL[:2]), lib.leaf(COMPLEX)), **options)


def test_second_derivatives(lib):
    """A4.6: forward over reverse and reverse over reverse, each alone and both."""

    def cubed(x):
        return x * x * x

    for fwd, rev in [(True, True), (True, False), (False, True)]:
        options = {"check_fwd_over_rev": fwd, "check_rev_over_rev": rev, "check_undefined_grad": rev}
        assert lib.gradgradcheck(cubed, lib.leaf(REAL), **options)
        assert lib.gradgradcheck(cubed, lib.leaf(COMPLEX), **options)
    # A backward that is written in operators carries tangents; one that detaches what it saved loses them.
    loses = square(lib, lambda g, x: g * 2 * x.detach(), lambda t, x: t * 2 * x)
    options = {"check_rev_over_rev": False, "check_undefined_grad": False, "raise_exception": False}
    assert lib.gradgradcheck(loses, lib.leaf(REAL), check_fwd_over_rev=True, **options) is False


def test_a_tangent_that_is_missing(lib):
    """A4.5: an input without a tangent counts as one with a tangent of zeros."""

    class Product(lib.Function):
        wrong = False

        @staticmethod
        def forward(ctx, x, y):
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(x, y)
            ctx.save_for_forward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return (None, None) if g is None else (g * y, g * x)

        @classmethod
        def jvp(cls, ctx, s, t):
            x, y = ctx.saved_tensors
            if s is None or t is None:
                return (t * x if s is None else s * y) * (7 if cls.wrong else 1)
            return s * y + t * x

    class Wrong(Product):
        wrong = True

    inputs = lib.leaf(REAL), lib.leaf(REAL[::-1].copy())
    assert lib.gradcheck(Product.apply, inputs, check_forward_ad=True)
    with pytest.raises(lib.GradcheckError, match=r"[Mm]ismatch"):
        lib.gradcheck(Wrong.apply, inputs, check_forward_ad=True)


def test_arguments(lib):
    for check, options in [
        (lib.gradcheck, {"check_backward_ad": False}),
        (lib.gradgradcheck, {"check_rev_over_rev": False, "check_undefined_grad": False}),
    ]:
        with pytest.raises(AssertionError, match="at least one of"):
            check(lambda x: x * x, lib.leaf(REAL), **options)
    with pytest.raises(AssertionError, match="check_batched_grad"):
        lib.gradcheck(lambda x: x * x, lib.leaf(REAL), check_batched_grad=True, check_backward_ad=False, check_forward_ad=True)
    with pytest.raises(AssertionError, match="check_batched_forward_grad"):
        lib.gradcheck(lambda x: x * x, lib.leaf(REAL), check_batched_forward_grad=True)


def test_batches(lib):
    """A4.5: gradients and tangents of a whole batch; a derivative that asks for values cannot be had for a batch."""
    batched = {"check_batched_grad": True, "check_forward_ad": True, "check_batched_forward_grad": True}
    assert lib.gradcheck(lambda x, y: (x * y, x / y), (lib.leaf(REAL), lib.leaf(REAL)), **batched)
    assert lib.gradcheck(lambda z: z * z, lib.leaf(COMPLEX), **batched)
    assert lib.gradgradcheck(lambda x: x * x * x, lib.leaf(REAL), check_batched_grad=True, check_fwd_over_rev=True)

    def asks(g, x):
        return g * 2 * x if float(g.sum()) > 0 else x * g * 2

    asking = square(lib, asks, asks)
    assert lib.gradcheck(asking, lib.leaf(REAL), check_forward_ad=True)
    for option in ("check_batched_grad", "check_batched_forward_grad"):
        with pytest.raises(lib.GradcheckError, match=r"(?i)while computing batched"):
            lib.gradcheck(asking, lib.leaf(REAL), check_forward_ad=True, **{option: True})


def test_what_a_failure_says():
    func = square(InWengert(), *DERIVATIVES["a wrong jvp"][:2])
    for fast_mode in (False, True):
        with pytest.raises(GradcheckError, match="Jacobian computed with forward mode mismatch"):
            gradcheck(func, wg.tensor(REAL, requires_grad=True), check_forward_ad=True, fast_mode=fast_mode)
    with pytest.raises(ArgumentError, match="check_backward_ad and check_forward_ad"):
        gradcheck(func, wg.tensor(REAL, requires_grad=True), check_backward_ad=False)


@pytest.fixture
def declare():
    """Operators declared in a test are forgotten after it."""
    before = set(OPERATORS)
    yield
    for name in set(OPERATORS) - before:
        del OPERATORS[name]


def test_a_wrong_jvp_of_an_operator(declare):
    """What is declared is believed, and checked: a wrong jvp, and an operator that says it is linear and is not."""

    @operator
    def cube(x, /):
        return x * x * x

    rule(cube, "x")(lambda g, x: g * (3 * x * x))
    x = wg.tensor(REAL, requires_grad=True)
    assert gradcheck(cube, x, check_forward_ad=True)  # derived from the rule
    assert gradgradcheck(cube, x, check_fwd_over_rev=True)
    jvp(cube, "x")(lambda t, x: t * (2 * x * x))
    assert gradcheck(cube, x)
    with pytest.raises(GradcheckError, match="with forward mode"):
        gradcheck(cube, x, check_forward_ad=True)

    @operator(linear=True)
    def affine(x, /):
        return 2 * x + 1

    rule(affine, "x")(lambda g: 2 * g)
    assert gradcheck(affine, x)
    assert gradcheck(affine, x, check_forward_ad=True, raise_exception=False) is False

    @operator(diagonal=True)
    def reverse(x, /):
        return x[::-1] * np.asarray([1.0, 2.0, 3.0])

    rule(reverse, "x")(lambda g: (g * np.asarray([1.0, 2.0, 3.0]))[::-1])
    assert gradcheck(reverse, x, raise_exception=False)
    assert gradcheck(reverse, x, check_forward_ad=True, raise_exception=False) is False
