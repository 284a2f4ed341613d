"""Rules A2 and F8.1 beside PyTorch: levels, dual tensors, what carries a tangent and what drops it, the kinds of errors."""

import numpy as np

from parity.facade import differs, parity


def fw(lib):
    return lib.autograd.forward_ad


def duals(lib, requires_grad=False):
    """A dual tensor of x = [1, 2, 3] in direction [1, 0, 2]; call it inside a level."""
    x = lib.tensor([1.0, 2.0, 3.0], requires_grad=requires_grad)
    return x, fw(lib).make_dual(x, lib.tensor([1.0, 0.0, 2.0]))


def tangent(lib, tensor):
    return fw(lib).unpack_dual(tensor).tangent


# -- levels --------------------------------------------------------------------------------------------------------------
@parity
def test_levels(lib, log):
    """A2.1: one level; its number; what is an error outside and inside."""
    x, t = lib.tensor([1.0, 2.0]), lib.tensor([1.0, 1.0])
    log("outside", fw(lib)._current_level)
    log.attempt("make outside", lambda: fw(lib).make_dual(x, t), says="level")
    outside = fw(lib).unpack_dual(x)
    log("unpack outside", outside.primal is x, outside.tangent)
    log.attempt("exit outside", lambda: fw(lib).exit_dual_level())
    with fw(lib).dual_level() as level:
        log("level", level, fw(lib)._current_level)
        log.attempt("nested", lambda: fw(lib).enter_dual_level(), says="Nested")
        log.attempt("another exit", lambda: fw(lib).exit_dual_level(level=5))
        log.attempt("another level", lambda: fw(lib).make_dual(x, t, level=5))
        log.attempt("unpack of another level", lambda: fw(lib).unpack_dual(fw(lib).make_dual(x, t), level=5))
        log("no tangent, another level", fw(lib).unpack_dual(x, level=5).tangent)
        log("of this level", fw(lib).unpack_dual(fw(lib).make_dual(x, t, level=level), level=level).tangent)
    entered = fw(lib).enter_dual_level()
    fw(lib).exit_dual_level(level=entered)
    log("after", entered, fw(lib)._current_level)


@parity
def test_a_level_takes_its_tangents_along(lib, log):
    """A2.1: exiting clears all tangents, also when an exception ends the level; the next level starts without any."""
    with fw(lib).dual_level():
        _, dual = duals(lib)
        result = dual * 2
        log("inside", tangent(lib, result))
    log("after", tangent(lib, result), tangent(lib, dual))
    try:
        with fw(lib).dual_level():
            duals(lib)
            raise KeyError("stop")
    except KeyError:
        log("left", fw(lib)._current_level)
    with fw(lib).dual_level():
        log("next", tangent(lib, result), tangent(lib, dual), tangent(lib, dual * 2))


@parity
def test_decorator(lib, log):
    """A2.1: a level around every call of a function."""

    @fw(lib).dual_level()
    def derivative(x):
        return tangent(lib, fw(lib).make_dual(x, lib.tensor([1.0])) ** 3)

    log("called", derivative(lib.tensor([2.0])), fw(lib)._current_level)
    log("again", derivative(lib.tensor([3.0])), fw(lib)._current_level)


@parity
def test_switched_off(lib, log):
    """A2.3: off in inference mode, and where it is switched off; nothing has a tangent there, and keeps it for later."""
    with fw(lib).dual_level():
        x, dual = duals(lib)
        with lib.inference_mode():
            log("inference", fw(lib)._is_fwd_grad_enabled(), tangent(lib, dual), tangent(lib, dual * 2))
        with fw(lib)._set_fwd_grad_enabled(False):
            log("off", fw(lib)._is_fwd_grad_enabled(), tangent(lib, dual))
            made = fw(lib).make_dual(x, lib.tensor([1.0, 1.0, 1.0]))
            doubled = dual * 2
        log("on", fw(lib)._is_fwd_grad_enabled(), tangent(lib, dual), tangent(lib, made), tangent(lib, doubled))
        switch = fw(lib)._set_fwd_grad_enabled(False)
        log("at construction", fw(lib)._is_fwd_grad_enabled())
        with switch:
            log("as context", fw(lib)._is_fwd_grad_enabled())
        log("after it", fw(lib)._is_fwd_grad_enabled())


# -- dual tensors --------------------------------------------------------------------------------------------------------
@parity
def test_make_dual(lib, log):
    """A2.2: the checks, and an alias of the primal with the tangent as it was given."""
    x, t = lib.tensor([1.0, 2.0]), lib.tensor([1.0, 1.0])
    integers = lib.tensor([1, 2])
    with fw(lib).dual_level():
        log.attempt("integers", lambda: fw(lib).make_dual(integers, t))
        log.attempt("an integer tangent", lambda: fw(lib).make_dual(x, integers))
        log.attempt("another shape", lambda: fw(lib).make_dual(x, lib.tensor([1.0])), says="size")
        dual = fw(lib).make_dual(x, t)
        log.attempt("dual of a dual", lambda: fw(lib).make_dual(dual, t))
        log.attempt("a dual tangent", lambda: fw(lib).make_dual(x, dual))
        primal, given = fw(lib).unpack_dual(dual)
        log("unpacked", primal, given is t, primal is dual, dual is x, tangent(lib, x))
        log("memory", np.shares_memory(lib.array(dual), lib.array(x)))
        log("once more", fw(lib).unpack_dual(primal).tangent)


@parity
def test_dual_of_a_tensor_that_requires_grad(lib, log):
    """A2.2: the dual is no leaf; gradients of it and of its primal go to the tensor."""
    with fw(lib).dual_level():
        x, dual = duals(lib, requires_grad=True)
        log("dual", dual.requires_grad, dual.is_leaf, dual.grad_fn, tangent(lib, dual).requires_grad)
        log("gradient", lib.grad(lib.sum(dual * dual), x))
        primal = fw(lib).unpack_dual(dual).primal
        log("primal", primal.requires_grad, lib.grad(lib.sum(primal * primal), x))
        with lib.no_grad():
            log("under no_grad", fw(lib).make_dual(x, lib.tensor([1.0, 1.0, 1.0])).is_leaf)


@parity
def test_what_carries_a_tangent(lib, log):
    """A2.3: operators and copies do, also under no_grad; detach, data, integers and comparisons do not."""
    with fw(lib).dual_level():
        x, dual = duals(lib)
        with lib.no_grad():
            log("no_grad", tangent(lib, dual * 2))
        log("clone", tangent(lib, dual.clone()))
        log("detach", tangent(lib, dual.detach()))
        log("data", tangent(lib, dual.data))
        log("integers", tangent(lib, lib.astype(dual, "int64")))
        log("comparison", tangent(lib, dual > 1))
        log("argmax", tangent(lib, lib.argmax(dual)))
        log("floor", tangent(lib, lib.floor(dual)))
        log("single precision", tangent(lib, lib.astype(dual, "float32")))
        log("a constant", tangent(lib, x * 2))
        log("views", [tangent(lib, v) for v in lib.unstack(dual)], tangent(lib, dual.reshape(3, 1)), tangent(lib, dual[1:]))
        log("in part", tangent(lib, lib.concat([x, dual])), tangent(lib, dual + x), tangent(lib, lib.maximum(dual, x * 2)))
        left = dual * 2
        left.detach_()
        log("detach_", tangent(lib, left))


@parity
def test_tangents_of_both_operands(lib, log):
    with fw(lib).dual_level():
        _, a = duals(lib)
        b = fw(lib).make_dual(lib.tensor([[2.0], [4.0]]), lib.tensor([[1.0], [10.0]]))
        for name in ("add", "sub", "mul", "div"):
            log(name, tangent(lib, getattr(lib, name)(a, b)))
        log("power", tangent(lib, a**b))
        log("matmul", tangent(lib, b @ a.reshape(1, 3)))
        z = fw(lib).make_dual(lib.tensor([1.0 + 2.0j]), lib.tensor([2.0 - 1.0j]))
        log("complex", [tangent(lib, w) for w in (z * z, abs(z), lib.conj(z), z.real, lib.exp(z), 1 / z)])


# -- with reverse mode -----------------------------------------------------------------------------------------------
@parity
def test_reverse_over_forward(lib, log):
    """A2.3: a tangent is recorded like any result, with respect to the primal and to the tangent that was given."""
    with fw(lib).dual_level():
        x = lib.tensor([1.0, 2.0, 3.0], requires_grad=True)
        v = lib.tensor([1.0, 0.0, 2.0], requires_grad=True)
        dual = fw(lib).make_dual(x, v)
        out = tangent(lib, lib.sum(dual * dual * dual))
        log("tangent", out, out.requires_grad)
        first = lib.grad(out, [x, v], create_graph=True)
        log("gradients", first, [tangent(lib, g) for g in first])
        log("second", lib.grad(lib.sum(first[0]), [x, v]))
        with lib.no_grad():
            log("unrecorded", tangent(lib, dual * dual).requires_grad)


@parity
def test_forward_over_reverse(lib, log):
    """A2.3: inside a level gradients carry tangents, recorded with create_graph only: products with the Hessian."""
    with fw(lib).dual_level():
        x, dual = duals(lib, requires_grad=True)
        for create_graph in (False, True):
            (g,) = lib.grad(lib.sum(lib.exp(dual) * dual), x, create_graph=create_graph)
            primal, along = fw(lib).unpack_dual(g)
            log("gradient", primal, along, primal.requires_grad, along.requires_grad)
        log("third", lib.grad(lib.sum(along), x))
        dual = fw(lib).make_dual(x, lib.tensor([1.0, 1.0, 1.0]))
        seen = []
        middle = dual * dual
        middle.register_hook(lambda grad: seen.append((grad, tangent(lib, grad))))
        lib.sum(middle * middle).backward()
        log("in a hook", seen, lib.is_grad_enabled())
    (g,) = lib.grad(lib.sum(lib.exp(x)), x)
    log("outside", g, tangent(lib, g))


@parity
def test_gradients_that_carry_tangents(lib, log):
    """A2.3: the tangent of a grad_output goes through the backward, which is linear in it."""
    with fw(lib).dual_level():
        x = lib.tensor([1.0, 2.0], requires_grad=True)
        weight = fw(lib).make_dual(lib.tensor([1.0, 1.0]), lib.tensor([5.0, 7.0]))
        (g,) = lib.grad(x * x, x, weight)
        log("gradient", g, tangent(lib, g), g.requires_grad)


# -- custom Functions --------------------------------------------------------------------------------------------------
def product(lib, log, jvp=None, forward=None):
    class Product(lib.Function):
        @staticmethod
        def forward(ctx, x, y, factor):
            ctx.save_for_forward(x, y)
            ctx.save_for_backward(x, y)
            log("forward", lib.is_grad_enabled(), fw(lib)._is_fwd_grad_enabled(), tangent(lib, x))
            return forward(ctx, x, y) if forward else (x * y * factor, x + y)

        @staticmethod
        def backward(ctx, a, b):
            x, y = ctx.saved_tensors
            return 3 * a * y + b, 3 * a * x + b, None

    def full(ctx, s, t, nothing):
        x, y = ctx.saved_tensors
        log("jvp", s, t, nothing, lib.is_grad_enabled(), fw(lib)._is_fwd_grad_enabled(), tangent(lib, x))
        return 3 * (s * y + x * t), s + t

    if jvp is not False:
        Product.jvp = staticmethod(jvp or full)
    return Product.apply


@parity
def test_jvp_of_a_function(lib, log):
    """F8.1: jvp is called with tangents, zeros for those that are missing, None for what is no tensor."""
    with fw(lib).dual_level():
        x, dual = duals(lib)
        apply = product(lib, log)
        log("tangents", [tangent(lib, o) for o in apply(dual, x * 2, 3)])
        log("the other", [tangent(lib, o) for o in apply(x * 2, dual, 3)])
        log("none", [tangent(lib, o) for o in apply(x, x, 3)])
        with lib.no_grad():
            log("no_grad", [tangent(lib, o) for o in apply(dual, x, 3)])
        with lib.inference_mode():
            log("inference", [tangent(lib, o) for o in apply(dual, x, 3)])
        log("without a jvp, without tangents", product(lib, log, jvp=False)(x, x, 3))
        log.attempt("missing", lambda: product(lib, log, jvp=False)(dual, x, 3), says="jvp")


@parity
def test_what_a_jvp_returns(lib, log):
    """F8.1: as many as there are outputs, tensors or None, of the outputs' shapes."""
    with fw(lib).dual_level():
        x, dual = duals(lib)

        def returns(value):
            return lambda: product(lib, log, lambda ctx, s, t, _: value(s))(dual, x, 3)

        log.attempt("too few", returns(lambda s: (s,)), says="expected 2 but got 1")
        log.attempt("too many", returns(lambda s: (s, s, None)), says="expected 2 but got 3")
        log.attempt("one", returns(lambda s: s))
        log.attempt("a number", returns(lambda s: (s, 1.0)), says="float")
        log.attempt("a list", returns(lambda s: [s, s]), says="list")
        log.attempt("another shape", returns(lambda s: (lib.sum(s), s)), says="size")

        def constant(ctx, x, y):
            out = x * y
            ctx.mark_non_differentiable(out)
            return out, x + y

        log.attempt("of a constant", lambda: product(lib, log, lambda ctx, s, t, _: (s, t), constant)(dual, x, 3))
        outs = product(lib, log, lambda ctx, s, t, _: (None, s), constant)(dual, x, 3)
        log("None for it", [tangent(lib, o) for o in outs])
        outs = product(lib, log, lambda ctx, s, t, _: (s, None), lambda ctx, x, y: (x * 2, 5))(dual, x, 3)
        log("None for a number", tangent(lib, outs[0]), outs[1])


@parity
def test_undefined_tangents_of_a_function(lib, log):
    """F4.2, F8.1: None for tangents that are missing, if the Function asks for it."""

    def forward(ctx, x, y):
        ctx.set_materialize_grads(False)
        return x * y, x + y

    def jvp(ctx, *tangents):
        log("jvp", *tangents)
        return tangents[0], tangents[0]

    with fw(lib).dual_level():
        x, dual = duals(lib)
        log("tangents", [tangent(lib, o) for o in product(lib, log, jvp, forward)(dual, x, 3)])


@parity
def test_a_function_and_reverse_mode(lib, log):
    """F8.1: a jvp in operators is recorded; a backward in operators carries tangents, of saved outputs too."""

    class Exp(lib.Function):
        @staticmethod
        def forward(ctx, x):
            out = lib.exp(x)
            ctx.save_for_backward(out)
            ctx.save_for_forward(out)
            return out

        @staticmethod
        def backward(ctx, g):
            (out,) = ctx.saved_tensors
            return g * out

        @staticmethod
        def jvp(ctx, t):
            (out,) = ctx.saved_tensors
            return t * out

    with fw(lib).dual_level():
        x, dual = duals(lib, requires_grad=True)
        out = Exp.apply(dual)
        log("tangent", tangent(lib, out))
        (g,) = lib.grad(lib.sum(out), x, retain_graph=True)
        log("forward over reverse", g, tangent(lib, g))


@parity
def test_save_for_forward(lib, log):
    """F2.5: tensors or None; the last call wins."""

    class Saves(lib.Function):
        what = ()

        @classmethod
        def forward(cls, ctx, x):
            ctx.save_for_forward(x)
            ctx.save_for_forward(*cls.what)
            return x * 1

        @staticmethod
        def jvp(ctx, t):
            log("saved", ctx.saved_tensors)
            return t

    with fw(lib).dual_level():
        _, dual = duals(lib)
        Saves.what = (None, lib.tensor([7.0]))
        Saves.apply(dual)
        Saves.what = (3.0,)
        log.attempt("a number", lambda: Saves.apply(dual))


@differs(
    "W21",
    torch=[("make_dual", "returned", [1.0, 2.0]), ("jvp", "returned", [2.0, 4.0])],
    wengert=[("make_dual", "raised", "RuntimeError"), ("jvp", "raised", "RuntimeError")],
    reason="A tangent has the dtype of its tensor; another one is an error that names both.",
)
def test_a_tangent_of_another_dtype(lib, log):
    """A2.2, W21"""
    x = lib.tensor([1.0, 2.0])

    class Twice(lib.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def jvp(ctx, t):
            return lib.astype(t * 2, "float32")

    with fw(lib).dual_level():
        log.attempt("make_dual", lambda: fw(lib).make_dual(x, lib.tensor([1.0, 1.0], dtype="float32")))
        dual = fw(lib).make_dual(x, lib.tensor([1.0, 1.0]))
        log.attempt("jvp", lambda: Twice.apply(dual))


@differs(
    "A2.3",
    torch=[("once", None), ("twice", [6.0, 12.0])],
    wengert=[("once", [6.0, 12.0]), ("twice", [12.0, 24.0])],
    reason="A gradient brings its tangent into `.grad`, the first time too: it is the derivative of all that `.grad` holds.",
)
def test_tangents_in_grad(lib, log):
    """A2.3: forward over reverse, by backward()."""
    with fw(lib).dual_level():
        x = lib.tensor([1.0, 2.0], requires_grad=True)
        dual = fw(lib).make_dual(x, lib.tensor([1.0, 1.0]))
        for times in ("once", "twice"):
            lib.sum(dual**3).backward()
            log(times, tangent(lib, x.grad))
