"""``torch.testing._internal.common_cuda``."""

TEST_CUDA = False
TEST_MULTIGPU = False
