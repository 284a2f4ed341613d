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

Forward mode needs nothing more, see `wengert.op_forward`; a ``jvp`` beside the rule makes it cheaper, and is written likewise::

    @jvp(softmax, "x")
    def _(t, out, axis):
        return out * (t - sum(t * out, axis=axis, keepdims=True))

A rule is written in operators: over raw arrays they compute, over Tensors they record. So the one rule serves the first-order
backward, the recorded one and the compiled one. What a rule returns is summed to the operand's shape and cast to its dtype
here, not in rules.

Called with a Tensor among its operands an operator gives a Tensor; called with raw arrays only, a raw array.
The calls are generated from the declaration, each when it is first needed; see `wengert.op_source`.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from .arrays.adapter import ADAPTERS, NUMBERS, library
from .autograd.node import Node
from .errors import DeclarationError, LibraryError
from .op_source import compile_operator
from .op_support import fit

__all__ = [
    "OPERATORS",
    "FunctionTable",
    "Operator",
    "batching",
    "binary",
    "fit",
    "jvp",
    "operator",
    "operator_of",
    "public_function",
    "rule",
    "unary",
]

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
    positional : tuple of str
        The parameters that can be passed by position only.
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
    constants : bool
        Whether a number among the operands may be computed with as a 0-d array; the rules then get that array too.
    elementwise : bool
        Whether the output has the broadcast shape of the operands and, between floats, their dtype.
    linear : bool
        Whether the output is linear in each operand taken alone; of an operator on a sequence, in all of them together.
    diagonal : bool
        Whether each element of the output depends on one element of each operand.
    holomorphic : bool
        Whether, of complex numbers, it is differentiable in each operand, which its rules then conjugate.
    jvps : dict
        From operand to the derivative in direction of its tangent, where one is declared.
    view : bool or callable
        Whether the result may lie in the memory of its operand, and is then a view of it; where the library's arrays do not
        tell, the function says so of the static arguments.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *,
        node: str | None = None,
        label: str | None = None,
        operands: Sequence[str] | None = None,
        sequence: bool = False,
        outputs: int | None = 1,
        aux: Sequence[str] = (),
        elementwise: bool = False,
        linear: bool = False,
        constants: bool = False,
        diagonal: bool = False,
        holomorphic: bool = False,
        view: bool | Callable[..., bool] = False,
        pieces: Callable[..., Any] | None = None,
        signature: inspect.Signature | None = None,
        table: Any = None,
    ) -> None:
        self.name, self.forward = name, forward
        self.signature = signature or inspect.signature(forward)
        parameters = self.signature.parameters
        self.positional = tuple(p for p, q in parameters.items() if q.kind is q.POSITIONAL_ONLY)
        self.operands = tuple(self.positional if operands is None else operands)
        self.statics = tuple(p for p in parameters if p not in self.operands)
        self.sequence, self.outputs, self.aux, self.elementwise, self.linear = sequence, outputs, tuple(aux), elementwise, linear
        self.constants = constants
        self.diagonal, self.holomorphic = diagonal or elementwise, holomorphic
        self.view, self._pieces = view, pieces
        self.table = table  # of an elementwise operator: from the array's type to the library's function
        self.label = label or (node or "".join(part.capitalize() for part in name.split("_"))) + "Backward0"
        self.rules: dict[str, Rule] = {}
        self.batching: Callable[..., Any] | None = None  # how it is called for many samples at once
        self.needs: dict[str, tuple[str, ...]] = {}
        self.jvps: dict[str, Rule] = {}
        self.jvp_needs: dict[str, tuple[str, ...]] = {}
        self.node_class: type[Node] | None = None
        self.families: dict[type, dict[str, Any]] = {}  # for each spelling in use, what its calls refer to
        self.sequence_cases: dict[Any, Callable[..., Any]] = {}  # of an operator on a sequence, by family and mode
        self.public: Any = None  # the function that users call
        self._check()
        OPERATORS[name] = self

    # -- declaration -------------------------------------------------------------------------------------------------
    def _check(self) -> None:
        """Raise if the declaration contradicts itself."""
        if self.name in OPERATORS:
            raise DeclarationError(f"operator {self.name!r} is declared twice")
        for name in (*self.signature.parameters, *self.aux):
            if re.fullmatch(r"out\d*", name):
                raise DeclarationError(f"{self.name}: no parameter may be called {name!r}, rules ask for outputs by that name")
        unknown = set(self.operands) - set(self.signature.parameters)
        if unknown or not self.operands:
            raise DeclarationError(f"{self.name}: its operands {self.operands} must be parameters, and at least one")
        if self.sequence and (len(self.operands) != 1 or self.outputs != 1 or self.aux):
            raise DeclarationError(f"{self.name}: an operator on a sequence has one operand, one output and nothing auxiliary")

    def add_rule(self, operand: str, rule: Rule) -> None:
        """Attach the derivative with respect to `operand`, checking that everything it asks for exists."""
        if operand not in self.operands:
            raise DeclarationError(f"rule for {self.name}: {operand!r} is not among its operands {self.operands}")
        if operand in self.rules:
            raise DeclarationError(f"rule for {self.name}: {operand!r} has one already")
        if self.node_class is not None:
            raise DeclarationError(f"rule for {self.name}: it was called already, and its nodes know nothing of {operand!r}")
        self.rules[operand], self.needs[operand] = rule, self._checked_needs("rule", operand, rule)

    def add_jvp(self, operand: str, jvp: Rule) -> None:
        """Attach the derivative in direction of a tangent of `operand`."""
        if operand not in self.rules:
            raise DeclarationError(
                f"jvp for {self.name}: {operand!r} is not among the operands with a rule, {self.differentiable}"
            )
        if operand in self.jvps:
            raise DeclarationError(f"jvp for {self.name}: {operand!r} has one already")
        self.jvps[operand], self.jvp_needs[operand] = jvp, self._checked_needs("jvp", operand, jvp)

    def _checked_needs(self, what: str, operand: str, rule: Rule) -> tuple[str, ...]:
        """What `rule` asks for by the names of its parameters, all of which must exist."""
        needs = tuple(inspect.signature(rule).parameters)[1:]
        known = self._known_names()
        for need in needs:
            if need not in known:
                raise DeclarationError(f"{what} of {self.name} for {operand!r} asks for {need!r}; it can have {sorted(known)}")
        return needs

    def _known_names(self) -> set[str]:
        names = {*self.operands, *self.statics, *self.aux}
        names.update(f"{o}_{what}" for o in self.operands for what in ("shape", "dtype"))
        if self.sequence:
            names.add("wanted")  # which of the operands need a gradient
        elif self.outputs == 1:
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

    @property
    def trusts_rules(self) -> bool:
        """Whether gradients have the shape and dtype of the operands wherever the operands have those of the result.

        So it is for elementwise operators, whose nodes then need not keep shapes and dtypes.
        """
        return self.elementwise and not self.keeps

    def output_number(self, name: str) -> int:
        """Which output `name` is, or -1."""
        if name == "out":
            return 0
        return int(name[3:]) if name.startswith("out") and name[3:].isdigit() else -1

    # -- as a view, see `wengert.autograd.views` ---------------------------------------------------------------------
    def replay(self, x: Any, statics: tuple[Any, ...]) -> Any:
        """The operator on `x`, a raw array or a Tensor, with these static arguments."""
        function = self.forward if type(x) in ADAPTERS else self.public
        return function(x, **dict(zip(self.statics, statics, strict=True)))

    def transpose(self, grad: Any, statics: tuple[Any, ...], shape: tuple[int, ...], dtype: Any) -> Any:
        """The gradient of the one operand, of `shape` and `dtype`, from that of the result."""
        (operand,) = self.rules
        known = {f"{operand}_shape": shape, f"{operand}_dtype": dtype, **dict(zip(self.statics, statics, strict=True))}
        grad = self.rules[operand](grad, *(known[need] for need in self.needs[operand]))
        return fit(grad, shape, dtype) if grad.shape != shape or grad.dtype != dtype else grad

    def pieces(self, shape: tuple[int, ...], statics: tuple[Any, ...]) -> Any:
        """For each of several outputs an operator that makes it alone, with its static arguments."""
        assert self._pieces is not None
        return self._pieces(shape, *statics)

    def is_cut(self, statics: tuple[Any, ...]) -> bool:
        """Whether the result is a view, where arrays are immutable."""
        return self.view(*statics) if callable(self.view) else self.view

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
            "saved_numbers": () if self.sequence else tuple(map(self.output_number, saves)),
            "static_names": {n: i for i, n in enumerate(keeps)},
        }
        return type(self.label, (Node,), body)

    def node_name(self, tensors: Sequence[str], constant: str | None = None) -> str:
        """What generated code calls the class of nodes only of whose operands `tensors` are Tensors.

        `constant` is the operand, if any, that is a number and stands behind the saved values once more as an array.
        """
        traced = [o for o in self.differentiable if o in tensors]
        if len(traced) in (0, len(self.differentiable)):
            return "NODE"
        return "_".join(["NODE_of", *tensors, *(["and_constant", constant] if constant else [])])
    def call_batched(self, level: Any, arguments: dict[str, Any]) -> Any:
        """Its call on batched operands, or NotImplemented. Given by `wengert.op_batching`: that layer stands above."""
        raise NotImplementedError

    def node_class_built(self) -> type[Node]:
        """The node class with its derivative, generated when first needed."""
        return self.node_class if self.node_class is not None else compile_operator(self)


# -- declaring -----------------------------------------------------------------------------------------------------------
class FunctionTable(dict[type, Callable[..., Any]]):
    """From the exact type of an array to its library's function of one name, or to one kernel for all; filled as types are met.

    Parameters
    ----------
    name : str
        The function's name in the library.
    kernel : callable, optional
        A function over raw arrays of any library, to be taken in its place.
    """

    def __init__(self, name: str, kernel: Callable[..., Any] | None = None) -> None:
        super().__init__()
        self.name, self.kernel = name, kernel

    def __missing__(self, kind: type) -> Callable[..., Any]:
        adapter = library("numpy") if kind in NUMBERS else ADAPTERS.get(kind)
        if adapter is None:
            raise LibraryError(f"{self.name}: no adapter for {kind.__qualname__}")
        function = self[kind] = self.kernel or adapter.function(self.name)
        return function

    def compute(self, *arrays: Any) -> Any:
        """The function of raw arrays and numbers."""
        kinds = (type(array) for array in arrays if type(array) not in NUMBERS)
        return self[next(kinds, float)](*arrays)


def _stub(*args: Any, **kwargs: Any) -> Any:
    BUILD()  # type: ignore[name-defined]  # noqa: F821  (in the globals of each copy)
    return SELF(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def public_function(op: Operator, template: Callable[..., Any] | None, doc: str | None) -> Any:
    """The function that users call. Its first call generates the real code and becomes it, keeping its identity."""
    namespace: dict[str, Any] = {"__name__": f"wengert.generated.{op.name}", "BUILD": lambda: compile_operator(op)}
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
        The output is linear in each operand taken alone; of an operator on a sequence, in all of them together.
    diagonal : bool
        Each element of the output depends on one element of each operand, as in elementwise operators.
    view : bool or callable
        The result may lie in the memory of the one operand, and is then a view of it. Where the arrays of a library cannot
        tell, being immutable, the callable says of the static arguments whether it does.
    pieces : callable
        Of a view with several outputs: ``pieces(shape, *statics)`` gives for each of them an operator that makes it alone,
        and the static arguments of that.

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


def batching(function: Callable[..., Any]) -> Callable[[Rule], Rule]:
    """Declare the decorated function as the way in which an operator is called for many samples at once, under `vmap`.

    The rule is called with a `wengert.op_batching.Batch`, which says which operands are batched, and with the arguments of the
    operator by name: batched operands as arrays with the samples along axis 0, other operands as they are. It returns what the
    forward returns (auxiliary results too), with the samples along axis 0 of every array. It calls operators, this one or
    others, on arrays.

    Elementwise operators need none: theirs lines up axes. An operator that has none is called for one sample after the other.

    Parameters
    ----------
    function : operator

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.op import batching, operator
    >>> from wengert.transforms import vmap
    >>> @operator
    ... def total(x, /):
    ...     return x.sum()
    >>> @batching(total)
    ... def _(batch, x):
    ...     return wg.sum(x, axis=tuple(range(1, len(x.shape))))
    >>> vmap(total)(wg.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [3.0, 7.0]
    """

    def attach(body: Rule) -> Rule:
        op: Operator = function.operator  # type: ignore[attr-defined]
        if op.batching is not None:
            raise DeclarationError(f"batching rule for {op.name}: it has one already")
        op.batching = body
        return body

    return attach


def jvp(function: Callable[..., Any], operand: str) -> Callable[[Rule], Rule]:
    """Declare the decorated function as the derivative of an operator in direction of a tangent of `operand`.

    Its first parameter is the tangent, the names of the others say what it needs, as those of a rule do. It returns the tangent
    of the output, or a tuple of them; those of several operands are summed. Of an operator on a sequence the first parameter is
    the list of tangents, None for operands without one.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.op import jvp, operator, rule
    >>> @operator
    ... def fourfold(x, /):
    ...     return 4 * x
    >>> @rule(fourfold, "x")
    ... def _(g):
    ...     return 4 * g
    >>> @jvp(fourfold, "x")
    ... def _(t):
    ...     return 4 * t
    >>> from wengert.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(wg.tensor(1.0), wg.tensor(2.0))
    ...     fwAD.unpack_dual(fourfold(x)).tangent.item()
    8.0
    """

    def attach(body: Rule) -> Rule:
        function.operator.add_jvp(operand, body)  # type: ignore[attr-defined]
        return body

    return attach


def operator_of(function: Callable[..., Any]) -> Operator:
    """The declaration behind a public function."""
    return function.operator  # type: ignore[attr-defined]


_UNARY = inspect.signature(lambda x, /: x)
_BINARY = inspect.signature(lambda x1, x2, /: (x1, x2))


def unary(
    name: str,
    x: Rule | None = None,
    *,
    jvp: Rule | None = None,
    doc: str | None = None,
    function: str | None = None,
    kernel: Callable[..., Any] | None = None,
    **options: Any,
) -> Any:
    """Declare an elementwise operator of one operand.

    Parameters
    ----------
    name : str
        Of the operator.
    x : callable, optional
        The rule for its operand.
    jvp : callable, optional
        The derivative in direction of a tangent of the operand; see `wengert.op.jvp`.
    doc : str, optional
        The docstring.
    function : str, optional
        The name of the array library's function that computes it, if not `name`.
    kernel : callable, optional
        A function over raw arrays that computes it instead, where the library's is missing or slow.
    **options
        Those of `operator`.

    Examples
    --------
    >>> exp = unary("exp", lambda g, out: g * conj(out))  # doctest: +SKIP
    """
    return _elementwise(name, _UNARY, (x,), (jvp,), FunctionTable(function or name, kernel), doc, options)


def binary(
    name: str,
    x1: Rule | None = None,
    x2: Rule | None = None,
    *,
    jvp: tuple[Rule | None, Rule | None] = (None, None),
    doc: str | None = None,
    function: str | None = None,
    kernel: Callable[..., Any] | None = None,
    **options: Any,
) -> Any:
    """Declare an elementwise operator of two operands with the rules `x1` and `x2` (and, for forward mode, a pair `jvp`).

    Otherwise as `unary`.

    Examples
    --------
    >>> add = binary("add", lambda g: g, lambda g: g)  # doctest: +SKIP
    """
    return _elementwise(name, _BINARY, (x1, x2), jvp, FunctionTable(function or name, kernel), doc, options)


def _elementwise(
    name: str,
    signature: inspect.Signature,
    rules: Sequence[Rule | None],
    jvps: Sequence[Rule | None],
    table: FunctionTable,
    doc: str | None,
    options: dict[str, Any],
) -> Any:
    op = Operator(name, table.compute, signature=signature, elementwise=True, table=table, **options)
    for operand, body, forward in zip(op.operands, rules, jvps, strict=True):
        if body is not None:
            op.add_rule(operand, body)
        if forward is not None:
            op.add_jvp(operand, forward)
    return public_function(op, None, doc)
