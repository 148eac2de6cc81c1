"""Writes joint-fits.csv: joint laws fitted by scipy to the runs of datablations-subset.csv.

    python3 joint_fits.py > joint-fits.csv
"""

import csv

import numpy as np
import scipy
from scipy.optimize import least_squares

STARTS = 40
print(f"# numpy {np.__version__}, scipy {scipy.__version__}, least_squares on log residuals, {STARTS} starts")
print("law,most_epochs,runs,irreducible_error,parameter_scale,parameter_exponent,data_scale,data_exponent,own,sum_of_squares")
with open("datablations-subset.csv") as file:
    runs = np.array([[float(row[name]) for name in ("parameters", "size", "epochs", "error")] for row in csv.DictReader(file)])


def fit(law, runs):
    models, sizes, epochs, errors = runs.T
    n, d = models / models.max(), sizes / sizes.max()
    u = d / np.maximum(epochs, 1.0)
    low, high = [0, 0, 0.01, 0, 0.01], [np.inf, np.inf, 3, np.inf, 3]
    if law == "repeated-data":
        low, high = low + [0.05], high + [1e4]
    if law == "joint-envelope":
        low, high = low + [0.5 * errors.max()], high + [100 * errors.max()]

    def predict(p):
        worth = u + u * p[5] * (1 - np.exp(-(d / u - 1) / p[5])) if law == "repeated-data" else d
        total = p[0] + p[1] * n ** -p[2] + p[3] * worth ** -p[4]
        return total / np.hypot(1, total / p[5]) if law == "joint-envelope" else total

    generator = np.random.default_rng(0)
    best = None
    for _ in range(STARTS):
        start = [generator.uniform(0, errors.min()), *generator.uniform([0.05, 0.1, 0.05, 0.1], 1.0)]
        if law == "repeated-data":
            start.append(np.exp(generator.uniform(0, 5)))
        if law == "joint-envelope":
            start.append(errors.max() * np.exp(generator.uniform(0.1, 3)))
        found = least_squares(
            lambda p: np.log(np.maximum(predict(p), 1e-9)) - np.log(errors),
            start, bounds=(low, high), xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=3000,
        )
        if best is None or found.cost < best.cost:
            best = found
    p = list(best.x) + [0.0] * (6 - len(best.x))
    p[1] *= models.max() ** p[2]
    p[3] *= sizes.max() ** p[4]
    return [float(value) for value in p], float(2 * best.cost)


for law, most in [("joint-power-law", 1), ("joint-envelope", 1), ("joint-power-law", 60), ("repeated-data", 4), ("repeated-data", 60)]:
    kept = runs[runs[:, 2] <= 1.000001 * most]
    parameters, squares = fit(law, kept)
    print(",".join([law, str(most), str(len(kept)), *map(repr, parameters), repr(squares)]))
