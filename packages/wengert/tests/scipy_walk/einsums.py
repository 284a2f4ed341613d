"""Calls of einops, with ``wengert.compat.einops`` imported, and of opt_einsum."""

CALLS = """
einops.rearrange(X, "row column -> column row")
einops.rearrange(x, "(a b c) -> c (b a)", a=2, b=2)
einops.rearrange([X, Y], "several row column -> row (several column)")
einops.rearrange(X, "row column -> row 1 column 1")
einops.reduce(X, "row column -> column", "sum")
einops.reduce(X, "row column -> row", "mean")
einops.reduce(X, "(row two) column -> row column", "max", two=2)
einops.reduce(X, "row column ->", "min")
einops.reduce(W, "row column -> 1 column", "prod")
einops.reduce(m[:, None], "a b -> b", "any")
einops.reduce(X, "row column -> column", lambda d, axes: xp.sum(d * d, axis=axes))
einops.repeat(x, "a -> a two", two=2)
einops.repeat(X, "row column -> (row two) 3 column", two=2)
einops.einsum(X, Y, "row column, other column -> row other")
einops.einsum(X, "row column -> column")
einops.pack([X, x[:3]], "* column")[0]
einops.unpack(X, [(2, 2), (), ()], "* column")
array_api.rearrange(X, "row column -> column row")
array_api.reduce(X, "row column -> column", "max")
array_api.repeat(x, "a -> a two", two=2)
array_api.pack([X, x[:3]], "* column")[0]
opt_einsum.contract("ij,kj->ik", X, Y)
opt_einsum.contract("ij,ij->", X, Y)
opt_einsum.contract("ij,jk,lk->il", X, A, Y)
opt_einsum.contract("i,i,i->i", x, y, z)
opt_einsum.contract("ij,jk,kl,ml->mi", X, A, S, Y, optimize="greedy")
opt_einsum.contract(X, (0, 1), A, (1, 2), (2, 0))
opt_einsum.contract_expression("ij,jk->ik", (6, 3), (3, 3))(X, A)
opt_einsum.contract_expression("ij,jk->ik", (6, 3), S, constants=[1])(X)
"""
