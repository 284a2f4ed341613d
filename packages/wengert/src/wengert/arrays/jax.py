"""JAX: arrays are immutable; the same code runs under ``jax.jit``, where they are traced."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy
import numpy as np

from .adapter import ADAPTERS, DIRECT
from .batched import BatchedArray
from .dtypes import NumpyDtypes
from .standard import StandardAdapter

__all__ = ["JaxAdapter", "adapter"]


class JaxAdapter(NumpyDtypes, StandardAdapter):
    """The adapter of JAX arrays, traced ones among them."""

    name = "jax"
    xp = jnp
    array_types = (jax.Array, jax.core.Tracer)
    mutable = False
    views_every_key = False

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, jax.Array | BatchedArray) else jnp.asarray(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        return jnp.asarray(data, dtype=dtype, device=device, copy=copy)

    def getitem(self, array: Any, key: Any) -> Any:
        return array[_key(key, array.shape)]

    def put(self, target: Any, key: Any, value: Any) -> Any:
        return target.at[_key(key, target.shape)].set(jnp.asarray(value).astype(target.dtype))

    def add_at(self, target: Any, key: Any, value: Any) -> Any:
        return target.at[_key(key, target.shape)].add(value)

    def add_into(self, target: Any, value: Any) -> Any:
        return target + value

    def _find(self, name: str) -> Any:
        room, _, function = name.partition(".")
        if room == "special" and hasattr(jax.scipy.special, function):
            return getattr(jax.scipy.special, function)
        return super()._find(name)

    def fn_cumulative_prod(
        self, x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
    ) -> Any:
        if dtype is None:
            dtype = jax.eval_shape(jnp.prod, x).dtype  # JAX's own stays in a short integer dtype, unlike its sums and `prod`
        return jnp.cumulative_prod(x, axis=axis, dtype=dtype, include_initial=include_initial)

    def fn_searchsorted(self, x1: Any, x2: Any, /, *, side: Any = "left", sorter: Any = None) -> Any:
        return jnp.searchsorted(x1, x2, side=side, sorter=sorter).astype(int)  # it answers in int32 where indices are int64

    def fn_linalg_matrix_exp(self, x: Any, /) -> Any:
        return jax.scipy.linalg.expm(x)

    def fn_linalg_solve_triangular(self, x1: Any, x2: Any, /, *, upper: bool, unit: bool) -> Any:
        shape = jnp.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
        x1, x2 = (jnp.broadcast_to(x, shape + x.shape[-2:]) for x in (x1, x2))
        return jax.scipy.linalg.solve_triangular(x1, x2, lower=not upper, unit_diagonal=unit)

    def cast(self, array: Any, dtype: Any) -> Any:
        return array.astype(dtype)

    def to_host(self, array: Any) -> Any:
        return np.asarray(array)

    def device(self, array: Any) -> Any:
        return getattr(array, "device", None)  # traced arrays have none

    def has_values(self, array: Any) -> bool:
        return not isinstance(array, jax.core.Tracer)

    def kind(self, dtype: Any) -> str:
        letter = super().kind(dtype)
        return "f" if letter == "V" else letter  # bfloat16 and its kin

    def default_dtype(self, kind: type) -> Any:
        return jax.dtypes.canonicalize_dtype(super().default_dtype(kind))  # of 32 bits unless JAX is told otherwise


def _key(key: Any, shape: tuple[int, ...]) -> Any:
    """A key with arrays for lists. JAX reads the nearest element where an index is out of bounds; a number says so here."""
    parts = key if type(key) is tuple else (key,)
    for axis, (part, n) in enumerate(zip(parts, shape, strict=False)):
        if type(part) is not int:
            break
        if not -n <= part < n:
            raise IndexError(f"index {part} is out of bounds for axis {axis} with size {n}")
    if list not in map(type, parts):
        return key
    return tuple([jnp.asarray(part, None if part else int) if type(part) is list else part for part in parts])


adapter = JaxAdapter()
_concrete = type(jnp.zeros(()))
ADAPTERS[_concrete] = adapter
DIRECT.add(_concrete)
