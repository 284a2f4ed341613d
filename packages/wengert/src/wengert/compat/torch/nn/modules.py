"""``torch.nn.modules``: Wengert's modules with parameters of ours."""

from __future__ import annotations

import inspect
from typing import Any, Self

from .... import nn
from ....autograd.tensor import Tensor as Base
from ....nn.parameter import Parameter as BaseParameter
from .. import dtypes, kinds
from ..tensor import Tensor, respell
from . import functional as F
from .parameter import Parameter

__all__ = [
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "CrossEntropyLoss",
    "DataParallel",
    "Dropout",
    "ELU",
    "Embedding",
    "Flatten",
    "GELU",
    "GroupNorm",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "ParameterList",
    "RMSNorm",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


class Module(nn.Module):
    """Base of everything that has parameters and a ``forward``; see `wengert.nn.Module`.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> class Scale(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = torch.nn.Parameter(torch.tensor([2.0]))
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> Scale()(torch.ones(1))
    tensor([2.], grad_fn=<MulBackward0>)
    """

    def register_parameter(self, name: str, param: Any) -> None:
        if isinstance(param, BaseParameter) and not isinstance(param, Tensor):
            param = Parameter(param.detach(), param.requires_grad)
        super().register_parameter(name, param)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        super().register_buffer(name, respell(tensor), persistent)

    def to(self, *args: Any, **options: Any) -> Self:
        dtype = options.get("dtype")
        kinds.checked_device(options.get("device"))
        for argument in args:
            if isinstance(argument, dtypes.dtype):
                dtype = argument
            elif isinstance(argument, Base):
                dtype = dtypes.spelled(argument._dtype)
            else:
                kinds.checked_device(argument)
        return self if dtype is None else super().to(dtypes.native(dtype))

    def float(self) -> Self:
        """Parameters and buffers in float32."""
        return self.to(dtypes.float32)

    def double(self) -> Self:
        """Parameters and buffers in float64."""
        return self.to(dtypes.float64)

    def half(self) -> Self:
        """Parameters and buffers in float16."""
        return self.to(dtypes.float16)

    def cpu(self) -> Self:
        """The module itself."""
        return self


class _Layer(Module):
    """A layer of Wengert's, called with PyTorch's ``device=`` and with the default dtype."""

    def __init__(self, *args: Any, device: Any = None, **options: Any) -> None:
        kinds.checked_device(device)
        if "dtype" in inspect.signature(super().__init__).parameters:
            options["dtype"] = dtypes.native(options.get("dtype") or dtypes.get_default_dtype())
        super().__init__(*args, **options)


class Linear(_Layer, nn.Linear):
    """``x @ weight.T + bias``."""

    def forward(self, x: Any) -> Any:
        """Map the last axis of `x`."""
        return F.linear(x, self.weight, self.bias)


class Identity(Module):
    """Gives back what it gets, whatever it was made with."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """Give it back."""
        return input


class Conv1d(_Layer, nn.Conv1d):
    """Convolution along one axis."""


class Conv2d(_Layer, nn.Conv2d):
    """Convolution along two axes."""


class Embedding(_Layer, nn.Embedding):
    """Rows of a table."""


class LayerNorm(_Layer, nn.LayerNorm):
    """The last axes with mean 0 and variance 1."""


class RMSNorm(_Layer, nn.RMSNorm):
    """The last axes with mean square 1."""


class GroupNorm(_Layer, nn.GroupNorm):
    """Groups of channels with mean 0 and variance 1."""


class BatchNorm1d(_Layer, nn.BatchNorm1d):
    """Channels of a batch with mean 0 and variance 1."""


class BatchNorm2d(_Layer, nn.BatchNorm2d):
    """Channels of a batch of pictures with mean 0 and variance 1."""


class InstanceNorm1d(Module):
    """Each channel of each sample with mean 0 and variance 1, without factors of its own."""

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.num_features, self.eps = num_features, eps

    def forward(self, input: Any) -> Any:
        """Normalize."""
        return F.instance_norm(input, eps=self.eps)


class InstanceNorm2d(InstanceNorm1d):
    """The same for pictures."""


class MaxPool2d(_Layer, nn.MaxPool2d):
    """The largest element of each window."""


class AvgPool2d(_Layer, nn.AvgPool2d):
    """The mean of each window."""


class Flatten(_Layer, nn.Flatten):
    """Several axes as one."""


class Dropout(_Layer, nn.Dropout):
    """Zeros at random."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__(p)
        self.inplace = inplace


class _Activation(Module):
    """A function that may write into its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class ReLU(_Activation):
    """What is positive, else 0."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return F.relu(input, self.inplace)


class SiLU(_Activation):
    """``x * sigmoid(x)``."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return F.silu(input, self.inplace)


class LeakyReLU(_Layer, nn.LeakyReLU):
    """What is positive, else a fraction of it."""


class ELU(_Layer, nn.ELU):
    """What is positive, else an exponential."""


class GELU(_Layer, nn.GELU):
    """The input times the probability of a smaller normal number."""


class Sigmoid(_Layer, nn.Sigmoid):
    """``1 / (1 + exp(-x))``."""


class Tanh(_Layer, nn.Tanh):
    """The hyperbolic tangent."""


class Softplus(_Layer, nn.Softplus):
    """``log(1 + exp(x))``."""


class Softmax(Module):
    """Exponentials divided by their sum."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return F.softmax(input, self.dim)


class LogSoftmax(Softmax):
    """The logarithm of `Softmax`."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return F.log_softmax(input, self.dim)


class MSELoss(_Layer, nn.MSELoss):
    """The mean square of differences."""


class L1Loss(_Layer, nn.L1Loss):
    """The mean magnitude of differences."""


class NLLLoss(_Layer, nn.NLLLoss):
    """Minus the log-probability of the right class."""

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of log-probabilities."""
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class CrossEntropyLoss(_Layer, nn.CrossEntropyLoss):
    """`NLLLoss` of `LogSoftmax`."""


class BCEWithLogitsLoss(_Layer, nn.BCEWithLogitsLoss):
    """The cross entropy of yes and no."""


class Sequential(Module, nn.Sequential):
    """Modules one after the other."""


class ModuleList(Module, nn.ModuleList):
    """A list of modules."""


class ModuleDict(Module, nn.ModuleDict):
    """A dictionary of modules."""


class ParameterList(Module, nn.ParameterList):
    """A list of parameters."""


class DataParallel(Module):
    """The module itself: there is one device."""

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module

    def forward(self, *args: Any, **options: Any) -> Any:
        """Call the module."""
        return self.module(*args, **options)
