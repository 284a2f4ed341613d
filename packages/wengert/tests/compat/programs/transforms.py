"""Forward mode, functional, vmap, batched gradients."""

import torch
import torch.autograd.forward_ad as fwAD
from torch.autograd import functional


def values(x):
    """Numbers, rounded."""
    return [round(v, 4) for v in x.detach().reshape(-1).tolist()]


def kind(error):
    """What Python calls errors of this kind."""
    names = {c.__name__ for c in type(error).__mro__}
    kinds = "AssertionError NotImplementedError RuntimeError AttributeError IndexError KeyError TypeError ValueError"
    return next((k for k in kinds.split() if k in names), type(error).__name__)


def attempt(what, action, fragment=""):
    """Print what an action raises, and whether it says `fragment`."""
    try:
        action()
    except Exception as error:
        print(what, kind(error), fragment in str(error))
    else:
        print(what, "went through")


x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.5])
with fwAD.dual_level():
    d = fwAD.make_dual(x, t)
    out = (d * d).sin().sum()
    p, tangent = fwAD.unpack_dual(out)
    print(type(tangent) is torch.Tensor, values(p), values(tangent), fwAD.unpack_dual(x).tangent)
    attempt("nested", fwAD.enter_dual_level, "Nested forward mode AD is not supported")
    y = d.clone()
    y[0] = 3.0
    y.mul_(2)
    print(values(fwAD.unpack_dual(y).tangent), values(fwAD.unpack_dual(d.view(2, 1).t()).tangent))
    attempt("shape", lambda: fwAD.make_dual(x, torch.ones(3)), "")
attempt("outside", lambda: fwAD.make_dual(x, t), "no level exists")
leaf = x.clone().requires_grad_()
with fwAD.dual_level():
    d = fwAD.make_dual(leaf, t)
    tangent = fwAD.unpack_dual(d**3).tangent
    print(values(torch.autograd.grad(tangent.sum(), leaf)[0]))


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        return g * 3 * ctx.saved_tensors[0] ** 2

    @staticmethod
    def jvp(ctx, t):
        return t * 3 * ctx.saved_tensors[0] ** 2


with fwAD.dual_level():
    print(values(fwAD.unpack_dual(Cube.apply(fwAD.make_dual(x, t))).tangent))
a = torch.randn(2, dtype=torch.double, requires_grad=True)
print(torch.autograd.gradcheck(Cube.apply, (a,), check_forward_ad=True, check_batched_grad=True))


def f(x):
    return (x**3).sum()


def g(x, y):
    return x * y.sum(), x.exp()


print(values(functional.vjp(f, x)[1]), values(functional.jvp(f, x, t)[1]), values(functional.vhp(f, x, t)[1]))
print(values(functional.hvp(f, x, t)[1]), values(functional.hessian(f, x)), values(functional.jacobian(lambda v: v**2, x)))
j = functional.jacobian(g, (x, t), create_graph=False)
print([[tuple(b.shape) for b in row] for row in j], values(j[0][1]), type(j[0][0]) is torch.Tensor)
print(values(functional.jacobian(lambda v: v.sin(), x, vectorize=True)))
print(values(functional.jacobian(lambda v: v.sin(), x, strategy="forward-mode", vectorize=True)))
attempt("strict", lambda: functional.jacobian(lambda v: torch.ones(2), x, strict=True), "")
try:
    functional.vjp(lambda v: 3, x)
except TypeError:
    print("a TypeError")
y = leaf.exp()
print(values(torch.autograd.grad(y, leaf, torch.eye(2), is_grads_batched=True)[0]))
m = torch.arange(6.0).reshape(3, 2)
print(values(torch.vmap(lambda v: v.sum() * v)(m)), values(torch.func.grad(f)(x)))
print(values(torch.vmap(torch.func.grad(f))(m)), values(torch.func.jacrev(lambda v: v**2)(x)))
