"""Every kind of hook on the backward pass, under the names of PyTorch's ``python_hook.h`` (rules H).

Within one node they fire in this order, on one thread, the thread that called ``backward()``:

====  ========================  ==========================================  =========================================
 nr   class                     registered with                             called with
====  ========================  ==========================================  =========================================
 1    `FunctionTensorPreHook`   ``tensor.register_hook``                    the gradient of the tensor
 2    `FunctionTensorRetainGrad`  ``tensor.retain_grad``                    the same; stores it as ``tensor.grad``
 3    `FunctionPreHooks`        ``node.register_prehook``                   the tuple of gradients of the node's outputs
 —    the derivative            (for a leaf: adding to ``leaf.grad``)
 4    `TensorPostAccGradHooks`  ``leaf.register_post_accumulate_grad_hook`` the leaf, after its ``.grad`` was updated
 5    `FunctionPostHooks`       ``node.register_hook``                      gradients of its inputs, and of its outputs
====  ========================  ==========================================  =========================================

Of one kind on one target, hooks fire in the order of registration, each seeing what the one before it returned; tensor hooks
of a node with several outputs fire by output, then by registration. The hooks to call are read once, when their turn comes:
a hook removed by an earlier one of its kind still runs this time, one that was added does not (H5.1).
"""

from __future__ import annotations

import threading
import weakref
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import HookError, HookTypeError
from .handles import RemovableHandle
from .hook_calls import HookCall, checked, checked_tuple, say_which
from .modes import ACTIVE, CREATING, current
from .origins import Origin, Position, caller_position, origin_at, type_name
from .saved import is_tensor

if TYPE_CHECKING:
    from .node import Node
    from .tensor import Tensor

__all__ = [
    "FIRST_HOOKS",
    "CompiledNodeArgs",
    "FunctionPostHook",
    "FunctionPostHooks",
    "FunctionPreHook",
    "FunctionPreHooks",
    "FunctionTensorPreHook",
    "FunctionTensorRetainGrad",
    "Hooks",
    "NodeHooks",
    "PostAccumulateGradHook",
    "SwapSavedVariables",
    "TensorPostAccGradHooks",
    "live_hooks",
]

Grads = tuple["Tensor | None", ...]

#: How often hooks have turned up where there were none: the first of a kind on a node or tensor. Who has looked at a graph sees
#: by it whether to look again.
FIRST_HOOKS = [0]


class Hooks(dict[int, Callable[..., Any]]):
    """The hooks of one kind on one target: from handle id to function, in order of registration.

    Besides what a dictionary does it remembers where each hook was registered, for the hook ledger. Whoever calls the hooks
    goes through a ``copy()``: it is made in one go, whereas a list of pairs makes so many objects that the garbage collector
    may run meanwhile, and with it finalizers and other threads, which may add and remove hooks.
    """

    __slots__ = ("__weakref__", "kind", "positions", "pure", "target")

    def __init__(self, kind: str = "", target: Any = None) -> None:
        self.kind = kind
        self.target: Callable[[], Any] | None = None if target is None else weakref.ref(target)
        self.positions: dict[int, Position | Origin | None] = {}  # an Origin in copies, which may travel
        self.pure: frozenset[int] = frozenset()  # those that are nothing but array code, and may be compiled
        if kind:
            references = _register.references
            references.append(weakref.ref(self))
            if len(references) > _register.limit:
                _register.sweep()

    def __reduce__(self) -> Any:
        return (OrderedDict, (list(self.copy().items()),))

    def add(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Append `fn` and note the place, outside this package, that registers it."""
        if not self:
            FIRST_HOOKS[0] += 1
        handle = RemovableHandle(self)
        key = handle.id
        self[key] = fn
        self.positions[key] = caller_position()
        if ACTIVE and current().tracer is not None:
            current().tracer.added(self, handle, fn)
        return handle

    def register(self, fn: Callable[..., Any], pure: bool | None) -> RemovableHandle:
        """The same, with a note if it does nothing but compute with what it is given; None: what its attribute `pure` says."""
        handle = self.add(fn)
        if pure or (pure is None and getattr(fn, "pure", False) is True):
            self.pure |= {handle.id}
        return handle

    def pop(self, key: int, *default: Any) -> Any:
        """Take a hook out, and the memory of its place: a loop that registers and removes must not fill the memory."""
        self.positions.pop(key, None)
        return super().pop(key, *default)

    def origin(self, key: int) -> Origin | None:
        """The line that registered a hook, by its handle's id."""
        position = self.positions.get(key)
        return position if position is None or isinstance(position, Origin) else origin_at(position)

    def move_to_front(self, key: int) -> None:
        """Let the hook with this id be called before all others."""
        others = [(k, fn) for k, fn in self.copy().items() if k != key]
        first = self[key]
        self.clear()
        self[key] = first
        self.update(others)


class _Register:
    """Weak references to all dictionaries of hooks, for the ledger. Adding one costs as good as nothing.

    The dead are swept out when there are twice as many entries as were alive the last time. (Asking the garbage collector for
    all its objects would need no register, but it hands out tuples that another thread is still filling.)
    """

    def __init__(self) -> None:
        self.references: list[weakref.ref[Hooks]] = []
        self.limit = 1024
        self.sweeping = threading.Lock()

    def sweep(self) -> None:
        if self.sweeping.acquire(blocking=False):
            try:
                seen = len(self.references)  # what is appended meanwhile comes after these
                alive = [r for r in self.references[:seen] if r() is not None]
                self.references[:seen] = alive
                self.limit = max(1024, 2 * len(alive))
            finally:
                self.sweeping.release()


_register = _Register()


def live_hooks() -> list[Hooks]:
    """Every non-empty dictionary of hooks that is alive."""
    found = (reference() for reference in list(_register.references))
    return [hooks for hooks in found if hooks]


class CompiledNodeArgs(Protocol):
    """What a hook tells the compiler of itself: what enters the cache key, and what is lifted to an input."""

    def add_tensor_pre_hook(self, fn: Callable[..., Any], value_idx: int) -> None: ...
    def add_pre_hook(self, fn: Callable[..., Any]) -> None: ...
    def add_post_hook(self, fn: Callable[..., Any]) -> None: ...
    def add_post_acc_grad_hook(self, fn: Callable[..., Any]) -> None: ...
    def add_retain_grad_hook(self, tensor: Callable[[], Any], value_idx: int) -> None: ...


class SwapSavedVariables(Protocol):
    """Through which a hook writes itself into a compiled program, with traced values in the place of saved ones."""

    def post_acc_grad_hook(self, tensor: Tensor, fn: Callable[..., Any]) -> None: ...
    def retain_grad_hook(self, tensor: Callable[[], Any], grad: Any) -> None: ...


# -- the classes -------------------------------------------------------------------------------------------------------
class FunctionPreHook(ABC):
    """Base of hooks that run before a node: the gradients of its outputs in, as many out.

    An object of a subclass is registered by `Node.register_prehook`; with an attribute ``pure = True`` it is traced into
    compiled programs.
    """

    __slots__ = ()

    @abstractmethod
    def __call__(self, grads: Grads, interpreter: Any = None) -> Grads: ...

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        """Tell the compiler what of this hook enters the cache key."""
        raise NotImplementedError(f"{type(self).__name__} cannot be compiled: it defines no compiled_args()")


class FunctionPostHook(ABC):
    """Base of hooks that run after a node: the gradients of its inputs and of its outputs in, of its inputs out.

    An object of a subclass is registered by `Node.register_hook`; with an attribute ``pure = True`` it is traced into compiled
    programs.
    """

    __slots__ = ()

    @abstractmethod
    def __call__(self, grad_inputs: Grads, grad_outputs: Grads, interpreter: Any = None) -> Grads: ...

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        """Tell the compiler what of this hook enters the cache key."""
        raise NotImplementedError(f"{type(self).__name__} cannot be compiled: it defines no compiled_args()")


class PostAccumulateGradHook(ABC):
    """Base of hooks that run when a leaf's ``.grad`` was updated."""

    __slots__ = ()

    @abstractmethod
    def __call__(self, tensor: Tensor, interpreter: Any = None) -> None: ...

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        """Tell the compiler what of this hook enters the cache key."""
        raise NotImplementedError(f"{type(self).__name__} cannot be compiled: it defines no compiled_args()")

    def apply_with_saved(self, tensor: Tensor, saved: SwapSavedVariables) -> None:
        """Write this hook into the compiled program."""
        raise NotImplementedError(f"{type(self).__name__} cannot be compiled: it defines no apply_with_saved()")


class FunctionTensorPreHook(FunctionPreHook):
    """The hooks of ``tensor.register_hook``: on the one gradient number `value_idx` of a node."""

    __slots__ = ("hooks", "value_idx")

    def __init__(self, hooks: Hooks, value_idx: int) -> None:
        self.hooks = hooks
        self.value_idx = value_idx

    def __call__(self, grads: Grads, interpreter: Any = None) -> Grads:
        if not self.hooks:
            return grads
        index = self.value_idx
        grad = call_tensor_hooks(self.hooks, grads[index], interpreter)
        return grads if grad is grads[index] else (*grads[:index], grad, *grads[index + 1 :])

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        for fn in self.hooks.copy().values():  # others may come and go meanwhile, from other threads
            args.add_tensor_pre_hook(fn, self.value_idx)


class FunctionTensorRetainGrad(FunctionPreHook):
    """The hook of ``tensor.retain_grad``; knows its tensor weakly, so that it keeps nothing alive (H8.1)."""

    __slots__ = ("tensor", "value_idx")

    def __init__(self, tensor: Tensor, value_idx: int) -> None:
        self.tensor = weakref.ref(tensor)
        self.value_idx = value_idx

    def __call__(self, grads: Grads, interpreter: Any = None) -> Grads:
        tensor, grad = self.tensor(), grads[self.value_idx]
        if tensor is not None and grad is not None:
            if interpreter is None:
                store_retained(tensor, grad)
            else:
                interpreter.retain(tensor, grad)
        return grads

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        args.add_retain_grad_hook(self.tensor, self.value_idx)

    def apply_with_saved(self, grad: Any, saved: SwapSavedVariables) -> None:
        saved.retain_grad_hook(self.tensor, grad)


class FunctionPreHooks(FunctionPreHook):
    """The hooks of ``node.register_prehook``."""

    __slots__ = ("hooks",)

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks

    def __call__(self, grads: Grads, interpreter: Any = None) -> Grads:
        for key, fn in self.hooks.copy().items():
            try:
                result = fn(grads) if interpreter is None else interpreter.hook(HookCall(self.hooks, key, fn), (grads,))
            except BaseException as error:
                say_which(error, HookCall(self.hooks, key, fn))
                raise
            if result is not None:
                grads = checked_tuple((self.hooks, key, fn), grads, result)
        return grads

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        for fn in self.hooks.copy().values():  # others may come and go meanwhile, from other threads
            args.add_pre_hook(fn)


class FunctionPostHooks(FunctionPostHook):
    """The hooks of ``node.register_hook``."""

    __slots__ = ("hooks",)

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks

    def __call__(self, grad_inputs: Grads, grad_outputs: Grads, interpreter: Any = None) -> Grads:
        for key, fn in self.hooks.copy().items():
            try:
                if interpreter is None:
                    result = fn(grad_inputs, grad_outputs)
                else:
                    result = interpreter.hook(HookCall(self.hooks, key, fn), (grad_inputs, grad_outputs))
            except BaseException as error:
                say_which(error, HookCall(self.hooks, key, fn))
                raise
            if result is not None:
                grad_inputs = checked_tuple((self.hooks, key, fn), grad_inputs, result)
        return grad_inputs

    def calls(self) -> list[HookCall]:
        """The hooks as they stand, in order."""
        return [HookCall(self.hooks, key, fn) for key, fn in self.hooks.copy().items()]

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        for fn in self.hooks.copy().values():  # others may come and go meanwhile, from other threads
            args.add_post_hook(fn)


class TensorPostAccGradHooks(PostAccumulateGradHook):
    """The hooks of ``leaf.register_post_accumulate_grad_hook``."""

    __slots__ = ("hooks",)

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks

    def __call__(self, tensor: Tensor, interpreter: Any = None) -> None:
        for key, fn in self.hooks.copy().items():
            try:
                result = fn(tensor) if interpreter is None else interpreter.hook(HookCall(self.hooks, key, fn), (tensor,))
            except BaseException as error:
                say_which(error, HookCall(self.hooks, key, fn))
                raise
            if result is None or result is tensor:
                continue
            # A wrong type is a TypeError, as it is for every hook; a tensor would be a replacement, which there is none of.
            wrong = HookError if is_tensor(result) else HookTypeError
            raise wrong(f"{HookCall(self.hooks, key, fn)} returned {type_name(result)}; expected None: hooks should return None.")

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        for fn in self.hooks.copy().values():  # others may come and go meanwhile, from other threads
            args.add_post_acc_grad_hook(fn)

    def apply_with_saved(self, tensor: Tensor, saved: SwapSavedVariables) -> None:
        for fn in self.hooks.copy().values():  # others may come and go meanwhile, from other threads
            saved.post_acc_grad_hook(tensor, fn)


class NodeHooks:
    """Every hook on one node, by kind.

    Attributes
    ----------
    only : Hooks or None
        The one dictionary of tensor hooks, where a node with one output has no other hooks: the commonest case, which the
        engine serves without detours.
    tensor : list of FunctionPreHook
        The tensor hooks, by number of the output, then by registration.
    retain : dict
        The retained gradients, by number of the output.
    pre, post : FunctionPreHooks, FunctionPostHooks or None
        The hooks of the node itself.
    """

    __slots__ = ("only", "post", "pre", "retain", "tensor")

    def __init__(self) -> None:
        self.only: Hooks | None = None
        self.tensor: list[FunctionPreHook] = []
        self.retain: dict[int, FunctionTensorRetainGrad] = {}
        self.pre: FunctionPreHooks | None = None
        self.post: FunctionPostHooks | None = None

    def retain_for(self, tensor: Tensor, number: int) -> None:
        """Let `tensor` keep its gradient, that of output `number`."""
        FIRST_HOOKS[0] += 1
        self.retain[number] = FunctionTensorRetainGrad(tensor, number)
        self.only = None

    def before_capture(self, grads: Grads, interpreter: Any) -> Grads:
        """Tensor hooks, then retained gradients: what the gradient is made of, whatever happens to it next."""
        for hook in list(self.tensor):
            grads = hook(grads, interpreter)
        self.store_retained(grads, interpreter)
        return grads

    def store_retained(self, grads: Grads, interpreter: Any) -> None:
        """Let the tensors that asked for it keep their gradients."""
        for index in sorted(self.retain):
            self.retain[index](grads, interpreter)


# -- registration ------------------------------------------------------------------------------------------------------
def node_hooks(node: Node) -> NodeHooks:
    """The hooks of `node`, created on demand; a leaf keeps those of its accumulator beyond the graph (W13)."""
    found = node._hooks
    if found is None:
        with CREATING:
            found = node._hooks or _new_node_hooks(node)
    return found


def _new_node_hooks(node: Node) -> NodeHooks:
    FIRST_HOOKS[0] += 1
    found = node._hooks = NodeHooks()
    if node._is_leaf:
        node.variable._backward_state().node_hooks = found
    return found


def _owner(node: Node) -> Any:
    """What hooks on `node` live with: the node, or the leaf that it accumulates into."""
    return node.variable if node._is_leaf else node


def register_pre_hook(node: Node, fn: Callable[..., Any], pure: bool | None = None) -> RemovableHandle:
    hooks = node_hooks(node)
    if hooks.pre is None:
        with CREATING:
            if hooks.pre is None:
                hooks.pre = FunctionPreHooks(Hooks("node pre-hook", _owner(node)))
                hooks.only = None
    return hooks.pre.hooks.register(fn, pure)


def register_post_hook(node: Node, fn: Callable[..., Any], pure: bool | None = None) -> RemovableHandle:
    hooks = node_hooks(node)
    if hooks.post is None:
        with CREATING:
            if hooks.post is None:
                hooks.post = FunctionPostHooks(Hooks("node post-hook", _owner(node)))
                hooks.only = None
    return hooks.post.hooks.register(fn, pure)


def attach_tensor_hooks(node: Node, tensor: Tensor) -> None:
    """Let `node` run the hooks in the tensor's dictionary on the gradient of that output."""
    _, output_nr = tensor._place()
    with CREATING:
        state = tensor._backward_state()
        if state.hooks is None:
            state.hooks = Hooks("tensor hook", tensor)
        attach_pre_hook(node, FunctionTensorPreHook(state.hooks, output_nr))


def attach_pre_hook(node: Node, hook: Any) -> None:
    """Insert a tensor pre-hook in its place: outputs in order, registrations in order within each (W30).

    Whoever calls it holds `CREATING`.
    """
    FIRST_HOOKS[0] += 1
    found = node._hooks or _new_node_hooks(node)
    hooks = found.tensor
    if not hooks and type(hook) is FunctionTensorPreHook and node._outputs == 1:
        alone = found.pre is None and found.post is None and not found.retain
        found.only = hook.hooks if alone else None
    else:
        found.only = None
    position = len(hooks)
    while position and getattr(hooks[position - 1], "value_idx", 0) > hook.value_idx:
        position -= 1
    hooks.insert(position, hook)


# -- calling -----------------------------------------------------------------------------------------------------------
def call_tensor_hooks(hooks: Hooks, grad: Tensor | None, interpreter: Any) -> Tensor | None:
    """Pass `grad` through tensor hooks in turn."""
    for key, fn in hooks.copy().items():
        try:
            result = fn(grad) if interpreter is None else interpreter.hook(HookCall(hooks, key, fn), (grad,))
        except BaseException as error:
            say_which(error, HookCall(hooks, key, fn))
            raise
        if result is not None and result is not grad:
            grad = checked((hooks, key, fn), grad, result)
    return grad


def store_retained(tensor: Tensor, grad: Tensor) -> None:
    """Add to the ``.grad`` of an interior tensor, out of place: earlier results stay what they were (H3.7)."""
    while True:
        old = tensor._grad
        new = grad.clone() if old is None else old + grad
        with CREATING:
            if tensor._grad is old:  # else another thread has added its own meanwhile
                tensor._grad = new
                return
