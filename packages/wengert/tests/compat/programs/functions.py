"""Custom Functions."""

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


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


class Scaled(Function):
    @staticmethod
    def forward(ctx, x, factor, more=None):
        ctx.factor = factor
        ctx.save_for_backward(x)
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        print("needs", ctx.needs_input_grad, type(x) is torch.Tensor, x.requires_grad)
        return grad * ctx.factor, None, None


class Two(Function):
    @staticmethod
    def forward(x, y):
        return x * y, x + y, "text"

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx, g, h, _):
        x, y = ctx.saved_tensors
        print("given", g is None, h is None)
        gx = 0 if g is None else g * y
        gy = 0 if g is None else g * x
        return (gx, gy) if h is None else (gx + h, gy + h)


x = torch.tensor([1.0, 2.0], requires_grad=True)
y = Scaled.apply(x, 3)
print(y.grad_fn.name(), y.grad_fn.factor, y.requires_grad, len(y.grad_fn.next_functions))
y.sum().backward()
print(x.grad.tolist())
p, s, text = Two.apply(x, torch.ones(2, requires_grad=True))
print(text, p.grad_fn is s.grad_fn, s.output_nr)
torch.autograd.grad(p.sum(), x, retain_graph=True)
print(torch.autograd.grad(s.sum() + p.sum(), x)[0].tolist())


class InPlace(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    @staticmethod
    def backward(ctx, g):
        return g * 2


y = x.clone()
z = InPlace.apply(y)
print("dirty", z is y, y._version, y.grad_fn.name())
z.sum().backward()
attempt("leaf", lambda: InPlace.apply(x), "a leaf Variable that requires grad")


class Constant(Function):
    @staticmethod
    def forward(ctx, x):
        a, b = x * 2, x > 1
        ctx.mark_non_differentiable(b)
        return a, b

    @staticmethod
    def backward(ctx, g, h):
        print(h is None, None if h is None else h.tolist())
        return g * 2


a, b = Constant.apply(x)
print(b.requires_grad, b.grad_fn, b.dtype)
a.sum().backward()


class Once(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        return g * 2


(g,) = torch.autograd.grad(Once.apply(x).sum() * x.sum(), x, create_graph=True)
attempt("once", lambda: g.sum().backward(), "marked with @once_differentiable")


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g, g


attempt("too many", lambda: Wrong.apply(x).sum().backward(), "returned an incorrect number of gradients (expected 1, got 2)")


class NoBackward(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2


attempt("no backward", lambda: NoBackward.apply(x).sum().backward(), "")


class Shaped(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return torch.ones(5)


attempt("shape", lambda: Shaped.apply(x).sum().backward(), "returned an invalid gradient at index 0 - got [5]")


class Identity(Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 10


y = x * 1
z = Identity.apply(y)
print("as it is", z is y, z._is_view(), z.grad_fn.name())
print(torch.autograd.grad(z.sum(), x)[0].tolist())
attempt("written", lambda: Identity.apply(x * 1).mul_(2).sum().backward(), "")
attempt("instance", lambda: Scaled()(x), "")


class Raises(Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, g):
        raise KeyError("mine")


attempt("raises", lambda: Raises.apply(x).sum().backward(), "mine")


class Saves(Function):
    @staticmethod
    def forward(ctx, x):
        out = x.exp()
        ctx.save_for_backward(x, out, None)
        return out

    @staticmethod
    def backward(ctx, g):
        x, out, nothing = ctx.saved_tensors
        print(nothing, out.grad_fn is not None, x.is_leaf)
        return g * out


y = Saves.apply(x)
print([t is None for t in y.grad_fn.saved_tensors], len(y.grad_fn._raw_saved_tensors))
(g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
print(torch.allclose(torch.autograd.grad(g.sum(), x)[0], x.exp()))
y = Saves.apply(x)
y.sum().backward()
attempt("again", lambda: y.grad_fn.saved_tensors, "after they have already been freed")
print(torch.autograd.gradcheck(Saves.apply, (torch.randn(3, dtype=torch.float64, requires_grad=True),)))
