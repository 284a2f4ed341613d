"""What a declaration may say for forward mode, and what it may not."""

import pytest

import wengert as wg
from wengert.autograd import forward_ad
from wengert.errors import DeclarationError
from wengert.op import OPERATORS, binary, jvp, operator, rule, unary


@pytest.fixture(autouse=True)
def forget():
    """Operators declared in a test are forgotten after it."""
    before = set(OPERATORS)
    yield
    for name in set(OPERATORS) - before:
        del OPERATORS[name]


def tangent(function, *arguments):
    """The tangent of a function of the arguments, the first of them with a tangent of ones."""
    with forward_ad.dual_level():
        first = forward_ad.make_dual(wg.tensor(arguments[0]), wg.ones((len(arguments[0]),)))
        return forward_ad.unpack_dual(function(first, *map(wg.tensor, arguments[1:]))).tangent.tolist()


def test_beside_the_rules_of_elementwise_operators():
    """A jvp is given beside the rules, as `jvp=`; it is what runs."""
    thrice = unary("test_thrice", lambda g: 3 * g, jvp=lambda t: 300 * t, function="negative")
    assert tangent(thrice, [1.0]) == [300.0]
    rules = (lambda g, x2: g * x2, lambda g, x1: g * x1)
    product = binary("test_product", *rules, jvp=(lambda t, x2: 100 * t * x2, None), function="multiply")
    assert tangent(product, [2.0], [3.0]) == [300.0]
    assert tangent(lambda x, y: product(y, x), [2.0], [3.0]) == [3.0]  # of the other operand it is what the rule says


def test_what_a_jvp_may_ask_for():
    """Operands, outputs, shapes, static arguments and auxiliary results, by name."""

    @operator(aux=("twice",))
    def scaled(x, /, *, factor):
        return x * factor, 2 * x

    rule(scaled, "x")(lambda g, factor: g * factor)
    seen = {}

    @jvp(scaled, "x")
    def _(t, x, out, twice, x_shape, factor):
        seen.update(x=x.tolist(), out=out.tolist(), twice=twice.tolist(), shape=x_shape, factor=factor)
        return t * factor

    assert tangent(lambda x: scaled(x, factor=3.0), [1.0, 2.0]) == [3.0, 3.0]
    assert seen == {"x": [1.0, 2.0], "out": [3.0, 6.0], "twice": [2.0, 4.0], "shape": (2,), "factor": 3.0}


def test_errors():
    @operator
    def halved(x, /, y):
        return x / 2

    with pytest.raises(DeclarationError, match="not among the operands with a rule"):
        jvp(halved, "x")(lambda t: t / 2)
    rule(halved, "x")(lambda g: g / 2)
    with pytest.raises(DeclarationError, match="jvp of halved for 'x' asks for 'z'"):
        jvp(halved, "x")(lambda t, z: t / 2)
    jvp(halved, "x")(lambda t: t / 2)
    with pytest.raises(DeclarationError, match="has one already"):
        jvp(halved, "x")(lambda t: t / 2)
