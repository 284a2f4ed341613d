"""The two public checks: what is compared, in which order, and what a failure says (rules A4)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..autograd.node import NO_EDGE
from ..autograd.requests import grad
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, CheckOptionsError, DerivativeCheckError, MissingRuleError, OverlapError
from .batched import check_batched_gradients, check_batched_tangents
from .forward_mode import check_undefined_tangents, pushed, pushed_along
from .further import check_constant, check_undefined, check_zero_gradient
from .jacobians import (
    Input,
    Output,
    Part,
    Problem,
    analytical,
    as_outputs,
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
# How a Jacobian was computed, for messages.
BACKWARD, FORWARD = "", " computed with forward mode"


class Asked(NamedTuple):
    """The options of a check that its comparisons need."""

    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    dtypes: bool
    backward: bool
    forward: bool


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
        Check also that a gradient of None for an output, and an input without a tangent, are treated as zeros.
    check_grad_dtypes : bool
        Check also that gradients have the dtype of their input.
    fast_mode : bool
        Compare one random projection of each Jacobian instead of all elements: a backward pass for each output and two
        calls of `func` for each input, whatever their sizes.
    check_backward_ad, check_forward_ad : bool
        Which derivatives to compare: those of a backward, and those of forward mode (`wengert.autograd.forward_ad`). At least
        one of them.
    check_batched_grad, check_batched_forward_grad : bool
        Check also that several gradients, or tangents, computed at once by `vmap` are what they are one by one.
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
    _check_options(
        {"check_backward_ad": check_backward_ad, "check_forward_ad": check_forward_ad},
        {"check_batched_grad": check_batched_grad, "check_batched_forward_grad": check_batched_forward_grad},
    )
    if masked:
        raise MissingRuleError(f"masked: expected None or False, got {masked!r}: there are no sparse tensors")
    asked = Asked(eps, atol, rtol, nondet_tol, check_grad_dtypes, check_backward_ad, check_forward_ad)
    try:
        problem, returned = _problem(func, inputs)
        if not problem.outputs:
            check_constant(problem, returned, eps, WHOLE)
            return True
        for part in (IMAGINARY, REAL) if any(_is_complex(o.tensor) for o in problem.outputs) else (WHOLE,):
            chosen = problem
            if part is IMAGINARY:
                chosen = problem._replace(outputs=[o for o in problem.outputs if _is_complex(o.tensor)])
            compare = _compare_projections if fast_mode else _compare_elements
            compare(chosen, part, asked)
        if check_backward_ad:
            check_zero_gradient(problem, [o.tensor for o in problem.outputs])
        if check_undefined_grad and check_backward_ad:
            check_undefined(problem)
        if check_undefined_grad and check_forward_ad:
            check_undefined_tangents(problem)
        if check_batched_grad:
            check_batched_gradients(problem)
        if check_batched_forward_grad:
            check_batched_tangents(problem)
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
    check_rev_over_rev, check_fwd_over_rev : bool
        Which second derivatives to compare: those of a backward through the backward, and those of forward mode through it. At
        least one of them.
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
    _check_options(
        {"check_rev_over_rev": check_rev_over_rev, "check_fwd_over_rev": check_fwd_over_rev},
        {"check_batched_grad": check_batched_grad},
    )
    arguments = _as_tuple(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        outputs = [o for o in as_outputs(func(*arguments)) if o.requires_grad]
        weights = tuple(_random_gradient(o, rng, gen_non_contig_grad_outputs) for o in outputs)
    else:
        weights = _as_tuple(grad_outputs)
    count = len(arguments)
    known = list(_tensors((*arguments, *weights)))

    def gradients(*args: Any) -> tuple[Tensor, ...]:
        for tensor, original in zip(_tensors(args), known, strict=True):
            if original.requires_grad:
                tensor.requires_grad_()  # in forward mode they come without their place in the graph
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
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )


# -- arguments ---------------------------------------------------------------------------------------------------------
def _check_options(ways: dict[str, bool], batched: dict[str, bool]) -> None:
    """Raise unless a way to differentiate is to be checked, and every way of which batches are, in the same order."""
    if not any(ways.values()):
        raise CheckOptionsError(f"Expected at least one of {' and '.join(ways)} to be True, got neither")
    for (way, checked), (name, wanted) in zip(ways.items(), batched.items(), strict=False):
        if wanted and not checked:
            raise CheckOptionsError(f"{name}: needs {way}=True, got {way}={checked!r}")


def _as_tuple(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, tuple | list) else (values,)


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors of a value and of lists and tuples in it, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)


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


def _compare_elements(problem: Problem, part: Part, asked: Asked) -> None:
    """Every element of every Jacobian (A4.2)."""
    differences = numerical(problem, asked.eps, part)
    ways: list[tuple[str, list[list[Any]]]] = []
    if asked.backward:
        found = [
            analytical(output, list(unit_columns(output, part)), problem.inputs, asked.nondet_tol, asked.dtypes)
            for output in problem.outputs
        ]
        ways.append((BACKWARD, found))
    if asked.forward:
        ways.append((FORWARD, pushed(problem, part)))
    for way, jacobians in ways:
        for output, analytic, numeric in zip(problem.outputs, jacobians, differences, strict=True):
            for item, a, n in zip(problem.inputs, analytic, numeric, strict=True):
                if not _close(a, n, asked.atol, asked.rtol):
                    raise DerivativeCheckError(_mismatch(part, output, item, a, n, way))


def _mismatch(part: Part, output: Output, item: Input, analytic: Any, numeric: Any, way: str) -> str:
    return (
        f"{part.words}Jacobian{way} mismatch for output {output.number} with respect to {item.label}, of shapes "
        f"{output.tensor.shape} and {item.tensor.shape}; rows are elements of the input, columns of the output.\n"
        f"numerical:\n{numeric}\nanalytical:\n{analytic}"
    )


def _compare_projections(problem: Problem, part: Part, asked: Asked) -> None:
    """One random projection of every Jacobian, ``v'Ju`` against ``u'(J'v)`` and, in forward mode, ``v'(Ju)`` (A4.3)."""
    rng = np.random.default_rng(2147483647)
    directions = [(_unit(rng, item.tensor), _unit(rng, item.tensor)) for item in problem.inputs]
    weights = [_unit(rng, output.tensor) for output in problem.outputs]
    differences = numerical_along(problem, directions, weights, asked.eps, part)
    ways = []
    if asked.backward:
        pairs = zip(problem.outputs, weights, strict=True)
        ways.append((BACKWARD, [_pulled(problem, part, output, weight, directions, asked) for output, weight in pairs]))
    if asked.forward:
        ways.append((FORWARD, pushed_along(problem, directions, weights, part)))
    for way, found in ways:
        for output, weight, analytic, numeric in zip(problem.outputs, weights, found, differences, strict=True):
            for item, (along, across), a, n in zip(problem.inputs, directions, analytic, numeric, strict=True):
                # `atol` is meant for one element: v'Eu of a matrix E of such errors is this much. Of a complex input the
                # derivatives by both parts may be off by as much.
                length = along.sum() + across.sum() if _is_complex(item.tensor) else along.sum()
                if not _close(a, n, asked.atol * float(length) * float(weight.sum()), asked.rtol):
                    raise DerivativeCheckError(_slow_story(problem, part, output, item, asked, a, n, way))


def _pulled(problem: Problem, part: Part, output: Output, weight: Any, directions: Any, asked: Asked) -> list[complex]:
    """For each input ``u'(J'v)``, by a backward from one output."""
    gradients = analytical(output, [weight * part.unit_for(output)], problem.inputs, asked.nondet_tol, asked.dtypes)
    found = []
    for (along, across), g in zip(directions, gradients, strict=True):
        flat = g.reshape(-1)
        a = np.dot(along.reshape(-1), flat.real)
        found.append(a + 1j * np.dot(across.reshape(-1), flat.imag) if flat.dtype.kind == "c" else a)
    return found


def _unit(rng: np.random.Generator, tensor: Tensor) -> Any:
    """A random vector of length 1 without negative entries, so that errors of one sign cannot cancel."""
    values = rng.random(tensor.shape)
    norm = float(np.linalg.norm(values))
    return values / norm if norm else values


def _slow_story(
    problem: Problem, part: Part, output: Output, item: Input, asked: Asked, a: Any, n: Any, way: str
) -> str:
    """What failed in fast mode, told element by element."""
    alone = problem._replace(inputs=[item], outputs=[output])
    numeric = numerical(alone, asked.eps, part)[0][0]
    if way is FORWARD:
        analytic = pushed(alone, part)[0][0]
    else:
        analytic = analytical(output, list(unit_columns(output, part)), [item], np.inf, False)[0]
    story = f"In fast mode: the projection of the Jacobian is {n} numerically and {a} analytically. "
    if _close(analytic, numeric, asked.atol, asked.rtol):
        story += "Element by element the two agree within the tolerances, so fast_mode=False might pass. "
    return story + _mismatch(part, output, item, analytic, numeric, way)
