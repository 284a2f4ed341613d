"""From the source of loops (`wengert.compiled.backends.numba.loop_source`) to LLVM's instructions, by one walk over it.

That source is a small language: numbers, memory, loops over a known range. Each of its nodes is a few instructions, and types are
known from the left to the right, so that Numba's type inference, which takes most of the time of its compiler, is not needed.
What an operator or a function of elements gives, and in which type, is asked of Numba, as its own compiler does, except for the
arithmetic of floats of one type, which is an instruction each.

Numba makes of a function an *intrinsic*: it unpacks the arguments of Python, and links, optimises and keeps the result.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import math
import operator
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from ....errors import ArgumentError
from ....op_source import execute
from . import vector_math

__all__ = ["intrinsic_of"]

Value = tuple[Any, Any]
"""What an expression gives: LLVM's value, and Numba's type."""

#: Memory that a function needs for itself lies on the stack up to this number of bytes.
STACK = 16_384

#: What a processor loads at once, at most.
ALIGNED = 64

_INDEX = ir.IntType(64)
_POINTER = ir.IntType(8).as_pointer()
_NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")
_DTYPES = {name: getattr(types, name) for name in _NUMBERS}
_CONSTANTS = {"inf": math.inf, "nan": math.nan}
_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
    ast.USub: operator.neg, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_FLOATS: dict[type, str] = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_COMPARED: dict[type, str] = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_ERRORS = {"ArgumentError": ArgumentError}


def intrinsic_of(source: str, *, called: bool = False) -> tuple[Any, tuple[str, ...]]:
    """What a function of Numba's can call in place of the function that `source` defines; and the names of the arguments."""
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef)
    names = tuple(argument.arg for argument in definition.args.args)

    def typed(*given: Any) -> tuple[Any, Callable[..., Any]]:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            if called:  # that two pieces of memory are not the same holds within a call, and not from one to the next
                builder.function.attributes.add("noinline")
            _Lowering(context, builder, definition, dict(zip(names, zip(args, signature.args, strict=True), strict=True))).all()
            return context.get_dummy_value()

        return types.void(*given), generate

    code = f"def typing(typingctx, {', '.join(names)}):\n    return typed({', '.join(names)})"
    return numba.extending.intrinsic(execute(code, "<wengert loops>", {"typed": typed})["typing"]), names


class _Memory:
    """Elements of a type, one after the other."""

    __slots__ = ("name", "pointer", "type")

    def __init__(self, pointer: Any, type: Any, name: str = "") -> None:
        self.pointer, self.type, self.name = pointer, type, name


class _Lowering:
    """Writes one function."""

    def __init__(self, context: Any, builder: Any, definition: ast.FunctionDef, given: dict[str, Value]) -> None:
        self.context, self.builder, self.definition, self.given = context, builder, definition, given
        self.typing = context.typing_context
        self.memory: dict[str, _Memory] = {}
        self.values: dict[str, Value] = {}  # of names that are set once
        self.slots: dict[str, Value] = {}  # of others
        nodes = list(ast.walk(definition))
        names = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        names += [n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)]
        self.changing = {name for name, count in Counter(names).items() if count > 1}
        self.heap: list[Any] = []  # what is to be freed
        self.stack = 0  # how many bytes lie there
        self.next: list[Any] = []  # where `continue` goes
        self.scopes: dict[str, tuple[Any, Any]] = {}

    def all(self) -> None:
        for number, statement in enumerate(self.definition.body):
            if isinstance(statement, ast.For):
                self._separate(statement, number)
            self.statement(statement)
            self.scopes = {}
        self._free()
        vector_math.keep(self.builder.module)

    # -- statements
    def statement(self, node: ast.stmt) -> None:
        getattr(self, f"_{type(node).__name__.lower()}")(node)

    def _body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if self.builder.block.is_terminated:
                break
            self.statement(statement)

    def _pass(self, node: ast.Pass) -> None:
        pass

    def _expr(self, node: ast.Expr) -> None:
        assert isinstance(node.value, ast.Call)
        assert isinstance(node.value.func, ast.Name)
        getattr(self, f"_{node.value.func.id}")(*node.value.args)

    def _assign(self, node: ast.Assign) -> None:
        (target,) = node.targets
        if isinstance(target, ast.Tuple):
            assert isinstance(node.value, ast.Tuple)
            for one, value in zip(target.elts, node.value.elts, strict=True):
                self._set(one, self.value(value))
            return
        call = node.value.func if isinstance(node.value, ast.Call) else None
        if isinstance(call, ast.Name) and call.id in ("flat", "at", "empty", "part"):
            assert isinstance(target, ast.Name)
            memory = getattr(self, f"_{call.id}")(*node.value.args)  # type: ignore[attr-defined]
            self.memory[target.id] = _Memory(memory.pointer, memory.type, target.id)
            return
        self._set(target, self.value(node.value))

    def _augassign(self, node: ast.AugAssign) -> None:
        target = ast.Name(node.target.id) if isinstance(node.target, ast.Name) else node.target
        self._set(node.target, self.value(ast.BinOp(target, node.op, node.value)))

    def _set(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Subscript):
            memory = self._memory(target.value)
            self._store(memory, self.index(target.slice), value)
            return
        assert isinstance(target, ast.Name)
        if target.id not in self.changing:
            self.values[target.id] = value
            return
        if target.id not in self.slots:
            slot = cgutils.alloca_once(self.builder, value[0].type, name=target.id)
            self.slots[target.id] = slot, value[1]
        slot, kind = self.slots[target.id]
        self.builder.store(self._cast(value, kind), slot)

    def _for(self, node: ast.For) -> None:
        assert isinstance(node.target, ast.Name)
        assert isinstance(node.iter, ast.Call)
        *first, last = [ast.literal_eval(a) for a in node.iter.args]
        begin = first[0] if first else 0
        if last <= begin:
            return
        builder = self.builder
        before = builder.block
        body, after, end = [builder.append_basic_block(f"{node.target.id}.{part}") for part in ("body", "next", "end")]
        builder.branch(body)
        builder.position_at_end(body)
        counter = builder.phi(_INDEX, node.target.id)
        counter.add_incoming(_INDEX(begin), before)
        self.values[node.target.id] = counter, types.int64
        self.next.append(after)
        self._body(node.body)
        self.next.pop()
        if not builder.block.is_terminated:
            builder.branch(after)
        builder.position_at_end(after)
        following = builder.add(counter, _INDEX(1), flags=("nuw", "nsw"))
        counter.add_incoming(following, after)
        builder.cbranch(builder.icmp_unsigned("<", following, _INDEX(last)), body, end)
        builder.position_at_end(end)

    def _if(self, node: ast.If) -> None:
        condition = self._truth(self.value(node.test))
        if node.orelse:
            with self.builder.if_else(condition) as (then, other):
                with then:
                    self._body(node.body)
                with other:
                    self._body(node.orelse)
            return
        with self.builder.if_then(condition):
            self._body(node.body)

    def _continue(self, node: ast.Continue) -> None:
        self.builder.branch(self.next[-1])

    def _raise(self, node: ast.Raise) -> None:
        assert isinstance(node.exc, ast.Call)
        assert isinstance(node.exc.func, ast.Name)
        self._free()
        message = tuple(ast.literal_eval(a) for a in node.exc.args)
        self.context.call_conv.return_user_exc(self.builder, _ERRORS[node.exc.func.id], message)

    # -- memory
    def _flat(self, name: ast.Name, size: ast.Constant) -> _Memory:
        """The elements of an argument, in row-major order."""
        value, kind = self.given[name.id]
        array = self.context.make_array(kind)(self.context, self.builder, value)
        if kind.layout == "C" and kind.aligned:
            return _Memory(array.data, kind.dtype)
        memory = _Memory(self._allocate(ast.literal_eval(size) * self._bytes(kind.dtype), kind.dtype), kind.dtype)
        shape, strides = (cgutils.unpack_tuple(self.builder, t, kind.ndim) for t in (array.shape, array.strides))
        first = self.builder.bitcast(array.data, _POINTER)
        place = cgutils.alloca_once_value(self.builder, _INDEX(0))
        with cgutils.loop_nest(self.builder, shape, _INDEX) as indices:
            offset: Any = _INDEX(0)
            for i, stride in zip(indices, strides, strict=True):
                offset = self.builder.add(offset, self.builder.mul(i, stride))
            target = self.builder.load(place)
            source = self.builder.bitcast(self.builder.gep(first, [offset]), array.data.type)
            element = self.builder.load(source, align=None if kind.aligned else 1)
            self.builder.store(element, self.builder.gep(memory.pointer, [target]))
            self.builder.store(self.builder.add(target, _INDEX(1)), place)
        return memory

    def _at(self, address: ast.expr, dtype: ast.Name) -> _Memory:
        """What lies at an address: a number, or an element of an argument."""
        kind = self._dtype(dtype)
        if isinstance(address, ast.Constant):
            value: Any = _INDEX(address.value)
        else:
            assert isinstance(address, ast.Subscript)
            assert isinstance(address.value, ast.Name)
            addresses, array = self.given[address.value.id]
            data = self.context.make_array(array)(self.context, self.builder, addresses).data
            value = self.builder.load(self.builder.gep(data, [self.index(address.slice)]))
        return _Memory(self.builder.inttoptr(value, self.context.get_data_type(kind).as_pointer()), kind)

    def _empty(self, size: ast.Constant, dtype: ast.Name) -> _Memory:
        kind = self._dtype(dtype)
        return _Memory(self._allocate(ast.literal_eval(size) * self._bytes(kind), kind), kind)

    def _part(self, name: ast.expr, start: ast.Constant) -> _Memory:
        memory = self._memory(name)
        return _Memory(self.builder.gep(memory.pointer, [_INDEX(start.value)], inbounds=True), memory.type)

    def _allocate(self, size: int, kind: Any) -> Any:
        builder, pointer = self.builder, self.context.get_data_type(kind).as_pointer()
        if self.stack + size <= STACK:
            self.stack += size
            with builder.goto_entry_block():
                slot = builder.alloca(ir.ArrayType(ir.IntType(8), size))
                slot.align = ALIGNED
            return builder.bitcast(slot, pointer)
        raw = self.context.nrt.allocate(builder, self.context.get_constant(types.uintp, size + ALIGNED))
        with builder.if_then(cgutils.is_null(builder, raw), likely=False):
            self._free()
            self.context.call_conv.return_user_exc(builder, MemoryError, ("loops",))
        self.heap.append(raw)
        address = builder.add(builder.ptrtoint(raw, _INDEX), _INDEX(ALIGNED - 1))
        return builder.inttoptr(builder.and_(address, _INDEX(-ALIGNED)), pointer)

    def _free(self) -> None:
        for raw in self.heap:
            self.context.nrt.free(self.builder, raw)

    def _fill(self, name: ast.Name, start: ast.Constant, stop: ast.Constant, value: ast.expr) -> None:
        """Elements become a number."""
        place = ast.Subscript(name, ast.Name("i_fill", ast.Load()), ast.Store())
        count = ast.Call(ast.Name("range"), [start, stop], [])
        self._for(ast.For(ast.Name("i_fill", ast.Store()), count, [ast.Assign([place], value)], []))

    def _put(self, name: ast.Name, value: ast.expr) -> None:
        """The only element of an argument becomes a number."""
        array, kind = self.given[name.id]
        data = self.context.make_array(kind)(self.context, self.builder, array).data
        self._store(_Memory(data, kind.dtype), _INDEX(0), self.value(value))

    def _memory(self, node: ast.expr) -> _Memory:
        assert isinstance(node, ast.Name)
        return self.memory[node.id]

    def _bytes(self, kind: Any) -> int:
        return int(self.context.get_abi_sizeof(self.context.get_data_type(kind)))

    def _load(self, memory: _Memory, index: Any) -> Value:
        builder = self.builder
        value = self._alone(builder.load(builder.gep(memory.pointer, [index], inbounds=True)), memory)
        if isinstance(memory.type, types.Boolean):
            value = builder.trunc(value, ir.IntType(1))
        return value, memory.type

    def _store(self, memory: _Memory, index: Any, value: Value) -> None:
        builder, element = self.builder, self._cast(value, memory.type)
        if isinstance(memory.type, types.Boolean):
            element = builder.zext(element, ir.IntType(8))
        self._alone(builder.store(element, builder.gep(memory.pointer, [index], inbounds=True)), memory)

    def _separate(self, loop: ast.For, number: int) -> None:
        """Say that of the memory that a loop uses no two pieces lie at the same place where one is written to.

        What is written is new: results, and what the function has for itself. Arguments may be the same ones twice.
        """
        names = sorted({n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and n.id in self.memory})
        module = self.builder.module
        digest = hashlib.sha256(f"{self.builder.function.name} {number}".encode()).hexdigest()[:16]
        domain = module.add_metadata([f"wengert {digest}"])
        nodes = {name: module.add_metadata([f"wengert {digest} {name}", domain]) for name in names}
        for name in names:
            others = [node for other, node in nodes.items() if other != name]
            if others:
                self.scopes[name] = module.add_metadata([nodes[name]]), module.add_metadata(others)

    def _alone(self, instruction: Any, memory: _Memory) -> Any:
        if memory.name in self.scopes:
            own, others = self.scopes[memory.name]
            instruction.set_metadata("alias.scope", own)
            instruction.set_metadata("noalias", others)
        return instruction

    # -- expressions
    def index(self, node: ast.expr) -> Any:
        """A place in memory: products and sums of what is known or counted."""
        if isinstance(node, ast.Constant):
            return _INDEX(node.value)
        if isinstance(node, ast.BinOp):
            left, right = self.index(node.left), self.index(node.right)
            instruction = self.builder.add if isinstance(node.op, ast.Add) else self.builder.mul
            return instruction(left, right, flags=("nsw",))
        if isinstance(node, ast.UnaryOp):
            return _INDEX(ast.literal_eval(node))
        return self.value(node)[0]

    def value(self, node: ast.expr) -> Value:
        return getattr(self, f"_of_{type(node).__name__.lower()}")(node)

    def _of_constant(self, node: ast.Constant) -> Value:
        kind = {bool: types.boolean, int: types.int64, float: types.float64}[type(node.value)]
        return self.context.get_constant(kind, node.value), kind

    def _of_name(self, node: ast.Name) -> Value:
        if node.id in self.values:
            return self.values[node.id]
        if node.id in self.slots:
            slot, kind = self.slots[node.id]
            return self.builder.load(slot), kind
        return self.context.get_constant(types.float64, _CONSTANTS[node.id]), types.float64

    def _of_subscript(self, node: ast.Subscript) -> Value:
        if isinstance(node.value, ast.Call):  # of what lies at an address
            return self._load(self._at(*node.value.args), self.index(node.slice))  # type: ignore[arg-type]
        return self._load(self._memory(node.value), self.index(node.slice))

    def _of_unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(value[1], types.Float):
            return self.builder.fneg(value[0]), value[1]
        return self._numba(_OPERATORS[type(node.op)], value)

    def _of_binop(self, node: ast.BinOp) -> Value:
        return self._arithmetic(type(node.op), self.value(node.left), self.value(node.right))

    def _arithmetic(self, op: type, left: Value, right: Value) -> Value:
        if left[1] == right[1] and isinstance(left[1], types.Float) and op in _FLOATS:
            return getattr(self.builder, _FLOATS[op])(left[0], right[0]), left[1]
        return self._numba(_OPERATORS[op], left, right)

    def _of_compare(self, node: ast.Compare) -> Value:
        (op,), (right,) = node.ops, node.comparators
        return self._compared(type(op), self.value(node.left), self.value(right))

    def _compared(self, op: type, left: Value, right: Value) -> Value:
        if left[1] == right[1] and isinstance(left[1], types.Float):
            compare = self.builder.fcmp_unordered if op is ast.NotEq else self.builder.fcmp_ordered
            return compare(_COMPARED[op], left[0], right[0]), types.boolean
        return self._numba(_OPERATORS[op], left, right)

    def _of_boolop(self, node: ast.BoolOp) -> Value:
        join = self.builder.or_ if isinstance(node.op, ast.Or) else self.builder.and_
        return functools.reduce(join, [self._truth(self.value(v)) for v in node.values]), types.boolean

    def _of_ifexp(self, node: ast.IfExp) -> Value:
        return self._chosen(self._truth(self.value(node.test)), self.value(node.body), self.value(node.orelse))

    def _chosen(self, condition: Any, first: Value, second: Value) -> Value:
        kind = first[1] if first[1] == second[1] else self.typing.unify_types(first[1], second[1])
        return self.builder.select(condition, self._cast(first, kind), self._cast(second, kind)), kind

    def _of_call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Attribute):
            return self._elementwise(node.func.attr, [self.value(a) for a in node.args])
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in _DTYPES:
            return self._cast(self.value(node.args[0]), _DTYPES[name]), _DTYPES[name]
        if name == "first":
            return self._first(*node.args)
        return getattr(self, f"_of_{name}")(*map(self.value, node.args))

    def _first(self, name: ast.expr) -> Value:
        """The only element of an argument, or itself if it is a number."""
        assert isinstance(name, ast.Name)
        value, kind = self.given[name.id]
        if not isinstance(kind, types.Array):
            return value, kind
        return self._load(_Memory(self.context.make_array(kind)(self.context, self.builder, value).data, kind.dtype), _INDEX(0))

    def _of_add_any_order(self, a: Value, b: Value) -> Value:
        """The sum, which may be taken in another order when it is one of many."""
        if a[1] == b[1] and isinstance(a[1], types.Float):
            return self.builder.fadd(a[0], b[0], flags=("reassoc",)), a[1]
        return self._numba(operator.add, a, b)

    def _of_larger(self, a: Value, b: Value) -> Value:
        """The larger one, or NaN."""
        return self._extreme(ast.Gt, a, b)

    def _of_smaller(self, a: Value, b: Value) -> Value:
        """The smaller one, or NaN."""
        return self._extreme(ast.Lt, a, b)

    def _extreme(self, op: type, a: Value, b: Value) -> Value:
        other = self._compared(op, b, a)[0]
        if isinstance(b[1], types.Float):
            other = self.builder.or_(other, self.builder.fcmp_unordered("uno", b[0], b[0]))
        return self._chosen(other, b, a)

    def _of_sign(self, x: Value) -> Value:
        """-1, 0, 1 or NaN."""
        number: Callable[[float], Value] = lambda n: (self.context.get_constant(x[1], n), x[1])  # noqa: E731
        less, equal = self._compared(ast.Lt, x, number(0.0))[0], self._compared(ast.Eq, x, number(0.0))[0]
        found = self._chosen(less, number(-1.0), number(1.0))
        found = self._chosen(self.builder.fcmp_unordered("uno", x[0], x[0]), x, found)
        return self._chosen(equal, number(0.0), found)

    def _of_square(self, x: Value) -> Value:
        return self._arithmetic(ast.Mult, x, x)

    def _of_cube(self, x: Value) -> Value:
        return self._arithmetic(ast.Mult, self._of_square(x), x)

    def _elementwise(self, name: str, args: list[Value]) -> Value:
        """A function of NumPy's."""
        found = vector_math.call(self.context, self.builder, name, args)
        return found if found is not None else self._numba(getattr(np, name), *args)

    def _numba(self, function: Any, *args: Value) -> Value:
        """What Numba makes of an operator or a function, and of which type that is."""
        kind = self.typing.resolve_value_type(function)
        signature = self.typing.resolve_function_type(kind, tuple(t for _, t in args), {})
        given = [self._cast(a, t) for a, t in zip(args, signature.args, strict=True)]
        return self.context.get_function(kind, signature)(self.builder, given), signature.return_type

    def _cast(self, value: Value, kind: Any) -> Any:
        return value[0] if value[1] == kind else self.context.cast(self.builder, value[0], value[1], kind)

    def _truth(self, value: Value) -> Any:
        return self._cast(value, types.boolean)

    @staticmethod
    def _dtype(node: ast.Name) -> Any:
        return types.boolean if node.id == "bool" else _DTYPES[node.id]

    # -- products
    def _dot(self, out: ast.expr, x: ast.expr, y: ast.expr, *known: ast.expr) -> None:
        """``out = x @ y`` by BLAS, for (m, k) and (k, n); of both is known whether it is the transpose that lies in memory."""
        m, k, n, across_x, across_y = map(ast.literal_eval, known)
        to, first, second = map(self._memory, (out, x, y))
        slots = [cgutils.alloca_once_value(self.builder, self.context.get_constant(to.type, number)) for number in (1.0, 0.0)]
        one, zero, to_, first_, second_ = (
            self.builder.bitcast(p, _POINTER) for p in (*slots, to.pointer, first.pointer, second.pointer)
        )
        char: Callable[[str], Any] = lambda c: ir.Constant(ir.IntType(8), ord(c))  # noqa: E731
        kind = char("s" if to.type == types.float32 else "d")
        if m == 1 or n == 1:  # BLAS has matrices in column-major order: what lies there is the transpose
            matrix, vector, lies = (second_, first_, across_y) if m == 1 else (first_, second_, not across_x)
            length = n if m == 1 else m
            rows, columns = (k, length) if lies else (length, k)
            args = [kind, char("t" if lies else "n"), _INDEX(rows), _INDEX(columns), one, matrix, _INDEX(rows), vector, zero, to_]
            self._call("numba_xxgemv", args)
            return
        args = [
            kind, char("t" if across_y else "n"), char("t" if across_x else "n"), _INDEX(n), _INDEX(m), _INDEX(k),
            one, second_, _INDEX(k if across_y else n), first_, _INDEX(m if across_x else k), zero, to_, _INDEX(n),
        ]  # fmt: skip
        self._call("numba_xxgemm", args)

    def _call(self, name: str, args: list[Any]) -> None:
        """A function of Numba's library, which fails only if there is no BLAS."""
        kind = ir.FunctionType(ir.IntType(32), [a.type for a in args])
        code = self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), args)
        with self.builder.if_then(cgutils.is_not_null(self.builder, code), likely=False):
            self._free()
            self.context.call_conv.return_user_exc(self.builder, RuntimeError, ("BLAS could not be called",))
