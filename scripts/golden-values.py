"""Write the golden values that the tests of tenfold-train compare with: PyTorch as the oracle.

Run from the project's root; the fixtures are committed and the tests never need PyTorch:

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python scripts/golden-values.py crates/tenfold-train/tests/it/golden

Everything is in the engine's layout: images channels last, linear weights inputs x outputs,
convolution weights (row, column, input channel) x output channel. Single operations are computed
in double precision, so that they check formulas; whole runs in single precision, as trained.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(20)
torch.set_num_threads(1)


def numbers(tensor):
    """Numbers of a tensor, with 9 digits in single precision (exact) and 13 in double."""
    digits = 9 if tensor.dtype == torch.float32 else 13
    return [float(f"{float(x):.{digits}g}") for x in tensor.contiguous().reshape(-1)]


def flat(tensor):
    """Numbers of a tensor in the engine's order."""
    tensor = tensor.detach()
    if tensor.dim() == 4:
        tensor = tensor.permute(0, 2, 3, 1)
    return numbers(tensor)


def flat_weight(weight):
    """Numbers of a weight in the engine's order."""
    weight = weight.detach()
    if weight.dim() == 4:
        weight = weight.permute(2, 3, 1, 0)
    elif weight.dim() == 2:
        weight = weight.t()
    return numbers(weight)


def operation(name, inputs, parameters, compute, statistics=()):
    """One operation: output, and gradients of sum(output * direction) for a random direction."""
    for tensor in [inputs, *parameters]:
        tensor.requires_grad_(True)
    output = compute(inputs, *parameters)
    direction = torch.randn_like(output)
    (output * direction).sum().backward()
    return {
        "name": name,
        "input": flat(inputs),
        "parameters": [flat_weight(p) for p in parameters],
        "output": flat(output),
        "direction": flat(direction),
        "input_gradient": flat(inputs.grad),
        "parameter_gradients": [flat_weight(p.grad) for p in parameters],
        "statistics": [flat(s) for s in statistics],
    }


def operations():
    """Each operation of the engine once, small."""
    def rand(*shape):
        return torch.randn(*shape, dtype=torch.float64)

    cases = [
        operation("linear_relu", rand(5, 7), [rand(4, 7), rand(4)],
                  lambda x, w, b: F.relu(F.linear(x, w, b))),
        operation("convolution_3x3_relu", rand(2, 3, 5, 6), [rand(4, 3, 3, 3), rand(4)],
                  lambda x, w, b: F.relu(F.conv2d(x, w, b, padding=1))),
        operation("convolution_3x3_stride_2", rand(2, 3, 7, 6), [rand(4, 3, 3, 3)],
                  lambda x, w: F.conv2d(x, w, padding=1, stride=2)),
        operation("convolution_1x1_stride_2", rand(2, 3, 6, 5), [rand(4, 3, 1, 1)],
                  lambda x, w: F.conv2d(x, w, stride=2)),
        operation("convolution_1x1", rand(2, 3, 4, 5), [rand(4, 3, 1, 1)], F.conv2d),
        operation("max_pool", rand(2, 3, 5, 6), [], lambda x: F.max_pool2d(x, 2)),
        operation("average_pool", rand(2, 3, 5, 6), [], lambda x: F.avg_pool2d(x, 2)),
        operation("global_average_pool", rand(2, 3, 5, 6), [],
                  lambda x: F.adaptive_avg_pool2d(x, 1)),
    ]
    mean, variance = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    cases.append(operation(
        "batch_norm_relu", 3.0 * rand(4, 3, 5, 4) + 2.0, [rand(3), rand(3)],
        lambda x, w, b: F.relu(F.batch_norm(x, mean, variance, w, b, training=True)),
        [mean, variance]))
    logits = rand(6, 4).requires_grad_(True)
    labels = torch.tensor([0, 3, 1, 1, 2, 0])
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    cases.append({"name": "softmax_cross_entropy", "input": flat(logits), "labels": labels.tolist(),
                  "loss": loss.item(), "input_gradient": flat(logits.grad)})
    predictions, targets = rand(6).requires_grad_(True), rand(6)
    loss = F.mse_loss(predictions, targets)
    loss.backward()
    cases.append({"name": "mean_squared_error", "input": flat(predictions), "targets": flat(targets),
                  "loss": loss.item(), "input_gradient": flat(predictions.grad)})
    return cases


def groups(model, weight_decay):
    """Parameter groups in which only weights of linear and convolution layers decay."""
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    return [{"params": decayed, "weight_decay": weight_decay},
            {"params": others, "weight_decay": 0.0}]


class BasicBlock(nn.Module):
    """Residual block whose shortcut is a strided 1x1 convolution."""

    def __init__(self, before, after):
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, 2, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        self.shortcut = nn.Conv2d(before, after, 1, 2, bias=False)
        self.shortcut_norm = nn.BatchNorm2d(after)

    def forward(self, x):
        hidden = F.relu(self.first_norm(self.first(x)))
        hidden = self.second_norm(self.second(hidden))
        return F.relu(hidden + self.shortcut_norm(self.shortcut(x)))


def mlp():
    return nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))


def cnn():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2))


class Cnn(nn.Module):
    """Convolution stages and a linear layer that reads pixels channels last, as the engine does."""

    def __init__(self):
        super().__init__()
        self.stages = cnn()
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        return self.last(self.stages(x).permute(0, 2, 3, 1).flatten(1))


class Resnet(nn.Module):
    """Convolution, one residual block, global average pooling and a linear layer."""

    def __init__(self):
        super().__init__()
        self.entry = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.entry_norm = nn.BatchNorm2d(4)
        self.block = BasicBlock(4, 6)
        self.last = nn.Linear(6, 3)

    def forward(self, x):
        hidden = self.block(F.relu(self.entry_norm(self.entry(x))))
        return self.last(hidden.mean((2, 3)))


def run(name, model, shape, make_optimizer, learning_rates):
    """A whole training run on three classes: initial weights, every batch's loss, final state."""
    examples, batch = 24, 8
    inputs = torch.randn(examples, *shape)
    labels = torch.randint(0, 3, (examples,))
    # Something to learn: each class has its own mean.
    inputs += 0.5 * torch.randn(3, *shape)[labels]
    initial = [flat_weight(p) for p in model.parameters()]
    optimizer = make_optimizer(model)
    losses = []
    for step, learning_rate in enumerate(learning_rates):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        rows = [(step * batch + i) % examples for i in range(batch)]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return {
        "name": name,
        "inputs": flat(inputs), "labels": labels.tolist(), "batch": batch,
        "learning_rates": learning_rates, "initial": initial, "losses": losses,
        "final": [flat_weight(p) for p in model.parameters()],
        "running": [flat(b) for n, b in model.named_buffers() if "running" in n],
        "final_logits": flat(model(inputs)),
    }


def runs():
    """Whole runs, with both kinds of optimiser."""
    def adamw(model):
        return torch.optim.AdamW(groups(model, 0.05), lr=0.0)

    def adam(model):
        return torch.optim.Adam(groups(model, 0.01), lr=0.0)

    def sgd(model):
        return torch.optim.SGD(groups(model, 0.01), lr=0.0, momentum=0.9)

    steps = 30
    cosine = [float(0.01 * 0.5 * (1 + np.cos(np.pi * s / steps))) for s in range(steps)]
    constant = [0.05] * steps
    return [
        run("mlp_adamw", mlp(), (12,), adamw, cosine),
        run("mlp_adam", mlp(), (12,), adam, cosine),
        run("mlp_sgd", mlp(), (12,), sgd, constant),
        run("cnn_adamw", Cnn(), (2, 6, 6), adamw, cosine),
        run("cnn_sgd", Cnn(), (2, 6, 6), sgd, constant),
        run("resnet_adamw", Resnet(), (2, 6, 6), adamw, cosine),
    ]


def main():
    folder = Path(sys.argv[1])
    made_with = {"script": "scripts/golden-values.py", "torch": torch.__version__,
                 "numpy": np.__version__, "python": sys.version.split()[0]}
    for name, cases in [("operations", operations()), ("runs", runs())]:
        text = json.dumps({"made_with": made_with, "cases": cases}, separators=(",", ":"))
        (folder / f"{name}.json").write_text(text + "\n")
        print(f"{name}: {len(text)} bytes")


if __name__ == "__main__":
    main()
