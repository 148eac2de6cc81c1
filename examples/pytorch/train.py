"""Trains a small PyTorch network on digits and goes on from its checkpoint if it was cut off."""

import argparse
import json
import os
import pathlib

import numpy as np
import torch
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--shard", required=True)
parser.add_argument("--validation", required=True)
parser.add_argument("--width", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--out", required=True)
arguments = parser.parse_args()

torch.manual_seed(arguments.seed)
torch.set_num_threads(1)
device = "cuda" if torch.cuda.is_available() else "cpu"
images, labels = load_digits(return_X_y=True)
images = torch.tensor(images / 16, dtype=torch.float32, device=device)
labels = torch.tensor(labels, device=device)
shard, validation = (np.load(path) for path in (arguments.shard, arguments.validation))

model = torch.nn.Sequential(
    torch.nn.Linear(64, arguments.width), torch.nn.ReLU(), torch.nn.Linear(arguments.width, 10)
).to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
# The folder is the trial's own and is kept between its executions.
checkpoint = pathlib.Path(os.environ["TENFOLD_WORK"]) / "checkpoint.pt"
first = 0
if checkpoint.exists():
    saved = torch.load(checkpoint)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    first = saved["epoch"]
for epoch in range(first, 60):
    order = np.random.default_rng((arguments.seed, epoch)).permutation(shard)
    for batch in np.array_split(order, max(1, len(order) // 32)):
        loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 20 == 19:
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save({**state, "epoch": epoch + 1}, checkpoint)
wrong = (model(images[validation]).argmax(1) != labels[validation]).float().tolist()
parameters = sum(tensor.numel() for tensor in model.parameters())
result = {"error": sum(wrong) / len(wrong), "per_example": wrong, "parameters": parameters}
with open(arguments.out, "w") as file:
    json.dump(result, file)
checkpoint.unlink(missing_ok=True)
