"""What the rules of linear algebra share: adjoints, masks, checked calls, and quotients that may be 0/0."""

from __future__ import annotations

from typing import Any

from ...arrays.adapter import Adapter, adapter_of
from ...arrays.batched import beneath
from ...errors import ArgumentError, MatrixError
from ..complex import conj, is_complex
from ..manipulation import expand_dims
from ..select import raw, select
from ..shaping import transposed

__all__ = [
    "adjoint",
    "check_phase",
    "column",
    "computed",
    "identity",
    "matrices",
    "off_diagonals",
    "on_diagonals",
    "quotient",
    "raw",
    "row",
    "square",
]


# -- arguments ---------------------------------------------------------------------------------------------------------
def matrices(name: str, x: Any, operand: str = "x") -> tuple[int, int]:
    """The numbers of rows and columns of a stack of matrices.

    Raises
    ------
    ArgumentError
        If it is none.
    """
    shape = tuple(x.shape)
    if len(shape) < 2:
        raise ArgumentError(f"{name}: {operand}: expected a matrix or a stack of them, got shape {shape}")
    return shape[-2], shape[-1]


def square(name: str, x: Any, operand: str = "x") -> int:
    """The number of rows, and columns, of a stack of square matrices."""
    m, n = matrices(name, x, operand)
    if m != n:
        raise ArgumentError(f"{name}: {operand}: expected square matrices, got shape {tuple(x.shape)}")
    return n


def computed(name: str, x: Any, *args: Any, **options: Any) -> Any:
    """The library's function ``linalg.<name>``; what it says of the matrix as a `MatrixError`."""
    adapter = adapter_of(x)
    try:
        return adapter.function(f"linalg.{name}")(x, *args, **options)
    except adapter.matrix_errors as error:
        raise MatrixError(f"{name}: {error}; the operand has shape {tuple(x.shape)}") from error


# -- matrices ----------------------------------------------------------------------------------------------------------
def adjoint(x: Any) -> Any:
    """The conjugate transpose of every matrix."""
    return transposed(conj(x))


def column(x: Any) -> Any:
    """Vectors as matrices of one column."""
    return expand_dims(x, axis=-1)


def row(x: Any) -> Any:
    """Vectors as matrices of one row."""
    return expand_dims(x, axis=-2)


def identity(x: Any, n: int) -> Any:
    """The mask of the diagonal of `n` rows and columns, a raw array of the library of `x`."""
    adapter: Adapter = adapter_of(raw(x))
    return adapter.functions.eye(n, dtype=adapter.functions.bool)


def on_diagonals(values: Any, others: Any) -> Any:
    """The square matrices `others` with `values` on their diagonals."""
    return select(identity(values, values.shape[-1]), column(values), others)


def off_diagonals(others: Any) -> Any:
    """The square matrices `others` with ones on their diagonals: to divide by."""
    return select(identity(others, others.shape[-1]), 1, others)


def quotient(numerator: Any, denominator: Any) -> Any:
    """``numerator / denominator``, where 0 / 0 is 0: of what nobody has used there is no gradient, at degenerate points too."""
    return numerator / select((denominator == 0) & (numerator == 0), 1, denominator)


# -- phases ------------------------------------------------------------------------------------------------------------
def check_phase(name: str, diagonal: Any) -> None:
    """Raise if a gradient depends on the phase of complex vectors, of which every choice is right.

    A loss that does not has gradients for which `diagonal`, of Vᴴ gV, is real. As in PyTorch.
    """
    if not is_complex(diagonal):
        return
    array, _ = beneath(raw(diagonal))
    adapter = adapter_of(array)
    if not adapter.has_values(array):  # they are yet to come
        return
    xp = adapter.functions
    if bool(xp.any(xp.abs(xp.imag(array)) > 1e-2 * xp.maximum(xp.abs(array), xp.ones_like(xp.real(array))))):
        raise MatrixError(
            f"{name}: vectors of complex matrices are determined up to a phase exp(iφ), and this loss depends on it, so that "
            "its gradient is not defined; use an expression that does not, such as an absolute value or V f(λ) Vᴴ"
        )
