"""Calls of ``scipy.integrate``, ``scipy.differentiate`` and ``scipy.optimize``."""

CALLS = """
integrate.trapezoid(x)
integrate.trapezoid(x, t)
integrate.trapezoid(X, dx=0.5, axis=0)
integrate.cumulative_trapezoid(x)
integrate.cumulative_trapezoid(x, t, initial=0)
integrate.cumulative_simpson(x, dx=0.3)
integrate.cumulative_simpson(x, x=t)
integrate.simpson(x, dx=0.3)
integrate.simpson(x, x=t)
integrate.romb(x[:5], dx=0.3)
integrate.qmc_quad(lambda s: xp.sum(s * s), p[:2], p[:2] + q[:2], qrng=stats.qmc.Halton(2, rng=0)).integral
integrate.cubature(lambda s: xp.exp(-xp.sum(s * s, axis=-1)), x[:2], x[:2] + p[:2]).estimate
integrate.cubature(lambda s, a: xp.exp(-a * s[:, 0]), [0.0], [1.0], args=(p[0],)).estimate
integrate.tanhsinh(lambda s: xp.exp(-s * s), x, x + p).integral
integrate.tanhsinh(lambda s, a: xp.exp(-a * s), xp.asarray(0.0), 1.0, args=(p,)).integral
integrate.tanhsinh(lambda s, a: xp.exp(-a * s), xp.asarray(0.0), xp.inf, args=(p,)).integral
integrate.nsum(lambda j, a: 1 / (j * j + a), k, k + 5, args=(p,)).sum
integrate.nsum(lambda j, a: xp.exp(-a * j), xp.asarray(1.0), xp.inf, args=(p,)).sum
integrate.quad(lambda s: s * s, p[0], q[0] + 2)
integrate.dblquad(lambda d, e: d * e, 0.0, p[0], 0.0, q[0])
integrate.nquad(lambda d, e: d * e, [[0.0, p[0]], [0.0, q[0]]])
integrate.quad_vec(lambda s: s * p, 0, 1)
integrate.fixed_quad(lambda s: s * s, p[0], q[0] + 2)
integrate.newton_cotes(4)
integrate.odeint(lambda s, time: -s, p, [0.0, 1.0])
integrate.solve_ivp(lambda time, s: -s, (0.0, 1.0), p).y
differentiate.derivative(lambda s: xp.exp(s), x).df
differentiate.derivative(lambda s, a: xp.sin(a * s), x, args=(p,)).df
differentiate.jacobian(lambda s: xp.stack([s[0] * s[1], xp.exp(s[0])]), x[:2]).df
differentiate.hessian(lambda s: s[0] ** 2 * s[1], x[:2]).ddf
elementwise.find_root(lambda s, a: s * s - a, (0.0 * p, 2 + 0 * p), args=(p,)).x
elementwise.find_minimum(lambda s, a: (s - a) ** 2, (0.0 * p, p, 2 * p + 1), args=(p,)).x
elementwise.find_minimum(lambda s, a: (s - a) ** 4 + a, (0.0 * p, p, 2 * p + 1), args=(p,)).f_x
elementwise.bracket_root(lambda s, a: s - a, 0.1 * q, 0.2 * q + 0.1, args=(p,)).bracket
elementwise.bracket_minimum(lambda s, a: (s - a) ** 2, 0.1 * q, args=(p,)).bracket
optimize.rosen(x)
optimize.rosen_der(x)
optimize.rosen_hess(x)
optimize.rosen_hess_prod(x, y)
optimize.approx_fprime(p, lambda s: s @ s)
optimize.minimize(lambda s: (s - p) @ (s - p), [0.0] * 8).x
optimize.root(lambda s: s**3 - p, [1.0] * 8).x
optimize.least_squares(lambda s: s - p, [0.0] * 8).x
optimize.curve_fit(lambda s, a: a * s, t, x)[0]
optimize.nnls(X, x[:6])[0]
optimize.lsq_linear(X, x[:6]).x
optimize.linear_sum_assignment(X)
optimize.brentq(lambda s: s - p[0], 0.0, 3.0)
"""
