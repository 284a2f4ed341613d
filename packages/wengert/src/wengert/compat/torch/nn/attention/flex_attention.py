"""``torch.nn.attention.flex_attention``: not here."""

from ...elsewhere import absent

__all__ = ["flex_attention"]

flex_attention = absent("torch.nn.attention.flex_attention.flex_attention")
