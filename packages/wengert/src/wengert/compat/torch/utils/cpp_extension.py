"""``torch.utils.cpp_extension``: nothing is built against PyTorch here."""

from ..elsewhere import absent

__all__ = ["load", "load_inline"]

load, load_inline = absent("torch.utils.cpp_extension.load"), absent("torch.utils.cpp_extension.load_inline")
