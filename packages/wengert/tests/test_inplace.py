"""Operators in place: their derivatives, libraries whose arrays are immutable, and what parity cannot show."""

from __future__ import annotations

import gc
import warnings
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert.arrays.adapter import ADAPTERS
from wengert.arrays.numpy import NumpyAdapter
from wengert.autograd.tensor import Tensor, wrap
from wengert.errors import InPlaceError, OperandError, VersionError
from wengert.ops.inplace import _FORMS
from wengert.testing import gradcheck, gradgradcheck

DISCRETE = ("bitwise", "logical", "nextafter")
DIFFERENTIABLE = [name for name in _FORMS if not name.startswith(DISCRETE)]


def leaf(data):
    return wg.tensor(data, requires_grad=True)


def plain(name):
    def write(x, *others):
        y = x * 1.0
        getattr(y, name)(*others)
        return y * y

    return write


def through_views(name):
    """The same on a view of a view, with the base and the view in use afterwards."""

    def write(x, *others):
        y = x * 1.0
        v = y[:, 1:].T
        getattr(v, name)(*(o[..., 1:].T if o.ndim > 1 else o[:2] for o in others))
        return y * y, v * 1.0

    return write


@pytest.mark.parametrize("how", [plain, through_views])
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_derivatives(name, how):
    """V4: first and second order, of the old value and of the other operand, also where that broadcasts."""
    rng = np.random.default_rng(0)
    arguments = [rng.uniform(1.1, 2.0, (2, 3)) if name == "acosh_" else rng.uniform(0.2, 0.8, (2, 3))]
    if len(_FORMS[name][0].operator.operands) == 2:
        arguments.append(rng.uniform(0.3, 0.9, (2, 3)))
    operands = [leaf(a) for a in arguments]
    assert gradcheck(how(name), operands)
    assert gradgradcheck(how(name), operands)
    if len(operands) == 2 and how is plain:
        assert gradcheck(how(name), [operands[0], leaf(arguments[1][0])])


def writes(x, w):
    """One function of everything that only writes."""
    y = x * 1.0
    y[0].copy_(w)
    y[1, 1:] = w[:2] * x[0, :2]
    y[[1, 0], [0, 2]] = w[0]
    y.diagonal().mul_(x[0, :2])
    y[:, :1].fill_(w[2])
    y.masked_fill_(wg.tensor([[False, False, True], [False, False, False]]), w[1])
    y.reshape(-1)[4:].clamp_(0.3, 0.7)
    wg.moveaxis(y, 0, 1)[1:].pow_(2.0)
    return y * x, y[1:]


def test_derivatives_of_writes():
    """V4.3: through views of every kind."""
    rng = np.random.default_rng(1)
    operands = [leaf(rng.uniform(0.2, 0.9, (2, 3))), leaf(rng.uniform(0.2, 0.9, 3))]
    assert gradcheck(writes, operands)
    assert gradgradcheck(writes, operands)


def test_a_base_in_another_order_of_memory():
    """V4.3: the gradient of the base is laid out as the base is, so that the same parts of it can be views."""

    def write(x):
        y = wg.exp(x.T)  # NumPy keeps the order of the operand's axes
        y.T.reshape(-1)[2:5].mul_(x[0])
        return y * y

    x = leaf(np.arange(6.0).reshape(2, 3) / 6)
    y = wg.exp(x.T)
    assert not y.array.flags.c_contiguous
    assert y.T.reshape(-1)._is_view()
    assert gradcheck(lambda x: write(x.T), leaf(np.arange(6.0).reshape(3, 2) / 6))


def test_complex():
    """V1, V4: through the parts of complex numbers."""

    def write(z):
        w = z * 1.0
        w.real.add_(w.imag * 0.5)
        w.imag[1:].sin_()
        return w * w

    assert gradcheck(write, leaf(np.array([0.5 + 0.25j, -0.3 + 1.0j])))
    assert gradgradcheck(write, leaf(np.array([0.5 + 0.25j, -0.3 + 1.0j])))
    with pytest.raises(InPlaceError, match="abs_"):
        wg.tensor([1.0j]).abs_()


def test_errors_name_what_is_wrong():
    y = leaf([1.0, 2.0])
    with pytest.raises(InPlaceError, match=r"add_.*\(2, 2\).*\(2,\)"):
        wg.tensor([1.0, 2.0]).add_(wg.ones((2, 2)))
    with pytest.raises(InPlaceError, match=r"div_.*float64.*int64"):
        wg.tensor([1, 2]).div_(2)
    with pytest.raises(OperandError, match="add_"):
        Tensor.add_(np.ones(2), 1.0)
    for call, words in (
        (lambda: y.add_(1.0), "add_: a leaf Variable that requires grad"),
        (lambda: y[:1].add_(1.0), "a view of a leaf Variable that requires grad"),
        (lambda: wg.unstack(y * 1.0)[0].add_(1.0), "(?i)output 0 of UnbindBackward0"),
    ):
        with pytest.raises(RuntimeError, match=words):
            call()
    read_only = np.ones(2)
    read_only.flags.writeable = False
    with pytest.raises(InPlaceError, match="read-only"):
        wg.asarray(read_only).add_(1.0)


def test_unknown_operands_are_left_to_their_own_methods():
    class Other:
        def __radd__(self, left):
            return "other"

    x = wg.tensor([1.0])
    x += Other()
    assert x == "other"


def test_a_write_leaves_no_cycle():
    """G9.1: nodes of writes, of views that were written to, and what they saved go with the tensors."""
    gc.disable()
    try:
        x = leaf([0.5, 1.0])
        y = x * 1.0
        v = y[:1]
        v.exp_()
        w = y[1:]
        w.mul_(x[:1])
        references = [weakref.ref(t) for t in (x, y, v, w)] + [weakref.ref(y.grad_fn), weakref.ref(v.grad_fn)]
        del x, y, v, w
        assert [r() for r in references] == [None] * len(references)
    finally:
        gc.enable()


def test_what_was_written_into_a_view_is_restored_when_the_view_is_gone():
    """S2.1: in a place like the one that it had."""
    x = leaf([0.5, 1.0])
    y = x * 1.0
    y[:1].exp_()
    (g,) = wg.autograd.grad((y * y).sum(), x, create_graph=True)
    (h,) = wg.autograd.grad(g.sum(), x)
    assert np.allclose(h.array, [4 * np.exp(1.0), 2.0])


def test_optimizers_and_loading_write():
    """S1.1: what was saved of a parameter notices; so do its views."""
    layer = wg.nn.Linear(2, 1)
    view = layer.weight[0]
    before = view._version
    loss = (layer(wg.ones((1, 2))) * view[0]).sum()
    layer.weight.grad = wg.ones((1, 2), dtype="float32")
    wg.optim.SGD([layer.weight], lr=0.1).step()
    assert view._version == layer.weight._version == before + 1
    with pytest.raises(VersionError):
        loss.backward()
    layer.load_state_dict({"weight": wg.zeros((1, 2)), "bias": wg.zeros(1)})
    assert (view._version, view.tolist()) == (before + 2, [0.0, 0.0])
    with wg.autograd.graph.allow_mutation_on_saved_tensors():
        loss = (layer(leaf([[1.0, 2.0]])) * 2.0).sum()
        wg.optim.SGD([layer.weight], lr=0.1).step()
        loss.backward()


def test_anomaly_mode_names_a_write():
    """A1, W27: the write that made the first NaN."""
    x = leaf([-1.0, 4.0])
    with warnings.catch_warnings(), np.errstate(invalid="ignore"), wg.autograd.set_detect_anomaly(True):
        warnings.simplefilter("ignore")  # they show the forward's traceback
        y = x * 1.0
        y[...].sqrt_()
        with pytest.raises(wg.errors.AnomalyError, match="test_inplace"):
            y.sum().backward()


# -- immutable arrays --------------------------------------------------------------------------------------------------
class Frozen(np.ndarray):
    """An array that cannot be written to, as those of some libraries."""

    def __setitem__(self, key, value):
        raise TypeError("immutable")


class FrozenAdapter(NumpyAdapter):
    name = "frozen"
    mutable = False
    array_types = (Frozen,)

    def normalise(self, value):
        return np.asarray(value).view(Frozen)

    def put(self, target, key, value):
        new = np.array(target)
        new[key] = value
        return new.view(Frozen)

    def assign(self, target, value):
        return np.broadcast_to(np.asarray(value), target.shape).astype(target.dtype).view(Frozen)

    def write(self, target, function, args, what):
        return self.assign(target, self.fitting(self.normalise(function(*args)), target, what))


@pytest.fixture
def frozen():
    """Makes tensors of an immutable library."""
    ADAPTERS[Frozen] = FrozenAdapter()
    yield lambda data, requires_grad=False: wrap(np.array(data).view(Frozen)).requires_grad_(requires_grad)
    del ADAPTERS[Frozen]


def test_writes_rebind_where_arrays_are_immutable(frozen):
    """V4: an in-place operator gives the tensor another array; a detached alias keeps the old one."""
    x = frozen([1.0, 2.0], True)
    y = x * 1.0
    before = y.array
    y += 1.0
    y.mul_(x)
    y[0] = 5.0
    y[y > 5.5] = 7.0
    assert (y.tolist(), y._version, before.tolist()) == ([5.0, 7.0], 4, [1.0, 2.0])
    y = x * 1.0
    y.exp_()
    y[:1].sum().backward()
    assert np.allclose(x.grad.array, [np.e, 0.0])


def test_saved_values_survive_where_arrays_are_immutable(frozen):
    """S1.2: versions are counted all the same."""
    x = frozen([1.0, 2.0], True)
    y = x * 1.0
    z = (y * y).sum()
    y.zero_()
    with pytest.raises(VersionError):
        z.backward()


def test_views_of_immutable_arrays_follow_writes(frozen):
    """V2, V4: a write to a view gives its base new values, and a write to a base its views; gradients follow."""
    x = frozen([1.0, 2.0, 3.0], True)
    y = x * 1.0
    v, w = y[:2], y[::2]
    assert v._is_view()
    v.mul_(10.0)
    assert (y.tolist(), v.tolist(), w.tolist()) == ([10.0, 20.0, 3.0], [10.0, 20.0], [10.0, 3.0])
    y.add_(1.0)
    w[1:].mul_(2.0)
    assert (y.tolist(), v.tolist(), w.tolist()) == ([11.0, 21.0, 8.0], [11.0, 21.0], [11.0, 8.0])
    (y.sum() + v.sum() * 2.0).backward()
    assert x.grad.tolist() == [30.0, 30.0, 2.0]
    assert not y[[0, 1]]._is_view()
    with pytest.raises(InPlaceError, match="single memory location"):
        wg.broadcast_to(y, (2, 3)).mul_(2.0)


def test_parts_of_complex_immutable_arrays_can_be_written_to(frozen):
    """V4: a write to a part gives the base a new array, as a write to any view does."""
    x = frozen([1.0j, 2.0 - 1.0j])
    x.real.add_(1.0)
    x.imag[0] = 5.0
    assert x.tolist() == [1.0 + 5.0j, 3.0 - 1.0j]


def test_axes_changed_in_place_take_the_retained_gradient_along():
    """H4: as in every other write; PyTorch leaves hooks and the retained gradient at the old place."""
    x, seen = leaf([[1.0, 2.0]]), []
    y = x * 1.0
    y.register_hook(lambda g: seen.append(("old", g.shape)))
    y.retain_grad()
    y.squeeze_()
    y.register_hook(lambda g: seen.append(("new", g.shape)))
    (y * 2.0).sum().backward()
    assert seen == [("new", (2,)), ("old", (1, 2))]
    assert y.grad.shape == (2,)


def test_axes_changed_in_place_carry_the_tangent():
    """A2.3: it turns with the tensor."""
    with wg.autograd.forward_ad.dual_level():
        x = wg.autograd.forward_ad.make_dual(wg.tensor([[1.0, 2.0]]), wg.tensor([[3.0, 4.0]]))
        y = x * 2.0
        y.t_().squeeze_()
        assert wg.autograd.forward_ad.unpack_dual(y * 1.0).tangent.tolist() == [6.0, 8.0]


def test_axes_changed_without_recording():
    """V3: a view may be written to afterwards as it might before, and pieces of several still may not."""
    base = leaf(np.ones((2, 3))) * 1.0
    for change, arguments in (("t_", ()), ("unsqueeze_", (0,)), ("squeeze_", ()), ("swapaxes_", (0, 1))):
        view, (piece, _) = base[:], wg.unstack(leaf(np.ones((2, 3, 1))) * 1.0)
        with wg.no_grad():
            getattr(view, change)(*arguments)
            getattr(piece, change)(*arguments)
        view.add_(1.0)
        with pytest.raises(InPlaceError, match="multiple views"):
            piece.add_(1.0)
    y = leaf(np.ones((2, 3))) * 1.0
    y.t_().unsqueeze_(0).squeeze_().swapaxes_(0, 1)
    assert y.shape == (2, 3)
