"""`vmap`: a function of one sample as a function of many, by batched arrays; see `wengert.arrays.batched`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import pytree
from ..arrays.adapter import is_array
from ..arrays.batched import BatchedArray, Level, batched
from ..autograd.levels import in_force
from ..autograd.modes import current
from ..autograd.origins import short_name, type_name
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, AxisRangeError, ModeError
from ..op import operator_of
from ..op_batching import enter, leave, lift
from ..ops.joining import concat
from ..ops.random import get_state, set_state
from ..ops.strides import as_view_of

__all__ = ["map_rows", "vmap"]

RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that calls `func` for many samples at once.

    `func` is called a single time. The tensors that it gets show the shape of one sample, and operators on them compute for all
    the samples: write it as for one.

    Parameters
    ----------
    func : callable
        A function of tensors, of other values and of nested containers of them, that returns the same.
    in_dims : int, None or nested tuple of them
        Along which axis of each argument the samples lie; None for what all of them share. Nested as the arguments are, or
        less deep: then a number holds for everything below it. Keyword arguments are shared.
    out_dims : int or nested tuple of int
        Along which axis of each result the samples are to lie; nested likewise. None for what is the same in every sample.
    randomness : {"error", "different", "same"}
        What random functions do inside of `func`: raise, draw for each sample, or draw once for all of them.
    chunk_size : int, optional
        At most so many samples at once; `func` is then called several times. Default: all.

    Returns
    -------
    callable
        With the arguments of `func`. It is differentiable, and so is `func` inside of it: `vmap` of a gradient gives one
        gradient per sample.

    Raises
    ------
    ArgumentError
        From the call, if the samples cannot be taken apart or put together as `in_dims` and `out_dims` say.
    VmapError
        From the call, where `func` asks for a value that differs between samples, in ``if x > 0`` or ``x.item()``.

    Warns
    -----
    UserWarning
        Where an operator has no batching rule and is called sample by sample; it names the operator.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.transforms import vmap
    >>> dot = vmap(lambda a, b: (a * b).sum(), in_dims=(0, None))
    >>> dot(wg.tensor([[1.0, 2.0], [3.0, 4.0]]), wg.tensor([10.0, 1.0])).tolist()
    [12.0, 34.0]
    """
    name = f"vmap({short_name(func)})"
    if randomness not in RANDOMNESS:
        raise ModeError(f"{name}: randomness: expected 'error', 'different' or 'same', got {randomness!r}")
    if chunk_size is not None and (type(chunk_size) is not int or chunk_size < 1):
        raise ArgumentError(f"{name}: chunk_size: expected None or a number of at least 1, got {chunk_size!r}")

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        samples = _Samples(name, in_dims, args)
        if chunk_size is None or chunk_size >= samples.size:
            return _map(name, func, samples, kwargs, out_dims, randomness)
        state = get_state() if randomness == "same" else None
        results = []
        for start in range(0, samples.size, chunk_size):
            if state is not None:
                set_state(state)
            part = samples.part(start, min(start + chunk_size, samples.size))
            results.append(_map(name, func, part, kwargs, out_dims, randomness))
        return _joined(results, out_dims)

    return mapped


#: Tensors of one sample, by identity and the axis for the samples: they, their arrays, and what they are outside.
_Known = dict[tuple[int, int | None], tuple[Any, Any, Any]]


class _Samples:
    """The arguments of a call: their leaves, and along which axis of each the samples lie.

    Attributes
    ----------
    size : int
        How many samples.
    raw : bool
        Whether no Tensor is among the arguments that are mapped: then results are raw arrays, too.
    """

    def __init__(self, name: str, in_dims: Any, args: tuple[Any, ...]) -> None:
        if not (in_dims is None or type(in_dims) in (int, tuple)):
            raise ArgumentError(
                f"{name}: in_dims: expected a number or a tuple nested as the arguments, got {type_name(in_dims)}"
            )
        if not args:
            raise ArgumentError(f"{name}: got no positional arguments, so there is nothing to map over")
        try:
            self.leaves, self.dims, self.structure = pytree.flatten_with(in_dims, args)
        except ValueError as error:
            raise ArgumentError(f"{name}: in_dims={in_dims!r} is not nested as the arguments are: {error}") from error
        for position, (leaf, dim) in enumerate(zip(self.leaves, self.dims, strict=True)):
            self.dims[position] = _checked_dim(f"{name}: in_dims", leaf, dim, pytree.leaf_paths(args), position)
        sizes = {leaf.shape[dim] for leaf, dim in self._mapped()}
        if not sizes:
            raise ArgumentError(f"{name}: in_dims: expected at least one tensor to map over, got {in_dims!r}")
        if len(sizes) > 1:
            raise ArgumentError(
                f"{name}: the axes that are mapped over must have the same length, got lengths {sorted(sizes)} for in_dims="
                f"{in_dims!r}"
            )
        (self.size,) = sizes
        self.raw = not any(isinstance(leaf, Tensor) for leaf, _ in self._mapped())

    def _mapped(self) -> list[tuple[Any, int]]:
        return [(leaf, dim) for leaf, dim in zip(self.leaves, self.dims, strict=True) if dim is not None]

    def part(self, start: int, stop: int) -> _Samples:
        """Some of the samples."""
        new = object.__new__(_Samples)
        new.dims, new.structure, new.raw, new.size = self.dims, self.structure, self.raw, stop - start
        new.leaves = [
            leaf if dim is None else leaf[(slice(None),) * dim + (slice(start, stop),)]
            for leaf, dim in zip(self.leaves, self.dims, strict=True)
        ]
        return new

    def entered(self, level: Level, known: _Known) -> Any:
        """The arguments as one sample sees them; what is `known` of them is that their samples are they."""
        leaves = []
        for leaf, dim in zip(self.leaves, self.dims, strict=True):
            if dim is None:
                leaves.append(leaf)
                continue
            outside = leaf if isinstance(leaf, Tensor) else wrap(leaf)
            sample = enter(outside, level, dim)
            level.entered[id(sample)] = (sample, outside, dim)  # where what is written to it is written as well
            if outside is leaf:
                known[id(sample), dim] = (sample, sample._array, leaf)
            leaves.append(sample)
        return pytree.unflatten(self.structure, leaves)


def _checked_dim(what: str, leaf: Any, dim: Any, paths: list[str], position: int) -> int | None:
    """An entry of `in_dims`, counted from the front."""
    if dim is None:
        return None
    where = f"argument{paths[position]}" if position < len(paths) else "an argument"
    if type(dim) is not int:
        raise ArgumentError(f"{what}: expected numbers and None, got {type_name(dim)} for {where}")
    if not isinstance(leaf, Tensor) and not is_array(leaf):
        raise ArgumentError(f"{what}: got {dim} for {where}, which is no tensor but {type_name(leaf)}; give None for it")
    ndim = len(leaf.shape)
    if not -ndim <= dim < ndim:
        raise ArgumentError(
            f"{what}: got {dim} for {where} of {ndim} dimension(s); expected {-ndim} to {ndim - 1}"
            if ndim
            else f"{what}: got {dim} for {where}, which has no dimension to map over; give None for it"
        )
    return dim % ndim


# -- one call ------------------------------------------------------------------------------------------------------------
def _map(name: str, func: Callable[..., Any], samples: _Samples, kwargs: Any, out_dims: Any, randomness: str) -> Any:
    level = Level(samples.size, randomness)
    known: _Known = {}
    with in_force(level, running=True):
        result = func(*samples.entered(level, known), **kwargs)
        level.entered.clear()
    leaves, dims, structure = _with_dims(name, out_dims, result)
    with in_force(level):
        left = [_once(name, leaf, dim, level, known) for leaf, dim in zip(leaves, dims, strict=True)]
    if samples.raw:
        left = [leaf._array if isinstance(leaf, Tensor) and not leaf.requires_grad else leaf for leaf in left]
    return pytree.unflatten(structure, left)


def map_rows(function: Callable[..., Sequence[Tensor]], tensors: Sequence[Tensor]) -> list[Tensor]:
    """`vmap` of a function of Tensors that returns a sequence of them, the samples along the first axis of each.

    It is for transforms, which know that their arguments are that and need not find out.
    """
    level = Level(tensors[0]._shape[0])
    with in_force(level, running=True):
        samples = [_entered(tensor, level) for tensor in tensors]
        for sample, tensor in zip(samples, tensors, strict=True):
            level.entered[id(sample)] = (sample, tensor, 0)
        found = function(*samples)
        level.entered.clear()
        level.running = False
        return [_left_by(tensor, level) for tensor in found]


def _unseen(tensor: Tensor, level: Level) -> bool:
    """Whether nothing follows what is made of `tensor`, neither gradients nor tangents, and nobody else watches operators."""
    modes = current()
    return tensor._node is None and tensor._extra is None and modes.interceptors == (level,) and not modes.inference


def _entered(tensor: Tensor, level: Level) -> Tensor:
    if _unseen(tensor, level):
        return wrap(batched(tensor._array, level), cls=tensor._family)
    return enter(tensor, level, 0)


def _left_by(tensor: Tensor, level: Level) -> Tensor:
    if _unseen(tensor, level):
        return wrap(operator_of(leave).forward(tensor._array, level, 0), cls=tensor._family)
    return _left("vmap", tensor, 0, level)


def _once(name: str, leaf: Any, dim: Any, level: Level, known: _Known) -> Any:
    """As `_left`: an argument that was not touched is itself, a result that is there twice one Tensor, a view one of its base."""
    if not isinstance(leaf, Tensor):
        return _left(name, leaf, dim, level)
    _, array, found = known.get((id(leaf), dim), (None, None, None))
    if found is not None and array is leaf._array and found.requires_grad == leaf.requires_grad:
        return found
    left = _left(name, leaf, dim, level)
    base = leaf._base if leaf._is_view() and not leaf.requires_grad else None
    if base is not None and isinstance(base._array, BatchedArray) and base._array.level is level:
        left = as_view_of(_once(name, base, 0, level, known), left)
    known[id(leaf), dim] = (leaf, leaf._array, left)
    return left


def _with_dims(name: str, out_dims: Any, result: Any) -> Any:
    """The leaves of a result, what `out_dims` says of each, and the structure."""
    if isinstance(result, Tensor) and type(out_dims) is tuple and len(out_dims) == 1:
        (out_dims,) = out_dims
    try:
        leaves, dims, structure = pytree.flatten_with(out_dims, result)
    except ValueError as error:
        raise ArgumentError(f"{name}: out_dims={out_dims!r} is not nested as the results are: {error}") from error
    for dim in dims:
        if dim is not None and type(dim) is not int:
            raise ArgumentError(f"{name}: out_dims: expected numbers and None, nested as the results, got {type_name(dim)}")
    return leaves, dims, structure


def _left(name: str, leaf: Any, dim: int | None, level: Level) -> Any:
    """A result as it is outside: with an axis for the samples, or as it is where `dim` is None."""
    if is_array(leaf):
        leaf = wrap(leaf)
    if not isinstance(leaf, Tensor):
        raise ArgumentError(f"{name}: the function must return tensors, got {type_name(leaf)}")
    array = leaf._array
    is_batched = isinstance(array, BatchedArray) and array.level is level
    if dim is None:
        if is_batched:
            raise ArgumentError(f"{name}: out_dims: got None for a result that differs between samples; give an axis for them")
        return leaf
    ndim = len(leaf.shape) + 1
    if not -ndim <= dim < ndim:
        raise AxisRangeError(f"{name}: out_dims: got {dim} for a result of {ndim} dimension(s) with the samples' axis")
    if not is_batched and leaf.requires_grad:
        leaf = lift(leaf, level)
    return leave(leaf, level, dim % ndim)


def _joined(results: list[Any], out_dims: Any) -> Any:
    """The results of several calls as one, one behind the other along the axis of the samples."""
    parts = [pytree.flatten_with(out_dims, result) for result in results]
    _, dims, structure = parts[0]
    joined = [
        leaves[0] if dim is None else concat(list(leaves), axis=dim)
        for dim, *leaves in zip(dims, *[leaves for leaves, _, _ in parts], strict=True)
    ]
    return pytree.unflatten(structure, joined)
