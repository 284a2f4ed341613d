"""What the generated program of a function calls for its effects: see `wengert.compiled.function_steps`."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

from ..arrays.adapter import adapter_of
from ..autograd.engine import GraphTask, next_task_id
from ..autograd.handles import RemovableHandle
from ..autograd.hook_calls import HookCall, checked_tuple, say_which
from ..autograd.hooks import (
    FunctionPostHooks,
    FunctionPreHooks,
    Hooks,
    call_tensor_hooks,
    register_post_hook,
    register_pre_hook,
)
from ..autograd.modes import ACTIVE, current
from ..autograd.node import NO_EDGE, AccumulateGrad, Node, accumulator_of, next_sequence
from ..autograd.origins import function_name, type_name
from ..autograd.saved import Extra, is_tensor
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, HookError, HookTypeError, SavedTensorError, SavedTensorTypeError
from .hook_kinds import hooks_on
from .ir import Variable
from .standing import STANDING, StandingFor, standing

__all__ = ["EFFECTS", "RunTask", "RunTemplate"]

# -- tensors from outside ------------------------------------------------------------------------------------------------
def write(tensor: Tensor, array: Any) -> None:
    """Let `tensor` have the values of `array`, in its own memory where that can be written to."""
    adapter = adapter_of(tensor._array)
    if array is not tensor._array:
        array = adapter.assign(tensor._array, array) if adapter.mutable else adapter.normalise(array)
        tensor._overwrite(array)


def set_grad(tensor: Tensor, box: list[Any]) -> None:
    """Let what is in `box` be the gradient of `tensor`: the array itself where nobody else has it, else a copy."""
    adapter = adapter_of(tensor._array)
    box[0] = adapter.normalise(box[0])
    array = adapter.own(box, tensor._array)
    grad = object.__new__(type(tensor)._family)  # as `wrap` makes it, which would look for the adapter again
    grad._array, grad._shape, grad._dtype = array, array.shape, array.dtype
    grad._node, grad._nr = NO_EDGE
    grad._grad = grad._extra = grad._backward = None
    tensor._grad = marked(grad)


def marked(tensor: Tensor) -> Tensor:
    """`tensor`, which has just been made, with the mark of inference mode where that is in force."""
    if ACTIVE and current().inference:
        tensor._extra = Extra()
        tensor._extra.inference = True
    return tensor


def accumulate(tensor: Tensor, array: Any) -> Any:
    """Add `array` to the gradient of `tensor`, as `AccumulateGrad` does; what it is then."""
    with tensor._backward_state().lock or STANDING:
        old = tensor._grad
        if old is None:
            set_grad(tensor, [array])
        elif old.requires_grad and old.grad_fn is not None:  # it carries a graph, which must stay true
            tensor._grad = wrap(old._array + array, cls=type(tensor)._family)
        else:
            old._overwrite(adapter_of(old._array).add_into(old._array, array))
        assert tensor._grad is not None
        return tensor._grad._array


def read_again(name: str, tensors: list[Tensor], wanted: Iterable[tuple[int, bool, bool]]) -> list[Any]:
    """The arrays, and those of the gradients, of tensors that somebody else may have changed."""
    found = []
    for number, array, grad in wanted:
        tensor = tensors[number]
        if array:
            found.append(tensor._array)
        if grad:
            if tensor._grad is None:
                raise CompileError(
                    f"{name} left a tensor of shape {tensor.shape} without a gradient, and did not when the function was "
                    "compiled; do it outside of the compiled function"
                )
            found.append(tensor._grad._array)
    return found


# -- a backward ----------------------------------------------------------------------------------------------------------
class RunTemplate:
    """What of a traced backward is the same in each run.

    Attributes
    ----------
    expected : dict
        From a multi-grad hook that the function has registered to how many gradients it waits for.
    leaves : set of int
        The numbers of the tensors from outside whose gradient the backward computes.
    nodes : weak set of Node
        Those that run.
    grad_mode : bool
        Whether operators are recorded in it, by hooks too.
    """

    __slots__ = ("expected", "grad_mode", "leaves", "nodes")

    def __init__(self, grad_mode: bool = False) -> None:
        self.grad_mode = grad_mode
        self.expected: dict[Any, int] = {}
        self.leaves: set[int] = set()
        self.nodes: weakref.WeakSet[Node] = weakref.WeakSet()


class RunTask:
    """Stands for the `GraphTask` that an eager run would have, to hooks that ask for it."""

    interpreter = None
    _call_back = GraphTask._call_back

    def __init__(self, template: RunTemplate, tensors: list[Tensor], groups: dict[Any, Any] | None = None) -> None:
        self.template, self.tensors = template, tensors
        self.groups: dict[Any, Any] = {} if groups is None else groups
        self.id = next_task_id()
        self.place: Any = None  # the node, or the leaf of the accumulator, at which hooks are called
        self.multi: dict[Any, Any] = {}
        self.callbacks: list[Any] = []

    @property
    def node(self) -> Node | None:
        """As of `GraphTask`: of what the function computes, the node of the run that was traced."""
        return accumulator_of(self.place) if is_tensor(self.place) else self.place

    def will_run(self, node: Node) -> bool:
        """As of `GraphTask`."""
        if isinstance(node, AccumulateGrad):
            return self._reaches(node.variable)
        return node in self.template.nodes

    def awaited(self, group: Any) -> int:
        """As of `GraphTask`; a hook from outside, or left from another run, waits for leaves only."""
        origin: Any = group.origin
        if origin is not None and self.groups.get(origin) is group:
            return self.template.expected[origin]
        return sum(self._reaches(leaf) for leaf in group.leaves() if leaf is not None)

    def _reaches(self, leaf: Tensor) -> bool:
        return any(self.tensors[number] is leaf for number in self.template.leaves)

    def __getattr__(self, name: str) -> NoReturn:
        raise CompileError(f"{name!r} of a backward inside of a compiled function is not known: there are no nodes in it")


class backward:
    """Let hooks run as in a backward.

    Written out, since a generator would cost several times what most hooks do.
    """

    __slots__ = ("before", "grad", "modes", "task")

    def __init__(self, task: RunTask | None) -> None:
        self.task = task

    def __enter__(self) -> None:
        modes: Any = current()  # whose task stands for one
        task = self.task
        self.modes, self.before, self.grad = modes, modes.task, modes.grad
        modes.task = task
        wanted = task is not None and task.template.grad_mode
        if self.grad is not wanted:
            modes.set_grad(wanted)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None and self.task is not None:
                self.task._call_back(only_always=True)  # type: ignore[misc]
        finally:
            modes = self.modes
            modes.task = self.before
            if modes.grad is not self.grad:
                modes.set_grad(self.grad)


def queue(task: RunTask, function: Callable[[], Any], always: bool) -> None:
    """Queue a callback that the function queues in each run."""
    task.callbacks.append((function, always, None))


def end_task(task: RunTask, stands: Sequence[tuple[Any, ...]] = ()) -> None:
    """Run the callbacks."""
    task.place = None
    if not task.callbacks:
        return
    with standing(stands), backward(task):
        task._call_back()  # type: ignore[misc]


# -- hooks ---------------------------------------------------------------------------------------------------------------
def member_of(function: Callable[..., Any], groups: dict[Any, Any] | None) -> Callable[..., Any]:
    """`function`, or that of a multi-grad hook of this run in the place of one of the run that was traced."""
    member = getattr(function, "member", None)
    if member is None or groups is None:
        return function
    group, index = member
    if group not in groups:
        groups[group] = group.again(group.places)
    return groups[group].member(index)


def run_hooks(
    task: RunTask,
    hooks: Hooks | None,
    arguments: tuple[Any, ...],
    family: type[Tensor],
    fixed: bool,
    module: Any,
    missing: tuple[bool, ...],
    groups: dict[Any, Any] | None,
    stands: Sequence[tuple[Any, ...]] = (),
    place: Any = None,
) -> Any:
    """Call `hooks` on raw arrays; the arrays that the first argument has become, where `missing` does not say that it is none.

    `groups` are the multi-grad hooks of this run, where those among `hooks` are of the run that was traced.
    """

    def wrapped(item: Any) -> Any:
        if type(item) is tuple:
            return tuple(map(wrapped, item))
        if item is None:
            return None
        return wrap(item, (RecordedGradient(item), 0) if fixed else NO_EDGE, family)

    task.place = place
    kind = "" if hooks is None else hooks.kind
    first, *others = map(wrapped, arguments)
    found: tuple[Tensor | None, ...] = first if type(first) is tuple else (first,)
    before = found
    if hooks and groups is not None:
        mine = Hooks()
        mine.kind, mine.positions = hooks.kind, hooks.positions
        mine.update({key: member_of(fn, groups) for key, fn in hooks.items()})
        hooks = mine
    if hooks:
        with backward(task), standing(stands):
            if kind == "tensor hook":
                found = (call_tensor_hooks(hooks, first, None),)
            elif kind == "node pre-hook":
                found = FunctionPreHooks(hooks)(first)
            elif kind == "node post-hook":
                found = FunctionPostHooks(hooks)(first, *others)
            else:
                found = module_hooks(hooks, module, first, others)
    if fixed and any(new is not old for new, old in zip(found, before, strict=True)):
        raise_replaced(f"a {kind}")
    if any((new is None) is not lacks for new, lacks in zip(found, missing, strict=True)) and not fixed:
        raise CompileError(
            f"a {kind} inside of a compiled function dropped a gradient that it kept when the function was compiled, or the "
            "other way round; return zeros for none"
        )
    return tuple([None if t is None else t._array for t in found])


def module_hooks(hooks: Hooks, module: Any, grads: Any, others: Any) -> Any:
    """Call the backward hooks of a module."""
    given = grads
    for key, fn in hooks.copy().items():
        call = HookCall(hooks, key, fn)
        try:
            result = fn(module, grads, *others) if module is not None else fn(grads, *others)
        except BaseException as error:
            say_which(error, call)
            raise
        if result is None:
            continue
        if not hasattr(result, "__len__"):
            raise HookTypeError(f"{call} returned {type_name(result)}; expected a tuple of gradients, or None")
        if len(result) != len(grads):
            raise HookError(f"{call} returned an invalid number of gradients: expected {len(grads)}, got {len(result)}")
        grads = checked_tuple((hooks, key, fn), given, tuple(result))
    return grads


class RecordedGradient(Node):
    """The place in the graph of a gradient that is recorded itself, as hooks see it: nothing leads on from there."""

    __slots__ = ()

    def __init__(self, array: Any) -> None:
        self._edges, self._numbers, self._outputs = (), None, 1
        self._saved, self._static = (), None
        self._shape, self._dtype = array.shape, array.dtype
        self._hooks = self._info = None
        self._sequence = next_sequence()

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        raise CompileError(
            "a hook inside a compiled function differentiates a gradient that is recorded itself (create_graph=True), of shape "
            f"{self._shape}, and the graph of that is not there: register it with pure=True, or run the function eagerly"
        )

    apply_recorded = apply


def raise_replaced(what: Any) -> NoReturn:
    """A gradient that carries a graph cannot be replaced by what is not traced."""
    raise CompileError(
        f"{what} replaced, inside a compiled function, a gradient that is recorded itself (create_graph=True), and nothing is "
        "known of the derivative of what a hook does: register it with pure=True, or run the function eagerly"
    )


def call_with(
    task: RunTask | None, function: Callable[..., Any], argument: tuple[Tensor, ...], stands: Sequence[tuple[Any, ...]] = ()
) -> None:
    """Call what is run as it is."""
    with standing(stands):
        if task is None:
            function(*argument)
        else:
            with backward(task):
                function(*argument)


def post_accumulate(task: RunTask, tensor: Tensor, stands: Sequence[tuple[Any, ...]] = ()) -> None:
    """Call the post-accumulate-grad hooks that a leaf has now."""
    state = tensor._backward
    hooks = None if state is None else state.post_acc
    if hooks is None or not hooks.hooks:
        return
    task.place = tensor
    if stands:
        call_with(task, hooks, (tensor,), stands)
        return
    modes: Any = current()  # as `backward` does, which costs as much as a hook
    before, grad, wanted = modes.task, modes.grad, task.template.grad_mode
    modes.task = task
    if grad is not wanted:
        modes.set_grad(wanted)
    try:
        hooks(tensor)
    except BaseException:
        task._call_back(only_always=True)  # type: ignore[misc]
        raise
    finally:
        modes.task = before
        if modes.grad is not grad:
            modes.set_grad(grad)


def add_hook(
    tensor: Tensor,
    kind: str,
    function: Callable[..., Any],
    pure: bool,
    given: RemovableHandle,
    groups: dict[Any, Any] | None,
    stands: Sequence[tuple[Any, ...]] = (),
) -> RemovableHandle:
    """Register a hook as the function does in each run; `given`, which its code may hold, removes it from now on."""
    function = member_of(function, groups)
    if stands:
        function = StandingFor(function, stands)
    if kind == "tensor hook":
        handle = tensor.register_hook(function, pure=pure)
    elif kind == "post-accumulate-grad hook":
        handle = tensor.register_post_accumulate_grad_hook(function)
    else:
        handle = (register_pre_hook if kind == "node pre-hook" else register_post_hook)(accumulator_of(tensor), function)
    given.hooks_dict_ref, given.extra_dict_ref, given.id = handle.hooks_dict_ref, handle.extra_dict_ref, handle.id
    return handle


def hook_gradient(task: RunTask, record: Any, grads: tuple[Any, ...]) -> Any:
    """The gradients of what module hooks were given."""
    with backward(task):
        return record.gradients(grads)


def remove_hook(handle: RemovableHandle) -> None:
    """Remove it."""
    handle.remove()


# -- saved tensors -------------------------------------------------------------------------------------------------------
def outer_pair() -> Any:
    """The saved-tensor hooks in force around the call."""
    return current().saved_hooks[-1]


def pack(hook: Callable[[Any], Any] | None, subject: Any, place: Any, family: type[Tensor], stands: Any = ()) -> Any:
    """What a pack hook makes of a tensor from outside, or of an array."""
    tensor = subject if is_tensor(subject) else wrap(subject, place, family)
    hook = outer_pair().pack_hook if hook is None else hook
    modes = current()
    grad, hooks = modes.grad, modes.saved_hooks
    modes.grad, modes.saved_hooks = False, []
    modes.refresh()
    try:
        with standing(stands):
            return checked_pack(hook, tensor)
    finally:
        modes.grad, modes.saved_hooks = grad, hooks
        modes.refresh()


def checked_pack(hook: Callable[[Any], Any], tensor: Tensor) -> Any:
    """What a pack hook makes of `tensor`, to which it may not write."""
    before = tensor._version
    packed = hook(tensor)
    if tensor._version != before:
        raise SavedTensorError(
            f"A saved tensor pack hook is modifying its input in place: {function_name(hook)} wrote to the tensor of shape "
            f"{tensor.shape} that it was given; pack a copy instead"
        )
    return packed


def unpack(task: RunTask | None, hook: Callable[[Any], Any] | None, packed: Any, variable: Variable, stands: Any = ()) -> Any:
    """The array that an unpack hook gives back."""
    hook = outer_pair().unpack_hook if hook is None else hook
    with backward(task), standing(stands):
        tensor = hook(packed)
    if not is_tensor(tensor):
        raise SavedTensorTypeError(
            f"the unpack hook {function_name(hook)} returned {type(tensor).__name__} inside of a compiled function: Output of "
            "saved tensor unpack_hook expected to be a Tensor"
        )
    if tuple(tensor._shape) != variable.shape or tensor._dtype != variable.dtype:
        raise CompileError(
            f"the unpack hook {function_name(hook)} gave back a {tensor._dtype} tensor of shape {tuple(tensor._shape)}, and one "
            f"of {variable.dtype} and shape {variable.shape} when the function was compiled"
        )
    return tensor._array


#: By the names under which generated sources call them.
EFFECTS: dict[str, Callable[..., Any]] = {
    "accumulate": accumulate, "add_hook": add_hook, "begin_task": RunTask, "call_with": call_with, "end_task": end_task,
    "hook_gradient": hook_gradient, "hooks_on": hooks_on, "pack": pack, "post_accumulate": post_accumulate,
    "queue_callback": queue, "read_again": read_again,
    "remove_hook": remove_hook, "run_hooks": run_hooks, "set_grad": set_grad, "unpack_saved": unpack, "write": write,
}  # fmt: skip
