"""Writes `power_law.json`: the ends of the power law between two ends, and of the truncated Pólya-gamma distribution.

    python3 tests/golden/edges/power_law.py
"""

from table import INF, case, mp, write

for alpha, low, high in [(-2.5, 0.7, 5.5), (-0.5, 0.3, 6.0), (-1.0, 0.3, 6.0)]:
    a, start, end = mp.mpf(alpha) + 1, mp.mpf(low), mp.mpf(high)
    total = (end**a - start**a) / a if a else mp.log(end / start)
    for x in [low, high]:
        case("DoublyTruncatedPowerLaw", {"alpha": alpha, "low": low, "high": high}, x, None,
             alpha * mp.log(mp.mpf(x)) - mp.log(total))

for high in [2.5, 0.6, 0.1]:
    end = mp.mpf(high)
    terms = range(80)
    mass = 2 * sum((-1) ** n * mp.erfc((2 * n + 1) / mp.sqrt(8 * end)) for n in terms)
    density = sum((-1) ** n * (2 * n + 1) * mp.exp(-mp.mpf((2 * n + 1) ** 2) / (8 * end)) for n in terms)
    case("TruncatedPolyaGamma", {"high": high}, 0.0, None, -INF)
    case("TruncatedPolyaGamma", {"high": high}, high, None,
         mp.log(density / mp.sqrt(2 * mp.pi * end**3)) - mp.log(mass))

write(__file__)
