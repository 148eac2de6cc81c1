"""Writes scipy-fits.csv: curves with noise, and the law with a floor fitted to log errors by scipy.

    python3 scipy_fits.py > scipy-fits.csv
"""

import numpy as np
import scipy
from scipy.optimize import least_squares

print(f"# numpy {np.__version__}, scipy {scipy.__version__}, least_squares on log residuals, 60 starts")
print("curve,size,error,alpha,beta_g,gamma,sum_of_squares")
generator = np.random.default_rng(20)
laws = [(8.0, -0.5, 0.1), (2.0, -0.25, 0.02), (30.0, -0.8, 0.3), (1.5, -0.12, 0.0), (5.0, -0.35, 0.05)]
for number, (alpha, beta_g, gamma) in enumerate(laws):
    sizes = 64.0 * 2.0 ** np.arange(6 + number)
    errors = (alpha * sizes**beta_g + gamma) * np.exp(0.02 * generator.standard_normal(len(sizes)))

    def residuals(p):
        return np.log(np.exp(p[0]) * (sizes / sizes[-1]) ** -p[1] + p[2]) - np.log(errors)

    best = None
    for exponent in np.geomspace(0.006, 2.5, 12):
        for share in (0.0, 0.2, 0.5, 0.8, 0.95):
            start = [np.log(errors[-1] * (1.0001 - share)), exponent, share * errors[-1]]
            found = least_squares(
                residuals,
                start,
                bounds=([-50, 0.005, 0.0], [50, 3.0, np.inf]),
                xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale=[1, 0.1, 0.01],
            )
            if best is None or found.cost < best.cost:
                best = found
    log_scale, exponent, floor = best.x
    fitted_alpha = np.exp(log_scale + exponent * np.log(sizes[-1]))
    for size, error in zip(sizes, errors):
        print(f"{number},{size},{error!r},{fitted_alpha!r},{-exponent!r},{floor!r},{2 * best.cost!r}".replace("np.float64(", "").replace(")", ""))
