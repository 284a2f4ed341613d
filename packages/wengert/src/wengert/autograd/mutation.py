"""``allow_mutation_on_saved_tensors``: what was saved for the backward is copied just before it is written to (rule S6)."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..errors import CompileError, ModeError, MutationError, VersionError
from .modes import current
from .saved_hooks import saved_tensors_hooks
from .tensor import wrap

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["allow_mutation_on_saved_tensors"]


class _Saved:
    """One saved tensor: its array, until somebody is about to write to its memory; from then on a copy."""

    __slots__ = ("__weakref__", "array", "context", "expected", "family", "version")

    def __init__(self, tensor: Tensor, context: _Mutation) -> None:
        self.array, self.family = tensor._array, tensor._family
        self.context = context
        self.version: Any = tensor._counter()
        self.expected = self.version.value

    def become(self, copy: Any) -> None:
        """Keep `copy` in the place of what is about to be written to."""
        self.array, self.version = copy, None


class _Mutation:
    """What the context keeps: for each piece of memory, found by its owner, what was saved in it.

    Views at any place in the memory are found by it, and so is ``.data``. (PyTorch 2.13 looks for the address of the first
    element, and misses views that begin elsewhere: W12.)
    """

    def __init__(self) -> None:
        self.saved: dict[int, list[weakref.ref[_Saved]]] = {}  # by id of the owner, which the saved array keeps alive
        self.copied: weakref.WeakSet[_Saved] = weakref.WeakSet()

    @property
    def cloned(self) -> dict[int, Any]:
        """The copies that there are now, under PyTorch's name."""
        return {id(saved.array): saved.array for saved in self.copied}

    @property
    def tid_to_weakhandle(self) -> dict[tuple[int, int], Any]:
        """What is saved now and still lies in its own memory, under PyTorch's name."""
        alive = [saved for references in self.saved.values() for saved in [r() for r in references] if saved is not None]
        return {(id(saved.array), saved.expected): saved for saved in alive}

    def pack(self, tensor: Tensor) -> _Saved:
        saved = _Saved(tensor, self)
        owner = id(adapter_of(saved.array).memory(saved.array))
        self.saved.setdefault(owner, []).append(weakref.ref(saved, lambda reference: self._forget(owner, reference)))
        return saved

    def _forget(self, owner: int, reference: weakref.ref[_Saved]) -> None:
        entries = self.saved.get(owner)
        if entries is not None and reference in entries:
            entries.remove(reference)
            if not entries:
                del self.saved[owner]

    def before_write(self, target: Tensor) -> None:
        """Copy what was saved in the memory of `target`, once where it was saved several times."""
        copies: dict[int, tuple[Any, Any]] = {}  # by id of the array, which is kept so that no other gets its id
        for reference in self.saved.pop(id(adapter_of(target._array).memory(target._array)), ()):
            saved = reference()
            if saved is not None:
                array = saved.array
                if id(array) not in copies:
                    copies[id(array)] = (array, adapter_of(array).copy(array))
                saved.become(copies[id(array)][1])
                self.copied.add(saved)

    def unpack(self, saved: _Saved) -> Tensor:
        if current().mutation is not saved.context:
            raise MutationError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context in which the graph was recorded"
            )
        if saved.version is not None and saved.version.value != saved.expected:
            raise VersionError(
                "allow_mutation_on_saved_tensors: a saved tensor was written to in a way that could not be seen before it "
                "happened, such as a raw write in the forward of a Function that calls mark_dirty; write by in-place methods"
            )
        return wrap(saved.array, cls=saved.family)


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_Mutation]:
    """Within this context, tensors saved for the backward may be written to in place: they are copied just before.

    Forward and backward must both be inside; the copies go when it ends. It cannot be nested.

    Raises
    ------
    ModeError
        If it is nested.
    MutationError
        From a backward that runs outside, through what was recorded inside. It is an `AssertionError`, as in PyTorch.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x * 1
    ...     z = (y * y).sum()
    ...     y.zero_().shape
    ...     z.backward()
    (2,)
    >>> x.grad.tolist()
    [2.0, 4.0]
    """
    modes = current()
    if modes.mutation is not None:
        raise ModeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    if modes.tracer is not None:
        raise CompileError("allow_mutation_on_saved_tensors() inside of a compiled function: it can only be around one")
    context = _Mutation()
    hooks = saved_tensors_hooks(context.pack, context.unpack)
    hooks.watched = False
    with hooks:
        modes.mutation = context
        try:
            yield context
        finally:
            modes.mutation = None
            context.saved.clear()
            context.copied.clear()
