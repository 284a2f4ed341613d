"""How a function becomes a program: it runs once, traced; passes and a backend do the rest."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .. import pytree
from ..arrays.adapter import adapter_of, is_array
from ..autograd.modes import current
from ..autograd.origins import short_name
from ..autograd.tensor import Tensor
from ..errors import CompileError, WengertError
from .donation import check_donated, spare
from .function_derivative import derivative_at, differentiated
from .function_outside import Lifted
from .function_program import Maker, Program, result_of, state_of
from .function_sizes import Replica, Tape, plain_shapes, taped
from .function_source import make_function
from .function_steps import OpaqueStep
from .function_trace import FunctionRecorder
from .hook_kinds import hooks_of
from .ir import Variable
from .module_calls import ModulesGuard
from .passes import PASSES, Options, optimized
from .segments import Backend
from .trace import TracedArray

__all__ = ["NumberMattersError", "outlived", "program_of", "traced"]

_names = itertools.count().__next__


class NumberMattersError(WengertError):
    """A function could not be traced with numbers as inputs, for this `error`."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def outlived(recorder: FunctionRecorder) -> bool:
    """Whether somebody keeps a tensor that the function has made, as a layer does that makes something in its first call."""
    if not any(made() is not None for made in recorder.outlived):
        return False
    gc.collect()
    return any(made() is not None for made in recorder.outlived)


def _lifted(
    recorder: FunctionRecorder, program: Program, leaves: list[Any], numbers: frozenset[int]
) -> tuple[list[Any], dict[int, TracedArray]]:
    """The leaves of the arguments as the function is given them, and those that are inputs."""
    inputs: dict[int, TracedArray] = {}
    given = list(leaves)
    program.same = []
    for number, leaf in enumerate(leaves):
        if isinstance(leaf, Tensor):
            known = recorder.known.get(id(leaf))
            if known is not None:
                program.same.append((known.argument or 0, number))
            recorder.adopt(leaf, number)
        elif is_array(leaf):
            given[number] = inputs[number] = recorder.variable(leaf)
            if adapter_of(leaf).mutable:
                recorder.given.add(inputs[number].variable)
    like = next((known.first for known in recorder.known.values()), next(iter(inputs.values()), None))
    for number in sorted(numbers):
        assert isinstance(like, TracedArray)
        given[number] = inputs[number] = recorder.number(leaves[number], like)
    return given, inputs


def traced(
    recorder: FunctionRecorder,
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    leaves: list[Any],
    structure: Any,
    static: tuple[int, ...],
    backend: Backend,
    numbers: frozenset[int],
    options: Options,
    donated: dict[int, int],
) -> tuple[Any, Program | Exception]:
    """Run `fn`, writing it down: its result, and the program; or why there is none, though `fn` has run.

    Of its numbers those at `numbers` are inputs, and leaves that are `donated` are given away.
    """
    modes = current()
    program = Program()
    program.sizes = ""
    kept = False
    before = modes.tracer, modes.interpreter
    recorder.interpreter.inner = modes.interpreter
    try:
        given, inputs = _lifted(recorder, program, leaves, numbers)
        moving, named = pytree.unflatten(structure, given)
        rest = iter(moving)
        again = [args[i] if i in static else next(rest) for i in range(len(args))]
        modes.tracer, modes.interpreter = recorder, recorder.interpreter
        with recorder.recording():
            found, program.structure = pytree.flatten(plain_shapes(recorder, fn(*again, **named)))
            recorder.flush()
            recorder.check()
            recorder.look_around()
            _check_containers(fn, moving, named, structure, given)
            program.results, program.make, program.alive = _results(recorder, found, program.structure)
            program.derivative, recorder.has_graph = None, bool(program.alive)
            if program.alive:
                program.derivative = differentiated(recorder, [found[i] for i in program.alive], backend, options)
        kept = True
    except Exception as error:
        if numbers:
            raise NumberMattersError(error) from error
        raise
    finally:
        modes.tracer, modes.interpreter = before
        recorder.restore(keep=kept)
    values = [t.value if isinstance(t, TracedArray) else t for t in program.results]
    program.results = [t.variable if isinstance(t, TracedArray) else t for t in program.results]
    returned = {what for kind, what in program.make.makers if kind == "outside"}
    program.donated = check_donated(fn, donated, recorder, returned, program.derivative is not None)
    taped(recorder, inputs, program)
    failure: Exception | None = None
    if program.derivative is not None:
        failure = program.derivative.finish(program.results)
        options = replace(options, memory_budget=None)  # the two have been fitted together
        program.results += program.derivative.saved
        values += [recorder.values[v] for v in program.derivative.saved]
    try:
        _finish(program, recorder, inputs, backend, options)
    except WengertError:  # what it cannot be compiled for, in words of our own
        raise
    except Exception as error:  # noqa: BLE001 - the function has run, and its result must not be lost
        failure = error
    recorder.close()
    return result_of(program, values, list(recorder.numbers)), program if failure is None else failure


def _check_containers(fn: Callable[..., Any], moving: Any, named: Any, structure: Any, given: list[Any]) -> None:
    """Refuse a function that has changed a list or a dictionary among its arguments: it has had copies of these."""
    leaves, now = pytree.flatten((list(moving), named))
    if now != structure or any(one is not two for one, two in zip(leaves, given, strict=True)):
        raise CompileError(
            f"{short_name(fn)} changes a list or a dictionary among its arguments, which no program would do; return what it "
            "puts there, or change a copy"
        )


def program_of(tape: Tape, made: Replica, backend: Backend, options: Options) -> Program:
    """The program for other sizes than those of the run in which `tape` was written down."""
    program = Program()
    program.same, program.structure, program.alive, program.donated = tape.same, tape.structure, tape.alive, tape.donated
    program.results, program.make, program.derivative = list(made.results), Maker(made.makers, tape.structure), None
    program.how, program.why = "specialised", "one that has been captured holds for these sizes too"
    program.sizes = made.described(backend.name)
    if made.derivative is not None:
        program.derivative = derivative_at(made, backend, options)
        failure = program.derivative.finish(program.results)
        if failure is not None:
            raise failure
        options = replace(options, memory_budget=None)
        program.results += program.derivative.saved
    recorder: Any = made
    _finish(program, recorder, made.inputs, backend, options)
    return program


def _results(recorder: FunctionRecorder, found: list[Any], structure: Any) -> tuple[list[Any], Maker, list[int]]:
    """The arrays that the program returns, what makes the result of them, and which leaves of that require grad."""
    arrays: list[Any] = []
    makers: list[tuple[str, Any]] = []
    alive: list[int] = []
    for position, leaf in enumerate(found):
        known = recorder.known.get(id(leaf))
        if known is not None:
            makers.append(("outside", known.number))
        elif isinstance(leaf, Tensor) and isinstance(leaf._array, TracedArray):
            if leaf.requires_grad and not _is_spent(leaf):
                alive.append(position)
            makers.append(("tensor", type(leaf)._family))
            arrays.append(recorder.fresh(leaf._array))
        elif isinstance(leaf, TracedArray):
            leaf.as_result()
            makers.append(("array", None))
            arrays.append(recorder.fresh(leaf))
        else:
            if isinstance(leaf, Tensor):
                recorder.meet_stranger(leaf)
            elif isinstance(leaf, Iterator):
                raise CompileError(
                    f"the compiled function returns an iterator ({type(leaf).__name__}), which can be used up once, and not "
                    "by each call; return a list"
                )
            makers.append(("constant", leaf))

    return arrays, Maker(makers, structure), alive


def _is_spent(tensor: Tensor) -> bool:
    """Whether a backward has run through the graph of `tensor` and released it."""
    node = tensor.grad_fn
    seen: set[Any] = set()
    stack = [] if node is None else [node]
    while stack:
        below = stack.pop()
        if below._saved is None:
            return True
        if below not in seen:
            seen.add(below)
            stack.extend(n for n in below._edges if n is not None)
    return False


def _finish(
    program: Program,
    recorder: FunctionRecorder,
    inputs: dict[int, Any],
    backend: Backend,
    options: Options,
) -> None:
    """Run the passes, and generate the source."""
    numbers = {id(known.tensor): known.number for known in recorder.known.values()}
    owners: dict[int, int] = {}
    for known in recorder.known.values():
        if known.grad is not None and id(known.grad) in numbers:
            owners.setdefault(numbers[id(known.grad)], known.number)
    program.outside = []
    for known in recorder.known.values():
        owner = owners.get(known.number) if known.argument is None else None
        # An argument is another in each call, and nobody but who saves the program asks for its hooks.
        tensor = known.tensor if known.argument is None or any(hooks_of(known.tensor._backward)) else None
        program.outside.append((known.argument, tensor, _before(known, recorder) if owner is None else owner))
    program.pure, program.conditions = list(recorder.pure.values()), list(recorder.conditions)
    if recorder.modules:
        program.conditions.append(ModulesGuard(list(recorder.modules.values())).fits)
    program.steps, program.options = list(recorder.steps), options
    program.traced = program.steps
    program.note_writes()
    variables: list[Variable] = [traced.variable for traced in inputs.values()]
    program.arrays = tuple(inputs)
    program.steps = optimized(program.steps, program.results, options, PASSES)
    read = {v for step in program.steps for v in step.reads()} | {v for v in program.results if isinstance(v, Variable)}
    for step in program.steps:
        if isinstance(step, OpaqueStep):
            step.forget(read)
    made = {v for step in program.steps for v in step.makes()}
    program.needed = []
    for known in recorder.known.values():
        if known.first.variable in read - made and known.first.variable not in variables:
            program.needed.append(known.number)
            variables.append(known.first.variable)
    program.inputs = variables
    values = (*(t.value for t in inputs.values()), *(t._array for t in recorder.numbers))
    sample = next(filter(is_array, values), None)
    program.steps, program.function, program.source = make_function(
        program.steps, variables, program.results, sample, backend, str(_names()), spare(program)
    )


def _before(known: Lifted, recorder: FunctionRecorder) -> tuple[Any, ...]:
    """The state of a tensor from outside when the function began, and whether it had no gradient, if that matters."""
    return (*state_of(known.tensor), recorder.kinds(known)), (known.grad is None) if known.reads_grad else None
