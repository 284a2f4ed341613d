"""Modules, optimizers, gradcheck, functions on tensors of many shapes and dtypes."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close, make_tensor


def values(x):
    """Numbers, rounded."""
    return [round(v, 4) for v in x.detach().reshape(-1).tolist()]


torch.manual_seed(0)
layer = nn.Linear(3, 2, dtype=torch.float64)
with torch.no_grad():
    for k, p in enumerate(layer.parameters()):
        p.copy_(torch.arange(p.numel(), dtype=torch.float64).reshape(p.shape) / 10 + k)
x = torch.ones(4, 3, dtype=torch.float64)
out = layer(x)
loss = F.mse_loss(out, torch.zeros_like(out))
loss.backward()
print(values(out), values(layer.weight.grad), values(layer.bias.grad))
opt = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
for _ in range(3):
    opt.zero_grad()
    F.mse_loss(layer(x), torch.zeros_like(out)).backward()
    opt.step()
print(values(layer.weight))
print([n for n, _ in layer.named_parameters()], isinstance(layer.weight, nn.Parameter), layer.weight.is_leaf)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = nn.Parameter(torch.ones(2))
        self.register_buffer("c", torch.zeros(2))

    def forward(self, x):
        return F.relu(self.a(x)) * self.b + self.c


net = Net()
print(sorted(net.state_dict()), len(list(net.parameters())), net.training)
net(torch.ones(1, 2)).sum().backward()
print(all(p.grad is not None for p in net.parameters()))
net.zero_grad()
print(all(p.grad is None for p in net.parameters()))
net.double()
print(net.b.dtype)

# -- gradcheck
a = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradcheck(lambda t: (t.sin() * t).sum(1), (a,)), torch.autograd.gradgradcheck(lambda t: t.exp(), (a,)))
try:
    torch.autograd.gradcheck(lambda t: t.detach() * t, (a,))
except RuntimeError as error:
    print("Jacobian mismatch" in str(error))
print(torch.autograd.gradcheck(lambda t: t.detach() * t, (a,), raise_exception=False))
assert_close(torch.ones(2), torch.ones(2) + 1e-8)
try:
    assert_close(torch.ones(2), torch.zeros(2))
except AssertionError as error:
    print("Tensor-likes are not close" in str(error))
m = make_tensor((2, 3), dtype=torch.float32, device="cpu", requires_grad=True)
print(m.shape, m.dtype, m.requires_grad)

# -- printed
print(torch.arange(3), torch.ones(2, 2), torch.tensor(1.5), torch.tensor([True]), torch.tensor([1 + 2j]))
print(torch.ones(1, requires_grad=True), torch.float32, torch.Size([1, 2]), torch.device("cpu"))
print(torch.ones(2).type(), torch.get_default_dtype(), torch.tensor([1, 2]).dtype, torch.tensor(2.0).dtype)
print((torch.ones(2) * torch.tensor(2.0, dtype=torch.float64)).dtype, (torch.ones(2, dtype=torch.int64) / 2).dtype)
