"""The ``inductor`` backend: equations become one function that PyTorch's Inductor has compiled.

It takes PyTorch's arrays. The operators are called with fake tensors while `make_fx` writes down what they do with PyTorch's own
operators, and Inductor compiles that. Dynamo, which would look at our Python, has no part in it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch._inductor.compile_fx import compile_fx
from torch._inductor.cpp_builder import get_cpp_compiler
from torch._inductor.exc import InvalidCxxCompiler
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException, FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode, ShapeEnv

from ...arrays.adapter import NUMBERS, Adapter, adapter_of
from ...errors import CompileError
from ..calling import called, place_of, put_results
from ..disk_cache import folder_for
from ..ir import Equation, Variable, mapped
from .replay import (
    Environment,
    Part,
    Replay,
    Tried,
    UnsoundError,
    constants_of,
    divided,
    value_checks,
    with_constants,
)

__all__ = ["InductorBackend", "backend"]

#: Where PyTorch looks for the folder that Inductor keeps things in.
_FOLDER = "TORCHINDUCTOR_CACHE_DIR"

_COMPILING = threading.RLock()

#: What fake tensors raise where a function asks for their values, or for a shape that depends on them.
_VALUE_ERRORS = (DataDependentOutputException, DynamicOutputShapeException, GuardOnDataDependentSymNode)


class InductorBackend:
    """Compiles with PyTorch's Inductor."""

    name = "inductor"

    def compile(
        self, equations: Sequence[Equation], inputs: Sequence[Variable], outputs: Sequence[Variable], library: Adapter
    ) -> Replay:
        """The function of a run of equations; see `wengert.compiled.segments.Backend`.

        Raises
        ------
        CompileError
            If the arrays are not PyTorch's, or there is no C++ compiler.
        """
        if library.name != "torch":
            raise CompileError(f"backend 'inductor' takes arrays of PyTorch, got arrays of {library.name}")
        try:
            get_cpp_compiler()
        except InvalidCxxCompiler as error:
            raise CompileError(f"backend 'inductor' needs a C++ compiler, such as g++, or its name in CXX: {error}") from error
        with _COMPILING, torch.no_grad():
            parts = divided(equations, _Fakes(equations, outputs).attempt, outputs, self.name)
        for part in parts:
            if part.reason is None:
                part.run = _Function(part)
        return Replay(self.name, parts, inputs, outputs)


@contextmanager
def _kept() -> Iterator[None]:
    """Let Inductor keep what it compiles where `cache_dir` says; else it does as it is told by PyTorch's own settings."""
    folder = folder_for("inductor")
    if folder is None:
        yield
        return
    before = os.environ.get(_FOLDER)
    os.environ[_FOLDER] = str(folder)
    try:
        with torch._inductor.config.patch(fx_graph_cache=True):
            yield
    finally:
        if before is None:
            del os.environ[_FOLDER]
        else:
            os.environ[_FOLDER] = before


class _Fakes:
    """Tries equations on fake tensors, which have shapes, dtypes and devices, and no values.

    Parameters
    ----------
    equations : sequence of Equation
        All of the segment: their arguments say on which device it runs, where they care.
    outputs : sequence of Variable
    """

    def __init__(self, equations: Sequence[Equation], outputs: Sequence[Variable]) -> None:
        self.mode = FakeTensorMode(allow_non_fake_inputs=True, shape_env=ShapeEnv())
        self.known: Environment = {}
        self.read = {*outputs, *(v for equation in equations for v in equation.reads())}
        named: list[torch.device] = [c.device for c in constants_of(equations)]
        for equation in equations:
            mapped(equation.arguments, lambda leaf: named.append(leaf) if isinstance(leaf, torch.device) else None)
        self.device = named[0] if named else None

    def attempt(self, equation: Equation) -> Tried:
        """Call the operator of `equation` alone, and see whether that gives what the array library gave."""
        try:
            with self.mode:
                known = {v: self._fake(v) for v in equation.reads()}
                _trace(equation, known)
        except _VALUE_ERRORS as error:
            return Tried(f"it depends on the values of its operands ({type(error).__name__})")
        except Exception as error:  # noqa: BLE001 - whatever PyTorch, or the operator on its arrays, raises
            return Tried(f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}", failed=True)
        for variable in equation.makes():
            fake = known[variable]
            if variable not in self.read:
                continue  # an auxiliary result, which is each library's own affair
            if not all(type(n) is int for n in fake.shape):
                return Tried("it depends on the values of its operands (so does its shape)")
            if (tuple(fake.shape), fake.dtype) != (variable.shape, variable.dtype):
                return Tried(f"traced it gives {fake.dtype}{list(fake.shape)}, otherwise {variable.described()}", failed=True)
            self.known[variable] = fake
        return Tried()

    def _fake(self, variable: Variable) -> Any:
        fake = self.known.get(variable)
        if fake is None:
            dtype = _NUMBER_DTYPES.get(variable.dtype, variable.dtype)
            fake = self.known[variable] = torch.empty(variable.shape, dtype=dtype, device=self.device)
            adapter_of(fake)  # so that operators know tensors of this type
        return fake


def _trace(equation: Equation, known: Environment) -> None:
    """Call the operator of `equation` with tensors that stand for arrays."""
    put_results(equation, called(_with_numbers(equation, known), known.__getitem__), known)


def _with_numbers(equation: Equation, known: Environment) -> Equation:
    """`equation` with its numbers as tensors without axes, of the dtype that they get beside the arrays that they meet."""
    numbers = [v for v in equation.reads() if v.dtype in NUMBERS]
    if not numbers:
        return equation
    arrays = [known[v] for v in equation.reads() if v.dtype not in NUMBERS]
    arrays += [leaf for leaf in constants_of([equation]) if isinstance(leaf, torch.Tensor)]
    dtype = arrays[0].dtype
    for array in arrays[1:]:
        dtype = torch.promote_types(dtype, array.dtype)
    like = torch.empty((1,), dtype=dtype, device="meta")
    cast = {v: known[v].to(dtype=torch.result_type(like, v.dtype(1)), device=arrays[0].device) for v in numbers}
    arguments = mapped(equation.arguments, lambda leaf: cast.get(leaf, leaf) if isinstance(leaf, Variable) else leaf)
    return Equation(equation.op, arguments, equation.outputs, equation.single, equation.place)


class _Function:
    """A part, compiled when it first meets arrays of a layout; of a shape too, which may depend on values computed before it."""

    __slots__ = ("compiled", "constants", "equations", "numbers", "outputs", "variables")

    def __init__(self, part: Part) -> None:
        large = {id(c): c for c in constants_of(part.equations)}
        hidden = {key: Variable(tuple(c.shape), c.dtype) for key, c in large.items()}
        self.constants = list(large.values())  # inputs, so that they are read where they lie
        self.equations = [with_constants(equation, hidden) for equation in part.equations]
        self.variables, self.outputs = (*part.inputs, *hidden.values()), part.outputs
        self.numbers = [(i, v.dtype) for i, v in enumerate(part.inputs) if v.dtype in NUMBERS]
        self.compiled: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *arrays: Any) -> Sequence[Any]:
        given: list[Any] = [*arrays, *self.constants]
        for i, kind in self.numbers:
            given[i] = torch.tensor(given[i], dtype=_NUMBER_DTYPES[kind])
        # Conjugates that are yet to be computed are views of which compiled code knows nothing.
        given = [array.resolve_conj().resolve_neg() for array in given]
        key = tuple([(array.shape, array.stride(), array.device) for array in given])
        with torch.no_grad():
            function = self.compiled.get(key)
            if function is None:
                with _COMPILING:  # parts of PyTorch's compiler are one for all threads
                    function = self.compiled.get(key)
                    if function is None:
                        function = self.compiled[key] = self._compile(given)
            *results, sound = function(*given)
        if sound is not None and not sound:
            raise UnsoundError
        return results

    def _compile(self, given: Sequence[Any]) -> Callable[..., Any]:
        graph = make_fx(self._replayed, tracing_mode="fake", _allow_non_fake_inputs=True)(*given)
        with _kept():
            return compile_fx(graph, list(given))

    def _replayed(self, *arrays: Any) -> tuple[Any, ...]:
        known: Environment = dict(zip(self.variables, arrays, strict=True))
        sound: list[Any] = []
        for equation in self.equations:
            try:
                _trace(equation, known)
                sound += value_checks(equation, known)
            except Exception as error:
                error.add_note(f"at {place_of(equation)}")
                raise
        return *[known[v] for v in self.outputs], (torch.stack(sound).all() if sound else None)


_NUMBER_DTYPES = {int: torch.int64, float: torch.float64, complex: torch.complex128, bool: torch.bool}


backend = InductorBackend()
