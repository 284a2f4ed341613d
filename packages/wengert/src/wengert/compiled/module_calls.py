"""Forward hooks of modules in a compiled function: they are called in each run, with real arrays, as hooks on gradients are.

Where they leave everything as it is, as most do, that is all. Where they give back something else, what they have computed is a
node in the graph that is traced, whose derivative is that of the graph which they record in each run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import pytree
from ..arrays.adapter import adapter_of
from ..autograd.hooks import FIRST_HOOKS, Hooks
from ..autograd.modes import current
from ..autograd.node import LEAF_EDGE, NO_EDGE
from ..autograd.requests import grad
from ..autograd.saved import is_tensor
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError
from ..function import Function, once_differentiable
from .function_steps import CallModuleHooks, HookGradient
from .packed import ObjectVariable, Packed
from .standing import reached, standing
from .trace import TracedArray, own_value_of, variable_of

if TYPE_CHECKING:
    from .function_trace import FunctionRecorder

__all__ = ["ModuleCall", "ModulesGuard", "call_module_hooks", "module_kinds"]

#: The kinds of hooks on modules.
KINDS = ("forward_pre", "forward", "backward_pre", "backward")


def module_kinds(hooks: Any) -> tuple[bool, ...]:
    """Of which kinds there are hooks."""
    return (False,) * len(KINDS) if hooks is None else tuple([bool(getattr(hooks, kind)) for kind in KINDS])


class ModulesGuard:
    """Whether the modules that a function calls are in training mode or not, as they were, and have hooks of no further kinds.

    Parameters
    ----------
    modules : list of tuple
        Modules, or what holds the hooks of all of them, the kinds that they had hooks of, and whether they were in training mode.
    """

    def __init__(self, modules: list[tuple[Any, tuple[bool, ...], Any]]) -> None:
        self.modules = modules
        self.modes = [(module, training) for module, _, training in modules if training is not None]
        self.seen = FIRST_HOOKS[0]  # nothing has had its first hook since

    def __bool__(self) -> bool:
        return bool(self.modules)

    def fits(self) -> bool:
        """Whether it is so."""
        for module, training in self.modes:
            if module.training is not training:
                return False
        seen = FIRST_HOOKS[0]
        if seen == self.seen:
            return True
        for module, had, _ in self.modules:
            has = module_kinds(getattr(module, "_hooks", module))
            if any(now and not then for now, then in zip(has, had, strict=True)):
                return False
        self.seen = seen
        return True


class ModuleCall:
    """How the hooks of one kind are called in each run.

    Attributes
    ----------
    group : Hooks
    call : object
        The call of the module, as `wengert.nn.module_hooks` has it.
    structure, leaves
        Of what hooks are given; tensors among the leaves are given anew.
    slots : list of tuple
        For each tensor which leaf it is, its class, and whether it requires grad.
    made : list of int or None
        Which leaves of what hooks give back they have computed; None where they replace nothing.
    """

    def __init__(self, group: Hooks, call: Any) -> None:
        self.group, self.call = group, call
        self.leaves, self.structure = pytree.flatten(call.values())
        tensors = [(i, leaf) for i, leaf in enumerate(self.leaves) if isinstance(leaf, Tensor)]
        self.slots = [(i, t._family, t.requires_grad) for i, t in tensors]
        self.made: list[int] | None = None
        self.after: tuple[Any, list[Any]] | None = None

    def tensors(self) -> list[Tensor]:
        """Those of the run that is traced."""
        return [self.leaves[i] for i, *_ in self.slots]

    def given(self, values: Sequence[Any]) -> list[Tensor]:
        """The tensors that hooks see: those from outside, and leaves on the others' arrays."""
        return [
            value if is_tensor(value) else wrap(value, LEAF_EDGE if required else NO_EDGE, family)
            for value, (_, family, required) in zip(values, self.slots, strict=True)
        ]

    def called(self, given: Sequence[Tensor]) -> tuple[list[Any], Any]:
        """Call the hooks; the leaves and the structure of what there is then."""
        leaves = list(self.leaves)
        for tensor, (i, *_) in zip(given, self.slots, strict=True):
            leaves[i] = tensor
        call = self.call.with_values(pytree.unflatten(self.structure, leaves))
        call.call_hooks(self.group)
        return pytree.flatten(call.values())

    def run(self, values: Sequence[Any], stands: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
        """Call the hooks in a run: nothing, or the record of what they have computed, and its arrays."""
        given = self.given(values)
        with standing(stands):
            leaves, structure = self.called(given)
        made = replaced(self, leaves, structure, given)
        if made != self.made or (self.after is not None and not self._is_like(leaves, structure)):
            raise CompileError(
                f"{self.group.kind}s of {type(self.call.module).__name__} gave back something else than when the function was "
                "compiled: other tensors of what they were given, or constants; let them compute all of it, or nothing"
            )
        if made is None:
            return ()
        record = HookRecord(given, [leaves[i] for i in made], self.slots)
        return record, *[t._array for t in record.outputs]

    def _is_like(self, leaves: list[Any], structure: Any) -> bool:
        assert self.after is not None
        old_structure, old = self.after
        constants = [(a, b) for a, b in zip(leaves, old, strict=False) if not is_tensor(a) and not is_tensor(b)]
        return structure == old_structure and all(a is b or a == b for a, b in constants)


def replaced(call: ModuleCall, leaves: list[Any], structure: Any, given: Sequence[Tensor]) -> list[int] | None:
    """Which leaves hooks have computed; None if all is as it was."""
    if structure == call.structure:
        before = list(call.leaves)
        for tensor, (i, *_) in zip(given, call.slots, strict=True):
            before[i] = tensor
        if all(a is b for a, b in zip(leaves, before, strict=True)):
            return None
    known = set(map(id, given))
    return [i for i, leaf in enumerate(leaves) if is_tensor(leaf) and id(leaf) not in known]


class HookRecord:
    """What hooks have computed in one run, with its graph.

    Attributes
    ----------
    inputs, outputs : list of Tensor
    """

    def __init__(self, inputs: list[Tensor], outputs: list[Tensor], slots: Sequence[tuple[Any, ...]]) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.wanted = [i for i, (*_, required) in enumerate(slots) if required]

    def gradients(self, grads: Sequence[Any]) -> tuple[Any, ...]:
        """The gradients of the inputs that require grad, as arrays, of those of the outputs."""
        outputs = [(o, g) for o, g in zip(self.outputs, grads, strict=True) if g is not None and o.requires_grad]
        inputs = [self.inputs[i] for i in self.wanted]
        found: tuple[Any, ...] = (None,) * len(inputs)
        if outputs:
            given = [wrap(g, cls=o._family) for o, g in outputs]
            found = grad([o for o, _ in outputs], inputs, given, retain_graph=True, allow_unused=True)
        adapters = [adapter_of(t._array) for t in inputs]
        return tuple(
            adapter.zeros(t._shape, t._dtype, t._array) if g is None else g._array
            for g, t, adapter in zip(found, inputs, adapters, strict=True)
        )


class ModuleHookCall(Function):
    """What hooks have computed, as one node."""

    @staticmethod
    def forward(ctx: Any, call: ModuleCall, record: Packed, outputs: list[Tensor], *tensors: Tensor) -> Any:
        """They have computed it."""
        ctx.record, ctx.wanted = record, [t.requires_grad for t in tensors]
        ctx.mark_non_differentiable(*[t for t, real in zip(outputs, record.value.outputs, strict=True) if not real.requires_grad])
        return tuple(outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Any) -> Any:
        """Through the graph that they have recorded."""
        record, arrays = ctx.record, [None if g is None else g._array for g in grads]
        traced = isinstance(record, Packed)
        found = _traced_gradients(record, arrays) if traced else record.gradients(arrays)
        family = next(type(g)._family for g in grads if g is not None)
        results = iter([wrap(array, cls=family) for array in found])
        return (None, None, None, *[next(results) if wanted else None for wanted in ctx.wanted])


def _traced_gradients(record: Packed, grads: list[Any]) -> list[Any]:
    recorder: FunctionRecorder = current().tracer
    task = current().task
    assert task is not None
    number, _ = recorder.begin(task)
    real = [None if g is None else own_value_of(g) for g in grads]
    found, again, _ = recorder.real_call(lambda: record.value.gradients(real))
    traced = [recorder.variable(adapter_of(array).normalise(array)) for array in found]
    step = HookGradient(record.variable, tuple(map(variable_of, grads)), tuple(t.variable for t in traced), number)
    step.again = again
    recorder.steps.append(step)
    return traced


# -- while a function is traced ------------------------------------------------------------------------------------------
def call_module_hooks(recorder: FunctionRecorder, group: Hooks, call: Any) -> None:
    """Call the hooks of one kind, here and in each run; `call` goes on with what they give back."""
    plan = ModuleCall(group, call)
    tensors = plan.tensors()
    for tensor in tensors:
        recorder.adopt(tensor)
    numbers = [recorder.known[id(t)].number if id(t) in recorder.known else None for t in tensors]
    arguments = tuple([variable_of(t._array) if n is None else n for t, n in zip(tensors, numbers, strict=True)])
    step = CallModuleHooks(plan, arguments)
    given = plan.given([t if n is not None else _real(t) for t, n in zip(tensors, numbers, strict=True)])
    leaves, structure = recorder.called(step, lambda: plan.called(given), [t for fn in group.values() for t in reached(fn)])
    plan.made = replaced(plan, leaves, structure, given)
    if plan.made is None:
        return
    plan.after = structure, leaves
    record = HookRecord(given, [leaves[i] for i in plan.made], plan.slots)
    step.record = ObjectVariable("record")
    recorder.values[step.record] = record
    outputs = [wrap(recorder.variable(adapter_of(t._array).normalise(t._array)), cls=t._family) for t in record.outputs]
    step.results = tuple([t._array.variable for t in outputs])
    made = ModuleHookCall.apply(plan, Packed(step.record, record, None), outputs, *tensors) if outputs else ()
    back = {id(real): traced for real, traced in zip(given, tensors, strict=True)}
    back.update({id(real): traced for real, traced in zip(record.outputs, made, strict=True)})
    call.take_values(pytree.unflatten(structure, [back.get(id(leaf), leaf) for leaf in leaves]))


def _real(tensor: Tensor) -> Any:
    array: Any = tensor._array
    if not isinstance(array, TracedArray):
        return array
    real = own_value_of(array)
    return adapter_of(real).normalise(real)
