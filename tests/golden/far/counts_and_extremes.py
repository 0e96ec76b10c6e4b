"""Writes `counts_and_extremes.json`: counts without replacement and of lifetimes, extremes, and lengths of normal vectors.

    python3 tests/golden/far/counts_and_extremes.py
"""

from mpmath import exp, log, mp, mpf

from table import tabulate, write


def lgamma(x):
    return mp.loggamma(x)


def log_choose(n, k):
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def hypergeometric(n, a, b, k):
    return log_choose(a, k) + log_choose(b, n - k) - log_choose(a + b, n)


def yule_simon(alpha, k):
    return log(alpha) + lgamma(k) + lgamma(alpha + 1) - lgamma(k + alpha + 1)


def frechet(concentration, scale, x):
    z = log(x / scale) * concentration
    return log(concentration) - log(x) - z - exp(-z)


def rice(distance, scale, x):
    # Slow at 900 digits; second differences of steps of 1e-60 leave 100 of these.
    with mp.workdps(230):
        product = x * distance / scale**2
        return log(x) - 2 * log(scale) - (x**2 + distance**2) / (2 * scale**2) + log(mp.besseli(0, product))


def discrete_weibull(q, concentration, k):
    return log(q ** (k**concentration) - q ** ((k + 1) ** concentration))


# See `tabulate`.
DENSITIES = [
    ("Hypergeometric", ["total_count!", "successes!", "failures!"], hypergeometric, True),
    ("YuleSimon", ["alpha"], yule_simon, True),
    ("Frechet", ["concentration", "scale"], frechet, False),
    ("Rice", ["distance", "scale"], rice, False),
    ("DiscreteWeibull", ["q", "concentration"], discrete_weibull, True),
]

CASES = {
    "Hypergeometric total_count! successes! failures!": [
        ([12, 20, 35], [0, 4, 12]), ([900, 1e3, 3e3], [225, 240, 0, 900]), ([1e6, 3e6, 7e6], [3e5, 301000, 0, 1e6]),
        ([1e9, 2e9, 1e9], [666666667, 666690000, 0 + 1e9]), ([5, 1e3, 1e15], [0, 1, 5]), ([4e14, 3e14, 7e14], [12e13, 12e13 + 2e7, 1e14]),
        ([1e14, 1e3, 9e14], [100, 130, 0]), ([1e12, 5e11, 5e11], [5e11]), ([0, 4, 3], [0]), ([3, 1e15, 10], [3, 0, 2]),
        ([9.9e14, 1e15, 1e3], [9.9e14 - 990, 9.9e14 - 1000, 9.9e14]),
    ],
    "YuleSimon alpha": [
        ([2.5], [1, 2, 1e3, 1e15]), ([1e-12], [1, 2, 1e9]), ([1e15], [1, 2, 5]), ([1e6], [1, 3, 1e6]), ([40.0], [1, 2, 1e4]),
        ([0.5], [1e300, 7]),
    ],
    "Frechet concentration scale": [
        ([2.5, 1.7], [1e-1, 1.0, 30.0, 1e12]), ([0.01, 1.0], [1e-200, 1.0, 1e200]), ([1e6, 2.0], [2.0, 2.00001, 1.99999]),
        ([3.0, 1e200], [1e200, 3e201]), ([3.0, 1e-200], [1e-200, 1e-195]), ([40.0, 5.0], [5.5, 1e9]),
    ],
    "Rice distance scale": [
        ([1.5, 0.8], [1e-300, 0.5, 2.0, 30.0]), ([1e-12, 1.0], [0.5, 3.0, 40.0]), ([30.0, 2.0], [1e-5, 31.0, 90.0]),
        ([1e6, 3.0], [1e6, 1000009.0, 9e5]), ([2e200, 1e200], [3e200]), ([2e-200, 1e-200], [3e-200]), ([20.0, 0.5], [20.5, 0.1]),
    ],
    "DiscreteWeibull q concentration": [
        ([0.7, 1.3], [0, 1, 5, 60]), ([1e-12, 0.5], [0, 1, 9]), ([0.999999999, 1.0], [0, 1e9, 3e9]), ([0.9, 0.25], [0, 3, 1e6, 1e12]),
        ([0.999999, 3.0], [0, 80, 100, 150]), ([1e-300, 1.0], [0, 2]),
    ],
}

if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
