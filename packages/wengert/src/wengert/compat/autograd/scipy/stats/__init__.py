"""Densities and distribution functions, as formulas over NumPy's calls: each is differentiable in all of its arguments."""

from . import beta, chi2, dirichlet, gamma, multivariate_normal, norm, poisson, t

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]
