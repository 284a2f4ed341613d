"""``state_dict`` and ``load_state_dict``: the values of a module by dotted path."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..arrays.adapter import is_array
from ..autograd.hooks import Hooks
from ..autograd.tensor import Tensor
from ..errors import StateDictError
from .parameter import Parameter
from .writing import write

if TYPE_CHECKING:
    from .module import Module

__all__ = ["IncompatibleKeys", "StateHooks", "load_state", "read_state"]


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict`` did not find, and what it found no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class StateHooks:
    """The hooks around reading and loading the state of one module."""

    __slots__ = ("load_post", "load_pre", "read_post", "read_pre")

    def __init__(self) -> None:
        self.read_pre, self.read_post, self.load_pre, self.load_post = Hooks(), Hooks(), Hooks(), Hooks()

    def __reduce__(self) -> Any:
        return (_rebuild, tuple(dict(getattr(self, kind)) for kind in self.__slots__))


def _rebuild(*contents: dict[int, Any]) -> StateHooks:
    hooks = StateHooks()
    for kind, functions in zip(StateHooks.__slots__, contents, strict=True):
        getattr(hooks, kind).update(functions)
    return hooks


def own_state(module: Module) -> Iterator[tuple[str, Tensor]]:
    """The parameters and persistent buffers of this very module."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield name, parameter
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._not_in_state:
            yield name, buffer


def read_state(module: Module, state: Any, prefix: str, keep_vars: bool) -> OrderedDict[str, Tensor]:
    """Add the state of `module` and all below it to the dictionary `state`."""
    hooks = module._state_hooks
    if hooks is not None:
        for hook in list(hooks.read_pre.values()):
            hook(module, prefix, keep_vars)
    for name, tensor in own_state(module):
        state[prefix + name] = tensor if keep_vars else tensor.detach()
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    if hooks is not None:
        for hook in list(hooks.read_post.values()):
            hook(module, state, prefix, {})
    return state


class _Loading:
    """One run of ``load_state_dict``."""

    def __init__(self, state: dict[str, Any], strict: bool, assign: bool) -> None:
        self.state, self.strict, self.assign = state, strict, assign
        self.keys = IncompatibleKeys([], [])
        self.errors: list[str] = []
        self.known: set[str] = set()

    def load(self, module: Module, prefix: str) -> None:
        hooks = module._state_hooks
        if hooks is not None:
            for hook in list(hooks.load_pre.values()):
                hook(module, self.state, prefix, {}, self.strict, *self.keys, self.errors)
        for name, tensor in own_state(module):
            path = prefix + name
            self.known.add(path)
            if path in self.state:
                self._set(module, name, path, tensor)
            else:
                self.keys.missing_keys.append(path)
        for name, child in module._modules.items():
            if child is not None:
                self.load(child, f"{prefix}{name}.")
        if hooks is not None:
            for hook in list(hooks.load_post.values()):
                hook(module, self.keys)

    def _set(self, module: Module, name: str, path: str, tensor: Tensor) -> None:
        value = self.state[path]
        if not isinstance(value, Tensor) and not is_array(value):
            self.errors.append(f"{path} is a {type(value).__name__}; expected a Tensor or an array")
            return
        array = value._array if isinstance(value, Tensor) else value
        if tuple(array.shape) != tensor._shape:
            self.errors.append(f"{path} has shape {tuple(array.shape)}; the module expects {tensor._shape}")
            return
        if not self.assign:
            write(tensor, array)
        elif name in module._buffers:
            module._buffers[name] = value if isinstance(value, Tensor) else _leaf(array)
        else:
            module._parameters[name] = Parameter(array, tensor.requires_grad)


def _leaf(array: Any) -> Tensor:
    tensor = Parameter(array, requires_grad=False).detach()
    assert not tensor.requires_grad
    return tensor


def load_state(module: Module, state: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Load `state` into `module`; see `Module.load_state_dict`."""
    if not isinstance(state, Mapping):
        raise TypeError(f"load_state_dict: expected a mapping from path to Tensor, got {type(state).__name__}")
    loading = _Loading(dict(state), strict, assign)
    loading.load(module, "")
    missing, unexpected = loading.keys
    unexpected.extend(path for path in loading.state if path not in loading.known)
    errors = loading.errors
    if strict:
        if unexpected:
            errors.insert(0, f"unexpected keys: {', '.join(map(repr, unexpected))}")
        if missing:
            errors.insert(0, f"missing keys: {', '.join(map(repr, missing))}")
    if errors:
        raise StateDictError("\n  ".join([f"load_state_dict of {type(module).__name__}:", *errors]))
    return loading.keys
