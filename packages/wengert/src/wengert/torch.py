"""``wengert.torch``: the array API over PyTorch. Tensors of PyTorch inside, whose own autograd stays out of it."""

from .namespaces import namespace

globals().update(namespace(__name__, "torch"))
