"""Hooks, nodes, edges, requests for gradients."""

import torch
from torch.autograd.graph import Node, get_gradient_edge, register_multi_grad_hook


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


x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0, 4.0], requires_grad=True)

# -- tensor hooks
y = x * w
order = []
h = y.register_hook(lambda g: order.append(("first", g.tolist(), type(g) is torch.Tensor)))
y.register_hook(lambda g: g * 2)
y.register_hook(lambda g: order.append(("third", g.tolist())))
x.register_post_accumulate_grad_hook(lambda t: order.append(("done", t.grad.tolist())))
y.sum().backward(retain_graph=True)
h.remove()
y.sum().backward()
print(order, x.grad.tolist())
with y.register_hook(lambda g: g):
    pass
def _wrong():
    z = x * 1
    z.register_hook(lambda g: torch.ones(3))
    z.sum().backward()


attempt("wrong shape", _wrong, "changed the size")
attempt("no grad", lambda: torch.ones(1).register_hook(lambda g: g), "doesn't require gradient")

# -- retain_grad
x.grad = None
y = x * 2
y.retain_grad()
y.register_hook(lambda g: g * 5)
(y * w).sum().backward()
print(y.grad.tolist(), y.retains_grad, x.retains_grad, x.grad.tolist())

# -- nodes
y = (x * w).exp()
node = y.grad_fn
print(node.name(), isinstance(node, Node), [n.name() for n, _ in node.next_functions], node.metadata)
print(node._saved_result.tolist() == y.tolist(), node.next_functions[0][0]._saved_other is w)
seen = []
node.register_hook(lambda gi, go: seen.append((len(gi), len(go), go[0].tolist())))
node.register_prehook(lambda go: (go[0] * 0,))
y.sum().backward()
print(seen)
acc = (x * 1).grad_fn.next_functions[0][0]
print(acc.name(), acc.variable is x)
print("_saved_result" in dir(node), "_raw_saved_result" in dir(node))

# -- grad
y = (x * w).sum()
print([g.tolist() for g in torch.autograd.grad(y, (x, w), retain_graph=True)])
print(torch.autograd.grad(y, get_gradient_edge(x), retain_graph=True)[0].tolist())
z = torch.ones(2, requires_grad=True)
attempt("unused", lambda: torch.autograd.grad(y, z, retain_graph=True), "appears to not have been used in the graph")
print(torch.autograd.grad(y, z, allow_unused=True, retain_graph=True))
print(torch.autograd.grad(y, z, materialize_grads=True, retain_graph=True)[0].tolist())
attempt("not scalar", lambda: (x * 2).backward(), "grad can be implicitly created only for scalar outputs")
attempt("constant", lambda: torch.ones(()).backward(), "does not require grad and does not have a grad_fn")
attempt("shape", lambda: (x * 2).backward(torch.ones(3)), "Mismatch in shape")
attempt("complex", lambda: (x * 2).sum().backward(torch.tensor(1j)), "")
y.backward()
attempt("twice", lambda: y.backward(), "Trying to backward through the graph a second time")
attempt("inputs", lambda: (x * w).sum().backward(inputs=[]), "cannot be empty")
x.grad = w.grad = None
(x * w).sum().backward(inputs=[x])
print(x.grad.tolist(), w.grad)
y = x * 2
y.sum().backward(inputs=[y])
print(y.grad.tolist())

# -- create_graph
(g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
(h,) = torch.autograd.grad(g.sum(), x)
print(g.requires_grad, h.tolist())

# -- several tensors
res = []
a, b = x * 1, w * 1
register_multi_grad_hook((a, b), lambda grads: res.append([None if g is None else g.tolist() for g in grads]))
(a + b).sum().backward(retain_graph=True)
a.sum().backward()
print(res)

# -- leaves
attempt("set requires_grad", lambda: setattr(x * 2, "requires_grad", False), "you can only change requires_grad flags of leaf")
attempt("integers", lambda: torch.ones(2, dtype=torch.int64).requires_grad_(), "only Tensors of floating point")
attempt("grad of wrong shape", lambda: setattr(x, "grad", torch.ones(3)), "assigned grad has data of a different size")
attempt("grad of wrong dtype", lambda: setattr(x, "grad", torch.ones(2, dtype=torch.float64)), "")
attempt("no number", lambda: setattr(x, "grad", 0), "")
print(x.detach().requires_grad, x.data.requires_grad, x.is_leaf, (x * 1).is_leaf)

# -- anomaly
with torch.autograd.detect_anomaly():
    attempt("nan", lambda: (x * 0 / 0).sqrt().sum().backward(), "returned nan values in its 0th output")
print(torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled())

# -- modes
with torch.no_grad():
    print((x * 2).requires_grad, torch.is_grad_enabled())
    with torch.enable_grad():
        print((x * 2).requires_grad)
torch.set_grad_enabled(False)
print((x * 2).requires_grad)
torch.set_grad_enabled(True)


@torch.no_grad()
def inside(t):
    """A function, a generator."""
    return (t * 2).requires_grad


print(inside(x))
with torch.inference_mode():
    i = x * 2
    print(i.is_inference(), i.requires_grad, torch.is_inference_mode_enabled())
attempt("saved", lambda: i * x, "Inference tensors cannot be saved for backward")
attempt("written", lambda: i.add_(1), "Inplace update to inference tensor outside InferenceMode is not allowed")
attempt("version", lambda: i._version, "Inference tensors do not track version counter")
print((i + 1).is_inference(), i.clone().is_inference())
