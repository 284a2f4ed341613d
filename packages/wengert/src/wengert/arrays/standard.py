"""What operators ask of a library and the standard does not promise, made of what it does promise.

A library's own function is taken where it does the same (`_find`); the methods ``fn_<name>`` here stand in front of it where
libraries differ in what arguments they take, the methods ``lacking_<name>`` behind it, for those that have none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..errors import LibraryError
from .adapter import Adapter, is_array
from .shapes import normalize_axes, normalize_axis

__all__ = ["StandardAdapter"]

Axis = int | tuple[int, ...] | None


class StandardAdapter(Adapter):
    """The adapter of a library that is spoken to through the array API standard."""

    def _find(self, name: str) -> Callable[..., Any]:
        own = getattr(self, "fn_" + name.replace(".", "_"), None)
        if own is not None:
            return own
        return self._theirs(name)

    def _theirs(self, name: str) -> Callable[..., Any]:
        """The library's own function, or what stands in for it."""
        target: Any = self.xp
        for part in name.split("."):
            target = getattr(target, part, None)
        if target is None:
            target = getattr(self, "lacking_" + name.replace(".", "_"), None)
        if target is None:
            raise LibraryError(f"{self.name} has no function {name}, and Wengert none in its stead")
        return target

    # -- arguments that libraries take in one form only ----------------------------------------------------------------
    def fn_reshape(self, x: Any, /, shape: Axis, *, copy: bool | None = None) -> Any:
        return self.xp.reshape(x, _tuple(shape), copy=copy)

    def fn_tile(self, x: Any, repetitions: Any, /) -> Any:
        return self.xp.tile(x, _tuple(repetitions))

    def fn_permute_dims(self, x: Any, /, axes: Any) -> Any:
        return self.xp.permute_dims(x, tuple([axis % x.ndim for axis in axes]))

    def fn_roll(self, x: Any, /, shift: Any, *, axis: Axis = None) -> Any:
        if axis is not None:
            axis = _tuple(axis)
            shift = _tuple(shift) * len(axis) if isinstance(shift, int) else tuple(shift)
        return self.xp.roll(x, shift, axis=axis)

    def fn_tensordot(self, x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
        if not isinstance(axes, int):
            axes = normalize_axes(axes[0], x1.ndim), normalize_axes(axes[1], x2.ndim)
        return self.xp.tensordot(x1, x2, axes=axes)

    def fn_take(self, x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
        if indices.ndim == 1:
            return self.xp.take(x, indices, axis=axis)
        axis = normalize_axis(axis or 0, x.ndim)
        found = self.xp.take(x, self.xp.reshape(indices, (-1,)), axis=axis)
        return self.xp.reshape(found, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))

    # -- statistics ----------------------------------------------------------------------------------------------------
    def fn_var(self, x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        """The library's where it takes the arguments: some know no complex numbers, and corrections that are integers only."""
        if self.kind(x.dtype) != "c" and int(correction) == correction and axis != ():
            return self.xp.var(x, axis=axis, correction=int(correction), keepdims=keepdims)
        count = math.prod(x.shape[a] for a in normalize_axes(axis, x.ndim))
        d = x - self.xp.mean(x, axis=axis, keepdims=True) if axis != () else x - x
        squares = d * d if self.kind(x.dtype) != "c" else self.xp.real(d) ** 2 + self.xp.imag(d) ** 2
        total = self.xp.sum(squares, axis=axis, keepdims=keepdims) if axis != () else squares
        return total / max(count - correction, 0) if count > correction else total * math.nan

    def fn_std(self, x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        return self.xp.sqrt(self.fn_var(x, axis=axis, correction=correction, keepdims=keepdims))

    # -- of two operands, one of which may be a number -------------------------------------------------------------------
    def _arrays(self, x1: Any, x2: Any) -> tuple[Any, Any]:
        like = x1 if is_array(x1) else x2
        x1, x2 = (x if is_array(x) else self.xp.asarray(x, dtype=like.dtype, device=self.device(like)) for x in (x1, x2))
        return x1, x2

    def _number_of_two(self, name: str, x1: Any, x2: Any) -> Any:
        """`maximum` or `minimum`, but beside a NaN the other."""
        xp, (x1, x2) = self.xp, self._arrays(x1, x2)
        found = getattr(xp, name)(x1, x2)
        if self.kind(found.dtype) != "f":
            return found
        x1, x2 = (self.cast(x, found.dtype) for x in (x1, x2))
        return xp.where(xp.isnan(x1), x2, xp.where(xp.isnan(x2), x1, found))

    def fn_fmax(self, x1: Any, x2: Any, /) -> Any:
        return self._number_of_two("maximum", x1, x2)

    def fn_fmin(self, x1: Any, x2: Any, /) -> Any:
        return self._number_of_two("minimum", x1, x2)

    def fn_fmod(self, x1: Any, x2: Any, /) -> Any:
        x1, x2 = self._arrays(x1, x2)
        size = self.xp.remainder(self.xp.abs(x1), self.xp.abs(x2))
        return self.xp.where(x1 < 0, -size, size)

    def fn_logaddexp2(self, x1: Any, x2: Any, /) -> Any:
        x1, x2 = self._arrays(x1, x2)
        return self.xp.logaddexp(x1 * math.log(2), x2 * math.log(2)) / math.log(2)

    def fn_heaviside(self, x1: Any, x2: Any, /) -> Any:
        x1, x2 = self._arrays(x1, x2)
        dtype = self.xp.result_type(x1, x2)
        step = self.xp.where((x1 > 0) | (x1 < 0), self.cast(x1 > 0, dtype), self.cast(x1, dtype))  # NaN stays
        return self.xp.where(x1 == 0, self.cast(x2, dtype), step)

    # -- linear algebra --------------------------------------------------------------------------------------------------
    def fn_linalg_svd(self, x: Any, /, *, full_matrices: bool = True, compute_uv: bool = True) -> Any:
        return self._theirs("linalg.svd")(x, full_matrices=full_matrices) if compute_uv else self._theirs("linalg.svdvals")(x)

    def fn_linalg_eigh(self, x: Any, /, *, UPLO: str = "L") -> Any:
        return self._theirs("linalg.eigh")(self._of_half(x, UPLO))

    def fn_linalg_eigvalsh(self, x: Any, /, *, UPLO: str = "L") -> Any:
        return self._theirs("linalg.eigvalsh")(self._of_half(x, UPLO))

    def _of_half(self, x: Any, UPLO: str) -> Any:
        """The Hermitian matrix of which `x` holds one half: which one a library reads, the standard leaves open."""
        xp, complex_ = self.xp, self.kind(x.dtype) == "c"
        half, rest = (xp.tril(x), xp.tril(x, k=-1)) if UPLO == "L" else (xp.triu(x), xp.triu(x, k=1))
        if not complex_:
            return half + xp.matrix_transpose(rest)
        on_diagonal = xp.eye(x.shape[-1], dtype=self.real_dtype(x.dtype), device=self.device(x)) == 1
        half = xp.where(on_diagonal, self.cast(xp.real(half), x.dtype), half)
        return half + xp.conj(xp.matrix_transpose(rest))

    def lacking_linalg_solve_triangular(self, x1: Any, x2: Any, /, *, upper: bool, unit: bool) -> Any:
        triangle = self.xp.triu(x1, k=int(unit)) if upper else self.xp.tril(x1, k=-int(unit))
        if unit:
            triangle = triangle + self.xp.eye(x1.shape[-1], dtype=x1.dtype, device=self.device(x1))
        return self._theirs("linalg.solve")(triangle, x2)

    # -- functions that the standard has not -----------------------------------------------------------------------------
    def lacking_diagonal(self, x: Any, offset: int, axis1: int, axis2: int) -> Any:
        return self._theirs("linalg.diagonal")(self.xp.moveaxis(x, (axis1, axis2), (-2, -1)), offset=offset)

    def lacking_exp2(self, x: Any, /) -> Any:
        return self.xp.pow(self.xp.asarray(2, dtype=x.dtype, device=x.device), x)

    def lacking_deg2rad(self, x: Any, /) -> Any:
        return x * (math.pi / 180)

    def lacking_rad2deg(self, x: Any, /) -> Any:
        return x * (180 / math.pi)

    def lacking_sinc(self, x: Any, /) -> Any:
        angle = x * math.pi
        safe = self.xp.where(angle == 0, self.xp.ones_like(angle), angle)
        return self.xp.where(angle == 0, self.xp.ones_like(angle), self.xp.sin(safe) / safe)

    def lacking_nan_to_num(
        self, x: Any, /, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
    ) -> Any:
        xp, kind = self.xp, self.kind(x.dtype)
        if kind == "c":
            parts = self.lacking_nan_to_num(self.complex_parts(x), nan=nan, posinf=posinf, neginf=neginf)
            return self.complex_from(parts)
        if kind != "f":
            return self.copy(x)
        limits = xp.finfo(x.dtype)
        for places, value in (
            (xp.isnan(x), nan),
            (x == math.inf, limits.max if posinf is None else posinf),
            (x == -math.inf, limits.min if neginf is None else neginf),
        ):
            x = xp.where(places, xp.asarray(value, dtype=x.dtype, device=x.device), x)
        return x

    def lacking_cbrt(self, x: Any, /) -> Any:
        return self.xp.sign(x) * self.xp.pow(self.xp.abs(x), self.xp.asarray(1 / 3, dtype=x.dtype, device=x.device))

    def lacking_convolve(self, x1: Any, x2: Any, /, *, mode: str) -> Any:
        """By a matrix whose rows are windows of the longer operand; `x1` is that where `mode` is ``"valid"``."""
        xp = self.xp
        x1, x2 = (x1, x2) if x1.shape[0] >= x2.shape[0] else (x2, x1)
        n, m = x1.shape[0], x2.shape[0]
        if mode == "full":
            edge = xp.zeros((m - 1,), dtype=x1.dtype, device=x1.device)
            x1, n = xp.concat([edge, x1, edge]), n + 2 * m - 2
        places = xp.expand_dims(xp.arange(n - m + 1, device=x1.device), axis=1) + xp.arange(m, device=x1.device)
        return xp.matmul(self.function("take")(x1, places, axis=0), xp.flip(x2))

    def lacking_isin(self, x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
        found = self.xp.any(self.xp.expand_dims(x1, axis=-1) == self.xp.reshape(x2, (-1,)), axis=-1)
        return self.xp.logical_not(found) if invert else found

    def lacking_unique_all(self, x: Any, /) -> tuple[Any, ...]:
        xp = self.xp
        flat = xp.reshape(x, (-1,))
        order = xp.argsort(flat, stable=True)
        values = xp.take(flat, order, axis=0)
        new = xp.concat([xp.ones_like(values[:1], dtype=xp.bool), values[1:] != values[:-1]])
        (first,) = xp.nonzero(new)
        ends = xp.concat([first[1:], xp.full_like(first[:1], flat.shape[0])])
        number = xp.cumulative_sum(xp.astype(new, first.dtype)) - 1
        inverse = xp.reshape(xp.take(number, xp.argsort(order), axis=0), x.shape)
        return xp.take(values, first, axis=0), xp.take(order, first, axis=0), inverse, ends - first

    def lacking_einsum(self, subscripts: str, *operands: Any, optimize: bool = False) -> Any:
        """By products over all letters at once: right, and slow where there are many."""
        given, _, result = subscripts.partition("->")
        letters = "".join(dict.fromkeys(result + given.replace(",", "")))
        product: Any = None
        for group, operand in zip(given.split(","), operands, strict=True):
            names, array = self._once(group, operand)
            order = sorted(range(len(names)), key=lambda i, names=names: letters.index(names[i]))  # type: ignore[misc]
            lengths = dict(zip(names, array.shape, strict=True))
            array = self.xp.reshape(self.xp.permute_dims(array, tuple(order)), tuple(lengths.get(name, 1) for name in letters))
            product = array if product is None else product * array
        summed = tuple(range(len(result), len(letters)))
        return self.xp.sum(product, axis=summed) if summed else product

    def _once(self, names: str, array: Any) -> tuple[str, Any]:
        """`array` with the diagonal over axes of the same letter, so that each letter is left once."""
        xp = self.xp
        while len(set(names)) < len(names):
            second = next(i for i, name in enumerate(names) if name in names[:i])
            first, n = names.index(names[second]), array.shape[second]
            shape = tuple(n if i in (first, second) else 1 for i in range(len(names)))
            keep = xp.reshape(xp.eye(n, dtype=xp.int64, device=array.device), shape) == 1
            array = xp.sum(xp.where(keep, array, xp.zeros_like(array)), axis=second)
            names = names[:second] + names[second + 1 :]
        return names, array


def _tuple(value: Any) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)
