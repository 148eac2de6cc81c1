"""Trains a small network with CTC on its recordings; reports edits and characters of each test recording."""

import argparse
import csv
import json
import wave

import torch
from torch.nn.functional import ctc_loss
from torch.nn.utils.rnn import pad_sequence

parser = argparse.ArgumentParser()
for name in ("table", "shard", "validation", "test", "out", "seed", "hidden", "steps"):
    parser.add_argument(f"--{name}", required=True, type=int if name in ("seed", "hidden", "steps") else str)
asked = parser.parse_args()
torch.manual_seed(asked.seed)
device = "cuda" if torch.cuda.is_available() else "cpu"
rows = list(csv.DictReader(open(asked.table, encoding="utf-8", newline="")))
files = (asked.shard, asked.validation, asked.test)
shard, validation, test = ([int(line) for line in open(path)] for path in files)
# One alphabet for every size, of all that is not held out; 0 is the blank.
pool = "".join(rows[index]["text"] for index in {*range(len(rows))} - {*validation, *test})
alphabet = {character: number for number, character in enumerate(sorted({*pool}), 1)}
labels = [[alphabet.get(character, 0) for character in row["text"]] for row in rows]


def features(index):
    """The logarithm of the spectrum, 100 times a second, of a 16-bit recording of one channel."""
    with wave.open(rows[index]["file"]) as file:
        samples = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16)
        every = {"hop_length": file.getframerate() // 100, "window": torch.hann_window(256)}
    spectrum = torch.stft(samples / 32768, 256, **every, return_complex=True)
    logs = torch.log(spectrum.abs().square() + 1e-6).T
    return (logs - logs.mean(0)) / (logs.std(0) + 1e-3)


class Model(torch.nn.Module):
    def __init__(self, width=asked.hidden):
        super().__init__()
        self.first = torch.nn.Conv1d(129, width, 5, stride=2, padding=2)
        self.layer = torch.nn.GRU(width, width, bidirectional=True, batch_first=True)
        self.last = torch.nn.Linear(2 * width, len(alphabet) + 1)

    def forward(self, indices):
        sounds = [features(index) for index in indices]
        batch = pad_sequence(sounds, True).to(device)
        hidden, _ = self.layer(self.first(batch.mT).relu().mT)
        return self.last(hidden).log_softmax(2), torch.tensor([(len(sound) + 1) // 2 for sound in sounds])


def edits(found, wanted):
    """Characters to insert, delete or exchange."""
    costs = [*range(len(wanted) + 1)]
    for row, ours in enumerate(found, 1):
        before, costs[0] = costs[0], row
        for at, theirs in enumerate(wanted, 1):
            before, costs[at] = costs[at], min(costs[at - 1] + 1, costs[at] + 1, before + (ours != theirs))
    return costs[-1]


@torch.no_grad()
def measure(indices):
    """Character error rate, and edits and characters of each recording, the best path read out."""
    per_example, _ = [], model.eval()
    for at in range(0, len(indices), 64):
        scores, lengths = model(indices[at : at + 64])
        for index, path, length in zip(indices[at:], scores.argmax(2).cpu(), lengths):
            found = [number for number in path[:length].unique_consecutive().tolist() if number]
            per_example.append([edits(found, labels[index]), len(labels[index])])
    model.train()
    return sum(one for one, _ in per_example) / sum(all for _, all in per_example), per_example


model = Model().to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, asked.steps)
for _ in range(asked.steps):
    batch = [shard[place] for place in torch.randint(len(shard), (min(16, len(shard)),))]
    scores, lengths = model(batch)
    sizes = torch.tensor([len(labels[index]) for index in batch])
    wanted = torch.tensor([label for index in batch for label in labels[index]], device=device)
    loss = ctc_loss(scores.transpose(0, 1), wanted, lengths, sizes, zero_infinity=True)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
error, per_example = measure(test)
rates = {"character_error_rate": error, "validation_error": measure(validation)[0]}
json.dump(rates | {"per_example": per_example}, open(asked.out, "w"))
