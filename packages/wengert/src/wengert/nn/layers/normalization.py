"""`LayerNorm`, `RMSNorm`, `GroupNorm` and batch normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...arrays.adapter import library
from ...arrays.dtypes import native_dtype
from ...autograd.modes import ACTIVE, met
from ...autograd.tensor import wrap
from ...errors import ArgumentError
from ..functional import batch_norm, group_norm, layer_norm, rms_norm
from ..init import ones_, zeros_
from ..module import Module
from .common import affine_text, parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "LayerNorm", "RMSNorm"]


def _shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class _Affine(Module):
    """A weight that begins at one and a bias that begins at zero, or neither."""

    def _make(self, shape: tuple[int, ...], weight: bool, bias: bool, dtype: Any) -> None:
        self.register_parameter("weight", parameter(shape, dtype, 1.0) if weight else None)
        self.register_parameter("bias", parameter(shape, dtype) if bias else None)

    def reset_parameters(self) -> None:
        """Set the weight to one and the bias to zero."""
        if self.weight is not None:
            ones_(self.weight)
        if self._parameters.get("bias") is not None:
            zeros_(self.bias)


class LayerNorm(_Affine):
    """Mean 0 and variance 1 over the last axes, then a weight and a bias for each element (Ba, Kiros and Hinton 2016).

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes.
    eps : float
        Added to the variance.
    elementwise_affine, bias : bool
        Whether there are weight and bias.
    dtype : dtype, optional
        Of the parameters. Default: float32.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> [round(v, 2) for v in nn.LayerNorm(3, dtype=wg.float64)(wg.tensor([1.0, 2.0, 3.0])).tolist()]
    [-1.22, 0.0, 1.22]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = _shape(normalized_shape), eps, elementwise_affine
        self._make(self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype)

    def forward(self, x: Any) -> Any:
        """Normalize `x`."""
        return layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        options = affine_text(eps=self.eps, elementwise_affine=self.elementwise_affine, bias=self.bias is not None)
        return f"{self.normalized_shape}, {options}"


class RMSNorm(_Affine):
    """Mean square 1 over the last axes, then a weight for each element (Zhang and Sennrich 2019).

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The lengths of the last axes.
    eps : float, optional
        Added to the mean square. Default: the dtype's machine epsilon.
    elementwise_affine : bool
        Whether there is a weight.
    dtype : dtype, optional
        Of the parameters. Default: float32.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> [round(v, 2) for v in nn.RMSNorm(2, dtype=wg.float64)(wg.tensor([3.0, 3.0])).tolist()]
    [1.0, 1.0]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = _shape(normalized_shape), eps, elementwise_affine
        self.register_parameter("weight", parameter(self.normalized_shape, dtype, 1.0) if elementwise_affine else None)

    def forward(self, x: Any) -> Any:
        """Normalize `x`."""
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, {affine_text(eps=self.eps, elementwise_affine=self.elementwise_affine)}"


class GroupNorm(_Affine):
    """Mean 0 and variance 1 over each group of channels, then a weight and a bias for each channel (Wu and He 2018).

    Parameters
    ----------
    num_groups, num_channels : int
        Into how many groups how many channels are divided; the channels are the second axis.
    eps : float
        Added to the variance.
    affine : bool
        Whether there are weight and bias.
    dtype : dtype, optional
        Of the parameters. Default: float32.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> [round(v, 2) for v in nn.GroupNorm(2, 4, dtype=wg.float64)(wg.tensor([[1.0, 3.0, 10.0, 30.0]])).tolist()[0]]
    [-1.0, 1.0, -1.0, 1.0]
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, dtype: Any = None) -> None:
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ArgumentError(f"GroupNorm: num_channels must be a multiple of num_groups={num_groups}, got {num_channels}")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._make((num_channels,), affine, affine, dtype)

    def forward(self, x: Any) -> Any:
        """Normalize `x`."""
        return group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, {affine_text(eps=self.eps, affine=self.affine)}"


class _BatchNorm(_Affine):
    """Batch normalization: what its forms have in common."""

    _ndims: tuple[int, ...] = ()

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum, self.affine = num_features, eps, momentum, affine
        self.track_running_stats = track_running_stats
        self._make((num_features,), affine, affine, dtype)
        adapter = library("numpy")
        kind = native_dtype(dtype or "float32", adapter)
        track = track_running_stats
        self.register_buffer("running_mean", wrap(adapter.xp.zeros(num_features, dtype=kind)) if track else None)
        self.register_buffer("running_var", wrap(adapter.xp.ones(num_features, dtype=kind)) if track else None)
        self.register_buffer("num_batches_tracked", wrap(adapter.xp.zeros((), dtype="int64")) if track else None)

    def forward(self, x: Any) -> Any:
        """Normalize `x`: in training by the mean and variance of the batch, else by the running ones."""
        if len(x.shape) not in self._ndims:
            raise ArgumentError(
                f"{type(self).__name__}: expected an input of {' or '.join(map(str, self._ndims))} axes, got shape "
                f"{tuple(x.shape)}"
            )
        mean, var = self.running_mean, self.running_var
        factor = self.momentum or 0.0
        if self.training and mean is not None:
            count = self.num_batches_tracked
            if ACTIVE:
                met(count)
            count._overwrite(count._array + 1)
            if self.momentum is None:  # the plain average of all batches
                factor = 1 / int(count._array)
            mean._counter().value += 1
            var._counter().value += 1
        if mean is None:
            return batch_norm(x, None, None, self.weight, self.bias, True, factor, self.eps)
        return batch_norm(x, mean, var, self.weight, self.bias, self.training, factor, self.eps)

    def extra_repr(self) -> str:
        names = ("eps", "momentum", "affine", "track_running_stats")
        return f"{self.num_features}, {affine_text(**{name: getattr(self, name) for name in names})}"


class BatchNorm1d(_BatchNorm):
    """Mean 0 and variance 1 in each channel over the batch, of inputs ``(N, C)`` or ``(N, C, L)`` (Ioffe and Szegedy 2015).

    Parameters
    ----------
    num_features : int
        The number C of channels.
    eps : float
        Added to the variance.
    momentum : float or None
        How far the running statistics move towards the batch's; None for the plain average of all batches.
    affine, track_running_stats : bool
        Whether there are weight and bias, and running statistics to be used in evaluation mode.
    dtype : dtype, optional
        Of the parameters and statistics. Default: float32.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> norm = nn.BatchNorm1d(1, dtype=wg.float64)
    >>> [round(v[0], 2) for v in norm(wg.tensor([[1.0], [3.0]])).tolist()], norm.running_mean.tolist()
    ([-1.0, 1.0], [0.2])
    """

    _ndims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Mean 0 and variance 1 in each channel over the batch, of inputs ``(N, C, H, W)``; parameters as for `BatchNorm1d`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.BatchNorm2d(3)(wg.ones((2, 3, 4, 4), dtype=wg.float32)).shape
    (2, 3, 4, 4)
    """

    _ndims = (4,)
