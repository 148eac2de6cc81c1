"""Trains `lstm-lm` and the same model in PyTorch on the same text, and compares the losses.

    python3 bench/src/same_losses.py TENFOLD FOLDER [SEEDS]

One study of one size: the built-in learner, and the command of examples/pytorch-char-lm. Both see the
same documents, characters, steps, rates and seeds; a seed draws other documents for both, and other
initial weights for each. The text is this project's own documents. FOLDER is made; given once more, the
study in it goes on where it was. SEEDS is 3 to 10, or 5.
"""

import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
STEPS = 500
# Two-sided 95 % quantiles of Student's t, by degrees of freedom.
QUANTILES = {2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}

STUDY = f"""
[data]
path = "corpus.txt"
validation = 80
test = 20
[shards]
unit = "characters"
sizes = [131072]
seeds = SEEDS
[metric]
name = "nats_per_character"
kind = "loss"
[[model]]
learner = "lstm-lm"
[model.train]
steps = {STEPS}
patience = 0
[[model]]
name = "pytorch"
command = ["python3", "as_ours.py", "--text", "corpus.txt", "--shard", "{{indices}}", "--size", "{{size}}", "--validation", "{{validation}}", "--test", "{{test}}", "--seed", "{{seed}}", "--hidden", "128", "--steps", "{STEPS}", "--patience", "0", "--out", "{{out}}"]
environment = {{ OMP_NUM_THREADS = "1" }}
[run]
workers = 1
"""


def prepare(folder, seeds):
    """Writes the study to `folder`, unless it is there."""
    if (folder / "study.toml").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    texts = [file.read_text() for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])]
    corpus = "".join(c for c in "\n\n".join(texts) if c in "\t\n" or " " <= c <= "~")
    (folder / "corpus.txt").write_text(corpus)
    shutil.copy(ROOT / "examples/pytorch-char-lm/train.py", folder)
    shutil.copy(BENCH / "src/as_ours.py", folder)
    (folder / "study.toml").write_text(STUDY.replace("SEEDS", str(seeds)))


def main():
    program, folder = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    prepare(folder, int(sys.argv[3]) if len(sys.argv) > 3 else 5)
    python = subprocess.run([BENCH / "make-venv"], check=True, capture_output=True, text=True).stdout
    environment = dict(os.environ)
    environment["PATH"] = f"{pathlib.Path(python.strip()).parent}:{environment['PATH']}"
    command = [program, "run", "-q", folder]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    losses = {}
    for file in folder.glob(".tenfold/trials/**/result.json"):
        result = json.loads(file.read_text())
        losses.setdefault(result["model"], {})[result["repeat"]] = result["validation_error"]
    ours, theirs = losses["lstm-lm"], losses["pytorch"]
    print(f"Nats a character on the validation set after {STEPS} steps\n")
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
