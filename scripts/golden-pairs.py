"""Write the golden values of the operations for pairs of sequences: PyTorch as the oracle.

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
    ]
    versions = {"script": "scripts/golden-pairs.py", "torch": torch.__version__,
                "numpy": np.__version__, "python": sys.version.split()[0]}
    text = json.dumps({"made_with": versions, "cases": cases}, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n")


main()
