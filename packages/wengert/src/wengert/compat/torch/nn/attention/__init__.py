"""``torch.nn.attention``: names that can be asked for; calling them says that they are not supported."""

from . import flex_attention

__all__ = ["flex_attention"]
