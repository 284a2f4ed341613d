"""`MultiheadAttention`."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.adapter import adapter_of
from ...errors import ArgumentError
from ...ops.comparison import logical_not, logical_or
from ...ops.joining import unstack
from ...ops.manipulation import expand_dims, permute_dims, reshape, squeeze
from ...ops.nn.attention import masked_softmax, scores
from ...ops.nn.kernels import raw
from ...ops.random import Generator
from ...ops.searching import where
from .. import init
from ..functional import dropout, linear, scaled_dot_product_attention
from ..module import Module
from .common import affine_text, parameter
from .linear import Linear

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Attention in several heads at once (Vaswani et al. 2017): ``concat(head_1, ..., head_h) @ out_proj``.

    Parameters
    ----------
    embed_dim : int
        The length E of the last axis of query and output.
    num_heads : int
        Into how many heads E is divided.
    dropout : float
        The probability with which a weight is dropped in training.
    bias : bool
        Whether the projections have one.
    kdim, vdim : int, optional
        The lengths of the last axes of key and value. Default: E.
    batch_first : bool
        Whether the axes are ``(batch, sequence, feature)`` rather than ``(sequence, batch, feature)``.
    dtype : dtype, optional
        Of the parameters. Default: float32.
    generator : Generator, optional
        Where the initial values, and later the dropout, come from.

    Attributes
    ----------
    in_proj_weight : Parameter or None
        The projections of query, key and value, of shape ``(3 E, E)``; with `kdim` or `vdim` there are ``q_proj_weight``,
        ``k_proj_weight`` and ``v_proj_weight`` instead.
    in_proj_bias : Parameter or None
        Their biases.
    out_proj : Linear
        The projection of the heads' outputs.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> attention = nn.MultiheadAttention(8, 2, batch_first=True)
    >>> x = wg.zeros((4, 5, 8), dtype=wg.float32)
    >>> output, weights = attention(x, x, x)
    >>> output.shape, weights.shape
    ((4, 5, 8), (4, 5, 5))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        if num_heads < 1 or embed_dim % num_heads:
            raise ArgumentError(f"MultiheadAttention: embed_dim must be a multiple of num_heads={num_heads}, got {embed_dim}")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.dropout, self.batch_first, self.generator = dropout, batch_first, generator
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        together = self.kdim == self.vdim == embed_dim
        self.register_parameter("in_proj_weight", parameter((3 * embed_dim, embed_dim), dtype) if together else None)
        for name, size in (("q", embed_dim), ("k", self.kdim), ("v", self.vdim)):
            self.register_parameter(f"{name}_proj_weight", None if together else parameter((embed_dim, size), dtype))
        self.register_parameter("in_proj_bias", parameter((3 * embed_dim,), dtype) if bias else None)
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype, generator=generator)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values of the projections; biases begin at zero."""
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight, generator=generator)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """Attend.

        Parameters
        ----------
        query, key, value : Tensor
            Of shapes ``(L, N, E)``, ``(S, N, kdim)`` and ``(S, N, vdim)``; with `batch_first` the batch N comes first;
            without the axis N for a single sample.
        key_padding_mask : Tensor or array, optional
            Of shape ``(N, S)``, or ``(S,)`` for a single sample. Boolean: True for keys that nobody may see. Floating: added
            to the scores.
        need_weights : bool
            Whether to return the weights too. Without, less memory is needed.
        attn_mask : Tensor or array, optional
            Of shape ``(L, S)`` or ``(N num_heads, L, S)``. Boolean: True where a query may *not* see a key. Floating: added.
        average_attn_weights : bool
            Whether the returned weights are the mean over the heads.
        is_causal : bool
            Without `attn_mask`: query i sees the keys 0 to i only. With one it says nothing new, and is ignored.

        Returns
        -------
        output : Tensor
            Of the shape of `query`.
        weights : Tensor or None
            Of shape ``(N, L, S)``, or ``(N, num_heads, L, S)`` where not averaged.
        """
        single = len(query.shape) == 2
        axis = 0 if self.batch_first else 1
        if not single and len(query.shape) != 3:
            raise ArgumentError(f"MultiheadAttention: query must have 2 or 3 axes, got shape {tuple(query.shape)}")
        given = (query, key, value)
        if single:
            given = _mapped(lambda x: expand_dims(x, axis=axis), given)
            key_padding_mask = None if key_padding_mask is None else expand_dims(key_padding_mask, axis=0)
        if not self.batch_first:
            given = _mapped(lambda x: permute_dims(x, (1, 0, 2)), given)
        q, k, v = self._project(*given)
        mask = self._mask(q, k, key_padding_mask, attn_mask)
        heads, weights = self._attend(q, k, v, mask, is_causal and attn_mask is None, need_weights)
        batch, _, length, _ = q.shape
        out = reshape(permute_dims(heads, (0, 2, 1, 3)), (batch, length, self.embed_dim))
        out = self.out_proj(out)
        if not self.batch_first:
            out = permute_dims(out, (1, 0, 2))
        if weights is not None and average_attn_weights:
            weights = weights.mean(axis=1)
        if single:
            return squeeze(out, axis), None if weights is None else squeeze(weights, 0)
        return out, weights

    def _project(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
        """Query, key and value of every head, each of shape ``(N, num_heads, length, head_dim)``."""
        bias, size = self.in_proj_bias, self.embed_dim
        if self.in_proj_weight is not None and query is key and key is value:  # one product of matrices for all three
            batch, length, _ = query.shape
            all_three = linear(query, self.in_proj_weight, bias)
            all_three = reshape(all_three, (batch, length, 3, self.num_heads, self.head_dim))
            q, k, v = unstack(permute_dims(all_three, (2, 0, 3, 1, 4)), axis=0)
            return q, k, v
        if self.in_proj_weight is not None:
            weights = unstack(reshape(self.in_proj_weight, (3, size, size)), axis=0)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = (None,) * 3 if bias is None else unstack(reshape(bias, (3, size)), axis=0)
        q, k, v = (self._split(linear(x, weight, b)) for x, weight, b in zip((query, key, value), weights, biases, strict=True))
        return q, k, v

    def _split(self, x: Any) -> Any:
        batch, length, _ = x.shape
        return permute_dims(reshape(x, (batch, length, self.num_heads, self.head_dim)), (0, 2, 1, 3))

    def _mask(self, q: Any, k: Any, padding: Any, attention: Any) -> Any:
        """Both masks as one, in the form of `scaled_dot_product_attention`: True where a key may be seen, or added."""
        batch, heads, rows, _ = q.shape
        columns = k.shape[2]
        if padding is not None:
            _check_shape("key_padding_mask", padding, (batch, columns))
            padding = reshape(padding, (batch, 1, 1, columns))
        if attention is not None and len(attention.shape) == 3:
            _check_shape("attn_mask", attention, (batch * heads, rows, columns))
            attention = reshape(attention, (batch, heads, rows, columns))
        elif attention is not None:
            _check_shape("attn_mask", attention, (rows, columns))
        masks = [mask for mask in (padding, attention) if mask is not None]
        if not masks:
            return None
        if all(_is_boolean(mask) for mask in masks):
            return logical_not(masks[0] if len(masks) == 1 else logical_or(*masks))
        zero = adapter_of(raw(q)).zeros((), q.dtype, raw(q))
        added = [where(mask, -math.inf, zero) if _is_boolean(mask) else mask for mask in masks]
        return added[0] if len(added) == 1 else added[0] + added[1]

    def _attend(self, q: Any, k: Any, v: Any, mask: Any, causal: bool, need_weights: bool) -> tuple[Any, Any]:
        p = self.dropout if self.training else 0.0
        if need_weights:
            weights = masked_softmax(scores(q, k, 1 / math.sqrt(self.head_dim)), mask, is_causal=causal)
            weights = dropout(weights, p, generator=self.generator)
            return weights @ v, weights
        if mask is not None and causal:  # a padding mask; the two are one mask there
            return self._attend(q, k, v, mask, causal, need_weights=True)[0], None
        return scaled_dot_product_attention(q, k, v, mask, p, causal, generator=self.generator), None

    def extra_repr(self) -> str:
        return affine_text(embed_dim=self.embed_dim, num_heads=self.num_heads, batch_first=self.batch_first)


def _mapped(change: Any, tensors: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """`change` of each; what was one object stays one, so that self-attention is still seen."""
    done: dict[int, Any] = {}
    for tensor in tensors:
        if id(tensor) not in done:
            done[id(tensor)] = change(tensor)
    first, second, third = (done[id(tensor)] for tensor in tensors)
    return first, second, third


def _is_boolean(mask: Any) -> bool:
    return adapter_of(raw(mask)).kind(mask.dtype) == "b"


def _check_shape(name: str, mask: Any, expected: tuple[int, ...]) -> None:
    if tuple(mask.shape) != expected:
        raise ArgumentError(f"MultiheadAttention: {name} must have the shape {expected}, got {tuple(mask.shape)}")
