"""``torch._VF``: functions of PyTorch's core that its Python part wraps under other names."""  # noqa: N999  (PyTorch's name)

from .finding import unique_dim

__all__ = ["unique_dim"]
