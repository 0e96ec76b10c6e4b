"""Writes `continuous.json`: continuous distributions of numbers, from the half t to Gompertz.

    python3 tests/golden/edges/continuous.py
"""

import math

import numpy as np
from scipy import stats

from table import INF, case, mp, write


def log(x):
    return mp.log(mp.mpf(x))


def half_t(df, scale):
    df, scale = mp.mpf(df), mp.mpf(scale)
    return mp.log(2) + mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2 - mp.log(scale)


def continuous_bernoulli(p, x):
    p = mp.mpf(p)
    logits = mp.log(p / (1 - p))
    return logits * x - mp.log(mp.expm1(logits) / logits)


with np.errstate(all="ignore"):
    for df, scale in [(2.5, 1.7), (0.5, 0.4)]:
        case("HalfStudentT", {"df": df, "scale": scale}, 0.0, math.log(2) + stats.t(df, scale=scale).logpdf(0), half_t(df, scale))
        case("HalfStudentT", {"df": df, "loc": -1.5, "scale": scale}, -1.5, None, half_t(df, scale))
    for a, scale in [(2.5, 1.7), (0.3, 4.0)]:
        case("Pareto", {"concentration": a, "scale": scale}, scale, stats.pareto(a, scale=scale).logpdf(scale), log(a) - log(scale))
    for low, high in [(0.7, 5.5), (1.0, 1.25)]:
        for x in [low, high]:
            case("LogUniform", {"low": low, "high": high}, x, stats.loguniform(low, high).logpdf(x),
                 -log(x) - mp.log(log(high) - log(low)))
    for low, high, peak in [(0.0, 4.0, 1.0), (0.0, 4.0, 0.0), (-1.0, 1.0, 1.0)]:
        for x in [low, high]:
            exact = mp.log(mp.mpf(2) / (high - low)) if x == peak else -INF
            case("Triangular", {"low": low, "high": high, "peak": peak}, x,
                 stats.triang((peak - low) / (high - low), low, high - low).logpdf(x), exact)
    for peak, x, exact in [(1.0, 0.0, -INF), (1.0, 4.0, -INF), (0.0, 0.0, log(5) - log(4)), (4.0, 4.0, log(5) - log(4)), (0.0, 4.0, -INF)]:
        case("PERT", {"low": 0.0, "peak": peak, "high": 4.0, "temperature": 4.0}, x,
             stats.beta(1 + peak, 5 - peak, 0, 4).logpdf(x), exact)
    for mean, total, x, exact in [
        (0.5, 2.0, 0.0, 0), (0.5, 2.0, 1.0, 0), (0.25, 4.0, 0.0, log(3)), (0.75, 4.0, 1.0, log(3)), (0.5, 8.0, 0.0, -INF), (0.5, 1.0, 1.0, INF),
    ]:
        case("BetaProportion", {"mean": mean, "concentration": total}, x,
             stats.beta(mean * total, (1 - mean) * total).logpdf(x), exact)
    for a, b, x, exact in [
        (1.0, 1.0, 0.0, 0), (1.0, 1.0, 1.0, 0), (1.0, 2.5, 0.0, log(2.5)), (2.5, 1.0, 1.0, log(2.5)), (2.0, 3.0, 0.0, -INF), (2.0, 3.0, 1.0, -INF),
        (0.5, 0.3, 0.0, INF), (0.5, 0.3, 1.0, INF),
    ]:
        case("Kumaraswamy", {"concentration1": a, "concentration0": b}, x, None, exact)
    for p in [0.2, 0.9]:
        for x in [0.0, 1.0]:
            case("ContinuousBernoulli", {"probs": p}, x, None, continuous_bernoulli(p, x))
    for x in [0.0, 1.0]:
        case("ContinuousBernoulli", {"probs": 0.5}, x, None, 0)
        case("ContinuousBernoulli", {"logits": 0.0}, x, None, 0)
    for df, exact in [(0.5, INF), (1.0, mp.log(mp.sqrt(2 / mp.pi))), (2.5, -INF)]:
        case("Chi", {"df": df}, 0.0, np.log(stats.chi(df).pdf(0)) if df >= 1 else None, exact)
    for x in [0.0, 1.0]:
        case("LogitNormal", {"loc": 0.3, "scale": 1.2}, x, None, -INF)
    case("InverseGaussian", {"loc": 1.3, "concentration": 2.7}, 0.0, None, -INF)
    for a, exact in [(0.5, INF), (1.0, log(3.5) - log(1.7)), (2.5, -INF)]:
        case("GammaGamma", {"concentration": a, "mixing_concentration": 3.5, "mixing_rate": 1.7}, 0.0,
             None, exact)
    for scale, exact in [(2.0, INF), (1.0, mp.mpf(-0.3)), (0.5, -INF)]:
        case("LogLogistic", {"loc": 0.3, "scale": scale}, 0.0,
             np.log(stats.fisk(1 / scale, scale=math.exp(0.3)).pdf(0)) if scale <= 1 else None, exact)
    for loc, scale, concentration in [(0.3, 1.7, 0.2), (-2.0, 0.6, -0.4), (-2.0, 0.6, 0.0), (1.0, 0.6, -1.5)]:
        case("GeneralizedPareto", {"loc": loc, "scale": scale, "concentration": concentration}, loc,
             stats.genpareto(concentration, loc, scale).logpdf(loc), -log(scale))
    for concentration, exact in [(-0.5, -INF), (-1.0, log(0.5)), (-2.0, INF)]:
        case("GeneralizedPareto", {"loc": 0.0, "scale": 2.0, "concentration": concentration}, -2 / concentration, None, exact)
    for loc in [0.0, 0.3]:
        case("Levy", {"loc": loc, "scale": 1.7}, loc, None, -INF)
    for concentration, rate in [(2.5, 1.7), (0.1, 0.4)]:
        case("Gompertz", {"concentration": concentration, "rate": rate}, 0.0,
             stats.gompertz(concentration, scale=1 / rate).logpdf(0), log(concentration) + log(rate))

write(__file__)
