"""`compile`: a whole function as one program, from its arguments to the last update."""

from __future__ import annotations

import copy
import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import pytree
from ..arrays.adapter import DIRECT, is_array
from ..autograd.modes import ACTIVE, Modes, current, dual_level_in_force
from ..autograd.origins import short_name
from ..autograd.tensor import Tensor
from ..errors import ArgumentError, CompileError
from ..ops.random import default_generator
from .backends import SLOW, backend_called
from .calling import warn_user
from .donation import donated_leaves, positions, record_of, spend
from .entry import MISS, Entry, make_entry
from .function_capture import NumberMattersError, outlived, program_of, traced
from .function_derivative import GraphDerivative
from .function_program import Program, around, described, result_of, run, run_donated, tensors_for
from .function_sizes import ChangingSizes
from .function_trace import FunctionRecorder
from .ir import Equation
from .lower import Inspected, Lowered, Method, Rehearsal, unmoved
from .misfit import misfit
from .numbers import ChangingNumbers, KnownNumbers, of_any_size, with_types_for
from .passes import PLAIN, Options
from .read_numbers import NumbersRead
from .segments import Backend, Segment
from .surroundings import Surroundings
from .turns import Lock, taking_turns, turn

__all__ = ["CompiledFunction", "compile"]


#: What only begins when it is called.
_NO_FUNCTIONS = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)

#: Backends that plan their memory themselves.
_OWN_MEMORY = ("xla", "inductor")


class Call(NamedTuple):
    """A call, taken apart and described once.

    Attributes
    ----------
    args, kwargs
        The arguments.
    leaves : list
        Of those that are not static.
    structure
        How these are nested.
    donated : dict
        From leaves that are given away to the arguments that they belong to.
    key : tuple
        Which kind of arguments they are.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    leaves: list[Any]
    structure: Any
    donated: dict[int, int]
    key: Any


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
        self._programs: dict[Any, list[Program]] = {}
        self._numbers: ChangingNumbers = ChangingNumbers(most_programs)
        self._sizes = ChangingSizes(most_programs)
        self._entry: Entry | None = None  # that of the program that ran last
        self._named_by = fn  # by whose variables things are named
        self._lock = Lock()
        self._eager: set[Any] = set()  # kinds of arguments of which no program could be made
        self._began: dict[Any, list[Any]] = {}  # and those in whose first call something was made, by hooks too, for later ones
        self.captures = self.hits = self.specialisations = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program for arguments like these; the first time, the function itself, writing one down."""
        entry = self._entry
        modes = current() if ACTIVE else None
        if modes is not None and (modes.tracer is not None or modes.interceptors or dual_level_in_force() is not None):
            return self._fn(*args, **kwargs)  # a part of another compiled function, or of what others see operator by operator
        if entry is not None and not kwargs:
            result = entry(args, modes)
            if result is not MISS:
                self.hits += 1  # no other thread gets in between: there is no call in it
                return result
        return self._the_long_way(args, kwargs, current())

    def _taken_apart(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], list[Any], Any]:
        """The static arguments of a call, the leaves of the others, and their structure."""
        leaves, structure = pytree.flatten(([a for i, a in enumerate(args) if i not in self._static], kwargs))
        return tuple([args[i] for i in self._static if i < len(args)]), leaves, structure

    def _the_long_way(self, args: tuple[Any, ...], kwargs: dict[str, Any], modes: Modes) -> Any:
        """Describe the arguments, and find the program for such, or make one."""
        static, leaves, structure = self._taken_apart(args, kwargs)
        if any(type(leaf._array) not in DIRECT for leaf in leaves if isinstance(leaf, Tensor)):
            return self._fn(*args, **kwargs)  # samples of a `vmap`, which calls it as any function
        donated = donated_leaves(self._fn, args, leaves, self._static, self._donate) if self._donate else {}
        call = Call(args, kwargs, leaves, structure, donated, (structure, static, around(modes), *map(described, leaves)))
        result = self._found(call, alone=False)
        if result is MISS:
            with turn(self._lock, modes):  # and then look again: another thread may have made it meanwhile
                result = self._found(call, alone=True)
        return result

    def _found(self, call: Call, *, alone: bool) -> Any:
        """Run the program for a call, or make one, if it is this thread's turn; `MISS` where it has to wait for that."""
        key, leaves, donated = call.key, call.leaves, call.donated
        inputs: frozenset[int] = frozenset()  # numbers that are
        try:
            programs = self._programs.get(key, ())
            if not programs:
                inputs = self._numbers.changed(key, leaves)
                programs = self._programs.get(with_types_for(key, inputs), ()) if inputs else ()
                if not programs and with_types_for(key, inputs) in self._eager:
                    result = self._fn(*call.args, **call.kwargs)
                    self._give_away(leaves, donated)
                    return result
        except TypeError as error:
            raise ArgumentError(
                f"{short_name(self._fn)}: an argument that is no tensor or array must be hashable, for a program depends on it: "
                f"{error}"
            ) from error
        for program in programs:
            tensors = tensors_for(program, leaves)
            if tensors is not None:
                if program.exclusive and not alone:
                    return MISS
                self.hits += 1
                if not call.kwargs:
                    self._enter_by(program, call.args)
                return run_donated(program, leaves, tensors, self._fn) if donated else run(program, leaves, tensors)
        if not alone:
            return MISS
        specialised = self._specialised(key, leaves, inputs)
        if specialised is None:
            return self._trace(key, call.args, leaves, call.structure, inputs, donated)
        program, tensors = specialised
        return run_donated(program, leaves, tensors, self._fn) if donated else run(program, leaves, tensors)

    def _specialised(self, key: Any, leaves: list[Any], numbers: frozenset[int]) -> tuple[Program, list[Tensor]] | None:
        """The program that one for several sizes becomes for those of `leaves`, with the tensors from outside."""
        for tape, made in self._sizes.kind(with_types_for(of_any_size(key), numbers)).replicas(leaves):
            try:
                program = program_of(tape, made, self._backend, self._options)
            except Exception:  # noqa: BLE001, S112 - the function is captured instead, and that says what is wrong
                continue
            tensors = tensors_for(program, leaves)
            if tensors is not None:
                self._keep(with_types_for(key, numbers), program)
                self.specialisations += 1
                self._warn_of_many(program)
                return program, tensors
        return None

    def _enter_by(self, program: Program, args: tuple[Any, ...]) -> None:
        """Try `program` first in calls to come."""
        if program.donated or current().saved_hooks or current().inference:
            return
        if not hasattr(program, "entry"):
            finish = None if program.derivative is None else functools.partial(result_of, program)
            entry = make_entry(program, args, self._static, current().grad, finish)
            program.entry = taking_turns(entry, self._lock) if program.exclusive and entry is not None else entry
        self._entry = program.entry

    # -- copies and pickles: of the function, and of no program
    def __copy__(self) -> CompiledFunction:
        return CompiledFunction(self._fn, self._backend, self._static, self._most, self._options, self._donate)

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledFunction:
        new = self.__copy__()
        memo[id(self)] = new
        new._fn = new._named_by = copy.deepcopy(self._fn, memo)
        if hasattr(new, "__wrapped__"):
            new.__wrapped__ = new._fn
        return new

    def __reduce__(self) -> Any:
        name, module = getattr(self, "__qualname__", ""), sys.modules.get(getattr(self, "__module__", None) or "")
        if module is not None and _attribute(module, name) is self:
            return name  # the function that it was made of is hidden behind it
        backend = self._backend.name
        options = {"most_programs": self._most, "memory_budget": self._options.memory_budget, "fastmath": self._options.fastmath}
        return _again, (self._fn, backend, self._static, self._donate, options)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else Method(self, instance)

    def _known(self) -> list[tuple[Any, Program]]:
        """All programs, with what arguments they are for, as of now: other threads may make more."""
        return [(key, program) for key, programs in list(self._programs.items()) for program in list(programs)]

    def _lowered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Lowered:
        if current().tracer is not None:
            raise CompileError(f"lower() of {short_name(self._fn)} inside of a function that is being traced; do it outside")
        static, leaves, structure = self._taken_apart(args, kwargs)
        donated = donated_leaves(self._fn, args, leaves, self._static, self._donate) if self._donate else {}
        key = (structure, static, around(current()), *map(described, leaves))
        with unmoved(default_generator):
            _, program = traced(
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
        objects = [leaf for leaf in leaves if not isinstance(leaf, Tensor) and not is_array(leaf)]
        numbers_read = NumbersRead(self._fn, args[0] if args else None)
        if numbers_read:
            recorder.conditions.append(numbers_read.fits)
        recorder.surroundings = Surroundings([self._fn, *objects, *(args[i] for i in self._static if i < len(args))])
        try:
            result, program = traced(
                recorder, self._fn, args, leaves, structure, self._static, self._backend, numbers, self._options, donated
            )
        except NumberMattersError as refusal:
            error = refusal.error
            self._numbers.keep_constant(key, leaves)  # the function looks at them: each value is another program
            if all(isinstance(step, Equation) for step in recorder.steps):
                return self._trace(key, args, leaves, structure, frozenset(), donated)
            error.add_note(
                "A number among the arguments was an input of the program, as its value had changed. In calls to come it will be "
                "a constant; in this one hooks or others have been called, so that it cannot be begun anew."
            )
            raise error from None
        strangers, kept = recorder.strangers, [(place, tensor._shape) for place, tensor in recorder.kept]
        recorder.forget()
        self._give_away(leaves, donated)
        key = with_types_for(key, numbers)
        if (strangers or kept) and not isinstance(program, Exception) and key in self._began:
            program = self._impure(strangers, kept, self._began[key]) or program
        if isinstance(program, Exception):
            self._eager.add(key)
            warn_user(
                f"compile: no program could be made of {short_name(self._fn)}, which is run eagerly from now on for arguments "
                f"like these: {type(program).__name__}: {program}"
            )
            return result
        if key not in self._began and (strangers or kept or outlived(recorder)):
            self._began[key] = strangers  # what the function keeps for later calls is from outside in these
            self.captures += 1
            return result
        program.sizes = kind.learn(*recorder.tapes)
        program.how, program.why = "captured", self._why(key)
        self._keep(key, program)
        self.captures += 1
        self._warn_of_many(program)
        return result

    @staticmethod
    def _impure(strangers: list[Any], kept: list[tuple[str, Any]], before: list[Any]) -> CompileError | None:
        """Why a function that has been traced twice is none of its arguments and of what is around it, if so."""
        if kept:
            place, shape = kept[0]
            return CompileError(
                f"it keeps a tensor of shape {tuple(shape)} that it has made, in {place}, where a program would leave "
                "nothing; return it, or write it into a tensor that is there already, with copy_()"
            )
        met = {id(reference()) for reference in before if reference() is not None}
        new = next((t for t in (reference() for reference in strangers) if t is not None and id(t) not in met), None)
        if new is None:
            return None
        return CompileError(
            f"it reads a tensor of shape {new.shape} that was not there when it began: a hook, or other code that is run as it "
            "is, has made it, and a program would not know where to find it; let the hook write it into a tensor that is there"
        )

    def _keep(self, key: Any, program: Program) -> None:
        """Have `program` at hand for the next call."""
        programs = self._programs.setdefault(key, [])
        programs.insert(0, program)
        del programs[self._most :]
        while len(self._programs) > self._most:  # the kinds of arguments that were met first
            del self._programs[next(iter(self._programs))]

    def _warn_of_many(self, program: Program) -> None:
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
            return "what is around it differs: a tensor, its gradient or hooks, a number, the mode of a module"
        return "arguments of this kind have not been met" if self._programs else "it is the first call"


class FixedFunction(CompiledFunction):
    """Programs that are there, and the function that they were made of is not: nothing is traced any more."""

    def __init__(
        self,
        name: str,
        programs: dict[Any, list[Program]],
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

    def __copy__(self) -> CompiledFunction:
        return self  # nothing of it changes

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledFunction:
        return self

    def __reduce__(self) -> Any:
        raise TypeError(f"{self.__name__} is a compiled program alone, and no pickle: save() keeps it in a file")

    def _lowered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Lowered:
        raise CompileError(f"lower() of {self.__name__}, which is a compiled program alone; explain() shows it, save() keeps it")

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
    if any(is_kind(fn) for is_kind in _NO_FUNCTIONS):
        raise ArgumentError(
            f"fn: expected a function that computes when it is called, got {short_name(fn)}, which is a generator function or a "
            "coroutine function; compile what it does between two values, or return a list"
        )
    return CompiledFunction(fn, made, numbers, most_programs, options, donated)


def _again(fn: Any, backend: str, static: tuple[int, ...], donated: tuple[int, ...], options: dict[str, Any]) -> Any:
    """A compiled function that was pickled."""
    return compile(fn, backend=backend, static_argnums=static, donate_argnums=donated, **options)


def _attribute(module: Any, name: str) -> Any:
    """What a module has by a dotted name; None where that leads nowhere."""
    for part in name.split("."):
        module = getattr(module, part, None)
    return module


def _options(backend: str, memory_budget: Any, fastmath: bool) -> Options:
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
