"""Steps of programs in files: for each kind what is written of it, and beside that how it is read.

`KINDS` lists them all. A kind that is not among them stands in no file; one whose steps hold tensors of the run that was traced
does not either.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..autograd.hooks import Hooks
from ..errors import CompileError, ProgramFileError
from ..op import Operator
from ..ops.nn.kernels import KERNELS
from ..ops.random import DRAWS, Draw, default_generator
from .function_effects import RunTemplate
from .function_steps import (
    Accumulate,
    BeginTask,
    EndTask,
    Numbers,
    OpaqueStep,
    Outside,
    QueueCallback,
    Read,
    RunHooks,
    SetGrad,
    Write,
    WriteGrad,
)
from .hook_kinds import HOOK_NAMES
from .ir import Equation, LibraryFunction, Recomputed, Step
from .reading import Told
from .stored import NUMBER_FUNCTIONS, class_called, class_name, library_function, operator_called

if TYPE_CHECKING:
    from .load import Loader
    from .save import Writer

__all__ = ["read_step", "written"]

Opaque = TypeVar("Opaque", bound=OpaqueStep)


class Kind(NamedTuple):
    """A kind of steps.

    Attributes
    ----------
    entries : tuple of str
        Each tells in a file, by being there, that it is a step of this kind.
    write : callable
        What to write of a step.
    read : callable
        The step of what was written, in a program of so many tensors from outside.
    fits : callable
        Whether a file can hold a step.
    """

    entries: tuple[str, ...]
    write: Callable[[Writer, Any], dict[str, Any]]
    read: Callable[[Loader, Told, int], Step]
    fits: Callable[[Any], bool] = lambda step: not getattr(step, "stands", ())


def written(writer: Writer, step: Step) -> dict[str, Any]:
    """What a file says of a step.

    Raises
    ------
    CompileError
        If it can say nothing.
    """
    kind = KINDS.get(type(step))
    if kind is None or not kind.fits(step):
        raise CompileError(f"save: {writer.name} has a step that cannot be saved: {step}")
    return kind.write(writer, step)


def read_step(loader: Loader, told: Told, tensors: int) -> Step:
    """The step that a file tells of."""
    for kind in KINDS.values():
        if any(map(told.has, kind.entries)):
            return kind.read(loader, told, tensors)
    raise told.wrong("a step of a program")


# -- equations -----------------------------------------------------------------------------------------------------------
def _write_equation(writer: Writer, step: Equation) -> dict[str, Any]:
    again = {"after": writer.variable(step.after)} if isinstance(step, Recomputed) else {}
    outputs = [writer.variable(v) for v in step.outputs]
    return {**_callee(writer, step), "outputs": outputs, "single": step.single, **again}


def _read_equation(loader: Loader, told: Told, tensors: int) -> Step:  # noqa: ARG001
    op, arguments = _read_callee(loader, told)
    outputs = tuple([loader.variable_or_none(one) for one in told["outputs"].items()])
    single = told["single"].flag()
    if single and len(outputs) != 1:
        raise told["outputs"].wrong("one output")
    equation = Equation(op, arguments, outputs, single)
    return Recomputed(equation, arguments, outputs, loader.variable(told["after"])) if told.has("after") else equation


def _callee(writer: Writer, equation: Equation) -> dict[str, Any]:
    """What an equation calls, and with which arguments."""
    op = equation.op
    if isinstance(op, Operator):
        return {"operator": op.name, "arguments": {n: writer.expression(v, equation) for n, v in equation.arguments.items()}}
    if isinstance(op.forward, Draw):
        return {"draw": _draw(writer, op.forward)}
    of_numbers = op.forward is NUMBER_FUNCTIONS.get(op.name)
    if not of_numbers and not writer.is_known(op.name):
        raise CompileError(f"save: {writer.name} calls {op.name}, which is no function that a file can name: {equation}")
    arguments = {name: writer.expression(equation.arguments[name], equation) for name in ("args", "kwargs")}
    return {"number_function" if of_numbers else "function": op.name, **arguments}


def _read_callee(loader: Loader, told: Told) -> tuple[Any, dict[str, Any]]:
    if told.has("operator"):
        op = operator_called(told["operator"].text(), told.where)
        arguments = {name: loader.decoder.value(value) for name, value in told["arguments"].entries().items()}
        if set(arguments) != set(op.signature.parameters):
            raise told["arguments"].wrong(f"the parameters of {op.name}: {', '.join(op.signature.parameters)}")
        return op, arguments
    if told.has("draw"):
        draw = _read_draw(loader, told["draw"])
        return LibraryFunction(f"random.{draw.name}", draw), {"args": (), "kwargs": {}}
    of_numbers = told.has("number_function")
    name = told["number_function" if of_numbers else "function"].text()
    function = NUMBER_FUNCTIONS.get(name) if of_numbers else library_function(name, loader.adapter)
    if function is None:
        raise CompileError(f"{told.where}: {loader.adapter.name} has no function {name!r} that programs may call")
    args, kwargs = loader.decoder.value(told["args"]), loader.decoder.value(told["kwargs"])
    if type(args) is not tuple or type(kwargs) is not dict or not all(type(key) is str for key in kwargs):
        raise told.wrong("a tuple of arguments and a dictionary of others")
    general = KERNELS[name].general if name in KERNELS and not of_numbers else None
    return LibraryFunction(name, function, general), {"args": args, "kwargs": kwargs}


def _draw(writer: Writer, draw: Draw) -> dict[str, Any]:
    """Random numbers."""
    where = f"save: what {writer.name} draws"
    return {
        "name": draw.name,
        "parameters": {name: writer.encoder.value(value, where) for name, value in draw.parameters.items()},
        "shape": list(draw.shape),
        "dtype": writer.dtype(draw.dtype),
        "generator": None if draw.generator is default_generator else writer.generator(draw.generator),
    }


def _read_draw(loader: Loader, told: Told) -> Draw:
    name = told["name"].text()
    if name not in DRAWS:
        raise told["name"].wrong(f"one of {', '.join(DRAWS)}")
    parameters = {key: loader.decoder.value(value) for key, value in told["parameters"].entries().items()}
    expected = set(list(inspect.signature(DRAWS[name]).parameters)[3:])
    if set(parameters) != expected or not all(type(v) in (int, float, type(None)) for v in parameters.values()):
        raise told["parameters"].wrong(f"numbers for {', '.join(sorted(expected)) or 'nothing'}")
    return Draw(name, parameters, told["shape"].shape(), loader.neutral_dtype(told["dtype"]), loader.generator(told["generator"]))


# -- tensors from outside ------------------------------------------------------------------------------------------------
def _of_value(entry: str, kind: Any) -> Kind:
    """A kind whose steps do something to a tensor with a value."""

    def write(writer: Writer, step: Any) -> dict[str, Any]:
        return {entry: step.tensor, "value": writer.expression(step.variable, step)}

    def read(loader: Loader, told: Told, tensors: int) -> Step:
        found: Step = kind(told[entry].integer(tensors), loader.decoder.value(told["value"]))
        return found

    return Kind((entry,), write, read)


def _write_accumulate(writer: Writer, step: Accumulate) -> dict[str, Any]:
    told = {"accumulate": step.tensor, "value": writer.expression(step.variable, step)}
    return {**told, "total": writer.variable(step.total)}


def _read_accumulate(loader: Loader, told: Told, tensors: int) -> Step:
    total = loader.variable(told["total"])
    return Accumulate(told["accumulate"].integer(tensors), loader.decoder.value(told["value"]), total)


def _write_read(writer: Writer, step: Read) -> dict[str, Any]:
    return {"read": step.tensor, "variable": writer.variable(step.variable)}


def _read_read(loader: Loader, told: Told, tensors: int) -> Step:
    return Read(told["read"].integer(tensors), loader.variable(told["variable"]))


# -- backward passes -----------------------------------------------------------------------------------------------------
def _write_begin(writer: Writer, step: BeginTask) -> dict[str, Any]:  # noqa: ARG001
    return {"begin": step.number, "leaves": sorted(step.template.leaves)}


def _read_begin(loader: Loader, told: Told, tensors: int) -> Step:
    template = RunTemplate()
    template.leaves.update(one.integer(tensors) for one in told["leaves"].items())
    number = told["begin"].integer(1 << 20)
    loader.tasks.add(number)
    return BeginTask(number, template, None)


def _write_queue(writer: Writer, step: QueueCallback) -> dict[str, Any]:
    return {"queue": writer.callback(step.function), "task": step.task, "always": step.always}


def _read_queue(loader: Loader, told: Told, tensors: int) -> Step:  # noqa: ARG001
    callback: Any = loader.wants.thing(told["queue"], "callback")
    return QueueCallback(_task(loader, told["task"]), callback, told["always"].flag())


def _write_end(writer: Writer, step: EndTask) -> dict[str, Any]:
    return {"end": step.task, **_again(writer, step)}


def _read_end(loader: Loader, told: Told, tensors: int) -> Step:
    return _read_again(loader, EndTask(_task(loader, told["end"])), told, tensors)


def _task(loader: Loader, told: Told) -> int:
    """The number of a backward that has begun."""
    number = told.integer(1 << 20)
    if number not in loader.tasks:
        raise ProgramFileError(f"{told.where}: the program is not legal: backward {number} has not begun")
    return number


# -- somebody else's code ------------------------------------------------------------------------------------------------
def _again(writer: Writer, step: OpaqueStep) -> dict[str, Any]:
    """What is read again after a step."""
    return {"again": [[number, writer.variable(array), writer.variable(grad)] for number, array, grad in step.again]}


def _read_again(loader: Loader, step: Opaque, told: Told, tensors: int) -> Opaque:
    for one in told["again"].items():
        number, array, grad = one.items(3)
        step.again.append((number.integer(tensors), loader.variable_or_none(array), loader.variable_or_none(grad)))
    return step


def _write_hooks(writer: Writer, step: RunHooks) -> dict[str, Any]:
    told = {"hooks": writer.hooks(step.hooks, step.owner), "owner": step.owner, "kind": step.hooks.kind}
    told |= {"arguments": writer.expression(step.arguments, step), "task": step.task}
    told |= {"results": [writer.variable(v) for v in step.results], "class": class_name(step.family)}
    return {**told, "fixed": step.fixed, **_again(writer, step)}


def _read_hooks(loader: Loader, told: Told, tensors: int) -> Step:
    arguments = loader.decoder.value(told["arguments"])
    results = [loader.variable_or_none(v) for v in told["results"].items()]
    if type(arguments) is not tuple or not arguments:
        raise told["arguments"].wrong("the arguments of a hook")
    family, owner = class_called(told["class"].text(), told.where)._family, told["owner"].integer_or_none(tensors)
    hooks = _hooks(loader, told, owner)
    step = RunHooks(hooks, owner, arguments, tuple(results), family, _task(loader, told["task"]))
    step.fixed = told["fixed"].flag()
    return _read_again(loader, step, told, tensors)


def _hooks(loader: Loader, told: Told, owner: int | None) -> Any:
    """The hooks that a step calls: those that are on a tensor then, or some that are to be bound."""
    found: Any = None if told["hooks"].content is None else loader.wants.thing(told["hooks"], "hooks")
    kind = told["kind"].text()
    if kind not in HOOK_NAMES or (owner is None and found is None):
        raise told["kind"].wrong(f"one of {', '.join(HOOK_NAMES)}, and hooks")
    return found if owner is None else Hooks(kind)


def _write_call(writer: Writer, step: Outside) -> dict[str, Any]:
    told = {"call": writer.callee(step), "argument": step.argument, "tensors": list(step.tensors), "task": step.task}
    return {**told, **_again(writer, step)}


def _read_call(loader: Loader, told: Told, tensors: int) -> Step:
    """A call of hooks of a leaf, of an optimizer's step, of a callback."""
    argument, task = told["argument"].integer_or_none(tensors), None
    if told["task"].content is not None:
        task = _task(loader, told["task"])
    function: Any = None
    if told["call"].content is not None:
        function = loader.wants.thing(told["call"], "hooks", "optimizer", "callback")
    if function is None and argument is None:
        raise told["call"].wrong("what is called")
    title = "post-accumulate-grad hooks" if function is None else function.title
    if function is not None and function.kind == "hooks" and argument is not None:
        function = None  # those that the tensor has then
    step = Outside(title, function, argument, task)
    step.tensors = tuple([one.integer(tensors) for one in told["tensors"].items()])
    return _read_again(loader, step, told, tensors)


# -- optimizers whose step was compiled with the rest --------------------------------------------------------------------
def _write_numbers(writer: Writer, step: Numbers) -> dict[str, Any]:
    return {"numbers": [writer.variable(v) for v in step.variables], "share": writer.share(step)}


def _read_numbers(loader: Loader, told: Told, tensors: int) -> Step:  # noqa: ARG001
    share = loader.wants.share(told["share"])
    variables = tuple([loader.variable(one) for one in told["numbers"].items()])
    if not all(v.dtype is float for v in variables):
        raise told["numbers"].wrong("variables that are numbers")
    function: Any = share
    return Numbers(f"the numbers of {share.step.optimizer.cls}", function, variables)


_EQUATION = Kind(("operator", "function", "number_function", "draw"), _write_equation, _read_equation)

#: How each kind of steps stands in files.
KINDS: dict[type[Step], Kind] = {
    Equation: _EQUATION,
    Recomputed: _EQUATION,
    Write: _of_value("write", Write),
    WriteGrad: _of_value("write_grad", WriteGrad),
    SetGrad: _of_value("set_grad", SetGrad),
    Accumulate: Kind(("accumulate",), _write_accumulate, _read_accumulate),
    Read: Kind(("read",), _write_read, _read_read),
    BeginTask: Kind(("begin",), _write_begin, _read_begin, lambda step: step.groups is None),
    QueueCallback: Kind(("queue",), _write_queue, _read_queue),
    EndTask: Kind(("end",), _write_end, _read_end),
    RunHooks: Kind(
        ("hooks",),
        _write_hooks,
        _read_hooks,
        lambda step: not step.stands and step.groups is None and type(step.owner) is not tuple,
    ),
    Outside: Kind(("call",), _write_call, _read_call),
    Numbers: Kind(("numbers",), _write_numbers, _read_numbers),
}
