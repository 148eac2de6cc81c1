"""Prints the median seconds a fit of scipy's curve_fit and of log-Huber L-BFGS with 20 starts.

Argument: a file with sizes, then the errors of one curve a line. L-BFGS is used as by Hoffmann et
al. (2022, arXiv:2203.15556, D.2): Huber loss with delta .001 on log residuals, the best of all starts.
"""

import json
import statistics
import sys
import time

import numpy
import scipy.optimize

DELTA = 1e-3
STARTS = [(a, b, e) for a in (-1.0, 0.0, 1.0, 2.0, 4.0) for b, e in ((0.2, -4.0), (0.5, -2.0), (1.0, -1.0), (0.5, -6.0))]


def curve_fit(sizes, errors):
    try:
        scipy.optimize.curve_fit(
            lambda m, a, b, c: a * m**-b + c, sizes, errors, p0=[errors[0], 0.5, errors[-1] / 2]
        )
    except RuntimeError:
        pass  # it did not converge; the time counts all the same


def log_huber(sizes, errors):
    x, y = numpy.log(sizes / sizes[-1]), numpy.log(errors)

    def loss(p):
        residual = numpy.logaddexp(p[0] - p[1] * x, p[2]) - y
        size = numpy.abs(residual)
        return numpy.where(size <= DELTA, 0.5 * residual**2, DELTA * (size - 0.5 * DELTA)).sum()

    found = [scipy.optimize.minimize(loss, start, method="L-BFGS-B") for start in STARTS]
    return min(found, key=lambda one: one.fun)


def median_seconds(fit, sizes, curves):
    seconds = []
    for errors in curves:
        start = time.process_time()
        fit(sizes, errors)
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


with open(sys.argv[1]) as file:
    sizes, *curves = [numpy.array(json.loads(line)) for line in file]
print(median_seconds(curve_fit, sizes, curves), median_seconds(log_huber, sizes, curves[:20]))
