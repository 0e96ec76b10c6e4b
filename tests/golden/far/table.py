"""What the scripts of this folder share: a case of a table of log densities and their gradients at extreme points.

Needs mpmath (made with 1.3.0). Every density is written from its definition, with gamma functions, and evaluated with 700
digits; derivatives are central differences with a step of 1e-60 of the argument, right to 100 digits and more. Where the
scale is 1e200 or 1e-200 each value has a case of its own: programs take squares of scales out of sums.
"""

import json
import sys
from pathlib import Path

from mpmath import isfinite, mp, mpf

mp.dps = 700
STEP = mpf(10) ** -60


def moved(arguments, which, step):
    return [a + (step if place == which else 0) for place, a in enumerate(arguments)]


def step_of(argument):
    return STEP * (abs(argument) if argument else 1)


def derivative(function, arguments, which):
    step = step_of(arguments[which])
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
        result["log_prob"].append(number(density(*arguments)))
        result["condition"].append(number(sum(units[i] * abs(derivative(density, arguments, i)) for i in free)))
        for i in free:
            gradient = lambda *arguments: derivative(density, list(arguments), i)
            total = sum(units[j] * abs(derivative(gradient, arguments, j)) for j in free)
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


def write(script, cases):
    """Writes the cases beside the script that made them."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    Path(script).with_suffix(".json").write_text('{"format":1,"cases":[\n' + lines + "\n]}\n")
