"""`examples/cluster`: the same program on a few rows, without a cluster."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

dask = pytest.importorskip("dask")


def test_linear_model_on_lazy_arrays():
    path = Path(__file__).parents[2] / "examples" / "cluster" / "linear_model.py"
    spec = importlib.util.spec_from_file_location("linear_model", path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    with dask.config.set(scheduler="synchronous"):
        weights, losses = program.train(200_000)
        np.testing.assert_allclose(weights, program.train_with_numpy(200_000), rtol=1e-10)
    assert losses[-1] < 0.02 < losses[0]
