"""A test file such as PyTorch's own, with what those import."""

import io
import pickle
import sys
import unittest
import warnings
import weakref
from copy import deepcopy

import torch
import torch.autograd._functions
from torch import nn
from torch.autograd import Function, Variable
from torch.autograd.function import once_differentiable
from torch.autograd.graph import GradientEdge
from torch.testing._internal.common_device_type import (
    dtypes,
    instantiate_device_type_tests,
    onlyCPU,
    onlyCUDA,
)
from torch.testing._internal.common_methods_invocations import mask_not_all_zeros
from torch.testing._internal.common_utils import (
    TestCase,
    disable_gc,
    gradcheck,
    gradgradcheck,
    instantiate_parametrized_tests,
    parametrize,
    set_warn_always_context,
    skipIfTorchDynamo,
)
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint


def shape_of(fn):
    """The classes of a graph, as text."""
    if fn is None:
        return "-"
    inside = ",".join(shape_of(n) for n, _ in fn.next_functions)
    return f"{type(fn).__name__}[{inside}]"


class TestCore(TestCase):
    def test_equal(self):
        self.assertEqual(torch.ones(2), torch.ones(2))
        self.assertEqual(torch.tensor(2.0), 2.0)
        self.assertEqual([torch.zeros(1), 3], [torch.zeros(1), 3])
        self.assertEqual(torch.ones(2), torch.ones(2) + 1e-3, atol=1e-2, rtol=0)
        with self.assertRaises(AssertionError):
            self.assertEqual(torch.ones(2), torch.zeros(2))
        with self.assertRaises(AssertionError):
            self.assertEqual(torch.ones(2), torch.ones(3))
        self.assertNotEqual(torch.ones(2), torch.zeros(2))

    @parametrize("n", [1, 2])
    @parametrize("flag", [True, False])
    def test_parametrized(self, n, flag):
        self.assertIn(n, (1, 2))

    @skipIfTorchDynamo("no")
    def test_graph(self):
        x = torch.ones(2, requires_grad=True)
        expected = "SumBackward0[AddBackward0[MulBackward0[AccumulateGrad[],-],AccumulateGrad[]]]"
        self.assertEqual(shape_of((x * 2 + x).sum().grad_fn), expected)
        y = x.clone()
        y[0] = 2.0
        self.assertEqual(type(y.grad_fn).__name__, "CopySlices")
        (x.sum() * x.sum()).backward(create_graph=True)
        self.assertTrue(shape_of(x.grad.grad_fn).startswith("CopyBackwards[-,"))

    def test_once(self):
        class Twice(Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            @once_differentiable
            def backward(ctx, g):
                self.assertFalse(torch.is_grad_enabled())
                return g * 2

        x = torch.ones(2, requires_grad=True)
        (g,) = torch.autograd.grad(Twice.apply(x).sum() * x.sum(), x, create_graph=True)
        self.assertIn("Error[", shape_of(g.grad_fn))

    def test_boom(self):
        x = torch.ones(2, requires_grad=True)
        y = torch._C._functions.DelayedError("Boom", 1)(x)
        with self.assertRaisesRegex(RuntimeError, "Boom"):
            y.sum().backward()
        seen = []

        class Seen(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.set_materialize_grads(False)
                return x

            @staticmethod
            def backward(ctx, g):
                seen.append(g)
                return g

        torch._C._functions.UndefinedGrad()(Seen.apply(x)).sum().backward()
        self.assertEqual(seen, [None])

    def test_warnings(self):
        with self.assertWarnsRegex(FutureWarning, "Decorating classes is deprecated"):

            @torch.no_grad()
            class Foo:
                pass

        y = torch.ones(1, requires_grad=True).clone()
        with warnings.catch_warnings(record=True) as w:
            warnings.simplefilter("always")
            y.grad
        self.assertEqual(len(w), 1)
        with set_warn_always_context(True), warnings.catch_warnings(record=True) as w:
            warnings.simplefilter("always")
            torch.ones(2, requires_grad=True).sum().backward(create_graph=True)
        self.assertEqual(len(w), 1)

    def test_legacy(self):
        class Old(Function):
            def forward(self, x):
                return x

        with self.assertRaisesRegex(RuntimeError, "Legacy autograd function with non-static forward method is deprecated"):
            Old()(torch.ones(1))

    def test_copies(self):
        x = torch.ones(2, requires_grad=True)
        z = deepcopy(x)
        self.assertEqual(x, z)
        self.assertTrue(z.requires_grad and z is not x)
        with self.assertRaisesRegex(RuntimeError, "deepcopy protocol"):
            deepcopy(x * 2)
        buffer = io.BytesIO()
        torch.save(x, buffer)
        buffer.seek(0)
        self.assertEqual(torch.load(buffer), x)
        self.assertEqual(pickle.loads(pickle.dumps(x)).requires_grad, True)

    def test_gone(self):
        with disable_gc():
            x = torch.ones(2, requires_grad=True)
            y = x.exp().sin()
            r = weakref.ref(y)
            del y
            self.assertIsNone(r())

    def test_mode(self):
        names = []

        class Names(TorchDispatchMode):
            def __torch_dispatch__(self, func, types, args=(), kwargs=None):
                names.append(str(func))
                return func(*args, **(kwargs or {}))

        with Names():
            torch.ones(2).sin().cos()
        self.assertEqual([n for n in names if "ones" not in n], ["aten.sin.default", "aten.cos.default"])

    def test_checkpoint(self):
        x = torch.ones(2, requires_grad=True)
        with self.assertWarnsRegex(UserWarning, "use_reentrant"):
            checkpoint(torch.sin, x)

    def test_gradcheck(self):
        x = torch.randn(2, dtype=torch.double, requires_grad=True)
        self.assertTrue(gradcheck(torch.sin, (x,)))
        self.assertTrue(gradgradcheck(torch.sin, (x,)))
        with self.assertRaisesRegex(RuntimeError, "Jacobian mismatch for output 0 with respect to input 0"):
            gradcheck(lambda t: t.detach() + t * 2, (x,))
        with self.assertRaisesRegex(ValueError, "at least one input tensor to require gradient"):
            gradcheck(torch.sin, (x.detach(),))

    def test_no_grad_of_variables(self):
        v = Variable(torch.ones(2), requires_grad=True)
        self.assertIsInstance(v, torch.Tensor)
        self.assertIsInstance(v, Variable)
        self.assertFalse(v.volatile)
        v.data = torch.zeros(2)
        self.assertEqual(v, torch.zeros(2))

    def test_numpy(self):
        import numpy as np

        self.assertEqual(torch.from_numpy(np.ones(2)), torch.ones(2, dtype=torch.double))
        with self.assertRaisesRegex(RuntimeError, "Can't call numpy"):
            torch.ones(2, requires_grad=True).numpy()

    def test_edge(self):
        x = torch.ones(2, requires_grad=True)
        edge = torch.autograd.graph.get_gradient_edge(x * 2)
        self.assertIsInstance(edge, GradientEdge)
        torch.autograd.backward([edge], [torch.ones(2)]) if hasattr(torch, "never") else None

    def test_sequence(self):
        a = torch.ones(1, requires_grad=True)
        b, c = a * 1, a * 2
        self.assertLess(b.grad_fn._sequence_nr(), c.grad_fn._sequence_nr())

    def test_module(self):
        m = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        m(torch.ones(1, 2)).sum().backward()
        self.assertTrue(all(p.grad is not None for p in m.parameters()))

    def test_out(self):
        x = torch.ones(2, requires_grad=True)
        with self.assertRaisesRegex(RuntimeError, "don't support automatic differentiation"):
            torch.mul(x, x, out=torch.zeros(2))
        out = torch.zeros(2)
        torch.add(torch.ones(2), 1, out=out)
        self.assertEqual(out, torch.full((2,), 2.0))

    def test_setitem_mask(self):
        mask = mask_not_all_zeros((5, 5))
        x = torch.randn(5, 5, requires_grad=True)
        y = x.clone()
        y[mask] = 2
        y.sum().backward()
        self.assertEqual(x.grad, (~mask).float())


instantiate_parametrized_tests(TestCore)


class TestDevice(TestCase):
    @dtypes(torch.float32, torch.float64)
    def test_dtype(self, device, dtype):
        self.assertEqual(torch.ones(2, device=device, dtype=dtype).dtype, dtype)

    @onlyCPU
    def test_cpu(self, device):
        self.assertEqual(torch.device(device).type, "cpu")

    @onlyCUDA
    def test_gpu(self, device):
        self.fail("there is none")


instantiate_device_type_tests(TestDevice, globals(), only_for="cpu")

if __name__ == "__main__":
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(c) for c in (TestCore, globals()["TestDeviceCPU"]))
    result = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(suite)
    print(result.testsRun, len(result.skipped))
    for case, text in result.failures + result.errors:
        print(case.id(), text.strip().splitlines()[-1])
        print(text, file=sys.stderr) if "-v" in sys.argv else None
