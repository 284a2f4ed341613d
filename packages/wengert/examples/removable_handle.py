"""Registering gives a handle that removes the hook: by a call, or at the end of a block."""

import wengert as wg

x = wg.tensor(1.0, requires_grad=True)
handle = x.register_hook(lambda grad: print("first"))
with x.register_hook(lambda grad: print("second")):
    (x * 2).backward()
print("after the block")
(x * 2).backward()
handle.remove()
(x * 2).backward()
print("dx", x.grad)
