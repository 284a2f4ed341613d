"""Functions and modules of PyTorch in Wengert's graph."""

import gc
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert import errors

torch = pytest.importorskip("torch")

from wengert.interop.torch import from_torch  # noqa: E402  (needs the library)


def leaf(*values, **options):
    return wg.tensor(list(values), requires_grad=True, **options)


def module():
    """A linear layer with weights that are easy to compute with."""
    layer = torch.nn.Linear(2, 1, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[2.0, 3.0]]))
        layer.bias.fill_(1.0)
    return layer


def plus_square(x):
    return x + x * x


# -- values and derivatives ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_value_and_gradient(library):
    xp = getattr(wg, library)
    x = xp.asarray([0.5, 1.0], requires_grad=True)
    y = wg.exp(from_torch(torch.sin)(x * 2))
    assert type(y.array) is type(x.array)
    np.testing.assert_allclose(np.asarray(y.detach()), np.exp(np.sin([1.0, 2.0])))
    y.sum().backward()
    assert type(x.grad.array) is type(x.array)
    np.testing.assert_allclose(np.asarray(x.grad), 2 * np.cos([1.0, 2.0]) * np.exp(np.sin([1.0, 2.0])))


@pytest.mark.parametrize(
    "function",
    [torch.sin, lambda x: torch.linalg.inv(x.reshape(2, 2)), lambda x: (x.exp(), x.sum()), torch.nn.functional.gelu],
    ids=["sin", "inv", "two outputs", "gelu"],
)
def test_derivatives_of_two_orders(function):
    x = leaf(0.5, 1.0, -0.3, 2.0)
    assert wg.testing.gradcheck(from_torch(function), x)
    assert wg.testing.gradgradcheck(from_torch(function), x)


def test_derivatives_of_complex_numbers():
    z = leaf(0.5 + 1.0j, -0.3 + 2.0j)
    assert wg.testing.gradcheck(from_torch(lambda z: z * z.conj().exp()), z)
    assert wg.testing.gradgradcheck(from_torch(lambda z: z * z.conj().exp()), z)


def test_the_third_derivative():
    x = leaf(0.5, 1.0)
    y = from_torch(torch.sin)(x)
    for expected in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)):
        (y,) = wg.autograd.grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(np.asarray(y.detach()), expected(np.asarray(x.detach())))


def test_a_gradient_penalty_of_a_module():
    """The squared derivative by the input, differentiated by PyTorch's parameters: the same as in PyTorch alone."""
    layer = torch.nn.Sequential(torch.nn.Linear(2, 3, dtype=torch.float64), torch.nn.Tanh())
    data = np.array([[0.5, -1.0], [2.0, 0.3]])
    x = wg.tensor(data, requires_grad=True)
    y = wg.sin(from_torch(layer)(x)).sum()
    (slope,) = wg.autograd.grad(y, x, create_graph=True)
    assert layer[0].weight.grad is None  # autograd.grad accumulates nowhere
    ((slope * slope).sum() + y).backward()
    found, of_x = layer[0].weight.grad.clone(), x.grad

    layer.zero_grad()
    x = torch.tensor(data, requires_grad=True)
    y = torch.sin(layer(x)).sum()
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    ((slope * slope).sum() + y).backward()
    torch.testing.assert_close(found, layer[0].weight.grad)
    np.testing.assert_allclose(np.asarray(of_x), x.grad.numpy())


def test_trees_of_arguments_and_results():
    def function(batch, *, scale):
        return {"sum": batch["x"] + batch["rest"][0] * scale, "text": batch["rest"][1], "none": None, "parts": (batch["x"] * 2,)}

    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    found = from_torch(function)({"x": x, "rest": [y, "name"]}, scale=10.0)
    assert (found["text"], found["none"]) == ("name", None)
    (found["sum"].sum() + found["parts"][0].sum()).backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([3.0, 3.0], [10.0, 10.0])


def test_raw_arrays_are_constants():
    x = leaf(1.0, 2.0)
    from_torch(torch.mul)(x, np.array([3.0, 4.0])).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]


def test_tensors_of_pytorch_among_the_arguments_keep_their_graph():
    weight = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    x = leaf(1.0, 2.0)
    from_torch(torch.mul)(x, weight * 2).sum().backward()
    assert (x.grad.tolist(), weight.grad.tolist()) == ([6.0, 8.0], [2.0, 4.0])


def test_without_tensors_the_result_is_of_the_library_that_was_asked_for():
    assert type(from_torch(torch.ones)(2).array) is np.ndarray
    assert type(from_torch(torch.ones, library="torch")(2).array) is torch.Tensor


def test_several_outputs_of_which_some_have_no_derivative():
    x = leaf(3.0, 1.0, 2.0)
    values, indices = from_torch(lambda x: tuple(torch.sort(x)))(x)
    constant = from_torch(lambda x: x.detach() * 2)(x)
    assert (values.requires_grad, indices.requires_grad, constant.requires_grad) == (True, False, False)
    assert indices.tolist() == [1, 2, 0]
    (values * wg.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [100.0, 1.0, 10.0]


def test_an_output_and_an_input_without_gradient():
    """None stays None across the border: what nobody uses is not run."""


    def function(x, unused):
        second = x * 3
        second.register_hook(lambda grad: pytest.fail("nobody asked for it"))
        return x * 2, second

    x, unused = leaf(1.0, 2.0), leaf(5.0)
    first, _ = from_torch(function)(x, unused)
    first.sum().backward()
    assert (x.grad.tolist(), unused.grad) == ([2.0, 2.0], None)


def test_an_output_that_is_the_input():
    x = leaf(1.0, 2.0)
    y = from_torch(lambda x: x)(x)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    assert not np.shares_memory(y.array, x.array)


# -- leaves of PyTorch ---------------------------------------------------------------------------------------------------
def test_parameters_of_a_module_accumulate_also_when_no_argument_requires_grad():
    layer = module()
    for count in (1, 2):
        loss = (from_torch(layer)(wg.tensor([[1.0, 10.0]])) * 2).sum()
        assert loss.requires_grad
        loss.backward()
        assert layer.weight.grad.tolist() == [[2.0 * count, 20.0 * count]]
        assert layer.bias.grad.tolist() == [2.0 * count]


def test_only_leaves_that_are_asked_for_accumulate():
    layer, x = module(), wg.tensor([[1.0, 10.0]], requires_grad=True)
    (gradient,) = wg.autograd.grad(from_torch(layer)(x).sum(), x)
    assert gradient.tolist() == [[2.0, 3.0]]
    from_torch(layer)(x).sum().backward(inputs=[x])
    assert x.grad.tolist() == [[2.0, 3.0]]
    assert layer.weight.grad is None


def test_frozen_parameters_need_no_place_in_the_graph():
    layer = module().requires_grad_(False)
    y = from_torch(layer)(wg.tensor([[1.0, 10.0]], requires_grad=True))
    assert len(y.grad_fn.next_functions) == 1
    assert not from_torch(layer)(wg.tensor([[1.0, 10.0]])).requires_grad


def test_training_a_module_between_operators_of_wengert():
    torch.manual_seed(0)
    layer = module()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
    data, target = wg.tensor([[1.0, 2.0], [3.0, -1.0]]), wg.tensor([[1.0], [2.0]])
    losses = []
    for _ in range(200):
        optimizer.zero_grad()
        loss = ((from_torch(layer)(data) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-3 * losses[0]


def test_a_module_inside_wengert_that_holds_wengert_inside_pytorch():
    """Across two borders and back."""
    from wengert.interop.torch import to_torch

    inner = to_torch(lambda x: wg.sin(x))
    x = leaf(0.5, 1.0)
    y = from_torch(lambda x: inner(x * 2))(x)
    (first,) = wg.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = wg.autograd.grad(first.sum(), x)
    np.testing.assert_allclose(np.asarray(first.detach()), 2 * np.cos([1.0, 2.0]))
    np.testing.assert_allclose(np.asarray(second.detach()), -4 * np.sin([1.0, 2.0]))


# -- hooks ---------------------------------------------------------------------------------------------------------------
def test_hooks_on_both_sides_fire_in_order():
    fired = []

    def say(name):
        return lambda *_: fired.append(name)

    layer = module()
    layer.weight.register_hook(say("weight"))
    layer.weight.register_post_accumulate_grad_hook(say("weight accumulated"))
    layer.register_full_backward_hook(say("module"))

    def function(x):
        middle = layer(x)
        middle.register_hook(say("inside"))
        return middle * 2

    x = wg.tensor([[1.0, 10.0]], requires_grad=True)
    before = x * 1.0
    after = from_torch(function)(before)
    after.register_hook(say("output"))
    after.grad_fn.register_prehook(say("pre-hook of the node"))
    after.grad_fn.register_hook(say("post-hook of the node"))
    before.register_hook(say("input"))
    x.register_post_accumulate_grad_hook(say("leaf accumulated"))
    after.sum().backward()
    assert fired[:3] == ["output", "pre-hook of the node", "inside"]
    assert set(fired[3:6]) == {"weight", "weight accumulated", "module"}
    assert fired.index("weight") < fired.index("weight accumulated")
    assert fired[6:] == ["post-hook of the node", "input", "leaf accumulated"]


def test_hooks_replace_gradients_on_both_sides():
    def function(x):
        middle = x * 2
        middle.register_hook(lambda grad: grad * 10)
        return middle * 3

    x = leaf(1.0)
    y = from_torch(function)(x)
    y.register_hook(lambda grad: grad * 100)
    x.register_hook(lambda grad: grad + 1)
    y.backward(wg.tensor([1.0]))
    assert x.grad.tolist() == [6001.0]


def test_an_optimizer_in_a_hook_of_a_parameter():
    layer = module()

    def step(parameter):
        with torch.no_grad():
            parameter -= 0.1 * parameter.grad
        parameter.grad = None

    layer.weight.register_post_accumulate_grad_hook(step)
    from_torch(layer)(wg.tensor([[1.0, 10.0]])).sum().backward()
    assert layer.weight.grad is None
    np.testing.assert_allclose(layer.weight.detach().numpy(), [[1.9, 2.0]])


# -- what is kept --------------------------------------------------------------------------------------------------------
def test_retain_graph():
    x = leaf(1.0, 2.0)
    y = from_torch(torch.exp)(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(np.asarray(x.grad), 2 * np.exp([1.0, 2.0]))
    with pytest.raises(errors.ReleasedError, match=r"TorchFunctionBackward.*retain_graph=True"):
        y.backward()


def test_what_pytorch_has_saved_is_gone_after_the_backward():
    seen = []

    class Keeps(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            saved = x.clone()
            seen.append(weakref.ref(saved))
            ctx.save_for_backward(saved)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = leaf(1.0, 2.0)
    y = from_torch(Keeps.apply)(x)
    y.sum().backward(retain_graph=True)
    assert seen[0]() is not None
    y.sum().backward()
    gc.collect()
    assert seen[0]() is None
    assert y.grad_fn is not None


def test_create_graph_into_parameters_is_an_error(monkeypatch):
    monkeypatch.setattr("wengert.autograd.requests._warned", set())  # it warns once
    x = wg.tensor([[1.0, 10.0]], requires_grad=True)
    y = from_torch(module())(x).sum()
    with pytest.warns(UserWarning, match="create_graph"), pytest.raises(errors.GradientError, match=r"\(Linear\).*leaves"):
        y.backward(create_graph=True)


# -- modes ---------------------------------------------------------------------------------------------------------------
def test_wengerts_modes_decide():
    layer, x = module(), wg.tensor([[1.0, 10.0]], requires_grad=True)
    function = from_torch(layer)
    recorded = []
    inner = from_torch(lambda x: recorded.append(torch.is_grad_enabled()) or layer(x))
    with wg.no_grad():
        assert not function(x).requires_grad
        inner(x)
    with wg.inference_mode():
        assert function(x).is_inference()
        inner(x)
    with torch.no_grad():
        assert function(x).requires_grad
        inner(x)
        assert not torch.is_grad_enabled()
    with torch.inference_mode():
        function(x).sum().backward()
    assert recorded == [False, False, True]
    assert x.grad.tolist() == [[2.0, 3.0]]


# -- writes in place -----------------------------------------------------------------------------------------------------
def test_a_write_to_what_pytorch_has_saved_is_noticed():
    x = leaf(1.0, 2.0) * 1.0
    y = from_torch(torch.sin)(x)
    x *= 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_write_to_a_result_that_pytorch_has_saved_is_noticed():
    x = leaf(1.0, 2.0)
    y = from_torch(torch.exp)(x)
    y *= 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_write_that_does_not_matter_is_no_error():
    x = leaf(1.0, 2.0)
    y = x * 1.0
    z = from_torch(lambda y: y * 3)(y)
    y += 1
    z += 1
    z.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_write_by_pytorch_counts():
    """Wengert has saved what PyTorch writes to."""
    x, constant = leaf(1.0, 2.0), wg.tensor([3.0, 4.0])
    y = x * constant
    from_torch(lambda c: c.mul_(2))(constant)
    assert (constant.tolist(), constant._version) == ([6.0, 8.0], 1)
    with pytest.raises(errors.VersionError):
        y.sum().backward()


def test_a_write_that_would_be_lost_is_an_error():
    backwards = wg.tensor([1.0, 2.0, 3.0])[::-1]
    with pytest.raises(errors.InPlaceError, match=r"argument 0 \('c'\).*copy"):
        from_torch(lambda c: c.mul_(2))(backwards)


# -- exceptions ----------------------------------------------------------------------------------------------------------
def test_an_exception_in_the_forward():
    layer, x = module(), wg.tensor([[1.0, 2.0]], dtype=wg.float32, requires_grad=True)
    with pytest.raises(RuntimeError, match="dtype") as caught:
        from_torch(layer)(x)
    (note,) = caught.value.__notes__
    assert "from_torch(Linear)" in note
    assert "argument 0 ('input'): torch.float32 [1, 2] on cpu" in note
    assert "parameters: torch.float64 on cpu" in note
    assert wg.is_grad_enabled()
    assert torch.is_grad_enabled()
    assert from_torch(layer)(x.astype(wg.float64)).requires_grad


def test_a_module_on_another_device():
    x = wg.tensor([[1.0, 2.0]], requires_grad=True)
    with pytest.raises((RuntimeError, errors.ArgumentError), match="meta") as caught:
        from_torch(module().to("meta"))(x)
    said = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert "from_torch(Linear)" in said
    assert "meta" in said


def test_an_exception_in_a_hook_of_pytorch():
    """The gradients that have arrived before stay, modes are as before, and the same graph says that it is used up."""
    layer = module()
    layer.weight.register_hook(lambda grad: 1 / 0)
    x = wg.tensor([[1.0, 10.0]], requires_grad=True)
    y = from_torch(layer)(x).sum()
    with pytest.raises(ZeroDivisionError) as caught:
        y.backward()
    assert any("TorchFunctionBackward" in note for note in caught.value.__notes__)
    assert (layer.weight.grad, x.grad) == (None, None)
    assert wg.is_grad_enabled()
    assert torch.is_grad_enabled()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    layer.weight._backward_hooks.clear()
    from_torch(layer)(x).sum().backward()
    assert x.grad.tolist() == [[2.0, 3.0]]
