"""``torch._logging``: which of the texts that compilations give are logged."""

from __future__ import annotations

import logging
from typing import Any

__all__ = ["getArtifactLogger", "set_logs"]

#: The kinds of texts that are logged here: the program of each backward that is compiled; that, and why it was.
ARTIFACTS = ("compiled_autograd", "compiled_autograd_verbose")

#: Writes to the standard error.
_shown = logging.StreamHandler()

_LOGGER = "wengert.compat.torch._dynamo.compiled_autograd"


def getArtifactLogger(module_qname: str, artifact_name: str) -> logging.Logger:
    """The logger of the texts of one kind.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch._logging.getArtifactLogger(torch._dynamo.compiled_autograd.__name__, "compiled_autograd").name
    'wengert.compat.torch._dynamo.compiled_autograd.__compiled_autograd'
    """
    return logging.getLogger(f"{module_qname}.__{artifact_name}")


def set_logs(**settings: Any) -> None:
    """Write texts of some kinds to the standard error, and no others: ``set_logs(compiled_autograd=True)``.

    The names of what PyTorch has otherwise may be given, and log nothing.
    """
    for name in ARTIFACTS:
        logger = getArtifactLogger(_LOGGER, name)
        logger.removeHandler(_shown)
        logger.setLevel(logging.DEBUG if settings.get(name) else logging.WARNING)
        if settings.get(name):
            logger.addHandler(_shown)


def enabled(artifact_name: str) -> bool:
    """Whether texts of a kind are logged."""
    return getArtifactLogger(_LOGGER, artifact_name).isEnabledFor(logging.DEBUG)


set_logs()
