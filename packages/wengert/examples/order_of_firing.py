"""Every kind of hook in one backward, in the order in which they fire."""

import wengert as wg

x = wg.tensor(1.0, requires_grad=True)
y = x * 2
z = y * 3
y.register_hook(lambda grad: print("1 tensor hook of y"))
y.retain_grad()
y.grad_fn.register_prehook(lambda grads: print("3 pre-hook of y's node; retained:", y.grad.item()))
y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: print("4 post-hook of y's node"))
x.register_hook(lambda grad: print("5 tensor hook of x"))
leaf_node = y.grad_fn.next_functions[0][0]
leaf_node.register_prehook(lambda grads: print("6 pre-hook of x's node; stored:", x.grad))
x.register_post_accumulate_grad_hook(lambda leaf: print("7 post-accumulate-grad hook of x; stored:", leaf.grad.item()))
leaf_node.register_hook(lambda grad_inputs, grad_outputs: print("8 post-hook of x's node"))
z.backward()
