"""A function of JAX in Wengert's graph, and a function of Wengert under jax.jit and jax.grad."""

import jax
import jax.numpy as jnp

import wengert as wg
from wengert.interop.jax import from_jax, to_jax

x = wg.tensor([1.0, 2.0], dtype=wg.float32, requires_grad=True)
y = from_jax(jax.jit(jnp.square))(x)
y.register_hook(lambda grad: print("Wengert goes into", y.grad_fn.name(), "with", grad))
y.sum().backward()
print("dx", x.grad)


@to_jax
def norm(v):
    if v.requires_grad:
        v.register_hook(lambda grad: print("Wengert has", grad))
    return wg.sqrt((v * v).sum())


v = jnp.asarray([3.0, 4.0])
print("JAX has", jax.jit(jax.grad(norm))(v))
cube = to_jax(lambda v: (v**3).sum())
print("Hessian", jax.jit(jax.jacrev(jax.grad(cube)))(v).tolist())
