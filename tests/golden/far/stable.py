"""Writes `stable.json`: stable distributions, by their characteristic function.

    python3 tests/golden/far/stable.py

The inversion integral is taken along a ray on which the characteristic function decays and does not oscillate; 45 digits.
"""

from mpmath import atan, exp, inf, log, mp, mpf, pi, quad, re, sqrt, tan

import table

mp.dps = 45
table.STEP = mpf(10) ** -11


def standard_density(alpha, beta, x):
    tangent = tan(pi * alpha / 2)
    # In the parameterisation S1, with the positive half-line where the point is.
    y = x + beta * tangent
    if y < 0:
        y, beta = -y, -beta
    size, turn = sqrt(1 + (beta * tangent) ** 2), atan(beta * tangent)
    ray = min(pi / 2, (pi / 2 - turn) / alpha) / 2
    direction = exp(-1j * ray)
    integrand = lambda s: exp(-1j * s * direction * y - size * s**alpha * exp(-1j * (turn + alpha * ray)))
    scale = min(1, 1 / y)
    points = [0] + [scale * mpf(10) ** k for k in range(-12, 4)] + [inf]
    return re(direction * quad(integrand, points)) / pi


def stable(stability, skew, loc, scale, x):
    return log(standard_density(stability, skew, (x - loc) / scale)) - log(scale)


# See `tabulate`.
DENSITIES = [("Stable", ["stability", "skew", "loc", "scale"], stable, False)]

CASES = {
    "Stable stability skew loc scale": [
        ([1.5, 0.5, 0.3, 2.0], [0.7, -4.0, 1e6]), ([1.9, -0.7, 0.0, 1.0], [12.0]), ([0.7, 0.3, 1.0, 0.5], [2.0, -1e4]),
        ([0.3, 0.1, 0.0, 1.0], [0.6, 50.0]),
    ],
}


if __name__ == "__main__":
    table.write(__file__, table.tabulate(DENSITIES, CASES))
