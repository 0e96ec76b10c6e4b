"""Writes `power_law.json`: the power law between two ends.

    python3 tests/golden/far/power_law.py
"""

from mpmath import log

from table import tabulate, write


def doubly_truncated_power_law(alpha, low, high, x):
    a = alpha + 1
    total = (high**a - low**a) / a if a else log(high / low)
    return alpha * log(x) - log(total)


CASES = {
    "DoublyTruncatedPowerLaw alpha low high": [
        ((-1, 1e-3, 1e3), [2e-3, 1, 900]),
        ((-1 + 1e-12, 1e-3, 1e3), [2e-3, 1, 900]),
        ((-1 - 1e-5, 1e-200, 1e200), [1e-150, 1, 1e150]),
        ((-2.5, 1, 1e30), [1.5, 1e3, 1e29]),
        ((-300, 1, 1e6), [1.0001, 2, 1e5]),
        ((1e3, 1e-3, 2), [1e-2, 1, 1.999]),
        ((1e6, 1, 2), [1.25, 1.9999]),
        ((0.5, 3, 3.0000001), [3.00000005]),
        ((-1e-9, 1e-150, 1e150), [1e-100, 1, 1e149]),
    ],
}

if __name__ == "__main__":
    densities = [("DoublyTruncatedPowerLaw", ["alpha", "low", "high"], doubly_truncated_power_law, False)]
    write(__file__, tabulate(densities, CASES))
