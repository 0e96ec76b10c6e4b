"""Writes `counts.json`: compound, ordered and other distributions of counts.

    python3 tests/golden/far/counts.py
"""

from mpmath import log, mp, mpf

from table import tabulate, write


def lgamma(x):
    return mp.loggamma(x)


def lbeta(a, b):
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def beta_binomial(n, a, b, k):
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + lbeta(k + a, n - k + b) - lbeta(a, b)


def gamma_poisson(a, rate, k):
    return lgamma(k + a) - lgamma(k + 1) - lgamma(a) + a * log(rate / (rate + 1)) - k * log(rate + 1)


def beta_negative_binomial(a, b, n, k):
    return lgamma(k + n) - lgamma(k + 1) - lgamma(n) + lbeta(a + k, b + n) - lbeta(a, b)


def log_ndtr(x):
    return log(mp.erfc(-x / mp.sqrt(2)) / 2)


def zipf(power, k):
    # Slow at 700 digits; second differences of steps of 1e-60 leave 140 of these.
    with mp.workdps(260):
        return -power * log(k) - log(mp.zeta(power))


def skellam(a, b, k):
    with mp.workdps(260):
        x = 2 * mp.sqrt(a * b)
        return -a - b + k / 2 * log(a / b) + log(mp.besseli(abs(k), x))


# See `tabulate`.
DENSITIES = [
    ("BetaBinomial", ["total_count!", "concentration1", "concentration0"], beta_binomial, True),
    ("GammaPoisson", ["concentration", "rate"], gamma_poisson, True),
    ("BetaNegativeBinomial", ["concentration1", "concentration0", "total_count"], beta_negative_binomial, True),
    ("Zipf", ["power"], zipf, True),
    ("Skellam", ["rate1", "rate2"], skellam, True),
    ("ProbitBernoulli", ["probits"], lambda z, k: log_ndtr(z if k else -z), True),
    ("ProbitBernoulli", ["probs"], lambda p, k: log(p) if k else mp.log1p(-p), True),
]

# Parameters and values, each list a case. Counts stand where the density is not negligible, one to a few standard deviations
# off, and far out.
CASES = {
    "BetaBinomial total_count! concentration1 concentration0": [
        ([1e3, 0.5, 2.0], [200, 0, 1000]), ([1e6, 30.0, 70.0], [300000, 310000, 0]), ([1e9, 1e9, 1e9], [5e8, 5e8 + 3e4, 5e8 - 1e5]),
        ([1e3, 1e12, 3e12], [250, 270, 1000]), ([1e12, 2.0, 3.0], [4e11, 1e12, 0]), ([20, 1e15, 1e-3], [20, 19]),
        ([10, 1e-12, 1e-12], [0, 4, 10]), ([1e15, 1e3, 1e3], [5e14, 5e14 + 3e13]), ([5.0, 1e4, 2e4], [0, 2, 5]),
        ([1e9, 0.01, 1e6], [0, 1, 3000]), ([0.0, 2.0, 3.0], [0]),
    ],
    "GammaPoisson concentration rate": [
        ([1e12, 1e12], [0, 1, 5]), ([1e9, 1e8], [10, 13]), ([1e12, 1e3], [1e9, 1e9 + 1e5]), ([0.5, 1e-15], [1e14, 1e15]),
        ([1e-12, 0.2], [0, 1, 7]), ([2.0, 1e12], [0, 1]), ([1e3, 1e-9], [1e12, 9.5e11]), ([1e15, 4e15], [0, 1, 2]), ([1.5, 0.015], [80, 0, 5000]),
    ],
    "BetaNegativeBinomial concentration1 concentration0 total_count": [
        ([1e3, 2e3, 100.0], [50, 0, 300]), ([1e9, 1e9, 1e6], [1e6, 1e6 + 3e3, 0]), ([2.0, 3.0, 1e12], [6e11, 0, 1e13]),
        ([1e12, 1e12, 3.5], [3, 0, 40]), ([0.5, 0.3, 1.0], [0, 1e12, 1e15]), ([2.0, 1e12, 1e12], [2, 0, 9]), ([4.0, 5.0, 1e-12], [1, 6]),
    ],
    "Zipf power": [([1.5], [1, 1e6, 1e15]), ([1.0625], [1, 1e3]), ([20.0], [1, 2, 1e3]), ([200.0], [1, 3]), ([1e6], [2, 1])],
    "Skellam rate1 rate2": [
        ([1e3, 1e3], [0, 60, -2000]), ([3e3, 1e3], [2000, 2100, 0]), ([1e-12, 1e-12], [0, 1, -3]), ([1e-100, 5.0], [-5, 0, 2]),
        ([30.0, 1e-8], [30, -1, 100]), ([25.0, 23.0], [2, 40]), ([0.5, 0.25], [300, -1e4]), ([1e-3, 2e4], [-20000, -20300]),
    ],
    "ProbitBernoulli probits": [([40.0], [0, 1]), ([-1e100], [0, 1]), ([1e-300], [0, 1]), ([-5.0], [0, 1])],
    "ProbitBernoulli probs": [([1e-12], [0, 1]), ([1e-300], [0, 1]), ([0.9999999999], [0, 1])],
}

if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
