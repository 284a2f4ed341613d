"""The two public checks: what is compared, in which order, and what a failure says (rules A4)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..autograd.node import NO_EDGE
from ..autograd.requests import grad
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, DerivativeCheckError, MissingRuleError, OverlapError
from ..function import Function
from .jacobians import (
    Input,
    Output,
    Part,
    Problem,
    analytical,
    as_outputs,
    check_kind,
    host,
    numerical,
    numerical_along,
    unit_columns,
)

__all__ = ["gradcheck", "gradgradcheck"]

WHOLE = Part("", lambda value: value, 1)
# In PyTorch's order.
IMAGINARY = Part("While considering the imaginary part of complex outputs only, ", np.imag, 1j)
REAL = Part("While considering the real part of complex outputs only, ", np.real, 1)


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients of `func` with finite differences.

    Every input that requires grad should be of dtype float64 or complex128: with fewer digits the differences drown in
    rounding. While the check runs, the arrays of these inputs are changed in place, and changed back.

    Parameters
    ----------
    func : callable
        Takes `inputs`, returns a Tensor or a tuple of them. Must be deterministic.
    inputs : Tensor or tuple
        The arguments; Tensors in lists or tuples among them are found too.
    eps : float
        The step of the central differences.
    atol, rtol : float
        Two Jacobians agree where ``|analytical - numerical| <= atol + rtol * |numerical|``.
    raise_exception : bool
        Raise when the check fails; otherwise return False.
    nondet_tol : float
        How far the results of two backward passes may be apart.
    check_undefined_grad : bool
        Check also that a gradient of None for an output is treated as zeros.
    check_grad_dtypes : bool
        Check also that gradients have the dtype of their input.
    fast_mode : bool
        Compare one random projection of each Jacobian instead of all elements: a backward pass for each output and two
        calls of `func` for each input, whatever their sizes.
    check_backward_ad : bool
        Only True: it is the check there is.
    check_forward_ad, check_batched_grad, check_batched_forward_grad : bool
        Only False: forward mode and vmap are not there yet.
    masked : bool, optional
        Only None or False: there are no sparse tensors.

    Returns
    -------
    bool
        True if the check succeeds.

    Raises
    ------
    DerivativeCheckError
        If a gradient is wrong, unless `raise_exception` is False. Also called ``GradcheckError``.
    ArgumentError
        If no input requires grad, or one has overlapping elements.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.testing import gradcheck
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> gradcheck(lambda x: x * x, x)
    True
    """
    _only(check_backward_ad=(check_backward_ad, True))
    _only(
        check_forward_ad=(check_forward_ad, False),
        check_batched_grad=(check_batched_grad, False),
        check_batched_forward_grad=(check_batched_forward_grad, False),
        masked=(bool(masked), False),
    )
    try:
        problem, returned = _problem(func, inputs)
        if not problem.outputs:
            _check_constant(problem, returned, eps)
            return True
        for part in (IMAGINARY, REAL) if any(_is_complex(o.tensor) for o in problem.outputs) else (WHOLE,):
            chosen = problem
            if part is IMAGINARY:
                chosen = problem._replace(outputs=[o for o in problem.outputs if _is_complex(o.tensor)])
            compare = _compare_projections if fast_mode else _compare_elements
            compare(chosen, part, eps, atol, rtol, nondet_tol, check_grad_dtypes)
        _check_zero_gradient(problem, [o.tensor for o in problem.outputs])
        if check_undefined_grad:
            _check_undefined(problem)
    except DerivativeCheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the second derivatives of `func` with finite differences of its first.

    This is `gradcheck` of the function that takes `inputs` and `grad_outputs` to the gradients of the inputs.

    Parameters
    ----------
    func, inputs
        As for `gradcheck`.
    grad_outputs : Tensor or tuple of Tensor, optional
        The gradient of each differentiable output. Default: random numbers in [-1, 1] that require grad.
    gen_non_contig_grad_outputs : bool
        Let those random gradients have gaps in memory between their elements.
    check_rev_over_rev : bool
        Only True: it is the check there is.
    check_fwd_over_rev : bool
        Only False: forward mode is not there yet.
    eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes
        As for `gradcheck`.
    check_batched_grad, fast_mode, masked
        As for `gradcheck`.

    Returns
    -------
    bool
        True if the check succeeds.

    Raises
    ------
    DerivativeCheckError
        If a second derivative is wrong, unless `raise_exception` is False.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.testing import gradgradcheck
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> gradgradcheck(lambda x: x * x * x, x)
    True
    """
    _only(check_rev_over_rev=(check_rev_over_rev, True), check_fwd_over_rev=(check_fwd_over_rev, False))
    arguments = _as_tuple(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        outputs = [o for o in as_outputs(func(*arguments)) if o.requires_grad]
        weights = tuple(_random_gradient(o, rng, gen_non_contig_grad_outputs) for o in outputs)
    else:
        weights = _as_tuple(grad_outputs)
    count = len(arguments)

    def gradients(*args: Any) -> tuple[Tensor, ...]:
        outputs = [o for o in as_outputs(func(*args[:count])) if o.requires_grad]
        wanted = [item.tensor for item in _differentiated(args[:count])]
        found = grad(outputs, wanted, args[count:], create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        gradients,
        (*arguments, *weights),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        masked=masked,
    )


# -- arguments ---------------------------------------------------------------------------------------------------------
def _only(**options: tuple[bool, bool]) -> None:
    for name, (got, possible) in options.items():
        if bool(got) is not possible:
            raise MissingRuleError(
                f"{name}: expected {possible}, got {got!r}; of PyTorch's checks Wengert has those of the backward"
            )


def _as_tuple(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, tuple | list) else (values,)


def _differentiated(arguments: tuple[Any, ...]) -> list[Input]:
    """The tensors among the arguments that require grad, also in lists and tuples, in order."""

    def walk(value: Any, label: str) -> Iterator[Input]:
        if isinstance(value, Tensor):
            if value.requires_grad:
                yield Input(label, value)
        elif isinstance(value, tuple | list):
            for position, item in enumerate(value):
                yield from walk(item, f"{label}[{position}]")

    return [found for position, value in enumerate(arguments) for found in walk(value, f"input {position}")]


def _problem(func: Callable[..., Any], inputs: Any) -> tuple[Problem, tuple[Tensor, ...]]:
    """The checked arguments and the first call; with all that it returned."""
    arguments = _as_tuple(inputs)
    found = _differentiated(arguments)
    if not found:
        raise ArgumentError("inputs: gradcheck expects at least one input tensor to require gradient, but none does")
    for item in found:
        array = host(item.tensor)
        if array.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"{item.label.replace('input ', 'Input #')} requires gradient and is not a double precision floating point "
                f"or complex, but {array.dtype}: finite differences need that, so the check will likely fail",
                UserWarning,
                stacklevel=3,
            )
        strides = zip(array.strides, array.shape, strict=True)
        if array.size and any(stride == 0 and length > 1 for stride, length in strides):
            raise OverlapError(
                f"The {item.label.removeprefix('input ')}th input has a dimension with stride 0, so that several of its elements "
                "share one place in memory and they cannot be changed one by one; pass a clone() of it"
            )
    returned = as_outputs(func(*arguments))
    outputs = [Output(number, tensor) for number, tensor in enumerate(returned) if tensor.requires_grad]
    return Problem(func, arguments, found, outputs), returned


def _is_complex(tensor: Tensor) -> bool:
    return bool(host(tensor).dtype.kind == "c")


def _random_gradient(output: Tensor, rng: np.random.Generator, gaps: bool) -> Tensor:
    """Random numbers in [-1, 1] of the kind of `output`."""
    value = host(output)
    shape = (*value.shape[:-1], 2 * value.shape[-1]) if gaps and value.ndim else value.shape
    numbers: Any = rng.uniform(-1, 1, shape)
    if _is_complex(output):
        numbers = numbers + 1j * rng.uniform(-1, 1, shape)
    numbers = np.asarray(numbers, dtype=value.dtype)
    made = wrap(numbers[..., ::2] if gaps and value.ndim else numbers, NO_EDGE, output._family)
    made.requires_grad = True
    return made


# -- the comparisons ---------------------------------------------------------------------------------------------------
def _close(analytic: Any, numeric: Any, atol: float, rtol: float) -> bool:
    return bool(np.allclose(analytic, numeric, rtol=rtol, atol=atol))


def _compare_elements(
    problem: Problem, part: Part, eps: float, atol: float, rtol: float, nondet_tol: float, check_dtypes: bool
) -> None:
    """Every element of every Jacobian (A4.2)."""
    differences = numerical(problem, eps, part)
    for output, numeric in zip(problem.outputs, differences, strict=True):
        analytic = analytical(output, list(unit_columns(output, part)), problem.inputs, nondet_tol, check_dtypes)
        for item, a, n in zip(problem.inputs, analytic, numeric, strict=True):
            if not _close(a, n, atol, rtol):
                raise DerivativeCheckError(_mismatch(part, output, item, a, n))


def _mismatch(part: Part, output: Output, item: Input, analytic: Any, numeric: Any) -> str:
    return (
        f"{part.words}Jacobian mismatch for output {output.number} with respect to {item.label}, of shapes "
        f"{output.tensor.shape} and {item.tensor.shape}; rows are elements of the input, columns of the output.\n"
        f"numerical:\n{numeric}\nanalytical:\n{analytic}"
    )


def _compare_projections(
    problem: Problem, part: Part, eps: float, atol: float, rtol: float, nondet_tol: float, check_dtypes: bool
) -> None:
    """One random projection of every Jacobian, ``v'Ju`` against ``u'(J'v)`` (A4.3)."""
    rng = np.random.default_rng(2147483647)
    directions = [(_unit(rng, item.tensor), _unit(rng, item.tensor)) for item in problem.inputs]
    weights = [_unit(rng, output.tensor) for output in problem.outputs]
    differences = numerical_along(problem, directions, weights, eps, part)
    for output, weight, numeric in zip(problem.outputs, weights, differences, strict=True):
        upstream = weight * part.unit_for(output)
        gradients = analytical(output, [upstream], problem.inputs, nondet_tol, check_dtypes)
        for item, (along, across), g, n in zip(problem.inputs, directions, gradients, numeric, strict=True):
            flat = g.reshape(-1)
            a = np.dot(along.reshape(-1), flat.real)
            if flat.dtype.kind == "c":
                a = a + 1j * np.dot(across.reshape(-1), flat.imag)
            # `atol` is meant for one element: v'Eu of a matrix E of such errors is this much.
            if not _close(a, n, atol * float(along.sum()) * float(weight.sum()), rtol):
                raise DerivativeCheckError(_slow_story(problem, part, output, item, eps, atol, rtol, a, n))


def _unit(rng: np.random.Generator, tensor: Tensor) -> Any:
    """A random vector of length 1 without negative entries, so that errors of one sign cannot cancel."""
    values = rng.random(tensor.shape)
    norm = float(np.linalg.norm(values))
    return values / norm if norm else values


def _slow_story(
    problem: Problem, part: Part, output: Output, item: Input, eps: float, atol: float, rtol: float, a: Any, n: Any
) -> str:
    """What failed in fast mode, told element by element."""
    alone = problem._replace(inputs=[item], outputs=[output])
    numeric = numerical(alone, eps, part)[0][0]
    analytic = analytical(output, list(unit_columns(output, part)), [item], np.inf, False)[0]
    story = f"In fast mode: the projection of the Jacobian is {n} numerically and {a} analytically. "
    if _close(analytic, numeric, atol, rtol):
        story += "Element by element the two agree within the tolerances, so fast_mode=False might pass. "
    return story + _mismatch(part, output, item, analytic, numeric)


# -- further checks (A4.5) ---------------------------------------------------------------------------------------------
def _check_constant(problem: Problem, returned: tuple[Tensor, ...], eps: float) -> None:
    """A function none of whose outputs requires grad must not depend on its inputs."""
    constant = problem._replace(outputs=[Output(number, tensor) for number, tensor in enumerate(returned)])
    for output, numeric in zip(constant.outputs, numerical(constant, eps, WHOLE), strict=True):
        for item, n in zip(constant.inputs, numeric, strict=True):
            if np.any(n != 0):
                raise DerivativeCheckError(
                    f"Numerical gradient for function expected to be zero, since output {output.number} does not require grad; "
                    f"yet it changes with {item.label}:\n{n}"
                )


def _check_zero_gradient(problem: Problem, outputs: list[Tensor]) -> None:
    """The gradients of the inputs are linear in those of the outputs: zeros in, zeros out, of the inputs' dtypes."""
    zeros = [wrap(np.zeros_like(o.array), NO_EDGE, o._family) for o in outputs]
    tensors = [item.tensor for item in problem.inputs]
    found = grad(outputs, tensors, zeros, retain_graph=True, allow_unused=True)
    for item, g in zip(problem.inputs, found, strict=True):
        if g is None:
            continue
        if np.any(host(g) != 0):
            raise DerivativeCheckError(
                "backward not multiplied by grad_output: with zeros for it, the gradient of "
                f"{item.label} is\n{host(g)}"
            )
        check_kind(g, item, "the outputs", True)


class UndefinedGrad(Function):
    """The identity, whose gradient is None: what lies before it must manage without."""

    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        return x.detach()

    @staticmethod
    def backward(_ctx: Any, *_grads: Any) -> None:
        return None


def _check_undefined(problem: Problem) -> None:
    """A gradient of None stands for zeros: for all outputs at once, then for each of several in turn."""
    count = len(problem.outputs)
    cases = [set(range(count)), *({one} for one in range(count) if count > 1)]
    for case in cases:
        returned = as_outputs(problem.func(*problem.arguments))
        fresh = [returned[output.number] for output in problem.outputs]
        outputs = [UndefinedGrad.apply(o) if number in case else o for number, o in enumerate(fresh)]
        which = ", ".join(str(problem.outputs[number].number) for number in sorted(case))
        zeros = [wrap(np.zeros_like(o.array), NO_EDGE, o._family) for o in outputs]
        try:
            found = grad(outputs, [item.tensor for item in problem.inputs], zeros, allow_unused=True)
        except RuntimeError as error:
            raise DerivativeCheckError(
                "Expected backward function to handle undefined output grads (None): with None for output "
                f"{which} it failed: {type(error).__name__}: {error}"
            ) from error
        for item, g in zip(problem.inputs, found, strict=True):
            if g is not None and np.any(host(g) != 0):
                raise DerivativeCheckError(
                    f"with undefined (None) or zero gradients for all outputs, the gradient of {item.label} is "
                    f"expected to be undefined or zero; with None for output {which} it is\n{host(g)}"
                )
