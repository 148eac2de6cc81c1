"""Writes huber-fits.csv: the five-parameter law fitted by scipy with a Huber loss on log residuals.

    python3 huber_fits.py isoflops.csv > huber-fits.csv

The runs are those of datablations-subset.csv, and of isoflops.csv (open-athena/isoflop-experiments), which
is not part of this project. The law is `joint-power-law`, and in the row called so `repeated-data`.
"""

import csv
import sys

import numpy as np
import scipy
from scipy.optimize import minimize

STARTS = 40
DELTA = 1e-3
# In relative units: ln E, ln A, a, ln B, b.
BOUNDS = [(-30, 5), (-30, 10), (0.01, 3), (-30, 10), (0.01, 3)]
L_BFGS_B = {"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10, "maxcor": 20}
NELDER_MEAD = {"maxiter": 4000, "xatol": 1e-10, "fatol": 1e-12}


def objective(p, log_n, log_d, log_loss):
    """Sum of Huber losses of log residuals, and its gradient."""
    terms = np.array([np.full_like(log_n, p[0]), p[1] - p[2] * log_n, p[3] - p[4] * log_d])
    top = terms.max(axis=0)
    shares = np.exp(terms - top)
    total = shares.sum(axis=0)
    residual = top + np.log(total) - log_loss
    shares /= total
    size = np.abs(residual)
    loss = np.where(size <= DELTA, 0.5 * residual**2, DELTA * (size - 0.5 * DELTA)).sum()
    slope = np.clip(residual, -DELTA, DELTA)
    gradient = [slope @ shares[0], slope @ shares[1], -(slope * log_n) @ shares[1],
                slope @ shares[2], -(slope * log_d) @ shares[2]]
    return loss, np.array(gradient)


def fit(n, d, loss):
    data = (np.log(n / n.max()), np.log(d / d.max()), np.log(loss / loss.max()))
    generator = np.random.default_rng(0)

    def scaled(p):
        # The loss is of order 1e-3, and L-BFGS-B stops by absolute differences.
        value, gradient = objective(p, *data)
        return value * 1e4, gradient * 1e4

    best = None
    for _ in range(STARTS):
        start = generator.uniform([-2, -4, 0.1, -4, 0.1], [0, 0, 1.0, 0, 1.0])
        found = minimize(scaled, start, jac=True, method="L-BFGS-B", bounds=BOUNDS, options=L_BFGS_B)
        # The second derivative of a Huber loss has jumps, where L-BFGS-B may stop early.
        for _ in range(3):
            moved = minimize(lambda p: scaled(p)[0], found.x, method="Nelder-Mead", options=NELDER_MEAD).x
            moved = np.clip(moved, *np.array(BOUNDS).T)
            found = minimize(scaled, moved, jac=True, method="L-BFGS-B", bounds=BOUNDS, options=L_BFGS_B)
        if best is None or found.fun < best.fun:
            best = found
    p, top = best.x, loss.max()
    parameters = (top * np.exp(p[0]), top * np.exp(p[1] + p[2] * np.log(n.max())), p[2],
                  top * np.exp(p[3] + p[4] * np.log(d.max())), p[4])
    return [float(value) for value in parameters], float(objective(p, *data)[0])


def fit_repeated(n, d, epochs, loss):
    """The law with repeated data, whose own parameter is the last."""
    log_n, log_loss, relative = np.log(n / n.max()), np.log(loss / loss.max()), d / d.max()
    unique = relative / np.maximum(epochs, 1.0)
    low, high = np.array([*BOUNDS, (np.log(0.05), np.log(1e4))]).T
    generator = np.random.default_rng(0)

    def scaled(p):
        worth = np.exp(np.clip(p[5], low[5], high[5]))
        fresh = unique + unique * worth * -np.expm1(-(relative / unique - 1) / worth)
        return 1e4 * objective(np.clip(p[:5], low[:5], high[:5]), log_n, np.log(fresh), log_loss)[0]

    best = None
    for _ in range(STARTS):
        p = generator.uniform([-2, -4, 0.1, -4, 0.1, 0], [0, 0, 1.0, 0, 1.0, 5])
        for _ in range(6):
            found = minimize(scaled, p, method="Nelder-Mead", options={**NELDER_MEAD, "adaptive": True})
            p = found.x
        if best is None or found.fun < best.fun:
            best = found
    p, top = np.clip(best.x, low, high), loss.max()
    parameters = (top * np.exp(p[0]), top * np.exp(p[1] + p[2] * np.log(n.max())), p[2],
                  top * np.exp(p[3] + p[4] * np.log(d.max())), p[4], np.exp(p[5]))
    return [float(value) for value in parameters], float(best.fun / 1e4)


def report(runs, rows, columns):
    n, d, loss = np.array([[float(row[name]) for name in columns] for row in rows]).T
    parameters, value = fit(n, d, loss)
    print(",".join([*runs, str(len(rows)), *map(repr, parameters), repr(value)]), flush=True)


print(f"# numpy {np.__version__}, scipy {scipy.__version__}, L-BFGS-B and Nelder-Mead in turns on the sum of "
      f"Huber losses (delta {DELTA}) of log residuals, {STARTS} starts: python3 huber_fits.py isoflops.csv")
print("runs,selection,count,irreducible_error,parameter_scale,parameter_exponent,data_scale,data_exponent,[repeats_worth,]huber_sum")
with open("datablations-subset.csv") as file:
    rows = list(csv.DictReader(file))
for epochs in (1, 60):
    kept = [row for row in rows if float(row["epochs"]) <= 1.000001 * epochs]
    report(["datablations-subset", str(epochs)], kept, ("parameters", "size", "error"))
columns = np.array([[float(row[name]) for name in ("parameters", "size", "epochs", "error")] for row in rows]).T
parameters, value = fit_repeated(*columns)
print(",".join(["repeated-data", "60", str(len(rows)), *map(repr, parameters), repr(value)]), flush=True)
if len(sys.argv) > 1:
    with open(sys.argv[1]) as file:
        rows = list(csv.DictReader(file))
    for experiment in sorted({row["experiment"] for row in rows}):
        of_experiment = [row for row in rows if row["experiment"] == experiment]
        inliers = [row for row in of_experiment if row["outlier"] == "False"]
        report([experiment, "inliers"], inliers, ("params", "tokens", "loss"))
        report([experiment, "all"], of_experiment, ("params", "tokens", "loss"))
