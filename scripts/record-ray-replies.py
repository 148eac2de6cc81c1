#!/usr/bin/env python3
"""Records what a real Ray dashboard answers, for the tests that play one.

    unshare -n -p -f --kill-child --mount-proc scripts/record-ray-replies.py VENV

VENV is a virtual environment with `ray[default]`. Starts a head on an address of its own, makes each
call of the jobs interface that Tenfold makes, in every state a job can be brought to, and writes the
replies to `crates/tenfold-cli/tests/it/ray/replies/`: status, content type, body. Run by hand, as root,
when a new version of Ray is to be supported. Linux only.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ADDRESS = "http://127.0.0.1:8265"
REPLIES = pathlib.Path(__file__).parent.parent / "crates/tenfold-cli/tests/it/ray/replies"


class Recorder:
    """Calls the dashboard and keeps what it answers."""

    def __init__(self, venv, temporary):
        self.hidden = [(str(venv), "/opt/ray"), (str(temporary), "/tmp/ray")]
        self.token = None

    def call(self, name, path, body=None):
        """Give the body of the reply; keep the reply as `name` unless that is None."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(ADDRESS + path, data, headers)
        try:
            reply = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            reply = error
        text = reply.read().decode()
        for found, shown in self.hidden:
            text = text.replace(found, shown)
        if name:
            kind = reply.headers["content-type"]
            whole = f"HTTP/1.1 {reply.status} {reply.reason}\ncontent-type: {kind}\n\n{text}"
            (REPLIES / f"{name}.http").write_text(whole, encoding="utf-8")
            print(f"{name}: {reply.status}", flush=True)
        return text

    def submit(self, job, entrypoint, name=None, **more):
        """Submit a job."""
        self.call(name, "/api/jobs/", {"entrypoint": entrypoint, "submission_id": job, **more})

    def wait_for(self, job, *statuses):
        """Wait until the job has one of the statuses."""
        deadline = time.monotonic() + 60
        while json.loads(self.call(None, f"/api/jobs/{job}"))["status"] not in statuses:
            assert time.monotonic() < deadline, f"{job} does not become {statuses}"
            time.sleep(0.1)


def start_node(venv):
    """Start a node with two cores."""
    ray = [f"{venv}/bin/ray", "start", "--address=10.99.0.1:6379", "--node-ip-address=10.99.0.2"]
    ray += ["--num-cpus=2", "--object-store-memory=80000000", "--disable-usage-stats"]
    subprocess.run(ray, stdout=subprocess.DEVNULL, check=True)


def start_head(venv, temporary, **variables):
    """Start a head that runs no tasks; its processes end with this one's namespace."""
    environment = {**os.environ, **variables}
    ray = [f"{venv}/bin/ray", "start", "--head", "--node-ip-address=10.99.0.1", "--num-cpus=0"]
    ray += ["--object-store-memory=80000000", "--disable-usage-stats", f"--temp-dir={temporary}"]
    subprocess.run(ray, env=environment, stdout=subprocess.DEVNULL, check=True)


def record_jobs(recorder, venv):
    """Record every state of a job."""
    call, submit = recorder.call, recorder.submit
    call("version", "/api/version")
    call("nodes", "/api/v0/nodes")
    notes = {"batch": "000001-0123abcd"}
    submit("tenfold-a", "sleep 2; echo said", "submitted", metadata=notes, runtime_env={})
    call("pending", "/api/jobs/tenfold-a")
    call("logs-of-a-pending-job", "/api/jobs/tenfold-a/logs")
    submit("tenfold-a", "echo again", "submitted-twice")
    recorder.wait_for("tenfold-a", "RUNNING")
    call("running", "/api/jobs/tenfold-a")
    recorder.wait_for("tenfold-a", "SUCCEEDED")
    call("succeeded", "/api/jobs/tenfold-a")
    call("logs", "/api/jobs/tenfold-a/logs")
    call("stop-of-an-ended-job", "/api/jobs/tenfold-a/stop", {})
    call("unknown-job", "/api/jobs/tenfold-z")
    call("logs-of-an-unknown-job", "/api/jobs/tenfold-z/logs")
    call("stop-of-an-unknown-job", "/api/jobs/tenfold-z/stop", {})
    call("unknown-path", "/api/nothing")
    call("submitted-without-entrypoint", "/api/jobs/", {"submission_id": "tenfold-y"})
    submit("tenfold-b", "exit 3")
    recorder.wait_for("tenfold-b", "FAILED")
    call("failed", "/api/jobs/tenfold-b")
    submit("tenfold-c", "env -i /usr/bin/python3 -c 'import ray'")
    recorder.wait_for("tenfold-c", "FAILED")
    call("failed-without-ray", "/api/jobs/tenfold-c")
    submit("tenfold-d", "sleep 100")
    recorder.wait_for("tenfold-d", "RUNNING")
    call("stop", "/api/jobs/tenfold-d/stop", {})
    recorder.wait_for("tenfold-d", "STOPPED")
    call("stopped", "/api/jobs/tenfold-d")
    submit("tenfold-e", "sleep 100", entrypoint_num_gpus=4)
    time.sleep(3)
    call("waiting-for-resources", "/api/jobs/tenfold-e")


def main():
    """Record everything."""
    venv = pathlib.Path(sys.argv[1]).resolve()
    for words in ["link set lo up", "addr add 10.99.0.1/32 dev lo", "addr add 10.99.0.2/32 dev lo"]:
        subprocess.run(["ip", *words.split()], check=True)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["PATH"] = f"{venv}/bin:{os.environ['PATH']}"
    REPLIES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="r") as temporary:
        recorder = Recorder(venv, temporary)
        start_head(venv, temporary)
        start_node(venv)
        record_jobs(recorder, venv)
        subprocess.run([f"{venv}/bin/ray", "stop", "--force"], stdout=subprocess.DEVNULL)
        start_head(venv, temporary, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="secret" * 8)
        recorder.call("without-token", "/api/jobs/tenfold-z")
        recorder.token = "wrong" * 8
        recorder.call("with-a-wrong-token", "/api/jobs/tenfold-z")
        recorder.token = "secret" * 8
        recorder.call(None, "/api/version")
        subprocess.run([f"{venv}/bin/ray", "stop", "--force"], stdout=subprocess.DEVNULL)
        shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    main()
