"""Runs the trials of one batch as Ray tasks; written and submitted by Tenfold.

    python driver.py BATCH.json

The file holds the workers' command lines, one task each, and what a task asks the cluster for.
Results do not pass through Ray: each worker publishes them on the shared file system, and says there
how its attempts ended. Beside BATCH.json this driver writes `ended.jsonl`, a line for each task that
Ray will not start again; what it prints is for people.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys

import ray

MOST_REQUEUES = 100  # of a task; each of its trials is counted by who handed it in
REQUEUE = 75  # exit status of a worker that wants to run again, sysexits' EX_TEMPFAIL
PR_SET_PDEATHSIG = 1  # of Linux's prctl(2)
GRACE_SECONDS = 20  # for a worker that is asked to stop and writes a checkpoint


class Requeue(Exception):
    """A worker asked to run again."""


def run_worker(command):
    """Run one worker to its end; what it prints goes to the log of the Ray worker."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def die_with_parent():
        # When a node is lost its raylet takes the Ray worker along, and the trial would live on
        # beside its retry. The parent may be gone before the wish is known to the kernel.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(REQUEUE)

    on_linux = sys.platform.startswith("linux")
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent if on_linux else None,
    )
    try:
        while True:
            try:
                code = child.wait(timeout=1)
                break
            except subprocess.TimeoutExpired:
                pass  # a wish to cancel is noticed between two waits
    except BaseException:
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    if code == REQUEUE:
        raise Requeue("the worker asked to run again")
    if code != 0:
        raise RuntimeError(f"the worker ended with status {code}")


def main():
    """Run every task; exit 1 if one failed for good, so that the job says so."""
    with open(sys.argv[1], encoding="utf-8") as file:
        batch = json.load(file)
    ended = os.path.join(os.path.dirname(sys.argv[1]), "ended.jsonl")
    ray.init(address="auto", log_to_driver=True)
    task = ray.remote(run_worker).options(
        num_cpus=batch["cpus"],
        num_gpus=batch["gpus"],
        memory=batch["memory"],
        resources=batch["resources"],
        max_retries=batch["retries"],  # when its node or its Ray worker is lost
    )
    waiting = {task.remote(words): number for number, words in enumerate(batch["tasks"])}

    def stop(_signal, _frame):
        raise SystemExit(143)

    signal.signal(signal.SIGTERM, stop)
    failed = 0
    requeues = [0] * len(batch["tasks"])
    try:
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            number, words = waiting.pop(done), "done"
            try:
                ray.get(done)
            except Exception as error:  # noqa: BLE001 - the other tasks go on whatever it was
                # Ray's error is of a class made of its own and of what the task raised.
                is_requeue = "Requeue" in type(error).__name__
                if is_requeue and requeues[number] < MOST_REQUEUES:
                    requeues[number] += 1
                    waiting[task.remote(batch["tasks"][number])] = number
                    continue
                failed, words = failed + 1, str(error).strip().splitlines()[-1]
            print(f"task {number}: {words}", flush=True)
            with open(ended, "a", encoding="utf-8") as file:
                file.write(json.dumps({"task": number, "words": words}) + "\n")
    finally:
        for reference in waiting:
            ray.cancel(reference, force=False)
        if waiting:
            ray.wait(list(waiting), num_returns=len(waiting), timeout=GRACE_SECONDS)
    if failed:
        sys.exit(f"{failed} of {len(batch['tasks'])} tasks failed")


if __name__ == "__main__":
    main()
