"""The source of the short way into a program of a function: guard, run, result, for calls like the last one.

What it tests is what `wengert.compiled.function` tests of any call, as straight-line code; where it is not sure it gives `MISS`,
and the call goes the long way. Calls by position only, of which every argument is a tensor, an array or a constant, or a tree of
them.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import pytree
from ..arrays.adapter import NUMBERS, is_array
from ..autograd.modes import Modes
from ..autograd.node import NO_EDGE, UNSETTLED
from ..autograd.tensor import Tensor
from ..op_source import execute
from .function_source import note_in
from .hook_kinds import has_others
from .ir import Step, Variable
from .native import Made, given_like
from .segments import Segment
from .source import Writer

if TYPE_CHECKING:
    from .function_program import Program

__all__ = ["MISS", "Entry", "make_entry"]

#: What an entry gives where its program does not fit, or may not.
MISS = object()

#: Takes the arguments of a call and the modes of the thread, None where all threads are in the default state; gives the result of
#: the call, or `MISS`.
Entry = Callable[[tuple[Any, ...], "Modes | None"], Any]

_names = itertools.count().__next__


def _has_array(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) or is_array(leaf)


#: Constants that are told apart by their type and by ``==``.
_CONSTANTS = frozenset((int, float, bool, str, type(None)))


class _Writer:
    """Writes the entry of one program."""

    def __init__(
        self, program: Program, grad_mode: bool, finish: Callable[[Any, list[Tensor]], Any] | None = None
    ) -> None:
        self.program, self.grad_mode, self.finish = program, grad_mode, finish
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {
            "MISS": MISS, "NEW": object.__new__, "UNSETTLED": UNSETTLED, "flatten": pytree.flatten, "function": program.function,
            "has_others": has_others, "make": program.make,
            "note_in": note_in, "pure": program.pure, "unflatten": pytree.unflatten, "NO_EDGE": NO_EDGE,
        }  # fmt: skip

    def constant(self, value: Any, name: str = "K") -> str:
        name = f"{name}{len(self.constants)}"
        self.constants[name] = value
        return name

    def miss_if(self, condition: str) -> None:
        self.lines += [f"    if {condition}:", "        return MISS"]

    def source(self, args: tuple[Any, ...], static: tuple[int, ...]) -> str | None:
        """The function, for calls like that with `args`; None where there is none."""
        self.lines = ["def entry(args, modes):"]
        others = f"modes.grad is not {self.grad_mode} or modes.saved_hooks or modes.inference"
        default = f"modes is not None and ({others})" if self.grad_mode else f"modes is None or {others}"
        self.miss_if(f"{default} or len(args) != {len(args)}")
        leaves = self._leaves(args, static)
        for number, leaf in enumerate(leaves):
            if number in self.program.arrays and type(leaf) in NUMBERS:  # whatever it is
                self.miss_if(f"type(a{number}) is not {self.constant(type(leaf))}")
            elif not _has_array(leaf) and not self._constant(f"a{number}", leaf):
                return None
        self._conditions()
        self._native(leaves)
        for number, leaf in enumerate(leaves):
            if _has_array(leaf):
                self._leaf(f"a{number}", leaf)
        tensors = self._outside()
        arrays = [f"a{i}" for i in self.program.arrays] + [f"{tensors[i]}._array" for i in self.program.needed]
        if not self._written_out(arrays):
            self.lines.append("    try:")
            self.lines.append(f"        values = function([{', '.join(tensors)}], [{', '.join(arrays)}])")
            self.lines += ["    except Exception as error:", "        note_in(error, function)", "        raise"]
        self._result(tensors)
        return "\n".join(self.lines)

    def _leaves(self, args: tuple[Any, ...], static: tuple[int, ...]) -> list[Any]:
        moving = [a for i, a in enumerate(args) if i not in static]
        leaves, structure = pytree.flatten((moving, {}))
        names = [f"s{i}" if i in static else f"m{i}" for i in range(len(args))]
        plain = len(leaves) == len(moving) and all(a is b for a, b in zip(leaves, moving, strict=True))
        if plain:
            numbers = iter(range(len(leaves)))
            names = [n if n[0] == "s" else f"a{next(numbers)}" for n in names]
        if names:
            self.lines.append(f"    {', '.join(names)}, = args")
        for i in static:
            if i < len(args):
                self.miss_if(f"type(s{i}) is not {self.constant(type(args[i]))} or s{i} != {self.constant(args[i])}")
        if not plain:
            self.lines.append(f"    leaves, structure = flatten(([{', '.join(n for n in names if n[0] == 'm')}], {{}}))")
            self.miss_if(f"structure != {self.constant(structure)}")
            if leaves:
                self.lines.append(f"    {', '.join(f'a{i}' for i in range(len(leaves)))}, = leaves")
        return leaves

    def _constant(self, name: str, leaf: Any) -> bool:
        if type(leaf) not in _CONSTANTS:
            return False
        self.miss_if(f"type({name}) is not {self.constant(type(leaf))} or {name} != {self.constant(leaf)}")
        if type(leaf) is float and leaf == 0:
            self.miss_if(f"str({name}) != {str(leaf)!r}")
        return True

    def _leaf(self, name: str, leaf: Any) -> None:
        self.miss_if(f"type({name}) is not {self.constant(type(leaf))}")
        if isinstance(leaf, Tensor):
            self._array(f"{name}._array", f"{name}._shape", f"{name}._dtype", leaf._array, leaf._shape, leaf._dtype)
            self._requires_grad(name, leaf.requires_grad)
        else:
            self._array(name, f"{name}.shape", f"{name}.dtype", leaf, leaf.shape, leaf.dtype)

    def _array(self, array: str, shape: str, dtype: str, a: Any, s: Any, d: Any) -> None:
        known = self.constant(d)
        self.miss_if(f"type({array}) is not {self.constant(type(a))} or {shape} != {self.constant(s)}")
        self.miss_if(f"{dtype} is not {known} and {dtype} != {known}")

    def _requires_grad(self, name: str, required: bool) -> None:
        if required:  # of views and of what has a graph the long way knows more
            self.miss_if(f"{name}._node is not UNSETTLED or {name}._extra is not None and {name}._extra.is_view")
        else:
            self.miss_if(f"{name}._node is not None")

    def _outside(self) -> list[str]:
        """What holds of the tensors from outside; their names."""
        program, tensors = self.program, list[str]()
        for argument, closed_over, state in program.outside:
            if type(state) is int:  # the gradient of another
                name = f"g{len(tensors)}"
                self.lines.append(f"    {name} = {tensors[state]}._grad")
                self.miss_if(f"{name} is None")
                tensors.append(name)
                continue
            name = self.constant(closed_over) if argument is None else f"a{argument}"
            (kind, shape, dtype, required, _, hooks), no_grad = state
            if argument is None:
                self.miss_if(f"type({name}._array) is not {self.constant(kind)} or {name}._shape != {self.constant(shape)}")
                known = self.constant(dtype)
                self.miss_if(f"{name}._dtype is not {known} and {name}._dtype != {known}")
                self._requires_grad(name, required)
            if not all(hooks):
                self.miss_if(f"{name}._backward is not None and has_others({name}._backward, {hooks!r})")
            if no_grad is not None:
                self.miss_if(f"{name}._grad is {'not None' if no_grad else 'None'}")
            tensors.append(name)
        if len(tensors) > 1:
            self.miss_if(f"len({{{', '.join(f'id({t})' for t in tensors)}}}) != {len(tensors)}")
        if program.pure:
            self.miss_if(f"any(hooks.changed(({''.join(f'{t}, ' for t in tensors)})) for hooks in pure)")
        return tensors

    def _conditions(self) -> None:
        """What must hold besides, whatever the arguments are."""
        for i, j in self.program.same:
            self.miss_if(f"a{i} is not a{j}")
        for condition in self.program.conditions:
            self.miss_if(f"not {self.constant(condition)}()")

    def _native(self, leaves: list[Any]) -> None:
        """First a C function that does all the rest, where a backend has one and things are as they mostly are."""
        program = self.program
        step = program.steps[0] if len(program.steps) == 1 else None
        native = getattr(getattr(step, "function", None), "native", None)
        if native is None or program.pure or not self._fresh or any(type(state) is int for _, _, state in program.outside):
            return
        given = {f"a{i}": given_like(leaf) for i, leaf in enumerate(leaves) if _has_array(leaf)}
        tensors: list[str] = []
        for argument, closed_over, ((_, _, _, required, _, hooks), no_grad) in program.outside:
            name = self.constant(closed_over) if argument is None else f"a{argument}"
            one = given_like(closed_over) if argument is None else given[name]
            known = {"requires_grad": required, "no_grad": no_grad, "without_hooks": not all(hooks)}
            given[name] = None if one is None else one._replace(**known)
            tensors.append(name)
        if None in given.values():
            return
        places = {name: number for number, name in enumerate(given)}
        names = [f"a{i}" for i in program.arrays] + [tensors[i] for i in program.needed]
        numbers = {v: places[name] for v, name in zip(program.inputs, names, strict=True) if name in places}
        wrapped = [what if kind == "tensor" else None for kind, what in program.make.makers if kind in ("tensor", "array")]
        classes = wrapped if self.finish is None else [None] * len(program.results)
        made = {v: Made(c, tuple(v.shape), np.dtype(v.dtype)) for v, c in zip(program.results, classes, strict=True)}
        if len(made) < len(program.results):
            return
        returned = [f"r{i}" for i in range(len(made))]
        leaves_made = returned if self.finish is not None else self._leaves_made(returned, tensors)
        tree = "found" if self.finish is not None else self._tree(leaves_made)
        bare = tree == "r0"
        function = native(list(given.values()), numbers, made, bare=bare, miss=MISS)
        if function is None:
            return
        self.lines += [f"    found = {self.constant(function, 'native')}({', '.join(given)})", "    if found is not MISS:"]
        if self.finish is not None:
            tree = f"{self.constant(self.finish)}(found, [{', '.join(tensors)}])"
        elif bare or tree == f"({', '.join(returned)}{',' if len(returned) == 1 else ''})":
            tree = "found"
        else:
            self.lines.append(f"        {', '.join(returned)}, = found")
        self.lines.append(f"        return {tree}")

    def _leaves_made(self, made: list[str], tensors: list[str]) -> list[str]:
        """The leaves of the result, of which those that are `made` are tensors and arrays already."""
        rest = iter(made)
        return [
            self.constant(what) if kind == "constant" else tensors[what] if kind == "outside" else next(rest)
            for kind, what in self.program.make.makers
        ]

    def _written_out(self, arrays: list[str]) -> bool:
        """Write the program itself here, if it only calls what backends have made; of small ones a call would cost too much."""
        program = self.program
        if not self._fresh or not all(hasattr(getattr(step, "function", None), "write_into") for step in program.steps):
            return False
        writer = _Inner(self, program.steps)
        for variable, array in zip(program.inputs, arrays, strict=True):
            writer.line(f"    {writer.variable(variable)} = {array}")
        for step in program.steps:
            step.function.write_into(writer)  # type: ignore[attr-defined]
        values = "".join(f"{writer.variable(v)}, " for v in program.results)
        self.lines += ["    try:", *(f"    {line}" for line in writer.lines), f"        values = ({values})"]
        self.lines += ["    except Exception:", "        return MISS"]  # on the long way it comes again, and is told where
        return True

    @functools.cached_property
    def _fresh(self) -> bool:
        """Whether no result can share memory with a tensor."""
        steps = [s for s in self.program.steps if isinstance(s, Segment) and getattr(s.function, "fresh", False)]
        fresh = {v for step in steps for v in step.outputs}
        return all(isinstance(v, Variable) and v in fresh for v in self.program.results)

    def _result(self, tensors: list[str]) -> None:
        """What is returned: put together here where no result can share memory with a tensor."""
        program = self.program
        if self.finish is not None:
            self.lines.append(f"    return {self.constant(self.finish)}(values, [{', '.join(tensors)}])")
            return
        if not self._fresh:
            self.lines.append(f"    return make(values, [{', '.join(tensors)}])")
            return
        if program.results:
            self.lines.append(f"    {', '.join(f'r{i}' for i in range(len(program.results)))}, = values")
        wrapped = [(kind, what) for kind, what in program.make.makers if kind in ("tensor", "array")]
        made = [f"r{i}" if kind == "array" else self._wrapped(i, what) for i, (kind, what) in enumerate(wrapped)]
        made = self._leaves_made(made, tensors)
        self.lines.append(f"    return {self._tree(made)}")

    def _wrapped(self, number: int, cls: type[Tensor]) -> str:
        """A tensor of one result, as `wengert.autograd.tensor.wrap` makes it."""
        variable, name = self.program.results[number], f"t{number}"
        self.lines += [
            f"    {name} = NEW({self.constant(cls)})",
            f"    {name}._array = r{number}",
            f"    {name}._shape, {name}._dtype = {self.constant(variable.shape)}, {self.constant(variable.dtype)}",
            f"    {name}._node, {name}._nr = NO_EDGE",
            f"    {name}._grad = {name}._extra = {name}._backward = None",
        ]
        return name

    def _tree(self, made: list[str]) -> str:
        structure = self.program.make.structure
        sample = pytree.unflatten(structure, range(len(made)))
        if type(sample) is int:
            return made[0]
        if type(sample) in (tuple, list) and list(sample) == list(range(len(made))):
            inner = ", ".join(made)
            return f"[{inner}]" if type(sample) is list else f"({inner}{',' if len(made) == 1 else ''})"
        return f"unflatten({self.constant(structure)}, [{', '.join(made)}])"


class _Inner(Writer):
    """Writes the lines of a program inside of its entry, whose constants are one with its own."""

    def __init__(self, entry: _Writer, steps: Sequence[Step]) -> None:
        super().__init__(steps, np.ndarray)
        self.entry = entry

    def constant(self, value: Any, name: str = "K") -> str:
        return self.entry.constant(value, name)

    def function(self, name: str, function: Callable[..., Any]) -> str:
        return self.entry.constant(function)


def make_entry(
    program: Program,
    args: tuple[Any, ...],
    static: tuple[int, ...],
    grad_mode: bool,
    finish: Callable[[Any, list[Tensor]], Any] | None = None,
) -> Entry | None:
    """The entry of `program` for calls like that with `args`; None where some argument is of a kind that it cannot tell.

    `finish` makes the result of what the program returns and of the tensors from outside, where it is more than arrays.
    """
    writer = _Writer(program, grad_mode, finish)
    source = writer.source(args, static)
    if source is None:
        return None
    return execute(source, f"<wengert entry {_names()}>", writer.constants)["entry"]
