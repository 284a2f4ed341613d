"""The fixture ``lib``: every test that takes it runs on each library that is installed."""

import pytest

from libraries.shelf import MODULES, shelf


@pytest.fixture(autouse=True)
def jax_in_double_precision(request):
    """JAX computes in 64 bits within these tests, and elsewhere as it was."""
    if "jax" not in request.node.name:
        yield
        return
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.fixture(params=MODULES)
def lib(request):
    return shelf(request.param)
