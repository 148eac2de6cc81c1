"""Trains an LSTM on the characters of its shard; reports the nats of each test document."""

import argparse
import json
import re

import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

parser = argparse.ArgumentParser()
for name in ("text", "shard", "validation", "test", "out"):
    parser.add_argument(f"--{name}", required=True)
for name in ("size", "seed", "hidden", "steps", "patience"):
    parser.add_argument(f"--{name}", type=int, required=True)
asked = parser.parse_args()
torch.manual_seed(asked.seed)
device = "cuda" if torch.cuda.is_available() else "cpu"
text = open(asked.text, encoding="utf-8").read()
documents = [document for document in re.split(r"\n\s*\n", f"\n\n{text}\n\n") if document]
files = (asked.shard, asked.validation, asked.test)
shard, validation, test = ([int(line) for line in open(path)] for path in files)
# One vocabulary for every size, or losses could not be compared: that of all that is not held out.
pool = "".join(documents[index] for index in {*range(len(documents))} - {*validation, *test})
numbers = {character: number for number, character in enumerate(sorted({*pool}), 2)}


def encode(document):
    """The boundary before the document (0), then its characters (1 outside the vocabulary)."""
    return torch.tensor([0] + [numbers.get(character, 1) for character in document], device=device)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(len(numbers) + 2, 64)
        self.lstm = torch.nn.LSTM(64, asked.hidden, batch_first=True)
        self.output = torch.nn.Linear(asked.hidden, len(numbers) + 2)

    def forward(self, tokens, state=None):
        hidden, state = self.lstm(self.embedding(tokens), state)
        return self.output(hidden).transpose(1, 2), [part.detach() for part in state]


@torch.no_grad()
def measure(indices):
    """Nats per character, and both of each document; the boundary that ends it counts as one."""
    rows = [encode(documents[index]) for index in indices]
    lengths, nats = torch.tensor([len(row) for row in rows]), torch.zeros(len(rows))
    for group in lengths.argsort().split(32):
        inputs = pad_sequence([rows[i] for i in group], True)
        following = pad_sequence([rows[i].roll(-1) for i in group], True, padding_value=-1)
        losses = cross_entropy(model(inputs)[0], following, ignore_index=-1, reduction="none")
        nats[group] = losses.sum(1).cpu()
    return (nats.sum() / lengths.sum()).item(), torch.stack([nats, lengths], 1).tolist()


whole, model = torch.cat([encode(documents[index]) for index in shard]), Model().to(device)
tokens = whole[: asked.size + len(shard)]  # The last document is cut where the shard is full.
following = tokens.roll(-1)
if len(tokens) < len(whole):
    following[-1] = -1  # Nobody knows what follows where it is cut.
# The text is a circle; 32 rows follow it, each from a place of its own and with its own state.
places = torch.arange(32)[:, None] * len(tokens) // 32 + torch.arange(64)
optimizer, state = torch.optim.AdamW(model.parameters()), None
step, decay, end, every = 0, int(0.8 * asked.steps), asked.steps, max(1, asked.steps // 20)
best = {"validation_error": float("inf")}
while step < end:
    # The rate rises over 5 % of the steps and falls over the last fifth.
    share = min(1, (step + 1) / (0.05 * asked.steps + 1), (end - step) / (end - decay))
    optimizer.param_groups[0]["lr"] = 2e-3 * share
    logits, state = model(tokens[places % len(tokens)], state)
    optimizer.zero_grad()
    cross_entropy(logits, following[places % len(tokens)], ignore_index=-1).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    step, places = step + 1, places + 64
    if step % every == 0 or step == end:
        error, _ = measure(validation)
        if error < best["validation_error"]:
            best = {"validation_error": error, "best_step": step}
            weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        elif 0 < asked.patience * every <= step - best["best_step"] and step < decay:
            decay, end = step, step + step // 4
model.load_state_dict(weights)
error, rows = measure(test)
best["parameters"] = sum(tensor.numel() for tensor in weights.values())
with open(asked.out, "w") as file:
    json.dump({**best, "nats_per_character": error, "per_example": rows}, file)
