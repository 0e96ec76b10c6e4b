"""Writes `mixtures.json`: counts with other masses at 0, far out.

    python3 tests/golden/far/mixtures.py
"""

from mpmath import exp, expm1, factorial, gamma, log, log1p

from table import tabulate, write


def poisson(k, rate):
    return k * log(rate) - rate - log(gamma(k + 1))


def negative_binomial(k, r, p):
    return log(gamma(k + r)) - log(gamma(k + 1)) - log(gamma(r)) + k * log(p) + r * log1p(-p)


def zero_inflated_poisson(gate, rate, k):
    if k == 0:
        return log(gate + (1 - gate) * exp(-rate))
    return log1p(-gate) + poisson(k, rate)


def zero_inflated_negative_binomial(gate, r, p, k):
    if k == 0:
        return log(gate + (1 - gate) * (1 - p) ** r)
    return log1p(-gate) + negative_binomial(k, r, p)


def hurdle_poisson(gate, rate, k):
    if k == 0:
        return log(gate)
    return log1p(-gate) + poisson(k, rate) - log(-expm1(-rate))


densities = [
    ("ZeroInflatedPoisson", ["gate", "rate"], zero_inflated_poisson, True),
    ("ZeroInflatedNegativeBinomial", ["gate", "total_count", "probs"], zero_inflated_negative_binomial, True),
    ("HurdlePoisson", ["gate", "rate"], hurdle_poisson, True),
]
poissons = [
    ((0.3, 1e-12), [0, 1, 3]),
    ((1e-12, 1e-12), [0, 1]),
    ((0.3, 650.0), [0, 1, 650, 2000]),
    ((1e-300, 650.0), [0, 700]),
    ((1e-12, 5e3), [0, 5000, 1e5]),
    ((0.999999999999, 2.0), [0, 1, 50]),
    ((0.25, 1e9), [0, 1e9, 2e9]),
]
cases = {
    "ZeroInflatedPoisson gate rate": poissons,
    # Where the base is rarely positive the logarithms of its mass at 1 and of all positive ones cancel.
    "HurdlePoisson gate rate": [((0.3, 1e-12), [0, 3])] + [case for case in poissons if case[0][1] > 1],
    "ZeroInflatedNegativeBinomial gate total_count probs": [
        ((0.3, 1e-6, 0.5), [0, 1, 100]),
        ((1e-12, 50.0, 0.9), [0, 450, 3000]),
        ((0.3, 2e3, 0.75), [0, 6000]),
        ((0.999999999999, 2.0, 1e-9), [0, 1, 5]),
    ],
}
write(__file__, tabulate(densities, cases))
