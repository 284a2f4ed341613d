"""`MultiheadAttention` beside PyTorch's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import wengert as wg
from wengert import nn
from wengert.errors import ArgumentError

torch = pytest.importorskip("torch", reason="the values are PyTorch's")

E, H, L, S, N = 6, 2, 3, 4, 2


def pair(**options):
    theirs = torch.nn.MultiheadAttention(E, H, dtype=torch.float64, **options)
    ours = nn.MultiheadAttention(E, H, dtype=wg.float64, **options)
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    rng = np.random.default_rng(0)
    state = {name: rng.normal(size=tuple(value.shape)) for name, value in theirs.state_dict().items()}
    theirs.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    ours.load_state_dict(state)
    return theirs, ours


def draw(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def compare(theirs, ours, arrays, **options):
    """Output, weights and all gradients; `arrays` that are one object stay one."""
    results = []
    for module, tensor in ((theirs, torch.tensor), (ours, wg.tensor)):
        tensors = {}
        for array in arrays:
            tensors.setdefault(id(array), tensor(array, requires_grad=True))
        values = {k: tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        output, weights = module(*(tensors[id(array)] for array in arrays), **values)
        loss = (output * output).sum()
        if weights is not None:
            loss = loss + (weights * weights).sum()
        loss.backward()
        gradients = [t.grad for t in tensors.values()] + [p.grad for p in module.parameters()]
        results.append([None if t is None else t.detach().numpy() for t in (output, weights, *gradients)])
    for number, (expected, got) in enumerate(zip(*results, strict=True)):
        assert (expected is None) == (got is None), number
        if expected is not None:
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11, err_msg=str(number))


@pytest.mark.parametrize(("batch_first", "bias", "need_weights"), [*itertools.product([False, True], repeat=3)])
def test_self_attention(batch_first, bias, need_weights):
    x = draw(N, L, E) if batch_first else draw(L, N, E)
    compare(*pair(batch_first=batch_first, bias=bias), [x, x, x], need_weights=need_weights)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("same", ["key is value", "all differ"])
def test_cross_attention(batch_first, same):
    q, k = (draw(N, L, E), draw(N, S, E)) if batch_first else (draw(L, N, E), draw(S, N, E))
    compare(*pair(batch_first=batch_first), [q, k, k if same == "key is value" else k + 1.0])


def test_other_sizes_of_key_and_value():
    compare(*pair(kdim=5, vdim=3, batch_first=True), [draw(N, L, E), draw(N, S, 5), draw(N, S, 3)])


@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("batch_first", [False, True])
def test_without_a_batch(batch_first, average):
    q, k = draw(L, E), draw(S, E)
    compare(*pair(batch_first=batch_first), [q, k, k], average_attn_weights=average)


PADDING = np.array([[False, False, True, True], [False, False, False, True]])
MASK = np.array([[False, True, False, False], [False, False, True, False], [False, False, False, True]])
PER_HEAD = np.random.default_rng(3).normal(size=(N * H, L, S)) > 1.0


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {"key_padding_mask": PADDING},
        {"key_padding_mask": PADDING * -2.0},
        {"attn_mask": MASK},
        {"attn_mask": MASK * -1.5},
        {"attn_mask": PER_HEAD},
        {"attn_mask": PER_HEAD * -1.5},
        {"attn_mask": MASK, "key_padding_mask": PADDING},
        {"attn_mask": MASK * -1.0, "key_padding_mask": PADDING * -2.0},
    ],
    ids=["padding", "added padding", "mask", "added mask", "per head", "added per head", "both", "both added"],
)
def test_masks(options, need_weights):
    q, k = draw(N, L, E), draw(N, S, E)
    compare(*pair(batch_first=True), [q, k, k], need_weights=need_weights, **options)


def test_one_mask_of_each_sort():
    """PyTorch wants both of one dtype; ours may differ, and mean the same."""
    ours = pair(batch_first=True)[1]
    q, k = wg.tensor(draw(N, L, E)), wg.tensor(draw(N, S, E))
    boolean = ours(q, k, k, key_padding_mask=PADDING, attn_mask=wg.tensor(MASK))[0].detach().numpy()
    added = np.where(MASK, -np.inf, 0.0)
    mixed = ours(q, k, k, key_padding_mask=PADDING, attn_mask=added)[0].detach().numpy()
    np.testing.assert_allclose(mixed, boolean)


def test_masks_keep_the_dtype():
    ours = nn.MultiheadAttention(E, H, batch_first=True)
    q, k = wg.tensor(draw(N, L, E), dtype=wg.float32), wg.tensor(draw(N, S, E), dtype=wg.float32)
    output, weights = ours(q, k, k, key_padding_mask=PADDING, attn_mask=(MASK * -1.0).astype(np.float32))
    assert (output.dtype, weights.dtype) == (wg.float32, wg.float32)


@pytest.mark.parametrize("need_weights", [True, False])
def test_causal(need_weights):
    theirs, ours = pair(batch_first=True)
    x = draw(N, S, E)
    later = np.triu(np.ones((S, S), bool), 1)
    compare(theirs, ours, [x, x, x], attn_mask=later, is_causal=True, need_weights=need_weights)
    y = wg.tensor(x)
    expected = ours(y, y, y, attn_mask=wg.tensor(later))[0].detach().numpy()
    np.testing.assert_allclose(ours(y, y, y, is_causal=True, need_weights=need_weights)[0].detach().numpy(), expected)
    padded = {"key_padding_mask": PADDING, "need_weights": need_weights}
    with_mask = ours(y, y, y, attn_mask=wg.tensor(later), **padded)[0].detach().numpy()
    np.testing.assert_allclose(ours(y, y, y, is_causal=True, **padded)[0].detach().numpy(), with_mask)


def test_a_learned_mask_gets_a_gradient():
    bias = wg.zeros((L, S), requires_grad=True)
    q, k = wg.tensor(draw(N, L, E)), wg.tensor(draw(N, S, E))
    (pair(batch_first=True)[1](q, k, k, attn_mask=bias)[0] ** 2).sum().backward()
    assert np.abs(bias.grad.numpy()).max() > 0


@pytest.mark.parametrize("need_weights", [True, False])
def test_dropout_is_for_training(need_weights):
    ours = nn.MultiheadAttention(E, H, dropout=0.5, batch_first=True, generator=wg.random.Generator(0))
    x = wg.tensor(draw(N, L, E), dtype=wg.float32)
    outputs = [ours(x, x, x, need_weights=need_weights)[0].tolist() for _ in range(2)]
    assert outputs[0] != outputs[1]
    ours.eval()
    outputs = [ours(x, x, x, need_weights=need_weights)[0].tolist() for _ in range(2)]
    assert outputs[0] == outputs[1]


def test_initial_values():
    ours = nn.MultiheadAttention(64, 2)
    bound = np.sqrt(6 / (64 + 3 * 64))  # Glorot's, of the three projections as one weight, as in PyTorch
    assert 0.9 * bound < np.abs(ours.in_proj_weight.detach().numpy()).max() <= bound
    assert not ours.in_proj_bias.detach().numpy().any()
    assert not ours.out_proj.bias.detach().numpy().any()


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda m, q, k: m(q, k, k, key_padding_mask=np.zeros((S, N), bool)), "key_padding_mask must have the shape (2, 4)"),
        (lambda m, q, k: m(q, k, k, attn_mask=np.zeros((S, L), bool)), "attn_mask must have the shape (3, 4)"),
        (lambda m, q, k: m(q, k, k, attn_mask=np.zeros((1, L, S))), "attn_mask must have the shape (4, 3, 4)"),
        (lambda m, q, k: m(q[0, 0], k, k), "query must have 2 or 3 axes"),
    ],
)
def test_errors(call, names):
    with pytest.raises(ArgumentError) as caught:
        call(nn.MultiheadAttention(E, H, batch_first=True, dtype=wg.float64), wg.zeros((N, L, E)), wg.zeros((N, S, E)))
    assert names in str(caught.value)
