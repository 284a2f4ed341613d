"""``wengert.hooks``: ready-made hooks, which change a gradient by operators, and the bases of hook objects.

Each is an object to be registered. As a tensor hook it is called with a gradient, as a node hook with a tuple of them, each of
which it changes by itself; its method ``after_accumulation`` is for a leaf's post-accumulate-grad hooks. Those whose attribute
``pure`` is True compute with the gradient and do nothing else: they serve every array library, are differentiated where the
backward is recorded (``create_graph=True``), and stand as equations in compiled programs. Their parameters may be set at any
time; the next run uses them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal, overload

from .autograd.contexts import no_grad
from .autograd.hooks import FunctionPostHook, FunctionPreHook, PostAccumulateGradHook
from .autograd.tensor import Tensor
from .errors import AnomalyError, ArgumentError, DtypeError
from .ops.comparison import isfinite, isnan
from .ops.nn.noise import noisy
from .ops.norms import vector_norm
from .ops.random import Generator
from .ops.rounding import clip
from .ops.searching import where
from .optim.in_backward import StepInBackward

__all__ = [
    "ClipNorm",
    "ClipValue",
    "FunctionPostHook",
    "FunctionPreHook",
    "GradientHook",
    "NaNGuard",
    "Noise",
    "PostAccumulateGradHook",
    "Scale",
    "StepInBackward",
]


class GradientHook(ABC):
    """Base of hooks that replace one gradient: a subclass defines `replaced`.

    Attributes
    ----------
    pure : bool
        Whether it does nothing but compute with the gradient; read when it is registered.

    Examples
    --------
    >>> import wengert as wg
    >>> class Signs(wg.hooks.GradientHook):
    ...     pure = True
    ...     def replaced(self, grad):
    ...         return wg.sign(grad)
    >>> x = wg.tensor([2.0, -3.0], requires_grad=True)
    >>> handle = x.register_hook(Signs())
    >>> (x * x).sum().backward()
    >>> x.grad.tolist()
    [1.0, -1.0]
    """

    pure: Any = False  # a bool; a property of some subclasses

    @abstractmethod
    def replaced(self, grad: Tensor) -> Tensor:
        """What takes the place of `grad`: of the same shape, dtype and library."""

    @overload
    def __call__(self, grad: None, grad_outputs: Any = None) -> None: ...
    @overload
    def __call__(self, grad: Tensor, grad_outputs: Any = None) -> Tensor: ...
    @overload
    def __call__(self, grad: tuple[Tensor | None, ...], grad_outputs: Any = None) -> tuple[Tensor | None, ...]: ...

    def __call__(self, grad: Any, grad_outputs: Any = None) -> Any:
        """The gradient that replaces `grad`, as a tensor hook; for a tuple of them, as a node hook, a tuple."""
        if grad is None:
            return None
        if isinstance(grad, tuple):
            return tuple([None if one is None else self.replaced(one) for one in grad])
        return self.replaced(grad)

    def after_accumulation(self, leaf: Tensor) -> None:
        """As a post-accumulate-grad hook: replace ``leaf.grad``, the sum of all that has come so far.

        Examples
        --------
        >>> import wengert as wg
        >>> x = wg.tensor([1.0], requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(wg.hooks.ClipValue(5.0).after_accumulation)
        >>> for _ in range(2):
        ...     (x * 3).sum().backward()
        >>> x.grad.tolist()
        [5.0]
        """
        if leaf.grad is not None:
            leaf.grad = self.replaced(leaf.grad)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class _Setting:
    """A parameter of a hook, checked whenever it is set. It is kept in the hook's dictionary, where compiled programs see it."""

    def __init__(self, check: Callable[[Any], Any], expected: str) -> None:
        self.check, self.expected = check, expected

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, hook: Any, owner: type | None = None) -> Any:
        return self if hook is None else hook.__dict__[self.name]

    def __set__(self, hook: Any, value: Any) -> None:
        try:
            hook.__dict__[self.name] = self.check(value)
        except (ArithmeticError, TypeError, ValueError):
            message = f"{type(hook).__name__}: {self.name}: got {value!r}; expected {self.expected}"
            raise ArgumentError(message) from None


# -- checks: the value as it is kept, or an error -------------------------------------------------------------------------
def _number(value: Any) -> float:
    if isinstance(value, str | bytes):
        raise TypeError
    return float(value)


def _bound(value: Any) -> float | None:
    if value is None:
        return None
    number = _number(value)
    if math.isnan(number):
        raise ValueError
    return number


def _positive(value: Any) -> float:
    number = _number(value)
    if not number > 0:
        raise ValueError
    return number


def _not_negative(value: Any) -> float:
    number = _number(value)
    if not 0 <= number < math.inf:
        raise ValueError
    return number


def _factor(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, str | bytes):
        raise TypeError
    number = complex(value)
    return number.real if number.imag == 0 else number


def _generator(value: Any) -> Generator | None:
    if value is not None and not isinstance(value, Generator):
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _name(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value


# -- the hooks -----------------------------------------------------------------------------------------------------------
class ClipValue(GradientHook):
    """Clip each element of the gradient.

    Parameters
    ----------
    limit : float, optional
        For ``[-limit, limit]``; not negative.
    min, max : float, optional
        The bounds, instead; None for none on that side. They may be set later.

    Raises
    ------
    ArgumentError
        If a bound is no number, if `limit` is given with another or there is none, or if `min` is above `max`.
    DtypeError
        When it is called with a complex gradient.

    Notes
    -----
    The second derivative is 1 within the bounds and 0 outside.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, -3.0], requires_grad=True)
    >>> handle = x.register_hook(wg.hooks.ClipValue(3.0))
    >>> (x * x).sum().backward()
    >>> x.grad.tolist()
    [2.0, 3.0, -3.0]
    """

    pure = True
    min = _Setting(_bound, "a number or None")
    max = _Setting(_bound, "a number or None")

    def __init__(self, limit: float | None = None, *, min: float | None = None, max: float | None = None) -> None:
        if (limit is None) == (min is None and max is None):
            given = ", ".join(f"{n}={v!r}" for n, v in (("limit", limit), ("min", min), ("max", max)) if v is not None)
            raise ArgumentError(f"ClipValue: got {given or 'no bound'}; expected limit, or one or both of min and max")
        if limit is not None:
            try:
                max = _not_negative(limit)
            except (TypeError, ValueError):
                raise ArgumentError(f"ClipValue: limit: got {limit!r}; expected a number that is not negative") from None
            min = -max
        self.min, self.max = min, max
        self._check()

    def _check(self) -> None:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ArgumentError(f"ClipValue: min: got {self.min!r}, which is above max, {self.max!r}; expected min <= max")

    def replaced(self, grad: Tensor) -> Tensor:
        self._check()
        if grad._adapter.kind(grad._dtype) == "c":
            raise DtypeError(f"ClipValue: got a gradient of {grad._dtype}; expected a real one: complex numbers have no order")
        clipped: Tensor = clip(grad, self.min, self.max)
        return clipped


class ClipNorm(GradientHook):
    """Scale the gradient so that its norm is at most `max_norm`.

    ``grad * min(1, max_norm / (norm(grad) + eps))``: what PyTorch's ``clip_grad_norm_`` does to one parameter.

    Parameters
    ----------
    max_norm : float
        Not negative.
    norm_type : float
        Positive; ``inf`` for the largest absolute value.
    eps : float
        Keeps a norm of 0 from the denominator; not negative.

    Raises
    ------
    ArgumentError
        If a parameter is not as said above.

    Notes
    -----
    Each gradient is clipped by itself. For the norm of all gradients together there is `wengert.nn.utils.clip_grad_norm_`, after
    the backward. A gradient with NaN in it comes out as NaN. The second derivative is that of the formula, through the norm.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.5, 2.0], requires_grad=True)
    >>> handle = x.register_hook(wg.hooks.ClipNorm(1.0))
    >>> (x * x).sum().backward()
    >>> [round(g, 4) for g in x.grad.tolist()]
    [0.6, 0.8]
    """

    pure = True
    max_norm = _Setting(_not_negative, "a finite number that is not negative")
    norm_type = _Setting(_positive, "a positive number")
    eps = _Setting(_not_negative, "a finite number that is not negative")

    def __init__(self, max_norm: float, norm_type: float = 2.0, eps: float = 1e-6) -> None:
        self.max_norm, self.norm_type, self.eps = max_norm, norm_type, eps

    def replaced(self, grad: Tensor) -> Tensor:
        # The factor is multiplied in even where it is 1, so that nothing looks at its value.
        clipped: Tensor = grad * clip(self.max_norm / (vector_norm(grad, ord=self.norm_type) + self.eps), None, 1.0)
        return clipped


class Scale(GradientHook):
    """Multiply the gradient by `factor`; -1 reverses it, 0 stops it.

    Parameters
    ----------
    factor : float, complex or Tensor
        A complex factor is for complex gradients. A tensor that broadcasts to the gradient, of its dtype and library, is read
        in each run, and differentiated where the backward is recorded.

    Raises
    ------
    ArgumentError
        If `factor` is neither a number nor a Tensor.

    Examples
    --------
    >>> import wengert as wg
    >>> reverse = wg.hooks.Scale(-1.0)
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(reverse)
    >>> x.sum().backward()
    >>> x.grad.tolist()
    [-1.0, -1.0]
    >>> reverse.factor = -0.5
    >>> wg.autograd.grad(x.sum(), x)[0].tolist()
    [-0.5, -0.5]
    """

    pure = True
    factor = _Setting(_factor, "a number or a Tensor")

    def __init__(self, factor: complex | Tensor) -> None:
        self.factor = factor

    def replaced(self, grad: Tensor) -> Tensor:
        scaled: Tensor = grad * self.factor
        return scaled


class Noise(GradientHook):
    """Add Gaussian noise to the gradient, drawn anew in every run.

    Parameters
    ----------
    std : float
        The standard deviation, not negative; of complex noise the root of the mean squared magnitude.
    generator : Generator, optional
        What to draw from. Default: `wengert.random.default_generator`, so that `wengert.random.seed` counts.

    Raises
    ------
    ArgumentError
        If a parameter is not as said above.

    Notes
    -----
    A program of `wengert.compile` draws in each run; `wengert.compiled_autograd` calls the hook between equations. Where the
    backward is recorded the noise is a constant. Neelakantan et al., *Adding Gradient Noise Improves Learning for Very Deep
    Networks* (2015), let `std` fall with the steps: set it before each.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(wg.hooks.Noise(0.1, wg.random.Generator(0)))
    >>> first, second = (wg.autograd.grad(x.sum(), x)[0] for _ in range(2))
    >>> (first == second).tolist()
    [False, False]
    """

    pure = True
    std = _Setting(_not_negative, "a finite number that is not negative")
    generator = _Setting(_generator, "a wengert.random.Generator or None")

    def __init__(self, std: float, generator: Generator | None = None) -> None:
        self.std, self.generator = std, generator

    def replaced(self, grad: Tensor) -> Tensor:
        result: Tensor = noisy(grad, self.std, self.generator)
        return result


class NaNGuard(GradientHook):
    """Raise an error when NaN comes by, or put zeros in its place.

    Parameters
    ----------
    action : {"raise", "zero"}
        What to do; it cannot be changed later. Raising looks at values, so that such a hook is called, and not compiled.
    name : str, optional
        What the error calls the gradient.
    infinite : bool
        Whether infinities are taken for NaN; they often become NaN one operator later.

    Raises
    ------
    ArgumentError
        If a parameter is not as said above.
    AnomalyError
        When it is called with such a gradient, and `action` is ``"raise"``.

    Notes
    -----
    The second derivative is 1 where the gradient was left, and 0 elsewhere.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([2.0, 4.0], requires_grad=True)
    >>> with x.register_hook(wg.hooks.NaNGuard("zero")):
    ...     wg.autograd.grad((x * wg.tensor([float("inf"), 0.5])).sum(), x)[0].tolist()
    [0.0, 0.5]
    >>> wg.hooks.NaNGuard(name="the weights")(wg.tensor([1.0, float("nan")]))
    Traceback (most recent call last):
    ...
    wengert.errors.AnomalyError: NaNGuard: 1 of 2 elements of the gradient of the weights are NaN or infinite
    """

    name = _Setting(_name, "a string or None")
    infinite = _Setting(_flag, "a bool")

    def __init__(self, action: Literal["raise", "zero"] = "raise", name: str | None = None, *, infinite: bool = True) -> None:
        if action not in ("raise", "zero"):
            raise ArgumentError(f"NaNGuard: action: got {action!r}; expected 'raise' or 'zero'")
        self._action = action
        self.name, self.infinite = name, infinite

    @property
    def action(self) -> str:
        """What it does: ``"raise"`` or ``"zero"``."""
        return self._action

    @property
    def pure(self) -> bool:
        """Whether it puts in zeros."""
        return self._action == "zero"

    def replaced(self, grad: Tensor) -> Tensor:
        good = isfinite(grad) if self.infinite else ~isnan(grad)
        if self._action == "zero":
            result: Tensor = where(good, grad, 0.0)
            return result
        with no_grad():
            bad = int((~good).sum())
        if bad:
            of = "" if self.name is None else f" of {self.name}"
            kind = "NaN or infinite" if self.infinite else "NaN"
            raise AnomalyError(f"NaNGuard: {bad} of {math.prod(grad._shape)} elements of the gradient{of} are {kind}")
        return grad

    def __repr__(self) -> str:
        return f"NaNGuard(action={self._action!r}, name={self.name!r}, infinite={self.infinite!r})"
