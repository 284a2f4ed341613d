"""`compile`: a whole function as one program, from its arguments to the last update."""

from __future__ import annotations

import functools
import gc
import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .. import pytree
from ..arrays.adapter import DIRECT, adapter_of, is_array
from ..autograd.modes import ACTIVE, Modes, current, dual_level_in_force
from ..autograd.origins import short_name
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, CompileError, WengertError
from ..ops.random import default_generator
from .backends import SLOW, backend_called
from .calling import warn_user
from .donation import Donated, check_donated, donated_leaves, given_arrays, positions, record_of, spare, spend
from .entry import MISS, Entry, make_entry
from .function_derivative import GraphDerivative, differentiated
from .function_grad import Derivative
from .function_outside import Lifted
from .function_sizes import ChangingSizes, Replica, Tape, taped, without_sizes
from .function_source import make_function, note_in
from .function_steps import OpaqueStep, writes_to
from .function_trace import FunctionRecorder
from .hook_kinds import has_others, hooks_of
from .ir import Equation, Step, Variable
from .lower import Inspected, Lowered, Method, Rehearsal, program_text, unmoved
from .misfit import misfit
from .module_calls import ModulesGuard
from .node_hooks import PureHooks
from .numbers import ChangingNumbers, KnownNumbers, of_any_size, with_types_for
from .passes import PASSES, PLAIN, Options, optimized
from .segments import Backend, Segment
from .shadow import class_of
from .trace import TracedArray
from .turns import Lock, taking_turns, turn

__all__ = ["CompiledFunction", "compile"]

_names = itertools.count().__next__


class _NumberMattersError(WengertError):
    """A function could not be traced with numbers as inputs, for this `error`."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class _Program:
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
    make: _Maker
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


class CompiledFunction(Inspected):
    """A function that runs as a program; made by `compile`.

    Attributes
    ----------
    captures, hits, specialisations : int
        How often the function itself has run and was written down, how often a program ran that was there, and how often one was
        made of what had been written down for other sizes.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        backend: Backend,
        static_argnums: tuple[int, ...],
        most_programs: int,
        options: Options = PLAIN,
        donate_argnums: tuple[int, ...] = (),
    ) -> None:
        functools.update_wrapper(self, fn)
        self._fn, self._backend, self._static, self._most = fn, backend, static_argnums, most_programs
        self._options, self._donate = options, donate_argnums
        self._programs: dict[Any, list[_Program]] = {}
        self._numbers: ChangingNumbers = ChangingNumbers(most_programs)
        self._sizes = ChangingSizes(most_programs)
        self._entry: Entry | None = None  # that of the program that ran last
        self._named_by = fn  # by whose variables things are named
        self._lock = Lock()
        self._eager: set[Any] = set()  # kinds of arguments of which no program could be made
        self._began: set[Any] = set()  # and those in whose first call something was made for later ones
        self.captures = self.hits = self.specialisations = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for arguments like these; the first time, the function itself, writing one down."""
        modes = current()
        if ACTIVE and (modes.tracer is not None or modes.interceptors or dual_level_in_force() is not None):
            return self._fn(*args, **kwargs)  # a part of another compiled function, or of what others see operator by operator
        entry = self._entry
        if entry is not None and not kwargs:
            result = entry(args, modes)
            if result is not MISS:
                self.hits += 1  # no other thread gets in between: there is no call in it
                return result
        return self._the_long_way(args, kwargs, modes, alone=False)

    def _the_long_way(self, args: tuple[Any, ...], kwargs: dict[str, Any], modes: Modes, *, alone: bool) -> Any:
        """Find the program, or make one; `alone` if it is this thread's turn."""
        static = tuple(args[i] for i in self._static if i < len(args))
        leaves, structure = pytree.flatten(([a for i, a in enumerate(args) if i not in self._static], kwargs))
        if any(type(leaf._array) not in DIRECT for leaf in leaves if isinstance(leaf, Tensor)):
            return self._fn(*args, **kwargs)  # samples of a `vmap`, which calls it as any function
        donated = donated_leaves(self._fn, args, leaves, self._static, self._donate) if self._donate else {}
        key = (structure, static, _around(modes), *map(_described, leaves))
        inputs: frozenset[int] = frozenset()  # numbers that are
        try:
            programs = self._programs.get(key, ())
            if not programs:
                inputs = self._numbers.changed(key, leaves)
                programs = self._programs.get(with_types_for(key, inputs), ()) if inputs else ()
                if not programs and with_types_for(key, inputs) in self._eager:
                    result = self._fn(*args, **kwargs)
                    self._give_away(leaves, donated)
                    return result
        except TypeError as error:
            raise ArgumentError(
                f"{short_name(self._fn)}: an argument that is no tensor or array must be hashable, for a program depends on it: "
                f"{error}"
            ) from error
        for program in programs:
            tensors = _tensors(program, leaves)
            if tensors is not None:
                if program.exclusive and not alone:
                    break
                self.hits += 1
                if not kwargs:
                    self._enter_by(program, args)
                return _run_donated(program, leaves, tensors, self._fn) if donated else _run(program, leaves, tensors)
        if alone:
            specialised = self._specialised(key, leaves, inputs)
            if specialised is None:
                return self._trace(key, args, leaves, structure, inputs, donated)
            program, tensors = specialised
            return _run_donated(program, leaves, tensors, self._fn) if donated else _run(program, leaves, tensors)
        with turn(self._lock, modes):  # and then look again: another thread may have made it meanwhile
            return self._the_long_way(args, kwargs, modes, alone=True)

    def _specialised(self, key: Any, leaves: list[Any], numbers: frozenset[int]) -> tuple[_Program, list[Tensor]] | None:
        """The program that one for several sizes becomes for those of `leaves`, with the tensors from outside."""
        for tape, made in self._sizes.kind(with_types_for(of_any_size(key), numbers)).replicas(leaves):
            try:
                program = _program_of(tape, made, self._backend, self._options)
            except Exception:  # noqa: BLE001, S112 - the function is captured instead, and that says what is wrong
                continue
            tensors = _tensors(program, leaves)
            if tensors is not None:
                self._keep(with_types_for(key, numbers), program)
                self.specialisations += 1
                self._warn_of_many(program)
                return program, tensors
        return None

    def _enter_by(self, program: _Program, args: tuple[Any, ...]) -> None:
        """Try `program` first in calls to come."""
        if program.donated or current().saved_hooks or current().inference:
            return
        if not hasattr(program, "entry"):
            finish = None if program.derivative is None else functools.partial(_result, program)
            entry = make_entry(program, args, self._static, current().grad, finish)
            program.entry = taking_turns(entry, self._lock) if program.exclusive and entry is not None else entry
        self._entry = program.entry

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else Method(self, instance)

    def _known(self) -> list[tuple[Any, _Program]]:
        """All programs, with what arguments they are for, as of now: other threads may make more."""
        return [(key, program) for key, programs in list(self._programs.items()) for program in list(programs)]

    def _lowered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Lowered:
        if current().tracer is not None:
            raise CompileError(f"lower() of {short_name(self._fn)} inside of a function that is being traced; do it outside")
        static = tuple(args[i] for i in self._static if i < len(args))
        leaves, structure = pytree.flatten(([a for i, a in enumerate(args) if i not in self._static], kwargs))
        donated = donated_leaves(self._fn, args, leaves, self._static, self._donate) if self._donate else {}
        key = (structure, static, _around(current()), *map(_described, leaves))
        with unmoved(default_generator):
            _, program = _traced(
                Rehearsal(), self._fn, args, leaves, structure, self._static, self._backend, frozenset(), self._options, donated
            )
        if isinstance(program, Exception):
            raise program
        program.how, program.why = "captured", "it was lowered"
        fixed = FixedFunction(short_name(self._fn), {key: [program]}, self._static, self._named_by, self._donate)
        return Lowered(program, fixed)

    def sources(self) -> list[str]:
        """The generated source of every program, and of what a backend has made of its segments."""
        found: list[str] = []
        for _, program in self._known():
            segments = [getattr(step.function, "source", None) for step in program.steps if isinstance(step, Segment)]
            found += [program.source, *(source for source in segments if source is not None)]
            if isinstance(program.derivative, GraphDerivative):
                found += program.derivative.sources()
        return found

    def _trace(
        self,
        key: Any,
        args: tuple[Any, ...],
        leaves: list[Any],
        structure: Any,
        numbers: frozenset[int],
        donated: dict[int, int],
    ) -> Any:
        kind = self._sizes.kind(with_types_for(of_any_size(key), numbers))
        recorder = FunctionRecorder(kind.shapes)
        try:
            result, program = _traced(
                recorder, self._fn, args, leaves, structure, self._static, self._backend, numbers, self._options, donated
            )
        except _NumberMattersError as refusal:
            error = refusal.error
            self._numbers.keep_constant(key, leaves)  # the function looks at them: each value is another program
            if all(isinstance(step, Equation) for step in recorder.steps):
                return self._trace(key, args, leaves, structure, frozenset(), donated)
            error.add_note(
                "A number among the arguments was an input of the program, as its value had changed. In calls to come it will be "
                "a constant; in this one hooks or others have been called, so that it cannot be begun anew."
            )
            raise error from None
        recorder.forget()
        self._give_away(leaves, donated)
        key = with_types_for(key, numbers)
        if isinstance(program, Exception):
            self._eager.add(key)
            warn_user(
                f"compile: no program could be made of {short_name(self._fn)}, which is run eagerly from now on for arguments "
                f"like these: {type(program).__name__}: {program}"
            )
            return result
        if key not in self._began and outlived(recorder):
            self._began.add(key)  # what the function keeps for later calls is from outside in these
            self.captures += 1
            return result
        program.sizes = kind.learn(*recorder.tapes)
        program.how, program.why = "captured", self._why(key)
        self._keep(key, program)
        self.captures += 1
        self._warn_of_many(program)
        return result

    def _keep(self, key: Any, program: _Program) -> None:
        """Have `program` at hand for the next call."""
        programs = self._programs.setdefault(key, [])
        programs.insert(0, program)
        del programs[self._most :]
        while len(self._programs) > self._most:  # the kinds of arguments that were met first
            del self._programs[next(iter(self._programs))]

    def _warn_of_many(self, program: _Program) -> None:
        """Say once that programs are made all the time; those for other sizes count where a backend takes seconds for each."""
        slow = self._backend.name in SLOW
        if program.how == "captured" or slow:
            count = self.captures + (self.specialisations if slow else 0)
            if count == 2 * self._most:
                warnings.warn(
                    f"compile: {short_name(self._fn)} has been {'compiled' if slow else 'captured'} {count} times, the last time "
                    f"because {program.why}; pass what changes as an array, or pad it to few sizes, and see explain()",
                    UserWarning,
                    stacklevel=6,
                )

    def _give_away(self, leaves: list[Any], donated: dict[int, int]) -> None:
        """Spend the tensors that are donated."""
        if donated:
            record = record_of(self._fn)
            for leaf, argument in donated.items():
                spend(leaves[leaf], record(argument))

    def _why(self, key: Any) -> str:
        if key in self._programs:
            return "another tensor from outside, or its gradient or hooks, differ"
        return "arguments of this kind have not been met" if self._programs else "it is the first call"


class FixedFunction(CompiledFunction):
    """Programs that are there, and the function that they were made of is not: nothing is traced any more."""

    def __init__(
        self,
        name: str,
        programs: dict[Any, list[_Program]],
        static_argnums: tuple[int, ...],
        named_by: Callable[..., Any] | None = None,
        donate_argnums: tuple[int, ...] = (),
    ) -> None:
        def compiled(*_: Any, **__: Any) -> Any:
            raise CompileError(
                f"{name} is a compiled program alone, which cannot run inside of a function that is traced, or under vmap; call "
                "the function that it was made of"
            )

        compiled.__name__ = compiled.__qualname__ = name
        super().__init__(compiled, backend_called("python"), static_argnums, len(programs), PLAIN, donate_argnums)
        self._programs, self._numbers = programs, KnownNumbers(programs)
        self._named_by = compiled if named_by is None else named_by

    def _lowered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Lowered:
        raise CompileError(f"lower() of {self.__name__}, which is a compiled program alone; explain() shows it, and save() keeps it")

    def _trace(
        self,
        key: Any,
        args: tuple[Any, ...],
        leaves: list[Any],
        structure: Any,
        numbers: frozenset[int],
        donated: dict[int, int],
    ) -> Any:
        raise CompileError(misfit(self.__name__, key if not numbers else with_types_for(key, numbers), self._programs))


def _around(modes: Modes) -> tuple[bool, bool, bool]:
    """What of the modes of the thread a program depends on."""
    return modes.grad, modes.inference, bool(modes.saved_hooks)


def outlived(recorder: FunctionRecorder) -> bool:
    """Whether somebody keeps a tensor that the function has made, as a layer does that makes something in its first call."""
    if not any(made() is not None for made in recorder.outlived):
        return False
    gc.collect()
    return any(made() is not None for made in recorder.outlived)


def _described(leaf: Any) -> Any:
    """What of an argument a program depends on: of arrays and tensors not the values."""
    if isinstance(leaf, Tensor):
        array = leaf._array
        return class_of(leaf), type(array), leaf._shape, leaf._dtype, leaf.requires_grad
    if is_array(leaf):
        return type(leaf), tuple(leaf.shape), leaf.dtype
    return type(leaf), leaf


def _state(tensor: Tensor) -> tuple[Any, ...]:
    """What of a tensor from outside a program depends on, besides what may be written to, and its hooks."""
    requires_grad = tensor.requires_grad
    leaf = not requires_grad or tensor.is_leaf  # through what has a graph no gradient would flow
    return type(tensor._array), tensor._shape, tensor._dtype, requires_grad, leaf


def _tensors(program: _Program, leaves: list[Any]) -> list[Tensor] | None:
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
        if _state(tensor) != state[0][:5] or has_others(tensor._backward, state[0][5]):
            return None
        if state[1] is not None and (tensor._grad is None) is not state[1]:
            return None
        found.append(tensor)
    if len(set(map(id, found))) != len(found) or any(leaves[i] is not leaves[j] for i, j in program.same):
        return None  # one tensor in the place of two, or two in that of one
    if any(hooks.changed() for hooks in program.pure) or not all(holds() for holds in program.conditions):
        return None
    return found


def _run(program: _Program, leaves: list[Any], tensors: list[Tensor]) -> Any:
    arrays = [leaves[i] for i in program.arrays]
    arrays += [tensors[i]._array for i in program.needed]
    try:
        values = program.function(tensors, arrays)
    except Exception as error:
        note_in(error, program.function)
        raise
    return _result(program, values, tensors)


def _run_donated(program: _Program, leaves: list[Any], tensors: list[Tensor], fn: Callable[..., Any]) -> Any:
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


def _result(program: _Program, values: Sequence[Any], tensors: list[Tensor]) -> Any:
    """The result of the function, of what its program returned."""
    derivative = program.derivative
    if derivative is None:
        return program.make(values, tensors)
    count = len(program.results) - len(derivative.saved)
    made = program.make.leaves(values[:count], tensors)
    derivative.record(values[count:], [made[i] for i in program.alive], tensors)
    return pytree.unflatten(program.structure, made)


def _lifted(
    recorder: FunctionRecorder, program: _Program, leaves: list[Any], numbers: frozenset[int]
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
    like = next((known.first for known in recorder.known.values()), next(iter(inputs.values()), None))
    for number in sorted(numbers):
        assert isinstance(like, TracedArray)
        given[number] = inputs[number] = recorder.number(leaves[number], like)
    return given, inputs


def _traced(
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
) -> tuple[Any, _Program | Exception]:
    """Run `fn`, writing it down: its result, and the program; or why there is none, though `fn` has run.

    Of its numbers those at `numbers` are inputs, and leaves that are `donated` are given away.
    """
    modes = current()
    program = _Program()
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
            found, program.structure = pytree.flatten(fn(*again, **named))
            recorder.flush()
            recorder.check()
            program.results, program.make, program.alive = _results(recorder, found, program.structure)
            program.derivative, recorder.has_graph = None, bool(program.alive)
            if program.alive:
                without_sizes(recorder, [found[i] for i in program.alive])
                program.derivative = differentiated(recorder, [found[i] for i in program.alive], backend, options)
        kept = True
    except Exception as error:
        if numbers:
            raise _NumberMattersError(error) from error
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
        failure = program.derivative.finish(program.results, [found[i]._array.variable for i in program.alive])
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
    return _result(program, values, list(recorder.numbers)), program if failure is None else failure


def _program_of(tape: Tape, made: Replica, backend: Backend, options: Options) -> _Program:
    """The program for other sizes than those of the run in which `tape` was written down."""
    program = _Program()
    program.same, program.structure, program.alive, program.donated = tape.same, tape.structure, [], tape.donated
    program.results, program.make, program.derivative = list(made.results), _Maker(made.makers, tape.structure), None
    program.how, program.why = "specialised", "one that has been captured holds for these sizes too"
    program.sizes = made.described(backend.name)
    recorder: Any = made
    _finish(program, recorder, made.inputs, backend, options)
    return program


def _results(recorder: FunctionRecorder, found: list[Any], structure: Any) -> tuple[list[Any], _Maker, list[int]]:
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
            makers.append(("constant", leaf))

    return arrays, _Maker(makers, structure), alive


class _Maker:
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
                made.append(value if kind == "array" else wrap(value, cls=what))
        return made


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
    program: _Program,
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
    return (*_state(known.tensor), recorder.kinds(known)), (known.grad is None) if known.reads_grad else None


def compile(
    fn: Callable[..., Any] | None = None,
    *,
    backend: str = "python",
    static_argnums: int | Sequence[int] = (),
    donate_argnums: int | Sequence[int] = (),
    most_programs: int = 16,
    memory_budget: int | None = None,
    fastmath: bool = False,
) -> Any:
    """Compile a function whole: forward, backward passes, hooks, updates.

    The first call for arguments of one kind runs the function as it is, and writes down what it does; later calls run the
    program. Tensors that the function closes over are inputs: their new values are read in each call, and what the function
    writes to them and to their ``.grad`` is written back. Hooks are called with real arrays in each run; those registered
    with ``pure=True`` are compiled with the rest. An optimizer's ``step()`` is run as it is, at its place. Results that require
    grad can be differentiated from outside, with a derivative that is compiled too where no hooks are inside of the function.

    Parameters
    ----------
    fn : callable
        Of trees of tensors, arrays and constants; it returns such a tree. What it does besides computing with them happens only
        when it is written down.
    backend : str
        ``"python"``: calls of the array library; of large NumPy arrays elementwise operators and the reductions of what they
        compute run together, over blocks that stay in the cache, on all cores. ``"numba"``: machine code for small work on NumPy
        arrays; the second call takes seconds to compile, later ones microseconds. ``"auto"``: what is likely to be the fastest,
        from when that is worth its compilation.
    static_argnums : int or sequence of int
        The positions of arguments that are constants; they must be hashable. So are integers everywhere, and other numbers
        until they change: a second value makes a program in which they are inputs, unless the function looks at them.
    donate_argnums : int or sequence of int
        The positions of arguments that are given away: tensors, or trees of them, whose memory the results may have. After the
        call, or an error in it, they are spent: what needs their values raises a `DonatedError` that names the call. Memory that
        somebody else can see, a view, another tensor, a node that has saved it, is left as it is. For the backends ``"python"``
        on NumPy arrays and ``"xla"`` on JAX arrays; the others free the memory as soon as nothing in the program needs it.
    most_programs : int
        How many kinds of arguments are known, and how many programs for each; the oldest are dropped.
    memory_budget : int, optional
        How many bytes the arrays that a program makes may take at a time, its arguments and what it closes over not counted.
        What elementwise operators gave is then computed again where it is needed later, above all in the backward, as far as that
        takes to fit; the values stay the same to the last bit. A program that does not fit even so is run as it is, with one
        warning. For ``"python"`` and ``"numba"``, between which ``"auto"`` then chooses; the others plan their memory themselves.
    fastmath : bool
        Whether programs may use what holds for real numbers, and not for floating-point ones: another rounding, other signs of
        zeros, NaN and infinity that vanish. ``docs/compiled_backends.md`` has the list.

    Returns
    -------
    CompiledFunction
        With `explain()` and `sources()`. Without `fn`, a decorator.

    Raises
    ------
    ArgumentError
        If there is no such backend, or it has no use for `memory_budget`; if that is no positive number of bytes. From the call:
        if a donated argument is no tensor, a view of one, or passed twice.
    TraceError
        From the call: where the function looks at the value of an array, with the line.
    CompileError
        From the call: where it does what no program can, such as a backward into a graph from outside, or a result that needs
        what was donated.

    Examples
    --------
    >>> import wengert as wg
    >>> w = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = wg.optim.SGD([w], lr=0.1)
    >>> @wg.compile
    ... def step(x):
    ...     optimizer.zero_grad()
    ...     loss = ((w * x) ** 2).sum()
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> for _ in range(3):
    ...     loss = step(wg.tensor([1.0, 1.0]))
    >>> round(loss.item(), 4), step.captures
    (2.048, 1)
    """
    made: Any = backend_called(backend)
    numbers = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
    options, donated = _options(backend, memory_budget, fastmath), positions(donate_argnums, numbers)
    if backend == "auto" and memory_budget is not None:
        made = made.without(*_OWN_MEMORY)
    if fn is None:
        return lambda function: CompiledFunction(function, made, numbers, most_programs, options, donated)
    if not callable(fn):
        raise ArgumentError(f"fn: expected a function, got {short_name(fn)}")
    return CompiledFunction(fn, made, numbers, most_programs, options, donated)


#: Backends that plan their memory themselves.
_OWN_MEMORY = ("xla", "inductor")


def _options(backend: str, memory_budget: int | None, fastmath: bool) -> Options:
    """What users say of all programs of a function."""
    if type(fastmath) is not bool:
        raise ArgumentError(f"fastmath: expected True or False, got {fastmath!r}")
    if memory_budget is None:
        return Options(fastmath)
    if backend in _OWN_MEMORY:
        raise ArgumentError(
            f"memory_budget: backend {backend!r} plans its memory itself, and computes once what is the same; expected None, or "
            "another backend"
        )
    if isinstance(memory_budget, bool) or not isinstance(memory_budget, int) or memory_budget < 1:
        raise ArgumentError(f"memory_budget: expected a positive number of bytes, or None, got {memory_budget!r}")
    return Options(fastmath, memory_budget)
