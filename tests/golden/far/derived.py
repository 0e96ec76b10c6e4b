"""Writes `derived.json`: distributions derived from others.

Far out, the derivative of a truncated Cauchy density by the scale is a difference of numbers near 1: it is not tabulated.

    python3 tests/golden/far/derived.py
"""

from mpmath import atan, log, log1p, pi

from table import tabulate, write


def truncated_cauchy(loc, scale, low, high, x):
    mass = (atan((high - loc) / scale) - atan((low - loc) / scale)) / pi
    return -log1p(((x - loc) / scale) ** 2) - log(scale) - log(pi) - log(mass)


DENSITIES = [("TruncatedCauchy", ["loc*", "scale!", "low", "high"], truncated_cauchy, False)]
CASES = {
    "TruncatedCauchy loc* scale! low high": [
        ([0.0, 1.0, 1e8, 2e8], [1e8 + 1.0, 1.5e8, 2e8 - 1.0]),
        ([0.0, 1.0, -3e12, -1e12], [-2e12, -1.1e12]),
        ([1.0, 2.0, 1e5, 1e5 + 1.0], [1e5 + 0.25, 1e5 + 0.75]),
        ([0.0, 1e-8, -1.0, 2.0], [-0.5, 1e-9, 1.5]),
        ([0.0, 1e8, -1.0, 2.0], [-0.5, 0.0, 1.5]),
        ([0.3, 1.5, 0.5, 0.5 + 2.0**-20], [0.5 + 2.0**-21]),
    ],
}

write(__file__, tabulate(DENSITIES, CASES))
