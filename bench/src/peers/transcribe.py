"""`deep-speech` in PyTorch, and its loss alone: the same layers, parameters in the engine's order."""

import torch
from torch import nn
from torch.nn import functional as F

from .recurrent import BothDirections, Padding, draw_layer

BANDS = 40


class Transcriber(nn.Module):
    def labels_of(self, labels):
        """Labels of all recordings one after the other, and how many each has."""
        own = labels >= 0
        return labels[own].long(), own.sum(1)


def ctc(logits, lengths, labels, counts):
    """The mean over recordings; one that is too short for its transcript has no loss."""
    probabilities = F.log_softmax(logits, 2).transpose(0, 1)
    losses = F.ctc_loss(probabilities, labels, lengths, counts, reduction="sum", zero_infinity=True)
    return losses / len(counts)


class DeepSpeech(Transcriber):
    def __init__(self, classes, width=128, depth=2, channels=16, dropout=0.0):
        super().__init__()
        self.first = nn.Conv2d(1, channels, 5, stride=2, padding=2)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        inputs = [channels * BANDS // 2, *[width] * (depth - 1)]
        self.layers = nn.ModuleList(BothDirections(size, width // 2) for size in inputs)
        self.last = nn.Linear(width, classes)
        self.dropout = nn.Dropout(dropout)

    def ordered(self):
        layers = [p for layer in self.layers for p in layer.ordered()]
        return [self.first.weight, self.first.bias, self.second.weight, self.second.bias, *layers,
                self.last.weight, self.last.bias]

    def draw(self):
        """Initial weights as of the built-in learner."""
        for layer in self.layers:
            layer.draw()
        for layer, gain in [(self.first, 2), (self.second, 2), (self.last, 0)]:
            draw_layer(layer, gain)

    def prepared(self, frames, lengths, labels):
        """The batch in PyTorch's types, without frames that are padding in every recording."""
        frames, lengths = frames.view(len(frames), 1, -1, BANDS), lengths.flatten().long()
        steps = (lengths + 1) // 2
        padding = Padding(steps, steps.max())
        return frames[:, :, : lengths.max()].contiguous(), padding, steps, *self.labels_of(labels)

    def forward(self, frames, padding):
        seen = F.relu(self.first(frames)) * padding.own[:, None, :, None]
        heard = F.relu(self.second(seen)).permute(0, 2, 3, 1).flatten(2)
        for layer in self.layers:
            heard = self.dropout(layer(heard, padding)[0])
        return self.last(heard)

    def loss(self, frames, padding, steps, labels, counts):
        return ctc(self(frames, padding), steps, labels, counts)


class Ctc(Transcriber):
    """The loss and the gradient of given logits."""

    def __init__(self, classes):
        super().__init__()
        self.classes = classes

    def ordered(self):
        return []

    def prepared(self, logits, lengths, labels):
        logits, lengths = logits.view(len(logits), -1, self.classes), lengths.flatten().long()
        logits = logits[:, : lengths.max()].contiguous().requires_grad_()
        return logits, lengths, *self.labels_of(labels)

    def loss(self, logits, lengths, labels, counts):
        logits.grad = None
        return ctc(logits, lengths, labels, counts)
