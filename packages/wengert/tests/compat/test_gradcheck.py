"""What ``gradcheck`` does and says in PyTorch, and its old functions for Jacobians."""

import importlib

import pytest
import torch as real

import wengert.compat.torch as spelled

BOTH = pytest.mark.parametrize("torch", [real, spelled], ids=["torch", "spelled"])


def leaves(torch, count=1, dtype="float64", size=2):
    return [torch.rand(size, dtype=getattr(torch, dtype), requires_grad=True) for _ in range(count)]


def copying(torch, seen=None, **methods):
    """A Function of two arguments that returns copies of both."""

    def forward(ctx, x, y):
        if seen is not None:
            seen.append((x.requires_grad, y.requires_grad))
        return x.clone(), y.clone()

    body = {"forward": forward, "jvp": lambda ctx, s, t: (s, t), **methods}
    return type("Copying", (torch.autograd.Function,), {k: staticmethod(v) for k, v in body.items()})


@BOTH
def test_forward_mode_has_inputs_out_of_the_graph(torch):
    """Every differentiated input is dual there, if only with zeros, and requires no grad."""
    fwad = torch.autograd.forward_ad

    def scaled(x, y):
        if fwad._current_level >= 0:
            primal, tangent = fwad.unpack_dual(y)
            assert not primal.requires_grad
            y = fwad.make_dual(primal, tangent * 2)
        return x * y, y

    said = "Jacobian computed with forward mode mismatch for output 0 with respect to input 1"
    for fast_mode in (True, False):
        with pytest.raises(RuntimeError, match=said):
            torch.autograd.gradcheck(scaled, leaves(torch, 2), check_forward_ad=True, fast_mode=fast_mode)
    seen = []
    options = {"check_backward_ad": False, "check_forward_ad": True, "check_batched_forward_grad": True}
    assert torch.autograd.gradcheck(copying(torch, seen).apply, leaves(torch, 2), check_batched_grad=False, **options)
    assert seen.count((True, True)) < len(seen)
    assert set(seen) <= {(True, True), (False, False)}


@BOTH
def test_chance_inside_of_a_batch(torch):
    class Chance(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, g):
            return g * 2

        @staticmethod
        def jvp(ctx, t):
            torch.rand_like(t)
            return t * 2

    with pytest.raises(RuntimeError, match="vmap: We do not yet support calling random operations inside of vmap"):
        torch.autograd.gradcheck(Chance.apply, leaves(torch), check_forward_ad=True, check_batched_forward_grad=True)


@BOTH
def test_undefined_gradients_are_warned_of(torch):
    def hook(g):
        if g is None:
            raise RuntimeError("nothing came")

    def hooked(x):
        y = x.clone()
        y.register_hook(hook)
        return y

    with pytest.warns(UserWarning, match="Backwards compatibility: New undefined gradient support checking feature"):
        assert not torch.autograd.gradcheck(hooked, leaves(torch), raise_exception=False)


@BOTH
def test_neither_way(torch):
    with pytest.raises(AssertionError, match="Expected at least one of"):
        torch.autograd.gradcheck(lambda x: x, leaves(torch), check_backward_ad=False)


@BOTH
def test_old_jacobians(torch):
    module = importlib.import_module(f"{torch.__name__}.autograd.gradcheck")
    a, b = leaves(torch, 2)
    eye = torch.eye(2, dtype=torch.float64)

    def both(inputs):
        return 3 * inputs[0] - inputs[1], inputs[1]

    with pytest.warns(FutureWarning, match="part of PyTorch's private API"):
        first, second = module.get_numerical_jacobian(both, (a, b), eps=1e-6)
    assert torch.allclose(first, 3 * eye)
    assert torch.allclose(second, -eye)
    with pytest.warns(FutureWarning, match="part of PyTorch's private API"):
        (only,), alike, shaped, typed = module.get_analytical_jacobian((a,), 3 * a - b)
    assert torch.allclose(only, 3 * eye)
    assert (alike, shaped, typed) == (True, True, True)
    for old, arguments in ((module.get_numerical_jacobian, (both, (a, b))), (module.get_analytical_jacobian, ((a,), a * 1))):
        with pytest.warns(FutureWarning), pytest.raises(ValueError, match="Expected grad_out to be 1"):
            old(*arguments, grad_out=2.0)


def test_numbers_of_samples():
    """Random tensors of the spelling know `vmap` too."""
    torch = spelled
    x = torch.zeros(3, 2)
    assert len(set(torch.vmap(lambda v: torch.rand_like(v).sum(), randomness="different")(x).tolist())) == 3
    assert len(set(torch.vmap(lambda v: torch.randn(2).sum(), randomness="same")(x).tolist())) == 1
    assert torch.vmap(lambda v: torch.randint(9, (4,)), randomness="different")(x).shape == (3, 4)
