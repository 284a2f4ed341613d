"""Linear regression on an array that no worker of a cluster could hold: one lazy graph of forward and backward for each step.

The data, 800 MB, are drawn on the workers, chunk by chunk, and never exist at once; each worker may use 400 MB. A step
records the forward over Dask arrays, and `backward` extends their graph of tasks without computing anything. What is
computed, once a step, is the gradient of 25 numbers and the loss.
"""

import dask
import dask.array as da
import numpy as np

import wengert.dask as wd

ROWS, COLUMNS, STEPS, RATE = 4_000_000, 25, 5, 0.4


def data(rows):
    """Inputs and noisy outputs as lazy arrays, the same numbers whenever they are computed."""
    rng = da.random.default_rng(0)
    inputs = rng.normal(size=(rows, COLUMNS), chunks=(100_000, COLUMNS))
    truth = np.linspace(-1.0, 1.0, COLUMNS)
    return inputs, inputs @ truth + 0.1 * rng.normal(size=rows, chunks=100_000)


def loss_of(weights, inputs, outputs):
    return wd.mean(wd.square(inputs @ weights - outputs))


def train(rows=ROWS):
    """Gradient descent; the weights as a NumPy array, and the loss before each step."""
    inputs, outputs = (wd.asarray(array) for array in data(rows))
    weights, losses = np.zeros(COLUMNS), []
    for _ in range(STEPS):
        w = wd.asarray(da.from_array(weights), requires_grad=True)
        loss = loss_of(w, inputs, outputs)
        loss.backward()
        value, gradient = dask.compute(loss.array, w.grad.array)  # both by one pass over the data
        losses.append(float(value))
        weights = weights - RATE * gradient
    return weights, losses


def train_with_numpy(rows=ROWS):
    """The same by hand, with a chunk in memory at a time."""
    inputs, outputs = data(rows)
    weights = np.zeros(COLUMNS)
    for _ in range(STEPS):
        gradient = np.zeros(COLUMNS)
        for start in range(0, rows, 100_000):
            x, y = dask.compute(inputs[start : start + 100_000], outputs[start : start + 100_000], scheduler="sync")
            gradient += 2.0 / rows * (x.T @ (x @ weights - y))
        weights = weights - RATE * gradient
    return weights


if __name__ == "__main__":
    from dask.distributed import Client, LocalCluster  # pip install 'wengert[cluster]'

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, memory_limit="400MB", dashboard_address=None) as cluster,
        Client(cluster),
    ):
        found, losses = train()
    print("loss before each step:", np.round(losses, 3))
    print("weights as by hand:", np.allclose(found, train_with_numpy(), rtol=1e-10))
