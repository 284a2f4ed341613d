"""What a program from a file takes from outside, by name, and what it is given for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from ..autograd.hooks import Hooks, TensorPostAccGradHooks, register_post_hook, register_pre_hook
from ..autograd.origins import type_name
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError
from ..ops.random import Draw, Generator
from .function_grad import Derivative
from .function_program import Program, state_of
from .function_steps import Numbers, Outside, QueueCallback, RunHooks
from .hook_kinds import HOOK_NAMES, hooks_of, hooks_on
from .ir import Equation, LibraryFunction, Step
from .misfit import unlike
from .optimizer_files import WantedShare, WantedStep
from .reading import Told
from .stored import Decoder, class_called

__all__ = ["Wants"]


class WantedTensor:
    """A tensor that a program closes over.

    Attributes
    ----------
    name : str
    tensor : Tensor
        Once it is bound.
    of_state : bool
        Whether it is an optimizer's.
    """

    tensor: Tensor

    def __init__(self, told: Told, decoder: Decoder) -> None:
        self.name, self.told, self.decoder = told["name"].text(), told, decoder
        self.cls = class_called(told["class"].text(), told.where)
        self.states: list[tuple[Any, ...]] = []
        self.of_state = False

    def has_value(self) -> bool:
        return self.told["value"].content is not None

    def made(self) -> Tensor:
        """A new leaf with the value that was saved."""
        return wrap(self.decoder.own_array(self.told["value"]), cls=self.cls)


class Wanted:
    """Something that a program calls, or draws from.

    Attributes
    ----------
    name, kind : str
    title : str
        What it is, for people.
    thing : object
        What it was bound to.
    """

    thing: Any

    def __init__(self, told: Told, tensors: list[WantedTensor]) -> None:
        self.name, self.kind = told["name"].text(), told["kind"].text()
        self.hook, self.count = "", 0
        self.of: WantedTensor | None = None  # the tensor whose hooks they are
        self.tensors: list[WantedTensor] = []
        self.whole = False  # of an optimizer: whether these are all that it updates
        match self.kind:
            case "hooks":
                self.hook, self.of, self.count = _told_hooks(told, tensors)
                self.title = f"{self.hook}s" if self.of is None else f"{self.hook}s of {self.of.name!r}"
            case "optimizer":
                self.tensors = [tensors[one.integer(len(tensors))] for one in told["tensors"].items()]
                self.cls, self.whole = told["class"].text(), told["whole"].flag()
                self.title = f"{self.cls}.step()"
            case "callback" | "generator":
                self.title = "a callback" if self.kind == "callback" else "a generator of random numbers"
            case _:
                raise told["kind"].wrong("hooks, optimizer, callback or generator")

    def described(self) -> str:
        """What has to be given, in an error."""
        if self.kind == "hooks":
            several = "" if self.of is not None or self.count == 1 else f", a list of {self.count}"
            return f"{self.name!r} ({self.title}{several}{', or register some on it' if self.of is not None else ''})"
        if self.kind == "optimizer":
            return f"{self.name!r} ({self.cls} of {', '.join(repr(t.name) for t in self.tensors)})"
        return f"{self.name!r} ({self.title})"

    def is_there(self, given: Any) -> bool:
        """Whether it needs no more than what is `given`, or registered already."""
        return given is not None or (self.of is not None and bool(hooks_on(self.of.tensor, self.hook)))

    def check(self, given: Any) -> None:
        """Raise if what is given is of another kind."""
        match self.kind:
            case "hooks":
                fits = all(map(callable, listed(given))) and (self.of is not None or len(listed(given)) == self.count)
                expected = "a function" if self.count == 1 else f"a list of {self.count} functions" if self.count else "functions"
            case "optimizer":
                fits, expected = type(given).__name__ == self.cls and hasattr(given, "param_groups"), f"an optimizer, {self.cls}"
            case "callback":
                fits, expected = callable(given), "a function"
            case _:
                fits, expected = isinstance(given, Generator), "a wengert.random.Generator"
        if not fits:
            raise ArgumentError(f"bind: {self.name!r} is {self.title}; expected {expected}, got {type_name(given)}")

    def take(self, given: Any, undo: ExitStack) -> None:
        """Let it be what is given."""
        if self.kind == "hooks":
            self.thing = self._hooks(listed(given) if given is not None else [], undo)
            return
        self.thing = given
        if self.kind == "optimizer":
            updated = {id(p) for group in given.param_groups for p in group["params"]}
            other = [t.name for t in self.tensors if id(t.tensor) not in updated]
            if other or (self.whole and len(updated) != len(self.tensors)):
                raise ArgumentError(
                    f"bind: {self.name!r} has {len(updated)} parameters, and the one that was saved updates "
                    f"{', '.join(repr(t.name) for t in self.tensors)}"
                    + (f"; {', '.join(map(repr, other))} is not among them" if other else "")
                    + "; make it of the tensors that are bound to these names"
                )

    def _hooks(self, functions: list[Callable[..., Any]], undo: ExitStack) -> Hooks:
        if self.of is None:
            hooks = Hooks(self.hook)
            for fn in functions:
                hooks.add(fn)
            return hooks
        for fn in functions:
            undo.callback(_register(self.of.tensor, self.hook, fn).remove)
        found = hooks_on(self.of.tensor, self.hook)
        assert found is not None
        return found

    def named(self) -> Any:
        """What has the name: of hooks the first."""
        return next(iter(self.thing.values()), None) if self.kind == "hooks" else self.thing

    def function(self) -> Callable[..., Any]:
        """What a step of the program calls."""
        if self.kind == "hooks":
            return TensorPostAccGradHooks(self.thing)
        found: Callable[..., Any] = self.thing.step if self.kind == "optimizer" else self.thing
        return found


def _told_hooks(told: Told, tensors: list[WantedTensor]) -> tuple[str, WantedTensor | None, int]:
    """The kind of hooks, the tensor that they are on, and how many there are where they are on none."""
    hook = told["hook"].text()
    if hook not in HOOK_NAMES:
        raise told["hook"].wrong(f"one of {', '.join(HOOK_NAMES)}")
    if told["tensor"].content is not None:
        return hook, tensors[told["tensor"].integer(len(tensors))], 0
    return hook, None, told["count"].integer(1000)


def listed(given: Any) -> list[Any]:
    """One function or several, as a list."""
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _register(tensor: Tensor, kind: str, fn: Callable[..., Any]) -> Any:
    match kind:
        case "tensor hook":
            return tensor.register_hook(fn)
        case "post-accumulate-grad hook":
            return tensor.register_post_accumulate_grad_hook(fn)
    node = tensor._place()[0]
    assert node is not None
    return (register_pre_hook if kind == "node pre-hook" else register_post_hook)(node, fn)


class Wants:
    """All that the programs of a file take from outside.

    Attributes
    ----------
    tensors, objects : list
        By number.
    """

    def __init__(self, name: str, told: Told, decoder: Decoder) -> None:
        self.name = name
        self.tensors = [WantedTensor(one, decoder) for one in told["tensors"].items()]
        self.objects = [Wanted(one, self.tensors) for one in told["objects"].items()]
        self.steps = [WantedStep(one, self.tensors, self.objects, decoder) for one in told["optimizers"].items()]
        wrong = [thing for thing in self.objects if thing.of is not None and thing.of.of_state]
        if wrong:
            raise told["objects"].wrong("hooks of tensors that are no optimizer's")
        names = self.names()
        if len(set(names)) != len(names):
            raise told["objects"].wrong("objects of different names")

    def names(self) -> list[str]:
        """Of everything."""
        return [want.name for want in self.tensors] + [want.name for want in self.objects]

    def thing(self, told: Told, *kinds: str) -> Wanted:
        """One of the objects, of a certain kind."""
        found = self.objects[told.integer(len(self.objects))]
        if found.kind not in kinds:
            raise told.wrong(f"the number of {' or '.join(kinds)}")
        return found

    def step(self, told: Told) -> Any:
        """An optimizer's step that is compiled with the rest; it stands where a condition will, until it is bound."""
        return self.steps[told.integer(len(self.steps))]

    def share(self, told: Told) -> WantedShare:
        """Parameters that an optimizer updates together."""
        step, number = told.items(2)
        shares = self.steps[step.integer(len(self.steps))].shares
        return shares[number.integer(len(shares))]

    @contextmanager
    def bound(self, bind: dict[str, Any], programs: Sequence[Program]) -> Iterator[None]:
        """Bind everything, in the programs too; after an error hooks that were registered for it are removed again."""
        self._check_names(bind)
        for program in programs:
            for want, state in _wanted_by(program):
                want.states.append(state)
        for want in self.tensors:
            if not want.of_state:
                want.tensor = self._tensor(want, bind.get(want.name))
        missing = [want.described() for want in self.objects if not want.is_there(bind.get(want.name))]
        if missing:
            raise ArgumentError(f"bind: {self.name} needs {', '.join(missing)}")
        for thing in self.objects:
            if thing.name in bind:
                thing.check(bind[thing.name])
        made: dict[str, dict[int, Any]] = {}
        for step in self.steps:
            step.bind_state(bind, made.setdefault(step.optimizer.name, {}))
        self._check_alone()
        with ExitStack() as undo:
            for thing in self.objects:
                thing.take(bind.get(thing.name), undo)
            self._check_states(programs)
            for step in self.steps:
                step.bind()
            for program in programs:
                wanted: list[Any] = program.conditions
                program.conditions = [step.condition for step in wanted]
                _bind_steps(program.steps)
                for piece in program.derivative.pieces if isinstance(program.derivative, Derivative) else ():
                    _bind_steps(piece.steps)
            yield
            undo.pop_all()

    def _check_names(self, bind: dict[str, Any]) -> None:
        states = [want.name for want in self.tensors if want.of_state]  # which their optimizers bring along
        known = [name for name in self.names() if name not in states]
        unknown = [name for name in bind if name not in known]
        if unknown:
            has = ", ".join(map(repr, known)) or "nothing"
            raise ArgumentError(f"bind: {self.name} has nothing called {', '.join(map(repr, unknown))}; it has {has}")
        missing = [repr(want.name) for want in self.tensors if not (want.name in bind or want.has_value() or want.of_state)]
        if missing:
            raise ArgumentError(f"bind: {self.name} needs the tensors {', '.join(missing)}, of which the file has no values")

    def _tensor(self, want: WantedTensor, given: Any) -> Tensor:
        if given is None:
            tensor = want.made()
            return tensor.requires_grad_() if any(state[3] for state in want.states) else tensor
        if not isinstance(given, Tensor):
            raise ArgumentError(f"bind: {want.name!r} must be a Tensor, got {type_name(given)}")
        reasons = [unlike((*state_of(given), like[-1]), like) for like in want.states]
        if reasons and all(reasons):
            raise ArgumentError(f"bind: {want.name!r} {reasons[0]}")
        return given

    def _check_alone(self) -> None:
        names: dict[int, str] = {}
        for want in self.tensors:
            other = names.setdefault(id(want.tensor), want.name)
            if other != want.name:
                raise ArgumentError(f"bind: {other!r} and {want.name!r} are one tensor, and were two when the program was made")

    def _check_states(self, programs: Sequence[Program]) -> None:
        """Put the tensors into the programs; raise if they fit none, for hooks that they have or have not."""
        reasons = []
        for program in programs:
            wrong = [(want.name, unlike(_whole_state(want.tensor), state)) for want, state in _wanted_by(program)]
            reasons += [f"{name!r} {reason}" for name, reason in wrong if reason is not None][:1]
            outside: list[Any] = program.outside
            program.outside = [(a, t.tensor if isinstance(t, WantedTensor) else t, s) for a, t, s in outside]
        if len(reasons) == len(programs):
            raise ArgumentError(f"bind: {reasons[0]}")


def _whole_state(tensor: Tensor) -> tuple[Any, ...]:
    """What a tensor is like, with the kinds of hooks that it has."""
    return *state_of(tensor), hooks_of(tensor._backward)


def _wanted_by(program: Program) -> list[tuple[WantedTensor, tuple[Any, ...]]]:
    """The tensors that a program closes over, with what they were like."""
    outside: list[Any] = program.outside
    return [(want, state[0]) for _, want, state in outside if isinstance(want, WantedTensor)]


def _bind_steps(steps: Sequence[Step]) -> None:
    """Put what was bound into the steps, where what was wanted stands."""
    for step in steps:
        if isinstance(step, Numbers):
            share: Any = step.function
            step.function = share.function
        elif isinstance(step, RunHooks):
            step.hooks = _bound(step.hooks)
        elif isinstance(step, QueueCallback):
            step.function = _bound(step.function)
        elif isinstance(step, Outside):
            wanted: Any = step.function
            step.function = wanted.function() if isinstance(wanted, Wanted) else wanted
        elif isinstance(step, Equation):
            if isinstance(step.op, LibraryFunction) and isinstance(step.op.forward, Draw):
                step.op.forward.generator = _bound(step.op.forward.generator)
            step.arguments = {name: _bound(value) for name, value in step.arguments.items()}


def _bound(value: Any) -> Any:
    """What was bound to something that was wanted; anything else is itself."""
    return value.thing if isinstance(value, Wanted) else value
