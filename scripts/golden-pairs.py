"""Write the golden values of the operations for pairs of sequences, and of whole training runs of the
learners that translate and of the one that transcribes: PyTorch as the oracle.

Run from the project's root; the fixture is committed and the tests never need PyTorch:

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python scripts/golden-pairs.py crates/tenfold-train/tests/it/golden/pairs.json

Everything is in the engine's layout and order of parameters: sequences one after the other, weights
inputs x outputs. Values are computed in double precision and written with 13 digits.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from torch import nn

torch.manual_seed(29)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

LENGTHS = torch.tensor([5, 2, 4])


def numbers(tensor):
    """Numbers of a tensor in order, with 13 digits."""
    return [float(f"{float(x):.13g}") for x in tensor.detach().contiguous().reshape(-1)]


def case(name, inputs, parameters, compute):
    """Output of one operation, and gradients of sum(output * direction) for a random direction; the
    first of the inputs is what the gradient is taken of."""
    leaves = [p.detach().clone().requires_grad_(True) for p in parameters]
    first = inputs[0].detach().clone().requires_grad_(True)
    output = compute([first, *inputs[1:]], *leaves)
    direction = torch.randn_like(output)
    (output * direction).sum().backward()
    return {
        "name": name,
        "inputs": [numbers(given) for given in inputs],
        "parameters": [numbers(p) for p in parameters],
        "output": numbers(output),
        "direction": numbers(direction),
        "input_gradient": numbers(first.grad),
        "parameter_gradients": [numbers(p.grad) for p in leaves],
    }


def bidirectional(inputs, *weights):
    """PyTorch's own layer on packed sequences: all steps, and the last states at every step."""
    x, lengths = inputs
    width = weights[2].shape[0]
    layer = nn.LSTM(x.shape[-1], width, batch_first=True, bidirectional=True)
    values = {}
    for suffix, (of_input, bias, of_hidden) in [("", weights[:3]), ("_reverse", weights[3:])]:
        values[f"weight_ih_l0{suffix}"] = of_input.t()
        values[f"weight_hh_l0{suffix}"] = of_hidden.t()
        values[f"bias_ih_l0{suffix}"] = bias
        values[f"bias_hh_l0{suffix}"] = torch.zeros(4 * width)
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    output, (last, _) = torch.func.functional_call(layer, values, (packed,))
    steps, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])
    last = torch.cat([last[0], last[1]], 1)
    return torch.cat([steps, last[:, None].expand(-1, x.shape[1], -1)], 2)


def behind_the_end(lengths, steps):
    return torch.arange(steps)[None] >= lengths[:, None]


def additive(inputs, weight, bias, score):
    """Bahdanau et al. (2015), appendix A.1.2, written out; then the weighted sum of the steps."""
    queries, lengths, given = inputs
    keys = given @ weight + bias
    scores = torch.tanh(queries[:, :, None] + keys[:, None]) @ score
    scores = scores.masked_fill(behind_the_end(lengths, keys.shape[1])[:, None], -torch.inf)
    return torch.softmax(scores, 2) @ keys


def cross(inputs, weight, bias):
    """Two heads; keys and values come through a layer."""
    queries, lengths, given = inputs
    attended = given @ weight + bias
    (batch, asked, width), steps = queries.shape, given.shape[1]
    split = lambda x: x.view(batch, x.shape[1], 2, width // 2).transpose(1, 2)
    mask = ~behind_the_end(lengths, steps)[:, None, None]
    output = F.scaled_dot_product_attention(
        split(queries), split(attended[..., :width]), split(attended[..., width:]), attn_mask=mask)
    return output.transpose(1, 2).reshape(batch, asked, width)


def sinusoids(inputs):
    x, = inputs
    steps, width = x.shape[1:]
    angle = torch.arange(steps)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
    waves = torch.zeros(steps, width)
    waves[:, 0::2], waves[:, 1::2] = torch.sin(angle), torch.cos(angle)
    return x + waves


def ctc():
    """Labels twice in a row, none at all, and more than the steps can spell."""
    logits = (2.0 * torch.randn(6, 7, 5)).requires_grad_(True)
    labels = [[1, 2, 3], [4, 4], [], [2, 2, 2, 2], [1], [3, 1, 3, 1]]
    lengths = torch.tensor([7, 4, 3, 6, 1, 4])
    padded = torch.tensor([row + [-1] * (4 - len(row)) for row in labels])
    losses = F.ctc_loss(
        F.log_softmax(logits, 2).transpose(0, 1), padded.clamp(min=0), lengths,
        torch.tensor([len(row) for row in labels]), blank=0, reduction="none", zero_infinity=True)
    losses.sum().backward()
    return {"name": "ctc", "inputs": [numbers(logits), numbers(padded), numbers(lengths)],
            "losses": numbers(losses), "input_gradient": numbers(logits.grad)}


class Parameters:
    """Weights in the order in which they are taken; the first run through the model makes them."""

    def __init__(self):
        self.all, self.next = [], 0

    def take(self, *shape, spread=None):
        if self.next == len(self.all):
            spread = shape[0] ** -0.5 if spread is None else spread
            made = torch.tensor(numbers(spread * torch.randn(*shape))).view(shape)
            self.all.append(made.requires_grad_(True))
        self.next += 1
        return self.all[self.next - 1]

    def linear(self, x, outputs):
        return x @ self.take(x.shape[-1], outputs) + self.take(outputs, spread=0.1)

    def norm(self, x):
        width = x.shape[-1]
        return F.layer_norm(x, (width,), self.take(width, spread=1.0), self.take(width, spread=0.1))

    def lstm(self, x, width):
        """One direction; its second bias is left out, as one is enough."""
        of_input, bias = self.take(x.shape[-1], 4 * width), self.take(4 * width, spread=0.5)
        return of_input, bias, self.take(width, 4 * width)


def seq2seq(model, source, lengths, before, sizes, width=6, embedding=4):
    read = F.embedding(source, model.take(sizes[0], embedding, spread=1.0))
    half = width // 2
    weights = [*model.lstm(read, half), *model.lstm(read, half)]
    both = bidirectional([read, lengths], *weights)
    read, last = both[..., :width], both[:, :1, width:]
    embedded = F.embedding(before, model.take(sizes[1], embedding, spread=1.0))
    given = torch.cat([embedded, last.expand(-1, before.shape[1], -1)], 2)
    of_input, bias, of_hidden = model.lstm(given, width)
    layer = nn.LSTM(given.shape[-1], width, batch_first=True)
    values = {"weight_ih_l0": of_input.t(), "weight_hh_l0": of_hidden.t(), "bias_ih_l0": bias,
              "bias_hh_l0": torch.zeros(4 * width)}
    written, _ = torch.func.functional_call(layer, values, (given,))
    queries, keys = model.linear(written, width), model.linear(read, width)
    scores = torch.tanh(queries[:, :, None] + keys[:, None]) @ model.take(width)
    scores = scores.masked_fill(behind_the_end(lengths, read.shape[1])[:, None], -torch.inf)
    found = torch.softmax(scores, 2) @ read
    both = torch.relu(model.linear(torch.cat([written, found], 2), width))
    return model.linear(both, sizes[1])


def transformer(model, source, lengths, before, sizes, width=8, heads=2):
    def split(x):
        return x.view(x.shape[0], x.shape[1], heads, width // heads).transpose(1, 2)

    def join(x):
        return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], width)

    def embed(tokens, size):
        return sinusoids([F.embedding(tokens, model.take(size, width, spread=1.0))])

    def attend(hidden, asking, attended):
        queries, both = model.linear(asking, width), model.linear(attended, 2 * width)
        mask = ~behind_the_end(lengths, attended.shape[1])[:, None, None]
        found = F.scaled_dot_product_attention(
            split(queries), split(both[..., :width]), split(both[..., width:]), attn_mask=mask)
        return hidden + model.linear(join(found), width)

    def think(hidden):
        return hidden + model.linear(torch.relu(model.linear(model.norm(hidden), 4 * width)), width)

    read = embed(source, sizes[0])
    normed = model.norm(read)
    read = model.norm(think(attend(read, normed, normed)))
    written = embed(before, sizes[1])
    asked = model.linear(model.norm(written), 3 * width)
    found = F.scaled_dot_product_attention(*(split(p) for p in asked.chunk(3, 2)), is_causal=True)
    written = written + model.linear(join(found), width)
    written = think(attend(written, model.norm(written), read))
    return model.linear(model.norm(written), sizes[1])


def deep_speech(model, frames, lengths, classes, channels=2, width=6, depth=2):
    def convolution(x, kernel, outputs, **how):
        taken = x.shape[1]
        weight = model.take(kernel, kernel, taken, outputs, spread=(kernel * kernel * taken) ** -0.5)
        bias = model.take(outputs, spread=0.1)
        return torch.relu(F.conv2d(x, weight.permute(3, 2, 0, 1), bias, **how))

    seen = convolution(frames[:, None], 5, channels, stride=2, padding=2)
    lengths = (lengths + 1) // 2
    seen = seen.masked_fill(behind_the_end(lengths, seen.shape[2])[:, None, :, None], 0)
    seen = convolution(seen, 3, channels, padding=1)
    heard = seen.permute(0, 2, 3, 1).flatten(2)
    for _ in range(depth):
        half = width // 2
        weights = [*model.lstm(heard, half), *model.lstm(heard, half)]
        heard = bidirectional([heard, lengths], *weights)[..., :width]
    return model.linear(heard, classes), lengths


def descend(name, rate, longest, updates, loss_of):
    """Initial weights, every batch's loss and length of its gradient, final weights; `loss_of` computes
    the loss of an update with parameters."""
    parameters, initial, losses, lengths, optimizer = Parameters(), None, [], [], None
    for step in range(updates):
        parameters.next = 0
        loss = loss_of(parameters, step)
        if optimizer is None:
            initial = [numbers(p) for p in parameters.all]
            optimizer = torch.optim.Adam(parameters.all, lr=rate)
        optimizer.zero_grad()
        loss.backward()
        lengths.append(float(nn.utils.clip_grad_norm_(parameters.all, longest)))
        optimizer.step()
        losses.append(loss.item())
    print(name, losses[0], losses[-1], sum(length > longest for length in lengths), "clipped")
    return {"name": name, "rate": rate, "longest": longest, "initial": initial, "losses": losses,
            "lengths": lengths, "final": [numbers(p) for p in parameters.all]}


def run_of_recordings(rate, longest, updates=30, classes=4, bands=6):
    """Batches of 4 go through 12 recordings, of which each batch has another shape, and one is too short
    for its labels."""
    batch, recordings = 4, []
    for number in range(12):
        labels = torch.randint(1, classes, (1 + number % 4,)).tolist()
        frames = 2 * len(labels) + 3 + int(torch.randint(0, 6, ())) + number // 4
        recordings.append((torch.tensor(numbers(torch.randn(frames, bands))).view(-1, bands), labels))
    recordings[5] = (recordings[5][0][:4], [2, 2])

    def loss_of(parameters, step):
        own = [recordings[(step * batch + i) % len(recordings)] for i in range(batch)]
        lengths = torch.tensor([len(frames) for frames, _ in own])
        frames = nn.utils.rnn.pad_sequence([frames for frames, _ in own], batch_first=True)
        logits, steps = deep_speech(parameters, frames, lengths, classes)
        labels = [torch.tensor(labels) for _, labels in own]
        losses = F.ctc_loss(
            F.log_softmax(logits, 2).transpose(0, 1), nn.utils.rnn.pad_sequence(labels, True), steps,
            torch.tensor([len(row) for row in labels]), reduction="none", zero_infinity=True)
        return losses.sum() / batch

    found = descend("deep-speech", rate, longest, updates, loss_of)
    return {**found, "batch": batch, "classes": classes, "bands": bands,
            "frames": [numbers(frames) for frames, _ in recordings],
            "labels": [labels for _, labels in recordings]}


def run(name, model, rate, longest, updates=30, smoothing=0.1):
    """Batches of 4 pairs go through 12 pairs, of which each batch has another shape."""
    sizes, batch = (7, 6), 4
    pairs = []
    for number in range(12):
        most = 3 + number // 4
        source = torch.randint(2, sizes[0], (int(torch.randint(1, most + 1, ())),)).tolist()
        pairs.append((source, [2 + token % 4 for token in reversed(source)]))

    def loss_of(parameters, step):
        rows = [(step * batch + i) % len(pairs) for i in range(batch)]
        shape = [max(len(pairs[row][side]) for row in rows) + 1 for side in range(2)]
        pad = lambda tokens, steps, behind: tokens + [behind] * (steps - len(tokens))
        source = torch.tensor([pad(pairs[row][0], shape[0], 0) for row in rows])
        own = torch.tensor([len(pairs[row][0]) + 1 for row in rows])
        before = torch.tensor([pad([0] + pairs[row][1], shape[1], 0) for row in rows])
        targets = torch.tensor([pad(pairs[row][1] + [0], shape[1], -100) for row in rows])
        logits = model(parameters, source, own, before, sizes)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=smoothing)

    found = descend(name, rate, longest, updates, loss_of)
    return {**found, "sources": [p[0] for p in pairs], "targets": [p[1] for p in pairs],
            "batch": batch, "smoothing": smoothing}


def main():
    def rand(*shape):
        return torch.randn(*shape)

    one_way = lambda: [rand(3, 16), rand(16), rand(4, 16)]
    cases = [
        case("bidirectional_lstm", [rand(3, 5, 3), LENGTHS], [*one_way(), *one_way()],
             bidirectional),
        case("additive_attention", [rand(3, 4, 3), LENGTHS, rand(3, 5, 2)],
             [rand(2, 3), rand(3), rand(3)], additive),
        case("cross_attention", [rand(3, 4, 6), LENGTHS, rand(3, 5, 2)],
             [rand(2, 12), rand(12)], cross),
        case("sinusoids", [rand(2, 5, 6)], [], sinusoids),
        ctc(),
        run("seq2seq", seq2seq, rate=0.02, longest=0.35),
        run("transformer", transformer, rate=0.005, longest=1.5),
        run_of_recordings(rate=0.02, longest=1.5),
    ]
    versions = {"script": "scripts/golden-pairs.py", "torch": torch.__version__,
                "numpy": np.__version__, "python": sys.version.split()[0]}
    text = json.dumps({"made_with": versions, "cases": cases}, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n")


main()
