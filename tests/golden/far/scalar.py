"""Writes `scalar.json`: the first distributions of numbers, and the Dirichlet distribution.

    python3 tests/golden/far/scalar.py
"""

from mpmath import exp, log, log1p, mp, mpf, pi

from table import derivative, number, tabulate, write


def lgamma(x):
    return mp.loggamma(x)


def gamma(a, ln_rate, x):
    return a * (ln_rate + log(x)) - exp(ln_rate) * x - lgamma(a) - log(x)


def binomial(n, ln_p, ln_q, k):
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * ln_p + (n - k) * ln_q


def negative_binomial(r, ln_p, ln_q, k):
    return lgamma(k + r) - lgamma(k + 1) - lgamma(r) + k * ln_p + r * ln_q


def poisson(ln_rate, k):
    return k * ln_rate - exp(ln_rate) - lgamma(k + 1)


def softplus(x):
    return log1p(exp(x))


def student_t(df, loc, scale, x):
    z = (x - loc) / scale
    return lgamma((df + 1) / 2) - lgamma(df / 2) - log(df * pi) / 2 - log(scale) - (df + 1) / 2 * log1p(z * z / df)


def normal(loc, scale, x):
    return -(((x - loc) / scale) ** 2) / 2 - log(scale) - log(2 * pi) / 2


def cauchy(loc, scale, x):
    return -log1p(((x - loc) / scale) ** 2) - log(scale) - log(pi)


def logistic(loc, scale, x):
    z = (x - loc) / scale
    return -z - log(scale) - 2 * softplus(-z)


def gumbel(loc, scale, x):
    z = (x - loc) / scale
    return -z - exp(-z) - log(scale)


def weibull(concentration, scale, x):
    return log(concentration / scale) + (concentration - 1) * log(x / scale) - (x / scale) ** concentration


# See `tabulate`.
DENSITIES = [
    ("Poisson", ["rate"], lambda rate, k: poisson(log(rate), k), True),
    ("Poisson", ["log_rate*"], poisson, True),
    ("Binomial", ["total_count!", "probs"], lambda n, p, k: binomial(n, log(p), log1p(-p), k), True),
    ("Binomial", ["total_count!", "logits*"], lambda n, l, k: binomial(n, -softplus(-l), -softplus(l), k), True),
    ("NegativeBinomial", ["total_count", "probs"], lambda r, p, k: negative_binomial(r, log(p), log1p(-p), k), True),
    ("NegativeBinomial", ["total_count", "logits*"], lambda r, l, k: negative_binomial(r, -softplus(-l), -softplus(l), k), True),
    ("NegativeBinomial2", ["mean", "concentration"],
     lambda m, r, k: negative_binomial(r, log(m / (m + r)), log(r / (m + r)), k), True),
    ("Geometric", ["probs"], lambda p, k: log(p) + k * log1p(-p), True),
    ("Geometric", ["logits*"], lambda l, k: -softplus(-l) - k * softplus(l), True),
    ("Bernoulli", ["probs"], lambda p, k: log(p) if k else log1p(-p), True),
    ("Bernoulli", ["logits*"], lambda l, k: -softplus(-l) if k else -softplus(l), True),
    ("Gamma", ["concentration", "rate"], lambda a, b, x: gamma(a, log(b), x), False),
    ("InverseGamma", ["concentration", "scale"], lambda a, s, x: gamma(a, log(s), 1 / x) - 2 * log(x), False),
    ("Chi2", ["df"], lambda df, x: gamma(df / 2, log(mpf(1) / 2), x), False),
    ("Beta", ["concentration1", "concentration0"],
     lambda a, b, x: (a - 1) * log(x) + (b - 1) * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b), False),
    ("StudentT", ["df", "loc", "scale"], student_t, False),
    ("Cauchy", ["loc", "scale"], cauchy, False),
    ("HalfCauchy", ["scale"], lambda s, x: cauchy(0, s, x) + log(2), False),
    ("Normal", ["loc", "scale"], normal, False),
    ("HalfNormal", ["scale"], lambda s, x: normal(0, s, x) + log(2), False),
    ("LogNormal", ["loc*", "scale"], lambda m, s, x: normal(m, s, log(x)) - log(x), False),
    ("Exponential", ["rate"], lambda rate, x: log(rate) - rate * x, False),
    ("Laplace", ["loc", "scale"], lambda m, s, x: -abs(x - m) / s - log(2 * s), False),
    ("Logistic", ["loc", "scale"], logistic, False),
    ("Gumbel", ["loc", "scale"], gumbel, False),
    ("Weibull", ["concentration", "scale"], weibull, False),
    ("Uniform", ["low", "high"], lambda low, high, x: -log(high - low), False),
]

# Parameters and values, each list a case. Counts and sums of squares stand where the density is not negligible, one to a few
# standard deviations off, and far out.
CASES = {
    "Poisson rate": [
        ([1e3], [1000, 1010, 950, 0, 4000]), ([1e6], [1e6, 1001500, 997000]), ([1e9], [1e9, 1e9 + 5e4, 1e9 - 1e5, 2e9, 1e6]),
        ([1e12], [1e12, 1e12 + 3e6]), ([1e15], [1e15, 1e15 - 4e7, 1e15 + 1e9]), ([1e-12], [0, 1, 5, 3000]), ([1e-300], [0, 2, 1e4]),
        ([123456.789], [123456, 123000]),
    ],
    "Poisson log_rate*": [
        ([6.907755278982137], [1000, 0, 1100]), ([13.815510557964274], [1e6, 1001500]), ([20.72326583694641], [1e9, 1e9 + 5e4, 2e9]),
        ([27.631021115928547], [1e12, 1e12 + 3e6]), ([34.53877639491069], [1e15, 1e15 - 4e7]), ([-30.0], [0, 1, 2000]),
        ([-800.0], [1e4, 3]), ([0.0], [1e9, 1100]),
    ],
    "Binomial total_count! probs": [
        ([1e3, 0.5], [500, 480, 0, 1000]), ([1e6, 0.3], [300000, 301000, 0, 1e6]), ([1e9, 0.5], [5e8, 5e8 + 3e4, 5e8 - 1e5, 1e9]),
        ([1e12, 1e-6], [1e6, 1e6 + 2e3, 0]), ([1e15, 0.125], [1.25e14, 1.25e14 + 3e7]), ([1e15, 1e-15], [0, 1, 3]),
        ([2000, 0.999], [1998, 2000, 1990]), ([1e9, 1e-300], [0, 1]),
    ],
    "Binomial total_count! logits*": [
        ([1e3, 0.0], [500, 480, 1000]), ([1e9, 0.0], [5e8, 5e8 + 3e4, 0]), ([1e9, -13.8], [1013, 1000, 0]),
        ([1e15, 2.0], [880797077977882, 880797077977882 + 3e7]), ([5000, -700.0], [0, 1, 5000]), ([5000, 30.0], [5000, 4999]),
    ],
    "NegativeBinomial total_count probs": [
        ([1e3, 0.5], [1000, 1040, 0]), ([1e-12, 0.5], [0, 1, 10]), ([1e12, 1e-11], [10, 3, 0]), ([1e12, 0.5], [1e12, 1e12 + 2e6]),
        ([2.5, 1e-12], [0, 1]), ([2.5, 0.999999], [2499997, 1e6, 1e7]), ([0.5, 0.999999999], [1e9, 1e8]), ([1e15, 1e-12], [1000, 1030]),
        ([1e6, 0.25], [333333, 334000, 1e9]),
    ],
    "NegativeBinomial total_count logits*": [
        ([1e3, 0.0], [1000, 1040]), ([1e12, -25.0], [13, 14, 0]), ([0.3, 30.0], [1e12, 3e12]), ([7.0, -700.0], [0, 1]),
        ([1e-12, 3.0], [0, 4]),
    ],
    "NegativeBinomial2 mean concentration": [
        ([3.0, 1e12], [3, 5, 0]), ([10.0, 1e9], [10, 13]), ([1e3, 1e12], [1000, 1060]), ([1e9, 1e12], [1e9, 1e9 + 4e4]),
        ([1e9, 1e9], [1e9, 1e9 + 7e4, 0]), ([1e15, 0.5], [1e14, 1e15]), ([5.0, 1e-12], [0, 1, 7]), ([1e-12, 2.0], [0, 1]),
        ([1e12, 1e3], [1e12, 9.5e11]), ([0.25, 1e15], [0, 1, 2]), ([1e6, 1e6], [1e6, 1002000]), ([100.0, 1.5], [80, 0, 5000]),
    ],
    "Geometric probs": [([1e-12], [0, 1e12, 3e12]), ([1e-300], [1, 1e15]), ([0.999], [0, 1, 1e6]), ([0.5], [1e3, 1e9])],
    "Geometric logits*": [([-27.0], [0, 5e11]), ([-700.0], [3]), ([40.0], [0, 2]), ([0.0], [1e3])],
    "Bernoulli probs": [([1e-12], [0, 1]), ([1e-300], [0, 1]), ([0.9999999999], [0, 1])],
    "Bernoulli logits*": [([40.0], [0, 1]), ([-700.0], [0, 1])],
    "Gamma concentration rate": [
        ([1e3, 2.0], [500.0, 530.0, 1e-3]), ([1e6, 1e6], [1.0, 1.001, 2.0]), ([1e9, 1e3], [1e6, 1000050.0, 999000.0]),
        ([1e12, 0.5], [2e12, 2000003e6]), ([1e15, 1.0], [1e15, 1e15 + 4e7]), ([1e-12, 1.0], [1.0, 1e-300, 50.0]),
        ([1e-12, 1e200], [1e-200, 1e-250]), ([2.5, 1e-200], [1e200, 3e200]), ([0.5, 1e12], [1e-12, 1e-30]), ([123.4, 5.6], [22.0, 25.0]),
    ],
    "InverseGamma concentration scale": [
        ([1e3, 2.0], [2e-3, 2.1e-3]), ([1e9, 1e9], [1.0, 1.00005, 0.9]), ([1e12, 1e3], [1e-9, 1.000002e-9]), ([1e-12, 1.0], [1.0, 1e300]),
        ([3.0, 1e-200], [1e-200, 1e-199]), ([3.0, 1e200], [1e200]), ([1e6, 0.25], [2.5e-7, 2.503e-7]),
    ],
    "Chi2 df": [([1e3], [1000.0, 1100.0]), ([1e6], [1e6, 1003000.0]), ([1e9], [1e9, 1000090000.0]), ([1e12], [1e12, 1000004e6]), ([1e-12], [1e-9, 3.0])],
    "Beta concentration1 concentration0": [
        ([1e3, 1e3], [0.5, 0.52]), ([1e6, 3e6], [0.25, 0.2505, 0.3]), ([1e9, 1e9], [0.5, 0.50003, 0.49]), ([1e12, 1e12], [0.5, 0.500001]),
        ([1e12, 2.0], [1 - 2.0**-39, 1 - 2.0**-41]), ([2.0, 1e12], [1e-12, 3e-12]), ([1e-12, 1e-12], [0.5, 1e-300]), ([1e-12, 1e12], [1e-13, 1e-30]),
        ([1e9, 0.5], [1 - 2.0**-31, 0.9999]), ([3.0, 4.0], [1e-200, 0.4]), ([1e15, 1e9], [1 - 2.0**-20]),
    ],
    "StudentT df loc scale": [
        ([4.0, 0.0, 1.0], [1e200, -1e300, 1e154, 1e155, 0.0]), ([1.0, 0.0, 1e-100], [1e100, 3.0]), ([1e12, 0.0, 1.0], [0.5, -1.5, 3.0, 10.0, 0.0]),
        ([1e9, 1.0, 2.0], [0.5, 5.0]), ([1e15, 0.0, 1.0], [1.0, 2.0]), ([1e6, 0.0, 1.0], [0.7, 20.0, 1e3, 1e200]), ([1e-12, 0.0, 1.0], [1e-6, 3e-6, 1.0]),
        ([0.3, 0.0, 1e200], [1e200]), ([0.3, 0.0, 1e200], [1e300]), ([0.3, 0.0, 1e100], [1e100, 1e140, 1.0]), ([30.0, -2.0, 0.5], [-1.7, 1e160]),
    ],
    "Cauchy loc scale": [([0.0, 1.0], [1e200, -1e300, 1e154, 1e155, 1e-200, 0.0]), ([3.0, 1e-100], [4.0, 1e100]), ([0.0, 1e200], [1e300]), ([0.0, 1e100], [1e10, 1e300, 1e100])],
    "HalfCauchy scale": [([1.0], [1e200, 1e300, 1e154, 1e155, 1e-200]), ([1e-100], [1.0, 1e100]), ([1e200], [1e10]), ([1e200], [1e300]), ([1e100], [1e10, 1e300]), ([5.0], [1e160])],
    "Normal loc scale": [([0.0, 1.0], [1e150, -1e100, 0.0]), ([1e9, 1e-6], [1000000000.000001]), ([0.0, 1e200], [1e250]), ([0.0, 1e-200], [1e-200]), ([0.0, 1e-100], [1e-100, 1e-50])],
    "HalfNormal scale": [([1.0], [1e150, 1e-200]), ([1e200], [1e250]), ([1e-200], [3e-200])],
    "LogNormal loc* scale": [([0.0, 1.0], [1e300, 1e-300, 1.0]), ([500.0, 1e-6], [1.4035922178528375e217]), ([0.0, 1e6], [2.0])],
    "Exponential rate": [([1.0], [1e300, 1e-300]), ([1e-200], [1e200]), ([1e200], [1e-200])],
    "Laplace loc scale": [([0.0, 1.0], [1e300, -1e200]), ([0.0, 1e200], [1e300]), ([1.0, 1e-200], [3.0])],
    "Logistic loc scale": [([0.0, 1.0], [1e300, -1e200, 40.0]), ([0.0, 1e200], [1e300]), ([1.0, 1e-200], [3.0])],
    "Gumbel loc scale": [([0.0, 1.0], [1e300, 40.0, -300.0]), ([0.0, 1e200], [1e300]), ([0.0, 1e200], [-1e200])],
    "Weibull concentration scale": [([2.0, 1.0], [1e150, 1e-200]), ([1e-3, 1.0], [1e300]), ([500.0, 2.0], [2.001, 1.9]), ([1.5, 1e200], [1e200])],
    "Uniform low high": [([0.0, 1e300], [1e299]), ([-1e-300, 1e-300], [0.0])],
}


def dirichlet(*arguments):
    count = len(arguments) // 2
    a, x = arguments[:count], arguments[count:]
    return lgamma(sum(a)) + sum((own - 1) * log(value) - lgamma(own) for own, value in zip(a, x))


def dirichlet_case(concentration, points):
    count = len(concentration)
    result = {"dist": "Dirichlet", "params": {"concentration": concentration}, "x": points, "log_prob": [], "condition": [],
              "gradient": {"concentration": []}, "gradient_condition": {"concentration": []}}
    for point in points:
        arguments = [mpf(argument) for argument in [*concentration, *point]]
        free = range(2 * count)
        result["log_prob"].append(number(dirichlet(*arguments)))
        result["condition"].append(number(sum(abs(arguments[i] * derivative(dirichlet, arguments, i)) for i in free)))
        gradients, conditions = [], []
        for i in range(count):
            gradient = lambda *arguments: derivative(dirichlet, list(arguments), i)
            total = sum(abs(arguments[j] * derivative(gradient, arguments, j)) for j in free)
            gradients.append(number(gradient(*arguments), total))
            conditions.append(number(total))
        result["gradient"]["concentration"].append(gradients)
        result["gradient_condition"]["concentration"].append(conditions)
    return result


def main():
    cases = tabulate(DENSITIES, CASES)
    for concentration, points in [
        ([1e3, 2e3, 1e3], [[0.25, 0.5, 0.25]]),
        ([1e9, 1e9, 2e9], [[0.25, 0.25, 0.5]]),
        ([1e-12, 1.0, 1e12], [[2.0**-50, 2.0**-40, 1 - 2.0**-40 - 2.0**-50]]),
        ([1e-12, 1e-12], [[0.5, 0.5]]),
    ]:
        cases.append(dirichlet_case(concentration, points))
    write(__file__, cases)


if __name__ == "__main__":
    main()
