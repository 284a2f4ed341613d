"""What keeps what alive in forward mode, what others see of it, and that nothing stays behind."""

import gc
import threading
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert.autograd import forward_ad, grad
from wengert.autograd.graph import saved_tensors_hooks
from wengert.autograd.modes import ACTIVE, current
from wengert.errors import ArgumentError, ModeError, OperandError, TangentError
from wengert.observe import profile
from wengert.utils.checkpoint import checkpoint


@pytest.fixture
def no_cycles():
    """Reference counting alone frees what a test drops."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def dual(values, direction=None, requires_grad=False):
    x = wg.tensor(values, requires_grad=requires_grad)
    return x, forward_ad.make_dual(x, wg.ones(x.shape) if direction is None else wg.tensor(direction))


def tangent(tensor):
    return forward_ad.unpack_dual(tensor).tangent


# -- lifetimes -----------------------------------------------------------------------------------------------------------
def test_the_end_of_a_level_frees_all_tangents(no_cycles):
    """A2.1: also those that hang in a cycle, of a node that has saved an output whose tangent was computed from it."""
    with forward_ad.dual_level():
        _, x = dual([1.0, 2.0], requires_grad=True)
        out = wg.exp(wg.exp(x))
        held = [weakref.ref(tangent(out)), weakref.ref(tangent(x)), weakref.ref(out.grad_fn)]
        assert all(reference() is not None for reference in held)
    assert held[0]() is held[1]() is None
    del out, x
    assert held[2]() is None


def test_a_level_keeps_no_tensor_alive(no_cycles):
    """A2.1: tangents are known weakly: one that nobody needs goes at once."""
    with forward_ad.dual_level():
        _, x = dual([1.0, 2.0])
        out = x * 2
        reference = weakref.ref(tangent(out))
        del out
        assert reference() is None
        assert tangent(x) is not None


def test_nothing_stays_behind():
    """Outside of a level operators are again on their fast path, whatever went wrong inside."""
    before = dict(ACTIVE)
    with pytest.raises(TangentError), forward_ad.dual_level():
        assert "forward" in ACTIVE
        forward_ad.make_dual(wg.tensor([1.0]), wg.tensor([1.0, 2.0]))
    assert before == ACTIVE

    class Fails(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def jvp(ctx, t):
            raise KeyError("no")

    with pytest.raises(KeyError), forward_ad.dual_level():
        Fails.apply(dual([1.0])[1])
    assert before == ACTIVE
    assert current().forward
    assert current().grad


# -- threads -------------------------------------------------------------------------------------------------------------
def test_one_level_for_all_threads():
    """A2.1: another thread may not begin one, and sees the tangents of this one."""
    found = []

    def other(x):
        try:
            forward_ad.enter_dual_level()
        except ModeError as error:
            found.append(str(error))
        found.append(tangent(x * 3).tolist())

    with forward_ad.dual_level():
        thread = threading.Thread(target=other, args=(dual([1.0])[1],))
        thread.start()
        thread.join()
    assert "one for all threads" in found[0]
    assert found[1] == [3.0]


def test_switched_off_per_thread():
    found = []
    with forward_ad.dual_level(), forward_ad.set_fwd_grad_enabled(False):
        _, x = dual([1.0])
        thread = threading.Thread(target=lambda: found.append(tangent(x * 3).tolist()))
        thread.start()
        thread.join()
        assert tangent(x) is None
    assert found == [[3.0]]


def test_deeply_nested_backward_passes():
    """E8.2: passes that go on in a fresh thread take the state of forward mode along."""
    seen = []

    def nested(x, depth):
        with wg.enable_grad():  # a hook runs without
            y = x * 1.0

        def hook(g):
            if depth:
                nested(x, depth - 1)
            else:
                seen.append(tangent(g))

        y.register_hook(hook)
        with wg.enable_grad():
            (y * y).sum().backward()

    with forward_ad.dual_level():
        nested(dual([3.0], requires_grad=True)[1], 35)
        assert seen[0].tolist() == [2.0]


# -- what others see -------------------------------------------------------------------------------------------------------
def test_saved_tensor_hooks():
    """A2.3, S3: what was packed has its tangent again when it is unpacked, an operand and an output alike."""
    for function in (lambda x: x * x * x, wg.exp):
        expected = None
        for hooked in (False, True):
            with forward_ad.dual_level():
                x, d = dual([1.0, 2.0], [1.0, 3.0], requires_grad=True)
                if hooked:
                    with saved_tensors_hooks(lambda t: t.array.copy(), lambda a: wg.asarray(a)):
                        out = function(d)
                else:
                    out = function(d)
                found = tangent(grad(out.sum(), x)[0]).tolist()
            expected = expected or found
            assert found == expected


def test_pack_hooks_do_not_see_what_is_recorded_in_passing():
    """The transpose of a rule is recorded for one use at once; nothing of it is packed unless the tangent is recorded."""
    packed = []
    with forward_ad.dual_level(), saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t):
        with wg.no_grad():
            _, d = dual([1.0, 2.0, 3.0], requires_grad=True)
            assert tangent(wg.prod(d)).tolist() == 11.0
        assert packed == []


def test_observers_do_not_see_what_is_transposed():
    """Anomaly mode looks at the user's backward passes, not at a tangent that is infinite on the way forward."""
    with forward_ad.dual_level(), wg.autograd.set_detect_anomaly(True), profile() as report:
        _, d = dual([0.0, np.nan, 3.0])
        assert np.isnan(tangent(wg.prod(d)).item())
    assert not [event for event in report.events if event.kind == "derivative"]


def test_version_checks():
    """S1.2: a tangent that is recorded notices that a value it needs was written to."""
    with forward_ad.dual_level():
        x, d = dual([1.0, 2.0], requires_grad=True)
        y = d * 2
        out = tangent(y**3)
        y._overwrite(np.asarray([5.0, 5.0]))
        with pytest.raises(wg.errors.VersionError):
            grad(out.sum(), x)


def test_shown():
    """As in PyTorch."""
    with forward_ad.dual_level():
        _, d = dual([1.0, 2.0])
        assert repr(d) == "tensor([1., 2.], tangent=tensor([1., 1.]))"
        shown = d * 2
    assert repr(shown) == "tensor([2., 4.])"


# -- errors ----------------------------------------------------------------------------------------------------------------
def test_messages():
    """They name the argument, what was got, and what to do."""
    x = wg.tensor([1.0, 2.0])
    with pytest.raises(ModeError, match="inside `with dual_level"):
        forward_ad.make_dual(x, x)
    with forward_ad.dual_level():
        with pytest.raises(OperandError, match="tangent: expected a Tensor, got float"):
            forward_ad.make_dual(x, 1.0)
        with pytest.raises(OperandError, match="unpack_dual: expected a Tensor, got float"):
            forward_ad.unpack_dual(1.0)
        with pytest.raises(ArgumentError, match=r"tensor: .* to be floating point or complex, but got: int64"):
            forward_ad.make_dual(wg.tensor([1]), x)
        with pytest.raises(TangentError, match=r"expected shape \(2,\), got \(1,\)"):
            forward_ad.make_dual(x, wg.tensor([1.0]))
        with pytest.raises(TangentError, match="expected dtype float64, that of the tensor, got float32"):
            forward_ad.make_dual(x, wg.tensor([1.0, 1.0], dtype=wg.float32))
        with pytest.raises(TangentError, match=r"unpack_dual\(\) gives"):
            forward_ad.make_dual(forward_ad.make_dual(x, x), x)
    assert issubclass(TangentError, RuntimeError)


def test_public_path():
    assert wg.autograd.forward_ad is forward_ad
    assert set(forward_ad.__all__) >= {
        "UnpackedDualTensor",
        "dual_level",
        "enter_dual_level",
        "exit_dual_level",
        "make_dual",
        "unpack_dual",
    }
    with pytest.raises(AttributeError):
        forward_ad.nothing_of_this_name


def test_tangents_share_memory_only_where_tensors_do():
    """A2.3: writing to the tangent of a result must not change that of an operand."""
    with forward_ad.dual_level():
        _, d = dual([[1.0, 2.0]])
        for result in (d + 1, d - wg.zeros((1, 2)), +d, wg.remainder(d, 5.0), d.clone()):
            assert not np.shares_memory(tangent(result).array, tangent(d).array)
        assert np.shares_memory(tangent(d.reshape(2)).array, tangent(d).array)


def test_checkpoints():
    """S7: what is computed anew for the backward has the tangents that it had."""
    found = []
    for run in (lambda f, x: f(x), lambda f, x: checkpoint(f, x, use_reentrant=False)):
        with forward_ad.dual_level():
            x, d = dual([0.1, 0.2], [1.0, 3.0], requires_grad=True)
            out = run(lambda x: wg.exp(wg.sin(x) * x), d)
            (g,) = grad(out.sum(), x)
            found.append((tangent(out).tolist(), g.tolist(), tangent(g).tolist()))
    assert found[0] == found[1]
