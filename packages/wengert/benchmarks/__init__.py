"""Timings of Wengert beside PyTorch, HIPS autograd, MyGrad and JAX in the same run: ``python -m benchmarks``."""
