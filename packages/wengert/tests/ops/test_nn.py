"""The functions of neural networks beside ``torch.nn.functional``, in double precision; convolution and pooling apart."""

import math
from functools import partial

import numpy as np
import pytest
import torch

import wengert as wg
from ops.nn_beside_torch import KERNELS, bodies, compare, numbers  # noqa: F401  (`bodies` is used by every test)
from wengert.arrays.numpy_kernels import NumpyKernels
from wengert.errors import ArgumentError
from wengert.ops import nn
from wengert.ops.nn.attention import masked_softmax

F = torch.nn.functional

def test_every_body_for_numpy_stands_for_a_general_one():
    """A method that no kernel has the name of would never be called."""
    assert {name[3:] for name in dir(NumpyKernels) if name.startswith("fn_")} <= set(KERNELS)


# -- activations ---------------------------------------------------------------------------------------------------------
SPECIAL = np.asarray([-1000.0, -30.0, -5.0, -1.0, -0.3, -0.0, 0.0, 0.2, 0.46875, 0.7, 1.0, 4.0, 6.5, 25.0, 1000.0])


@pytest.mark.parametrize(
    "x", [SPECIAL, *numbers((5, 7)), np.zeros((0, 3)), np.asarray(0.5)], ids=["special", "2-d", "empty", "0-d"]
)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (nn.relu, F.relu),
        (nn.leaky_relu, F.leaky_relu),
        (partial(nn.leaky_relu, negative_slope=-0.5), partial(F.leaky_relu, negative_slope=-0.5)),
        (nn.elu, F.elu),
        (partial(nn.elu, alpha=2.0), partial(F.elu, alpha=2.0)),
        (nn.sigmoid, torch.sigmoid),
        (nn.silu, F.silu),
        (nn.softplus, F.softplus),
        (partial(nn.softplus, beta=3.0, threshold=2.0), partial(F.softplus, beta=3.0, threshold=2.0)),
        (nn.gelu, F.gelu),
        (partial(nn.gelu, approximate="tanh"), partial(F.gelu, approximate="tanh")),
        (nn.erf, torch.erf),
    ],
)
def test_activation(ours, theirs, x):
    compare(ours, theirs, x)


def test_erf_is_accurate_to_the_last_places():
    x = np.concatenate([np.linspace(-7, 7, 20001), np.logspace(-300, 0, 500), [np.inf, -np.inf]])
    exact = np.asarray([math.erf(v) for v in x])
    np.testing.assert_allclose(nn.erf(x), exact, rtol=5e-16, atol=0)
    single = nn.erf(x[np.abs(x) > 1e-30].astype("float32"))
    np.testing.assert_allclose(single, exact[np.abs(x) > 1e-30], rtol=4e-7, atol=0)
    assert np.isnan(nn.erf(np.asarray([np.nan]))).all()


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_in_single_precision(approximate):
    (x,) = numbers((300, 200), scale=3.0)
    mine = wg.tensor(x.astype("float32"), requires_grad=True)
    other = torch.tensor(x, requires_grad=True)
    out, expected = nn.gelu(mine, approximate), F.gelu(other, approximate=approximate)
    out.backward(wg.ones(out.shape, dtype=wg.float32))
    expected.backward(torch.ones_like(expected))
    assert out.dtype == mine.grad.dtype == np.float32
    np.testing.assert_allclose(out.array, expected.detach().numpy(), atol=2e-6)
    np.testing.assert_allclose(mine.grad.array, other.grad.numpy(), atol=2e-6)


def test_relu_of_nan_is_nan_and_an_infinite_gradient_stops_at_closed_units():
    """As in PyTorch, where a product with a mask would make NaN of inf · 0."""
    x = wg.tensor([-1.0, 2.0, math.nan], requires_grad=True)
    y = nn.relu(x)
    y.backward(wg.tensor([math.inf, math.inf, 1.0]))
    assert np.isnan(y.array[2])
    assert x.grad.tolist() == [0.0, math.inf, 1.0]


def test_gelu_wants_to_know_how():
    with pytest.raises(ArgumentError, match=r"approximate.*'sometimes'"):
        nn.gelu(np.ones(3), "sometimes")


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, axis):
    (x,) = numbers((3, 4, 5), scale=10.0)
    compare(lambda x: getattr(nn, name)(x, axis), lambda x: getattr(F, name)(x, axis), x)


def test_softmax_where_nothing_is_possible_is_nan():
    with np.errstate(invalid="ignore"):
        assert np.isnan(nn.softmax(np.full((2, 3), -math.inf))).all()


# -- linear --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(6,), (5, 6), (2, 3, 6), (0, 6)])
def test_linear(shape):
    x, weight, bias = numbers(shape, (4, 6), (4,))
    compare(nn.linear, F.linear, x, weight, bias)
    compare(nn.linear, F.linear, x, weight)


def test_linear_of_shapes_that_do_not_fit():
    with pytest.raises(ArgumentError, match=r"\(2, 3\).*\(4, 5\)"):
        nn.linear(np.ones((2, 3)), np.ones((4, 5)))


# -- losses --------------------------------------------------------------------------------------------------------------
REDUCTIONS = ["mean", "sum", "none"]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mse_loss", {}),
        ("l1_loss", {}),
        ("smooth_l1_loss", {"beta": 0.5}),
        ("smooth_l1_loss", {"beta": 0.0}),
        ("huber_loss", {"delta": 0.5}),
    ],
)
def test_distance(name, options, reduction):
    options = {**options, "reduction": reduction}
    compare(partial(getattr(nn, name), **options), partial(getattr(F, name), **options), *numbers((4, 5), (4, 5)))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy(reduction):
    rng = np.random.default_rng(0)
    x, t = rng.uniform(0.05, 0.95, (2, 4, 5))
    compare(partial(nn.binary_cross_entropy, reduction=reduction), partial(F.binary_cross_entropy, reduction=reduction), x, t)
    options = {"reduction": reduction}
    x = x * 20 - 10
    compare(
        partial(nn.binary_cross_entropy_with_logits, **options), partial(F.binary_cross_entropy_with_logits, **options), x, t
    )
    weight, positive = rng.uniform(0.5, 2, (2, 5))
    compare(
        partial(nn.binary_cross_entropy_with_logits, weight=wg.tensor(weight), pos_weight=wg.tensor(positive), **options),
        partial(F.binary_cross_entropy_with_logits, weight=torch.tensor(weight), pos_weight=torch.tensor(positive), **options),
        x,
        t,
    )


def test_binary_cross_entropy_of_certain_predictions():
    x, t = np.asarray([0.0, 1.0, 0.0, 1.0, 1e-60]), np.asarray([0.0, 1.0, 1.0, 0.0, 1.0])
    mine, other = wg.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out = nn.binary_cross_entropy(mine, t, reduction="none")
    expected = F.binary_cross_entropy(other, torch.tensor(t), reduction="none")
    out.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(out.array, expected.detach().numpy())
    np.testing.assert_allclose(mine.grad.array, other.grad.numpy())


SHAPES = [((6, 5), (6,)), ((5,), ()), ((2, 5, 3, 4), (2, 3, 4))]


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("shape", "positions"), SHAPES)
def test_cross_entropy(shape, positions, reduction, weighted, smoothing):
    rng = np.random.default_rng(2)
    x, weight = rng.standard_normal(shape) * 5, rng.uniform(0.5, 2, 5)
    for ignored in (-100, 3):
        t = np.asarray(rng.integers(0, 5, positions))
        if t.ndim:
            t.flat[0] = ignored
        options = {"reduction": reduction, "ignore_index": ignored, "label_smoothing": smoothing}
        ours = partial(nn.cross_entropy, weight=wg.tensor(weight) if weighted else None, **options)
        theirs = partial(F.cross_entropy, weight=torch.tensor(weight) if weighted else None, **options)
        if t.ndim or t != ignored:
            compare(ours, theirs, x, t)
        del options["label_smoothing"]
        ours = partial(nn.nll_loss, weight=wg.tensor(weight) if weighted else None, **options)
        theirs = partial(F.nll_loss, weight=torch.tensor(weight) if weighted else None, **options)
        if t.ndim or t != ignored:
            compare(ours, theirs, x, t)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [shape for shape, _ in SHAPES])
def test_cross_entropy_with_probabilities(shape, reduction, weighted, smoothing):
    rng = np.random.default_rng(3)
    x, t, weight = rng.standard_normal(shape), rng.uniform(0, 1, shape), rng.uniform(0.5, 2, 5)
    options = {"reduction": reduction, "label_smoothing": smoothing}
    ours = partial(nn.cross_entropy, weight=wg.tensor(weight) if weighted else None, **options)
    theirs = partial(F.cross_entropy, weight=torch.tensor(weight) if weighted else None, **options)
    # PyTorch means over the batch only, so that its mean is not that of the losses where there are positions.
    compare(ours, theirs, x, t)


def test_cross_entropy_of_nothing_that_counts():
    x = wg.tensor(np.ones((2, 3)), requires_grad=True)
    loss = nn.cross_entropy(x, np.asarray([-100, -100]), reduction="sum")
    loss.backward()
    assert (loss.item(), x.grad.tolist()) == (0.0, [[0.0] * 3] * 2)


@pytest.mark.parametrize("target", [[0, 3], [-1, 0]])
def test_classes_out_of_range(target):
    for loss in (nn.cross_entropy, nn.nll_loss):
        with pytest.raises(ArgumentError, match=r"target.*0 to 2"):
            loss(wg.tensor(np.ones((2, 3))), wg.tensor(target))


def test_losses_say_what_is_wrong():
    x = np.ones((2, 3))
    with pytest.raises(ArgumentError, match=r"reduction.*'median'"):
        nn.mse_loss(x, x, reduction="median")
    with pytest.raises(ArgumentError, match=r"target.*\(3,\)"):
        nn.cross_entropy(x, np.zeros(3, dtype=int))
    with pytest.raises(ArgumentError, match=r"target.*\(2, 2\)"):
        nn.cross_entropy(x, np.zeros((2, 2)))
    with pytest.raises(ArgumentError, match=r"label_smoothing.*1.5"):
        nn.cross_entropy(x, np.zeros(2, dtype=int), label_smoothing=1.5)
    with pytest.raises(ArgumentError, match=r"target.*\(2, 1\)"):
        nn.binary_cross_entropy(x, np.ones((2, 1)))
    with pytest.raises(ArgumentError, match=r"beta.*-1"):
        nn.smooth_l1_loss(x, x, beta=-1.0)
    with pytest.raises(ArgumentError, match=r"delta.*0"):
        nn.huber_loss(x, x, delta=0.0)


# -- normalisation -------------------------------------------------------------------------------------------------------
def test_layer_norm():
    x, weight, bias = numbers((3, 4, 5), (5,), (5,))
    compare(lambda x: nn.layer_norm(x, 5), lambda x: F.layer_norm(x, (5,)), x)
    compare(lambda x, w: nn.layer_norm(x, (5,), w, eps=0.1), lambda x, w: F.layer_norm(x, (5,), w, eps=0.1), x, weight)
    compare(lambda x, w, b: nn.layer_norm(x, (5,), w, b), lambda x, w, b: F.layer_norm(x, (5,), w, b), x, weight, bias)
    x, weight, bias = numbers((3, 4, 5), (4, 5), (4, 5))
    compare(lambda x, w, b: nn.layer_norm(x, (4, 5), w, b), lambda x, w, b: F.layer_norm(x, (4, 5), w, b), x, weight, bias)


def test_rms_norm():
    x, weight = numbers((3, 4, 5), (5,))
    compare(lambda x: nn.rms_norm(x, 5), lambda x: F.rms_norm(x, (5,)), x)
    compare(lambda x, w: nn.rms_norm(x, (5,), w, 0.1), lambda x, w: F.rms_norm(x, (5,), w, 0.1), x, weight)


def test_group_norm():
    x, weight, bias = numbers((2, 6, 3, 2), (6,), (6,))
    for groups in (1, 2, 6):
        ours, theirs = (partial(f.group_norm, num_groups=groups) for f in (nn, F))
        compare(lambda x, w, b, f=ours: f(x, weight=w, bias=b), lambda x, w, b, f=theirs: f(x, weight=w, bias=b), x, weight, bias)


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 2), (4, 3, 2, 2)])
def test_batch_norm(shape):
    x, weight, bias = numbers(shape, (3,), (3,))
    for training in (True, False):
        mean, var = np.asarray([0.1, 0.2, 0.3]), np.asarray([0.5, 1.0, 2.0])
        other = torch.tensor(mean), torch.tensor(var)
        compare(
            lambda x, w, b, m=mean, v=var, t=training: nn.batch_norm(x, m, v, w, b, t, 0.3),
            lambda x, w, b, o=other, t=training: F.batch_norm(x, *o, w, b, t, 0.3),
            x,
            weight,
            bias,
        )
        np.testing.assert_allclose(mean, other[0].numpy())
        np.testing.assert_allclose(var, other[1].numpy())


def test_normalisations_say_what_is_wrong():
    x = np.ones((2, 3))
    with pytest.raises(ArgumentError, match=r"normalized_shape.*\(4,\)"):
        nn.layer_norm(x, 4)
    with pytest.raises(ArgumentError, match=r"weight.*\(2,\)"):
        nn.layer_norm(x, 3, np.ones(2))
    with pytest.raises(ArgumentError, match=r"weight.*\(2,\)"):
        nn.rms_norm(x, 3, np.ones(2))
    with pytest.raises(ArgumentError, match=r"num_groups.*2"):
        nn.group_norm(x, 2)
    with pytest.raises(ArgumentError, match=r"running_mean"):
        nn.batch_norm(x, None, None)
    with pytest.raises(ArgumentError, match=r"more than one value"):
        nn.batch_norm(np.ones((1, 3)), None, None, training=True)


# -- look-ups ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("padding", [None, 2, -1])
@pytest.mark.parametrize("shape", [(7,), (3, 4), (), (0,)])
def test_embedding(shape, padding):
    (weight,) = numbers((5, 3))
    indices = np.random.default_rng(0).integers(0, 5, shape)
    compare(
        lambda w: nn.embedding(indices, w, padding), lambda w: F.embedding(torch.tensor(indices), w, padding), weight
    )


def test_second_derivative_of_embedding_leaves_out_the_padding():
    (weight,) = numbers((4, 2))
    indices = np.asarray([0, 1, 1, 3])
    found = []
    for library, f, i in ((wg, nn, indices), (torch, F, torch.tensor(indices))):
        w = library.tensor(weight, requires_grad=True)
        (g,) = library.autograd.grad((f.embedding(i, w, 1) ** 3).sum(), w, create_graph=True)
        (h,) = library.autograd.grad((g**2).sum(), w)
        found.append(h)
    np.testing.assert_allclose(found[0].array, found[1].numpy())


def test_embedding_says_what_is_wrong():
    weight = np.ones((3, 2))
    with pytest.raises(ArgumentError, match=r"indices.*0 to 2"):
        nn.embedding(np.asarray([3]), weight)
    with pytest.raises(ArgumentError, match=r"indices.*float64"):
        nn.embedding(np.asarray([1.0]), weight)
    with pytest.raises(ArgumentError, match=r"padding_idx.*3"):
        nn.embedding(np.asarray([1]), weight, 3)
    with pytest.raises(ArgumentError, match=r"weight.*\(3,\)"):
        nn.embedding(np.asarray([1]), np.ones(3))


def test_one_hot():
    indices = np.asarray([[0, 2], [1, 1]])
    for count in (-1, 3, 5):
        expected = F.one_hot(torch.tensor(indices), count).numpy()
        np.testing.assert_array_equal(nn.one_hot(wg.tensor(indices), count).array, expected)
    with pytest.raises(ArgumentError, match=r"0 to 2 for num_classes=2"):
        nn.one_hot(indices, 2)
    with pytest.raises(ArgumentError, match=r"num_classes"):
        nn.one_hot(np.zeros(0, dtype=int))


# -- attention and dropout -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"scale": 0.2}])
@pytest.mark.parametrize("front", [(), (2,), (2, 3)])
def test_attention(front, options):
    arrays = numbers((*front, 5, 4), (*front, 6, 4), (*front, 6, 3))
    attention = partial(F.scaled_dot_product_attention, **options)
    compare(partial(nn.scaled_dot_product_attention, **options), attention, *arrays, tolerance=1e-10)


def test_attention_with_a_mask():
    arrays = numbers((2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 3))
    allowed = np.random.default_rng(0).random((5, 6)) < 0.7
    allowed[:, 0] = True
    compare(
        partial(nn.scaled_dot_product_attention, attn_mask=wg.tensor(allowed)),
        partial(F.scaled_dot_product_attention, attn_mask=torch.tensor(allowed)),
        *arrays,
        tolerance=1e-10,
    )
    compare(nn.scaled_dot_product_attention, F.scaled_dot_product_attention, *arrays, *numbers((3, 5, 6)), tolerance=1e-10)


@pytest.mark.parametrize("boolean", [True, False])
def test_a_mask_and_causality_together(boolean):
    """As layers combine them: PyTorch takes them apart only in its modules."""
    (x,) = numbers((2, 5, 5))
    mask = np.random.default_rng(0).random((2, 1, 5)) < 0.6
    mask[..., 0] = True
    both = mask & np.tri(5, dtype=bool)
    given = wg.tensor(mask if boolean else np.where(mask, 0.0, -math.inf))
    expected = torch.softmax(torch.tensor(np.where(both, x, -math.inf)), -1)
    np.testing.assert_allclose(masked_softmax(wg.tensor(x), given, is_causal=True).array, expected.numpy(), rtol=1e-12)


def test_attention_says_what_is_wrong():
    x = np.ones((3, 2))
    with pytest.raises(ArgumentError, match=r"attn_mask.*is_causal"):
        nn.scaled_dot_product_attention(x, x, x, np.ones((3, 3)), is_causal=True)
    with pytest.raises(ArgumentError, match=r"\(3, 2\) and \(3, 4\)"):
        nn.scaled_dot_product_attention(x, np.ones((3, 4)), x)


def test_dropout_zeroes_and_scales():
    x = wg.tensor(np.ones((200, 100)), requires_grad=True)
    y = nn.dropout(x, 0.25, generator=wg.random.Generator(0))
    assert set(np.unique(y.array)) == {0.0, 1 / 0.75}
    assert abs((y.array == 0).mean() - 0.25) < 0.02
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad.array, 2 * y.array / 0.75)


def test_dropout_is_repeated_by_its_seed():
    first, second = (nn.dropout(np.ones(50), 0.5, generator=wg.random.Generator(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    state = wg.random.get_state()
    third = nn.dropout(np.ones(50))
    wg.random.set_state(state)
    np.testing.assert_array_equal(nn.dropout(np.ones(50)), third)


def test_dropout_at_its_ends():
    x = wg.tensor([1.0, 2.0])
    assert nn.dropout(x, 0.0) is x
    assert nn.dropout(x, 0.9, training=False) is x
    assert nn.dropout(x, 1.0).tolist() == [0.0, 0.0]
    with pytest.raises(ArgumentError, match=r"p: got 1.5"):
        nn.dropout(x, 1.5)
