"""``torch._dynamo.exc``: errors of the compiler."""

from __future__ import annotations

from ....errors import UnsupportedError, UsageError, WengertError

__all__ = ["AlreadyNaNError", "InvalidBackend", "TorchDynamoException", "Unsupported"]


class TorchDynamoException(WengertError, RuntimeError):  # noqa: N818  (PyTorch's name)
    """Base of the errors below."""


class Unsupported(TorchDynamoException, UnsupportedError):  # noqa: N818  (PyTorch's name)
    """What was to be one program can not be one."""


class InvalidBackend(TorchDynamoException, UsageError):  # noqa: N818  (PyTorch's name)
    """There is no backend of that name."""


class AlreadyNaNError(TorchDynamoException, AssertionError):
    """A leaf has a NaN in its ``.grad`` before a compiled backward in anomaly mode, which looks for new ones."""
