"""The ledger knows every live hook, the line that registered it, and what it did."""

import wengert as wg
from wengert.observe import ledger


def double(grad):
    return grad * 2


def norm(grad_inputs, grad_outputs):
    wg.sqrt((grad_inputs[0] ** 2).sum())


w = wg.tensor([1.0, 2.0], requires_grad=True)
y = wg.exp(w)
y.register_hook(double)
y.grad_fn.register_hook(norm)
w.register_post_accumulate_grad_hook(print)
with ledger() as book:
    y.sum().backward()
print(book)
