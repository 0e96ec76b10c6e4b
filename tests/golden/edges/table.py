"""What the scripts of this folder share: a log density at an end of a support, or at a probability of 0 or 1.

Needs SciPy (1.18 when the files were written) and mpmath 1.3. SciPy gives the values; where its `logpdf` is NaN or refuses an
end (Dirichlet at a face, 0 times infinity) the limit of the density from inside is written out, which for the others agrees
with SciPy. Numbers that are finite are evaluated again from the formula in 50 digits, and compared.
"""

import json
import math
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
INF = math.inf
cases = []


def number(x):
    if isinstance(x, list):
        return [number(entry) for entry in x]
    if isinstance(x, str):
        return x
    return x if math.isfinite(x) else ("inf" if x > 0 else "-inf")


def case(dist, params, x, scipy_value, exact=None):
    """`exact` is the 50-digit value or the limit; `scipy_value` is None where SciPy has none."""
    value = float(scipy_value) if exact is None else float(exact)
    if exact is not None and scipy_value is not None:
        scipy_value = float(scipy_value)
        agree = value == scipy_value or abs(value - scipy_value) <= 1e-13 * max(1.0, abs(value))
        assert agree, (dist, params, x, value, scipy_value)
    oracle = "+".join(
        name for name, known in [("mpmath", exact is not None), ("scipy", scipy_value is not None)] if known
    )
    params = {name: number(value) for name, value in params.items()}
    cases.append({"dist": dist, "params": params, "x": number(x), "log_prob": number(value), "oracle": oracle})


def write(script):
    """Writes the cases beside the script that made them."""
    lines = ",\n".join(json.dumps(entry) for entry in cases)
    Path(script).with_suffix(".json").write_text('{"cases": [\n' + lines + "\n]}\n")
