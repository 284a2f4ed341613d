"""A module of PyTorch in Wengert's graph, and a function of Wengert in PyTorch's: one backward, hooks on both sides."""

import torch

import wengert as wg
from wengert.interop.torch import from_torch, to_torch

layer = torch.nn.Linear(2, 1, dtype=torch.float64)
torch.nn.init.ones_(layer.weight)
x = wg.tensor([[1.0, 2.0]], requires_grad=True)
y = from_torch(layer)(x * 3)  # in the memory of NumPy's arrays, nothing is copied
y.register_hook(lambda grad: print("Wengert goes into", y.grad_fn.name(), "with", grad))
with layer.weight.register_post_accumulate_grad_hook(lambda weight: print("PyTorch has", weight.grad.tolist())):
    y.sum().backward()
print("dx", x.grad)


@to_torch
def norm(v):
    v.register_hook(lambda grad: print("Wengert has", grad))
    return wg.sqrt((v * v).sum())


v = torch.tensor([3.0, 4.0], requires_grad=True)
(slope,) = torch.autograd.grad(norm(v), v, create_graph=True)
(bend,) = torch.autograd.grad(slope[0], v)  # derivatives of any order
print("PyTorch has", slope.tolist(), bend.tolist())
