"""Writes `relaxed.json`: relaxations of discrete distributions at the ends of the interval and the faces of the simplex.

    python3 tests/golden/edges/relaxed.py
"""

from table import INF, case, mp, write

for logits in [0.5, -2.0]:
    for temperature, limit in [(0.8, INF), (1.0, None), (1.6, -INF)]:
        params = {"temperature": temperature, "logits": logits}
        for x, finite in [(0.0, -logits), (1.0, logits)]:
            case("RelaxedBernoulli", params, x, None, finite if limit is None else limit)
# At one temperature the density has a limit at a face, which is written out.
probs = [mp.mpf(p) for p in (0.25, 0.5, 0.25)]
x, t = [0.0, 0.25, 0.75], mp.mpf(0.5)
finite = mp.log(2) + 2 * mp.log(t) - 2 * mp.log(probs[0]) + sum(mp.log(p) - (t + 1) * mp.log(e) for p, e in zip(probs[1:], x[1:]))
for temperature, exact in [(0.25, INF), (0.5, finite), (1.0, -INF)]:
    params = {"temperature": temperature, "probs": [float(p) for p in probs]}
    case("RelaxedOneHotCategorical", params, x, None, exact)
case("RelaxedOneHotCategorical", {"temperature": 1.0, "logits": [0.0, 0.0]}, [0.0, 1.0], None, 0.0)

write(__file__)
