"""PyTorch's names over Wengert: a program written for ``torch.autograd`` runs with ``import wengert.compat.torch as torch``."""
from .methods import install
install()
