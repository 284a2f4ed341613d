"""What ``autograd.scipy`` has: special functions, distributions, convolution, linear algebra and ``odeint``."""

from . import integrate, linalg, signal, special, stats

__all__ = ["integrate", "linalg", "signal", "special", "stats"]
