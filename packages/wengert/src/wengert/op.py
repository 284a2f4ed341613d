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
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

from .errors import DeclarationError
from .op_class import OPERATORS, FunctionTable, Operator, Rule
from .op_source import compile_operator, late_function
from .op_support import fit

__all__ = [
    "OPERATORS",
    "FunctionTable",
    "Operator",
    "Rule",
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


def public_function(op: Operator, template: Callable[..., Any] | None, doc: str | None) -> Any:
    """The function that users call. Its first call generates the real code and becomes it, keeping its identity."""
    function = late_function(op.name, lambda: compile_operator(op))
    function.__signature__ = op.signature
    function.__doc__ = doc
    function.__module__ = template.__module__ if template is not None else _caller_module()
    if template is not None:
        function.__annotations__ = dict(template.__annotations__)
    function.operator = op
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
    releases : bool
        A static argument is memory that PyTorch saves: after a write in place, a backward releases the node even where nothing
        else is saved, and a second one is refused.
    replaces : bool
        Nothing of the first operand is left in the result, so its gradient is 0: its rule need not run where 0 is all that is
        asked for.
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


def batching(
    function: Callable[..., Any], *, asks: Callable[[Any, Any], bool] | None = None
) -> Callable[[Rule], Rule]:
    """Declare the decorated function as the way in which an operator is called for many samples at once, under `vmap`.

    The rule is called with a `wengert.op_batching.Batch`, which says which operands are batched, and with the arguments of the
    operator by name: batched operands as arrays with the samples along axis 0, other operands as they are. It returns what the
    forward returns (auxiliary results too), with the samples along axis 0 of every array. It calls operators, this one or
    others, on arrays.

    Elementwise operators need none: theirs lines up axes. An operator that has none is called for one sample after the other.

    Parameters
    ----------
    function : operator
    asks : callable, optional
        Of an elementwise operator of two operands: whether the rule has to be asked, given the arrays of both with the samples
        along axis 0. Where not, and where one operand is not batched, lining up axes suffices. Default: it need not.

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
        op.batching, op.batching_asks = body, asks
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
