"""What `Tensor` does with its array and its history apart from operators: detach, replace, copy, pickle (rules G5.8, G6)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

from ..arrays.adapter import adapter_of
from ..errors import GradientTypeError, LeafError, LibraryError, RequiresGradDtypeError
from .grad_attribute import checked_grad_dtype
from .handles import warn_if_has_hooks
from .modes import ACTIVE, met
from .node import NO_EDGE, SAME, UNSETTLED
from .origins import type_name
from .saved import Extra, is_tensor
from .slices import replayed
from .views import View, part_from_views, path

if TYPE_CHECKING:
    from .node import AccumulateGrad
    from .tensor import Tensor

__all__ = ["TensorData"]


class TensorData:
    """The part of `Tensor` that this module is about."""

    if not TYPE_CHECKING:  # a type checker would not let us assign to the slots of `Tensor`
        __slots__ = ()

    if TYPE_CHECKING:  # what `Tensor` gives
        _array: Any
        _backward: Any
        _dtype: Any
        _extra: Extra | None
        _grad: Tensor | None
        _shape: tuple[int, ...]
        requires_grad: bool

        @property
        def is_leaf(self) -> bool: ...
        def _backward_state(self) -> Any: ...
        def _counter(self) -> Any: ...
        def _is_view(self) -> bool: ...
        def clone(self) -> Self: ...
        def _alias(self) -> Tensor: ...
        def _place(self) -> Any: ...
        @classmethod
        def _rebuild(cls, array: Any, requires_grad: bool) -> Self: ...

    # -- out of the graph --------------------------------------------------------------------------------------------
    def detach(self) -> Tensor:
        """The same memory, as a leaf that requires no gradient; writes in place are seen by both (G6.1)."""
        new = self._alias()
        extra = self._extra
        if extra is not None and extra.inference:
            new._extra = extra
        else:
            new._extra = Extra()
            new._extra.version = self._counter()
        return new

    def detach_(self) -> Self:
        """Make this tensor itself a leaf that requires no gradient (G6.3).

        Its hooks and the mark of ``retain_grad`` belong to the history that it leaves: the hooks go on serving the old graph,
        the tensor has none of them (W5, W6). A leaf keeps its hooks.

        Raises
        ------
        LeafError
            If it is a view: its base would go on without it.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0], requires_grad=True)
        >>> y = x * 2
        >>> y.detach_().is_leaf, y.requires_grad
        (True, False)
        """
        if self._is_view():
            raise LeafError("Can't detach views in-place: the base goes on. Use detach() instead of detach_()")
        if not self.is_leaf:
            self._leave_history()
        if self._extra is not None:
            self._extra.tangent = None
        self._node, self._nr = NO_EDGE
        return self

    def _leave_history(self) -> None:
        """Give up what hangs on the place in the graph that the tensor is about to leave."""
        node, number = self._place()
        self._counter()
        assert self._extra is not None
        self._extra.detached = True  # whoever saved the tensor can no longer find where its gradient goes (S1.4)
        state = self._backward
        if state is not None:
            state.hooks = None  # the node keeps the dictionary
            if state.retains:
                state.retains = False
                node._hooks.retain.pop(number, None)

    # -- the array ---------------------------------------------------------------------------------------------------
    @property
    def data(self) -> Tensor:
        """The same memory as a leaf of its own, with a version counter of its own: autograd sees no write to it (G6.2).

        Assigning another tensor makes this one stand for that one's memory, shape and dtype, unseen by autograd.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> x.data = wg.tensor([5.0, 6.0, 7.0])
        >>> x.tolist(), x.requires_grad, x._version
        ([5.0, 6.0, 7.0], True, 0)
        """
        new = self._alias()
        if self._extra is not None and self._extra.inference:
            new._extra = self._extra
        return new

    @data.setter
    def data(self, value: Tensor) -> None:
        if not is_tensor(value):
            raise GradientTypeError(f"data: expected a Tensor, got {type_name(value)}")
        if ACTIVE:
            met(self)
            met(value)
        adapter, other = adapter_of(self._array), adapter_of(value._array)
        if adapter.library is not other.library:
            raise LibraryError(f"data: expected an array of {adapter.name}, got one of {other.name}")
        if self.requires_grad and other.kind(value._dtype) not in "fc":
            raise RequiresGradDtypeError(
                f"data: to require grad it must be floating point or complex dtype, got {value._dtype}"
            )
        if self._is_view():
            self._leave_base()
        part_from_views(self)  # type: ignore[arg-type]
        self._take(value._array)

    def _leave_base(self) -> None:
        """Be no view any more: the memory is about to be another one. The place in the graph and the version stay."""
        node, number = self._place()
        extra = Extra()
        extra.version.value = self._counter().value
        self._extra = extra
        self._node, self._nr = (UNSETTLED, 0) if node is not None and node._is_leaf else (node, number)

    def _take(self, array: Any) -> None:
        """Stand for `array` from now on; a leaf that changes shape or dtype gets a fresh accumulator (W15)."""
        changed = array.shape != self._shape or array.dtype != self._dtype
        self._array, self._shape, self._dtype = array, array.shape, array.dtype
        if changed:
            self._renew_accumulator()

    def _renew_accumulator(self) -> None:
        """Be another leaf for graphs to come; those that there are still lead here."""
        old = self._accumulator()
        if old is not None:
            old._static = True  # graphs that still lead to it need a closer look
            self._backward.accumulator = None

    def _accumulator(self) -> AccumulateGrad | None:
        """The leaf's accumulator, if some graph keeps one alive."""
        state = self._backward
        return None if state is None or state.accumulator is None else state.accumulator()

    # -- the gradient's dtype ----------------------------------------------------------------------------------------
    @property
    def grad_dtype(self) -> Any:
        """The dtype to which gradients of this leaf are cast (G5.8); None: they stay as they arrive. Default: the tensor's.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> x.grad_dtype = wg.float32
        >>> (x * x).sum().backward()
        >>> x.grad.dtype
        dtype('float32')
        """
        if not self.is_leaf:
            raise LeafError("grad_dtype can only be accessed on leaf tensors; the gradient of a result has its dtype")
        state = self._backward
        return self._dtype if state is None or state.grad_dtype is SAME else state.grad_dtype

    @grad_dtype.setter
    def grad_dtype(self, value: Any) -> None:
        if not self.is_leaf:
            raise LeafError("grad_dtype can only be set on leaf tensors")
        dtype: Any = checked_grad_dtype(self, value)  # type: ignore[arg-type]
        self._backward_state().grad_dtype = dtype
        node = self._accumulator()
        if node is not None:
            node._dtype, node._static = dtype, True

    # -- copies ------------------------------------------------------------------------------------------------------
    def __copy__(self) -> Self:
        """Of a leaf another leaf on the same memory (G6.4); of what was computed its ``clone()``.

        As a leaf, what was computed would have lost its history, and whoever computes with it his gradient, without a word.
        """
        if not self.is_leaf:
            return self.clone()
        make, arguments, *state = self.__reduce_ex__(4)
        new: Self = make(*arguments)
        for attributes in state:
            new.__dict__.update(attributes)
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        new = self._deepcopied(memo)
        if self._grad is not None:
            new._grad = copy.deepcopy(self._grad, memo)
        return new

    def _deepcopied(self, memo: dict[int, Any]) -> Self:
        """A leaf on a copy of the array, without gradient and hooks (G6.4); memory shared before is shared after."""
        if not self.is_leaf:
            raise LeafError(
                "Only Tensors created explicitly by the user support the deepcopy protocol: call detach() on what was computed"
            )
        extra = self._extra
        if isinstance(extra, View):
            array = replayed(copy.deepcopy(extra.base._array, memo), path(extra))
        else:
            array = copy.deepcopy(self._array, memo)
        new = self._rebuild(array, self.requires_grad)
        memo[id(self)] = new
        if self._backward is not None and self._backward.grad_dtype is not SAME:
            new._backward_state().grad_dtype = self._backward.grad_dtype
        _copy_attributes(self, new, memo)
        return new

    def __reduce_ex__(self, protocol: Any) -> Any:
        # What is pickled is the values: no gradient, no history, and hooks only warn (G6.4).
        warn_if_has_hooks(self)
        return self._reduced()

    def _reduced(self) -> Any:
        state = getattr(self, "__dict__", None)
        return (type(self)._rebuild, (self._array, self.requires_grad), *((state,) if state else ()))


def _copy_attributes(old: Any, new: Any, memo: dict[int, Any]) -> None:
    """What users put on an instance of a subclass that has room for it."""
    attributes = getattr(old, "__dict__", None)
    if attributes:
        new.__dict__.update(copy.deepcopy(attributes, memo))
