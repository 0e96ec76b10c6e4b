"""Writes `logistic_normal.json`: faces of the simplex, where the density is 0.

    python3 tests/golden/edges/logistic_normal.py
"""

from table import INF, case, write

for x in [[0.0, 0.375, 0.625], [0.375, 0.625, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]:
    case("LogisticNormal", {"loc": [0.3, -0.5], "scale": [0.8, 0.6]}, x, None, -INF)

write(__file__)
