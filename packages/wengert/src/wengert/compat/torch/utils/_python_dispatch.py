"""``torch.utils._python_dispatch``: a mode that sees every operator of its thread."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Self

from ....autograd.interpreter import Interpreter, installed
from ....autograd.modes import current
from ....autograd.node import NO_EDGE
from ....autograd.tensor import Tensor as Base
from ....op_modes import intercepted
from .. import aten

__all__ = ["TorchDispatchMode", "_get_current_dispatch_mode"]

_modes: list[Any] = []


class _Backward(Interpreter):
    """Runs derivatives over Tensors while a mode is on, so that it sees what operators they consist of, as in PyTorch."""

    def initial(self, like: Any, grad: Any) -> Any:
        seen = like is not None and current().interceptors
        return super().initial(like, aten.aten.ones_like.default(like) if seen else grad)

    def visit(self, node: Any, grad: Any, wanted: Any, recorded: bool) -> Any:
        if recorded or not current().interceptors:
            return super().visit(node, grad, wanted, recorded)
        single = node._outputs == 1
        given = [None if g is None else node.rebuild(g, NO_EDGE) for g in ((grad,) if single else grad)]
        results = super().visit(node, given[0] if single else given, wanted, True)
        return tuple(None if r is None else r._array for r in results)

    def accumulate(self, node: Any, box: list[Any]) -> None:
        grad = box[0]
        if node.variable._grad is None and not isinstance(grad, Base) and current().interceptors:
            box[0] = aten.DETACH.told(node.rebuild(grad, NO_EDGE))._array
        super().accumulate(node, box)


class TorchDispatchMode:
    """A context in which ``__torch_dispatch__`` is called for each operator, with its PyTorch name where it has one.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> from wengert.compat.torch.utils._python_dispatch import TorchDispatchMode
    >>> class Names(TorchDispatchMode):
    ...     def __torch_dispatch__(self, func, types, args=(), kwargs=None):
    ...         print(func)
    ...         return func(*args, **(kwargs or {}))
    >>> with Names():
    ...     _ = torch.ones(2).exp()
    aten.ones.default
    aten.exp.default
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """What `wengert.op_modes` calls for each operator."""
        aten.RUNNING.modes.append(self)
        try:
            return self.__torch_dispatch__(aten.overload_of(op), (), tuple(arguments.values()), {})
        finally:
            aten.RUNNING.modes.pop()

    def __enter__(self) -> Self:
        contexts = self.__dict__.setdefault("_contexts", [])
        contexts.append(ExitStack())
        contexts[-1].enter_context(intercepted(self))
        contexts[-1].enter_context(installed(_Backward()))
        _modes.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _modes.pop()
        self.__dict__["_contexts"].pop().__exit__(*error)


def _get_current_dispatch_mode() -> Any:
    """The innermost mode, or None."""
    return _modes[-1] if _modes else None
