"""Writes `polya_gamma.json`: the Pólya-gamma distribution with an upper end.

    python3 tests/golden/far/polya_gamma.py
"""

from mpmath import erfc, exp, log, mp, mpf, pi, sqrt

from table import tabulate, write


def distribution_function(x):
    terms = range(int(sqrt(mp.dps * 8)) + 5)
    if x < 1:
        return 2 * sum((-1) ** n * erfc((2 * n + 1) / sqrt(8 * x)) for n in terms)
    return 1 - 4 / pi * sum((-1) ** n * exp(-((pi * (2 * n + 1)) ** 2) * x / 2) / (2 * n + 1) for n in terms)


def truncated_polya_gamma(high, x):
    terms = range(int(sqrt(mp.dps * 8 * max(x, 1))) + 5)
    density = sum((-1) ** n * (2 * n + 1) * exp(-mpf((2 * n + 1) ** 2) / (8 * x)) for n in terms) / sqrt(2 * pi * x**3)
    return log(density) - log(distribution_function(high))


CASES = {
    "TruncatedPolyaGamma high": [
        ((2.5,), [1e-4, 0.02, 0.15915, 0.16, 1, 2.4]),
        ((1e-3,), [1e-5, 9e-4]),
        ((20,), [1e-3, 0.2, 6]),
    ],
}

if __name__ == "__main__":
    mp.dps = 200
    write(__file__, tabulate([("TruncatedPolyaGamma", ["high"], truncated_polya_gamma, False)], CASES))
