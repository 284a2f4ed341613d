"""A DataArray of xarray over a Tensor, and the patterns of einops and opt_einsum: gradients go through all of them."""

import numpy as np
import xarray as xr
from einops import rearrange, reduce
from opt_einsum import contract

import wengert as wg
import wengert.compat.einops

x = wg.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], requires_grad=True)
table = xr.DataArray(x, dims=("place", "hour"), coords={"place": ["here", "there"], "hour": [0, 6, 12, 18]})
np.exp(table.sel(place="there") / 8).mean("hour").data.backward()
print(x.grad)

x.grad = None
halves = reduce(x, "row (column two) -> row column", "max", two=2)
contract("ij,kj->", halves, rearrange(halves, "a b -> b a")).backward()
print(x.grad)
