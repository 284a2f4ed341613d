"""The effects in the program of a function: tensors from outside are written to, and code that is nobody's to trace is called.

A program reads a tensor from outside when it begins, and again after each step that calls somebody else's code, which may have
written to it (`OpaqueStep.again`). Before such a step what has been computed for tensors from outside is written to them, so that
hooks see what they would in an eager run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from ..autograd.handles import RemovableHandle
from ..autograd.hooks import Hooks
from ..autograd.tensor import Tensor
from .function_effects import RunTemplate
from .ir import Step, Variable, variables_in
from .packed import ObjectVariable

__all__ = [
    "Accumulate", "AddHook", "Again", "BeginTask", "CallModuleHooks", "EndTask", "HookGradient", "NewGroups", "Numbers",
    "OpaqueStep", "Outside", "Pack", "QueueCallback", "Read", "RemoveHook", "RunHooks", "SetGrad", "Stand", "Unpack", "Write",
    "WriteGrad", "writes_to",
]  # fmt: skip

#: A tensor that code which is called holds, and what it is in this run: a variable, a constant, or the number of one outside;
#: of one that the function has computed, what its gradient is then, if that is known.
Stand = tuple[Any, ...]

#: What is read again: the number of a tensor from outside, what its array is then, and what its gradient is, if it has one.
Again = tuple[int, "Variable | None", "Variable | None"]


class FunctionStep(Step):
    """An effect outside of all nodes."""

    __slots__ = ()

    place = -1

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def makes(self) -> Iterator[Variable]:
        return iter(())


class Read(FunctionStep):
    """Read tensor number `tensor`, which the program met after others may have written to it."""

    __slots__ = ("tensor", "variable")

    quiet = True

    def __init__(self, tensor: int, variable: Variable) -> None:
        self.tensor, self.variable = tensor, variable

    def makes(self) -> Iterator[Variable]:
        yield self.variable

    def __str__(self) -> str:
        return f"{self.variable.described()} = t{self.tensor}"


class Write(FunctionStep):
    """Write `variable` into the memory of tensor number `tensor`."""

    __slots__ = ("tensor", "variable")

    def __init__(self, tensor: int, variable: Any) -> None:
        self.tensor, self.variable = tensor, variable

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.variable)

    def __str__(self) -> str:
        return f"write t{self.tensor}({self.variable})"


class SetGrad(FunctionStep):
    """Let `variable` be the ``.grad`` of tensor number `tensor`; None for none."""

    __slots__ = ("tensor", "variable")

    quiet = True  # it copies

    def __init__(self, tensor: int, variable: Any) -> None:
        self.tensor, self.variable = tensor, variable

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.variable)

    def __str__(self) -> str:
        return f"t{self.tensor}.grad = {self.variable}"


class Numbers(FunctionStep):
    """Let the variables be the Python numbers that ``function()`` gives now."""

    __slots__ = ("function", "name", "variables")

    def __init__(self, name: str, function: Callable[[], Any], variables: tuple[Variable, ...]) -> None:
        self.name, self.function, self.variables = name, function, variables

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def makes(self) -> Iterator[Variable]:
        return iter(self.variables)

    def __str__(self) -> str:
        return f"{', '.join(v.described() for v in self.variables)} = {self.name}"


class WriteGrad(SetGrad):
    """Write `variable` into the memory of the gradient that tensor number `tensor` has."""

    __slots__ = ()

    quiet = False

    def __str__(self) -> str:
        return f"write t{self.tensor}.grad({self.variable})"


class Accumulate(FunctionStep):
    """Add `variable` to the ``.grad`` of tensor number `tensor`, whether it has one or not; `total` is what it is then."""

    __slots__ = ("tensor", "total", "variable")

    def __init__(self, tensor: int, variable: Any, total: Variable) -> None:
        self.tensor, self.variable, self.total = tensor, variable, total

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.variable)

    def makes(self) -> Iterator[Variable]:
        yield self.total

    def __str__(self) -> str:
        return f"{self.total.described()} = accumulate t{self.tensor}.grad({self.variable})"


class NewGroups(FunctionStep):
    """Where the multi-grad hooks of this run are noted, by those of the run that was traced."""

    __slots__ = ("variable",)

    quiet = True

    def __init__(self, variable: ObjectVariable) -> None:
        self.variable = variable

    def makes(self) -> Iterator[Variable]:
        yield self.variable

    def __str__(self) -> str:
        return f"{self.variable.described()} = new"


# -- backward passes -----------------------------------------------------------------------------------------------------
class BeginTask(FunctionStep):
    """A backward in which somebody else's code is called begins."""

    __slots__ = ("groups", "number", "template")

    quiet = True

    def __init__(self, number: int, template: RunTemplate, groups: ObjectVariable | None) -> None:
        self.number, self.template, self.groups = number, template, groups

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.groups)

    def __str__(self) -> str:
        return f"begin backward {self.number}"


class QueueCallback(FunctionStep):
    """Queue `function` for the end of backward `task`."""

    __slots__ = ("always", "function", "task")

    quiet = True

    def __init__(self, task: int, function: Callable[[], Any], always: bool) -> None:
        self.task, self.function, self.always = task, function, always

    def __str__(self) -> str:
        return f"queue a callback of backward {self.task}"


class OpaqueStep(FunctionStep):
    """Somebody else's code is called.

    Attributes
    ----------
    again : list of Again
    stands : tuple of Stand
        The tensors of the traced run that the code holds.
    """

    __slots__ = ("again", "stands")

    def __init__(self) -> None:
        self.again: list[Again] = []
        self.stands: tuple[Stand, ...] = ()

    def reads(self) -> Iterator[Variable]:
        return variables_in([stand[1] for stand in self.stands])

    def makes(self) -> Iterator[Variable]:
        for _, array, grad in self.again:
            yield from (v for v in (array, grad) if v is not None)

    def forget(self, read: Collection[Variable]) -> None:
        """Read again only what is in `read`."""
        kept = [(n, a if a in read else None, g if g in read else None) for n, a, g in self.again]
        self.again = [entry for entry in kept if entry[1] is not None or entry[2] is not None]


class EndTask(OpaqueStep):
    """Run what hooks have queued for the end of backward `task`."""

    __slots__ = ("task",)

    def __init__(self, task: int) -> None:
        super().__init__()
        self.task = task

    def __str__(self) -> str:
        return f"end backward {self.task}"


class RunHooks(OpaqueStep):
    """Call the hooks that are in a dictionary when their turn comes.

    Attributes
    ----------
    hooks : Hooks
        Those of the run that was traced.
    owner : int, object or None
        The number of the tensor from outside whose hooks they are, the module; None where they were made by the function.
    arguments : tuple
        What they are called with: variables, None, and tuples of them.
    results : tuple of Variable or None
        What becomes of the first argument.
    family : type
        The class of the Tensors that they see.
    task : int
        The backward in which they are called.
    called : set of int
        The keys of those that were called in the run that was traced.
    fixed : bool
        Whether they may not replace the gradient, which carries a graph.
    node : Node or None
        At which they are called, if that is no accumulator of a tensor from outside.
    """

    __slots__ = ("arguments", "called", "family", "fixed", "groups", "hooks", "node", "owner", "results", "task")

    def __init__(
        self, hooks: Hooks, owner: Any, arguments: tuple[Any, ...], results: tuple[Any, ...], family: type[Tensor], task: int
    ) -> None:
        super().__init__()
        self.hooks, self.owner, self.arguments, self.results = hooks, owner, arguments, results
        self.family, self.task, self.fixed = family, task, False
        self.called: set[int] = set()
        self.groups: ObjectVariable | None = None
        self.node: Any = None

    def reads(self) -> Iterator[Variable]:
        yield from variables_in((self.arguments, self.groups))
        yield from super().reads()

    def makes(self) -> Iterator[Variable]:
        yield from (v for v in self.results if v is not None)
        yield from super().makes()

    def __str__(self) -> str:
        outs = ", ".join("_" if v is None else v.described() for v in self.results)
        return f"{outs or '_'} = call {self.hooks.kind}s({self.arguments})"


class Outside(OpaqueStep):
    """Call ``function()``, or ``function(tensor)`` with tensor number `argument`.

    Attributes
    ----------
    function : callable or None
        None for the post-accumulate-grad hooks that the tensor has then.
    task : int or None
        The backward in which it is called, if any.
    tensors : tuple of int
        Those that it is known to write to.
    """

    __slots__ = ("argument", "function", "name", "task", "tensors")

    def __init__(self, name: str, function: Callable[..., Any] | None, argument: int | None, task: int | None) -> None:
        super().__init__()
        self.name, self.function, self.argument, self.task = name, function, argument, task
        self.tensors: tuple[int, ...] = () if argument is None else (argument,)

    def __str__(self) -> str:
        changed = ", ".join(f"t{i}" for i in self.tensors)
        return f"call {self.name}, which changes {changed or 'nothing'}"


class CallModuleHooks(OpaqueStep):
    """Call the forward hooks, or forward pre-hooks, that a module has then.

    Attributes
    ----------
    call : ModuleCall
    arguments : tuple of Variable or int
        The tensors that they are given: variables, or numbers of tensors from outside.
    record : ObjectVariable or None
        What is kept for the backward through what they have computed; None where they replace nothing.
    results : tuple of Variable
        What they have computed.
    """

    __slots__ = ("arguments", "call", "record", "results")

    def __init__(self, call: Any, arguments: tuple[Any, ...]) -> None:
        super().__init__()
        self.call, self.arguments = call, arguments
        self.record: ObjectVariable | None = None
        self.results: tuple[Variable, ...] = ()

    def reads(self) -> Iterator[Variable]:
        yield from variables_in(self.arguments)
        yield from super().reads()

    def makes(self) -> Iterator[Variable]:
        if self.record is not None:
            yield self.record
        yield from self.results
        yield from super().makes()

    def __str__(self) -> str:
        outs = ", ".join(v.described() for v in self.results)
        given = ", ".join(f"t{a}" if isinstance(a, int) else str(a) for a in self.arguments)
        return f"{outs or '_'} = call {self.call.group.kind}s of {type(self.call.call.module).__name__}({given})"


class HookGradient(OpaqueStep):
    """The gradients of what module hooks have been given, of those of what they have computed."""

    __slots__ = ("grads", "record", "results", "task")

    def __init__(self, record: ObjectVariable, grads: tuple[Any, ...], results: tuple[Any, ...], task: int) -> None:
        super().__init__()
        self.record, self.grads, self.results, self.task = record, grads, results, task

    def reads(self) -> Iterator[Variable]:
        yield self.record
        yield from variables_in(self.grads)

    def makes(self) -> Iterator[Variable]:
        yield from variables_in(self.results)
        yield from super().makes()

    def __str__(self) -> str:
        outs = ", ".join("_" if v is None else v.described() for v in self.results)
        return f"{outs} = gradients of what module hooks have computed({self.record}, {self.grads})"


# -- saved tensors -------------------------------------------------------------------------------------------------------
class Pack(OpaqueStep):
    """Let a pack hook have what is saved.

    Attributes
    ----------
    hook : callable or None
        None for the hook in force around the call.
    subject : int or Variable
        The number of a tensor from outside, or what the tensor is over.
    place : tuple
        Of the traced tensor in its graph, so that the hook sees one that requires grad where it does.
    packed : ObjectVariable
    """

    __slots__ = ("family", "hook", "packed", "place", "subject")

    def __init__(self, hook: Any, subject: Any, place: Any, family: type[Tensor], packed: ObjectVariable) -> None:
        super().__init__()
        self.hook, self.subject, self.place, self.family, self.packed = hook, subject, place, family, packed

    def reads(self) -> Iterator[Variable]:
        yield from variables_in(self.subject)
        yield from super().reads()

    def makes(self) -> Iterator[Variable]:
        yield self.packed
        yield from super().makes()

    def __str__(self) -> str:
        subject = self.subject if isinstance(self.subject, Variable) else f"t{self.subject}"
        return f"{self.packed.described()} = call pack hook({subject})"


class Unpack(OpaqueStep):
    """Let an unpack hook give back what was saved: `packed` becomes `variable`."""

    __slots__ = ("hook", "packed", "task", "variable")

    def __init__(self, hook: Any, packed: ObjectVariable, variable: Variable, task: int | None) -> None:
        super().__init__()
        self.hook, self.packed, self.variable, self.task = hook, packed, variable, task

    def reads(self) -> Iterator[Variable]:
        yield self.packed
        yield from super().reads()

    def makes(self) -> Iterator[Variable]:
        yield self.variable
        yield from super().makes()

    def __str__(self) -> str:
        return f"{self.variable.described()} = call unpack hook({self.packed})"


# -- registration --------------------------------------------------------------------------------------------------------
class AddHook(FunctionStep):
    """Register a hook on tensor number `tensor`, as the function does in each run.

    Attributes
    ----------
    hooks : Hooks
        The dictionary into which it went in the run that was traced, under `key`.
    handle : ObjectVariable
    given : RemovableHandle
        That of the run that was traced: what user's code holds stands for the handle of the run that goes on.
    """

    __slots__ = ("function", "given", "groups", "handle", "hooks", "key", "stands", "tensor")

    quiet = True

    def __init__(
        self, tensor: int, hooks: Hooks, given: RemovableHandle, function: Callable[..., Any], handle: ObjectVariable
    ) -> None:
        self.stands: tuple[Stand, ...] = ()
        self.groups: ObjectVariable | None = None
        self.tensor, self.hooks, self.function, self.handle = tensor, hooks, function, handle
        self.given, self.key = given, given.id  # the id is another in later runs

    @property
    def pure(self) -> bool:
        """Whether it was said to be, which is after it was added."""
        return self.key in self.hooks.pure

    def reads(self) -> Iterator[Variable]:
        return variables_in([self.groups, *(stand[1] for stand in self.stands)])

    def makes(self) -> Iterator[Variable]:
        yield self.handle

    def __str__(self) -> str:
        return f"{self.handle.described()} = add a {self.hooks.kind} to t{self.tensor}"


class RemoveHook(FunctionStep):
    """Remove the hook of `handle`."""

    __slots__ = ("handle",)

    quiet = True

    def __init__(self, handle: ObjectVariable) -> None:
        self.handle = handle

    def reads(self) -> Iterator[Variable]:
        yield self.handle

    def __str__(self) -> str:
        return f"remove the hook {self.handle}"


def writes_to(step: Step) -> tuple[int, ...]:
    """The numbers of the tensors from outside that a step may write to, or to whose gradients, as far as it can be known."""
    if isinstance(step, Write | SetGrad | Accumulate):
        return (step.tensor,)
    return step.tensors if isinstance(step, Outside) else ()
