"""`Module`: parameters, buffers, submodules and a forward, with hooks around it."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from ..autograd.modes import ACTIVE, current
from ..autograd.tensor import Tensor
from ..errors import ArgumentError
from .hookable import Hookable
from .module_hooks import GLOBAL, call_with_hooks
from .parameter import Parameter
from .state import IncompatibleKeys, load_state, read_state
from .writing import converter, zero_grad

__all__ = ["Module"]

#: The attributes that hold what was registered.
_REGISTRIES = ("_parameters", "_buffers", "_modules")


class Module(Hookable):
    """Base of everything that has parameters and a ``forward``.

    Parameters, buffers and modules that are assigned as attributes are found by `parameters`, `state_dict` and the like.
    Calling a module calls its ``forward`` and the hooks around it.

    Attributes
    ----------
    training : bool
        Whether it is in training mode; see `train`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = nn.Parameter([2.0])
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> model = Scale()
    >>> model(wg.tensor([3.0])).sum().backward()
    >>> [(name, p.grad.tolist()) for name, p in model.named_parameters()]
    [('factor', [3.0])]
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _not_in_state: set[str]

    def __init__(self) -> None:
        # Past our own __setattr__, which looks into the dictionaries that are made here.
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _modules={},
            _not_in_state=set(),
            _hooks=None,
            _state_hooks=None,
        )

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output. Every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward()")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        hooks = self._hooks
        if ACTIVE and current().tracer is not None:
            current().tracer.module_called(self, GLOBAL)
        if hooks is None and not GLOBAL:
            return self.forward(*args, **kwargs)
        return call_with_hooks(self, hooks, args, kwargs)

    # -- registration ------------------------------------------------------------------------------------------------
    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter as attribute `name`; None stands for one that this instance does without.

        Raises
        ------
        ArgumentError
            If `name` cannot be the name of an attribute or is taken, or `param` is not a leaf.
        TypeError
            If `param` is no Parameter.
        """
        self._check_name(name, self._parameters, "parameter")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(f"register_parameter: {name!r} must be a Parameter or None, got {type(param).__name__}")
            if not param.is_leaf:
                raise ArgumentError(f"register_parameter: {name!r} was computed from other tensors; it must be a leaf")
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is no parameter but belongs to the state: running means, masks, tables.

        Parameters
        ----------
        name : str
            The attribute.
        tensor : Tensor or None
            The buffer.
        persistent : bool
            Whether it is part of ``state_dict()``.
        """
        self._check_name(name, self._buffers, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"register_buffer: {name!r} must be a Tensor or None, got {type(tensor).__name__}")
        self._buffers[name] = tensor
        (self._not_in_state.discard if persistent else self._not_in_state.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule as attribute `name`."""
        self._check_name(name, self._modules, "module")
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"add_module: {name!r} must be a Module or None, got {type(module).__name__}")
        self._modules[name] = module

    register_module = add_module

    def _check_name(self, name: str, own: Mapping[str, Any], what: str) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign the {what} {name!r} before Module.__init__() was called")
        if not isinstance(name, str):
            raise TypeError(f"the name of a {what} must be a string, got {type(name).__name__}")
        if "." in name or not name:
            raise KeyError(f"the name of a {what} must not be empty or contain a dot, got {name!r}")
        if hasattr(self, name) and name not in own:
            raise KeyError(f"the {what} {name!r} cannot be added: {type(self).__name__} has an attribute of that name")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            self._take_name(name, "_parameters")
            self.register_parameter(name, value)
        elif name in own.get("_parameters", ()):
            self._replace(own["_parameters"], name, value, Parameter)
        elif isinstance(value, Module):
            self._take_name(name, "_modules")
            self.add_module(name, value)
        elif name in own.get("_modules", ()):
            self._replace(own["_modules"], name, value, Module)
        elif name in own.get("_buffers", ()):
            self._replace(own["_buffers"], name, value, Tensor)
        else:
            object.__setattr__(self, name, value)

    def _replace(self, registry: dict[str, Any], name: str, value: Any, kind: type) -> None:
        if value is not None and not isinstance(value, kind):
            raise TypeError(
                f"cannot assign a {type(value).__name__} as {type(self).__name__}.{name}, which holds a {kind.__name__}; "
                f"assign a {kind.__name__} or None, or delete it first"
            )
        registry[name] = value

    def _take_name(self, name: str, kept: str) -> None:
        """Free `name` from whatever of another sort has it; in the registry `kept` it keeps its place in the order."""
        own = self.__dict__
        for registry in (own, *(own[r] for r in _REGISTRIES if r != kept and r in own)):
            registry.pop(name, None)
        if kept in own:
            own["_not_in_state"].discard(name)

    def _registries(self) -> list[dict[str, Any]]:
        own = self.__dict__
        return [own[r] for r in _REGISTRIES if r in own]

    def __getattr__(self, name: str) -> Any:
        # Only reached for names that are no ordinary attribute.
        own = self.__dict__
        for registry in _REGISTRIES:
            found = own.get(registry)
            if found is not None and name in found:
                return found[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for registry in self._registries():
            if name in registry:
                del registry[name]
                self._not_in_state.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *itertools.chain.from_iterable(self._registries())}
        return sorted(name for name in names if not name[0].isdigit())  # the children of Sequential are no attributes

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._hooks is not None:
            self._hooks.retarget(self)

    # -- looking inside ----------------------------------------------------------------------------------------------
    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """The module itself and all below it, with the dotted path of each; one that is used twice comes once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """The module itself and all below it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, by name."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below this one."""
        return (module for _, module in self.named_children())

    def _named(self, registry: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, tensor in getattr(module, registry).items():
                if tensor is None or id(tensor) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters, with the dotted path of each; one that is used twice comes once.

        Examples
        --------
        >>> from wengert import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).named_parameters()]
        ['0.weight', '0.bias', '2.weight', '2.bias']
        """
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, as an optimizer takes them."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers, with the dotted path of each."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module at a dotted path; the empty path is this module.

        Raises
        ------
        AttributeError
            If nothing, or something that is no module, is there.
        """
        module: Module = self
        for name in target.split(".") if target else ():
            below = module._modules.get(name)
            if below is None:
                raise AttributeError(f"get_submodule({target!r}): {type(module).__name__} has no module {name!r}")
            module = below
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._parameters.get(name)
        if found is None:
            raise AttributeError(f"get_parameter({target!r}): there is no such parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._buffers.get(name)
        if found is None:
            raise AttributeError(f"get_buffer({target!r}): there is no such buffer")
        return found

    # -- changing all of it ------------------------------------------------------------------------------------------
    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every module, the innermost first, and return this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Put this module and all below it into training mode (dropout drops), or with False into evaluation mode."""
        if not isinstance(mode, bool):
            raise ArgumentError(f"train: mode must be True or False, got {mode!r}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Put this module and all below it into evaluation mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set ``requires_grad`` of every parameter."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradient of every parameter, or fill it with zeros."""
        for parameter in self.parameters():
            zero_grad(parameter, set_to_none)

    def to(self, dtype: Any = None, *, device: Any = None) -> Self:
        """Convert the floating and complex parameters and buffers to `dtype`, and move all of them to `device`.

        The parameters stay the same objects, so that optimizers keep working; their gradients are converted too.

        Examples
        --------
        >>> import wengert as wg
        >>> from wengert import nn
        >>> nn.Linear(2, 1).to(wg.float64).weight.dtype
        dtype('float64')
        """
        convert = converter(dtype, device)
        for module in self.modules():
            for tensor in (*module._parameters.values(), *module._buffers.values()):
                if tensor is not None:
                    convert(tensor)
        return self

    # -- state -------------------------------------------------------------------------------------------------------
    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> OrderedDict[str, Tensor]:
        """Every parameter and persistent buffer by its dotted path.

        Parameters
        ----------
        destination : dict, optional
            To which they are added.
        prefix : str
            Put before every path.
        keep_vars : bool
            Whether to give the parameters themselves; else detached tensors on the same memory.

        Examples
        --------
        >>> from wengert import nn
        >>> {name: t.shape for name, t in nn.Linear(2, 3).state_dict().items()}
        {'weight': (3, 2), 'bias': (3,)}
        """
        return read_state(self, OrderedDict() if destination is None else destination, prefix, keep_vars)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Copy the values of `state_dict` into the parameters and buffers.

        Parameters
        ----------
        state_dict : mapping from path to Tensor or array
            As `state_dict` gives it.
        strict : bool
            Whether paths must match exactly.
        assign : bool
            Whether the tensors themselves take the place of the parameters' values, dtype included, instead of a copy.

        Returns
        -------
        IncompatibleKeys
            The paths ``missing_keys`` and ``unexpected_keys``; both empty under `strict`.

        Raises
        ------
        StateDictError
            If a shape differs or, under `strict`, a path is missing or unexpected; it names every one of them.
        """
        return load_state(self, state_dict, strict, assign)

    # -- printing ----------------------------------------------------------------------------------------------------
    def extra_repr(self) -> str:
        """What stands between the parentheses of the ``repr``, before the submodules."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._modules.items()]
        if not children:
            return f"{type(self).__name__}({extra})"
        return "\n  ".join([f"{type(self).__name__}(", *([extra] if extra else []), *children]) + "\n)"
