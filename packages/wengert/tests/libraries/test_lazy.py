"""Nothing asks an array for its value before the user does: Dask stays lazy, and JAX can trace a whole backward."""

import numpy as np
import pytest

import wengert as wg
from libraries.shelf import shelf

RNG = np.random.default_rng(0)
X, Y, CLASSES = RNG.standard_normal((60, 3)), RNG.standard_normal(60), RNG.integers(0, 3, 60)

LOSSES = {
    "linear": lambda x, y, c, w: ((x @ w - y) ** 2).mean(),
    "softmax": lambda x, y, c, w: wg.softmax(x * w, axis=-1)[:, 0].sum(),
    "cross_entropy": lambda x, y, c, w: wg.nn.functional.cross_entropy(x * w, c),
    "max": lambda x, y, c, w: wg.max(x * w, axis=1).sum(),
    "sort": lambda x, y, c, w: wg.sort(x * w, axis=1)[:, ::2].sum(),
    "where": lambda x, y, c, w: wg.where(x > 0.5, x * w, 0.0).std(),
    "quantile": lambda x, y, c, w: wg.quantile(x * w, [0.2, 0.7], axis=1).sum(),
    "nanmedian": lambda x, y, c, w: wg.nanmedian(wg.where(x > 0.5, x * w, float("nan")), axis=0).sum(),
    "nanvar": lambda x, y, c, w: wg.nanvar(wg.where(x > 0.5, x * w, float("nan")), axis=0).sum(),
    "interp": lambda x, y, c, w: (wg.interp(y, wg.cumulative_sum(w), w * w) ** 2).sum(),
    "convolve": lambda x, y, c, w: (wg.convolve(y, w) ** 2).sum(),
    "corrcoef": lambda x, y, c, w: wg.corrcoef(x * w + y[:, None], rowvar=False)[0, 1],
}


def step(lib, loss, x, y, c):
    """The gradient of `loss`, after a hook, an accumulation and a step of an optimizer, as arrays of the library."""
    w = lib.tensor(np.ones(3), requires_grad=True)
    w.register_hook(lambda g: 2 * g)
    for _ in range(2):
        loss(wg.asarray(x), wg.asarray(y), wg.asarray(c), w).backward()
    wg.optim.SGD([w], lr=0.1).step()
    return w.array, w.grad.array


@pytest.mark.parametrize("name", LOSSES)
def test_dask_computes_nothing_until_asked(name):
    lib = shelf("dask")
    dask, da = pytest.importorskip("dask"), pytest.importorskip("dask.array")

    def refuse(*args, **kwargs):
        raise AssertionError("something was computed")

    with dask.config.set(scheduler=refuse):
        arrays = [da.from_array(a, chunks=20) if a.ndim == 1 else da.from_array(a, chunks=(20, 3)) for a in (X, Y, CLASSES)]
        got = step(lib, LOSSES[name], *arrays)
    for a, b in zip(got, step(shelf("numpy"), LOSSES[name], X, Y, CLASSES), strict=True):
        np.testing.assert_allclose(a.compute(scheduler="synchronous"), b, rtol=1e-9, atol=1e-12)


def test_jax_traces_a_whole_backward():
    lib, jax = shelf("jax"), pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        got = jax.jit(lambda *arrays: step(lib, LOSSES["linear"], *arrays))(X, Y, CLASSES)
    finally:
        jax.config.update("jax_enable_x64", before)
    for a, b in zip(got, step(shelf("numpy"), LOSSES["linear"], X, Y, CLASSES), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_an_index_out_of_bounds_is_an_error_on_jax():
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
        shelf("jax").tensor([1.0, 2.0, 3.0])[3]
