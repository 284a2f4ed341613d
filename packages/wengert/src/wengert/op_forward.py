"""Forward mode of operators: from the tangents of the operands to those of the results (rules A2).

What an operator says of its derivative is its rules, and they suffice. The tangent of a result is, in this order,

- what the declaration computes from the tangent of an operand (``jvp``);
- of an operator that is *linear* in each operand, the operator itself with the tangent in the place of the operand;
- of an operator whose Jacobian is *diagonal*, and so its own transpose, what the rule makes of the tangent;
- else the transpose of the rule. A rule is linear in the gradient g that it is given: it computes Jᵀg. Run over a g that requires
  grad it is recorded, and the backward of that record takes a tangent t to (Jᵀ)ᵀt = Jt.

Contributions of several operands are summed; an operand without a tangent contributes nothing and costs nothing. All of it is
done with operators over Tensors, so where gradients are recorded, tangents are recorded too: reverse over forward. While it is
done no tangents follow, because a level has none of second order.

Complex gradients are those of the real and imaginary parts (A4.4), for which Jᵀ is the transpose over the real numbers: the last
way is right for every function. A holomorphic function multiplies a gradient by the conjugate of its derivative f', hence a
tangent t by f' itself when t and the result are conjugated; a rule that is not known to be of one is transposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .arrays.adapter import adapter_of
from .autograd.forward import primal_of, set_tangent, tangent_of, tangents_paused
from .autograd.interpreter import Interpreter
from .autograd.modes import current, dual_level_in_force
from .autograd.requests import grad
from .autograd.tensor import TENSORS, Tensor, wrap
from .op_support import constants, fit

if TYPE_CHECKING:
    from .op import Operator, Rule

__all__ = ["carry", "propagate", "tangent_of_write", "tangents_of"]

#: One tangent, or None, for each result.
Tangents = tuple[Tensor | None, ...]


def carry(op: Operator, arguments: dict[str, Any], outs: Sequence[Tensor], aux: dict[str, Any]) -> None:
    """`propagate`, if there is a level and this thread lets tangents follow. Called while some mode is on."""
    if dual_level_in_force() is None:
        return
    modes = current()
    stack, carrier = modes.interceptors, modes.carrier
    if carrier is None:
        propagate(op, arguments, outs, aux)
        return
    modes.interceptors, modes.carrier = (*stack, carrier), None
    try:
        propagate(op, arguments, outs, aux)
    finally:
        modes.interceptors, modes.carrier = stack, carrier


def propagate(op: Operator, arguments: dict[str, Any], outs: Sequence[Tensor], aux: dict[str, Any] | None = None) -> None:
    """Give the results of a call their tangents, if some operand has one.

    Parameters
    ----------
    op : Operator
        What was called.
    arguments : dict
        All its arguments by the names of its parameters, defaults among them, as the user gave them.
    outs : sequence of Tensor
        The results.
    aux : dict, optional
        Its auxiliary results by name.
    """
    for out, tangent in zip(outs, tangents_of(op, arguments, outs, aux), strict=True):
        if tangent is not None:
            set_tangent(out, tangent)


def tangents_of(
    op: Operator, arguments: dict[str, Any], outs: Sequence[Tensor], aux: dict[str, Any] | None = None
) -> Tangents:
    """The tangents of the results of a call; parameters as of `propagate`, which sets them.

    The operands must still have the values that they were called with: who writes into one asks before.
    """
    nothing: Tangents = (None,) * len(outs)
    given = {}
    for operand in op.rules:
        tangent = _tangents_in(arguments[operand])
        if tangent is not None:
            given[operand] = tangent
    if not given:
        return nothing
    with tangents_paused():
        call = Call(op, arguments, outs, aux or {}, given)
        total = nothing
        transposed = {}
        for operand, tangent in given.items():
            if operand in op.jvps:
                found = call.declared(operand, tangent)
            elif op.linear:
                found = call.linear(operand, tangent)
            elif op.diagonal and (op.holomorphic or call.is_real):
                found = call.diagonal(operand, tangent)
            else:
                transposed[operand] = tangent
                continue
            total = found if total is nothing else _summed(total, found)
        if transposed:
            total = _summed(total, call.transposed(transposed))
        fitted = tuple(map(_fitted, total, outs))
        # A tangent shares memory with another only where the tensors do, as the results of linear operators that make views.
        return tuple([t.clone() if t is not None and any(t is g for g in given.values()) else t for t in fitted])


def tangent_of_write(op: Operator, operands: Sequence[Any], statics: Sequence[Any]) -> Tensor | None:
    """The tangent of what `op` in place is about to write into the first of `operands`; None if no operand carries one.

    It is that of the result of the operator itself, which is called on a copy of what will be overwritten.
    """
    if dual_level_in_force() is None or all(_tangents_in(o) is None for o in operands):
        return None
    target = operands[0]
    arguments = dict(zip(op.operands, (target.clone(), *operands[1:]), strict=True))
    arguments.update(zip(op.statics, statics, strict=True))
    positional = [arguments.pop(n) for n in op.positional]
    found: Tensor = op.public(*positional, **arguments)
    with tangents_paused():
        fitted = _fitted(tangent_of(found), target)
    return _zeros(target._shape, target._dtype, target) if fitted is None else fitted


def _tangents_in(operand: Any) -> Any:
    """The tangent of an operand, or of a sequence of them the list; None without any."""
    if type(operand) in TENSORS:
        return tangent_of(operand)
    if type(operand) not in (list, tuple):
        return None
    found = [tangent_of(x) if type(x) in TENSORS else None for x in operand]
    return None if all(t is None for t in found) else found


class Call:
    """One call of an operator, as its rules see it.

    Where tangents are to be recorded, operands and results stand in their places of the graph without their own tangents: a
    tangent has none. Else they are taken out of the graph, so that what is computed from them is not recorded either.
    """

    def __init__(
        self, op: Operator, arguments: dict[str, Any], outs: Sequence[Tensor], aux: dict[str, Any], given: dict[str, Any]
    ) -> None:
        self.op, self.outs, self.aux = op, outs, aux
        if op.sequence:
            (operand,) = op.operands
            arguments = {**arguments, operand: constants(op, arguments[operand])}
        traced = any(map(_requires_grad, (*(arguments[o] for o in op.operands), *given.values())))
        self.recorded = traced and current().grad
        self.arguments = {n: self._seen(v) if n in op.operands else v for n, v in arguments.items()} if traced else arguments

    def _seen(self, value: Any) -> Any:
        if self.op.sequence:
            return [self._primal(x) for x in value]
        return self._primal(value) if type(value) in TENSORS else value

    def _primal(self, tensor: Tensor) -> Tensor:
        alike = tangent_of(tensor) is None if self.recorded else not tensor.requires_grad
        return tensor if alike else primal_of(tensor, self.recorded)

    @property
    def is_real(self) -> bool:
        """Whether no operand and no result is complex."""
        operands = [self.arguments[o] for o in self.op.operands]
        return not any(_is_complex(x) for x in (*operands, *self.outs))

    # -- the four ways -----------------------------------------------------------------------------------------------
    def declared(self, operand: str, tangent: Any) -> Tangents:
        """What the declaration of the operator says."""
        op = self.op
        wanted = [t is not None for t in tangent] if op.sequence else None
        return self._apply(op.jvps[operand], op.jvp_needs[operand], tangent, wanted)

    def linear(self, operand: str, tangent: Any) -> Tangents:
        """The operator of the tangent."""
        if self.op.sequence:
            pairs = zip(tangent, self.arguments[operand], strict=True)
            tangent = [_zeros(x.shape, x.dtype, x) if t is None else t for t, x in pairs]
        values = {**self.arguments, operand: tangent}
        positional = [values.pop(n) for n in self.op.positional]
        return _as_tuple(self.op.public(*positional, **values))

    def diagonal(self, operand: str, tangent: Any) -> Tangents:
        """The rule of the tangent."""
        op = self.op
        if self.is_real:
            return self._apply(op.rules[operand], op.needs[operand], tangent)
        (found,) = self._apply(op.rules[operand], op.needs[operand], tangent.conj())
        return (None if found is None else found.conj(),)

    def transposed(self, tangents: dict[str, Any]) -> Tangents:
        """The transpose of the rules of all these operands together."""
        op = self.op
        gradients = [_gradient_for(out) for out in self.outs]
        given: Any = gradients[0] if op.outputs == 1 else gradients
        rows: list[Tensor] = []
        directions: list[Tensor] = []
        with _recording(self.recorded):
            for operand, tangent in tangents.items():
                wanted = [t is not None for t in tangent] if op.sequence else None
                found = op.rules[operand](given, *(self.value(n, wanted) for n in op.needs[operand]))
                values = (found, self.arguments[operand], tangent)
                for row, x, t in zip(*(values if op.sequence else ([v] for v in values)), strict=True):
                    if row is not None and t is not None and row.requires_grad:
                        rows.append(fit(row, x.shape, x.dtype))
                        directions.append(t)
            if not rows:
                return (None,) * len(self.outs)
            inputs = [g for g in gradients if g.requires_grad]
            results = iter(grad(rows, inputs, directions, create_graph=self.recorded, allow_unused=True))
        return tuple([next(results) if g.requires_grad else None for g in gradients])

    # -- what rules ask for ------------------------------------------------------------------------------------------
    def _apply(self, rule: Rule, needs: Sequence[str], tangent: Any, wanted: Any = None) -> Tangents:
        return _as_tuple(rule(tangent, *(self.value(n, wanted) for n in needs)))

    def value(self, name: str, wanted: Any = None) -> Any:
        """What the parameter `name` of a rule stands for."""
        if name in self.arguments:
            return self.arguments[name]
        if name in self.aux:
            return self.aux[name]
        if name == "wanted":
            return wanted
        number = self.op.output_number(name)
        if number >= 0:
            out = self.outs[number]  # its tangent is not there yet
            return primal_of(out, self.recorded) if out.requires_grad else out
        operand, _, what = name.rpartition("_")
        value = self.arguments[operand]
        if self.op.sequence:
            return [getattr(x, what) for x in value]
        return getattr(value, what, () if what == "shape" else type(value))


@contextmanager
def _recording(kept: bool) -> Iterator[None]:
    """Inside, operators are recorded. A record that is not `kept` is for one use at once: no hook packs what it saves.

    Whoever watches the user's backward passes does not see those inside.
    """
    modes = current()
    before = modes.grad, modes.saved_hooks, modes.interpreter
    if not kept:
        modes.saved_hooks = []
    modes.interpreter = Interpreter()
    modes.set_grad(True)
    try:
        yield
    finally:
        grad_mode, modes.saved_hooks, modes.interpreter = before
        modes.set_grad(grad_mode)


# -- helpers -------------------------------------------------------------------------------------------------------------
def _as_tuple(value: Any) -> Tangents:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _requires_grad(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_requires_grad, value))
    return type(value) in TENSORS and value.requires_grad


def _is_complex(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_complex, value))
    array = value._array if type(value) in TENSORS else value
    return adapter_of(array).kind(array.dtype) == "c" if hasattr(array, "dtype") else isinstance(array, complex)


def _zeros(shape: Any, dtype: Any, like: Tensor) -> Tensor:
    return wrap(adapter_of(like._array).zeros(shape, dtype, like._array), cls=like._family)


def _gradient_for(out: Tensor) -> Tensor:
    """The gradient that a rule is run over to be transposed; its value does not matter."""
    made = _zeros(out._shape, out._dtype, out)
    if adapter_of(out._array).kind(out._dtype) in "fc":
        made.requires_grad = True
    return made


def _summed(first: Tangents, second: Tangents) -> Tangents:
    return tuple(a if b is None else b if a is None else a + b for a, b in zip(first, second, strict=True))


def _fitted(tangent: Tensor | None, out: Tensor) -> Tensor | None:
    """`tangent` of the shape and dtype of `out`; None where that has none."""
    adapter = adapter_of(out._array)
    if tangent is None or adapter.kind(out._dtype) not in "fc":
        return None
    if tangent._shape != out._shape:  # the operands broadcast against one that has no tangent
        zeros = adapter.broadcast_to(_zeros((), out._dtype, out)._array, out._shape)
        tangent = wrap(zeros, cls=out._family) + tangent
    if tangent._dtype != out._dtype:
        if adapter.kind(tangent._dtype) == "c" and adapter.kind(out._dtype) != "c":
            tangent = tangent.real
        tangent = tangent.astype(out._dtype)
    return tangent
