"""Recurrent layers as their users write them for one core without a graphics processor."""

import torch
from torch import nn


def one_bias(layer):
    """The built-in learners have one bias a gate; `nn.LSTM` has two, of which the second stays 0."""
    nn.init.zeros_(layer.bias_hh_l0)
    layer.bias_hh_l0.requires_grad_(False)
    return layer


def weights_of(layer):
    return [layer.weight_ih_l0, layer.bias_ih_l0, layer.weight_hh_l0]


@torch.no_grad()
def draw_recurrent(layer):
    """As the built-in learners begin: normal weights, a bias of 1 for the forget gate."""
    nn.init.normal_(layer.weight_ih_l0, std=layer.input_size**-0.5)
    nn.init.normal_(layer.weight_hh_l0, std=layer.hidden_size**-0.5)
    nn.init.zeros_(layer.bias_ih_l0)
    layer.bias_ih_l0[layer.hidden_size : 2 * layer.hidden_size] = 1.0


@torch.no_grad()
def draw_layer(layer, gain):
    """Normal weights of variance gain / inputs, biases of 0."""
    nn.init.normal_(layer.weight, std=(gain / layer.weight[0].numel()) ** 0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


class BothDirections(nn.Module):
    """A layer in both directions over padded sequences, the second over the steps turned round.

    The same numbers as `nn.LSTM` with `bidirectional` on packed sequences, which takes half as long again for
    sentences and twice as long for recordings, since packed sequences do not go through oneDNN.
    """

    def __init__(self, inputs, width):
        super().__init__()
        self.forth = one_bias(nn.LSTM(inputs, width, batch_first=True))
        self.back = one_bias(nn.LSTM(inputs, width, batch_first=True))

    def ordered(self):
        return [*weights_of(self.forth), *weights_of(self.back)]

    def draw(self):
        draw_recurrent(self.forth)
        draw_recurrent(self.back)

    def forward(self, x, padding):
        """All steps, 0 behind the ends, and the last state of each direction."""
        forth, _ = self.forth(x)
        back, _ = self.back(padding.turned(x))
        last = torch.cat([padding.last(forth), padding.last(back)], 1)
        return torch.cat([forth, padding.turned(back)], 2) * padding.own[..., None], last


class Padding:
    """Where sequences of `lengths` end in a batch of `steps` steps; made once a batch."""

    def __init__(self, lengths, steps):
        places = torch.arange(steps)[None]
        self.own = places < lengths[:, None]
        self.order = torch.where(self.own, lengths[:, None] - 1 - places, places)[..., None]
        self.ends = (lengths - 1)[:, None, None]

    def turned(self, x):
        """The steps of each sequence from its last to its first."""
        return x.gather(1, self.order.expand(-1, -1, x.shape[2]))

    def last(self, x):
        """The last step of each sequence."""
        return x.gather(1, self.ends.expand(-1, -1, x.shape[2]))[:, 0]
