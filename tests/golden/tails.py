"""Writes tails.json: logarithms of the tails of standard distributions and their derivatives by the parameters.

Series of positive terms by mpmath with 800 digits, of which the complements of the smallest tails keep 50; derivatives by
central differences. Needs mpmath 1.3. Run as `python3 tests/golden/tails.py > tests/golden/tails.json`.
"""

import json

import mpmath as mp

mp.mp.dps = 800


def series(ratio):
    """1 + r(0) + r(0) r(1) + ..., of positive terms."""
    term = total = mp.mpf(1)
    n = 0
    while term > total * mp.eps:
        term *= ratio(n)
        total += term
        n += 1
    return total


def gamma(a, x):
    """DLMF 8.11.4."""
    mass = mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1))
    lower = mass * series(lambda n: x / (a + n + 1))
    return (lower, 1 - lower)


def beta_of_pair(a, b, x, y):
    """DLMF 8.17.8, from the smaller of x and y = 1 - x."""
    if x > y:
        lower, upper = beta_of_pair(b, a, y, x)
        return (upper, lower)
    mass = mp.exp(a * mp.log(x) + b * mp.log(y) - mp.log(mp.beta(a, b))) / a
    lower = mass * series(lambda n: (a + b + n) / (a + n + 1) * x)
    return (lower, 1 - lower)


def beta(a, b, x):
    return beta_of_pair(a, b, x, 1 - x)


def student_t(df, t):
    square = t * t
    tail = beta_of_pair(df / 2, mp.mpf(1) / 2, df / (df + square), square / (df + square))[0] / 2
    return (tail, 1 - tail) if t <= 0 else (1 - tail, tail)


def truncated_normal(low, high, z):
    total = mp.ncdf(-low) - mp.ncdf(-high) if low + high > 0 else mp.ncdf(high) - mp.ncdf(low)
    part = lambda a, b: (mp.ncdf(-a) - mp.ncdf(-b) if a + b > 0 else mp.ncdf(b) - mp.ncdf(a)) / total
    return (part(low, z), part(z, high))


def noncentral_gamma(a, m, x):
    """Poisson(m) more than a: the sum over i of x^(a + i) e^-x / gamma(a + i + 1) times the Poisson probability up to i."""
    mass = mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1) - m)
    term = total = poisson = below = mp.mpf(1)
    lower = term * below
    i = 0
    while term * below > lower * mp.eps or i < x:
        i += 1
        term *= x / (a + i)
        poisson *= m / i
        below += poisson
        lower += term * below
    return (mass * lower, 1 - mass * lower)


GAMMA = [(a, a * ratio) for a in (0.01, 0.3, 0.99, 1.0, 2.5, 9.0, 24.9, 25.1, 80.0, 1e3) for ratio in (0.1, 0.5, 0.9, 1.0, 1.1, 2.0)]
GAMMA += [(1e4, 9_800.0), (1e4, 10_000.0), (1e4, 10_300.0), (1e4, 9_000.0), (1e4, 12_500.0), (0.001, 0.2), (0.001, 1.4), (1e-6, 0.5)]
GAMMA += [(0.5, 800.0), (3.0, 900.0), (40.0, 1e-3), (7.0, 1e-60)]
BETA = [
    (a, b, x)
    for a, b in ((0.01, 0.3), (0.6, 0.8), (1.0, 1.0), (2.5, 1.7), (5.0, 400.0), (30.0, 20.0), (300.0, 200.0), (0.4, 25.0))
    for x in (0.001, 0.0125, 0.25, 0.5, 0.625, 0.96875)
]
BETA += [(1e-5, 3.0, 0.25), (4.0, 1e-4, 0.75), (1e4, 2e4, 0.34375), (1e4, 2e4, 0.3125), (3.0, 1e4, 1e-4), (50.0, 80.0, 1e-12)]
STUDENT_T = [(df, t) for df in (0.1, 1.0, 2.5, 30.0, 159.0, 161.0, 1e3, 1e5) for t in (-50.0, -8.0, -2.0, -0.5, 0.125, 1.0, 4.0)]
STUDENT_T += [(1e8, -2.0), (3.0, -1e8), (0.5, 1e10)]
TRUNCATED_NORMAL = [
    (low, high, z)
    for low, high, points in (
        (-1.0, 2.0, (-0.9999, -0.5, 0.5, 1.9)),
        (5.0, 7.0, (5.01, 5.5, 6.9)),
        (-9.0, -7.5, (-8.9, -8.0, -7.6)),
        (30.0, 60.0, (30.001, 30.1, 45.0)),
    )
    for z in points
]
NONCENTRAL_GAMMA = [
    (a, m, (a + m) * ratio)
    for a, m in ((0.01, 0.0), (0.01, 0.3), (0.5, 2.0), (1.0, 24.0), (0.5, 40.0), (2.0, 600.0), (20.0, 25.0), (400.0, 3.0), (300.0, 2e3))
    for ratio in (0.25, 0.75, 0.96875, 1.0, 1.03125, 1.5)
]
NONCENTRAL_GAMMA += [(3.0, 700.0, 0.5), (3.0, 0.001, 600.0), (1e-6, 1e-6, 1.0), (2.0, 1e-9, 1e-12), (0.5, 5e3, 4.9e3), (1e4, 1e4, 20_010.0)]
FAMILIES = {
    "gamma": (gamma, GAMMA),
    "beta": (beta, BETA),
    "student_t": (student_t, STUDENT_T),
    "truncated_normal": (truncated_normal, TRUNCATED_NORMAL),
    "noncentral_gamma": (noncentral_gamma, NONCENTRAL_GAMMA),
}


def number(x):
    return float(mp.nstr(x, 25))


def row(function, args):
    exact = [mp.mpf(arg) for arg in args]
    logs = [mp.log(tail) for tail in function(*exact)]
    by = []
    for position in range(len(args) - 1):
        step = mp.mpf(10) ** -60 * (abs(exact[position]) or 1)

        def moved(sign):
            at = list(exact)
            at[position] += sign * step
            return [mp.log(tail) for tail in function(*at)]

        by.append([number((up - down) / (2 * step)) for up, down in zip(moved(1), moved(-1))])
    return {"args": list(args), "log_lower": number(logs[0]), "log_upper": number(logs[1]), "by": by}


table = {name: [row(function, args) for args in points] for name, (function, points) in FAMILIES.items()}
rows = ",\n".join(f'"{name}": [\n' + ",\n".join(json.dumps(each) for each in values) + "\n]" for name, values in table.items())
print("{" + rows + "}")
