"""``torch.lobpcg``: the eigenpairs that PyTorch's iteration comes to, with a derivative."""

import numpy as np
import pytest
import torch

import wengert.compat.torch as spelled

NUMBERS = np.random.default_rng(5)
MATRICES = NUMBERS.normal(size=(2, 6, 9))
A = np.einsum("bki,bkj->bij", MATRICES, MATRICES) + np.diag(np.arange(9.0))
B = A[1] / 10 + np.eye(9)


@pytest.mark.parametrize("largest", [None, False])
@pytest.mark.parametrize("generalized", [False, True])
def test_like_pytorch(largest, generalized):
    found = []
    for library in (torch, spelled):
        a = library.tensor(A[0] if generalized else A).requires_grad_()
        values, vectors = library.lobpcg(a, k=2, B=library.tensor(B) if generalized else None, largest=largest)
        kept = [values.detach().numpy(), np.abs(vectors.detach().numpy())]
        if not generalized:  # of that PyTorch has no derivative
            (values.sum() + (vectors**2)[..., 0, :].sum()).backward()
            kept.append(a.grad.numpy())
        found.append(kept)
    for expected, got in zip(*found, strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-4)


def test_derivative():
    a = spelled.tensor(A[0]).requires_grad_()

    def pairs(a):
        values, vectors = spelled.lobpcg(a, k=2)
        return values, vectors**2

    assert spelled.autograd.gradcheck(pairs, (a,), fast_mode=True)
    assert spelled.autograd.gradgradcheck(pairs, (a,), fast_mode=True)


@pytest.mark.parametrize("library", [torch, spelled], ids=["torch", "spelled"])
def test_too_many(library):
    with pytest.raises(ValueError, match="is smaller than 3 x the number of requested"):
        library.lobpcg(library.eye(5), k=2)
