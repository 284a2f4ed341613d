"""Hooks that are put on nodes, and contexts that are entered and left, while a backward runs; and what a leaf becomes by set_."""

import pytest

import wengert.compat.torch as spelled

from .both import check, outcome


@pytest.mark.parametrize("names", ["exp", "sin exp"])
def test_post_hook_set_by_an_unpack_hook(names):
    """H5.3: it runs at that node, once, and is shown no gradients of outputs."""

    def program(torch):
        seen = []

        def halve(inputs, outputs):
            seen.append([g is not None for g in outputs])
            return tuple(g / 2 for g in inputs)

        def unpack(t):
            torch._C._current_autograd_node().register_hook(halve)
            return t

        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
            y = x
            for name in names.split():
                y = getattr(y, name)()
        y.sum().backward()
        return x.grad, [any(s) for s in seen]

    check(program)


def test_post_hook_set_by_an_unpack_hook_beside_a_tensor_hook():
    def program(torch):
        def unpack(t):
            torch._C._current_autograd_node().register_hook(lambda inputs, outputs: (inputs[0] * 3,))
            return t

        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
            y = x.exp()
        y.register_hook(lambda g: g * 2)
        y.sum().backward()
        return x.grad

    check(program)


def test_saved_hooks_entered_in_a_backward_end_with_it():
    def program(torch):
        packed = []
        pack, unpack = lambda t: packed.append(1) or t, lambda t: context.__enter__() or t
        context = torch.autograd.graph.saved_tensors_hooks(pack, unpack)
        x = torch.ones(2, requires_grad=True)
        with context:
            x.sin().sum().backward()
        before = len(packed)
        x.sin()
        return len(packed) - before

    check(program)


def test_saved_hooks_left_in_a_backward_are_in_force_after_it():
    def program(torch):
        packed = []
        pack, unpack = lambda t: packed.append(1) or t, lambda t: context.__exit__() or t
        context = torch.autograd.graph.saved_tensors_hooks(pack, unpack)
        x = torch.ones(2, requires_grad=True)
        with context:
            x.sin().sum().backward()
            x.sin()
        x.sin()
        return len(packed)

    check(program)


def test_saved_hooks_left_too_often():
    check(lambda torch: torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t).__exit__())


def test_a_leaf_is_another_one_after_set_():
    def program(torch):
        x = torch.ones(2, requires_grad=True)
        edge = torch.autograd.graph.get_gradient_edge(x)
        y = x.clone()
        with torch.no_grad():
            x.set_(torch.zeros(2))
        return torch.autograd.grad(y.sum(), edge), torch.autograd.grad(x.sum(), x)

    check(program)
    with pytest.raises(RuntimeError, match="to not have been used in the graph"):
        x = spelled.ones(2, requires_grad=True)
        y = x.clone()
        with spelled.no_grad():
            x.set_(spelled.zeros(2))
        spelled.autograd.grad(y.sum(), x)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("edge", [False, True])
def test_gradient_of_another_shape_is_named_as_in_pytorch(batched, edge):
    def program(torch):
        x = torch.ones(2, 3, requires_grad=True)
        y = x * 2
        output = torch.autograd.graph.get_gradient_edge(y) if edge else y
        torch.autograd.grad([x.sum(), output], x, [None, torch.ones(4, 5)] if not batched else [torch.ones(4), torch.ones(4, 5)],
                            is_grads_batched=batched)  # fmt: skip

    error = str(outcome(program, spelled).error)
    assert "grad_output[1] has a shape of torch.Size([4, 5]) and output[1] has a shape of torch.Size([2, 3])." in error
    assert error.startswith("If `is_grads_batched=True`, we interpret the first" if batched else "Mismatch in shape: ")
