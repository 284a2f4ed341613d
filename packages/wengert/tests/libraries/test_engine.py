"""The engine and its hooks on every library: what they do does not depend on whose arrays flow."""

import numpy as np
import pytest

import wengert as wg
from wengert.autograd.graph import register_multi_grad_hook, save_on_cpu, saved_tensors_hooks
from wengert.errors import InPlaceError, LibraryError

NUMBERS = [1.0, 2.0, -3.0]


def close(lib, value, expected):
    np.testing.assert_allclose(lib.host(value), expected, rtol=1e-12)


def test_backward_accumulates(lib):
    x = lib.tensor(NUMBERS, requires_grad=True)
    for times in (1, 2, 3):
        (x * x).sum().backward()
        close(lib, x.grad, [2.0 * times, 4.0 * times, -6.0 * times])


def test_hooks_of_every_kind_fire_in_their_order(lib):
    x, seen = lib.tensor(NUMBERS, requires_grad=True), []
    y = x * 2
    y.register_hook(lambda g: (seen.append("tensor"), g * 10)[1])
    y.retain_grad()
    y.grad_fn.register_prehook(lambda grads: seen.append("pre"))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append("post"))
    x.register_hook(lambda g: seen.append("leaf"))
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("accumulated"))
    register_multi_grad_hook((x, y), lambda grads: seen.append("multi"))
    (y * y).sum().backward()
    assert seen == ["tensor", "pre", "post", "leaf", "multi", "accumulated"]
    close(lib, y.grad, [40.0, 80.0, -120.0])
    close(lib, x.grad, [80.0, 160.0, -240.0])


def test_second_derivative(lib):
    x = lib.tensor(NUMBERS, requires_grad=True)
    (g,) = wg.autograd.grad((x * x * x).sum(), x, create_graph=True)
    (h,) = wg.autograd.grad(g.sum(), x)
    close(lib, g, [3.0, 12.0, 27.0])
    close(lib, h, [6.0, 12.0, -18.0])


def test_saved_tensors_are_packed(lib):
    x, packed = lib.tensor(NUMBERS, requires_grad=True), []
    with saved_tensors_hooks(lambda t: (packed.append(1), lib.host(t))[1], lambda array: lib.tensor(array)):
        y = (x * x).sum()
    y.backward()
    assert packed
    close(lib, x.grad, [2.0, 4.0, -6.0])
    with save_on_cpu():
        z = (x * x).sum()
    z.backward()
    close(lib, x.grad, [4.0, 8.0, -12.0])


def test_writing_in_place_is_recorded(lib):
    if lib.name == "readonly":
        pytest.skip("its arrays are read-only")
    x = lib.tensor(NUMBERS, requires_grad=True)
    y = x * 1
    y.mul_(3)
    y[0] = 0.0
    y.sum().backward()
    close(lib, y, [0.0, 6.0, -9.0])
    close(lib, x.grad, [0.0, 3.0, 3.0])


def test_writing_to_a_view_reaches_its_base(lib):
    """Where arrays are immutable too: there the base is computed anew."""
    if lib.name == "readonly":
        pytest.skip("its arrays are read-only")
    x = lib.tensor(NUMBERS, requires_grad=True)
    y = x * 1
    y[1:].mul_(5)
    y.sum().backward()
    close(lib, y, [1.0, 10.0, -15.0])
    close(lib, x.grad, [1.0, 5.0, 5.0])


def test_a_saved_tensor_that_was_written_to_is_noticed(lib):
    if not lib.adapter.mutable or lib.name == "readonly":
        pytest.skip("nothing can be written to")
    x = lib.tensor(NUMBERS, requires_grad=True)
    y = x.exp()
    z = y.sum()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def test_readonly_arrays_cannot_be_written_to():
    x = wg.asarray(np.broadcast_to(np.float64(1.0), (2,)))
    with pytest.raises(InPlaceError):
        x.add_(1)


def test_mixing_libraries_names_both(lib):
    if lib.name == "readonly":
        pytest.skip("it is NumPy")
    with pytest.raises(LibraryError, match=f"numpy.*{lib.name}|{lib.name}.*numpy"):
        lib.tensor(NUMBERS) + wg.ones(3)


def test_transforms(lib):
    x = lib.tensor(NUMBERS)
    close(lib, wg.grad(lambda x: (x**3).sum())(x), [3.0, 12.0, 27.0])
    _, tangent = wg.jvp(lambda x: x * x, (x,), (lib.tensor([1.0, 0.0, 2.0]),))
    close(lib, tangent, [2.0, 0.0, -12.0])
    if lib.name != "jax":
        close(lib, wg.vmap(lambda x: x * x)(x), [1.0, 4.0, 9.0])


def test_optimizer_step(lib):
    if lib.name == "readonly":
        pytest.skip("its arrays are read-only")
    w = lib.tensor(NUMBERS, requires_grad=True)
    optimizer = wg.optim.SGD([w], lr=0.5)
    (w * w).sum().backward()
    optimizer.step()
    close(lib, w, [0.0, 0.0, 0.0])


def test_a_function_gets_zeros_where_no_gradient_arrives(lib):
    """F1.4: of the library and on the device of the gradient that does."""

    class Two(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2.0, x * 3.0

        @staticmethod
        def backward(ctx, g, h):
            seen.append((type(h.array) is type(g.array), lib.host(h).tolist()))
            return g * 2.0 + h * 3.0

    x, seen = lib.tensor(NUMBERS, requires_grad=True), []
    Two.apply(x)[0].sum().backward()
    assert seen == [(True, [0.0, 0.0, 0.0])]
    close(lib, x.grad, [2.0, 2.0, 2.0])
