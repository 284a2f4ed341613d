"""A multi-grad hook waits for the gradients of several tensors, or for the first of them."""

import wengert as wg
from wengert.autograd.graph import register_multi_grad_hook

a = wg.tensor(2.0, requires_grad=True)
b = wg.tensor(3.0, requires_grad=True)
register_multi_grad_hook([a, b], lambda grads: print("all", [g.item() for g in grads]))
register_multi_grad_hook([a, b], lambda grad: print("any", grad.item()), mode="any")
(a * b * b).backward()
