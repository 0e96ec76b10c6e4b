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
    for mean, a in [(3.0, 0.7), (1e-12, 2.0), (0.5, 1e12)]:
        exact = -mp.mpf(a) * mp.log1p(mp.mpf(mean) / a)
        case("NegativeBinomial2", {"mean": mean, "concentration": a}, 0.0, None, exact)
    for low, high in [(-2.0, 7.0), (5.0, 5.0)]:
        for x in {low, high}:
            case("DiscreteUniform", {"low": low, "high": high}, x, stats.randint(int(low), int(high) + 1).logpmf(x),
                 -log(high - low + 1))
    for probs, x, exact in [([0.2, 0.5, 0.3], -1.5, log(0.2)), ([0.2, 0.5, 0.3], 3.0, log(0.3)), ([0.0, 0.5, 0.5], -1.5, -INF)]:
        case("FiniteDiscrete", {"outcomes": [-1.5, 0.25, 3.0], "probs": probs}, x, None, exact)
    for probits in [0.7, -20.0]:
        for x, z in [(0.0, -probits), (1.0, probits)]:
            case("ProbitBernoulli", {"probits": probits}, x, special.log_ndtr(z), mp.log(mp.ncdf(z)))
    for p, k, exact in [(0.0, 0.0, 0), (0.0, 1.0, -INF), (1.0, 1.0, 0), (1.0, 0.0, -INF), (0.3, 0.0, log(1 - mp.mpf(0.3)))]:
        case("ProbitBernoulli", {"probs": p}, k, stats.bernoulli(p).logpmf(k), exact)
    for a, b, n in [(2.5, 30.0, 3.5), (0.5, 0.3, 1.0)]:
        exact = mp.log(mp.beta(a, mp.mpf(b) + n) / mp.beta(a, b))
        case("BetaNegativeBinomial", {"concentration1": a, "concentration0": b, "total_count": n}, 0.0, None, exact)
    for power in [6.0, 1.01]:
        case("Zipf", {"power": power}, 1.0, stats.zipf(power).logpmf(1), -mp.log(mp.zeta(power)))
    for loc, scale in [(0.8, 0.5)]:
        nodes, weights = np.polynomial.hermite_e.hermegauss(20)
        total = sum(mp.mpf(w) * mp.exp(-mp.exp(loc + scale * mp.mpf(z))) for z, w in zip(nodes, weights))
        exact = mp.log(total / sum(mp.mpf(w) for w in weights))
        case("PoissonLogNormalQuadratureCompound", {"loc": loc, "scale": scale}, 0.0, None, exact)

write(__file__)
