"""Convolution and pooling beside ``torch.nn.functional``, in double precision."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
import torch

import wengert as wg
from ops.nn_beside_torch import bodies, compare, numbers  # noqa: F401  (`bodies` is used by every test)
from wengert.errors import ArgumentError
from wengert.ops import nn

F = torch.nn.functional


# -- convolution ---------------------------------------------------------------------------------------------------------
CONV1D = [((2, 3, 9), (4, 3, 2), {}), ((2, 4, 9), (6, 2, 3), {"stride": 2, "padding": 3, "dilation": 2, "groups": 2})]
CONV2D = [
    ((3, 2, 6, 5), (4, 2, 3, 3), {}),
    ((3, 2, 6, 5), (4, 2, 3, 2), {"padding": "same"}),
    ((3, 2, 6, 5), (4, 2, 1, 1), {}),
    ((3, 2, 6, 5), (4, 2, 1, 1), {"stride": 2}),
    ((2, 4, 7, 8), (6, 2, 3, 2), {"stride": (2, 3), "padding": (1, 2), "groups": 2}),
    ((2, 3, 7, 8), (3, 1, 3, 3), {"padding": 4, "dilation": (2, 3), "groups": 3}),
    ((1, 1, 2, 2), (1, 1, 5, 5), {"padding": 2}),
    ((2, 1, 9, 9), (2, 1, 2, 2), {"stride": 4}),
    ((3, 6, 5), (4, 3, 2, 2), {}),
]
CONV3D = [((2, 2, 4, 3, 5), (3, 2, 2, 3, 2), {"padding": (1, 1, 0), "stride": (1, 2, 2)})]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")  # PyTorch's
@pytest.mark.parametrize("bands", [None, 400])
@pytest.mark.parametrize(
    ("name", "shape", "filters", "options"),
    [(f"conv{n}d", *case) for n, cases in ((1, CONV1D), (2, CONV2D), (3, CONV3D)) for case in cases],
)
def test_convolution(name, shape, filters, options, bands, monkeypatch):
    if bands:  # make the columns in pieces, however small the operand
        monkeypatch.setattr("wengert.arrays.numpy_windows.COLUMNS", bands)
    x, weight, bias = numbers(shape, filters, filters[:1])
    compare(partial(getattr(nn, name), **options), partial(getattr(F, name), **options), x, weight)
    compare(partial(getattr(nn, name), **options), partial(getattr(F, name), **options), x, weight, bias)


@pytest.mark.parametrize("bodies", ["numpy"], indirect=True)
def test_a_convolution_makes_its_columns_in_pieces(bodies):  # noqa: F811
    x, weight = (a.astype(np.float32) for a in numbers((64, 16, 16, 16), (16, 16, 3, 3)))
    layer = wg.tensor(weight, requires_grad=True)
    image = wg.tensor(x, requires_grad=True)
    tracemalloc.start()
    try:
        nn.conv2d(image, layer, padding=1).sum().backward()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * x.nbytes  # all columns would be nine times as much


def test_convolution_of_any_order_of_axes_in_memory():
    x, weight = numbers((3, 2, 6, 5), (4, 2, 3, 3))
    expected = nn.conv2d(x, weight, padding=1)
    for order in ((0, 2, 3, 1), (1, 2, 3, 0), (3, 2, 1, 0)):
        other = np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))
        np.testing.assert_allclose(nn.conv2d(other, weight, padding=1), expected, rtol=1e-13)


def test_convolutions_say_what_is_wrong():
    x, weight = np.ones((1, 2, 5, 5)), np.ones((4, 2, 3, 3))
    with pytest.raises(ArgumentError, match=r"groups=2.*\(1, 2, 5, 5\)"):
        nn.conv2d(x, weight, groups=2)
    with pytest.raises(ArgumentError, match=r"conv1d.*axes"):
        nn.conv1d(x, weight)
    with pytest.raises(ArgumentError, match=r"bias.*\(3,\)"):
        nn.conv2d(x, weight, np.ones(3))
    with pytest.raises(ArgumentError, match=r"stride.*0"):
        nn.conv2d(x, weight, stride=0)
    with pytest.raises(ArgumentError, match=r"padding.*'some'"):
        nn.conv2d(x, weight, padding="some")
    with pytest.raises(ArgumentError, match=r"'same' needs stride 1"):
        nn.conv2d(x, weight, stride=2, padding="same")
    with pytest.raises(ArgumentError, match=r"window of 9 does not fit into 5"):
        nn.conv2d(x, weight, dilation=4)


# -- pooling -------------------------------------------------------------------------------------------------------------
POOLS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    {"kernel_size": 2, "stride": 3, "ceil_mode": True},
]


@pytest.mark.parametrize("options", [*POOLS, {"kernel_size": 2, "stride": 1, "dilation": 2}])
@pytest.mark.parametrize("shape", [(2, 3, 8, 7), (3, 6, 5)])
def test_max_pool(shape, options):
    # Few distinct numbers, so that windows have ties.
    x = np.random.default_rng(0).integers(0, 4, shape).astype(float)
    compare(partial(nn.max_pool2d, **options), partial(F.max_pool2d, **options), x)
    compare(partial(nn.max_pool1d, **options), partial(F.max_pool1d, **options), x[0])


def test_max_pool_of_nan():
    x = np.asarray([[[1.0, 2.0, 3.0, 4.0], [5.0, np.nan, 7.0, 8.0]]])
    compare(partial(nn.max_pool2d, kernel_size=2), partial(F.max_pool2d, kernel_size=2), x)


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("options", POOLS)
def test_avg_pool(options, include):
    (x,) = numbers((2, 3, 8, 7))
    options = {**options, "count_include_pad": include}
    compare(partial(nn.avg_pool2d, **options), partial(F.avg_pool2d, **options), x)
    compare(partial(nn.avg_pool1d, **options), partial(F.avg_pool1d, **options), x[0])
    options["divisor_override"] = 5
    compare(partial(nn.avg_pool2d, **options), partial(F.avg_pool2d, **options), x)


@pytest.mark.parametrize("size", [1, 3, (2, 5), (None, 3)])
def test_adaptive_avg_pool(size):
    (x,) = numbers((2, 3, 8, 7))
    compare(lambda x: nn.adaptive_avg_pool2d(x, size), lambda x: F.adaptive_avg_pool2d(x, size), x)
    if isinstance(size, int):
        compare(lambda x: nn.adaptive_avg_pool1d(x, size), lambda x: F.adaptive_avg_pool1d(x, size), x[0])


def test_pools_say_what_is_wrong():
    x = np.ones((1, 2, 5, 5))
    with pytest.raises(ArgumentError, match=r"padding.*2.*kernel_size"):
        nn.max_pool2d(x, 3, padding=2)
    with pytest.raises(ArgumentError, match=r"expected 3 or 4 axes"):
        nn.max_pool2d(np.ones((5, 5)), 2)
    with pytest.raises(ArgumentError, match=r"divisor_override"):
        nn.avg_pool2d(x, 2, divisor_override=0)
    with pytest.raises(ArgumentError, match=r"kernel_size.*\(1, 2, 3\)"):
        nn.max_pool2d(x, (1, 2, 3))
