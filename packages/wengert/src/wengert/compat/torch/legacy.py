"""Names of old: a type for the tensors of each dtype, by which they were made and told apart; ``save`` and ``load``."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from ...autograd.tensor import Tensor as Base
from . import dtypes, kinds
from .tensor import Tensor, leaf

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "is_tensor", "load", "save", "set_default_tensor_type",
]  # fmt: skip


class _TypeMeta(type):
    dtype: Any

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype


class _Type(metaclass=_TypeMeta):
    """Makes tensors of one dtype, and knows them."""

    dtype: Any = None

    def __new__(cls, *data: Any) -> Any:
        if len(data) == 1 and not isinstance(data[0], (int, kinds.Size)):
            source = data[0]
            return leaf(source._array if isinstance(source, Base) else np.array(source), cls.dtype)
        shape = data[0] if len(data) == 1 and isinstance(data[0], kinds.Size) else data or (0,)
        return leaf(np.zeros(tuple(shape)), cls.dtype)


class FloatTensor(_Type):
    """float32."""

    dtype = dtypes.float32


class DoubleTensor(_Type):
    """float64."""

    dtype = dtypes.float64


class HalfTensor(_Type):
    """float16."""

    dtype = dtypes.float16


class ByteTensor(_Type):
    """uint8."""

    dtype = dtypes.uint8


class CharTensor(_Type):
    """int8."""

    dtype = dtypes.int8


class ShortTensor(_Type):
    """int16."""

    dtype = dtypes.int16


class IntTensor(_Type):
    """int32."""

    dtype = dtypes.int32


class LongTensor(_Type):
    """int64."""

    dtype = dtypes.int64


class BoolTensor(_Type):
    """bool."""

    dtype = dtypes.bool


def set_default_tensor_type(t: Any) -> None:
    """As `set_default_dtype`, by a type."""
    dtypes.set_default_dtype(t.dtype)


def is_tensor(obj: Any) -> bool:
    """Whether it is a tensor."""
    return isinstance(obj, Base)


def save(obj: Any, f: Any, *args: Any, **options: Any) -> None:
    """Pickle an object into a file. The file is not one of PyTorch's."""
    if hasattr(f, "write"):
        pickle.dump(obj, f)
    else:
        Path(f).write_bytes(pickle.dumps(obj))


def load(f: Any, *args: Any, **options: Any) -> Any:
    """What `save` wrote. Load only files that you trust."""
    return pickle.loads(f.read() if hasattr(f, "read") else Path(f).read_bytes())  # noqa: S301
