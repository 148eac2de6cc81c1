"""`lstm-lm` and the model of examples/pytorch-char-lm, on this project's own documents."""

import pathlib
import shutil

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
LEARNER, UNIT, STEPS = "lstm-lm", "Nats a character", 500

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
learner = "{LEARNER}"
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


def prepare(folder):
    texts = [file.read_text() for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])]
    corpus = "".join(c for c in "\n\n".join(texts) if c in "\t\n" or " " <= c <= "~")
    (folder / "corpus.txt").write_text(corpus)
    shutil.copy(ROOT / "examples/pytorch-char-lm/train.py", folder)
    shutil.copy(HERE / "as_ours.py", folder)
