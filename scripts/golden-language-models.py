"""Write the golden training runs of the language models: PyTorch as the oracle.

Run from the project's root; the fixture is committed and the tests never need PyTorch:

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python scripts/golden-language-models.py crates/tenfold-train/tests/it/golden/language_models.json

Everything is in the engine's layout and order of parameters: weights inputs x outputs, one bias a gate.
Streams go round one circle of tokens, a window an update, and recurrent layers carry their state on.
Runs are computed in double precision and written with 13 digits.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from torch import nn

torch.manual_seed(23)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

VOCABULARY, STREAMS, WINDOW, UPDATES = 7, 4, 6, 40


def numbers(tensor):
    """Numbers of a tensor in order, with 13 digits."""
    return [float(f"{float(x):.13g}") for x in tensor.detach().contiguous().reshape(-1)]


def rounded(tensor):
    """The same numbers as those that are written."""
    return torch.tensor(numbers(tensor)).view(tensor.shape)


class Parameters:
    """Weights in the order in which they are taken; the first run through the model makes them."""

    def __init__(self):
        self.all, self.next = [], 0

    def take(self, *shape, spread=None):
        if self.next == len(self.all):
            spread = shape[0] ** -0.5 if spread is None else spread
            self.all.append(rounded(spread * torch.randn(*shape)).requires_grad_(True))
        self.next += 1
        return self.all[self.next - 1]


def lstm_layer(take, x, width, state):
    """One layer of PyTorch's LSTM; its second bias is left out, as one is enough."""
    inputs = x.shape[-1]
    of_input, bias = take(inputs, 4 * width), take(4 * width, spread=0.5)
    of_hidden = take(width, 4 * width)
    layer = nn.LSTM(inputs, width, batch_first=True)
    values = {"weight_ih_l0": of_input.t(), "weight_hh_l0": of_hidden.t(), "bias_ih_l0": bias,
              "bias_hh_l0": torch.zeros(4 * width)}
    return torch.func.functional_call(layer, values, (x, state))


def lstm(take, tokens, state, width=6, embedding=4, depth=2, tied=False):
    table = take(VOCABULARY, embedding, spread=1.0)
    hidden, states = F.embedding(tokens, table), []
    for layer in range(depth):
        hidden, new = lstm_layer(take, hidden, width, state[layer] if state else (
            torch.zeros(1, STREAMS, width), torch.zeros(1, STREAMS, width)))
        states.append(tuple(part.detach() for part in new))
    if not tied:
        return hidden @ take(width, VOCABULARY) + take(VOCABULARY, spread=0.1), states
    if embedding != width:
        hidden = hidden @ take(width, embedding) + take(embedding, spread=0.1)
    return hidden @ table.t() + take(VOCABULARY, spread=0.1), states


def highway(take, tokens, state, width=6, embedding=4, depth=3):
    """Recurrent highway network as in Zilly et al. (2017), written out."""
    x = F.embedding(tokens, take(VOCABULARY, embedding, spread=1.0))
    of_input, bias = take(embedding, 2 * width), take(2 * width, spread=0.5)
    of_state = [take(width, 2 * width) for _ in range(depth)]
    others = [take(2 * width, spread=0.5) for _ in range(depth - 1)]
    state = torch.zeros(STREAMS, width) if state is None else state
    outputs = []
    for step in range(WINDOW):
        for layer in range(depth):
            both = state @ of_state[layer]
            both = both + (x[:, step] @ of_input + bias if layer == 0 else others[layer - 1])
            new, take_share = torch.tanh(both[:, :width]), torch.sigmoid(both[:, width:])
            state = new * take_share + state * (1 - take_share)
        outputs.append(state)
    hidden = torch.stack(outputs, 1)
    return hidden @ take(width, VOCABULARY) + take(VOCABULARY, spread=0.1), state.detach()


def transformer(take, tokens, _, width=6, heads=2, depth=2, tied=False):
    def norm(x):
        return F.layer_norm(x, (width,), take(width, spread=1.0), take(width, spread=0.1))

    def linear(x, outputs):
        return x @ take(x.shape[-1], outputs) + take(outputs, spread=0.1)

    table = take(VOCABULARY, width, spread=1.0)
    hidden = F.embedding(tokens, table) + take(WINDOW, width, spread=0.1)
    for _ in range(depth):
        parts = linear(norm(hidden), 3 * width)
        parts = parts.view(STREAMS, WINDOW, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(*parts, is_causal=True)
        hidden = hidden + linear(found.transpose(1, 2).reshape(STREAMS, WINDOW, width), width)
        hidden = hidden + linear(F.gelu(linear(norm(hidden), 4 * width), approximate="tanh"), width)
    hidden = norm(hidden)
    if tied:
        return hidden @ table.t() + take(VOCABULARY, spread=0.1), None
    return linear(hidden, VOCABULARY), None


def run(name, model, rate=0.03, longest=0.25, smoothing=0.0, **settings):
    """Initial weights, every batch's loss and length of its gradient, final weights."""
    # Something to learn: the token is often the sum of the two before it.
    tokens = [1, 2]
    for _ in range(99):
        is_free = torch.rand(()) < 0.2
        free = int(torch.randint(0, VOCABULARY, ()))
        tokens.append(free if is_free else (tokens[-1] + tokens[-2]) % VOCABULARY)
    circle = torch.tensor(tokens)
    parameters, state = Parameters(), None
    learning_rates = [rate * min(1.0, (step + 1) / 5) for step in range(UPDATES)]
    initial, losses, lengths, optimizer = None, [], [], None
    for step, learning_rate in enumerate(learning_rates):
        starts = [(b * len(tokens) // STREAMS + step * WINDOW) % len(tokens) for b in range(STREAMS)]
        places = (torch.tensor(starts)[:, None] + torch.arange(WINDOW)) % len(tokens)
        parameters.next = 0
        logits, state = model(parameters.take, circle[places], state, **settings)
        if optimizer is None:
            initial = [numbers(p) for p in parameters.all]
            optimizer = torch.optim.Adam(parameters.all, lr=0.0)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        targets = circle[(places + 1) % len(tokens)]
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        lengths.append(float(nn.utils.clip_grad_norm_(parameters.all, longest)))
        optimizer.step()
        losses.append(loss.item())
    return {"name": name, "tokens": tokens, "smoothing": smoothing, "longest": longest,
            "streams": STREAMS, "window": WINDOW, "learning_rates": learning_rates,
            "initial": initial, "losses": losses, "lengths": lengths,
            "final": [numbers(p) for p in parameters.all]}


def main():
    cases = [
        run("lstm-lm", lstm),
        run("lstm-lm tied", lstm, tied=True, embedding=6, smoothing=0.1),
        run("lstm-lm tied through a layer", lstm, tied=True, depth=1),
        run("rhn-lm", highway),
        run("transformer-lm", transformer, rate=0.005, longest=1.0),
        run("transformer-lm tied", transformer, rate=0.005, longest=2.0, tied=True, smoothing=0.1),
    ]
    versions = {"script": "scripts/golden-language-models.py", "torch": torch.__version__,
                "numpy": np.__version__, "python": sys.version.split()[0]}
    text = json.dumps({"made_with": versions, "cases": cases}, separators=(",", ":"))
    Path(sys.argv[1]).write_text(text + "\n")
    for case in cases:
        clipped = sum(length > case["longest"] for length in case["lengths"])
        print(case["name"], len(text), case["losses"][0], case["losses"][-1], f"{clipped} clipped")


main()
