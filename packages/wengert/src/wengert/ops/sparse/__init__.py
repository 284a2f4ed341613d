"""Sparse matrices in compressed rows: products and solutions of equations, differentiable in the values and the operands."""
