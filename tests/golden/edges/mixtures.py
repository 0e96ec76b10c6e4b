"""Writes `mixtures.json`: mixtures, and counts with other masses at 0.

    python3 tests/golden/edges/mixtures.py
"""

import numpy as np
from scipy import stats

from table import INF, case, mp, write


def log(x):
    return mp.log(mp.mpf(x))


def mixture(component, weights, parameters, x, each, exact):
    """`each` are SciPy's densities of the components."""
    with np.errstate(all="ignore"):
        value = np.log(sum(w * p for w, p in zip(weights, each)))
    case("MixtureSameFamily", {"probs": weights, **parameters, "component": component}, x, value, exact)


weights = [0.25, 0.75]
for a, exact in [
    ([1.0, 2.5], log(0.25 * 2.0)), ([1.0, 1.0], log(0.25 * 2.0 + 0.75 * 3.0)), ([0.5, 2.0], INF), ([1.5, 2.0], -INF),
]:
    rate = [2.0, 3.0]
    each = [stats.gamma(a[k], scale=1 / rate[k]).pdf(0.0) for k in range(2)]
    mixture("Gamma", weights, {"concentration": a, "rate": rate}, 0.0, each, exact)
for a, b, x, exact in [
    ([1.0, 1.0], [1.0, 2.5], 0.0, log(0.25 + 0.75 * 2.5)), ([2.5, 1.0], [1.0, 3.0], 1.0, log(0.25 * 2.5)),
    ([0.5, 3.0], [3.0, 2.0], 0.0, INF), ([2.0, 3.0], [3.0, 2.0], 1.0, -INF),
]:
    each = [stats.beta(a[k], b[k]).pdf(x) for k in range(2)]
    mixture("Beta", weights, {"concentration1": a, "concentration0": b}, x, each, exact)
for rate, exact in [([2.0, 0.5], mp.log(0.25 * mp.exp(-2) + 0.75 * mp.exp(-mp.mpf(0.5)))), ([0.0, 0.0], 0)]:
    each = [stats.poisson(rate[k]).pmf(0) for k in range(2)]
    mixture("Poisson", weights, {"rate": rate}, 0.0, each, exact)

for gate, rate in [(0.3, 1.5), (0.0, 2.0), (1.0, 2.0), (0.5, 0.0), (0.125, 3000.0), (0.0, 3000.0)]:
    g = mp.mpf(gate)
    for k in [0, 1]:
        p = mp.exp(-mp.mpf(rate)) * mp.mpf(rate) ** k
        exact = mp.log((g if k == 0 else 0) + (1 - g) * p) if (k == 0 and g + (1 - g) * p > 0) or (1 - g) * p > 0 else -INF
        case("ZeroInflatedPoisson", {"gate": gate, "rate": rate}, float(k), None, exact)
for gate, r, probs in [(0.3, 2.5, 0.4), (0.0, 2.5, 0.4), (1.0, 2.5, 0.4)]:
    g = mp.mpf(gate)
    exact = mp.log(g + (1 - g) * (1 - mp.mpf(probs)) ** mp.mpf(r))
    case("ZeroInflatedNegativeBinomial", {"gate": gate, "total_count": r, "probs": probs}, 0.0, None, exact)
for gate, rate in [(0.3, 1.5), (0.0, 2.0), (1.0, 2.0), (0.5, 3000.0)]:
    g = mp.mpf(gate)
    case("HurdlePoisson", {"gate": gate, "rate": rate}, 0.0, None, mp.log(g) if gate else -INF)
    p = mp.mpf(rate) / mp.expm1(mp.mpf(rate))
    case("HurdlePoisson", {"gate": gate, "rate": rate}, 1.0, None, mp.log((1 - g) * p) if gate < 1 else -INF)
for gate, r, probs in [(0.3, 2.5, 0.4), (0.5, 0.01, 0.9)]:
    case("HurdleNegativeBinomial", {"gate": gate, "total_count": r, "probs": probs}, 0.0, None, log(gate))
for gate, a, rate in [(0.3, 2.5, 0.4), (0.5, 0.5, 0.9)]:
    case("HurdleGamma", {"gate": gate, "concentration": a, "rate": rate}, 0.0, None, log(gate))

write(__file__)
