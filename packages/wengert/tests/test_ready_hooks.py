"""`wengert.hooks`: what they make of gradients, recorded and compiled, over several libraries."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

import wengert as wg
from wengert import hooks
from wengert.compiled import Compiler, compiled_autograd
from wengert.errors import AnomalyError, ArgumentError, DtypeError, VmapError

GRADIENT = np.array([3.0, -0.25, 0.0, -4.0])


def by_norm(g, most, kind=2.0, eps=1e-6):
    return g * min(1.0, most / (np.linalg.norm(g, ord=kind) + eps))


#: A hook, and its formula in NumPy.
PURE = {
    "limit": (lambda: hooks.ClipValue(1.5), lambda g: np.clip(g, -1.5, 1.5)),
    "min": (lambda: hooks.ClipValue(min=-0.5), lambda g: np.maximum(g, -0.5)),
    "max": (lambda: hooks.ClipValue(max=0.5), lambda g: np.minimum(g, 0.5)),
    "norm": (lambda: hooks.ClipNorm(2.0), lambda g: by_norm(g, 2.0)),
    "small norm": (lambda: hooks.ClipNorm(200.0), lambda g: by_norm(g, 200.0)),
    "norm 1": (lambda: hooks.ClipNorm(2.0, 1.0, eps=0.5), lambda g: by_norm(g, 2.0, 1.0, 0.5)),
    "largest": (lambda: hooks.ClipNorm(1.0, math.inf), lambda g: by_norm(g, 1.0, np.inf)),
    "scale": (lambda: hooks.Scale(-0.5), lambda g: g * -0.5),
    "zero": (lambda: hooks.NaNGuard("zero"), lambda g: g),
}
pure_hooks = pytest.mark.parametrize("case", PURE)


@pytest.fixture(params=["numpy", "torch", "jax.numpy"])
def xp(request):
    return pytest.importorskip(request.param)


def leaf(xp, numbers, dtype="float32"):
    return wg.tensor(xp.asarray(numbers, dtype=getattr(xp, dtype)), requires_grad=True)


def squared(x, weights):
    """A function with the gradient ``weights * x``."""
    return (x * x * weights).sum() * 0.5


# -- eager ---------------------------------------------------------------------------------------------------------------
@pure_hooks
def test_values(case, xp):
    """On leaves, of the dtype and library of the gradient."""
    hook, formula = PURE[case]
    x = leaf(xp, [1.0] * 4)
    x.register_hook(hook())
    (x * leaf(xp, GRADIENT)).sum().backward()
    assert type(x.grad.array) is type(x.array)
    assert x.grad.dtype == x.dtype
    np.testing.assert_allclose(np.asarray(x.grad.array), formula(GRADIENT), rtol=1e-6)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 100.0])
def test_the_norm_is_clipped_as_pytorch_does(norm_type, max_norm):
    torch = pytest.importorskip("torch")
    x = leaf(np, [1.0] * 4, "float64")
    x.register_hook(hooks.ClipNorm(max_norm, norm_type))
    (x * wg.tensor(GRADIENT)).sum().backward()
    parameter = torch.ones(4, dtype=torch.float64, requires_grad=True)
    parameter.grad = torch.from_numpy(GRADIENT.copy())
    torch.nn.utils.clip_grad_norm_([parameter], max_norm, norm_type)
    np.testing.assert_allclose(x.grad.numpy(), parameter.grad.numpy(), rtol=1e-12)


def test_values_are_clipped_as_pytorch_does():
    torch = pytest.importorskip("torch")
    parameter = torch.ones(4, dtype=torch.float64, requires_grad=True)
    parameter.grad = torch.from_numpy(GRADIENT.copy())
    torch.nn.utils.clip_grad_value_([parameter], 1.5)
    assert hooks.ClipValue(1.5)(wg.tensor(GRADIENT)).tolist() == parameter.grad.tolist()


def test_complex_gradients():
    g = wg.tensor(np.array([3.0j, -4.0]))
    np.testing.assert_allclose(hooks.ClipNorm(1.0)(g).numpy(), [0.6j, -0.8], rtol=1e-6)
    np.testing.assert_allclose(hooks.Scale(2.0j)(g).numpy(), [-6.0, -8.0j])
    assert hooks.NaNGuard("zero")(wg.tensor(np.array([complex(math.nan, 1.0), 1.0j]))).tolist() == [0.0, 1.0j]
    with pytest.raises(DtypeError, match=r"ClipValue: got a gradient of complex128; expected a real one"):
        hooks.ClipValue(1.0)(g)


@pure_hooks
@pytest.mark.parametrize("xp", ["numpy", "torch"], indirect=True)
def test_second_derivatives(case, xp):
    """Through the formula of the hook, as central differences have it."""
    hook, formula = PURE[case]
    weights, at = np.array([1.0, 0.5, 0.25, 2.0]), np.array([1.0, -0.5, 0.3, -1.5])
    x = leaf(xp, at, "float64")
    with x.register_hook(hook()):
        (g,) = wg.autograd.grad(squared(x, leaf(xp, weights, "float64")), x, create_graph=True)
    found = [np.asarray(wg.autograd.grad(g[i], x, retain_graph=True)[0].array) for i in range(4)]
    step = 1e-5 * np.eye(4)
    expected = [(formula(weights * (at + e)) - formula(weights * (at - e))) / 2e-5 for e in step]
    np.testing.assert_allclose(found, np.transpose(expected), atol=1e-7)


def test_noise(xp):
    """Of the standard deviation; another in each run, the same for the same seed."""
    generator = wg.random.Generator(0)
    x = leaf(xp, np.zeros(10_000))
    x.register_hook(hooks.Noise(0.5, generator))
    first, second = (np.asarray(wg.autograd.grad(x.sum(), x)[0].array) for _ in range(2))
    assert first.dtype == np.float32
    for drawn in (first, second, first - second + 1.0):
        assert abs(drawn.mean() - 1.0) < 0.03
    assert abs(first.std() - 0.5) < 0.02
    assert abs((first - second).std() - 0.5 * math.sqrt(2.0)) < 0.02
    generator.seed(0)
    assert np.array_equal(np.asarray(wg.autograd.grad(x.sum(), x)[0].array), first)


def test_complex_and_half_precision_noise():
    noise = hooks.Noise(0.5, wg.random.Generator(0))
    drawn = noise(wg.tensor(np.zeros(10_000, "complex64"))).numpy()
    assert drawn.dtype == np.complex64
    assert abs(np.mean(np.abs(drawn) ** 2) - 0.25) < 0.01
    assert abs(drawn.real.std() - drawn.imag.std()) < 0.02
    assert noise(wg.tensor(np.zeros(3, "float16"))).numpy().dtype == np.float16
    torch = pytest.importorskip("torch")
    assert noise(wg.tensor(torch.zeros(3, dtype=torch.bfloat16))).array.dtype is torch.bfloat16


def test_noise_is_a_constant_of_the_derivative():
    x = leaf(np, [1.0, 2.0], "float64")
    with x.register_hook(hooks.Noise(1.0)):
        (g,) = wg.autograd.grad((x * x * x).sum(), x, create_graph=True)
    assert wg.autograd.grad(g.sum(), x)[0].tolist() == [6.0, 12.0]


def test_noise_of_many_samples():
    """Each of batched gradients has noise of its own; `vmap` has to be told."""
    hook = hooks.Noise(1.0)
    x = leaf(np, [1.0, 2.0], "float64")
    x.register_hook(hook)
    (g,) = wg.autograd.grad(x * 1.0, x, wg.tensor(np.ones((3, 2))), is_grads_batched=True)
    assert len(set(g.numpy().ravel())) == 6
    samples = wg.tensor(np.ones((3, 2)))
    with pytest.raises(VmapError, match="randomness='different'"):
        wg.vmap(hook)(samples)
    assert len(set(wg.vmap(hook, randomness="different")(samples).numpy().ravel())) == 6
    assert len(set(wg.vmap(hook, randomness="same")(samples).numpy().ravel())) == 2


def test_nan_is_found_and_replaced():
    g = wg.tensor([1.0, math.nan, -math.inf])
    assert hooks.NaNGuard("zero")(g).tolist() == [1.0, 0.0, 0.0]
    assert hooks.NaNGuard("zero", infinite=False)(g).tolist() == [1.0, 0.0, -math.inf]
    with pytest.raises(AnomalyError, match=r"^NaNGuard: 2 of 3 elements of the gradient of w are NaN or infinite"):
        hooks.NaNGuard(name="w")(g)
    with pytest.raises(AnomalyError, match=r"^NaNGuard: 1 of 3 elements of the gradient are NaN$"):
        hooks.NaNGuard(infinite=False)(g)
    only = wg.tensor([1.0, math.inf])
    assert hooks.NaNGuard(infinite=False)(only) is only


# -- places --------------------------------------------------------------------------------------------------------------
def test_on_nodes():
    """Each gradient of the tuple by itself, whichever are there."""
    x, w = leaf(np, [1.0, 2.0], "float64"), wg.tensor([3.0, 4.0])
    y = x * w
    y.grad_fn.register_prehook(hooks.Scale(2.0))
    y.grad_fn.register_hook(hooks.ClipValue(7.0))
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 7.0]


def test_after_accumulation():
    x = leaf(np, [1.0], "float64")
    x.register_post_accumulate_grad_hook(hooks.ClipValue(5.0).after_accumulation)
    for expected in (3.0, 5.0):
        (x * 3.0).sum().backward()
        assert x.grad.tolist() == [expected]
    hooks.Scale(2.0).after_accumulation(x.detach())  # without a gradient there is nothing to do


def test_without_a_gradient():
    assert hooks.ClipValue(1.0)(None) is None
    assert hooks.Scale(2.0)((None,)) == (None,)


def test_a_step_inside_the_backward():
    x = leaf(np, [4.0], "float64")
    x.register_post_accumulate_grad_hook(hooks.StepInBackward(wg.optim.SGD([x], lr=0.25)))
    (x * x).sum().backward()
    assert (x.tolist(), x.grad) == ([2.0], None)


# -- parameters ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (hooks.ClipValue, r"ClipValue: got no bound; expected limit, or one or both of min and max"),
        (lambda: hooks.ClipValue(1.0, max=2.0), r"ClipValue: got limit=1.0, max=2.0; expected"),
        (lambda: hooks.ClipValue(-1.0), r"ClipValue: limit: got -1.0; expected a number that is not negative"),
        (lambda: hooks.ClipValue(min=2.0, max=1.0), r"ClipValue: min: got 2.0, which is above max, 1.0"),
        (lambda: hooks.ClipValue(min=math.nan), r"ClipValue: min: got nan; expected a number or None"),
        (lambda: hooks.ClipNorm(-1.0), r"ClipNorm: max_norm: got -1.0; expected a finite number"),
        (lambda: hooks.ClipNorm("1"), r"ClipNorm: max_norm: got '1'; expected a finite number"),
        (lambda: hooks.ClipNorm(1.0, 0), r"ClipNorm: norm_type: got 0; expected a positive number"),
        (lambda: hooks.ClipNorm(1.0, eps=math.nan), r"ClipNorm: eps: got nan; expected"),
        (lambda: hooks.Scale(None), r"Scale: factor: got None; expected a number or a Tensor"),
        (lambda: hooks.Noise(-0.5), r"Noise: std: got -0.5; expected"),
        (lambda: hooks.Noise(1.0, 3), r"Noise: generator: got 3; expected a wengert.random.Generator or None"),
        (lambda: hooks.NaNGuard("stop"), r"NaNGuard: action: got 'stop'; expected 'raise' or 'zero'"),
        (lambda: hooks.NaNGuard(name=3), r"NaNGuard: name: got 3; expected a string or None"),
        (lambda: hooks.NaNGuard(infinite=1), r"NaNGuard: infinite: got 1; expected a bool"),
        (lambda: setattr(hooks.Scale(1.0), "factor", "2"), r"Scale: factor: got '2'; expected"),
    ],
)
def test_wrong_parameters_are_named(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_bounds_that_have_crossed_are_named_when_it_is_called():
    hook = hooks.ClipValue(1.0)
    hook.min = 3
    assert repr(hook) == "ClipValue(min=3.0, max=1.0)"
    with pytest.raises(ArgumentError, match=r"ClipValue: min: got 3\.0, which is above max"):
        hook(wg.tensor([1.0]))
    hook.max = None
    assert hook(wg.tensor([1.0])).tolist() == [3.0]


# -- what is pure --------------------------------------------------------------------------------------------------------
class Doubled:
    pure = True

    def __call__(self, grad):
        return grad * 2.0 if isinstance(grad, wg.Tensor) else (grad[0] * 2.0,)


@pytest.mark.parametrize(
    ("fn", "said", "pure"),
    [
        (Doubled(), None, True),
        (Doubled(), False, False),
        (abs, None, False),
        (abs, True, True),
        (hooks.NaNGuard(), None, False),
        (hooks.NaNGuard("zero"), None, True),
        (hooks.NaNGuard(), True, True),
    ],
)
def test_which_hooks_are_pure(fn, said, pure):
    """Those that say so, unless the argument says otherwise."""
    options = {} if said is None else {"pure": said}
    x = leaf(np, [1.0, 2.0])
    y = x * 2.0
    handles = [x.register_hook(fn, **options), y.register_hook(fn, **options)]
    handles += [y.grad_fn.register_hook(fn, **options), y.grad_fn.register_prehook(fn, **options)]
    node = y.grad_fn._hooks
    groups = [x._backward.hooks, y._backward.hooks, node.post.hooks, node.pre.hooks]
    assert [handle.id in group.pure for handle, group in zip(handles, groups, strict=True)] == [pure] * 4


class Halved(hooks.FunctionPreHook):
    pure = True

    def __call__(self, grads, interpreter=None):
        return (grads[0] * 0.5,)


class Tripled(hooks.FunctionPostHook):
    pure = True

    def __call__(self, grad_inputs, grad_outputs, interpreter=None):
        return (grad_inputs[0] * 3.0, *grad_inputs[1:])


class Negated(hooks.PostAccumulateGradHook):
    def __call__(self, tensor, interpreter=None):
        tensor.grad = -tensor.grad


# -- compiled ------------------------------------------------------------------------------------------------------------
def steps(compiler):
    """The names of the steps of the last program."""
    return [type(step).__name__ for step in next(iter(compiler.entries.values()))[0].program.steps]


def test_subclasses_of_the_bases_stand_in_programs():
    """Registered like any hook; after accumulation they are called."""
    compiler = Compiler()
    for _ in range(3):
        x = leaf(np, [1.0, 2.0], "float64")
        y = wg.exp(x)
        y.grad_fn.register_prehook(Halved())
        y.grad_fn.register_hook(Tripled())
        with compiled_autograd(compiler=compiler):
            y.sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), 1.5 * np.exp([1.0, 2.0]))
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    assert not {"Before", "After", "Visit", "LeafVisit"} & set(steps(compiler))
    x.register_post_accumulate_grad_hook(Negated())
    x.grad = None
    with compiled_autograd(compiler=compiler):
        (x * 3.0).sum().backward()
    assert x.grad.tolist() == [-3.0, -3.0]


@pure_hooks
def test_in_a_compiled_backward(case, xp):
    """Made anew in each run, or there from the beginning: equations of one program."""
    hook, formula = PURE[case]
    w = leaf(xp, GRADIENT)
    w.register_hook(hook())
    compiler = Compiler()
    for i in range(3):
        x = leaf(xp, [1.0 + i] * 4)
        w.grad = None
        y = x * 1.0
        y.register_hook(hook())
        with compiled_autograd(compiler=compiler):
            (y * w).sum().backward()
        np.testing.assert_allclose(np.asarray(x.grad.array), formula(GRADIENT), rtol=1e-5)
        np.testing.assert_allclose(np.asarray(w.grad.array), formula(np.full(4, 1.0 + i)), rtol=1e-5)
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    assert not {"Before", "After", "Visit", "LeafVisit"} & set(steps(compiler))


@pure_hooks
def test_in_a_compiled_function(case, xp):
    """On a leaf from outside and on what the function computes."""
    hook, formula = PURE[case]
    w, inside = leaf(xp, GRADIENT), hook()
    w.register_hook(hook())

    @wg.compile
    def gradients(x):
        y = x * 1.0
        y.register_hook(inside)
        return wg.autograd.grad((y * w).sum(), (x, w))

    for i in range(3):
        of_x, of_w = gradients(leaf(xp, [1.0 + i] * 4))
        np.testing.assert_allclose(np.asarray(of_x.array), formula(GRADIENT), rtol=1e-5)
        np.testing.assert_allclose(np.asarray(of_w.array), formula(np.full(4, 1.0 + i)), rtol=1e-5)
    assert (gradients.captures, gradients.hits) == (1, 2)
    assert "run_hooks" not in gradients.sources()[0]
    assert "= call" not in gradients.explain()


#: A hook, and for each of its parameters another value.
LATER = [
    (hooks.ClipValue(1.5), "max", 0.5),
    (hooks.ClipValue(1.5), "min", None),
    (hooks.ClipNorm(2.0), "max_norm", 1.0),
    (hooks.ClipNorm(2.0), "norm_type", 1.0),
    (hooks.ClipNorm(2.0), "eps", 3.0),
    (hooks.Scale(2.0), "factor", 0.5),
    (hooks.Scale(2.0), "factor", wg.tensor([1.0, 2.0, 3.0, 4.0])),
]


@pytest.mark.parametrize(("hook", "name", "value"), LATER)
@pytest.mark.parametrize("how", ["backward", "function", "function inside"])
def test_a_parameter_that_is_set_later_counts(hook, name, value, how):
    before = getattr(hook, name)
    compiler = Compiler()
    x = leaf(np, GRADIENT, "float64")
    if how != "function inside":
        x.register_hook(hook)

    def run(x):
        y = x * 1.0
        if how == "function inside":
            y.register_hook(hook)
        return wg.autograd.grad((y * y).sum() * 0.5, x)[0]

    compiled = wg.compile(run)

    def found():
        if how != "backward":
            return compiled(x).numpy()
        with compiled_autograd(compiler=compiler):
            return run(x).numpy()

    try:
        for setting in (before, before, value, value, before):
            setattr(hook, name, setting)
            np.testing.assert_allclose(found(), hook(wg.tensor(GRADIENT)).numpy(), rtol=1e-12)
    finally:
        setattr(hook, name, before)
    captures = compiler.counts["captures"] if how == "backward" else compiled.captures
    assert captures == 2


def test_a_tensor_for_a_factor_is_read_in_each_run():
    factor = wg.tensor([2.0, 3.0])
    x = leaf(np, [1.0, 2.0], "float64")
    x.register_hook(hooks.Scale(factor))
    compiled, compiler = wg.compile(lambda x: wg.autograd.grad((x * x).sum(), x)[0]), Compiler()
    for times in (1.0, 10.0, 100.0):
        with compiled_autograd(compiler=compiler):
            assert wg.autograd.grad((x * x).sum(), x)[0].tolist() == [4.0 * times, 12.0 * times]
        assert compiled(x).tolist() == [4.0 * times, 12.0 * times]
        factor.mul_(10.0)
    assert (compiled.captures, compiler.counts["captures"]) == (1, 1)


def test_objects_with_slots_and_partial_ones_are_known_by_what_they_hold():
    class Times:
        __slots__ = ("factor",)
        pure = True

        def __call__(self, grad, more=1.0):
            return grad * (self.factor * more)

    hook, compiler, found = Times(), Compiler(), []
    for factor, more in ((2.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 2.0), (3.0, 2.0)):
        hook.factor = factor
        x = leaf(np, [1.0], "float64")
        y = wg.exp(x * 0.0)
        y.register_hook(partial(hook, more=more), pure=True)
        with compiled_autograd(compiler=compiler):
            found.append(wg.autograd.grad(y.sum(), y)[0].item())
    assert found == [2.0, 2.0, 3.0, 6.0, 6.0]
    assert compiler.counts["captures"] == 3


def test_a_hook_that_is_set_anew_in_each_run_is_called_in_the_end():
    """`compiled_autograd` makes a few programs, and then one for all settings."""
    x, hook, compiler = leaf(np, [1.0, 2.0], "float64"), hooks.Scale(1.0), Compiler()
    y = wg.exp(x)
    y.register_hook(hook)
    for i in range(12):
        hook.factor = float(i)
        with compiled_autograd(compiler=compiler):
            (g,) = wg.autograd.grad(y.sum(), x, retain_graph=True)
        np.testing.assert_allclose(g.numpy(), i * np.exp([1.0, 2.0]))
    assert compiler.counts["hits"] >= 5


def test_compiled_noise_is_drawn_in_each_run(xp):
    """It gives the numbers that an eager run draws from the same seed."""
    generator = wg.random.Generator(0)
    x, compiler = leaf(xp, [1.0] * 4), Compiler()
    x.register_hook(hooks.Noise(0.5, generator))

    def gradient(x):
        return wg.autograd.grad((x * x).sum(), x)[0]

    def compiled_backward(x):
        with compiled_autograd(compiler=compiler):
            return gradient(x)

    compiled = wg.compile(gradient)
    drawn = []
    for function in (gradient, compiled, compiled_backward):
        generator.seed(7)
        drawn.append([np.asarray(function(x).array) for _ in range(3)])
    assert len({tuple(run) for run in np.asarray(drawn[0])}) == 3
    np.testing.assert_allclose(drawn[1], drawn[0], rtol=1e-6)
    np.testing.assert_allclose(drawn[2], drawn[0], rtol=1e-6)
    assert (compiled.captures, compiled.hits) == (1, 2)
    assert "run_hooks" not in compiled.sources()[0]
    assert compiler.counts["hits"] == 2


def test_a_guard_that_raises_is_called():
    w = leaf(np, [0.0, 4.0], "float64")
    w.register_hook(hooks.NaNGuard(name="w"))

    @wg.compile
    def step(x):
        return wg.autograd.grad((wg.sqrt(w) * x).sum(), w)[0]

    with np.errstate(divide="ignore", invalid="ignore"):
        with pytest.raises(AnomalyError, match="1 of 2 elements of the gradient of w are NaN or infinite"):
            step(wg.tensor([1.0, 1.0]))
        with wg.no_grad():
            w.add_(1.0)
        assert step(wg.tensor([2.0, 0.0])).tolist() == [1.0, 0.0]
        with wg.no_grad():
            w.sub_(1.0)
        with pytest.raises(AnomalyError, match="1 of 2 elements"):
            step(wg.tensor([2.0, 0.0]))
    assert "run_hooks" in step.sources()[0]
    assert "= call tensor hooks" in step.explain()
