"""Inference mode: what is made in it, views, writes, and what is saved."""

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


def tell(name, x):
    """What a tensor is."""
    print(name, x.is_inference(), x.requires_grad, x.is_leaf, x._is_view(), x.grad_fn is None)


def outside(x):
    """A fresh tensor that may require grad."""
    return torch.ones(1, 2, 3, requires_grad=x)


for req in (True, False):
    with torch.inference_mode():
        c = torch.ones(1, 2, 3, requires_grad=req)
        tell("made inside", c)
        tell("functional", c * c)
        tell("in place", (c * 1).mul_(2))
        v = c.view(-1)
        tell("view", v)
        v.mul_(1.5)
        tell("view of", c)
    tell("outside", c)
    d = c.clone()
    tell("clone", d)
    tell("add", c.add(2))
    attempt("in place", lambda: c.view(-1).mul_(2), "Inplace update to inference tensor outside InferenceMode is not allowed")
    attempt("version", lambda: c._version)
    tell("view outside", c.view(-1))

for req in (True, False):
    s = outside(req)
    a = s.clone()
    with torch.inference_mode():
        f = a + 1
        tell("functional", f)
        a.mul_(2)
        tell("normal, written", a)
        w = a.view(-1)
        print(w.is_inference(), w.is_leaf, w._is_view())
        w.add_(1)
        print(a._version, w._version)
        attempt("grad", lambda: torch.autograd.grad(a.sum(), s), "")
    tell("after", a)
    tell("mixed", f + a)
    attempt("mixed saved", lambda: a * f, "Inference tensors cannot be saved for backward")
    attempt("view written", lambda: w.mul_(2), "A view was created in inference mode and is being modified inplace")
    attempt("view of view", lambda: w.view(2, 3).mul_(2), "")
    attempt("into", lambda: a.copy_(f), "")
    attempt("set requires_grad", lambda: setattr(f, "requires_grad", True), "")
    not_allowed = "Inplace update to inference tensor outside InferenceMode is not allowed"
    attempt("out", lambda: torch.add(torch.ones(1, 2, 3), 1, out=f), not_allowed)

with torch.inference_mode():
    t = torch.ones(2)
    with torch.inference_mode(False):
        print(torch.is_inference_mode_enabled(), torch.is_grad_enabled())
        x = torch.ones(2, requires_grad=True)
        (x * x).sum().backward()
        print(x.grad.tolist(), x.grad.is_inference())
    print(torch.is_inference_mode_enabled(), torch.is_grad_enabled())


@torch.inference_mode()
def func(x):
    """Inside."""
    return (x * x).is_inference()


print(func(torch.ones(1, requires_grad=True)))
x = torch.ones(2, requires_grad=True)
y = x.clone()
with torch.no_grad():
    v = y.view(2)
    v.mul_(2)
print(y._version, v._version)
with torch.inference_mode():
    i = torch.ones(2)
out = x + i
out.sum().backward()
print(x.grad.tolist())
attempt("save", lambda: torch.nn.functional.linear(torch.ones(1, 2, requires_grad=True), i.view(1, 2)), "")
print(torch.tensor([1.0]).set_(torch.ones(3)).shape, i.detach().is_inference(), i.requires_grad_(False).is_inference())
