"""Checkpoints: what their messages say in PyTorch, what modes see of a recomputation, and what comes back as it was saved."""

import contextlib

import pytest
import torch as real
import torch.utils.checkpoint
from torch.utils._python_dispatch import TorchDispatchMode

import wengert.compat.torch as spelled
from wengert.compat.torch.utils import _python_dispatch, checkpoint

CASES = [(real, real.utils.checkpoint, TorchDispatchMode), (spelled, checkpoint, _python_dispatch.TorchDispatchMode)]
BOTH = pytest.mark.parametrize(("torch", "module", "mode"), CASES, ids=["torch", "spelled"])


def changing(first, then):
    """A function that does one thing at first and another from then on."""
    calls = iter([first])
    return lambda x: next(calls, then)(x)


@BOTH
def test_messages(torch, module, mode):
    x = torch.ones(1, requires_grad=True)
    for call in (lambda: module.checkpoint(torch.exp, x), lambda: module.checkpoint_sequential([torch.exp], 1, x)):
        with pytest.warns(UserWarning, match="the use_reentrant parameter should be passed explicitly"):
            call()
    with pytest.raises(Exception, match="only supported when use_reentrant=False"):
        module.checkpoint(torch.exp, x, use_reentrant=True, context_fn=lambda: module.noop_context_fn())
    out = module.checkpoint(
        changing(lambda t: t.sin().exp(), lambda t: t.sin() * torch.ones(2)), x, use_reentrant=False, debug=True
    )
    with pytest.raises(RuntimeError, match="You are seeing this error because you passed `debug=True` to checkpoint"):
        out.sum().backward()


@BOTH
def test_used_twice(torch, module, mode):
    said = []

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            ctx.saved_tensors
            with pytest.raises(RuntimeError, match="Unpack is being triggered for a tensor that was already unpacked once"):
                ctx.saved_tensors
            said.append(1)
            return g

    x = torch.ones(1, requires_grad=True)
    module.checkpoint(lambda t: Twice.apply(t * 2), x, use_reentrant=False).backward()
    assert said == [1]
    out = module.checkpoint(torch.exp, x, use_reentrant=False)
    with module.GraphExecGroup():
        out.backward(retain_graph=True)
        with pytest.raises(RuntimeError, match="Performing two backward calls that overlap"):
            out.backward()


@BOTH
def test_modes_see_what_is_recomputed(torch, module, mode):
    class Names(mode):
        def __init__(self):
            super().__init__()
            self.names = []

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.names.append(func.__name__)
            return func(*args, **(kwargs or {}))

    x = torch.ones(1, requires_grad=True)
    names = Names()
    out = module.checkpoint(torch.exp, x, use_reentrant=False, context_fn=lambda: (names, contextlib.nullcontext()))
    assert names.names == ["exp.default"]
    names.names.clear()
    out = module.checkpoint(torch.exp, x, use_reentrant=False, context_fn=lambda: (contextlib.nullcontext(), names))
    out.backward()
    assert names.names == ["exp.default", "detach.default"]
    names.names.clear()
    with names:
        x.detach()
    assert names.names == ["detach.default"]


@BOTH
def test_what_has_no_place_in_the_graph_comes_back_itself(torch, module, mode):
    found = []

    class Kept(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(y)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            found.extend(ctx.saved_tensors)
            return g, None

    x, y = torch.ones(1, requires_grad=True), torch.ones(1)
    module.checkpoint(Kept.apply, x, y, use_reentrant=False).backward()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        out = Kept.apply(x, y)
    out.backward()
    assert [t is y for t in found] == [True, True]
