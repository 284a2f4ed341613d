"""Functions of elements that the C library computes several at once: those of GNU's ``libmvec``, where there is one.

LLVM takes such a function in a loop that it vectorises if the call of the function of one element says which there are, in the
names of the vector function ABI of x86-64: ``_ZGVdN4v_sin`` is the sine of four numbers (``N4``) with AVX2 (``d``). They are
within four units in the last place of the exact result, and leave what is special (NaN, infinities, denormal numbers) to the
function of one element. Where there are none, Numba's functions are called.

https://sourceware.org/glibc/wiki/libmvec
"""

from __future__ import annotations

import ctypes
import functools
import platform
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, types

__all__ = ["call", "keep", "libmvec"]

#: From NumPy's names to those of C.
_SAME = ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh")
_ARCS = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
NAMES = {name: name for name in _SAME} | {f"arc{name}": f"a{name}" for name in _ARCS}

#: Of each instruction set: its letter, and how many bits there are at once.
SETS = {"sse4.1": ("b", 128), "avx2": ("d", 256), "avx512f": ("e", 512)}


@functools.cache
def libmvec() -> ctypes.CDLL | None:
    """The library, once loaded for the process; None where there is none."""
    if platform.machine() != "x86_64":
        return None
    try:
        library = ctypes.CDLL("libmvec.so.1")
    except OSError:
        return None
    llvm.load_library_permanently("libmvec.so.1")
    return library


@functools.cache
def _several(name: str, bits: int, features: frozenset[str]) -> tuple[tuple[str, int], ...]:
    """The functions of several numbers of `bits` that stand for the function called `name`, and of how many each is."""
    library = libmvec()
    found = [(f"_ZGV{letter}N{width // bits}v_{name}", width // bits) for f, (letter, width) in SETS.items() if f in features]
    return tuple([(several, count) for several, count in found if hasattr(library, several)])


def call(context: Any, builder: Any, name: str, args: list[tuple[Any, Any]]) -> tuple[Any, Any] | None:
    """The call of NumPy's function `name` for one number; None if there is no function for several."""
    if libmvec() is None or name not in NAMES or not isinstance(args[0][1], types.Float):
        return None
    ((value, kind),) = args
    own = f"{NAMES[name]}{'f' if kind.bitwidth == 32 else ''}"
    features = frozenset(f[1:] for f in context.codegen().magic_tuple()[2].split(",") if f.startswith("+"))
    several = _several(own, kind.bitwidth, features)
    if not several:
        return None
    module = builder.module
    for vector, count in several:
        if vector not in module.globals:
            of_several = ir.VectorType(value.type, count)
            ir.Function(module, ir.FunctionType(of_several, [of_several]), vector)
    function = cgutils.get_or_insert_function(module, ir.FunctionType(value.type, [value.type]), own)
    found = builder.call(function, [value])
    variants = ",".join(f"{vector}({vector})" for vector, _ in several)
    for attribute in ("nounwind", "willreturn", "memory(none)", f'"vector-function-abi-variant"="{variants}"'):
        set.add(found.attributes, attribute)  # llvmlite's own `add` knows a few only
    return found, kind


def keep(module: Any) -> None:
    """Let LLVM keep the declarations of functions that nothing calls before loops are vectorised; once all is written."""
    functions = [f for name, f in module.globals.items() if name.startswith("_ZGV")]
    if not functions:
        return
    pointer = ir.IntType(8).as_pointer()
    array = ir.ArrayType(pointer, len(functions))
    used = ir.GlobalVariable(module, array, "llvm.compiler.used")
    used.linkage, used.section = "appending", "llvm.metadata"
    used.initializer = ir.Constant(array, [f.bitcast(pointer) for f in functions])
