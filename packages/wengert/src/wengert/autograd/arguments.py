"""The arguments of a function that is being differentiated, for `wengert.transforms`.

A transform calls the user's function with new tensors on the arrays that it was given. Each has a node of its own, at which its
gradient arrives. So a tensor that is an argument here, and is seen through a closure there, counts as two, and derivatives
inside derivatives do not mix. Where the surroundings may want to differentiate the result, the node of an argument leads on to
the tensor that was given.

Whether they may is asked of the graph: see `Arguments.lead_outside`. If nobody outside could need it, the backward is not
recorded, and runs over the whole graph without looking for what leads to the arguments, because everything does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays.adapter import ADAPTERS
from .engine import GraphTask
from .modes import current, dual_level_in_force
from .node import NO_EDGE, Edge, Node, next_sequence
from .requests import owned, roots_of
from .saved import Extra, tangent_place
from .tensor import Tensor, wrap

__all__ = ["Arguments"]


class Argument(Node):
    """The node of an argument: keeps the gradient in the run that looks for it, and in every other hands it on."""

    __slots__ = ()
    _label = "AliasBackward0"

    def __init__(self, tensor: Tensor, outer: Edge) -> None:
        self._lead_to(() if outer is NO_EDGE else (outer,))
        self._outputs = 1
        self._saved = ()
        self._sequence = next_sequence()
        self._shape, self._dtype = tensor._shape, tensor._dtype
        self._hooks = self._info = self._static = None

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        task = current().task
        if task is not None and self in task.multi:
            task.multi[self] = grad
        return (grad,) * len(self._edges)

    apply_recorded = apply


class Arguments:
    """What a function is called with in order to be differentiated.

    Parameters
    ----------
    given : sequence of Tensor or raw array
        The arguments as the surroundings have them.
    open : bool
        Whether the gradients of the surroundings go through to them.

    Attributes
    ----------
    inside : list of Tensor
        The same as the function is to see them: of the same memory, in new places of the graph.
    """

    __slots__ = ("_oldest", "inside", "nodes")

    def __init__(self, given: Sequence[Any], open: bool) -> None:
        self.inside: list[Tensor] = []
        self.nodes: list[Node] = []
        for value in given:
            outer, new = NO_EDGE, wrap(value) if type(value) in ADAPTERS else _alias(value)
            if open and isinstance(value, Tensor) and value.requires_grad:
                outer = value._place()
            node = new._family._node_class(Argument)(new, outer)  # gradients that come straight to it are of the family too
            new._node, new._nr = node, 0
            self.inside.append(new)
            self.nodes.append(node)
        self._oldest = self.nodes[0]._sequence if self.nodes else next_sequence()

    def lead_outside(self, outputs: Sequence[Tensor]) -> bool:
        """Whether the graph of `outputs` leads to anything but these arguments.

        It does where an argument itself leads on, or where the function has used a tensor of its surroundings that requires
        grad. Such a tensor is a leaf, or its node is older than those of the arguments.
        """
        oldest = self._oldest
        open = {node for node in self.nodes if node._edges}
        stack = [output._place()[0] for output in outputs if output.requires_grad]
        seen: set[Node | None] = {None, *stack}
        pop, push, see = stack.pop, stack.append, seen.add
        while stack:
            node = pop()
            assert node is not None
            if node._sequence < oldest or node._is_leaf or (open and node in open):
                return True
            for below in node._edges:
                if below not in seen:
                    see(below)
                    push(below)
        return False

    def gradients_alone(self, output: Tensor) -> list[Tensor | None] | None:
        """The gradients of `output` where it leads to nothing but these arguments; its graph is used up. Otherwise None.

        This is the shortest way to a first derivative: what `lead_outside` asks, planning the run finds out by the way.
        """
        if not output.requires_grad or dual_level_in_force() is not None or any(node._edges for node in self.nodes):
            return None
        roots, initial = roots_of([output], [None], False, False, "outputs")
        task = GraphTask(roots, initial, False, False, oldest=self._oldest)
        if task.beyond or any(node._is_leaf for node in task.reached):
            return None
        return list(owned(self._catch(task), task.root, initial, False, False))

    def gradients(
        self, outputs: Sequence[Tensor], grads: Sequence[Tensor | None], *, outside: bool, keep: bool, record: bool
    ) -> list[Tensor | None]:
        """The gradients of `outputs` with respect to the arguments; None for those that no output depends on.

        Parameters
        ----------
        outputs, grads : sequence of Tensor
            What to differentiate, and the gradient of each; None means 1.
        outside : bool
            What `lead_outside` says of the outputs.
        keep, record : bool
            ``retain_graph`` and ``create_graph``.
        """
        pairs = [(o, g) for o, g in zip(outputs, grads, strict=True) if o.requires_grad]
        if not pairs:
            return [None] * len(self.nodes)
        # Over Tensors also while forward mode is on: they carry tangents through the backward.
        over_tensors = record or dual_level_in_force() is not None
        roots, initial = roots_of([o for o, _ in pairs], [g for _, g in pairs], record, over_tensors, "outputs")
        if outside:
            places = [(node, 0) for node in self.nodes]
            task = GraphTask(roots, initial, keep, over_tensors, captures=places, grad_mode=record, oldest=self._oldest)
            found = task.run()
        else:
            task = GraphTask(roots, initial, keep, over_tensors, grad_mode=record)
            found = self._catch(task)
        return list(owned(found, task.root, initial, record, over_tensors))

    def _catch(self, task: GraphTask) -> list[Tensor | None]:
        """Run `task`, whose every path ends at an argument, and take what arrived there."""
        for node in self.nodes:
            task.multi[node] = None
        task.run()
        found = [task.multi.pop(node) for node in self.nodes]
        return found if task.recorded else [None if g is None else task.root.rebuild(g, NO_EDGE) for g in found]


def _alias(tensor: Tensor) -> Tensor:
    """Another tensor on the same memory, with the same tangent; also of one made in inference mode.

    Writes in place are seen by both.
    """
    new = tensor._alias()
    if tensor._extra is None or not tensor._extra.inference:
        new._extra = Extra()
        new._extra.version = tensor._counter()
        new._extra.tangent = tangent_place(tensor)
    return new
