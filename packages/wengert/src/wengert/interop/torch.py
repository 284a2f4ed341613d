"""Wengert beside PyTorch: functions and modules of PyTorch in Wengert's graph, functions of Wengert in PyTorch's.

Each part keeps its own graph, its hooks and its leaves. Where the two meet there is one node, which runs the backward of the
other library for its part: with the gradients that reach it, and to the end. Arrays cross without being copied where both
libraries can look at one memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import MissingExtraError

try:
    import torch
except ModuleNotFoundError as error:
    raise MissingExtraError("torch is not installed: pip install 'wengert[torch]'") from error

from ..arrays.adapter import is_array
from ..arrays.adapter import library as library_called
from ..autograd.contexts import enable_grad, inference_mode, no_grad
from ..autograd.modes import is_recording
from ..autograd.node import LEAF_EDGE, NO_EDGE
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, InPlaceError
from .crossing import Arguments, Results, checked_function, named_after
from .torch_graph import TorchGraph, outputs_in_wengert
from .torch_memory import Crossing, crossing_of, shares_memory
from .torch_node import WengertGraph, outputs_in_torch

__all__ = ["from_torch", "to_torch"]


# -- PyTorch in Wengert ----------------------------------------------------------------------------------------------------
def from_torch(function: Callable[..., Any], *, library: str | None = None) -> Callable[..., Any]:
    """A function or module of PyTorch as a function of Tensors, one node in their graph.

    Parameters
    ----------
    function : callable
        Of PyTorch's tensors, nested in any way; a ``torch.nn.Module`` is one. What else is among its arguments and its results
        goes through as it is.
    library : {"numpy", "torch"}, optional
        What the resulting Tensors hold where no argument is a Tensor. Default: that of the arguments, else ``"numpy"``.

    Returns
    -------
    callable
        Takes Tensors, and raw arrays for constants, in the places of PyTorch's tensors, and returns Tensors: of shape and dtype
        as PyTorch computes them, in the memory of PyTorch's results. A result in the memory of an argument or of another result
        is copied.

    Raises
    ------
    LibraryError, DtypeError, ArgumentError
        By the function that is returned, with the name of the argument or result: an array of a third library, a dtype that the
        other one does not have, a result that NumPy could not hold.
    VersionError, RuntimeError
        By the backward: something that is saved for it was written to in place, by whichever side.

    Notes
    -----
    Whether PyTorch records is decided by Wengert's modes, whatever PyTorch's are. Gradients of leaves of PyTorch, such as the
    parameters of a module, accumulate in their ``.grad`` and meet their hooks while ``backward()`` passes; ``autograd.grad`` and
    ``inputs=`` leave them alone. Derivatives of any order are by ``autograd.grad(..., create_graph=True)``. What PyTorch raises,
    in the forward or in the backward, arrives unchanged, with a note.

    Examples
    --------
    >>> import torch
    >>> import wengert as wg
    >>> layer = torch.nn.Linear(2, 1, dtype=torch.float64)
    >>> x = wg.tensor([[1.0, 2.0]], requires_grad=True)
    >>> from_torch(layer)(x).sum().backward()
    >>> x.grad.shape, layer.weight.grad
    ((1, 2), tensor([[1., 2.]], dtype=torch.float64))
    """
    checked_function("from_torch", function)
    if library is not None:
        crossing_of(library_called(_checked_library("from_torch", library)), "library")

    def call(*args: Any, **kwargs: Any) -> Any:
        arguments = Arguments("from_torch", function, args, kwargs, _is_wengert_or_array)
        adapter = arguments.library() or library_called(library or "numpy")
        crossing = crossing_of(adapter, arguments.border)
        record = is_recording()
        inputs = [leaf if isinstance(leaf, Tensor) else wrap(leaf) for leaf in arguments.crossing]
        with _torch_records(record):
            inside = [_leaf_of_torch(tensor, crossing, arguments, i, record) for i, tensor in enumerate(inputs)]
            versions = [_version(leaf) for leaf in inside]
            try:
                value = arguments.call(inside)
            except Exception as error:
                _note(error, arguments, inside, function)
                raise
        results = Results(arguments.border, value, _is_torch, "tensors of PyTorch")
        for number, (leaf, version) in enumerate(zip(inside, versions, strict=True)):
            if _version(leaf) != version:
                _check_written_through(leaf, crossing.there(inputs[number]._array, arguments.name(number)), arguments, number)
                inputs[number]._counter().value += 1
        graph = TorchGraph(arguments.border, crossing, inside, results.crossing)
        names = [results.name(number) for number in range(len(results.crossing))]
        return results.with_(outputs_in_wengert(graph, results.crossing, names, inputs))

    return named_after(function, call)


def _is_torch(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor)


def _is_tensor(leaf: Any) -> bool:
    return isinstance(leaf, Tensor)


def _is_wengert_or_array(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) or (not isinstance(leaf, torch.Tensor) and is_array(leaf))


def _leaf_of_torch(tensor: Tensor, crossing: Crossing, arguments: Arguments, number: int, record: bool) -> torch.Tensor:
    """The argument of that number as a leaf of PyTorch."""
    name = arguments.name(number)
    if tensor._adapter is not crossing.adapter:
        crossing = crossing_of(tensor._adapter, name)
    return crossing.there(tensor._array, name).requires_grad_(record and tensor.requires_grad)


def _version(tensor: torch.Tensor) -> int:
    """How often it has been written to; PyTorch does not count that of what it has made in inference mode."""
    return 0 if tensor.is_inference() else tensor._version


@contextmanager
def _torch_records(record: bool) -> Iterator[None]:
    """Whatever PyTorch's modes are, let it record or not."""
    if torch.is_inference_mode_enabled():
        with torch.inference_mode(False), torch.set_grad_enabled(record):
            yield
    else:
        with torch.set_grad_enabled(record):
            yield


def _note(error: Exception, arguments: Arguments, inside: list[torch.Tensor], function: Any) -> None:
    """Add to an error what the arguments were: PyTorch speaks of matrices and devices, and does not know the names."""
    given = [f"  {arguments.place(i)}: {_described(tensor)}" for i, tensor in enumerate(inside)]
    if isinstance(function, torch.nn.Module):
        kinds = sorted({f"{p.dtype} on {p.device}" for p in function.parameters()})
        given += [f"  parameters: {', '.join(kinds)}"] if kinds else []
    error.add_note("\n".join([f"raised in {arguments.border}, which was called with", *given]))


def _described(tensor: torch.Tensor) -> str:
    return f"{tensor.dtype} {list(tensor.shape)} on {tensor.device}"


def _check_written_through(leaf: Any, again: torch.Tensor, arguments: Arguments, number: int) -> None:
    """Raise if what the function wrote to was a copy of its argument, made because its memory could not be shared."""
    if leaf.numel() and not shares_memory(leaf, again):
        raise InPlaceError(
            f"{arguments.name(number)} was written to in place, but lies in memory that the other library cannot write to, so "
            "only a copy was: pass a contiguous, writable copy"
        )


# -- Wengert in PyTorch ----------------------------------------------------------------------------------------------------
def to_torch(function: Callable[..., Any], *, library: str = "numpy") -> Callable[..., Any]:
    """A function of Tensors as a function of PyTorch's tensors, one node in their graph.

    Parameters
    ----------
    function : callable
        Of Tensors, nested in any way; a `wengert.nn.Module` is one. What else is among its arguments and its results goes through
        as it is.
    library : {"numpy", "torch"}
        What the Tensors hold that it is called with: NumPy's arrays in the memory of PyTorch's tensors, which are on the CPU
        then, or these tensors themselves, on whatever device.

    Returns
    -------
    callable
        Takes tensors of PyTorch and returns such: of shape and dtype as Wengert computes them, in the memory of its results. A
        result in the memory of an argument or of another result is copied.

    Raises
    ------
    LibraryError, DtypeError, ArgumentError
        By the function that is returned, with the name of the argument or result: a Tensor of Wengert's among PyTorch's, a dtype
        that NumPy does not have, another device than the CPU.
    VersionError, ReleasedError
        By the backward: something that is saved for it was written to in place, by whichever side, or has been released.

    Notes
    -----
    Whether Wengert records is decided by PyTorch's modes, whatever Wengert's are. Gradients of leaves of Wengert, such as the
    parameters of a module, accumulate in their ``.grad`` and meet their hooks while ``loss.backward()`` passes;
    ``torch.autograd.grad`` and ``inputs=`` leave them alone. Derivatives of any order are by
    ``torch.autograd.grad(..., create_graph=True)``. What Wengert raises, in the forward or in the backward, arrives unchanged.
    ``torch.func`` and forward mode do not go through it, and say so; inside of ``torch.compile`` wrap it in
    ``torch.compiler.disable``.

    Examples
    --------
    >>> import torch
    >>> import wengert as wg
    >>> norm = to_torch(lambda x: wg.sqrt((x * x).sum()))
    >>> x = torch.tensor([3.0, 4.0], requires_grad=True)
    >>> norm(x).backward()
    >>> x.grad
    tensor([0.6000, 0.8000])
    """
    checked_function("to_torch", function)
    crossing = crossing_of(library_called(_checked_library("to_torch", library)), "library")

    def call(*args: Any, **kwargs: Any) -> Any:
        arguments = Arguments("to_torch", function, args, kwargs, _is_torch)
        inputs = arguments.crossing
        record = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        inside = [
            wrap(
                crossing.back(tensor, arguments.name(number)),
                LEAF_EDGE if record and tensor.requires_grad else NO_EDGE,
            )
            for number, tensor in enumerate(inputs)
        ]
        with _wengert_records(record):
            value = arguments.call(inside)
        results = Results(arguments.border, value, _is_tensor, "Tensors of Wengert")
        for number, (tensor, leaf) in enumerate(zip(inputs, inside, strict=True)):
            if leaf._extra is not None and leaf._extra.written():
                again = crossing.there(leaf._array, arguments.name(number))
                _check_written_through(tensor.detach(), again, arguments, number)
                torch.autograd.graph.increment_version(tensor)
        graph = WengertGraph(arguments.border, crossing, inside, results.crossing)
        names = [results.name(number) for number in range(len(results.crossing))]
        return results.with_(outputs_in_torch(graph, results.crossing, names, inputs, record=record))

    return named_after(function, call)


@contextmanager
def _wengert_records(record: bool) -> Iterator[None]:
    """Whatever Wengert's modes are, let it record or not."""
    with inference_mode(False), enable_grad() if record else no_grad():
        yield


# -- both ------------------------------------------------------------------------------------------------------------------
def _checked_library(what: str, library: str) -> str:
    if library not in ("numpy", "torch"):
        raise ArgumentError(f"{what}: library: expected 'numpy' or 'torch', got {library!r}")
    return library

