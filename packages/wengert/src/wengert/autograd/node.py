"""Vertices and edges of the backward graph (rules G1–G3).

A `Node` turns the gradients of an operator's outputs into the gradients of its inputs. Its ``next_functions`` say where those go:
one ``(node, input_nr)`` for each operand, with ``(None, 0)`` for operands that need no gradient. A leaf is represented by its
`AccumulateGrad`, which the leaf knows only weakly, while the node keeps the leaf alive.

A node holds its edges without the pairs: the nodes in one tuple, and their numbers in another only where one of them is not 0.
Each object that the garbage collector has to visit makes a graph of a million nodes slower.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..arrays.adapter import ADAPTERS, Adapter, adapter_of
from ..errors import EdgeNumberError, GradientTypeError, LeafError, NoGraphError, PlaceTypeError
from .handles import RemovableHandle
from .hooks import NodeHooks, attach_tensor_hooks, register_post_hook, register_pre_hook
from .modes import ACTIVE, CREATING, current, is_grad_enabled
from .saved import Extra, SavedHandle, SavedTensor, Version, is_tensor, raise_released, restore

if TYPE_CHECKING:
    from .saved import Tangent
    from .tensor import Tensor

__all__ = [
    "LEAF_EDGE",
    "NO_EDGE",
    "SAME",
    "UNSETTLED",
    "ZEROS",
    "AccumulateGrad",
    "Edge",
    "GradientEdge",
    "InputMetadata",
    "Node",
    "accumulator_of",
    "get_gradient_edge",
    "next_sequence",
]

Edge = tuple["Node | None", int]

#: Where the gradient of an operand goes that needs none.
NO_EDGE: Edge = (None, 0)

#: The numbers of edges that all lead to output 0, as almost all do.
ZEROS = itertools.repeat(0)

#: Numbers nodes in the order of their making. One counter for all threads, so that a node is always younger than what it
#: depends on, whichever threads recorded them (PyTorch counts per thread, and its order is arbitrary across threads: G2.2).
next_sequence = itertools.count().__next__

ACCUMULATE_SEQUENCE = 2**64 - 1

#: The ``grad_dtype`` of leaves that nobody gave one: that of the leaf.
SAME = object()


class InputMetadata(NamedTuple):
    """What is known of one gradient that enters a node: the shape and dtype of the forward output."""

    shape: tuple[int, ...]
    dtype: Any


class Metadata(dict[str, Any]):
    """What users keep at a node, and beside it the line that recorded the node, if a compiler has it noted."""

    line: str | None = None


class Node:
    """A vertex of the backward graph.

    Subclasses are made from operator declarations (`wengert.op`) and custom Functions. All state that a recorded operator
    needs stands in slots that the recording code sets directly; everything rarer is None until someone asks for it. Their
    names begin with an underscore because the node of a custom Function is also its ``ctx``, on which users put theirs.

    Attributes
    ----------
    _edges : tuple of Node or None
        The node to which the gradient of each operand goes.
    _numbers : tuple of int or None
        Which output of that node the operand is; None where all are 0.
    _outputs : int
        How many outputs the forward has: so many gradients come in.
    _saved : tuple or None
        Saved tensors, see `wengert.autograd.saved`; None once they were released.
    _static : object
        What the rule needs besides tensors (axes, shapes); never released.
    _sequence : int
        Position in the order of creation; later nodes run first.
    _shape, _dtype
        Of the forward output; tuples of them for nodes with several outputs.
    _hooks : NodeHooks or None
        Every hook on this node.
    _info : dict or None
        ``metadata``.
    """

    __slots__ = (
        "__weakref__",
        "_dtype",
        "_edges",
        "_hooks",
        "_info",
        "_numbers",
        "_outputs",
        "_saved",
        "_sequence",
        "_shape",
        "_static",
    )

    _label = "Node"
    saved_names: ClassVar[dict[str, tuple[int, int]]] = {}  # name -> (position in `saved`, output number or -1)
    saved_numbers: ClassVar[tuple[int, ...]] = ()  # the output number or -1 at each position in `saved`; -1 at any beyond
    static_names: ClassVar[dict[str, int]] = {}  # name -> position in `static`
    _is_leaf = False
    _generated = False  # whether rules of an operator make its derivative, so that no user's program sees the gradient
    _replaces = False  # whether nothing of the first operand is left in the result, as of a copy over it

    _edges: tuple[Node | None, ...]
    _numbers: tuple[int, ...] | None
    _outputs: int
    _saved: tuple[Any, ...] | None
    _static: Any
    _sequence: int
    _shape: Any
    _dtype: Any
    _hooks: NodeHooks | None
    _info: dict[str, Any] | None

    def _lead_to(self, edges: Sequence[Edge]) -> None:
        """Set the edges of a node that is being made."""
        self._edges = tuple([node for node, _ in edges])
        numbers = tuple([number for _, number in edges])
        self._numbers = numbers if any(numbers) else None

    # -- what the engine calls -------------------------------------------------------------------------------------
    def apply(self, grad: Any, wanted: Any = None) -> Any:
        """The derivative, on raw arrays: the gradient(s) of the outputs in, a tuple with one gradient per edge out."""
        raise NotImplementedError

    def apply_recorded(self, grad: Any, wanted: Any = None) -> Any:
        """The same on Tensors, recording itself, for gradients of gradients."""
        raise NotImplementedError

    # -- what users call -------------------------------------------------------------------------------------------
    def name(self) -> str:
        """The node's type, e.g. ``MulBackward0``."""
        return self._label

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        """For each operand ``(node, input_nr)``, or ``(None, 0)`` where no gradient is needed."""
        edges = zip(self._edges, self._numbers or ZEROS)  # noqa: B905  (the zeros have no end)
        return tuple([NO_EDGE if node is None else (node, number) for node, number in edges])

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary of the user's own, kept as long as the node."""
        if self._info is None:
            with CREATING:
                if self._info is None:
                    self._info = {}
        return self._info

    @property
    def requires_grad(self) -> bool:
        return True

    @property
    def _input_metadata(self) -> list[InputMetadata]:
        if self._outputs == 1:
            return [InputMetadata(self._shape, self._dtype)]
        return [InputMetadata(s, d) for s, d in zip(self._shape, self._dtype, strict=True)]

    def _sequence_nr(self) -> int:
        return self._sequence

    def _set_sequence_nr(self, number: int) -> None:
        self._sequence = number

    def __call__(self, *grads: Any) -> Any:
        """Run the derivative directly: no hooks, no engine (G1)."""
        if len(grads) != self._outputs:
            raise GradientTypeError(
                f"{self.name()}: expected {self._outputs} arguments, got {len(grads)} instead: one gradient for each output"
            )
        results = self.apply_recorded(grads[0] if self._outputs == 1 else list(grads))
        return results[0] if len(results) == 1 else tuple(results)

    def register_hook(self, fn: Any, *, pure: bool | None = None) -> RemovableHandle:
        """Call ``fn(grad_inputs, grad_outputs)`` after this node has run; it may return new `grad_inputs`.

        `pure` says that it does nothing but compute with these, so that a compiled program may contain it.
        Without it an attribute ``pure`` of `fn` says so.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> y = (x * 2).sum()
        >>> handle = y.grad_fn.register_hook(lambda gi, go: print("out", go[0].item()))
        >>> y.backward()
        out 1.0
        """
        return register_post_hook(self, fn, pure)

    def register_prehook(self, fn: Any, *, pure: bool | None = None) -> RemovableHandle:
        """Call ``fn(grad_outputs)`` before this node runs; it may return new `grad_outputs`.

        `pure` says that it does nothing but compute with these, so that a compiled program may contain it.
        Without it an attribute ``pure`` of `fn` says so.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> y = (x * 2).sum()
        >>> handle = y.grad_fn.register_prehook(lambda grads: (grads[0] * 10,))
        >>> y.backward()
        >>> x.grad.tolist()
        [20.0, 20.0]
        """
        return register_pre_hook(self, fn, pure)

    def _register_hook_dict(self, tensor: Tensor) -> None:
        attach_tensor_hooks(self, tensor)

    def origin(self) -> str:
        """Where in the user's forward this node was recorded, for messages; empty unless that was noted, as by anomaly mode."""
        where = self.recorded_at()
        return f" (recorded at {where})" if where else ""

    def recorded_at(self) -> str | None:
        """The line of the user's forward that recorded this node, if it was noted."""
        info = self._info
        return None if info is None else info.get("origin") or getattr(info, "line", None)

    def note_line(self, line: str) -> None:
        """Note the line that recorded this node, out of the sight of users."""
        self._info = info = Metadata()
        info.line = line

    # -- saved values ----------------------------------------------------------------------------------------------
    def __getattr__(self, name: str) -> Any:
        # Only reached for names that are no slot: `_saved_<name>` and `_raw_saved_<name>`.
        cls = type(self)
        if name.startswith("_saved_"):
            key = name[7:]
            if key in cls.saved_names:
                entries = self._saved  # read once: another thread may release it
                if entries is None:
                    raise_released(self)
                index, output_nr = cls.saved_names[key]
                entry = entries[index]
                if output_nr >= 0 and type(entry) in ADAPTERS:  # what is handed out sees later writes to the output
                    self.watch_output(entry, output_nr, Version())
                    entry = (self._saved or entries)[index]
                return restore(entry, self, output_nr, detached=True)
            if key in cls.static_names:
                return self._static[cls.static_names[key]]
        elif name.startswith("_raw_saved_") and name[11:] in cls.saved_names:
            return SavedHandle(self, *cls.saved_names[name[11:]])
        raise AttributeError(f"{self.name()!r} node has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        saved = (*self.saved_names, *self.static_names)
        return sorted({*super().__dir__(), *(f"_saved_{n}" for n in saved), *(f"_raw_saved_{n}" for n in self.saved_names)})

    def watch_output(self, array: Any, number: int, version: Version) -> Version:
        """From now on `version` shows whether output `number` was written to; it was saved as a bare array (S1.2).

        Returns the counter that does so: an older one where the saved value has been handed out before.
        """
        entries = self._saved
        for index, output_nr in enumerate(self.saved_numbers):
            if output_nr != number or not entries:  # another thread may have released it
                continue
            entry = entries[index]
            if entry is array:
                self._saved = (*entries[:index], SavedTensor(None, array, None, number, version), *entries[index + 1 :])
                break
            if isinstance(entry, SavedTensor) and entry.array is array and entry.version is not None:
                return entry.version
        return version

    def note_tangent(self, number: int, place: Tangent) -> None:
        """What is saved of output `number` carries the tangent that the output has been given."""
        for entry in self._saved or ():
            if isinstance(entry, SavedTensor) and entry.output_nr == number:
                entry.tangent = place

    def rebuild(self, array: Any, edge: Edge) -> Tensor:
        """A tensor on `array` at place `edge` of the graph. Given by the tensor layer: nodes stand below it."""
        raise NotImplementedError

    def rebuild_gradient(self, array: Any) -> Tensor:
        """The Tensor that hooks see, of a gradient of this node's one output."""
        raise NotImplementedError

    def rebuild_output(self, array: Any, output_nr: int) -> Tensor:
        """The tensor that was output `output_nr` of this node, on `array`."""
        return self.rebuild(array, (self, output_nr))

    def array_library(self) -> Adapter:
        """The adapter of the arrays that this node works on, from what it or a node below it holds."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            for entry in (node.variable,) if isinstance(node, AccumulateGrad) else node._saved or ():
                array = entry._array if is_tensor(entry) else getattr(entry, "array", entry)
                if type(array) in ADAPTERS:
                    return ADAPTERS[type(array)]
            stack.extend(below for below in node._edges if below is not None)
        raise NoGraphError(f"{self.name()}: no array is left in its graph; pass the gradient explicitly")

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class AccumulateGrad(Node):
    """The end of every path: adds the gradient that arrives to ``leaf.grad`` (rule G3)."""

    __slots__ = ("variable",)

    _label = "AccumulateGrad"
    _is_leaf = True

    def __init__(self, leaf: Tensor) -> None:
        self.variable = leaf
        self._edges, self._numbers = (), None
        self._outputs = 1
        self._saved = ()
        self._sequence = ACCUMULATE_SEQUENCE
        self._shape, self._dtype = leaf._shape, leaf._dtype
        # `_static` is None unless gradients may arrive in another form than the leaf wants them: see `convert`.
        self._hooks = self._info = self._static = None
        state = leaf._backward
        if state is not None:
            # Hooks put on this node are kept by the leaf, so that they outlive the graph (W13).
            self._hooks, self._info = state.node_hooks, state.node_info
            if state.grad_dtype is not SAME:
                self._dtype, self._static = state.grad_dtype, True

    def check(self) -> None:
        """Raise if the leaf has become the result of an operation since this node was made (G3.5)."""
        node = self.variable._node
        if node is UNSETTLED and self.variable._is_view():
            node = self.variable.grad_fn
        if node is not None and node is not UNSETTLED:
            raise LeafError(
                f"a leaf of shape {self.variable._shape} was moved into the graph interior after it had been used: it is now "
                f"a result of {node.name()}, and its gradient has nowhere to go"
            )

    def convert(self, grad: Any) -> Any:
        """`grad`, raw or a Tensor, as the leaf wants it: of its ``grad_dtype`` (G5.8), and of the shape that it has now."""
        leaf = self.variable
        if grad is None:
            return None
        if self._shape != leaf._shape:
            raise LeafError(
                f"the data of a leaf were replaced by others of shape {leaf._shape} after a graph had been built on the old "
                f"ones of shape {self._shape}; build the graph anew"
            )
        dtype = leaf.grad_dtype
        if dtype is None or grad.dtype == dtype:
            return grad
        adapter = adapter_of(leaf._array)
        if adapter.kind(grad.dtype) == "c" and adapter.kind(dtype) != "c":
            grad = grad.real
        return grad.astype(dtype) if is_tensor(grad) else adapter.cast(grad, dtype)

    def accumulate(self, box: list[Any]) -> None:
        """Add the gradient in `box` to ``variable.grad``, sharing memory with nobody (E5, W8, W9)."""
        leaf = self.variable
        with (leaf._backward or leaf._backward_state()).lock:
            old = leaf._grad
            if type(box[0]) not in ADAPTERS and is_tensor(box[0]):  # the backward is recorded
                grad = box.pop()
                leaf._grad = grad._copied() if old is None else old + grad
                return
            adapter = adapter_of(leaf._array)
            if old is None:
                leaf._grad = new = self.rebuild(adapter.own(box, leaf._array), NO_EDGE)
                if ACTIVE and current().inference:  # G8.4
                    new._extra = Extra()
                    new._extra.inference = True
            elif old._node is not None and old.grad_fn is not None:  # it carries a graph, which must stay true (W8)
                leaf._grad = self.rebuild(old._array + box.pop(), NO_EDGE)
            else:
                old._overwrite(adapter.add_into(old._array, box.pop()))

    def name(self) -> str:
        return f"{self.variable._library}::autograd::AccumulateGrad"

    def apply_recorded(self, grad: Any, wanted: Any = None) -> Any:
        if grad is not None:
            self.accumulate([grad if is_grad_enabled() else grad._array])
        return ()

    @property
    def metadata(self) -> dict[str, Any]:
        if self._info is None:
            with CREATING:
                state = self.variable._backward_state()
                if state.node_info is None:
                    state.node_info = {}
                self._info = state.node_info
        return self._info


def converted(edges: tuple[Node | None, ...], results: Any) -> Any:
    """The gradients of a node's inputs with those for leaves as these want them, for hooks that see them earlier."""
    if not any(node is not None and node._is_leaf and node._static is not None for node in edges):
        return results
    return tuple(
        node.convert(g) if isinstance(node, AccumulateGrad) and node._static is not None else g
        for node, g in zip(edges, results, strict=True)
    )


class Unsettled(Node):
    """The type of `UNSETTLED`."""

    __slots__ = ()
    _is_leaf = True


#: What ``tensor._node`` is where the node has to be asked for by `settled`: it changes, or only the graphs keep it alive.
UNSETTLED: Node = Unsettled()

#: The place of a leaf that requires grad.
LEAF_EDGE: Edge = (UNSETTLED, 0)


def settled(tensor: Tensor) -> Node | None:
    """The node of a tensor whose ``_node`` is `UNSETTLED`: of a leaf its accumulator, of a view its place as things are now."""
    extra = tensor._extra
    if extra is None or not extra.is_view:
        return accumulator_of(tensor)
    view: Any = extra
    if view.node is not None:
        above = view.base._extra
        if view.seen == (0 if above is None else above._version.value):
            return view.node
    return view.settle(tensor)


def accumulator_of(leaf: Tensor) -> AccumulateGrad:
    """The accumulator of a leaf, made anew when no graph keeps the old one alive (G3.2)."""
    state = leaf._backward
    if state is not None and state.accumulator is not None:
        node = state.accumulator()
        if node is not None:
            return node
    with CREATING:
        state = leaf._backward_state()
        node = None if state.accumulator is None else state.accumulator()
        if node is None:
            node = AccumulateGrad(leaf)
            if state.lock is None:
                state.lock = threading.RLock()  # adding may run hooks, which may run a backward
            state.accumulator = weakref.ref(node)
    return node


class GradientEdge(NamedTuple):
    """A place in the graph that a gradient can be asked for, without keeping the tensor: ``(node, output_nr)``.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([3.0], requires_grad=True)
    >>> y = x * x
    >>> edge = wg.autograd.graph.get_gradient_edge(y)
    >>> wg.autograd.grad((y * 2).sum(), edge)[0].tolist()
    [2.0]
    """

    node: Node
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge at which the gradient of `tensor` arrives.

    Raises
    ------
    NoGraphError
        If `tensor` requires no gradient.
    """
    if not tensor.requires_grad:
        raise NoGraphError("get_gradient_edge: the tensor does not require grad, so it has no gradient edge")
    node, output_nr = tensor._place()
    assert node is not None
    return GradientEdge(node, output_nr)


def checked_edge(edge: Any, what: str) -> tuple[Node, int]:
    """The ``(node, number)`` of a GradientEdge given by a user, or an error that names the argument (W7)."""
    node, number = edge[0], edge[1]
    if not isinstance(node, Node):
        raise PlaceTypeError(f"{what}: the first field of a GradientEdge must be a Node, got {type(node).__name__}")
    if not isinstance(number, int) or not 0 <= number < node._outputs:
        raise EdgeNumberError(
            f"{what}: {node.name()} has outputs 0 to {node._outputs - 1}, got output_nr={number!r} in the GradientEdge"
        )
    return node, number
