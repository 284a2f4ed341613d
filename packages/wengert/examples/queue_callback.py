"""A callback queued from a hook runs when the whole backward is over."""

import wengert as wg

x = wg.tensor([1.0, 2.0], requires_grad=True)
y = x * 2


def when_reached(grad):
    print("at y: x.grad is", x.grad)
    wg.autograd.queue_callback(lambda: print("at the end: x.grad is", x.grad))


y.register_hook(when_reached)
y.sum().backward()
