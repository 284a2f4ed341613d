"""``torch.compile``: programs of backward passes are handed to the backend; functions run as they are.

PyTorch makes a graph of a function by reading its bytecode. Here nobody does: a function that was given to `compile` is called,
its operators compute one by one, and results and gradients are the same. What is compiled is its backward, where
``torch._dynamo.config.compiled_autograd`` says so, and the program that `torch._dynamo.compiled_autograd` made of a backward.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from ....errors import UnsupportedError, UsageError
from ..nn.modules import Module
from . import compiled_autograd, config
from .backends.debugging import RUN_AS_IS
from .breaks import Whole
from .capturing import Program
from .exc import InvalidBackend
from .utils import counters

__all__ = ["BACKENDS", "How", "OptimizedModule", "compile"]

#: Names of backends, which here all run the program as it is.
BACKENDS = ("aot_eager", "eager", "inductor")

MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")


@dataclass(frozen=True)
class How:
    """The arguments of `compile`.

    Parameters
    ----------
    backend : str or callable
        Its name, or ``backend(graph_module, example_inputs)``, which gives a function to call in place of the module.
    fullgraph : bool
        Whether it is an error to leave the program for Python.
    dynamic : bool, optional
        Whether programs of backward passes are made for tensors of any size; None: once a size has changed.
    """

    backend: str | Callable[..., Any] = "inductor"
    fullgraph: bool = False
    dynamic: bool | None = None

    def __post_init__(self) -> None:
        if not callable(self.backend) and self.backend not in BACKENDS:
            raise InvalidBackend(f"Invalid backend: {self.backend!r}: expected a callable or one of {', '.join(BACKENDS)}")

    def program(self, module: Program) -> Callable[..., Any]:
        """What runs in place of a program: the module itself, or what the backend makes of it at the first call."""
        return _Program(self, module)


class _Program:
    """The program of a backward, which is compiled when it is first called."""

    def __init__(self, how: How, module: Program) -> None:
        self.how, self.module = how, module
        self._run: Callable[..., Any] | None = None

    def __call__(self, *inputs: Any) -> Any:
        if self._run is None:
            self._run = self._compiled(inputs)
        with Whole(self.how.fullgraph):
            return self._run(*inputs)

    def _compiled(self, inputs: tuple[Any, ...]) -> Callable[..., Any]:
        counters["stats"]["unique_graphs"] += 1
        if isinstance(self.how.backend, str):
            return self.module
        return self.module.compiled_by(self.how.backend, inputs)


# -- functions and modules -----------------------------------------------------------------------------------------------
def _checked(function: Callable[..., Any], how: How) -> None:
    """Raise for a function of which a graph would be needed. PyTorch does not make one of a generator function either."""
    if not isinstance(how.backend, str) and how.backend not in RUN_AS_IS and not inspect.isgeneratorfunction(function):
        name = getattr(function, "__qualname__", repr(function))
        raise UnsupportedError(
            f"torch.compile: {name}: backend: a callable is given the graph of a backward, and there is no graph of a function; "
            f"give one of the names {', '.join(BACKENDS)}"
        )


def _backward_context(how: How) -> Callable[[], AbstractContextManager[Any]]:
    """Makes the context in which a function runs whose backward passes are to be compiled, or one that does nothing."""
    if not config.compiled_autograd:
        return nullcontext
    compiler = functools.partial(compile, backend=how.backend, fullgraph=how.fullgraph, dynamic=how.dynamic)
    return functools.partial(compiled_autograd._enable, compiler, dynamic=bool(how.dynamic), ignore_active_disable_ctx=False)


def _function(function: Callable[..., Any], how: How) -> Callable[..., Any]:
    context = _backward_context(how)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        _checked(function, how)
        with Whole(how.fullgraph), context():
            return function(*args, **kwargs)

    return call


class OptimizedModule(Module):
    """What `compile` makes of a module: the attributes are those of the module, which is ``_orig_mod``."""

    def __init__(self, module: Module, how: How) -> None:
        super().__init__()
        self._modules["_orig_mod"] = module
        self.__dict__["_call"] = _function(module.__call__, how)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the module."""
        return self._call(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        module = self.__dict__["_modules"]["_orig_mod"]
        return module if name == "_orig_mod" else getattr(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_orig_mod" in self.__dict__.get("_modules", ()) and name not in self.__dict__:
            setattr(self._orig_mod, name, value)
        else:
            super().__setattr__(name, value)


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
) -> Any:
    """Compile the program of a backward; a function or module runs as it is, and its backward passes if that is set.

    Parameters
    ----------
    model : Program, Module or callable, optional
        What a compiler of `torch._dynamo.compiled_autograd` was given; or a module or function. A decorator if left out.
    fullgraph : bool
        Whether ``torch._dynamo.graph_break()`` inside is an error.
    dynamic : bool, optional
        Whether the programs of its backward passes are made for tensors of any size; None: once a size has changed.
    backend : str or callable
        ``"inductor"``, ``"aot_eager"`` or ``"eager"``, which all run the program as it is; or ``backend(module, inputs)``, which
        gives a function to call in its place.
    mode : str, optional
        One of PyTorch's, none of which means anything here.
    options : dict, optional
        Taken for PyTorch's sake.
    disable : bool
        Give back `model` itself.

    Raises
    ------
    InvalidBackend
        If there is no backend of that name.
    UsageError
        If `mode` is not one of PyTorch's.
    UnsupportedError
        At the call of a function whose backend is a callable: it would need a graph of the function.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> @torch.compile(backend="eager")
    ... def double(x):
    ...     return x * 2
    >>> double(torch.ones(2))
    tensor([2., 2.])

    With `torch._dynamo.config.compiled_autograd` the backward passes that it runs are compiled:

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch._dynamo.config.patch(compiled_autograd=True):
    ...     step = torch.compile(lambda: double(x).sum().backward())
    >>> step()
    >>> x.grad, torch._dynamo.utils.counters["compiled_autograd"]["captures"]
    (tensor([2., 2.]), 1)
    """
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable
        )
    how = How(backend, fullgraph, dynamic)
    if mode is not None and mode not in MODES:
        raise UsageError(f"torch.compile: mode: expected one of {', '.join(MODES)}, got {mode!r}")
    if disable:
        return model
    if isinstance(model, Program):
        return how.program(model)
    if isinstance(model, Module):
        return OptimizedModule(model, how)
    if not callable(model):
        raise UsageError(f"torch.compile: model: expected a callable, got {type(model).__name__}")
    return _function(model, how)
