"""Programs with hooks, run eagerly and compiled: what the tests of the compiled backward share."""

from __future__ import annotations

import re

import numpy as np

import wengert as wg
from wengert.compiled import Compiler, compiled_autograd
from wengert.compiled.calling import called


def leaf(*numbers):
    return wg.tensor(list(numbers), requires_grad=True)


class OneByOne:
    """A backend that takes no time to compile: its functions call the operators."""

    name = "one by one"

    def compile(self, equations, inputs, outputs, library):
        equations, inputs, outputs = tuple(equations), tuple(inputs), tuple(outputs)

        def function(*arrays):
            known = dict(zip(inputs, arrays, strict=True))
            for equation in equations:
                result = called(equation, known.__getitem__)
                known.update(zip(equation.outputs, (result,) if equation.single else result, strict=True))
            return tuple(known[v] for v in outputs)

        return function


def compiler_for(backend):
    """A compiler; of ``"segments"`` one that makes functions of whatever lies between effects."""
    if backend != "segments":
        return Compiler(backend)
    compiler = Compiler()
    compiler._made = OneByOne()
    return compiler


def events_of(program, times=3, backend="python"):
    """What each run of ``program(log, i)`` logs, eager and compiled, and the compiler."""
    eager, compiled, compiler = [], [], compiler_for(backend)
    for i in range(times):
        program(lambda *event, i=i: eager.append((i, *map(plain, event))), i)
    with compiled_autograd(compiler=compiler):
        for i in range(times):
            program(lambda *event, i=i: compiled.append((i, *map(plain, event))), i)
    return eager, compiled, compiler


def plain(value):
    """Tensors as nested lists, so that events can be compared."""
    if isinstance(value, wg.Tensor):
        return np.round(value.detach().numpy(), 12).tolist()
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def program_of(compiler):
    """The program that was used last."""
    return next(iter(compiler.entries.values()))[0].program


def steps_called(compiler, *names):
    """How many steps of the last program are of classes with these names."""
    return sum(type(step).__name__ in names for step in program_of(compiler).steps)


def void(*_):
    """Nothing, whatever was done: what a hook returns is a gradient."""


def said(error):
    """The message of an error with its notes, but for the line of the forward, which only compiled runs know."""
    return re.sub(r" \(recorded at [^)]*\)", "", "\n".join([str(error), *getattr(error, "__notes__", ())]))
