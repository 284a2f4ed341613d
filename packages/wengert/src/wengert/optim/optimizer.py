"""`Optimizer`: parameter groups, state and hooks; a subclass adds the update of one parameter."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NoReturn

from ..autograd.contexts import enable_grad
from ..autograd.handles import RemovableHandle
from ..autograd.hooks import Hooks
from ..autograd.modes import current
from ..autograd.tensor import Tensor, wrap
from ..autograd.views import announce_write
from ..errors import ArgumentError, HookError
from ..nn.writing import zero_grad
from .tracing import resumed, traced_step

__all__ = ["Optimizer", "ParamGroups", "Params"]

Params = Iterable[Tensor] | Iterable[Mapping[str, Any]]
ParamGroups = list[dict[str, Any]]


class Optimizer:
    """Base of optimizers.

    A subclass passes its options to this constructor and defines `update`.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        The leaves to update, or groups of them: ``{"params": [...], option: value, ...}``.
    defaults : dict
        The value of every option, for groups that do not give one.

    Attributes
    ----------
    param_groups : list of dict
        The groups, each with its ``params`` and every option. May be changed between steps.
    state : dict
        For each tensor that was updated, what its next update needs.

    Raises
    ------
    ArgumentError
        If there is no parameter, or one is given twice or is not a leaf.

    Examples
    --------
    >>> import wengert as wg
    >>> class SignDescent(wg.optim.Optimizer):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, {"lr": lr})
    ...     def update(self, param, grad, state, group):
    ...         param.array[...] -= group["lr"] * (2 * (grad > 0) - 1)
    >>> x = wg.tensor([1.0, -1.0], requires_grad=True)
    >>> optimizer = SignDescent([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.tolist()
    [0.5, -0.5]
    """

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, (Tensor, Mapping)):
            raise TypeError(
                f"{type(self).__name__}: params must be an iterable of tensors or of groups, got a {type(params).__name__}; "
                "put it in a list"
            )
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = {}
        self.param_groups: ParamGroups = []
        self._pre_hooks = Hooks("optimizer step pre-hook", self)
        self._post_hooks = Hooks("optimizer step post-hook", self)
        groups: list[Any] = list(params)
        if not groups:
            raise ArgumentError(f"{type(self).__name__}: params is empty; is it a generator that was used already?")
        for group in groups if isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)

    # -- what a subclass defines -------------------------------------------------------------------------------------
    def update(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter.

        Parameters
        ----------
        param : Tensor
            To be written to; see `wengert.optim.optimizer.rebind`.
        grad : array
            The raw array of its gradient, which is not to be changed.
        state : dict
            Of this parameter; empty the first time.
        group : dict
            Its options.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define update()")

    def check(self, group: dict[str, Any]) -> None:
        """Raise if an option of `group` is out of range."""

    # -- parameters --------------------------------------------------------------------------------------------------
    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Update more parameters, with options of their own.

        Examples
        --------
        >>> import wengert as wg
        >>> first, second = wg.tensor([1.0], requires_grad=True), wg.tensor([1.0], requires_grad=True)
        >>> optimizer = wg.optim.SGD([first], lr=0.1)
        >>> optimizer.add_param_group({"params": [second], "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if "params" not in param_group:
            raise TypeError(f"{type(self).__name__}: a group must be a dict with 'params', got {type(param_group).__name__}")
        params = param_group["params"]
        if isinstance(params, (set, frozenset)):
            raise TypeError(f"{type(self).__name__}: params must be in an order that is the same in every run; got a set")
        params = [params] if isinstance(params, Tensor) else list(params)
        known = {id(p) for group in self.param_groups for p in group["params"]}
        for position, param in enumerate(params):
            if not isinstance(param, Tensor):
                raise TypeError(f"{type(self).__name__}: params[{position}] must be a Tensor, got {type(param).__name__}")
            if not param.is_leaf:
                raise ArgumentError(
                    f"{type(self).__name__}: params[{position}] of shape {param.shape} is not a leaf; an optimizer can only "
                    "update tensors that were not computed from others"
                )
            if id(param) in known:
                raise ArgumentError(f"{type(self).__name__}: params[{position}] of shape {param.shape} is given twice")
            known.add(id(param))
        unknown = param_group.keys() - self.defaults.keys() - {"params"}
        if unknown:
            raise ArgumentError(f"{type(self).__name__}: unknown option {min(unknown)!r}; it has {', '.join(self.defaults)}")
        group = {**self.defaults, **param_group, "params": params}
        self.check(group)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradient of every parameter, or fill it with zeros."""
        for param in self._params():
            zero_grad(param, set_to_none)

    def _params(self) -> Iterator[Tensor]:
        return chain.from_iterable(group["params"] for group in self.param_groups)

    # -- the step ----------------------------------------------------------------------------------------------------
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss anew and runs its backward before the update.

        Returns
        -------
        object
            What `closure` returned.
        """
        tracer = current().tracer
        if tracer is not None:
            return traced_step(self, tracer, closure)
        if self._pre_hooks:
            closure = self._call_pre_hooks(closure)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for param in group["params"]:
                grad = param._grad
                if grad is not None:
                    state = self.state.get(param)
                    if state is None:
                        state = self.state[param] = {}
                    announce_write(param)
                    self.update(param, grad._array, state, group)
        for hook in list(self._post_hooks.values()):
            hook(self, _arguments(self, closure), {})
        return loss

    def resume_step(self, shares: Sequence[tuple[int, Sequence[tuple[int, dict[str, Tensor]]]]]) -> Any:
        """Let a compiled program do the updates of this optimizer; `wengert.load_compiled` calls it, where one is bound.

        Parameters
        ----------
        shares : sequence of tuple
            For parameters that are updated together the number of their group, and for each its place there, and the tensors of
            its state by name.

        Returns
        -------
        tuple
            For each of `shares` a function that counts a step and gives its numbers, and a function that tells whether the
            optimizer still is as it was, but for numbers and the values of arrays.

        Raises
        ------
        ArgumentError
            If no program can do its updates.
        """
        return resumed(self, shares)

    def _call_pre_hooks(self, closure: Any) -> Any:
        for hook in list(self._pre_hooks.values()):
            result = hook(self, _arguments(self, closure), {})
            if result is None:
                continue
            if not (isinstance(result, tuple) and len(result) == 2):
                raise HookError(f"a step pre-hook must return None or a tuple (new_args, new_kwargs), got {result!r}")
            args, kwargs = result
            closure = args[1] if len(args) > 1 else kwargs.get("closure")
        return closure

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before every step; it may return new ``(args, kwargs)``.

        As in PyTorch, the first of `args` is the optimizer itself.
        """
        return self._pre_hooks.add(hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after every step.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0], requires_grad=True)
        >>> optimizer = wg.optim.SGD([x], lr=0.1)
        >>> handle = optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print("stepped"))
        >>> optimizer.step()
        stepped
        """
        return self._post_hooks.add(hook)

    # -- state -------------------------------------------------------------------------------------------------------
    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with numbers in the place of the parameters.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0], requires_grad=True)
        >>> optimizer = wg.optim.SGD([x], lr=0.1, momentum=0.9)
        >>> (x * 2).sum().backward()
        >>> optimizer.step()
        >>> state = optimizer.state_dict()
        >>> state["state"][0]["momentum_buffer"].tolist(), state["param_groups"][0]["params"]
        ([2.0], [0])
        """
        numbers = {id(param): number for number, param in enumerate(self._params())}
        groups = [{**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups]
        return {"state": {numbers[id(p)]: state for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take a copy of what `state_dict` gave, possibly of an optimizer of the same parameters elsewhere.

        Raises
        ------
        ArgumentError
            If the groups, or their sizes, differ from this optimizer's.
        """
        groups = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in groups]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise ArgumentError(
                f"load_state_dict of {type(self).__name__}: the state is of groups with {sizes} parameters, the optimizer has "
                f"groups with {own}"
            )
        params = dict(zip(chain.from_iterable(group["params"] for group in groups), self._params(), strict=True))
        self.state = {
            params[number]: {name: copied(value, params[number]) for name, value in entries.items()}
            for number, entries in state_dict["state"].items()
        }
        for group, loaded in zip(self.param_groups, groups, strict=True):
            group.update({**copy.deepcopy(dict(loaded)), "params": group["params"]})

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {number}", *(f"    {k}: {v}" for k, v in sorted(group.items()) if k != "params")]
        return "\n".join([*lines, ")"])


def _arguments(optimizer: Optimizer, closure: Any) -> tuple[Any, ...]:
    return (optimizer,) if closure is None else (optimizer, closure)


def copied(value: Any, param: Tensor) -> Any:
    """A copy of an entry of the state, in the dtype of the parameter that it belongs to."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    adapter = value._adapter
    return wrap(adapter.copy(adapter.cast(value._array, param._dtype)))


def zeros_like(param: Tensor) -> Tensor:
    """The beginning of a running average."""
    return wrap(param._adapter.zeros(param._shape, param._dtype, param._array))


def rebind(tensor: Tensor, array: Any) -> None:
    """Say that `array` is the new value of `tensor`: one version more, written in place or not."""
    if array is tensor._array:
        tensor._counter().value += 1
    else:
        tensor._overwrite(array)


def check_not_negative(optimizer: Optimizer, group: Mapping[str, Any], *names: str) -> None:
    """Raise if one of the options is negative or no number."""
    for name in names:
        if not isinstance(group[name], (int, float)) or not group[name] >= 0:
            out_of_range(optimizer, name, group[name], "a number that is not negative")


def out_of_range(optimizer: Optimizer, name: str, got: Any, expected: str) -> NoReturn:
    """Raise for an option that is out of range."""
    raise ArgumentError(f"{type(optimizer).__name__}: {name} must be {expected}, got {got!r}")
