"""Speed-ups, dtypes, signs of conjugation and errors of products that contract axes."""

import numpy as np
import pytest

import wengert as wg
from wengert.errors import ArgumentError, OperandError
from wengert.ops import products
from wengert.ops.einsum import einsum, explicit


def leaf(shape, dtype="float64"):
    rng = np.random.default_rng(0)
    a = rng.standard_normal(shape)
    return wg.tensor((a + 1j * rng.standard_normal(shape) if dtype[0] == "c" else a).astype(dtype), requires_grad=True)


# -- matmul ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shape1", "shape2"),
    [((), (2,)), ((2,), ()), ((3,), (2,)), ((2, 3), (2,)), ((2, 3), (2, 3)), ((2,), (3, 2)), ((4, 2, 3), (4, 2, 3))],
)
def test_shapes_that_do_not_fit(shape1, shape2):
    with pytest.raises(ArgumentError, match="matmul: expected shapes"):
        products.matmul(leaf(shape1), leaf(shape2))


def test_leading_axes_that_do_not_broadcast():
    with pytest.raises(ValueError):
        products.matmul(leaf((2, 3, 3)), leaf((3, 3, 3)))


def test_gradients_of_other_dtypes():
    x, y = leaf((2, 3), "float32"), leaf((3, 2), "complex128")
    z = products.matmul(x, y)
    assert z.dtype == np.complex128
    z.backward(wg.ones_like(z))
    assert (x.grad.dtype, y.grad.dtype) == (np.float32, np.complex128)


def test_a_product_with_itself():
    x = leaf((3, 3))
    products.matmul(x, x).backward(wg.ones((3, 3)))
    a = x.array
    np.testing.assert_allclose(x.grad.array, np.ones((3, 3)) @ a.T + a.T @ np.ones((3, 3)))


# -- tensordot and vecdot ----------------------------------------------------------------------------------------------
def test_axes_of_tensordot():
    with pytest.raises(ArgumentError, match="expected 0 to 1"):
        products.tensordot(leaf((2, 3)), leaf((3,)), axes=2)
    with pytest.raises(ArgumentError, match="expected the same"):
        products.tensordot(leaf((2, 3)), leaf((2, 3)), axes=1)
    with pytest.raises(ArgumentError, match="expected the same"):
        products.tensordot(leaf((2, 2)), leaf((2, 2)), axes=((0, 1), (0,)))
    with pytest.raises(ArgumentError, match=r"axes\[0\]"):
        products.tensordot(leaf((2, 2)), leaf((2, 2)), axes=((2,), (0,)))
    with pytest.raises(ArgumentError, match="twice"):
        products.tensordot(leaf((2, 2)), leaf((2, 2)), axes=((0, 0), (0, 1)))


def test_axes_of_vecdot():
    with pytest.raises(ArgumentError, match="axis: expected -1 to -1"):
        products.vecdot(leaf((2, 3)), leaf((3,)), axis=-2)
    with pytest.raises(ArgumentError, match="got 1"):
        products.vecdot(leaf((2, 3)), leaf((2, 3)), axis=1)
    with pytest.raises(ArgumentError, match="same length"):
        products.vecdot(leaf((2, 3)), leaf((2, 1)))


def test_outer_takes_vectors():
    with pytest.raises(ArgumentError, match="two vectors"):
        products.outer(leaf((2, 2)), leaf((2,)))


# -- einsum ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("subscripts", "ndims", "expected"),
    [
        ("ij,jk", (2, 2), "ij,jk->ik"),
        ("ba", (2,), "ba->ab"),
        ("ii", (2,), "ii->"),
        ("...", (2,), "AB->AB"),
        ("...i,i...->...", (1, 3), "i,iAB->AB"),
        ("A...->...A", (2,), "AB->BA"),
        ("i,i->", (1, 1), "i,i->"),
        ("->", (0,), "->"),
    ],
)
def test_subscripts_spelled_out(subscripts, ndims, expected):
    assert explicit(subscripts, ndims) == expected


@pytest.mark.parametrize(
    ("subscripts", "ndims", "message"),
    [
        ("ij", (2, 2), "letters for 1 operand"),
        ("ij", (1,), "does not fit an operand of 1 dimension"),
        ("i", (2,), "does not fit an operand of 2 dimension"),
        ("i...j", (1,), "does not fit an operand of 1 dimension"),
        ("i1", (2,), "expected letters"),
        ("i......", (2,), "expected letters"),
        ("i.j", (2,), "expected letters"),
        ("i->j", (1,), "the letters of the result"),
        ("i->ii", (1,), "the letters of the result"),
        ("i->i->i", (1,), "the letters of the result"),
    ],
)
def test_subscripts_that_cannot_be_read(subscripts, ndims, message):
    with pytest.raises(ArgumentError, match=message):
        einsum(subscripts, *(leaf((2,) * n) for n in ndims))


def test_operands_of_einsum():
    with pytest.raises(OperandError, match="operand 1 must be a tensor or an array, got float"):
        einsum("i,->i", leaf((2,)), 2.0)
    with pytest.raises(ArgumentError, match="expected a string"):
        einsum(leaf((2,)), [0])


def test_einsum_with_constants():
    """Raw arrays and tensors without gradient are operands like any other."""
    x, constant = leaf((2, 3)), np.arange(3.0)
    y = einsum("ij,j,k->ik", x, constant, wg.ones(2))
    y.backward(wg.ones_like(y))
    np.testing.assert_array_equal(x.grad.array, 2 * np.broadcast_to(constant, (2, 3)))


def test_einsum_gradient_of_float32():
    x = leaf((2, 2), "float32")
    einsum("ii", x).backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_numbers_are_no_operands_of_products():
    for fn in (products.matmul, products.tensordot, products.vecdot, products.outer):
        with pytest.raises(OperandError, match="x2 must be a tensor or an array, got float"):
            fn(leaf((2,)), 2.0)
