"""What PyTorch's own test files import, in small: they can be run over Wengert when somebody supplies them."""
