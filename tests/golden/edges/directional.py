"""Writes `directional.json`: angles at the ends of their interval.

    python3 tests/golden/edges/directional.py
"""

import math

from scipy import stats

from table import case, mp, write

for concentration in [1.7, 4.0, 0.2]:
    for x in [-math.pi, math.pi]:
        kappa, angle = mp.mpf(concentration), mp.mpf(x)
        case("VonMises", {"loc": 0.0, "concentration": concentration}, x, stats.vonmises(concentration).logpdf(x),
             kappa * mp.cos(angle) - mp.log(2 * mp.pi * mp.besseli(0, kappa)))

write(__file__)
