"""`seq2seq` and its peer, on the verses inside the program."""

import gzip
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[2] / "crates/tenfold-data/data/kjv-reina-valera.gz"
LEARNER, UNIT, STEPS = "seq2seq", "Nats a word", 1_000

STUDY = f"""
[data]
path = "verses.en"
format = "parallel"
translation = ".es"
groups = ".chapter"
split = "group:group"
tokens = "words"
vocabulary = 2000
validation = 400
test = 20
[shards]
sizes = [4096]
seeds = SEEDS
[metric]
name = "nats_per_token"
kind = "loss"
[[model]]
learner = "{LEARNER}"
width = 64
[model.train]
batch = 16
steps = {STEPS}
patience = 0
evaluations = 1
[[model]]
name = "pytorch"
command = ["python3", "{HERE / 'train_translation.py'}", "--shard", "{{indices}}", "--validation", "{{validation}}", "--test", "{{test}}", "--seed", "{{seed}}", "--width", "64", "--batch", "16", "--steps", "{STEPS}", "--out", "{{out}}"]
environment = {{ OMP_NUM_THREADS = "1" }}
[run]
workers = 1
"""


def prepare(folder):
    """Unpacks blocks of verses, one a chapter behind its name, as a file a language."""
    lines = {"en": [], "es": [], "chapter": []}
    for block in gzip.decompress(DATA.read_bytes()).decode().split("\n\n"):
        chapter, *verses = block.split("\n")
        for verse in verses:
            for language, text in zip(["en", "es", "chapter"], [*verse.split("\t"), chapter]):
                lines[language].append(text)
    for language, texts in lines.items():
        (folder / f"verses.{language}").write_text("".join(f"{text}\n" for text in texts))
