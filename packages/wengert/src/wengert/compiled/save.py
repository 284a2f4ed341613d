"""Compiled programs as files.

A file is a ZIP archive of ``program.json`` and arrays in NumPy's ``.npy`` format, stored without compression. It holds data
alone: operators, functions and types by name, variables by number, and for whatever a program takes from outside, a name.

``program.json`` has these entries:

=============  =========================================================================================================
``format``     ``"wengert compiled program"``
``version``    of the format, an integer
``name``       of the function
``library``    whose arrays it computes with
``static``     the positions of static arguments
``donate``     the positions of donated arguments
``arrays``     shape, dtype and layout of each array; array number i is in ``arrays/i.npy``
``tensors``    those that the function closes over: name, what it is like, its value if that is kept
``objects``    hooks, optimizers, callbacks and generators: name, what it is, the tensors that it belongs to
``optimizers`` steps of optimizers that were compiled with the rest: groups, and where parameters and their state are
``programs``   for each kind of arguments what they are like, and the program
=============  =========================================================================================================
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.adapter import ADAPTERS, library
from ..arrays.dtypes import DTYPES, dtype_name
from ..autograd.hooks import Hooks
from ..autograd.tensor import Tensor
from ..errors import ArgumentError, CompileError
from ..ops.random import Generator, default_generator
from .function_grad import Derivative
from .function_steps import Numbers, Outside
from .hook_kinds import ANY_HOOKS, HOOK_NAMES, KINDS, hooks_on
from .ir import Step, Variable
from .names import Names
from .optimizer_files import step_told
from .program_file import write_file
from .segments import Segment
from .step_files import written
from .stored import NUMBERS, Encoder, class_name, library_function

if TYPE_CHECKING:
    from .function_program import Program

__all__ = ["Writer", "save_programs"]

def save_programs(
    path: str | Path,
    name: str,
    fn: Callable[..., Any],
    programs: Iterable[tuple[Any, Program]],
    static: Sequence[int],
    donate: Sequence[int],
    names: Mapping[str, Any] | None,
    values: bool,
) -> None:
    """Write programs of one function, each with the kind of arguments that it is for, to a file."""
    writer = Writer(name, fn, names or {}, values)
    told = [writer.program(key, program) for key, program in programs]
    if not told:
        raise CompileError(f"save: {name} has no program yet; call it, or save what lower() gives")
    document = {
        "name": name,
        "library": writer.library or "numpy",
        "static": list(static),
        "donate": list(donate),
        "arrays": writer.encoder.shapes,
        "tensors": writer.tensors,
        "objects": writer.objects,
        "optimizers": writer.optimizers,
        "programs": told,
    }
    write_file(path, document, writer.encoder.arrays)


class Writer:
    """Tells programs of one function in JSON."""

    def __init__(self, name: str, fn: Callable[..., Any], names: Mapping[str, Any], values: bool) -> None:
        everything: Mapping[Any, Any] = names
        for given, thing in everything.items():
            if not isinstance(given, str) or thing is None:
                raise ArgumentError(f"save: names: expected objects by name, got {thing!r} by {given!r}")
        self.name, self.values, self.names = name, values, Names(names, fn)
        self.encoder = Encoder()
        self.encoder.special = self._special
        self.library: str | None = None
        self.tensors: list[dict[str, Any]] = []
        self.objects: list[dict[str, Any]] = []
        self.optimizers: list[dict[str, Any]] = []
        self._tensors: dict[int, int] = {}
        self._objects: dict[Any, int] = {}
        self._variables: dict[Variable, int] = {}  # of the program that is being written
        self._outside: list[Any] = []
        self._pure: set[int] = set()
        self._steps: list[tuple[int, Any]] = []  # those of optimizers that were compiled with the rest
        self._closed_over: dict[int, Any] = {}  # what the tensors from outside are like, by their ids
        self._state: set[int] = set()  # the ids of those that are an optimizer's

    # -- programs
    def program(self, key: Any, program: Program) -> dict[str, Any]:
        """One program, with the kind of arguments that it is for."""
        structure, static, (grad, inference, saved_hooks), *leaves = key
        if inference or saved_hooks:
            raise CompileError(f"save: {self.name} was called in inference_mode, or with saved-tensor hooks around the call")
        self._variables, self._outside = {}, program.outside
        self._pure = {id(known.hooks) for known in program.pure}
        self._closed_over = {id(t): s[0] for a, t, s in program.outside if a is None and t is not None and type(s) is tuple}
        steps = [condition for condition in program.conditions if hasattr(condition, "described")]
        for _, members in [share for one in steps for share in one.described()[1]]:
            self._state.update(id(tensor) for *_, state in members for tensor in state.values())
            if any(id(param) not in self._closed_over for _, param, _ in members):
                raise CompileError(
                    f"save: an optimizer's step is compiled into {self.name}, and one of its parameters is an argument, or the "
                    "gradient of another tensor, which no file can name; let the function close over it"
                )
        outside = [self.outside(*entry) for entry in program.outside]
        self._steps = [(self.optimizer_step(condition), condition) for condition in steps]
        told = {
            "grad": grad,
            "structure": self.encoder.tree(structure, f"save: the arguments of {self.name}"),
            "leaves": [self.leaf(leaf) for leaf in leaves],
            "static": [self.encoder.value(value, f"save: a static argument of {self.name}") for value in static],
            "arrays": list(program.arrays),
            "outside": outside,
            "same": [list(pair) for pair in program.same],
            "needed": program.needed,
            "optimizers": [number for number, _ in self._steps],
            "donated": [[one.leaf, one.argument, one.number, one.touched] for one in program.donated],
            **self.steps(program.inputs, program.steps, program.results),
            "result": self.encoder.tree(program.structure, f"save: the result of {self.name}"),
            "makers": [self.maker(*maker) for maker in program.make.makers],
            "alive": program.alive,
            "derivative": None,
        }
        if program.derivative is not None:
            told["derivative"] = self.derivative(program.derivative.as_saved(self.name))
        # At last: by now all variables are known.
        told["variables"] = [self.kind(v) for v in self._variables]
        return told

    def derivative(self, derivative: Derivative) -> dict[str, Any]:
        """The programs of a derivative."""
        pieces = []
        for piece in derivative.pieces:
            steps = self.steps(piece.inputs, piece.steps, piece.results)
            targets = [list(target) for target in piece.targets]
            pieces.append({"ports": len(piece.ports), "reads": list(piece.reads), "targets": targets, **steps})
        return {"roots": [list(root) for root in derivative.roots], "sources": list(derivative.sources), "pieces": pieces}

    def kind(self, variable: Variable) -> Any:
        """What a variable is: an array of some shape and dtype, or a number of some type."""
        if isinstance(variable.dtype, type) and variable.dtype in NUMBERS.values():
            return {"number": variable.dtype.__name__}
        if variable.dtype is int:  # an optimizer's
            return {"number": "float"}
        return [list(variable.shape), self.dtype(variable.dtype)]

    def leaf(self, leaf: Any) -> dict[str, Any]:
        """What a leaf of the arguments is like: a tensor, an array, a number that is an input, a constant."""
        if len(leaf) == 1:
            return {"number": leaf[0].__name__}
        if len(leaf) == 5:
            cls, kind, shape, dtype, requires_grad = leaf
            self._of_library(kind)
            array = {"shape": list(shape), "dtype": self.dtype(dtype)}
            return {"tensor": {"class": class_name(cls), **array, "requires_grad": requires_grad}}
        if len(leaf) == 3:
            kind, shape, dtype = leaf
            self._of_library(kind)
            return {"scalar" if issubclass(kind, np.generic) else "array": {"shape": list(shape), "dtype": self.dtype(dtype)}}
        return {"constant": self.encoder.value(leaf[1], f"save: an argument of {self.name}")}

    def maker(self, kind: str, what: Any) -> dict[str, Any]:
        """What a leaf of the result is made of."""
        match kind:
            case "constant":
                return {"constant": self.encoder.value(what, f"save: a result of {self.name}")}
            case "tensor":
                return {"tensor": class_name(what)}
            case "outside":
                return {"outside": what}
            case _:
                return {"array": None}

    def steps(self, inputs: Sequence[Variable], steps: Sequence[Step], results: Sequence[Any]) -> dict[str, Any]:
        """Inputs, steps and results; of what a backend has compiled the equations."""
        flat = itertools.chain.from_iterable(step.equations if isinstance(step, Segment) else (step,) for step in steps)
        return {
            "inputs": [self.variable(v) for v in inputs],
            "steps": [written(self, step) for step in flat],
            "results": [self.encoder.value(r, f"save: a result of {self.name}") for r in results],
        }

    def is_known(self, function: str) -> bool:
        """Whether a file can name a function of the library."""
        return self.library is None or library_function(function, library(self.library)) is not None

    # -- optimizers
    def optimizer(self, owner: Any, tensors: list[int], whole: bool) -> int:
        """The number of an optimizer that updates these tensors, or among them the `whole` of its parameters."""
        told = {"kind": "optimizer", "class": type(owner).__name__, "tensors": list[int](), "whole": False}
        number = self.object(owner, lambda: self.names.of(owner, type(owner).__name__.lower()), told)
        known = self.objects[number]
        known["tensors"] += [tensor for tensor in tensors if tensor not in known["tensors"]]
        known["whole"] |= whole
        return number

    def optimizer_step(self, condition: Any) -> int:
        """The number of an optimizer's step that was compiled with the rest, of which `condition` knows."""
        _, shares = condition.described()
        states = {id(param): self._closed_over[id(param)] for _, members in shares for _, param, _ in members}
        tensors = [self.tensor(param, states[id(param)]) for _, members in shares for _, param, _ in members]
        number = self.optimizer(condition.optimizer, tensors, whole=False)
        where = f"save: an option of {self.objects[number]['name']}"
        told = step_told(
            condition,
            number,
            lambda tensor: self.tensor(tensor, self._closed_over[id(tensor)]),
            lambda value: self.encoder.value(value, where),
        )
        if told not in self.optimizers:
            self.optimizers.append(told)
        return self.optimizers.index(told)

    def share(self, step: Numbers) -> list[int]:
        """The number of an optimizer's step, and that of the share of its parameters whose numbers a step asks for."""
        for number, condition in self._steps:
            for place, share in enumerate(condition.shares):
                if share is step.function:
                    return [number, place]
        raise CompileError(f"save: {self.name} asks for numbers that no file can name: {step}")

    # -- parts of steps
    def variable(self, variable: Variable | None) -> int | None:
        """The number of a variable."""
        return None if variable is None else self._variables.setdefault(variable, len(self._variables))

    def expression(self, value: Any, step: Step) -> Any:
        """Variables, constants, and tuples, lists and slices of them."""
        return self.encoder.value(value, f"save: something in {step}")

    def _special(self, value: Any, where: str) -> Any:
        if isinstance(value, Variable):
            return {"v": self.variable(value)}
        if isinstance(value, Generator):
            return {"generator": None if value is default_generator else self.generator(value)}
        return None

    def dtype(self, dtype: Any) -> str:
        """The neutral name of a dtype."""
        if dtype_name(dtype) not in DTYPES:
            raise CompileError(f"save: {self.name} computes with arrays of {dtype}; expected one of {', '.join(DTYPES)}")
        return dtype_name(dtype)

    def _of_library(self, kind: type) -> None:
        name = ADAPTERS[kind].name
        if self.library not in (None, name):
            raise CompileError(f"save: {self.name} computes with arrays of {self.library} and of {name}; expected one library")
        self.library = name

    # -- what programs take from outside
    def outside(self, argument: int | None, tensor: Tensor | None, state: Any) -> dict[str, Any]:
        """A tensor from outside of one program: an argument, closed over, or the gradient of another."""
        if type(state) is int:
            return {"grad_of": state}
        like, no_grad = state
        own = [None if tensor is None else hooks_on(tensor, kind) for kind in KINDS]
        if argument is not None and any(id(hooks) in self._pure for hooks in own):
            raise CompileError(
                f"save: pure hooks of an argument stand in the program of {self.name}, and other arguments may have others; "
                "register them on a tensor that it closes over, or without pure=True"
            )
        hooks = like[-1]
        if hooks != ANY_HOOKS:  # those that stand in the program nobody has to have again
            hooks = [may and id(one) not in self._pure for may, one in zip(hooks, own, strict=True)]
        told = {"state": self.state((*like[:-1], hooks)), "no_grad": no_grad}
        if argument is not None:
            return {"argument": argument, **told}
        assert tensor is not None  # only arguments come and go
        return {"closed_over": self.tensor(tensor, like), **told}

    def tensor(self, tensor: Tensor, state: tuple[Any, ...]) -> int:
        """The number of a tensor that the function closes over."""
        number = self._tensors.get(id(tensor))
        if number is None:
            number = self._tensors[id(tensor)] = len(self.tensors)
            name = self.names.of(tensor, f"tensor{number}")
            if not state[4]:
                raise CompileError(f"save: {name}, which {self.name} closes over, was computed from others; detach() it")
            kept = self.values and id(tensor) not in self._state
            value = self.encoder.array(tensor._array, f"save: {name}", repeated=False) if kept else None
            self.tensors.append({"name": name, "class": class_name(type(tensor)._family), "value": value})
        return number

    def state(self, state: tuple[Any, ...]) -> dict[str, Any]:
        """What a tensor from outside is like."""
        kind, shape, dtype, requires_grad, leaf, hooks = state
        self._of_library(kind)
        like = {"shape": list(shape), "dtype": self.dtype(dtype), "requires_grad": requires_grad}
        return {**like, "leaf": leaf, "hooks": list(hooks)}

    def object(self, thing: Any, name: Callable[[], str], told: dict[str, Any]) -> int:
        """The number of something that is called, or drawn from, and has to be given again."""
        key = thing if type(thing) is tuple else id(thing)
        number = self._objects.get(key)
        if number is None:
            number = self._objects[key] = len(self.objects)
            self.objects.append({"name": name(), **told})
        return number

    def generator(self, generator: Generator) -> int:
        return self.object(generator, lambda: self.names.of(generator, "generator"), {"kind": "generator"})

    def hooks(self, hooks: Hooks, owner: int | None) -> int | None:
        """The number of a dictionary of hooks; None for those of an argument, which every call brings with it."""
        if owner is not None:
            argument, tensor, state = self._outside[owner]
            return None if argument is not None or tensor is None else self._hooks_of(hooks.kind, tensor, state)
        several = list(hooks.values())
        first = several[0] if several else None
        told = {"kind": "hooks", "hook": hooks.kind, "tensor": None, "count": len(several)}
        return self.object(hooks, lambda: self.names.of(first, _name_of(first, "hook")), told)

    def _hooks_of(self, kind: str, tensor: Tensor, state: Any) -> int:
        if type(state) is int:
            raise CompileError(f"save: {self.name} runs a backward through the gradient of another tensor, which has {kind}s")
        number = self.tensor(tensor, state[0])
        name = f"{self.tensors[number]['name']}.{HOOK_NAMES[kind]}"
        told = {"kind": "hooks", "hook": kind, "tensor": number}
        return self.object((number, kind), lambda: self.names.new(name), told)

    def callee(self, step: Outside) -> int | None:
        """The number of what a step calls: hooks of a leaf, an optimizer's step, a callback; None for hooks of an argument."""
        function: Any = step.function
        if function is None:
            assert step.argument is not None
            argument, tensor, state = self._outside[step.argument]
            kind = "post-accumulate-grad hook"
            return None if argument is not None or tensor is None else self._hooks_of(kind, tensor, state)
        owner = getattr(function, "__self__", None)
        if owner is not None and hasattr(owner, "param_groups"):
            tensors = [self.tensor(t, s[0]) for a, t, s in map(self._outside.__getitem__, step.tensors) if a is None]
            return self.optimizer(owner, tensors, whole=True)
        return self.callback(function)

    def callback(self, function: Any) -> int:
        """The number of a callback."""
        return self.object(function, lambda: self.names.of(function, _name_of(function, "callback")), {"kind": "callback"})


def _name_of(fn: Any, otherwise: str) -> str:
    """The name of a function that has one."""
    name = getattr(fn, "__name__", "")
    return name if name.isidentifier() else otherwise
