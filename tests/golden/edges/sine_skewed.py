"""Writes `sine_skewed.json`: skewed angles at the ends of their interval.

    python3 tests/golden/edges/sine_skewed.py
"""

import math

from table import case, mp, write

for loc, concentration, skewness in [(0.3, 1.7, 0.6), (-2.0, 2.5, -0.8), (0.0, 0.2, 1.0)]:
    for x in [-math.pi, math.pi]:
        kappa, angle = mp.mpf(concentration), mp.mpf(x) - mp.mpf(loc)
        base = kappa * mp.cos(angle) - mp.log(2 * mp.pi * mp.besseli(0, kappa))
        case("SineSkewed", {"loc": loc, "concentration": concentration, "skewness": skewness}, x, None,
             base + mp.log(1 + mp.mpf(skewness) * mp.sin(angle)))

write(__file__)
