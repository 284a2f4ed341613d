"""``torch.library``: operators of one's own, with a name under ``torch.ops``, which modes see go by as they see Wengert's.

Each call is one node: below it the function runs unrecorded, and its derivative is what was registered for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...errors import UnsupportedError, UsageError
from . import ops
from ._library.infer_schema import infer_schema
from .library_declared import Library, _scoped_library, define, impl, note_fake
from .library_ops import DEFINED, CustomOpDef, find
from .library_schema import parsed

__all__ = [
    "CustomOpDef",
    "Library",
    "_scoped_library",
    "custom_op",
    "define",
    "impl",
    "infer_schema",
    "register_autograd",
    "register_fake",
]


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
    device_types : str or sequence of str, optional
        Taken for PyTorch's sake.
    schema : str, optional
        Says which parameters are tensors, where annotations do not.

    Raises
    ------
    UsageError
        If the name has no namespace.
    ArgumentError
        If `schema` is not given, and an annotation is missing or is of a type that schemas do not have.
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
    tensors = None
    if schema is None:
        infer_schema(fn, mutates_args=mutates_args)
    else:
        tensors = tuple(a.name for a in parsed(own + schema).arguments if a.holds_tensors and not a.several)
    if list(mutates_args):
        raise UnsupportedError(f"custom_op: {name}: mutates_args: operators that write to their arguments are not supported")
    DEFINED[name] = made = CustomOpDef(name, fn, tensors)
    ops.put(name, made)
    return made


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
    find(op).register_autograd(backward, setup_context=setup_context)


def register_fake(op: Any, func: Any = None, /, *, lib: Any = None, allow_override: bool = False) -> Any:
    """Taken note of by compilers, of which there is none here. A decorator if `func` is left out."""
    note_fake(find(op), allow_override)
    return (lambda func: func) if func is None else func
