"""`Conv1d` and `Conv2d`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ...errors import ArgumentError
from ...ops.random import Generator
from ..functional import conv1d, conv2d
from ..module import Module
from .common import affine_reset, affine_text, parameter

__all__ = ["Conv1d", "Conv2d"]

Size = int | Sequence[int]


class _Conv(Module):
    """A convolution over some axes: what the two have in common."""

    _axes: ClassVar[int]
    _function: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        for what, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if groups < 1 or channels % groups:
                raise ArgumentError(f"{name}: {what} must be a multiple of groups={groups}, got {channels}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = self._per_axis("kernel_size", kernel_size)
        self.stride = self._per_axis("stride", stride)
        self.dilation = self._per_axis("dilation", dilation)
        if isinstance(padding, str) and padding not in ("valid", "same"):
            raise ArgumentError(f"{name}: padding must be a number for each axis, 'valid' or 'same', got {padding!r}")
        self.padding = padding if isinstance(padding, str) else self._per_axis("padding", padding)
        self.weight = parameter((out_channels, in_channels // groups, *self.kernel_size), dtype)
        self.register_parameter("bias", parameter((out_channels,), dtype) if bias else None)
        self.reset_parameters(generator)

    def _per_axis(self, name: str, value: Size) -> tuple[int, ...]:
        values = (value,) * self._axes if isinstance(value, int) else tuple(value)
        if len(values) != self._axes:
            raise ArgumentError(f"{type(self).__name__}: {name} must be one number or {self._axes}, got {value!r}")
        return values

    def reset_parameters(self, generator: Generator | None = None) -> None:
        """Draw new initial values."""
        affine_reset(self.weight, self.bias, generator)

    def forward(self, x: Any) -> Any:
        """Convolve `x`."""
        function = type(self)._function
        return function(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        options: dict[str, Any] = {"kernel_size": self.kernel_size, "stride": self.stride}
        defaults = {"padding": (0,) * self._axes, "dilation": (1,) * self._axes, "groups": 1}
        options |= {name: getattr(self, name) for name, value in defaults.items() if getattr(self, name) != value}
        if self.bias is None:
            options["bias"] = False
        return f"{self.in_channels}, {self.out_channels}, {affine_text(**options)}"


class Conv1d(_Conv):
    """A convolution over the last axis (a cross-correlation, strictly), see `wengert.nn.functional.conv1d`.

    Parameters
    ----------
    in_channels, out_channels : int
        The lengths of the second axis of input and output.
    kernel_size : int
        How many neighbours enter one output.
    stride, dilation : int
        The distance of two outputs, and of the neighbours.
    padding : int, "valid" or "same"
        How many zeros go on either side.
    groups : int
        Into how many independent groups the channels are divided.
    bias : bool
        Whether there is one.
    dtype : dtype, optional
        Of the parameters. Default: float32.
    generator : Generator, optional
        Where the initial values come from.

    Attributes
    ----------
    weight : Parameter
        Of shape ``(out_channels, in_channels / groups, kernel_size)``.
    bias : Parameter or None
        Of shape ``(out_channels,)``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.Conv1d(2, 4, 3, padding=1)(wg.zeros((5, 2, 8), dtype=wg.float32)).shape
    (5, 4, 8)
    """

    _axes = 1
    _function = staticmethod(conv1d)


class Conv2d(_Conv):
    """A convolution over the last two axes (a cross-correlation, strictly), see `wengert.nn.functional.conv2d`.

    Parameters
    ----------
    in_channels, out_channels : int
        The lengths of the second axis of input and output.
    kernel_size, stride, dilation : int or (int, int)
        The window, the distance of two outputs, and of the neighbours in the window.
    padding : int, (int, int), "valid" or "same"
        How many zeros go on either side.
    groups : int
        Into how many independent groups the channels are divided.
    bias : bool
        Whether there is one.
    dtype : dtype, optional
        Of the parameters. Default: float32.
    generator : Generator, optional
        Where the initial values come from.

    Attributes
    ----------
    weight : Parameter
        Of shape ``(out_channels, in_channels / groups, height, width)``.
    bias : Parameter or None
        Of shape ``(out_channels,)``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.Conv2d(1, 4, 3)(wg.zeros((5, 1, 8, 8), dtype=wg.float32)).shape
    (5, 4, 6, 6)
    """

    _axes = 2
    _function = staticmethod(conv2d)
