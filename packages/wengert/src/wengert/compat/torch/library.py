"""``torch.library``: operators of one's own, with a name under ``torch.ops``, which modes see go by as they see Wengert's.

Each call is one node: below it the function runs unrecorded, and its derivative is what was registered for it.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import optree

from ...autograd.contexts import no_grad
from ...autograd.modes import current
from ...autograd.node import NO_EDGE
from ...autograd.tensor import Tensor as Base
from ...autograd.tensor import wrap
from ...errors import FunctionError, UnsupportedError, UsageError
from ...op_modes import offer
from . import ops
from .autograd.function import Function
from .elsewhere import absent
from .tensor import Tensor

__all__ = ["CustomOpDef", "Library", "custom_op", "define", "impl", "register_autograd", "register_fake"]

Library, define, impl = (absent(f"torch.library.{name}") for name in "Library define impl".split())

_defined: dict[str, CustomOpDef] = {}


class _Cases:
    """Where generated operators keep their calls by the types of their operands, this one has the same for all."""

    def __init__(self, record: Callable[..., Any]) -> None:
        self._record = record

    def __getitem__(self, types: tuple[type, ...]) -> Callable[..., Any]:
        return self._record


class CustomOpDef:
    """An operator that `custom_op` has made. Interceptors meet it as they meet Wengert's own.

    Parameters
    ----------
    name : str
        ``namespace::name``.
    fn : callable
        Computes it.
    """

    def __init__(self, name: str, fn: Callable[..., Any]) -> None:
        self.name, self.fn = name, fn
        self.signature = inspect.signature(fn)
        annotations = inspect.get_annotations(fn, eval_str=True)
        self.operands = tuple(p for p in self.signature.parameters if _is_tensor(annotations.get(p)))
        self.statics = tuple(p for p in self.signature.parameters if p not in self.operands)
        self.public = self.operator = self
        self._backward: Callable[..., Any] | None = None
        self._setup: Callable[..., Any] | None = None
        self.__globals__ = {"GIVEN_CASES": _Cases(self._recorded), "MODED": self._offered}
        self.__name__ = name.partition("::")[2]

    def __repr__(self) -> str:
        return f"<CustomOpDef({self.name})>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self._offered(*bound.arguments.values())

    def register_autograd(self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None) -> None:
        """Give it a derivative; see `torch.library.register_autograd`."""
        self._backward, self._setup = backward, setup_context

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Taken note of by compilers, of which there is none here."""
        return fn

    # -- what interceptors call --------------------------------------------------------------------------------------
    def node_class_built(self) -> None:
        """Nothing is generated."""

    def call_batched(self, level: Any, arguments: dict[str, Any]) -> Any:
        """Raise: it has no batched form."""
        raise UnsupportedError(f"{self.name}: torch.vmap of a custom operator is not supported")

    def forward(self, *values: Any) -> Any:
        """Compute on raw arrays, without recording."""
        given = zip(self.signature.parameters, values, strict=True)
        tensors = [wrap(value, NO_EDGE, Tensor) if name in self.operands else value for name, value in given]
        with no_grad():
            return optree.tree_map(lambda v: v._array if isinstance(v, Base) else v, self.fn(*tensors))

    def _offered(self, *values: Any) -> Any:
        modes = current()
        if modes.interceptors:
            arguments = dict(zip(self.signature.parameters, values, strict=True))
            result = offer(modes, self, arguments)  # type: ignore[arg-type]
            if result is not NotImplemented:
                return result
        return self._recorded(*values, self.forward)

    def _recorded(self, *values: Any) -> Any:
        """One node for a call with `values`, of which the last is the function that computes on raw arrays."""
        *arguments, compute = values
        function: Any = type(self.__name__, (_Call,), {"defined": self, "compute": staticmethod(compute)})
        return function.apply(*arguments)


class _Call(Function):
    """One call of an operator that somebody has defined."""

    defined: CustomOpDef
    compute: Callable[..., Any]

    @classmethod
    def forward(cls, *args: Any) -> Any:
        result = cls.compute(*[a._array if isinstance(a, Base) else a for a in args])
        return optree.tree_map(lambda v: wrap(v, NO_EDGE, Tensor) if hasattr(v, "dtype") else v, result)

    @classmethod
    def setup_context(cls, ctx: Any, inputs: Any, output: Any) -> None:
        if cls.defined._setup is not None:
            cls.defined._setup(ctx=ctx, inputs=inputs, output=output)

    @classmethod
    def backward(cls, ctx: Any, *grads: Any) -> Any:
        if cls.defined._backward is None:
            raise FunctionError(
                f"Trying to backward through {cls.defined.name} but no autograd formula was registered; see "
                "torch.library.register_autograd"
            )
        return cls.defined._backward(ctx, *grads)


def _is_tensor(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Base)


# -- defining ------------------------------------------------------------------------------------------------------------
def custom_op(
    name: str,
    fn: Callable[..., Any] | None = None,
    /,
    *,
    mutates_args: Sequence[str],
    device_types: Any = None,
    schema: Any = None,
) -> Any:
    """Make a function an operator, called ``namespace::name``. A decorator if `fn` is left out.

    Parameters
    ----------
    name : str
        Its name, which ``torch.ops.namespace.name`` then finds.
    fn : callable
        Computes it. Parameters that are tensors must be annotated so.
    mutates_args : sequence of str
        Must be empty.

    Raises
    ------
    UsageError
        If the name has no namespace.
    UnsupportedError
        If it is to write to its arguments.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> @torch.library.custom_op("examples::double", mutates_args=())
    ... def double(x: torch.Tensor) -> torch.Tensor:
    ...     return x * 2
    >>> double.register_autograd(lambda ctx, grad: grad * 2)
    >>> x = torch.ones(2, requires_grad=True)
    >>> torch.ops.examples.double(x).sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """
    if fn is None:
        return lambda fn: custom_op(name, fn, mutates_args=mutates_args, device_types=device_types, schema=schema)
    namespace, _, own = name.partition("::")
    if not (namespace and own):
        raise UsageError(f"custom_op: name: expected 'namespace::name', got {name!r}")
    if list(mutates_args):
        raise UnsupportedError(f"custom_op: {name}: mutates_args: operators that write to their arguments are not supported")
    _defined[name] = made = CustomOpDef(name, fn)
    ops.put(name, made)
    return made


def _find(op: Any) -> CustomOpDef:
    if isinstance(op, CustomOpDef):
        return op
    name = op if isinstance(op, str) else getattr(getattr(op, "op", None), "name", op)
    if name not in _defined:
        raise UsageError(f"torch.library: no operator {name!r} has been defined by custom_op")
    return _defined[name]


def register_autograd(
    op: Any, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None, lib: Any = None
) -> None:
    """Give the operator `op`, or of that name, a derivative.

    Parameters
    ----------
    op : str or CustomOpDef
        Which.
    backward : callable
        ``backward(ctx, *grads)`` gives a gradient for each argument, as that of a custom Function does.
    setup_context : callable, optional
        ``setup_context(ctx, inputs, output)`` saves what it needs.
    lib : object, optional
        Taken for PyTorch's sake.
    """
    _find(op).register_autograd(backward, setup_context=setup_context)


def register_fake(op: Any, func: Any = None, /, *, lib: Any = None) -> Any:
    """Taken note of by compilers, of which there is none here. A decorator if `func` is left out."""
    _find(op)
    return (lambda func: func) if func is None else func


@contextlib.contextmanager
def _scoped_library(ns: str, kind: str) -> Iterator[None]:
    """Operators that are defined inside in the namespace `ns` are gone afterwards."""
    before = set(_defined)
    try:
        yield
    finally:
        for name in [n for n in _defined if n not in before and n.startswith(f"{ns}::")]:
            del _defined[name]
            ops.take(name)
