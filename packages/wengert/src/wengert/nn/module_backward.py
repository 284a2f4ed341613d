"""The hooks around a module's backward: two identities that carry them (rule H10.1).

A module's inputs and outputs pass through a Function that changes nothing. In the backward, its node after the outputs runs first
and the one before the inputs last; what these two do after they ran is to call the module's hooks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..autograd.hook_calls import HookCall, checked_tuple, say_which
from ..autograd.hooks import CompiledNodeArgs, FunctionPostHooks, Hooks, node_hooks
from ..autograd.modes import is_grad_enabled
from ..autograd.tensor import Tensor
from ..errors import HookError, HookTypeError
from ..function import Function

if TYPE_CHECKING:
    from ..autograd.node import Node
    from .module import Module

__all__ = ["BackwardHookFunction", "BackwardHooks"]


class BackwardHookFunction(Function):
    """The identity on any number of tensors: one node at which all their gradients meet."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.mark_non_differentiable(*(t for t in tensors if not t.requires_grad))
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        return grads


Gradients = tuple["Tensor | None", ...]
Step = Callable[[Gradients, Gradients, Any], Gradients]


class AroundHooks(FunctionPostHooks):
    """The post-hooks of an identity: first the step that calls the module's hooks, then what users register on the node."""

    __slots__ = ("of_module", "step")

    def __init__(self, node: Node, step: Step, of_module: list[HookCall]) -> None:
        super().__init__(Hooks("node post-hook", node))
        self.step, self.of_module = step, of_module

    def __call__(self, grad_inputs: Gradients, grad_outputs: Gradients, interpreter: Any = None) -> Gradients:
        grad_inputs = self.step(grad_inputs, grad_outputs, interpreter)
        return super().__call__(grad_inputs, grad_outputs, interpreter) if self.hooks else grad_inputs

    def calls(self) -> list[HookCall]:
        return [*self.of_module, *super().calls()]

    def compiled_args(self, args: CompiledNodeArgs) -> None:
        args.add_post_hook(lambda grad_inputs, grad_outputs: self.step(grad_inputs, grad_outputs, None))
        super().compiled_args(args)


class BackwardHooks:
    """The backward hooks of one call of a module.

    Parameters
    ----------
    module : Module
        Handed to the hooks.
    pre, post : lists of HookCall
        Those of ``register_full_backward_pre_hook`` and of ``register_full_backward_hook``.
    """

    __slots__ = ("grad_outputs", "input_count", "inputs", "module", "output_count", "outputs", "post", "pre")

    def __init__(self, module: Module, pre: list[HookCall], post: list[HookCall]) -> None:
        self.module, self.pre, self.post = module, pre, post
        self.inputs: list[int] | None = None  # positions of the tensors among the arguments; None when none requires grad
        self.outputs: list[int] = []
        self.input_count = self.output_count = 0  # tensors or not
        self.grad_outputs: Gradients | None = None  # of the backward that is between the outputs and the inputs

    def wrap_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """`args`, with the tensors among them behind a node that calls the hooks after the module's backward."""
        self.input_count = len(args)
        wrapped, self.inputs = self._pass_through(args, self._inputs_reached, self.post)
        return wrapped

    def wrap_outputs(self, result: Any) -> Any:
        """`result`, with the tensors in it behind a node that calls the pre-hooks before the module's backward."""
        outputs = result if isinstance(result, tuple) else (result,)
        self.output_count = len(outputs)
        calls = self.pre if self.inputs is not None else [*self.pre, *self.post]
        wrapped, positions = self._pass_through(outputs, self._outputs_reached, calls)
        self.outputs = positions or []
        return wrapped if isinstance(result, tuple) else wrapped[0]

    def _pass_through(
        self, values: tuple[Any, ...], step: Step, calls: list[HookCall]
    ) -> tuple[tuple[Any, ...], list[int] | None]:
        positions = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
        tensors = [values[i] for i in positions]
        if not (is_grad_enabled() and any(t.requires_grad for t in tensors)):
            return values, None
        new = BackwardHookFunction.apply(*tensors)
        node = next(t.grad_fn for t in new if t.grad_fn is not None)
        node_hooks(node).post = AroundHooks(node, step, calls)
        node_hooks(node).only = None
        replaced = list(values)
        for position, tensor in zip(positions, new, strict=True):
            replaced[position] = tensor
        kind: Any = type(values)  # a namedtuple stays one
        return (tuple(replaced) if kind is tuple else kind(*replaced)), positions

    def _outputs_reached(self, passed: Gradients, grads: Gradients, interpreter: Any) -> Gradients:
        """The gradients of the outputs are there: the module's backward is about to run."""
        grad_outputs, call = self._called(self.pre, spread(grads, self.outputs, self.output_count), (), interpreter)
        self.grad_outputs = grad_outputs
        if self.inputs is None:  # no node before the inputs: this is the only place to call the hooks from
            self._call_without_inputs(grad_outputs, interpreter)
            self.grad_outputs = None
        if call is None:  # the Function made zeros of gradients that did not arrive
            return tuple(None if g is None else p for p, g in zip(passed, grads, strict=True))
        return checked_tuple(call, passed, tuple(grad_outputs[i] for i in self.outputs))

    def _call_without_inputs(self, grad_outputs: Gradients, interpreter: Any) -> None:
        nothing = (None,) * self.input_count
        for call in self.post:
            result = self._call(call, (nothing, grad_outputs), interpreter)
            if result is not None and not (isinstance(result, tuple) and all(g is None for g in result)):
                raise HookError(
                    f"{call} must return None, or None for each input, of which none requires gradient; got "
                    f"{type(result).__name__}"
                )

    def _inputs_reached(self, grads: Gradients, _: Gradients, interpreter: Any) -> Gradients:
        """The gradients of the inputs are there: the module's backward has run."""
        grad_outputs = self.grad_outputs
        if grad_outputs is None:
            return grads  # reached past the module's outputs, e.g. by a gradient of a gradient
        assert self.inputs is not None
        given = spread(grads, self.inputs, self.input_count)
        result, call = self._called(self.post, given, (grad_outputs,), interpreter)
        self.grad_outputs = None
        return grads if call is None else checked_tuple(call, grads, tuple(result[i] for i in self.inputs))

    def _called(
        self, calls: list[HookCall], grads: Gradients, more: tuple[Any, ...], interpreter: Any
    ) -> tuple[Gradients, HookCall | None]:
        """`grads` passed through the hooks in turn, and the last hook that replaced them."""
        last = None
        for call in calls:
            result = self._call(call, (grads, *more), interpreter)
            if result is None:
                continue
            if not hasattr(result, "__len__"):
                raise HookTypeError(f"{call} returned {type(result).__name__}; expected a tuple of gradients, or None")
            if len(result) != len(grads):
                raise HookError(f"{call} returned an invalid number of gradients: expected {len(grads)}, got {len(result)}")
            grads, last = result, call
        return grads, last

    def _call(self, call: HookCall, args: tuple[Any, ...], interpreter: Any) -> Any:
        try:
            if interpreter is None:
                return call.fn(self.module, *args)
            # An interpreter looks at what a hook is given and returns: gradients, so without the module.
            bound = functools.update_wrapper(functools.partial(call.fn, self.module), call.fn)
            return interpreter.hook(call._replace(fn=bound), args)
        except BaseException as error:
            say_which(error, call)
            raise


def spread(grads: Gradients, positions: list[int], count: int) -> Gradients:
    """`grads` at their `positions` among `count` values, and None for the others."""
    found: list[Tensor | None] = [None] * count
    for position, grad in zip(positions, grads, strict=True):
        found[position] = grad
    return tuple(found)
