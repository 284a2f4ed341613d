"""Contexts that say where the tensors saved for the backward are kept (rules S3, S5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..arrays.batched import BatchedArray, Level, batched
from ..errors import SavedTensorError, SavedTensorTypeError
from .modes import current
from .saved import HookPair
from .tensor import wrap

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["ArrayStore", "Stored", "disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]


class saved_tensors_hooks(HookPair):
    """Within this context, tensors saved for the backward are packed by one function and unpacked by another.

    Parameters
    ----------
    pack_hook : callable
        ``pack_hook(tensor) -> object``, called once when a tensor is saved, without recording. It must not modify the tensor.
    unpack_hook : callable
        ``unpack_hook(object) -> Tensor`` with the same values, called whenever the saved tensor is asked for.

    Notes
    -----
    Contexts nest: the innermost pair is used. The pair stays with what it packed when the context has ended.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().tolist(), lambda values: wg.tensor(values)):
    ...     with wg.no_grad():
    ...         pass
    ...     y = (x.detach() * x).sum()
    >>> y.backward()
    >>> x.grad.tolist()
    [1.0, 2.0]
    """

    def __enter__(self) -> None:
        for name in ("pack_hook", "unpack_hook"):
            if not callable(getattr(self, name)):
                raise SavedTensorTypeError(f"saved_tensors_hooks: {name} must be callable, got {getattr(self, name)!r}")
        modes = current()
        if modes.disabled_saved_hooks:
            raise SavedTensorError(modes.disabled_saved_hooks[-1])
        modes.saved_hooks.append(self)
        modes.refresh()

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        tb: TracebackType | None = None,
    ) -> None:
        modes = current()
        if not modes.saved_hooks:
            raise SavedTensorError("saved_tensors_hooks: left more often than entered, so there are no hooks to take back")
        modes.saved_hooks.pop()
        modes.refresh()


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within this context, entering ``saved_tensors_hooks`` raises an error with this message.

    Raises
    ------
    SavedTensorError
        At once, if such hooks are in force already.

    Examples
    --------
    >>> import wengert as wg
    >>> with wg.autograd.graph.disable_saved_tensors_hooks("not here"):
    ...     with wg.autograd.graph.save_on_cpu():
    ...         pass
    Traceback (most recent call last):
    ...
    wengert.errors.SavedTensorError: not here
    """
    modes = current()
    if modes.saved_hooks:
        raise SavedTensorError(error_message)
    modes.disabled_saved_hooks.append(error_message)
    try:
        yield
    finally:
        modes.disabled_saved_hooks.pop()


class Stored:
    """An array that is kept in another form."""

    __slots__ = ("__weakref__",)

    def read(self) -> Any:
        """The array."""
        raise NotImplementedError


class _OfSamples(Stored):
    """The array of all samples beneath a batched one."""

    __slots__ = ("levels", "stored")

    def __init__(self, stored: Stored, levels: list[Level]) -> None:
        self.stored, self.levels = stored, levels

    def read(self) -> Any:
        array = self.stored.read()
        for level in reversed(self.levels):
            array = batched(array, level)
        return array


class ArrayStore(saved_tensors_hooks):
    """Keep the arrays of saved tensors in another form: what the ready-made contexts have in common.

    Parameters
    ----------
    store : callable
        ``store(array) -> Stored``, or None where the array had better stay as it is.
    min_bytes : int
        Smaller arrays stay as they are.
    """

    def __init__(self, store: Callable[[Any], Stored | None], min_bytes: int) -> None:
        def pack(tensor: Tensor) -> tuple[Stored, type[Tensor]] | Tensor:
            array, levels = tensor._array, list[Level]()
            while isinstance(array, BatchedArray):  # inside of `vmap` the samples are kept, one behind the other
                levels.append(array.level)
                array = array.array
            stored = store(array) if adapter_of(array).nbytes(array) >= min_bytes else None
            if stored is not None and levels:
                stored = _OfSamples(stored, levels)
            return tensor.detach() if stored is None else (stored, tensor._family)

        super().__init__(pack, unpack)


def unpack(packed: tuple[Stored, type[Tensor]] | Tensor) -> Tensor:
    return wrap(packed[0].read(), cls=packed[1]) if isinstance(packed, tuple) else packed


class save_on_cpu(ArrayStore):
    """Keep saved tensors in host memory, and move them back to their device when the backward needs them.

    Parameters
    ----------
    pin_memory : bool
        Use page-locked memory where the array library has it. NumPy arrays live in host memory already and stay where they are.
    device_type : str, optional
        Taken for PyTorch's sake; arrays know their device.
    min_bytes : int
        Smaller tensors stay on their device.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.autograd.graph.save_on_cpu():
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad.tolist()
    [2.0, 4.0]
    """

    def __init__(self, pin_memory: bool = False, device_type: str | None = None, *, min_bytes: int = 0) -> None:
        self.pin_memory = pin_memory
        super().__init__(_OnHost, min_bytes)


class _OnHost(Stored):
    """A copy in host memory."""

    __slots__ = ("adapter", "array", "device")

    def __init__(self, array: Any) -> None:
        self.adapter = adapter_of(array)
        self.device = self.adapter.device(array)
        self.array = self.adapter.to_host(array)

    def read(self) -> Any:
        return self.adapter.from_host(self.array, self.device)
