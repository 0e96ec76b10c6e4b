"""Writes `noncentral.json`: the noncentral chi-squared distribution.

    python3 tests/golden/far/noncentral.py
"""

from mpmath import exp, log, mp, mpf

from table import tabulate, write

mp.dps = 220


def noncentral_chi2(df, noncentrality, x):
    """The Poisson mixture, from its largest term outwards."""
    a, product = df / 2, noncentrality * x / 4
    largest = int(mp.floor((mp.sqrt((a - 1) ** 2 + 4 * product) - (a - 1)) / 2)) if product > a else 0
    term = total = mpf(1)
    j = largest
    while term > total * mpf(10) ** -225:
        term *= product / ((j + 1) * (a + j))
        j += 1
        total += term
    term, j = mpf(1), largest
    while j > 0 and term > total * mpf(10) ** -225:
        term *= j * (a + j - 1) / product
        j -= 1
        total += term
    log_largest = largest * log(product) if largest else 0
    log_largest -= mp.loggamma(largest + 1) + mp.loggamma(a + largest)
    return -(noncentrality + x) / 2 + (a - 1) * log(x) - a * log(2) + log_largest + log(total)


# See `tabulate`.
DENSITIES = [("NoncentralChi2", ["df", "noncentrality"], noncentral_chi2, False)]

CASES = {
    "NoncentralChi2 df noncentrality": [
        ([2.5, 1.7], [1e-300, 1e-5, 0.5, 4.0, 30.0, 500.0, 1e5, 1e9]), ([1.0, 50.0], [1e-10, 20.0, 49.0, 80.0, 2000.0]),
        ([0.001, 3.0], [1e-200, 0.1, 7.0]), ([2.0, 1e-12], [0.5, 3.0, 1e3]), ([60.0, 700.0], [500.0, 760.0, 1e3]),
        ([1e-9, 1e5], [9e4, 1.01e5]), ([1e6, 20.0], [9.99e5, 1.0001e6]), ([3.0, 1e6], [1.001e6, 9e5]), ([1e7, 1e6], [1.1e7, 1.101e7]),
    ],
}


if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
