"""``torch.nn.parallel``: not here, but for modules on one device."""

from ..elsewhere import absent
from .modules import DataParallel

__all__ = ["DataParallel", "DistributedDataParallel"]

DistributedDataParallel = absent("torch.nn.parallel.DistributedDataParallel")
