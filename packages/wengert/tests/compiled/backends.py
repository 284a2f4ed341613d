"""Under which backends the programs of the suites run, and how they are run there.

``pytest --compiled-backend=NAME`` runs every program of the parity and random-graph suites under that backend, ``all`` under
each that is installed. ``sample``, the default, runs all under ``python`` and a part of them, the same in every session, under
one other: chosen by a hash of the program's name, and seldom where compiling takes long. ``blocks`` is the ``python`` backend as
it treats large arrays, with blocks so small that the arrays of these programs are large.
"""

from __future__ import annotations

import functools
import importlib.util
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytest

from wengert.compiled.backends import NAMES, backend_called
from wengert.compiled.ir import LibraryFunction, Variable

#: Under what programs can be run, and the backend that it is.
BACKENDS = {"python": "python", "blocks": "python", "numba": "numba", "xla": "xla", "inductor": "inductor"}

#: What a session may ask for.
CHOICES = ("sample", "all", *BACKENDS)

#: Of so many programs one runs under the backend in a sample; those first that take longest.
ONE_IN = {"inductor": 701, "numba": 61, "xla": 13, "blocks": 3}


class Chosen:
    """What this session asks for; set by ``conftest.py``."""

    backend = "sample"
    parts = 1  # of one of how many parts of the suites it is


def installed(backend: str) -> bool:
    """Whether the backend can be had here."""
    return lacking(backend) is None


@functools.cache
def lacking(backend: str) -> str | None:
    """What the machine has not that the backend needs, if anything."""
    needs = NAMES[BACKENDS[backend]]
    if needs is not None and importlib.util.find_spec(needs) is None:
        return f"{needs} is not installed"
    if backend == "inductor":
        from torch._inductor.cpp_builder import get_cpp_compiler
        from torch._inductor.exc import InvalidCxxCompiler

        try:
            get_cpp_compiler()
        except InvalidCxxCompiler as error:
            return f"Inductor finds no C++ compiler: {error}"
    return None


def backends_for(program: str) -> list[str]:
    """The backends under which a program, known by a name or another text, runs in this session."""
    if Chosen.backend == "all":
        return [name for name in BACKENDS if installed(name)]
    if Chosen.backend != "sample":
        needed(Chosen.backend)
        return [Chosen.backend]
    number = zlib.crc32(program.encode())
    other = next((name for name, many in ONE_IN.items() if number % many == 0 and installed(name)), None)
    return ["python"] if other is None else ["python", other]


def examples(sample: dict[str, int], many: int) -> dict[str, int]:
    """The backends of this session for a test of random programs, each with how many it is to run.

    Parameters
    ----------
    sample : dict
        How many it runs under each backend in a sample.
    many : int
        How many under a backend that was asked for; fewer, if only a part of the suites was.
    """
    if Chosen.backend == "sample":
        return sample
    many = -(-many // Chosen.parts)
    return dict.fromkeys(BACKENDS if Chosen.backend == "all" else (Chosen.backend,), many)


def needed(backend: str) -> None:
    """Skip the test where the backend cannot be had."""
    reason = lacking(backend)
    if reason is not None:
        pytest.skip(reason)


def name_of(program: Callable[..., Any]) -> str:
    """The name of a program of the parity suite, with its parameters."""
    function = getattr(program, "func", program)
    return f"{function.__module__}.{function.__qualname__} {sorted(getattr(program, 'keywords', {}).items())!r}"


@contextmanager
def in_earnest(backend: str) -> Iterator[None]:
    """A backend at work on programs of any size, with every failure of it an error instead of a warning."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        if backend == "blocks":
            from compiled.test_blocked import blocks
            from wengert.compiled.backends import blocked

            stack.enter_context(blocks())
            for module in (blocked, blocked.groups, blocked.memory):
                for name in {"LEAST", "LEAST_PLANNED"} & set(vars(module)):
                    patch.setattr(module, name, 1)
        elif backend != "python":
            made = type(backend_called(BACKENDS[backend]))
            patch.setattr(made, "compile", _remembering(made.compile))
        yield


def strictly(*, lacking: bool = False) -> None:
    """Make the warnings errors in which backends say that they leave work to the library; in a `warnings.catch_warnings`.

    With `lacking`, it is no fault of theirs if their own library has not all operators.
    """
    warnings.filterwarnings("error", message="backend '.*called one by one" if lacking else "backend '")


# -- compiling what is equal once ------------------------------------------------------------------------------------------
_COMPILED: dict[Any, Any] = {}


class _UnknownError(Exception):
    """A constant that cannot be told from others."""


def _remembering(compile: Callable[..., Any]) -> Callable[..., Any]:
    """`compile`, which for a segment like one that it has compiled gives what it gave.

    The programs of a suite are made of few operators on small arrays, and most of their segments have been met before. What is
    compiled is a function of arrays by position, so it serves them all.
    """

    @functools.wraps(compile)
    def remembered(self: Any, equations: Any, inputs: Any, outputs: Any, library: Any, *more: Any) -> Any:
        try:
            key = (self.name, library.name, *_key(equations, inputs, outputs, more))
        except _UnknownError:
            return compile(self, equations, inputs, outputs, library, *more)
        if key not in _COMPILED:
            _COMPILED[key] = compile(self, equations, inputs, outputs, library, *more)
        return _COMPILED[key]

    return remembered


def _key(equations: Any, inputs: Any, outputs: Any, more: Any) -> tuple[Any, ...]:
    numbers: dict[Variable, int] = {}

    def leaf(value: Any) -> Any:
        if isinstance(value, Variable):
            return "variable", numbers.setdefault(value, len(numbers)), value.shape, str(value.dtype)
        if isinstance(value, (tuple, list)):
            return type(value), *map(leaf, value)
        if isinstance(value, frozenset):
            return "set", *sorted(map(leaf, value))
        if isinstance(value, dict):
            return "dict", *[(key, leaf(item)) for key, item in value.items()]
        if isinstance(value, slice):
            return "slice", leaf(value.start), leaf(value.stop), leaf(value.step)
        if value is None or isinstance(value, (bool, int, float, complex, str, type, np.dtype)) or value is Ellipsis:
            return type(value), repr(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return "array", value.shape, value.dtype.str, value.tobytes()
        raise _UnknownError

    given = leaf(tuple(inputs))
    calls = []
    for e in equations:
        op = (e.op.name, e.op.forward) if isinstance(e.op, LibraryFunction) else e.op
        calls.append((op, leaf(e.arguments), leaf(e.outputs), e.single))
    return given, tuple(calls), leaf(tuple(outputs)), leaf(more)
