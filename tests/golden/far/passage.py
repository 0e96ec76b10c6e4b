"""Writes `passage.json`: first passages of a Wiener process, signed by the boundary that is reached.

    python3 tests/golden/far/passage.py
"""

from mpmath import exp, log, mp, mpf, pi, sin, sqrt

from table import tabulate, write

mp.dps = 300


def standard_density(u, w):
    """Each series where it converges faster; the other one is summed too at times about 1, and must agree."""
    def short():
        total, k = w * exp(-w * w / (2 * u)), 1
        while True:
            pair = [(w + 2 * j) * exp(-((w + 2 * j) ** 2) / (2 * u)) for j in (k, -k)]
            total += sum(pair)
            if abs(pair[1]) < abs(total) * mpf(10) ** -310:
                return total / sqrt(2 * pi * u**3)
            k += 1

    def long():
        total, k = mpf(0), 1
        while True:
            bound = k * exp(-k * k * pi**2 * u / 2)
            total += bound * sin(k * pi * w)
            if bound < abs(total) * mpf(10) ** -310:
                return total * pi
            k += 1

    if mpf(1) / 10 < u < 2:
        assert abs(short() / long() - 1) < mpf(10) ** -280
    return short() if u < 1 else long()


def wiener_first_passage(separation, delay, start, drift, x):
    w, v = (1 - start, drift) if x > 0 else (start, -drift)
    t = abs(x) - delay
    return log(standard_density(t / separation**2, w)) - 2 * log(separation) + v * separation * w - v * v * t / 2


PARAMETERS = ["boundary_separation", "non_decision_time", "relative_start", "drift"]

# See `tabulate`.
DENSITIES = [("WienerFirstPassage", PARAMETERS, wiener_first_passage, False)]

CASES = {
    " ".join(["WienerFirstPassage", *PARAMETERS]): [
        # In the middle, and both sides of the time at which the series change.
        ([1.5, 0.2, 0.4, 0.8], [0.35, 0.7, 1.09, 1.11, 3.0, -0.25, -0.5, -1.3, -5.0]),
        ([1.0, 0.0, 0.5, 0.0], [0.05, 0.39, 0.41, -0.39, -0.41, 2.0]),
        ([2.0, 0.3, 0.9, -1.5], [0.5, 1.8, 2.0, -0.5, -1.8, -2.0]),
        # Times that are short or long, and starts near a boundary.
        ([1.5, 0.25, 0.4, 0.8], [0.2500001, -0.2500001, 1e3, -1e5]),
        ([1.0, 0.0, 1e-9, 0.5], [0.3, -0.3, 0.5, -0.5, -1e-17, 1e-3]),
        ([1.0, 0.0, 0.999999999, 0.5], [0.3, -0.3, 0.5, -0.5, 1e-17, -1e-3]),
        ([1e6, 0.0, 0.5, 1e-6], [1e11, -1e12]), ([1e-6, 0.0, 0.3, 1e3], [1e-13, -1e-12]),
        ([2.0, 0.1, 0.5, 1e3], [0.101, 0.2, 2.0]), ([2.0, 0.1, 0.5, -50.0], [0.12, -0.12, 3.0, -3.0]),
    ],
}


if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
