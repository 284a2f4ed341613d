"""SciPy's optimizers, handed exact gradients, Hessians and Hessian-vector products of a function over Tensors or NumPy calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import pytree
from .arrays.adapter import adapter_of, is_array
from .autograd.tensor import Tensor
from .errors import ArgumentError, MissingExtraError
from .ops.creation import asarray
from .ops.manipulation import reshape
from .transforms import hessian, hvp, value_and_grad

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

__all__ = ["minimize"]

#: SciPy's methods that take a gradient, and those that also take the product of the Hessian with a vector, or all of it.
WITH_GRADIENT = ("bfgs", "l-bfgs-b", "cg", "tnc", "slsqp", "newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
WITH_PRODUCT = ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
WITH_HESSIAN = ("dogleg", "trust-exact")


class Flat:
    """Parameters nested in any way as one vector, and `fun` as a function of that."""

    def __init__(self, fun: Callable[..., Any], x0: Any, args: tuple[Any, ...]) -> None:
        self.fun, self.args = fun, args
        self.leaves, self.structure = pytree.flatten(x0)
        values = [_host(leaf) for leaf in self.leaves]
        self.shapes = [value.shape for value in values]
        self.start = np.concatenate([value.ravel() for value in values]).astype(float)

    def nested(self, vector: Any) -> Any:
        """A vector, raw or a Tensor, in the structure of the parameters."""
        parts, end = [], 0
        for shape in self.shapes:
            start, end = end, end + int(np.prod(shape, dtype=int))
            parts.append(reshape(vector[start:end], shape) if isinstance(vector, Tensor) else vector[start:end].reshape(shape))
        return pytree.unflatten(self.structure, parts)

    def __call__(self, vector: Any) -> Any:
        value = self.fun(self.nested(vector), *self.args)
        if not isinstance(value, Tensor) or value.size != 1:
            raise ArgumentError(
                f"minimize: fun must return one number that depends on its argument, got {type(value).__name__} of shape "
                f"{tuple(np.shape(getattr(value, 'array', value)))}"
            )
        return reshape(value, ())

    def result(self, vector: Any) -> Any:
        """The solution as the start was given: Tensors where those were, arrays of their library elsewhere."""
        leaves = pytree.leaves(self.nested(np.asarray(vector)))
        return pytree.unflatten(self.structure, [_like(value, old) for value, old in zip(leaves, self.leaves, strict=True)])


def _host(leaf: Any) -> Any:
    array = leaf.array if isinstance(leaf, Tensor) else leaf
    return np.asarray(adapter_of(array).to_host(array) if is_array(array) else array, dtype=float)


def _like(value: Any, old: Any) -> Any:
    if isinstance(old, Tensor):
        adapter = adapter_of(old.array)
        return asarray(adapter.cast(adapter.from_host(value, adapter.device(old.array)), old.dtype))
    if is_array(old):
        return adapter_of(old).from_host(value, adapter_of(old).device(old))
    return value if value.ndim else float(value)


def minimize(
    fun: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), method: str | None = None, **options: Any
) -> OptimizeResult:
    """``scipy.optimize.minimize`` with the derivatives that the method can use, taken by Wengert.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)`` of operators of Wengert or plain NumPy calls, returning one real number.
    x0 : array, Tensor, number, or any nesting of them
        Where to start; `fun` receives Tensors nested in the same way.
    args : tuple
        Further arguments, which are constants.
    method : str, optional
        One of SciPy's. Default: SciPy's choice. Methods without derivatives work too.
    **options
        ``bounds``, ``constraints``, ``tol``, ``callback``, ``options`` and so on, as SciPy takes them.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With `x` nested as `x0` is, of its libraries; `jac` and the rest are flat.

    Raises
    ------
    ArgumentError
        If ``jac``, ``hess`` or ``hessp`` is among the options, or `fun` does not return one number.
    MissingExtraError
        Without SciPy, the extra ``special``.

    Examples
    --------
    >>> import numpy as np
    >>> from wengert.optimize import minimize
    >>> def rosenbrock(x):
    ...     return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    >>> minimize(rosenbrock, np.zeros(5), method="trust-ncg").x.round(2).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    try:
        from scipy import optimize  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtraError("minimize needs SciPy: pip install 'wengert[special]'") from error
    for name in ("jac", "hess", "hessp"):
        if name in options:
            raise ArgumentError(f"minimize: {name} is what Wengert hands to SciPy; call scipy.optimize.minimize to give your own")
    flat, kind = Flat(fun, x0, args), (method or "").lower()
    derivatives: dict[str, Any] = {}
    with_gradient = value_and_grad(flat)
    if not kind or kind in WITH_GRADIENT or kind in WITH_HESSIAN:
        derivatives["jac"] = True
    if kind in WITH_PRODUCT:
        derivatives["hessp"] = lambda x, v: np.asarray(hvp(flat, x, v))
    if kind in WITH_HESSIAN:
        derivatives["hess"] = hessian(flat)

    def value(x: Any) -> Any:
        if "jac" not in derivatives:
            return flat(asarray(x, requires_grad=True)).item()
        found, gradient = with_gradient(x)
        return float(found), np.asarray(gradient)

    result = optimize.minimize(value, flat.start, method=method, **derivatives, **options)
    result.x = flat.result(result.x)
    return result
