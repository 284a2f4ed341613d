"""Rows for the functions of neural networks; their values are compared with PyTorch's in ``test_nn.py``."""

from functools import partial

import numpy as np

from ops.rows import Row, normal, uniform
from wengert.ops import nn
from wengert.ops.random import Generator


def mixed(*parts):
    """Several samplers as one; a tuple of arguments each."""

    def sample(rng, dtype):
        return tuple(argument for part in parts for argument in part(rng, dtype))

    return sample


def classes(count, *shape):
    return lambda rng, dtype: (rng.integers(0, count, shape),)


def constant(value):
    return lambda rng, dtype: (np.asarray(value),)


def away_from_zero(*shape):
    """Distinct numbers none of which is near 0, in random order: no ties and no bends for finite differences."""

    def sample(rng, dtype):
        size = int(np.prod(shape, dtype=int))
        values = (np.arange(size) - (size // 2) + 0.5) * 0.3
        return (rng.permutation(values).reshape(shape).astype(dtype),)

    return sample


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


ACTIVATIONS = [
    Row("relu", nn.relu, away_from_zero(3, 4), lambda x: np.maximum(x, 0)),
    Row("relu[0-d]", nn.relu, uniform(0.5, 1.0, ()), lambda x: np.maximum(x, 0)),
    Row("relu[empty]", nn.relu, normal((0, 2)), lambda x: np.maximum(x, 0)),
    Row("leaky_relu", nn.leaky_relu, away_from_zero(3, 4)),
    Row("leaky_relu[slope]", partial(nn.leaky_relu, negative_slope=0.3), away_from_zero(3, 4)),
    Row("elu", nn.elu, away_from_zero(3, 4)),
    Row("elu[alpha]", partial(nn.elu, alpha=0.5), away_from_zero(2, 3)),
    Row("sigmoid", nn.sigmoid, normal((3, 4)), lambda x: 1 / (1 + np.exp(-x))),
    Row("sigmoid[0-d]", nn.sigmoid, normal(()), lambda x: 1 / (1 + np.exp(-x))),
    Row("silu", nn.silu, normal((3, 4)), lambda x: x / (1 + np.exp(-x))),
    Row("softplus", nn.softplus, normal((3, 4)), lambda x: np.log1p(np.exp(x))),
    Row("softplus[beta]", partial(nn.softplus, beta=2.0), normal((3, 4)), lambda x: np.log1p(np.exp(2 * x)) / 2),
    Row("softplus[threshold]", partial(nn.softplus, threshold=0.0), away_from_zero(3, 4)),
    Row("gelu", nn.gelu, normal((3, 4), scale=2.0)),
    Row("gelu[0-d]", nn.gelu, normal(())),
    Row("gelu[tanh]", partial(nn.gelu, approximate="tanh"), normal((3, 4), scale=2.0)),
    Row("erf", nn.erf, normal((3, 4))),
    Row("erf[0-d]", nn.erf, normal(())),
]

SOFTMAX = [
    Row("softmax", nn.softmax, normal((2, 3)), partial(softmax, axis=-1)),
    Row("softmax[axis=0]", partial(nn.softmax, axis=0), normal((2, 3)), partial(softmax, axis=0)),
    Row("softmax[axis=1 of 3]", partial(nn.softmax, axis=1), normal((2, 3, 2)), partial(softmax, axis=1)),
    Row("log_softmax", nn.log_softmax, normal((2, 3)), lambda x: np.log(softmax(x, -1))),
    Row("log_softmax[axis=0]", partial(nn.log_softmax, axis=0), normal((2, 3)), lambda x: np.log(softmax(x, 0))),
]

LINEAR = [
    Row("linear", nn.linear, normal((2, 3), (4, 3), (4,)), lambda x, w, b: x @ w.T + b),
    Row("linear[no bias]", nn.linear, normal((2, 3), (4, 3)), lambda x, w: x @ w.T),
    Row("linear[vector]", nn.linear, normal((3,), (4, 3), (4,)), lambda x, w, b: x @ w.T + b),
    Row("linear[batch]", nn.linear, normal((2, 2, 3), (2, 3), (2,)), lambda x, w, b: x @ w.T + b),
    Row(
        "linear[complex]",
        nn.linear,
        normal((2, 3), (2, 3), (2,)),
        lambda x, w, b: x @ w.T + b,
        dtypes=("complex64", "complex128"),
    ),
]

PAIR = normal((2, 3), (2, 3))


def reduced(name, fn, args, **options):
    """A row for each reduction of a loss."""
    return [Row(f"{name}[{r}]", partial(fn, reduction=r, **options), args) for r in ("mean", "sum", "none")]


LOSSES = [
    *reduced("mse_loss", nn.mse_loss, PAIR),
    Row("mse_loss[broadcast]", nn.mse_loss, normal((2, 3), (3,)), lambda x, y: np.mean((x - y) ** 2)),
    *reduced("l1_loss", nn.l1_loss, PAIR),
    *reduced("smooth_l1_loss", nn.smooth_l1_loss, PAIR, beta=0.7),
    *reduced("huber_loss", nn.huber_loss, PAIR, delta=0.7),
    *reduced("binary_cross_entropy", nn.binary_cross_entropy, uniform(0.2, 0.8, (2, 3), (2, 3))),
    Row("binary_cross_entropy[weight]", nn.binary_cross_entropy, uniform(0.2, 0.8, (2, 3), (2, 3), (3,))),
    *reduced("binary_cross_entropy_with_logits", nn.binary_cross_entropy_with_logits, PAIR),
    Row(
        "binary_cross_entropy_with_logits[weights]",
        lambda x, t, w, p: nn.binary_cross_entropy_with_logits(x, t, w, pos_weight=p),
        uniform(0.2, 0.8, (2, 3), (2, 3), (3,), (3,)),
    ),
]

LOGITS = mixed(normal((4, 3)), classes(3, 4))
IMAGE_LOGITS = mixed(normal((2, 3, 2, 2)), classes(3, 2, 2, 2))


def with_constants(fn, *constants, **options):
    """`fn` with further arguments that no gradient flows to."""
    return lambda *arguments: fn(*arguments, *constants, **options)


WEIGHT = np.asarray([0.5, 2.0, 1.5])

CLASSES = [
    *reduced("cross_entropy", nn.cross_entropy, LOGITS),
    Row("cross_entropy[one sample]", nn.cross_entropy, mixed(normal((3,)), classes(3))),
    *reduced("cross_entropy[positions]", nn.cross_entropy, IMAGE_LOGITS),
    *reduced("cross_entropy[ignore_index]", nn.cross_entropy, LOGITS, ignore_index=1),
    *reduced("cross_entropy[label_smoothing]", nn.cross_entropy, LOGITS, label_smoothing=0.2, ignore_index=2),
    Row("cross_entropy[weight]", with_constants(nn.cross_entropy, WEIGHT), LOGITS, dtypes=("float64",)),
    Row(
        "cross_entropy[weight, label_smoothing]",
        with_constants(nn.cross_entropy, WEIGHT, label_smoothing=0.1),
        IMAGE_LOGITS,
        dtypes=("float64",),
    ),
    Row("cross_entropy[probabilities]", nn.cross_entropy, uniform(0.1, 0.9, (2, 3), (2, 3))),
    Row(
        "cross_entropy[probabilities, weight]",
        with_constants(nn.cross_entropy, WEIGHT, label_smoothing=0.1, reduction="sum"),
        uniform(0.1, 0.9, (2, 3), (2, 3)),
        dtypes=("float64",),
    ),
    *reduced("nll_loss", nn.nll_loss, LOGITS),
    Row("nll_loss[positions]", nn.nll_loss, IMAGE_LOGITS),
    Row("nll_loss[weight]", with_constants(nn.nll_loss, WEIGHT, ignore_index=0), LOGITS, dtypes=("float64",)),
]

MEAN, VAR = np.asarray([0.5, -0.5]), np.asarray([0.5, 2.0])

NORMALIZATION = [
    Row("layer_norm", partial(nn.layer_norm, normalized_shape=3), normal((2, 3))),
    Row("layer_norm[affine]", lambda x, w, b: nn.layer_norm(x, 3, w, b), normal((2, 3), (3,), (3,))),
    Row("layer_norm[two axes]", lambda x, w, b: nn.layer_norm(x, (2, 3), w, b), normal((2, 2, 3), (2, 3), (2, 3))),
    Row("layer_norm[bias alone]", lambda x, b: nn.layer_norm(x, (3,), None, b), normal((2, 3), (3,))),
    Row("rms_norm", partial(nn.rms_norm, normalized_shape=3), normal((2, 3))),
    Row("rms_norm[weight]", lambda x, w: nn.rms_norm(x, (2, 3), w, 1e-3), normal((2, 2, 3), (2, 3))),
    Row("group_norm", lambda x, w, b: nn.group_norm(x, 2, w, b), normal((2, 4, 3), (4,), (4,))),
    Row("batch_norm[training]", lambda x, w, b: nn.batch_norm(x, None, None, w, b, True), normal((3, 2, 2), (2,), (2,))),
    Row(
        "batch_norm[evaluation]",
        lambda x, w, b: nn.batch_norm(x, MEAN, VAR, w, b),
        normal((3, 2), (2,), (2,)),
        dtypes=("float64",),
    ),
]


def conv(name, fn, *shapes, **options):
    return Row(f"{fn.__name__}[{name}]", partial(fn, **options), normal(*shapes))


CONVOLUTION = [
    conv("plain", nn.conv1d, (2, 2, 5), (3, 2, 3), (3,)),
    conv("single sample", nn.conv1d, (2, 5), (1, 2, 2)),
    conv("stride, dilation", nn.conv1d, (1, 2, 8), (2, 2, 2), (2,), stride=2, dilation=3, padding=1),
    conv("plain", nn.conv2d, (2, 2, 4, 4), (2, 2, 3, 3), (2,)),
    conv("one by one", nn.conv2d, (2, 2, 2, 3), (3, 2, 1, 1)),
    conv("padding", nn.conv2d, (1, 2, 3, 4), (2, 2, 3, 3), padding=(1, 2)),
    conv("same", nn.conv2d, (1, 1, 3, 4), (2, 1, 2, 3), padding="same"),
    conv("valid", nn.conv2d, (1, 1, 3, 4), (2, 1, 2, 3), padding="valid"),
    conv("stride, dilation", nn.conv2d, (1, 2, 6, 7), (1, 2, 2, 3), stride=(2, 3), dilation=(3, 1), padding=1),
    conv("groups", nn.conv2d, (2, 4, 3, 3), (2, 2, 2, 2), (2,), groups=2),
    conv("one channel a group", nn.conv2d, (2, 2, 3, 3), (4, 1, 2, 2), groups=2, padding=1),
    conv("plain", nn.conv3d, (1, 2, 2, 3, 3), (2, 2, 2, 2, 2), (2,)),
    Row(
        "conv2d[complex]",
        nn.conv2d,
        normal((1, 2, 3, 3), (2, 2, 2, 2), (2,)),
        dtypes=("complex64", "complex128"),
    ),
]

POOLING = [
    Row("max_pool1d", partial(nn.max_pool1d, kernel_size=2), away_from_zero(2, 2, 5)),
    Row("max_pool2d", partial(nn.max_pool2d, kernel_size=2), away_from_zero(2, 2, 4, 4)),
    Row("max_pool2d[single sample]", partial(nn.max_pool2d, kernel_size=(2, 1)), away_from_zero(2, 4, 3)),
    Row("max_pool2d[overlap]", partial(nn.max_pool2d, kernel_size=3, stride=1, padding=1), away_from_zero(1, 2, 4, 3)),
    Row("max_pool2d[dilation]", partial(nn.max_pool2d, kernel_size=2, stride=1, dilation=2), away_from_zero(1, 2, 4, 4)),
    Row("max_pool2d[ceil_mode]", partial(nn.max_pool2d, kernel_size=2, ceil_mode=True), away_from_zero(1, 2, 3, 5)),
    Row("avg_pool1d", partial(nn.avg_pool1d, kernel_size=2), normal((2, 2, 5))),
    Row("avg_pool2d", partial(nn.avg_pool2d, kernel_size=2), normal((2, 2, 4, 4))),
    Row("avg_pool2d[overlap]", partial(nn.avg_pool2d, kernel_size=3, stride=1, padding=1), normal((1, 2, 4, 3))),
    Row(
        "avg_pool2d[without padding]",
        partial(nn.avg_pool2d, kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        normal((1, 2, 4, 5)),
    ),
    Row("avg_pool2d[divisor]", partial(nn.avg_pool2d, kernel_size=2, divisor_override=3), normal((1, 2, 4, 4))),
    Row("adaptive_avg_pool1d", partial(nn.adaptive_avg_pool1d, output_size=3), normal((2, 5))),
    Row("adaptive_avg_pool2d", partial(nn.adaptive_avg_pool2d, output_size=(2, None)), normal((2, 5, 3))),
]

ROWS_OF_TABLE = normal((5, 3))

LOOKUPS = [
    Row("embedding", lambda w, i: nn.embedding(i, w), mixed(ROWS_OF_TABLE, classes(5, 2, 3)), lambda w, i: w[i]),
    Row("embedding[padding_idx]", lambda w, i: nn.embedding(i, w, -3), mixed(ROWS_OF_TABLE, constant([0, 2, 2, 4, 0]))),
    Row("embedding[no index]", lambda w, i: nn.embedding(i, w), mixed(ROWS_OF_TABLE, classes(5, 0))),
    Row("one_hot", nn.one_hot, classes(4, 2, 3), order=0, dtypes=("int64",)),
]
# A padding row receives no gradient on purpose, which finite differences of the lookup cannot know.
LOOKUPS[1] = Row(LOOKUPS[1].name, LOOKUPS[1].fn, LOOKUPS[1].args, order=0)

QKV = normal((2, 3, 2), (2, 4, 2), (2, 4, 3))

ATTENTION = [
    Row("scaled_dot_product_attention", nn.scaled_dot_product_attention, QKV),
    Row("scaled_dot_product_attention[scale]", partial(nn.scaled_dot_product_attention, scale=0.3), QKV),
    Row("scaled_dot_product_attention[causal]", partial(nn.scaled_dot_product_attention, is_causal=True), QKV),
    Row("scaled_dot_product_attention[added]", nn.scaled_dot_product_attention, normal((2, 3, 2), (2, 4, 2), (4, 3), (3, 4))),
    Row(
        "scaled_dot_product_attention[masked]",
        nn.scaled_dot_product_attention,
        mixed(QKV, constant([[True, False, True, True], [True, True, True, False], [False, False, True, False]])),
    ),
    Row(
        "scaled_dot_product_attention[dropout]",
        lambda q, k, v: nn.scaled_dot_product_attention(q, k, v, dropout_p=0.4, generator=Generator(0)),
        QKV,
    ),
]

DROPOUT = [
    Row("dropout", lambda x: nn.dropout(x, 0.4, generator=Generator(0)), normal((3, 4))),
    Row("dropout[evaluation]", lambda x: nn.dropout(x, 0.4, False) * 1, normal((3, 4)), lambda x: x),
    Row("dropout[everything]", lambda x: nn.dropout(x, 1.0), normal((3, 4)), np.zeros_like),
]

ROWS = [
    *ACTIVATIONS,
    *SOFTMAX,
    *LINEAR,
    *LOSSES,
    *CLASSES,
    *NORMALIZATION,
    *CONVOLUTION,
    *POOLING,
    *LOOKUPS,
    *ATTENTION,
    *DROPOUT,
]
