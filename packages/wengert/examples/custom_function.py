"""A Function: a forward and a backward of your own, recorded as one node."""

import wengert as wg


class Softplus(wg.autograd.Function):
    """log(1 + exp(x)), without overflow."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return wg.logaddexp(x, 0.0)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad / (1 + wg.exp(-x))  # written in operators, so it can be differentiated again


x = wg.tensor([-2.0, 0.0, 2.0], requires_grad=True)
y = Softplus.apply(x)
(slope,) = wg.autograd.grad(y.sum(), x, create_graph=True)
(bend,) = wg.autograd.grad(slope.sum(), x)
print(y.grad_fn.name(), slope.detach(), bend)
print("right:", wg.testing.gradcheck(Softplus.apply, x) and wg.testing.gradgradcheck(Softplus.apply, x))
