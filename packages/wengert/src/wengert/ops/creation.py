"""Creation functions of the array API, each with ``requires_grad=``, and `tensor`, which makes leaves as PyTorch's.

Python's floats make float64, as in NumPy. The functions of this module make arrays of NumPy, or of the library of the array
that they are given; `Creation` has those of any library. What they return is a leaf: nothing is recorded.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any

from ..arrays.adapter import ADAPTERS, NUMBERS, Adapter, adapter_of, is_array, library
from ..arrays.dtypes import native_dtype
from ..arrays.sizes import Ratio, Size
from ..autograd.modes import ACTIVE, current
from ..autograd.node import NO_EDGE, UNSETTLED
from ..autograd.saved import Extra
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, DtypeError, OperandError, RequiresGradDtypeError
from .dtypes import astype
from .joining import stack

__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "tensor",
    "zeros",
    "zeros_like",
]


#: What may give a tensor on memory that others have.
_SHARING = ("asarray", "from_dlpack")


def made(array: Any, requires_grad: bool, name: str, cls: type[Tensor] = Tensor) -> Tensor:
    """A new leaf on a fresh array; `name` is the creation function, for messages."""
    new = wrap(array, NO_EDGE, cls)
    if ACTIVE and current().inference:
        new._extra = Extra()
        new._extra.inference = True
    if requires_grad:
        if adapter_of(array).kind(new._dtype) not in "fc":
            raise RequiresGradDtypeError(
                f"{name}: requires_grad=True needs a floating point or complex dtype, got dtype {new._dtype}; "
                "pass floats, or dtype="
            )
        new._node = UNSETTLED
    if ACTIVE and name not in _SHARING:
        tracer = current().tracer
        if tracer is not None:
            tracer.make(new)
    return new


def _plain(data: Any) -> Any:
    """Nested sequences with the tensors in them replaced by their arrays."""
    if isinstance(data, Tensor):
        return data._array
    if type(data) in (list, tuple):
        return [_plain(item) for item in data]
    return data


def _records(data: Any) -> bool:
    """Whether there is a tensor that requires grad in nested sequences."""
    if type(data) in (list, tuple):
        return any(map(_records, data))
    return isinstance(data, Tensor) and data.requires_grad


def _number(value: Any, name: str, argument: str) -> Any:
    """An argument that is a number, also as a 0-d tensor; none that waits for a gradient, which would be lost."""
    if not isinstance(value, Tensor):
        return value
    if value.requires_grad:
        raise ArgumentError(
            f"{name}: {argument} requires grad, but creation functions record nothing: detach() it or multiply by it"
        )
    return value._array


#: Each type holds the numbers of those before it.
_WIDENING = (bool, int, Size, float, Ratio, complex)


class Creation:
    """The functions that make arrays of one library, each with ``requires_grad=``.

    Parameters
    ----------
    name : str
        The library; it is imported when the first array is made.

    Examples
    --------
    >>> Creation("numpy").zeros(2).tolist()
    [0.0, 0.0]
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def adapter(self) -> Adapter:
        """The adapter of the library."""
        return library(self._name)

    def _default(self, *kinds: type) -> Any:
        """The dtype of numbers of these types; None, which leaves it to the library, where one is no type of Python's."""
        if not all(kind in NUMBERS for kind in kinds):
            return None
        return self.adapter.default_dtype(max(kinds, key=_WIDENING.index))

    def _called(self, name: str, *args: Any, **options: Any) -> Any:
        """What the library's function gives; in a function that is being compiled, as it is told there."""
        function = self.adapter.function(name)
        tracer = current().tracer if ACTIVE else None
        return function(*args, **options) if tracer is None else tracer.create(name, function, args, options)

    def _filled(self, name: str, shape: Any, dtype: Any, device: Any, requires_grad: bool, *value: Any) -> Tensor:
        adapter = self.adapter
        size = (shape,) if isinstance(shape, int) else tuple(shape)
        wanted = native_dtype(dtype, adapter)
        return made(self._called(name, size, *value, dtype=wanted, device=device), requires_grad, name)

    def _new_array(self, data: Any, dtype: Any, device: Any, copy: bool | None, name: str) -> Any:
        """The array of `data`, anything but a Tensor: an array stays in its library, NumPy's and all else comes into this one."""
        adapter = self.adapter
        if is_array(data):
            own = adapter_of(data)
            adapter = own if adapter.name == "numpy" or own.name != "numpy" else adapter
        try:
            array = adapter.asarray(_plain(data), dtype=native_dtype(dtype, adapter), device=device, copy=copy)
        except ValueError as error:
            raise ArgumentError(f"{name}: {error}") from error
        except TypeError as error:
            if not is_array(data):
                raise
            raise DtypeError(f"{name}: {adapter.name} has no arrays of dtype {data.dtype}: cast them before") from error
        if adapter.kind(array.dtype) not in "bifc":
            raise OperandError(
                f"{name}: data must be numbers, an array or nested sequences of them, got {type(data).__name__} "
                f"that makes an array of dtype {array.dtype}"
            )
        return array

    def tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """A new leaf with a copy of `data`.

        Parameters
        ----------
        data : number, nested sequence, array or Tensor
            What to copy. A Tensor is detached, with PyTorch's warning: ``x.clone()`` and ``x.detach().clone()`` say which
            of the two is meant.
        dtype : optional
            Default: that of `data`; int64, float64 or complex128 for numbers.
        device : optional
            Default: that of `data`.
        requires_grad : bool
            Whether operators on the result are recorded.

        Raises
        ------
        RequiresGradDtypeError
            If `requires_grad` is set and the dtype is neither floating nor complex.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> x.requires_grad, x.is_leaf, x.dtype.name
        (True, True, 'float64')
        """
        if isinstance(data, Tensor):
            warnings.warn(
                "tensor(x) of a Tensor copies its values and drops its history; write x.detach().clone(), or x.clone() to "
                "stay in the graph",
                UserWarning,
                stacklevel=2,
            )
            data = data._array
        elif _records(data) and current().grad:
            warnings.warn(
                "tensor(xs) of a sequence with a Tensor that requires grad copies its values and drops its history; write "
                "asarray(xs) or stack(xs) to stay in the graph",
                UserWarning,
                stacklevel=2,
            )
        return made(self._new_array(data, dtype, device, True, "tensor"), requires_grad, "tensor")

    def asarray(
        self,
        obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
    ) -> Tensor:
        """`obj` as a Tensor, without a copy where none is needed.

        Parameters
        ----------
        obj : number, nested sequence, array or Tensor
            A Tensor stays in the graph, alone and in a sequence: casts and copies of it are differentiable.
        dtype : optional
            Default: that of `obj`.
        device : optional
            Default: that of `obj`.
        copy : bool, optional
            True copies always, False never (ArgumentError where a copy is needed), None where needed.
        requires_grad : bool
            Make the result a leaf that requires grad. A Tensor that requires none is detached for it; memory stays shared.

        Examples
        --------
        >>> import numpy as np
        >>> import wengert as wg
        >>> a = np.zeros(2)
        >>> wg.asarray(a).array is a
        True
        >>> x = wg.tensor(3.0, requires_grad=True)
        >>> wg.asarray([x, 0.5])
        tensor([3. , 0.5], grad_fn=<StackBackward0>)
        """
        if _records(obj) and not isinstance(obj, Tensor):
            if copy is False:
                raise ArgumentError("asarray: copy=False cannot make one array of several tensors")
            return self._stacked(obj, self._new_array(obj, dtype, device, None, "asarray"))
        if not isinstance(obj, Tensor):
            return made(self._new_array(obj, dtype, device, copy, "asarray"), requires_grad, "asarray")
        adapter = adapter_of(obj._array)
        wanted = obj._dtype if dtype is None else native_dtype(dtype, adapter)
        if wanted != obj._dtype and copy is False:
            raise ArgumentError(f"asarray: copy=False cannot cast {obj._dtype} to {wanted}")
        result: Tensor = astype(obj, wanted, copy=bool(copy), device=device)
        if requires_grad and not result.requires_grad:
            result = made(result._array, True, "asarray") if result is not obj else obj.detach().requires_grad_()
        return result

    def _stacked(self, data: Any, like: Any) -> Tensor:
        """Nested sequences as one tensor in the graph, with the dtype and the place of the array `like`."""
        if type(data) in (list, tuple):
            return stack([self._stacked(item, like) for item in data])
        return self.asarray(data, dtype=like.dtype, device=adapter_of(like).device(like))

    def from_dlpack(self, x: Any, /, *, device: Any = None, copy: bool | None = None, requires_grad: bool = False) -> Tensor:
        """A leaf on the memory of any object with ``__dlpack__``.

        Parameters
        ----------
        x : object with ``__dlpack__`` and ``__dlpack_device__``
            A Tensor gives its array, detached.
        device, copy : optional
            As in the array API.
        requires_grad : bool
            Whether operators on the result are recorded.

        Examples
        --------
        >>> import numpy as np
        >>> import wengert as wg
        >>> wg.from_dlpack(np.ones(2)).tolist()
        [1.0, 1.0]
        """
        # NumPy 2.0 has neither.
        wishes = {name: value for name, value in (("device", device), ("copy", copy)) if value is not None}
        array = self.adapter.function("from_dlpack")(_plain(x), **wishes)
        return made(array, requires_grad, "from_dlpack")

    def zeros(self, shape: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Zeros of the given shape, float64 by default.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.zeros((1, 2)).tolist()
        [[0.0, 0.0]]
        """
        return self._filled("zeros", shape, self._default(float) if dtype is None else dtype, device, requires_grad)

    def ones(self, shape: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Ones of the given shape, float64 by default.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.ones(2).tolist()
        [1.0, 1.0]
        """
        return self._filled("ones", shape, self._default(float) if dtype is None else dtype, device, requires_grad)

    def empty(self, shape: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """An array of the given shape whose values are arbitrary, float64 by default.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.empty((2, 3)).shape
        (2, 3)
        """
        return self._filled("empty", shape, self._default(float) if dtype is None else dtype, device, requires_grad)

    def full(self, shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """`fill_value` everywhere; the dtype is that of the number by default.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.full(2, 7.5).tolist()
        [7.5, 7.5]
        """
        value = _number(fill_value, "full", "fill_value")
        dtype = self._default(type(value)) if dtype is None and type(value) in NUMBERS else dtype
        return self._filled("full", shape, dtype, device, requires_grad, value)

    def arange(
        self,
        start: Any,
        /,
        stop: Any = None,
        step: Any = 1,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        """The numbers from `start` up to and without `stop`; ``arange(n)`` starts at 0.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.arange(1, 7, 2).tolist()
        [1, 3, 5]
        """
        adapter = self.adapter
        if stop is None:
            start, stop = 0, start
        numbers = [_number(v, "arange", n) for v, n in ((start, "start"), (stop, "stop"), (step, "step"))]
        if dtype is None:
            dtype = self._default(*map(type, numbers))
        array = self._called("arange", *numbers, dtype=native_dtype(dtype, adapter), device=device)
        return made(array, requires_grad, "arange")

    def linspace(
        self,
        start: Any,
        stop: Any,
        /,
        num: int,
        *,
        dtype: Any = None,
        device: Any = None,
        endpoint: bool = True,
        requires_grad: bool = False,
    ) -> Tensor:
        """`num` numbers at equal distances from `start` to `stop`, which is the last one unless `endpoint` is False.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.linspace(0.0, 1.0, 3).tolist()
        [0.0, 0.5, 1.0]
        """
        adapter = self.adapter
        ends = _number(start, "linspace", "start"), _number(stop, "linspace", "stop")
        wanted = native_dtype(self._default(float, *map(type, ends)) if dtype is None else dtype, adapter)
        array = self._called("linspace", *ends, num, endpoint=endpoint, dtype=wanted, device=device)
        return made(array, requires_grad, "linspace")

    def eye(
        self,
        n_rows: int,
        n_cols: int | None = None,
        /,
        *,
        k: int = 0,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        """Zeros with ones on the `k`-th diagonal, float64 by default.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.eye(2, 3, k=1).tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
        """
        adapter = self.adapter
        wanted = native_dtype(self._default(float) if dtype is None else dtype, adapter)
        return made(self._called("eye", n_rows, n_cols, k=k, dtype=wanted, device=device), requires_grad, "eye")


_numpy = Creation("numpy")
tensor = _numpy.tensor
asarray = _numpy.asarray
from_dlpack = _numpy.from_dlpack
zeros = _numpy.zeros
ones = _numpy.ones
empty = _numpy.empty
full = _numpy.full
arange = _numpy.arange
linspace = _numpy.linspace
eye = _numpy.eye


# -- like another ------------------------------------------------------------------------------------------------------
def _filled_like(name: str, x: Any, dtype: Any, device: Any, requires_grad: bool, *value: Any) -> Any:
    """Raw arrays give raw arrays, unless the result is to require grad."""
    raw = x._array if isinstance(x, Tensor) else x
    adapter = adapter_of(raw)
    array = adapter.function(name)(raw, *value, dtype=native_dtype(dtype, adapter), device=device)
    if raw is x and not requires_grad:
        return array
    return made(array, requires_grad, name, x._family if isinstance(x, Tensor) else Tensor)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Zeros of the shape, dtype and library of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.zeros_like(wg.tensor([1.0, 2.0])).tolist()
    [0.0, 0.0]
    """
    if dtype is None and device is None and not requires_grad and type(x) in ADAPTERS:
        return ADAPTERS[type(x)].zeros(x.shape, x.dtype, x)  # as rules call it
    return _filled_like("zeros_like", x, dtype, device, requires_grad)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones of the shape, dtype and library of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.ones_like(wg.tensor([1, 2])).tolist()
    [1, 1]
    """
    return _filled_like("ones_like", x, dtype, device, requires_grad)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """An array of the shape, dtype and library of `x` whose values are arbitrary.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.empty_like(wg.tensor([1.0, 2.0])).shape
    (2,)
    """
    return _filled_like("empty_like", x, dtype, device, requires_grad)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """`fill_value` everywhere, in the shape, dtype and library of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.full_like(wg.tensor([1.0, 2.0]), 3).tolist()
    [3.0, 3.0]
    """
    return _filled_like("full_like", x, dtype, device, requires_grad, _number(fill_value, "full_like", "fill_value"))
