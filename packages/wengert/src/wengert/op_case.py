"""The source of one case: the call of an operator for operands of known forms; see `wengert.op_source`.

In the templates ``$name`` is a variable of the generated code, called differently where an operand or an argument has that
name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .op_support import ARRAY, COMPLEX, NOTHING, NUMBER, TENSOR

if TYPE_CHECKING:
    from .op import Operator

__all__ = ["Case", "forward_name", "indent", "own_names", "sequence_body"]


def indent(text: str, depth: int) -> list[str]:
    """The lines of `text`, moved to the right."""
    return [" " * 4 * depth + line for line in text.splitlines()]


def own_names(op: Operator, template: str) -> str:
    """`template` with a name for every ``$name`` that no parameter has."""
    taken = {*op.signature.parameters, *op.aux}

    def name(match: re.Match[str]) -> str:
        found = match[1]
        while found in taken:
            found += "_"
        return found

    return re.sub(r"\$(\w+)", name, template)


def forward_name(given: bool) -> str:
    """What computes: the operator's forward, or the function that the caller gives in its stead."""
    return "$forward" if given else "FORWARD"


# -- a case --------------------------------------------------------------------------------------------------------------
_NEW = """\
out = NEW()
out._array = $array
out._grad = out._extra = out._backward = None"""

_CONSTANT = """\
out._node = None
out._nr = 0"""

_SHAPES = """\
out._shape = $array.shape
out._dtype = $array.dtype"""

_NODE = """\
$node = {node}()
$node._hooks = $node._info = None
$node._sequence = next_sequence()"""


class Case:
    """The call of an operator for operands of given forms, as source.

    Attributes
    ----------
    forms : dict
        From operand to form.
    moded : bool
        For calls while some mode is on: whether to record is asked for, and observers are told.
    given : bool
        The function takes one argument more, a function to be called instead of the forward.
    tensors, arrays : list of str
        The operands that are Tensors; that are Tensors or raw arrays.
    traced : list of str
        The operands to which gradients may go, if they require grad.
    number : str or None
        The operand that is a number and computed with as an array.
    """

    def __init__(self, op: Operator, forms: Sequence[str], moded: bool = False, given: bool = False) -> None:
        self.op, self.moded, self.given = op, moded, given
        self.forms = dict(zip(op.operands, forms, strict=True))
        self.tensors = [o for o, f in self.forms.items() if f is TENSOR]
        self.arrays = [o for o, f in self.forms.items() if f in (TENSOR, ARRAY)]
        self.traced = [o for o in self.tensors if o in op.rules]
        numbers = [o for o, f in self.forms.items() if f is NUMBER] if op.constants and self.tensors else []
        self.number = numbers[0] if numbers else None

    def source(self) -> str:
        """The body of the function, which ends by returning."""
        operands = f"({', '.join(self.op.operands)},)"
        if not self.tensors:
            first = f"type({(self.arrays or self.op.operands)[0]})"
            lines = [*self.check(first, operands), f"return {self.result(first)}"]
        elif self.op.outputs == 1:
            lines = [*self.compute(operands), _NEW, *self.single(operands), "return out"]
        else:
            lines = [*self.compute(operands), *self.several(operands)]
        return own_names(self.op, "\n".join(lines))

    # -- computing
    def value(self, operand: str) -> str:
        if operand == self.number:
            return f"$c_{operand}"
        return f"$a_{operand}" if self.forms[operand] is TENSOR else operand

    def result(self, kind: str) -> str:
        """The call of the forward, without auxiliary results."""
        call = own_names(self.op, self.forward(kind))
        return f"{call}[0]" if self.op.aux else call

    def forward(self, kind: str) -> str:
        if self.op.table is not None and not self.given:
            return f"TABLE[{kind}]({', '.join(map(self.value, self.op.operands))})"
        arguments = []
        for p in self.op.signature.parameters.values():
            value = self.value(p.name) if p.name in self.op.operands else p.name
            arguments.append(value if p.kind is p.POSITIONAL_ONLY else f"{p.name}={value}")
        return f"{forward_name(self.given)}({', '.join(arguments)})"

    def check(self, kind: str, operands: str) -> list[str]:
        """Arrays of different types may be of different libraries; of one type they are not."""
        others = [o for o in self.arrays if o != (self.tensors or self.arrays)[0]]
        lines = []
        for o in others:
            other = f"type({self.value(o)})"
            lines.append(f"if {other} is not {kind} and ADAPTERS.get({other}) is not ADAPTERS[{kind}]:")
            lines.append(f"    check_libraries(OP, {operands})")
        return lines

    def compute(self, operands: str) -> list[str]:
        names = ", ".join(("$array" if self.op.outputs == 1 else "$arrays", *self.op.aux))
        lines = [f"$a_{o} = {o}._array" for o in self.tensors]
        lines += [f"$kind = type($a_{self.tensors[0]})", *self.check("$kind", operands)]
        if self.number:
            array = f"CONSTANTS[{self.tensors[0]}._dtype][{self.number}]"
            lines.append(f"$c_{self.number} = {array} if $kind is CONSTANT_KIND else {self.number}")
        lines.append(f"{names} = {self.forward('$kind')}")
        return [*lines, *_normalise(0)] if self.op.outputs == 1 else lines

    # -- recording
    def single(self, operands: str) -> list[str]:
        """One output: its place in the graph."""
        if not self.traced:
            return [_CONSTANT, _SHAPES, *self.modes("unrecorded(out)")]
        cut = self.cut("cut", "out", "None")
        lines, constant = [], self.constant("out")
        if not self.op.trusts_rules:
            lines = ["out._shape = $shape = $array.shape", "out._dtype = $dtype = $array.dtype"]
            of = f"{self.tensors[0]}._dtype"
            constant += f" or $dtype is not {of} and ADAPTERS[$kind].kind($dtype) not in 'fc'"
        return [
            *self.places(),
            *lines,
            f"if {constant}:",
            *indent(_CONSTANT, 1),
            *([] if lines else indent(_SHAPES, 1)),
            *indent("\n".join([*cut, *self.modes(*self.carry("(out,)"))]), 1),
            "    return out",
            *self.node(),
            f"$node._saved = {self.saved()}",
            *(self.cut("cut", "out", "$node") or ["out._node = $node"]),
            "out._nr = 0",
            "$node._outputs = 1",
            *(self.elementwise_static() if self.op.trusts_rules else self.static()),
            *(["$node._shape = $shape", "$node._dtype = $dtype"] if lines else []),
            *self.modes(*self.carry("(out,)"), *self.watch(operands, "(out,)")),
        ]

    def several(self, operands: str) -> list[str]:
        """Several outputs: those that can have a gradient get a place in the graph."""
        made = "$outs = tuple([wrap(array) for array in $arrays])"
        unrecorded = self.modes("unrecorded(*$outs)")
        if not self.traced:
            return [made, *unrecorded, "return $outs"]
        carry = self.modes(*self.carry("$outs"))
        plain = "\n".join([made, *unrecorded, *self.cut("cut_pieces", "$outs", "None"), *carry, "return $outs"])
        loop = f"""\
$outs = []
for $array in $arrays:
{chr(10).join(_normalise(1))}
{chr(10).join(indent(_NEW, 1))}
    out._shape = $array.shape
    out._dtype = $dtype = $array.dtype
    if $dtype is {self.tensors[0]}._dtype or ADAPTERS[$kind].kind($dtype) in 'fc':
        out._node = $node
    else:
        out._node = None
    out._nr = len($outs)
    $outs.append(out)
$node._outputs = len($outs)
if len($outs) == 1:
    $node._shape = out._shape
    $node._dtype = out._dtype
else:
    $node._shape = tuple([out._shape for out in $outs])
    $node._dtype = tuple([out._dtype for out in $outs])
$node._saved = {self.saved()}"""
        return [
            *self.places(),
            f"if {self.constant('')}:",
            *indent(plain, 1),
            *self.node(),
            loop,
            *self.static(),
            *self.cut("cut_pieces", "$outs", "$node"),
            *self.modes(*self.carry("$outs"), *self.watch(operands, "$outs")),
            "return tuple($outs)",
        ]

    def cut(self, function: str, outs: str, node: str) -> list[str]:
        """For an operator that makes views: `outs` become such, in place of their node."""
        if not self.op.view:
            return []
        statics = "".join(f"{name}, " for name in self.op.statics)
        return [f"{function}({outs}, {self.traced[0]}, {node}, OP, ({statics}))"]

    def constant(self, outs: str) -> str:
        """The test for outputs that have no node."""
        mode = f"(not $recording and unrecorded({outs})) or " if self.moded else ""
        return f"{mode}{' and '.join(f'$n_{o} is None' for o in self.traced)}"

    def modes(self, *calls: str) -> list[str]:
        """What only calls under some mode do."""
        return list(calls) if self.moded else []

    def watch(self, operands: str, outs: str) -> list[str]:
        """Who watches operators sees the new node, and packs what it has saved."""
        return [f"watch($node, {operands}, {outs})"]

    def carry(self, outs: str) -> list[str]:
        """Tangents follow, if some operand could carry one."""
        some = " or ".join(f"{o}._extra is not None" for o in self.traced)
        return [f"if DUAL in ACTIVE and ({some}):", f"    {carry(self.op, outs)}"]

    def places(self) -> list[str]:
        """The nodes to which gradients go, None where none is wanted."""
        lines = ["$recording = is_recording()"] if self.moded else []
        recording = " if $recording else None" if self.moded else ""
        for o in self.traced:
            lines += [f"$n_{o} = {o}._node{recording}", f"if $n_{o} is UNSETTLED:", f"    $n_{o} = settled({o})"]
        return lines

    def node(self) -> list[str]:
        edges = ", ".join(f"$n_{o}" if o in self.traced else "None" for o in self.op.differentiable)
        numbers = ", ".join(f"{o}._nr" if o in self.traced else "0" for o in self.op.differentiable)
        return [
            _NODE.format(node=self.op.node_name(self.tensors, self.number)),
            f"$node._edges = ({edges},)",
            f"$node._numbers = ({numbers},) if {' or '.join(f'{o}._nr' for o in self.traced)} else None",
        ]

    def saved(self) -> str:
        """The expression for ``node._saved``: a value is saved only if an operand whose rule needs it requires grad."""
        op, entries = self.op, []
        for name in op.saves:
            users = [o for o in self.traced if name in op.needs[o]]
            number = op.output_number(name)
            if not users:
                value = "None"
            elif number >= 0:
                value = "$array" if op.outputs == 1 else f"$outs[{number}]._array"
            elif self.forms.get(name) is TENSOR:
                value = f"({name} if {name}._extra is None else versioned({name}))"
            else:
                value = name
            if users and len(users) < len(self.traced):
                value = f"({value} if {' or '.join(f'$n_{o} is not None' for o in users)} else None)"
            entries.append(value)
        if self.number and any(self.number in op.needs[o] for o in self.traced):
            entries.append(f"$c_{self.number}")
        return f"({', '.join(entries)},)" if entries else "()"

    # -- shapes and dtypes
    def attribute(self, operand: str, what: str) -> str:
        match self.forms[operand]:
            case "tensor":
                return f"{operand}._{what}"
            case "array":
                return f"{operand}.{what}"
        return "None" if self.forms[operand] is NOTHING else "()" if what == "shape" else f"type({operand})"

    def fits(self) -> list[str]:
        return [self.attribute(o, what) for o in self.op.differentiable for what in ("shape", "dtype")]

    def static(self) -> list[str]:
        """What rules keep, then the shape and dtype of each operand."""
        kept = []
        for name in self.op.keeps:
            operand, _, what = name.rpartition("_")
            kept.append(name if name in self.op.statics else self.attribute(operand, what))
        return [f"$node._static = ({', '.join((*kept, *self.fits()))},)"]

    def elementwise_static(self) -> list[str]:
        """None where every operand has the shape and the dtype of the result, so that no gradient needs a fit."""
        first, *others = (self.tensors[0], *(o for o in self.arrays if o != self.tensors[0]))
        lines = [f"$shape = {first}._shape", f"$dtype = {first}._dtype"]
        tests = []
        for o in others:
            shape = self.attribute(o, "shape")
            tests.append(f"$dtype is {self.attribute(o, 'dtype')} and ($shape is {shape} or $shape == {shape})")
        if COMPLEX in self.forms.values() or len(self.forms) == 1:  # the result may have another dtype
            tests.append("$dtype is $array.dtype")
        if tests:
            lines += [f"if {' and '.join(tests)}:", "    $node._static = None", "else:"]
            lines.append(f"    $node._static = ({', '.join(self.fits())},)")
            lines += ["    $shape = $array.shape", "    $dtype = $array.dtype"]
        else:  # a number takes the dtype of the array that it meets
            lines.append("$node._static = None")
        return [*lines, "out._shape = $node._shape = $shape", "out._dtype = $node._dtype = $dtype"]


def carry(op: Operator, outs: str) -> str:
    """The call that lets tangents follow: all arguments and auxiliary results by name, a sequence as it was read."""
    operand = op.operands[0] if op.sequence else None
    arguments = ", ".join(f"{n!r}: {'$xs' if n == operand else n}" for n in op.signature.parameters)
    return f"carry(OP, {{{arguments}}}, {outs}, {{{', '.join(f'{n!r}: {n}' for n in op.aux)}}})"


def _normalise(depth: int) -> list[str]:
    return indent("if type($array) is not $kind:\n    $array = ADAPTERS[$kind].normalise($array)", depth)


# -- operators on a sequence ---------------------------------------------------------------------------------------------
def sequence_body(op: Operator, moded: bool = False, given: bool = False) -> str:
    """Raw arrays compute; where some operands are Tensors, the others become constants."""
    (operand,) = op.operands
    parameters = op.signature.parameters
    statics = "".join(f", {n}" if parameters[n].kind is parameters[n].POSITIONAL_ONLY else f", {n}={n}" for n in op.statics)
    arguments = ", ".join("$xs" if p == operand else p for p in op.signature.parameters)  # what it was may be used up
    mode = "" if moded else f"if ACTIVE:\n    return MODED({arguments})"
    source = f"""\
$xs = {operand} if type({operand}) is list or type({operand}) is tuple else tuple({operand})
$arrays = []
$kind = $traced = None
for $x in $xs:
    if type($x) is not Tensor and type($x) not in PLAIN:
        if alike($xs):
            return FORWARD($xs{statics})
{chr(10).join(indent(mode, 2))}
        if TENSORS.isdisjoint(map(type, $xs)):
            check_raw(OP, $xs)
            return FORWARD($xs{statics})
        return sequence_case(OP, $xs, {moded}, {given})(constants(OP, $xs){statics}{', $forward=$forward' if given else ''})
    $array = $x._array
    if type($array) is not $kind:
        if $kind is not None and ADAPTERS[type($array)] is not ADAPTERS[$kind]:
{chr(10).join(indent(mode, 3))}
            check_libraries(OP, $xs)
        $kind = type($array)
    $arrays.append($array)
    if $x._node is not None:
        $traced = $x
{mode}
$array = {forward_name(given)}($arrays{statics})
{chr(10).join(_normalise(0))}
{_NEW}
{_SHAPES}
"""
    if not op.rules:
        return "\n".join([source, _CONSTANT, *(["unrecorded(out)"] if moded else []), "return out"])
    carried = f"if DUAL in ACTIVE: {carry(op, '(out,)')}" if moded else ""
    kept = {f"{operand}_shape": "$shapes", f"{operand}_dtype": "$dtypes"}
    static = ", ".join((*(kept.get(name, name) for name in op.keeps), "$shapes", "$dtypes"))
    saved = "tuple([x if x._extra is None else versioned(x) for x in $xs])" if op.saves else "()"
    return f"""\
{source}\
if {"unrecorded(out) or " if moded else ""}$traced is None or (
    out._dtype is not $traced._dtype and ADAPTERS[$kind].kind(out._dtype) not in 'fc'
):
{chr(10).join(indent(_CONSTANT, 1))}
    {carried}
    return out
$edges = []
$numbers = []
$shapes = []
$dtypes = []
$traced = False
for $x in $xs:
    $node = $x._node
    if $node is UNSETTLED:
        $node = settled($x)
    if $node is not None:
        $traced = True
    $edges.append($node)
    $numbers.append($x._nr)
    $shapes.append($x._shape)
    $dtypes.append($x._dtype)
if not $traced:  # views that need no gradient
{chr(10).join(indent(_CONSTANT, 1))}
    {carried}
    return out
{_NODE.format(node="NODE")}
$node._edges = tuple($edges)
$node._numbers = tuple($numbers) if any($numbers) else None
$node._saved = {saved}
$node._static = ({static})
$node._outputs = 1
$node._shape = out._shape
$node._dtype = out._dtype
out._node = $node
out._nr = 0
{carried}
{"watch($node, $xs, (out,))" if moded else ""}
return out"""
