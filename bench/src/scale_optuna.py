"""Creates, loads and groups finished trials in Optuna's SQLite storage; prints seconds as JSON.

Usage: scale_optuna.py TRIALS DATABASE create|read

Only the first 200 trials are created through Optuna, which commits several times a trial; the
rest are copies of their rows, written with SQL.
"""

import json
import sqlite3
import sys
import time

import optuna

trials, path, what = int(sys.argv[1]), sys.argv[2], sys.argv[3]
optuna.logging.set_verbosity(optuna.logging.ERROR)
models, sizes, created = 4, 25, min(200, trials)
url = f"sqlite:///{path}"


def create():
    study = optuna.create_study(storage=url, study_name="scale")
    grid = optuna.distributions.FloatDistribution(0.0, 1000.0)
    made = [
        optuna.trial.create_trial(
            state=optuna.trial.TrialState.COMPLETE,
            params={"a": float(index % 40), "b": float(index // 40 % 25)},
            distributions={"a": grid, "b": grid},
            user_attrs={"model": index % models, "size": index // models % sizes},
            value=0.1 + (index * 7919 % created) / created,
        )
        for index in range(created)
    ]
    start, processor = time.perf_counter(), time.process_time()
    study.add_trials(made)
    said = {"create": time.perf_counter() - start, "processor": time.process_time() - processor}
    fill()
    return {"created": created, **said}


def fill():
    """Copies the rows of the created trials until there are as many as asked for."""
    database = sqlite3.connect(path)
    copies = range(1, trials // created)
    for table in ["trials", "trial_params", "trial_values", "trial_user_attributes"]:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        key = "trial_id" if table == "trials" else columns[0]
        shown = {"trial_id": f"trial_id + ? * {created}", "number": f"number + ? * {created}"}
        columns = [column for column in columns if column == "trial_id" or column != key]
        chosen = ", ".join(shown.get(column, column) for column in columns)
        marks = chosen.count("?")
        first = f"trial_id IN (SELECT trial_id FROM trials ORDER BY trial_id LIMIT {created})"
        statement = f"INSERT INTO {table}({', '.join(columns)}) SELECT {chosen} FROM {table}"
        for copy in copies:
            database.execute(f"{statement} WHERE {first}", [copy] * marks)
    database.commit()


def read():
    start, processor = time.perf_counter(), time.process_time()
    study = optuna.load_study(storage=url, study_name="scale")
    loaded = study.get_trials(deepcopy=False)
    best = {}
    for trial in loaded:
        group = (trial.user_attrs["model"], trial.user_attrs["size"])
        if group not in best or trial.value < best[group]:
            best[group] = trial.value
    return {
        "load and best of each group": time.perf_counter() - start,
        "processor": time.process_time() - processor,
        "groups": len(best),
        "trials": len(loaded),
    }


print(json.dumps(create() if what == "create" else read()))
