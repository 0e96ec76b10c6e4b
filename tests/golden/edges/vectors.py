"""Writes `vectors.json`: categories and counts of probability 0 and 1.

    python3 tests/golden/edges/vectors.py
"""

import numpy as np
from scipy import stats

from table import INF, case, mp, write


def log(x):
    return mp.log(mp.mpf(x))


with np.errstate(all="ignore"):
    some = [0.0, 0.375, 0.625]
    for x, exact in [([1.0, 0.0, 0.0], -INF), ([0.0, 1.0, 0.0], log(0.375)), ([0.0, 0.0, 1.0], log(0.625))]:
        case("OneHotCategorical", {"probs": some}, x, stats.multinomial(1, some).logpmf(x), exact)
    for x, exact in [([1.0, 0.0], 0), ([0.0, 1.0], -INF)]:
        case("OneHotCategorical", {"probs": [1.0, 0.0]}, x, stats.multinomial(1, [1.0, 0.0]).logpmf(x), exact)
    for x, exact in [([1.0, 0.0, 0.0], -INF), ([0.0, 1.0, 0.0], -log(2))]:
        case("OneHotCategorical", {"logits": [-INF, 0.5, 0.5]}, x, None, exact)
    for n, probs, x, exact in [
        (5.0, some, [0.0, 2.0, 3.0], log(10) + 2 * log(0.375) + 3 * log(0.625)),
        (5.0, some, [1.0, 2.0, 2.0], -INF),
        (5.0, [1.0, 0.0, 0.0], [5.0, 0.0, 0.0], 0),
        (5.0, [1.0, 0.0, 0.0], [4.0, 1.0, 0.0], -INF),
        (0.0, some, [0.0, 0.0, 0.0], 0),
    ]:
        case("Multinomial", {"total_count": n, "probs": probs}, x, stats.multinomial(int(n), probs).logpmf(x), exact)
    for x, exact in [([0.0, 2.0, 1.0], log(3) - 3 * log(2)), ([1.0, 1.0, 1.0], -INF)]:
        case("Multinomial", {"total_count": 3.0, "logits": [-INF, 0.5, 0.5]}, x, None, exact)

write(__file__)
