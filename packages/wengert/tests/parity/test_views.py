"""Views: which operators make them, their base, their place in the graph, what may be written to (rules V1–V7, G5, G6)."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg

from .facade import both, differs, parity
from .programs import edges, leaf

#: Operators that give a view, as a tensor of shape (2, 2) can be their operand.
VIEWS = {
    "slice": lambda lib, t: t[1:],
    "step": lambda lib, t: t[:, ::2],
    "integer": lambda lib, t: t[0],
    "integers": lambda lib, t: t[0, 1],
    "None": lambda lib, t: t[None],
    "Ellipsis": lambda lib, t: t[...],
    "reshape": lambda lib, t: t.reshape(4),
    "reshape to the same": lambda lib, t: t.reshape(2, 2),
    "T": lambda lib, t: t.T,
    "mT": lambda lib, t: t.mT,
    "permute": lambda lib, t: lib.permute_dims(t, (1, 0)),
    "swapaxes": lambda lib, t: t.swapaxes(0, 1),
    "moveaxis": lambda lib, t: lib.moveaxis(t, 0, 1),
    "expand_dims": lambda lib, t: lib.expand_dims(t, axis=1),
    "squeeze": lambda lib, t: t[:1].squeeze(0),
    "broadcast_to": lambda lib, t: lib.broadcast_to(t, (3, 2, 2)),
    "diagonal": lambda lib, t: t.diagonal(),
    "unstack": lambda lib, t: lib.unstack(t)[1],
    "iteration": lambda lib, t: next(iter(t)),
    "view of a view": lambda lib, t: t[1:].reshape(2)[:1],
}

#: And operators that give new memory.
COPIES = {
    "clone": lambda lib, t: t.clone(),
    "list": lambda lib, t: t[[0, 1]],
    "mask": lambda lib, t: t[t > 0.0],
    "reshape that must copy": lambda lib, t: t.T.reshape(4),
    "flip": lambda lib, t: lib.flip(t, (0,)) if lib.name == "torch" else lib.flip(t, axis=0),
    "detach": lambda lib, t: t.detach(),
    "positive": lambda lib, t: t * 1.0,
    "tile": lambda lib, t: lib.tile(t, (1, 1)),
    "stack": lambda lib, t: lib.stack([t, t])[0] * 1.0,
}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("name", [*VIEWS, *COPIES])
@parity
def test_what_is_a_view(lib, log, name, recorded):
    """V1: a view knows the root of its memory, shares its counter, and is written to with it."""
    t = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=recorded) * 1.0
    v = {**VIEWS, **COPIES}[name](lib, t)
    log("view", v._is_view(), v._base is t, v.requires_grad, v.is_leaf, v.shape == v.detach().shape)
    if name in COPIES:
        v.detach().zero_()
    elif name != "broadcast_to":
        v.detach().mul_(10.0)
    log("after", t, t._version, v._version)


@parity
def test_parts_of_complex_numbers(lib, log):
    """V1: real and imag share the memory of a complex tensor; of a real one real is the tensor itself."""
    x = lib.tensor([1.0 + 2.0j, 3.0 - 1.0j], requires_grad=True)
    z = x * 1.0
    re, im = z.real, z.imag
    log("views", re._is_view(), im._is_view(), re._base is z, im._base is z)
    re.mul_(10.0)
    im.copy_(re * 2.0)
    log("after", z, z._version, z.grad_fn, re.grad_fn)
    lib.sum((z * z.conj()).real).backward()
    log("grad", x.grad)
    r = lib.tensor([1.0])
    log("real", r.real is r)


@parity
def test_the_base_is_kept(lib, log):
    """V1.1: a view keeps the root of its memory alive, and is never a base itself."""
    v = leaf(lib, 1.0, 2.0, 3.0)[1:]
    w = v[1:]
    log("base", v._base.is_leaf, w._base is v._base, w._base, v._base._base)


# -- the place of a view -----------------------------------------------------------------------------------------------
@parity
def test_a_write_to_the_base_moves_its_views(lib, log):
    """V2.1: the next grad_fn is another one, and stays."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    y = x * 1.0
    v, w = y[:2], y[1:]
    before = v.grad_fn
    log("before", v.grad_fn is before, v.output_nr)
    y.mul_(2.0)
    log("after", v.grad_fn is before, v.grad_fn is v.grad_fn, v.grad_fn, edges(lib, v.grad_fn), v.requires_grad)
    w.add_(1.0)
    log("sibling", v.grad_fn, v._version, y.grad_fn, edges(lib, y.grad_fn), w.grad_fn)
    lib.sum(v * v).backward()
    log("grad", x.grad)


@parity
def test_a_base_that_comes_to_require_grad(lib, log):
    """V2.2: with all its views, whichever of them was written to."""
    x = leaf(lib, 1.0, 2.0)
    writes = (lambda b, v: v.copy_(x), lambda b, v: b[1:3].mul_(x), lambda b, v: b.mul_(lib.stack([x[0], x[1]] * 2)))
    for write in writes:
        b = lib.tensor([1.0, 2.0, 3.0, 4.0])
        v, w = b[:2], b[2:]
        log("before", b.requires_grad, v.requires_grad, w.requires_grad, v.grad_fn)
        write(b, v)
        log("after", b.requires_grad, v.requires_grad, w.requires_grad, b.grad_fn, v.grad_fn, w.grad_fn, edges(lib, v.grad_fn))
        lib.sum(b * b).backward()
        log("grad", x.grad, v._version)


@parity
def test_requires_grad_on_a_view(lib, log):
    """G5.5: it makes the view a leaf of its own, until the base comes to require grad."""
    x = leaf(lib, 1.0, 2.0)
    b = lib.tensor([1.0, 2.0, 3.0])
    v = b[:2]
    v.requires_grad_()
    log("leaf", v.is_leaf, v.requires_grad, v.grad_fn, b.requires_grad)
    lib.sum(v * v).backward()
    log("grad", v.grad)
    log.attempt("write", lambda: v.add_(1.0))
    with lib.no_grad():
        b.add_(1.0)
    log("still a leaf", v.is_leaf, v.grad_fn, v._version, v)
    b[1:].mul_(x)
    log("interior", v.is_leaf, v.requires_grad, v.grad_fn, edges(lib, v.grad_fn))
    lib.sum(v * v).backward()
    log("grads", x.grad)


@parity
def test_a_leaf_view_that_became_interior(lib, log):
    """G3.5: graphs that lead to it as a leaf can no longer be run."""
    x = leaf(lib, 1.0, 2.0)
    b = lib.tensor([1.0, 2.0])
    v = b[...]
    v.requires_grad_()
    z = lib.sum(v * 2.0)
    b.mul_(x)
    log("interior", v.grad_fn)
    log.attempt("backward", z.backward)


@parity
def test_requires_grad_setter_on_views(lib, log):
    """G5.4: of a view of something recorded, as of every interior tensor."""
    x = leaf(lib, 1.0, 2.0)
    v = (x * 1.0)[:1]
    log.attempt("False", lambda: v.requires_grad_(False))
    log.attempt("True", lambda: v.requires_grad_(True) is v)
    log.attempt("attribute", lambda: setattr(v, "requires_grad", True))
    i = lib.tensor([1, 2])[:1]
    log.attempt("integers", lambda: i.requires_grad_())


# -- what may be written to --------------------------------------------------------------------------------------------
def target(lib, kind, x):
    """A tensor of two elements that requires grad as `x` does, made as `kind` says."""
    y = x * 1.0
    match kind:
        case "plain":
            return y[0] * 1.0
        case "leaf":
            return x
        case "view":
            return y[0]
        case "view of a leaf":
            return x[0]
        case "piece":
            return lib.unstack(y)[0]
        case "view of a piece":
            return lib.unstack(y)[0][...]
        case "under no_grad":
            with lib.no_grad():
                return y[0]
        case "view of one under no_grad":
            with lib.no_grad():
                v = y[0]
            return v[...]
        case "in inference mode":
            with lib.inference_mode():
                return y[0]
        case "expanded":
            return lib.broadcast_to(y[0, :1], (2,))
        case "detached":
            return y[0].detach()


KINDS = (
    *("plain", "leaf", "view", "view of a leaf", "piece", "view of a piece", "under no_grad"),
    *("view of one under no_grad", "in inference mode", "expanded", "detached"),
)


@pytest.mark.parametrize("involved", ["target", "other", "nothing", "target under no_grad"])
@pytest.mark.parametrize("kind", KINDS)
@parity
def test_writing(lib, log, kind, involved):
    """V3, V5, V6.1: which writes are refused; whatever is not involved in a gradient may be written to."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad="target" in involved)
    other = lib.tensor([10.0, 20.0], requires_grad=involved == "other")
    t = target(lib, kind, x)
    context = lib.no_grad() if "no_grad" in involved else lib.enable_grad()
    with context:
        log.attempt("mul_", lambda: t.mul_(other) is t)
    log("values", lib.array(t), t._version)
    with context:
        log.attempt("setitem", lambda: t.__setitem__(0, 5.0))
    log("values", lib.array(t), t._version, lib.array(x))


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("leaf", "expanded")])
@parity
def test_only_the_base_was_written_to(lib, log, kind):
    """V3, V6.2: a view that must not be written to says so at the next use in a graph, whoever wrote to its memory."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=kind != "view of a leaf")
    t = target(lib, kind, x)
    base = t._base
    if base is not None:
        with lib.no_grad():
            base.add_(1.0)
    log.attempt("grad_fn", lambda: t.grad_fn)
    log.attempt("use", lambda: t * 2.0)
    with lib.no_grad():
        log.attempt("use under no_grad", lambda: t * 2.0)
        log.attempt("write under no_grad", lambda: t.zero_())
    log("detached", t.detach())


@differs(
    "V3",
    torch=[("write", "raised", "RuntimeError"), ("grads", [3.0, 3.0], None)],
    wengert=[("write", "returned", None), ("grads", [3.0, 2.0], 2.0)],
    reason="What iteration and unpacking give may be written to, as NumPy programs do; each is like a view that was cut alone.",
)
def test_what_iteration_gives_may_be_written_to(lib, log):
    """V3: of what unbind and split give, neither library lets one be written to."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 4.0)
    y = lib.stack([x, x * 2.0])
    first, second = y
    log.attempt("write", lambda: first.__setitem__(slice(1, 2), w * 2.0))
    lib.sum(first + second).backward()
    log("grads", x.grad, w.grad)


@parity
def test_printing_a_view_that_lost_its_place(lib, log):
    """V3: that does not raise."""
    y = leaf(lib, 1.0, 2.0) * 1.0
    piece = lib.unstack(y)[0]
    y.mul_(2.0)
    log("shown", "Invalid" in repr(piece))


@parity
def test_no_grad_writes_move_views(lib, log):
    """V6.2: although nothing was recorded; the base keeps its node."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    y = x * 1.0
    v, node = y[1:], y.grad_fn
    before = v.grad_fn
    with lib.no_grad():
        v.mul_(10.0)
    log("nodes", y.grad_fn is node, v.grad_fn is before, v.grad_fn, y._version)
    lib.sum(v * y[1:]).backward()
    log("grad", x.grad)


@differs(
    "W3",
    torch=[("view", True, True, None), ("product", True), ("x.grad", None), ("v.grad", None)],
    wengert=[("view", False, True, None), ("product", False)],
    reason="A view made under no_grad does not require grad, and says so; PyTorch's claims to, and loses the gradient.",
)
def test_a_view_made_under_no_grad(lib, log):
    """V6.3."""
    x = leaf(lib, 1.0, 2.0)
    with lib.no_grad():
        v = x[:1]
    log("view", v.requires_grad, v.is_leaf, v.grad_fn)
    z = lib.sum(v * 3.0)
    log("product", z.requires_grad)
    if z.requires_grad:
        z.backward()
        log("x.grad", x.grad)
        log("v.grad", v.grad)


@differs(
    "W3",
    torch=[("inside", True, True), ("product", True), ("grads", None, None)],
    wengert=[("inside", True, True), ("product", True), ("grads", [3.0, 0.0], None)],
    reason="A view made in inference mode of a tensor that requires grad leads to it afterwards; PyTorch loses the gradient.",
)
def test_a_view_made_in_inference_mode(lib, log):
    """G8.2: it is a normal tensor."""
    x = leaf(lib, 1.0, 2.0)
    with lib.inference_mode():
        v = x[:1]
        log("inside", v.requires_grad, v.is_leaf)
    z = lib.sum(v * 3.0)
    log("product", z.requires_grad)
    z.backward()
    log("grads", x.grad, v.grad)


@differs(
    "W3",
    torch=[("view", True, True), ("grads", None, None)],
    wengert=[("view", True, False), ("grads", [3.0, 0.0], None)],
    reason="A view of a tensor that comes to require grad leads to it from then on; PyTorch loses the gradient.",
)
def test_a_view_made_before_its_base_required_grad(lib, log):
    """V2.1: its requires_grad is its base's."""
    b = lib.tensor([1.0, 2.0])
    v = b[:1]
    b.requires_grad_()
    log("view", v.requires_grad, v.is_leaf)
    lib.sum(v * 3.0).backward()
    log("grads", b.grad, v.grad)


@differs(
    "W3",
    torch=[("before", True), ("after", True, [(None, 0)])],
    wengert=[("before", True), ("after", False, None)],
    reason="A view of a tensor that was detached and then written to has no gradient, and says so.",
)
def test_a_view_of_what_was_detached(lib, log):
    """G6.3: the base has left the graph."""
    y = leaf(lib, 1.0, 2.0) * 1.0
    v = y[:1]
    y.detach_()
    log("before", v.requires_grad)
    y.mul_(2.0)
    log("after", v.requires_grad, None if v.grad_fn is None else edges(lib, v.grad_fn))


@differs(
    "W3",
    torch=[("write", "raised", "RuntimeError"), ("after grad_fn was read", "returned", [2.0, 3.0])],
    wengert=[("write", "returned", [2.0, 3.0]), ("after grad_fn was read", "returned", [3.0, 4.0])],
    reason="A view whose base has come to require grad can be written to; PyTorch takes it for a leaf until its grad_fn is read.",
)
def test_writing_to_a_view_whose_base_came_to_require_grad(lib, log):
    """V2.2, V3."""
    g = leaf(lib, 1.0, 1.0)
    b = lib.tensor([1.0, 2.0])
    v = b[:2]
    b.mul_(g)
    log.attempt("write", lambda: v.add_(1.0))
    v.grad_fn
    log.attempt("after grad_fn was read", lambda: v.add_(1.0))


# -- inference mode, detach, data --------------------------------------------------------------------------------------
@parity
def test_views_in_inference_mode(lib, log):
    """G8.2: of normal tensors they are normal; of inference tensors they are not views at all."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    with lib.inference_mode():
        v = y[:1]
        log("of a normal one", v.is_inference(), v._is_view(), v._base is y, v._version)
        y.add_(1.0)
        v.mul_(2.0)
        log("written", y, y._version, y.grad_fn, v._version)
        t = lib.tensor([1.0, 2.0])
        w = t[:1]
        w.mul_(5.0)
        log("of an inference tensor", w.is_inference(), w._is_view(), w._base, t)
    log.attempt("grad_fn", lambda: v.grad_fn)
    log.attempt("write", lambda: v.add_(1.0))
    u = t[:1]
    log("outside", u.is_inference(), u._is_view(), t.clone().is_inference())


@parity
def test_writing_to_inference_tensors_outside(lib, log):
    """G8.3: also without recording."""
    with lib.inference_mode():
        t = lib.tensor([1.0, 2.0])
    log.attempt("add_", lambda: t.add_(1.0))
    log.attempt("setitem", lambda: t.__setitem__(0, 1.0))
    log.attempt("view", lambda: t[:1].zero_())
    with lib.no_grad():
        log.attempt("no_grad", lambda: t.add_(1.0))
    x = leaf(lib, 1.0, 2.0)
    log.attempt("as other, not saved", lambda: (x * 1.0).add_(t).grad_fn)
    log.attempt("as other, saved", lambda: (x * 1.0).mul_(t))
    with lib.inference_mode():
        log.attempt("inside", lambda: t.add_(1.0) is t)


@parity
def test_detach_shares_memory_and_counter(lib, log):
    """G6.1: a detached alias is no view, and what is written through it is seen by views."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    v, d = y[:1], y.detach()
    of_view = v.detach()
    log("detached", d._is_view(), d._base, of_view._is_view())
    d.mul_(3.0)
    of_view.add_(1.0)
    log("seen", y, v, y._version, v._version, d._version, of_view._version, v.grad_fn)


@parity
def test_detach_in_place(lib, log):
    """G6.3: not of views, whether they require grad or not."""
    log.attempt("view", lambda: (leaf(lib, 1.0, 2.0) * 1.0)[:1].detach_())
    log.attempt("view of nothing recorded", lambda: lib.tensor([1.0, 2.0])[:1].detach_())
    y = leaf(lib, 1.0, 2.0) * 1.0
    v = y[:1]
    log("base", y.detach_() is y, v.grad_fn is None, v.requires_grad)


@parity
def test_data_is_unseen(lib, log):
    """G6.2: writes through .data change the values of every view, and no version."""
    y = leaf(lib, 1.0, 2.0) * 1.0
    v = y[:1]
    y.data.mul_(10.0)
    v.data.add_(1.0)
    log("values", y, v, y._version, v._version, v.data._is_view())


@parity
def test_setting_data_of_a_base(lib, log):
    """V7.1: its views stay on the old memory."""
    b = lib.tensor([1.0, 2.0])
    v = b[:1]
    b.data = lib.tensor([5.0, 6.0, 7.0])
    log("values", b, v, b._version, v._base is b)
    with lib.no_grad():
        v.add_(1.0)
    log("written", b, v)


def test_setting_data_of_a_view():
    """V7.1: it stands for memory of its own from then on, and is no view any more; what it was in the graph it stays."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    v = y[:1]
    y.mul_(2.0)
    v.data = wg.tensor([5.0])
    assert (v._is_view(), v._base, v._version, v.tolist()) == (False, None, 1, [5.0])
    v.mul_(3.0)
    assert y.tolist() == [2.0, 4.0]
    v.sum().backward()
    assert x.grad.tolist() == [6.0, 0.0]


# -- copies ------------------------------------------------------------------------------------------------------------
def copied_together(lib, log):
    import copy

    b = lib.tensor([1.0, 2.0, 3.0])
    v = b[1:]
    c, w = copy.deepcopy((b, v))
    w.mul_(10.0)
    log("copies", c, w, b, w._is_view())
    log.attempt("interior", lambda: copy.deepcopy(leaf(lib, 1.0, 2.0)[:1]))


def test_deepcopy():
    """G6.4: memory shared before is shared after."""
    both(copied_together)


def pickled(lib, log):
    import pickle

    v = lib.tensor([1.0, 2.0, 3.0])[1:]
    w = pickle.loads(pickle.dumps(v))
    log("copy", w, w._is_view())


def test_pickle():
    """G6.4: the values."""
    both(pickled)


def test_every_result_in_shared_memory_is_a_view():
    """V1: of every operator; memory is never shared behind autograd's back."""
    from ops.test_table import ROWS

    def tensors(value):
        if isinstance(value, wg.Tensor):
            yield value
        for part in value if isinstance(value, list | tuple) else ():
            yield from tensors(part)

    def wrapped(value):
        if isinstance(value, np.ndarray):
            return wg.tensor(value)
        return type(value)(map(wrapped, value)) if type(value) in (list, tuple) else value

    wrong = set()
    for row in ROWS:
        for dtype in row.dtypes:
            args = [wrapped(a) for a in row.args(np.random.default_rng(1), dtype)]
            for out in tensors(row.fn(*args)):
                for t in tensors(args):
                    known = out is t or (out._is_view() and out._base is t)
                    if np.shares_memory(out.array, t.array) != known and out.size:
                        wrong.add(row.name)
    assert wrong == set()
