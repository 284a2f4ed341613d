"""Modules have hooks around their forward and around their backward."""

import wengert as wg
from wengert import nn

layer = nn.Linear(2, 1)
layer.register_forward_pre_hook(lambda module, args: print("forward of", args[0].shape))
layer.register_forward_hook(lambda module, args, output: output * 10)
layer.register_full_backward_pre_hook(lambda module, grads: print("backward from", grads[0]))
layer.register_full_backward_hook(lambda module, grads_in, grads_out: print("to", grads_in[0].shape))
layer(wg.tensor([[1.0, 2.0]], requires_grad=True)).sum().backward()
