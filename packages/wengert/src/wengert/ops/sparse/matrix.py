"""A sparse matrix whose values are a Tensor, and the functions that users call: `csr`, `from_scipy`, `matmul`, `spsolve`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.adapter import NUMBERS, adapter_of, is_array
from ...arrays.shapes import normalize_axis
from ...autograd.tensor import TENSORS, Tensor
from ...errors import ArgumentError, OperandError
from ..complex import conj
from ..creation import tensor
from ..dtypes import astype
from ..elementwise import divide, multiply, negative
from ..indexing import scatter, take
from ..manipulation import broadcast_to, matrix_transpose
from ..reductions import sum
from ..select import positions, raw
from .pattern import Pattern, is_scipy, pattern_of
from .products import product, solution

__all__ = ["CSR", "csr", "from_scipy", "matmul", "spsolve"]


class CSR:
    """A matrix of which only some values are stored, row by row. Made by `csr` and `from_scipy`.

    ``A @ x``, ``x @ A``, ``A * scale``, ``A / scale``, ``-A``, ``A.T``, ``A.H``, ``A.sum(axis)``, ``A.todense()`` and `spsolve`
    are differentiable in the stored values, which are the Tensor `data`, and in the other operand. What is not stored is zero and
    has no gradient.

    Attributes
    ----------
    data : Tensor or array
        The stored values.
    pattern : Pattern
        Where they stand.

    Examples
    --------
    >>> import wengert as wg
    >>> values = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> a = wg.sparse.csr(values, [0, 2, 1], [0, 2, 3], (2, 3))
    >>> (a @ wg.tensor([1.0, 10.0, 100.0])).sum().backward()
    >>> values.grad.tolist()
    [1.0, 100.0, 10.0]
    """

    __slots__ = ("data", "pattern")
    __array_ufunc__ = None  # NumPy's operators step back for these
    __array_priority__ = 1001

    def __init__(self, data: Any, pattern: Pattern) -> None:
        self.data, self.pattern = data, pattern

    # -- what it is ------------------------------------------------------------------------------------------------------
    @property
    def indices(self) -> Any:
        """The column of each stored value."""
        return self.pattern.indices

    @property
    def indptr(self) -> Any:
        """Where in `indices` and `data` each row begins, and where the last one ends."""
        return self.pattern.indptr

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return self.pattern.shape

    @property
    def dtype(self) -> Any:
        """The dtype of the stored values."""
        return self.data.dtype

    @property
    def nnz(self) -> int:
        """How many values are stored."""
        return len(self.pattern.indices)

    ndim = 2

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} of shape {self.shape} with {self.nnz} stored values of {self.dtype}>"

    # -- others of the same places -----------------------------------------------------------------------------------------
    def with_data(self, data: Any) -> CSR:
        """A matrix with other values in the same places, which are not checked again.

        Raises
        ------
        ArgumentError
            If it is another number of values.

        Examples
        --------
        >>> import wengert as wg
        >>> a = wg.sparse.csr([1.0, 2.0], [1, 0], [0, 1, 2], (2, 2))
        >>> a.with_data(wg.exp(a.data)).shape
        (2, 2)
        """
        if not _is_dense(data):
            raise OperandError(f"with_data: data: expected a Tensor or an array, got {type(data).__qualname__}")
        if tuple(data.shape) != (self.nnz,):
            raise ArgumentError(f"with_data: data: expected shape ({self.nnz},), a value for each place, got {tuple(data.shape)}")
        return CSR(data, self.pattern)

    # -- others of the same values -----------------------------------------------------------------------------------------
    @property
    def T(self) -> CSR:
        """The transpose."""
        pattern, order = self.pattern.turned
        return CSR(take(self.data, positions(order, self.data), axis=0), pattern)

    @property
    def H(self) -> CSR:
        """The conjugate transpose."""
        turned = self.T
        return CSR(conj(turned.data), turned.pattern)

    def todense(self) -> Any:
        """The matrix with all its zeros; values stored for the same place are added.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.sparse.csr(wg.tensor([1.0, 2.0]), [1, 0], [0, 1, 2], (2, 2)).todense().tolist()
        [[0.0, 1.0], [2.0, 0.0]]
        """
        places = tuple(positions(a, self.data) for a in (self.pattern.rows, self.pattern.indices))
        return scatter(self.data, self.shape, places)

    def toscipy(self) -> Any:
        """SciPy's ``csr_array`` of the values, outside of the graph."""
        array = raw(self.data)
        return self.pattern.matrix(adapter_of(array).to_host(array))

    def sum(self, axis: int | None = None) -> Any:
        """The sum of all values, of each column (0) or of each row (1).

        Examples
        --------
        >>> import wengert as wg
        >>> a = wg.sparse.csr(wg.tensor([1.0, 2.0, 3.0]), [0, 2, 1], [0, 2, 3], (2, 3))
        >>> a.sum().item(), a.sum(0).tolist(), a.sum(1).tolist()
        (6.0, [1.0, 3.0, 2.0], [3.0, 3.0])
        """
        if axis is None:
            return sum(self.data)
        axis = normalize_axis(axis, 2)
        ones = astype(positions(np.ones(self.shape[axis]), self.data), self.dtype, copy=False)
        return product(self.data, ones, pattern=self.pattern, transposed=axis == 0)

    # -- arithmetic --------------------------------------------------------------------------------------------------------
    def _scaled(self, function: Any, scale: Any) -> Any:
        """Each value with a number, or with what stands in its place of `scale`, broadcast to the shape of the matrix."""
        if type(scale) in NUMBERS:
            return CSR(function(self.data, scale), self.pattern)
        if type(scale) not in TENSORS and not is_array(scale):
            return NotImplemented
        shape = tuple(scale.shape)
        if not shape:
            return CSR(function(self.data, scale), self.pattern)
        if len(shape) > 2 or any(n not in (1, m) for n, m in zip(shape[::-1], self.shape[::-1], strict=False)):
            raise ArgumentError(f"sparse: a scale of shape {shape} does not broadcast to a matrix of shape {self.shape}")
        return CSR(function(self.data, self._stored_of(scale, shape)), self.pattern)

    def _stored_of(self, dense: Any, shape: tuple[int, ...]) -> Any:
        """The elements of a dense operand at the stored places."""
        rows, columns = (positions(a, dense) for a in (self.pattern.rows, self.pattern.indices))
        if len(shape) == 1:
            return take(broadcast_to(dense, (self.shape[1],)), columns, axis=0)
        whole = broadcast_to(dense, self.shape)
        return whole[rows, columns] if type(whole) in TENSORS else adapter_of(whole).getitem(whole, (rows, columns))

    def __mul__(self, scale: Any) -> Any:
        return self._scaled(multiply, scale)

    __rmul__ = __mul__

    def __truediv__(self, scale: Any) -> Any:
        return self._scaled(divide, scale)

    def __neg__(self) -> CSR:
        return CSR(negative(self.data), self.pattern)

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other) if _is_dense(other) or _is_sparse(other) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self) if _is_dense(other) or _is_sparse(other) else NotImplemented


def _is_dense(value: Any) -> bool:
    return type(value) in TENSORS or is_array(value)


# -- making them -----------------------------------------------------------------------------------------------------------
def csr(data: Any, indices: Any, indptr: Any, shape: tuple[int, int]) -> CSR:
    """The sparse matrix with these values, in compressed rows, as SciPy and PyTorch have them.

    Parameters
    ----------
    data : Tensor or array
        The stored values, row after row, with one axis; of numbers and sequences a Tensor is made. Gradients go to it.
    indices : array of int
        The column of each value.
    indptr : array of int
        Row i has the values from ``indptr[i]`` to ``indptr[i + 1]``.
    shape : (int, int)
        The numbers of rows and columns.

    Returns
    -------
    CSR
        Values for the same place are added.

    Raises
    ------
    ArgumentError
        If the arguments contradict each other.
    DtypeError
        If `indices` or `indptr` are not of integers.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.sparse.csr([1.0, 2.0, 3.0], [0, 2, 1], [0, 2, 3], (2, 3))
    >>> a
    <CSR of shape (2, 3) with 3 stored values of float64>
    >>> a.todense().tolist()
    [[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]
    """
    data = data if _is_dense(data) else tensor(data)
    if len(data.shape) != 1:
        raise ArgumentError(f"csr: data: expected one axis of values, got shape {tuple(data.shape)}")
    return CSR(data, pattern_of(indices, indptr, tuple(shape), data.shape[0]))


def from_scipy(matrix: Any, *, requires_grad: bool = False) -> CSR:
    """A sparse matrix or array of SciPy, of any format, with its values as a new leaf.

    Parameters
    ----------
    matrix : sparse matrix
        Of two axes; converted to CSR.
    requires_grad : bool
        Of the Tensor of values, `data`.

    Returns
    -------
    CSR
        Its values are a copy.

    Raises
    ------
    OperandError
        If it is none.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.sparse
    >>> import wengert as wg
    >>> a = wg.sparse.from_scipy(scipy.sparse.coo_array(np.eye(2)), requires_grad=True)
    >>> (a @ wg.tensor([3.0, 4.0])).sum().backward()
    >>> a.data.grad.tolist()
    [3.0, 4.0]
    """
    constant = _of_scipy("from_scipy", "matrix", matrix)
    return CSR(tensor(constant.data.copy(), requires_grad=requires_grad), constant.pattern)


def _of_scipy(name: str, argument: str, matrix: Any) -> CSR:
    """SciPy's matrix, its values a raw array that shares its memory."""
    if not is_scipy(matrix):
        raise OperandError(f"{name}: {argument}: expected a sparse matrix of SciPy or a CSR, got {type(matrix).__qualname__}")
    if len(matrix.shape) != 2:
        raise ArgumentError(f"{name}: {argument}: expected a matrix, got a sparse array of shape {matrix.shape}")
    found = matrix.tocsr()
    return CSR(found.data, Pattern(found.indices, found.indptr, found.shape, found))


def _is_sparse(value: Any) -> bool:
    return isinstance(value, CSR) or is_scipy(value)


# -- what they are for -----------------------------------------------------------------------------------------------------
def matmul(x1: Any, x2: Any, /) -> Any:
    """The product of a sparse matrix with a dense vector or matrix, on either side: what ``A @ x`` and ``x @ A`` call.

    Parameters
    ----------
    x1, x2 : CSR, sparse matrix of SciPy, Tensor or array
        One of them sparse, of shape ``(M, K)`` or ``(K, N)``; the other dense, with one axis or two.

    Returns
    -------
    Tensor or array
        Dense; of shape ``(M, N)``, without the axis for which a vector stood.

    Raises
    ------
    ArgumentError
        If shapes do not fit.
    OperandError
        If not exactly one operand is sparse, or the other is no array.
    MissingExtraError
        If SciPy is not installed, whose products those of NumPy's arrays are.

    Notes
    -----
    With G the gradient of A X, X gets Aᴴ G, and each stored value of A its element of G Xᴴ; nothing else of the matrix has a
    gradient. Arrays of other libraries are multiplied by terms, which takes memory for each stored value.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.sparse
    >>> import wengert as wg
    >>> a = scipy.sparse.csr_array(np.array([[1.0, 0.0], [2.0, 3.0]]))
    >>> x = wg.tensor([1.0, 10.0], requires_grad=True)
    >>> y = a @ x
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([1.0, 32.0], [3.0, 3.0])
    """
    left = _is_sparse(x1)
    if left == _is_sparse(x2):
        raise OperandError(
            f"sparse.matmul: expected one sparse and one dense operand, got {type(x1).__qualname__} and {type(x2).__qualname__}; "
            "todense() makes a sparse one dense"
        )
    sparse, dense = (x1, x2) if left else (x2, x1)
    name = "x2" if left else "x1"
    matrix = _beside("sparse.matmul", "x1" if left else "x2", sparse, name, dense)
    shape = tuple(dense.shape)
    length = matrix.shape[1 if left else 0]
    if len(shape) not in (1, 2) or shape[0 if left else -1] != length:
        expected = f"({length},) or ({length}, N)" if left else f"({length},) or (M, {length})"
        raise ArgumentError(
            f"sparse.matmul: {name}: expected shape {expected} beside a sparse matrix of shape {matrix.shape}, got {shape}"
        )
    if left or len(shape) == 1:
        return product(matrix.data, dense, pattern=matrix.pattern, transposed=not left)
    return matrix_transpose(product(matrix.data, matrix_transpose(dense), pattern=matrix.pattern, transposed=True))


def _beside(name: str, argument: str, sparse: Any, other: str, dense: Any) -> CSR:
    """The sparse operand with values of the library of the dense one."""
    if not _is_dense(dense):
        raise OperandError(f"{name}: {other}: expected a Tensor or an array, got {type(dense).__qualname__}")
    if isinstance(sparse, CSR):
        return sparse
    matrix = _of_scipy(name, argument, sparse)
    adapter = adapter_of(raw(dense))
    if adapter.library.name != "numpy":
        matrix.data = adapter.library.from_host(matrix.data, adapter.device(raw(dense)))
    return matrix


def spsolve(A: Any, b: Any, /, *, left: bool = True) -> Any:
    """The solution x of ``A @ x = b``, or of ``x @ A = b``, for a sparse matrix A, by SciPy's SuperLU.

    Parameters
    ----------
    A : CSR or sparse matrix of SciPy
        Of shape ``(N, N)``.
    b : Tensor or array
        Of shape ``(N,)`` or ``(N, K)``, on NumPy's arrays; ``(K, N)`` if A stands on the right.
    left : bool
        Whether A stands on the left of the solution.

    Returns
    -------
    Tensor or array
        Dense, of the shape of `b`.

    Raises
    ------
    ArgumentError
        If shapes do not fit.
    MatrixError
        If A is singular.
    LibraryError
        If the arrays are not NumPy's.
    MissingExtraError
        If SciPy is not installed.

    Notes
    -----
    gB = A⁻ᴴ G, and each stored value of A gets its element of -gB Xᴴ. The matrix is factored once: the backward, of any order,
    uses the factors of the forward, unless other values in the same places were solved with in between.

    Examples
    --------
    >>> import wengert as wg
    >>> values = wg.tensor([2.0, 1.0, 4.0], requires_grad=True)
    >>> a = wg.sparse.csr(values, [0, 0, 1], [0, 1, 3], (2, 2))
    >>> x = wg.sparse.spsolve(a, wg.tensor([2.0, 9.0]))
    >>> x.sum().backward()
    >>> x.tolist(), values.grad.tolist()
    ([1.0, 2.0], [-0.375, -0.25, -0.5])
    """
    if not _is_sparse(A):
        raise OperandError(f"spsolve: A: expected a CSR or a sparse matrix of SciPy, got {type(A).__qualname__}")
    matrix = _beside("spsolve", "A", A, "b", b)
    rows, columns = matrix.shape
    if rows != columns:
        raise ArgumentError(f"spsolve: A: expected a square matrix, got shape {matrix.shape}")
    shape = tuple(b.shape)
    if len(shape) not in (1, 2) or shape[0 if left else -1] != rows:
        several = f"({rows}, K)" if left else f"(K, {rows})"
        raise ArgumentError(f"spsolve: b: expected shape ({rows},) or {several} beside A of shape {matrix.shape}, got {shape}")
    if left or len(shape) == 1:
        return solution(matrix.data, b, pattern=matrix.pattern, transposed=not left)
    return matrix_transpose(solution(matrix.data, matrix_transpose(b), pattern=matrix.pattern, transposed=True))


def product_with(tensor: Tensor, sparse: Any, reflected: bool) -> Any:
    """What ``tensor @ sparse``, or the reflected product, is where the other operand is no array: NotImplemented, or sparse."""
    if not is_scipy(sparse):
        return NotImplemented
    return matmul(sparse, tensor) if reflected else matmul(tensor, sparse)
