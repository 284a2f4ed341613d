"""Gradients: written as in NumPy, differentiated as in PyTorch."""

import wengert as wg

w = wg.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
x = wg.tensor([2.0, 1.0])
loss = ((w @ x - 1.0) ** 2).sum()
loss.backward()
print("loss", loss.item())
print("gradient", w.grad.tolist())
print("graph", loss.grad_fn.name(), "from", loss.grad_fn.next_functions[0][0].name())
