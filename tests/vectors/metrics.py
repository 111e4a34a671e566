#!/usr/bin/env python3
"""Writes metrics.json: what scipy, statsmodels and exact fractions make of the same inputs.

Run it where they are installed (Debian: python3-scipy, python3-statsmodels); the tests read the file only:
    python3 tests/vectors/metrics.py > tests/vectors/metrics.json
"""
import json
import math
import random
from fractions import Fraction

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

rng = random.Random(20261121)


def six(value):
    text = "%.6f" % value
    return "0.000000" if text == "-0.000000" else text


def exact(value):
    """A fraction with six digits, half up."""
    millionths = math.floor(value * 10**6 + Fraction(1, 2))
    return "%d.%06d" % divmod(millionths, 10**6)


def wilson(successes, trials):
    low, high = proportion_confint(successes, trials, alpha=0.05, method="wilson")
    return {"successes": successes, "trials": trials, "low": six(max(0.0, low)), "high": six(min(1.0, high))}


def trend(values):
    n = len(values)
    s = sum(int(np.sign(values[j] - values[i])) for i in range(n) for j in range(i + 1, n))
    counts = np.unique(values, return_counts=True)[1]
    variance = Fraction(n * (n - 1) * (2 * n + 5) - sum(int(t) * (int(t) - 1) * (2 * int(t) + 5) for t in counts), 18)
    z = 0.0 if s == 0 or variance == 0 else (s - np.sign(s)) / math.sqrt(variance)
    slopes = np.sort([(values[j] - values[i]) / (j - i) for i in range(n) for j in range(i + 1, n)])
    reach = stats.norm.ppf(0.975) * math.sqrt(variance)
    ranks = [(len(slopes) - reach) / 2, (len(slopes) + reach) / 2 + 1]
    at = np.arange(1, len(slopes) + 1)
    low, high = (six(np.interp(rank, at, slopes)) if 1 <= rank <= len(slopes) else None for rank in ranks)
    return {
        "values": values,
        "s": s,
        "variance": six(float(variance)),
        "z": six(z),
        "p": six(2 * stats.norm.sf(abs(z))),
        "slope": six(stats.theilslopes(values).slope),
        "low": low,
        "high": high,
    }


def half_life(revenue):
    logs = [math.log(max(1, amount)) for amount in revenue]
    found = trend(logs)
    slope = stats.theilslopes(logs).slope
    decays = found["high"] is not None and float(found["high"]) < 0
    return {"revenue": [str(amount) for amount in revenue], "slope": six(slope), "periods": six(math.log(2) / -slope) if decays else None}


def concentration(amounts):
    index = Fraction(sum(a * a for a in amounts), sum(amounts) ** 2)
    return {"amounts": [str(a) for a in amounts], "index": exact(index), "effective": exact(1 / index)}


def walk(n, drift, ties):
    value, values = 100.0, []
    for _ in range(n):
        value += drift + rng.gauss(0, 3)
        values.append(round(value) if ties else round(value, 4))
    return values


def main():
    probabilities = [[rng.random() ** 3 for _ in range(n)] for n in (1, 2, 5, 12, 40)] + [[0.01, 0.04, 0.03, 0.005], [0.5, 0.5, 0.5], [0.0, 1.0]]
    print(json.dumps({
        "wilson": [wilson(s, n) for s, n in ((87, 100), (8, 10), (0, 20), (20, 20), (0, 1), (1, 1), (1, 2), (29, 30), (999, 1000), (123456, 1000000), (4, 10**9))]
        + [wilson(rng.randint(0, n), n) for n in (rng.randint(1, 5000) for _ in range(20))],
        "trend": [trend(values) for values in (
            [912, 905, 921, 884, 871, 866, 873, 840, 829, 818], [1, 1, 1, 1], [1, 2], [1, 2, 3, 4, 5, 6, 7, 8], [5, 5, 4, 4, 4, 3, 3, 3, 3, 1],
            walk(12, -1, False), walk(30, 0, True), walk(60, 0.2, True), walk(104, -0.1, False))],
        "halfLife": [half_life(revenue) for revenue in (
            [1000, 820, 700, 560, 470, 390], [10**18 * k for k in (9, 8, 9, 7, 6, 6, 5, 4, 4, 3)], [100, 100, 100, 100, 100, 100],
            [500, 0, 480, 510, 0, 490, 500, 505], [2**100, 2**99, 2**98, 2**97, 2**96, 2**95, 2**94, 0])],
        "concentration": [concentration(amounts) for amounts in (
            [600, 250, 100, 50], [1], [1, 1, 1], [2**127, 2**126, 1], [rng.randint(1, 10**24) for _ in range(50)])],
        "benjaminiHochberg": [
            {"p": row, "adjusted": [six(value) for value in multipletests(row, method="fdr_bh")[1]]} for row in probabilities],
        "tail": [{"z": z, "p": repr(float(2 * stats.norm.sf(z)))} for z in (0.0, 0.001, 0.5, 1.0, 1.959963984540054, 2.9, 2.999999, 3.0, 3.3, 5.0, 8.0, 20.0, 37.0)],
        "log": [{"x": x, "ln": repr(math.log(x))} for x in (1.0, 2.0, 0.5, 10.0, 1e-9, 3.0, 123456789.0, 1e300, 1.4142135623730951, 0.7071067811865476, 1.0000000001)],
        "exp": [{"x": x, "e": repr(math.exp(x))} for x in (0.0, 1.0, -1.0, 0.3, -20.5, 100.0, -684.5, 700.0)],
    }, indent=1))


main()
