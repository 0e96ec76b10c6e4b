"""What the scripts of this folder share: a case of a table of log densities and their gradients at extreme points.

Needs mpmath (made with 1.3.0). Every density is written from its definition, with gamma functions, and evaluated with 900
digits; derivatives are central differences with a step of 1e-60 of the argument, or, for an argument of 0, of the scale or
the smallest other one: right to 100 digits and more. Where the scale is 1e200 or 1e-200 each value has a case of its own:
programs take squares of scales out of sums.
"""

import json
import sys
from pathlib import Path

from mpmath import isfinite, mp, mpf

mp.dps = 900
STEP = mpf(10) ** -60


def moved(arguments, which, step):
    return [a + (step if place == which else 0) for place, a in enumerate(arguments)]


def length_of_zero(arguments, names=()):
    """The unit of an argument of 0: the scale, or else the smallest other argument."""
    others = [abs(argument) for argument in arguments if argument]
    return abs(arguments[names.index("scale")]) if "scale" in names else min(others, default=1)


def derivative(function, arguments, which, length=1):
    """By central differences; `length` is the unit of an argument of 0."""
    step = STEP * (abs(arguments[which]) or length)
    return (function(*moved(arguments, which, step)) - function(*moved(arguments, which, -step))) / (2 * step)


def unit(argument, mark):
    """What a relative error of 1 is: the argument, or 1 for a small number in which such an error is absolute."""
    return max(abs(argument), 1) if mark else abs(argument)


def number(x, condition=0):
    """The nearest double; 0 for what is but the error of a difference."""
    if abs(x) < mpf(10) ** -90 * condition:
        return 0.0
    assert isfinite(x), x
    # A derivative may be larger than the largest double.
    return float(x) if abs(x) <= sys.float_info.max else ("inf" if x > 0 else "-inf")


def case(name, parameters, density, is_count, values, points):
    names = [parameter.rstrip("*!") for parameter in parameters] + ["value"]
    marks = ["*" in parameter for parameter in parameters] + [False]
    free = [place for place, parameter in enumerate(parameters) if "!" not in parameter]
    if not is_count:
        free.append(len(parameters))
    result = {"dist": name, "params": dict(zip(names, values)), "x": points, "log_prob": [], "condition": [],
              "gradient": {names[place]: [] for place in free}, "gradient_condition": {names[place]: [] for place in free}}
    for point in points:
        arguments = [mpf(argument) for argument in [*values, point]]
        units = [unit(argument, mark) for argument, mark in zip(arguments, marks)]
        length = length_of_zero(arguments, names)
        result["log_prob"].append(number(density(*arguments)))
        result["condition"].append(number(sum(units[i] * abs(derivative(density, arguments, i, length)) for i in free)))
        for i in free:
            gradient = lambda *arguments: derivative(density, list(arguments), i, length)
            total = sum(units[j] * abs(derivative(gradient, arguments, j, length)) for j in free)
            result["gradient"][names[i]].append(number(gradient(*arguments), total))
            result["gradient_condition"][names[i]].append(number(total))
    return result


def tabulate(densities, cases):
    """The cases of each density: name, names of the parameters, the function, and whether the value is a count.

    `cases` has the parameters and values by `"Name parameter parameter"`. Parameters that are logarithms or locations are
    followed by a star, those that are not differentiated by an exclamation mark.
    """
    return [
        case(name, parameters, density, is_count, [float(v) for v in values], [float(x) for x in points])
        for name, parameters, density, is_count in densities
        for values, points in cases[" ".join([name, *parameters])]
    ]


def flat(value):
    """The numbers of nested lists."""
    return [number for part in value for number in flat(part)] if isinstance(value, list) else [value]


def shaped(numbers, like):
    """An iterator's numbers as nested lists like others."""
    return [shaped(numbers, part) for part in like] if isinstance(like, list) else next(numbers)


def tensor_case(name, parameters, density, of_value, values, points):
    """The case of a density of tensors, which are nested lists; marks are those of `tabulate`.

    `of_value` says whether the density is differentiated by the value: `True`; not, as its entries do not move on their own:
    `False`; or not, as they are counts: `None`. The condition counts errors of all numbers but zeros, counts and parameters
    that are not differentiated.
    """
    names = [parameter.rstrip("*!~") for parameter in parameters]
    result = {"dist": name, "params": dict(zip(names, values)), "x": points, "log_prob": [], "condition": []}
    gradients = [n for n, parameter in zip(names, parameters) if "!" not in parameter]
    gradients += ["value"] if of_value else []
    result |= {"gradient": {n: [] for n in gradients}, "gradient_condition": {n: [] for n in gradients}}
    for point in points:
        tensors = [*values, point]
        arguments = [mpf(argument) for argument in flat(tensors)]
        function = lambda *arguments: density(*shaped(iter(arguments), tensors))
        marked = [mark for parameter, value in zip([*parameters, "!" if of_value is None else ""], tensors) for mark in flat_like(parameter, value)]
        units = [0 if "!" in mark else unit(argument, "*" in mark) for mark, argument in zip(marked, arguments)]
        moving = [i for i, one in enumerate(units) if one]
        length = length_of_zero(arguments)
        slopes = {i: derivative(function, arguments, i, length) for i in range(len(arguments)) if "!" not in marked[i]}
        result["log_prob"].append(number(function(*arguments)))
        result["condition"].append(number(sum(units[i] * abs(slopes[i]) for i in moving)))
        start = 0
        for n, value in zip([*names, "value"], tensors):
            size = len(flat(value))
            if n in gradients:
                slots = range(start, start + size)
                gradient = {}
                for i in slots:
                    slope = lambda *arguments: derivative(function, list(arguments), i, length)
                    total = sum(units[j] * abs(derivative(slope, arguments, j, length)) for j in moving)
                    # Above the diagonal of a triangular matrix there are no parameters.
                    is_fixed = "~" in marked[i] and not arguments[i]
                    gradient[i] = (0.0, 0.0) if is_fixed else (number(slopes[i], total), number(total))
                for field, which in [("gradient", 0), ("gradient_condition", 1)]:
                    result[field][n].append(shaped((gradient[i][which] for i in slots), value))
            start += size
    return result


def flat_like(mark, value):
    return [mark for _ in flat(value)]


def write(script, cases):
    """Writes the cases beside the script that made them."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    Path(script).with_suffix(".json").write_text('{"format":1,"cases":[\n' + lines + "\n]}\n")
