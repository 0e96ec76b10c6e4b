"""Writes `counts.json`: distributions of counts and of ordered categories.

    python3 tests/golden/edges/counts.py
"""

import numpy as np
from scipy import special, stats

from table import INF, case, mp, write


def log(x):
    return mp.log(mp.mpf(x))


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


with np.errstate(all="ignore"):
    for predictor, cutpoints in [(0.5, [-1.0, 0.5, 2.0]), (-30.0, [-1.0, 1.0])]:
        last = float(len(cutpoints))
        below, above = mp.mpf(cutpoints[0]) - predictor, predictor - mp.mpf(cutpoints[-1])
        params = {"predictor": predictor, "cutpoints": cutpoints}
        for x, z in [(0.0, below), (last, above)]:
            case("OrderedLogistic", params, x, special.log_expit(float(z)), mp.log(sigmoid(z)))
            case("OrderedProbit", params, x, special.log_ndtr(float(z)), mp.log(mp.ncdf(z)))
    for n, a, b in [(12.0, 2.5, 1.3), (0.0, 2.0, 3.0), (7.0, 0.4, 1e-3)]:
        params = {"total_count": n, "concentration1": a, "concentration0": b}
        for x in {0.0, n}:
            exact = mp.log(mp.beta(x + mp.mpf(a), n - x + mp.mpf(b)) / mp.beta(a, b))
            case("BetaBinomial", params, x, stats.betabinom(int(n), a, b).logpmf(x), exact)
    for a, rate in [(2.5, 1.3), (0.7, 0.2)]:
        exact = mp.mpf(a) * log(rate / (mp.mpf(rate) + 1))
        case("GammaPoisson", {"concentration": a, "rate": rate}, 0.0, stats.nbinom(a, rate / (rate + 1)).logpmf(0), exact)

write(__file__)
