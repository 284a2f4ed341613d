"""The source of the short way into a program of a function: guard, run, result, for calls like the last one.

What it tests is what `wengert.compiled.function` tests of any call, as straight-line code; where it is not sure it gives `MISS`,
and the call goes the long way. Calls by position only, of which every argument is a tensor, an array or a constant, or a tree of
them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import pytree
from ..arrays.adapter import NUMBERS, is_array
from ..autograd.modes import Modes
from ..autograd.node import NO_EDGE, UNSETTLED
from ..autograd.tensor import Tensor
from ..op_source import execute
from .function_source import note_in
from .ir import Variable
from .segments import Segment

if TYPE_CHECKING:
    from .function import _Program

__all__ = ["ANY_HOOKS", "MISS", "Entry", "hooks_of", "make_entry"]

#: What an entry gives where its program does not fit, or may not.
MISS = object()

#: Takes the arguments of a call and the modes of the thread; gives its result, or `MISS`.
Entry = Callable[[tuple[Any, ...], Modes], Any]

_names = itertools.count().__next__

#: Constants that are told apart by their type and by ``==``.
_CONSTANTS = frozenset((int, float, bool, str, type(None)))


class _AnyHooks(tuple[bool, ...]):
    """Stands for whatever hooks a tensor may have, where no backward of the program comes to it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, tuple)

    __hash__ = tuple.__hash__


#: What a program that runs no backward demands of the hooks of tensors.
ANY_HOOKS = _AnyHooks()


def hooks_of(backward: Any) -> tuple[bool, bool, bool]:
    """Of which kinds a tensor has hooks."""
    if backward is None:
        return False, False, False
    return bool(backward.hooks), bool(backward.post_acc and backward.post_acc.hooks), backward.node_hooks is not None


class _Writer:
    """Writes the entry of one program."""

    def __init__(self, program: _Program, grad_mode: bool) -> None:
        self.program, self.grad_mode = program, grad_mode
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {
            "MISS": MISS, "NEW": object.__new__, "UNSETTLED": UNSETTLED, "flatten": pytree.flatten, "function": program.function,
            "hooks_of": hooks_of, "make": program.make,
            "note_in": note_in, "pure": program.pure, "unflatten": pytree.unflatten, "NO_EDGE": NO_EDGE,
        }  # fmt: skip

    def constant(self, value: Any) -> str:
        name = f"K{len(self.constants)}"
        self.constants[name] = value
        return name

    def miss_if(self, condition: str) -> None:
        self.lines += [f"    if {condition}:", "        return MISS"]

    def source(self, args: tuple[Any, ...], static: tuple[int, ...]) -> str | None:
        """The function, for calls like that with `args`; None where there is none."""
        self.lines = ["def entry(args, modes):"]
        self.miss_if(f"modes.grad is not {self.grad_mode} or len(args) != {len(args)}")
        leaves = self._leaves(args, static)
        for number, leaf in enumerate(leaves):
            if number in self.program.arrays and type(leaf) in NUMBERS:  # whatever it is
                self.miss_if(f"type(a{number}) is not {self.constant(type(leaf))}")
            elif not self._leaf(f"a{number}", leaf):
                return None
        tensors = self._outside()
        arrays = [f"a{i}" for i in self.program.arrays] + [f"{tensors[i]}._array" for i in self.program.needed]
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

    def _leaf(self, name: str, leaf: Any) -> bool:
        self.miss_if(f"type({name}) is not {self.constant(type(leaf))}")
        if isinstance(leaf, Tensor):
            self._array(f"{name}._array", f"{name}._shape", f"{name}._dtype", leaf._array, leaf._shape, leaf._dtype)
            self._requires_grad(name, leaf.requires_grad)
        elif is_array(leaf):
            self._array(name, f"{name}.shape", f"{name}.dtype", leaf, leaf.shape, leaf.dtype)
        elif type(leaf) in _CONSTANTS:
            self.miss_if(f"{name} != {self.constant(leaf)}")
        else:
            return False
        return True

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
                self.miss_if(f"{name}._dtype != {self.constant(dtype)}")
                self._requires_grad(name, required)
            if hooks is not ANY_HOOKS:
                none = "" if any(hooks) else f"{name}._backward is not None and "
                self.miss_if(f"{none}hooks_of({name}._backward) != {hooks!r}")
            if no_grad is not None:
                self.miss_if(f"{name}._grad is {'not None' if no_grad else 'None'}")
            tensors.append(name)
        if len(tensors) > 1:
            self.miss_if(f"len({{{', '.join(f'id({t})' for t in tensors)}}}) != {len(tensors)}")
        for i, j in program.same:
            self.miss_if(f"a{i} is not a{j}")
        if program.pure:
            self.miss_if("any(hooks != known for hooks, known in pure)")
        return tensors

    def _result(self, tensors: list[str]) -> None:
        """What is returned: put together here where no result can share memory with a tensor."""
        program = self.program
        fresh = {v for s in program.steps if isinstance(s, Segment) and getattr(s.function, "fresh", False) for v in s.outputs}
        if not all(isinstance(v, Variable) and v in fresh for v in program.results):
            self.lines.append(f"    return make(values, [{', '.join(tensors)}])")
            return
        if program.results:
            self.lines.append(f"    {', '.join(f'v{i}' for i in range(len(program.results)))}, = values")
        made, number = list[str](), 0
        for kind, what in program.make.makers:
            if kind == "constant":
                made.append(self.constant(what))
            elif kind == "outside":
                made.append(tensors[what])
            else:
                made.append(f"v{number}" if kind == "array" else self._wrapped(number, what))
                number += 1
        self.lines.append(f"    return {self._tree(made)}")

    def _wrapped(self, number: int, cls: type[Tensor]) -> str:
        """A tensor of one result, as `wengert.autograd.tensor.wrap` makes it."""
        variable, name = self.program.results[number], f"t{number}"
        self.lines += [
            f"    {name} = NEW({self.constant(cls)})",
            f"    {name}._array = v{number}",
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


def make_entry(program: _Program, args: tuple[Any, ...], static: tuple[int, ...], grad_mode: bool) -> Entry | None:
    """The entry of `program` for calls like that with `args`; None where some argument is of a kind that it cannot tell."""
    writer = _Writer(program, grad_mode)
    source = writer.source(args, static)
    if source is None:
        return None
    return execute(source, f"<wengert entry {_names()}>", writer.constants)["entry"]
