"""Linear algebra over stacks of matrices; `wengert.linalg` is where users find it.

Gradients of complex matrices follow PyTorch's convention, see `wengert.ops.complex`. In the formulas G is the gradient of a
result, and gA that of the operand. Where a formula has no derivation beside it, the sources are M. Giles, "Collected matrix
derivative results for forward and reverse mode algorithmic differentiation" (2008), and for complex numbers and decompositions
with a choice of phase the comments of PyTorch's ``FunctionsManual.cpp``, whose conventions at degenerate points are followed.
"""
