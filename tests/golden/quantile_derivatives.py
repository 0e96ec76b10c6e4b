"""Writes quantile_derivatives.json: how quantiles of gamma, beta and t distributions move with the shapes.

    python3 quantile_derivatives.py        (mpmath 1.3)

Each value is -(dF/dparameter) / density, with F by mpmath at 80 digits and its derivative by a central difference of
fourth order with a step of 1e-16 of the parameter, which leaves 60 digits. Arguments are exact doubles.
"""

import json
from pathlib import Path

from mpmath import betainc, beta, exp, gamma, gammainc, log, mp, mpf, sqrt

mp.dps = 80


def slope(f, at):
    h = at * mpf(10) ** -16
    return (8 * (f(at + h) - f(at - h)) - (f(at + 2 * h) - f(at - 2 * h))) / (12 * h)


def gamma_by_shape(a, x):
    a, x = mpf(a), mpf(x)
    # The smaller tail: the other one is 1 to all digits far out.
    if x < a:
        by_shape = slope(lambda a: gammainc(a, 0, x, regularized=True), a)
    else:
        by_shape = -slope(lambda a: gammainc(a, x, regularized=True), a)
    return -by_shape / (x ** (a - 1) * exp(-x) / gamma(a))


def beta_by_shapes(a, b, x):
    a, b, x = mpf(a), mpf(b), mpf(x)
    if x < a / (a + b):
        f, sign = (lambda a, b: betainc(a, b, 0, x, regularized=True)), -1
    else:
        f, sign = (lambda a, b: betainc(b, a, 0, 1 - x, regularized=True)), 1
    density = exp((a - 1) * log(x) + (b - 1) * log(1 - x)) / beta(a, b)
    return [sign * slope(lambda a: f(a, b), a) / density, sign * slope(lambda b: f(a, b), b) / density]


def student_t_by_df(df, t):
    df, t = mpf(df), mpf(t)
    square = t * t
    tail = lambda df: betainc(df / 2, mpf(1) / 2, 0, df / (df + square), regularized=True) / 2
    density = (1 + square / df) ** (-(df + 1) / 2) / (sqrt(df) * beta(df / 2, mpf(1) / 2))
    return slope(tail, df) / density if t > 0 else -slope(tail, df) / density


def student_t_points():
    for df in [0.1, 0.7, 1.0, 3.0, 12.0, 80.0, 1e3, 1e5]:
        for t in [1e-3, -0.4, 1.0, 2.5, -8.0, 40.0]:
            yield df, t


def gamma_points():
    for a in [0.001, 0.05, 0.5, 0.999, 1.0, 2.5, 10.0, 24.0, 26.0, 60.0, 300.0, 1e4]:
        if a < 1:
            for p in [0.01, 0.5, 0.9, 0.9999]:
                x = float((p * gamma(a + 1)) ** (1 / mpf(a)))
                if x > 1e-300:
                    yield a, x
            for x in [1.2, 1.6, 8.0]:
                yield a, x
        else:
            for z in [-6, -3, -1, -0.1, 0, 0.4, 1.5, 4, 9]:
                x = a + z * sqrt(a)
                if x > 0:
                    yield a, float(x)


def beta_points():
    shapes = [(0.02, 0.02), (0.3, 2.0), (0.5, 0.5), (1.0, 3.0), (2.0, 5.0), (7.0, 0.4), (50.0, 2.0), (30.0, 70.0), (900.0, 400.0), (0.5, 3000.0), (6000.0, 3.0), (3200.0, 2000.0)]
    for a, b in shapes:
        mean = a / (a + b)
        deviation = (a * b / (a + b + 1)) ** 0.5 / (a + b)
        for z in [-8, -3, -1.5, -0.5, 0, 0.7, 1.9, 4, 8]:
            x = mean + z * deviation
            if 0 < x < 1:
                yield a, b, x
        for x in [1e-12, 0.01, 0.5, 0.99]:
            if max(a, b) <= 10:
                yield a, b, x


def main():
    table = {
        "gamma": [[a, x, float(gamma_by_shape(a, x))] for a, x in gamma_points()],
        "beta": [[a, b, x, *map(float, beta_by_shapes(a, b, x))] for a, b, x in beta_points()],
        "student_t": [[df, t, float(student_t_by_df(df, t))] for df, t in student_t_points()],
    }
    lines = ",\n".join(
        f'"{name}":[\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]" for name, rows in table.items()
    )
    path = Path(__file__).with_suffix(".json")
    path.write_text("{" + lines + "}\n")
    print(path.name, {name: len(rows) for name, rows in table.items()})


main()
