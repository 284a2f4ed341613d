"""Operators that programs define: each call is one node, below it the function runs unrecorded."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import optree

from ...autograd.contexts import no_grad
from ...autograd.modes import current
from ...autograd.node import NO_EDGE
from ...autograd.tensor import Tensor as Base
from ...autograd.tensor import wrap
from ...errors import FunctionError, UnsupportedError, UsageError
from ...op_modes import offer
from .autograd.function import Function
from .tensor import Tensor

__all__ = ["DEFINED", "CustomOpDef", "find"]

#: By ``namespace::name``.
DEFINED: dict[str, CustomOpDef] = {}


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
    tensors : tuple of str, optional
        Which parameters are tensors. Default: those that are annotated so.
    """

    def __init__(self, name: str, fn: Callable[..., Any], tensors: tuple[str, ...] | None = None) -> None:
        self.name, self.fn = name, fn
        self.signature = inspect.signature(fn)
        if tensors is None:
            annotations = inspect.get_annotations(fn, eval_str=True)
            tensors = tuple(p for p in self.signature.parameters if _is_tensor(annotations.get(p)))
        self.operands = tensors
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
        function: Any = self._calls if compute == self.forward else self._class_of_calls(compute)
        return function.apply(*arguments)

    def _class_of_calls(self, compute: Callable[..., Any]) -> type[_Call]:
        return type(self.__name__, (_Call,), {"defined": self, "compute": staticmethod(compute)})

    @functools.cached_property
    def _calls(self) -> type[_Call]:
        """Of one class, as calls of one operator are: programs of backward passes are found again by it."""
        return self._class_of_calls(self.forward)


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


def find(op: Any) -> CustomOpDef:
    """The operator that is meant, itself, by its name or by what ``torch.ops`` gives."""
    if isinstance(op, CustomOpDef):
        return op
    name = op if isinstance(op, str) else getattr(getattr(op, "op", None), "name", op)
    if name not in DEFINED:
        raise UsageError(f"torch.library: no operator {name!r} has been defined by custom_op")
    return DEFINED[name]
