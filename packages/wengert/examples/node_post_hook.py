"""A node post-hook sees what a node made of its gradients, and may replace it."""

import wengert as wg

x = wg.tensor([3.0, 4.0], requires_grad=True)
y = wg.exp(x * 0.1)


def report(grad_inputs, grad_outputs):
    print("in", grad_outputs[0], "out", grad_inputs[0])
    return (grad_inputs[0] / wg.sqrt((grad_inputs[0] ** 2).sum()),)  # a gradient of length 1


y.grad_fn.register_hook(report)
y.sum().backward()
print("dx", x.grad)
