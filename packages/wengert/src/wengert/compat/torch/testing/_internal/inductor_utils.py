"""``torch.testing._internal.inductor_utils``: for which devices compiled programs can be tested: the CPU."""

__all__ = [
    "GPU_TYPE",
    "HAS_CPU",
    "HAS_CUDA",
    "HAS_CUDA_AND_TRITON",
    "HAS_GPU",
    "HAS_GPU_AND_TRITON",
    "HAS_MPS",
    "HAS_MULTIGPU",
    "HAS_TRITON",
    "HAS_XPU_AND_TRITON",
]

HAS_CPU = True
HAS_CUDA = HAS_GPU = HAS_MPS = HAS_MULTIGPU = HAS_TRITON = False
HAS_CUDA_AND_TRITON = HAS_GPU_AND_TRITON = HAS_XPU_AND_TRITON = False

#: The kind of GPU that tests would use.
GPU_TYPE = "cuda"
