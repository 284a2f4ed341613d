"""``torch.backends``: none of them is here."""

from __future__ import annotations

__all__ = ["cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]


class _Backend:
    """One that is not there."""

    @staticmethod
    def is_available() -> bool:
        """False."""
        return False

    @staticmethod
    def is_built() -> bool:
        """False."""
        return False


class cuda(_Backend):
    """Kernels of NVIDIA's."""


class cudnn(_Backend):
    """Kernels of NVIDIA's."""

    enabled = deterministic = benchmark = False


class mkl(_Backend):
    """Kernels of Intel's."""


class mkldnn(_Backend):
    """Kernels of Intel's."""


class mps(_Backend):
    """Kernels of Apple's."""


class openmp(_Backend):
    """Threads."""
