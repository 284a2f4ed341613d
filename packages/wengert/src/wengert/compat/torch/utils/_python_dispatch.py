"""``torch.utils._python_dispatch``: a mode that sees every operator of its thread."""

from __future__ import annotations

from typing import Any, Self

from ....op_modes import intercepted
from .. import aten

__all__ = ["TorchDispatchMode", "_get_current_dispatch_mode"]

_modes: list[Any] = []


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
        contexts.append(intercepted(self))
        contexts[-1].__enter__()
        _modes.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _modes.pop()
        self.__dict__["_contexts"].pop().__exit__(*error)


def _get_current_dispatch_mode() -> Any:
    """The innermost mode, or None."""
    return _modes[-1] if _modes else None
