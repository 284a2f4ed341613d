"""A node of another library among what else Wengert does: checkpoints, saved-tensor hooks, compiling, observers, transforms."""

import numpy as np
import pytest

import wengert as wg
from wengert import errors
from wengert.compiled import compiled_autograd

torch = pytest.importorskip("torch")

from wengert.interop.torch import from_torch, to_torch  # noqa: E402  (needs the library)

SIN = from_torch(torch.sin)
DATA = np.array([0.5, 1.0])
SLOPE = 2 * np.cos(2 * DATA)


def leaf():
    return wg.tensor(DATA, requires_grad=True)


def test_inside_a_checkpoint():
    x = leaf()
    wg.checkpoint(lambda x: wg.exp(SIN(x * 2)), x, use_reentrant=False).sum().backward()
    np.testing.assert_allclose(x.grad.array, SLOPE * np.exp(np.sin(2 * DATA)))


def test_saved_tensor_hooks_see_the_inputs():
    """They are what a recorded backward needs of Wengert; what PyTorch has saved is packed by PyTorch's own hooks."""
    x, packed = leaf(), []
    with wg.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t.tolist()) or t.detach(), lambda t: t):
        y = SIN(x)
    y.sum().backward()
    assert packed == [DATA.tolist()]
    np.testing.assert_allclose(x.grad.array, np.cos(DATA))

    seen = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t.tolist()) or t, lambda t: t):
        y = SIN(x)
    assert seen == [DATA.tolist()]
    y.sum().backward()
    np.testing.assert_allclose(x.grad.array, 2 * np.cos(DATA))


def test_in_a_compiled_backward():
    def run():
        layer, x, fired = torch.nn.Linear(2, 1, dtype=torch.float64), leaf(), []
        with torch.no_grad():
            layer.weight.copy_(torch.tensor([[2.0, 3.0]]))
        layer.weight.register_post_accumulate_grad_hook(lambda weight: fired.append(weight.grad.tolist()))
        for _ in range(3):
            y = wg.sin(from_torch(layer)(wg.reshape(x * 2, (1, 2))) - layer.bias.item()).sum()
            y.backward(retain_graph=True)
            y.backward()
        return x.grad.tolist(), fired

    expected = run()
    with compiled_autograd():
        found = run()
    np.testing.assert_allclose(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1])
    assert len(found[1]) == 6


def test_observers_see_one_node():
    x = leaf()
    y = SIN(x).sum()
    assert "TorchFunctionBackward" in str(wg.observe.explain(y))
    assert "TorchFunctionBackward" in str(wg.observe.draw(y))


def test_anomaly_mode_names_the_node():
    x = wg.tensor([0.0, 1.0], requires_grad=True)
    with wg.autograd.set_detect_anomaly(True):
        y = (from_torch(torch.sqrt)(x) * wg.tensor([0.0, 1.0])).sum()
        warned = pytest.warns(UserWarning, match="TorchFunctionBackward")
        with warned, pytest.raises(errors.AnomalyError, match=r"TorchFunctionBackward.*test_with_the_rest"):
            y.backward()


def test_transforms():
    np.testing.assert_allclose(wg.grad(lambda x: SIN(x * 2).sum())(DATA), SLOPE)
    output, pull = wg.vjp(SIN, DATA)
    np.testing.assert_allclose(output, np.sin(DATA))
    np.testing.assert_allclose(pull(np.ones(2))[0], np.cos(DATA))
    with pytest.raises(errors.MissingRuleError, match="jvp"):
        wg.jvp(SIN, (DATA,), (DATA,))
    with pytest.raises(errors.VmapError):
        wg.jacrev(SIN)(DATA)


def test_functions_of_pytorch_that_differentiate():
    function = to_torch(wg.sin)
    x = torch.tensor(DATA)
    torch.testing.assert_close(torch.autograd.functional.jacobian(function, x), torch.diag(torch.cos(x)))
    hessian = torch.autograd.functional.hessian(lambda x: function(x).sum(), x)
    torch.testing.assert_close(hessian, torch.diag(-torch.sin(x)))
    with pytest.raises(errors.LibraryError, match="gradient of output 0 has no values yet"):
        torch.autograd.functional.jacobian(function, x, vectorize=True)


def test_from_several_threads():
    """Each thread has its own modes on both sides."""
    import threading

    layer = torch.nn.Linear(2, 1, dtype=torch.float64).requires_grad_(False)
    function, found = from_torch(layer), []

    def work():
        for _ in range(20):
            x = leaf()
            with wg.no_grad():
                assert not function(x).requires_grad
            function(x).sum().backward()
            found.append(x.grad.tolist())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [layer.weight[0].tolist()] * 80
