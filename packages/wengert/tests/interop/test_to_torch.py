"""Functions and modules of Wengert in PyTorch's graph."""

import gc
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert import errors

torch = pytest.importorskip("torch")

from wengert.interop.torch import from_torch, to_torch  # noqa: E402  (needs the library)


def leaf(*values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, requires_grad=True)


def module():
    """A linear layer of Wengert's with weights that are easy to compute with."""
    layer = wg.nn.Linear(2, 1, dtype=wg.float64)
    with wg.no_grad():
        layer.weight.copy_(wg.tensor([[2.0, 3.0]]))
        layer.bias.copy_(wg.tensor([1.0]))
    return layer


# -- values and derivatives ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_value_and_gradient(library):
    held = []

    def function(x):
        held.append(type(x.array))
        return wg.sin(x)

    x = leaf(0.5, 1.0)
    y = torch.exp(to_torch(function, library=library)(x * 2))
    torch.testing.assert_close(y, torch.exp(torch.sin(2 * x)))
    y.sum().backward()
    torch.testing.assert_close(x.grad, 2 * torch.cos(2 * x) * y)
    assert held == [np.ndarray if library == "numpy" else torch.Tensor]


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize(
    "function",
    [wg.sin, lambda x: wg.linalg.inv(x.reshape(2, 2)), lambda x: (wg.exp(x), x.sum()), wg.nn.functional.gelu],
    ids=["sin", "inv", "two outputs", "gelu"],
)
def test_derivatives_of_two_orders(function, library):
    x = leaf(0.5, 1.0, -0.3, 2.0)
    assert torch.autograd.gradcheck(to_torch(function, library=library), x)
    assert torch.autograd.gradgradcheck(to_torch(function, library=library), x)


def test_derivatives_of_complex_numbers():
    z = torch.tensor([0.5 + 1.0j, -0.3 + 2.0j], dtype=torch.complex128, requires_grad=True)
    function = to_torch(lambda z: z * wg.exp(wg.conj(z)))
    assert torch.autograd.gradcheck(function, z)
    assert torch.autograd.gradgradcheck(function, z)


def test_the_third_derivative():
    x = leaf(0.5, 1.0)
    y = to_torch(wg.sin)(x)
    for expected in (torch.cos, lambda x: -torch.sin(x), lambda x: -torch.cos(x)):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        torch.testing.assert_close(y, expected(x))


def test_a_gradient_penalty_of_a_module():
    """The squared derivative by the input, differentiated by Wengert's parameters: the same as in Wengert alone."""
    layer = wg.nn.Sequential(wg.nn.Linear(2, 3, dtype=wg.float64), wg.nn.Tanh())
    data = np.array([[0.5, -1.0], [2.0, 0.3]])
    x = torch.tensor(data, requires_grad=True)
    y = torch.sin(to_torch(layer)(x)).sum()
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    assert layer[0].weight.grad is None
    ((slope * slope).sum() + y).backward()
    found = layer[0].weight.grad.tolist()

    layer.zero_grad()
    w = wg.tensor(data, requires_grad=True)
    y = wg.sin(layer(w)).sum()
    (slope,) = wg.autograd.grad(y, w, create_graph=True)
    ((slope * slope).sum() + y).backward()
    np.testing.assert_allclose(found, np.asarray(layer[0].weight.grad))
    np.testing.assert_allclose(x.grad.numpy(), np.asarray(w.grad))


def test_trees_of_arguments_and_results():
    def function(batch, *, scale):
        return {"sum": batch["x"] + batch["rest"][0] * scale, "text": batch["rest"][1], "none": None, "parts": (batch["x"] * 2,)}

    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    found = to_torch(function)({"x": x, "rest": [y, "name"]}, scale=10.0)
    assert (found["text"], found["none"]) == ("name", None)
    (found["sum"].sum() + found["parts"][0].sum()).backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([3.0, 3.0], [10.0, 10.0])


def test_tensors_of_wengert_among_the_arguments_keep_their_graph():
    weight = wg.tensor([3.0, 4.0], requires_grad=True)
    x = leaf(1.0, 2.0)
    to_torch(wg.multiply)(x, weight * 2).sum().backward()
    assert (x.grad.tolist(), weight.grad.tolist()) == ([6.0, 8.0], [2.0, 4.0])


def test_several_outputs_of_which_some_have_no_derivative():
    x = leaf(3.0, 1.0, 2.0)
    values, order, constant = to_torch(lambda x: (wg.sort(x), wg.argsort(x), x.detach() * 2))(x)
    assert (values.requires_grad, order.requires_grad, constant.requires_grad) == (True, False, False)
    assert (order.dtype, order.tolist()) == (torch.int64, [1, 2, 0])
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [100.0, 1.0, 10.0]


def test_an_output_and_an_input_without_gradient():
    def function(x, unused):
        second = x * 3
        second.register_hook(lambda grad: pytest.fail("nobody asked for it"))
        return x * 2, second

    x, unused = leaf(1.0, 2.0), leaf(5.0)
    first, _ = to_torch(function)(x, unused)
    first.sum().backward()
    assert (x.grad.tolist(), unused.grad) == ([2.0, 2.0], None)


def test_gradients_that_pytorch_gives_a_stride_of_zero():
    x = leaf(1.0, 2.0)
    to_torch(lambda x: x * x)(x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_an_output_that_is_the_input():
    x = leaf(1.0, 2.0)
    y = to_torch(lambda x: x)(x)
    assert y.data_ptr() != x.data_ptr()
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_through_pytorchs_checkpoint():
    from torch.utils.checkpoint import checkpoint

    x = leaf(0.5, 1.0)
    checkpoint(lambda x: torch.exp(to_torch(wg.sin)(x)), x, use_reentrant=False).sum().backward()
    torch.testing.assert_close(x.grad, torch.cos(x) * torch.exp(torch.sin(x)))


# -- leaves of Wengert ---------------------------------------------------------------------------------------------------
def test_parameters_of_a_module_accumulate_also_when_no_argument_requires_grad():
    layer = module()
    for count in (1, 2):
        loss = (to_torch(layer)(torch.tensor([[1.0, 10.0]], dtype=torch.float64)) * 2).sum()
        assert loss.requires_grad
        loss.backward()
        assert layer.weight.grad.tolist() == [[2.0 * count, 20.0 * count]]
        assert layer.bias.grad.tolist() == [2.0 * count]


def test_only_leaves_that_are_asked_for_accumulate():
    layer, x = module(), torch.tensor([[1.0, 10.0]], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(to_torch(layer)(x).sum(), x)
    assert gradient.tolist() == [[2.0, 3.0]]
    to_torch(layer)(x).sum().backward(inputs=[x])
    assert x.grad.tolist() == [[2.0, 3.0]]
    assert layer.weight.grad is None


def test_frozen_parameters_need_no_place_in_the_graph():
    layer = module()
    layer.requires_grad_(False)
    assert not to_torch(layer)(torch.ones(1, 2, dtype=torch.float64)).requires_grad


def test_training_a_module_of_wengert_between_modules_of_pytorch():
    torch.manual_seed(0)
    layer = module()
    first = torch.nn.Linear(2, 2, dtype=torch.float64)
    mine, theirs = wg.optim.SGD(layer.parameters(), lr=0.02), torch.optim.SGD(first.parameters(), lr=0.02)
    data, target = torch.tensor([[1.0, 2.0], [3.0, -1.0]]).double(), torch.tensor([[1.0], [2.0]]).double()
    losses = []
    for _ in range(200):
        mine.zero_grad()
        theirs.zero_grad()
        loss = ((to_torch(layer)(first(data)) - target) ** 2).mean()
        loss.backward()
        mine.step()
        theirs.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-3 * losses[0], losses[::20]


# -- hooks ---------------------------------------------------------------------------------------------------------------
def test_hooks_on_both_sides_fire_in_order():
    fired = []

    def say(name):
        return lambda *_: fired.append(name)

    layer = module()
    layer.weight.register_hook(say("weight"))
    layer.weight.register_post_accumulate_grad_hook(say("weight accumulated"))

    def function(x):
        x.register_hook(say("argument"))
        middle = layer(x)
        middle.register_hook(say("inside"))
        middle.grad_fn.register_hook(say("post-hook inside"))
        return middle * 2

    x = torch.tensor([[1.0, 10.0]], dtype=torch.float64, requires_grad=True)
    before = x * 1.0
    after = to_torch(function)(before)
    after.register_hook(say("output"))
    after.grad_fn.register_prehook(say("pre-hook of the node"))
    after.grad_fn.register_hook(say("post-hook of the node"))
    before.register_hook(say("input"))
    x.register_post_accumulate_grad_hook(say("leaf accumulated"))
    after.sum().backward()
    assert fired[:3] == ["output", "pre-hook of the node", "inside"]
    assert set(fired[3:7]) == {"weight", "weight accumulated", "post-hook inside", "argument"}
    assert fired.index("weight") < fired.index("weight accumulated")
    assert fired[7:] == ["post-hook of the node", "input", "leaf accumulated"]


def test_hooks_replace_gradients_on_both_sides():
    def function(x):
        middle = x * 2
        middle.register_hook(lambda grad: grad * 10)
        return middle * 3

    x = leaf(1.0)
    y = to_torch(function)(x)
    y.register_hook(lambda grad: grad * 100)
    x.register_hook(lambda grad: grad + 1)
    y.backward(torch.ones(1, dtype=torch.float64))
    assert x.grad.tolist() == [6001.0]


def test_the_ledger_sees_hooks_that_run_inside_pytorch():
    def double(grad):
        return grad * 2

    def function(x):
        y = x * 3
        y.register_hook(double)
        return y

    x = leaf(1.0)
    y = to_torch(function)(x)
    with wg.observe.ledger() as book:
        y.sum().backward()
    assert "double" in str(book)
    assert x.grad.tolist() == [6.0]


def test_a_backward_inside_a_hook_across_the_border():
    """A run within the run, over the same graph: it leaves the other's gradients alone."""
    layer = module()
    x = torch.tensor([[1.0, 10.0]], dtype=torch.float64, requires_grad=True)
    loss = to_torch(layer)(x).sum()
    again = []

    def hook(grad):
        if not again:
            again.append(True)
            loss.backward(retain_graph=True)

    layer.bias.register_hook(hook)
    loss.backward(retain_graph=True)
    assert x.grad.tolist() == [[4.0, 6.0]]
    assert layer.weight.grad.tolist() == [[2.0, 20.0]]
    assert layer.bias.grad.tolist() == [2.0]


# -- what is kept --------------------------------------------------------------------------------------------------------
def test_retain_graph():
    x = leaf(1.0, 2.0)
    y = to_torch(wg.exp)(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    torch.testing.assert_close(x.grad, 2 * torch.exp(x))
    with pytest.raises(errors.ReleasedError, match=r"to_torch\(exp\).*retain_graph=True"):
        y.backward()


def test_what_wengert_has_recorded_is_gone_after_the_backward():
    seen = []

    def function(x):
        y = wg.exp(x)
        seen.append(weakref.ref(y.grad_fn.next_functions[0][0]))
        return y * y

    x = leaf(1.0, 2.0)
    y = to_torch(function)(x)
    y.sum().backward(retain_graph=True)
    assert seen[0]() is not None
    y.sum().backward()
    gc.collect()
    assert seen[0]() is None
    assert y.grad_fn is not None


def test_what_wengert_has_recorded_goes_with_the_graph_of_pytorch():
    seen = []

    def function(x):
        y = wg.exp(x)
        seen.append(weakref.ref(y.grad_fn.next_functions[0][0]))
        return y

    y = to_torch(function)(leaf(1.0, 2.0))
    assert seen[0]() is not None
    del y
    gc.collect()
    assert seen[0]() is None


def test_a_pytorch_that_does_not_say_whether_it_keeps_the_graph(monkeypatch):
    """It is asked by a private name; without it, what Wengert has recorded lives as long as the node."""
    from wengert.interop import torch_node

    monkeypatch.setattr(torch_node, "_keeps_graph", lambda: True)
    seen = []

    def function(x):
        y = wg.exp(x)
        seen.append(weakref.ref(y.grad_fn))
        return y

    x = leaf(1.0, 2.0)
    y = to_torch(function)(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad, torch.exp(x))
    assert seen[0]() is not None
    del y
    gc.collect()
    assert seen[0]() is None


def test_create_graph_into_parameters_is_an_error():
    x = torch.tensor([[1.0, 10.0]], dtype=torch.float64, requires_grad=True)
    y = to_torch(module())(x).sum()
    with pytest.warns(UserWarning, match="create_graph"), pytest.raises(errors.GradientError, match=r"\(Linear\).*leaves"):
        y.backward(create_graph=True)


def test_what_pytorch_has_no_way_for_says_so():
    function = to_torch(wg.sin)
    with pytest.raises(errors.LibraryError, match=r"argument 0 \('x'\) has no values yet.*torch\.func"):
        torch.func.grad(lambda x: function(x).sum())(torch.ones(2))
    with torch.autograd.forward_ad.dual_level(), pytest.raises(RuntimeError, match=r"[Ff]orward"):
        function(torch.autograd.forward_ad.make_dual(leaf(1.0), torch.ones(1, dtype=torch.float64)))


# -- modes ---------------------------------------------------------------------------------------------------------------
def test_pytorchs_modes_decide():
    layer, x = module(), torch.tensor([[1.0, 10.0]], dtype=torch.float64, requires_grad=True)
    recorded = []

    def function(x):
        recorded.append(wg.is_grad_enabled())
        return layer(x)

    function = to_torch(function)
    with torch.no_grad():
        assert not function(x).requires_grad
    with torch.inference_mode():
        assert function(x).is_inference()
    for mode in (wg.no_grad, wg.inference_mode):
        with mode():
            function(x).sum().backward()
            assert not wg.is_grad_enabled()
    assert recorded == [False, False, True, True]
    assert x.grad.tolist() == [[4.0, 6.0]]
    assert layer.weight.grad.tolist() == [[2.0, 20.0]]


# -- writes in place -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_write_to_what_wengert_has_saved_is_noticed(library):
    x = leaf(1.0, 2.0) * 1.0
    y = to_torch(wg.sin, library=library)(x)
    x *= 2
    with pytest.raises(errors.VersionError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_write_to_a_result_that_wengert_has_saved_is_noticed(library):
    y = to_torch(wg.exp, library=library)(leaf(1.0, 2.0))
    y *= 2
    with pytest.raises(errors.VersionError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_write_that_does_not_matter_is_no_error():
    x = leaf(1.0, 2.0)
    y = x * 1.0
    z = to_torch(lambda y: y * 3)(y)
    y += 1
    z.relu_()
    z.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_write_by_wengert_counts():
    x, constant = leaf(1.0, 2.0), torch.tensor([3.0, 4.0], dtype=torch.float64)
    y = x * constant
    to_torch(lambda c: c.mul_(2))(constant)
    assert (constant.tolist(), constant._version) == ([6.0, 8.0], 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


# -- exceptions ----------------------------------------------------------------------------------------------------------
def test_an_exception_in_the_forward():
    x = torch.tensor([[1.0, 10.0, 3.0]], dtype=torch.float64, requires_grad=True)
    with pytest.raises(errors.WengertError):
        to_torch(module())(x)
    assert wg.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_an_exception_in_a_hook_of_wengert():
    layer = module()
    handle = layer.weight.register_hook(lambda grad: 1 / 0)
    x = torch.tensor([[1.0, 10.0]], dtype=torch.float64, requires_grad=True)
    y = to_torch(layer)(x).sum()
    with pytest.raises(ZeroDivisionError) as caught:
        y.backward()
    assert any("tensor hook" in note for note in caught.value.__notes__)
    assert (layer.weight.grad, x.grad) == (None, None)
    assert wg.is_grad_enabled()
    assert torch.is_grad_enabled()
    with pytest.raises(errors.ReleasedError, match="after an error"):
        y.backward()
    handle.remove()
    to_torch(layer)(x).sum().backward()
    assert x.grad.tolist() == [[2.0, 3.0]]


def test_an_exception_across_two_borders():
    class MineError(Exception):
        pass

    def fail(grad):
        raise MineError

    def function(x):
        y = x * 2
        y.register_hook(fail)
        return y

    x = wg.tensor([1.0], requires_grad=True)
    y = from_torch(to_torch(function))(x)
    with pytest.raises(MineError):
        y.sum().backward()
    assert x.grad is None
