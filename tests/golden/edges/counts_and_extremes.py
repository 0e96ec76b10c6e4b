"""Writes `counts_and_extremes.json`: the smallest and largest counts, and densities at 0 in the limit from inside.

    python3 tests/golden/edges/counts_and_extremes.py
"""

from scipy import stats

from table import INF, case, mp, write


def log_choose(n, k):
    return mp.log(mp.binomial(n, k))


for n, a, b in [(12, 20, 35), (30, 20, 17), (0, 4, 3), (7, 4, 3)]:
    params = {"total_count": float(n), "successes": float(a), "failures": float(b)}
    for k in sorted({max(0, n - b), min(n, a)}):
        exact = log_choose(a, k) + log_choose(b, n - k) - log_choose(a + b, n)
        case("Hypergeometric", params, float(k), stats.hypergeom(a + b, a, n).logpmf(k), exact)
for alpha in [2.5, 1e-3, 1e9]:
    case("YuleSimon", {"alpha": alpha}, 1.0, stats.yulesimon(alpha).logpmf(1) if alpha < 10 else None, -mp.log1p(1 / mp.mpf(alpha)))
for concentration, scale in [(2.5, 1.7), (0.3, 2.0)]:
    case("Frechet", {"concentration": concentration, "scale": scale}, 0.0, None, -INF)
for distance, scale in [(1.5, 0.8), (0.0, 2.0)]:
    case("Rice", {"distance": distance, "scale": scale}, 0.0, None, -INF)
for q, concentration in [(0.7, 1.3), (0.2, 0.5), (1 - 1e-9, 2.0)]:
    case("DiscreteWeibull", {"q": q, "concentration": concentration}, 0.0, None, mp.log1p(-mp.mpf(q)))
write(__file__)
