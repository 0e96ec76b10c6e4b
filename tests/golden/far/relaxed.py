"""Writes `relaxed.json`: relaxations of discrete distributions.

    python3 tests/golden/far/relaxed.py
"""

from mpmath import exp, log, log1p

from table import tabulate, write


def relaxed_bernoulli(temperature, logits, x):
    z = temperature * (log(x) - log1p(-x)) - logits
    return log(temperature) - z - 2 * log1p(exp(-z)) - log(x) - log1p(-x)


# See `tabulate`.
DENSITIES = [
    ("RelaxedBernoulli", ["temperature", "logits*"], relaxed_bernoulli, False),
    ("RelaxedBernoulli", ["temperature", "probs"], lambda t, p, x: relaxed_bernoulli(t, log(p) - log1p(-p), x), False),
]

CASES = {
    "RelaxedBernoulli temperature logits*": [
        ([1e-3, 0.5], [0.5, 1e-300, 1 - 2.0**-50]), ([1e3, 2.0], [0.5, 0.501, 1e-10]), ([1e-12, -3.0], [0.25, 1e-200]),
        ([1.0, 700.0], [1e-300, 1 - 2.0**-40]), ([0.1, -700.0], [1e-100, 0.75]), ([1e12, 0.0], [0.5]),
    ],
    "RelaxedBernoulli temperature probs": [
        ([1e-3, 0.25], [0.5, 1e-300]), ([1.0, 1e-12], [1e-20, 0.5]), ([0.5, 1e-300], [1e-200]), ([3.0, 0.75], [1 - 2.0**-30, 0.125]),
    ],
}

if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
