"""Writes `reshaped.json`: transformed normal, gamma and logistic variables, and extreme values.

    python3 tests/golden/far/reshaped.py
"""

import mpmath
from mpmath import exp, log, log1p, mpf, pi, sinh, sqrt

from continuous import lgamma, log_ndtr
from table import tabulate, write


def normal(z):
    return -z * z / 2 - log(2 * pi) / 2


def asinh(x):
    # From x + √(1 + x²) digits would be missing below.
    return mpmath.sign(x) * log(abs(x) + sqrt(1 + x * x)) if abs(x) > 1 else mpmath.asinh(x)


def johnson_su(skewness, tailweight, loc, scale, x):
    z = (x - loc) / scale
    return normal(skewness + tailweight * asinh(z)) + log(tailweight / scale) - log1p(z * z) / 2


def sinh_arcsinh(loc, scale, skewness, tailweight, x):
    multiplier = 2 / sinh(tailweight * asinh(mpf(2)))
    u = (x - loc) / (scale * multiplier)
    z = sinh(asinh(u) / tailweight - skewness)
    return normal(z) + log1p(z * z) / 2 - log1p(u * u) / 2 - log(tailweight * scale * multiplier)


def exponentially_modified_gaussian(loc, scale, rate, x):
    z, b = (x - loc) / scale, rate * scale
    return log(rate) + b * b / 2 - b * z + log_ndtr(z - b)


def two_piece_normal(loc, scale, skewness, x):
    z = (x - loc) / scale * (skewness if x < loc else 1 / skewness)
    return normal(z) + log(2) - log(skewness + 1 / skewness) - log(scale)


def dagum(concentration, sharpness, scale, x):
    u = sharpness * log(x / scale)
    return log(concentration * sharpness / x) + concentration * u - (concentration + 1) * log1p(exp(u))


def exp_gamma(concentration, rate, x):
    return concentration * (x + log(rate)) - rate * exp(x) - lgamma(concentration)


def generalized_normal(loc, scale, power, x):
    return log(power) - abs((x - loc) / scale) ** power - log(2 * scale) - lgamma(1 / power)


def generalized_extreme_value(loc, scale, concentration, x):
    z = (x - loc) / scale
    s = log1p(concentration * z) / concentration if concentration else z
    return -(1 + concentration) * s - exp(-s) - log(scale)


def fisher_snedecor(df1, df2, x):
    a, b = df1 / 2, df2 / 2
    return a * log(df1 * x) + b * log(df2) - (a + b) * log(df1 * x + df2) + lgamma(a + b) - lgamma(a) - lgamma(b) - log(x)


# See `tabulate`.
DENSITIES = [
    ("JohnsonSU", ["skewness", "tailweight", "loc", "scale"], johnson_su, False),
    ("SinhArcsinh", ["loc", "scale", "skewness", "tailweight"], sinh_arcsinh, False),
    ("ExponentiallyModifiedGaussian", ["loc", "scale", "rate"], exponentially_modified_gaussian, False),
    ("TwoPieceNormal", ["loc", "scale", "skewness"], two_piece_normal, False),
    ("Dagum", ["concentration", "sharpness", "scale"], dagum, False),
    ("ExpGamma", ["concentration", "rate"], exp_gamma, False),
    ("GeneralizedNormal", ["loc", "scale", "power"], generalized_normal, False),
    ("GeneralizedExtremeValue", ["loc", "scale", "concentration"], generalized_extreme_value, False),
    ("FisherSnedecor", ["df1", "df2"], fisher_snedecor, False),
]

CASES = {
    "JohnsonSU skewness tailweight loc scale": [
        ([0.0, 1.0, 0.0, 1.0], [1e300, -1e200, 1e-200, 3.0]), ([2.0, 1e-12, 0.0, 1.0], [5.0]), ([-1.0, 1e6, 0.0, 1.0], [1e-6]),
        ([0.5, 2.0, 0.0, 1e200], [1e203]), ([0.5, 2.0, 1.0, 1e-100], [1.5]),
    ],
    "SinhArcsinh loc scale skewness tailweight": [
        ([0.0, 1.0, 0.5, 1.0], [40.0, -100.0, 1e-200]), ([0.0, 1.0, 0.0, 2.0], [1e150, 0.5]), ([0.0, 1.0, 0.2, 1e-9], [1.5, -0.3]),
        ([0.0, 1.0, -0.5, 1e3], [2.0, -3.0, 1e-40]), ([0.0, 1.0, 0.1, 1e12], [2.0]), ([0.0, 1e200, 0.5, 0.7], [1e200]), ([1.0, 1e-200, 0.5, 2.0], [1.5]),
    ],
    "ExponentiallyModifiedGaussian loc scale rate": [
        ([0.0, 1.0, 1.0], [1e150, -1e100, -40.0, 30.0, 0.5]), ([0.0, 1.0, 1e6], [0.5, -3.0, 4.0]), ([0.0, 1.0, 1e-9], [5.0, -2.0, 1e9]),
        ([0.0, 1.0, 1e12], [2.0]), ([0.0, 1e200, 1e-200], [1e200]), ([0.0, 1e-9, 3.0], [1.0]), ([0.0, 1.0, 30.0], [1.0, -1.0]),
    ],
    "TwoPieceNormal loc scale skewness": [
        ([0.0, 1.0, 3.0], [1e150, -1e100, 2.0]), ([0.0, 1.0, 1e12], [1e12, -1e-12]), ([0.0, 1.0, 1e-12], [1e-12, -1e12]), ([0.0, 1e200, 0.5], [1e200]),
    ],
    "Dagum concentration sharpness scale": [
        ([2.0, 3.0, 1.0], [1e100, 1e-100, 1e300, 1.5]), ([1e-12, 2.0, 1.0], [0.5, 3.0]), ([1e12, 2.0, 1.0], [1e6, 3e6]), ([1.5, 1e-12, 1.0], [7.0]),
        ([0.5, 1e6, 1.0], [1.000001, 0.9999]), ([0.5, 2.0, 1e200], [1e200]), ([0.5, 2.0, 1e-200], [1e-200]),
    ],
    "ExpGamma concentration rate": [
        ([2.5, 1.0], [-1e300, -700.0, 6.0, 0.5]), ([1e-12, 1.0], [-1e12, -3.0, 1.0]), ([1e12, 1.0], [27.63102111592855, 27.631022]), ([1e6, 1e6], [0.001, -0.002]),
        ([2.0, 1e-200], [460.0]), ([2.0, 1e200], [-460.0]),
    ],
    "GeneralizedNormal loc scale power": [
        ([0.0, 1.0, 0.5], [1e300, 1e-40, -3.0]), ([0.0, 1.0, 3.0], [1e100, 1e-40, 2.0]), ([0.0, 1.0, 1e-12], [3.0]), ([0.0, 1.0, 1e12], [0.5, 1.000000000001]),
        ([0.0, 1e200, 1.5], [1e200]),
    ],
    "GeneralizedExtremeValue loc scale concentration": [
        ([0.0, 1.0, 1e-9], [1.0, -3.0, 1e3]), ([0.0, 1.0, 0.0], [2.0, 1e3, -5.0]), ([0.0, 1.0, -1e-9], [5.0]), ([0.0, 1.0, 2.0], [1e300, -0.4]),
        ([0.0, 1e200, 0.5], [1e200]), ([0.0, 1.0, 1e-300], [3.0]), ([0.0, 1.0, -0.5], [1.999999, -20.0]), ([0.0, 1.0, 0.049], [1.0]),
        ([0.0, 1.0, 0.051], [1.0]), ([0.0, 1.0, 1e12], [1.0]),
    ],
    "FisherSnedecor df1 df2": [
        ([2e6, 2e6], [1.0, 1.003]), ([1e-12, 1e-12], [1.0, 1e-300, 1e300]), ([5.0, 7.0], [1e-200, 1e200, 1.0]), ([2e9, 1.0], [1.0, 3.0]), ([3.0, 1e12], [1.5]),
    ],
}


if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
