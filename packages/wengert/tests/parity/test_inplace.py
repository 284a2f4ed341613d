"""Operators in place: what is recorded, saved, counted and refused (rules V4, S1, S2), and ``x[key] = value``."""

from __future__ import annotations

import pytest

from .facade import NOT_RUN, differs, dtype_name, parity
from .programs import edges, leaf

#: In-place methods of a tensor of positive numbers below 1, with their arguments.
FORMS = {
    "add_": (0.5,),
    "sub_": (0.5,),
    "mul_": (0.5,),
    "div_": (0.5,),
    "pow_": (3.0,),
    "remainder_": (0.4,),
    "fill_": (2.0,),
    "clamp_": (0.4, 0.6),
    **dict.fromkeys(
        (
            *("abs_", "neg_", "reciprocal_", "sign_", "square_", "sqrt_", "rsqrt_", "exp_", "exp2_", "expm1_", "log_", "log1p_"),
            *("log2_", "log10_", "sin_", "cos_", "tan_", "asin_", "acos_", "atan_", "sinh_", "cosh_", "tanh_", "sinc_"),
            *("ceil_", "floor_", "trunc_", "round_", "relu_", "sigmoid_", "zero_", "nan_to_num_"),
            *("absolute_", "negative_", "arcsin_"),
        ),
        (),
    ),
}


@pytest.mark.parametrize("view", [False, True])
@pytest.mark.parametrize("name", FORMS)
@parity
def test_each_form(lib, log, name, view):
    """V4.1, V4.2: the tensor itself comes back, with a place of its own, one version on; gradients are right."""
    x = leaf(lib, 0.3, 0.45, 0.8)
    y = x * 1.0
    t = y[1:] if view else y
    log("same", getattr(t, name)(*FORMS[name]) is t)
    log("values", y, y._version, t._version, t.requires_grad, t.is_leaf)
    lib.sum(y * y).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("name", ["add_", "sub_", "mul_", "div_", "pow_", "atan2_", "hypot_", "copysign_", "copy_"])
@parity
def test_gradient_to_the_other_operand(lib, log, name):
    """V4: to both operands; where the other one broadcasts, summed to its shape; in its dtype."""
    x = lib.tensor([[0.3, 0.45], [0.8, 0.6]], requires_grad=True)
    for other in (leaf(lib, 0.5, 0.7), leaf(lib, 0.5), lib.tensor([[0.5], [0.7]], requires_grad=True, dtype="float32")):
        y = x * 1.0
        getattr(y, name)(other)
        lib.sum(y * y).backward()
        log("grads", x.grad, other.grad, dtype_name(other.grad), y.grad_fn is not None)
        x.grad = None


@parity
def test_the_other_operand_alone(lib, log):
    """V4.1: a tensor that did not require grad does afterwards."""
    g = leaf(lib, 1.0, 2.0)
    t = lib.tensor([3.0, 4.0])
    t.mul_(g)
    log("node", t.requires_grad, t.is_leaf, t.grad_fn, edges(lib, t.grad_fn))
    t.backward(lib.tensor([1.0, 10.0]))
    log("grad", g.grad)
    i = lib.tensor([1, 2])
    i.copy_(g)
    log("integers", i, i.requires_grad, i._version)


@parity
def test_nodes_and_edges(lib, log):
    """V4.1, V4.2: the first edge leads to the old place."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * 1.0
    before = y.grad_fn
    y.mul_(w * 1.0)
    log("plain", y.grad_fn, y.grad_fn.next_functions[0][0] is before, edges(lib, y.grad_fn))
    before = y.grad_fn
    v = y[:1]
    v.mul_(w[:1])
    log("view", y.grad_fn, y.grad_fn.next_functions[0][0] is before, edges(lib, y.grad_fn)[0], edges(lib, v.grad_fn))
    b = lib.tensor([1.0, 2.0])
    b[:1].copy_(w[:1])
    log("base without grad", b.grad_fn, edges(lib, b.grad_fn)[0])
    y.copy_(w)
    log("copy_", y.grad_fn, edges(lib, y.grad_fn))
    y.zero_()
    log("zero_", y.grad_fn, edges(lib, y.grad_fn))


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "%", "**"])
@parity
def test_syntax(lib, log, symbol):
    """V4: ``x += y`` and its like are in place; ``@=`` is not."""
    x = leaf(lib, 1.5, 2.5)
    names = {"y": x * 1.0, "z": lib.tensor([0.75, 2.0])}
    y = names["y"]
    for other in ("0.75", "z"):
        exec(f"y {symbol}= {other}", names)
        log("same", names["y"] is y, y, y._version)
    lib.sum(y).backward()
    log("grad", x.grad)
    exec("z @= z" if symbol == "*" else f"z {symbol}= y", names)
    log("z", names["z"].requires_grad)
    leaf_names = {"x": x}
    log.attempt("leaf", lambda: exec(f"x {symbol}= 2.0", leaf_names))


@pytest.mark.parametrize("symbol", ["&", "|", "^", "<<", ">>"])
@parity
def test_syntax_of_bits(lib, log, symbol):
    names = {"i": lib.tensor([6, 5, 12])}
    i = names["i"]
    exec(f"i {symbol}= 2", names)
    log("same", names["i"] is i, i, i._version)


@pytest.mark.parametrize("name", ["eq_", "ne_", "lt_", "le_", "gt_", "ge_"])
@parity
def test_comparisons(lib, log, name):
    """V4.1: the result is written as 0 and 1; what was there has gradient 0."""
    x = leaf(lib, 1.0, 2.0, 0.0)
    y = x * 1.0
    getattr(y, name)(lib.tensor([1.0, 3.0, 0.0]))
    log("values", y, y.requires_grad, y.is_leaf)
    if y.requires_grad:
        lib.sum(y).backward()
        log("grad", x.grad)


# -- refused -----------------------------------------------------------------------------------------------------------
@parity
def test_results_that_do_not_fit(lib, log):
    """The target keeps its shape and the kind of its dtype; nothing happens where the result has another."""
    i, f, b = lib.tensor([1, 2]), lib.tensor([1.0, 2.0]), lib.tensor([True, False])
    log.attempt("integers, number", lambda: i.add_(1.5))
    log.attempt("integers, true division", lambda: i.div_(2))
    log.attempt("integers, floats", lambda: i.mul_(f))
    log.attempt("booleans, integers", lambda: b.add_(i))
    log.attempt("floats, complex", lambda: f.mul_(lib.tensor([1.0j, 2.0])))
    log.attempt("broadcast target", lambda: f.add_(lib.tensor([[1.0, 2.0], [3.0, 4.0]])))
    log.attempt("other shape", lambda: f.add_(lib.tensor([1.0, 2.0, 3.0])))
    log.attempt("sine of integers", lambda: i.sin_())
    log.attempt("copy_ of another shape", lambda: f.copy_(lib.tensor([1.0, 2.0, 3.0])))
    log.attempt("fill_ with a vector", lambda: f.fill_(f))
    log.attempt("clamp_ without bounds", lambda: f.clamp_())
    log("unchanged", i, f, b, i._version, f._version, b._version)
    log.attempt("not a number", lambda: f.add_("a"))


@parity
def test_dtypes_that_fit(lib, log):
    """Of one kind, the target's dtype stays; copy_ casts everything."""
    single = lib.tensor([1.0, 2.0], dtype="float32")
    single.add_(lib.tensor([0.5, 0.5]))
    small = lib.tensor([1, 2], dtype="uint8")
    small.add_(lib.tensor([1, 1]))
    whole = lib.tensor([1, 2])
    whole.copy_(lib.tensor([1.75, -2.25]))
    log("dtypes", single, dtype_name(single), small, dtype_name(small), whole, dtype_name(whole))
    z = lib.tensor([1.0 + 1.0j])
    z.mul_(lib.tensor([2.0]))
    z.add_(3.0)
    log("complex", z)


@parity
def test_one_memory_for_several_elements(lib, log):
    """V3: an expanded target is refused, but for zero_ and fill_ with a number."""
    e = lib.broadcast_to(lib.tensor([1.0]), (3,))
    log.attempt("add_", lambda: e.add_(1.0))
    log.attempt("copy_", lambda: e.copy_(lib.tensor([1.0, 2.0, 3.0])))
    log.attempt("setitem", lambda: e.__setitem__(slice(None, 2), 4.0))
    log.attempt("one element", lambda: e[0].add_(1.0))
    log("values", e, e._version)
    log.attempt("fill_", lambda: e.fill_(7.0))
    log.attempt("zero_", lambda: e.zero_())
    log("version", e._version)


# -- saved values ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("view", [False, True])
@pytest.mark.parametrize("name", FORMS)
@parity
def test_written_again_before_the_backward(lib, log, name, view):
    """S1.2: an error where the result was saved; what was saved of the old value is a copy."""
    x = leaf(lib, 0.3, 0.45, 0.8)
    y = x * 1.0
    t = y[1:] if view else y
    getattr(t, name)(*FORMS[name])
    y.add_(1.0)
    log.attempt("backward", lib.sum(y).backward)
    log("grad", x.grad)


@pytest.mark.parametrize("alias", ["itself", "detached", "view", "sibling", "disjoint view", "base"])
@parity
def test_every_alias_is_seen(lib, log, alias):
    """S1.1, S1.3: whoever writes to the memory of what was saved."""
    x = leaf(lib, 1.0, 2.0, 3.0, 4.0)
    y = x * 1.0
    v = y[:2]
    z = lib.sum(v * v)
    other = {
        "itself": v,
        "detached": v.detach(),
        "view": v[1:],
        "sibling": y[1:3],
        "disjoint view": y[3:],
        "base": y,
    }[alias]
    log("versions", [t._version for t in (y, v, other)])
    with lib.no_grad():
        other.add_(1.0)
    log("versions", [t._version for t in (y, v, other)])
    log.attempt("backward", z.backward)


@parity
def test_an_offset_view_of_a_saved_output(lib, log):
    """S1.1: exp saved its result; a view of it is written to."""
    x = leaf(lib, 0.0, 1.0)
    y = lib.exp(x)
    y[1:].mul_(3.0)
    log.attempt("backward", lib.sum(y).backward)


@parity
def test_saved_copies_are_what_the_node_shows(lib, log):
    """S2.1: the old value of a tensor multiplied in place, only where the other operand requires grad."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.mul_(x)
    log("self", y.grad_fn._saved_self, y.grad_fn._saved_other)
    y.mul_(2.0)
    log("none", y.grad_fn._saved_self)
    y.exp_()
    log("result", y.grad_fn._saved_result, y.grad_fn._saved_result.grad_fn)


@pytest.mark.parametrize("other", ["itself", "detached", "view"])
@parity
def test_an_operand_that_is_overwritten(lib, log, other):
    """S1.2: ``y *= y`` overwrites what the gradient needs."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.mul_({"itself": y, "detached": y.detach(), "view": y[...]}[other])
    log("values", y)
    log.attempt("backward", lib.sum(y).backward)


@parity
def test_second_order_through_writes(lib, log):
    """V4.3: a recorded backward records the writes to its own gradients."""
    x = leaf(lib, 0.5, 1.0, 1.5)
    y = x * 1.0
    v = y[1:]
    v.sin_()
    v[0].mul_(x[2])
    y[::2].sin_()
    (g,) = lib.grad(lib.sum(y * y), x, create_graph=True)
    log("first", g)
    (h,) = lib.grad(lib.sum(g * g), x)
    log("second", h)


@parity
def test_released_writes(lib, log):
    """V4.3, G4.5: a write to a view is released like any node; its edges stay."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y[:1].mul_(x[1:])
    node = y.grad_fn
    lib.sum(y).backward(retain_graph=True)
    lib.sum(y).backward()
    log("grad", x.grad)
    log.attempt("again", lambda: lib.sum(y).backward())
    log("edges", edges(lib, node)[0])


@parity
def test_undefined_gradients(lib, log):
    """V4.3: undefined in, undefined out; an input that is not wanted gets none."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0)
    y = x * 1.0
    y[:1].mul_(w)
    log("only w", lib.grad(lib.sum(y), w, retain_graph=True))
    log("only x", lib.grad(lib.sum(y), x, retain_graph=True))
    log("both", lib.grad(lib.sum(y), [x, w]))


# -- x[key] = value ----------------------------------------------------------------------------------------------------
KEYS = {
    "integer": lambda lib: 1,
    "negative": lambda lib: -1,
    "integers": lambda lib: (1, 2),
    "slice": lambda lib: slice(0, 1),
    "step": lambda lib: (slice(None), slice(None, None, 2)),
    "Ellipsis": lambda lib: Ellipsis,
    "all": lambda lib: slice(None),
    "None": lambda lib: (None, 0),
    "list": lambda lib: [0, 1],
    "tensor": lambda lib: lib.tensor([1, 0]),
    "tensors": lambda lib: (lib.tensor([0, 1]), lib.tensor([2, 0])),
    "mixed": lambda lib: (slice(None), lib.tensor([2, 0])),
    "0-d tensor": lambda lib: lib.tensor(1),
    "mask": lambda lib: lib.tensor([[True, False, True], [False, False, True]]),
    "mask of rows": lambda lib: lib.tensor([False, True]),
    "nothing": lambda lib: lib.tensor([False, False]),
}


@pytest.mark.parametrize("value", ["number", "0-d", "like", "broadcast"])
@pytest.mark.parametrize("key", KEYS)
@parity
def test_setitem(lib, log, key, value):
    """V4: the gradient of the value is gathered and summed to its shape; that of the rest of x goes on."""
    x = lib.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    key = KEYS[key](lib)
    y = x * 1.0
    there = y[key].detach()
    w = {
        "number": lambda: 7.0,
        "0-d": lambda: leaf(lib, 7.0),
        "like": lambda: lib.tensor((lib.array(there) * 10.0).tolist(), requires_grad=True),
        "broadcast": lambda: lib.tensor((lib.array(there) * 10.0)[..., :1].tolist(), requires_grad=True)
        if there.ndim
        else leaf(lib, 3.0),
    }[value]()
    if value in ("like", "broadcast") and 0 in w.shape:
        w = 7.0  # nothing is written
    y[key] = w
    log("values", y, y._version, y.requires_grad)
    lib.sum(y * y).backward()
    log("grads", x.grad, getattr(w, "grad", None))


@parity
def test_setitem_with_leading_ones(lib, log):
    """A value may have more axes than fit, if they are of length 1."""
    y = lib.tensor([1.0, 2.0, 3.0])
    w = lib.tensor([[[5.0, 6.0]]], requires_grad=True)
    y[1:] = w
    lib.sum(y * y).backward()
    log("values", y, w.grad)
    log.attempt("too many", lambda: y.__setitem__(slice(1, None), lib.tensor([[1.0, 2.0], [3.0, 4.0]])))


@parity
def test_setitem_of_a_part_by_itself(lib, log):
    """A row written over another row of the same tensor: the value is what it was before."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1.0
    y[0] = y[1] * 2.0
    y[1] = y[0]
    log("values", y)
    lib.sum(y * y).backward()
    log("grad", x.grad)


@parity
def test_masked_and_indexed_writes(lib, log):
    """V4: masked_fill_, masked_scatter_, index_put_."""
    x, w = leaf(lib, 1.0, 2.0, 3.0), leaf(lib, 9.0)
    y = x * 1.0
    mask = lib.tensor([True, False, True])
    y.masked_fill_(mask, 0.5)
    y.masked_fill_(lib.tensor([False, True, False]), w)
    log("filled", y)
    lib.sum(y * y).backward()
    log("grads", x.grad, w.grad)
    v = leaf(lib, 5.0, 6.0, 7.0)
    y = x * 1.0
    y.masked_scatter_(mask, v)
    y.index_put_((lib.tensor([1]),), w)
    log("scattered", y)
    lib.sum(y * y).backward()
    log("grads", x.grad, v.grad, w.grad)
    y = x * 1.0
    y.index_put_((lib.tensor([0, 0, 2]),), v, accumulate=True)
    log("added", y)
    lib.sum(y * y).backward()
    log("grads", x.grad, v.grad)
    log.attempt("mask of numbers", lambda: y.masked_fill_(y, 0.0))
    log.attempt("vector to fill with", lambda: y.masked_fill_(mask, v))
    log.attempt("too few", lambda: y.masked_scatter_(mask, v[:1]))


@parity
def test_random_writes(lib, log):
    """V4.1: draws hide what was there."""
    x = leaf(lib, 1.0, 2.0)
    for name, args in (("normal_", (0.0, 2.0)), ("uniform_", (-1.0, 1.0))):
        y = x * 1.0
        log("same", getattr(y, name)(*args) is y, y.grad_fn, y._version)
        lib.sum(y).backward()
        log("grad", x.grad)


@differs(
    "W21",
    torch=NOT_RUN,
    wengert=[("write", "returned", [1.0, 1.0, 2.0, 3.0]), ("grad", [2.0, 1.0, 1.0, 0.0])],
    reason="A part may be written over another part of the same memory: the values are those from before. PyTorch refuses, or "
    "reads what it has already overwritten.",
)
def test_overlapping_memory(lib, log):
    """V3: where the target and the value overlap."""
    x = leaf(lib, 1.0, 2.0, 3.0, 4.0)
    y = x * 1.0
    log.attempt("write", lambda: y[1:].copy_(y[:-1])._base)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_version_is_counted_always(lib, log):
    """S1.1: in every mode; not for what is no write."""
    x = leaf(lib, 1.0, 2.0)
    with lib.no_grad():
        x.add_(1.0)
        x[0] = 3.0
        x.zero_()
    log("no_grad", x._version)
    x.grad = lib.tensor([1.0, 1.0])
    x.requires_grad_(False)
    log("none", x._version)
    lib.graph.increment_version(x)
    lib.graph.increment_version([x, x[:1]])
    log("by hand", x._version)


EXPANDED = {
    "mask": lambda lib, e: e.__setitem__(e > 1.5, 9.0),
    "mask of rows": lambda lib, e: e.__setitem__(lib.tensor([True, False]), 9.0),
    "no element": lambda lib, e: e.__setitem__(e > 100.0, 9.0),
    "index": lambda lib, e: e.__setitem__(lib.tensor([1]), lib.tensor([[7.0, 8.0, 9.0]])),
    "indices": lambda lib, e: e.index_put_((lib.tensor([0]), lib.tensor([1])), lib.tensor([9.0])),
    "masked_fill_": lambda lib, e: e.masked_fill_(lib.tensor([True, False, True]), 9.0),
    "masked_scatter_": lambda lib, e: e.masked_scatter_(e > 0.0, lib.tensor([1.0] * 6)),
    "row": lambda lib, e: e.__setitem__(0, 9.0),
    "all": lambda lib, e: e.__setitem__(slice(None), 9.0),
    "column": lambda lib, e: e.__setitem__((slice(None), 0), 9.0),
}


@pytest.mark.parametrize("which", EXPANDED)
@pytest.mark.filterwarnings("ignore:.*on expanded tensors is deprecated")
@parity
def test_writing_into_an_expanded_tensor(lib, log, which):
    """V3: masks and indices may write to elements that share their place in memory; what is recorded of it has no gradient."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    for base in (x.detach(), x * 1.0):
        e = lib.broadcast_to(base, (2, 3))
        log.attempt("write", lambda e=e: EXPANDED[which](lib, e) is None)
        log("values", e, base, base._version)
    if which != "row":
        log.attempt("backward", lambda: (e * e).sum().backward())


@parity
def test_writing_into_an_expanded_tensor_warns(lib, log):
    """V3: as of something that is to end."""
    for write in ("mask", "masked_fill_"):
        e = lib.broadcast_to(lib.tensor([1.0, 2.0, 3.0]), (2, 3))
        with pytest.warns(UserWarning, match="on expanded tensors is deprecated"):
            EXPANDED[write](lib, e)
    log("done")
