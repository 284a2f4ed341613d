"""retain_grad keeps the gradient of a tensor that is no leaf."""

import wengert as wg

x = wg.tensor([1.0, 2.0], requires_grad=True)
y = x * 3
y.retain_grad()
y.register_hook(lambda grad: grad / 2)  # what is kept is what the tensor hooks made of it
(y * y).sum().backward()
print("dy", y.grad)
print("dx", x.grad)
