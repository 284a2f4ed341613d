"""Every layer computes what PyTorch's layer with the same parameters computes, forward and backward."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert import nn
from wengert.errors import ArgumentError

torch = pytest.importorskip("torch", reason="the values are PyTorch's")

RNG = np.random.default_rng(0)


def draw(*shape):
    return RNG.normal(size=shape)


# name, arguments of the layer, input; keyword arguments that differ between the two are pairs
LAYERS = [
    ("Linear", (4, 3), {}, draw(2, 4)),
    ("Linear", (4, 3), {"bias": False}, draw(2, 5, 4)),
    ("Linear", (4, 3), {}, draw(4)),
    ("Conv1d", (2, 4, 3), {}, draw(3, 2, 8)),
    ("Conv1d", (4, 4, 3), {"stride": 2, "padding": 1, "dilation": 2, "groups": 2, "bias": False}, draw(3, 4, 9)),
    ("Conv2d", (1, 4, 3), {}, draw(2, 1, 6, 6)),
    ("Conv2d", (2, 4, (3, 2)), {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2}, draw(2, 2, 7, 6)),
    ("Conv2d", (2, 3, 3), {"padding": "same", "bias": False}, draw(2, 2, 5, 4)),
    ("LayerNorm", (4,), {}, draw(2, 3, 4)),
    ("LayerNorm", ((3, 4),), {"bias": False, "eps": 0.1}, draw(2, 3, 4)),
    ("LayerNorm", (4,), {"elementwise_affine": False}, draw(2, 4)),
    ("RMSNorm", (4,), {}, draw(2, 3, 4)),
    ("GroupNorm", (2, 4), {}, draw(2, 4, 3)),
    ("GroupNorm", (2, 4), {"affine": False}, draw(2, 4, 3, 2)),
    ("BatchNorm1d", (3,), {}, draw(5, 3)),
    ("BatchNorm1d", (3,), {"affine": False, "momentum": None}, draw(5, 3, 2)),
    ("BatchNorm2d", (3,), {"track_running_stats": False}, draw(4, 3, 2, 2)),
    ("BatchNorm2d", (3,), {"momentum": 0.5}, draw(4, 3, 2, 2)),
    ("MaxPool2d", (2,), {}, draw(2, 3, 6, 6)),
    ("MaxPool2d", ((3, 2),), {"stride": 2, "padding": 1, "dilation": 1, "ceil_mode": True}, draw(2, 3, 6, 5)),
    ("AvgPool2d", (2,), {}, draw(2, 3, 6, 6)),
    ("AvgPool2d", (3,), {"stride": 2, "padding": 1, "count_include_pad": False}, draw(2, 3, 6, 6)),
    ("Flatten", (), {}, draw(2, 3, 4)),
    ("Flatten", (0, 1), {}, draw(2, 3, 4)),
    ("Identity", (), {}, draw(2)),
    ("ReLU", (), {}, draw(5)),
    ("LeakyReLU", (0.2,), {}, draw(5)),
    ("ELU", (0.7,), {}, draw(5)),
    ("GELU", (), {}, draw(5)),
    ("GELU", ("tanh",), {}, draw(5)),
    ("SiLU", (), {}, draw(5)),
    ("Sigmoid", (), {}, draw(5)),
    ("Tanh", (), {}, draw(5)),
    ("Softplus", (2.0, 1.5), {}, draw(5)),
    ("Softmax", (-1,), {}, draw(3, 4)),
    ("LogSoftmax", (0,), {}, draw(3, 4)),
]

PARAMETRISED = {"Linear", "Conv1d", "Conv2d", "LayerNorm", "RMSNorm", "GroupNorm", "BatchNorm1d", "BatchNorm2d"}


def pair(name, arguments, options):
    """The layer in both libraries, with the same float64 parameters."""
    typed = name in PARAMETRISED
    theirs = getattr(torch.nn, name)(*arguments, **options, **({"dtype": torch.float64} if typed else {}))
    ours = getattr(nn, name)(*arguments, **options, **({"dtype": wg.float64} if typed else {}))
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.tensor(draw(*parameter.shape)))
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    return theirs, ours


def close(ours, theirs, what):
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-10, atol=1e-12, err_msg=what)


def compare(theirs, ours, data):
    """Output, gradients and buffers, of one call."""
    x = torch.tensor(data, requires_grad=True)
    y = wg.tensor(data, requires_grad=True)
    expected, got = theirs(x), ours(y)
    close(got, expected, "output")
    seed = draw(*expected.shape)
    expected.backward(torch.tensor(seed))
    got.backward(wg.tensor(seed))
    close(y.grad, x.grad, "gradient of the input")
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        close(a.grad, b.grad, name)
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]
    for (name, a), b in zip(ours.named_buffers(), theirs.buffers(), strict=True):
        close(a, b, name)


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize(("name", "arguments", "options", "data"), LAYERS, ids=lambda v: v if isinstance(v, str) else "")
def test_values_and_gradients(name, arguments, options, data, mode):
    theirs, ours = pair(name, arguments, options)
    compare(theirs, ours, data)  # in training: BatchNorm collects
    for layer in (theirs, ours):
        layer.zero_grad()
        getattr(layer, mode)()
    compare(theirs, ours, data)


@pytest.mark.parametrize("padding_idx", [None, 2, -1])
def test_embedding(padding_idx):
    theirs = torch.nn.Embedding(5, 3, padding_idx, dtype=torch.float64)
    ours = nn.Embedding(5, 3, padding_idx, dtype=wg.float64)
    if padding_idx is not None:
        assert ours.weight.array[padding_idx].tolist() == [0.0, 0.0, 0.0]
    ours.load_state_dict({"weight": theirs.weight.detach().numpy()})
    numbers = np.array([[0, 2, 4], [2, 2, 1]])
    a, b = theirs(torch.tensor(numbers)), ours(wg.tensor(numbers))
    close(b, a, "output")
    (a * a).sum().backward()
    (b * b).sum().backward()
    close(ours.weight.grad, theirs.weight.grad, "weight")


LOSSES = [
    ("CrossEntropyLoss", {}, draw(4, 3), np.array([0, 2, 1, 1])),
    ("CrossEntropyLoss", {"label_smoothing": 0.1, "reduction": "sum"}, draw(4, 3), np.array([0, 2, 1, 1])),
    ("CrossEntropyLoss", {"ignore_index": 1, "weight": np.array([1.0, 2.0, 3.0])}, draw(4, 3), np.array([0, 2, 1, 1])),
    ("CrossEntropyLoss", {"reduction": "none"}, draw(2, 3, 4), RNG.integers(0, 3, (2, 4))),
    ("NLLLoss", {"weight": np.array([1.0, 2.0, 3.0])}, draw(4, 3), np.array([0, 2, 1, 1])),
    ("MSELoss", {}, draw(4, 3), draw(4, 3)),
    ("MSELoss", {"reduction": "none"}, draw(4, 3), draw(4, 3)),
    ("L1Loss", {"reduction": "sum"}, draw(4, 3), draw(4, 3)),
    ("BCEWithLogitsLoss", {}, draw(4), np.array([0.0, 1.0, 0.5, 1.0])),
    ("BCEWithLogitsLoss", {"pos_weight": np.array([2.0])}, draw(4), np.array([0.0, 1.0, 0.5, 1.0])),
]


@pytest.mark.parametrize(("name", "options", "data", "target"), LOSSES, ids=lambda v: v if isinstance(v, str) else "")
def test_losses(name, options, data, target):
    def made(module, tensor):
        values = {key: tensor(v) if isinstance(v, np.ndarray) else v for key, v in options.items()}
        return getattr(module, name)(**values)

    x, y = torch.tensor(data, requires_grad=True), wg.tensor(data, requires_grad=True)
    expected = made(torch.nn, torch.tensor)(x, torch.tensor(target))
    got = made(nn, wg.tensor)(y, wg.tensor(target))
    close(got, expected, "loss")
    expected.sum().backward()
    got.sum().backward()
    close(y.grad, x.grad, "gradient")


# -- initial values, modes, errors -----------------------------------------------------------------------------------------
def test_parameters_are_float32_by_default():
    for layer in (nn.Linear(2, 3), nn.Conv2d(1, 2, 3), nn.LayerNorm(3), nn.Embedding(3, 2), nn.BatchNorm2d(2)):
        assert {p.dtype for p in layer.parameters()} == {np.dtype("float32")}
    assert nn.Linear(2, 3, dtype=wg.complex64).weight.dtype == wg.complex64


@pytest.mark.parametrize("make", [lambda m, **o: m.Linear(50, 400, **o), lambda m, **o: m.Conv2d(8, 64, 5, **o)])
def test_initial_values_are_distributed_as_in_pytorch(make):
    ours, theirs = make(nn, generator=wg.random.Generator(0)), make(torch.nn)
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        values, expected = a.detach().numpy(), b.detach().numpy()
        assert values.shape == expected.shape
        bound = 1 / np.sqrt(np.prod(ours.weight.shape[1:]))
        assert np.abs(values).max() <= bound
        assert np.isclose(values.std(), bound / np.sqrt(3), rtol=0.2), name


def test_a_generator_or_a_seed_decides_the_initial_values():
    def weights(**options):
        return nn.Linear(3, 2, **options).weight.tolist()

    assert weights(generator=wg.random.Generator(1)) == weights(generator=wg.random.Generator(1))
    assert weights() != weights()
    wg.random.seed(3)
    first = weights()
    wg.random.seed(3)
    assert weights() == first


def test_new_initial_values():
    for layer in (nn.Linear(3, 2), nn.Conv1d(1, 2, 3), nn.Embedding(4, 2, 0), nn.MultiheadAttention(4, 2)):
        before = [p.tolist() for p in layer.parameters()]
        layer.reset_parameters()
        assert [p.tolist() for p in layer.parameters()] != before
    norm = nn.LayerNorm(3)
    norm.load_state_dict({"weight": np.zeros(3), "bias": np.ones(3)})
    norm.reset_parameters()
    assert norm.weight.tolist() == [1.0] * 3
    assert norm.bias.tolist() == [0.0] * 3


def test_dropout():
    x = wg.ones((100, 100))
    layer = nn.Dropout(0.25, generator=wg.random.Generator(0))
    y = layer(x)
    assert set(np.unique(y.numpy())) == {0.0, 1 / 0.75}
    assert abs((y.numpy() == 0).mean() - 0.25) < 0.02
    assert layer.eval()(x) is x
    assert repr(layer) == "Dropout(p=0.25)"
    with pytest.raises(ArgumentError, match=r"1\.5"):
        nn.Dropout(1.5)


def test_batch_norm_keeps_count():
    norm = nn.BatchNorm1d(2)
    for _ in range(3):
        norm(wg.random.normal((4, 2), dtype=wg.float32))
    assert norm.num_batches_tracked.item() == 3
    norm.eval()(wg.random.normal((4, 2), dtype=wg.float32))
    assert norm.num_batches_tracked.item() == 3


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "in_channels must be a multiple of groups=2, got 3"),
        (lambda: nn.Conv2d(2, 3, 3, groups=2), "out_channels"),
        (lambda: nn.Conv2d(2, 3, (3, 3, 3)), "kernel_size"),
        (lambda: nn.Conv1d(2, 3, 3, padding="full"), "padding"),
        (lambda: nn.GroupNorm(3, 4), "num_channels"),
        (lambda: nn.Embedding(3, 2, 3), "padding_idx"),
        (lambda: nn.BatchNorm2d(2)(wg.zeros((2, 2))), "BatchNorm2d: expected an input of 4 axes, got shape (2, 2)"),
        (lambda: nn.Flatten(2, 1)(wg.zeros((2, 2, 2))), "start_axis=2"),
        (lambda: nn.MultiheadAttention(5, 2), "embed_dim"),
        (lambda: nn.Linear(3, 2)(wg.zeros((2, 2), dtype=wg.float32)), "linear"),
    ],
)
def test_errors_name_the_argument(make, names):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert names in str(caught.value)


def test_layers_take_raw_arrays():
    """An array in place of a tensor is an operand like any other."""
    y = nn.Sequential(nn.Linear(3, 2), nn.ReLU())(np.ones((4, 3), np.float32))
    assert isinstance(y, wg.Tensor)
    assert y.requires_grad
