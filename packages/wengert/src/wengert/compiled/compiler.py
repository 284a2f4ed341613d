"""`Compiler`: the programs of the graphs that were met, and `compiled_autograd`, which puts one in force."""

from __future__ import annotations

import itertools
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..arrays.adapter import ADAPTERS
from ..autograd.modes import current
from ..errors import WengertError
from .backends import SLOW, backend_called
from .calling import warn_user
from .capture import GraphProgram
from .graph_passes import gathered
from .graph_sizes import described_sizes, settled, specialised, why_not_general
from .graph_source import Runner, make_runner
from .guard import Guard, make_guard
from .plan import plan_of, shown_passes
from .segments import Segment, segmented
from .sizes import Refused
from .steps import Read
from .task import CompiledTask

__all__ = ["Compiler", "Entry", "compiled_autograd"]

#: So many programs are made of pure hooks that differ in what they know, and not in their code.
MOST_VARIED = 4

_names = itertools.count().__next__

#: How many programs for several sizes are kept for graphs that begin with the same node.
MOST_GENERAL = 8


def next_name() -> str:
    """A name that no other program has."""
    return str(_names())


class Entry:
    """A program with its guard and its compiled form.

    Attributes
    ----------
    program : GraphProgram
    guard : Guard
    runner : Runner
    why : str
        What kept the programs that were there from being used.
    hits : int
        How often it ran after it was made.
    form : Guard or None
        Whether a graph is the same but for its sizes; made when somebody asks.
    number : int
        How many had been captured when it was.
    """

    __slots__ = ("form", "guard", "hits", "number", "program", "runner", "why")

    def __init__(self, program: GraphProgram, guard: Guard, runner: Runner, why: str) -> None:
        self.program, self.guard, self.runner, self.why, self.hits = program, guard, runner, why, 0
        self.form: Guard | None = None
        self.number = 0

    def same_form(self, task: Any) -> tuple[Any, ...] | None:
        """The nodes of `task` by number, if its graph is the same but for its sizes."""
        if self.form is None:
            self.form = make_guard(self.program, f"of any size {next_name()}", any_size=True)
        return self.form(task)


class General:
    """A program that holds for several sizes.

    Attributes
    ----------
    program : GraphProgram
    form : Guard
        As of an `Entry`.
    """

    __slots__ = ("form", "program")

    def __init__(self, program: GraphProgram, form: Guard) -> None:
        self.program, self.form = program, form


class Compiler:
    """Knows the programs of the graphs that were run backward under it.

    Parameters
    ----------
    backend : str
        What makes functions of the equations between effects, one of those that `compile` takes.
    most_programs : int
        How many are kept for graphs that begin with the same node; the one that was used the longest time ago is dropped.
    most_nodes : int
        Larger graphs are run eagerly: Python takes long to compile so long a function.

    Attributes
    ----------
    counts : dict
        ``captures``, ``hits``, ``left`` (runs that a hook made leave their program).
    specialisations : int
        How many programs were made of one that had been captured for other sizes.
    """

    def __init__(self, backend: str = "python", *, most_programs: int = 16, most_nodes: int = 20_000) -> None:
        self._made = backend_called(backend)
        self.backend, self.most_programs, self.most_nodes = backend, most_programs, most_nodes
        self.entries: dict[Any, list[Entry]] = {}  # lists are replaced, never changed: threads go through them
        self.general: dict[Any, list[General]] = {}  # so are these
        self.counts = {"captures": 0, "hits": 0, "left": 0}
        self.specialisations = 0
        self.refused: set[Any] = set()  # kinds of graphs of which no program could be made
        self._varied: Counter[Any] = Counter()  # the kinds of pure hooks that made another program by what they know
        self._lock = threading.Lock()
        self._warned = False

    def task(self, *arguments: Any, **options: Any) -> CompiledTask:
        """The task for a backward."""
        return CompiledTask(self, *arguments, **options)

    def find(self, task: CompiledTask) -> tuple[Runner, tuple[Any, ...]] | None:
        """The program that fits the graph of `task`, and the nodes of that by number; None if it has to be captured."""
        entries = self.entries.get(_key(task.root), [])
        for entry in entries:
            nodes = entry.guard(task)
            if nodes is not None:
                modes = current()
                if modes.lines:  # they have been noted, for the program that fits
                    modes.set_lines(False)
                self.counts["hits"] += 1  # no other thread gets in between: there is no call in it
                entry.hits += 1
                if entry is not entries[0]:
                    self._to_front(_key(task.root), entry)
                return entry.runner, nodes
        found = self._of_other_size(task)
        if found is not None:
            return found
        if current().compiler == self.task:  # the graph to come may be this one again, and be captured with its lines
            current().set_lines(True)
        task.known = max([entry.number for entry in entries], default=0)
        return None

    def _of_other_size(self, task: CompiledTask) -> tuple[Runner, tuple[Any, ...]] | None:
        """The program that one for several sizes becomes for those of `task`, if one does."""
        for general in self.general.get(_key(task.root), ()):
            nodes = general.form(task)
            if nodes is None:
                continue
            try:
                program = specialised(general.program, nodes, task.root.grads)
                entry = self._callable(program)("one that has been captured holds for these sizes too")
            except Refused:
                continue
            except Exception:  # noqa: BLE001, S112 - the graph is captured instead, and that says what is wrong
                continue
            found = entry.guard(task)
            if found is not None:
                with self._lock:
                    key = _key(task.root)
                    self.entries[key] = [entry, *self.entries.get(key, [])[: self.most_programs - 1]]
                    self.specialisations += 1
                self._warn_of_many()
                return entry.runner, found
        return None

    def earlier(self, task: CompiledTask) -> GraphProgram | None:
        """The program of a graph that is that of `task` but for its sizes, and that none for several sizes was made of."""
        for entry in self.entries.get(_key(task.root), ()):
            if entry.program.alone and entry.same_form(task) is not None:
                return entry.program
        return None

    def _to_front(self, key: Any, entry: Entry) -> None:
        with self._lock:
            entries = self.entries[key]
            if entry in entries:
                self.entries[key] = [entry, *(e for e in entries if e is not entry)]

    def learn(
        self, program: GraphProgram, known: int, size: int, earlier: GraphProgram | None = None, like: Any = None
    ) -> None:
        """Keep a program that was captured because none up to number `known` fitted; unless another thread came first.

        `size` is the number of nodes in the graph, `earlier` the program of a graph of other sizes that it was compared with, and
        `like` an array of their library.
        """
        key = _first_of(program)
        try:
            if earlier is not None and program.sizes is not None:
                program = self._compared(key, program, earlier, like)
            self._learn(key, program, known)
        except WengertError:  # what the backend cannot be used for, in its own words
            raise
        except Exception as error:  # noqa: BLE001 - the run is over, and has done what it should
            self.refused.add((key, size))
            warn_user(
                f"compiled_autograd: no program could be made of a graph of {size} nodes that begins at "
                f"{program.nodes[program.order[0]].label}; graphs like it are run eagerly: {type(error).__name__}: {error}"
            )

    def _compared(self, key: Any, general: GraphProgram, earlier: GraphProgram, like: Any) -> GraphProgram:
        """The program of the graph that was captured, for its sizes; that for several sizes is kept, if it is one."""
        assert general.sizes is not None
        program = settled(general)
        reason = why_not_general(general, earlier, like)
        program.said = described_sizes(general, earlier, reason)
        program.alone = not general.sizes.special
        if general.sizes.was_special:
            earlier.alone = False
        if reason is None:
            program.alone = earlier.alone = False
            form = make_guard(program, f"of any size {next_name()}", any_size=True)
            with self._lock:
                self.general[key] = [General(general, form), *self.general.get(key, [])[: MOST_GENERAL - 1]]
        return program

    def _learn(self, key: Any, program: GraphProgram, known: int) -> None:
        made = self._callable(program)
        with self._lock:
            entries = self.entries.get(key, [])
            self.counts["captures"] += 1
            if any(entry.number > known and self._difference(entry.program, program) is None for entry in entries):
                return
            if entries:
                pairs = zip(entries[0].program.nodes, program.nodes, strict=False)
                self._varied.update({kind for old, new in pairs for kind in old.expected.varied(new.expected)})
            entry = made(self._why(entries, program))
            entry.number = self.counts["captures"]
            self.entries[key] = [entry, *entries[: self.most_programs - 1]]

    def _callable(self, program: GraphProgram) -> Callable[[str], Entry]:
        """What makes an entry of a program, when it is known why it was made."""
        name = next_name()
        program.traced, program.gathered = program.steps, False
        (kind,) = program.root_types[0]
        steps = segmented(gathered(program.steps), (), self._made, ADAPTERS[kind])
        if any(isinstance(step, Segment) for step in steps):
            program.steps, program.gathered = steps, True
        return lambda why: Entry(program, make_guard(program, name), make_runner(program, name), why)

    def _why(self, entries: list[Entry], program: GraphProgram) -> str:
        """What is new about `program`, beside the one that was used last."""
        if not entries:
            return "no graph that begins like this has been met"
        return self._difference(entries[0].program, program) or "a hook changed the run while it went on"

    @staticmethod
    def _difference(old: GraphProgram, program: GraphProgram) -> str | None:
        """What sets `program` apart from an older one; None if they are for graphs of the same kind."""
        for number, (before, now) in enumerate(zip(old.nodes, program.nodes, strict=False)):
            difference = before.differs(now)
            if difference is not None:
                return f"node {number} {difference}"
        if len(old.nodes) != len(program.nodes):
            return f"the graph has {len(program.nodes)} nodes, had {len(old.nodes)}"
        if old.recency != program.recency:
            return "the nodes were made in another order"
        if (old.asked, old.captures, old.stores, old.retained) != (
            program.asked, program.captures, program.stores, program.retained
        ):
            return "other gradients are asked for"
        roots = zip(old.roots, program.roots, strict=False)
        if any((a.shape, a.dtype) != (b.shape, b.dtype) for a, b in roots):
            return "the initial gradients have another shape or dtype"
        return None

    def varies(self, kind: Any) -> bool:
        """Whether pure hooks of this kind mostly know something new: they are called, so as not to be captured each time."""
        return self._varied[kind] >= MOST_VARIED

    def refuses(self, task: CompiledTask) -> bool:
        """Whether no program could be made of a graph like that of `task`."""
        return bool(self.refused) and (_key(task.root), len(task.reached)) in self.refused

    def _warn_of_many(self) -> None:
        """Say once that a backend which takes seconds for each size is given very many of them."""
        if self.backend in SLOW and self.specialisations == 2 * self.most_programs:
            warnings.warn(
                f"compiled_autograd: {self.specialisations} programs have been compiled for other sizes of what had been "
                f"captured: the {self.backend} backend takes shapes for constants; pad to few sizes, and see explain()",
                UserWarning,
                stacklevel=2,
            )

    def refuse_size(self, nodes: int) -> None:
        """Say once that a graph is too large."""
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"compiled_autograd: a graph of {nodes} nodes is run eagerly; at most most_nodes={self.most_nodes} are compiled",
                UserWarning,
                stacklevel=2,
            )

    def explain(self, *, passes: bool = False) -> str:
        """Every program: why it was made, how often it ran, its steps, what the backend has fused, the memory that it needs.

        With `passes` the steps are shown as they were written down and after each pass, too.
        """
        found = itertools.chain.from_iterable(list(self.entries.values()))
        parts = [self._introduced(e) + self._explained(e.program, passes) for e in found]
        return "\n\n".join(parts) if parts else "nothing has been captured"

    def _introduced(self, entry: Entry) -> str:
        said = entry.program.said
        if entry.program.general and said:
            said = f"{said.rstrip()}: the {self.backend} backend takes shapes for constants\n"
        how = "specialised" if entry.program.general else "captured"
        return f"program, {how} because {entry.why}; {entry.hits} runs since\n{said}"

    def _explained(self, program: GraphProgram, passes: bool) -> str:
        text = str(program)
        if passes:
            texts = {"traced": program.text(program.traced)}
            if program.gathered:
                texts |= {"gathered": program.text(gathered(program.traced)), f"backend {self.backend}": text}
            text = shown_passes(texts)
        saved = [v for step in program.steps if isinstance(step, Read) for v in step.makes()]
        own = [step for step in program.steps if not isinstance(step, Read)]
        return f"{text}\n{plan_of(own, (*program.roots, *saved), ())}"


def _first_of(program: GraphProgram) -> Any:
    """What graphs of this kind begin with, as `_key` says of a graph."""
    edges = program.nodes[0].edges
    return tuple([program.nodes[i].cls if i is not None else None for i in edges]), len(program.roots)


def _key(root: Any) -> Any:
    return tuple([None if node is None else type(node) for node in root._edges]), len(root.grads)


#: One compiler for each backend, so that programs outlive the contexts in which they were made.
_SHARED: dict[str, Compiler] = {}


@contextmanager
def compiled_autograd(backend: str = "python", *, compiler: Compiler | None = None) -> Iterator[Compiler]:
    """Compile the backward passes of this thread, with every hook.

    The first backward of a graph is captured while it runs; later ones of the same kind run the program. Hooks of every kind,
    custom Functions and unpack hooks are called with real arrays, at the place and in the order of an eager run. A backward
    that is itself recorded (``create_graph``), that an observer watches, or that is batched is run eagerly.

    Parameters
    ----------
    backend : str
        What programs are made of: ``"python"`` needs nothing but the array library; for the others see `wengert.compile`.
    compiler : Compiler, optional
        Whose programs to use. Default: one for all contexts of this backend.

    Yields
    ------
    Compiler
        Its ``counts`` and ``explain()`` say what was captured, and why.

    Raises
    ------
    ArgumentError
        If there is no such backend.
    MissingExtraError
        If what it needs is not installed.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.compiled_autograd() as compiler:
    ...     for _ in range(3):
    ...         (x * x).sum().backward()
    >>> x.grad.tolist()
    [6.0, 12.0]
    """
    if compiler is None:
        compiler = _SHARED.get(backend) or _SHARED.setdefault(backend, Compiler(backend))
    modes = current()
    before, modes.compiler = (modes.compiler, modes.lines), compiler.task
    if not compiler.entries:
        modes.set_lines(True)
    try:
        yield compiler
    finally:
        modes.compiler, lines = before
        modes.set_lines(lines)
