"""`Lowered`: a function written down without being run for good, to be looked at, compiled or kept."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..autograd.tensor import Tensor
from ..errors import ArgumentError
from ..op import Operator
from ..ops.random import Draw, Generator
from .function_trace import FunctionRecorder
from .ir import Step, Variable, draws_numbers, renumbered
from .plan import Plan, after_passes, pass_names, plan_of, shown_passes
from .save import save_programs
from .segments import with_lines

if TYPE_CHECKING:
    from .function import CompiledFunction
    from .function_program import Program

__all__ = ["Inspected", "Lowered", "Method", "Rehearsal", "explained", "program_text", "unmoved"]


@contextmanager
def unmoved(generator: Generator) -> Iterator[None]:
    """Let a generator of random numbers be afterwards where it was."""
    state = generator.get_state()
    try:
        yield
    finally:
        generator.set_state(state)


class Rehearsal(FunctionRecorder):
    """Writes down a function of which nothing is to remain: tensors, gradients, generators are what they were.

    Somebody else's code, hooks and optimizers, is not called at all. What it would have returned is taken to be what it was
    given.
    """

    writes = False
    takes_optimizers = False  # their steps would be counted

    def __init__(self) -> None:
        super().__init__()
        self._before: list[tuple[Tensor, tuple[Any, ...], int]] = []

    def adopt(self, tensor: Tensor, argument: int | None = None) -> Tensor:
        if id(tensor) not in self.known:
            state = (tensor._node, tensor._nr, tensor._shape, tensor._dtype)
            self._before.append((tensor, state, tensor._version))
        return super().adopt(tensor, argument)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        return None

    def draw(self, draw: Draw) -> Any:
        with unmoved(draw.generator):
            return super().draw(draw)

    def record(self, op: Operator, arguments: dict[str, Any]) -> Any:
        generators = [v for v in arguments.values() if isinstance(v, Generator)] if draws_numbers(op) else []
        with ExitStack() as stack:
            for generator in generators:
                stack.enter_context(unmoved(generator))
            return super().record(op, arguments)

    def restore(self, *, keep: bool) -> None:
        super().restore(keep=False)
        for tensor, (node, number, shape, dtype), version in self._before:
            tensor._node, tensor._nr, tensor._shape, tensor._dtype = node, number, shape, dtype
            if tensor._version != version:
                tensor._counter().value = version


class Inspected:
    """What can be asked of a compiled function besides calling it."""

    __name__: str
    _static: tuple[int, ...]
    _donate: tuple[int, ...]
    _named_by: Callable[..., Any]  # by whose variables things are named

    def _known(self) -> list[tuple[Any, Program]]:
        """All programs, with the kinds of arguments that they are for."""
        raise NotImplementedError

    def _lowered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Lowered:
        """The program for a call."""
        raise NotImplementedError

    def _names(self) -> dict[str, Any]:
        """Names for what programs take from outside, besides those of variables."""
        return {}

    def explain(self, *, passes: bool = False) -> str:
        """Every program: why it was made, its steps, what the backend has fused, the memory that it needs.

        A step names the line of the function that it comes from. With `passes` the steps are shown as they were written down and
        after each pass, too.
        """
        parts = [f"program, {p.how} because {p.why}\n{p.sizes}{explained(p, passes)}" for _, p in self._known()]
        return "\n\n".join(parts) or "nothing has been captured"

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """Write the function down for arguments like these, and let nothing else come of it.

        The function's Python runs once, and computes with the arrays, so this takes the time and memory of a run. But no tensor,
        gradient or generator of random numbers is changed, and no hook, optimizer or queued callback is called: what they
        would have returned is taken to be what they were given, and an optimizer to leave gradients as they are. A hook that
        does otherwise, such as one that makes a gradient undefined, makes the program raise when it runs. What Python does
        besides, such as printing or appending to a list, happens as in every run of the function.

        An optimizer's step stands in the program as a call, where a call of the function compiles it with the rest.

        Parameters
        ----------
        *args, **kwargs
            Of a call.

        Returns
        -------
        Lowered
            With ``text()``, ``passes``, ``plan``, ``compile()`` and ``save()``. It is not kept by this function.

        Raises
        ------
        ArgumentError, TraceError, CompileError
            As a call.

        Examples
        --------
        >>> import wengert as wg
        >>> w = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> @wg.compile
        ... def step(x):
        ...     loss = (w * x).sum()
        ...     loss.backward()
        ...     return loss
        >>> lowered = step.lower(wg.tensor([1.0, 1.0]))
        >>> "t1.grad" in lowered.text(), w.grad, step.captures
        (True, None, 0)
        """
        return self._lowered(args, kwargs)

    def save(self, path: str | Path, names: Mapping[str, Any] | None = None, *, values: bool = True) -> None:
        """Write every program that there is to a file, from which `wengert.load_compiled` makes a function again.

        The file holds data alone, and never this function's code. What programs take from outside stands in it by name: a
        tensor, an optimizer or a generator by that of the variable through which the function has it, such as ``w``,
        ``model.weight`` or ``self.optimizer``; hooks on a tensor as ``w.tensor_hook``, ``w.pre_hook``, ``w.post_hook``,
        ``w.post_accumulate_grad_hook``; other hooks and callbacks by the names of the functions. Pure hooks stand in the
        program. Of an optimizer whose step was compiled with the rest the file has the name, the class, and where its state is:
        that is brought along by the one that is bound.

        Parameters
        ----------
        path : str or Path
            An existing file is replaced.
        names : mapping of str to object, optional
            Names to be used in place of these.
        values : bool
            Whether the values of tensors that the function closes over are kept. Without them they have to be given when the
            program is loaded.

        Raises
        ------
        CompileError
            If there is no program yet, or one holds what no file can: the message says what and where.
        """
        given = {**self._names(), **(names or {})}
        save_programs(path, self.__name__, self._named_by, self._known(), self._static, self._donate, given, values)


class Method(functools.partial[Any]):
    """A compiled function as a method of an object."""

    func: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.func, name)

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """As of the function, for this object."""
        lowered: Lowered = self.func.lower(*self.args, *args, **kwargs)
        return lowered


class Lowered:
    """A function that is written down for arguments of one kind, and was not run; see `CompiledFunction.lower`.

    Attributes
    ----------
    name : str
        Of the function.
    passes : tuple of str
        What `text` can be asked for after: ``"traced"``, the program as it was written down, then every pass by name.
    """

    def __init__(self, program: Program, compiled: CompiledFunction) -> None:
        self.name, self._program, self._compiled = compiled.__name__, program, compiled
        self.passes = pass_names()

    def text(self, after: str | None = None, *, lines: bool = False) -> str:
        """The program: its inputs, a line for each step, what it returns; then that of its derivative, if it has one.

        Parameters
        ----------
        after : str, optional
            One of `passes`. Default: when all of them and the backend are done with it.
        lines : bool
            Whether each step says which line of the user's program it comes from, as far as that is known.

        Raises
        ------
        ArgumentError
            If there is no such pass.

        Examples
        --------
        >>> import wengert as wg
        >>> lowered = wg.compile(lambda x: wg.exp(x) * wg.exp(x)).lower(wg.tensor([1.0, 2.0]))
        >>> print(lowered.text(after="traced"))
        inputs v0: float64[2]
          v1: float64[2] = exp(x=v0)
          v2: float64[2] = exp(x=v0)
          v3: float64[2] = multiply(x1=v1, x2=v2)
          return v3
        >>> print(lowered.text(after="common_subexpressions"))
        inputs v0: float64[2]
          v1: float64[2] = exp(x=v0)
          v2: float64[2] = multiply(x1=v1, x2=v1)
          return v2
        """
        if after is None:
            return program_text(self._program, lines=lines)
        if after not in self.passes:
            raise ArgumentError(f"after: expected one of {', '.join(map(repr, self.passes))}, got {after!r}")
        return texts_after_passes(self._program, lines=lines)[after]

    @functools.cached_property
    def plan(self) -> Plan:
        """What the backend makes of it: what runs as one, which memory is planned, how much is in use at most."""
        return plan_of_program(self._program)

    @property
    def source(self) -> str:
        """The generated source of the program."""
        return self._program.source

    def compile(self) -> CompiledFunction:
        """The program as a function: of arguments of this kind alone, without the function that it was made of.

        Examples
        --------
        >>> import wengert as wg
        >>> f = wg.compile(lambda x: wg.exp(x) * 2.0).lower(wg.tensor([1.0, 2.0])).compile()
        >>> f(wg.tensor([0.0, 0.0])).tolist()
        [2.0, 2.0]
        >>> f(wg.tensor([0.0, 0.0, 0.0]))
        Traceback (most recent call last):
        wengert.errors.CompileError: ...
        """
        return self._compiled

    def save(self, path: str | Path, names: Mapping[str, Any] | None = None, *, values: bool = True) -> None:
        """Write the program to a file; see `CompiledFunction.save`."""
        self._compiled.save(path, names, values=values)

    def explain(self, *, passes: bool = False) -> str:
        """The program and its plan; with `passes` the program after each pass before that."""
        return explained(self._program, passes)

    def __repr__(self) -> str:
        return f"<{self.name} lowered: {len(self._program.steps)} steps>"

    __str__ = text


# -- texts ---------------------------------------------------------------------------------------------------------------
def program_text(
    program: Program,
    steps: Sequence[Step] | None = None,
    later: Sequence[Sequence[Step]] | None = None,
    *,
    lines: bool = False,
) -> str:
    """A program as it is shown, perhaps with other steps, of it and of its derivatives."""
    shown = _shown(program.inputs, program.steps if steps is None else steps, program.results, lines)
    for number, (title, inputs, _, made, results) in enumerate(_parts(program)):
        shown.append(title)
        if inputs:
            shown += _shown(inputs, made if later is None else later[number], results, lines)
    return renumbered("\n".join(shown))


def _parts(program: Program) -> list[Any]:
    """What is shown of the derivative of a program, if it has one."""
    return [] if program.derivative is None else program.derivative.parts()


def _shown(inputs: Sequence[Variable], steps: Sequence[Step], results: Sequence[Any], lines: bool) -> list[str]:
    given = f"inputs {', '.join(v.described() for v in inputs)}" if inputs else "no inputs"
    told = with_lines(steps) if lines else map(str, steps)
    return [given, *(f"  {text}" for text in told), f"  return {', '.join(map(str, results))}"]


def texts_after_passes(program: Program, *, lines: bool) -> dict[str, str]:
    """The program as it was written down and after each pass, by name."""
    found = after_passes(program.traced, program.results, program.options)
    later = [after_passes(traced, results, program.options) for _, _, traced, _, results in _parts(program)]
    return {name: program_text(program, steps, [part[name] for part in later], lines=lines) for name, steps in found.items()}


def plan_of_program(program: Program) -> Plan:
    """The plan of a program; with a derivative, of both together."""
    plan = plan_of(program.steps, program.inputs, program.results)
    for _, inputs, _, steps, results in _parts(program):
        other = plan_of(steps, inputs, results)
        left = tuple(dict.fromkeys((*plan.left, *other.left)))
        peak = max(plan.peak_bytes, other.peak_bytes)
        plan = plan._replace(
            fused=plan.fused + other.fused,
            buffers=plan.buffers + other.buffers,
            left=left,
            peak_bytes=peak,
            loops=plan.loops + other.loops,
        )
    return plan


def explained(program: Program, passes: bool) -> str:
    """What `explain` says of a program besides why it was made."""
    text = program_text(program, lines=True)
    if passes:
        stages = texts_after_passes(program, lines=True)
        text = shown_passes(stages if text == [*stages.values()][-1] else {**stages, "backend": text})
    return f"{text}\n{plan_of_program(program)}"
