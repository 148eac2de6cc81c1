"""`seq2seq` and `transformer` in PyTorch: the same layers, parameters in the engine's order."""

import torch
from torch import nn
from torch.nn import functional as F

from .recurrent import (BothDirections, Padding, draw_layer, draw_recurrent, one_bias,
                        weights_of)


def table(tokens, width):
    embedding = nn.Embedding(tokens, width)
    embedding.weight.is_table = True
    return embedding


def parameters_of(*layers):
    return [p for layer in layers for p in (layer.weight, layer.bias)]


class Translator(nn.Module):
    def prepared(self, sources, lengths, before, targets):
        """The batch in PyTorch's types, without steps that are padding in every pair."""
        lengths = lengths.flatten().long()
        longest, written = lengths.max(), (targets >= 0).sum(1).max()
        padding = Padding(lengths, longest)
        targets = targets[:, :written].flatten().long()
        return sources[:, :longest].long(), padding, before[:, :written].long(), targets

    def loss(self, sources, padding, before, targets):
        return F.cross_entropy(self(sources, padding, before).flatten(0, 1), targets, ignore_index=-1)


class Seq2Seq(Translator):
    """One layer of each; additive attention after the recurrent layer that writes."""

    def __init__(self, sources, targets, width=128, embedding=64, dropout=0.0):
        super().__init__()
        self.sources, self.targets = table(sources, embedding), table(targets, embedding)
        self.reader = BothDirections(embedding, width // 2)
        self.writer = one_bias(nn.LSTM(embedding + width, width, batch_first=True))
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.score = nn.Linear(width, 1, bias=False)
        self.both, self.last = nn.Linear(2 * width, width), nn.Linear(width, targets)
        self.dropout = nn.Dropout(dropout)

    def ordered(self):
        return [self.sources.weight, *self.reader.ordered(), self.targets.weight,
                *weights_of(self.writer), *parameters_of(self.query, self.key), self.score.weight,
                *parameters_of(self.both, self.last)]

    def draw(self):
        """Initial weights as of the built-in learner; embeddings are drawn so by PyTorch."""
        self.reader.draw()
        draw_recurrent(self.writer)
        for layer, gain in [(self.query, 1), (self.key, 1), (self.score, 1), (self.both, 2), (self.last, 0)]:
            draw_layer(layer, gain)

    def forward(self, sources, padding, before):
        read, last = self.reader(self.sources(sources), padding)
        read = self.dropout(read)
        before = self.targets(before)
        last = last[:, None].expand(-1, before.shape[1], -1)
        written, _ = self.writer(torch.cat([before, last], 2))
        written = self.dropout(written)
        bent = torch.tanh(self.query(written)[:, :, None] + self.key(read)[:, None])
        scores = self.score(bent)[..., 0].masked_fill(~padding.own[:, None], -torch.inf)
        found = torch.softmax(scores, 2) @ read
        both = F.relu(self.both(torch.cat([written, found], 2)))
        return self.last(self.dropout(both))


def waves(steps, width):
    angle = torch.arange(steps)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
    return torch.stack([torch.sin(angle), torch.cos(angle)], 2).flatten(1)


class Part(nn.Module):
    """What all blocks share; layer norm comes before each part."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.think_norm = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def think(self, x):
        return x + self.narrow(F.relu(self.wide(self.think_norm(x))))

    def split(self, x, parts):
        """Queries, keys or values, as many as are side by side, by head."""
        batch, steps, _ = x.shape
        return x.view(batch, steps, parts, self.heads, -1).permute(2, 0, 3, 1, 4)

    def join(self, x):
        return x.transpose(1, 2).flatten(2)


class Reads(Part):
    def __init__(self, width, heads):
        super().__init__(width, heads)
        self.norm = nn.LayerNorm(width)
        self.query, self.both = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.found = nn.Linear(width, width)

    def ordered(self):
        return parameters_of(self.norm, self.query, self.both, self.found, self.think_norm,
                             self.wide, self.narrow)

    def forward(self, x, mask):
        normed = self.norm(x)
        asked = self.split(self.query(normed), 1)[0]
        found = F.scaled_dot_product_attention(asked, *self.split(self.both(normed), 2), attn_mask=mask)
        return self.think(x + self.found(self.join(found)))


class Writes(Part):
    def __init__(self, width, heads):
        super().__init__(width, heads)
        self.own_norm, self.norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.own, self.own_found = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.query, self.both = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.found = nn.Linear(width, width)

    def ordered(self):
        return parameters_of(self.own_norm, self.own, self.own_found, self.norm, self.query, self.both,
                             self.found, self.think_norm, self.wide, self.narrow)

    def forward(self, x, read, mask):
        parts = self.split(self.own(self.own_norm(x)), 3)
        x = x + self.own_found(self.join(F.scaled_dot_product_attention(*parts, is_causal=True)))
        asked = self.split(self.query(self.norm(x)), 1)[0]
        found = F.scaled_dot_product_attention(asked, *self.split(self.both(read), 2), attn_mask=mask)
        return self.think(x + self.found(self.join(found)))


class Transformer(Translator):
    def __init__(self, sources, targets, width=128, depth=2, heads=4):
        super().__init__()
        self.sources, self.targets = table(sources, width), table(targets, width)
        self.register_buffer("waves", waves(512, width))
        self.reads = nn.ModuleList(Reads(width, heads) for _ in range(depth))
        self.read_norm = nn.LayerNorm(width)
        self.writes = nn.ModuleList(Writes(width, heads) for _ in range(depth))
        self.written_norm, self.last = nn.LayerNorm(width), nn.Linear(width, targets)

    def ordered(self):
        reads = [p for block in self.reads for p in block.ordered()]
        writes = [p for block in self.writes for p in block.ordered()]
        return [self.sources.weight, *reads, *parameters_of(self.read_norm), self.targets.weight,
                *writes, *parameters_of(self.written_norm, self.last)]

    def forward(self, sources, padding, before):
        mask = padding.own[:, None, None]
        read = self.sources(sources) + self.waves[: sources.shape[1]]
        for block in self.reads:
            read = block(read, mask)
        read = self.read_norm(read)
        written = self.targets(before) + self.waves[: before.shape[1]]
        for block in self.writes:
            written = block(written, read, mask)
        return self.last(self.written_norm(written))
