"""Runs train.py beside it with the initial weights of `lstm-lm`, which are drawn otherwise than PyTorch's."""

import runpy
import sys

import torch
from torch import nn


@torch.no_grad()
def recurrent(layer):
    """Normal, with one bias a gate: 1 for the forget gate, or 0."""
    nn.init.normal_(layer.weight_ih_l0, std=layer.input_size**-0.5)
    nn.init.normal_(layer.weight_hh_l0, std=layer.hidden_size**-0.5)
    nn.init.zeros_(layer.bias_ih_l0)
    nn.init.zeros_(layer.bias_hh_l0).requires_grad_(False)
    layer.bias_ih_l0[layer.hidden_size : 2 * layer.hidden_size] = 1.0


@torch.no_grad()
def output(layer):
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)


nn.LSTM.reset_parameters = recurrent
nn.Linear.reset_parameters = output
sys.path.insert(0, ".")
runpy.run_path("train.py", run_name="__main__")
