"""``torch._dynamo.exc``: errors of the compiler."""

from __future__ import annotations

from ....errors import UnsupportedError, UsageError

__all__ = ["AlreadyNaN", "InvalidBackend", "TorchDynamoException", "Unsupported"]


class TorchDynamoException(RuntimeError):
    """Base of the errors below."""


class Unsupported(TorchDynamoException, UnsupportedError):
    """What was to be one program can not be one."""


class InvalidBackend(TorchDynamoException, UsageError):
    """There is no backend of that name."""


class AlreadyNaN(TorchDynamoException, AssertionError):
    """A leaf has a NaN in its ``.grad`` before a compiled backward in anomaly mode, which looks for new ones."""
