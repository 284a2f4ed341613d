"""The operator: how one is declared, called, recorded and differentiated.

An operator is a function over raw arrays (its *forward*) and, for each operand that has a derivative, a *rule*::

    multiply = binary("multiply", x1=lambda g, x2: g * conj(x2), x2=lambda g, x1: g * conj(x1))

    @operator
    def sum(x, /, *, axis=None, keepdims=False):
        return adapter_of(x).function("sum")(x, axis=axis, keepdims=keepdims)

    @rule(sum, "x")
    def _(g, x_shape, axis, keepdims):
        return spread(g, x_shape, axis, keepdims)

The first parameter of a rule is the gradient of the output; the names of the others say what it needs, and exactly that is
saved: operands by their names, ``out`` (or ``out0``, ``out1`` … of several), ``<operand>_shape``, ``<operand>_dtype``, static
arguments, and the auxiliary results that a forward declares. The rule of an operator on a sequence of arrays returns a list
of gradients, and may ask for ``wanted``, a list that says which of them are needed.

A rule is written in operators: over raw arrays they compute, over Tensors they record. So the one rule serves the first-order
backward, the recorded one and the compiled one. What a rule returns is summed to the operand's shape and cast to its dtype
here, not in rules.

Called with a Tensor among its operands an operator gives a Tensor; called with raw arrays only, a raw array.
The fast call is generated from the declaration when the operator is first called; see `wengert.op_source`.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from .arrays.adapter import ADAPTERS, NUMBERS, Adapter, adapter_of, is_array, library
from .arrays.shapes import sum_axes, sums_to
from .autograd.modes import ACTIVE, current
from .autograd.node import NO_EDGE, Node, next_sequence
from .autograd.saved import Extra, keep, keep_output
from .autograd.tensor import Tensor, wrap
from .errors import DeclarationError, GradientMismatchError, LibraryError, OperandError
from .op_source import compile_operator

__all__ = ["OPERATORS", "Operator", "binary", "operator", "rule", "unary"]

F = TypeVar("F", bound=Callable[..., Any])

#: Every operator by its public name.
OPERATORS: dict[str, Operator] = {}

Rule = Callable[..., Any]


class Operator:
    """One declared operator.

    Attributes
    ----------
    name : str
        The public name, from the array API where it has one.
    forward : callable
        The function over raw arrays.
    operands : tuple of str
        The parameters that take arrays; the others are static.
    sequence : bool
        Whether the only operand is a sequence of arrays (``concat``).
    rules : dict
        From operand to rule.
    outputs : int or None
        How many arrays it returns; None for a number that depends on the arguments, returned as a tuple.
    aux : tuple of str
        Names of further results of `forward` that only rules see.
    elementwise : bool
        Whether the output has the broadcast shape of the operands and, between floats, their dtype.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *,
        node: str | None = None,
        operands: Sequence[str] | None = None,
        sequence: bool = False,
        outputs: int | None = 1,
        aux: Sequence[str] = (),
        elementwise: bool = False,
        linear: bool = False,
        signature: inspect.Signature | None = None,
        table: Any = None,
    ) -> None:
        self.name, self.forward = name, forward
        self.signature = signature or inspect.signature(forward)
        parameters = self.signature.parameters
        positional = [p for p, q in parameters.items() if q.kind is q.POSITIONAL_ONLY]
        self.operands = tuple(positional if operands is None else operands)
        self.statics = tuple(p for p in parameters if p not in self.operands)
        self.sequence, self.outputs, self.aux, self.elementwise, self.linear = sequence, outputs, tuple(aux), elementwise, linear
        self.table = table  # of an elementwise operator: from the array's type to the library's function
        self.label = (node or "".join(part.capitalize() for part in name.split("_"))) + "Backward0"
        self.rules: dict[str, Rule] = {}
        self.needs: dict[str, tuple[str, ...]] = {}
        self.node_class: type[Node] | None = None
        self.public: Any = None  # the function that users call
        if name in OPERATORS:
            raise DeclarationError(f"operator {name!r} is declared twice")
        OPERATORS[name] = self

    # -- declaration -------------------------------------------------------------------------------------------------
    def add_rule(self, operand: str, rule: Rule) -> None:
        """Attach the derivative with respect to `operand`, checking that everything it asks for exists."""
        if operand not in self.operands:
            raise DeclarationError(f"rule for {self.name}: {operand!r} is not among its operands {self.operands}")
        if operand in self.rules:
            raise DeclarationError(f"rule for {self.name}: {operand!r} has one already")
        needs = tuple(inspect.signature(rule).parameters)[1:]
        known = self._known_names()
        for need in needs:
            if need not in known:
                raise DeclarationError(f"rule of {self.name} for {operand!r} asks for {need!r}; it can have {sorted(known)}")
        self.rules[operand], self.needs[operand] = rule, needs

    def _known_names(self) -> set[str]:
        names = {*self.operands, *self.statics, *self.aux}
        names.update(f"{o}_{what}" for o in self.operands for what in ("shape", "dtype"))
        if self.sequence:
            names.add("wanted")  # which of the operands need a gradient
        if self.outputs == 1:
            names.add("out")
        elif self.outputs is not None:
            names.update(f"out{i}" for i in range(self.outputs))
        return names

    @property
    def differentiable(self) -> tuple[str, ...]:
        """The operands that have a rule, in the order of the signature: one edge each."""
        return tuple(o for o in self.operands if o in self.rules)

    @property
    def saves(self) -> tuple[str, ...]:
        """The names of tensors that some rule needs: the layout of ``node._saved``."""
        wanted = {n for needs in self.needs.values() for n in needs}
        outs = ("out",) if self.outputs == 1 else tuple(f"out{i}" for i in range(self.outputs or 0))
        return tuple(n for n in (*self.operands, *outs, *self.aux) if n in wanted)

    @property
    def keeps(self) -> tuple[str, ...]:
        """The names of everything else that some rule needs: the layout of ``node._static``, before the fits."""
        tensors = set(self.saves)
        return tuple(
            dict.fromkeys(n for needs in self.needs.values() for n in needs if n not in tensors and n != "wanted")
        )

    def output_number(self, name: str) -> int:
        """Which output `name` is, or -1."""
        if name == "out":
            return 0
        return int(name[3:]) if name.startswith("out") and name[3:].isdigit() and name not in self.operands else -1

    def make_node_class(self) -> type[Node]:
        """The class of this operator's nodes, without its derivative (which `op_source` adds)."""
        saves, keeps = self.saves, self.keeps
        names = {n: (i, self.output_number(n)) for i, n in enumerate(saves)}
        # PyTorch's spelling of the same: the first operand is `self`, the second `other`, the output `result`.
        theirs_of = (*zip(self.operands[:2], ("self", "other"), strict=False), ("out", "result"))
        for ours, theirs in theirs_of:
            if ours in names:
                names.setdefault(theirs, names[ours])
        body: dict[str, Any] = {
            "__slots__": (),
            "__doc__": f"The derivative of ``{self.name}``.",
            "__module__": __name__,
            "_label": self.label,
            "operator": self,
            "saved_names": names,
            "static_names": {n: i for i, n in enumerate(keeps)},
        }
        self.node_class = type(self.label, (Node,), body)
        return self.node_class

    # -- the general call --------------------------------------------------------------------------------------------
    def call(self, operands: Sequence[Any], static: Sequence[Any]) -> Any:
        """Every call that the generated fast path does not take: modes, numbers, subclasses, raw arrays, errors."""
        arrays, adapter, found = self._arrays(operands)
        if not found:
            result = self._forward(arrays, static)
            return result[0] if self.aux else result
        modes = current()
        result = self._forward(arrays, static)
        aux: Sequence[Any] = ()
        if self.aux:
            result, *aux = result
        single = self.outputs == 1
        outs = tuple(wrap(a) for a in ((result,) if single else result))
        if modes.inference:
            for out in outs:
                out._extra = Extra()
                out._extra.inference = True
        elif modes.grad and self.rules:
            self.record(operands, static, outs, aux, adapter)
        return outs[0] if single else outs

    def _arrays(self, operands: Sequence[Any]) -> tuple[list[Any], Adapter, bool]:
        """The raw arrays of the operands, all of one library, and whether a Tensor was among them."""
        arrays: list[Any] = []
        adapter: Adapter | None = None
        found = False
        for position, operand in enumerate(operands):
            if isinstance(operand, Tensor):
                found, array = True, operand._array
            elif type(operand) in NUMBERS or (operand is None and self._may_be_none(position)):
                arrays.append(operand)
                continue
            elif is_array(operand):
                array = operand
            else:
                raise OperandError(
                    f"{self.name}: operand {self._operand_name(position)} must be a tensor, an array or a number, "
                    f"got {type(operand).__name__}"
                )
            own = adapter_of(array)
            if adapter is None:
                adapter = own
            elif own is not adapter:
                raise LibraryError(
                    f"{self.name}: operand {self._operand_name(position)} is an array of {own.name}, the one before it of "
                    f"{adapter.name}; convert one of them explicitly"
                )
            arrays.append(array)
        return arrays, adapter or library("numpy"), found

    def _may_be_none(self, position: int) -> bool:
        return not self.sequence and self.signature.parameters[self.operands[position]].default is None

    def _operand_name(self, position: int) -> str:
        return f"{self.operands[0]}[{position}]" if self.sequence else repr(self.operands[position])

    def _forward(self, arrays: Sequence[Any], static: Sequence[Any]) -> Any:
        named = dict(zip(self.statics, static, strict=True))
        if self.table is not None:
            return self.table[_array_type(arrays)](*arrays)
        if self.sequence:
            return self.forward(list(arrays), **named)
        values = {**dict(zip(self.operands, arrays, strict=True)), **named}
        positional = []
        for name, parameter in self.signature.parameters.items():
            if parameter.kind is not parameter.POSITIONAL_ONLY:
                break
            positional.append(values.pop(name))
        return self.forward(*positional, **values)

    def record(
        self, operands: Sequence[Any], static: Sequence[Any], outs: tuple[Tensor, ...], aux: Sequence[Any], adapter: Adapter
    ) -> None:
        """Give `outs` a node, if some operand requires grad and some output can (G5.2)."""
        kinds = [adapter.kind(out._dtype) in "fc" for out in outs]
        edges = tuple(
            o._place() if isinstance(o, Tensor) and o._edge is not NO_EDGE else NO_EDGE
            for i, o in enumerate(operands)
            if self.sequence or self.operands[i] in self.rules
        )
        if not any(kinds) or all(edge is NO_EDGE for edge in edges):
            return
        node = self.node_class_built()()
        node._hooks = node._info = None
        node._saved = ()  # until `_save`: a pack hook may look at the node of the output that it is given
        node._sequence = next_sequence()
        node._edges = edges
        node._outputs = len(outs)
        if len(outs) == 1:
            node._shape, node._dtype = outs[0]._shape, outs[0]._dtype
        else:
            node._shape, node._dtype = tuple(o._shape for o in outs), tuple(o._dtype for o in outs)
        anomaly = ACTIVE.get("anomaly")
        if anomaly is not None:
            anomaly.note(node)
            anomaly.note_forward(node, operands, outs)
        for number, (out, differentiable) in enumerate(zip(outs, kinds, strict=True)):
            out._edge = (node, number) if differentiable else NO_EDGE
        if self.sequence:
            self._save_sequence(node, operands, static, outs)
        else:
            self._save(node, edges, operands, static, outs, aux, adapter)

    def _save(
        self, node: Node, edges: Any, operands: Any, static: Any, outs: Any, aux: Any, adapter: Adapter
    ) -> None:
        values = dict(zip((*self.operands, *self.statics, *self.aux), (*operands, *static, *aux), strict=True))
        needed = {n for o, edge in zip(self.differentiable, edges, strict=True) if edge is not NO_EDGE for n in self.needs[o]}
        entries: list[Any] = []
        for name in self.saves:
            number = self.output_number(name)
            if name not in needed:
                entries.append(None)
            elif number >= 0:
                entries.append(keep_output(outs[number], number))
            else:
                value = values[name]
                entries.append(keep(value) if isinstance(value, Tensor) else value)
        node._saved = tuple(entries)
        for o, value in zip(self.operands, operands, strict=True):
            values[o + "_shape"] = tuple(getattr(value, "shape", ()))
            values[o + "_dtype"] = value.dtype if hasattr(value, "dtype") else type(value)
        node._static = tuple(values[n] for n in self.keeps)
        fits = tuple(x for o in self.differentiable for x in (values[o + "_shape"], values[o + "_dtype"]))
        if not self.elementwise:
            node._static += fits
        elif any(s != node._shape or d != node._dtype for s, d in zip(fits[::2], fits[1::2], strict=True)):
            node._static = fits
        else:
            node._static = None

    def _save_sequence(self, node: Node, operands: Any, static: Any, outs: Any) -> None:
        values = dict(zip(self.statics, static, strict=True))
        (sequence,) = self.operands
        values[sequence + "_shape"] = [tuple(getattr(o, "shape", ())) for o in operands]
        values[sequence + "_dtype"] = [getattr(o, "dtype", None) for o in operands]
        node._static = (*(values[n] for n in self.keeps), values[sequence + "_shape"], values[sequence + "_dtype"])
        whole = self.saves == (sequence,)
        node._saved = tuple(keep(o) if isinstance(o, Tensor) else o for o in operands) if whole else ()

    def node_class_built(self) -> type[Node]:
        """The node class with its derivative, generated when first needed."""
        return self.node_class if self.node_class is not None else build(self)


def build(op: Operator) -> type[Node]:
    """Generate the node class of `op`, and its fast call, from the declaration."""
    return compile_operator(op, {"fit": fit, "materialize": materialize})


def _array_type(arrays: Sequence[Any]) -> type:
    for array in arrays:
        if type(array) not in NUMBERS:
            return type(array)
    return float


# -- what generated code calls -------------------------------------------------------------------------------------------
def fit(grad: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """A gradient summed to the shape of its operand and cast to its dtype: the transpose of broadcasting and promotion.

    Over raw arrays it computes, over Tensors it records: `sum`, `reshape`, `real` and `astype` are operators.
    """
    got = tuple(grad.shape)
    if got != shape:
        if not sums_to(got, shape):
            raise GradientMismatchError(f"a rule returned a gradient of shape {got} for an operand of shape {shape}")
        front, stretched = sum_axes(got, shape)
        total = OPERATORS["sum"].public
        if front:
            grad = total(grad, axis=front)
        if stretched:
            grad = total(grad, axis=tuple(axis - len(front) for axis in stretched), keepdims=True)
    if grad.dtype != dtype:
        adapter = adapter_of(grad._array if isinstance(grad, Tensor) else grad)
        if adapter.kind(grad.dtype) == "c" and adapter.kind(dtype) != "c":
            grad = OPERATORS["real"].public(grad)
        if grad.dtype != dtype:
            grad = OPERATORS["astype"].public(grad, dtype)
    return grad


def materialize(grads: list[Any], node: Node) -> list[Any]:
    """The gradients of a node with several outputs, with zeros for those that nobody used (E6.1)."""
    like = next(g for g in grads if g is not None)
    tensors = isinstance(like, Tensor)
    adapter = adapter_of(like._array if tensors else like)
    filled = []
    for g, shape, dtype in zip(grads, node._shape, node._dtype, strict=True):
        if g is not None:
            filled.append(g)
            continue
        zeros = adapter.zeros(shape, dtype, like._array if tensors else like)
        filled.append(wrap(zeros) if tensors else zeros)
    return filled


# -- declaring -----------------------------------------------------------------------------------------------------------
class FunctionTable(dict[type, Callable[..., Any]]):
    """From the exact type of an array to its library's function of one name; filled as types are met."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __missing__(self, kind: type) -> Callable[..., Any]:
        adapter = library("numpy") if kind in NUMBERS else ADAPTERS.get(kind)
        if adapter is None:
            raise LibraryError(f"{self.name}: no adapter for {kind.__qualname__}")
        function = self[kind] = adapter.function(self.name)
        return function


def _stub(*args: Any, **kwargs: Any) -> Any:
    BUILD()  # type: ignore[name-defined]  # noqa: F821  (in the globals of each copy)
    return SELF(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def public_function(op: Operator, template: Callable[..., Any] | None, doc: str | None) -> Any:
    """The function that users call. Its first call generates the real code and becomes it, keeping its identity."""
    namespace: dict[str, Any] = {"__name__": f"wengert.generated.{op.name}", "BUILD": lambda: build(op)}
    function = types.FunctionType(_stub.__code__, namespace, op.name)
    namespace["SELF"] = function
    function.__signature__ = op.signature  # type: ignore[attr-defined]
    function.__doc__ = doc
    function.__qualname__ = op.name
    function.__module__ = template.__module__ if template is not None else _caller_module()
    if template is not None:
        function.__annotations__ = dict(template.__annotations__)
    function.operator = op  # type: ignore[attr-defined]
    op.public = function
    return function


def _caller_module() -> str:
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return "wengert" if frame is None else frame.f_globals["__name__"]


@overload
def operator(function: F) -> F: ...
@overload
def operator(**options: Any) -> Callable[[F], F]: ...
def operator(function: Any = None, **options: Any) -> Any:
    """Declare the decorated function over raw arrays as the forward of an operator of its name.

    Parameters
    ----------
    operands : sequence of str, optional
        The parameters that take arrays. Default: the positional-only ones.
    sequence : bool
        The one operand is a sequence of arrays.
    outputs : int or None
        How many arrays are returned; None when it depends on the arguments.
    aux : sequence of str
        The forward returns ``(result, *aux)``; rules may ask for these raw arrays, users never see them.
    node : str, optional
        The name of the node class without ``Backward0``; PyTorch's name where it has the operator.
    linear : bool
        The output is linear in each operand taken alone.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.op import operator, rule
    >>> @operator
    ... def thrice(x, /):
    ...     return 3 * x
    >>> @rule(thrice, "x")
    ... def _(g):
    ...     return 3 * g
    >>> x = wg.tensor(1.0, requires_grad=True)
    >>> thrice(x).backward()
    >>> x.grad.item()
    3.0
    """
    if function is None:
        return lambda fn: operator_from(fn, **options)
    return operator_from(function, **options)


def operator_from(function: Callable[..., Any], *, name: str | None = None, **options: Any) -> Any:
    op = Operator(name or function.__name__, function, **options)
    return public_function(op, function, function.__doc__)


def rule(function: Callable[..., Any], operand: str) -> Callable[[Rule], Rule]:
    """Declare the decorated function as the derivative of an operator with respect to `operand`; see `operator`."""

    def attach(body: Rule) -> Rule:
        function.operator.add_rule(operand, body)  # type: ignore[attr-defined]
        return body

    return attach


_UNARY = inspect.signature(lambda x, /: x)
_BINARY = inspect.signature(lambda x1, x2, /: (x1, x2))


def unary(name: str, x: Rule | None = None, *, doc: str | None = None, function: str | None = None, **options: Any) -> Any:
    """Declare an elementwise operator of one operand; `x` is its rule.

    Examples
    --------
    >>> exp = unary("exp", lambda g, out: g * conj(out))  # doctest: +SKIP
    """
    table = FunctionTable(function or name)
    op = Operator(name, table.__missing__, operands=("x",), signature=_UNARY, elementwise=True, table=table, **options)
    if x is not None:
        op.add_rule("x", x)
    return public_function(op, None, doc)


def binary(
    name: str,
    x1: Rule | None = None,
    x2: Rule | None = None,
    *,
    doc: str | None = None,
    function: str | None = None,
    **options: Any,
) -> Any:
    """Declare an elementwise operator of two operands with the rules `x1` and `x2`.

    Examples
    --------
    >>> add = binary("add", lambda g: g, lambda g: g)  # doctest: +SKIP
    """
    table = FunctionTable(function or name)
    op = Operator(name, table.__missing__, operands=("x1", "x2"), signature=_BINARY, elementwise=True, table=table, **options)
    if x1 is not None:
        op.add_rule("x1", x1)
    if x2 is not None:
        op.add_rule("x2", x2)
    return public_function(op, None, doc)
