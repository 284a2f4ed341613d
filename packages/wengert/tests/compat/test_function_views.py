"""Views that go into custom Functions and come out of them, and their tangents; as in PyTorch."""

import gc
import weakref

import pytest
import torch as real

import wengert.compat.torch as spelled

BOTH = pytest.mark.parametrize("torch", [real, spelled], ids=["torch", "spelled"])


def function(torch, forward, **methods):
    body = {"forward": forward, **methods}
    return type("Given", (torch.autograd.Function,), {k: staticmethod(v) for k, v in body.items()})


def front(torch, log, pure=True, outputs=1):
    """The first two elements as a view."""

    def forward(ctx, x):
        ctx._is_pure_view = pure
        return x[:2] if outputs == 1 else (x[:2], x + 1)

    def backward(ctx, *grads):
        log.append("backward")
        return grads[0].new_zeros(3).index_add(0, torch.tensor([0, 1]), grads[0])

    return function(torch, forward, backward=backward)


@BOTH
def test_a_pure_view_is_written_to_as_a_view(torch):
    log = []
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = front(torch, log).apply(y)
    view *= 10
    (y.sum() + view.sum()).backward()
    assert x.grad.tolist() == [20.0, 20.0, 1.0]
    assert log == []
    x.grad = None
    front(torch, log).apply(x * 1).sum().backward()
    assert log == ["backward"]
    assert x.grad.tolist() == [1.0, 1.0, 0.0]
    with pytest.raises(RuntimeError, match="Pure view custom Function can only have one input Tensor and one output Tensor"):
        front(torch, log, outputs=2).apply(x * 1)


@BOTH
def test_a_pure_view_of_a_temporary(torch):
    def forward(ctx, x):
        ctx._is_pure_view = True
        return x.clone()[0]

    out = function(torch, forward, backward=lambda ctx, g: g).apply(torch.ones(2, requires_grad=True) * 1)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place operation"):
        out += 1


@BOTH
def test_views_handed_out_without_a_place_in_the_graph(torch):
    """Where nothing required grad the view is still one of a Function; under no_grad it is one of no_grad."""
    weight = torch.ones(2, requires_grad=True)
    alias = function(torch, lambda ctx, x: x[:2], backward=lambda ctx, g: g)
    view = alias.apply(torch.zeros(3))
    with pytest.raises(RuntimeError, match="This view was created inside a custom Function"):
        view += weight
    with torch.no_grad():
        view = alias.apply(torch.zeros(3))
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being modified inplace"):
        view.copy_(weight)


@BOTH
@pytest.mark.parametrize("change", ["t_", "squeeze_", "unsqueeze_", "swapaxes_"])
def test_what_forbids_a_write_outlives_another_shape(torch, change):
    arguments = {"t_": (), "swapaxes_": (0, 0)}.get(change, (0,))

    def written(view):
        with torch.no_grad():
            getattr(view, change)(*arguments)
        view.add_(1)

    base = torch.rand(2, 3, requires_grad=True) * 1
    written(base[:])
    written((torch.rand(2, 3, requires_grad=True) * 1)[:1])
    with pytest.raises(RuntimeError, match="function that returns multiple views"):
        written(base.unbind()[0])


@BOTH
@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
def test_a_view_of_a_view_from_outside_of_the_graph(torch, mode):
    with getattr(torch, mode)():
        view = torch.zeros(2)[:] if mode == "no_grad" else None
    if view is None:
        base = torch.zeros(2)
        with torch.inference_mode():
            view = base[:]
    view.requires_grad_(True)
    with pytest.raises(RuntimeError, match="a view of a view .* is being .* inside the " + mode):
        view[:].mul_(2)


@BOTH
def test_marked_as_written(torch):
    def forward(ctx, x):
        out = x.clone()[:1]
        ctx.mark_dirty(out)
        return out

    with pytest.raises(RuntimeError, match="received a tensor that was not an input"):
        function(torch, forward).apply(torch.ones(2, requires_grad=True) * 1)


@BOTH
def test_what_was_marked_does_not_live_on(torch):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    gc.collect()
    gc.disable()
    try:
        for make in (lambda x: x[:], lambda x: x * 1):
            x = make(torch.ones(2, requires_grad=True) * 1)
            gone = weakref.ref(function(torch, forward).apply(x))
            del x
            assert gone() is None
    finally:
        gc.enable()


@BOTH
def test_tangents_of_views(torch):
    fwad = torch.autograd.forward_ad

    def run(jvp, of_view=False):
        alias = function(torch, lambda ctx, x: x[:1], jvp=lambda ctx, t: jvp(t))
        with fwad.dual_level():
            tangent = torch.ones(2)
            x = fwad.make_dual(torch.zeros(2), tangent)
            out = fwad.unpack_dual(alias.apply(x[:] if of_view else x)).tangent
            return out._base is tangent

    assert run(lambda t: t[:1])
    returning = r"A custom Function's forward is returning a view \(or an input as-is\)"
    with pytest.raises(RuntimeError, match=returning + ".*jvp is not returning a view"):
        run(lambda t: t[:1] * 2)
    with pytest.raises(RuntimeError, match="jvp is not returning a view of the given"):
        run(lambda t: t.clone()[:1])
    with pytest.raises(RuntimeError, match="jvp is not returning a view of the same base"):
        run(lambda t: t.clone()[:1], of_view=True)


@BOTH
def test_tangents_of_what_is_written_to(torch):
    fwad = torch.autograd.forward_ad

    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    said = "inplace custom Function is not modifying the forward mode gradients inplace"
    said = f"(?s){said}.*jvp function must modify the corresponding gradient inplace"
    for requires_grad in (False, True):
        for jvp, right in ((lambda ctx, t: t.mul_(2), True), (lambda ctx, t: t, False), (lambda ctx, t: t * 2, False)):
            with fwad.dual_level():
                tangent = torch.ones(1)
                x = fwad.make_dual(torch.ones(1, requires_grad=requires_grad) * 1, tangent)
                written = function(torch, forward, jvp=jvp, backward=lambda ctx, g: g * 2)
                if right:
                    assert fwad.unpack_dual(written.apply(x)).tangent is tangent
                else:
                    with pytest.raises(RuntimeError, match=said):
                        written.apply(x)


@BOTH
def test_node_is_a_virtual_base(torch):
    node = torch.autograd.graph.Node
    made = torch.ones(1, requires_grad=True).exp().grad_fn
    assert isinstance(made, node)
    assert issubclass(type(made), node)
    assert node not in type(made).mro()
    assert issubclass(node, node)
    assert not isinstance(node, node)
    assert not isinstance(1, node)


@BOTH
def test_a_class_with_a_say_in_functions_keeps_what_is_handed_through(torch):
    class Wrapped(torch.Tensor):
        def __init__(self, data):
            super().__init__()
            self.inner = data

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            out = func(*(a.inner if isinstance(a, cls) else a for a in args), **(kwargs or {}))
            return cls(out) if isinstance(out, torch.Tensor) else out

    assert isinstance(function(torch, lambda ctx, x: x).apply(Wrapped(torch.ones(2))), Wrapped)


@BOTH
def test_axes_of_a_view_as_real_changed_in_place(torch):
    """The gradient is that of the same program out of place; PyTorch has it transposed."""

    def gradient(in_place):
        x = torch.zeros(3, 3, dtype=torch.complex64, requires_grad=True)
        view = torch.view_as_real(x.clone())
        if in_place:
            view.transpose_(0, 1)
        else:
            view = view.transpose(0, 1)
        view += 1
        view.backward(torch.arange(18.0).view(3, 3, 2))
        return x.grad.tolist()

    right, found = gradient(False), gradient(True)
    assert found == (right if torch is spelled else [list(row) for row in zip(*right, strict=True)])
