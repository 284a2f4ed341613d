"""A random program as plain data, and the Hypothesis strategy that draws one.

A program is a tuple of steps. Leaves, operators and recorded gradients fill *slots*, numbered in the order
of the steps; everything else speaks of slots and of hooks by number. Nothing here imports an array library,
so a program that failed can be pasted into a test as it was printed.

Shapes are chosen among those that broadcast with one another, and a bound on every value is carried along
while drawing, so that a program never meets an infinity: what is tested is the engine, not the arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from choices import Draw, drawing

Shape = tuple[int, ...]
SHAPES: tuple[Shape, ...] = ((), (1,), (2,), (1, 2), (2, 1), (2, 2))
LARGEST = 40.0
"""Operators that would make a value larger than this are replaced by `sin`."""


class Short:
    """Print without the fields that have their default value."""

    def __repr__(self) -> str:
        told = (f for f in fields(self) if f.default is MISSING or getattr(self, f.name) != f.default)  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in told)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True, repr=False)
class Leaf(Short):
    """A tensor made by the user. Its values follow from its number, so that they need not be drawn."""

    shape: Shape
    requires_grad: bool = True


@dataclass(frozen=True, repr=False)
class SavedHooks(Short):
    """A pair of saved-tensor hooks around one operator. `pack` and `unpack` name what they do besides logging."""

    pack: str = "log"
    unpack: str = "log"


@dataclass(frozen=True, repr=False)
class Op(Short):
    """An operator applied to slots. `option` is the axis, the factor, the mask or the kind of Function."""

    kind: str
    args: tuple[int, ...]
    option: Any = None
    outputs: int = 1
    saved: SavedHooks | None = None
    no_grad: bool = False


@dataclass(frozen=True, repr=False)
class Behaviour(Short):
    """What a hook does after it has logged its call.

    `kind` is one of the names in `BEHAVIOURS`; `number` is the factor, the index or the call at which it acts;
    `hook` is what a `register` behaviour registers. `callback`: 1 raises, 2 is queued with `always=True`.
    """

    kind: str = "log"
    number: float = 0
    hook: Hook | None = None


@dataclass(frozen=True, repr=False)
class Hook(Short):
    """A hook on slots (several only for the multi-grad kinds).

    Kinds: T tensor hook, R retain_grad, P node pre-hook, N node post-hook, A post-accumulate-grad hook,
    M_all and M_any multi-grad hooks.
    """

    kind: str
    targets: tuple[int, ...]
    behaviour: Behaviour = Behaviour()


@dataclass(frozen=True, repr=False)
class Remove(Short):
    """Remove the hook with this number, counted over the `Hook` steps of the program."""

    hook: int


@dataclass(frozen=True, repr=False)
class Freeze(Short):
    """Switch `requires_grad` of a leaf off after graphs were built over it."""

    leaf: int


@dataclass(frozen=True, repr=False)
class Call(Short):
    """One call of `backward` (when `name` says so) or `grad`, with every argument either has.

    `gradients` has a word for each root: implicit, given, wrong_shape or number; it may be shorter or longer
    than `roots`. `inputs` is None for a `backward` over everything. `edges` passes inputs as GradientEdges.
    """

    name: str
    roots: tuple[int, ...]
    gradients: tuple[str, ...] | None = None
    inputs: tuple[int, ...] | None = None
    retain_graph: bool | None = None
    create_graph: bool = False
    allow_unused: bool | None = None
    materialize: bool = False
    edges: bool = False
    no_grad: bool = False


@dataclass(frozen=True, repr=False)
class Delete(Short):
    """Drop the tensor in a slot, and with it all that only it keeps alive."""

    slot: int


@dataclass(frozen=True, repr=False)
class Write(Short):
    """An operator in place: on the tensor in a slot, with another one or, for None, with a number."""

    kind: str
    slot: int
    value: int | None = None
    no_grad: bool = False


Step = Leaf | Op | Hook | Remove | Freeze | Call | Delete | Write


@dataclass(frozen=True, repr=False)
class Program(Short):
    """Steps to be run one after another over a library."""

    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        slots, lines = 0, []
        for step in self.steps:
            made = slots_made(step)
            names = ", ".join(str(slots + k) for k in range(made))
            lines.append(f"    {step!r}," + (f"  # slot {names}" if made else ""))
            slots += made
        return "Program((\n" + "\n".join(lines) + "\n))"


def slots_made(step: Step) -> int:
    """How many slots a step fills: also when it fails, so that the numbers after it stay what they are."""
    match step:
        case Leaf():
            return 1
        case Op():
            return step.outputs
        case Call(name="grad", create_graph=True):
            return len(step.inputs or ())
    return 0


WRONG: dict[str, tuple[str, ...]] = {
    "T": ("shape", "dtype", "number", "tuple", "fill"),
    "P": ("shape", "dtype", "list", "tensor", "short", "long", "fill", "number"),
    "N": ("shape", "dtype", "list", "tensor", "short", "long", "fill", "number"),
    "A": ("itself", "tensor", "tensor", "number"),
    "M_all": ("tensor",),
    "M_any": ("tensor",),
}
"""Return values to refuse (or, for A's `itself` and for multi-grad hooks, to ignore), by kind of hook."""

BEHAVIOURS: dict[str, tuple[str, ...]] = {
    "T": ("scale", "same"),
    "P": ("scale", "drop", "same"),
    "N": ("scale", "drop", "same"),
    "A": ("clear",),
    "M_all": (),
    "M_any": (),
}
"""What hooks of a kind may do besides what all may do (`ANY_HOOK`) and besides the wrong."""

ANY_HOOK = (
    *("log",) * 4, "remove_self", "remove_other", "remove_other", "register", "register", "retain",
    "raise", "nested_small", "nested_main", "callback",
)  # fmt: skip

FUNCTIONS = (
    *("plain",) * 4, "setup", "nondiff", "no_materialize", "none_second", "needs", "raise", "short", "long",
    "long_none", "wrong_shape", "number", *("once",) * 3, "broadcast", "nothing_saved", "nested",
)  # fmt: skip
"""Kinds of custom Function with two inputs and two outputs; `run.py` says what each does."""


class _Drawing:
    """What is known of the slots while a program is drawn; ``below(n)`` chooses a number from 0 to n - 1."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below
        self.steps: list[Step] = []
        self.shapes: list[Shape] = []
        self.bounds: list[float] = []
        self.grads: list[bool] = []
        self.above: list[set[int]] = []
        self.leaves: list[int] = []
        self.hot: list[int] = []
        self.hooks = 0

    def pick(self, *options: Any) -> Any:
        return options[self.below(len(options))]

    def chance(self, one_in: int) -> bool:
        return self.below(one_in) == one_in - 1

    def slot(self, slots: list[int] | None = None) -> int:
        return self.below(len(self.shapes)) if slots is None else slots[self.below(len(slots))]

    def recording_slot(self) -> int:
        """A slot that requires grad, often one that was picked before, now and then any slot at all."""
        if self.hot and self.chance(2):
            return self.slot(self.hot)
        recording = [k for k, wanted in enumerate(self.grads) if wanted]
        slot = self.slot(None if not recording or self.chance(25) else recording)
        if len(self.hot) < 4 and self.grads[slot]:
            self.hot.append(slot)
        return slot

    def put(self, step: Step, shapes: list[Shape], bound: float, requires_grad: bool) -> None:
        above = set(range(len(self.shapes))) if isinstance(step, Call) else set()
        for arg in step.args if isinstance(step, Op) and requires_grad else ():
            above |= self.above[arg]
        self.above += [above | {len(self.shapes) + k} for k in range(len(shapes))]
        self.steps.append(step)
        self.shapes += shapes
        self.bounds += [bound] * len(shapes)
        self.grads += [requires_grad] * len(shapes)

    # -- steps -----------------------------------------------------------------------------------------

    def leaf(self) -> None:
        # Often the shape of the first leaf, so that several can be stacked.
        step = Leaf(self.shapes[0] if self.shapes and not self.chance(3) else self.pick(*SHAPES), not self.chance(6))
        self.leaves.append(len(self.shapes))
        self.put(step, [step.shape], 1.5, step.requires_grad)

    def op(self) -> None:
        kind = self.pick(
            "add", "sub", "mul", "mul", "scale", "sin", "exp", "sum", "sum_axis", "matmul", "unstack", "unstack",
            "stack", "stack", "where", "reshape", "function", "function", "detach", "clone",
        )  # fmt: skip
        args = [self.slot(), self.slot()]
        shape, bound = self.shapes[args[0]], max(self.bounds[k] for k in args)
        if kind in ("stack", "function"):
            alike = [k for k, other in enumerate(self.shapes) if other == shape]
            args = [args[0], *(self.slot(alike) for _ in range(self.pick(1, 2) if kind == "stack" else 1))]
            if kind == "stack" and self.chance(2):
                args = [k for k in self.leaves if self.shapes[k] == shape] or args
            bound = max(self.bounds[k] for k in args)
        if len(args) > 1 and _broadcast(shape, self.shapes[args[1]]) is None:
            args[1] = args[0]
        if (kind in ("mul", "matmul", "function") and bound**2 > LARGEST) or (kind == "exp" and bound > 3):
            kind = "sin"
        if (kind in ("sum_axis", "unstack", "matmul") and not shape) or (kind == "stack" and len(shape) > 1):
            kind = "sin"
        if kind == "matmul":
            fitting = [k for k, other in enumerate(self.shapes) if _matmul_shape(shape, other) is not None]
            fitting = [k for k in fitting if self.bounds[k] <= LARGEST**0.5]
            kind, args = ("matmul", [args[0], self.slot(fitting)]) if fitting else ("sin", args)
        self.put_op(kind, args, shape, bound)

    def put_op(self, kind: str, args: list[int], shape: Shape, bound: float) -> None:
        option: Any = None
        outputs = [shape]
        match kind:
            case "add" | "sub" | "mul" | "where":
                other = self.shapes[args[1]]
                outputs = [_broadcast(shape, other) or shape]
                bound = bound**2 if kind == "mul" else bound if kind == "where" else 2 * bound
            case "matmul":
                made = _matmul_shape(shape, self.shapes[args[1]])
                assert made is not None
                outputs, bound = [made], 3 * max(self.bounds[k] for k in args) ** 2
            case "scale":
                option = self.pick(-1.0, 0.5, 2.0)
                bound = 2 * bound
            case "exp":
                bound = 20.0
            case "sin":
                bound = 1.0
            case "sum":
                outputs, bound = [()], bound * math.prod(shape)
            case "sum_axis":
                option = self.pick(*range(len(shape)))
                outputs, bound = [shape[:option] + shape[option + 1 :]], 3 * bound
            case "unstack":
                outputs = [shape[1:]] * shape[0]
            case "stack":
                outputs = [(len(args), *shape)]
            case "reshape":
                option = (1, *shape) if len(shape) < 2 else shape[::-1]
                outputs = [option]
            case "function":
                option, outputs, bound = self.pick(*FUNCTIONS), [shape, shape], bound**2 + 2 * bound
        if bound > LARGEST * 4:
            self.put_op("sin", args, shape, bound)
            return
        arity = {"add": 2, "sub": 2, "mul": 2, "where": 2, "matmul": 2, "function": 2, "stack": len(args)}
        args = args[: arity.get(kind, 1)]
        no_grad = self.chance(25)
        saved = SavedHooks(*self.saved_hooks()) if self.chance(5) else None
        recorded = kind != "detach" and not no_grad and any(self.grads[k] for k in args)
        self.put(Op(kind, tuple(args), option, len(outputs), saved, no_grad), outputs, bound, recorded)

    def saved_hooks(self) -> tuple[str, str]:
        return self.pick(*("log",) * 8, "raise"), self.pick(*("log",) * 5, "scale", "raise", "number")

    def hook(self) -> None:
        self.steps.append(self.any_hook())
        self.hooks += 1

    def any_hook(self, inside: bool = False) -> Hook:
        kind = self.pick(*"TTTTRPPNNAA", "M_all", "M_any")
        if kind == "A":
            targets = [self.slot([k for k in self.leaves if self.grads[k]] or None if not self.chance(25) else None)]
        elif kind.startswith("M"):
            targets = [self.recording_slot() for _ in range(self.pick(1, 2, 3))]
        else:
            targets = [self.recording_slot()]
        return Hook(kind, tuple(targets), Behaviour() if kind == "R" else self.behaviour(kind, inside))

    def behaviour(self, kind: str, inside: bool) -> Behaviour:
        choice = self.pick(*ANY_HOOK, *BEHAVIOURS[kind] * 2, "wrong")
        match choice:
            case "scale":
                return Behaviour("scale", self.pick(-1.0, 0.5, 2.0, 3.0))
            case "drop":
                return Behaviour("drop", self.pick(0, 1))
            case "remove_other":
                return Behaviour("remove_other", self.below(self.hooks + 3))
            case "register" if not inside:
                return Behaviour("register", 0, self.any_hook(inside=True))
            case "retain":
                return Behaviour("retain", self.recording_slot())
            case "raise":
                return Behaviour("raise", self.pick(1, 1, 2))
            case "nested_main":
                return Behaviour("nested_main", self.recording_slot())
            case "callback":
                return Behaviour("callback", self.pick(0, 0, 1, 2, 2))
            case "wrong" if self.chance(2):
                return Behaviour("wrong_" + self.pick(*WRONG[kind]), self.pick(1, 1, 2))
            case "log" | "same" | "clear" | "remove_self" | "nested_small":
                return Behaviour(choice)
        return Behaviour()

    def remove(self) -> None:
        if self.hooks:
            self.steps.append(Remove(self.below(self.hooks)))

    def freeze(self) -> None:
        if self.chance(3):
            leaf = self.slot(self.leaves)
            self.steps.append(Freeze(leaf))

    def call(self) -> None:
        recording = [k for k, wanted in enumerate(self.grads) if wanted]
        late = recording[len(recording) // 2 :] or None
        roots = tuple(self.slot(late) if self.chance(2) else self.recording_slot() for _ in range(self.pick(1, 1, 1, 2, 3, 5)))
        gradients: tuple[str, ...] | None = tuple("implicit" if not self.shapes[k] and self.chance(2) else "given" for k in roots)
        if self.chance(12):
            odd = self.pick("wrong_shape", "number", "implicit", "short", "long", "none")
            short_or_long = {"short": gradients[1:], "long": (*gradients, "given"), "none": None}
            gradients = short_or_long.get(odd, (odd, *gradients[1:]))
        name = self.pick("backward", "backward", "grad", "grad")
        inputs: tuple[int, ...] | None = None
        if name == "grad" or self.chance(3):
            reached = sorted(k for k in set().union(*(self.above[k] for k in roots)) if self.grads[k])
            any_slot = not reached or self.chance(6)
            inputs = tuple(self.recording_slot() if any_slot else self.slot(reached) for _ in range(self.pick(1, 1, 2, 3)))
        create = self.chance(3)
        step = Call(
            name, roots, gradients, inputs,
            retain_graph=self.pick(None, True, True, True, True, False),
            create_graph=create,
            allow_unused=self.pick(None, True, True, False) if name == "grad" else None,
            materialize=name == "grad" and self.chance(6),
            edges=inputs is not None and self.chance(6),
            no_grad=self.chance(8),
        )  # fmt: skip
        made = [self.shapes[k] for k in inputs or ()] if name == "grad" and create else []
        if made and self.chance(2):
            self.hot += range(len(self.shapes), len(self.shapes) + len(made))
        self.put(step, made, LARGEST, True)


def _broadcast(a: Shape, b: Shape) -> Shape | None:
    size = max(len(a), len(b))
    pairs = list(zip((1,) * (size - len(a)) + a, (1,) * (size - len(b)) + b, strict=True))
    return tuple(max(pair) for pair in pairs) if all(m == n or 1 in (m, n) for m, n in pairs) else None


def _matmul_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of `a @ b` for the ranks in which both libraries record one node, or None."""
    if (len(a), len(b)) not in ((2, 2), (2, 1), (1, 1)) or a[-1] != b[0]:
        return None
    return (*a[:-1], *b[1:])


@drawing
def programs(draw: Draw, max_ops: int = 9, max_hooks: int = 9, max_calls: int = 4) -> Program:
    """Draw a program: leaves, then operators among hooks, then calls among hooks, removals and more operators."""
    state = _Drawing(draw.below)
    for _ in range(1 + draw.below(6)):
        state.leaf()
    for _ in range(1 + draw.below(max_ops)):
        state.op()
        if state.chance(4):
            state.hook()
    for _ in range(1 + draw.below(max_hooks)):
        state.hook()
    for _ in range(1 + draw.below(max_calls)):
        state.call()
        for more in ("hook", "remove", "freeze", "op"):
            if state.chance(4):
                getattr(state, more)()
    if not isinstance(state.steps[-1], Call):
        state.call()
    return Program(tuple(state.steps))
