"""From the declaration of an operator to the source of its calls (design, section 3).

A call computes, makes a Tensor of the result, and gives it a node. What that takes depends on the *forms* of the operands:
each may be a Tensor, a raw array, a number, or left out. So there is a function for each combination of forms that is met, a
*case*, in which everything else is decided already: fields are set one by one, and nothing is allocated that is not used.

The public function has the commonest cases in its body, and finds the others by the types of its operands in `Cases`, which
generates them when they first turn up. Modes cost a call nothing but a look at the dictionary `ACTIVE`: where it holds
something, the call goes on in `wengert.op_modes`, to cases made for that.

The source is put in ``linecache``, so that tracebacks show it and debuggers step through it; print that of the public
function and of the derivative with ``operator_source(wengert.multiply)``.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import types
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .arrays.adapter import ADAPTERS, DIRECT, NUMBERS, is_array
from .arrays.numpy_constants import CONSTANT_KIND, CONSTANTS
from .autograd.modes import ACTIVE, CREATING, FORWARD, is_recording
from .autograd.node import NO_EDGE, UNSETTLED, Node, next_sequence, settled
from .autograd.saved import SavedTensor, raise_released, restore, unpack
from .autograd.tensor import PLAIN, TENSORS, Tensor, wrap
from .autograd.views import cut, cut_pieces
from .op_case import Case, forward_name, indent, own_names, sequence_body
from .op_derivative import derivative_sources, partial_source
from .op_forward import carry
from .op_modes import ModedCall
from .op_support import (
    ARRAY,
    NUMBER,
    TENSOR,
    alike,
    check_libraries,
    check_raw,
    constants,
    explain,
    fit,
    form,
    materialize,
    unrecorded,
    versioned,
    watch,
)

if TYPE_CHECKING:
    from .op import Operator

__all__ = [
    "compile_operator",
    "dunder",
    "execute",
    "family_of",
    "late_function",
    "make_partial_class",
    "namespace_of",
    "operator_source",
]

#: What generated code may refer to, beside the names of `_environment`.
GLOBALS: dict[str, Any] = {
    "ACTIVE": ACTIVE,
    "ADAPTERS": ADAPTERS,
    "CONSTANTS": CONSTANTS,
    "CONSTANT_KIND": CONSTANT_KIND,
    "DIRECT": DIRECT,
    "DUAL": FORWARD,
    "NEW": Tensor,
    "PLAIN": PLAIN,
    "alike": alike,
    "SavedTensor": SavedTensor,
    "TENSORS": TENSORS,
    "Tensor": Tensor,
    "UNSETTLED": UNSETTLED,
    "carry": carry,
    "check_libraries": check_libraries,
    "check_raw": check_raw,
    "constants": constants,
    "cut": cut,
    "cut_pieces": cut_pieces,
    "explain": explain,
    "fit": fit,
    "is_recording": is_recording,
    "materialize": materialize,
    "next_sequence": next_sequence,
    "raise_released": raise_released,
    "restore": restore,
    "settled": settled,
    "unpack": unpack,
    "wrap": wrap,
    "unrecorded": unrecorded,
    "versioned": versioned,
    "watch": watch,
}


# -- compiling -----------------------------------------------------------------------------------------------------------
def _stub(*args: Any, **kwargs: Any) -> Any:
    BUILD()  # type: ignore[name-defined]  # noqa: F821  (in the globals of each copy)
    return SELF(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def late_function(name: str, build: Callable[[], Any]) -> Any:
    """A function whose first call has `build` give it its code, in its own globals, and so keeps its identity."""
    namespace: dict[str, Any] = {"__name__": f"wengert.generated.{name}", "BUILD": build}
    function = types.FunctionType(_stub.__code__, namespace, name)
    function.__qualname__ = name
    namespace["SELF"] = function
    return function


def compile_operator(op: Operator) -> type[Node]:
    """Generate the node class of `op`, and turn its public function into the real call."""
    with CREATING:  # several threads may call an operator for the first time at once
        if op.node_class is not None:
            return op.node_class
        cls = op.make_node_class()
        namespace = op.public.__globals__
        namespace.update(_environment(op, cls))
        source = "\n\n\n".join([call_source(op, op.name), *derivative_sources(op)])
        found = execute(source, f"<wengert operator {op.name}>", namespace)
        if op.rules:
            cls.apply, cls.apply_recorded = found["apply"], found["apply_recorded"]  # type: ignore[method-assign]
        if op.table is not None and len(op.operands) == 2:
            for one, other in (op.operands, op.operands[::-1]):
                make_partial_class(op, [one], other if op.constants else None, namespace)
        op.node_class = cls
        op.public.__defaults__, op.public.__kwdefaults__ = _defaults(op)
        op.public.__code__ = found[op.name].__code__
        return cls


def operator_source(function: Callable[..., Any]) -> str:
    """The generated source of an operator.

    Examples
    --------
    >>> import wengert as wg
    >>> print(operator_source(wg.exp).splitlines()[0])
    def exp(x, /):
    """
    op: Operator = function.operator  # type: ignore[attr-defined]
    op.node_class_built()
    return "".join(linecache.cache[f"<wengert operator {op.name}>"][2])  # type: ignore[misc]


def _syntax(self: Any, other: Any, /) -> Any:
    """What Python's binary syntax calls."""


#: The signature that methods for binary syntax show.
SYNTAX = inspect.signature(_syntax)


def dunder(op: Operator, name: str, reflected: bool = False) -> Callable[..., Any]:
    """The method `name` for a binary elementwise operator: it leaves unknown operands to their own methods."""

    def first_call(x1: Any, x2: Any) -> Any:
        op.node_class_built()
        namespace = op.public.__globals__
        cases, moded = (MethodCases(op, namespace[n].compiled, n == "MODED_CASES") for n in ("CASES", "MODED_CASES"))
        namespace = {**namespace, "CASES": cases, "MODED": ModedCall(op, moded)}
        found = execute(call_source(op, name, reflected), f"<wengert operator {op.name} as {name}>", namespace)
        found[name].__signature__ = SYNTAX
        setattr(Tensor, name, found[name])
        return found[name](x1, x2)

    first_call.__name__ = name
    first_call.__signature__ = SYNTAX  # type: ignore[attr-defined]
    first_call.__doc__ = f"See `wengert.{op.name}`."
    return first_call


class Cases(dict[tuple[type, ...], Callable[..., Any]]):
    """From the types of the operands to the case that serves them; cases are generated as they are met."""

    def __init__(
        self,
        op: Operator,
        compiled: dict[Any, Callable[..., Any]] | None = None,
        moded: bool = False,
        given: bool = False,
    ) -> None:
        super().__init__()
        self.op, self.moded, self.given = op, moded, given
        self.compiled = {} if compiled is None else compiled  # by family and forms: many types have one form

    def __missing__(self, types: tuple[type, ...]) -> Callable[..., Any]:
        return self.learn

    def learn(self, *arguments: Any) -> Any:
        """Call the case for these arguments, made and entered if need be."""
        op = self.op
        values = dict(zip(op.signature.parameters, arguments, strict=not self.given))
        operands = [values[o] for o in op.operands]
        sequence = ("a sequence",) if op.sequence else None  # what is in it shows when it is computed
        forms = sequence or tuple(form(op, position, operand) for position, operand in enumerate(operands))
        family = Tensor if op.sequence else family_of(operands)
        case = self.compiled.get((family, forms))
        if case is None:
            op.node_class_built()
            case = self.compiled[family, forms] = _compile_case(op, forms, self.moded, self.given, family)
        self[tuple(map(type, operands))] = case
        return case(*arguments)


class MethodCases(Cases):
    """The same for a method such as ``__mul__``."""

    def learn(self, *arguments: Any) -> Any:
        known = all(isinstance(a, Tensor) or type(a) in NUMBERS or is_array(a) for a in arguments)
        return super().learn(*arguments) if known else NotImplemented


def _compile_case(
    op: Operator, forms: tuple[str, ...], moded: bool, given: bool, family: type[Tensor]
) -> Callable[..., Any]:
    parameters = ", ".join([*op.signature.parameters, *([own_names(op, forward_name(given))] if given else [])])
    namespace = namespace_of(op, family)
    if op.sequence:
        body = own_names(op, sequence_body(op, moded, given))
    else:
        case = Case(op, forms, moded, given)
        make_partial_class(op, case.tensors, case.number, namespace)
        body = case.source()
    source = "\n".join([f"def {op.name}({parameters}):", *indent(body, 1)])
    mode = " with a given forward" if given else " under a mode" if moded else ""
    filename = f"<wengert operator {op.name} of {', '.join(forms)}{mode}>"
    return execute(source, filename, namespace)[op.name]


def make_partial_class(op: Operator, tensors: list[str], constant: str | None, namespace: dict[str, Any]) -> None:
    """The class of nodes only of whose operands `tensors` are Tensors, put where generated code finds it."""
    name = op.node_name(tensors, constant)
    if name not in namespace:
        source = partial_source(op, "apply", tensors, constant)
        with_constant = f" and the constant {constant}" if constant else ""
        filename = f"<wengert operator {op.name}, derivative for {' and '.join(tensors)} alone{with_constant}>"
        found = execute(source, filename, namespace)
        namespace[name] = type(op.label, (namespace["NODE"],), {"__slots__": (), "__module__": __name__, **found})


# -- spellings -----------------------------------------------------------------------------------------------------------
def family_of(operands: Sequence[Any]) -> type[Tensor]:
    """The class of the results: `Tensor`, or the spelling of the first operand that has one."""
    for operand in operands:
        if isinstance(operand, Tensor) and operand._family is not Tensor:
            return operand._family
    return Tensor


def sequence_case(op: Operator, operands: Sequence[Any], moded: bool, given: bool) -> Callable[..., Any]:
    """The call of an operator on a sequence for `operands`, Tensors of which some have a spelling, or none."""
    family = family_of(operands)
    if family is Tensor and not given:
        return op.public
    cases = op.sequence_cases
    if (family, moded, given) not in cases:
        cases[family, moded, given] = _compile_case(op, ("a sequence",), moded, given, family)
    return cases[family, moded, given]


def namespace_of(op: Operator, family: type[Tensor]) -> dict[str, Any]:
    """What the calls of `op` refer to when their results are of `family`: the same source makes other tensors and nodes."""
    if family is Tensor:
        return op.public.__globals__
    with CREATING:
        namespace = op.families.get(family)
        if namespace is None:
            shared = {k: v for k, v in op.public.__globals__.items() if not (isinstance(v, type) and issubclass(v, Node))}
            namespace = op.families[family] = {
                **shared,
                "NEW": functools.partial(object.__new__, family),
                "NODE": family._node_class(op.node_class_built()),
                "PLAIN": TENSORS,
                "wrap": lambda array: wrap(array, NO_EDGE, family),
            }
        return namespace


def _environment(op: Operator, cls: type[Node]) -> dict[str, Any]:
    moded, given = Cases(op, moded=True), Cases(op, moded=True, given=True)
    return {
        **GLOBALS,
        "sequence_case": sequence_case,
        "CASES": Cases(op),
        "GIVEN_CASES": given,
        "MODED": ModedCall(op, moded),
        "MODED_CASES": moded,
        "FORWARD": op.forward,
        "NODE": cls,
        "NONES": (None,) * len(op.differentiable),
        "OP": op,
        "TABLE": op.table,
        **{f"RULE_{o}": r for o, r in op.rules.items()},
    }


def execute(source: str, filename: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run `source`, which tracebacks show as of `filename`, with `namespace` as its globals; the functions it defines."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    found: dict[str, Any] = {}
    exec(compile(source, filename, "exec"), namespace, found)  # noqa: S102  (the source is made here, from declarations)
    return found


def _defaults(op: Operator) -> tuple[tuple[Any, ...] | None, dict[str, Any] | None]:
    empty = op.signature.empty
    parameters = op.signature.parameters.values()
    positional = tuple(p.default for p in parameters if p.kind is not p.KEYWORD_ONLY and p.default is not empty)
    keywords = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is not empty}
    return positional or None, keywords or None


def _signature(op: Operator) -> str:
    """The parameter list, with ``None`` for every default: the real ones are set on the function."""
    parts: list[str] = []
    parameters = list(op.signature.parameters.values())
    for position, p in enumerate(parameters):
        before = parameters[position - 1] if position else None
        if before is not None and before.kind is p.POSITIONAL_ONLY and p.kind is not p.POSITIONAL_ONLY:
            parts.append("/")
        if p.kind is p.KEYWORD_ONLY and (before is None or before.kind is not p.KEYWORD_ONLY):
            parts.append("*")
        parts.append(p.name if p.default is p.empty else f"{p.name}=None")
    if parameters and parameters[-1].kind is parameters[-1].POSITIONAL_ONLY:
        parts.append("/")
    return ", ".join(parts)


# -- the public function -------------------------------------------------------------------------------------------------
def call_source(op: Operator, name: str, reflected: bool = False) -> str:
    """The source of the public function of `op`, or of a method that does the same."""
    if op.sequence:
        end = ["    except Exception as error:", f"        explain(OP, error, {op.operands[0]})", "        raise"]
        lines = [f"def {name}({_signature(op)}):", "    try:", *indent(sequence_body(op), 2), *end]
        return own_names(op, "\n".join(lines))
    if op.table is not None and len(op.operands) == 2:
        parameters = f"{'x2, x1' if reflected else 'x1, x2'}{', /' if name == op.name else ''}"
        lines = _binary_body(op)
    else:
        parameters, lines = _signature(op), _general_body(op)
    types = ", ".join(f"type({o})" for o in op.operands)
    last = f"    return CASES[{types},]({', '.join(op.signature.parameters)})"
    body = indent("\n".join([*lines, *_moded(op, 1), last]), 1)
    # A `try` costs nothing until something is raised.
    end = ["    except Exception as error:", f"        explain(OP, error, ({', '.join(op.operands)},))", "        raise"]
    return "\n".join([f"def {name}({parameters}):", "    try:", *body, *end])


def _moded(op: Operator, depth: int) -> list[str]:
    return indent(f"if ACTIVE:\n    return MODED({', '.join(op.signature.parameters)})", depth)


def _general_body(op: Operator) -> list[str]:
    """All operands Tensors, or all of them raw arrays, as in the rules of a first-order backward."""
    first, *others = op.operands
    tensors = " and ".join(f"(type({o}) is Tensor or type({o}) in PLAIN)" for o in op.operands)
    arrays = " and ".join([f"type({first}) in DIRECT", *(f"type({o}) is type({first})" for o in others)])
    return [
        f"    if {tensors}:",
        *_moded(op, 2),
        *indent(Case(op, [TENSOR] * len(op.operands)).source(), 2),
        f"    if {arrays}:",
        f"        return {Case(op, [ARRAY] * len(op.operands)).result(f'type({first})')}",
    ]


def _binary_body(op: Operator) -> list[str]:
    """Tensor with Tensor, Tensor with number, number with Tensor, raw arrays."""
    return [
        "    t1 = type(x1)",
        "    t2 = type(x2)",
        "    if t1 is Tensor:",
        *_moded(op, 2),
        "        if t2 is Tensor:",
        *indent(Case(op, [TENSOR, TENSOR]).source(), 3),
        "        if t2 is float or t2 is int:",
        *indent(Case(op, [TENSOR, NUMBER]).source(), 3),
        "    elif t2 is Tensor:",
        *_moded(op, 2),
        "        if t1 is float or t1 is int:",
        *indent(Case(op, [NUMBER, TENSOR]).source(), 3),
        "    elif t1 in DIRECT and (t2 is t1 or t2 is float or t2 is int):",
        "        return TABLE[t1](x1, x2)",
    ]
