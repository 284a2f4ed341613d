"""JAX: arrays are immutable; the same code runs under ``jax.jit``, where they are traced."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .adapter import ADAPTERS, DIRECT, Adapter

__all__ = ["JaxAdapter", "adapter"]


class JaxAdapter(Adapter):
    """The adapter of JAX arrays, traced ones among them."""

    name = "jax"
    xp = jnp
    array_types = (jax.Array,)
    mutable = False

    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, jax.Array) else jnp.asarray(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        return jnp.asarray(data, dtype=dtype, device=device, copy=copy)

    def put(self, target: Any, key: Any, value: Any) -> Any:
        return target.at[key].set(jnp.asarray(value).astype(target.dtype))

    def add_into(self, target: Any, value: Any) -> Any:
        return target + value

    def cast(self, array: Any, dtype: Any) -> Any:
        return array.astype(dtype)

    def to_host(self, array: Any) -> Any:
        return np.asarray(array)

    def kind(self, dtype: Any) -> str:
        letter = np.dtype(dtype).kind
        return "i" if letter in "iu" else "f" if letter == "V" else letter

    def real_dtype(self, dtype: Any) -> Any:
        return np.empty(0, dtype).real.dtype

    def fn_getitem(self, x: Any, key: Any) -> Any:
        return x[key]


adapter = JaxAdapter()
_concrete = type(jnp.zeros(()))
ADAPTERS[_concrete] = adapter
DIRECT.add(_concrete)
