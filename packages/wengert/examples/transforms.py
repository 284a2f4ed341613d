"""Transforms: derivatives as functions of functions, over NumPy arrays."""

import numpy as np

import wengert as wg


def rosenbrock(x):
    return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()


x = np.array([0.5, 0.25, 1.0])
value, gradient = wg.value_and_grad(rosenbrock)(x)
print("value", value)
print("gradient", gradient)
print("Hessian\n", wg.hessian(rosenbrock)(x))
print("Hessian times v", wg.hvp(rosenbrock, x, np.array([1.0, 0.0, -1.0])))
points = np.array([[0.5, 0.25, 1.0], [1.0, 1.0, 1.0]])
print("gradients at two points\n", wg.vmap(wg.grad(rosenbrock))(points))
