"""Writes `bessel.json`: densities by Bessel functions, with 300 digits.

    python3 tests/golden/far/bessel.py
"""

from mpmath import euler, log, mp, mpf, pi, sqrt

from table import tabulate, write

mp.dps = 300


def log_bessel_k1(x):
    """By the power series (DLMF 10.31.1) up to 100, and by Hankel's expansion (10.40.2) from 400 on."""
    if x < 100:
        quarter = x * x / 4
        # ψ(k + 1) + ψ(k + 2).
        term, digammas = mpf(1), 1 - 2 * euler
        by_order, by_digammas = mpf(0), mpf(0)
        k = 0
        while term > mpf(10) ** -310 or k < x:
            by_order += term
            by_digammas += term * digammas
            k += 1
            term *= quarter / (k * (k + 1))
            digammas += mpf(1) / k + mpf(1) / (k + 1)
        return log(1 / x + log(x / 2) * x / 2 * by_order - x / 4 * by_digammas)
    assert x > 400
    term, total = mpf(1), mpf(1)
    for k in range(1, 800):
        term *= (4 - mpf(2 * k - 1) ** 2) / (8 * k * x)
        total += term
        if abs(term) < mpf(10) ** -310:
            break
    return -x + log(pi / (2 * x)) / 2 + log(total)


def normal_inverse_gaussian(loc, scale, tailweight, skewness, x):
    q = sqrt(scale**2 + (x - loc) ** 2)
    gamma = sqrt(tailweight**2 - skewness**2)
    return log(tailweight * scale / (pi * q)) + log_bessel_k1(tailweight * q) + scale * gamma + skewness * (x - loc)


# See `tabulate`.
DENSITIES = [("NormalInverseGaussian", ["loc", "scale", "tailweight", "skewness"], normal_inverse_gaussian, False)]

CASES = {
    "NormalInverseGaussian loc scale tailweight skewness": [
        ([0.0, 1.0, 2.0, 0.5], [1e100, -1e50, 40.0, 0.5]), ([0.0, 1.0, 1e6, 1e3], [0.5, 1e-3]), ([0.0, 1.0, 1e-9, 0.0], [3.0, 1e6]),
        ([0.0, 1e12, 2.0, 1.0], [1e12, 1e6]), ([0.0, 1e100, 1e-100, 5e-101], [1e100]), ([0.0, 1.0, 2.0, 1.9999999], [5.0, -3.0]),
    ],
}


if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
