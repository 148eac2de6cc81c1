"""Write the golden values of log-mel features: PyTorch and torchaudio as the oracle.

Run from the project's root; the fixture is committed and the tests never need either:

    python3 -m venv venv && venv/bin/pip install torch torchaudio numpy
    venv/bin/python scripts/golden-sound.py crates/tenfold-data/tests/it/golden/sound.json

Samples have 6 digits, features 9.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torchaudio
from torchaudio.functional import melscale_fbanks

torch.manual_seed(31)
torch.set_default_dtype(torch.float64)


def rounded(tensor, digits):
    return [float(f"{float(x):.{digits}g}") for x in tensor.reshape(-1)]


def case(rate, samples, bands):
    """Noise, a tone that rises, and a little silence."""
    time = torch.arange(samples) / rate
    tone = 0.3 * torch.sin(2 * torch.pi * (300 + 4000 * time) * time)
    sound = torch.tensor(rounded(0.05 * torch.randn(samples) + tone, 6))
    sound[-samples // 5:] = 0.0
    frame, hop = round(rate * 0.025), round(rate * 0.010)
    size = 1 << (frame - 1).bit_length()
    frames = sound.unfold(0, frame, hop) * torch.hann_window(frame)
    power = torch.fft.rfft(frames, n=size).abs() ** 2
    banks = melscale_fbanks(size // 2 + 1, 0.0, rate / 2, bands, rate, norm=None, mel_scale="htk")
    features = torch.log(power @ banks.double() + 1e-6)
    return {"rate": rate, "bands": bands, "samples": rounded(sound, 6),
            "features": rounded(features, 9)}


def main():
    versions = {"script": "scripts/golden-sound.py", "torch": torch.__version__,
                "torchaudio": torchaudio.__version__, "numpy": np.__version__,
                "python": sys.version.split()[0]}
    cases = [case(8_000, 900, 20), case(16_000, 1_300, 40)]
    text = json.dumps({"made_with": versions, "cases": cases}, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n")


main()
