"""Rule A2.3 for operators in place and views, beside PyTorch: tangents are written to as their tensors are."""

from parity.facade import parity


def tangent(lib, tensor):
    return lib.autograd.forward_ad.unpack_dual(tensor).tangent


def level(lib):
    return lib.autograd.forward_ad.dual_level()


def dual(lib, requires_grad=False):
    """x = [1, 2, 3], and a dual tensor of it in direction [1, 0, 2]."""
    x = lib.tensor([1.0, 2.0, 3.0], requires_grad=requires_grad)
    return x, lib.autograd.forward_ad.make_dual(x, lib.tensor([1.0, 0.0, 2.0]))


@parity
def test_views_and_bases_follow(lib, log):
    """A2.3: what shares memory has its part of the tangent; the base of a written view gets one."""
    with level(lib):
        _, u = dual(lib)
        y = u * 1
        v = y[:2]
        y.mul_(2)
        log("base written", tangent(lib, y), tangent(lib, v), tangent(lib, u))
        v.mul_(3)
        log("view written", tangent(lib, y), tangent(lib, v), y)
        y = lib.tensor([1.0, 1.0, 1.0])
        v = y[:2]
        v.copy_(u[1:])
        log("base of a written view", tangent(lib, y), tangent(lib, v), y)
        y = lib.tensor([1.0, 1.0, 1.0])
        v = y[1:].reshape(2, 1)
        y.mul_(u)
        log("view of a written base", tangent(lib, y), tangent(lib, v))


@parity
def test_what_writes(lib, log):
    with level(lib):
        _, u = dual(lib)
        for name, write in [
            ("zero_", lambda y: y.zero_()),
            ("fill_", lambda y: y.fill_(7.0)),
            ("exp_", lambda y: y.exp_()),
            ("add_", lambda y: y.add_(u)),
            ("masked_fill_", lambda y: y.masked_fill_(y > 1.5, 0.0)),
            ("y[0] = 5", lambda y: y.__setitem__(0, 5.0)),
            ("y[0] = dual", lambda y: y.__setitem__(0, u[2] * 3)),
            ("y[1:] = dual", lambda y: y.__setitem__(slice(1, None), u[:2] * u[1:])),
            ("y += constant", lambda y: y.__iadd__(lib.tensor([1.0, 1.0, 1.0]))),
        ]:
            y = u * 1
            write(y)
            log(name, y, tangent(lib, y))
            with lib.no_grad():
                y = u * 1
                write(y)
            log(name + " under no_grad", tangent(lib, y))
        plain = lib.tensor([0.0, 0.0, 0.0])
        plain.add_(1.0)
        log("nothing dual", tangent(lib, plain))
        y = u * 1
        y.detach().mul_(2)
        log("through detach", y, tangent(lib, y))


@parity
def test_writing_to_a_dual_tensor(lib, log):
    """A2.2: it shares memory with the primal, which gets no tangent; of a leaf that requires grad it cannot be written to."""
    with level(lib):
        x, u = dual(lib)
        v = u[1:]
        u.mul_(2)
        log("written", x, u, tangent(lib, u), tangent(lib, v), tangent(lib, x))
        _, u = dual(lib, requires_grad=True)
        log.attempt("dual of a leaf", lambda: u.mul_(2))


@parity
def test_with_reverse_mode(lib, log):
    """Forward over reverse through writes, of the whole and of a part; reverse over forward where nothing needed is lost."""
    with level(lib):
        x, u = dual(lib, requires_grad=True)
        y = u * u
        y[:2].mul_(u[1:])
        y.exp_()
        (g,) = lib.grad(lib.sum(y), x)
        log("forward over reverse", g, tangent(lib, g), tangent(lib, y))
        y = u * u
        y.mul_(lib.tensor([2.0, 3.0, 4.0]))
        log("reverse over forward", tangent(lib, y), lib.grad(lib.sum(tangent(lib, y)), x))
        y = u * 1
        y.mul_(y)
        log.attempt("overwritten itself", lambda: lib.grad(lib.sum(y), x))


@parity
def test_a_function_that_writes(lib, log):
    """F8.1: what forward does to an input in place, jvp does to its tangent in place."""

    def doubling(jvp):
        class Double(lib.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.mark_dirty(x)
                return x.mul_(2)

            @staticmethod
            def jvp(ctx, t):
                return jvp(t)

        return Double.apply

    with level(lib):
        _, u = dual(lib)
        y = u * 1
        out = doubling(lambda t: t.mul_(2))(y)
        log("in place", out is y, y, tangent(lib, y))
        log.attempt("out of place", lambda: doubling(lambda t: t * 2)(u * 1))
