"""explain tells what a backward will do: nodes and hooks in order, what is saved, what goes where."""

import wengert as wg


def clip(grad):
    return wg.clip(grad, -1.0, 1.0)


w = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
x = wg.tensor([0.5, -0.5])
h = wg.tanh(w @ x)
h.register_hook(clip)
h.retain_grad()
print(wg.observe.explain((h * h).sum()))
