"""`load_compiled`: a compiled program from a file, bound to what it takes from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..arrays.adapter import Adapter, library
from ..autograd.tensor import Tensor
from ..errors import ArgumentError, ProgramFileError
from ..ops.random import default_generator
from .backends import backend_called
from .binding import Wants
from .check import problems
from .donation import Donated, spare
from .function import FixedFunction
from .function_grad import Derivative, DerivativePiece, Target
from .function_program import Maker, Program
from .function_source import make_function
from .function_steps import (
    OpaqueStep,
)
from .ir import Equation, Step, Variable
from .load_checks import check_program, is_call, number_type, pairs, returned_arrays
from .passes import PLAIN
from .program_file import read_file
from .reading import Told
from .segments import Backend
from .step_files import read_step
from .stored import Decoder, class_called
from .verified import Verified

__all__ = ["LoadedFunction", "load_compiled"]
Opaque = TypeVar("Opaque", bound=OpaqueStep)



class LoadedFunction(FixedFunction):
    """A compiled function from a file; made by `load_compiled`.

    Attributes
    ----------
    tensors, things : dict
        The tensors that it closes over, and what else was bound, by name.
    """

    tensors: dict[str, Tensor]
    things: dict[str, Any]

    def _names(self) -> dict[str, Any]:
        return {**self.tensors, **self.things}


def load_compiled(
    path: str | Path, bind: Mapping[str, Any] | None = None, *, backend: str = "python", arrays: str | None = None
) -> LoadedFunction:
    """A compiled function that was saved to a file, by this process or another.

    The file holds data: a program that calls operators by name. Nothing in it is run while it is read, and what it computes is
    looked at, equation by equation, when it runs for the first time.

    Parameters
    ----------
    path : str or Path
    bind : mapping of str to object, optional
        What the program takes from outside, by the names that it was saved with. Tensors, where the file has no value of them or
        others are wanted; optimizers; hooks and callbacks, one function or a list of all those that were registered; generators
        of random numbers. Hooks on tensors may also be registered on these before. Tensors that are not given are leaves with the
        values that were saved, and are found in ``tensors`` of the result.
    backend : str
        As of `wengert.compile`.
    arrays : str, optional
        The library with whose arrays to compute, such as ``"torch"``. Default: the one that it was made with.

    Returns
    -------
    LoadedFunction
        A function of arguments of the kinds that it was compiled for.

    Raises
    ------
    ProgramFileError
        If the file is no compiled program, is damaged or of another version, or calls an operator that there is not.
    ArgumentError
        If something has to be bound and is not given, or does not fit; the message names it.
    CompileError
        If the library has not what the program calls.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import wengert as wg
    >>> w = wg.tensor([1.0, 2.0])
    >>> f = wg.compile(lambda x: wg.tanh(w * x))
    >>> path = Path(tempfile.mkdtemp()) / "f.wengert"
    >>> f.lower(wg.tensor([0.0, 1.0])).save(path)
    >>> other = wg.load_compiled(path)
    >>> other(wg.tensor([0.0, 1.0])).tolist() == f(wg.tensor([0.0, 1.0])).tolist()
    True
    >>> list(other.tensors)
    ['w']
    """
    made = backend_called(backend)
    told, constants = read_file(path)
    try:
        return Loader(told, constants, _adapter_called(told["library"], arrays), made).function(dict(bind or {}))
    except ProgramFileError as error:
        raise ProgramFileError(f"{path}: {error}") from error.__cause__


def _adapter_called(told: Told, wanted: str | None) -> Adapter:
    try:
        return library(told.text() if wanted is None else wanted)
    except KeyError:
        if wanted is not None:
            raise ArgumentError(f"arrays: there is no array library {wanted!r}") from None
        raise told.wrong("the name of an array library") from None


class Loader:
    """Makes programs of what a file tells of them.

    First everything is read and checked. Then what comes from outside is bound, so that hooks are registered on nobody's tensors
    if there is something wrong with the file. At last the programs are made.
    """

    def __init__(self, told: Told, arrays: list[Any], adapter: Adapter, backend: Backend) -> None:
        self.told, self.adapter, self.backend = told, adapter, backend
        self.decoder = Decoder(adapter, arrays)
        self.sample = adapter.normalise(adapter.from_host(np.zeros(()), None))
        self.name = told["name"].text()
        self.wants = Wants(self.name, told, self.decoder)  # in which there are no variables
        self.decoder.special = self._special
        self.variables: list[Variable] = []  # of the program that is being read

    def function(self, bind: dict[str, Any]) -> LoadedFunction:
        """The function."""
        static = tuple([item.integer() for item in self.told["static"].items()])
        donate = tuple([item.integer() for item in self.told["donate"].items()])
        found = [self.program(one, len(static)) for one in self.told["programs"].items()]
        if not found:
            raise self.told["programs"].wrong("at least one program")
        with self.wants.bound(bind, [program for _, program in found]):
            for _, program in found:
                self.finish(program)
        programs: dict[Any, list[Program]] = {}
        for key, program in found:
            programs.setdefault(key, []).append(program)
        function = LoadedFunction(self.name, programs, static, donate_argnums=donate)
        function.tensors = {want.name: want.tensor for want in self.wants.tensors}
        function.things = {want.name: want.named() for want in self.wants.objects if want.of is None}
        return function

    def finish(self, program: Program) -> None:
        """Make the functions of a program whose steps are all bound."""
        program.function, program.steps, program.source = self.made(
            program.steps, program.inputs, program.results, self.name, spare(program)
        )
        for piece in program.derivative.pieces if isinstance(program.derivative, Derivative) else ():
            name = f"the derivative of {self.name}"
            piece.function, piece.steps, piece.source = self.made(piece.steps, piece.inputs, piece.results, name)

    def made(
        self,
        steps: list[Step],
        inputs: Sequence[Variable],
        results: Sequence[Any],
        name: str,
        donated: frozenset[Variable] = frozenset(),
    ) -> tuple[Any, list[Step], str]:
        """The function of some steps, with what the backend has made of them, and the source."""
        compiled, fast, source = make_function(steps, inputs, results, self.sample, self.backend, name, donated)
        return Verified(fast, compiled, inputs, results, self.sample, name), compiled, source

    # -- programs
    def program(self, told: Told, static: int) -> tuple[Any, Program]:
        """The kind of arguments that a program is for, and the program."""
        self.variables = [self.kind(one) for one in told["variables"].items()]
        program = Program()
        structure, count = self.decoder.tree(told["structure"])
        leaves = [self.leaf(one) for one in told["leaves"].items(count)]
        values = tuple([self.decoder.value(one) for one in told["static"].items()])
        if len(values) > static or not is_call(structure):
            raise told.wrong("the structure of a call")
        program.outside = [self.outside(one, leaves, number) for number, one in enumerate(told["outside"].items())]
        tensors = len(program.outside)
        program.arrays = tuple([one.integer(count) for one in told["arrays"].items()])
        program.needed = [one.integer(tensors) for one in told["needed"].items()]
        program.donated = tuple([self.donated(one, program.outside) for one in told["donated"].items()])
        program.same = [(i.integer(count), j.integer(count)) for i, j in pairs(told["same"])]
        program.pure, program.why, program.derivative = [], "it was loaded from a file", None
        program.conditions = [self.wants.step(one) for one in told["optimizers"].items()]
        program.options = PLAIN
        program.how, program.sizes = "captured", ""
        program.inputs, program.steps, program.results = self.steps(told, tensors)
        program.traced = list(program.steps)
        program.note_writes()
        program.structure, leaf_count = self.decoder.tree(told["result"])
        program.make = Maker([self.maker(one, tensors) for one in told["makers"].items(leaf_count)], program.structure)
        program.alive = [one.integer(leaf_count) for one in told["alive"].items()]
        if told["derivative"].content is not None:
            program.derivative = self.derivative(told["derivative"], program)
        check_program(told, program, leaves)
        key = (structure, values, (told["grad"].flag(), False, False), *leaves)
        try:
            hash(key)
        except TypeError as error:
            raise told.wrong("arguments that can be told apart") from error
        return key, program

    def kind(self, told: Told) -> Variable:
        """A variable: an array of some shape and dtype, or a number of some type."""
        if told.has("number"):
            return Variable((), number_type(told["number"]))
        shape, dtype = told.items(2)
        return Variable(shape.shape(), self.decoder.dtype(dtype))

    def leaf(self, told: Told) -> Any:
        """What a leaf of the arguments is like, as `wengert.compiled.function` describes it."""
        kind, inner = told.one_entry()
        if kind == "constant":
            value = self.decoder.value(inner)
            return type(value), value
        if kind == "number":
            return (number_type(inner),)
        if kind not in ("tensor", "array", "scalar"):
            raise told.wrong("a tensor, an array or a constant")
        array_type, shape, dtype = type(self.sample), inner["shape"].shape(), self.decoder.dtype(inner["dtype"])
        if kind == "scalar":
            return np.dtype(dtype).type, shape, dtype
        if kind == "array":
            return array_type, shape, dtype
        return class_called(inner["class"].text(), inner.where), array_type, shape, dtype, inner["requires_grad"].flag()

    def outside(self, told: Told, leaves: list[Any], number: int) -> Any:
        """A tensor from outside, and what it was like; one that the function closes over stands there as a `Want`."""
        if told.has("grad_of"):
            return None, None, told["grad_of"].integer(number)
        state, no_grad = told["state"], told["no_grad"].content
        hooks = tuple([one.flag() for one in state["hooks"].items(4)])
        shape, dtype = state["shape"].shape(), self.decoder.dtype(state["dtype"])
        like = (type(self.sample), shape, dtype, state["requires_grad"].flag(), state["leaf"].flag(), hooks)
        if type(no_grad) is not bool and no_grad is not None:
            raise told["no_grad"].wrong("true, false or null")
        if not told.has("argument"):
            return None, self.wants.tensors[told["closed_over"].integer(len(self.wants.tensors))], (like, no_grad)
        argument = told["argument"].integer(len(leaves))
        if len(leaves[argument]) != 5 or leaves[argument][2:] != like[1:4]:
            raise told.wrong("an argument that is a tensor of that shape and dtype")
        return argument, None, (like, no_grad)

    def donated(self, told: Told, outside: list[Any]) -> Donated:
        """A donated tensor."""
        leaf, argument, number, touched = told.items(4)
        found = Donated(leaf.integer(), argument.integer(), number.integer(len(outside)), touched.flag())
        if outside[found.number][0] != found.leaf:
            raise told.wrong("the leaf that the tensor from outside is")
        return found

    def maker(self, told: Told, tensors: int) -> tuple[str, Any]:
        """What a leaf of the result is made of."""
        kind, inner = told.one_entry()
        match kind:
            case "constant":
                return kind, self.decoder.value(inner)
            case "tensor":
                return kind, class_called(inner.text(), inner.where)._family
            case "outside":
                return kind, inner.integer(tensors)
            case "array":
                return kind, None
            case _:
                raise told.wrong("a constant, a tensor, an array or something from outside")

    def derivative(self, told: Told, program: Program) -> Derivative:
        """The programs of the derivative."""
        sources = tuple([one.integer_or_none(len(program.outside)) for one in told["sources"].items()])
        saved = program.results[len(program.results) - len(sources) :]
        if not all(isinstance(v, Variable) for v in saved) or len(saved) != len(sources):
            raise told["sources"].wrong("a source for each value that is saved")
        items = told["pieces"].items()
        pieces = [self.piece(one, number, items, saved, len(program.outside)) for number, one in enumerate(items)]
        roots = [self.port(first, second, items) for first, second in pairs(told["roots"])]
        like = [program.results[i] for i in returned_arrays(program)]
        shapes = [pieces[k].ports[port].shape for k, port in roots]
        if [getattr(v, "shape", None) for v in like] != shapes:
            raise told["roots"].wrong("a place for each result that requires grad, of its shape")
        return Derivative(pieces, roots, saved, sources)

    def piece(self, told: Told, number: int, items: list[Told], saved: list[Variable], tensors: int) -> DerivativePiece:
        """What one node computes."""
        inputs, steps, results = self.steps(told, 0)
        ports = told["ports"].integer(len(inputs) + 1)
        reads = [one.integer(len(saved)) for one in told["reads"].items()]
        targets: list[Target] = []
        for first, second in pairs(told["targets"]):
            targets.append((first.integer(tensors), None) if second.content is None else self.port(first, second, items))
            if second.content is not None and targets[-1][0] <= number:
                raise first.wrong("the number of a later piece")
        fits = [id(v) for v in inputs[ports:]] == [id(saved[i]) for i in reads] and len(targets) == len(results)
        if not fits or not ports or not all(isinstance(step, Equation) for step in steps):
            raise told.wrong("a piece of the derivative")
        return DerivativePiece(inputs, ports, reads, results, targets, steps)

    def port(self, first: Told, second: Told, items: list[Told]) -> tuple[int, int]:
        """A gradient that a piece takes."""
        number = first.integer(len(items))
        return number, second.integer(items[number]["ports"].integer())

    # -- steps
    def steps(self, told: Told, tensors: int) -> tuple[list[Variable], list[Step], list[Any]]:
        """The inputs, the steps and the results, of which together it is known that they are legal."""
        self.tasks: set[int] = set()  # the backward passes that have begun
        inputs = [self.variable(one) for one in told["inputs"].items()]
        steps = [read_step(self, one, tensors) for one in told["steps"].items()]
        results = [self.decoder.value(one) for one in told["results"].items()]
        wrong = problems(steps, inputs, results)
        if wrong or len(set(inputs)) != len(inputs):
            raise ProgramFileError(f"{told.where}: the program is not legal: {'; '.join(wrong[:3]) or 'an input comes twice'}")
        return inputs, steps, results

    def neutral_dtype(self, told: Told) -> Any:
        """A dtype, as NumPy has it."""
        dtype = library("numpy").dtype_called(told.text())
        if dtype is None:
            raise told.wrong("a dtype")
        return dtype

    def generator(self, told: Told) -> Any:
        """A generator of random numbers: the default one, or one that is to be bound."""
        return default_generator if told.content is None else self.wants.thing(told, "generator")

    def variable(self, told: Told) -> Variable:
        return self.variables[told.integer(len(self.variables))]

    def variable_or_none(self, told: Told) -> Variable | None:
        return None if told.content is None else self.variable(told)

    def _special(self, kind: str, told: Told) -> Any:
        if kind == "v":
            return self.variable(told)
        return self.generator(told) if kind == "generator" else None
