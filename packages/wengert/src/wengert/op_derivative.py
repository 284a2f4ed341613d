"""The source of a node's derivative, from the rules of its operator (design, section 3).

It comes twice: ``apply`` runs the rules over raw arrays, ``apply_recorded`` over Tensors in their old places of the graph. Both
unpack what was saved, call the rule of every operand whose gradient goes somewhere, and fit what it returns to the operand.
Variables that hold what a rule asks for begin with ``v_``, results with ``r_``.

A node of which only some operands can have a gradient, the others being numbers or raw arrays, has an ``apply`` of its own: what
need not be asked need not be asked again at every node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .op import Operator

__all__ = ["derivative_sources", "partial_source"]


def derivative_sources(op: Operator) -> list[str]:
    """The sources of ``apply`` and ``apply_recorded``."""
    if not op.rules:
        return []
    make = _sequence_derivative if op.sequence else _derivative
    return [make(op, "apply", False), make(op, "apply_recorded", True)]


def partial_source(op: Operator, name: str, tensors: Sequence[str], constant: str | None) -> str:
    """The source of ``apply``, called `name`, for nodes only of whose operands `tensors` are Tensors; see `node_name`."""
    return _derivative(op, name, False, tensors, constant)


def _derivative(
    op: Operator, name: str, recorded: bool, tensors: Sequence[str] | None = None, constant: str | None = None
) -> str:
    lines = [f"def {name}(self, grad, wanted=None):"]
    tensors = op.operands if tensors is None else tensors
    traced = [o for o in op.differentiable if o in tensors]
    needed = {n for o in traced for n in op.needs[o]}
    if op.saves:
        lines += ["    saved = self._saved", "    if saved is None:", "        raise_released(self)"]
        for i, n in enumerate(op.saves):
            if n in needed:
                place = len(op.saves) if n == constant else i
                is_tensor = n in tensors or n not in op.operands
                lines += [f"    v_{n} = saved[{place}]", *([] if n == constant else _unpack(op, n, recorded, is_tensor))]
    elif op.releases:
        lines += ["    if self._saved is None:", "        raise_released(self)"]
    lines += [*_undefined(op), *_kept(op, needed)]
    if len(traced) > 1:
        lines.append("    edges = self._edges")
    for i, o in enumerate(op.differentiable):
        if o in traced:
            tests = [f"edges[{i}] is not None"] if len(traced) > 1 else []
            test = " and ".join([*tests, f"(wanted is None or wanted[{i}])"])
            lines += [f"    r_{o} = None", f"    if {test}:", f"        r_{o} = {_rule_call(op, o)}", *_fit(op, o, i)]
    lines.append(f"    return ({', '.join(f'r_{o}' if o in traced else 'None' for o in op.differentiable)},)")
    return "\n".join(lines)


def _sequence_derivative(op: Operator, name: str, recorded: bool) -> str:
    """The one rule returns a list, with a gradient or None for each operand."""
    (operand,) = op.operands
    lines = [f"def {name}(self, grad, wanted=None):"]
    if op.saves:
        lines += ["    saved = self._saved", "    if saved is None:", "        raise_released(self)"]
        lines.append(f"    v_{operand} = [{'restore' if recorded else 'unpack'}(v, self) for v in saved]")
    lines += [*_undefined(op), "    edges = self._edges", *_kept(op, set(op.keeps))]
    if "wanted" in op.needs[operand]:
        lines.append("    v_wanted = [e is not None and (wanted is None or wanted[i]) for i, e in enumerate(edges)]")
    fitted = f"""\
    results = {_rule_call(op, operand)}
    if wanted is not None:
        results = [r if w else None for r, w in zip(results, wanted)]
    grads = []
    for r, edge, shape, dtype in zip(results, edges, static[-2], static[-1]):
        if r is None or edge is None:
            r = None
        elif r.shape != shape or r.dtype is not dtype:
            r = fit(r, shape, dtype)
        grads.append(r)
    return tuple(grads)"""
    return "\n".join([*lines, fitted])


def _rule_call(op: Operator, operand: str) -> str:
    return f"RULE_{operand}({', '.join(('grad', *('v_' + n for n in op.needs[operand])))})"


def _unpack(op: Operator, name: str, recorded: bool, is_tensor: bool = True) -> list[str]:
    """From the entry of ``node._saved`` to the value that rules get; the forms of entries are in `autograd.saved`."""
    v, number = f"v_{name}", op.output_number(name)
    if recorded and name not in op.aux:
        return [f"    {v} = restore({v}, self, {number})"]
    if number >= 0 or name in op.aux or not is_tensor:
        return [f"    if type({v}) is SavedTensor:", f"        {v} = {v}.restore_array(self)"]
    return [
        f"    kind = type({v})",
        "    if kind is Tensor or kind in TENSORS:",
        f"        {v} = {v}._array if {v}._extra is None else unpack({v}, self)",
        "    elif kind is SavedTensor:",
        f"        {v} = {v}.restore_array(self)",
    ]


def _undefined(op: Operator) -> list[str]:
    """What happens to gradients that are None: after unpacking, which PyTorch does whatever the gradients are (S3.4)."""
    nones = "(None,) * len(self._edges)" if op.sequence else "NONES"
    if op.outputs == 1:
        return ["    if grad is None:", f"        return {nones}"]
    return [
        "    if self._outputs == 1:",
        "        grad = [grad]",
        "    missing = 0",
        "    for g in grad:",
        "        if g is None:",
        "            missing += 1",
        "    if missing:",
        "        if missing == len(grad):",
        f"            return {nones}",
        "        grad = materialize(grad, self)",
    ]


def _kept(op: Operator, needed: set[str]) -> list[str]:
    return ["    static = self._static", *(f"    v_{n} = static[{i}]" for i, n in enumerate(op.keeps) if n in needed)]


def _fit(op: Operator, operand: str, index: int) -> list[str]:
    """Sum and cast the gradient of `operand` if it needs that; ``static`` is None where no operand of this node does."""
    r, at = f"r_{operand}", len(op.keeps) + 2 * index
    if op.trusts_rules:
        test = f"        if static is not None and {r} is not None:"
    else:
        test = f"        if {r} is not None and ({r}.shape != static[{at}] or {r}.dtype is not static[{at + 1}]):"
    return [test, f"            {r} = fit({r}, static[{at}], static[{at + 1}])"]
