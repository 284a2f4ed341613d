"""A node pre-hook sees the gradients that are about to enter a node: one for each of its outputs."""

import wengert as wg

x = wg.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
low, high = wg.split(x, 2)
low.grad_fn.register_prehook(lambda grads: print("entering", [g.tolist() for g in grads]))
low.grad_fn.register_prehook(lambda grads: (grads[0], grads[1] * 100))
(low * high).sum().backward()
print("dx", x.grad)
