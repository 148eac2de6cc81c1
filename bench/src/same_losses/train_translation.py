"""Trains the peer of `seq2seq` on the verses of a study."""

import re

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from training import asked, report, train, vocabulary

from peers.translate import Seq2Seq

asked = asked()
# A run of letters and digits, an apostrophe within it included, or any other sign but white space.
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|\S")


def read(file, side):
    number = vocabulary(side)
    lines = open(file, encoding="utf-8", newline="\n").read().splitlines()
    return len(number) + 2, [[number.get(word, 1) for word in WORD.findall(line)] for line in lines]


(source_size, sources), (target_size, targets) = read("verses.en", "-source"), read("verses.es", "-target")
lengths = [max(len(source), len(target)) + 1 for source, target in zip(sources, targets)]
model = Seq2Seq(source_size, target_size, width=asked.width, dropout=0.1)
model.draw()


def batch_of(rows):
    """Sources and their ends, lengths, what stands before each word of the targets, these words."""
    pad = lambda all, behind: pad_sequence([torch.tensor(row) for row in all], True, behind)
    own = torch.tensor([len(sources[row]) + 1 for row in rows])
    return model.prepared(pad([sources[row] + [0] for row in rows], 0), own,
                          pad([[0] + targets[row] for row in rows], 0),
                          pad([targets[row] + [0] for row in rows], -1))


def sums_of(rows):
    """Nats and words of the targets, their ends counted."""
    *inputs, following = batch_of(rows)
    logits = model(*inputs).flatten(0, 1)
    nats = F.cross_entropy(logits, following, ignore_index=-1, reduction="sum").item()
    return nats, (following >= 0).sum().item()


train(model, batch_of, lengths, asked)
report(model, sums_of, lengths, asked, "nats_per_token")
