"""Hooks on modules: around their forward, and around their backward (rule H10).

In one call they fire in this order; of each kind the global ones first, then the module's, each in the order of
registration (``prepend=True`` puts a hook before those of its kind on its module):

====  ===========================  ==========================================  ====================================
 nr   registered with              called with                                 may return
====  ===========================  ==========================================  ====================================
 1    register_forward_pre_hook    module, args (and kwargs)                   new args (a bare value is one of them)
 2    register_forward_hook        module, args (and kwargs), output           a new output
 3    register_full_backward_pre_hook  module, gradients of the outputs        new ones
 4    register_full_backward_hook  module, gradients of inputs, of outputs     new gradients of the inputs
====  ===========================  ==========================================  ====================================

The backward hooks see gradients because the module's inputs and outputs are passed through a Function that changes nothing:
its node after the outputs runs first in the backward, the one before the inputs last, and post-hooks on these two do the rest.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..autograd.handles import RemovableHandle
from ..autograd.hook_calls import HookCall
from ..autograd.hooks import (
    Hooks,
)
from ..autograd.modes import ACTIVE, current
from ..autograd.origins import function_name
from ..autograd.tensor import Tensor
from ..errors import HookError
from .module_backward import BackwardHooks

if TYPE_CHECKING:
    from .module import Module

__all__ = [
    "GLOBAL",
    "CallHooks",
    "ModuleHooks",
    "call_with_hooks",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]

Hook = Callable[..., Any]


class CallHooks(Hooks):
    """The hooks of one kind on one module, with what each asked for when it was registered."""

    __slots__ = ("always_called", "with_kwargs")

    def __init__(self, kind: str, target: Any = None) -> None:
        super().__init__(kind, target)
        self.with_kwargs: set[int] = set()
        self.always_called: set[int] = set()

    def add(self, fn: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
        """Append `fn`, or put it first, and note the line, outside this package, that registers it."""
        handle = super().add(fn)
        if prepend:
            self.move_to_front(handle.id)
        if with_kwargs:
            self.with_kwargs.add(handle.id)
        if always_call:
            self.always_called.add(handle.id)
        return handle

    def calls(self) -> list[HookCall]:
        """The hooks as they stand, in order."""
        return [HookCall(self, key, fn) for key, fn in self.copy().items()]

    def contents(self) -> tuple[dict[int, Hook], dict[int, Any], set[int], set[int]]:
        """Everything that a copy needs."""
        return dict(self), {key: self.origin(key) for key in self}, self.with_kwargs, self.always_called


class ModuleHooks:
    """Every hook on one module, or on all of them, by kind.

    Parameters
    ----------
    target : Module, optional
        The module; None for the hooks that are called for every module.
    """

    __slots__ = ("backward", "backward_pre", "forward", "forward_pre")

    def __init__(self, target: Any = None) -> None:
        self.forward_pre = CallHooks("module forward pre-hook", target)
        self.forward = CallHooks("module forward hook", target)
        self.backward_pre = CallHooks("module backward pre-hook", target)
        self.backward = CallHooks("module backward hook", target)

    def __bool__(self) -> bool:
        return bool(self.forward_pre or self.forward or self.backward_pre or self.backward)

    def retarget(self, target: Any) -> ModuleHooks:
        """Say that these are the hooks of `target`, after they were copied with it."""
        for kind in self.__slots__:
            getattr(self, kind).target = weakref.ref(target)
        return self

    def __reduce__(self) -> Any:
        # The plain contents, so that copying copies bound methods along with the object that they belong to.
        return (_rebuild, ({kind: getattr(self, kind).contents() for kind in self.__slots__},))


def _rebuild(contents: dict[str, Any]) -> ModuleHooks:
    hooks = ModuleHooks()
    for kind, (functions, *rest) in contents.items():
        group: CallHooks = getattr(hooks, kind)
        group.update(functions)
        group.positions, group.with_kwargs, group.always_called = rest
    return hooks


#: The hooks that are called for every module of the process.
GLOBAL = ModuleHooks()


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, args)`` before the forward of every module.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> with nn.register_module_forward_pre_hook(lambda module, args: print(type(module).__name__)):
    ...     y = nn.Sequential(nn.ReLU())(wg.tensor([1.0]))
    Sequential
    ReLU
    """
    return GLOBAL.forward_pre.add(hook)


def register_module_forward_hook(hook: Hook, *, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after the forward of every module. See `Module.register_forward_hook`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> with nn.register_module_forward_hook(lambda module, args, output: print(type(module).__name__)):
    ...     y = nn.Sequential(nn.ReLU())(wg.tensor([1.0]))
    ReLU
    Sequential
    """
    return GLOBAL.forward.add(hook, with_kwargs=with_kwargs, always_call=always_call)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` before the backward of every module.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> with nn.register_module_full_backward_pre_hook(lambda module, grad_output: print(grad_output[0].tolist())):
    ...     nn.ReLU()(x).backward(wg.tensor([3.0]))
    [3.0]
    """
    return GLOBAL.backward_pre.add(hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` after the backward of every module.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> x = wg.tensor([-1.0], requires_grad=True)
    >>> with nn.register_module_full_backward_hook(lambda module, inputs, outputs: print(inputs[0].tolist())):
    ...     nn.ReLU()(x).backward(wg.tensor([3.0]))
    [0.0]
    """
    return GLOBAL.backward.add(hook)


# -- the call ------------------------------------------------------------------------------------------------------------
class _Call:
    """One call of a module that has hooks."""

    __slots__ = ("args", "called", "hooks", "kwargs", "module", "result")

    def __init__(self, module: Module, hooks: ModuleHooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module, self.hooks, self.args, self.kwargs = module, hooks, args, kwargs
        self.result: Any = None
        self.called: set[int] = set()  # hooks of always_call=True that had their turn

    def run(self) -> Any:
        module, hooks = self.module, self.hooks
        # The backward hooks are those of the start: a forward pre-hook that registers one comes too late (as in PyTorch).
        pre = [*GLOBAL.backward_pre.calls(), *hooks.backward_pre.calls()]
        post = [*GLOBAL.backward.calls(), *hooks.backward.calls()]
        for group in (GLOBAL.forward_pre, hooks.forward_pre):
            self._group(group)
        around = BackwardHooks(module, pre, post) if pre or post else None
        if around is not None:
            self.args = around.wrap_inputs(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        for group in (GLOBAL.forward, hooks.forward):
            self._group(group)
        if around is not None:
            if not isinstance(self.result, (Tensor, tuple)):
                warnings.warn(
                    f"backward hooks of {type(module).__name__} are not called: its output should be a Tensor or a tuple of "
                    f"Tensors, got {type(self.result).__name__}",
                    UserWarning,
                    stacklevel=4,
                )
            self.result = around.wrap_outputs(self.result)
        return self.result

    def _group(self, group: CallHooks) -> None:
        """Call the hooks of one kind; a compiled function does so in each run, with real arrays."""
        tracer = current().tracer if ACTIVE and group else None
        if tracer is None:
            self.call_hooks(group)
        else:
            tracer.module_hooks(group, self)

    def call_hooks(self, group: CallHooks) -> None:
        """Call the hooks that are in `group` now."""
        before = group.kind == "module forward pre-hook"
        for key, hook in group.copy().items():
            if key in group.always_called:
                self.called.add(key)
            (self._before if before else self._after)(hook, key in group.with_kwargs)

    def values(self) -> tuple[Any, ...]:
        """What hooks are given, and may replace."""
        return self.args, self.kwargs, self.result

    def with_values(self, values: tuple[Any, ...]) -> _Call:
        """The same call with other values."""
        new = _Call(self.module, self.hooks, values[0], values[1])
        new.result = values[2]
        return new

    def take_values(self, values: tuple[Any, ...]) -> None:
        """Go on with other values."""
        self.args, self.kwargs, self.result = values

    def _before(self, hook: Hook, with_kwargs: bool) -> None:
        if not with_kwargs:
            args = hook(self.module, self.args)
            if args is not None:
                self.args = args if isinstance(args, tuple) else (args,)
            return
        both = hook(self.module, self.args, self.kwargs)
        if both is None:
            return
        if not (isinstance(both, tuple) and len(both) == 2):
            raise HookError(
                f"the forward pre-hook {function_name(hook)} must return None or a tuple (new_args, new_kwargs), got {both!r}"
            )
        self.args, self.kwargs = both

    def _after(self, hook: Hook, with_kwargs: bool) -> None:
        if with_kwargs:
            output = hook(self.module, self.args, self.kwargs, self.result)
        else:
            output = hook(self.module, self.args, self.result)
        if output is not None:
            self.result = output

    def run_always_called(self) -> None:
        """After an exception: the forward hooks that are called whatever happens and have not been."""
        for group in (GLOBAL.forward, self.hooks.forward):
            for key, hook in group.copy().items():
                if key not in group.always_called or key in self.called:
                    continue
                try:
                    self._after(hook, key in group.with_kwargs)
                except Exception as error:  # noqa: BLE001 — the first error is the one that the caller must see
                    warnings.warn(
                        f"the forward hook {function_name(hook)}, registered with always_call=True, raised {error!r}, which is "
                        "silenced because another error was raised in the forward",
                        UserWarning,
                        stacklevel=5,
                    )


def call_with_hooks(module: Module, hooks: ModuleHooks | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the forward of `module` and every hook around it."""
    call = _Call(module, hooks or ModuleHooks(), args, kwargs)
    try:
        return call.run()
    except Exception:
        call.run_always_called()
        raise
