"""Subclasses of Tensor with ``__torch_dispatch__``: tensors without memory of their own, whose operators the class computes.

They lie below the autograd, as in PyTorch: their array is of a library of its own, each of whose functions asks the class. So
they are recorded and differentiated like others, by the same derivatives, which ask the class in their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
import optree

from ...arrays.adapter import ADAPTERS, Adapter, adapter_of
from ...arrays.syntax import ArrayFromOperators
from ...autograd.contexts import no_grad
from ...autograd.node import NO_EDGE
from ...autograd.tensor import Tensor as Base
from ...autograd.tensor import wrap
from ...errors import UnsupportedError, UsageError
from ...op import OPERATORS
from . import aten, dtypes, kinds
from .tensor import Tensor

__all__ = ["Dispatched", "make_wrapper_subclass"]


class Dispatched(ArrayFromOperators):
    """The array of a wrapper: what it looks like, and what its class needs in order to compute.

    Attributes
    ----------
    kind : type
        The class.
    attributes : dict
        Those of the wrapper, which every tensor on this array shares.
    """

    __slots__ = ("__weakref__", "attributes", "dtype", "kind", "shape")
    shape: tuple[int, ...]

    def __init__(self, kind: type[Base], shape: tuple[int, ...], dtype: Any) -> None:
        self.kind, self.shape, self.dtype = kind, shape, dtype
        self.attributes: dict[str, Any] = {}

    nbytes = property(lambda self: self.size * self.dtype.itemsize)
    device = property(lambda self: "cpu")

    def tensor(self) -> Any:
        """The wrapper, outside of the graph."""
        new = wrap(self, NO_EDGE, self.kind)
        new.__dict__ = self.attributes
        return new

    def __bool__(self) -> bool:
        raise _no_values()

    __float__ = __int__ = __complex__ = __index__ = __len__ = __bool__

    def __repr__(self) -> str:
        return f"<the array of a {self.kind.__name__}, of shape {self.shape}, {self.dtype}>"


def _no_values() -> UnsupportedError:
    return UnsupportedError("a tensor of a class with __torch_dispatch__ has no values of its own; ask what it wraps")


class _Library(Adapter):
    """The array library whose every function asks the class of a wrapper."""

    name, mutable = "torch", False

    def __init__(self, base: Adapter) -> None:
        super().__init__()
        self.base, self.xp = base, _Namespace(self)

    @property
    def library(self) -> Adapter:
        return self.base

    def _find(self, name: str) -> Callable[..., Any]:
        own = getattr(self, f"fn_{name}", None)
        return own or (lambda *args, **kwargs: self._call(name, args, kwargs))

    def _call(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        leaves: list[Any] = optree.tree_leaves((args, dict(kwargs)))  # type: ignore[arg-type]
        given = [leaf for leaf in leaves if isinstance(leaf, Dispatched)]
        if not given:
            return self.base.function(name)(*args, **kwargs)
        op = OPERATORS.get(name)
        if op is None:
            asked = f"__torch_dispatch__ of {given[0].kind.__name__}"
            raise UnsupportedError(f"{asked}: it can be asked for operators, and {name} is none")
        bound: Any = tuple(op.signature.bind(*args, **kwargs).arguments.values())
        types = tuple(dict.fromkeys(a.kind for a in given))
        with no_grad():
            ask: Any = types[0].__torch_dispatch__  # type: ignore[attr-defined]
            result = ask(aten.overload_of(op), types, optree.tree_map(_as_tensor, bound), {})
        return optree.tree_map(_as_array, result)

    def fn_zeros_like(self, x: Any, /, **options: Any) -> Any:
        return self.zeros(x.shape, options.get("dtype") or x.dtype, x)

    def fn_ones_like(self, x: Any, /, **options: Any) -> Any:
        return self.ones(x.shape, options.get("dtype") or x.dtype, x)

    # -- arrays ------------------------------------------------------------------------------------------------------
    def normalise(self, value: Any) -> Any:
        return value if isinstance(value, Dispatched) else self.base.normalise(value)

    def asarray(self, data: Any, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
        if not isinstance(data, Dispatched):
            return self.base.asarray(data, dtype=dtype, copy=copy)
        return data if dtype is None else self.cast(data, dtype)

    def copy(self, array: Any) -> Any:
        return array if isinstance(array, Dispatched) else self.base.copy(array)

    def own(self, box: list[Any], like: Any = None) -> Any:
        return box.pop() if isinstance(box[0], Dispatched) else self.base.own(box, None if isinstance(like, Dispatched) else like)

    def shares(self, result: Any, source: Any) -> bool:
        return True  # as far as can be told: what its views share is the affair of the class

    def zeros(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return self.base.zeros(shape, dtype, None)

    def ones(self, shape: tuple[int, ...], dtype: Any, like: Any) -> Any:
        return self.base.ones(shape, dtype, None)

    def broadcast_to(self, array: Any, shape: tuple[int, ...]) -> Any:
        return self.function("broadcast_to")(array, shape)

    def cast(self, array: Any, dtype: Any) -> Any:
        if not isinstance(array, Dispatched):
            return self.base.cast(array, dtype)
        return array if array.dtype == dtype else self.function("astype")(array, dtype)

    def device(self, array: Any) -> Any:
        return "cpu"

    def to_host(self, array: Any) -> Any:
        if isinstance(array, Dispatched):
            raise _no_values()
        return self.base.to_host(array)

    def item(self, array: Any) -> NoReturn:
        raise _no_values()

    # -- dtypes ------------------------------------------------------------------------------------------------------
    def kind(self, dtype: Any) -> str:
        return self.base.kind(dtype)

    def real_dtype(self, dtype: Any) -> Any:
        return self.base.real_dtype(dtype)


class _Namespace:
    """The array API over such arrays."""

    def __init__(self, library: _Library) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._library.base.xp, name, None)
        asks = found is None or (callable(found) and not isinstance(found, type))
        return self._library.function(name) if asks else found


def _as_tensor(value: Any) -> Any:
    if isinstance(value, Dispatched):
        return value.tensor()
    return wrap(value, NO_EDGE, Tensor) if type(value) in ADAPTERS else value


def _as_array(value: Any) -> Any:
    return value._array if isinstance(value, Base) else value


_adapter = _Library(adapter_of(np.zeros(())))
ADAPTERS[Dispatched] = _adapter


def make_wrapper_subclass(
    cls: type[Base],
    size: Any,
    strides: Any = None,
    storage_offset: Any = None,
    memory_format: Any = None,
    dtype: Any = None,
    layout: Any = kinds.strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    *policies: Any,
    **further: Any,
) -> Any:
    """``Tensor._make_wrapper_subclass``: a tensor of `cls` without memory, whose operators its ``__torch_dispatch__`` computes.

    Results of its operators are of the class `Tensor`, and their operators are computed by `cls` likewise.

    Raises
    ------
    UsageError
        If there is no such method.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> class Loud(torch.Tensor):
    ...     @staticmethod
    ...     def __new__(cls, inner):
    ...         return torch.Tensor._make_wrapper_subclass(cls, inner.size(), dtype=inner.dtype, requires_grad=True)
    ...     def __init__(self, inner):
    ...         self.inner = inner
    ...     @classmethod
    ...     def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
    ...         print(func)
    ...         inside = [a.inner if isinstance(a, cls) else a for a in args]
    ...         return func(*inside, **(kwargs or {}))
    >>> x = Loud(torch.ones(2))
    >>> y = x.exp().sum()
    aten.exp.default
    >>> y.backward()
    >>> x.grad
    tensor([2.7183, 2.7183])
    """
    kinds.checked_device(device)
    if not hasattr(cls, "__torch_dispatch__"):
        raise UsageError(f"_make_wrapper_subclass: {cls.__name__} must define a __torch_dispatch__")
    array = Dispatched(cls, tuple(size), dtypes.native(dtype or dtypes.get_default_dtype()))
    new = wrap(array, NO_EDGE, cls)
    array.attributes = new.__dict__
    return new.requires_grad_(requires_grad)
