"""Writes `continuous.json`: continuous distributions of numbers, from the half t to the horseshoe.

    python3 tests/golden/far/continuous.py
"""

from mpmath import cosh, e1, exp, expm1, log, log1p, mp, mpf, ncdf, pi, sqrt

from table import tabulate, write


def lgamma(x):
    return mp.loggamma(x)


def beta(a, b, x):
    return (a - 1) * log(x) + (b - 1) * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)


def half_student_t(df, scale, x):
    z = x / scale
    return log(2) + lgamma((df + 1) / 2) - lgamma(df / 2) - log(df * pi) / 2 - log(scale) - (df + 1) / 2 * log1p(z * z / df)


def pareto(concentration, scale, x):
    return log(concentration) + concentration * log(scale) - (concentration + 1) * log(x)


def log_ndtr(x):
    # The complement keeps digits, the distribution function itself would not be evaluated far out.
    if x > -40:
        return log(ncdf(x))
    # DLMF 7.12.1, to more terms than the tolerance asks for.
    term, total = mpf(1), mpf(1)
    for k in range(1, 60):
        following = -term * (2 * k - 1) / (x * x)
        if abs(following) > abs(term):
            break
        term = following
        total += term
    return -x * x / 2 - log(-x) - log(2 * pi) / 2 + log(total)


def skew_normal(loc, scale, alpha, x):
    z = (x - loc) / scale
    return log(2) - z * z / 2 - log(2 * pi) / 2 - log(scale) + log_ndtr(alpha * z)


def log_uniform(low, high, x):
    return -log(x) - log(log(high / low))


def triangular(low, high, peak, x):
    ratio = (x - low) / (peak - low) if x < peak else (high - x) / (high - peak)
    return log(2 / (high - low)) + log(ratio)


def pert(low, peak, high, temperature, x):
    width = high - low
    a, b = 1 + temperature * (peak - low) / width, 1 + temperature * (high - peak) / width
    return beta(a, b, (x - low) / width) - log(width)


def kumaraswamy(a, b, x):
    return log(a) + log(b) + (a - 1) * log(x) + (b - 1) * log1p(-x**a)


def continuous_bernoulli(logits, x):
    return logits * x - (log(expm1(logits) / logits) if logits else 0)


def chi(df, x):
    return (df - 1) * log(x) - x * x / 2 - (df / 2 - 1) * log(2) - lgamma(df / 2)


def asymmetric_laplace(loc, scale, asymmetry, x):
    left, right = scale * asymmetry, scale / asymmetry
    return -(abs(x - loc) / (left if x < loc else right)) - log(left + right)


def soft_laplace(loc, scale, x):
    return -log(pi * scale) - log(cosh((x - loc) / scale))


def logit_normal(loc, scale, x):
    z = (log(x) - log1p(-x) - loc) / scale
    return -z * z / 2 - log(scale) - log(2 * pi) / 2 - log(x) - log1p(-x)


def inverse_gaussian(loc, concentration, x):
    return log(concentration / (2 * pi * x**3)) / 2 - concentration * (x - loc) ** 2 / (2 * loc**2 * x)


def gamma_gamma(a, b, rate, x):
    return (a - 1) * log(x) + b * log(rate) - (a + b) * log(x + rate) + lgamma(a + b) - lgamma(a) - lgamma(b)


def log_logistic(loc, scale, x):
    z = (log(x) - loc) / scale
    return -z - log(scale) - 2 * log1p(exp(-z)) - log(x)


def generalized_pareto(loc, scale, concentration, x):
    z = (x - loc) / scale
    hazard = log1p(concentration * z) / concentration if concentration else z
    return -log(scale) - (1 + concentration) * hazard


def levy(loc, scale, x):
    distance = x - loc
    return log(scale / (2 * pi)) / 2 - scale / (2 * distance) - 3 * log(distance) / 2


def gompertz(concentration, rate, x):
    return log(concentration * rate) + rate * x - concentration * expm1(rate * x)


def moyal(loc, scale, x):
    z = (x - loc) / scale
    return -(z + exp(-z)) / 2 - log(2 * pi) / 2 - log(scale)


def horseshoe(scale, x):
    w = (x / scale) ** 2 / 2
    return w + log(e1(w)) - log(2 * pi**3) / 2 - log(scale)


def doublesided_maxwell(loc, scale, x):
    z = (x - loc) / scale
    return log(z * z) - z * z / 2 - log(2 * pi) / 2 - log(scale)


# See `tabulate`.
DENSITIES = [
    ("HalfStudentT", ["df", "scale"], half_student_t, False),
    ("Pareto", ["concentration", "scale"], pareto, False),
    ("SkewNormal", ["loc", "scale", "alpha"], skew_normal, False),
    ("LogUniform", ["low", "high"], log_uniform, False),
    ("Triangular", ["low", "high", "peak"], triangular, False),
    ("PERT", ["low", "peak", "high", "temperature"], pert, False),
    ("BetaProportion", ["mean", "concentration"], lambda m, c, x: beta(m * c, (1 - m) * c, x), False),
    ("Kumaraswamy", ["concentration1", "concentration0"], kumaraswamy, False),
    ("ContinuousBernoulli", ["probs"], lambda p, x: continuous_bernoulli(log(p) - log1p(-p), x), False),
    ("ContinuousBernoulli", ["logits*"], continuous_bernoulli, False),
    ("Chi", ["df"], chi, False),
    ("AsymmetricLaplace", ["loc", "scale", "asymmetry"], asymmetric_laplace, False),
    ("SoftLaplace", ["loc", "scale"], soft_laplace, False),
    ("LogitNormal", ["loc*", "scale"], logit_normal, False),
    ("InverseGaussian", ["loc", "concentration"], inverse_gaussian, False),
    ("GammaGamma", ["concentration", "mixing_concentration", "mixing_rate"], gamma_gamma, False),
    ("LogLogistic", ["loc*", "scale"], log_logistic, False),
    ("GeneralizedPareto", ["loc", "scale", "concentration"], generalized_pareto, False),
    ("Levy", ["loc", "scale"], levy, False),
    ("Gompertz", ["concentration", "rate"], gompertz, False),
    ("Moyal", ["loc", "scale"], moyal, False),
    ("Horseshoe", ["scale"], horseshoe, False),
    ("DoublesidedMaxwell", ["loc", "scale"], doublesided_maxwell, False),
]

CASES = {
    "HalfStudentT df scale": [
        ([4.0, 1.0], [1e200, 1e300, 1e154, 1e-200]), ([1e12, 1.0], [0.5, 3.0, 10.0]), ([1e-12, 1.0], [1e-6, 1.0]), ([0.3, 1e200], [1e200]),
        ([0.3, 1e-200], [1e-200]),
    ],
    "Pareto concentration scale": [
        ([2.5, 1.0], [1.000001, 1e300]), ([1e-12, 1e-200], [1e200]), ([1e12, 3.0], [3.0 + 2.0**-39, 3.0 + 2.0**-36]), ([3.0, 1e200], [1e250]),
    ],
    "SkewNormal loc scale alpha": [
        ([0.0, 1.0, 3.0], [1e150, -1e100, -40.0, 0.5]), ([0.0, 1.0, 1e12], [-1e-12, 1e-6, 3.0]), ([0.0, 1e200, -2.0], [1e200]),
        ([0.0, 1e-200, 2.0], [-1e-200]), ([0.0, 1.0, 0.0], [2.0, -5.0]), ([0.0, 1.0, -1e-12], [3.0]),
    ],
    "LogUniform low high": [([1e-300, 1e300], [1.0, 1e200, 1e-299]), ([1.0, 1.0 + 2.0**-40], [1.0 + 2.0**-41]), ([0.5, 0.501], [0.5004])],
    "Triangular low high peak": [
        ([0.0, 1e300, 1e299], [1e298]), ([0.0, 1e300, 1e299], [5e299]), ([1e-300, 1e-299, 2e-300], [5e-300, 1.5e-300]), ([1.0, 2.0, 1.0 + 2.0**-30], [1.0 + 2.0**-31, 1.5]),
    ],
    "PERT low peak high temperature": [
        ([0.0, 0.25, 1.0, 1e9], [0.25, 0.2501]), ([0.0, 0.5, 1.0, 0.125], [0.125, 1e-50]), ([-1e200, 0.0, 1e200, 4.0], [1e199]),
        ([0.0, 0.0, 1.0, 1e3], [1e-3]),
    ],
    "BetaProportion mean concentration": [
        ([0.25, 4e6], [0.25, 0.2505, 0.3]), ([2.0**-40, 1.0], [1e-300, 0.5]), ([0.5, 2e9], [0.50003]), ([1.0 - 2.0**-40, 2.0**40], [1.0 - 2.0**-41]),
        ([0.3, 1e-12], [0.5]),
    ],
    "Kumaraswamy concentration1 concentration0": [
        ([1e-3, 1e3], [1e-300, 1e-200]), ([1e3, 1e-3], [0.999, 0.5]), ([1e6, 1e6], [0.99999]), ([2.0, 3.0], [1e-200, 1.0 - 2.0**-40]),
        ([1e-12, 1e-12], [0.5]),
    ],
    "ContinuousBernoulli probs": [
        ([0.5], [0.2]), ([0.5 + 2.0**-30], [0.3]), ([1e-300], [0.1, 1e-3]), ([1.0 - 2.0**-40], [0.9, 0.1]), ([0.25], [1e-300]),
    ],
    "ContinuousBernoulli logits*": [
        ([0.0], [0.3]), ([1e-9], [0.3]), ([-1e-300], [0.3]), ([700.0], [0.875, 1.0 - 2.0**-40, 1e-10]), ([-1e12], [1e-12, 0.5]), ([1e200], [1.0]),
        ([1.0], [0.3]),
    ],
    "Chi df": [
        ([1e-12], [1e-9, 3.0]), ([1e3], [30.0, 33.0]), ([1e9], [31622.0, 31624.0]), ([1e12], [1e6]), ([3.0], [10.0, 1e-150, 1e-200]),
    ],
    "AsymmetricLaplace loc scale asymmetry": [
        ([0.0, 1.0, 3.0], [1e300, -1e200]), ([0.0, 1e200, 0.5], [1e200]), ([1.0, 1.0, 1e12], [2.0, -1.0]),
        ([0.0, 1.0, 1e-12], [1e12, -1e-12]),
    ],
    "SoftLaplace loc scale": [([0.0, 1.0], [1e4, -1e5, 40.0, 0.5]), ([0.0, 1e200], [1e203]), ([1.0, 1e-200], [1.5])],
    "LogitNormal loc* scale": [([0.0, 1.0], [1e-300, 0.5, 1.0 - 2.0**-50]), ([-500.0, 1e-3], [7.124576406741286e-218]), ([0.0, 1e6], [0.3])],
    "InverseGaussian loc concentration": [
        ([1.0, 1e9], [1.00001, 0.5]), ([1e-100, 1e-100], [1e-100]), ([1.0, 1e-9], [1e-9, 1.0]), ([3.0, 2.0], [1e200, 1e-3, 1e-10]), ([1e100, 1e100], [1e99]),
    ],
    "GammaGamma concentration mixing_concentration mixing_rate": [
        ([1e6, 1e6, 2.0], [2.0, 2.003]), ([1e-12, 1e-12, 1.0], [1.0, 1e-300, 1e300]), ([2.5, 3.5, 1e-200], [1e-200]), ([2.5, 3.5, 1e200], [1e200]),
        ([1e9, 0.5, 1e-9], [1.0, 3.0]), ([2.5, 3.5, 1.0], [1e-200, 1e200]),
    ],
    "LogLogistic loc* scale": [([0.0, 1.0], [1e300, 1e-300, 1.0]), ([2.0, 1e-6], [7.38906]), ([0.0, 10.0], [3.0])],
    "GeneralizedPareto loc scale concentration": [
        ([0.0, 1.0, 1e-9], [1.0, 1e3]), ([0.0, 1.0, 0.0], [2.0, 1e3]), ([0.0, 1.0, -1e-9], [5.0]), ([0.0, 1.0, 2.0], [1e300, 1e-300]), ([0.0, 1e200, 0.5], [1e200]),
        ([0.0, 1.0, 1e-300], [3.0]), ([0.0, 1.0, -0.5], [1.999999, 0.1]), ([0.0, 1.0, 0.049], [1.0]), ([0.0, 1.0, 0.051], [1.0]),
        ([0.0, 1.0, 1e12], [1.0]),
    ],
    "Levy loc scale": [([0.0, 1.0], [1e300, 1e-3, 1e-10]), ([0.0, 1e200], [1e200])],
    "Gompertz concentration rate": [([1e-300, 1.0], [600.0, 1.0]), ([1.0, 1e-200], [1e200]), ([1.0, 1e200], [1e-200]), ([1e12, 1.0], [1e-12]), ([1e-9, 1e9], [1e-8])],
    "Moyal loc scale": [([0.0, 1.0], [1e300, 40.0, -6.0, -300.0]), ([0.0, 1e200], [1e200]), ([0.0, 1e-200], [1e-200])],
    "Horseshoe scale": [([1.0], [1e200, 1e-200, 1e-300, 3.0, 1.4142135623730951]), ([1e200], [1e200]), ([1e-200], [1e-200])],
    "DoublesidedMaxwell loc scale": [([0.0, 1.0], [1e150, 1e-30]), ([1e9, 1e-6], [1000000000.000001]), ([0.0, 1e200], [1e200]), ([1.0, 1e-200], [1.5])],
}


if __name__ == "__main__":
    write(__file__, tabulate(DENSITIES, CASES))
