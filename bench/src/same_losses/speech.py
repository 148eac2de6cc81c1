"""`deep-speech` and its peer, on the spoken digits inside the program."""

import csv
import gzip
import pathlib
import wave

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[2] / "crates/tenfold-data/data/spoken-digits/spoken-digits.gz"
LEARNER, UNIT, STEPS = "deep-speech", "Nats a character", 4_500
WORDS = "zero one two three four five six seven eight nine".split()

STUDY = f"""
[data]
path = "digits/digits.csv"
format = "speech"
audio = "file"
transcript = "text"
split = "random"
validation = 120
test = 20
[shards]
sizes = [512]
seeds = SEEDS
[metric]
name = "nats_per_character"
kind = "loss"
[[model]]
learner = "{LEARNER}"
width = 64
[model.train]
batch = 8
steps = {STEPS}
patience = 0
evaluations = 1
[[model]]
name = "pytorch"
command = ["python3", "{HERE / 'train_speech.py'}", "--shard", "{{indices}}", "--validation", "{{validation}}", "--test", "{{test}}", "--seed", "{{seed}}", "--width", "64", "--batch", "8", "--steps", "{STEPS}", "--out", "{{out}}"]
environment = {{ OMP_NUM_THREADS = "1" }}
[run]
workers = 1
"""


def prepare(folder):
    """Unpacks the recordings, which are differences of samples behind a list of them."""
    (folder / "digits").mkdir()
    head, _, packed = gzip.decompress(DATA.read_bytes()).partition(b"\n")
    samples, last = bytearray(), 0
    for difference in packed:
        last = (last + difference) % 256
        samples.append(last)
    at, rows = 0, []
    for number, entry in enumerate(head.decode().split(",")):
        _, digit, length = entry.split(" ")
        name = f"{number}.wav"
        with wave.open(str(folder / "digits" / name), "wb") as file:
            file.setparams((1, 1, 8_000, 0, "NONE", "not compressed"))
            file.writeframes(samples[at : at + int(length)])
        at += int(length)
        rows.append([name, WORDS[int(digit)]])
    with open(folder / "digits/digits.csv", "w", newline="") as file:
        csv.writer(file).writerows([["file", "text"], *rows])
