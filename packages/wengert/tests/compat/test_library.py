"""``torch.library``: operators that programs define, beside PyTorch."""

from __future__ import annotations

import functools

import pytest
import torch

import wengert.compat.torch as spelled
from wengert.errors import UnsupportedError, UsageError

from .both import check


def defined(lib, calls):
    """``tests::sin_and_two``, inside of a scope; call `leave` afterwards."""
    scope = lib.library._scoped_library("tests", "FRAGMENT")
    scope.__enter__()

    def sin_and_two(x, factor: float = 1.0):
        calls.append("forward")
        return x.sin() * factor, 2

    sin_and_two.__annotations__.update({"x": lib.Tensor, "return": tuple[lib.Tensor, int]})
    op = lib.library.custom_op("tests::sin_and_two", mutates_args=())(sin_and_two)

    def setup_context(ctx, inputs, output):
        calls.append(f"setup {len(inputs)} {len(output)}")
        ctx.save_for_backward(inputs[0])
        ctx.factor = inputs[1]

    def backward(ctx, grad, nothing):
        calls.append(f"backward {nothing}")
        return grad * ctx.saved_tensors[0].cos() * ctx.factor, None

    lib.library.register_autograd("tests::sin_and_two", backward, setup_context=setup_context)
    return op, lambda: scope.__exit__(None, None, None)


def test_a_defined_operator_is_one_node():
    def run(lib):
        calls = []
        op, leave = defined(lib, calls)
        try:
            x = lib.tensor([0.5, 1.0], requires_grad=True)
            y, two = lib.ops.tests.sin_and_two(x, 3.0)
            again = op(x)[0]
            (y * again).sum().backward()
            return y, two, x.grad, calls, str(lib.ops.tests.sin_and_two.default), len(y.grad_fn.next_functions)
        finally:
            leave()

    check(run)


def test_a_selective_checkpoint_keeps_its_results():
    def run(lib):
        calls = []
        op, leave = defined(lib, calls)
        try:
            module = lib.utils.checkpoint
            keep = functools.partial(
                module.create_selective_checkpoint_contexts, [lib.ops.tests.sin_and_two.default]
            )
            x = lib.tensor([0.5, 1.0], requires_grad=True)
            out = module.checkpoint(lambda x: (op(x)[0] * x.sin().exp()).sin(), x, use_reentrant=False, context_fn=keep)
            return lib.autograd.grad(out.sum(), x), calls.count("forward")
        finally:
            leave()

    check(run)


def test_no_formula():
    def run(lib):
        with lib.library._scoped_library("tests", "FRAGMENT"):

            def bare(x):
                return x * 2

            bare.__annotations__.update({"x": lib.Tensor, "return": lib.Tensor})
            out = lib.library.custom_op("tests::bare", mutates_args=())(bare)(lib.ones(2, requires_grad=True))
            with pytest.raises(RuntimeError, match="no autograd formula was registered"):
                out.sum().backward()
            return out

    check(run)


def test_what_is_refused():
    with pytest.raises(UsageError, match="expected 'namespace::name', got 'bare'"):
        spelled.library.custom_op("bare", lambda x: x, mutates_args=())
    with pytest.raises(UnsupportedError, match="mutates_args"):
        spelled.library.custom_op("tests::writes", lambda x: x, mutates_args=("x",), schema="(Tensor(a!) x) -> Tensor")
    with pytest.raises(UsageError, match="no operator 'tests::gone'"):
        spelled.library.register_autograd("tests::gone", lambda ctx, g: g)
    op, leave = defined(spelled, [])
    with pytest.raises(UnsupportedError, match=r"tests::sin_and_two: torch.vmap of a custom operator"):
        spelled.vmap(op)(spelled.ones(2, 3))
    leave()
    assert not hasattr(spelled.ops.tests, "sin_and_two")
    assert torch.ops is not spelled.ops
