"""A tensor hook sees the gradient of one tensor and may replace it."""

import wengert as wg

x = wg.tensor([3.0, -4.0], requires_grad=True)
y = x * x
y.register_hook(lambda grad: print("dy", grad))
y.register_hook(lambda grad: wg.clip(grad, -1.0, 1.0))  # what is returned goes on
(y * wg.tensor([0.5, 10.0])).sum().backward()
print("dx", x.grad)
