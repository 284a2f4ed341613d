"""Functions of JAX in Wengert's graph, and functions of Wengert in JAX."""

import gc
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert import errors

jax = pytest.importorskip("jax")
jnp = jax.numpy

from wengert.interop.jax import from_jax, to_jax  # noqa: E402  (needs the library)


@pytest.fixture(autouse=True)
def double_precision():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def leaf(*values):
    return wg.tensor(list(values), requires_grad=True)


def close(first, second):
    np.testing.assert_allclose(np.asarray(first), np.asarray(second), rtol=1e-10, atol=1e-12)


# -- JAX in Wengert ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "function",
    [jnp.sin, lambda x: jnp.linalg.inv(x.reshape(2, 2)), lambda x: (jnp.exp(x), x.sum()), jax.jit(jax.nn.gelu)],
    ids=["sin", "inv", "two outputs", "compiled"],
)
def test_from_jax_has_derivatives_of_two_orders(function):
    x = leaf(0.5, 1.0, -0.3, 2.0)
    assert wg.testing.gradcheck(from_jax(function), x)
    assert wg.testing.gradgradcheck(from_jax(function), x)


def test_from_jax_of_complex_numbers():
    """JAX's derivative of a complex number is the conjugate of PyTorch's, which is Wengert's."""
    z = leaf(0.5 + 1.0j, -0.3 + 2.0j)
    assert wg.testing.gradcheck(from_jax(lambda z: z * jnp.exp(jnp.conj(z))), z)
    assert wg.testing.gradgradcheck(from_jax(lambda z: z * jnp.exp(jnp.conj(z))), z)


def test_from_jax_between_operators():
    x = leaf(0.5, 1.0)
    y = wg.exp(from_jax(jnp.sin)(x * 2))
    assert y.grad_fn.next_functions[0][0].name() == "JaxFunctionBackward"
    y.sum().backward()
    close(x.grad, 2 * np.cos([1.0, 2.0]) * np.exp(np.sin([1.0, 2.0])))


def test_the_third_derivative():
    x = leaf(0.5, 1.0)
    y = from_jax(jnp.sin)(x)
    for expected in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)):
        (y,) = wg.autograd.grad(y.sum(), x, create_graph=True)
        close(y.detach(), expected(np.asarray(x.detach())))


def test_a_gradient_penalty():
    """Two paths to the same arguments, one through the derivative."""

    def penalty(grad, sin, x, w):
        y = sin(x * w).sum()
        return (grad(y, x) ** 2).sum() + y

    def slope(y, x):
        return wg.autograd.grad(y, x, create_graph=True)[0]

    results = []
    for sin in (from_jax(jnp.sin), wg.sin):
        x, w = leaf(0.5, 1.0), leaf(2.0, -1.0)
        penalty(slope, sin, x, w).backward()
        results.append((x.grad, w.grad))
    for found, expected in zip(*results, strict=True):
        close(found, expected)


def test_trees_of_arguments_and_results():
    def function(batch, *, scale):
        return {"sum": batch["x"] + batch["rest"][0] * scale, "text": batch["rest"][1], "none": None, "parts": (batch["x"] * 2,)}

    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    found = from_jax(function)({"x": x, "rest": [y, "name"]}, scale=10.0)
    assert (found["text"], found["none"]) == ("name", None)
    (found["sum"].sum() + found["parts"][0].sum()).backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([3.0, 3.0], [10.0, 10.0])


def test_inputs_and_outputs_without_derivative():
    x, index, constant = leaf(1.0, 2.0, 3.0), wg.tensor([2, 0]), wg.tensor([5.0, 7.0])
    values, order, unused = from_jax(lambda x, i, c: (x[i] * c, jnp.argsort(x), x * 3))(x, index, constant)
    assert (values.requires_grad, order.requires_grad, unused.requires_grad) == (True, False, True)
    values.sum().backward()
    assert x.grad.tolist() == [7.0, 0.0, 5.0]
    assert constant.grad is None


def test_only_what_requires_grad_is_differentiated():
    """JAX is not asked for the derivative by the data."""
    asked = []

    @jax.custom_vjp
    def watched(x):
        return x * 2

    watched.defvjp(lambda x: (x * 2, None), lambda _, grad: asked.append("data") or (grad * 2,))
    w = leaf(1.0, 2.0)
    from_jax(lambda w, x: w * watched(x))(w, wg.tensor([3.0, 4.0])).sum().backward()
    assert (w.grad.tolist(), asked) == ([6.0, 8.0], [])
    from_jax(watched)(w).sum().backward()
    assert asked == ["data"]


def test_hooks_around_the_node_fire_in_order():
    fired = []

    def say(name):
        return lambda *_: fired.append(name)

    x = leaf(1.0, 2.0)
    before = x * 1.0
    after = from_jax(jnp.sin)(before)
    after.register_hook(say("output"))
    after.grad_fn.register_prehook(say("pre-hook"))
    after.grad_fn.register_hook(say("post-hook"))
    before.register_hook(say("input"))
    x.register_post_accumulate_grad_hook(say("leaf"))
    after.sum().backward()
    assert fired == ["output", "pre-hook", "post-hook", "input", "leaf"]


def test_retain_graph():
    x = leaf(1.0, 2.0)
    y = from_jax(jnp.exp)(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    close(x.grad, 2 * np.exp([1.0, 2.0]))
    with pytest.raises(errors.ReleasedError, match="JaxFunctionBackward"):
        y.backward()


def test_what_jax_has_saved_is_gone_after_the_backward():
    x = leaf(1.0, 2.0)
    y = from_jax(jnp.exp)(x)
    graph = weakref.ref(y.grad_fn.graph)
    y.sum().backward()
    gc.collect()
    assert graph() is None


def test_wengerts_modes_decide():
    x = leaf(1.0, 2.0)
    with wg.no_grad():
        assert not from_jax(jnp.sin)(x).requires_grad
    with wg.inference_mode():
        assert from_jax(jnp.sin)(x).is_inference()


def test_an_exception_in_the_function():
    def function(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        from_jax(function)(leaf(1.0))
    assert wg.is_grad_enabled()


def test_on_jaxs_own_arrays_under_jit():
    """A whole step is traced as one, with the function of JAX in it."""
    function = from_jax(lambda x: jnp.sin(x) * x)

    def gradient(values):
        x = wg.jax.asarray(values, requires_grad=True)
        y = wg.exp(function(x))
        y.sum().backward()
        return x.grad.array

    values = jnp.asarray([0.5, 1.0])
    expected = jax.grad(lambda x: jnp.exp(jnp.sin(x) * x).sum())(values)
    close(jax.jit(gradient)(values), expected)
    close(gradient(values), expected)


# -- Wengert in JAX ------------------------------------------------------------------------------------------------------
X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
W = np.array([0.2, -0.4, 1.1])


def ours(x, w):
    return wg.sin(x @ w)


def theirs(x, w):
    return jnp.sin(x @ w)


def summed(function):
    return lambda x, w: function(x, w).sum()


def penalty(function):
    """A derivative by one argument of the square of that by the other."""
    return jax.grad(lambda x, w: (jax.grad(summed(function), 1)(x, w) ** 2).sum(), 0)


TRANSFORMS = {
    "itself": lambda f: f,
    "grad 0": lambda f: jax.grad(summed(f), 0),
    "grad 1": lambda f: jax.grad(summed(f), 1),
    "jacrev": lambda f: jax.jacrev(f, 1),
    "hessian": lambda f: jax.jacrev(jax.jacrev(summed(f), 1), 1),
    "penalty": penalty,
    "third": lambda f: jax.grad(lambda x, w: (penalty(f)(x, w) ** 2).sum(), 1),
    "vmap": lambda f: jax.vmap(f, (0, None)),
    "vmap of grad": lambda f: jax.vmap(jax.grad(f, 1), (0, None)),
    "checkpoint": lambda f: jax.grad(jax.checkpoint(summed(f)), 1),
}


@pytest.mark.parametrize("library", ["numpy", "jax"])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_of_jax(name, compiled, library):
    transform = TRANSFORMS[name]
    function = transform(to_jax(ours, library=library))
    x, w = jnp.asarray(X), jnp.asarray(W)
    close((jax.jit(function) if compiled else function)(x, w), transform(theirs)(x, w))


def test_in_a_loop_of_jax():
    step = to_jax(lambda x: wg.sin(x) * 2, lambda x: x)

    def loop(x):
        return jax.lax.scan(lambda carry, _: (step(carry), None), x, None, length=3)[0].sum()

    def by_hand(x):
        for _ in range(3):
            x = jnp.sin(x) * 2
        return x.sum()

    w = jnp.asarray(W)
    close(jax.grad(loop)(w), jax.grad(by_hand)(w))
    close(jax.jit(jax.grad(loop))(w), jax.grad(by_hand)(w))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
def test_complex_numbers(compiled):
    """JAX's convention on its side of the border: the conjugate of Wengert's."""
    z = jnp.asarray([0.5 + 1.0j, -0.3 + 2.0j])

    def of(function):
        derivative = jax.grad(lambda z: jnp.abs(function(z)).sum())
        return (jax.jit(derivative) if compiled else derivative)(z)

    close(of(to_jax(lambda z: z * wg.exp(wg.conj(z)))), of(lambda z: z * jnp.exp(jnp.conj(z))))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
def test_trees_with_what_has_no_derivative(compiled):
    def function(batch, *, factor):
        return {"v": batch["x"][batch["i"]] * factor, "i": batch["i"] + 1, "text": batch["text"], "none": None}

    crossed = to_jax(function)

    def loss(x, i):
        found = crossed({"x": x, "i": i, "text": "name"}, factor=3.0)
        assert (found["text"], found["none"]) == ("name", None)
        assert found["i"].dtype == i.dtype
        return found["v"].sum()

    gradient = jax.grad(loss)
    found = (jax.jit(gradient) if compiled else gradient)(jnp.asarray(W), jnp.asarray([2, 0, 2]))
    assert found.tolist() == [3.0, 0.0, 6.0]


def test_result_shape_says_what_tracing_needs():
    called = []

    def function(x):
        called.append(np.asarray(x).tolist())
        return {"inverse": wg.linalg.inv(x)}

    given = {"inverse": jax.ShapeDtypeStruct((2, 2), "float64")}
    matrix = jnp.asarray([[2.0, 0.0], [0.0, 4.0]])
    for shape in (given, lambda x: {"inverse": x}):
        found = jax.jit(to_jax(function, shape))(matrix)
        assert found["inverse"].tolist() == [[0.5, 0.0], [0.0, 0.25]]
    assert called == [matrix.tolist()] * 2  # never with zeros


def test_hooks_of_wengert_fire_and_replace():
    fired = []

    def function(x):
        x.register_hook(lambda grad: fired.append("argument"))
        y = x * 2
        y.register_hook(lambda grad: fired.append("inside") or grad * 10)
        z = y * 3
        z.register_hook(lambda grad: fired.append("result"))
        return z

    crossed = to_jax(lambda x: function(x) if x.requires_grad else x * 6)
    for transform in (lambda f: f, jax.jit):
        fired.clear()
        assert transform(jax.grad(lambda x: crossed(x).sum()))(jnp.asarray(W)).tolist() == [60.0] * 3
        assert fired == ["result", "inside", "argument"]


def test_the_forward_runs_once_where_values_are_there():
    """So that what it draws at random is the same in the derivative."""
    runs = []

    def function(x):
        runs.append(x.requires_grad)
        return x * len(runs)

    value, pull = jax.vjp(to_jax(function), jnp.asarray(W))
    close(value, W)
    for _ in range(2):
        close(pull(jnp.ones(3))[0], np.ones(3))
    assert runs == [True]


def test_leaves_of_wengert_are_constants_to_jax():
    weight = wg.tensor(W, requires_grad=True)
    for transform in (lambda f: f, jax.jit):
        close(transform(jax.grad(lambda x: to_jax(lambda x: x * weight)(x).sum()))(jnp.asarray(W)), W)
    assert weight.grad is None


def test_forward_mode_is_an_error_of_jax():
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(to_jax(wg.sin), (jnp.asarray(W),), (jnp.asarray(W),))


def test_modes_of_wengert_stay_outside():
    with wg.no_grad():
        close(jax.grad(lambda x: to_jax(wg.sin)(x).sum())(jnp.asarray(W)), np.cos(W))
    with wg.inference_mode():
        close(jax.grad(lambda x: to_jax(wg.sin)(x).sum())(jnp.asarray(W)), np.cos(W))


def test_exceptions():
    """As they are where values are there; inside of one of JAX's where a compiled program calls back."""

    class MineError(Exception):
        pass

    def in_forward(x):
        raise MineError("forward")

    def in_hook(x):
        y = x * 2
        if y.requires_grad:
            y.register_hook(fail)
        return y

    def fail(grad):
        raise MineError("hook")

    w = jnp.asarray(W)
    with pytest.raises(MineError, match="forward"):
        to_jax(in_forward)(w)
    with pytest.raises(MineError, match="hook") as caught:
        jax.grad(lambda x: to_jax(in_hook)(x).sum())(w)
    assert any("tensor hook" in note for note in caught.value.__notes__)
    with pytest.raises(jax.errors.JaxRuntimeError, match=r"(?s)MineError.*hook"):
        jax.block_until_ready(jax.jit(jax.grad(lambda x: to_jax(in_hook)(x).sum()))(w))
    assert wg.is_grad_enabled()
    close(jax.grad(lambda x: to_jax(wg.sin)(x).sum())(w), np.cos(W))


def test_there_and_back():
    """A function of JAX that holds one of Wengert that holds one of JAX."""
    inner = from_jax(jnp.sin)
    middle = to_jax(lambda x: inner(x * 2))
    x = leaf(0.5, 1.0)
    y = from_jax(lambda x: middle(x) * x)(x)
    y.sum().backward()
    close(x.grad, np.sin([1.0, 2.0]) + 2 * np.cos([1.0, 2.0]) * [0.5, 1.0])
