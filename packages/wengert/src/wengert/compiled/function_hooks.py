"""What happens to hooks while a function is traced: they are called with real arrays, and become steps of the program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..autograd.hook_calls import HookCall
from ..autograd.hooks import Hooks, TensorPostAccGradHooks
from ..autograd.interpreter import Interpreter
from ..autograd.modes import current, current_node, dual_level_in_force
from ..autograd.node import NO_EDGE, AccumulateGrad, Node
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, HookError, HookTypeError
from .function_effects import checked_pack, raise_replaced
from .function_steps import EndTask, Outside, Pack, RunHooks, Stand, Unpack
from .ir import mapped
from .packed import ObjectVariable, Packed
from .standing import reached
from .trace import TracedArray, own_value_of, variable_of

if TYPE_CHECKING:
    from ..autograd.engine import GraphTask
    from .function_trace import FunctionRecorder

__all__ = ["TraceInterpreter"]

#: Where the hooks of this package are that store values elsewhere, and so must see them.
STORES = "wengert.autograd.saved_hooks"


class TraceInterpreter(Interpreter):
    """Calls the hooks of a function that is traced, with real arrays."""

    def __init__(self, recorder: FunctionRecorder) -> None:
        super().__init__()
        self.recorder = recorder
        self.node: Node | None = None  # whose derivative is running
        self._ended: set[int] = set()  # the numbers of backward passes all of whose nodes are done
        self._posted: dict[int, set[int]] = {}  # of post-accumulate-grad hooks those that have been called with another
        self._latest: tuple[Hooks | None, RunHooks | None] = None, None  # the hooks called last, and their step

    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        """Run a derivative, if its node was made by the function."""
        if node._sequence < self.recorder.first_node:
            raise CompileError(
                f"a backward inside the compiled function runs into {node.name()}, which was recorded outside of it and will not "
                "be there in another call; compute it inside, or detach() it"
            )
        before, self.node = self.node, node
        try:
            return super().visit(node, grad, wanted, recorded)
        finally:
            self.node = before

    def failed(self, node: Node | None, error: BaseException) -> None:
        """As of every interpreter; what a hook has returned may be wrong."""
        if isinstance(error, HookError | HookTypeError):
            self.recorder.failure = error
        super().failed(node, error)

    def applied(self, node: Node, grad: Any, named: Node) -> Any:
        """The derivative of `node`, which is `named` in messages, outside of a backward."""
        before, self.node = self.node, named
        try:
            return node.apply(grad)
        finally:
            self.node = before

    # -- hooks on gradients
    def hook(self, call: HookCall, args: tuple[Any, ...]) -> Any:
        """Call one hook; all that are in its dictionary are one step of the program."""
        recorder, hooks = self.recorder, call.hooks
        if hooks.pure.issuperset(hooks):
            recorder.note_pure(hooks)
            return call.fn(*args)
        task = current().task
        assert task is not None
        number, template = recorder.begin(task)
        member = getattr(call.fn, "member", None)
        own = {} if recorder.groups is None else recorder.values[recorder.groups]
        if member is not None and member[0] in own and member[0] not in template.expected:
            template.expected[member[0]] = task.awaited(member[0])
        if call.kind == "post-accumulate-grad hook":
            left = self._posted.setdefault(id(hooks), set())
            if call.key in left:
                left.remove(call.key)
            else:  # the first of them stands for all that are there now
                left.update(set(hooks) - {call.key})
                self._post_accumulate(hooks, args[0], number)
            return None
        return self._run(call, args, number)

    def _post_accumulate(self, hooks: Hooks, leaf: Tensor, task: int) -> None:
        recorder = self.recorder
        known = recorder.known.get(id(leaf))
        if known is None:
            raise CompileError(
                "a post-accumulate-grad hook on a leaf that the compiled function makes itself; make the leaf outside of it"
            )
        held = [t for fn in hooks.values() for t in reached(fn)]
        step = Outside(f"{hooks.kind}s", None, known.number, task)
        recorder.called(step, lambda: TensorPostAccGradHooks(hooks)(leaf), held)

    def _run(self, call: HookCall, args: tuple[Any, ...], task: int) -> Any:
        recorder, single = self.recorder, call.kind == "tensor hook"
        if dual_level_in_force() is not None:
            raise CompileError(
                f"{call} was to be called in forward mode inside of a compiled function, where it would see no tangent; register "
                "it with pure=True, or run the function eagerly"
            )
        first = args if single else args[0]
        arguments = mapped(args, lambda t: None if t is None else variable_of(t._array))
        recorder.flush()
        real = mapped(args, _real)
        result, again, stands = recorder.real_call(lambda: call.fn(*real), reached(call.fn))
        fixed = any(t is not None and t.requires_grad for t in first)
        several = (result,) if single else result
        if result is None:  # what it has got may have been written into
            several = real if single else real[0]
        elif not isinstance(several, tuple) or len(several) != len(first) or not all(map(_may_be, several)):
            return result  # the caller says what is wrong
        elif fixed and any(new is not old for new, old in zip(several, real if single else real[0], strict=True)):
            raise_replaced(call)
        fresh: tuple[Any, ...] = (None,) * len(several)
        if not fixed:
            fresh = tuple([t if t is None else wrap(recorder.variable(_array(t)), cls=type(t)._family) for t in several])
        outputs = tuple([None if t is None else variable_of(t._array) for t in fresh])
        seen = (*several, *(args[1] if len(args) > 1 else ()))  # post-hooks of a leaf get gradients in the second place only
        family = next((type(t)._family for t in seen if t is not None), Tensor)
        step = self._step(call, arguments, outputs, family, task)
        step.again, step.fixed = again, fixed
        step.stands = joined(step.stands, stands)
        if fixed:
            return None
        return fresh[0] if single else fresh

    def _step(self, call: HookCall, arguments: Any, outputs: Any, family: type[Tensor], task: int) -> RunHooks:
        """The step of the dictionary that a hook is in: the one at the end of the program, or a new one."""
        steps, (hooks, step) = self.recorder.steps, self._latest
        if step is not None and hooks is call.hooks and steps and steps[-1] is step and call.key not in step.called:
            step.results = outputs
        else:
            owner = self._owner(call)
            own = Hooks() if owner is None else call.hooks
            if owner is None:  # what the function has registered in this run is called in all: nobody else can remove it
                own.kind = call.kind
            step = RunHooks(own, owner, arguments, outputs, family, task)
            node = current_node()
            step.node = None if isinstance(node, AccumulateGrad) else node
            steps.append(step)
            self._latest = call.hooks, step
        if step.owner is None:
            step.hooks[call.key] = call.fn
            step.hooks.positions[call.key] = call.hooks.positions.get(call.key)
            if hasattr(call.fn, "member"):
                step.groups = self.recorder.groups
        step.called.add(call.key)
        return step

    def _owner(self, call: HookCall) -> Any:
        """Whose hooks are to be looked up in each run: the number of a tensor from outside, a module; None for the function's."""
        target: Any = None if call.hooks.target is None else call.hooks.target()
        if isinstance(target, Tensor):
            known = self.recorder.known.get(id(target))
            return None if known is None else known.number
        if call.kind.startswith("module"):
            return ("module", call.fn.args[0])  # type: ignore[attr-defined]  # a partial: see `wengert.nn.module_backward`
        return None

    def accumulate(self, node: AccumulateGrad, box: list[Any]) -> None:
        """Add to the gradient that is there, which may be from outside."""
        if not self.recorder.accumulate(node, box):
            self.recorder.adopt_grad(node.variable)
            super().accumulate(node, box)

    def multi_grad_hook(self, fn: Callable[[Any], Any], origin: Any, grads: Any) -> None:
        """Call it: the hook that does so, of the last of its tensors, is being called with real arrays."""
        if self.inner is None:
            fn(grads)
        else:
            self.inner.multi_grad_hook(fn, origin, grads)

    # -- the end of a backward
    def finished(self, task: GraphTask) -> None:
        """From here on callbacks are run, those too that hooks queue in other runs."""
        self.recorder.passed_through(task)
        known = self.recorder.tasks.get(id(task))
        if known is not None:
            self.recorder.flush()
            self.recorder.steps.append(EndTask(known[1]))
            self._ended.add(known[1])
        super().finished(task)

    def callback(self, fn: Callable[[], Any], origin: Any) -> None:
        """Call what was queued for the end of a backward; all of it is one step."""
        recorder = self.recorder
        task: Any = current().task
        if recorder.tasks[id(task)][1] not in self._ended:  # it has failed, and so will the function
            recorder.real_call(fn, reached(fn))
            return
        step = recorder.steps[-1]
        if not isinstance(step, EndTask):
            raise CompileError(
                f"a callback queued at {origin} follows one that computes with tensors of the compiled function; queue one that "
                "does both"
            )
        _, step.again, stands = recorder.real_call(fn, reached(fn))
        step.stands = joined(step.stands, stands)

    # -- saved tensors
    def saved_hook(self, kind: str, fn: Callable[[Any], Any], origin: Any, value: Any) -> Any:
        """Call a pack or unpack hook. Those of a checkpoint run over traced arrays; all others see real ones."""
        recorder = self.recorder
        module = getattr(fn.func if isinstance(fn, functools.partial) else fn, "__module__", None) or ""
        if module.startswith(f"{__name__.partition('.')[0]}.") and module != STORES:
            result = fn(value)
            if kind == "pack hook":
                recorder.noted[id(result)] = result, value
            return result
        return self._pack(fn, value) if kind == "pack hook" else self._unpack(fn, value)

    def packed(self, packed: Any) -> Any:
        """What a pack hook has returned in this run."""
        return super().packed(packed.value if isinstance(packed, Packed) else packed)

    def _pack(self, fn: Callable[[Any], Any], tensor: Tensor) -> Packed:
        recorder = self.recorder
        recorder.adopt(tensor)
        known = recorder.known.get(id(tensor))
        place = tensor._place() if tensor.requires_grad else NO_EDGE
        subject = variable_of(tensor._array) if known is None else known.number
        variable = ObjectVariable("packed")
        outer = recorder.outer is not None and fn is recorder.outer.pack_hook
        step = Pack(None if outer else fn, subject, place, tensor._family, variable)

        def call() -> Any:
            given = tensor if known is not None else wrap(_array(tensor), place, tensor._family)
            return checked_pack(fn, given)

        packed = recorder.called(step, call, reached(fn))
        recorder.values[variable] = packed
        return Packed(variable, packed, tensor)

    def _unpack(self, fn: Callable[[Any], Any], packed: Any) -> Any:
        if not isinstance(packed, Packed):
            raise CompileError("an unpack hook is called for what was packed outside of the compiled function; compute it inside")
        recorder, task = self.recorder, current().task
        number = None if task is None else recorder.begin(task)[0]
        result, again, stands = recorder.real_call(lambda: fn(packed.value), reached(fn))
        if not isinstance(result, Tensor):
            return result  # the caller says what is wrong
        traced = recorder.variable(adapter_of(result._array).normalise(result._array))
        outer = recorder.outer is not None and fn is recorder.outer.unpack_hook
        step = Unpack(None if outer else fn, packed.variable, traced.variable, number)
        step.again, step.stands = again, stands
        recorder.steps.append(step)
        return wrap(traced, cls=type(result)._family)


def _may_be(gradient: Any) -> bool:
    """Whether a hook may return it for a gradient."""
    return gradient is None or isinstance(gradient, Tensor)


def joined(stands: tuple[Stand, ...], more: tuple[Stand, ...]) -> tuple[Stand, ...]:
    """All of them, each tensor once."""
    return tuple({id(stand[0]): stand for stand in (*stands, *more)}.values())


def _array(tensor: Tensor) -> Any:
    """The real array of a tensor, for hooks: of a constant of the program a copy."""
    array = own_value_of(tensor._array)
    return adapter_of(array).normalise(array)


def _real(tensor: Any) -> Any:
    """A Tensor that hooks may see, over a real array."""
    if tensor is None or not isinstance(tensor._array, TracedArray):
        return tensor
    return wrap(_array(tensor), tensor._place() if tensor.requires_grad else NO_EDGE, type(tensor)._family)
