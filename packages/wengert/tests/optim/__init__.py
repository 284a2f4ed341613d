"""Optimizers, against PyTorch's."""
