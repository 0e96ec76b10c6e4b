"""Writes `vectors.json`: distributions of vectors and matrices by extreme parameters.

    python3 tests/golden/far/vectors.py
"""

from mpmath import exp, log, log1p, matrix, mp, mpf, pi

from table import tensor_case, write


def lgamma(x):
    return mp.loggamma(x)


def lbeta(a, b):
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def xlogy(x, y):
    return x * log(y) if x else mpf(0)


def dot(left, right):
    return sum(a * b for a, b in zip(left, right))


def log_softmax(logits):
    largest = max(logits)
    total = largest + log(sum(exp(logit - largest) for logit in logits))
    return [logit - total for logit in logits]


def forward_substitution(lower, right):
    solution = []
    for row, value in zip(lower, right):
        solution.append((value - dot(row, solution)) / row[len(solution)])
    return solution


def log_diagonal(lower):
    return sum(log(row[i]) for i, row in enumerate(lower))


def normal(loc, squared_distance, log_scale):
    return -squared_distance / 2 - log_scale - len(loc) * log(2 * pi) / 2


def normal_tril(loc, lower, x):
    z = forward_substitution(lower, [a - b for a, b in zip(x, loc)])
    return normal(loc, dot(z, z), log_diagonal(lower))


def normal_diagonal(loc, scale, x):
    z = [(a - b) / s for a, b, s in zip(x, loc, scale)]
    return normal(loc, dot(z, z), sum(log(s) for s in scale))


def student_t(df, loc, lower, x):
    z, n = forward_substitution(lower, [a - b for a, b in zip(x, loc)]), len(loc)
    at_mode = lgamma((df + n) / 2) - lgamma(df / 2) - n * log(pi * df) / 2 - log_diagonal(lower)
    return at_mode - (df + n) / 2 * log1p(dot(z, z) / df)


def dirichlet(a, x):
    return lgamma(sum(a)) + sum((own - 1) * log(value) - lgamma(own) for own, value in zip(a, x))


def log_coefficient(n, counts):
    return lgamma(n + 1) - sum(lgamma(k + 1) for k in counts)


def multinomial(n, probs, counts):
    return log_coefficient(n, counts) + sum(xlogy(k, p) for k, p in zip(counts, probs))


def multinomial_of_logits(n, logits, counts):
    return log_coefficient(n, counts) + dot(counts, log_softmax(logits))


def dirichlet_multinomial(n, a, counts):
    total = sum(a)
    parts = sum(lgamma(k + own) - lgamma(own) for k, own in zip(counts, a))
    return log_coefficient(n, counts) + lgamma(total) - lgamma(n + total) + parts


def relaxed(temperature, logits, y):
    """Of the logarithms of a relaxed one-hot vector."""
    scores = [logit - temperature * value for logit, value in zip(logits, y)]
    return lgamma(mpf(len(y))) + (len(y) - 1) * log(temperature) + sum(log_softmax(scores))


def relaxed_one_hot(temperature, logits, x):
    y = [log(value) for value in x]
    return relaxed(temperature, logits, y) - sum(y)


def plackett_luce(scores, order):
    ranked = [scores[int(item)] for item in order]
    return sum(log(score) - log(sum(ranked[place:])) for place, score in enumerate(ranked))


def log_determinant(rows):
    return log(mp.det(matrix(rows)))


def wishart(df, lower, x):
    d = len(lower)
    inverse_times = [forward_substitution(lower, [row[j] for row in x]) for j in range(d)]
    trace = sum(forward_substitution(lower, [column[i] for column in inverse_times])[i] for i in range(d))
    log_gamma = mpf(d * (d - 1)) / 4 * log(pi) + sum(lgamma((df - i) / 2) for i in range(d))
    at = (df - d - 1) / 2 * log_determinant(x) - trace / 2
    return at - df * d / 2 * log(2) - df * log_diagonal(lower) - log_gamma


def lkj(dimension, eta, x):
    d = int(dimension)
    constant = mpf(0)
    for k in range(1, d):
        b = eta + mpf(d - k - 1) / 2
        constant += (2 * eta - 2 + d - k) * (d - k) * log(2) + (d - k) * lbeta(b, b)
    return (eta - 1) * log_determinant(x) - constant


def lkj_cholesky(dimension, eta, lower):
    d = int(dimension)
    constant = sum(
        mpf(k) / 2 * log(pi) + lgamma(eta + mpf(d - 1 - k) / 2) - lgamma(eta + mpf(d - 1) / 2) for k in range(1, d)
    )
    return sum((d - i - 1 + 2 * (eta - 1)) * log(lower[i][i]) for i in range(1, d)) - constant


def von_mises_fisher(mean, concentration, x):
    with mp.workdps(260):
        order = mpf(len(x)) / 2 - 1
        constant = order * log(concentration) - (order + 1) * log(2 * pi) - log(mp.besseli(order, concentration))
        return concentration * dot(mean, x) + constant


# Densities by name and parameters, and how the value moves: see `tensor_case`. `~` marks a lower triangular matrix.
DENSITIES = {
    "MultivariateNormal loc scale_diag": (normal_diagonal, True),
    "MultivariateNormal loc scale_tril~": (normal_tril, True),
    "MultivariateStudentT df loc scale_tril~": (student_t, True),
    "Dirichlet concentration": (dirichlet, False),
    "DirichletMultinomial total_count! concentration": (dirichlet_multinomial, None),
    "Multinomial total_count! logits*": (multinomial_of_logits, None),
    "Categorical logits*": (lambda logits, x: log_softmax(logits)[int(x)], None),
    "OneHotCategorical logits*": (lambda logits, x: dot(log_softmax(logits), x), None),
    "RelaxedOneHotCategorical temperature logits*": (relaxed_one_hot, False),
    "ExpRelaxedOneHotCategorical temperature logits*": (relaxed, False),
    "PlackettLuce scores": (plackett_luce, None),
    "Wishart df scale_tril~": (wishart, False),
    "LKJ dimension! concentration": (lkj, False),
    "LKJCholesky dimension! concentration": (lkj_cholesky, False),
    "VonMisesFisher mean_direction! concentration": (von_mises_fisher, False),
}

SMALL = 2.0**-40
# The parameters, and values each in the support to the last digit. Left out are derivatives that doubles do not hold beside
# others: of a category that is certain, by its own logit or score, 1 − p; of the least of scores 1e300 apart.
CASES = {
    "MultivariateNormal loc scale_diag": [
        ([[0.0, 0.0], [1e150, 1e-150]], [[2e150, -3e-150]]),
        ([[1e200, 1e-200], [1e150, 1e-150]], [[1.5e200, 2e-200]]),
        ([[0.0, 0.0], [1e300, 1e300]], [[1e300, 1.5e300]]),
        ([[0.0, 0.0], [1e-300, 1e-300]], [[1e-300, 0.0]]),
    ],
    "MultivariateNormal loc scale_tril~": [
        ([[0.0, 0.0], [[1e150, 0.0], [5e149, 2e150]]], [[2e150, -3e150]]),
        ([[0.0, 0.0], [[1e-150, 0.0], [5e-151, 2e-150]]], [[2e-150, -3e-150]]),
        ([[0.0, 1.0], [[1.0, 0.0], [1e8, 1.0]]], [[1.0, 1e8]]),
    ],
    "MultivariateStudentT df loc scale_tril~": [
        ([1e-3, [0.0, 0.0], [[1.0, 0.0], [0.5, 2.0]]], [[1.0, -1.0], [1e150, 1e100], [1e-300, 0.0]]),
        ([1e9, [0.0, 0.0], [[1.0, 0.0], [0.5, 2.0]]], [[1.0, -1.0], [3e4, 1e3], [1e150, 1e140]]),
        ([1e-8, [0.5, 1.0], [[1.0, 0.0], [0.5, 2.0]]], [[3.0, -1.0]]),
        ([3.0, [0.0, 0.0], [[1e150, 0.0], [5e149, 2e150]]], [[2e150, -3e150], [1e200, 1.0]]),
        ([1e9, [0.0, 0.0], [[1e-150, 0.0], [5e-151, 2e-150]]], [[2e-150, -3e-150]]),
    ],
    "Dirichlet concentration": [
        ([[1e-8, 1e-8, 1e-8]], [[0.25, 0.5, 0.25]]),
        ([[1e8, 2e8, 1e8]], [[0.25, 0.5, 0.25], [0.25 + 2.0**-14, 0.5 - 2.0**-14, 0.25]]),
        ([[1e-8, 1e8, 1.0]], [[SMALL, 1 - 3 * SMALL, 2 * SMALL]]),
        ([[1e-300, 2.0, 1e-300]], [[0.125, 0.75, 0.125]]),
    ],
    "DirichletMultinomial total_count! concentration": [
        ([9.0, [1e-8, 1e-8, 1e-8]], [[9.0, 0.0, 0.0], [4.0, 5.0, 0.0], [2.0, 3.0, 4.0]]),
        ([9.0, [1e8, 2e8, 1e8]], [[2.0, 5.0, 2.0], [9.0, 0.0, 0.0]]),
        ([1e9, [1e8, 2e8, 1e8]], [[2.5e8, 5e8, 2.5e8], [2.5e8 + 3e4, 5e8 - 3e4, 2.5e8]]),
        ([1e9, [0.5, 1e-8, 3.0]], [[2e8, 0.0, 8e8]]),
        ([0.0, [0.5, 2.0]], [[0.0, 0.0]]),
    ],
    "Multinomial total_count! logits*": [
        ([9.0, [0.0, -700.0, 700.0]], [[1.0, 0.0, 8.0], [3.0, 3.0, 3.0]]),
        ([1e9, [0.0, 1.0, -20.0]], [[2.69e8, 7.31e8, 0.0], [5e8, 5e8, 0.0]]),
        ([0.0, [0.0, 30.0]], [[0.0, 0.0]]),
    ],
    "Categorical logits*": [
        ([[0.0, -700.0, 700.0]], [0.0, 1.0]),
        ([[1e8, 1e8, 0.0]], [0.0, 2.0]),
        ([[1e-300, 0.0, -40.0]], [0.0, 2.0]),
    ],
    "OneHotCategorical logits*": [
        ([[0.0, -700.0, 700.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
        ([[1e-300, 0.0, -40.0]], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    ],
    "RelaxedOneHotCategorical temperature logits*": [
        ([1e-3, [0.5, 0.0, -1.0]], [[0.25, 0.5, 0.25], [SMALL, 1 - 3 * SMALL, 2 * SMALL]]),
        ([1e3, [0.5, 0.0, -1.0]], [[0.3125, 0.375, 0.3125]]),
        ([0.5, [0.0, -700.0, 700.0]], [[0.25, 0.5, 0.25]]),
        ([1e-8, [0.5, 0.0, -1.0]], [[0.25, 0.5, 0.25]]),
    ],
    "ExpRelaxedOneHotCategorical temperature logits*": [
        ([1e-8, [0.5, 0.0, -1.0]], [[0.0, -1e8, -3e8]]),
        ([1e-3, [0.5, 0.0, -1.0]], [[-1e3, 0.0, -2e3]]),
        ([0.5, [0.0, -700.0, 700.0]], [[-1500.0, -2800.0, 0.0]]),
    ],
    "PlackettLuce scores": [
        ([[1e300, 1e-300, 1.0]], [[1.0, 2.0, 0.0]]),
        ([[1e300, 1e300, 5e299]], [[0.0, 2.0, 1.0]]),
        ([[1e-300, 3e-300, 1e-300]], [[1.0, 0.0, 2.0]]),
        ([[1e8, 1e-8, 1e-8]], [[2.0, 1.0, 0.0]]),
    ],
    "Wishart df scale_tril~": [
        ([3.5, [[1e150, 0.0], [5e149, 1e150]]], [[[3e300, 1e300], [1e300, 5e300]]]),
        ([3.5, [[1e-150, 0.0], [5e-151, 1e-150]]], [[[3e-300, 1e-300], [1e-300, 5e-300]]]),
        ([1e9, [[1.0, 0.0], [0.5, 1.0]]], [[[1e9, 5e8], [5e8, 1.25e9]], [[1.0001e9, 5e8], [5e8, 1.2499e9]]]),
        ([1 + 2.0**-27, [[1.0, 0.0], [0.5, 1.0]]], [[[0.5, 0.25], [0.25, 2.0]]]),
    ],
    "LKJ dimension! concentration": [
        ([3.0, 1e-8], [[[1.0, 0.5, 0.25], [0.5, 1.0, 0.125], [0.25, 0.125, 1.0]]]),
        ([3.0, 1e8], [[[1.0, 1e-4, 0.0], [1e-4, 1.0, -2e-4], [0.0, -2e-4, 1.0]]]),
        ([2.0, 1e-8], [[[1.0, 0.0], [0.0, 1.0]]]),
    ],
    "LKJCholesky dimension! concentration": [
        ([2.0, 1e-8], [[[1.0, 0.0], [0.6, 0.8]]]),
        ([2.0, 1e8], [[[1.0, 0.0], [2.0**-14, 1 - 2.0**-29]]]),
        ([3.0, 1e-8], [[[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.6, 0.8]]]),
    ],
    "VonMisesFisher mean_direction! concentration": [
        ([[1.0, 0.0, 0.0], 1e-8], [[0.6, 0.8, 0.0], [-1.0, 0.0, 0.0]]),
        ([[0.0, 0.0, 1.0], 1e8], [[0.0, 0.0, 1.0], [0.0, 0.6, 0.8]]),
        ([[1.0, 0.0], 1e-8], [[0.6, 0.8]]),
        ([[1.0, 0.0], 1e8], [[1.0, 0.0], [0.6, 0.8]]),
        ([[1.0, 0.0, 0.0, 0.0], 1e8], [[0.0, 1.0, 0.0, 0.0]]),
        ([[1.0, 0.0, 0.0, 0.0], 1e-300], [[0.0, 1.0, 0.0, 0.0]]),
    ],
}


def main():
    cases = []
    for key, (density, of_value) in DENSITIES.items():
        name, *parameters = key.split()
        cases += [tensor_case(name, parameters, density, of_value, *case) for case in CASES[key]]
    write(__file__, cases)


if __name__ == "__main__":
    main()
