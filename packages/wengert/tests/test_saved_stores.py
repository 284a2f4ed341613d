"""The ready-made contexts for saved tensors: what comes back, within which bound, and what stays in memory (S3, S5.2)."""

import gc
import re
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import wengert as wg
from wengert import errors
from wengert.arrays import compression

graph = wg.autograd.graph
pytest.importorskip("blosc2")

STORES = {
    "cpu": graph.save_on_cpu,
    "disk": graph.save_on_disk,
    "mapped": lambda **options: graph.save_on_disk(mmap=True, **options),
    "half": graph.save_in_half,
    "compressed": graph.save_compressed,
    "truncated": lambda **options: graph.save_compressed(bits=8, **options),
}
EXACT = ("cpu", "disk", "mapped", "compressed")
DTYPES = ("bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "complex128")

any_arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
)


def brought_back(context, array):
    """The array that a node unpacks after `array` was saved in the context."""
    one = wg.tensor(np.ones((), array.dtype if array.dtype.kind in "fc" else np.float64), requires_grad=True)
    with context, np.errstate(all="ignore"):
        node = (wg.tensor(array) * one).grad_fn
    return node._saved_self.array


def same_bytes(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


# values


@pytest.mark.parametrize("store", EXACT)
@given(array=any_arrays)
def test_exact(store, array):
    """Bit for bit, NaNs and signs of zeros included."""
    assert same_bytes(brought_back(STORES[store](), array), array)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("order", ["transposed", "every second", "reversed", "broadcast"])
def test_arrays_in_any_order(store, order):
    base = np.linspace(-1.0, 1.0, 24).reshape(4, 6)
    array = {
        "transposed": base.T,
        "every second": base[::2, ::3],
        "reversed": base[::-1],
        "broadcast": np.broadcast_to(base[:1], (3, 6)),
    }[order]
    np.testing.assert_allclose(brought_back(STORES[store](), array), array, rtol=2.0**-8)


def parts(array):
    """Real and imaginary parts as one float64 array."""
    with np.errstate(all="ignore"):
        return np.stack([array.real, array.imag]).astype(np.float64)


floating = st.sampled_from(("float32", "float64", "complex64", "complex128")).flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=5))
)


@given(array=floating)
def test_bound_of_half_precision(array):
    """The bound of the docstring, over the whole range of the dtype; what is not finite comes back as it was."""
    got = brought_back(graph.save_in_half(), array)
    assert got.dtype == array.dtype
    assert got.shape == array.shape
    before, after = parts(array), parts(got)
    finite = np.isfinite(before)
    np.testing.assert_array_equal(after[~finite], before[~finite])
    largest = np.abs(before[finite]).max(initial=0.0)
    with np.errstate(over="ignore"):
        bound = np.maximum(2.0**-11 * np.abs(before), 2.0**-39 * largest)
    assert (np.abs(after[finite] - before[finite]) <= bound[finite]).all()


@given(array=floating, bits=st.integers(1, 60))
def test_bound_of_dropped_bits(array, bits):
    """The bound of the docstring."""
    got = brought_back(graph.save_compressed(bits=bits), array)
    assert got.dtype == array.dtype
    assert got.shape == array.shape
    before, after = parts(array), parts(got)
    finite = np.isfinite(before)
    np.testing.assert_array_equal(after[~finite], before[~finite])
    smallest = np.finfo(array.dtype).smallest_normal
    with np.errstate(under="ignore"):
        bound = 2.0**-bits * np.maximum(np.abs(before), smallest)
    assert (np.abs(after[finite] - before[finite]) <= bound[finite]).all()
    assert (np.abs(after) <= np.abs(before))[finite].all()


def test_half_precision_reaches_its_bound():
    """The bound cannot be halved: the test above would notice."""
    array = np.linspace(1.0, 2.0, 100_001)
    error = np.abs(brought_back(graph.save_in_half(), array) - array)
    assert 2.0**-12 < (error / array).max() <= 2.0**-11


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_half_precision_at_the_ends_of_the_range(dtype):
    info = np.finfo(dtype)
    array = np.array([info.max, info.max / 3, -info.max, 1.0, 0.0], dtype)
    got = brought_back(graph.save_in_half(), array)
    assert same_bytes(got, array)
    array = np.array([float(info.max) / 2 * (1 - 2.0**-12), 1.0], dtype)
    np.testing.assert_allclose(brought_back(graph.save_in_half(), array)[:1], array[:1], rtol=2.0**-11)
    small = np.array([info.smallest_subnormal, info.smallest_normal], dtype)
    assert same_bytes(brought_back(graph.save_in_half(), small), small)


@pytest.mark.parametrize("store", ["half", "truncated"])
@given(seed=st.integers(0, 2**32 - 1))
def test_gradients_of_rounded_values(store, seed):
    """Within the bound of what a product of rounded values can be off; values of the forward are exact."""
    random = np.random.default_rng(seed)
    arrays = [random.standard_normal((4, 4)) for _ in range(2)]
    found = {}
    for name in ("cpu", store):
        x, w = (wg.tensor(a, requires_grad=True) for a in arrays)
        with STORES[name]():
            y = (x * w).sum()
        y.backward()
        found[name] = [y.item(), x.grad.numpy(), w.grad.numpy()]
    assert found["cpu"][0] == found[store][0]
    for exact, rounded in zip(found["cpu"][1:], found[store][1:], strict=True):
        np.testing.assert_allclose(rounded, exact, rtol=2.0**-8 if store == "truncated" else 2.0**-11)
        assert (rounded != exact).any()


@pytest.mark.parametrize("store", STORES)
def test_double_backward(store):
    """S2.2: unpacked values stand where the originals stood."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    with STORES[store]():
        y = (x * x * x).sum()
    (first,) = wg.autograd.grad(y, x, create_graph=True)
    (second,) = wg.autograd.grad(first.sum(), x)
    assert (first.tolist(), second.tolist()) == ([3.0, 12.0], [6.0, 12.0])


# memory


@pytest.mark.parametrize("store", ["disk", "mapped", "half", "compressed", "truncated"])
def test_the_array_itself_is_freed(store):
    """And again after the backward has used what came back."""
    x = wg.tensor(np.tile(np.linspace(0.0, 1.0, 10), 1000), requires_grad=True)
    with STORES[store]():
        hidden = wg.exp(x)
        array = weakref.ref(hidden.array)
        y = wg.sin(hidden).sum()
        del hidden
    assert array() is None
    y.backward()
    exact = np.exp(x.detach().numpy()) * np.cos(np.exp(x.detach().numpy()))
    np.testing.assert_allclose(x.grad.numpy(), exact, atol=0.05)


def packed_bytes(node, name="_raw_saved_out"):
    data = getattr(node, name).data
    stored = data[0] if isinstance(data, tuple) else data  # with the class of the tensor, where there is more than one
    if hasattr(stored, "half"):
        return stored.half.nbytes
    return len(stored.packed)


def test_how_much_smaller():
    """Half precision a quarter of float64; compression what the values allow; no array grows."""
    relu = np.maximum(np.random.default_rng(0).standard_normal(20_000), 0.0)
    x = wg.tensor(relu, requires_grad=True)
    for context, most in (
        (graph.save_in_half(), 0.25),
        (graph.save_compressed(), 0.6),
        (graph.save_compressed(bits=8), 0.25),
    ):
        with context:
            node = (x * x).grad_fn
        assert packed_bytes(node, "_raw_saved_self") <= most * relu.nbytes
    noise = np.frombuffer(np.random.default_rng(0).bytes(8000), np.uint8)
    with graph.save_compressed():
        node = (x[:1] * wg.tensor(noise.astype(np.float64)[:1])).grad_fn
    assert isinstance(node._raw_saved_other.data, wg.Tensor)  # stays as it is


@pytest.mark.parametrize("store", STORES)
def test_small_tensors_stay_as_they_are(store):
    x = wg.tensor(np.linspace(0.0, 1.0, 1000), requires_grad=True)
    small = wg.tensor(1.0 / 3.0, requires_grad=True)
    with STORES[store](min_bytes=1000):
        y = x * small
    assert isinstance(y.grad_fn._raw_saved_other.data, wg.Tensor)
    assert not isinstance(y.grad_fn._raw_saved_self.data, wg.Tensor)
    assert y.grad_fn._saved_other.item() == 1.0 / 3.0


def test_mapped_files():
    """Writes to what was unpacked do not reach the file; the file goes at release, what was unpacked stays."""
    x = wg.tensor(np.linspace(0.0, 1.0, 1000), requires_grad=True)
    context = graph.save_on_disk(mmap=True)
    with context:
        y = wg.exp(x)
    (file,) = Path(context.directory).iterdir()
    unpacked = y.grad_fn._saved_result.array
    assert type(unpacked) is np.ndarray
    assert isinstance(unpacked.base, np.memmap)
    unpacked[:] = 0.0
    assert y.grad_fn._saved_result[0].item() == 1.0
    y.sum().backward()
    assert not file.exists()
    assert unpacked[0] == 0.0
    np.testing.assert_array_equal(x.grad.numpy(), np.exp(x.detach().numpy()))


def test_the_folder_goes_with_the_last_file():
    x = wg.tensor(np.linspace(0.0, 1.0, 10), requires_grad=True)
    context = graph.save_on_disk()
    folder = Path(context.directory)
    with context:
        y = wg.exp(x).sum()
    del context
    assert folder.exists()
    y.backward()
    del y
    gc.collect()
    assert not folder.exists()


# errors


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr(compression.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(errors.MissingExtraError, match=re.escape("pip install 'wengert[compress]'")):
        graph.save_compressed()


@pytest.mark.parametrize("bits", [0, -3])
def test_bits_that_cannot_be(bits):
    with pytest.raises(errors.ArgumentError, match=f"bits: .* got {bits}"):
        graph.save_compressed(bits=bits)


@pytest.mark.parametrize("store", STORES)
def test_writes_in_between_are_noticed(store):
    """W12: as without hooks, whether what is stored is a copy or not."""
    x = wg.tensor([1.0, 2.0], requires_grad=True)
    with STORES[store]():
        y = (x * x).sum()
    graph.increment_version(x)
    with pytest.raises(errors.VersionError):
        y.backward()


@pytest.mark.parametrize("store", EXACT)
def test_inside_of_vmap(store):
    """The samples are kept together, and come back as samples; nested, too."""
    x = np.linspace(0.1, 1.0, 6).reshape(3, 2)
    w = wg.tensor([2.0, 3.0], requires_grad=True)

    def loss(row):
        with STORES[store]():
            return (wg.exp(row * w) * row).sum()

    outer = wg.vmap(loss)(wg.tensor(x)).sum()
    outer.backward()
    assert np.allclose(w.grad.array, (np.exp(x * w.array) * x**2).sum(axis=0))
    found = wg.vmap(wg.vmap(wg.grad(lambda a: _stored_square(store, a))))(wg.tensor(x))
    assert np.allclose(found.array, 3 * x**2)


def _stored_square(store, a):
    with STORES[store]():
        return a * a * a
