"""Shapes, joining and cutting under PyTorch's names."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

from ...autograd.tensor import Tensor as Base
from ...errors import UsageError
from ...ops import indexing, joining, manipulation, strides, transposes
from . import dtypes
from .calling import as_tensor, function, one_dim, promoted, sizes
from .kinds import Size
from .strided import as_strided, view_as_complex, view_as_real
from .tensor import leaf

__all__ = [
    "adjoint", "as_strided", "atleast_1d", "atleast_2d", "broadcast_shapes", "broadcast_tensors", "broadcast_to", "cat",
    "chunk", "clone", "column_stack", "concat", "concatenate", "diag", "diag_embed", "diagonal", "dstack", "expand",
    "expand_as", "flatten", "flip", "fliplr", "flipud", "hstack", "moveaxis", "movedim", "narrow", "numel", "permute",
    "ravel", "repeat", "repeat_interleave", "reshape", "reshape_as", "roll", "rot90", "select", "split", "split_with_sizes",
    "squeeze", "stack", "swapaxes", "swapdims", "t", "tensor_split", "tile", "transpose", "unbind", "unflatten",
    "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "unsqueeze", "view", "view_as", "view_as_complex",
    "view_as_real", "vstack",
]  # fmt: skip


# -- another shape -------------------------------------------------------------------------------------------------------
def _inferred(input: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """`shape` with the one length that was left to be found out.

    Raises
    ------
    UsageError
        If the elements do not fill it.
    """
    size, known = math.prod(input._shape), math.prod(n for n in shape if n != -1)
    if shape.count(-1) > 1:
        raise UsageError(f"only one dimension can be inferred, got {list(shape)}")
    if -1 in shape:
        if known == 0 or size % known:
            raise UsageError(f"shape '{list(shape)}' is invalid for input of size {size}")
        return tuple(size // known if n == -1 else n for n in shape)
    if known != size:
        raise UsageError(f"shape '{list(shape)}' is invalid for input of size {size}")
    return shape


def view(self: Any, *shape: Any) -> Any:
    """The elements in another shape, on the same memory; with a dtype, its bytes read as that."""
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        return _bytes_as(self, dtypes.native(shape[0]))
    wanted = _inferred(self, sizes(shape))
    new = manipulation.reshape(self, wanted)
    if self._array.size and self._adapter.mutable and not self._adapter.shares(new._array, self._array):
        raise UsageError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces). Use .reshape(...) instead."
        )
    return new


def _bytes_as(x: Any, dtype: Any) -> Any:
    """The memory of `x` read as numbers of another dtype; a complex number is two real ones, and that is recorded."""
    if x._dtype == dtype:
        return manipulation.reshape(x, x._shape)
    if x._dtype.kind == "c" and dtype == x._array.real.dtype:
        pairs = strides.view_as_real(x)
        return manipulation.reshape(pairs, (*x._shape[:-1], x._shape[-1] * 2))
    if dtype.kind == "c" and x._dtype.itemsize * 2 == dtype.itemsize and x._dtype.kind == "f":
        return strides.view_as_complex(manipulation.reshape(x, (*x._shape[:-1], x._shape[-1] // 2, 2)))
    return leaf(x._array.view(dtype))


def reshape(input: Any, *shape: Any) -> Any:
    """The elements in another shape."""
    return manipulation.reshape(input, _inferred(input, sizes(shape)))


def view_as(self: Any, other: Any) -> Any:
    """In the shape of `other`."""
    return view(self, other._shape)


def reshape_as(self: Any, other: Any) -> Any:
    """In the shape of `other`."""
    return reshape(self, other._shape)


@function
def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from `start_dim` to `end_dim` as one."""
    first, last = one_dim(start_dim, input.ndim), one_dim(end_dim, input.ndim)
    if first > last:
        raise UsageError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = input._shape
    return manipulation.reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


@function
def ravel(input: Any) -> Any:
    """All elements along one axis."""
    return flatten(input)


@function
def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """The axis `dim` as several, of the lengths `sizes`."""
    at = one_dim(dim, input.ndim)
    return reshape(input, (*input._shape[:at], *sizes, *input._shape[at + 1 :]))


@function
def unsqueeze(input: Any, dim: int) -> Any:
    """A new axis of length 1 at `dim`."""
    return manipulation.expand_dims(input, axis=one_dim(dim, input.ndim + 1))


@function
def squeeze(input: Any, dim: Any = None) -> Any:
    """Without axes of length 1: all of them, or those in `dim`; others stay."""
    given = range(input.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    axes = tuple(sorted({one_dim(int(d), input.ndim) for d in given}))
    gone = tuple(a for a in axes if a < input.ndim and input._shape[a] == 1)
    return manipulation.squeeze(input, axis=gone)


@function
def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """With two axes in each other's place."""
    i, j = one_dim(dim0, input.ndim), one_dim(dim1, input.ndim)
    axes = list(range(max(input.ndim, 1)))
    axes[i], axes[j] = axes[j], axes[i]
    return transposes.transpose(input, tuple(axes) if input.ndim else ())


swapaxes = swapdims = transpose


@function
def t(input: Any) -> Any:
    """The transpose of a matrix; what has fewer axes stays as it is."""
    if input.ndim > 2:
        raise UsageError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return transposes.t(input, tuple(range(input.ndim))[::-1])


@function
def adjoint(input: Any) -> Any:
    """The conjugate transposes of the matrices."""
    return transpose(input, -2, -1).conj()


def permute(input: Any, *dims: Any) -> Any:
    """The axes in another order."""
    return manipulation.permute_dims(input, tuple(one_dim(d, input.ndim) for d in sizes(dims)))


@function
def movedim(input: Any, source: Any, destination: Any) -> Any:
    """With the axes `source` at `destination`."""
    return manipulation.moveaxis(input, source, destination)


moveaxis = movedim


@function
def flip(input: Any, dims: Any, *more: int) -> Any:
    """In reverse order along `dims`."""
    axes = (dims, *more) if isinstance(dims, int) else tuple(dims)
    return manipulation.flip(input, axis=axes)


@function
def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements moved along `dims`, those that fall off entering at the other end."""
    return manipulation.roll(input, shifts, axis=dims)


# -- repeated ------------------------------------------------------------------------------------------------------------
def expand(self: Any, *shape: Any) -> Any:
    """Axes of length 1 stretched without copying, and new ones in front; -1 keeps a length.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.ones(3, 1).expand(-1, 4).shape
    torch.Size([3, 4])
    """
    wanted = sizes(shape)
    front = len(wanted) - self.ndim
    if front < 0:
        raise UsageError(
            f"expand: the number of sizes provided ({len(wanted)}) must be at least the number of axes ({self.ndim})"
        )
    full = tuple(self._shape[i - front] if n == -1 else n for i, n in enumerate(wanted))
    for i, n in enumerate(self._shape):
        if n not in (1, full[front + i]):
            raise UsageError(
                f"The expanded size of the tensor ({full[front + i]}) must match the existing size ({n}) at non-singleton "
                f"dimension {front + i}. Target sizes: {list(full)}. Tensor sizes: {list(self._shape)}"
            )
    return manipulation.broadcast_to(self, full)


def expand_as(self: Any, other: Any) -> Any:
    """In the shape of `other`."""
    return expand(self, other._shape)


@function
def broadcast_to(input: Any, size: Any) -> Any:
    """Axes of length 1 stretched without copying."""
    return expand(input, size)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All in their common shape."""
    shape = broadcast_shapes(*(x._shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


def broadcast_shapes(*shapes: Any) -> Size:
    """The common shape."""
    return Size(manipulation.broadcast_shapes(*(((s,) if isinstance(s, int) else tuple(s)) for s in shapes)))


def repeat(self: Any, *repeats: Any) -> Any:
    """The whole repeated along each axis, and along new ones in front.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = sizes(repeats)
    if len(times) < self.ndim:
        raise UsageError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return joining.tile(self, times)


@function
def tile(input: Any, dims: Any, *more: int) -> Any:
    """`repeat` with missing numbers in front taken as 1."""
    return joining.tile(input, (dims, *more) if isinstance(dims, int) else tuple(dims))


@function
def repeat_interleave(input: Any, repeats: Any, dim: int | None = None, *, output_size: int | None = None) -> Any:
    """Each element repeated in its place."""
    return joining.repeat(input, repeats, axis=dim)


# -- joined --------------------------------------------------------------------------------------------------------------
@function
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors behind one another along an axis.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.cat([torch.ones(2), torch.zeros(1)])
    tensor([1., 1., 0.])
    """
    found = [as_tensor(x) for x in tensors]
    if not found:
        raise UsageError("torch.cat(): expected a non-empty list of Tensors")
    for position, x in enumerate(found):
        if not x._shape:
            raise UsageError(f"zero-dimensional tensor (at position {position}) cannot be concatenated")
    if any(x.ndim > 1 for x in found):
        found = [x for x in found if x._shape != (0,)]  # the old spelling of nothing
    axis = one_dim(dim, found[0].ndim)
    for position, x in enumerate(found):
        rest = [n for i, n in enumerate(x._shape) if i != axis]
        if rest != [n for i, n in enumerate(found[0]._shape) if i != axis]:
            raise UsageError(
                f"Sizes of tensors must match except in dimension {axis}. Expected {found[0]._shape} but got {x._shape} "
                f"for tensor number {position} in the list."
            )
    return joining.concat(list(promoted(*found)), axis=axis)


concat = concatenate = cat


@function
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape along a new axis."""
    found = [as_tensor(x) for x in tensors]
    if not found:
        raise UsageError("stack expects a non-empty TensorList")
    for position, x in enumerate(found):
        if x._shape != found[0]._shape:
            raise UsageError(
                f"stack expects each tensor to be equal size, but got {list(found[0]._shape)} at entry 0 and {list(x._shape)} "
                f"at entry {position}"
            )
    return joining.stack(list(promoted(*found)), axis=one_dim(dim, found[0].ndim + 1))


def atleast_1d(*tensors: Any) -> Any:
    """With at least one axis."""
    found = tuple(x if x.ndim else reshape(x, 1) for x in tensors)
    return found[0] if len(found) == 1 else found


def atleast_2d(*tensors: Any) -> Any:
    """With at least two axes."""
    found = tuple(x if x.ndim > 1 else reshape(x, 1, -1) for x in tensors)
    return found[0] if len(found) == 1 else found


@function
def hstack(tensors: Sequence[Any]) -> Any:
    """Side by side."""
    found = [atleast_1d(x) for x in tensors]
    return cat(found, 0 if found[0].ndim == 1 else 1)


@function
def vstack(tensors: Sequence[Any]) -> Any:
    """On top of one another."""
    return cat([atleast_2d(x) for x in tensors], 0)


@function
def dstack(tensors: Sequence[Any]) -> Any:
    """Behind one another, along the third axis."""
    return cat([unsqueeze(y, -1) if (y := atleast_2d(x)).ndim == 2 else y for x in tensors], 2)


@function
def column_stack(tensors: Sequence[Any]) -> Any:
    """Vectors as columns, matrices side by side."""
    return hstack([reshape(x, -1, 1) if x.ndim < 2 else x for x in tensors])


@function
def fliplr(input: Any) -> Any:
    """Columns in reverse order."""
    return flip(input, 1)


@function
def flipud(input: Any) -> Any:
    """Rows in reverse order."""
    return flip(input, 0)


@function
def rot90(input: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """Turned by a right angle, `k` times, in the plane of two axes."""
    first, second = dims
    turned = {
        0: lambda: clone(input),
        1: lambda: transpose(flip(input, second), first, second),
        2: lambda: flip(input, (first, second)),
        3: lambda: flip(transpose(input, first, second), second),
    }
    return turned[k % 4]()


# -- cut -----------------------------------------------------------------------------------------------------------------
@function
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` slices along `dim`, from `start` on."""
    axis, start = one_dim(dim, input.ndim), int(start)
    size = input._shape[axis] if input.ndim else 0
    if not input.ndim:
        raise UsageError("narrow() cannot be applied to a 0-dim tensor.")
    if not -size <= start <= size:
        raise IndexError(f"start (got: {start}) must be in range [{-size}, {size}]")
    start = start + size if start < 0 else start
    if length < 0 or start + length > size:
        raise UsageError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return input[(*(slice(None),) * axis, slice(start, start + length))]


@function
def select(input: Any, dim: int, index: Any) -> Any:
    """The slice at `index` along `dim`, without that axis."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis, place = one_dim(dim, input.ndim), int(index)
    size = input._shape[axis]
    if not -size <= place < size:
        raise IndexError(f"select(): index {place} out of range for tensor of size {list(input._shape)} at dimension {axis}")
    return input[(*(slice(None),) * axis, place)]


@function
def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """All slices along an axis."""
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return joining.unstack(input, axis=one_dim(dim, input.ndim))


def _places(lengths: Sequence[int]) -> tuple[int, ...]:
    """Where the parts of these lengths meet."""
    places, total = [], 0
    for n in lengths[:-1]:
        total += n
        places.append(total)
    return tuple(places)


@function
def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Parts along an axis: each of one length (the last may be shorter), or of the given lengths."""
    if isinstance(split_size_or_sections, (list, tuple)):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    axis, size = one_dim(dim, tensor.ndim), int(split_size_or_sections)
    total = tensor._shape[axis]
    if size < 0 or (size == 0 and total):
        raise UsageError(f"split expects split_size be non-negative, but got split_size={size}")
    lengths = [size] * (total // size) + ([total % size] if total % size else []) if size else [0]
    return joining.split(tensor, _places(lengths or [0]), axis=axis)


@function
def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts of the given lengths along an axis."""
    axis, lengths = one_dim(dim, input.ndim), [int(n) for n in split_sizes]
    if sum(lengths) != input._shape[axis] or any(n < 0 for n in lengths):
        raise UsageError(
            f"split_with_sizes expects split_sizes to sum exactly to {input._shape[axis]} (input tensor's size at dimension "
            f"{axis}), but got split_sizes={lengths}"
        )
    return joining.split(input, _places(lengths), axis=axis)


@function
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` parts of equal length along an axis; the last may be shorter."""
    if chunks <= 0:
        raise UsageError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    axis = one_dim(dim, input.ndim)
    return split(input, max(1, -(-input._shape[axis] // chunks)), axis)


def _copies(function: Any) -> Any:
    """`function`, whose pieces may be written to one by one: PyTorch hides that they share memory, here they do not."""

    @functools.wraps(function)
    def unsafe(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
        return tuple(piece.clone() for piece in function(*args, **kwargs))

    unsafe.__name__ = unsafe.__qualname__ = f"unsafe_{function.__name__}"
    return unsafe


unsafe_split, unsafe_split_with_sizes, unsafe_chunk = _copies(split), _copies(split_with_sizes), _copies(chunk)


@function
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """So many parts of nearly equal length, or parts that meet at the given places."""
    axis = one_dim(dim, input.ndim)
    where = indices_or_sections.tolist() if isinstance(indices_or_sections, Base) else indices_or_sections
    if isinstance(where, int):
        each, more = divmod(input._shape[axis], where)
        return joining.split(input, _places([each + 1] * more + [each] * (where - more)), axis=axis)
    return joining.split(input, tuple(where), axis=axis)


@function
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonals of the matrices that two axes span."""
    return indexing.diagonal(input, offset=offset, axis1=dim1, axis2=dim2)


@function
def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices with the last axis of `input` on their diagonals."""
    n, ndim = input._shape[-1] + abs(offset), input.ndim + 1
    i, j = one_dim(dim1, ndim), one_dim(dim2, ndim)
    shape = list(input._shape[:-1])
    for at in sorted((i, j)):
        shape.insert(at, n)
    return indexing.on_diagonal(input, shape=tuple(shape), offset=offset, axis1=i, axis2=j)


@function
def diag(input: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix; of a vector, the matrix with it on the diagonal."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    return indexing.diagonal(input, offset=diagonal)


@function
def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A copy, recorded."""
    return manipulation.clone(input)


def numel(input: Any) -> int:
    """The number of elements."""
    return math.prod(input._shape)
