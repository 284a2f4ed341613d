"""What a node keeps of the forward, and how it notices that it was overwritten (rules S and G4).

A node's ``_saved`` is a tuple. To make recording cheap its entries take the plainest form that does the job:

==================  ==========================================================================================
entry               meaning
==================  ==========================================================================================
a ``Tensor``        an input, saved as it is, at version 0: nothing had been written to it in place
a raw array         an output, without the strong link to its tensor that would make a reference cycle
a `SavedTensor`     anything else: a version to compare, a packed object with the hook that unpacks it
a number, None      an operand that was a Python number; a value that no required gradient needs
==================  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, cast

from ..errors import ReleasedError, SavedTensorError, SavedTensorTypeError, VersionError
from .modes import Modes, current
from .origins import caller_origin, function_name

if TYPE_CHECKING:
    from .node import Node
    from .tensor import Tensor

__all__ = [
    "Extra",
    "HookPair",
    "SavedHandle",
    "SavedTensor",
    "Tangent",
    "Version",
    "is_tensor",
    "keep",
    "keep_output",
    "restore",
    "tangent_place",
    "unpack",
]


def is_tensor(value: Any) -> bool:
    """Whether `value` is a Tensor: this layer stands below the class, and knows it by its slots."""
    return hasattr(value, "_node")


class Version:
    """A counter shared by every tensor on one buffer; each in-place operation adds one (S1.1)."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


class Extra:
    """What only few tensors have: a version counter, the inference mark, a base, a tangent. None on all others."""

    __slots__ = ("_version", "base", "detached", "inference", "name", "tangent", "turns", "views")

    is_view = False

    def __init__(self) -> None:
        self._version = Version()
        self.inference = False
        self.detached = False  # by `detach_`: what saved it before has lost its place in the graph
        self.base: Tensor | None = None  # the root of the buffer, for a view
        self.views: list[Any] | None = None  # weak references to its views, where the library's arrays are immutable
        # Of axes that were changed in place, how to turn back each change: an operator, its arguments; shape and dtype before.
        self.turns: list[Any] | None = None
        self.name: str | None = None
        self.tangent: Tangent | None = None

    @property
    def version(self) -> Version:
        """The counter of the buffer."""
        return self._version

    @version.setter
    def version(self, version: Version) -> None:
        self._version = version

    def written(self) -> int:
        """How often the buffer has been written to in place."""
        return self._version.value


class Tangent:
    """The place of a tensor's tangent (rules A2), shared by the tensor and the nodes that have saved it.

    The level of forward mode knows all of them weakly, and empties them when it ends.
    """

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: Tensor) -> None:
        self.value: Tensor | None = value


def tangent_place(tensor: Tensor) -> Tangent | None:
    """Where the tangent of `tensor` is kept, or None if it never had one."""
    extra = tensor._extra
    return None if extra is None else getattr(extra, "tangent", None)  # a kind of Extra made in haste may leave the slot unset


class HookPair:
    """How saved tensors are packed and unpacked, and which line said so.

    Attributes
    ----------
    watched : bool
        Whether what was packed must not be written to in place until it is unpacked (W12). A pair that unpacks values which it
        has computed anew says no.
    """

    watched = True

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook
        self.origin = caller_origin()


class SavedTensor:
    """A saved value that is more than a plain reference.

    Attributes
    ----------
    tensor : Tensor or None
        The tensor itself: a saved input without hooks.
    array : array or None
        The raw array: a saved output without hooks.
    packed : object
        What the pack hook returned.
    pair : HookPair or None
        The hooks in force when it was saved.
    edge : Edge, callable or None
        The tensor's place in the graph; None for an output, which belongs to the node that saved it. Where that node wrote
        it into a view, a function that gives the place of the view.
    output_nr : int
        Which output it is, or -1 for an input.
    version, expected
        The shared counter and its value when the tensor was saved.
    tangent : Tangent or None
        What the tensor had of it, for a value that is rebuilt.
    """

    __slots__ = ("array", "edge", "expected", "output_nr", "packed", "pair", "tangent", "tensor", "version")

    def __init__(
        self, tensor: Tensor | None, array: Any, edge: Any, output_nr: int, version: Version | None
    ) -> None:
        self.tensor = tensor
        self.array = array
        self.edge = edge
        self.output_nr = output_nr
        self.version = version
        self.expected = 0 if version is None else version.value
        self.packed: Any = None
        self.pair: HookPair | None = None
        self.tangent: Tangent | None = None

    def pack(self, tensor: Tensor, pair: HookPair, modes: Modes | None = None) -> None:
        """Hand `tensor` to the pack hook and keep what it returns instead (S3.2). `modes` are those of the thread."""
        modes = modes or current()
        counter = self.version
        before = tensor._version if counter is None else counter.value
        # Inside the hook the hooks in force are forgotten: what it saves, it does not come to pack itself.
        grad, hooks = modes.grad, modes.saved_hooks
        modes.grad, modes.saved_hooks = False, []
        if not hooks:  # else this thread is not in the default state, and is in none here
            modes.refresh()
        try:
            if modes.interpreter is None:
                packed = pair.pack_hook(tensor)
            else:
                packed = modes.interpreter.saved_hook("pack hook", pair.pack_hook, pair.origin, tensor)
        finally:
            modes.grad, modes.saved_hooks = grad, hooks
            if not hooks:
                modes.refresh()
        if (tensor._version if counter is None else counter.value) != before:
            raise SavedTensorError(
                f"A saved tensor pack hook is modifying its input in place: {function_name(pair.pack_hook)} wrote to the "
                f"tensor of shape {tensor.shape} that it was given; pack a copy instead"
            )
        self.pair = pair
        extra = (tensor if self.tensor is None else self.tensor)._extra
        self.tangent = None if extra is None else getattr(extra, "tangent", None)
        if packed is tensor and self.output_nr >= 0:
            # An identity pack of an output would tie node -> saved -> tensor -> node (W12): keep the array alone.
            self.array, self.packed = tensor._array, None
        else:
            self.packed, self.tensor, self.array = packed, None, None

    def check_version(self, node: Node) -> None:
        """Raise if the buffer was written in place since the save (S1.2, also under hooks: W12)."""
        version = self.version
        if version is not None and version.value != self.expected and (self.pair is None or self.pair.watched):
            raise_modified(node, version.value, self.expected, self.output_nr, self.array if self.tensor is None else self.tensor)

    def check_place(self, node: Node) -> None:
        """Raise if the tensor has left its place in the graph since the save, by ``detach_()`` (S1.4)."""
        tensor, place = self.tensor, None if self.tensor is None else self.edge[0]
        if tensor is None or place is None or place._is_leaf or tensor._node is place:
            return
        if tensor._extra is not None and tensor._extra.is_view:  # it cannot be detached in place
            return
        raise_detached(node)

    def unhook(self, node: Node) -> Tensor:
        """Run the unpack hook; every access does (S3.4)."""
        packed = node.rebuild_output(self.array, self.output_nr) if self.array is not None else self.packed
        pair, interpreter = self.pair, current().interpreter
        assert pair is not None
        if interpreter is None:
            tensor = pair.unpack_hook(packed)
        else:
            tensor = interpreter.saved_hook("unpack hook", pair.unpack_hook, pair.origin, packed)
        if not is_tensor(tensor):
            raise_no_tensor(tensor, pair, node)
        return tensor

    def restore_array(self, node: Node) -> Any:
        """The raw array, for a first-order backward."""
        version = self.version
        if version is not None and version.value != self.expected:
            self.check_version(node)
        if self.tensor is not None:
            self.check_place(node)
        pair = self.pair
        if pair is None:
            return self.array if self.tensor is None else self.tensor._array
        if self.array is None and current().interpreter is None:
            tensor = pair.unpack_hook(self.packed)
            if hasattr(tensor, "_node"):
                return tensor._array
            raise_no_tensor(tensor, pair, node)
        return self.unhook(node)._array

    def restore_tensor(self, node: Node, detached: bool = False) -> Tensor:
        """The tensor in its old place in the graph, for a recorded backward (S2.2)."""
        self.check_version(node)
        if not detached:
            self.check_place(node)
        if self.pair is None and self.tensor is not None:
            return self.tensor
        if self.pair is None:
            array = self.array
        else:
            unpacked = self.unhook(node)
            if self.edge == (None, 0) and self.tangent is None and not unpacked.requires_grad:
                return unpacked  # it has no place in the graph to be put in
            array = unpacked._array
        if self.output_nr >= 0:
            tensor = node.rebuild_output(array, self.output_nr) if self.edge is None else node.rebuild(array, self.edge())
        else:
            assert self.edge is not None
            tensor = node.rebuild(array, self.edge)
        watched = self.version if self.tangent is not None or self.pair is None else None
        if watched is not None or self.tangent is not None:
            tensor._extra = Extra()
            tensor._extra.tangent = self.tangent
            if watched is not None:  # it is on the memory that was saved
                tensor._extra.version = watched
        return tensor


def keep(tensor: Tensor, modes: Modes | None = None) -> Any:
    """The entry for a saved input: the tensor itself whenever that is enough. `modes` are those of the thread."""
    modes = modes or current()
    extra = tensor._extra
    if extra is not None and extra.inference:
        raise SavedTensorError(
            f"Inference tensors cannot be saved for backward: this one has shape {tensor.shape}; make it outside of "
            "inference_mode, or clone() it outside before use"
        )
    pair = modes.saved_hooks[-1] if modes.saved_hooks else None
    if pair is None and (extra is None or not (extra.written() or extra.detached)):
        return tensor
    version = extra.version if extra is not None and pair is not None and pair.watched else _watched(tensor, pair)
    saved = SavedTensor(tensor, None, tensor._place(), -1, version)
    if pair is not None:
        saved.pack(tensor, pair, modes)
    return saved


def keep_output(tensor: Tensor, output_nr: int, modes: Modes | None = None) -> Any:
    """The entry for a saved output: its array, unless a hook wants it or a version must be watched."""
    modes = modes or current()
    pair = modes.saved_hooks[-1] if modes.saved_hooks else None
    if pair is None and tensor._extra is None:
        return tensor._array
    saved = SavedTensor(None, tensor._array, None, output_nr, _watched(tensor, pair))
    saved.tangent = tangent_place(tensor)
    if pair is not None:
        saved.pack(tensor, pair, modes)
    return saved


def _watched(tensor: Tensor, pair: HookPair | None) -> Version | None:
    """The counter that will show a write to a saved tensor, unless its hooks have no need of it."""
    return tensor._counter() if pair is None or pair.watched else None


def unpack(entry: Any, node: Node) -> Any:
    """The raw value of an entry of ``node._saved``."""
    if isinstance(entry, SavedTensor):
        return entry.restore_array(node)
    if is_tensor(entry):  # a Tensor, saved when nothing had been written to it
        extra = entry._extra
        if extra is not None:
            if extra.written():
                raise_modified(node, extra.written(), 0, -1, entry)
            if extra.detached:
                raise_detached(node)
        return entry._array
    return entry


def restore(entry: Any, node: Node, output_nr: int = -1, detached: bool = False) -> Any:
    """The value of an entry as the backward that is itself recorded needs it: tensors in their place in the graph.

    `detached` allows for a tensor that has lost its place by ``detach_()``: who only reads its values may do so (S1.4).
    """
    if isinstance(entry, SavedTensor):
        return entry.restore_tensor(node, detached)
    if is_tensor(entry):
        extra = entry._extra
        if extra is not None:
            if extra.written():
                raise_modified(node, extra.written(), 0, -1, entry)
            if extra.detached and not detached:
                raise_detached(node)
        return entry
    if output_nr >= 0 and entry is not None:
        return node.rebuild_output(entry, output_nr)
    return entry


class SavedHandle:
    """What ``grad_fn._raw_saved_<name>`` gives: the saved value with its packing (S4)."""

    __slots__ = ("index", "node", "output_nr")

    def __init__(self, node: Node, index: int, output_nr: int) -> None:
        self.node, self.index, self.output_nr = node, index, output_nr

    def _entry(self) -> Any:
        entries = self.node._saved
        return raise_released(self.node) if entries is None else entries[self.index]

    def _replace(self, entry: Any) -> None:
        entries = list(self.node._saved or ())
        entries[self.index] = entry
        self.node._saved = tuple(entries)

    @property
    def data(self) -> Any:
        """What is stored: the packed object when hooks are set, else the tensor; None after release."""
        if self.node._saved is None:
            return None
        entry = self._entry()
        if isinstance(entry, SavedTensor) and entry.pair is not None and entry.array is None:
            interpreter = current().interpreter
            return entry.packed if interpreter is None else interpreter.packed(entry.packed)
        return restore(entry, self.node, self.output_nr)

    @property
    def unpack_hook(self) -> Callable[[Any], Any] | None:
        """The hook that turns `data` back into a tensor, or None."""
        entry = None if self.node._saved is None else self._entry()
        return entry.pair.unpack_hook if isinstance(entry, SavedTensor) and entry.pair is not None else None

    def unpack(self) -> Any:
        """The saved tensor, unpacked as a backward would."""
        return restore(self._entry(), self.node, self.output_nr)

    def register_hooks(self, pack: Callable[[Any], Any], unpack: Callable[[Any], Any] | None = None) -> None:
        """Pack this one saved tensor now, and unpack it on every later access.

        Parameters
        ----------
        pack : callable
            ``pack(tensor) -> object``. The node drops its own reference to the tensor.
        unpack : callable
            ``unpack(object) -> Tensor``.

        Raises
        ------
        SavedTensorError
            If hooks were set before, nothing is saved, or it was released.
        """
        for name, hook in (("pack", pack), ("unpack", unpack)):
            if not callable(hook):
                raise SavedTensorTypeError(
                    f"register_hooks: incompatible function arguments: {name} must be callable, got {type(hook).__name__}"
                )
        if self.node._saved is None:
            raise SavedTensorError(f"{self.node.name()}: no hook can be set on a saved value after it has been freed")
        entry = self._entry()
        if entry is None or not (is_tensor(entry) or isinstance(entry, SavedTensor) or self.output_nr >= 0):
            raise SavedTensorError(f"{self.node.name()} holds no tensor here: setting hooks on None is forbidden")
        if isinstance(entry, SavedTensor) and entry.pair is not None:
            raise SavedTensorError(f"{self.node.name()}: the hooks of this saved tensor have already been set")
        tensor = restore(entry, self.node, self.output_nr)
        if self.output_nr >= 0:
            saved = SavedTensor(None, tensor._array, None, self.output_nr, None)
        else:
            saved = SavedTensor(tensor, None, tensor._place(), -1, tensor._counter())
        saved.pack(tensor.detach(), HookPair(pack, cast("Callable[[Any], Any]", unpack)))
        self._replace(saved)


def raise_released(node: Node) -> NoReturn:
    """The one error for saved values that are gone (G4.5)."""
    raise ReleasedError(
        "Trying to backward through the graph a second time, or directly access saved tensors after they have already been "
        f"freed: {node.name()}{node.origin()} gave up what it had saved when an earlier backward ran through it. "
        "Specify retain_graph=True in that earlier backward() or grad(), or run the forward again."
    )


def raise_no_tensor(value: Any, pair: HookPair, node: Node) -> NoReturn:
    raise SavedTensorTypeError(
        f"the unpack hook {function_name(pair.unpack_hook)} returned {type(value).__name__} for a value saved by "
        f"{node.name()}: Output of saved tensor unpack_hook expected to be a Tensor"
    )


def raise_detached(node: Node) -> NoReturn:
    raise SavedTensorError(
        f"Trying to use a saved tensor that has been detached in place: {node.name()}{node.origin()} saved it before "
        "detach_(), so its place in the graph is lost; use detach() instead"
    )


def raise_modified(node: Node, version: int, expected: int, output_nr: int, value: Any) -> NoReturn:
    """The error for a saved `value` (None where a hook has packed it) that was written to (S1.2)."""
    which = "a tensor" if value is None else f"a {value.dtype} tensor of shape {tuple(value.shape)}"
    what = f"output {output_nr} of {node.name()}" if output_nr >= 0 else f"an input of {node.name()}"
    raise VersionError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{which}, {what}{node.origin()}, is at version {version}, expected version {expected}. Write to a clone() of it, or use "
        "autograd.set_detect_anomaly(True) to see which forward line recorded the node."
    )
