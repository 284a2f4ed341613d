"""One spelling for two libraries, and the runner that compares what a program does in each.

A program is ``def program(lib, log)``: it uses ``lib`` (one of the two :class:`Library` objects below) for everything
that the libraries spell differently, plain Python operators and tensor methods for everything that they share, and
reports what happened through ``log``. Two logs are equal or the test fails with a diff.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
import pytest

import wengert
import wengert.torch
from compiled.backends import BACKENDS, backends_for, in_earnest, name_of, strictly
from everywhere import compiled_everywhere
from wengert.compiled import Compiler

torch = pytest.importorskip("torch", reason="the parity tests need PyTorch")

# PyTorch emits some of its warnings once a process; a program must see the same ones whatever ran before it.
torch.set_warn_always(True)

ALIASES = {
    "mul": "multiply",
    "sub": "subtract",
    "div": "divide",
    "neg": "negative",
}


class Library:
    """What both libraries have under the same name; a name not found here is looked up in the library itself."""

    name: str
    module: Any

    def __init__(self) -> None:
        self.autograd = self.module.autograd
        self.graph = self.module.autograd.graph
        self.Function = self.module.autograd.Function
        self.backward = self.module.autograd.backward
        self.grad = self.module.autograd.grad
        self.Tensor = self.module.Tensor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, ALIASES.get(name, name))

    def __repr__(self) -> str:
        return self.name

    def dtype(self, name: str | None) -> Any:
        """The library's dtype of that name (None stays None: both then infer it as NumPy does)."""
        return None if name is None else getattr(self.module, name)

    def accumulator(self, leaf: Any) -> Any:
        """The AccumulateGrad node of a leaf."""
        return self.graph.get_gradient_edge(leaf).node


class Torch(Library):
    """PyTorch, float64 for Python floats."""

    name = "torch"
    module = torch

    def tensor(self, data: Any, *, requires_grad: bool = False, dtype: str | None = None) -> Any:
        return torch.tensor(np.asarray(data), dtype=self.dtype(dtype), requires_grad=requires_grad)

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.sum(x) if axis is None else torch.sum(x, dim=axis, keepdim=keepdims)

    def mean(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.mean(x) if axis is None else torch.mean(x, dim=axis, keepdim=keepdims)

    def concat(self, tensors: Any, axis: int = 0) -> Any:
        return torch.cat(tensors, dim=axis)

    def stack(self, tensors: Any, axis: int = 0) -> Any:
        return torch.stack(tensors, dim=axis)

    def unstack(self, x: Any, axis: int = 0) -> Any:
        return torch.unbind(x, dim=axis)

    def permute_dims(self, x: Any, axes: Any) -> Any:
        return torch.permute(x, axes)

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        return torch.broadcast_to(x, shape)

    def expand_dims(self, x: Any, axis: int = 0) -> Any:
        return torch.unsqueeze(x, axis)

    def astype(self, x: Any, dtype: str) -> Any:
        return x.to(self.dtype(dtype))

    def queue_callback(self, callback: Callable[[], Any], **options: Any) -> None:
        torch.autograd.Variable._execution_engine.queue_callback(callback, **options)

    def array(self, x: Any) -> np.ndarray:
        return x.detach().resolve_conj().numpy()

    def forget_warnings(self) -> None:
        """Every warning is given each time: see `set_warn_always` above."""

    def once_differentiable(self, backward: Any) -> Any:
        return torch.autograd.function.once_differentiable(backward)


class Wengert(Library):
    """Wengert, over NumPy arrays."""

    name = "wengert"
    module = wengert

    def dtype(self, name: str | None) -> Any:
        return None if name is None else np.dtype(name)

    def tensor(self, data: Any, *, requires_grad: bool = False, dtype: str | None = None) -> Any:
        return wengert.tensor(np.asarray(data), dtype=self.dtype(dtype), requires_grad=requires_grad)

    def astype(self, x: Any, dtype: str) -> Any:
        return wengert.astype(x, self.dtype(dtype))

    def queue_callback(self, callback: Callable[[], Any], **options: Any) -> None:
        wengert.autograd.queue_callback(callback, **options)

    def array(self, x: Any) -> np.ndarray:
        return np.asarray(x.array)

    def forget_warnings(self) -> None:
        """Let warnings that are given once a process be given once more."""
        wengert.autograd.requests._warned.clear()

    def once_differentiable(self, backward: Any) -> Any:
        return wengert.autograd.function.once_differentiable(backward)


class WengertOverTorch(Wengert):
    """Wengert, over PyTorch's arrays."""

    def __getattr__(self, name: str) -> Any:
        name = ALIASES.get(name, name)
        return getattr(wengert.torch if hasattr(wengert.torch, name) else wengert, name)

    def dtype(self, name: str | None) -> Any:
        return None if name is None else getattr(torch, name)

    def tensor(self, data: Any, *, requires_grad: bool = False, dtype: str | None = None) -> Any:
        return wengert.tensor(torch.tensor(np.asarray(data), dtype=self.dtype(dtype)), requires_grad=requires_grad)

    def array(self, x: Any) -> np.ndarray:
        array = x.array
        return array.resolve_conj().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)


TORCH = Torch()
WENGERT = Wengert()
WENGERT_OVER_TORCH = WengertOverTorch()


class Log(list):
    """The events of one run of a program, each a tuple of plain Python values that two libraries can agree on."""

    def __init__(self, lib: Library) -> None:
        super().__init__()
        self.lib = lib

    def __call__(self, event: str, *details: Any) -> None:
        """Append an event; tensors become nested lists, nodes and exceptions their names."""
        self.append((event, *(self.plain(detail) for detail in details)))

    def hook(self, event: str, change: Callable[..., Any] | None = None) -> Callable[..., Any]:
        """A hook that logs its arguments under ``event`` and returns ``change(*arguments)``."""

        def hook(*arguments: Any) -> Any:
            self(event, *arguments)
            return None if change is None else change(*arguments)

        return hook

    def attempt(self, event: str, call: Callable[[], Any], says: str | None = None) -> Any:
        """Call; log what it returned, or which kind of exception it raised.

        With ``says`` the event also tells whether the message holds that word: for the errors whose *text* is the rule.
        """
        try:
            result = call()
        except Exception as error:
            self(event, "raised", error, *(() if says is None else (says in str(error),)))
            return None
        self(event, "returned", result)
        return result

    @contextmanager
    def warnings(self, event: str) -> Iterator[None]:
        """Log the categories of the warnings that the block gives, in their order."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        self(event, [warning.category.__name__ for warning in caught])

    def plain(self, value: Any) -> Any:
        """``value`` without anything of its library."""
        if isinstance(value, self.lib.Tensor):
            return rounded(self.lib.array(value))
        if isinstance(value, self.lib.graph.Node):
            return node_name(value)
        if isinstance(value, BaseException):
            return Kind(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return rounded(value)
        if isinstance(value, (bool, int, str, type(None))):
            return value
        if isinstance(value, (float, complex)):
            return rounded(np.asarray(value))
        if isinstance(value, Mapping):
            return {key: self.plain(element) for key, element in value.items()}
        if isinstance(value, tuple):
            return tuple(self.plain(element) for element in value)
        if isinstance(value, list):
            return [self.plain(element) for element in value]
        if isinstance(value, type):
            return value.__name__
        raise TypeError(f"log() cannot compare a {type(value).__name__} of two libraries; log a plain value of it")


def rounded(array: Any) -> Any:
    """Nested lists, rounded so that the last bits do not matter; the dtype shows as Python's kind of number."""
    array = np.asarray(array)
    if array.dtype.kind in "fc":
        array = np.round(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64), 6) + 0.0
    return array.tolist()


def node_name(node: Any) -> str:
    """A node's name without the C++ namespace that PyTorch puts before its internal ones (G1)."""
    return node.name().rsplit("::", 1)[-1]


class Kind(str):
    """The built-in exception that a user would catch, with the others by which the same error can be caught."""

    __slots__ = ("families",)

    def __new__(cls, error: BaseException) -> Self:
        names = [base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"]
        self = super().__new__(cls, names[0])
        self.families = set(names) - {"Exception", "BaseException", "object"}
        return self


def agreeing(expected: Any, got: Any) -> Any:
    """``got``, with `expected` in the place of each kind of error that can be caught as what was expected."""
    if isinstance(got, Kind):
        return expected if isinstance(expected, str) and expected in got.families else str(got)
    if isinstance(expected, tuple) and isinstance(got, tuple) and len(expected) == len(got):
        return tuple(map(agreeing, expected, got))
    return got


def dtype_name(tensor: Any) -> str:
    """``float64`` for ``torch.float64`` and for NumPy's dtype alike."""
    return str(tensor.dtype).removeprefix("torch.")


def run(program: Callable[[Any, Log], None], lib: Library, log: Log | None = None) -> Log:
    """Run a program in one library, with a log of its own unless one is given; an exception that leaves it is its last event."""
    log = Log(lib) if log is None else log
    lib.forget_warnings()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strictly()
        try:
            program(lib, log)
        except Exception as error:
            log("left the program", error)
            log.escaped = error  # type: ignore[attr-defined]
    return log


def assert_same(expected: list[Any], got: list[Any], names: tuple[str, str], cause: BaseException | None = None) -> None:
    """Fail with a readable diff if two logs differ (NaN equals NaN)."""
    agreed = [agreeing(*pair) for pair in zip(expected, got, strict=False)] + got[len(expected) :]
    before, after = list(map(repr, expected)), list(map(repr, agreed))
    if before != after:
        diff = "\n".join(difflib.unified_diff(before, after, *names, lineterm="", n=100))
        raise AssertionError(f"the logs differ\n{diff}") from cause


def both(program: Callable[[Any, Log], None]) -> None:
    """Run a program in both libraries and demand one log, from Wengert also where its backward passes are compiled."""
    expected, got = run(program, TORCH), run(program, WENGERT)
    assert expected, "the program logged nothing, so the comparison says nothing"
    if hasattr(expected, "escaped"):
        raise AssertionError("an exception left the program in PyTorch: the program is wrong") from expected.escaped
    assert_same(expected, got, ("PyTorch", "Wengert"), getattr(got, "escaped", None))
    compiled(program, expected)


def compiled(program: Callable[[Any, Log], None], expected: list[Any]) -> None:
    """Demand the log of an eager run where graphs are captured, and where the programs made of them run (rule C4)."""
    for backend in backends_for(name_of(program)):
        lib = WENGERT_OVER_TORCH if backend == "inductor" else WENGERT
        with in_earnest(backend), compiled_everywhere(Compiler(BACKENDS[backend])):
            for how in ("captured", "compiled"):
                got = run(program, lib)
                assert_same(expected, got, ("expected", f"Wengert, {how} for {backend}"), getattr(got, "escaped", None))


def as_test(program: Callable[..., None], body: Callable[..., None]) -> Callable[..., None]:
    """A pytest test with the name, the docstring and the parameters of ``program`` after ``(lib, log)``."""

    @functools.wraps(program)
    def test(**parameters: Any) -> None:
        body(functools.partial(program, **parameters))

    signature = inspect.signature(program)
    test.__signature__ = signature.replace(parameters=list(signature.parameters.values())[2:])  # type: ignore[attr-defined]
    return test


def parity(program: Callable[..., None]) -> Callable[..., None]:
    """Make ``def test_...(lib, log, *parameters)`` a test that the program does the same in both libraries.

    Examples
    --------
    >>> @parity
    ... def test_a_hook_sees_the_gradient(lib, log):
    ...     x = lib.tensor([1.0, 2.0], requires_grad=True)
    ...     x.register_hook(log.hook("hook"))
    ...     lib.sum(x * x).backward()
    >>> test_a_hook_sees_the_gradient()
    """
    return as_test(program, both)


# A program that PyTorch must not run, because it takes the process down or does something else on every run.
NOT_RUN = None


def differs(wart: str, *, torch: list[Any] | None, wengert: list[Any], reason: str) -> Callable[..., Callable[..., None]]:
    """Make a program a test of a difference that Wengert has on purpose (section 0 of the semantics).

    Parameters
    ----------
    wart
        The number of the wart, e.g. ``"W1"``; several are separated by a blank.
    torch, wengert
        The whole log that the program gives in each library. ``torch=NOT_RUN`` for a program that crashes PyTorch.
    reason
        Why Wengert differs: one sentence for the documentation.
    """

    def decorate(program: Callable[..., None]) -> Callable[..., None]:
        def body(bound: Callable[[Any, Log], None]) -> None:
            if torch is not NOT_RUN:
                log = run(bound, TORCH)
                assert_same(torch, log, ("expected of PyTorch", "PyTorch"), getattr(log, "escaped", None))
            log = run(bound, WENGERT)
            assert_same(wengert, log, ("expected of Wengert", "Wengert"), getattr(log, "escaped", None))
            compiled(bound, wengert)

        mark = pytest.mark.deliberate_difference(wart=wart, reason=reason, torch=torch, wengert=wengert)
        return mark(as_test(program, body))

    return decorate
