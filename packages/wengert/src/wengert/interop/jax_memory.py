"""How arrays come from NumPy to JAX and back: in the memory where they lie, wherever both can look at it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..arrays.adapter import Adapter
from ..errors import DtypeError, LibraryError

__all__ = ["address", "check_library", "conjugate", "from_numpy", "to_numpy"]


def from_numpy(array: Any, name: object) -> jax.Array:
    """A JAX array in the memory of `array`, or a copy where JAX wants it elsewhere: aligned to 64 bytes, without gaps.

    Raises
    ------
    DtypeError
        If JAX has no such dtype, or has it only with ``jax_enable_x64``; `name` is what the message calls it.
    """
    array = np.asarray(array)
    try:
        dtype = jax.dtypes.canonicalize_dtype(array.dtype)
        if dtype == array.dtype and jax.default_backend() == "cpu" and array.flags.c_contiguous and array.flags.writeable:
            return jnp.from_dlpack(array)
        copied = jnp.array(array)  # never in memory that somebody may write to
    except (BufferError, TypeError) as error:
        raise DtypeError(f"{name} is of dtype {array.dtype}, which JAX does not have ({error}); cast it") from error
    if copied.dtype != array.dtype:
        raise DtypeError(
            f"{name} is of dtype {array.dtype}, and JAX computes in {copied.dtype} as long as it is not told otherwise: call "
            f"jax.config.update('jax_enable_x64', True), or cast it"
        )
    return copied


def to_numpy(array: jax.Array, name: object) -> Any:
    """A NumPy array, which cannot be written to, in the memory of a JAX array; from another device than the CPU a copy.

    Raises
    ------
    DtypeError
        If NumPy has no such dtype.
    """
    if array.dtype.kind == "V" or array.dtype == jax.dtypes.bfloat16:
        raise DtypeError(f"{name} is of dtype {array.dtype}, which NumPy does not have; cast it")
    return np.asarray(array)


def check_library(adapter: Adapter, name: object) -> None:
    """Raise unless arrays of that library cross.

    Raises
    ------
    LibraryError
        With `name`.
    """
    if adapter.name not in ("numpy", "jax"):
        raise LibraryError(f"{name}: expected arrays of numpy or jax, got {adapter.name}; convert them explicitly")


def address(array: jax.Array) -> int | None:
    """Where a concrete array on one device begins in memory; None for traced ones."""
    if isinstance(array, jax.core.Tracer):
        return None
    try:
        return int(array.unsafe_buffer_pointer())
    except (ValueError, RuntimeError):  # spread over several devices
        return None


def conjugate(gradient: Any) -> Any:
    """From Wengert's gradient of a complex number to JAX's and back: each is the conjugate of the other's.

    Of a real loss by ``z = x + i y`` Wengert, as PyTorch, gives ``dx + i dy``, the direction in which it grows; JAX gives
    ``dx - i dy``, so that derivatives of holomorphic functions are the textbook's
    (https://docs.jax.dev/en/latest/notebooks/autodiff_cookbook.html, "Complex numbers and differentiation").
    """
    return jnp.conj(gradient) if jnp.issubdtype(gradient.dtype, jnp.complexfloating) else gradient
