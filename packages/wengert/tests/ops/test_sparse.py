"""Sparse matrices beside SciPy's: who computes a product, hooks, factors that are kept, other libraries, and what is refused."""

import builtins
import copy
import pickle
import sys

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import wengert as wg
from wengert.errors import (
    ArgumentError,
    DtypeError,
    GradientError,
    LibraryError,
    MatrixError,
    MissingExtraError,
    OperandError,
)
from wengert.ops.sparse.pattern import Pattern

RNG = np.random.default_rng(3)
DENSE = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
FORMATS = ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")


def leaf(*shape):
    return wg.tensor(RNG.normal(size=shape), requires_grad=True)


def scipys(name):
    return getattr(scipy.sparse, name)(DENSE)


# -- SciPy's operators and ours ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [f"{f}_{kind}" for f in FORMATS for kind in ("array", "matrix")])
def test_products_with_scipys_matrices_keep_the_gradient(name):
    """SciPy is asked first for ``A @ x``, and steps back."""
    a = scipys(name)
    for x, call in ((leaf(3), lambda x: a @ x), (leaf(3, 2), lambda x: a @ x), (leaf(2), lambda x: x @ a)):
        y = call(x)
        assert type(y) is wg.Tensor
        np.testing.assert_allclose(y.array, call(x.detach().numpy()))
        y.backward(wg.ones(y.shape))
        ones = np.ones(y.shape)
        expected = DENSE @ ones if x.shape == (2,) else DENSE.T @ ones
        np.testing.assert_allclose(x.grad.array, expected)


def test_scipys_other_functions_do_not_lose_a_gradient_silently():
    a, x = scipy.sparse.csr_array(np.eye(2)), leaf(2)
    for call in (
        lambda: a * x,
        lambda: x * a,
        lambda: a.multiply(x),
        lambda: a.tocoo().dot(x),
        lambda: scipy.sparse.linalg.spsolve(a, x),
    ):
        with pytest.raises(GradientError, match=r"scipy\.sparse .* wengert\.sparse\.spsolve"):
            call()
    np.testing.assert_array_equal((a * x.detach()).toarray(), np.diag(x.tolist()))


def test_hooks_fire_on_the_way():
    values, x = leaf(3), leaf(3)
    a = wg.sparse.csr(values, [0, 2, 1], [0, 2, 3], (2, 3))
    y = a @ x
    seen = []
    y.register_hook(lambda g: seen.append("product") or 2 * g)
    values.register_hook(lambda g: seen.append("values"))
    x.register_hook(lambda g: seen.append("x"))
    assert y.grad_fn.name() == "SparseMmBackward0"
    y.sum().backward()
    assert seen[0] == "product"
    assert sorted(seen[1:]) == ["values", "x"]
    np.testing.assert_allclose(values.grad.array, 2 * x.array[[0, 2, 1]])


def test_a_matrix_of_scipy_becomes_one_of_tensor_values():
    a = wg.sparse.from_scipy(scipys("coo_array"), requires_grad=True)
    assert (a.shape, a.nnz, a.dtype, a.ndim) == ((2, 3), 3, np.float64, 2)
    assert repr(a) == "<CSR of shape (2, 3) with 3 stored values of float64>"
    np.testing.assert_array_equal(a.toscipy().toarray(), DENSE)
    (a.todense() ** 2).sum().backward()
    np.testing.assert_array_equal(a.data.grad.array, 2 * a.data.array)


def test_other_values_in_the_same_places():
    a = wg.sparse.from_scipy(scipys("csr_array"))
    x = wg.tensor(a.data.array, requires_grad=True)
    b = a.with_data(x * x)
    assert b.pattern is a.pattern
    b.sum().backward()
    np.testing.assert_array_equal(x.grad.array, 2 * x.array)


def test_large_operands_are_gathered_in_pieces(monkeypatch):
    """The same gradient, whatever the size of the pieces."""
    from wengert.ops.sparse import products

    a, x = wg.sparse.from_scipy(scipy.sparse.random_array((30, 20), density=0.3, rng=RNG), requires_grad=True), leaf(20, 4)
    (expected,) = wg.autograd.grad(((a @ x) ** 2).sum(), a.data)
    monkeypatch.setattr(products, "_PIECE", 7)
    (found,) = wg.autograd.grad(((a @ x) ** 2).sum(), a.data)
    np.testing.assert_allclose(found.array, expected.array, rtol=1e-13)


# -- solutions -----------------------------------------------------------------------------------------------------------
def test_the_backward_uses_the_factors_of_the_forward(monkeypatch):
    factored = []
    splu = scipy.sparse.linalg.splu
    monkeypatch.setattr(scipy.sparse.linalg, "splu", lambda a: factored.append(1) or splu(a))
    values, b = wg.tensor([2.0, 1.0, 4.0], requires_grad=True), leaf(2)
    a = wg.sparse.csr(values, [0, 0, 1], [0, 1, 3], (2, 2))
    x = wg.sparse.spsolve(a, b)
    grads = wg.autograd.grad((x * x).sum(), (values, b), create_graph=True)
    sum((g * g).sum() for g in grads).backward()
    assert len(factored) == 1
    with wg.no_grad():
        values.mul_(2.0)
    np.testing.assert_allclose(wg.sparse.spsolve(a, b).array, x.array / 2)  # other values have other factors
    assert len(factored) == 2


def test_a_matrix_that_was_solved_with_is_copied_and_pickled():
    a = wg.sparse.csr(wg.tensor([2.0, 4.0]), [0, 1], [0, 1, 2], (2, 2))
    wg.sparse.spsolve(a, wg.ones(2))
    for other in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert other.pattern is not a.pattern
        assert wg.sparse.spsolve(other, wg.ones(2)).tolist() == [0.5, 0.25]


def test_places_in_any_order_and_twice():
    """SuperLU wants them sorted and once, and sorts in place: the pattern stays what it is."""
    indices = np.array([1, 0, 1, 1])
    a = wg.sparse.csr(wg.tensor([1.0, 4.0, 2.0, 1.0]), indices, [0, 3, 4], (2, 2))
    np.testing.assert_allclose(wg.sparse.spsolve(a, wg.tensor([7.0, 1.0])).array, [1.0, 1.0])
    assert indices.tolist() == a.indices.tolist() == [1, 0, 1, 1]


def test_a_scipy_matrix_is_solved_with_as_it_is():
    a = scipy.sparse.dia_array(np.diag([2.0, 4.0]))
    b = leaf(2)
    wg.sparse.spsolve(a, b).sum().backward()
    np.testing.assert_allclose(b.grad.array, [0.5, 0.25])


# -- other libraries -----------------------------------------------------------------------------------------------------
def test_pytorch():
    torch = pytest.importorskip("torch")
    x = wg.tensor(torch.ones(3, dtype=torch.float64), requires_grad=True)
    values = wg.tensor(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64), requires_grad=True)
    a = wg.sparse.csr(values, [0, 2, 1], [0, 2, 3], (2, 3))
    ((a @ x) * (scipys("csr_array") @ x)).sum().backward()
    assert type(x.grad.array) is torch.Tensor
    assert values.grad.tolist() == [3.0, 3.0, 3.0]
    with pytest.raises(LibraryError, match=r"spsolve: SciPy solves.*got arrays of torch; use linalg\.solve\(A\.todense\(\), b\)"):
        wg.sparse.spsolve(scipy.sparse.csr_array(np.eye(3)), x)


def test_without_scipy(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **options):
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *args, **options)

    a = wg.sparse.csr([1.0], [0], [0, 1], (1, 1))
    monkeypatch.setattr(builtins, "__import__", refuse)
    for name in [n for n in sys.modules if n.partition(".")[0] == "scipy"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"a product with a sparse matrix.*wengert\[special\]"):
        a @ wg.ones(1)
    with pytest.raises(MissingExtraError, match=r"a solution with a sparse matrix.*wengert\[special\]"):
        wg.sparse.spsolve(a, wg.ones(1))


# -- refusals ------------------------------------------------------------------------------------------------------------
A = scipy.sparse.csr_array(DENSE)
B = wg.sparse.csr(wg.ones(2), [0, 1], [0, 1, 2], (2, 2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: A @ wg.ones(2), ArgumentError, r"x2: expected shape \(3,\) or \(3, N\) beside .* \(2, 3\), got \(2,\)"),
        (lambda: wg.ones((2, 3)) @ A, ArgumentError, r"x1: expected shape \(2,\) or \(M, 2\) beside .* \(2, 3\), got \(2, 3\)"),
        (lambda: B @ wg.ones((2, 2, 2)), ArgumentError, r"x2: expected shape \(2,\) or \(2, N\)"),
        (lambda: B @ B, OperandError, r"one sparse and one dense operand, got CSR and CSR"),
        (lambda: A @ B, OperandError, r"one sparse and one dense operand, got csr_array and CSR"),
        (lambda: wg.sparse.matmul(A, 3), OperandError, r"x2: expected a Tensor or an array, got int"),
        (lambda: wg.sparse.matmul(wg.ones(2), wg.ones(2)), OperandError, r"one sparse and one dense"),
        (lambda: B * wg.ones(3), ArgumentError, r"scale of shape \(3,\) does not broadcast to a matrix of shape \(2, 2\)"),
        (lambda: wg.sparse.csr([[1.0]], [0], [0, 1], (1, 1)), ArgumentError, r"csr: data: expected one axis.*got shape \(1, 1\)"),
        (lambda: wg.sparse.csr([1.0], [0, 1], [0, 1], (1, 2)), ArgumentError, r"csr: indices: expected shape \(1,\).*got \(2,\)"),
        (lambda: wg.sparse.csr([1.0], [0.5], [0, 1], (1, 2)), DtypeError, r"csr: indices: expected integers, got float64"),
        (lambda: wg.sparse.csr([1.0], [2], [0, 1], (1, 2)), ArgumentError, r"csr: indices: expected columns from 0 to 1, got 2"),
        (lambda: wg.sparse.csr([1.0], [0], [0, 1, 1], (1, 2)), ArgumentError, r"csr: indptr: expected shape \(2,\)"),
        (lambda: wg.sparse.csr([1.0], [0], [0, 2], (1, 2)), ArgumentError, r"csr: indptr: expected numbers that ascend"),
        (lambda: wg.sparse.csr([1.0], [0], [0, 1], (1,)), ArgumentError, r"csr: shape: expected the numbers of rows and columns"),
        (lambda: B.with_data(wg.ones(3)), ArgumentError, r"with_data: data: expected shape \(2,\).*got \(3,\)"),
        (lambda: B.with_data([1.0, 2.0]), OperandError, r"with_data: data: expected a Tensor or an array, got list"),
        (lambda: wg.sparse.from_scipy(DENSE), OperandError, r"from_scipy: matrix: expected a sparse matrix.*got ndarray"),
        (lambda: wg.sparse.spsolve(DENSE, wg.ones(2)), OperandError, r"spsolve: A: expected a CSR or a sparse matrix"),
        (lambda: wg.sparse.spsolve(A, wg.ones(2)), ArgumentError, r"spsolve: A: expected a square matrix, got shape \(2, 3\)"),
        (lambda: wg.sparse.spsolve(B, wg.ones(3)), ArgumentError, r"spsolve: b: expected shape \(2,\) or \(2, K\).*got \(3,\)"),
        (lambda: wg.sparse.spsolve(B, wg.ones((2, 3)), left=False), ArgumentError, r"b: expected shape \(2,\) or \(K, 2\)"),
        (lambda: wg.sparse.spsolve(B * 0.0, wg.ones(2)), MatrixError, r"spsolve: .*singular; the matrix has shape \(2, 2\)"),
    ],
)
def test_what_is_refused_names_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_pattern_knows_its_transpose():
    pattern = Pattern(np.array([0, 2, 1]), np.array([0, 2, 3]), (2, 3))
    turned, order = pattern.turned
    assert (turned.shape, turned.indices.tolist(), turned.indptr.tolist()) == ((3, 2), [0, 1, 0], [0, 1, 2, 3])
    assert order.tolist() == [0, 2, 1]
    assert repr(pattern) == "<3 places in a matrix of shape (2, 3)>"
