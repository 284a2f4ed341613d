"""SGD, Adam and AdamW update as PyTorch's do, with every combination of options."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import wengert as wg
from wengert import optim
from wengert.arrays import numpy_optim
from wengert.arrays import optim as kernels
from wengert.arrays.optim import AdamOptions, SGDOptions

torch = pytest.importorskip("torch", reason="the values are PyTorch's")

STEPS = 20


def combinations(**options):
    return [dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())]


SGD_OPTIONS = [
    options
    for options in combinations(
        momentum=[0, 0.9], dampening=[0, 0.3], weight_decay=[0, 0.1], nesterov=[False, True], maximize=[False, True]
    )
    if not options["nesterov"] or (options["momentum"] and not options["dampening"])
]
ADAM_OPTIONS = combinations(
    betas=[(0.9, 0.999), (0.5, 0.7)],
    eps=[1e-8, 1e-3],
    weight_decay=[0, 0.1],
    amsgrad=[False, True],
    maximize=[False, True],
)
CASES = [
    *(pytest.param("SGD", options, id=f"SGD-{i}") for i, options in enumerate(SGD_OPTIONS)),
    *(pytest.param("Adam", options, id=f"Adam-{i}") for i, options in enumerate(ADAM_OPTIONS)),
    *(pytest.param("AdamW", options, id=f"AdamW-{i}") for i, options in enumerate(ADAM_OPTIONS)),
]


def torch_run(name, options, starts, gradients, lr=0.05):
    params = [torch.tensor(start, requires_grad=True) for start in starts]
    optimizer = getattr(torch.optim, name)(params, lr=lr, **options)
    for step in gradients:
        for param, grad in zip(params, step, strict=True):
            param.grad = torch.tensor(grad)
        optimizer.step()
    return [param.detach().numpy() for param in params]


def our_run(name, options, starts, gradients, lr=0.05):
    params = [wg.tensor(start.copy(), requires_grad=True) for start in starts]
    optimizer = getattr(optim, name)(params, lr=lr, **options)
    for step in gradients:
        for param, grad in zip(params, step, strict=True):
            param.grad = wg.tensor(grad)
        optimizer.step()
    return [param.detach().numpy() for param in params]


def problem(dtype, shapes=((3, 4), (5,), ())):
    rng = np.random.default_rng(1)

    def draw(shape):
        values = rng.normal(size=shape)
        if np.dtype(dtype).kind == "c":
            values = values + 1j * rng.normal(size=shape)
        return np.asarray(values, dtype=dtype)

    return [draw(s) for s in shapes], [[draw(s) for s in shapes] for _ in range(STEPS)]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_values_in_float64(name, options):
    starts, gradients = problem(np.float64)
    for ours, theirs in zip(our_run(name, options, starts, gradients), torch_run(name, options, starts, gradients), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
        ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
        ("AdamW", {"maximize": True}),
    ],
)
def test_values_in_other_dtypes(name, options, dtype):
    starts, gradients = problem(dtype)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    for ours, theirs in zip(our_run(name, options, starts, gradients), torch_run(name, options, starts, gradients), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("layout", ["larger than a block", "transposed", "strided"])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_values_whatever_the_layout(name, layout):
    """Blocks meet without a gap, and memory that is no vector is written to where it lies."""
    size = numpy_optim.BLOCK // 8 * 2 + 5
    rng = np.random.default_rng(2)
    memory = rng.normal(size=(2, size))
    start = {"larger than a block": memory[0], "transposed": memory[:, :50].T, "strided": memory[0, ::2]}[layout]
    gradients = [[rng.normal(size=start.shape)] for _ in range(3)]
    options = {"momentum": 0.9} if name == "SGD" else {}
    expected = torch_run(name, options, [start.copy()], gradients)[0]
    param = wg.nn.Parameter(start) if hasattr(wg, "nn") else wg.asarray(start).requires_grad_()
    optimizer = getattr(optim, name)([param], lr=0.05, **options)
    for (grad,) in gradients:
        param.grad = wg.tensor(grad)
        optimizer.step()
    assert np.shares_memory(param.array, memory)
    np.testing.assert_allclose(start, expected, rtol=1e-12, atol=1e-12)


# -- the kernel for any library --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
@pytest.mark.parametrize("options", SGD_OPTIONS, ids=range(len(SGD_OPTIONS)))
def test_generic_sgd_agrees_with_the_one_for_numpy(options, dtype):
    (start,), gradients = problem(dtype, shapes=((3, 4),))
    ours, buffer = start.copy(), np.zeros_like(start) if options["momentum"] else None
    generic = start, buffer
    for number, (grad,) in enumerate(gradients):
        step = SGDOptions(lr=0.05, first=number == 0, **options)
        numpy_optim.sgd(ours, grad, buffer, step)
        generic = kernels.sgd(generic[0], grad, generic[1], step)
    np.testing.assert_allclose(generic[0], ours, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("maximize", [False, True])
def test_generic_adam_agrees_with_the_one_for_numpy(dtype, decoupled, amsgrad, maximize):
    (start,), gradients = problem(dtype, shapes=((3, 4),))
    zeros = [np.zeros_like(start) if used else None for used in (True, True, amsgrad)]
    generic = (start, *(None if z is None else z.copy() for z in zeros))
    ours = start.copy()
    for number, (grad,) in enumerate(gradients):
        step = AdamOptions(number + 1, 0.05, 0.9, 0.99, 1e-8, 0.1, decoupled, maximize)
        numpy_optim.adam(ours, grad, *zeros, step)
        generic = kernels.adam(generic[0], grad, *generic[1:], step)
    np.testing.assert_allclose(generic[0], ours, rtol=1e-12, atol=1e-12)
    assert generic[0].dtype == dtype
