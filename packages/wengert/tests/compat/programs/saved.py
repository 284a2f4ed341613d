"""Hooks on saved tensors, checkpoints, threads."""

import threading

import torch
from torch.autograd.graph import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks
from torch.utils.checkpoint import checkpoint, checkpoint_sequential


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


x = torch.tensor([0.5, 1.5], requires_grad=True)
log = []


def pack(t):
    log.append(("pack", [round(v, 4) for v in t.tolist()], t.requires_grad))
    return t.detach().clone()


def unpack(t):
    log.append("unpack")
    return t


with saved_tensors_hooks(pack, unpack):
    y = (x * x).exp()
y.sum().backward()
print(log, x.grad is not None)
with saved_tensors_hooks(lambda t: t * 2, lambda t: t):
    y = x * x
print(torch.autograd.grad(y.sum(), x)[0].tolist())
with saved_tensors_hooks(lambda t: 7, lambda n: n):
    y = x * x
attempt("no tensor", lambda: y.sum().backward(), "Output of saved tensor unpack_hook expected to be a Tensor")
with save_on_cpu():
    y = x.sin()
print(torch.allclose(torch.autograd.grad(y.sum(), x)[0], x.cos()))


def disabled():
    with disable_saved_tensors_hooks("not here"), saved_tensors_hooks(pack, unpack):
        pass


attempt("disabled", disabled, "not here")
y = x.exp()
raw = y.grad_fn._raw_saved_result
raw.register_hooks(lambda t: t * 2, lambda t: t / 2)
attempt("again", lambda: raw.register_hooks(lambda t: t, lambda t: t), "")
print(torch.allclose(torch.autograd.grad(y.sum(), x)[0], x.exp()))
attempt("freed", lambda: y.grad_fn._saved_result, "after they have already been freed")

# -- checkpoints
count = [0]


def block(t, scale=1):
    count[0] += 1
    return (t.sin() * scale).exp()


for reentrant in (True, False):
    count[0] = 0
    x.grad = None
    checkpoint(block, x, use_reentrant=reentrant).sum().backward()
    print(count, torch.allclose(x.grad, x.sin().exp() * x.cos()))
out = checkpoint(block, x, use_reentrant=False, scale=2)
print(torch.allclose(torch.autograd.grad(out.sum(), x)[0], 2 * (2 * x.sin()).exp() * x.cos()))
layers = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Sigmoid(), torch.nn.Tanh())
out = checkpoint_sequential(layers, 2, x, use_reentrant=False)
print(torch.allclose(torch.autograd.grad(out.sum(), x)[0], torch.autograd.grad(layers(x).sum(), x)[0]))
out = checkpoint(block, x, use_reentrant=True)
attempt("grad", lambda: torch.autograd.grad(out.sum(), x), "torch.utils.checkpoint is incompatible with .grad()")
changing = [1.0, 2.0]


def shaped(t):
    return t.sin() if changing.pop() == 2.0 else t.sin().sin()


out = checkpoint(shaped, x, use_reentrant=False, early_stop=False)
attempt("other", lambda: out.sum().backward(), "")

# -- threads
results = []


def work():
    with torch.no_grad():
        pass
    leaf = torch.ones(3, requires_grad=True)
    (leaf * x.sum()).sum().backward()
    results.append(leaf.grad.tolist() == [2.0, 2.0, 2.0] and torch.is_grad_enabled())


x.grad = None
with torch.no_grad():
    workers = [threading.Thread(target=work) for _ in range(5)]
    for t in workers:
        t.start()
    for t in workers:
        t.join()
print(results, x.grad.tolist())
