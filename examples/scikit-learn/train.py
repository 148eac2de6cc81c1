"""Trains one scikit-learn classifier on the shard it is given, and reports as Tenfold asks.

The digits come with scikit-learn, so nothing is downloaded. The shard and the validation set are
files of example numbers, which Tenfold keeps apart and nested.
"""

import argparse
import json

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--shard", required=True, help="numbers of the examples to train on (npy)")
parser.add_argument("--validation", required=True, help="numbers of those to choose by (npy)")
parser.add_argument("--test", required=True, help="numbers of those to report on (npy)")
parser.add_argument("--strength", type=float, required=True, help="inverse regularization, C")
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--out", required=True)
arguments = parser.parse_args()

images, labels = load_digits(return_X_y=True)
shard, validation, test = (
    np.load(path) for path in (arguments.shard, arguments.validation, arguments.test)
)
model = make_pipeline(
    StandardScaler(),
    LogisticRegression(C=arguments.strength, max_iter=300, random_state=arguments.seed),
)
model.fit(images[shard], labels[shard])


def wrong(rows):
    """1 where the model is wrong."""
    return (model.predict(images[rows]) != labels[rows]).astype(float)


result = {
    "error": wrong(test).mean(),
    "validation_error": wrong(validation).mean(),
    "train_error": wrong(shard).mean(),
    "per_example": wrong(test).tolist(),
    "parameters": int(sum(part.size for part in (model[-1].coef_, model[-1].intercept_))),
}
with open(arguments.out, "w") as file:
    json.dump(result, file)
