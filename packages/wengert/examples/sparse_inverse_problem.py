"""An inverse problem: how well does each piece of a rod conduct heat, given its temperatures? Gradients go through `spsolve`."""

import numpy as np

import wengert as wg
from wengert.optimize import minimize

PIECES = 40
POINTS = PIECES - 1  # between the pieces; the ends of the rod are kept at temperature 0

# Point i has the piece i on its left and i + 1 on its right: three values in each row of the matrix, but for the first and last.
ROWS = [[j for j in (i - 1, i, i + 1) if 0 <= j < POINTS] for i in range(POINTS)]
INDICES = np.concatenate(ROWS)
INDPTR = np.cumsum([0, *map(len, ROWS)])
POINT = np.repeat(np.arange(POINTS), np.diff(INDPTR))  # the row of each value
PIECE = np.maximum(POINT, INDICES)  # between a point and its neighbour
PLACES = wg.sparse.csr(np.ones(len(INDICES)), INDICES, INDPTR, (POINTS, POINTS))


def temperatures(conductivity, heat):
    """The temperatures at which as much heat flows out of each point as is put in."""
    both = conductivity[:-1] + conductivity[1:]
    values = wg.where(POINT == INDICES, both[POINT], -conductivity[PIECE])
    return wg.sparse.spsolve(PLACES.with_data(values), heat)


heat = wg.tensor(np.ones((POINTS, 2)) * [1.0, 0.0] + np.eye(POINTS)[:, [10]] * [0.0, 5.0])
truth = wg.tensor(np.where(np.arange(PIECES) < 15, 1.0, 3.0))
measured = temperatures(truth, heat)

logarithm = wg.tensor(np.zeros(PIECES), requires_grad=True)  # so that conductivities stay positive
found = minimize(lambda p: ((temperatures(wg.exp(p), heat) - measured) ** 2).mean(), logarithm, method="L-BFGS-B")
conductivity = np.exp(found.x)
print("converged:", found.success)
print("every conductivity within 0.1:", bool(np.abs(conductivity - truth.array).max() < 0.1))
