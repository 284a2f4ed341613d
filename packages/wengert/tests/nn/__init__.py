"""Modules, layers and their hooks, against PyTorch's."""
