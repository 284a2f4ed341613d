"""Random programs of views, writes in place and uses, which both libraries run (rules V, S1, H4)."""

from __future__ import annotations

import contextlib

# -- what a step may do: a name, and a function of the library, the tensor picked, and another one of a shape that fits ------
VIEWS = {
    "tail": lambda lib, a: a[1:],
    "row": lambda lib, a: a[0],
    "strided": lambda lib, a: a[..., ::2],
    "new axis": lambda lib, a: a[None],
    "flat": lambda lib, a: a.reshape(-1),
    "turned": lambda lib, a: lib.permute_dims(a, tuple(range(a.ndim))[::-1]),
    "expanded": lambda lib, a: lib.expand_dims(a, axis=0),
    "diagonal": lambda lib, a: a.diagonal() if a.ndim == 2 else a[...],
    "broadcast": lambda lib, a: lib.broadcast_to(a, (2, *a.shape)),
    "piece": lambda lib, a: lib.unstack(a)[-1],
    "detached": lambda lib, a: a.detach(),
}

USES = {
    "times": lambda lib, a, b: a * b,
    "square": lambda lib, a, b: a * a,
    "sine": lambda lib, a, b: lib.sin(a),
    "exponential": lambda lib, a, b: lib.exp(a * 0.25),
    "clone": lambda lib, a, b: a.clone(),
    "stacked": lambda lib, a, b: lib.stack([a, b])[0],
}

WRITES = {
    "add_ number": lambda lib, a, b: a.add_(0.5),
    "mul_": lambda lib, a, b: a.mul_(b),
    "+=": lambda lib, a, b: a.__iadd__(b),
    "sub_": lambda lib, a, b: a.sub_(b),
    "div_": lambda lib, a, b: a.div_(b * b + 1.0),
    "sin_": lambda lib, a, b: a.sin_(),
    "tanh_": lambda lib, a, b: a.tanh_(),
    "square_": lambda lib, a, b: a.square_(),
    "copy_": lambda lib, a, b: a.copy_(b),
    "zero_": lambda lib, a, b: a.zero_(),
    "fill_ with": lambda lib, a, b: a.fill_(lib.sum(b)),
    "[0] = number": lambda lib, a, b: a.__setitem__(0, 1.5),
    "[...] =": lambda lib, a, b: a.__setitem__(Ellipsis, b),
    "[1:] =": lambda lib, a, b: a.__setitem__(slice(1, None), b[1:]),
    "[mask] =": lambda lib, a, b: a.__setitem__(b > 1.0, 2.5),
    "masked_fill_": lambda lib, a, b: a.masked_fill_(b > 1.0, 0.25),
    "clamp_": lambda lib, a, b: a.clamp_(-1.0, 1.0),
    "requires_grad_": lambda lib, a, b: a.requires_grad_(),
    "detach_": lambda lib, a, b: a.detach_(),
}

LISTENS = ("hook", "retain")

STEPS = [
    *(("listen", name) for name in LISTENS),
    *(("view", name) for name in VIEWS),
    *(("use", name) for name in USES),
    *(("write", name) for name in WRITES),
]


def state(lib, t):
    """What both libraries can say of a tensor without raising."""
    return (t, t._version, t.requires_grad, t._is_view(), tuple(t.shape))


def own_leaf(t):
    """Whether a view is a leaf that requires grad."""
    with contextlib.suppress(RuntimeError):
        return t.requires_grad and t.is_leaf
    return False


def overlaps(lib, t):
    """Whether several elements of `t` are one place in memory."""
    array = lib.array(t)
    return any(stride == 0 and n > 1 for stride, n in zip(array.strides, array.shape, strict=True))


def run(lib, log, steps, recording=True):
    """Do `steps`: each a kind, a name, two picks and whether it is done inside no_grad; then run everything backward."""
    leaf = lib.tensor([[0.5, -1.0], [2.0, 1.5]], requires_grad=True)
    plain = lib.tensor([[1.0, 2.0], [3.0, -0.5]])
    pool = [leaf, leaf * 1.0, plain]
    roots = [0, 1, 2]
    turned = set()  # who may lie in memory in another order, and not in the same one in both libraries
    for kind, name, first, second, silent in steps:
        i, j = first % len(pool), second % len(pool)
        a, b = pool[i], pool[j]
        if (name == "tail" and (not a.ndim or a.shape[0] < 2)) or (name == "flat" and i in turned):
            continue
        if kind == "view" and a._base is not None and own_leaf(a):
            continue  # W3: a view of a view that is a leaf leads nowhere in PyTorch once the memory was written to
        if name == "detach_" and a._base is None and (a.retains_grad or any(t._base is a for t in pool)):
            continue  # W3: views of what was detached; W5
        if name == "requires_grad_" and any(t._base is a for t in pool):
            continue  # W3: here views of it lead to it from then on, in PyTorch their gradients are lost
        if name in ("masked_fill_", "fill_ with", "[mask] =") and overlaps(lib, a):
            continue  # PyTorch only warns that it will not allow this, or knows tensors from numbers
        new = None
        try:
            a.grad_fn  # PyTorch takes a view whose base has come to require grad for a leaf until this is read
        except RuntimeError:
            if kind == "listen":
                continue
        try:
            if roots[i] == roots[j]:
                b = lib.tensor(lib.array(b).copy() * 0.5)  # a write from memory into the same memory is another matter
            if b.shape != a.shape:
                b = lib.sum(b) if not b.requires_grad else lib.sum(lib.sin(b))
            if name == "[1:] =" and not b.ndim:
                continue
            with lib.no_grad() if silent and kind == "write" else contextlib.nullcontext():
                if kind == "view":
                    new = VIEWS[name](lib, a)
                elif kind == "use":
                    new = USES[name](lib, a, b)
                elif kind == "listen":
                    if name == "retain":
                        a.retain_grad()
                    else:
                        a.register_hook(log.hook(f"hook {len(log)} on {i}"))
                else:
                    WRITES[name](lib, a, b)
        except Exception as error:
            log(name, "raised" if kind == "write" else "failed", error if kind == "write" else "")
        if new is not None:
            if name == "turned" or i in turned or (kind == "use" and j in turned):
                turned.add(len(pool))
            pool.append(new)
            roots.append(roots[i] if kind == "view" else len(pool))
        log(name, i, j, *(state(lib, t) for t in (a, *((new,) if new is not None else ()))))
        log("versions", [t._version for t in pool], [t.requires_grad for t in pool])
    finish(lib, log, pool)


def finish(lib, log, pool):
    """Places in the graph, and gradients of everything, of first and second order."""
    placed = []
    for number, t in enumerate(pool):
        try:
            log("grad_fn", number, t.grad_fn is not None)
            placed.append((number, t))
        except RuntimeError as error:
            log("grad_fn", number, error)
    outs = [lib.sum(lib.sin(t)) for _, t in placed if t.requires_grad]
    for number, out in enumerate(outs):
        log.attempt(f"backward {number}", lambda out=out: lib.backward(out, retain_graph=True))
    leaves = []
    for number, t in placed:
        if t.requires_grad and t.is_leaf:
            leaves.append(t)
            log("grad", number, t.grad)
        elif t.retains_grad:
            log("retained", number, t.grad)

    def second(out):
        firsts = lib.grad(out, leaves, create_graph=True, allow_unused=True)
        firsts = [lib.sum(lib.sin(g)) for g in firsts if g is not None and g.requires_grad]
        return [lib.grad(g, leaves, retain_graph=True, allow_unused=True) for g in firsts]

    for number, out in enumerate(outs):
        log.attempt(f"second {number}", lambda out=out: second(out))
