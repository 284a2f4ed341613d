"""``torch.testing._internal.triton_utils``: decorators that skip what needs kernels for GPUs."""

import unittest

__all__ = ["requires_cuda", "requires_cuda_and_triton", "requires_gpu", "requires_gpu_and_triton"]

requires_gpu = requires_gpu_and_triton = unittest.skip("needs a GPU and Triton")
requires_cuda = requires_cuda_and_triton = unittest.skip("needs CUDA and Triton")
