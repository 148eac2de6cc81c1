"""Write the golden values of resampling: scipy's `resample_poly` as the oracle.

Run from the project's root; the fixture is committed and the tests never need Python:

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1
    venv/bin/python scripts/golden-resample.py > crates/tenfold-data/src/sound/resample.json
"""

import json
import math

from scipy.signal import resample_poly

FRAMES = 60
RATES = [(44_100, 16_000), (8_000, 16_000), (16_000, 8_000), (22_050, 16_000), (48_000, 8_000)]


def signal(at: int) -> float:
    """A tone, a slower one, and a click, rounded so that float32 has them exactly."""
    value = 0.5 * math.sin(0.3 * at) + 0.25 * math.sin(0.07 * at + 1) + (0.2 if at == 17 else 0)
    return round(value * 4096) / 4096


samples = [signal(at) for at in range(FRAMES)]
cases = []
for rate, wanted in RATES:
    divisor = math.gcd(rate, wanted)
    found = resample_poly(samples, wanted // divisor, rate // divisor)
    cases.append({"from": rate, "to": wanted, "samples": [round(float(one), 9) for one in found]})
print(json.dumps({"samples": samples, "cases": cases}))
