"""Trains a built-in learner and the same model in PyTorch on the same data, and compares the losses.

    python3 bench/src/same_losses DOMAIN TENFOLD FOLDER [SEEDS]

DOMAIN is `characters`, `translation` or `speech`. One study of one size: the built-in learner, and a
command that trains its peer. Both see the same examples, updates, rates and seeds; a seed draws other
examples for both, and other initial weights for each. FOLDER is made; given once more, the study in it
goes on where it was. SEEDS is 3 to 10, or 5.
"""

import importlib
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parents[2]
# Two-sided 95 % quantiles of Student's t, by degrees of freedom.
QUANTILES = {2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}


def main():
    domain = importlib.import_module(sys.argv[1])
    program, folder = str(pathlib.Path(sys.argv[2]).resolve()), pathlib.Path(sys.argv[3])
    seeds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    if not (folder / "study.toml").exists():
        folder.mkdir(parents=True, exist_ok=True)
        domain.prepare(folder)
        (folder / "study.toml").write_text(domain.STUDY.replace("SEEDS", str(seeds)))
    python = subprocess.run([BENCH / "make-venv"], check=True, capture_output=True, text=True).stdout
    environment = dict(os.environ)
    environment["PATH"] = f"{pathlib.Path(python.strip()).parent}:{environment['PATH']}"
    command = [program, "run", "-q", folder]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    losses = {}
    for file in folder.glob(".tenfold/trials/**/result.json"):
        result = json.loads(file.read_text())
        losses.setdefault(result["model"], {})[result["repeat"]] = result["validation_error"]
    ours, theirs = losses[domain.LEARNER], losses["pytorch"]
    print(f"{domain.UNIT} on the validation set after {domain.STEPS} steps\n")
    print("| seed | PyTorch | Tenfold | difference |\n|---|---|---|---|")
    for seed in sorted(ours):
        print(f"| {seed} | {theirs[seed]:.4f} | {ours[seed]:.4f} | {ours[seed] - theirs[seed]:+.4f} |")
    differences = [ours[seed] - theirs[seed] for seed in ours]
    mean = statistics.mean(differences)
    noise = QUANTILES[len(ours) - 1] * statistics.stdev(differences) / math.sqrt(len(ours))
    print(f"| mean | {statistics.mean(theirs.values()):.4f} | {statistics.mean(ours.values()):.4f} | {mean:+.4f} |\n")
    word = "within" if abs(mean) <= noise else "beyond"
    print(f"The difference is {word} the noise of {len(ours)} seeds (± {noise:.4f}, 95 %).")
    sys.exit(abs(mean) > noise)


main()
