"""Checkpoints under the transforms of functions: batched, differentiated forward, differentiated twice (S7.4)."""

import functools

import numpy as np
import pytest

import wengert as wg
from wengert.utils.checkpoint import create_selective_checkpoint_contexts

func = pytest.importorskip("wengert.func")

X = wg.tensor(np.linspace(0.0, 1.0, 6).reshape(2, 3))
KEEP_EXP = functools.partial(create_selective_checkpoint_contexts, [wg.exp])


def plain(x):
    return wg.sin(wg.exp(x) * x).sum()


CHECKPOINTED = {
    "plain": lambda x: wg.checkpoint(plain, x, use_reentrant=False),
    "nested": lambda x: wg.checkpoint(lambda a: wg.checkpoint(plain, a, use_reentrant=False), x, use_reentrant=False),
    "selective": lambda x: wg.checkpoint(plain, x, use_reentrant=False, context_fn=KEEP_EXP),
}

TRANSFORMED = {
    "grad": lambda f: func.grad(f)(X[0]),
    "vmap": lambda f: func.vmap(f)(X),
    "vmap of grad": lambda f: func.vmap(func.grad(f))(X),
    "jvp": lambda f: wg.stack(func.jvp(f, (X[0],), (wg.ones(3),))),
    "grad of grad": lambda f: func.grad(lambda x: func.grad(f)(x).sum())(X[0]),
    "hessian": lambda f: func.hessian(f)(X[0]),
}

ONCE = ("grad", "vmap", "vmap of grad", "jvp")  # with one backward, all that a selective checkpoint allows


@pytest.mark.parametrize("transform", TRANSFORMED)
@pytest.mark.parametrize("kind", CHECKPOINTED)
def test_under_a_transform(kind, transform):
    transformed = TRANSFORMED[transform]
    if kind == "selective" and transform not in ONCE:
        with pytest.raises(wg.errors.CheckpointError, match="one backward"):
            transformed(CHECKPOINTED[kind])
        return
    np.testing.assert_allclose(transformed(CHECKPOINTED[kind]).numpy(), transformed(plain).numpy(), rtol=1e-12)
