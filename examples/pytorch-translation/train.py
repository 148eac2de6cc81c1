"""Trains an encoder and a decoder with attention on its shard; reports the nats of each test sentence."""

import argparse
import collections
import json
import re

import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

parser = argparse.ArgumentParser()
for name in ("source", "target", "shard", "validation", "test", "out"):
    parser.add_argument(f"--{name}", required=True)
for name in ("seed", "hidden", "words", "steps", "patience"):
    parser.add_argument(f"--{name}", type=int, required=True)
asked = parser.parse_args()
torch.manual_seed(asked.seed)
device = "cuda" if torch.cuda.is_available() else "cpu"
files = (asked.shard, asked.validation, asked.test)
shard, validation, test = ([int(line) for line in open(path)] for path in files)
PAD, END, UNKNOWN = 0, 1, 2


def read(path):
    """The sentences of a file as numbers of words; the words are the most frequent of the pool."""
    lines = open(path, encoding="utf-8", newline="\n").read().removesuffix("\n").split("\n")
    sentences = [re.findall(r"\w+|[^\w\s]", line) for line in lines]
    pool = {*range(len(lines))} - {*validation, *test}
    counts = collections.Counter(word for row in sorted(pool) for word in sentences[row])
    number = {word: index for index, (word, _) in enumerate(counts.most_common(asked.words), 3)}
    return [torch.tensor([number.get(word, UNKNOWN) for word in row] + [END]) for row in sentences]


class Model(torch.nn.Module):
    def __init__(self, width=asked.hidden, words=asked.words + 3):
        super().__init__()
        self.embed = torch.nn.ModuleList(torch.nn.Embedding(words, width) for _ in range(2))
        self.encoder = torch.nn.GRU(width, width // 2, bidirectional=True, batch_first=True)
        self.decoder = torch.nn.GRU(width, width, batch_first=True)
        self.attend = torch.nn.MultiheadAttention(width, 1, batch_first=True)
        self.dropout = torch.nn.Dropout(0.2)
        self.output = torch.nn.Linear(2 * width, words)

    def forward(self, source, target):
        memory, _ = self.encoder(self.dropout(self.embed[0](source)))
        before = target.roll(1, 1).index_fill(1, torch.zeros(1, dtype=torch.long, device=device), END)
        hidden, _ = self.decoder(self.dropout(self.embed[1](before)))
        found, _ = self.attend(hidden, memory, memory, key_padding_mask=source == PAD)
        return self.output(self.dropout(torch.cat([hidden, found], 2)))


def nats(rows):
    """Nats of each word of the translations of `rows`, 0 where they are padded; and which are words."""
    pair = [pad_sequence([side[row] for row in rows], True).to(device) for side in (sources, targets)]
    losses = cross_entropy(model(*pair).transpose(1, 2), pair[1], ignore_index=PAD, reduction="none")
    return losses, pair[1] != PAD


@torch.no_grad()
def measure(rows):
    """Nats per word, and nats and words of each translation; its end counts as one."""
    model.eval()
    parts = [nats(rows[at : at + 64]) for at in range(0, len(rows), 64)]
    sums = torch.cat([torch.stack([part.sum(1) for part in both], 1) for both in parts]).cpu()
    model.train()
    return (sums[:, 0].sum() / sums[:, 1].sum()).item(), sums.tolist()


sources, targets, model = read(asked.source), read(asked.target), Model().to(device)
optimizer, best = torch.optim.AdamW(model.parameters(), lr=2e-3), {"validation_error": float("inf")}
every = max(1, asked.steps // 20)
for step in range(1, asked.steps + 1):
    rows = [shard[index] for index in torch.randint(len(shard), (min(32, len(shard)),))]
    losses, words = nats(rows)
    optimizer.zero_grad()
    (losses.sum() / words.sum()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % every == 0 or step == asked.steps:
        error, _ = measure(validation)
        if error < best["validation_error"]:
            best = {"validation_error": error, "best_step": step}
            weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        elif step - best["best_step"] >= asked.patience * every:
            break
model.load_state_dict(weights)
best["nats_per_token"], best["per_example"] = measure(test)
json.dump(best, open(asked.out, "w"))
