"""Graphs have PyTorch's nodes, in PyTorch's order: programs that print them, or hook each node, see the same."""

import gc
import warnings
import weakref

import pytest
import torch

import wengert.compat.torch as spelled

LIBRARIES = [torch, spelled]


def both(program):
    """What a program gives in PyTorch, after checking that ours gives the same."""
    expected, got = map(program, LIBRARIES)
    assert got == expected
    return expected


def names(node):
    """The names of a node and of what lies below, as nested lists."""
    return [node.name(), *(n and names(n) for n, _ in node.next_functions)]


@pytest.mark.parametrize("size", [1, 3])
def test_linear_layer_of_a_matrix(size):
    def program(torch):
        x = torch.ones(size, 2, requires_grad=True)
        return names(torch.nn.Linear(2, 4)(x).sum().grad_fn)

    assert both(program)[1][0] == "AddmmBackward0"


def test_order_of_hooks_around_a_linear_layer():
    def program(torch):
        seen, layer = [], torch.nn.Linear(2, 2)
        x = torch.ones(3, 2, requires_grad=True)
        layer.register_full_backward_hook(lambda *_: seen.append("layer"))
        y = layer(x).sum()

        def watch(node):
            number = len(seen_nodes)
            seen_nodes.append(node)
            node.register_prehook(lambda _: seen.append(("before", number)))
            node.register_hook(lambda *_: seen.append(("after", number)))
            for below, _ in node.next_functions:
                watch(below)

        seen_nodes = []
        watch(y.grad_fn)
        for name, leaf in (("x", x), ("weight", layer.weight), ("bias", layer.bias)):
            leaf.register_hook(lambda _, name=name: seen.append(name))
            leaf.register_post_accumulate_grad_hook(lambda _, name=name: seen.append((name, "is stored")))
        y.backward()
        return seen

    assert len(both(program)) == 23


@pytest.mark.parametrize(
    "make",
    [
        lambda torch, x: x.t(),
        lambda torch, x: x.transpose(0, 1),
        lambda torch, x: x.mT,
        lambda torch, x: x.T,
        lambda torch, x: torch.addmm(x[0], x, x.t()),
        lambda torch, x: torch.nn.functional.threshold(x, 0.5, 2.0),
    ],
)
def test_name_of_the_node(make):
    both(lambda torch: make(torch, torch.ones(2, 2, requires_grad=True)).grad_fn.name())


@pytest.mark.parametrize("inplace", [False, True])
def test_threshold(inplace):
    def program(torch):
        x = torch.tensor([-1.0, 0.5, 2.0, float("inf")], requires_grad=True)
        y = torch.nn.functional.threshold(x * 1, 0.5, 7.0, inplace)
        (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
        (h,) = torch.autograd.grad(g[1:3].sum(), x)
        return y.tolist(), g.tolist(), h.tolist()

    both(program)


def test_second_derivative_of_threshold_written_to_a_view():
    def program(torch):
        x = torch.ones(2, 3, requires_grad=True)
        y = torch.nn.functional.threshold((x + 1).view_as(x), 0.0, 0.0, True).sigmoid()
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return g.grad_fn.next_functions[1][0].name()

    assert both(program) == "ThresholdBackwardBackward0"


def test_views_find_their_place_by_their_own_operators():
    def program(torch):
        track, found = torch.autograd._force_original_view_tracking, []

        def written():
            base = torch.ones(2, 2, requires_grad=True).clone()
            view, other = base.t()[0], base.view(4)
            view.mul_(3)
            (g,) = torch.autograd.grad((other * other).sum(), base, retain_graph=True)
            found.append((names(view.grad_fn)[:2], other.grad_fn.name(), torch.autograd.is_view_replay_enabled(), g.tolist()))

        with track(True):
            written()
            with track(False):
                written()
            written()
        written()
        with torch.no_grad(), track(True):
            found.append(torch.ones(2).view(2, 1).add_(1).tolist())
        return [str(f).replace("'SelectBackward0'", "'IndexBackward0'") for f in found]

    found = both(program)
    assert "ViewBackward0" in found[0]
    assert "AsStrided" in found[-2]


# -- what a mode sees --------------------------------------------------------------------------------------------------
def test_dispatch_mode_sees_the_backward():
    def program(torch):
        seen = []
        from_within = torch._C._current_autograd_node
        base = __import__(f"{torch.__name__}.utils._python_dispatch", fromlist=["x"]).TorchDispatchMode

        class Watch(base):
            def __torch_dispatch__(self, func, types, args=(), kwargs=None):
                seen.append((str(func), type(from_within()).__name__))
                return func(*args, **(kwargs or {}))

        with Watch():
            x = torch.rand(3, requires_grad=True)
            y = x.mul(2).div(3).sum()
            seen.append("backward")
            y.backward()
        return seen, x.grad.tolist()

    seen, _ = both(program)
    assert seen[-1] == ("aten.detach.default", "AccumulateGrad")


# -- around errors -----------------------------------------------------------------------------------------------------
def test_anomaly_warning_made_an_error_does_not_hide_the_error(capsys):
    def program(torch):
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("ignore")
            with torch.autograd.detect_anomaly():
                warnings.simplefilter("error")
                x = torch.ones(2, requires_grad=True)
                y = x + 1
                z = y**2
                y += 1
                with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                    z.sum().backward()
        return "Error detected in PowBackward0" in capsys.readouterr().err

    assert both(program)


def test_stopped_recomputation_keeps_nothing():
    def program(torch):
        refs = []

        class Copy(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x.clone()
                ctx.save_for_backward(y)
                refs.append(weakref.ref(y))
                return y

            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0]

        checkpoint = __import__(f"{torch.__name__}.utils.checkpoint", fromlist=["x"]).checkpoint
        x = torch.ones(2, requires_grad=True)
        gc.collect()
        gc.disable()
        try:
            checkpoint(Copy.apply, x, use_reentrant=False).sum().backward()
            return [ref() for ref in refs]
        finally:
            gc.enable()

    assert both(program) == [None, None]


# -- what is released --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("of_view", [False, True])
def test_second_backward_through_a_write_at_indices(retain, of_view):
    def program(torch):
        x = torch.ones(3, requires_grad=True)
        base = torch.zeros(2, 3)
        y = base[0] if of_view else base
        y[..., [1, 2]] = x[:2]
        y.sum().backward(retain_graph=retain)
        try:
            y.sum().backward()
        except RuntimeError as error:
            return "Specify retain_graph=True" in str(error)
        return x.grad.tolist()

    assert both(program) == ([2.0, 2.0, 0.0] if retain and of_view else [4.0, 4.0, 0.0] if retain else True)
