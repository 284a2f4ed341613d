"""A post-accumulate-grad hook runs when the .grad of a leaf has been updated."""

import wengert as wg

w = wg.tensor([1.0, 2.0], requires_grad=True)
steps = []


def use(leaf):
    steps.append(-0.1 * leaf.grad)
    leaf.grad = None  # the memory is free before the rest of the backward runs


w.register_post_accumulate_grad_hook(use)
(w * w).sum().backward()
print("step", steps[0], "grad", w.grad)
