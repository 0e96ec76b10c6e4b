"""Writes `scalar.json`: the first distributions of numbers, categories and simplices.

    python3 tests/golden/edges/scalar.py
"""

import math

import numpy as np
from scipy import stats

from table import INF, case, mp, write


def log(x):
    return mp.log(mp.mpf(x))


with np.errstate(all="ignore"):
    for rate in [0.4, 1.7]:
        case("Exponential", {"rate": rate}, 0.0, stats.expon(scale=1 / rate).logpdf(0), log(rate))
    for scale in [0.4, 1.7]:
        case("HalfNormal", {"scale": scale}, 0.0, stats.halfnorm(scale=scale).logpdf(0),
             mp.log(2 / (mp.mpf(scale) * mp.sqrt(2 * mp.pi))))
        case("HalfCauchy", {"scale": scale}, 0.0, stats.halfcauchy(scale=scale).logpdf(0),
             mp.log(2 / (mp.mpf(scale) * mp.pi)))
        case("HalfCauchy", {"loc": -1.5, "scale": scale}, -1.5, stats.halfcauchy(loc=-1.5, scale=scale).logpdf(-1.5),
             mp.log(2 / (mp.mpf(scale) * mp.pi)))
    for low, high in [(-0.7, 2.5), (0.0, 3.0)]:
        for x in [low, high]:
            case("Uniform", {"low": low, "high": high}, x, stats.uniform(low, high - low).logpdf(x),
                 -mp.log(mp.mpf(high) - mp.mpf(low)))
    for a, limit in [(0.5, INF), (1.0, None), (2.5, -INF)]:
        rate = 1.7
        exact = log(rate) if limit is None else limit
        case("Gamma", {"concentration": a, "rate": rate}, 0.0, stats.gamma(a, scale=1 / rate).logpdf(0), exact)
        exact = -log(rate) if limit is None else limit
        # SciPy's logpdf is NaN here, its pdf is not.
        case("Weibull", {"concentration": a, "scale": rate}, 0.0, np.log(stats.weibull_min(a, scale=rate).pdf(0)), exact)
        exact = log(0.5) if limit is None else limit
        case("Chi2", {"df": 2 * a}, 0.0, np.log(stats.chi2(2 * a).pdf(0)), exact)
        case("InverseGamma", {"concentration": a, "scale": rate}, 0.0, stats.invgamma(a, scale=rate).logpdf(0), -INF)
    case("LogNormal", {"loc": 0.3, "scale": 0.8}, 0.0, stats.lognorm(0.8, scale=math.exp(0.3)).logpdf(0), -INF)
    for a, b, x, exact in [
        (1.0, 1.0, 0.0, 0), (1.0, 1.0, 1.0, 0), (1.0, 2.5, 0.0, log(2.5)), (2.5, 1.0, 1.0, log(2.5)),
        (2.0, 3.0, 0.0, -INF), (2.0, 3.0, 1.0, -INF), (0.5, 0.3, 0.0, INF), (0.5, 0.3, 1.0, INF),
    ]:
        case("Beta", {"concentration1": a, "concentration0": b}, x, stats.beta(a, b).logpdf(x), exact)
    for low, high, xs in [(0.0, INF, [0.0]), (-1.0, INF, [-1.0]), (-INF, 1.0, [1.0]), (-1.0, 2.5, [-1.0, 2.5])]:
        for loc, scale in [(0.0, 1.7), (-0.5, 0.8)]:
            a, b = (low - loc) / scale, (high - loc) / scale
            for x in xs:
                mass = mp.ncdf((mp.mpf(high) - loc) / scale) - mp.ncdf((mp.mpf(low) - loc) / scale)
                exact = mp.log(mp.npdf((mp.mpf(x) - loc) / scale) / scale / mass)
                case("TruncatedNormal", {"loc": loc, "scale": scale, "low": low, "high": high}, x,
                     stats.truncnorm(a, b, loc=loc, scale=scale).logpdf(x), exact)
    for concentration, x, exact in [
        ([1.0, 1.0, 1.0], [1.0, 0.0, 0.0], log(2)), ([1.0, 1.0, 1.0], [0.5, 0.5, 0.0], log(2)),
        ([2.0, 1.0, 1.0], [0.0, 0.5, 0.5], -INF), ([0.5, 1.0, 1.0], [0.0, 0.5, 0.5], INF),
        ([1.0, 2.0], [0.0, 1.0], log(2)),
    ]:
        case("Dirichlet", {"concentration": concentration}, x, None, exact)
    for p, k, exact in [(0.0, 0.0, 0), (0.0, 1.0, -INF), (1.0, 1.0, 0), (1.0, 0.0, -INF), (0.3, 0.0, log(1 - mp.mpf(0.3)))]:
        case("Bernoulli", {"probs": p}, k, stats.bernoulli(p).logpmf(k), exact)
    case("Bernoulli", {"probs": 0.3}, 1.0, stats.bernoulli(0.3).logpmf(1), log(0.3))
    for n, p, k, exact in [
        (3.0, 0.0, 0.0, 0), (3.0, 0.0, 1.0, -INF), (3.0, 1.0, 3.0, 0), (3.0, 1.0, 2.0, -INF), (0.0, 0.3, 0.0, 0),
        (3.0, 0.3, 0.0, 3 * mp.log(1 - mp.mpf(0.3))), (3.0, 0.3, 3.0, 3 * log(0.3)),
    ]:
        case("Binomial", {"total_count": n, "probs": p}, k, stats.binom(int(n), p).logpmf(k), exact)
    for probs, k, exact in [([0.0, 1.0, 0.0], 1.0, 0), ([0.0, 1.0, 0.0], 0.0, -INF), ([0.0, 0.25, 0.75], 2.0, log(0.75))]:
        case("Categorical", {"probs": probs}, k, np.log(probs[int(k)]), exact)
    for p, k, exact in [(1.0, 0.0, 0), (1.0, 2.0, -INF), (0.3, 0.0, log(0.3))]:
        case("Geometric", {"probs": p}, k, stats.geom(p).logpmf(k + 1), exact)
    for r, p, k, exact in [(2.5, 0.0, 0.0, 0), (2.5, 0.0, 1.0, -INF), (2.5, 0.3, 0.0, 2.5 * mp.log(1 - mp.mpf(0.3)))]:
        case("NegativeBinomial", {"total_count": r, "probs": p}, k, stats.nbinom(r, 1 - p).logpmf(k), exact)
    for rate, k, exact in [(0.0, 0.0, 0), (0.0, 1.0, -INF), (2.5, 0.0, mp.mpf(-2.5))]:
        case("Poisson", {"rate": rate}, k, stats.poisson(rate).logpmf(k), exact)

write(__file__)
