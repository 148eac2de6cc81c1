"""Prints fits a second of scipy's curve_fit on curves from a file: sizes, then one curve a line."""

import json
import sys
import time

import numpy
import scipy.optimize

with open(sys.argv[1]) as file:
    sizes, *curves = [numpy.array(json.loads(line)) for line in file]
start = time.perf_counter()
for errors in curves:
    try:
        scipy.optimize.curve_fit(
            lambda m, a, b, c: a * m**-b + c, sizes, errors, p0=[errors[0], 0.5, errors[-1] / 2]
        )
    except RuntimeError:
        pass  # it did not converge; the time counts all the same
print(len(curves) / (time.perf_counter() - start))
