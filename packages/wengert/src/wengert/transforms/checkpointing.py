"""Checkpoints: recompute in the backward what the forward would have kept (rules S7, S8)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from ..arrays.adapter import adapter_of
from ..autograd.modes import is_grad_enabled
from ..autograd.tensor import Tensor
from ..errors import ArgumentError, CheckpointError
from ..ops.random import default_generator, random_state
from .operator_log import ComparedRuns
from .recompute import Frame, SavedArguments, placeholders
from .reentrant import CheckpointFunction

__all__ = [
    "checkpoint",
    "checkpoint_sequential",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]

#: What `set_checkpoint_early_stop` and `set_checkpoint_debug_enabled` say; None leaves it to the argument.
_EARLY_STOP: ContextVar[bool | None] = ContextVar("wengert.checkpoint.early_stop", default=None)
_DEBUG: ContextVar[bool | None] = ContextVar("wengert.checkpoint.debug", default=None)


def noop_context_fn() -> Contexts:
    """Two contexts that do nothing: the default of ``checkpoint(context_fn=...)``."""
    return nullcontext(), nullcontext()


def _metadata(tensor: Tensor) -> dict[str, Any]:
    """What the determinism check compares."""
    return {"shape": tensor._shape, "dtype": tensor._dtype, "device": adapter_of(tensor._array).device(tensor._array)}


#: What is compared under each name that ``checkpoint(determinism_check=...)`` takes.
DETERMINISM_CHECKS: dict[str, Callable[[Tensor], Any]] = {"default": _metadata, "none": lambda _: None}


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call a function without keeping what its backward needs: the backward calls it again.

    Instead of the tensors that operators inside `function` save, only its arguments are kept. That trades time for memory: a
    second forward of the function, run when the backward first comes to it.

    Parameters
    ----------
    function : callable
        It must compute the same when it is called again. What it does besides, it does twice.
    *args, **kwargs
        Its arguments; tensors may also stand in tuples, lists and dictionaries.
    use_reentrant : bool
        False: the way described here, which works in every backward. True: the function runs unrecorded, and the backward runs
        a backward of its own; then an argument must require grad, and ``grad()``, ``inputs=``, keyword arguments, `context_fn`
        and `debug` are not supported. None, the default, warns and means True.
    context_fn : callable, optional
        Returns two contexts, for the forward and for each recomputation, as `create_selective_checkpoint_contexts` does.
    determinism_check : {'default', 'none'}
        Whether shape, dtype and device of what is recomputed are compared with the forward. Their number always is.
    debug : bool
        Let a `CheckpointError` show which operators ran in the forward and which in the recomputation.
    early_stop : bool
        Whether the recomputation ends as soon as the last tensor is there, or runs the function to its end.
    preserve_rng_state : bool
        Whether ``wengert.random`` gives the recomputation the numbers that it gave the forward. Only its default generator is
        taken care of: Python's ``random``, NumPy's global state and generators that the function is handed are not.

    Returns
    -------
    object
        What `function` returns.

    Raises
    ------
    CheckpointError
        In the backward, if the recomputation does not save the same tensors; or if one is unpacked twice in one backward.
    VersionError
        In the backward, if an argument, or a tensor from outside that the function saved, was written to in place meanwhile.
    ArgumentError
        If options exclude each other.

    Notes
    -----
    A tensor from outside that the function uses without saving it (``x + offset``) is not watched: if it is written to between
    forward and backward, gradients are those of the new values. Pass it as an argument to be told.

    Without recording (``no_grad``) the function is simply called.

    Examples
    --------
    >>> import wengert as wg
    >>> def block(x):
    ...     print("running")
    ...     return wg.exp(wg.sin(x)).sum()
    >>> x = wg.tensor([0.0, 1.0], requires_grad=True)
    >>> y = wg.checkpoint(block, x, use_reentrant=False)
    running
    >>> y.backward()
    running
    """
    if use_reentrant is None:
        _warn_of_default("checkpoint")
        use_reentrant = True
    if use_reentrant:
        if kwargs:
            raise ArgumentError(
                f"checkpoint: unexpected keyword arguments {', '.join(kwargs)}: with use_reentrant=True the function takes none; "
                "pass use_reentrant=False"
            )
        if context_fn is not noop_context_fn or debug:
            raise ArgumentError("checkpoint: context_fn and debug are only supported when use_reentrant=False")
        return CheckpointFunction.apply(function, preserve_rng_state, *args)
    if determinism_check not in DETERMINISM_CHECKS:
        raise ArgumentError(f"checkpoint: determinism_check must be one of {list(DETERMINISM_CHECKS)}, got {determinism_check!r}")
    told = _DEBUG.get()
    runs = ComparedRuns() if (debug if told is None else told) else None
    if runs is not None:
        if context_fn is not noop_context_fn:
            raise ArgumentError("checkpoint: debug=True needs the contexts for itself; pass no context_fn with it")
        context_fn = runs.context_fn
    forward_context, recompute_context = context_fn()
    if not is_grad_enabled():
        return function(*args, **kwargs)
    state = default_generator.get_state() if preserve_rng_state else None

    def rerun(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        with random_state(state), recompute_context:
            function(*args, **kwargs)

    said = _EARLY_STOP.get()
    frame = Frame(
        rerun,
        SavedArguments(args, kwargs),
        early_stop if said is None else said,
        DETERMINISM_CHECKS[determinism_check],
        None if runs is None else runs.explain,
    )
    with placeholders(frame), forward_context:
        result = function(*args, **kwargs)
        frame.forward_is_over = True
    if not frame.forward_is_over:
        raise CheckpointError(
            "checkpoint: the forward context of context_fn suppressed an exception of the function, which so has no result"
        )
    return result


def checkpoint_sequential(
    functions: Iterable[Callable[[Any], Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    *,
    preserve_rng_state: bool = True,
) -> Any:
    """Call functions one after the other, in segments that are checkpointed, except for the last.

    Parameters
    ----------
    functions : nn.Sequential or iterable of callable
        Each is called with what the one before it returned.
    segments : int
        How many segments of equal length to make; what is left over belongs to the last.
    input : Tensor
        What the first is called with.
    use_reentrant, preserve_rng_state
        As in `checkpoint`.

    Returns
    -------
    object
        What the last function returns.

    Raises
    ------
    ArgumentError
        If there are more segments than functions.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.utils.checkpoint import checkpoint_sequential
    >>> x = wg.tensor(0.5, requires_grad=True)
    >>> y = checkpoint_sequential([wg.sin, wg.exp, wg.sin, wg.exp], 2, x, use_reentrant=False)
    >>> y.backward()
    >>> y.item() == wg.exp(wg.sin(wg.exp(wg.sin(x)))).item()
    True
    """
    if use_reentrant is None:
        _warn_of_default("checkpoint_sequential")
        use_reentrant = True
    row = list(functions)
    length = len(row) // segments if segments > 0 else 0
    if not length:
        raise ArgumentError(
            f"checkpoint_sequential: segments must lie between 1 and the number of functions, {len(row)}, got {segments}"
        )
    last = length * (segments - 1)
    for start in range(0, last, length):
        segment = _one_after_the_other(row[start : start + length])
        input = checkpoint(segment, input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state)
    return _one_after_the_other(row[last:])(input)


def _one_after_the_other(functions: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value

    return run


def _warn_of_default(name: str) -> None:
    warnings.warn(
        f"{name}: the use_reentrant parameter should be passed explicitly. False is recommended; True, the default, is the "
        "reentrant checkpoint, which does not work in every backward",
        UserWarning,
        stacklevel=3,
    )


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Within this context, whatever `checkpoint` is told, recomputation ends early or does not.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.utils.checkpoint import set_checkpoint_early_stop
    >>> def noisy(x):
    ...     y = wg.exp(x)
    ...     print("end")
    ...     return y
    >>> x = wg.tensor(0.0, requires_grad=True)
    >>> with set_checkpoint_early_stop(False):
    ...     y = wg.checkpoint(noisy, x, use_reentrant=False)
    end
    >>> y.backward()
    end
    """
    token = _EARLY_STOP.set(enable)
    try:
        yield
    finally:
        _EARLY_STOP.reset(token)


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Within this context, whatever `checkpoint` is told, it is in its debug mode or is not; None leaves it to the argument.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.utils.checkpoint import set_checkpoint_debug_enabled
    >>> x = wg.tensor(0.0, requires_grad=True)
    >>> with set_checkpoint_debug_enabled(True):
    ...     y = wg.checkpoint(wg.sin, x, use_reentrant=False)
    >>> y.backward()
    """
    token = _DEBUG.set(enabled)
    try:
        yield
    finally:
        _DEBUG.reset(token)
