"""From the declaration of an operator to the source of the calls of its in-place form.

As `wengert.op_source` does for the operator itself, there is a function for each combination of forms that is met, in which
everything else is decided already. It serves what is common: a tensor, or a view made in the ordinary way, of a library whose
arrays can be written to; other operands of the same library, or numbers; no mode. Whatever is rarer, and whatever is an error,
goes to the `wengert.op_inplace.InPlace` itself, which does the same in general; these functions have done nothing by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .arrays.adapter import NUMBERS, is_array
from .arrays.numpy_constants import FUNCTION_KIND
from .autograd.modes import CREATING
from .autograd.saved import keep_output
from .autograd.slices import leave
from .autograd.tensor import TENSORS, Tensor
from .autograd.views import View, rebase, settle_outputs
from .op_case import Case, indent, own_names
from .op_source import execute, late_function, make_partial_class, namespace_of
from .op_support import NUMBER, TENSOR

if TYPE_CHECKING:
    from .op_inplace import InPlace

__all__ = ["writing_function"]


class WriteCases(dict[tuple[type, ...], Callable[..., Any]]):
    """From the types of the operands to the case that serves them, generated as they are met; else to `general`."""

    def __init__(self, form: InPlace, general: Callable[..., Any]) -> None:
        super().__init__()
        self.form, self.general = form, general

    def __missing__(self, types: tuple[type, ...]) -> Callable[..., Any]:
        forms = tuple([TENSOR if t in TENSORS else NUMBER if t in NUMBERS and t is not complex else "" for t in types])
        if forms[0] is not TENSOR or "" in forms:
            return self.general
        family, compiled = types[0]._family, self.form.compiled  # type: ignore[attr-defined]
        if (family, forms) not in compiled:  # many types have one form
            compiled[family, forms] = _compile(self.form, forms, family)
        case = self[types] = compiled[family, forms]
        return case


def writing_function(
    name: str, form: Callable[[], InPlace], parameters: Sequence[str] = (), leaves_unknown: bool = False
) -> Any:
    """The function `name` that writes in place; its code is generated when it is first called, and so is what `form()` gives.

    Parameters
    ----------
    name : str
        Of the function.
    form : callable
        Gives the in-place form.
    parameters : sequence of str, optional
        What the function calls its parameters, if not as the operator calls its operands and static arguments.
    leaves_unknown : bool
        Whether it returns NotImplemented for a second operand that is none, as methods for syntax do.
    """

    def build() -> None:
        with CREATING:  # several threads may call it for the first time at once
            if function.__code__ is not waiting:
                return
            made = form()
            general = _leaving_unknown(made.general) if leaves_unknown else made.general
            namespace: Any = function.__globals__
            own = {"BUILD": build, "SELF": function, "FORM": general, "WRITES": WriteCases(made, general)}
            namespace.update({**_environment(made, Tensor, _inline_forms(made)), **own})  # at once: the operator has a SELF too
            source = _function_source(made, name, parameters)
            function.__code__ = execute(source, f"<wengert operator {made.op.name} as {name}>", namespace)[name].__code__

    function = late_function(name, build)
    waiting = function.__code__
    function.__module__ = __name__
    return function


def _leaving_unknown(general: Callable[..., Any]) -> Callable[..., Any]:
    def call(target: Any, other: Any) -> Any:
        known = type(other) in TENSORS or type(other) in NUMBERS or is_array(other)
        return general(target, other) if known else NotImplemented

    return call


def _environment(form: InPlace, family: type[Tensor], cases: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What the calls for operands of these forms refer to."""
    form.op.node_class_built()
    shared = namespace_of(form.op, family)
    for forms in cases:
        case = WriteCase(form, forms)
        make_partial_class(form.op, case.tensors, case.number, shared)
    return {
        **shared,
        "FORM": form.general,
        "FUNCTION_KIND": FUNCTION_KIND,
        "INTO": form.into,
        "NAME": form.name,
        "View": View,
        "keep_output": keep_output,
        "leave": leave,
        "rebase": rebase,
        "settle_outputs": settle_outputs,
    }


def _compile(form: InPlace, forms: Sequence[str], family: type[Tensor]) -> Callable[..., Any]:
    case = WriteCase(form, forms)
    lines = ["if ACTIVE:", f"    {case.general}", *case.looked_at(), *case.written()]
    source = "\n".join([f"def {form.name}({', '.join(case.parameters)}):", *indent("\n".join(lines), 1)])
    filename = f"<wengert operator {form.op.name} in place of {', '.join(forms)}>"
    return execute(own_names(form.op, source), filename, _environment(form, family, [forms]))[form.name]


def _inline_forms(form: InPlace) -> list[list[str]]:
    """The commonest forms of the operands, as far as the public function serves them itself."""
    return {1: [[TENSOR]], 2: [[TENSOR, TENSOR], [TENSOR, NUMBER]]}.get(len(form.op.operands), [])


def _function_source(form: InPlace, name: str, parameters: Sequence[str]) -> str:
    """The commonest cases in line; the others are found by the types of the operands."""
    op, cases = form.op, [WriteCase(form, forms) for forms in _inline_forms(form)]
    found = (*op.operands, *op.statics)
    lines = []
    if cases:
        lines += [f"if type({op.operands[0]}) is Tensor and not ACTIVE:", *indent("\n".join(cases[0].looked_at()), 1)]
    if len(cases) == 1:
        lines += indent("\n".join(cases[0].written()), 1)
    elif cases:
        lines += [f"    $second = type({op.operands[1]})"]
        for case, test in zip(cases, ("$second is Tensor", "$second is float or $second is int"), strict=True):
            lines += [f"    if {test}:", *indent("\n".join(case.written()), 2)]
    lines.append(f"return WRITES[{', '.join(f'type({o})' for o in op.operands)},]({', '.join(found)})")
    source = own_names(op, "\n".join([f"def {name}({', '.join(found)}):", *indent("\n".join(lines), 1)]))
    for ours, theirs in zip(found, parameters, strict=False):
        source = re.sub(rf"\b{ours}\b", theirs, source)
    return source


# -- a case --------------------------------------------------------------------------------------------------------------
_COPY = """\
$old = NEW()
$old._array = $array.copy() if $kind is CONSTANT_KIND else ADAPTERS[$kind].copy($array)
$old._shape = $shape
$old._dtype = $dtype
$old._node = $n_{target}
$old._nr = {target}._nr
$old._grad = $old._extra = $old._backward = None"""

_COUNT = """\
$extra = $base._extra
if $extra is None:
    $base._counter().value += 1
else:
    $extra._version.value += 1"""

_PLACE = """\
if $base is {target}:
    if {target}._backward is not None:
        leave({target}, ($n_{target}, {target}._nr), ($node, 0))
    {target}._node = $node
    {target}._nr = 0
else:
    rebase({target}, $node)"""


class WriteCase(Case):
    """The in-place call of an operator for operands of given forms, tensors and numbers, as source.

    Attributes
    ----------
    parameters : tuple of str
        Of the call: the operands, and behind them the static arguments.
    general : str
        The statement that leaves the call to the form itself.
    """

    def __init__(self, form: InPlace, forms: Sequence[str]) -> None:
        super().__init__(form.op, forms)
        self.form = form
        self.target, *self.others = form.op.operands
        self.parameters = (*form.op.operands, *form.op.statics)
        self.general = f"return FORM({', '.join(self.parameters)})"

    def looked_at(self) -> list[str]:
        """What is written to: its place in the graph, its base, its array; the rarer kinds are left to the form."""
        return f"""\
$n_{self.target} = {self.target}._node
$extra = {self.target}._extra
$base = {self.target}
if $extra is not None:
    if type($extra) is View:
        $base = $extra.base
        $above = $base._node
        if $extra.made or $extra.own or $above is UNSETTLED or ($above is None and $extra.node is not None):
            {self.general}
        $n_{self.target} = None if $above is None else settled({self.target})
    elif $n_{self.target} is UNSETTLED or $extra.inference or $extra.views:
        {self.general}
elif $n_{self.target} is UNSETTLED:
    {self.general}
$array = $a_{self.target} = {self.target}._array
$kind = type($array)
if not ADAPTERS[$kind].mutable:
    {self.general}""".splitlines()

    def written(self) -> list[str]:
        """What follows: it ends by returning."""
        constant = [*self.write(), *_COUNT.splitlines(), f"return {self.target}"]
        first, after = self.saved_entries()
        return [
            *self.other_arrays(),
            *self.other_places(),
            f"if {self.unrecorded()}:",
            *indent("\n".join(constant), 1),
            *self.node(),
            "$node._outputs = 1",
            f"$node._shape = $shape = {self.target}._shape",
            f"$node._dtype = $dtype = {self.target}._dtype",
            *self.kept(),
            *first,
            *self.write(),
            *_COUNT.splitlines(),
            *_PLACE.format(target=self.target).splitlines(),
            *after,
            f"return {self.target}",
        ]

    # -- before writing ----------------------------------------------------------------------------------------------
    def other_arrays(self) -> list[str]:
        lines, kinds = [], []
        for o in self.tensors:
            if o != self.target:
                lines.append(f"$a_{o} = {o}._array")
                kinds.append(f"type($a_{o}) is not $kind")
        if kinds:
            lines += [f"if {' or '.join(kinds)}:", f"    {self.general}"]
        if self.number:
            constant = f"CONSTANTS[{self.target}._dtype][{self.number}]"
            lines.append(f"$c_{self.number} = {constant} if $kind is CONSTANT_KIND else {self.number}")
        return lines

    def other_places(self) -> list[str]:
        lines = []
        for o in self.traced:
            if o != self.target:
                lines += [f"$n_{o} = {o}._node", f"if $n_{o} is UNSETTLED:", f"    $n_{o} = settled({o})"]
        return lines

    def unrecorded(self) -> str:
        """The test for a write that no gradient needs to know of."""
        nodes = [f"$n_{o} is None" for o in self.traced if o != self.target]
        if not nodes:
            return f"$n_{self.target} is None"
        kind = f"ADAPTERS[$kind].kind({self.target}._dtype) not in 'fc'"
        return f"$n_{self.target} is None and ({' and '.join(nodes)} or {kind})"

    # -- writing -----------------------------------------------------------------------------------------------------
    def write(self) -> list[str]:
        op = self.op
        values = ", ".join(map(self.value, op.operands))
        if self.form.into is not None:
            return [f"INTO(ADAPTERS[$kind], $array, ({values},), ({''.join(f'{s}, ' for s in op.statics)}))"]
        if op.table is None:
            result = f"$adapter.normalise({self.result('$kind')})"
            return ["$adapter = ADAPTERS[$kind]", f"$adapter.assign($array, $adapter.fitting({result}, $array, NAME))"]
        source = f"""\
$function = TABLE[$kind]
if type($function) is FUNCTION_KIND:
    try:
        $function({values}, $array)
    except (TypeError, ValueError):  # another shape or dtype, memory that is read-only: looked at there
        ADAPTERS[$kind].write($array, $function, ({values},), NAME)
else:
    ADAPTERS[$kind].write($array, $function, ({values},), NAME)"""
        return source.splitlines()

    # -- recording ---------------------------------------------------------------------------------------------------
    def saved_entries(self) -> tuple[list[str], list[str]]:
        """How ``node._saved`` is set: lines before the write, and lines after it where what was written is saved."""
        op = self.op
        before: list[str] = []
        entries: list[str] = []
        later = False
        for name in op.saves:
            users = [o for o in self.traced if name in op.needs[o]]
            test = " or ".join(f"$n_{o} is not None" for o in users) if len(self.traced) > 1 else ""
            whenever = f" if {test} else None" if test else ""
            if not users:
                entries.append("None")
            elif name == self.target:
                copy = _COPY.format(target=name)
                before += [f"if {test}:", *indent(copy, 1), "else:", "    $old = None"] if test else copy.splitlines()
                entries.append("$old")
            elif op.output_number(name) >= 0:
                later = True
                entries.append(f"keep_output({self.target}, 0){whenever}")
            elif self.forms[name] is TENSOR:
                before.append(f"$s_{name} = ({name} if {name}._extra is None else versioned({name})){whenever}")
                entries.append(f"$s_{name}")
            else:
                entries.append(f"{name}{whenever}")
        if self.number and any(self.number in op.needs[o] for o in self.traced):
            entries.append(f"$c_{self.number}")
        if op.releases and not entries:
            entries.append("None")
        entry = f"$node._saved = ({''.join(f'{e}, ' for e in entries)})"
        if not later:
            return [*before, entry], []
        place = [f"if $base is not {self.target}:", f"    settle_outputs({self.target}, $node)"]
        return [*before, "$node._saved = ()"], [entry, *place]

    def kept(self) -> list[str]:
        """``node._static``: None where a gradient of the target fits every operand as it is."""
        if not self.op.trusts_rules:
            return self.static()
        others = [o for o in self.tensors if o != self.target]
        tests = [f"$dtype is {o}._dtype and ($shape is {o}._shape or $shape == {o}._shape)" for o in others]
        if not tests:
            return ["$node._static = None"]
        return [f"$node._static = None if {' and '.join(tests)} else ({', '.join(self.fits())},)"]
