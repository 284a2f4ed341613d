"""Wengert beside other automatic differentiation: functions of theirs in its graph, and its functions in theirs.

==========================================  ======================================================================
`wengert.interop.torch.from_torch`          a function or module of PyTorch as an operator of Wengert
`wengert.interop.torch.to_torch`            a function of Wengert as an operator of PyTorch
`wengert.interop.jax.from_jax`              a function of JAX as an operator of Wengert
`wengert.interop.jax.to_jax`                a function of Wengert as one of JAX, also under ``jax.jit``
==========================================  ======================================================================

Each of the two modules needs its library; this package imports neither.
"""
