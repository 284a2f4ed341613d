"""SciPy's functions on Tensors, with gradients: statistics, special functions, an integral, a rotation."""

import os

os.environ["SCIPY_ARRAY_API"] = "1"  # before SciPy is imported

from scipy import integrate, special, stats
from scipy.spatial.transform import Rotation

import wengert as wg

x = wg.tensor([0.5, 1.5, 2.0, 4.0], requires_grad=True)
(stats.skew(x) + special.logsumexp(x)).backward()
print(x.grad)

rate = wg.tensor([0.5, 2.0], requires_grad=True)
wave = integrate.cubature(lambda t: wg.exp(-t * rate), [0.0], [1.0]).estimate
wave.sum().backward()
print(rate.grad)

turn = wg.tensor([0.1, 0.2, 0.3], requires_grad=True)
tip = Rotation.from_rotvec(turn).apply(wg.tensor([1.0, 0.0, 0.0]))
tip[1].backward()
print(turn.grad)
