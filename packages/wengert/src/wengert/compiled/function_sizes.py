"""The program of a function for other sizes: see `wengert.compiled.sizes`.

A `Tape` is what tracing has written down, before any pass: of the first run to compare with, of the second, in which sizes are
symbols, to make programs of.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from .. import pytree
from ..arrays.adapter import adapter_of, is_array
from ..arrays.sizes import SizedShape, plain
from ..autograd.tensor import Tensor
from .function_outside import Lifted
from .function_steps import (
    Accumulate,
    AddHook,
    BeginTask,
    CallModuleHooks,
    EndTask,
    HookGradient,
    NewGroups,
    Numbers,
    OpaqueStep,
    Outside,
    Pack,
    QueueCallback,
    Read,
    RemoveHook,
    RunHooks,
    SetGrad,
    Unpack,
    Write,
)
from .function_trace import FunctionRecorder
from .ir import Step, Variable, mapped
from .same_program import Comparison, first_difference
from .sizes import Instance, Refused, Shape, SizeLog, ThisRun, renewable, renewed
from .taped_derivative import TapedDerivative

__all__ = ["ChangingSizes", "Replica", "Tape", "plain_shapes", "taped", "without_sizes"]

#: How many programs for several sizes there may be of one kind of arguments: one for each way that the function takes.
MOST_GENERAL = 4


class Met(NamedTuple):
    """A tensor from outside, as a tape knows it.

    Attributes
    ----------
    argument : int or None
        Which leaf of the arguments it is.
    owner : int or None
        The number of the tensor whose gradient it is.
    tensor : Tensor or None
        None for those that each call brings along.
    variable : Variable
        What it is in the program at first.
    reads_grad : bool
    """

    argument: int | None
    owner: int | None
    tensor: Tensor | None
    variable: Variable
    reads_grad: bool


class Tape:
    """What tracing a function has written down.

    Attributes
    ----------
    inputs : dict
        From the leaves of the arguments that are arrays to their variables.
    met : list of Met
        The tensors from outside, by number.
    steps : list of Step
    kinds : list
        Of which kinds the hooks of the tensors from outside may be.
    results, makers, structure, alive, donated
        How the result is made, see `wengert.compiled.function`.
    same, pure, conditions, modules
        What has to hold of arguments and hooks, see there.
    derivative : TapedDerivative or None
        Of results that require grad; None where a call records the nodes of an eager run, for `reason`.
    shapes : list of tuple
        Of all variables.
    sizes : SizeLog or None
        What is known of symbols, where there are some.
    like : array or None
        One of the library whose arrays it is for.
    """

    def __init__(self, recorder: FunctionRecorder, inputs: dict[int, Any], program: Any) -> None:
        numbers = {id(known.tensor): known.number for known in recorder.known.values()}
        owners: dict[int, int] = {}
        for known in recorder.known.values():
            if known.grad is not None and id(known.grad) in numbers:
                owners.setdefault(numbers[id(known.grad)], known.number)
        self.inputs = {leaf: traced.variable for leaf, traced in inputs.items()}
        self.met = [
            Met(k.argument, owners.get(k.number) if k.argument is None else None, k.tensor, k.first.variable, k.reads_grad)
            for k in recorder.known.values()
        ]
        self.met = [m if m.argument is None and m.owner is None else m._replace(tensor=None) for m in self.met]
        # The passes let go of what such a step reads again for nobody.
        self.steps = [copy.copy(step) if isinstance(step, OpaqueStep) else step for step in recorder.steps]
        self.kinds = [recorder.kinds(known) for known in recorder.known.values()]
        self.conditions, self.modules = list(recorder.conditions), dict(recorder.modules)
        self.donated: Any = program.donated
        self.results, self.makers, self.structure = list(program.results), list(program.make.makers), program.make.structure
        self.alive, self.same, self.pure = program.alive, program.same, dict(recorder.pure)
        derivative = program.derivative
        batched = program.alive and derivative.traced.batched
        self.derivative = TapedDerivative(derivative) if program.alive and derivative.pieces and not batched else None
        self.reason = "its derivative goes through a vmap of so many samples" if batched else ""
        if program.alive and not batched:
            self.reason = derivative.reason
        self.shapes: list[Shape] = list(recorder.shapes)  # derivatives for other gradients may be traced later
        self.sizes: SizeLog | None = recorder.sizes

        values = (*(t.value for t in inputs.values()), *(k.array for k in recorder.known.values()))
        like = next(filter(is_array, values), None)
        self.like = None if like is None else adapter_of(like).zeros((), like.dtype, like)

    def described(self, earlier: Tape, reason: str | None) -> str:
        """What `explain` says of the sizes of this run, beside those of an earlier one."""
        names = [(f"argument {leaf}", v, earlier.inputs.get(leaf)) for leaf, v in self.inputs.items()]
        for one, other in zip(self.met, earlier.met, strict=False):
            name = "a tensor from outside" if one.argument is None else f"argument {one.argument}"
            names.append((name, one.variable, other.variable))
        lines = []
        for name, v, before in names:
            was = () if before is None else before.shape
            for axis, pair in enumerate(zip(was, v.shape, strict=False)):
                symbol = None if self.sizes is None else self.sizes.symbols.get(pair)
                if pair[0] != pair[1]:
                    now = f": now symbolic ({symbol})" if reason is None else ""
                    lines.append(f"  {name} has size {pair[1]} in axis {axis}, had {pair[0]}{now}")
        if reason is None:
            assert self.sizes is not None
            lines += [f"  for sizes of which {condition}" for condition in self.sizes.described()]
        elif lines:
            lines.append(f"  it holds for these sizes alone: {reason}")
        return "".join(f"{line}\n" for line in dict.fromkeys(lines))

    def defines(self, instance: Instance, inputs: dict[int, Shape]) -> None:
        """Tell `instance` the shapes of what the program begins with."""
        for leaf, variable in self.inputs.items():
            instance.define(variable, inputs[leaf], f"argument {leaf}")
        for number, met in enumerate(self.met):
            if met.variable not in instance.known:  # several tensors may have one array
                name = "a tensor from outside" if met.argument is None else f"argument {met.argument}"
                instance.define(met.variable, instance.tensors[number], name)
        instance.check()


def plain_shapes(recorder: FunctionRecorder, result: Any) -> Any:
    """The result of a function, in which shapes are tuples: trees."""
    if recorder.sizes is None:
        return result
    return pytree.map_leaves(lambda leaf: tuple(leaf) if type(leaf) is SizedShape else leaf, result)


def taped(recorder: FunctionRecorder, inputs: dict[int, Any], program: Any) -> None:
    """Keep what was written down, and put numbers for symbols into the program that is to run next."""
    tape = plain = Tape(recorder, inputs, program)
    if recorder.sizes is not None:
        recorder.sizes.close()
    if recorder.sizes is not None and recorder.sizes.symbols:
        now = ThisRun(recorder.sizes, keep=not renewable(recorder.steps))
        recorder.steps = now.steps(recorder.steps)
        program.results = now.of(program.results)
        program.make.makers = [(kind, now.of(what)) if kind == "constant" else (kind, what) for kind, what in tape.makers]
        if program.derivative is not None:
            program.derivative.settle(now)
        plain = Tape(recorder, inputs, program)
    recorder.sizes = None
    recorder.tapes = tape, plain


def without_sizes(recorder: FunctionRecorder, results: Sequence[Tensor]) -> None:
    """Put numbers for symbols into all that has been written down, and into the graph of `results`, which is to be kept."""
    if recorder.sizes is None:
        return
    recorder.sizes.close()
    if recorder.sizes.symbols:
        recorder.steps[:] = ThisRun(recorder.sizes, keep=True).steps(recorder.steps)
    recorder.sizes = None
    seen: set[Any] = set()
    stack: list[Any] = [t._node for t in results]
    for tensor in results:
        tensor._shape = mapped(tensor._shape, plain)
    while stack:
        node = stack.pop()
        if node is None or node in seen or node._is_leaf or node._sequence < recorder.first_node:
            continue
        seen.add(node)
        node._static, node._shape = mapped(node._static, plain), mapped(node._shape, plain)
        for entry in node._saved or ():
            if isinstance(entry, Tensor) and id(entry) not in recorder.known:
                entry._shape = mapped(entry._shape, plain)
        stack.extend(node._edges)


class Replica:
    """What a tape becomes for other sizes: in the place of the recorder, for what makes a program of that.

    Attributes
    ----------
    known, numbers, pure, conditions, modules, steps
        As of a `FunctionRecorder`.
    inputs : dict
        From leaves of the arguments to what has their ``variable`` and ``value``.
    results, makers : list
    derivative : TapedDerivative or None
    symbols : dict
        The values of the symbols.
    """

    def __init__(self, tape: Tape, instance: Instance, leaves: Sequence[Any], tensors: list[Tensor]) -> None:
        of = instance.of
        self.steps = instance.steps(tape.steps)
        self.derivative = None if tape.derivative is None else tape.derivative.at(instance)
        self.results = of(tape.results)
        self.makers = [(kind, of(what)) if kind == "constant" else (kind, what) for kind, what in tape.makers]
        self.inputs = {
            leaf: SimpleNamespace(variable=of(variable), value=leaves[leaf]) for leaf, variable in tape.inputs.items() if leaves
        }
        self.numbers, self.pure, self.symbols = tensors, tape.pure, instance.symbols
        self.conditions, self.modules, self._kinds = tape.conditions, tape.modules, tape.kinds
        self.known: dict[int, Any] = {}
        for number, (tensor, met) in enumerate(zip(tensors, tape.met, strict=False)):  # none, where it is only compared
            first: Any = SimpleNamespace(variable=of(met.variable), value=tensor._array)
            known = self.known[id(tensor)] = Lifted(tensor, number, met.argument, first)
            known.reads_grad = met.reads_grad


    def kinds(self, known: Any) -> Any:
        """Of which kinds the hooks of a tensor from outside may be."""
        return self._kinds[known.number]

    def described(self, backend: str) -> str:
        """What `explain` says of the sizes."""
        lengths = ", ".join(f"{symbol} = {length}" for symbol, length in self.symbols.items())
        return f"  for {lengths}: the {backend} backend takes shapes for constants\n"


def replica(tape: Tape, leaves: Sequence[Any]) -> Replica:
    """The program of `tape` for arguments with these leaves.

    Raises
    ------
    Refused
        If it does not hold for their sizes.
    """
    assert tape.sizes is not None
    tensors: list[Tensor] = []
    for met in tape.met:
        tensor = met.tensor if met.argument is None else leaves[met.argument]
        if met.owner is not None:
            tensor = tensors[met.owner]._grad
        if tensor is None or any(tensor is t for t in tensors):
            raise Refused("a gradient is missing" if tensor is None else "one tensor is in the place of two")
        tensors.append(tensor)
    like = next(filter(is_array, (*(leaves[i] for i in tape.inputs), *(t._array for t in tensors))))
    instance = Instance(tape.sizes, like, [tuple(t._array.shape) for t in tensors])
    tape.defines(instance, {leaf: tuple(getattr(leaves[leaf], "shape", ())) for leaf in tape.inputs})
    return Replica(tape, instance, leaves, tensors)


def why_not_general(tape: Tape, earlier: Tape) -> str | None:
    """Why `tape`, in which sizes are symbols, is not the program for all of them; None if it is that of the earlier run too."""
    sizes = tape.sizes
    assert sizes is not None
    if sizes.failure is not None:
        return sizes.failure
    if not sizes.symbols:
        return "no array has other sizes than before"
    if len(tape.shapes) != len(earlier.shapes) or [m[:2] for m in tape.met] != [m[:2] for m in earlier.met]:
        return "what is computed for other sizes are not the same operators, as where Python's loop runs over an axis"
    if (tape.structure, tape.alive, tape.same) != (earlier.structure, earlier.alive, earlier.same):
        return "the result has another structure"
    if tape.derivative is not None and earlier.derivative is not None and not tape.derivative.alike(earlier.derivative):
        return "the graph of a result has other nodes"
    instance = Instance(sizes, tape.like, [met.variable.shape for met in earlier.met])
    try:
        tape.defines(instance, {leaf: variable.shape for leaf, variable in earlier.inputs.items()})
        made = Replica(tape, instance, (), [])
    except Refused as refusal:
        return str(refusal)
    inputs = [(instance.of(v), earlier.inputs[leaf]) for leaf, v in tape.inputs.items()]
    inputs += [(instance.of(one.variable), other.variable) for one, other in zip(tape.met, earlier.met, strict=True)]
    steps, before = _without_resets(made.steps), _without_resets(earlier.steps)
    results = [*made.results, *made.makers], [*earlier.results, *earlier.makers]
    if made.derivative is None or earlier.derivative is None:
        return first_difference(steps, before, inputs, results)
    pairs = zip(made.derivative.parts, earlier.derivative.parts, strict=True)
    for (more, roots, found), (other, other_roots, other_found) in pairs:
        steps, before = [*steps, *more], [*before, *other]
        inputs += zip(roots, other_roots, strict=True)
        results = [*results[0], *found], [*results[1], *other_found]
    comparison = Comparison({})
    reason = first_difference(steps, before, inputs, results, comparison)
    return made.derivative.difference(earlier.derivative, comparison) if reason is None else reason


def _one_size(tape: Tape) -> str | None:
    """Why there is no program for several sizes of a function whose results require grad, if so."""
    if not tape.alive or tape.derivative is not None:
        return None
    return f"a backward from outside runs the nodes of an eager run, for {tape.reason}; run it inside of the function"


def _without_resets(steps: Sequence[Step]) -> list[Step]:
    """What is done besides letting gradients be None, which some may be anyway."""
    return [step for step in steps if not (isinstance(step, SetGrad) and step.variable is None)]


class Kind:
    """What is known of arguments that are alike but for their sizes.

    Attributes
    ----------
    general : list of Tape
        What holds for several sizes.
    sample : Tape or None
        What was written down last, to compare the next run with.
    refusal : str or None
        Why the last sizes could not be served by what is there.
    """

    __slots__ = ("general", "refusal", "sample")

    def __init__(self) -> None:
        self.general: list[Tape] = []
        self.sample: Tape | None = None
        self.refusal: str | None = None

    @property
    def shapes(self) -> list[Shape] | None:
        """What to compare the shapes of the next run with."""
        return None if self.sample is None or _one_size(self.sample) is not None else self.sample.shapes

    def replicas(self, leaves: Sequence[Any]) -> Iterator[tuple[Tape, Replica]]:
        """The programs that hold for arguments with these leaves."""
        self.refusal = None
        for tape in self.general:
            try:
                yield tape, replica(tape, leaves)
            except Refused as refusal:
                self.refusal = str(refusal)

    def learn(self, tape: Tape, plain: Tape) -> str:
        """Keep what a run has written down, with symbols and without; what `explain` says of its sizes."""
        before = self.sample
        if before is None or tape.sizes is None or not tape.sizes.special:
            self.sample = plain
        said = "" if self.refusal is None else f"  the program for several sizes does not serve: {self.refusal}\n"
        if before is None:
            return said
        reason = _one_size(before) or _one_size(tape)
        if reason is None and tape.sizes is None:
            return said
        reason = why_not_general(tape, before) if reason is None else reason
        if reason is None:
            self.sample = None
            self.general.insert(0, tape)
            del self.general[MOST_GENERAL:]
        return said + tape.described(before, reason)


class ChangingSizes:
    """Knows what runs with other sizes have written down, by the kind of their arguments.

    Parameters
    ----------
    most : int
        How many kinds are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kinds: dict[Any, Kind] = {}

    def kind(self, key: Any) -> Kind:
        """What is known of arguments of this kind."""
        found = self._kinds.setdefault(key, Kind())
        if len(self._kinds) > self._most:
            del self._kinds[next(iter(self._kinds))]
        return found


# -- the effects ---------------------------------------------------------------------------------------------------------
def _copied(step: Any, **changed: Any) -> Any:
    new = copy.copy(step)
    for name, value in changed.items():
        setattr(new, name, value)
    return new


@renewed.register(Write)
@renewed.register(SetGrad)
def _(step: Write | SetGrad, instance: Instance) -> Step:
    return _copied(step, variable=instance.of(step.variable))


@renewed.register
def _(step: Read, instance: Instance) -> Step:
    return _copied(step, variable=instance.define(step.variable, instance.shape_of(step.tensor, step.variable)))


@renewed.register
def _(step: Accumulate, instance: Instance) -> Step:
    total = instance.define(step.total, instance.shape_of(step.tensor, step.total))
    return _copied(step, variable=instance.of(step.variable), total=total)


@renewed.register
def _(step: Numbers, instance: Instance) -> Step:
    return _copied(step, variables=tuple([instance.define(v, ()) for v in step.variables]))


@renewed.register(NewGroups)
@renewed.register(BeginTask)
@renewed.register(QueueCallback)
@renewed.register(RemoveHook)
def _(step: Step, instance: Instance) -> Step:
    for v in step.makes():
        instance.known[v] = v  # no array, but what there is one of in each run
    return step


@renewed.register
def _(step: AddHook, instance: Instance) -> Step:
    instance.known[step.handle] = step.handle
    return _copied(step, stands=_stands(step.stands, instance)) if step.stands else step


def _stands(stands: Any, instance: Instance) -> Any:
    """What tensors of the run that was traced stand for: in another program nothing that is known."""
    if stands and type(instance) is not ThisRun:
        raise Refused("a hook or a callback holds a tensor of the run that was traced")
    return tuple([(tensor, what if isinstance(what, int) else instance.of(what), *grad) for tensor, what, *grad in stands])


def _again(step: OpaqueStep, instance: Instance, **changed: Any) -> Any:
    """A step that calls somebody else's code, and reads again what that may have written to."""
    stands = _stands(step.stands, instance)
    again = []
    for number, array, grad in step.again:
        pair = [v if v is None else instance.define(v, instance.shape_of(number, v)) for v in (array, grad)]
        again.append((number, *pair))
    return _copied(step, again=again, stands=stands, **changed)


@renewed.register(CallModuleHooks)
@renewed.register(HookGradient)
@renewed.register(Pack)
@renewed.register(Unpack)
def _(step: OpaqueStep, instance: Instance) -> Step:
    if type(instance) is not ThisRun:
        raise Refused(f"what is called there may give back other shapes: {step}")
    changed = {name: instance.of(getattr(step, name)) for name in ("arguments", "grads", "subject") if hasattr(step, name)}
    return _again(step, instance, **changed)


@renewed.register(Outside)
@renewed.register(EndTask)
def _(step: OpaqueStep, instance: Instance) -> Step:
    return _again(step, instance)


@renewed.register
def _(step: RunHooks, instance: Instance) -> Step:
    arguments = instance.of(step.arguments)
    first = arguments[0] if type(arguments[0]) is tuple else (arguments[0],)
    results = tuple([
        None if v is None else instance.define(v, tuple(like.shape), f"the result of {step.hooks.kind}s")
        for v, like in zip(step.results, first, strict=True)
    ])
    return _again(step, instance, arguments=arguments, results=results)
