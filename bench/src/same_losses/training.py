"""How the peers of `seq2seq` and `deep-speech` are trained: as these are by default."""

import argparse
import json
import pathlib
import random
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))


def asked():
    """What the study asks for, and the numbers of its examples."""
    parser = argparse.ArgumentParser()
    for name in ("shard", "validation", "test", "out"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("seed", "width", "batch", "steps"):
        parser.add_argument(f"--{name}", type=int, required=True)
    found = parser.parse_args()
    torch.manual_seed(found.seed)
    files = (found.shard, found.validation, found.test)
    found.shard, found.validation, found.test = ([int(line) for line in open(path)] for path in files)
    return found


def vocabulary(side=""):
    """The tokens of the study's vocabulary by number; 0 is the boundary or the blank, 1 what is unknown."""
    file = json.load(open(f".tenfold/vocabulary{side}.json"))
    return {token: number for number, token in enumerate(file["vocabulary"], 2)}


def bound(length):
    """The smallest of 4, 6, 8, 12, 16, 24, … that is at least `length`."""
    above = 4
    while above < length:
        above *= 2
    between = above // 4 * 3
    return between if length <= between and between > 4 else above


def by_length(rows, lengths, batch):
    """Groups of rows of like length, each of at least a batch."""
    members = {}
    for row in rows:
        members.setdefault(bound(lengths[row]), []).append(row)
    groups, waiting = [], []
    for length in sorted(members):
        waiting = waiting + members[length]
        if len(waiting) >= batch:
            groups.append(waiting)
            waiting = []
    if waiting:
        groups.append(groups.pop() + waiting if groups else waiting)
    return groups


def batches(rows, lengths, batch, seed):
    """Batches of like length without end; in each epoch every group gives those that it fills."""
    draw = random.Random(seed)
    groups = by_length(rows, lengths, batch)
    queues = [[] for _ in groups]
    while True:
        epoch = []
        for group, queue in zip(groups, queues):
            queue.extend(draw.sample(group, len(group)))
            while len(queue) >= batch:
                epoch.append([queue.pop(0) for _ in range(batch)])
        draw.shuffle(epoch)
        yield from epoch


def train(model, batch_of, lengths, asked):
    """Does the updates; `batch_of` gives what the model's loss is computed of, of some rows."""
    ordered = model.ordered()
    weights, others = [p for p in ordered if p.dim() > 1], [p for p in ordered if p.dim() == 1]
    groups = [{"params": weights, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, fused=True)
    steps = asked.steps
    for step, rows in zip(range(steps), batches(asked.shard, lengths, asked.batch, asked.seed)):
        # The rate rises over 5 % of the steps and falls over the last fifth.
        rise = (step + 1) / (round(0.05 * steps) + 1)
        share = rise if step < round(0.05 * steps) else min(1, (steps - step) / (0.2 * steps))
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * share
        optimizer.zero_grad()
        model.loss(*batch_of(rows)).backward()
        torch.nn.utils.clip_grad_norm_(ordered, 1.0)
        optimizer.step()


@torch.no_grad()
def report(model, sums_of, lengths, asked, metric):
    """Writes the ratio of the sums of both held-out sets."""
    model.eval()
    errors = {}
    for name, rows in [("validation_error", asked.validation), (metric, asked.test)]:
        found = [sums_of(rows) for rows in by_length(rows, lengths, 16)]
        errors[name] = sum(nats for nats, _ in found) / sum(count for _, count in found)
    json.dump(errors, open(asked.out, "w"))
