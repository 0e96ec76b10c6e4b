"""Writes `noncentral.json`: the noncentral chi-squared density at 0, in the limit from inside.

    python3 tests/golden/edges/noncentral.py
"""

from scipy import stats

from table import INF, case, mp, write

for df, noncentrality in ((0.5, 1.0), (1.0, 3.0), (2.0, 0.5), (2.0, 0.0), (3.0, 4.0)):
    # One over the square root at one degree of freedom, and a power as such elsewhere.
    limit = -mp.log(2) - mp.mpf(noncentrality) / 2 if df == 2 else INF if df < 2 else -INF
    near = stats.ncx2(df, noncentrality).logpdf(1e-300) if noncentrality else float(limit)
    assert df == 2 and abs(near - limit) < 1e-12 or abs(near) > 100 and (near > 0) == (limit > 0), (df, near)
    case("NoncentralChi2", {"df": df, "noncentrality": noncentrality}, 0.0, None, limit)
write(__file__)
