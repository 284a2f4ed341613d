"""What nodes show of what they saved, under PyTorch's names; and resizing and windows of images."""

import pytest
import torch as real

import wengert.compat.torch as spelled

BOTH = pytest.mark.parametrize("torch", [real, spelled], ids=["torch", "spelled"])


def leaf(torch, *shape):
    return torch.arange(1.0, 1 + shape_size(shape)).reshape(shape).requires_grad_()


def shape_size(shape):
    size = 1
    for n in shape:
        size *= n
    return size


#: What is called, and what the node of the result shows.
SHOWN = {
    "stack": (lambda t: t.stack([leaf(t, 2), leaf(t, 2)], dim=1), {"dim": 1}),
    "mean": (lambda t: leaf(t, 2, 3).mean(), {"self_sym_sizes": (2, 3)}),
    "sum": (lambda t: leaf(t, 2, 3).sum(), {"self_sym_sizes": (2, 3)}),
    "index": (lambda t: leaf(t, 2, 3)[t.tensor([0, 1])], {"self_sym_sizes": (2, 3)}),
    "as_strided": (lambda t: leaf(t, 4).as_strided((2,), (1,), 1), {"storage_offset": 1}),
    "as_strided at no offset": (lambda t: leaf(t, 4).as_strided((2,), (1,)), {"storage_offset": None}),
    "logit": (lambda t: t.logit(leaf(t, 2), 0.25), {"eps": 0.25}),
    "logit without eps": (lambda t: t.logit(leaf(t, 2) * 0.25), {"eps": None}),
    "div": (lambda t: t.div(leaf(t, 2), 2.0, rounding_mode="trunc"), {"rounding_mode": "trunc"}),
    "div down": (lambda t: t.div(leaf(t, 2), 2.0, rounding_mode="floor"), {"rounding_mode": "floor"}),
    "div as it is": (lambda t: t.div(leaf(t, 2), 2.0, rounding_mode=None), {"rounding_mode": None}),
    "pdist": (lambda t: t.pdist(leaf(t, 2, 2), p=1), {"p": 1.0}),
    "addbmm": (
        lambda t: t.addbmm(leaf(t, 2, 2), leaf(t, 4, 2, 3), leaf(t, 4, 3, 2)),
        {"batch1_sym_argsize_0": 4, "batch1_sym_argsize_1": 2},
    ),
    "unfold": (
        lambda t: t.nn.functional.unfold(leaf(t, 1, 1, 3, 4), 2),
        {"self_sym_argsize_minus_2": 3, "self_sym_argsize_minus_1": 4},
    ),
    "interpolate": (
        lambda t: t.nn.functional.interpolate(leaf(t, 1, 1, 2), 4, mode="linear"),
        {"output_size": (4,), "align_corners": False, "scales": None},
    ),
    "interpolate by a factor": (
        lambda t: t.nn.functional.interpolate(leaf(t, 1, 1, 2), scale_factor=0.5, mode="linear"),
        {"scales": 0.5},
    ),
    "convolution": (lambda t: t.nn.Conv2d(1, 2, 3)(leaf(t, 1, 1, 3, 3)), {"bias_sym_sizes_opt": (2,)}),
    "convolution without bias": (
        lambda t: t.nn.Conv2d(1, 2, 3, bias=False)(leaf(t, 1, 1, 3, 3)),
        {"bias_sym_sizes_opt": (0,)},
    ),
    "threshold": (lambda t: t.threshold(leaf(t, 2), 1, 0), {"threshold": 1}),
    "complex threshold": (lambda t: t.threshold(leaf(t, 2), 1 + 0j, 0), {"threshold": 1 + 0j}),
    "threshold of a tensor": (lambda t: t.threshold(leaf(t, 2), t.tensor(1 + 0j), 0), {"threshold": 1 + 0j}),
    "foreach": (lambda t: t._foreach_maximum([leaf(t, 2), leaf(t, 2)], [0.5, 1.5])[0], {"scalars": (0.5, 1.5)}),
    "nll_loss": (lambda t: t.nn.NLLLoss()(leaf(t, 2, 3), t.tensor([0, 2])), {"weight": None}),
}


@BOTH
@pytest.mark.parametrize("case", SHOWN)
def test_shown(torch, case):
    call, expected = SHOWN[case]
    node = call(torch).grad_fn
    for name, value in expected.items():
        found = getattr(node, f"_saved_{name}")
        assert found == value
        assert type(found) is type(value) or isinstance(value, tuple)


@BOTH
def test_a_weight_is_given_up_with_the_rest(torch):
    loss = torch.nn.NLLLoss(weight=torch.ones(3))(leaf(torch, 2, 3), torch.tensor([0, 2]))
    assert loss.grad_fn._saved_weight.tolist() == [1.0] * 3
    loss.backward()
    with pytest.raises(RuntimeError, match="after they have already been freed"):
        loss.grad_fn._saved_weight


@BOTH
def test_tensors_of_an_index_can_be_packed(torch):
    x, index, log = leaf(torch, 2, 3), torch.tensor([0, 2, 2]), []
    node = (y := x[:, index]).grad_fn
    assert node._saved_indices[0] is None
    assert node._saved_indices[1].tolist() == [0, 2, 2]
    handle = node._raw_saved_indices[1]
    assert isinstance(handle, torch._C._autograd.SavedTensor)
    with pytest.raises(RuntimeError, match="None is forbidden"):
        node._raw_saved_indices[0].register_hooks(lambda t: t, lambda t: t)
    handle.register_hooks(lambda t: log.append("pack") or t.tolist(), lambda kept: log.append("unpack") or torch.tensor(kept))
    with pytest.raises(RuntimeError, match="already been set"):
        handle.register_hooks(lambda t: t, lambda t: t)
    assert log == ["pack"]
    y.sum().backward(retain_graph=True)
    (gradient,) = torch.autograd.grad(y.sum(), x, create_graph=True, retain_graph=True)
    assert log == ["pack", "unpack", "unpack"]
    assert x.grad.tolist() == gradient.tolist() == [[1.0, 0.0, 2.0]] * 2
    assert type(node).__name__ == "IndexBackward0"


# -- resizing ------------------------------------------------------------------------------------------------------------
SIZES = [
    ((1, 2, 5), {"size": 3}),
    ((1, 2, 5), {"size": 8, "mode": "linear"}),
    ((2, 1, 5), {"scale_factor": 1.7, "mode": "linear"}),
    ((2, 1, 5), {"scale_factor": 1.7, "mode": "linear", "recompute_scale_factor": True}),
    ((1, 2, 5), {"size": 8, "mode": "linear", "align_corners": True}),
    ((1, 2, 5), {"size": 1, "mode": "linear", "align_corners": True}),
    ((1, 2, 3, 4), {"size": (5, 2), "mode": "bilinear"}),
    ((1, 2, 3, 4), {"scale_factor": (2, 0.5), "mode": "bilinear", "align_corners": True}),
    ((1, 1, 3, 4), {"scale_factor": 1.5}),
    ((1, 1, 2, 3, 2), {"size": 4, "mode": "trilinear"}),
]


def in_both(call, shape):
    """What `call` gives of a tensor of that shape in both libraries, and the gradient of the sum of squares."""
    found = []
    for torch in (real, spelled):
        x = (torch.arange(float(shape_size(shape)), dtype=torch.float64).reshape(shape) ** 1.5).requires_grad_()
        y = call(torch.nn.functional, x)
        (y * y).sum().backward()
        found.append([tuple(y.shape), *y.detach().reshape(-1).tolist(), *x.grad.reshape(-1).tolist()])
    assert found[1][0] == found[0][0]
    assert found[1][1:] == pytest.approx(found[0][1:])


@pytest.mark.parametrize(("shape", "options"), SIZES)
def test_interpolate(shape, options):
    in_both(lambda f, x: f.interpolate(x, **options), shape)


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((2, 2, 4, 5), {"kernel_size": 2}),
        ((1, 2, 5, 6), {"kernel_size": (2, 3), "dilation": (2, 1), "padding": (1, 0), "stride": (1, 2)}),
        ((2, 4, 4), {"kernel_size": 3, "padding": 1}),
    ],
)
def test_unfold(shape, options):
    in_both(lambda f, x: f.unfold(x, **options), shape)


def test_what_resizing_refuses():
    f = spelled.nn.functional
    x = spelled.ones(1, 1, 4)
    for options, word in [
        ({"size": 2, "mode": "cubic"}, "mode must be one of"),
        ({"size": 2, "mode": "bilinear"}, "not for an input of 3 axes"),
        ({"size": 2, "align_corners": True}, "align_corners option can only be set"),
        ({}, "only one of size or scale_factor"),
        ({"size": (2, 2)}, "expected a number, or 1 of them"),
    ]:
        with pytest.raises(RuntimeError, match=word):
            f.interpolate(x, **options)
    with pytest.raises(RuntimeError, match="does not fit"):
        f.unfold(spelled.ones(1, 1, 2, 2), 3)
    with pytest.raises(RuntimeError, match="3 or 4 axes"):
        f.unfold(spelled.ones(2, 2), 1)
