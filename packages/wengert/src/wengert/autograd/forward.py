"""Forward mode: tensors that carry a tangent, and the level that they live in (rules A2).

Inside a level a tensor may be made *dual*: it carries a tangent, a Tensor of its shape and dtype, which follows every operator
(`wengert.op_forward` says how) beside the value. A tangent is an ordinary Tensor and may itself require gradients, so forward
mode lies inside reverse mode as easily as around it. There is one level at a time, for all threads; its end takes all tangents
away.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..arrays.adapter import adapter_of
from ..errors import ArgumentError, ModeError, OperandError, TangentError
from .contexts import decorate
from .modes import ACTIVE, CREATING, FORWARD, current, dual_level_in_force
from .node import Node, next_sequence
from .origins import type_name
from .saved import Extra, Tangent, is_tensor, tangent_place
from .slices import Link, replayed, transposed
from .views import NORMALLY, View, cut_alias, path

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "UnpackedDualTensor",
    "copy_tangent",
    "current_level",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "out_of_graph",
    "primal_of",
    "set_fwd_grad_enabled",
    "set_tangent",
    "tangent_of",
    "tangents_paused",
    "unpack_dual",
    "write_tangent",
]

F = TypeVar("F", bound=Callable[..., Any])

#: The number of the one level there can be; PyTorch counts from 0.
ONLY_LEVEL = 0


class DualLevel:
    """What is alive between the two ends of a level: all tangents, known weakly."""

    def __init__(self) -> None:
        self.tangents: weakref.WeakSet[Tangent] = weakref.WeakSet()

    def add(self, tangent: Tensor) -> Tangent:
        """A place for a new tangent."""
        place = Tangent(tangent)
        with CREATING:
            self.tangents.add(place)
        return place

    def clear(self) -> None:
        """Take every tangent away from its tensor, and with it what it was computed from."""
        with CREATING:
            for place in list(self.tangents):
                place.value = None


# -- levels --------------------------------------------------------------------------------------------------------------
def current_level() -> int:
    """The number of the level in force, -1 outside."""
    return ONLY_LEVEL if FORWARD in ACTIVE else -1


def enter_dual_level() -> int:
    """Begin the level of forward mode; prefer `dual_level`, which also ends it.

    Returns
    -------
    int
        Its number, for `exit_dual_level`.

    Raises
    ------
    ModeError
        If there is one already, in whichever thread it was begun.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.autograd import forward_ad as fwAD
    >>> level = fwAD.enter_dual_level()
    >>> fwAD.exit_dual_level(level=level)
    """
    with CREATING:
        if FORWARD in ACTIVE:
            raise ModeError(
                "Nested forward mode AD is not supported at the moment: a dual level is in force already, and there is one for "
                "all threads; exit_dual_level() ends it"
            )
        ACTIVE[FORWARD] = DualLevel()
    return ONLY_LEVEL


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level of forward mode: every tangent is gone.

    Parameters
    ----------
    level : int, optional
        What `enter_dual_level` returned.

    Raises
    ------
    ModeError
        If there is no level, or `level` is not its number.
    """
    with CREATING:
        if FORWARD not in ACTIVE:
            raise ModeError("exit_dual_level: there is no dual level to exit; enter_dual_level() begins one")
        if level is not None and level != ONLY_LEVEL:
            raise ModeError(
                f"exit_dual_level: level {level} was not the last one that was entered; the one in force is {ONLY_LEVEL}"
            )
        ACTIVE.pop(FORWARD).clear()


class dual_level:
    """The level in which tensors can carry tangents: a context manager, and a decorator.

    Examples
    --------
    The derivative of x³ at 2 in direction 1, on the way forward:

    >>> import wengert as wg
    >>> from wengert.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(wg.tensor(2.0), wg.tensor(1.0))
    ...     primal, tangent = fwAD.unpack_dual(x**3)
    >>> primal.item(), tangent.item()
    (8.0, 12.0)
    """

    def clone(self) -> dual_level:
        return type(self)()

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        exit_dual_level()

    def __call__(self, function: F) -> F:
        return decorate(self, function)


class set_fwd_grad_enabled:
    """Let tangents follow operators on this thread, or not: at once; as a context, until its end; as a decorator, inside.

    Parameters
    ----------
    mode : bool
        Whether they follow. Where they do not, tensors look as if they had none.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level(), fwAD.set_fwd_grad_enabled(False):
    ...     x = fwAD.make_dual(wg.tensor(2.0), wg.tensor(1.0))
    ...     print(fwAD.unpack_dual(x).tangent)
    None
    """

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)
        modes = current()
        # As of `set_grad_enabled`, the constructor already acts; what was in force before is what __exit__ goes back to.
        self._constructed: bool | None = modes.forward
        self._previous: list[bool] = []
        modes.forward = self.mode

    def clone(self) -> set_fwd_grad_enabled:
        return type(self)(self.mode)

    def __enter__(self) -> None:
        modes = current()
        self._previous.append(modes.forward if self._constructed is None else self._constructed)
        self._constructed = None
        modes.forward = self.mode

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        current().forward = self._previous.pop()

    def __call__(self, function: F) -> F:
        if self._constructed is not None:
            current().forward, self._constructed = self._constructed, None
        return decorate(self, function)


@contextmanager
def tangents_paused() -> Iterator[None]:
    """Inside, operators of this thread compute no tangents: a derivative in direction of a tangent has none itself."""
    modes = current()
    before, modes.forward = modes.forward, False
    try:
        yield
    finally:
        modes.forward = before


# -- tangents ------------------------------------------------------------------------------------------------------------
def tangent_of(tensor: Tensor) -> Tensor | None:
    """The tangent that `tensor` carries, or None: whatever this thread does with tangents.

    A view of a base that has got a tangent since has the same view of that.
    """
    extra = tensor._extra
    if extra is None:
        return None
    place = tangent_place(tensor)
    if place is not None and place.value is not None:
        return place.value
    if not isinstance(extra, View):
        return None
    of_base = tangent_of(extra.base)
    if of_base is None:
        return None
    with tangents_paused():
        cut = replayed(of_base, path(extra))
    set_tangent(tensor, cut)
    return cut


def write_tangent(target: Tensor, tangent: Tensor) -> None:
    """Let `target`, which has just been written to, carry `tangent` from now on.

    What shares memory with it carries its part of that: a tangent that is there is written to, as its tensor was, and where a
    view has none its base gets one, which is zero outside of the view.
    """
    extra, old = target._extra, tangent_of(target)
    with tangents_paused():
        if old is None and isinstance(extra, View):
            base = extra.base
            if not adapter_of(tangent._array).mutable:  # samples of a `vmap` over the tangents, which nobody writes to
                _give_base(target, base, path(extra), tangent)
                return
            zeros = base._alias()
            zeros._take(adapter_of(base._array).zeros(base._shape, base._dtype, base._array))
            set_tangent(base, zeros)
            old = tangent_of(target)
        if old is None:
            set_tangent(target, tangent)
        else:
            old.copy_(tangent)


def _give_base(view: Tensor, base: Tensor, link: Link | None, tangent: Tensor) -> None:
    """Let `base`, and `view` of it, carry tangents that cannot be written to, zero outside of the view."""
    if link is None or adapter_of(base._array).same_place(view._array, base._array):
        set_tangent(base, tangent)
        set_tangent(view, tangent)
    else:
        whole = transposed(tangent, link)
        set_tangent(base, whole.clone() if whole._is_view() else whole)  # of which the view's is to be one
        tangent_of(view)


def copy_tangent(source: Tensor, copy: Tensor) -> None:
    """Let `copy`, a new tensor with the values of `source`, carry a copy of its tangent, if there is a level."""
    tangent = None if dual_level_in_force() is None else tangent_of(source)
    if tangent is not None:
        with tangents_paused():
            place = ACTIVE[FORWARD].add(tangent.clone())
        copy._extra = Extra()
        copy._extra.tangent = place


def set_tangent(tensor: Tensor, tangent: Tensor) -> None:
    """Let `tensor` carry `tangent`, of its shape, dtype and library, in place of one that it may have had.

    What the node that made `tensor` has saved of it carries the tangent too, for a backward inside the level.
    """
    level = ACTIVE[FORWARD]
    check_tangent(tensor, tangent)
    tensor._counter()  # the node that saved this output learns that it is more than an array
    assert tensor._extra is not None
    place = tensor._extra.tangent = level.add(tangent)
    node = tensor.grad_fn
    if node is not None:
        node.note_tangent(tensor.output_nr, place)


def check_tangent(tensor: Tensor, tangent: Tensor) -> None:
    """Raise if `tangent` cannot be one of `tensor`."""
    adapter, other = adapter_of(tensor._array), adapter_of(tangent._array)
    if adapter.library is not other.library:
        raise TangentError(f"tangent: expected an array of {adapter.name}, as the tensor is one, got one of {other.name}")
    if tangent._shape != tensor._shape:
        raise TangentError(
            "tangent: Trying to set a forward gradient that has a different size than that of the original Tensor: "
            f"expected shape {tensor._shape}, got {tangent._shape}"
        )
    if tangent._dtype != tensor._dtype:
        raise TangentError(f"tangent: expected dtype {tensor._dtype}, that of the tensor, got {tangent._dtype}; cast it")


def primal_of(tensor: Tensor, recorded: bool = True) -> Tensor:
    """Another tensor on the same memory without the tangent, at the same place of the graph unless `recorded` is False."""
    new = tensor._alias()
    new._extra = Extra()
    new._extra.version = tensor._counter()
    if recorded and tensor.requires_grad:
        new._node, new._nr = tensor._place()
    return new


def out_of_graph(tensor: Tensor) -> Tensor:
    """`tensor` with its tangent, but without a place in the graph."""
    if not tensor.requires_grad:
        return tensor
    new = primal_of(tensor, recorded=False)
    assert new._extra is not None
    new._extra.tangent = tangent_place(tensor)
    return new


class Alias(Node):
    """The node of a dual tensor: its gradient is that of the tensor that it was made from."""

    __slots__ = ()
    _label = "ViewBackward0"

    def __init__(self, primal: Tensor) -> None:
        self._lead_to([primal._place()])
        self._saved, self._static = (), None
        self._hooks = self._info = None
        self._outputs, self._shape, self._dtype = 1, primal._shape, primal._dtype
        self._sequence = next_sequence()

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        return (grad,)

    apply_recorded = apply


def _view_of(tensor: Tensor) -> Tensor:
    """A view of the whole of `tensor`, recorded where gradients are."""
    new = tensor._alias()
    cut_alias(new, tensor)
    extra = new._extra
    if not isinstance(extra, View):  # of a tensor of inference mode
        new._extra = Extra()
        new._extra.inference = True
    elif current().grad:
        extra.made = NORMALLY
        extra.node = Alias(tensor) if tensor.requires_grad else None
    return new


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """`tensor` with a tangent: a dual tensor on the same memory.

    Parameters
    ----------
    tensor : Tensor
        The primal value, of floating or complex dtype.
    tangent : Tensor
        Of the same shape, dtype and array library. It may require gradients, and is copied only if it lies in memory otherwise
        than `tensor` does, with other strides say.
    level : int, optional
        The number of the level in force.

    Returns
    -------
    Tensor
        Gradients of it go to `tensor`.

    Raises
    ------
    ModeError
        Outside of a level.
    TangentError
        If the tangent does not fit, or one of the two is dual already.
    ArgumentError
        If one of the two is of an integer or boolean dtype.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(wg.tensor([1.0, 2.0]), wg.tensor([1.0, 0.0]))
    ...     fwAD.unpack_dual(x * x).tangent.tolist()
    [2.0, 0.0]
    """
    if FORWARD not in ACTIVE:
        raise ModeError(
            "make_dual: Trying to create a dual Tensor for forward AD but no level exists; do it inside `with dual_level():`"
        )
    for name, role, value in (("tensor", "primal", tensor), ("tangent", "tangent", tangent)):
        if not is_tensor(value):
            raise OperandError(f"make_dual: {name}: expected a Tensor, got {type_name(value)}")
        if adapter_of(value._array).kind(value._dtype) not in "fc":
            raise ArgumentError(
                f"make_dual: {name}: Expected {role} to be floating point or complex, but got: {value._dtype}"
            )
    if tangent_of(tensor) is not None:
        raise TangentError("make_dual: tensor carries a tangent already; unpack_dual() gives it without")
    if tangent_of(tangent) is not None:
        raise TangentError(
            "make_dual: tangent itself has a forward gradient at the same level, and there is one level only; unpack_dual() "
            "gives its value"
        )
    if level is not None and level != ONLY_LEVEL:
        raise ModeError(f"make_dual: invalid level {level}; the one in force is {ONLY_LEVEL}")
    dual = _view_of(tensor)
    check_tangent(dual, tangent)
    set_tangent(dual, _laid_as(tensor, tangent))
    return dual


def _laid_as(tensor: Tensor, tangent: Tensor) -> Tensor:
    """`tangent`, or a copy where it does not lie in memory as `tensor` does, so that the same views can be cut of both."""
    adapter = adapter_of(tangent._array)
    if adapter.lies_as(tangent._array, tensor._array):
        return tangent
    with tangents_paused():
        if not adapter.mutable:
            return tangent.clone()
        copy = tensor._alias()
        copy._take(adapter.zeros_as(tensor._array))
        return copy.copy_(tangent)


class UnpackedDualTensor(NamedTuple):
    """What `unpack_dual` returns: the value, and the tangent or None."""

    primal: Tensor
    tangent: Tensor | None


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The value and the tangent of a tensor.

    Parameters
    ----------
    tensor : Tensor
        Dual or not.
    level : int, optional
        The number of the level in force.

    Returns
    -------
    UnpackedDualTensor
        The named tuple ``(primal, tangent)``; `tangent` is None for a tensor that carries none, or outside of a level. Gradients
        of `primal` go where those of `tensor` do.

    Raises
    ------
    ModeError
        If the tensor carries a tangent, and `level` is not the number of the level.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(wg.tensor([3.0]), wg.tensor([1.0]))
    ...     fwAD.unpack_dual(1 / x)
    UnpackedDualTensor(primal=tensor([0.33333333]), tangent=tensor([-0.11111111]))
    """
    if not is_tensor(tensor):
        raise OperandError(f"unpack_dual: expected a Tensor, got {type_name(tensor)}")
    tangent = None if dual_level_in_force() is None else tangent_of(tensor)
    if tangent is None:
        return UnpackedDualTensor(tensor, None)
    if level is not None and level != ONLY_LEVEL:
        raise ModeError(f"unpack_dual: invalid level {level}; the one in force is {ONLY_LEVEL}")
    primal = primal_of(tensor)
    assert primal._extra is not None
    primal._extra.base = tensor
    return UnpackedDualTensor(primal, tangent)
