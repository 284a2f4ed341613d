"""Tensors from outside, as a function that is being traced sees them, and as everybody else does.

To the thread that traces a function the tensors that it meets have traced arrays, and gradients made of such. To other threads
they must be what they are, whatever these do at that moment, be it inside an operator. So for that time such a tensor is of a
subclass of its class, in which ``_array``, ``_grad`` and ``_shape`` are properties: they answer the tracing thread with what its
recorder keeps, and everybody else, hooks of that thread among them, with what stands in the tensor's own slots.
"""

from __future__ import annotations

import threading
import types
from typing import Any

from ..arrays.sizes import plain
from ..autograd.modes import current
from ..autograd.tensor import Tensor

__all__ = ["Shadow", "class_of", "lift_shade", "real_array", "real_grad", "set_real_array", "set_real_grad", "shade"]

_ARRAY: Any = Tensor.__dict__["_array"]
_GRAD: Any = Tensor.__dict__["_grad"]
_SHAPE: Any = Tensor.__dict__["_shape"]

#: What stands in the slots of a tensor, whoever asks.
real_array, set_real_array = _ARRAY.__get__, _ARRAY.__set__
real_grad, set_real_grad = _GRAD.__get__, _GRAD.__set__


class Shadow:
    """What a tensor is to one recorder.

    Attributes
    ----------
    tensor : Tensor
    array : TracedArray
    grad : Tensor or None
    shown : Tensor or None
        The gradient that everybody else has been shown.
    owner
        The tensor from outside, as the recorder knows it, that this one is or is the gradient of.
    others_called : int
        How often somebody else's code had been called when this was true: since then that may have written to the tensor.
    """

    __slots__ = ("array", "grad", "others_called", "owner", "shown", "tensor")

    def __init__(self, tensor: Tensor, array: Any, grad: Any, owner: Any, others_called: int) -> None:
        self.tensor, self.array, self.owner, self.others_called = tensor, array, owner, others_called
        self.grad = self.shown = grad


def _shadow_of(tensor: Tensor) -> Shadow | None:
    """What `tensor` is to the function that this thread is tracing, if there is one that knows it."""
    tracer = current().tracer
    if tracer is None:
        return None
    shadow: Shadow | None = tracer.shadows.get(id(tensor))
    if shadow is not None and shadow.others_called != tracer.others_called:
        tracer.renew(shadow)
    return shadow


def _get_array(tensor: Tensor) -> Any:
    shadow = _shadow_of(tensor)
    return real_array(tensor) if shadow is None else shadow.array


def _set_array(tensor: Tensor, array: Any) -> None:
    shadow = _shadow_of(tensor)
    if shadow is None:
        set_real_array(tensor, array)
    else:
        shadow.array = array
        current().tracer.written[id(tensor)] = shadow


def _get_shape(tensor: Tensor) -> Any:
    """To who traces for several sizes, some lengths are symbols."""
    tracer = current().tracer
    shadow = None if tracer is None or tracer.sizes is None else tracer.shadows.get(id(tensor))
    return _SHAPE.__get__(tensor) if shadow is None else shadow.array.shape


def _set_shape(tensor: Tensor, shape: Any) -> None:
    _SHAPE.__set__(tensor, shape if _shadow_of(tensor) is None else tuple(map(plain, shape)))


def _get_grad(tensor: Tensor) -> Any:
    shadow = _shadow_of(tensor)
    return real_grad(tensor) if shadow is None else shadow.grad


def _set_grad(tensor: Tensor, grad: Any) -> None:
    shadow = _shadow_of(tensor)
    if shadow is None:
        set_real_grad(tensor, grad)
    else:
        shadow.grad = grad


# -- classes -------------------------------------------------------------------------------------------------------------
#: From a class of tensors to that of its shaded ones, and back; how many recorders shade a tensor, by its id.
_SHADED: dict[type[Tensor], type[Tensor]] = {}
_PLAIN: dict[type[Tensor], type[Tensor]] = {}
_COUNTS: dict[int, int] = {}
_LOCK = threading.Lock()


def class_of(tensor: Tensor) -> type[Tensor]:
    """The class of `tensor`, shaded or not."""
    kind = type(tensor)
    return _PLAIN.get(kind, kind)


def _shaded_class(kind: type[Tensor]) -> type[Tensor]:
    found = _SHADED.get(kind)
    if found is None:
        body = {
            "__slots__": (),
            "__module__": kind.__module__,
            "__qualname__": kind.__qualname__,
            "__doc__": kind.__doc__,
            "_array": property(_get_array, _set_array),
            "_grad": property(_get_grad, _set_grad),
            "_shape": property(_get_shape, _set_shape),
            "_rebuild": kind._rebuild,  # copies and pickles are of the class itself
        }
        found = types.new_class(kind.__name__, (kind,), {}, lambda namespace: namespace.update(body))
        _SHADED[kind], _PLAIN[found] = found, kind
    return found


def shade(tensor: Tensor) -> None:
    """From now on let recorders say what `tensor` is to their threads."""
    with _LOCK:
        count = _COUNTS.get(id(tensor), 0)
        if not count:
            tensor.__class__ = _shaded_class(type(tensor))
        _COUNTS[id(tensor)] = count + 1


def lift_shade(tensor: Tensor) -> None:
    """Take one `shade` back."""
    with _LOCK:
        count = _COUNTS.pop(id(tensor)) - 1
        if count:
            _COUNTS[id(tensor)] = count
        else:
            tensor.__class__ = _PLAIN[type(tensor)]
