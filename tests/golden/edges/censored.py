"""Writes `censored.json`: what is known of an observation at an end, as a set that it bounds; and weighted samples.

    python3 tests/golden/edges/censored.py
"""

from scipy import stats

from table import INF, case, mp, write

for rate, low, high in [(2.5, 1, 4), (9.0, 2, 14)]:
    params = {"rate": rate, "low": float(low), "high": float(high)}
    mass = [mp.exp(-mp.mpf(rate)) * mp.mpf(rate) ** k / mp.factorial(k) for k in range(high)]
    case("CensoredPoisson", params, float(low), stats.poisson(rate).logcdf(low), mp.log(sum(mass[: low + 1])))
    case("CensoredPoisson", params, float(high), stats.poisson(rate).logsf(high - 1), mp.log(1 - sum(mass)))
for loc, scale, low, high in [(0.3, 1.7, -4.0, 5.0), (-30.0, 0.5, -4.0, 5.0)]:
    params = {"loc": loc, "scale": scale, "low": low, "high": high}
    loc, scale = mp.mpf(loc), mp.mpf(scale)
    below = mp.erfc((loc - mp.mpf(low)) / scale / mp.sqrt(2)) / 2
    above = mp.erfc((mp.mpf(high) - loc) / scale / mp.sqrt(2)) / 2
    case("CensoredNormal", params, low, None, mp.log(below))
    case("CensoredNormal", params, high, None, mp.log(above))
for concentration, scale in [(1.7, 2.0), (0.8, 1.3)]:
    for is_censored, exact in [(1.0, 0), (0.0, -INF if concentration > 1 else INF)]:
        params = {"concentration": concentration, "scale": scale, "is_censored": is_censored}
        case("CensoredWeibull", params, 0.0, None, exact)
for log_weights in [[0.3, -0.2, 0.7], [-800.0, 0.1, 800.0]]:
    params = {"samples": [1.0, 2.0, 4.0], "log_weights": log_weights}
    total = mp.log(sum(mp.exp(mp.mpf(each)) for each in log_weights))
    for x, log_weight in [(1.0, log_weights[0]), (4.0, log_weights[2])]:
        case("Empirical", params, x, None, mp.mpf(log_weight) - total)
write(__file__)
