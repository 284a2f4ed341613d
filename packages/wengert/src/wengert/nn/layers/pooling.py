"""`MaxPool2d` and `AvgPool2d`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..functional import avg_pool2d, max_pool2d
from ..module import Module
from .common import affine_text

__all__ = ["AvgPool2d", "MaxPool2d"]

Size = int | Sequence[int]


class MaxPool2d(Module):
    """The largest element in each window of the last two axes, see `wengert.nn.functional.max_pool2d`.

    Parameters
    ----------
    kernel_size : int or (int, int)
        The window.
    stride : int or (int, int), optional
        The distance of two windows. Default: the window's size.
    padding, dilation : int or (int, int)
        How much of -∞ goes on either side, and the distance of the elements of a window.
    ceil_mode : bool
        Whether a window may stick out at the end.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.MaxPool2d(2)(wg.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).tolist()
    [[[[4.0]]]]
    """

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, dilation: Size = 1, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode

    def forward(self, x: Any) -> Any:
        """Pool `x`."""
        return max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, ceil_mode=self.ceil_mode)

    def extra_repr(self) -> str:
        names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
        return affine_text(**{name: getattr(self, name) for name in names})


class AvgPool2d(Module):
    """The mean of each window of the last two axes, see `wengert.nn.functional.avg_pool2d`.

    Parameters
    ----------
    kernel_size : int or (int, int)
        The window.
    stride : int or (int, int), optional
        The distance of two windows. Default: the window's size.
    padding : int or (int, int)
        How many zeros go on either side.
    ceil_mode : bool
        Whether a window may stick out at the end.
    count_include_pad : bool
        Whether padding counts in the mean.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.AvgPool2d(2)(wg.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).tolist()
    [[[[2.5]]]]
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def forward(self, x: Any) -> Any:
        """Pool `x`."""
        return avg_pool2d(
            x,
            self.kernel_size,
            self.stride,
            self.padding,
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )

    def extra_repr(self) -> str:
        return affine_text(kernel_size=self.kernel_size, stride=self.stride, padding=self.padding)
