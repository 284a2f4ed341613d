"""Take out of a program what PyTorch and Wengert do differently on purpose, wart by wart.

A program goes in and a program comes out: as little as can be is changed, and the numbers of slots and hooks stay
what they were. Each function is for one wart of section 0 of the semantics, and says what it takes out. What is taken
out here is left in where Wengert is compared with the oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .programs import Behaviour, Call, Freeze, Hook, Leaf, Op, Program, Step, slots_made

VIEWS = ("unstack", "reshape", "row", "part", "widened")
QUIET = Behaviour()


def restricted(program: Program, warts: Iterable[str]) -> Program:
    """The program without what concerns `warts`."""
    for wart in warts:
        program = RESTRICTIONS[wart](program)
    return program


def _each_hook(program: Program, change: Callable[[Hook], Hook]) -> Program:
    """Change hooks, those that are registered by other hooks included."""

    def deep(hook: Hook) -> Hook:
        inner = hook.behaviour.hook
        if inner is not None:
            hook = replace(hook, behaviour=replace(hook.behaviour, hook=deep(inner)))
        return change(hook)

    return Program(tuple(deep(step) if isinstance(step, Hook) else step for step in program.steps))


def _each_call(program: Program, change: Callable[[Call], Call]) -> Program:
    return Program(tuple(change(step) if isinstance(step, Call) else step for step in program.steps))


def _each_op(program: Program, change: Callable[[Op], Op]) -> Program:
    return Program(tuple(change(step) if isinstance(step, Op) else step for step in program.steps))


def all_hooks(program: Program) -> list[tuple[Hook, bool]]:
    """Every hook of a program, and whether it is registered during a backward."""
    found: list[tuple[Hook, bool]] = []
    for step in program.steps:
        if isinstance(step, Hook):
            found.append((step, False))
            if step.behaviour.hook is not None:
                found.append((step.behaviour.hook, True))
    return found


def _quiet(hook: Hook, *kinds: str) -> Hook:
    return replace(hook, behaviour=QUIET) if hook.behaviour.kind in kinds else hook


def _makers(program: Program) -> list[Step | None]:
    """The step behind each slot."""
    made: list[Step | None] = []
    for step in program.steps:
        made += [step] * slots_made(step)
    return made


def _ancestors(program: Program) -> list[set[int]]:
    """For each slot the slots it was made from, itself included; a recorded gradient comes from anything."""
    found: list[set[int]] = []
    for step in program.steps:
        above = set(range(len(found))) if isinstance(step, Call) else set()
        for arg in step.args if isinstance(step, Op) else ():
            above |= found[arg]
        for _ in range(slots_made(step)):
            found.append(above | {len(found)})
    return found


def _hooked(program: Program) -> set[int]:
    return {slot for hook, _ in all_hooks(program) if hook.kind[0] in "TM" for slot in hook.targets}


def _nests(program: Program) -> bool:
    return any(hook.behaviour.kind == "nested_main" for hook, _ in all_hooks(program))


def _w1(program: Program) -> Program:
    """No `grad` for an input below which another one lies, if that input has tensor hooks."""
    above, hooked = _ancestors(program), _hooked(program)

    def change(call: Call) -> Call:
        if call.name != "grad" or call.inputs is None:
            return call
        kept = [k for k in call.inputs if not (k in hooked and any(j != k and j in above[k] for j in call.inputs))]
        # Siblings share a node: a slot taken out takes its place in the results with it, so put another there.
        return replace(call, inputs=tuple(k if k in kept else (kept or [0])[0] for k in call.inputs))

    return _each_call(program, change)


def _w3(program: Program) -> Program:
    """No views made without grad mode."""
    return _each_op(program, lambda op: replace(op, no_grad=op.no_grad and op.kind not in VIEWS))


def _w9(program: Program) -> Program:
    """Nothing done to one of several recorded gradients: in PyTorch they may be one and the same object."""
    makers = _makers(program)
    several = {k for k, step in enumerate(makers) if isinstance(step, Call) and len(step.inputs or ()) > 1}

    def other(slots: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(0 if k in several else k for k in slots)

    def change(hook: Hook) -> Hook:
        retains = hook.behaviour.kind == "retain" and int(hook.behaviour.number) in several
        return replace(_quiet(hook, "retain") if retains else hook, targets=other(hook.targets))

    program = _each_hook(program, change)
    return _each_call(program, lambda call: replace(call, inputs=None if call.inputs is None else other(call.inputs)))


def _w11(program: Program) -> Program:
    """No node with edges to more than two leaves, where PyTorch's heap shuffles them; no such list of roots."""
    makers = _makers(program)

    def two_leaves(slots: tuple[int, ...]) -> tuple[int, ...]:
        leaves = [k for k in dict.fromkeys(slots) if isinstance(makers[k], Leaf)]
        return tuple(leaves[0] if k in leaves[2:] else k for k in slots)

    program = _each_op(program, lambda op: replace(op, args=two_leaves(op.args)) if op.kind == "stack" else op)
    return _each_call(program, lambda call: replace(call, roots=two_leaves(call.roots)))


def _w14(program: Program) -> Program:
    """No post-accumulate hooks where a leaf may get no gradient, or was frozen."""
    undefined = ("none_second", "no_materialize", "needs")
    frozen = any(isinstance(step, Freeze) for step in program.steps)
    dropped = any(hook.behaviour.kind == "drop" for hook, _ in all_hooks(program))
    function = any(isinstance(step, Op) and step.option in undefined for step in program.steps)
    if not (frozen or dropped or function):
        return program
    return _each_hook(program, lambda hook: replace(hook, kind="T", behaviour=QUIET) if hook.kind == "A" else hook)


def _w16(program: Program) -> Program:
    """No Function that acts on needs_input_grad (what it reads is not written down either: `run(task_needs=False)`)."""
    return _each_op(program, lambda op: replace(op, option="plain") if op.option == "needs" else op)


def _w17(program: Program) -> Program:
    """`backward(inputs=)` of a non-leaf, which PyTorch marks as retained for good, only as the last call of all."""
    makers, last = _makers(program), None if _nests(program) else program.steps[-1]

    def change(call: Call) -> Call:
        if call.name == "grad" or call.inputs is None or call is last:
            return call
        kept = tuple(k for k in call.inputs if isinstance(makers[k], Leaf))
        return replace(call, inputs=kept or None)

    return _each_call(program, change)


def _w18(program: Program) -> Program:
    """No callbacks that run after an error, too."""

    def change(hook: Hook) -> Hook:
        always = hook.behaviour.kind == "callback" and hook.behaviour.number == 2
        return replace(hook, behaviour=Behaviour("callback")) if always else hook

    return _each_hook(program, change)


def _w22(program: Program) -> Program:
    """No gradients beyond the last root."""
    return _each_call(
        program, lambda call: replace(call, gradients=None if call.gradients is None else call.gradients[: len(call.roots)])
    )


def _w24(program: Program) -> Program:
    """No multi-grad hook in mode all over a leaf, a root's node, or together with a backward through the same graph."""
    makers = _makers(program)
    roots = {k for step in program.steps if isinstance(step, Call) for k in step.roots}
    roots |= {int(hook.behaviour.number) for hook, _ in all_hooks(program) if hook.behaviour.kind == "nested_main"}
    started = {id(makers[k]) for k in roots}
    nested = _nests(program)

    def change(hook: Hook) -> Hook:
        if hook.kind != "M_all":
            return hook
        kept = tuple(k for k in hook.targets if not isinstance(makers[k], Leaf) and id(makers[k]) not in started)
        return replace(hook, targets=kept) if kept and not nested else replace(hook, kind="M_any")

    return _each_hook(program, change)


def _w26(program: Program) -> Program:
    """No once-differentiable Function where anything is differentiated twice."""
    if not any(isinstance(step, Call) and step.create_graph for step in program.steps):
        return program
    return _each_op(program, lambda op: replace(op, option="plain") if op.option == "once" else op)


def _w30(program: Program) -> Program:
    """Tensor hooks on one output only of a node with several."""
    makers = _makers(program)
    first: dict[int, int] = {}

    def change(hook: Hook) -> Hook:
        if hook.kind[0] not in "TM":
            return hook
        return replace(hook, targets=tuple(first.setdefault(id(makers[k]), k) for k in hook.targets))

    return _each_hook(program, change)


def _list(program: Program) -> Program:
    """No node post-hook on a stack, where PyTorch computes all gradients of a list of tensors if it needs one (E2.6)."""
    makers = _makers(program)

    def change(hook: Hook) -> Hook:
        maker = makers[hook.targets[0]]
        stack = isinstance(maker, Op) and maker.kind == "stack"
        return replace(hook, kind="P") if hook.kind == "N" and stack else hook

    return _each_hook(program, change)


def _post(program: Program) -> Program:
    """No tensor from a post-accumulate hook beside another: PyTorch hands it to the next hook, and complains after the last."""
    leaves = [hook.targets[0] for hook, _ in all_hooks(program) if hook.kind == "A"]

    def change(hook: Hook) -> Hook:
        alone = hook.kind != "A" or leaves.count(hook.targets[0]) == 1
        return hook if alone else _quiet(hook, "wrong_tensor")

    return _each_hook(program, change)


def _crashes(program: Program) -> Program:
    """What corrupts or blocks PyTorch itself.

    A tensor hook that registers one on a sibling output changes a C++ vector while it is being walked; a backward from
    inside a post-accumulate hook, or from an unpack hook, waits for a lock that its own thread holds.
    """
    makers = _makers(program)

    def change(hook: Hook) -> Hook:
        inner = hook.behaviour.hook
        if inner is not None and hook.kind[0] in "TM" and inner.kind[0] in "TM":
            siblings = {id(makers[k]) for k in hook.targets if slots_made(makers[k]) > 1}  # type: ignore[arg-type]
            if any(id(makers[k]) in siblings for k in inner.targets):
                return replace(hook, behaviour=QUIET)
        return _quiet(hook, "nested_main") if hook.kind == "A" else hook

    return _each_hook(program, change)


RESTRICTIONS: dict[str, Callable[[Program], Program]] = {
    "W9": _w9,  # first: it moves hooks and inputs to other slots
    "crashes": _crashes, "W1": _w1, "W3": _w3, "W11": _w11, "W14": _w14, "W16": _w16, "W17": _w17, "W18": _w18,
    "W22": _w22, "W24": _w24, "W26": _w26, "W30": _w30, "list": _list, "post": _post,
}  # fmt: skip
