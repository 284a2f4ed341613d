"""Scaled dot-product attention."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.adapter import adapter_of
from ...autograd.tensor import TENSORS, wrap
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import deeper, itself
from ...op_batching import Batch
from ..complex import conj
from ..products import matmul
from ..random import Generator
from ..shaping import transposed
from .dropout import dropout
from .kernels import Kernel, raw
from .softmaxes import softmax_rule

__all__ = ["scaled_dot_product_attention"]


# -- the scores ----------------------------------------------------------------------------------------------------------
@operator(linear=True)
def scores(query: Any, key: Any, /, scale: float) -> Any:
    """``scale * query @ key.mT``; the smaller array is scaled, and no transpose is recorded."""
    xp = adapter_of(query).functions
    return xp.matmul(query * scale, transposed(key))


@rule(scores, "query")
def _scores_query(g: Any, key: Any, scale: float) -> Any:
    return (g @ conj(key)) * scale


@rule(scores, "key")
def _scores_key(g: Any, query: Any, scale: float) -> Any:
    return (transposed(g) @ conj(query)) * scale


batching(scores)(itself)


# -- the weights ---------------------------------------------------------------------------------------------------------
@Kernel
def _masked_softmax(xp: Any, x: Any, mask: Any, is_causal: bool) -> Any:
    if mask is not None:
        boolean = xp.isdtype(mask.dtype, "bool")
        x = xp.where(mask, x, -math.inf) if boolean else x + mask
    if is_causal:
        rows = xp.expand_dims(xp.arange(x.shape[-2]), axis=1)
        x = xp.where(rows >= xp.arange(x.shape[-1]), x, -math.inf)
    e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


@operator(operands=("x", "mask"), node="Softmax")
def masked_softmax(x: Any, mask: Any = None, *, is_causal: bool = False) -> Any:
    """The softmax over the last axis of `x`, where `mask` allows it, or of ``x + mask``."""
    return _masked_softmax(x, mask, is_causal)


rule(masked_softmax, "x")(lambda g, out: softmax_rule(g, out, -1))
jvp(masked_softmax, "x")(lambda t, out: softmax_rule(t, out, -1))


@rule(masked_softmax, "mask")
def _masked_softmax_mask(g: Any, out: Any) -> Any:
    return softmax_rule(g, out, -1)


@batching(masked_softmax)
def _(batch: Batch, x: Any, mask: Any, is_causal: bool) -> Any:
    x = batch.whole("x", x)
    if batch.has("mask"):
        mask = deeper(mask, len(x.shape) - 1)
    return batch.call(x=x, mask=mask, is_causal=is_causal)


jvp(masked_softmax, "mask")(lambda t, out: softmax_rule(t, out, -1))


# -- all of it -----------------------------------------------------------------------------------------------------------
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    generator: Generator | None = None,
) -> Any:
    """``softmax(query @ key.mT * scale + mask) @ value``, the mask being optional.

    Parameters
    ----------
    query : Tensor or array
        Of shape ``(..., L, E)``.
    key : Tensor or array
        Of shape ``(..., S, E)``.
    value : Tensor or array
        Of shape ``(..., S, V)``. The leading axes of all three broadcast.
    attn_mask : Tensor or array, optional
        Broadcasts to ``(..., L, S)``. Boolean: which keys each query may see; a query that may see none gets NaN. Floating:
        added to the scores.
    dropout_p : float
        The probability with which a weight is dropped.
    is_causal : bool
        Whether query i sees the keys 0 to i only. Not together with `attn_mask`.
    scale : float, optional
        Default: 1 / √E.
    generator : Generator, optional
        Where dropout takes its random numbers from.

    Returns
    -------
    Tensor or array
        Of shape ``(..., L, V)``.

    Notes
    -----
    Source: Vaswani et al., arXiv:1706.03762.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import scaled_dot_product_attention
    >>> q = wg.tensor([[0.0], [0.0]])
    >>> v = wg.tensor([[1.0], [3.0]])
    >>> scaled_dot_product_attention(q, q, v).tolist()
    [[2.0], [2.0]]
    >>> scaled_dot_product_attention(q, q, v, is_causal=True).tolist()
    [[1.0], [2.0]]
    """
    if len(query.shape) < 2 or len(key.shape) < 2 or query.shape[-1] != key.shape[-1]:
        raise ArgumentError(
            "scaled_dot_product_attention: expected query of shape (..., L, E) and key of shape (..., S, E); got "
            f"{tuple(query.shape)} and {tuple(key.shape)}"
        )
    if attn_mask is not None and is_causal:
        raise ArgumentError("scaled_dot_product_attention: attn_mask cannot be given together with is_causal=True")
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1])
    weights = scores(query, key, scale)
    if attn_mask is not None and type(weights) in TENSORS and type(attn_mask) not in TENSORS:
        attn_mask = wrap(raw(attn_mask))
    weights = masked_softmax(weights, attn_mask, is_causal=is_causal)
    return matmul(dropout(weights, dropout_p, generator=generator), value)
