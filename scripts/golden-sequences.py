"""Write the golden values of the operations for sequences: PyTorch as the oracle.

Run from the project's root; the fixture is committed and the tests never need PyTorch:

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python scripts/golden-sequences.py crates/tenfold-train/tests/it/golden/sequences.json

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

torch.manual_seed(21)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def numbers(tensor):
    """Numbers of a tensor in order, with 13 digits."""
    return [float(f"{float(x):.13g}") for x in tensor.detach().contiguous().reshape(-1)]


def case(name, inputs, parameters, compute):
    """Output of one operation, and gradients of sum(output * direction) for a random direction."""
    leaves = [p.detach().clone().requires_grad_(True) for p in parameters]
    given = inputs.detach().clone()
    if given.is_floating_point():
        given.requires_grad_(True)
    output = compute(given, *leaves)
    direction = torch.randn_like(output)
    (output * direction).sum().backward()
    return {
        "name": name,
        "input": numbers(inputs),
        "parameters": [numbers(p) for p in parameters],
        "output": numbers(output),
        "direction": numbers(direction),
        "input_gradient": numbers(given.grad) if given.is_floating_point() else [],
        "parameter_gradients": [numbers(p.grad) for p in leaves],
    }


def recurrent(kind, gates, inputs, hidden, halves=False):
    """A layer of PyTorch's own, from weights in the engine's order: weights and biases of the input,
    weights and, for GRU, biases of the hidden state. With `halves` the second half of the steps
    begins with the state that the first ended with, through which no gradient goes."""
    def compute(x, of_input, bias, of_hidden, *hidden_bias):
        zeros = torch.zeros(gates * hidden)
        layer = kind(inputs, hidden, batch_first=True)
        values = {
            "weight_ih_l0": of_input.t(), "weight_hh_l0": of_hidden.t(), "bias_ih_l0": bias,
            "bias_hh_l0": hidden_bias[0] if hidden_bias else zeros,
        }
        def call(*given):
            return torch.func.functional_call(layer, values, given)
        if not halves:
            return call(x)[0]
        middle = x.shape[1] // 2
        first, state = call(x[:, :middle])
        second, _ = call(x[:, middle:], tuple(part.detach() for part in state))
        return torch.cat([first, second], 1)
    return compute


def highway(x, weights, hidden, depth):
    """Recurrent highway network as in Zilly et al. (2017), written out."""
    of_input, bias, *rest = weights
    of_state, others = rest[:depth], rest[depth:]
    state = torch.zeros(x.shape[0], hidden)
    outputs = []
    for step in range(x.shape[1]):
        for layer in range(depth):
            both = state @ of_state[layer]
            both = both + (x[:, step] @ of_input + bias if layer == 0 else others[layer - 1])
            new, take = torch.tanh(both[:, :hidden]), torch.sigmoid(both[:, hidden:])
            state = new * take + state * (1 - take)
        outputs.append(state)
    return torch.stack(outputs, 1)


def attention(heads, causal):
    def compute(x):
        batch, steps, width = x.shape
        parts = x.view(batch, steps, 3, heads, width // 3 // heads).permute(2, 0, 3, 1, 4)
        output = F.scaled_dot_product_attention(*parts, is_causal=causal)
        return output.transpose(1, 2).reshape(batch, steps, width // 3)
    return compute


def losses():
    """Cross-entropy of each step with label smoothing; a target of -100 is none."""
    logits = torch.randn(3, 4, 5).requires_grad_(True)
    targets = torch.tensor([[0, 3, 1, 1], [2, -100, 0, 4], [4, 4, -100, -100]])
    found = []
    for smoothing in [0.0, 0.1]:
        logits.grad = None
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=smoothing)
        loss.backward()
        found.append({
            "name": f"sequence_cross_entropy_{smoothing}", "input": numbers(logits),
            "targets": targets.flatten().tolist(), "counted": int((targets >= 0).sum()),
            "loss": loss.item(), "input_gradient": numbers(logits.grad)})
    return found


def main():
    def rand(*shape):
        return torch.randn(*shape)

    tokens = torch.randint(0, 7, (3, 4))
    highway_weights = [rand(3, 10), rand(10), *(rand(5, 10) for _ in range(3)), rand(10), rand(10)]
    cases = [
        case("layer_norm", 3.0 * rand(3, 4, 5) + 2.0, [rand(5), rand(5)],
             lambda x, w, b: F.layer_norm(x, (5,), w, b)),
        case("gelu", 2.0 * rand(4, 9), [], lambda x: F.gelu(x, approximate="tanh")),
        case("embedding", tokens, [rand(7, 3)], F.embedding),
        case("embedded_lstm", tokens, [rand(7, 3), rand(3, 20), rand(20), rand(5, 20)],
             lambda x, e, *w: recurrent(nn.LSTM, 4, 3, 5)(F.embedding(x, e), *w)),
        case("lstm", rand(3, 4, 3), [rand(3, 20), rand(20), rand(5, 20)],
             recurrent(nn.LSTM, 4, 3, 5)),
        case("gru", rand(3, 4, 3), [rand(3, 15), rand(15), rand(5, 15), rand(15)],
             recurrent(nn.GRU, 3, 3, 5)),
        case("recurrent_highway", rand(3, 4, 3), highway_weights,
             lambda x, *w: highway(x, w, 5, 3)),
        case("attention", rand(2, 5, 12), [], attention(2, False)),
        case("causal_attention", rand(2, 5, 12), [], attention(2, True)),
        case("carried_lstm", rand(3, 8, 3), [rand(3, 20), rand(20), rand(5, 20)],
             recurrent(nn.LSTM, 4, 3, 5, halves=True)),
        *losses(),
    ]
    versions = {"script": "scripts/golden-sequences.py", "torch": torch.__version__,
                "numpy": np.__version__, "python": sys.version.split()[0]}
    text = json.dumps({"made_with": versions, "cases": cases}, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n")


main()
