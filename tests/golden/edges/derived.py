"""Writes `derived.json`: distributions derived from others, at the ends of their supports.

    python3 tests/golden/edges/derived.py
"""

from scipy import stats

from table import case, mp, write


def truncated(name, params, scipy_log_density, log_density, mass, ends):
    """`scipy_log_density` is the base's; the mass of the interval is exact."""
    for x in ends:
        exact = log_density(mp.mpf(x)) - mp.log(mass)
        case(name, params, x, float(scipy_log_density(x)) - float(mp.log(mass)), exact)


def cauchy_mass(loc, scale, low, high):
    return (mp.atan((mp.mpf(high) - loc) / scale) - mp.atan((mp.mpf(low) - loc) / scale)) / mp.pi


for loc, scale, low, high in [(0.3, 1.7, -1.0, 2.5), (-0.5, 0.8, -0.7, 3.0), (-3.0, 0.5, 0.0, 1.0)]:
    density = lambda x: -mp.log(mp.pi * scale * (1 + ((x - mp.mpf(loc)) / scale) ** 2))
    truncated("TruncatedCauchy", {"loc": loc, "scale": scale, "low": low, "high": high},
              stats.cauchy(loc, scale).logpdf, density, cauchy_mass(mp.mpf(loc), mp.mpf(scale), low, high), [low, high])

for df, loc, scale, low, high in [(3.0, 0.3, 1.7, -1.0, 2.5), (8.0, -0.5, 0.8, -0.7, 3.0)]:
    def density(x):
        z = (mp.mpf(x) - mp.mpf(loc)) / mp.mpf(scale)
        half = mp.mpf(df + 1) / 2
        return mp.log(mp.gamma(half) / mp.gamma(mp.mpf(df) / 2) / mp.sqrt(df * mp.pi) / mp.mpf(scale)) - half * mp.log(1 + z * z / df)
    mass = mp.quad(lambda x: mp.exp(density(x)), [mp.mpf(low), mp.mpf(loc), mp.mpf(high)])
    truncated("TruncatedStudentT", {"df": df, "loc": loc, "scale": scale, "low": low, "high": high},
              stats.t(df, loc, scale).logpdf, density, mass, [low, high])

for scale, high in [(1.7, 2.0), (0.6, 1.0)]:
    density = lambda x: mp.log(2 * mp.npdf(mp.mpf(x) / mp.mpf(scale)) / mp.mpf(scale))
    mass = 2 * mp.ncdf(mp.mpf(high) / mp.mpf(scale)) - 1
    truncated("TruncatedHalfNormal", {"scale": scale, "high": high}, stats.halfnorm(scale=scale).logpdf, density, mass,
              [0.0, high])

for rate, low, high in [(2.5, 1.0, 6.0), (9.0, 2.0, 14.0)]:
    density = lambda k: k * mp.log(mp.mpf(rate)) - mp.mpf(rate) - mp.loggamma(k + 1)
    mass = mp.fsum(mp.exp(density(mp.mpf(k))) for k in range(int(low), int(high) + 1))
    truncated("TruncatedPoisson", {"rate": rate, "low": low, "high": high}, stats.poisson(rate).logpmf, density, mass, [low, high])

for loc, scale in [(0.3, 1.7), (-1.0, 0.6)]:
    exact = mp.log(2 * mp.npdf(-mp.mpf(loc) / scale) / mp.mpf(scale))
    case("FoldedNormal", {"loc": loc, "scale": scale}, 0.0, stats.foldnorm(abs(loc) / scale, scale=scale).logpdf(0), exact)

for loc, scale, low, high in [(2.5, 3.0, -1.0, 8.0), (0.3, 1.7, -2.0, 3.0)]:
    params = {"loc": loc, "scale": scale, "low": low, "high": high}
    z = lambda x: (mp.mpf(x) - mp.mpf(loc)) / mp.mpf(scale)
    case("QuantizedNormal", params, low, stats.norm(loc, scale).logcdf(low), mp.log(mp.ncdf(z(low))))
    case("QuantizedNormal", params, high, stats.norm(loc, scale).logsf(high - 1), mp.log(mp.ncdf(-z(high - 1))))

write(__file__)
