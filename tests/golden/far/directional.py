"""Writes `directional.json`: angles.

    python3 tests/golden/far/directional.py
"""

from mpmath import besseli, cos, log, mp, mpf, pi

from table import tabulate, write


def log_bessel_i0(x):
    """Hankel's expansion where it has 700 digits, its smallest term being near exp(-2x); the power series elsewhere."""
    if x < 1000:
        return log(besseli(0, x))
    term, total, k = mpf(1), mpf(1), 0
    while abs(term) > mpf(10) ** -(mp.dps + 5):
        k += 1
        term *= mpf(2 * k - 1) ** 2 / (8 * k * x)
        total += term
    return x - log(2 * pi * x) / 2 + log(total)


def von_mises(loc, concentration, x):
    return concentration * cos(x - loc) - log(2 * pi) - log_bessel_i0(concentration)


# See `tabulate`.
DENSITIES = [("VonMises", ["loc", "concentration"], von_mises, False)]

CASES = {
    "VonMises loc concentration": [
        ([0.25, 1e-300], [0.25, 3.0]), ([0.5, 1e-8], [-2.0, 3.0]), ([0.0, 15.0], [0.5, 3.0]), ([0.0, 25.0], [-0.25, 3.0]),
        ([1.0, 5000.0], [1.0, 1.125, -2.0]), ([0.0, 1e10], [1e-5, -3.0]), ([0.0, 1e100], [1e-50, 3e-51, 1.0]),
        ([0.0, 1e300], [1e-150]),
    ],
}

if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
