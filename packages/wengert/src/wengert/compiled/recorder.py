"""`Recorder`: writes down what operators compute with traced arrays, as equations of a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import NUMBERS, adapter_of, is_array
from ..arrays.batched import deepest
from ..arrays.sizes import plain, sizes_in
from ..autograd.modes import current
from ..autograd.tensor import Tensor
from ..errors import TraceError
from ..op import Operator
from ..op_batching import BETWEEN, bound_arguments, compute
from ..op_modes import Offered, call_with_forward
from .ir import Equation, LibraryFunction, Step, Variable, draws_numbers, mapped, variables_in
from .trace import (
    TracedArray,
    TracedNumber,
    at_line,
    has_numbers,
    has_sizes,
    has_traced,
    number_type,
    type_for,
    unknown,
    value_of,
    variable_of,
)

if TYPE_CHECKING:
    from .sizes import SizeLog

__all__ = ["Recorder"]


class Recorder:
    """Writes down what operators compute with traced arrays.

    Attributes
    ----------
    steps : list of Step
        The program so far.
    place : int
        What new equations say where they stand.
    takes_kernels : bool
        Whether a kernel is one equation; else it is what its general body calls.
    shapes : list of tuple
        Those of the variables, in the order in which they were made.
    sizes : SizeLog or None
        Where the program is to hold for other sizes too: which those are, and what was taken for granted about them.
    """

    takes_kernels = True
    #: Whether what is computed of constants alone is a constant.
    folds = False

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.place = -1
        self.shapes: list[tuple[int, ...]] = []
        self.sizes: SizeLog | None = None
        self.given: set[Any] = set()  # variables that are arrays of the caller's, who would see a write to them

    def variable(self, value: Any) -> TracedArray:
        """A new variable with `value`, which some step of the program or its caller will define."""
        traced = self._named(value)
        shape = traced.variable.shape
        if self.sizes is not None:
            self.sizes.meet(traced.variable, len(self.shapes))
        self.shapes.append(shape)
        return traced

    def _named(self, value: Any) -> TracedArray:
        return type_for(adapter_of(value))(value, Variable(tuple(value.shape), value.dtype), self)

    def standing_for(self, variable: Variable, value: Any) -> TracedArray:
        """A variable that is there already, with `value`."""
        return type_for(adapter_of(value))(value, variable, self)

    def constant(self, value: Any) -> TracedArray:
        """A traced array that is the same in every run."""
        return type_for(adapter_of(value))(value, value, self)

    def number(self, value: complex, like: TracedArray) -> TracedArray:
        """A Python number that is an input, to compute with arrays of the library of `like`."""
        return number_type(type(like))(value, Variable((), type(value)), self)

    def number_of(self, function: LibraryFunction, args: tuple[Any, ...]) -> TracedArray:
        """What a function of Python makes of Python numbers, of which some are traced."""
        like = next(a for a in args if isinstance(a, TracedNumber))
        value = function.forward(*map(value_of, args))
        result = type(like)(value, Variable((), type(value)), self)
        arguments = {"args": tuple(map(variable_of, args)), "kwargs": {}}
        self.steps.append(Equation(function, arguments, (result.variable,), True, self.place))
        return result

    def record(self, op: Operator, arguments: dict[str, Any]) -> Any:
        """Compute `op`, auxiliary results included, and write it down."""
        if deepest(arguments.values()) is not None:  # samples come first: traced arrays lie beneath batched ones
            return compute(op, arguments)
        operands = list(arguments[op.operands[0]]) if op.sequence else [arguments[o] for o in op.operands]
        meets = op.table is not None and any(is_array(o) and not isinstance(o, TracedNumber) for o in operands)
        if not meets and (has_numbers(operands) or has_numbers([arguments[s] for s in op.statics])):
            raise unknown(f"{op.name}()", "let an array meet the number")
        return self._write(op, arguments, compute(op, mapped(arguments, value_of)))

    def record_function(self, function: LibraryFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The same for a function of the library."""
        result = function.forward(*mapped(args, value_of), **mapped(kwargs, value_of))
        return self._write(function, {"args": args, "kwargs": kwargs}, result)

    def created(self, function: LibraryFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a function of the library makes of numbers, among which there may be sizes."""
        result = function.forward(*mapped(args, plain), **mapped(kwargs, plain))
        if is_array(result):
            return self._write(function, {"args": args, "kwargs": kwargs}, result)
        for size in sizes_in([args, kwargs]):
            size.watcher.pin(size)
        return result

    def _write(self, op: Operator | LibraryFunction, arguments: dict[str, Any], result: Any) -> Any:
        """Write down that `op` has given `result`, unless that is the same in every run."""
        single = not isinstance(result, tuple | list)
        several = (result,) if single else result
        written = mapped(arguments, variable_of)
        read, draws, sizes = set(variables_in(written)), draws_numbers(op), self.sizes
        created = sizes is not None and not draws and read <= sizes.created.keys() and (bool(read) or has_sizes(written))
        constant = self.folds and not read and not created and not draws
        make = self.constant if constant else self._named if created else self.variable
        results = [make(r) if is_array(r) else r for r in several]
        if not constant:
            outputs = tuple([r.variable if isinstance(r, TracedArray) else None for r in results])
            step = Equation(op, written, outputs, single, self.place)
            self.steps.append(step)
            if created and sizes is not None:
                sizes.create(step, several)
        if single:
            return results[0]
        # A named tuple is one for its fields.
        return type(result)(*results) if hasattr(result, "_fields") else tuple(results)

    def has_values(self) -> bool:
        """Whether checks of values may look at them: they would see those of this run alone."""
        return False

    # -- as an interceptor of operators, see `wengert.op_modes`
    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """Take over a call that meets traced arrays."""
        # A write in place is done with operators, where arrays are immutable. What leads into a `vmap` and out of it is done to
        # traced arrays, which lie beneath the batched ones.
        if not isinstance(op, Operator) or op in BETWEEN:
            return NotImplemented
        operands = list(arguments[op.operands[0]]) if op.sequence else [arguments[o] for o in op.operands]
        tensors = [o for o in operands if isinstance(o, Tensor)]
        if not has_traced([o._array if isinstance(o, Tensor) else o for o in operands]) and not has_traced(
            [arguments[s] for s in op.statics]
        ):
            return NotImplemented
        if not tensors:
            result = self.record(op, arguments)
            return result[0] if op.aux else result
        if not all(o is None or isinstance(o, Tensor) or type(o) in NUMBERS or is_array(o) for o in operands):
            return NotImplemented  # the other operand may know what to do
        lifted = [self.lifted(o) for o in operands]
        given = {op.operands[0]: lifted} if op.sequence else dict(zip(op.operands, lifted, strict=True))
        return call_with_forward(op, {**arguments, **given}, self._forward(op), Offered())

    def _forward(self, op: Operator) -> Callable[..., Any]:
        return lambda *args, **kwargs: self.record(op, bound_arguments(op, args, kwargs))

    def lifted(self, operand: Any) -> Any:
        """An operand as one over traced arrays: what is real is a constant of the program."""
        if isinstance(operand, Tensor):
            return operand if isinstance(operand._array, TracedArray) else self.adopt(operand)
        return self.constant(operand) if is_array(operand) and not isinstance(operand, TracedArray) else operand

    def adopt(self, tensor: Tensor) -> Tensor:
        """A Tensor from outside that the program meets."""
        raise TraceError(f"a tensor of shape {tensor.shape} is none of the program's inputs{at_line()}")

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Take over the operators of this thread."""
        modes = current()
        before = modes.interceptors
        modes.interceptors = (*before, self)
        modes.refresh()
        try:
            yield
        finally:
            modes.interceptors = before
            modes.refresh()
