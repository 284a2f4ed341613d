"""``torch.utils.flop_counter``: not supported."""

from ..elsewhere import absent

__all__ = ["FlopCounterMode"]

FlopCounterMode = absent("torch.utils.flop_counter.FlopCounterMode")
