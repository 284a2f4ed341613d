"""Writes in place, views, version counters."""

import torch


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


def values(x):
    """Numbers, rounded."""
    return [round(v, 4) for v in x.detach().reshape(-1).tolist()]


x = torch.arange(1.0, 7.0).reshape(2, 3).requires_grad_()

# -- recorded writes
y = x * 1
y.mul_(2).add_(x, alpha=3)
y[0] = 5.0
y[1, 1:] *= 10
y.sum().backward()
print("writes", values(x.grad), y.grad_fn is not None, y._version)

x.grad = None
y = x.clone()
v = y[:, 1]
w = v.view(2, 1)
v.exp_()
print("views", v._is_view(), w._base is y, w._version == y._version == 1)
(w * w).sum().backward()
print("through a view", values(x.grad))

# -- leaves
attempt("leaf", lambda: x.add_(1), "a leaf Variable that requires grad")
attempt("view of a leaf", lambda: x[0].zero_(), "a view of a leaf Variable that requires grad")
with torch.no_grad():
    x[0, 0] = 9.0
    x.sub_(1)
print("no_grad", values(x), x._version)
x.data.add_(1)
print("data", values(x), x._version)

# -- what was saved
y = x * 1
z = y * y
y.add_(1)
attempt("saved", lambda: z.sum().backward(), "modified by an inplace operation")
y = x * 1
z = y.exp()
z += 1
attempt("saved output", lambda: z.sum().backward(), "modified by an inplace operation")
y = x * 1
z = y.exp()
y.zero_()
z.sum().backward()
print("not saved", x.grad is not None)

# -- made where nothing is recorded
y = x * 1
with torch.no_grad():
    v = y[0]
attempt("made in no_grad", lambda: v.mul_(2), "A view was created in no_grad mode and is being modified inplace")
with torch.no_grad():
    v.mul_(0)
print(values(y))
y = x * 1
a, b = y.unbind(0)
attempt("one of several", lambda: a.mul_(2), "This view is the output of a function that returns multiple views.")
c = y.chunk(3, 1)
attempt("one of several", lambda: c[0].zero_(), "is a view and is being modified inplace")

# -- detach_, requires_grad of views
y = (x * 2).detach_()
print("detach_", y.requires_grad, y.is_leaf)
y = x * 2
attempt("detach_ of a view", lambda: y[0].detach_(), "Can't detach views in-place")
base = torch.zeros(3)
v = base.view(3)
v.requires_grad_()
attempt("view that is a leaf", lambda: v.add_(1))
print(v.is_leaf, v.requires_grad, base.requires_grad)
base = torch.zeros(4)
v = base[:2]
p = torch.ones(2, requires_grad=True)
v.copy_(p)
print("copied", base.requires_grad, v.requires_grad)
(base * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
print(values(p.grad))

# -- shapes in place
y = x * 2
y.t_()
print("t_", tuple(y.shape), y._version)
y.unsqueeze_(0).squeeze_()
y.transpose_(0, 1)
print(tuple(y.shape))
y = torch.zeros(2, 3)
y.resize_(3, 2)
print(tuple(y.shape))

# -- by name
y = torch.tensor([1.0, -2.0, 3.0])
y.clamp_(min=0).clamp_max_(2)
y.masked_fill_(y > 1.5, 7.0)
y.index_fill_(0, torch.tensor([0]), 4.0)
y.scatter_(0, torch.tensor([1]), torch.tensor([8.0]))
y.index_add_(0, torch.tensor([2, 2]), torch.tensor([1.0, 2.0]))
y.lerp_(torch.zeros(3), 0.5)
y.addcmul_(torch.ones(3), torch.ones(3), value=2)
y.div_(2).pow_(2).neg_().abs_().sqrt_()
print(values(y))
y[torch.tensor([True, False, True])] = torch.tensor([0.0, 1.0])
y[[1]] += 1
print(values(y), y._version > 10)
print(values(torch.view_as_real(torch.tensor([1 + 2j]))), torch.view_as_complex(torch.ones(2, 2)).tolist())
y = torch.arange(6.0)
y.as_strided((2, 2), (3, 1), 1).fill_(0)
print(values(y))

# -- mutation of what is saved
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x * 1
    z = (y * y).sum()
    y.zero_()
    x.grad = None
    z.backward()
print("allowed", values(x.grad))
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    z = (x * x).sum()
attempt("outside", lambda: z.backward(), "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context")
for name in ("requires_grad", "data", "_grad_fn"):
    attempt(f"del {name}", lambda: delattr(x, name))
