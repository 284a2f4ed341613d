"""The ``xla`` backend: equations become one function under ``jax.jit``.

It takes JAX arrays and NumPy arrays. The operators are called with JAX's tracers, whatever library the program was written down
with, so there is one lowering of each: its own forward. Where values make an operator or NumPy raise, and XLA gives an answer (an
index out of bounds, a singular matrix), the compiled function tells so, and the operators are called one by one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.compilation_cache import compilation_cache

from ...arrays.adapter import NUMBERS, Adapter, adapter_of, is_array, library
from ...arrays.shapes import normalize_axis
from ...errors import CompileError
from ..calling import called, place_of, put_results
from ..disk_cache import folder_for
from ..ir import Equation, LibraryFunction, Variable, mapped
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

__all__ = ["XlaBackend", "backend"]

#: What JAX raises where a function asks a tracer for its value.
_VALUE_ERRORS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.NonConcreteBooleanIndexError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
)

#: Results of fewer bytes are copied into an array of NumPy's own; of more they stay where XLA has put them.
_COPIED = 4096

#: Constants of fewer bytes are written into the compiled program; larger ones are inputs, or XLA would compute with them.
_FOLDED = 1024

#: Operators on whose NumPy arrays SciPy computes, and JAX otherwise than it for some arguments.
_THEIRS_DIFFERS = {"hyp2f1": "JAX sums a series that does not converge for all arguments"}

#: JAX has these only when it is told so.
_WIDE = frozenset(("float64", "int64", "uint64", "complex128"))


class XlaBackend:
    """Compiles with XLA.

    Attributes
    ----------
    kept : str or None
        The folder that JAX has been told to keep executables in.
    """

    name = "xla"
    donates = True
    kept: str | None = None

    def keep(self) -> None:
        """Let JAX keep what it compiles where `cache_dir` says; if the program has told it a folder itself, that holds."""
        folder = folder_for("xla")
        wanted = None if folder is None else str(folder)
        if wanted == self.kept or jax.config.jax_compilation_cache_dir != self.kept:
            return
        self.kept = wanted
        jax.config.update("jax_compilation_cache_dir", wanted)
        if wanted is not None:  # small programs too: there are many
            jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
            jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
        compilation_cache.reset_cache()  # or JAX would go on as it has begun

    def compile(
        self,
        equations: Sequence[Equation],
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        library: Adapter,
        donated: frozenset[Variable] = frozenset(),
    ) -> Replay:
        """The function of a run of equations; see `wengert.compiled.segments.Backend`.

        Raises
        ------
        CompileError
            If the arrays are neither NumPy's nor JAX's.
        """
        if library.name not in ("numpy", "jax"):
            raise CompileError(f"backend 'xla' takes arrays of NumPy and of JAX, got arrays of {library.name}")
        self.keep()
        tracer = _Tracer(library.name == "numpy", equations, outputs)
        with tracer.widths():
            parts = divided(equations, tracer.attempt, outputs, self.name)
            for part in parts:
                if part.reason is None:
                    once = frozenset(v for v in donated if sum(v in other.inputs for other in parts) == 1)
                    part.consumes = tracer.usable(part, once)
                    part.run = tracer.jitted(part)
        return Replay(self.name, parts, inputs, outputs)


class _Tracer:
    """Traces the equations of one segment.

    Parameters
    ----------
    foreign : bool
        Whether the arrays are NumPy's, and not JAX's own.
    equations : sequence of Equation
    outputs : sequence of Variable
    """

    def __init__(self, foreign: bool, equations: Sequence[Equation], outputs: Sequence[Variable]) -> None:
        self.foreign = foreign
        self.adapter = library("jax")
        self.shapes: dict[Variable, Any] = {}
        self.checked: set[Equation] = set()  # those for whose values NumPy, or the operator, may have to be asked
        self.read = {*outputs, *(v for equation in equations for v in equation.reads())}
        dtypes = {getattr(v.dtype, "name", "") for e in equations for v in (*e.reads(), *e.makes())}
        self.wide = foreign or bool(_WIDE & dtypes)

    def widths(self) -> Any:
        """Where dtypes of 64 bits are what they say."""
        if not self.wide:
            return contextlib.nullcontext()
        return jax.enable_x64(True) if hasattr(jax, "enable_x64") else _old_enable_x64()

    # -- one equation ----------------------------------------------------------------------------------------------------
    def attempt(self, equation: Equation) -> Tried:
        """Trace `equation` alone, and see whether that gives what the array library gave."""
        if self.foreign and equation.op.name in _THEIRS_DIFFERS:
            return Tried(_THEIRS_DIFFERS[equation.op.name])
        variables = list(dict.fromkeys(equation.reads()))

        def alone(*arrays: Any) -> Any:
            known = dict(zip(variables, arrays, strict=True))
            sound: list[Any] = []
            self.trace(equation, known, sound)
            if sound:
                self.checked.add(equation)
            return [known[v] for v in equation.makes()]

        try:
            found = jax.eval_shape(alone, *map(self._abstract, variables))
        except _VALUE_ERRORS as error:
            return Tried(f"it depends on the values of its operands ({type(error).__name__})")
        except Exception as error:  # noqa: BLE001 - whatever JAX, or the operator on its arrays, raises
            return Tried(f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}", failed=True)
        for variable, shape in zip(equation.makes(), found, strict=True):
            if variable not in self.read:
                continue  # an auxiliary result, which is each library's own affair
            if (tuple(shape.shape), shape.dtype) != (variable.shape, variable.dtype):
                return Tried(f"JAX gives {shape.dtype}{list(shape.shape)}, the array library {variable.described()}", failed=True)
            self.shapes[variable] = shape
        return Tried()

    def _abstract(self, variable: Variable) -> Any:
        if variable.dtype in NUMBERS:
            return variable.dtype(1)  # a weak scalar, as JAX takes numbers
        known = self.shapes.get(variable)
        return jax.ShapeDtypeStruct(variable.shape, variable.dtype) if known is None else known

    def trace(self, equation: Equation, known: Environment, sound: list[Any]) -> None:
        """Call the operator of `equation` with tracers, adding to `sound` tracers that are true if NumPy would not raise."""
        for v in equation.reads():
            if v.dtype not in NUMBERS:
                adapter_of(known[v])  # so that operators know tracers of this type
        if not self.foreign:
            put_results(equation, called(equation, known.__getitem__), known)
            sound += value_checks(equation, known)
            return
        converted = Equation(
            equation.op, self._converted(equation, known), equation.outputs, equation.single, equation.place
        )
        result = called(converted, known.__getitem__, self._library_function)
        results = (result,) if equation.single else result
        results = [self._as_theirs(r, v) if is_array(r) else r for r, v in zip(results, equation.outputs, strict=True)]
        put_results(equation, results[0] if equation.single else results, known)
        sound += [*value_checks(converted, known), *_checks(converted, known)]

    def _converted(self, equation: Equation, known: Environment) -> dict[str, Any]:
        """The arguments with NumPy's constants as JAX arrays; operands that JAX would promote otherwise are cast."""
        op, arguments = equation.op, dict(equation.arguments)
        if isinstance(op, LibraryFunction):
            return mapped(arguments, _to_jax)
        for name in op.operands:
            arguments[name] = mapped(arguments[name], _to_jax)
        if op.elementwise and len(op.operands) > 1:
            dtypes = [_dtype(arguments[o], known) for o in op.operands]
            wanted = np.result_type(*[d for d in dtypes if d is not None])
            if wanted.kind in "fc" and jnp.promote_types(*([d for d in dtypes if d is not None] * 2)[:2]) != wanted:
                for o in op.operands:
                    if _dtype(arguments[o], known) is not None:
                        arguments[o] = _array(arguments[o], known).astype(wanted)
        return arguments

    def _as_theirs(self, array: Any, variable: Variable | None) -> Any:
        """`array` as NumPy has it: where JAX remembers that it was made of numbers it is one no more; indices have 64 bits."""
        if variable is not None and _kind(array) == "i" and np.dtype(variable.dtype).kind == array.dtype.kind:
            return array.astype(variable.dtype)
        return jax.lax.convert_element_type(array, array.dtype) if getattr(array, "weak_type", False) else array

    def _library_function(self, function: LibraryFunction) -> Callable[..., Any]:
        """JAX's function in the place of NumPy's, by name."""
        if function.general is not None:
            return self.adapter.kernel(function.name, function.general)
        if function.name in ("put", "add_at", "broadcast_to", "cast", "complex_parts", "complex_from"):
            return getattr(self.adapter, function.name)
        return self.adapter.function(function.name)

    # -- a part ----------------------------------------------------------------------------------------------------------
    def usable(self, part: Part, donated: frozenset[Variable]) -> tuple[Variable, ...]:
        """The donated inputs of `part` in whose memory there is room for a result.

        There are none of NumPy's, whose memory XLA does not write to, and none where the equations may be called one by one
        after the part has run.
        """
        if self.foreign or not self.checked.isdisjoint(part.equations):
            return ()
        free = [(v.shape, v.dtype) for v in part.outputs]
        found = []
        for v in part.inputs:
            if v in donated and (v.shape, v.dtype) in free:
                free.remove((v.shape, v.dtype))
                found.append(v)
        return tuple(found)

    def jitted(self, part: Part) -> Callable[..., Sequence[Any]]:
        """The equations of `part` as one compiled function of the arrays of its inputs."""
        large = {id(c): c for c in constants_of(part.equations) if c.nbytes >= _FOLDED}
        constants = [jnp.array(c) for c in large.values()]
        hidden = {key: Variable(tuple(c.shape), c.dtype) for key, c in large.items()}
        equations = [with_constants(equation, hidden) for equation in part.equations] if hidden else part.equations
        variables = (*part.inputs, *hidden.values())

        def traced(*arrays: Any) -> Any:
            known: Environment = dict(zip(variables, arrays, strict=True))
            sound: list[Any] = []
            for equation in equations:
                try:
                    self.trace(equation, known, sound)
                except Exception as error:
                    error.add_note(f"at {place_of(equation)}")
                    raise
            seen = set(map(id, arrays))
            results = [_own(known[v], seen) for v in part.outputs]
            return results, (jnp.all(jnp.stack(sound)) if sound else None)

        return _Function(jax.jit(traced, donate_argnums=[part.inputs.index(v) for v in part.consumes]), constants, self)


def _old_enable_x64() -> Any:
    """The same in JAX before 0.8."""
    from jax.experimental import enable_x64

    return enable_x64()


class _Function:
    """A compiled part, called with arrays of the library of the program."""

    __slots__ = ("constants", "jitted", "tracer")

    def __init__(self, jitted: Callable[..., Any], constants: list[Any], tracer: _Tracer) -> None:
        self.jitted, self.constants, self.tracer = jitted, constants, tracer

    def __call__(self, *arrays: Any) -> Sequence[Any]:
        with self.tracer.widths():
            results, sound = self.jitted(*arrays, *self.constants)
            if sound is not None and not sound:
                raise UnsoundError
            if not self.tracer.foreign:
                return results
            return [_to_numpy(result) for result in results]


# -- NumPy's arrays and JAX's --------------------------------------------------------------------------------------------
class _Memory:
    """The memory of a JAX array that nobody else knows, offered to NumPy for writing too."""

    __slots__ = ("__array_interface__", "array")

    def __init__(self, array: Any) -> None:
        self.array = array  # which owns it
        self.__array_interface__ = {
            "version": 3,
            "shape": array.shape,
            "typestr": array.dtype.str,
            "data": (array.unsafe_buffer_pointer(), False),
        }


def _to_numpy(array: Any) -> Any:
    """A result as a NumPy array that can be written to.

    XLA has put results into memory of their own (see `_own`), in which large ones stay.
    """
    if array.nbytes < _COPIED or array.dtype.kind == "V" or array.device.platform != "cpu":
        return np.array(array)
    return np.asarray(_Memory(array.block_until_ready()))


def _own(array: Any, seen: set[int]) -> Any:
    """`array`, or a copy if it is an input or another result; `jax.jit` would give out one and the same for both."""
    if id(array) in seen or not isinstance(array, jax.core.Tracer):
        return jnp.array(array, copy=True)
    seen.add(id(array))
    return array


def _to_jax(leaf: Any) -> Any:
    return jnp.asarray(leaf) if isinstance(leaf, np.ndarray | np.generic) else leaf


def _array(value: Any, known: Environment) -> Any:
    return known[value] if isinstance(value, Variable) else value


def _dtype(value: Any, known: Environment) -> Any:
    """The dtype of an operand; None for a number."""
    if isinstance(value, Variable) and value.dtype in NUMBERS:
        return None
    array = _array(value, known)
    return array.dtype if is_array(array) else None


# -- where NumPy raises and JAX does not -----------------------------------------------------------------------------------
def _checks(equation: Equation, known: Environment) -> Iterator[Any]:
    """Tracers that are true if NumPy would not raise."""
    op = equation.op
    arguments = mapped(equation.arguments, lambda leaf: known.get(leaf, leaf) if isinstance(leaf, Variable) else leaf)
    if isinstance(op, LibraryFunction):
        if op.name in ("put", "add_at"):
            target, key, _ = arguments["args"]
            yield from _in_bounds(key, target.shape)
        elif op.name.startswith("linalg."):
            yield from _all_finite(equation, known)
        return
    if ".linalg" in op.forward.__module__:
        yield from _all_finite(equation, known)
    for indices, n in _indices(op.name, arguments):
        if isinstance(indices, jax.core.Tracer) and _kind(indices) == "i":
            yield jnp.all((indices >= -n) & (indices < n))


def _kind(array: Any) -> str:
    """The kind of the dtype of a tracer, signed and unsigned integers as one."""
    kind = array.dtype.kind
    return "i" if kind in "iu" else kind


def _all_finite(equation: Equation, known: Environment) -> Iterator[Any]:
    for variable in equation.makes():
        if jnp.issubdtype(known[variable].dtype, jnp.inexact):
            yield jnp.all(jnp.isfinite(known[variable]))


def _in_bounds(key: Any, shape: tuple[int, ...]) -> Iterator[Any]:
    for indices, n in _of_key(key, shape):
        if isinstance(indices, jax.core.Tracer) and _kind(indices) == "i":
            yield jnp.all((indices >= -n) & (indices < n))


def _indices(name: str, arguments: dict[str, Any]) -> Iterator[tuple[Any, int]]:
    """The index arrays among the arguments of an operator, each with the length of its axis."""
    match name:
        case "getitem" | "index_put":
            yield from _of_key(arguments["key"], arguments["x"].shape)
        case "scatter":
            yield from _of_key(arguments["key"], arguments["shape"])
        case "take" | "take_along_axis" | "scatter_take" | "scatter_along_axis":
            shape = arguments["shape"] if name.startswith("scatter") else arguments["x"].shape
            yield arguments["indices"], shape[normalize_axis(arguments["axis"] or 0, len(shape))]


def _of_key(key: Any, shape: tuple[int, ...]) -> Iterator[tuple[Any, int]]:
    """The index arrays of a key for an array of `shape`, each with the length of the axis that it counts along."""
    parts = key if type(key) is tuple else (key,)
    taken = sum(_axes_taken(part) for part in parts)
    axis = 0
    for part in parts:
        if part is Ellipsis:
            axis += len(shape) - taken
            continue
        if is_array(part) and axis < len(shape):
            yield part, shape[axis]
        axis += _axes_taken(part)


def _axes_taken(part: Any) -> int:
    """How many axes of the array a part of a key is for."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if is_array(part) and _kind(part) == "b" else 1


backend = XlaBackend()
