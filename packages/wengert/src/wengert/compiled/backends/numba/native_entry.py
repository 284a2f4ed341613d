"""The short way from Python into machine code: a C function of tensors that tests them, makes the results and computes.

Numba's own call takes 200 ns for each array, because it describes arrays to itself at run time. For a program of one kind of
arguments all of that is known before. So here the code is written that a C extension would have: it looks at the type, the
shape and the memory of its arguments, makes new arrays and tensors, and calls the loops that Numba has compiled, by their
address. Where anything is not as expected it gives the object `miss`, and whoever has called it goes another way.

What it knows of CPython's and NumPy's structures is measured before it is used, by `layout`: where it is not as expected, there
is no such function.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import sys
import sysconfig
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import typeof
from numba.core import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import as_dtype, from_dtype

from ....autograd.backward_state import BackwardState
from ....autograd.node import NO_EDGE, UNSETTLED
from ....autograd.saved import Extra
from ....autograd.tensor import Tensor
from ...native import Given, Made

__all__ = ["layout", "native_entry"]

_names = itertools.count().__next__

#: In NumPy's table of C functions, which only ever grows.
_NEW_FROM_DESCR = 94

#: That an array lies in row-major order, at addresses that its dtype wants.
_WANTED_FLAGS = 0x1 | 0x100

_METH_FASTCALL = 0x80

_POINTER, _I64, _I32 = ir.IntType(8).as_pointer(), ir.IntType(64), ir.IntType(32)

Native = Callable[..., Any]


class _Layout(NamedTuple):
    """At which bytes of an object its fields are."""

    tensor: dict[str, int]
    state: dict[str, int]
    data: int = 16
    ndim: int = 24
    dims: int = 32
    descr: int = 56
    flags: int = 64
    items: int = 24  # of a tuple


@functools.cache
def layout() -> _Layout | None:
    """Where fields are, if it is as in the CPython and NumPy that this was written for."""
    if sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_void_p) != 8 or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return None
    found = _Layout(_slots(Tensor), _slots(BackwardState))
    pair = (found, Tensor)
    if [_word(id(pair) + found.items + 8 * i) for i in range(2)] != list(map(id, pair)):
        return None
    samples: list[np.ndarray] = [np.zeros((2, 3)), np.zeros((3, 2), np.float32).T, np.zeros(())]
    samples.append(np.zeros(8, np.int8)[1:5].view(np.int32))
    if None in found.tensor.values() or None in found.state.values() or not all(_as_expected(found, a) for a in samples):
        return None
    return found


def _word(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value


def _slots(cls: type) -> dict[str, Any]:
    """Where an object of `cls` has its slots; None where one cannot be found."""
    size, found = cls.__basicsize__, dict[str, Any]()
    sample: Any = object.__new__(cls)
    for name in cls.__slots__:  # type: ignore[attr-defined]
        if name == "__weakref__":
            continue
        marker = object()
        setattr(sample, name, marker)
        places = [offset for offset in range(16, size, 8) if _word(id(sample) + offset) == id(marker)]
        found[name] = places[0] if len(places) == 1 else None
        setattr(sample, name, None)
    if _word(id(sample) + 8) != id(cls):
        return dict.fromkeys(found)
    return found


def _as_expected(found: _Layout, array: np.ndarray) -> bool:
    at = id(array)
    dims = _word(at + found.dims)
    return (
        _word(at + 8) == id(np.ndarray)
        and _word(at + found.data) == array.ctypes.data
        and ctypes.c_int32.from_address(at + found.ndim).value == array.ndim
        and all(_word(dims + 8 * i) == n for i, n in enumerate(array.shape))
        and _word(at + found.descr) == id(array.dtype)
        and ctypes.c_int32.from_address(at + found.flags).value == array.flags.num
    )


@functools.cache
def _functions() -> dict[str, int]:
    """The addresses of C functions."""
    names = ("Py_IncRef", "Py_DecRef", "PyTuple_New", "PyType_GenericAlloc")
    found = {name: ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0 for name in names}
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = pointer_of(np._core._multiarray_umath._ARRAY_API, None)  # type: ignore[attr-defined]
    found["PyArray_NewFromDescr"] = _word(table + 8 * _NEW_FROM_DESCR)
    return found


class _Method(ctypes.Structure):
    """`PyMethodDef`."""

    _fields_ = (("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


class _Writer:
    """Writes the C function."""

    def __init__(self, layout: _Layout, miss: Any) -> None:
        self.layout, self.miss = layout, miss
        self.kept: list[Any] = []  # what the code refers to by address
        self.context = cpu_target.target_context
        name = f"wengert_entry_{_names()}"
        self.library = self.context.codegen().create_library(name)
        self.module = self.library.create_ir_module(name)
        kind = ir.FunctionType(_POINTER, [_POINTER, _POINTER.as_pointer(), _I64])
        self.function = ir.Function(self.module, kind, name)
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.missed = self.function.append_basic_block("missed")

    # -- pieces
    def constant(self, value: Any) -> Any:
        """The address of a Python object, which lives as long as the code."""
        self.kept.append(value)
        return self.address(id(value))

    def address(self, number: int) -> Any:
        return ir.Constant(_I64, number).inttoptr(_POINTER)

    def place(self, pointer: Any, offset: int, kind: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(pointer, [ir.Constant(_I64, offset)]), kind.as_pointer())

    def field(self, pointer: Any, offset: int, kind: Any = _POINTER) -> Any:
        return self.builder.load(self.place(pointer, offset, kind))

    def call(self, name: str, result: Any, *arguments: Any) -> Any:
        kind = ir.FunctionType(result, [a.type for a in arguments])
        return self.builder.call(self.code(_functions()[name], kind), arguments)

    def code(self, address: int, kind: Any) -> Any:
        """The function at an address."""
        return self.builder.inttoptr(ir.Constant(_I64, address), kind.as_pointer())

    def demand(self, condition: Any, otherwise: Any = None) -> None:
        """Go on only if `condition` is true."""
        here = self.function.append_basic_block()
        self.builder.cbranch(condition, here, self.missed if otherwise is None else otherwise)
        self.builder.position_at_end(here)

    def same(self, one: Any, other: Any) -> Any:
        kind = one.type
        if isinstance(kind, ir.PointerType):
            one, other = self.builder.ptrtoint(one, _I64), self.builder.ptrtoint(other, _I64)
        elif isinstance(other, int):
            other = ir.Constant(kind, other)
        return self.builder.icmp_unsigned("==", one, other)

    # -- arguments
    def argument(self, number: int, given: Given) -> tuple[Any, Any]:
        """Test an argument; it and its array."""
        pointer = self.builder.load(self.builder.gep(self.function.args[1], [ir.Constant(_I64, number)]))
        self.demand(self.same(self.field(pointer, 8), self.constant(given.cls)))
        if given.cls is np.ndarray:
            array = pointer
        else:
            array = self.field(pointer, self.layout.tensor["_array"])
            self.demand(self.same(self.field(array, 8), self.constant(np.ndarray)))
            self.tensor(pointer, given)
        self.array(array, given)
        return pointer, array

    def tensor(self, pointer: Any, given: Given) -> None:
        at, none = self.layout.tensor, self.constant(None)
        self.demand(self.same(self.field(pointer, at["_node"]), self.constant(UNSETTLED) if given.requires_grad else none))
        if given.requires_grad:
            extra = self.field(pointer, at["_extra"])
            with self.builder.if_then(self.builder.not_(self.same(extra, none))):
                self.demand(self.same(self.field(extra, 8), self.constant(Extra)))  # that of a view is of another class
        if given.no_grad is not None:
            has_none = self.same(self.field(pointer, at["_grad"]), none)
            self.demand(has_none if given.no_grad else self.builder.not_(has_none))
        if given.without_hooks:
            state = self.field(pointer, at["_backward"])
            with self.builder.if_then(self.builder.not_(self.same(state, none))):
                for name in ("hooks", "post_acc", "node_hooks"):
                    self.demand(self.same(self.field(state, self.layout.state[name]), none))

    def array(self, array: Any, given: Given) -> None:
        self.demand(self.same(self.field(array, self.layout.descr), self.constant(given.dtype)))
        self.demand(self.same(self.field(array, self.layout.ndim, _I32), len(given.shape)))
        flags = self.builder.and_(self.field(array, self.layout.flags, _I32), ir.Constant(_I32, _WANTED_FLAGS))
        self.demand(self.same(flags, _WANTED_FLAGS))
        dims = self.field(array, self.layout.dims)
        for axis, length in enumerate(given.shape):
            self.demand(self.same(self.field(dims, 8 * axis, _I64), length))

    # -- results
    def new_array(self, made: Made) -> Any:
        """A new array; where there is no memory for it, NULL is returned."""
        dims = (ctypes.c_ssize_t * max(len(made.shape), 1))(*made.shape)
        self.kept.append(dims)
        descr, null = self.constant(made.dtype), self.address(0)
        self.call("Py_IncRef", ir.VoidType(), descr)  # which the new array takes
        zero, ndim = ir.Constant(_I32, 0), ir.Constant(_I32, len(made.shape))
        where = self.address(ctypes.addressof(dims))
        return self.call("PyArray_NewFromDescr", _POINTER, self.constant(np.ndarray), descr, ndim, where, null, null, zero, null)

    def new_tensor(self, made: Made, array: Any, failed: Any) -> Any:
        """A Tensor on a new array, as `wengert.autograd.tensor.wrap` makes it."""
        null = self.address(0)
        pointer = self.call("PyType_GenericAlloc", _POINTER, self.constant(made.cls), ir.Constant(_I64, 0))
        with self.builder.if_then(self.same(pointer, null), likely=False):
            self.call("Py_DecRef", ir.VoidType(), array)
            self.builder.branch(failed)
        fields = {"_shape": made.shape, "_dtype": made.dtype, "_node": NO_EDGE[0], "_nr": NO_EDGE[1]}
        fields |= dict.fromkeys(("_grad", "_extra", "_backward"))
        self.builder.store(array, self.place(pointer, self.layout.tensor["_array"], _POINTER))
        for name, value in fields.items():
            known = self.constant(value)
            self.call("Py_IncRef", ir.VoidType(), known)
            self.builder.store(known, self.place(pointer, self.layout.tensor[name], _POINTER))
        return pointer

    def results(self, made: Sequence[Made], bare: bool) -> tuple[Any, list[Any]]:
        """All results: what is returned, and the addresses of their arrays' memory."""
        null, kind = self.address(0), ir.VoidType()
        whole = None if bare else self.call("PyTuple_New", _POINTER, ir.Constant(_I64, len(made)))
        here = self.builder.block
        failed = self.function.append_basic_block("failed")
        self.builder.position_at_end(failed)
        if whole is not None:
            self.call("Py_DecRef", kind, whole)
        self.builder.ret(null)
        out = self.function.append_basic_block("no_tuple")
        self.builder.position_at_end(out)
        self.builder.ret(null)
        self.builder.position_at_end(here)
        if whole is not None:
            self.demand(self.builder.not_(self.same(whole, null)), out)
        memory, last = [], whole
        for number, one in enumerate(made):
            array = self.new_array(one)
            self.demand(self.builder.not_(self.same(array, null)), failed)
            memory.append(self.field(array, self.layout.data))
            last = array if one.cls is None else self.new_tensor(one, array, failed)
            if whole is not None:  # which is new, so that nothing is replaced
                self.builder.store(last, self.place(whole, self.layout.items + 8 * number, _POINTER))
        return (last if whole is None else whole), memory

    # -- the loops
    def loops(self, compiled: Any, address: int, memory: Sequence[Any], result: Any) -> None:
        """Call what Numba has compiled, by its own convention. If it failed, the results are dropped."""
        kinds, values = compiled.signature.args, []
        for kind, data in zip(kinds, memory, strict=True):
            shape, pointer = data
            array = self.context.make_array(kind)(self.context, self.builder)
            size = as_dtype(kind.dtype).itemsize
            strides = [size * int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape))]
            element = self.context.get_data_type(kind.dtype)
            populate_array(
                array,
                data=self.builder.bitcast(pointer, element.as_pointer()),
                shape=[ir.Constant(_I64, n) for n in shape],
                strides=[ir.Constant(_I64, n) for n in strides],
                itemsize=ir.Constant(_I64, size),
                meminfo=None,
            )
            values.append(array._getvalue())
        convention, returned = self.context.call_conv, compiled.signature.return_type
        code = self.code(address, convention.get_function_type(returned, kinds))
        status, _ = convention.call_function(self.builder, code, returned, kinds, values)
        with self.builder.if_then(status.is_error, likely=False):
            self.call("Py_DecRef", ir.VoidType(), result)
            self.builder.branch(self.missed)

    # -- the whole
    def finished(self, result: Any, count: int) -> Native:
        """The function, after what it returns."""
        self.builder.ret(result)
        self.builder.position_at_end(self.missed)
        miss = self.constant(self.miss)
        self.call("Py_IncRef", ir.VoidType(), miss)
        self.builder.ret(miss)
        self.library.add_ir_module(self.module)
        self.library.finalize()
        name = self.function.name.encode()
        method = _Method(name, self.library.get_pointer_to_function(self.function.name), _METH_FASTCALL, None)
        new = ctypes.pythonapi.PyCFunction_NewEx
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
        return new(ctypes.addressof(method), (method, self.library, name, *self.kept), None)


@global_compiler_lock  # type: ignore[untyped-decorator]
def native_entry(
    loops: Any, given: Sequence[Given], made: Sequence[Made], addresses: np.ndarray | None, *, bare: bool, miss: Any
) -> Native | None:
    """A function of `given`, by position, that returns what `loops` compute: a tuple of `made`, or the only one if `bare`.

    None where there is no such function: where Numba cannot compile `loops`, or the structures of CPython and NumPy are not those
    that are known.

    Parameters
    ----------
    loops : Dispatcher
        Takes the arrays that are read, those of the results, and `addresses` if there are any.
    """
    known = layout()
    if known is None:
        return None
    read = sorted((i for i, g in enumerate(given) if g.reads >= 0), key=lambda i: given[i].reads)
    written = sorted(range(len(made)), key=lambda i: made[i].writes)
    arrays: list[Given | Made] = [*(given[i] for i in read), *(made[i] for i in written)]
    shapes = [a.shape for a in arrays] + ([] if addresses is None else [addresses.shape])
    compiled = _compiled(loops, arrays, addresses)
    if compiled is None:
        return None
    writer = _Writer(known, miss)
    writer.kept += [loops, compiled]
    found = [writer.argument(number, one) for number, one in enumerate(given)]
    tensors = [pointer for (pointer, _), one in zip(found, given, strict=True) if one.cls is not np.ndarray]
    for one, other in itertools.combinations(tensors, 2):
        writer.demand(writer.builder.not_(writer.same(one, other)))
    memory = [writer.field(found[i][1], known.data) for i in read]
    result, own = writer.results(made, bare)
    memory += [own[i] for i in written]
    if addresses is not None:
        writer.kept.append(addresses)
        memory.append(writer.address(addresses.ctypes.data))
    address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    writer.loops(compiled, address, list(zip(shapes, memory, strict=True)), result)
    return writer.finished(result, len(given))


def _compiled(loops: Any, arrays: Sequence[Given | Made], addresses: np.ndarray | None) -> Any:
    """What Numba makes of `loops` for arrays like these, in row-major order; None where it fails, as a call of it will tell."""
    kinds = [types.Array(from_dtype(a.dtype), len(a.shape), "C", readonly=isinstance(a, Given) and a.readonly) for a in arrays]
    if addresses is not None:
        kinds.append(typeof(addresses))
    try:
        loops.compile(tuple(kinds))  # it looks first whether it has been
    except Exception:  # noqa: BLE001 - whatever a compiler raises
        return None
    return loops.overloads[tuple(kinds)]
