"""A backward under the compiler: one run of the engine that finds its program, or is captured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import DIRECT, adapter_of
from ..autograd.engine import GraphRoot, GraphTask
from ..autograd.interpreter import Interpreter
from ..autograd.modes import current, dual_level_in_force
from ..autograd.node import AccumulateGrad, Edge, Node
from .capture import Capture
from .effects import before, stand_in

if TYPE_CHECKING:
    from ..autograd.hooks import Grads
    from .compiler import Compiler

__all__ = ["CompiledTask"]

#: The attributes of a plan, which is made when one of them is asked for: a program needs none.
_PLAN = frozenset(("reached", "waits", "needed", "active", "whole"))


class CompiledTask(GraphTask):
    """`GraphTask`, run by a compiled program where there is one.

    Runs that others have to see from inside, node by node, are eager ones: those under an observer, those that are themselves
    recorded (``create_graph``), and batched ones.
    """

    __slots__ = ("capture", "compiler", "known", "oldest")

    def __init__(self, compiler: Compiler, *arguments: Any, **options: Any) -> None:
        self.compiler = compiler
        self.capture: Capture | None = None
        self.known = 0  # the number of the last program that was tried
        super().__init__(*arguments, **options)

    # -- planning, where anybody wants to know
    def prepare(self, oldest: int = -1) -> None:
        self.oldest = oldest
        if not (self.captures or self.stores):  # everything runs
            self.needed = self.active = None
            self.whole = True

    def __getattr__(self, name: str) -> Any:
        if name in _PLAN:
            super().prepare(self.oldest)
            return getattr(self, name)
        raise AttributeError(name)

    # -- running
    def _execute(self) -> None:
        if self.reason_for_eager() is not None:
            self._run_eagerly()
            return
        found = self.compiler.find(self)
        if found is not None:
            runner, nodes = found
            runner(self, nodes)
            return
        if self.compiler.refuses(self):
            self._run_eagerly()
            return
        if len(self.reached) > self.compiler.most_nodes:
            self.compiler.refuse_size(len(self.reached))
            self._run_eagerly()
            return
        self._captured_run()

    def _run_eagerly(self) -> None:
        """Run as without a compiler. Nobody is going to ask for the lines of such graphs."""
        modes = current()
        if modes.lines:
            modes.set_lines(False)
        super()._execute()

    def reason_for_eager(self) -> str | None:
        """Why no program is made of this run; None if one is."""
        if self.recorded:
            return "it is recorded, for derivatives of derivatives"
        if self.interpreter is not None:
            return "an observer is installed"
        if dual_level_in_force() is not None:
            return "forward mode is on"
        grads = self.root.grads
        if not grads or any(type(grad) not in DIRECT for grad in grads):
            return "its gradients are no plain arrays"
        return None

    def _captured_run(self) -> None:
        earlier = self.compiler.earlier(self)
        capture = self.capture = Capture(self, earlier)
        before, self.root.grads = self.root.grads, tuple(capture.inputs)
        self.add = adapter_of(capture.inputs[0]).add
        self.interpreter = Interpreter()  # so that the engine asks about every node
        try:
            super()._execute()
            self.capture = None
            self.compiler.learn(capture.finish(), self.known, len(self.reached), earlier, before[0])
        finally:
            self.capture = self.interpreter = None
            self.add = adapter_of(before[0]).add
            self.root.grads = before
            capture.close()

    # -- what the engine calls for each node, and what programs call for some
    def _visit(self, node: Node, grad: Any) -> Any:
        return super()._visit(node, grad) if self.capture is None else self.capture.visit(node, grad)

    def _visit_leaf(self, node: AccumulateGrad, box: list[Any]) -> None:
        if self.capture is None:
            super()._visit_leaf(node, box)
        else:
            self.capture.visit_leaf(node, box)

    def visit_now(self, node: Node, grad: Any) -> Any:
        """Visit `node` as the engine does, with real arrays."""
        with self._unwatched():
            return super()._visit(node, grad)

    def visit_leaf_now(self, node: AccumulateGrad, box: list[Any]) -> None:
        """Visit a leaf as the engine does, with a real array."""
        with self._unwatched():
            super()._visit_leaf(node, box)

    def before_now(self, node: Node, needed: bool, grads: tuple[Any, ...]) -> Grads:
        """Call what hangs before the derivative of `node`, which is `needed` or not."""
        with self._unwatched():
            return before(self, node, needed, *grads)

    def derive_now(self, node: Node, seen: Grads, grad: Any) -> Any:
        """Run the derivative of `node`, and its post-hooks."""
        with self._unwatched():
            return self._derive(node, seen, grad)

    def after_now(self, node: Node, results: tuple[Any, ...], seen: Grads) -> Any:
        """Call the post-hooks of `node`."""
        with self._unwatched():
            return self._visit_after(node, results, seen)

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        """While a run is captured, its interpreter is there for the engine to ask; nobody else is to know."""
        before, self.interpreter = self.interpreter, None
        try:
            yield
        finally:
            self.interpreter = before

    # -- runs that leave their program
    def start_over(self) -> None:
        """Run without the program, which has done nothing yet."""
        self.compiler.counts["left"] += 1
        super()._execute()

    def leave(
        self,
        nodes: tuple[Node, ...],
        places: Sequence[tuple[int, int]],
        grads: tuple[Any, ...],
        node: Node,
        seen: Grads | None,
        arrived: tuple[Any, ...],
        entries: tuple[Any, ...] | None = None,
    ) -> None:
        """Finish the run from the middle of `node`, whose hooks before the derivative have been called.

        Parameters
        ----------
        nodes, places, grads
            As of `go_on`.
        node : Node
        seen : tuple of Tensor or None
            The gradients of its outputs as hooks have left them; none for post-hooks that are to see none; None for `arrived`.
        arrived : tuple
            The same as arrays.
        entries : tuple, optional
            What it has saved, where hooks have unpacked it.
        """
        if seen is None:
            seen = tuple(map(self._wrap, arrived))
        whole = node if entries is None else stand_in(node, entries, node._static)
        results = self._derive(whole, seen, arrived[0] if node._outputs == 1 else list(arrived))
        self.go_on(nodes, places, grads, node, results)

    def go_on(
        self,
        nodes: tuple[Node, ...],
        places: Sequence[tuple[int, int]],
        grads: tuple[Any, ...],
        node: Node | None = None,
        results: Any = (),
    ) -> None:
        """Finish the run without the program: a hook has done what the program did not foresee.

        Parameters
        ----------
        nodes : tuple of Node
            By number.
        places, grads : sequence
            What has arrived at nodes that have not run.
        node, results : Node, tuple
            The node that ran last, and the gradients along its edges.
        """
        arrived: list[tuple[Edge, Any]] = [
            ((nodes[place], number), grad) for (place, number), grad in zip(places, grads, strict=True)
        ]
        if node is not None:
            if not self.keep and node._saved:
                node._saved = None
            arrived += [(edge, g) for edge, g in zip(node.next_functions, results, strict=False) if edge[0] is not None]
        if not arrived:
            return
        whole, _ = self.whole, self.reached  # the plan of the whole run, made of its true root
        self.root = GraphRoot(tuple(edge for edge, _ in arrived), tuple(grad for _, grad in arrived))
        _, self.waits = self._plan(-1)
        self.whole = whole and self.active is None
        self.compiler.counts["left"] += 1
        super()._execute()
