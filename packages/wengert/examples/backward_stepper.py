"""The stepper stops before and after each node and each hook: look, replace a gradient, skip, go on."""

import wengert as wg
from wengert.observe import step


def double(grad):
    return grad * 2


x = wg.tensor([1.0, 2.0], requires_grad=True)
y = wg.exp(x)
y.register_hook(double)
with step(y.sum()) as steps:
    for event in steps:
        print(event, *(grad.tolist() for grad in event.grads if grad is not None))
        if event.kind == "tensor hook" and event.phase == "before":
            event.skip()  # what `double` would do is left out
        if event.kind == "accumulate" and event.phase == "before":
            event.grad = wg.clip(event.grad, -5.0, 5.0)
print("dx", x.grad)
