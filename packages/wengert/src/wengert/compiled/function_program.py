"""What a program of a function is: for which calls it is, how it runs, how its result is put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import pytree
from ..arrays.adapter import adapter_of, is_array
from ..autograd.modes import Modes
from ..autograd.tensor import Tensor, wrap
from .donation import Donated, given_arrays, record_of, spend
from .entry import Entry
from .function_derivative import GraphDerivative
from .function_effects import marked
from .function_grad import Derivative
from .function_source import note_in
from .function_steps import writes_to
from .hook_kinds import has_others
from .ir import Step, Variable
from .lower import program_text
from .node_hooks import PureHooks
from .passes import Options
from .shadow import class_of

__all__ = ["Maker", "Program", "around", "described", "result_of", "run", "run_donated", "state_of", "tensors_for"]


class Program:
    """One program of a function, for arguments of one kind.

    Attributes
    ----------
    traced, steps : list of Step
        Before any pass, and what the passes and the backend have made of that.
    inputs : list of Variable
        What it starts with: the arrays and some numbers among the arguments, then those of tensors from outside, by their number.
    arrays : tuple of int
        Which leaves of the arguments are arrays, or numbers that are inputs as well.
    outside : list of tuple
        For each tensor from outside the leaf of the arguments that it is, or None and the tensor; what it was like.
    same : list of tuple
        Leaves of the arguments that were one tensor.
    donated : tuple of Donated
    exclusive : bool
        Whether it writes to tensors that the function closes over, so that only one thread may run it at a time.
    entry : callable or None
        The short way in, see `wengert.compiled.entry`; not set before the program has run.
    source : str
    how, why : str
        Whether it was captured or specialised, and why.
    sizes : str
        What has become of sizes that differ from run to run; empty where there are none.
    """

    __slots__ = (
        "alive", "arrays", "conditions", "derivative", "donated", "entry", "exclusive", "function", "how", "inputs", "make",
        "needed", "options", "outside", "pure", "results", "same", "sizes", "source", "steps", "structure", "traced", "why",
    )  # fmt: skip

    steps: list[Step]
    traced: list[Step]
    options: Options
    inputs: list[Variable]
    arrays: tuple[int, ...]
    outside: list[tuple[int | None, Any, Any]]
    needed: list[int]
    pure: list[PureHooks]
    conditions: list[Callable[[], bool]]
    same: list[tuple[int, int]]
    donated: tuple[Donated, ...]
    make: Maker
    structure: Any
    alive: list[int]
    derivative: Derivative | GraphDerivative | None
    results: list[Any]
    exclusive: bool
    entry: Entry | None
    function: Any
    sizes: str
    source: str
    how: str
    why: str

    def note_writes(self) -> None:
        """Find out whether it writes to tensors that it closes over."""
        closed_over = {number for number, (argument, _, _) in enumerate(self.outside) if argument is None}
        self.exclusive = any(not closed_over.isdisjoint(writes_to(step)) for step in self.steps)

    def __str__(self) -> str:
        return program_text(self)


class Maker:
    """Makes the result of the function of the arrays that its program returns, and of the tensors from outside.

    Attributes
    ----------
    makers : list of tuple
        For each leaf of the result of which kind it is, and which constant, number or family.
    structure
        Of the result.
    """

    __slots__ = ("makers", "structure")

    def __init__(self, makers: list[tuple[str, Any]], structure: Any) -> None:
        self.makers, self.structure = makers, structure

    def __call__(self, values: Sequence[Any], tensors: list[Tensor], seen: list[Any] | None = None) -> Any:
        return pytree.unflatten(self.structure, self.leaves(values, tensors, seen))

    def leaves(self, values: Sequence[Any], tensors: list[Tensor], seen: list[Any] | None = None) -> list[Any]:
        """The leaves of the result. Nothing of it shares memory with what is `seen` by others: the arrays of the tensors."""
        rest = iter(values)
        arrays = [t._array for t in tensors] if seen is None else seen
        made: list[Any] = []
        for kind, what in self.makers:
            if kind == "constant":
                made.append(what)
            elif kind == "outside":
                made.append(tensors[what])
            else:
                value = next(rest)
                adapter = adapter_of(value)
                value = adapter.normalise(value)
                if any(value is a or (adapter.mutable and adapter.shares(value, a)) for a in arrays):
                    value = adapter.copy(value)
                made.append(value if kind == "array" else marked(wrap(value, cls=what)))
        return made


def around(modes: Modes) -> tuple[bool, bool, bool]:
    """What of the modes of the thread a program depends on."""
    return modes.grad, modes.inference, bool(modes.saved_hooks)


def described(leaf: Any) -> Any:
    """What of an argument a program depends on: of arrays and tensors not the values."""
    if isinstance(leaf, Tensor):
        array = leaf._array
        return class_of(leaf), type(array), leaf._shape, leaf._dtype, leaf.requires_grad
    if is_array(leaf):
        return type(leaf), tuple(leaf.shape), leaf.dtype
    if type(leaf) in (float, complex) and leaf == 0:
        return type(leaf), str(leaf)  # 0.0 == -0.0, and 1 / x tells them apart
    return type(leaf), leaf


def state_of(tensor: Tensor) -> tuple[Any, ...]:
    """What of a tensor from outside a program depends on, besides what may be written to, and its hooks."""
    requires_grad = tensor.requires_grad
    leaf = not requires_grad or tensor.is_leaf  # through what has a graph no gradient would flow
    return type(tensor._array), tensor._shape, tensor._dtype, requires_grad, leaf


def tensors_for(program: Program, leaves: list[Any]) -> list[Tensor] | None:
    """The tensors from outside by number, if they are like those that the program was made with."""
    found: list[Tensor] = []
    for argument, closed_over, state in program.outside:
        if type(state) is int:  # the gradient of another
            grad = found[state]._grad
            if grad is None:
                return None
            found.append(grad)
            continue
        tensor = closed_over if argument is None else leaves[argument]
        assert tensor is not None
        if state_of(tensor) != state[0][:5] or has_others(tensor._backward, state[0][5]):
            return None
        if state[1] is not None and (tensor._grad is None) is not state[1]:
            return None
        found.append(tensor)
    if len(set(map(id, found))) != len(found) or any(leaves[i] is not leaves[j] for i, j in program.same):
        return None  # one tensor in the place of two, or two in that of one
    if any(hooks.changed(found) for hooks in program.pure) or not all(holds() for holds in program.conditions):
        return None
    return found


def run(program: Program, leaves: list[Any], tensors: list[Tensor]) -> Any:
    """The result of the function, by its program."""
    arrays = [leaves[i] for i in program.arrays]
    arrays += [tensors[i]._array for i in program.needed]
    try:
        values = program.function(tensors, arrays)
    except Exception as error:
        note_in(error, program.function)
        raise
    return result_of(program, values, tensors)


def run_donated(program: Program, leaves: list[Any], tensors: list[Tensor], fn: Callable[..., Any]) -> Any:
    """The same with arguments that are given away. While the program runs nothing else refers to their arrays."""
    record = record_of(fn)
    given = given_arrays(program.donated, tensors, record)
    seen = [g.array for g in given.values() if not g.alone]
    seen += [tensor._array for number, tensor in enumerate(tensors) if number not in given]
    arrays = [leaves[i] for i in program.arrays]
    arrays += [given.pop(i).array if i in given else tensors[i]._array for i in program.needed]
    given.clear()
    try:
        values = program.function(tensors, arrays)
    except Exception as error:
        note_in(error, program.function)
        raise
    finally:
        for one in program.donated:
            if one.touched:
                spend(leaves[one.leaf], record(one.argument))
    return program.make(values, tensors, seen)


def result_of(program: Program, values: Sequence[Any], tensors: list[Tensor]) -> Any:
    """The result of the function, of what its program returned."""
    derivative = program.derivative
    if derivative is None:
        return program.make(values, tensors)
    count = len(program.results) - len(derivative.saved)
    made = program.make.leaves(values[:count], tensors)
    derivative.record(values[count:], [made[i] for i in program.alive], tensors)
    return pytree.unflatten(program.structure, made)
