"""The source of a node's derivative, from the rules of its operator (design, section 3).

It comes twice: ``apply`` runs the rules over raw arrays, ``apply_recorded`` over Tensors in their old places of the graph. Both
unpack what was saved, call the rule of every operand whose gradient goes somewhere, and fit what it returns to the operand.
Variables that hold what a rule asks for begin with ``v_``, results with ``r_``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .op import Operator

__all__ = ["derivative_sources"]


def derivative_sources(op: Operator) -> list[str]:
    """The sources of ``apply`` and ``apply_recorded``."""
    if not op.rules:
        return []
    make = _sequence_derivative if op.sequence else _derivative
    return [make(op, "apply", False), make(op, "apply_recorded", True)]


def _derivative(op: Operator, name: str, recorded: bool) -> str:
    lines = [f"def {name}(self, grad, wanted=None):"]
    saves, operands = op.saves, op.differentiable
    if saves:
        lines += ["    saved = self._saved", "    if saved is None:", "        raise_released(self)"]
        lines.append(f"    {', '.join('v_' + n for n in saves)}, = saved")
        for n in saves:
            lines += _unpack(op, n, recorded)
    lines += _undefined(op)
    lines += ["    static = self._static", *_kept(op)]
    if len(operands) > 1:
        lines.append("    edges = self._edges")
    for i, o in enumerate(operands):
        tests = [f"edges[{i}] is not None"] if len(operands) > 1 else []
        tests.append(f"(wanted is None or wanted[{i}])")
        lines += [f"    r_{o} = None", f"    if {' and '.join(tests)}:", f"        r_{o} = {_rule_call(op, o)}", *_fit(op, o, i)]
    lines.append(f"    return ({', '.join('r_' + o for o in operands)},)")
    return "\n".join(lines)


def _sequence_derivative(op: Operator, name: str, recorded: bool) -> str:
    """The one rule returns a list, with a gradient or None for each operand."""
    (operand,) = op.operands
    lines = [f"def {name}(self, grad, wanted=None):"]
    if op.saves:
        lines += ["    saved = self._saved", "    if saved is None:", "        raise_released(self)"]
        lines.append(f"    v_{operand} = [{'restore' if recorded else 'unpack'}(v, self) for v in saved]")
    lines += [*_undefined(op), "    edges = self._edges", "    static = self._static", *_kept(op)]
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


def _unpack(op: Operator, name: str, recorded: bool) -> list[str]:
    """From the entry of ``node._saved`` to the value that rules get; the forms of entries are in `autograd.saved`."""
    v, number = f"v_{name}", op.output_number(name)
    if recorded:
        return [f"    {v} = restore({v}, self, {number})"]
    if name in op.aux:
        return []
    if number >= 0:
        return [f"    if type({v}) is SavedTensor:", f"        {v} = unpack({v}, self)"]
    return [
        f"    kind = type({v})",
        "    if kind is Tensor or kind in TENSORS:",
        f"        {v} = {v}._array if {v}._extra is None else unpack({v}, self)",
        "    elif kind is SavedTensor:",
        f"        {v} = unpack({v}, self)",
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


def _kept(op: Operator) -> list[str]:
    count = len(op.keeps)
    return [f"    {', '.join('v_' + n for n in op.keeps)}, = static[:{count}]"] if count else []


def _fit(op: Operator, operand: str, index: int) -> list[str]:
    """Sum and cast the gradient of `operand` if it needs that; ``static`` is None where no operand of this node does."""
    r, at = f"r_{operand}", len(op.keeps) + 2 * index
    if op.trusts_rules:
        test = f"        if static is not None and {r} is not None:"
    else:
        test = f"        if {r} is not None and ({r}.shape != static[{at}] or {r}.dtype is not static[{at + 1}]):"
    return [test, f"            {r} = fit({r}, static[{at}], static[{at + 1}])"]
