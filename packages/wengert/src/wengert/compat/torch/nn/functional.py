"""``torch.nn.functional``: Wengert's functions of layers with PyTorch's arguments."""

from __future__ import annotations

from typing import Any

from ....autograd.modes import ACTIVE
from ....autograd.tensor import Tensor as Base
from ....errors import UsageError
from ....nn import functional as F
from ....ops.joining import pad as pad_
from ....ops.nn import threshold as thresholds
from .. import math, products
from ..autograd.profiler import composed
from ..reductions import log_softmax, softmax
from ..saved_names import noted
from .resizing import interpolate, unfold

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv3d",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "group_norm",
    "hardtanh",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool1d",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "relu",
    "relu6",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "unfold",
]

adaptive_avg_pool1d, adaptive_avg_pool2d = F.adaptive_avg_pool1d, F.adaptive_avg_pool2d
avg_pool1d, avg_pool2d, max_pool1d, max_pool2d = F.avg_pool1d, F.avg_pool2d, F.max_pool1d, F.max_pool2d
batch_norm, group_norm, layer_norm, rms_norm = F.batch_norm, F.group_norm, F.layer_norm, F.rms_norm
conv1d, conv2d, conv3d, embedding, one_hot = F.conv1d, F.conv2d, F.conv3d, F.embedding, F.one_hot
cross_entropy, mse_loss, l1_loss = F.cross_entropy, F.mse_loss, F.l1_loss
smooth_l1_loss, huber_loss, binary_cross_entropy = F.smooth_l1_loss, F.huber_loss, F.binary_cross_entropy
binary_cross_entropy_with_logits = F.binary_cross_entropy_with_logits
gelu, scaled_dot_product_attention = F.gelu, F.scaled_dot_product_attention
sigmoid, tanh, softplus = math.sigmoid, math.tanh, math.softplus
cosine_similarity, pairwise_distance, pdist = products.cosine_similarity, products.pairwise_distance, products.pdist


def nll_loss(input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """Minus the log-probability of the right class; see `wengert.nn.functional.nll_loss`."""
    loss = F.nll_loss(input, target, weight, ignore_index=ignore_index, reduction=reduction)
    return noted(loss, weight=weight, ignore_index=ignore_index)


def _put(input: Any, result: Any, inplace: bool) -> Any:
    return input.copy_(result) if inplace else result


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """``input @ weight.T + bias``: of a matrix recorded as the product with the transposed weight, as PyTorch does."""
    return composed("aten::linear", _linear, input, weight, bias) if ACTIVE else _linear(input, weight, bias)


def _linear(input: Any, weight: Any, bias: Any) -> Any:
    if bias is None or input.ndim != 2 or weight.ndim != 2:
        return F.linear(input, weight, bias)
    return products.addmm(bias, input, weight.t())


def relu(input: Any, inplace: bool = False) -> Any:
    """`input` where it is positive, else 0."""
    return input.relu_() if inplace else math.relu(input)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """`input` where it is positive, else a fraction of it."""
    return _put(input, F.leaky_relu(input, negative_slope), inplace)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """`input` where it is positive, else ``alpha * (exp(input) - 1)``."""
    return _put(input, F.elu(input, alpha), inplace)


def selu(input: Any, inplace: bool = False) -> Any:
    """`elu` scaled so that networks keep mean and variance."""
    return _put(input, math.mul(F.elu(input, 1.6732632423543772), 1.0507009873554805), inplace)


def silu(input: Any, inplace: bool = False) -> Any:
    """``input * sigmoid(input)``."""
    return _put(input, F.silu(input), inplace)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """`input` within bounds."""
    return _put(input, math.clamp(input, min_val, max_val), inplace)


def relu6(input: Any, inplace: bool = False) -> Any:
    """`input` between 0 and 6."""
    return hardtanh(input, 0.0, 6.0, inplace)


def threshold(input: Any, threshold: Any, value: Any, inplace: bool = False) -> Any:
    """`input` where it is above the threshold, else `value`."""
    bound = threshold.item() if isinstance(threshold, Base) else threshold
    above = thresholds.threshold_ if inplace else thresholds.threshold
    other = value.item() if isinstance(value, Base) else value
    return noted(above(input, _real(bound), _real(other)), threshold=bound)


def _real(value: Any) -> Any:
    """`value`, if it is no complex number or one without imaginary part."""
    if not isinstance(value, complex):
        return value
    if value.imag:
        raise UsageError(f"threshold: expected a real number, got {value}")
    return value.real


def logsigmoid(input: Any) -> Any:
    """The logarithm of the sigmoid."""
    return math.neg(math.softplus(math.neg(input)))


def softsign(input: Any) -> Any:
    """``input / (1 + abs(input))``."""
    return math.div(input, math.add(math.abs(input), 1))


def tanhshrink(input: Any) -> Any:
    """``input - tanh(input)``."""
    return math.sub(input, math.tanh(input))


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zeros with probability `p`, the rest scaled up."""
    return _put(input, F.dropout(input, p, training), inplace)


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Divided by the norms along `dim`."""
    return math.div(input, math.clamp(input.norm(p, dim, True), min=eps))


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of each sample with mean 0 and variance 1."""
    return F.group_norm(input, input._shape[1], weight, bias, eps)


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """More elements around, the last axis first in `pad`; negative numbers cut."""
    widths = [(0, 0)] * (input.ndim - len(pad) // 2) + [(pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)]
    if any(n < 0 for pair in widths for n in pair):
        cut = tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(widths, input._shape, strict=True))
        input, widths = input[cut], [(max(a, 0), max(b, 0)) for a, b in widths]
    names = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return pad_(input, tuple(widths), names[mode], constant_values=value or 0)
