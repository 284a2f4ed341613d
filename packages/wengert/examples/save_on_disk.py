"""save_on_disk keeps them in files, each of which goes when the backward has used it."""

from pathlib import Path

import wengert as wg

x = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
context = wg.autograd.graph.save_on_disk(min_bytes=16)  # what is smaller stays in memory
with context:
    y = wg.exp(x).sum()
print("files", len(list(Path(context.directory).iterdir())))
y.backward()
print("files", len(list(Path(context.directory).iterdir())))
print("dx", x.grad.tolist() == wg.exp(x).tolist())
