"""From the declaration of an operator to the source of its fast call and of its node (design, section 3).

The fast call does what `Operator.call` does, for the common case that all operands are Tensors (or, elementwise, a Tensor and
a Python number) and that no thread has left the default modes. What the general call looks up at run time is written out
here: fields are set one by one, and nothing is allocated that is not used. The source is put in ``linecache``, so that
tracebacks show it and debuggers step through it; print it with ``operator_source(wengert.multiply)``.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .arrays.adapter import ADAPTERS, NUMBERS, is_array
from .autograd.modes import ACTIVE
from .autograd.node import NO_EDGE, Node, leaf_edge, next_sequence
from .autograd.saved import SavedTensor, keep, raise_released, restore, unpack
from .autograd.tensor import TENSORS, Tensor

if TYPE_CHECKING:
    from .op import Operator

__all__ = ["compile_operator", "dunder", "operator_source"]


def compile_operator(op: Operator, helpers: dict[str, Callable[..., Any]]) -> type[Node]:
    """Generate the node class of `op`, and turn its public function into the fast call; `helpers` are what that calls."""
    cls = op.make_node_class()
    namespace = op.public.__globals__
    namespace.update({**_environment(op, cls), **helpers})
    source = "\n\n\n".join([call_source(op, op.name, f"OP.call({_pack(op)})"), *derivative_sources(op)])
    found = _execute(source, f"<wengert operator {op.name}>", namespace)
    if op.rules:
        cls.apply, cls.apply_recorded = found["apply"], found["apply_recorded"]  # type: ignore[method-assign]
    function = found[op.name]
    op.public.__defaults__, op.public.__kwdefaults__ = _defaults(op)
    op.public.__code__ = function.__code__
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


def dunder(op: Operator, name: str, reflected: bool = False) -> Callable[..., Any]:
    """The method `name` for a binary elementwise operator: it leaves unknown operands to their own methods."""

    def first_call(x1: Any, x2: Any) -> Any:
        op.node_class_built()
        found = _execute(
            call_source(op, name, "DUNDER((x1, x2))", reflected),
            f"<wengert operator {op.name} as {name}>",
            {**op.public.__globals__, "DUNDER": fallback},
        )
        setattr(Tensor, name, found[name])
        return found[name](x1, x2)

    def fallback(operands: tuple[Any, Any]) -> Any:
        known = all(isinstance(o, Tensor) or type(o) in NUMBERS or is_array(o) for o in operands)
        return op.call(operands, ()) if known else NotImplemented

    first_call.__name__ = name
    first_call.__doc__ = f"See `wengert.{op.name}`."
    return first_call


def _environment(op: Operator, cls: type[Node]) -> dict[str, Any]:
    rules = {f"RULE_{o}": r for o, r in op.rules.items()}
    return {
        "ADAPTERS": ADAPTERS,
        "ACTIVE": ACTIVE,
        "FORWARD": op.forward,
        "NO_EDGE": NO_EDGE,
        "NODE": cls,
        "NONES": (None,) * len(op.differentiable),
        "OP": op,
        "SavedTensor": SavedTensor,
        "TABLE": op.table,
        "TENSORS": TENSORS,
        "Tensor": Tensor,
        "keep": keep,
        "leaf_edge": leaf_edge,
        "next_sequence": next_sequence,
        "raise_released": raise_released,
        "restore": restore,
        "unpack": unpack,
        **rules,
    }


def _execute(source: str, filename: str, namespace: dict[str, Any]) -> dict[str, Any]:
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


def _pack(op: Operator) -> str:
    operands = op.operands[0] if op.sequence else f"({', '.join(op.operands)},)"
    statics = f"({', '.join(op.statics)},)" if op.statics else "()"
    return f"{operands}, {statics}"


# -- the call ------------------------------------------------------------------------------------------------------------
def call_source(op: Operator, name: str, fallback: str, reflected: bool = False) -> str:
    """The source of the fast call."""
    if op.elementwise and len(op.operands) == 2:
        head = f"def {name}({'x2, x1' if reflected else 'x1, x2'}{', /' if name == op.name else ''}):"
        return "\n".join([head, *_binary_body(op), f"    return {fallback}"])
    head = f"def {name}({_signature(op)}):"
    if op.elementwise:
        return "\n".join([head, *_unary_body(op), f"    return {fallback}"])
    body = [] if op.sequence or op.outputs != 1 else _general_body(op)
    return "\n".join([head, *body, f"    return {fallback}"])


_NEW = """\
out = Tensor()
out._array = array
out._grad = out._extra = out._backward = None"""

_PLAIN = """\
    out._edge = NO_EDGE
    out._shape = array.shape
    out._dtype = array.dtype
    return out"""

_NODE = """\
node = NODE()
node._hooks = node._info = None
node._sequence = next_sequence()
node._outputs = 1
out._edge = (node, 0)"""


def _indent(text: str, depth: int) -> list[str]:
    return [" " * 4 * depth + line for line in text.splitlines()]


def _unary_body(op: Operator) -> list[str]:
    compute = """\
array = x._array
kind = type(array)
array = TABLE[kind](array)
if type(array) is not kind:
    array = ADAPTERS[kind].normalise(array)"""
    body = ["    if type(x) is Tensor and not ACTIVE:", *_indent(compute, 2), *_indent(_NEW, 2)]
    if not op.rules:
        body += _indent(_PLAIN, 1)
    else:
        record = f"""\
edge = x._edge
if edge is NO_EDGE:
{_PLAIN}
if edge is None:
    edge = leaf_edge(x)
{_NODE}
node._edges = (edge,)
node._saved = {_saved_tuple(op, {'x': None})}
out._shape = node._shape = x._shape
out._dtype = node._dtype = dtype = array.dtype
node._static = None if dtype is x._dtype else (x._shape, x._dtype)
return out"""
        body += _indent(record, 2)
    return [*body, "    if type(x) in ADAPTERS:", "        return TABLE[type(x)](x)"]


def _binary_body(op: Operator) -> list[str]:
    """Tensor with Tensor, Tensor with number, number with Tensor, raw arrays."""
    both = f"""\
array = x1._array
kind = type(array)
if kind is type(x2._array):
    array = TABLE[kind](array, x2._array)
    if type(array) is not kind:
        array = ADAPTERS[kind].normalise(array)
{chr(10).join(_indent(_NEW, 1))}
{chr(10).join(_indent(_both_record(op), 1))}"""
    return [
        "    t1 = type(x1)",
        "    t2 = type(x2)",
        "    if t1 is Tensor:",
        "        if not ACTIVE:",
        "            if t2 is Tensor:",
        *_indent(both, 4),
        "            elif t2 is float or t2 is int:",
        *_indent(_number_record(op, "x1", "array, x2"), 4),
        "    elif t2 is Tensor:",
        "        if (t1 is float or t1 is int) and not ACTIVE:",
        *_indent(_number_record(op, "x2", "x1, array"), 3),
        "    elif t1 in ADAPTERS and (t2 is t1 or t2 is float or t2 is int):",
        "        return TABLE[t1](x1, x2)",
    ]


def _both_record(op: Operator) -> str:
    if not op.rules:
        return "\n".join(line[4:] for line in _PLAIN.splitlines())
    return f"""\
e1 = x1._edge
e2 = x2._edge
if e1 is NO_EDGE and e2 is NO_EDGE:
{_PLAIN}
if e1 is None:
    e1 = leaf_edge(x1)
if e2 is None:
    e2 = leaf_edge(x2)
{_NODE}
node._edges = {_edges(op, 'e1', 'e2')}
node._saved = {_saved_tuple(op, {'x1': 'e1', 'x2': 'e2'})}
shape = x1._shape
dtype = x1._dtype
if dtype is x2._dtype and (shape is x2._shape or shape == x2._shape):
    node._static = None
else:
    node._static = {_fits(op, 'shape, dtype', 'x2._shape, x2._dtype')}
    shape = array.shape
    dtype = array.dtype
out._shape = node._shape = shape
out._dtype = node._dtype = dtype
return out"""


def _number_record(op: Operator, tensor: str, arguments: str) -> str:
    other = "x2" if tensor == "x1" else "x1"
    compute = f"""\
array = {tensor}._array
kind = type(array)
array = TABLE[kind]({arguments})
if type(array) is not kind:
    array = ADAPTERS[kind].normalise(array)
{_NEW}"""
    if tensor not in op.rules:
        return compute + "\n" + "\n".join(line[4:] for line in _PLAIN.splitlines())
    edges = {tensor: "edge", other: "NO_EDGE"}
    return f"""\
{compute}
edge = {tensor}._edge
if edge is NO_EDGE:
{_PLAIN}
if edge is None:
    edge = leaf_edge({tensor})
{_NODE}
node._edges = {_edges(op, edges['x1'], edges['x2'])}
node._saved = {_saved_tuple(op, {tensor: None}, numbers=(other,))}
out._shape = node._shape = {tensor}._shape
out._dtype = node._dtype = {tensor}._dtype
node._static = None
return out"""


def _edges(op: Operator, first: str, second: str) -> str:
    chosen = [edge for o, edge in (("x1", first), ("x2", second)) if o in op.rules]
    return f"({', '.join(chosen)},)"


def _fits(op: Operator, first: str, second: str) -> str:
    return f"({', '.join(fit for o, fit in (('x1', first), ('x2', second)) if o in op.rules)},)"


def _saved_tuple(
    op: Operator, edges: dict[str, str | None], numbers: tuple[str, ...] = (), optional: tuple[str, ...] = ()
) -> str:
    """The expression for ``node._saved``.

    `edges` names, for each operand that is a Tensor here, the variable that holds its edge; None when it is known to require
    grad. A value is saved only if some operand whose rule needs it requires grad.
    """
    entries = []
    for name in op.saves:
        users = [o for o in op.differentiable if name in op.needs[o] and o in edges]
        if not users:
            entries.append("None")
            continue
        if op.output_number(name) >= 0:
            value = _local(op, "array")
        elif name in numbers or name in op.aux:
            value = name
        else:
            nothing = f"{name} is None or " if name in optional else ""
            value = f"({name} if {nothing}{name}._extra is None else keep({name}))"
        conditions = [edges[o] for o in users]
        if None not in conditions and len(users) < len(edges):
            value = f"({value} if {' or '.join(f'{e} is not NO_EDGE' for e in conditions)} else None)"
        entries.append(value)
    return f"({', '.join(entries)},)" if entries else "()"


def _local(op: Operator, name: str) -> str:
    """The local variable `name` of a fast call, called differently where an operand or an argument has that name."""
    return f"{name}_" if name in op.signature.parameters or name in op.aux else name


def _apart(op: Operator, template: str) -> str:
    """`template` with such names for its local variables."""
    for name in ("array", "node", "out"):
        template = re.sub(rf"(?<![\w.]){name}\b", _local(op, name), template)
    return template


def _general_body(op: Operator) -> list[str]:
    parameters = op.signature.parameters
    optional = tuple(o for o in op.operands if parameters[o].default is None)
    required = [o for o in op.operands if o not in optional]
    tests = [f"type({o}) in TENSORS" for o in required] + [f"({o} is None or type({o}) in TENSORS)" for o in optional]
    lines = [f"    if {' and '.join(tests)} and not ACTIVE:"]
    lines += [f"        a_{o} = {o}._array" + (f" if {o} is not None else None" if o in optional else "") for o in op.operands]
    first = required[0]
    array, dtype, kind, out, shape = (_local(op, name) for name in ("array", "dtype", "kind", "out", "shape"))
    lines.append(f"        {kind} = type(a_{first})")
    same = [f"type(a_{o}) is {kind}" for o in required[1:]]
    same += [f"(a_{o} is None or type(a_{o}) is {kind})" for o in optional]
    depth = 2
    if same:
        lines.append(f"        if {' and '.join(same)}:")
        depth = 3
    arguments = []
    for p in parameters.values():
        value = f"a_{p.name}" if p.name in op.operands else p.name
        arguments.append(value if p.kind is p.POSITIONAL_ONLY else f"{p.name}={value}")
    results = ", ".join((array, *op.aux))
    compute = f"""\
{results} = FORWARD({', '.join(arguments)})
if type({array}) is not {kind}:
    {array} = ADAPTERS[{kind}].normalise({array})
{_apart(op, _NEW)}
{shape} = {out}._shape = {array}.shape
{dtype} = {out}._dtype = {array}.dtype"""
    lines += _indent(compute, depth)
    lines += _indent(_general_record(op, first, optional), depth)
    return [*lines, *_raw_call(op, required, optional)]


def _raw_call(op: Operator, required: list[str], optional: tuple[str, ...]) -> list[str]:
    """Raw arrays only, as in the rules of a first-order backward: compute, and nothing else."""
    first = required[0]
    tests = [f"type({first}) in ADAPTERS", *(f"type({o}) is type({first})" for o in required[1:])]
    tests += [f"({o} is None or type({o}) is type({first}))" for o in optional]
    arguments = [n if p.kind is p.POSITIONAL_ONLY else f"{n}={n}" for n, p in op.signature.parameters.items()]
    call = f"FORWARD({', '.join(arguments)})"
    return [f"    if {' and '.join(tests)}:", f"        return {call}{'[0]' if op.aux else ''}"]


def _general_record(op: Operator, first: str, optional: tuple[str, ...]) -> str:
    dtype, kind, node, out, shape = (_local(op, name) for name in ("dtype", "kind", "node", "out", "shape"))
    if not op.rules:
        return f"{out}._edge = NO_EDGE\nreturn {out}"
    operands = op.differentiable
    lines = [f"e_{o} = {o}._edge" + (f" if {o} is not None else NO_EDGE" if o in optional else "") for o in operands]
    nothing = " and ".join(f"e_{o} is NO_EDGE" for o in operands)
    lines.append(f"if {nothing} or ({dtype} is not {first}._dtype and ADAPTERS[{kind}].kind({dtype}) not in 'fc'):")
    lines += [f"    {out}._edge = NO_EDGE", f"    return {out}"]
    for o in operands:
        lines += [f"if e_{o} is None:", f"    e_{o} = leaf_edge({o})"]
    edges = {o: (None if len(operands) == 1 else f"e_{o}") for o in operands}
    lines += _apart(op, _NODE).splitlines()
    lines.append(f"{node}._edges = ({', '.join(f'e_{o}' for o in operands)},)")
    lines.append(f"{node}._saved = {_saved_tuple(op, edges, optional=optional)}")
    lines.append(f"{node}._static = ({', '.join((*_keep_values(op, optional), *_fit_values(op, optional)))},)")
    lines += [f"{node}._shape = {shape}", f"{node}._dtype = {dtype}", f"return {out}"]
    return "\n".join(lines)


def _keep_values(op: Operator, optional: tuple[str, ...]) -> list[str]:
    return [_attribute(name, op, optional) for name in op.keeps]


def _fit_values(op: Operator, optional: tuple[str, ...]) -> list[str]:
    return [_attribute(f"{o}_{what}", op, optional) for o in op.differentiable for what in ("shape", "dtype")]


def _attribute(name: str, op: Operator, optional: tuple[str, ...]) -> str:
    """The expression for a static value: a parameter, or the shape or dtype of an operand."""
    if name in op.statics:
        return name
    operand, _, what = name.rpartition("_")
    value = f"{operand}._{what}"
    if operand in optional:
        return f"(None if {operand} is None else {value})"
    return value


# -- the derivative ------------------------------------------------------------------------------------------------------
def derivative_sources(op: Operator) -> list[str]:
    """The sources of ``apply`` and ``apply_recorded``."""
    if not op.rules:
        return []
    make = _sequence_derivative if op.sequence else _derivative
    return [make(op, "apply", False), make(op, "apply_recorded", True)]


def _unpack(name: str, variable: str, op: Operator, recorded: bool) -> list[str]:
    if recorded:
        return [f"    {variable} = restore({variable}, self, {op.output_number(name)})"]
    if name in op.aux:
        return []
    return [
        f"    kind = type({variable})",
        "    if kind is Tensor:",
        f"        {variable} = {variable}._array if {variable}._extra is None else unpack({variable}, self)",
        "    elif kind is SavedTensor or kind in TENSORS:",
        f"        {variable} = unpack({variable}, self)",
    ]


def _undefined(op: Operator) -> list[str]:
    """What happens to gradients that are None: after unpacking, which PyTorch does whatever the gradients are (S3.4)."""
    nones = "(None,) * len(self._edges)" if op.sequence else "NONES"
    if op.outputs == 1:
        return ["    if grad is None:", f"        return {nones}"]
    return [
        "    if self._outputs == 1:",
        "        grad = [grad]",
        "    if all(g is None for g in grad):",
        f"        return {nones}",
        "    if any(g is None for g in grad):",
        "        grad = materialize(grad, self)",
    ]


def _derivative(op: Operator, name: str, recorded: bool) -> str:
    lines = [f"def {name}(self, grad, wanted=None):"]
    saves = op.saves
    if saves:
        lines += ["    saved = self._saved", "    if saved is None:", "        raise_released(self)"]
        lines.append(f"    {', '.join('v_' + n for n in saves)}, = saved")
        for n in saves:
            lines += _unpack(n, "v_" + n, op, recorded)
    lines += _undefined(op)
    lines.append("    static = self._static")
    if op.keeps:
        count = len(op.keeps)
        lines.append(f"    {', '.join('v_' + n for n in op.keeps)}, = static[:{count}]")
    operands = op.differentiable
    if len(operands) > 1:
        lines.append("    edges = self._edges")
    for i, o in enumerate(operands):
        tests = [f"edges[{i}] is not NO_EDGE"] if len(operands) > 1 else []
        tests.append(f"(wanted is None or wanted[{i}])")
        lines.append(f"    r_{o} = None")
        lines.append(f"    if {' and '.join(tests)}:")
        lines.append(f"        r_{o} = RULE_{o}({', '.join(('grad', *('v_' + n for n in op.needs[o])))})")
        lines += _fit_lines(op, o, i)
    lines.append(f"    return ({', '.join('r_' + o for o in operands)},)")
    return "\n".join(lines)


def _fit_lines(op: Operator, operand: str, index: int) -> list[str]:
    r = f"r_{operand}"
    if op.elementwise:
        test = f"        if static is not None and {r} is not None:"
        return [test, f"            {r} = fit({r}, static[{2 * index}], static[{2 * index + 1}])"]
    at = len(op.keeps) + 2 * index
    return [
        f"        if {r} is not None and ({r}.shape != static[{at}] or {r}.dtype != static[{at + 1}]):",
        f"            {r} = fit({r}, static[{at}], static[{at + 1}])",
    ]


def _sequence_derivative(op: Operator, name: str, recorded: bool) -> str:
    (operand,) = op.operands
    lines = [f"def {name}(self, grad, wanted=None):"]
    if op.saves:
        lines += ["    saved = self._saved", "    if saved is None:", "        raise_released(self)"]
        change = "restore(v, self)" if recorded else "unpack(v, self)"
        lines.append(f"    v_{operand} = [{change} for v in saved]")
    lines += _undefined(op)
    lines.append("    static = self._static")
    for i, n in enumerate(op.keeps):
        lines.append(f"    v_{n} = static[{i}]")
    if "wanted" in op.needs[operand]:
        lines.append("    v_wanted = [e is not NO_EDGE and (wanted is None or wanted[i]) for i, e in enumerate(self._edges)]")
    arguments = ", ".join(("grad", *("v_" + n for n in op.needs[operand])))
    return "\n".join(
        [
            *lines,
            f"    results = RULE_{operand}({arguments})",
            "    return tuple(",
            "        fit(r, shape, dtype) if edge is not NO_EDGE and r is not None and (wanted is None or wanted[i]) else None",
            "        for i, (r, edge, shape, dtype) in enumerate(zip(results, self._edges, static[-2], static[-1]))",
            "    )",
        ]
    )
