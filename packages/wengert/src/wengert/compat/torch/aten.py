"""``torch.ops.aten``: Wengert's operators by PyTorch's names, for modes that see them go by."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ...autograd.modes import ACTIVE, current
from ...autograd.tensor import Tensor as Base
from ...op import OPERATORS, Operator
from ...op_inplace import InPlace
from .aten_functions import FUNCTIONS
from .elsewhere import absent

__all__ = ["DETACH", "RUNNING", "Overload", "Packet", "aten", "enter", "leave", "overload_of", "told"]

#: PyTorch's overload of what Wengert calls otherwise.
NAMES = {
    "add": "add.Tensor",
    "subtract": "sub.Tensor",
    "multiply": "mul.Tensor",
    "divide": "div.Tensor",
    "negative": "neg.default",
    "matmul": "mm.default",
    "sum": "sum.default",
    "reshape": "view.default",
    "getitem": "index.Tensor",
    "permute_dims": "permute.default",
    "broadcast_to": "expand.default",
    "spread": "expand.default",
    "transpose": "transpose.int",
    "expand_dims": "unsqueeze.default",
    "concat": "cat.default",
    "take_along_axis": "gather.default",
    "take": "index_select.default",
    "var_mean": "var_mean.correction",
    "var": "var.correction",
    "pow": "pow.Tensor_Scalar",
    "where": "where.self",
    "astype": "_to_copy.default",
    "conj": "_conj.default",
}


class _Running(threading.local):
    """Which modes of this thread are being called, and the one that calls an operator now.

    In PyTorch a mode stands below the recording of gradients, and hooks on saved tensors above it: what these detach, it sees.
    """

    def __init__(self) -> None:
        self.modes: list[Any] = []
        self.inside: Any = None


RUNNING = _Running()


class Overload:
    """One operator under PyTorch's name."""

    def __init__(self, name: str, op: Operator | InPlace | None) -> None:
        self._name, self.op = name, op

    @property
    def __name__(self) -> str:
        return self._name

    @property
    def overloadpacket(self) -> Packet:
        """All overloads of the name."""
        return getattr(aten, self._name.partition(".")[0])

    def __call__(self, *args: Any, **options: Any) -> Any:
        before, RUNNING.inside = RUNNING.inside, RUNNING.modes[-1] if RUNNING.modes else None
        try:
            return self._computed(args, options)
        finally:
            RUNNING.inside = before

    def _computed(self, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if self.op is None:
            if self._name in FUNCTIONS:
                return FUNCTIONS[self._name](*args, **options)
            return absent(f"torch.ops.{self}")()
        if isinstance(self.op, InPlace):
            base = self.op.op
            given = dict(zip((*base.operands, *base.statics), args, strict=False)) | options
            return self.op(*(given[o] for o in base.operands), statics=tuple(given[s] for s in base.statics))
        names = list(self.op.signature.parameters)
        given = dict(zip(names, args, strict=False)) | options
        positional = [given.pop(n) for n, p in self.op.signature.parameters.items() if p.kind is p.POSITIONAL_ONLY and n in given]
        return self.op.public(*positional, **given)

    def __repr__(self) -> str:
        return f"aten.{self._name}"


class Packet:
    """All overloads of one name."""

    default: Overload

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, overload: str) -> Overload:
        if overload.startswith("__"):
            raise AttributeError(overload)
        name = f"{self._name}.{overload}"
        found = next((op for op in OPERATORS.values() if _name_of(op) == name), None)
        made = Overload(name, found) if found is None else overload_of(found)
        setattr(self, overload, made)
        return made

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.default(*args, **options)

    def __repr__(self) -> str:
        return f"aten.{self._name}"


class _Namespace:
    """A name for every operator of PyTorch's."""

    def __getattr__(self, name: str) -> Packet:
        if name.startswith("__"):
            raise AttributeError(name)
        packet = Packet(name)
        setattr(self, name, packet)
        return packet


class Method(Overload):
    """What PyTorch has an operator for and Wengert only a method, which takes no derivative."""

    def __init__(self, name: str, method: Callable[..., Any]) -> None:
        super().__init__(f"{name}.default", None)
        self.method = method

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.told(*args, **options)

    def told(self, *args: Any, **options: Any) -> Any:
        """The result of the method, by the innermost mode of the thread that sees operators go by."""
        above = RUNNING.inside
        if above is not None:
            RUNNING.inside = None
            try:
                return above.__torch_dispatch__(self, (), args, options)
            finally:
                RUNNING.inside = above
        modes = current()
        stack = modes.interceptors
        for position in reversed(range(len(stack))):
            mode: Any = stack[position]
            if hasattr(mode, "__torch_dispatch__"):
                modes.interceptors = stack[:position]
                try:
                    return mode.__torch_dispatch__(self, (), args, options)
                finally:
                    modes.interceptors = stack
        return self.method(*args, **options)


aten = _Namespace()


def _method(name: str, body: Callable[..., Any]) -> Method:
    """The operator `name` that computes by `body`."""
    made = getattr(aten, name).default = Method(name, body)
    return made


DETACH = _method("detach", Base.detach)


def told(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function that makes tensors of no others: modes are told of its calls as of those of operators."""

    def decorate(body: Callable[..., Any]) -> Callable[..., Any]:
        method = _method(name, body)

        @functools.wraps(body)
        def call(*args: Any, **options: Any) -> Any:
            return method.told(*args, **options) if ACTIVE else body(*args, **options)

        return call

    return decorate


_known: dict[str, Overload] = {}


def _name_of(op: Operator | InPlace) -> str:
    return NAMES.get(op.name, f"{op.name}.default")


def overload_of(op: Operator | InPlace) -> Overload:
    """The one object that stands for an operator."""
    found = _known.get(op.name)
    if found is None or (found.op is not op and isinstance(op, InPlace)):  # in place there is a form for each way to compute
        found = Overload(_name_of(op), op)
        _known.setdefault(op.name, found)
    return found


def enter(name: str, overload: Overload) -> None:
    """Let `overload` stand for the operator of that name, which a program has defined."""
    _known[name] = overload


def leave(name: str) -> None:
    """Forget it."""
    del _known[name]
