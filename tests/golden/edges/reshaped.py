"""Writes `reshaped.json`: the ends of the supports of transformed gamma and logistic variables, and of extreme values.

    python3 tests/golden/edges/reshaped.py
"""

import numpy as np
from scipy import stats

from table import INF, case, mp, write


def log(x):
    return mp.log(mp.mpf(x))


with np.errstate(all="ignore"):
    for concentration, sharpness, exact in [(0.25, 2.0, INF), (0.5, 2.0, -log(1.7)), (2.0, 3.0, -INF)]:
        case("Dagum", {"concentration": concentration, "sharpness": sharpness, "scale": 1.7}, 0.0, None, exact)
    for concentration, exact in [(0.25, -INF), (2.0, -INF), (-0.5, -INF), (-1.0, log(0.5)), (-2.0, INF)]:
        case("GeneralizedExtremeValue", {"loc": 0.0, "scale": 2.0, "concentration": concentration}, -2 / concentration, None, exact)
    for df1, exact in [(0.5, INF), (2.0, 0), (5.0, -INF)]:
        case("FisherSnedecor", {"df1": df1, "df2": 7.0}, 0.0, np.log(stats.f(df1, 7.0).pdf(0)) if df1 >= 2 else None, exact)
    for alpha, low in [(-3.5, 1.7), (-1.25, 4.0)]:
        case("LowerTruncatedPowerLaw", {"alpha": alpha, "low": low}, low, stats.pareto(-alpha - 1, scale=low).logpdf(low),
             log(-alpha - 1) - log(low))

write(__file__)
