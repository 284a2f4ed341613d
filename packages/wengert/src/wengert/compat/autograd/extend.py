"""New primitives: functions of raw arrays, whose derivatives are given by ``defvjp`` and ``defjvp``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import pytree
from ...autograd.tensor import Tensor
from ...errors import MissingRuleError
from ...function import Function
from ...numpy_protocols.operands import holds_tensors, plain, tensor
from ...ops.creation import zeros_like

__all__ = [
    "Box",
    "defjvp",
    "defjvp_argnum",
    "defjvp_argnums",
    "defvjp",
    "defvjp_argnum",
    "defvjp_argnums",
    "notrace_primitive",
    "primitive",
]

#: What is being differentiated through: here a Tensor.
Box = Tensor


class Rules:
    """The derivatives of one primitive: for the numbers of its arguments, how to make what takes a gradient on."""

    def __init__(self) -> None:
        self.vjps: Callable[..., Any] | None = None  # (argnums, ans, args, kwargs) -> g -> gradients
        self.jvps: Callable[..., Any] | None = None  # (argnums, tangents, ans, args, kwargs) -> tangent


def primitive(f_raw: Callable[..., Any]) -> Callable[..., Any]:
    """`f_raw` as a primitive: it is called with plain arrays, and recorded as one node when a Tensor comes.

    Examples
    --------
    >>> import numpy
    >>> from wengert.compat.autograd import grad
    >>> from wengert.compat.autograd.extend import defvjp, primitive
    >>> double = primitive(lambda x: 2.0 * x)
    >>> defvjp(double, lambda ans, x: lambda g: 2.0 * g)
    >>> grad(double)(3.0)
    np.float64(2.0)
    """
    rules = Rules()

    @functools.wraps(f_raw)
    def call(*args: Any, **kwargs: Any) -> Any:
        tensors = [leaf for leaf in pytree.leaves(args) if isinstance(leaf, Tensor)]
        if not tensors:
            return f_raw(*args, **kwargs)
        return _recorded(rules, f_raw, args, kwargs).apply(*tensors)

    call.fun, call.rules = f_raw, rules  # type: ignore[attr-defined]
    return call


def _recorded(rules: Rules, f_raw: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> type[Function]:
    """The Function of one call: its tensors are those among the arguments and in containers there; all else stands in it."""
    name = getattr(f_raw, "__name__", "primitive")
    leaves, structure = pytree.flatten(args)
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor)]
    counts = [len(pytree.leaves(arg)) for arg in args]
    owners = [number for number, count in enumerate(counts) for _ in range(count)]  # the argument that each leaf is in
    starts = [sum(counts[:number]) for number in range(len(args))]

    def whole(tensors: Sequence[Any]) -> Any:
        every = list(leaves)
        for place, value in zip(places, tensors, strict=True):
            every[place] = value
        return pytree.unflatten(structure, every)

    class Primitive(Function):
        @staticmethod
        def forward(*tensors: Any) -> Any:
            return tensor(np.asarray(f_raw(*whole([_bare(t) for t in tensors]), **kwargs)))

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            ctx.save_for_backward(*inputs, output)
            ctx.save_for_forward(*inputs, output)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            *inputs, ans = ctx.saved_tensors
            wanted = [i for i, needed in enumerate(ctx.needs_input_grad) if needed]
            numbers = tuple(dict.fromkeys(owners[places[i]] for i in wanted))
            if rules.vjps is None:
                raise MissingRuleError(f"VJP of {name} wrt argnums {numbers} not defined")
            every = whole([_as_seen(t) for t in inputs])
            found = rules.vjps(numbers, _as_seen(ans), every, kwargs)(_as_seen(g))
            by_argument = dict(zip(numbers, found, strict=True))
            grads: list[Any] = [None] * len(inputs)
            for i in wanted:
                number = owners[places[i]]
                value = by_argument[number]
                if value is not None and isinstance(args[number], list | tuple | dict):
                    value = pytree.leaves(value)[places[i] - starts[number]]
                grads[i] = None if value is None else _fitted(value, inputs[i])
            return tuple(grads)

        @staticmethod
        def jvp(ctx: Any, *tangents: Any) -> Any:
            *inputs, ans = ctx.saved_tensors
            given = [i for i, t in enumerate(tangents) if t is not None]
            numbers = tuple(owners[places[i]] for i in given)
            if rules.jvps is None or any(isinstance(args[number], list | tuple | dict) for number in numbers):
                raise MissingRuleError(f"JVP of {name} wrt argnums {numbers} not defined")
            every = whole([_as_seen(t) for t in inputs])
            found = rules.jvps(numbers, [_as_seen(tangents[i]) for i in given], _as_seen(ans), every, kwargs)
            return tensor(found) + zeros_like(ans)

    Primitive.__name__ = Primitive.__qualname__ = name
    return Primitive


def _bare(value: Any) -> Any:
    array = value.array
    return array if array.ndim else array[()]


def _as_seen(value: Any) -> Any:
    """As rules see values: plain, unless they are to be differentiated again."""
    return _bare(value) if isinstance(value, Tensor) and not value.requires_grad else value


def _fitted(value: Any, like: Any) -> Any:
    """A gradient of the shape and dtype of the argument."""
    found = tensor(value)
    if not np.iscomplexobj(plain(like)) and np.iscomplexobj(plain(found)):
        found = found.real
    return found + zeros_like(like) if found.shape != like.shape or found.dtype != like.dtype else found


def as_given(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which gives Tensors, with a plain result where it was given nothing else."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return result if holds_tensors(args) or holds_tensors(list(kwargs.values())) else _bare(result)

    return call


def notrace_primitive(f_raw: Callable[..., Any]) -> Callable[..., Any]:
    """`f_raw` called with plain arrays, and never recorded: its derivative is zero."""

    @functools.wraps(f_raw)
    def call(*args: Any, **kwargs: Any) -> Any:
        return f_raw(*(plain(a) for a in args), **{k: plain(v) for k, v in kwargs.items()})

    return call


def defvjp_argnums(fun: Callable[..., Any], vjpmaker: Callable[..., Any]) -> None:
    """Give the derivatives of a primitive: ``vjpmaker(argnums, ans, args, kwargs)`` makes what takes a gradient to a tuple."""
    fun.rules.vjps = vjpmaker  # type: ignore[attr-defined]


def defvjp_argnum(fun: Callable[..., Any], vjpmaker: Callable[..., Any]) -> None:
    """The same by one argument at a time: ``vjpmaker(argnum, ans, args, kwargs)``."""

    def maker(argnums: Any, *rest: Any) -> Any:
        each = [vjpmaker(argnum, *rest) for argnum in argnums]
        return lambda g: tuple(one(g) for one in each)

    defvjp_argnums(fun, maker)


def defvjp(fun: Callable[..., Any], *vjpmakers: Any, **kwargs: Any) -> None:
    """Give the derivatives of a primitive: ``vjpmakers[i](ans, *args, **kwargs)`` makes what takes a gradient to argument i.

    None stands for a derivative of zero. ``argnums=`` says which arguments they belong to.
    """
    argnums = kwargs.get("argnums", range(len(vjpmakers)))
    makers = dict(zip(argnums, vjpmakers, strict=False))

    def maker(numbers: Any, ans: Any, args: Any, options: Any) -> Any:
        each = []
        for number in numbers:
            if number not in makers:
                raise MissingRuleError(f"VJP of {getattr(fun, '__name__', fun)} wrt argnum {number} not defined")
            each.append(None if makers[number] is None else makers[number](ans, *args, **options))
        return lambda g: tuple(None if one is None else one(g) for one in each)

    defvjp_argnums(fun, maker)


def defjvp_argnums(fun: Callable[..., Any], jvpmaker: Callable[..., Any]) -> None:
    """Give the derivatives of a primitive for forward mode: ``jvpmaker(argnums, tangents, ans, args, kwargs)``."""
    fun.rules.jvps = jvpmaker  # type: ignore[attr-defined]


def defjvp_argnum(fun: Callable[..., Any], jvpmaker: Callable[..., Any]) -> None:
    """The same by one argument at a time: ``jvpmaker(argnum, tangent, ans, args, kwargs)``."""

    def maker(argnums: Any, tangents: Any, *rest: Any) -> Any:
        parts = [jvpmaker(n, t, *rest) for n, t in zip(argnums, tangents, strict=True)]
        return functools.reduce(lambda a, b: a + b, parts)

    defjvp_argnums(fun, maker)


def defjvp(fun: Callable[..., Any], *jvpfuns: Any, **kwargs: Any) -> None:
    """Give the derivatives for forward mode: ``jvpfuns[i](tangent, ans, *args, **kwargs)``; ``"same"`` for linear arguments."""
    argnums = kwargs.get("argnums", range(len(jvpfuns)))
    makers = dict(zip(argnums, jvpfuns, strict=False))

    def one(number: int, t: Any, ans: Any, args: Any, options: Any) -> Any:
        maker = makers.get(number)
        if maker is None:
            return np.zeros_like(plain(ans))
        if maker == "same":
            return fun(*args[:number], t, *args[number + 1 :], **options)
        return maker(t, ans, *args, **options)

    defjvp_argnum(fun, one)
