"""`Tensor`: an array, its place in the graph, its hooks. Operators are put on it by `wengert.ops.install`."""

from __future__ import annotations

import warnings
from operator import attrgetter
from typing import Any, ClassVar, Self, TypeVar

from ..arrays.adapter import Adapter, adapter_of
from ..arrays.shapes import known_length
from ..errors import InPlaceError, LeafError, ModeError, NoGraphError, RequiresGradDtypeError
from .backward_state import BackwardState
from .grad_attribute import checked_grad
from .handles import RemovableHandle
from .hooks import (
    FunctionTensorPreHook,
    Hooks,
    TensorPostAccGradHooks,
    attach_pre_hook,
    node_hooks,
)
from .modes import ACTIVE, CREATING, current, met
from .node import LEAF_EDGE, NO_EDGE, UNSETTLED, AccumulateGrad, Edge, Node, settled
from .requests import backward
from .saved import Extra, Version
from .tensor_data import TensorData
from .tensor_methods import TensorMethods
from .views import View

__all__ = ["PLAIN", "TENSORS", "BackwardState", "Tensor", "wrap"]

N = TypeVar("N", bound=Node)

#: `Tensor` and every subclass: the exact types that operators take for a tensor.
TENSORS: set[type] = set()

#: Those of them of which operators make a `Tensor`: all but the spellings and their subclasses.
PLAIN: set[type] = set()


class Tensor(TensorData, TensorMethods):
    """An array that remembers how it was computed.

    Made by `wengert.tensor`, `wengert.asarray` and the other creation functions, and by every operator.

    Attributes
    ----------
    array
        The raw array of its library. Writing to it goes unseen by autograd.
    shape, dtype, ndim, size, device
        Those of the array.
    requires_grad : bool
        Whether operators on it are recorded.
    grad : Tensor or None
        Where ``backward()`` has accumulated its gradient.
    grad_fn : Node or None
        The node that made it; None for leaves.
    is_leaf : bool
        Whether it has no ``grad_fn``.
    output_nr : int
        Which output of ``grad_fn`` it is.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "_array", "_backward", "_dtype", "_extra", "_grad", "_node", "_nr", "_shape")

    # `_node` is None for a tensor that requires no gradient, UNSETTLED for a leaf that does, else the node that made it.
    _array: Any
    _backward: BackwardState | None
    _dtype: Any
    _extra: Extra | None
    _grad: Tensor | None
    _node: Node | None
    _nr: int
    _shape: tuple[int, ...]

    __array_priority__ = 1000  # NumPy's operators step back for ours
    # Given by `wengert.numpy_protocols`, which stands above.
    __array_ufunc__: Any = None

    #: The class of what operators make of this tensor, of its gradient and its aliases: `Tensor`, or a spelling of it.
    _family: ClassVar[type[Tensor]]
    #: Whose names the internal nodes bear.
    _library: ClassVar[str] = "wengert"

    def __init_subclass__(cls, *, spelling: bool = False, **kwargs: Any) -> None:
        """Make operators know `cls`; those on a `spelling`, which gives other names and signatures, give it back."""
        super().__init_subclass__(**kwargs)
        TENSORS.add(cls)
        if spelling:
            cls._family = cls
        elif cls._family is Tensor:
            PLAIN.add(cls)

    # -- what it is --------------------------------------------------------------------------------------------------
    array = property(attrgetter("_array"), doc="The raw array of its library.")
    shape = property(attrgetter("_shape"), doc="The length of each axis.")
    dtype = property(attrgetter("_dtype"), doc="The data type, an object of the array's library.")

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._shape)

    @property
    def device(self) -> Any:
        """Where the array lives."""
        return adapter_of(self._array).device(self._array)

    @property
    def requires_grad(self) -> bool:
        """Whether operators on it are recorded. May be set on leaves."""
        node = self._node
        if node is UNSETTLED and self._extra is not None:
            extra = self._extra
            return extra.requires_grad() if isinstance(extra, View) else True
        return node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not self.is_leaf:
            raise LeafError(
                "you can only change requires_grad flags of leaf variables"
                + ("." if value else "; to use a computed tensor without its history, call detach()")
            )
        extra = self._extra
        if value and not self.requires_grad:
            _check_differentiable(self._array, self._dtype, "requires_grad")
            if extra is not None and extra.inference and not current().inference:
                raise ModeError("requires_grad: an inference tensor cannot require grad outside inference_mode; clone() it")
        if isinstance(extra, View):
            extra.own = bool(value)  # a leaf of its own, whatever its base is (G5.5)
        elif not value:
            self._node = None
        elif self._node is None:
            self._node = UNSETTLED

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` and return the tensor itself."""
        if not (requires_grad and not self.is_leaf):
            self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self) -> Node | None:
        """The node that made it, or None."""
        node = self._node
        if node is UNSETTLED and self._extra is not None and self._extra.is_view:
            node = settled(self)
        return None if node is None or node._is_leaf else node

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operator made it."""
        if self._node is UNSETTLED and isinstance(self._extra, View):
            return self._extra.is_leaf()
        return self.grad_fn is None

    @property
    def output_nr(self) -> int:
        """Its number among the outputs of ``grad_fn``; 0 for leaves."""
        return self._place()[1] if self._node is UNSETTLED else self._nr

    @property
    def _version(self) -> int:
        extra = self._extra
        if extra is None:
            return 0
        if extra.inference:
            raise ModeError("Inference tensors do not track version counter")
        return extra.written()

    def _is_view(self) -> bool:
        return self._extra is not None and self._extra.is_view

    @property
    def _base(self) -> Tensor | None:
        return None if self._extra is None else self._extra.base

    def is_inference(self) -> bool:
        """Whether it was made in ``inference_mode``."""
        return self._extra is not None and self._extra.inference

    # -- gradient ----------------------------------------------------------------------------------------------------
    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient, or None."""
        if ACTIVE and current().tracer is not None:
            current().tracer.adopt_grad(self)
        if self._grad is None and not self.is_leaf and not self.retains_grad:
            warnings.warn(
                "the .grad attribute of a Tensor that is not a leaf is read; it stays None unless retain_grad() was called on "
                "the tensor before backward()",
                UserWarning,
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if ACTIVE and current().tracer is not None:
            current().tracer.assign_grad(self)
        self._grad = checked_grad(self, value)

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to the ``.grad`` of the leaves it depends on. See `wengert.autograd.backward`.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor(3.0, requires_grad=True)
        >>> (x * x).backward()
        >>> x.grad.item()
        6.0
        """
        backward(self, gradient, retain_graph, create_graph, inputs)

    # -- hooks -------------------------------------------------------------------------------------------------------
    def register_hook(self, hook: Any, *, pure: bool | None = None) -> RemovableHandle:
        """Call ``hook(grad)`` whenever the gradient of this tensor is final; it may return a replacement.

        Parameters
        ----------
        hook : callable
            ``hook(grad: Tensor | None) -> Tensor | None``. A replacement has the same shape, dtype and library.
        pure : bool, optional
            That it does nothing but compute with the gradient, so that a compiled program may contain it (`wengert.compile`,
            `wengert.compiled_autograd`). Others are called with real arrays, compiled or not. Default: whether the hook has an
            attribute ``pure`` that is True, as those of `wengert.hooks` have.

        Raises
        ------
        NoGraphError
            If the tensor requires no gradient.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> handle = x.register_hook(lambda grad: grad * 2)
        >>> x.sum().backward()
        >>> x.grad.tolist()
        [2.0, 2.0]
        """
        if not self.requires_grad:
            raise NoGraphError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node is UNSETTLED and self._is_view():
            try:
                settled(self)  # where its base was written to since, the hook belongs to its new place (W4)
            except InPlaceError:  # a piece, which has none: whoever runs its graph is told
                if self._backward_hooks is None:
                    raise
        state = self._backward
        hooks = None if state is None else state.hooks
        if hooks is None:
            hooks = self._make_hooks()
        return hooks.register(hook, pure)

    def _make_hooks(self) -> Hooks:
        with CREATING:
            state = self._backward
            if state is None:
                state = self._backward = BackwardState()
            if state.hooks is None:
                hooks = Hooks("tensor hook", self)
                node = self.grad_fn
                if node is not None:
                    attach_pre_hook(node, FunctionTensorPreHook(hooks, self._nr))
                state.hooks = hooks
            return state.hooks

    def register_post_accumulate_grad_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(tensor)`` whenever the ``.grad`` of this leaf was updated; it returns None.

        Raises
        ------
        NoGraphError
            If the tensor requires no gradient.
        LeafError
            If it is not a leaf.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0], requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(lambda t: print("grad is", t.grad.tolist()))
        >>> (x * 5).sum().backward()
        grad is [5.0]
        """
        if not self.requires_grad:
            raise NoGraphError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise LeafError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        state = self._backward_state()
        if state.post_acc is None:
            with CREATING:
                if state.post_acc is None:
                    state.post_acc = TensorPostAccGradHooks(Hooks("post-accumulate-grad hook", self))
        return state.post_acc.hooks.add(hook)

    def retain_grad(self) -> None:
        """Keep the gradient of this interior tensor in its ``.grad``. Does nothing on leaves.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0], requires_grad=True)
        >>> y = x * 2
        >>> y.retain_grad()
        >>> (y * 3).sum().backward()
        >>> y.grad.tolist()
        [3.0]
        """
        if not self.requires_grad:
            raise NoGraphError("can't retain_grad on Tensor that has requires_grad=False")
        if self.retains_grad:  # also a piece whose base was written to, which has no place any more
            return
        node = self.grad_fn
        if node is None:
            return
        self._backward_state().retains = True
        node_hooks(node).retain_for(self, self._nr)

    @property
    def retains_grad(self) -> bool:
        """Whether ``retain_grad`` is in force."""
        return self._backward is not None and self._backward.retains

    @property
    def _backward_hooks(self) -> Hooks | None:
        return None if self._backward is None else self._backward.hooks

    @_backward_hooks.setter
    def _backward_hooks(self, value: Any) -> None:
        # Hooks that already are on the grad_fn stay there (H6.3).
        if value is None:
            if self._backward is not None:
                self._backward.hooks = None
            return
        hooks = Hooks("tensor hook", self)
        hooks.update(value)
        self._backward_state().hooks = hooks

    @property
    def _post_accumulate_grad_hooks(self) -> Hooks | None:
        state = self._backward
        return None if state is None or state.post_acc is None else state.post_acc.hooks

    # -- spellings ---------------------------------------------------------------------------------------------------
    @classmethod
    def _node_class(cls, base: type[N]) -> type[N]:
        """The class of nodes like those of `base` that hand out tensors of this family."""
        if cls is Tensor:
            return base
        made = _NODE_CLASSES.get((cls, base))
        if made is None:
            with CREATING:
                made = _NODE_CLASSES.setdefault((cls, base), cls._make_node_class(base))
        return made  # type: ignore[return-value]

    @classmethod
    def _make_node_class(cls, base: type[Node]) -> type[Node]:

        def rebuild(self: Node, array: Any, edge: Edge) -> Tensor:  # noqa: ARG001  (a method)
            return wrap(array, edge, cls)

        def rebuild_gradient(self: Node, array: Any) -> Tensor:  # noqa: ARG001  (a method)
            return wrap(array, NO_EDGE, cls)

        name = cls._node_names.get(base.__name__, base.__name__)
        body = {"__slots__": (), "__doc__": base.__doc__, "__module__": base.__module__}
        body["_label"] = cls._node_names.get(base._label, base._label.replace("wengert::", f"{cls._library}::"))
        return type(name, (base,), {**body, "rebuild": rebuild, "rebuild_gradient": rebuild_gradient})

    # -- for the layers around ---------------------------------------------------------------------------------------
    def _place(self) -> Edge:
        """Where the gradient of this tensor arrives: an edge."""
        node = self._node
        if node is UNSETTLED:
            node = settled(self)
        return (node, self._nr)

    def _backward_state(self) -> BackwardState:
        state = self._backward
        if state is None:
            with CREATING:
                state = self._backward
                if state is None:
                    state = self._backward = BackwardState()
        return state

    def _counter(self) -> Version:
        """The version counter of this tensor's buffer, made when first needed."""
        extra = self._extra
        if extra is None:
            with CREATING:
                extra = self._extra
                if extra is None:
                    extra = self._extra = Extra()
                    _watch_saved_output(self, extra)
        return extra.version

    def _overwrite(self, array: Any) -> None:
        """Take `array` as the result of an in-place operation: one version more."""
        self._counter().value += 1
        if array is not self._array:
            self._take(array)

    @property
    def _adapter(self) -> Adapter:
        return adapter_of(self._array)

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("len() of a 0-d tensor")
        return known_length(self._shape, 0, "len()", self._adapter.name)

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        return bool(self._array)

    @classmethod
    def _rebuild(cls, array: Any, requires_grad: bool) -> Self:
        """A leaf on `array`, as copies and pickles are made."""
        new = wrap(array, LEAF_EDGE if requires_grad else NO_EDGE, cls)
        assert isinstance(new, cls)
        return new

    def _copied(self) -> Tensor:
        """A copy for the ``.grad`` of a leaf, recorded."""
        return self.clone()

    #: What nodes of these classes are called in graphs on this family.
    _node_names: ClassVar[dict[str, str]] = {}

    def _alias(self) -> Tensor:
        """Another tensor on the same array, outside of the graph."""
        if ACTIVE:
            met(self)
            new = wrap(self._array, NO_EDGE, self._family)
            if current().tracer is not None:
                current().tracer.note_alias(new, self)
            return new
        return wrap(self._array, NO_EDGE, self._family)


#: The node classes of the spellings, by family and the class that they are a variant of.
_NODE_CLASSES: dict[tuple[type[Tensor], type[Node]], type[Node]] = {}

Tensor._family = Tensor
TENSORS.add(Tensor)
PLAIN.add(Tensor)


def wrap(array: Any, edge: Edge = NO_EDGE, cls: type[Tensor] = Tensor) -> Tensor:
    """A Tensor on a raw array, at `edge` of the graph (default: outside of it)."""
    new = object.__new__(cls)  # not `cls()`: a constructor may want data
    new._array = array = adapter_of(array).normalise(array)
    new._shape, new._dtype = array.shape, array.dtype
    new._node, new._nr = edge
    new._grad = new._extra = new._backward = None
    return new


def _watch_saved_output(tensor: Tensor, extra: Extra) -> None:
    """Tell the node that made `tensor`, if it saved this output, which counter will show a write to it (S1.2).

    Outputs are saved as bare arrays, at version 0, because almost none is ever written to.
    """
    node = tensor._node
    if node is UNSETTLED:
        node = tensor.grad_fn
    if node is not None and node._saved:
        extra.version = node.watch_output(tensor._array, tensor._nr, extra.version)


def _check_differentiable(array: Any, dtype: Any, what: str) -> None:
    if adapter_of(array).kind(dtype) not in "fc":
        raise RequiresGradDtypeError(
            f"{what}: only Tensors of floating point and complex dtype can require gradients, got {dtype}"
        )


def _rebuild(self: Node, array: Any, edge: Edge) -> Tensor:  # noqa: ARG001  (a method of Node)
    return wrap(array, edge)


def _rebuild_gradient(self: Node, array: Any) -> Tensor:
    shape = self._shape
    if not shape:  # it may be one of NumPy's scalars
        return wrap(array)
    new = Tensor()
    new._array = array
    new._shape = shape
    new._dtype = self._dtype
    new._nr = 0
    new._node = new._grad = new._extra = new._backward = None
    return new


def _rebuild_of_leaf(self: Any, array: Any, edge: Edge) -> Tensor:
    return wrap(array, edge, self.variable._family)


# Nodes stand below tensors and yet hand them out (`_saved_x`, gradients in hooks); this is the one thread back up.
Node.rebuild = _rebuild  # type: ignore[method-assign]
Node.rebuild_gradient = _rebuild_gradient  # type: ignore[method-assign]
AccumulateGrad.rebuild = _rebuild_of_leaf  # type: ignore[method-assign]
