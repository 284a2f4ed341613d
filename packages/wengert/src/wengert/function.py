"""Custom Functions: a forward and a backward of the user's own, recorded as one node (rules F).

The node *is* the ``ctx`` that ``forward`` and ``backward`` receive: what they put on it lives as long as the graph.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

from .arrays.adapter import DIRECT
from .autograd.modes import current
from .autograd.node import NO_EDGE, Edge, Node, next_sequence
from .autograd.saved import SavedHandle, SavedTensor, Version, raise_released, restore
from .autograd.tensor import Tensor, wrap
from .errors import FunctionError, MissingRuleError
from .function_args import bind, bind_given, checked_gradients, normalise_outputs
from .function_outputs import place_outputs
from .function_vmap import level_of, mapped_forward

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx(Node):
    """The node of a custom Function, and the context of its ``forward`` and ``backward``."""

    # No __slots__: users put attributes of their own on it (G1.3).
    _function: type[Function]

    def __init__(self) -> None:
        self._hooks = self._info = self._numbers = None
        # Pairs of an entry and its output number, after what is kept with them and is no tensor: the graph of another library.
        # Never empty, so that there always is something to release, and reading ``saved_tensors`` after a backward is an error
        # even if nothing was saved (G4.5).
        self._saved: Any = (None,)
        self._static = None
        self._outputs = 1
        self.to_save: tuple[Any, ...] = ()
        self.saved_for_forward: tuple[Any, ...] = ()
        self.dirty_tensors: tuple[Any, ...] = ()
        self.non_differentiable: tuple[Any, ...] = ()
        self.materialize_grads = True
        self._accessed = False
        self._needs: tuple[bool, ...] = ()
        self._tensor_positions: tuple[int, ...] = ()
        self._like: Any = None  # the adapter of the outputs, to make zeros with
        self._non_differentiable_numbers: set[int] = set()

    # -- what forward calls ------------------------------------------------------------------------------------------
    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Save tensors (or None) for ``backward``, where they are ``ctx.saved_tensors``. The last call wins."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Save tensors (or None) for ``jvp``, where they are ``ctx.saved_tensors``. The last call wins."""
        for tensor in tensors:
            assert tensor is None or isinstance(tensor, Tensor), (
                f"save_for_forward takes tensors or None, got {type(tensor).__name__}"
            )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs ``forward`` modified in place; each must be returned."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no derivative."""
        for arg in args:
            if not isinstance(arg, Tensor):
                raise FunctionError(f"mark_non_differentiable takes output tensors, got {type(arg).__name__}")
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether an undefined gradient arrives in ``backward`` as zeros (the default) or as None."""
        self.materialize_grads = value

    # -- what backward reads -----------------------------------------------------------------------------------------
    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """For each argument of ``forward``, whether its gradient is wanted; during a backward, by that backward (W16)."""
        node, wanted = current().wanted
        if node is not self or wanted is None:
            return self._needs
        needs = list(self._needs)
        for position, is_wanted in zip(self._tensor_positions, wanted, strict=True):
            needs[position] = needs[position] and is_wanted
        return tuple(needs)

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What was saved, unpacked anew on each access.

        Raises
        ------
        ReleasedError
            After a backward without ``retain_graph``.
        """
        if self.saved_for_forward:  # only until the call is over: its jvp is running
            return self.saved_for_forward
        entries = self._saved  # read once: another thread may release it
        if entries is None:
            raise_released(self)
        if self._function.clear_saved_tensors_on_access:
            if self._accessed:
                raise FunctionError(
                    f"{self.name()}: saved_tensors can only be accessed once, since the Function sets "
                    "clear_saved_tensors_on_access; keep them in a variable"
                )
            self._accessed = True
        recorded = current().grad
        saved = tuple(restore(entry, self, number, detached=not recorded) for entry, number in entries[1:])
        if self._accessed:
            self._saved = (None,)  # from now on only the reader holds them
        return saved

    @property
    def _raw_saved_tensors(self) -> tuple[SavedHandle, ...]:
        """A handle for each saved tensor, to set hooks on it (S4)."""
        entries = self._saved
        if entries is None:
            raise_released(self)
        return tuple(FunctionSavedHandle(self, i, number) for i, (_, number) in enumerate(entries[1:], 1))

    @property
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def watch_output(self, array: Any, number: int, version: Version) -> Version:
        self._saved = (
            self._saved[0],
            *(
                (SavedTensor(None, array, None, number, version), nr) if nr == number and entry is array else (entry, nr)
                for entry, nr in self._saved[1:]
            ),
        )
        return version

    # -- what the engine calls ---------------------------------------------------------------------------------------
    def apply(self, grad: Any, wanted: Any = None) -> Any:
        grads = (grad,) if self._outputs == 1 else grad
        tensors = [None if g is None else self.rebuild(g, NO_EDGE) for g in grads]
        return tuple(None if r is None else r._array for r in self._backward(tensors, wanted))

    def apply_recorded(self, grad: Any, wanted: Any = None) -> Any:
        return self._backward([grad] if self._outputs == 1 else list(grad), wanted)

    def _backward(self, grads: list[Any], wanted: Any) -> tuple[Any, ...]:
        backward = self._function._backward_function()
        if self.materialize_grads:
            beside = next((g._array for g in grads if g is not None and type(g._array) in DIRECT), None)
            grads = [self._zeros(i, beside) if g is None else g for i, g in enumerate(grads)]
        modes = current()
        previous, modes.wanted = modes.wanted, (self, wanted)
        try:
            returned = backward(self, grads) if self._function.boxed_grads_call else backward(self, *grads)
        finally:
            modes.wanted = previous
        return checked_gradients(self, returned)

    def _zeros(self, number: int, beside: Any) -> Tensor | None:
        """The gradient of output `number` where none has arrived, on the device of `beside`, which has."""
        shape, dtype = (self._shape, self._dtype) if self._outputs == 1 else (self._shape[number], self._dtype[number])
        if number in self._non_differentiable_numbers and not getattr(self, "_materialize_non_diff_grads", True):
            return None
        like = self._like
        if like is None or dtype is None:  # an output that is no tensor has no gradient (F1.4)
            return None
        return self.rebuild(like.zeros(shape, dtype, beside), NO_EDGE)


class FunctionSavedHandle(SavedHandle):
    """The same for the node of a custom Function, which keeps a number beside each entry."""

    __slots__ = ()

    def _entry(self) -> Any:
        return super()._entry()[0]

    def _replace(self, entry: Any) -> None:
        super()._replace((entry, self.output_nr))


class FunctionMeta(type):
    """Gives each Function class a node class of its own, named after it (F1.3)."""

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        base = getattr(cls, "_context", FunctionCtx)
        body = {"_label": name + "Backward", "_function": cls, "__module__": cls.__module__}
        cls._backward_cls = type(name + "Backward", (base,), body)


class Function(metaclass=FunctionMeta):
    """Base of operators whose forward and backward are written by hand.

    Subclass it with static methods ``forward`` and ``backward``, and call it by ``apply``. ``forward`` takes ``ctx`` first,
    unless the class also defines ``setup_context(ctx, inputs, output)``.

    Notes
    -----
    ``forward`` runs without recording, on the caller's tensors. ``backward`` receives one gradient for each output and returns
    one for each argument of ``forward`` (None for arguments that are no tensors). It is itself recorded under
    ``create_graph=True``, so write it in operators, or decorate it with `once_differentiable`.

    Examples
    --------
    >>> import wengert as wg
    >>> class Cube(wg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x * x
    >>> x = wg.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad.item()
    12.0
    """

    _backward_cls: type[FunctionCtx]
    _context: ClassVar[type[FunctionCtx]] = FunctionCtx  # what `_backward_cls` derives from
    clear_saved_tensors_on_access = False
    boxed_grads_call = False
    generate_vmap_rule = False
    #: ``vmap(info, in_dims, *args) -> (output, out_dims)``: the forward of many samples at once (F8.2).
    vmap: Callable[..., Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self).__name__} should not be instantiated: its methods are static; call {type(self).__name__}.apply(...)",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise FunctionError(f"a Function is not called as an object: use {type(self).__name__}.apply(...)")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the output: ``forward(ctx, *args)``, or ``forward(*args)`` beside a ``setup_context``."""
        raise MissingRuleError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Save what ``backward`` needs, when ``forward`` does not take ``ctx``."""
        raise MissingRuleError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The derivative: gradients of the outputs in, one for each argument of ``forward`` out."""
        raise MissingRuleError("backward is not implemented.")

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        """The derivative in forward mode: tangents of the arguments in, one for each output out."""
        raise MissingRuleError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD: an argument "
            f"of {ctx._function.__name__} carries a tangent"
        )

    @classmethod
    def _backward_function(cls) -> Callable[..., Any]:
        """``backward``, or ``vjp``, its other name; exactly one of them must be there (F1.6)."""
        own = [f for f in (cls.backward, cls.vjp) if f is not Function.backward]
        if not own:
            raise MissingRuleError(
                f"You must implement either the backward or vjp method for your custom autograd.Function ({cls.__name__}) to use "
                "it with backward mode AD."
            )
        if len(own) == 2:
            raise FunctionError(f"{cls.__name__}: Implementing both 'backward' and 'vjp' is ambiguous: they are one method")
        return own[0]

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` on the arguments and record it.

        Raises
        ------
        FunctionError, FunctionTypeError
            When ``forward`` breaks the contract; nothing is recorded then.
        """
        ctx = cls._backward_cls()
        separate = cls.setup_context is not Function.setup_context
        if separate:
            args, kwargs = bind(cls.forward, args, kwargs)
        elif kwargs:
            args, kwargs = bind_given(cls.forward, args, kwargs)
        ctx._needs = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        ctx._tensor_positions = tuple(i for i, a in enumerate(args) if isinstance(a, Tensor))
        ctx._sequence = next_sequence()  # the node is older than whatever forward makes (F1.1)
        modes = current()
        grad = modes.grad
        recorded = grad and any(ctx._needs) and not modes.inference
        ctx._lead_to([args[i]._place() if recorded else NO_EDGE for i in ctx._tensor_positions])
        level = level_of(args) if modes.interceptors else None
        forward = cls.forward if level is None else mapped_forward(cls, level, separate)
        tangents = modes.forward
        modes.set_grad(False)
        modes.forward = False
        try:
            if separate:
                result = forward(*args, **kwargs)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args, **kwargs)
        finally:
            modes.set_grad(grad)
            modes.forward = tangents
        outputs, single = normalise_outputs(cls, result)
        outputs = place_outputs(ctx, args, outputs, recorded, separate)
        return outputs[0] if single else outputs


# -- once_differentiable -------------------------------------------------------------------------------------------------
class DelayedError(Node):
    """Stands behind gradients that must not be differentiated again."""

    __slots__ = ()
    _label = "DelayedError"

    def __init__(self, edges: list[Edge], tensor: Tensor, function: str) -> None:
        self._lead_to(edges)
        self._saved, self._static = (), function
        self._shape, self._dtype = tensor._shape, tensor._dtype
        self._hooks = self._info = None
        self._outputs = 1
        self._sequence = next_sequence()

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        raise FunctionError(
            f"trying to differentiate twice a function that was marked with @once_differentiable: {self._static}"
        )

    apply_recorded = apply


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a ``backward`` that is not written in operators: it runs unrecorded, and differentiating it is an error (F6).

    The error cannot be passed by: the gradients hang on everything that they may depend on, the incoming gradients and the
    inputs of the Function (W26).

    Examples
    --------
    >>> import wengert as wg
    >>> class Twice(wg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     @wg.autograd.function.once_differentiable
    ...     def backward(ctx, grad):
    ...         return grad * 2
    >>> x = wg.tensor(1.0, requires_grad=True)
    >>> wg.autograd.grad(Twice.apply(x), x)[0].item()
    2.0
    """

    @functools.wraps(function)
    def wrapper(ctx: FunctionCtx, *args: Any) -> Any:
        modes = current()
        grad = modes.grad
        modes.set_grad(False)
        try:
            results = function(ctx, *args)
        finally:
            modes.set_grad(grad)
        if not grad:
            return results
        edges = [a._place() for a in args if isinstance(a, Tensor) and a.requires_grad]
        edges += [edge for edge in ctx.next_functions if edge is not NO_EDGE]
        single = not isinstance(results, tuple)
        guarded = tuple(_guard(r, edges, ctx.name()) for r in ((results,) if single else results))
        return guarded[0] if single else guarded

    return wrapper


def _guard(result: Any, edges: list[Edge], name: str) -> Any:
    if not isinstance(result, Tensor):
        return result
    return wrap(result._array, (result._family._node_class(DelayedError)(edges, result, name), 0), result._family)
