"""PyTorch's side of `bench --bin train`: reads weights and batches, then does as many steps as asked."""

import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from peers.transcribe import Ctc, DeepSpeech
from peers.translate import Seq2Seq, Transformer

VOCABULARY = 96


def pieces(numbers, lengths):
    ends = np.cumsum([0, *lengths])
    return [numbers[a:b] for a, b in zip(ends[:-1], ends[1:])]


def put(parameter, numbers):
    """Writes weights in the engine's layout (inputs x outputs, images channels last)."""
    tensor = torch.from_numpy(numbers.copy())
    if parameter.dim() == 4:
        outputs, inputs, height, width = parameter.shape
        tensor = tensor.view(height, width, inputs, outputs).permute(3, 2, 0, 1)
    elif parameter.dim() == 2 and not getattr(parameter, "is_table", False):
        tensor = tensor.view(parameter.shape[1], parameter.shape[0]).t()
    with torch.no_grad():
        parameter.copy_(tensor.reshape(parameter.shape))


class Classifier(nn.Module):
    """Scores for classes; subclasses give their parameters in the engine's order."""

    reads_tokens = False

    def prepared(self, inputs, targets):
        """The batch in PyTorch's types."""
        return inputs.long() if self.reads_tokens else inputs, targets.flatten().long()

    def loss(self, inputs, targets):
        return F.cross_entropy(self(inputs).flatten(0, -2), targets)


class LanguageModel(Classifier):
    reads_tokens = True


class Mlp(Classifier):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(784, 256), nn.Linear(256, 128), nn.Linear(128, 10)])

    def ordered(self):
        return [p for layer in self.layers for p in (layer.weight, layer.bias)]

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Cnn(Classifier):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Conv2d(a, b, 3, padding=1) for a, b in [(1, 16), (16, 32), (32, 64)]])
        self.last = nn.Linear(9 * 64, 10)

    def ordered(self):
        return [p for layer in [*self.layers, self.last] for p in (layer.weight, layer.bias)]

    def forward(self, x):
        x = x.view(-1, 1, 28, 28)
        for layer in self.layers:
            x = F.max_pool2d(F.relu(layer(x)), 2)
        return self.last(x.permute(0, 2, 3, 1).flatten(1))


class Lstm(LanguageModel):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 64)
        self.embedding.weight.is_table = True
        self.layer = nn.LSTM(64, 128, batch_first=True)
        # The engine has one bias a gate.
        nn.init.zeros_(self.layer.bias_hh_l0)
        self.layer.bias_hh_l0.requires_grad_(False)
        self.last = nn.Linear(128, VOCABULARY)
        self.state = None

    def ordered(self):
        return [self.embedding.weight, self.layer.weight_ih_l0, self.layer.bias_ih_l0,
                self.layer.weight_hh_l0, self.last.weight, self.last.bias]

    def forward(self, tokens):
        hidden, state = self.layer(self.embedding(tokens), self.state)
        self.state = tuple(part.detach() for part in state)
        return self.last(hidden)


class Highway(LanguageModel):
    """Recurrent highway network; PyTorch has no operation for it."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 64)
        self.embedding.weight.is_table = True
        self.first = nn.Linear(64, 256)
        self.layers = nn.ModuleList([nn.Linear(128, 256, bias=depth > 0) for depth in range(3)])
        self.last = nn.Linear(128, VOCABULARY)
        self.state = torch.zeros(32, 128)

    def ordered(self):
        return [self.embedding.weight, self.first.weight, self.first.bias,
                *[layer.weight for layer in self.layers], *[layer.bias for layer in self.layers[1:]],
                self.last.weight, self.last.bias]

    def forward(self, tokens):
        state, states = self.state, []
        first, *others = self.layers
        for given in self.first(self.embedding(tokens)).unbind(1):
            state = highway(state, torch.addmm(given, state, first.weight.t()))
            for layer in others:
                state = highway(state, layer(state))
            states.append(state)
        self.state = state.detach()
        return self.last(torch.stack(states, 1))


def highway(state, gates):
    new, take = gates.chunk(2, 1)
    return torch.lerp(state, new.tanh(), take.sigmoid())


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.first_norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked, self.found = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def ordered(self):
        layers = [self.first_norm, self.asked, self.found, self.second_norm, self.wide, self.narrow]
        return [p for layer in layers for p in (layer.weight, layer.bias)]

    def forward(self, x):
        batch, steps, width = x.shape
        parts = self.asked(self.first_norm(x)).view(batch, steps, 3, self.heads, -1)
        found = F.scaled_dot_product_attention(*parts.permute(2, 0, 3, 1, 4), is_causal=True)
        x = x + self.found(found.transpose(1, 2).reshape(batch, steps, width))
        return x + self.narrow(F.gelu(self.wide(self.second_norm(x)), approximate="tanh"))


class TransformerLm(LanguageModel):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 128)
        self.embedding.weight.is_table = True
        self.positions = nn.Parameter(torch.zeros(64, 128))
        self.positions.is_table = True
        self.blocks = nn.ModuleList([Block(128, 4) for _ in range(4)])
        self.norm, self.last = nn.LayerNorm(128), nn.Linear(128, VOCABULARY)

    def ordered(self):
        blocks = [p for block in self.blocks for p in block.ordered()]
        return [self.embedding.weight, self.positions, *blocks, self.norm.weight, self.norm.bias,
                self.last.weight, self.last.bias]

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.last(self.norm(x))


def megabytes():
    """Largest memory of this process so far."""
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status["VmHWM"].split()[0]) / 1000


MODELS = {"mlp": Mlp, "cnn": Cnn, "lstm-lm": Lstm, "rhn-lm": Highway, "transformer-lm": TransformerLm,
          "seq2seq": Seq2Seq, "transformer": Transformer, "deep-speech": DeepSpeech, "ctc": Ctc}


def optimizer_of(ordered):
    """Fused AdamW; none where there are no parameters."""
    weights = [p for p in ordered if p.dim() > 1]
    others = [p for p in ordered if p.dim() == 1]
    groups = [{"params": weights, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-3, fused=True) if ordered else None


def main():
    layout = json.loads(sys.argv[1])
    torch.set_num_threads(layout["threads"])
    numbers = np.fromfile(sys.argv[2], dtype="<f4")
    model = MODELS[layout["task"]](*layout["sizes"])
    inputs = [length for batch in layout["batches"] for length in batch]
    found = pieces(numbers, [*layout["groups"], *inputs])
    ordered = model.ordered()
    assert [p.numel() for p in ordered] == layout["groups"]
    for parameter, values in zip(ordered, found):
        put(parameter, values)
    given = iter(torch.from_numpy(array.copy()).view(layout["batch"], -1) for array in found[len(ordered):])
    batches = [model.prepared(*[next(given) for _ in batch]) for batch in layout["batches"]]
    optimizer = optimizer_of(ordered)
    done, loss = 0, None
    print(flush=True)
    for line in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            batch = batches[done % len(batches)]
            done += 1
            if optimizer:
                optimizer.zero_grad(set_to_none=True)
            loss = model.loss(*batch)
            loss.backward()
            if optimizer:
                optimizer.step()
        processor = time.process_time() - processor
        print(time.perf_counter() - wall, processor, loss.item(), megabytes(), flush=True)


main()
