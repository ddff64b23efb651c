"""A service in a process of its own, for as long as it is asked, and what keeps it at work."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2 as httpx

SMALL = {"source": {"kind": "synthetic", "sessions": 400, "assets": 4}, "minimum_sessions": 100}


@dataclass(frozen=True, slots=True)
class Service:
    """Where it answers, in which process, and how long it took to be ready."""

    url: str
    process: int
    ready_s: float


@contextmanager
def service(home: str) -> Iterator[Service]:
    """`forefolio serve` with a home of its own; it is ended whatever happens."""
    words = [sys.executable, "-m", "forefolio", "serve", "--port", "0"]
    env = {**os.environ, "FOREFOLIO_HOME": home}
    begun = time.perf_counter()
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stderr is not None
        try:
            url = process.stderr.readline().split("running on ")[1].split(" ")[0]
            yield Service(url, process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()


def train_two(client: httpx.Client) -> None:
    """Ask for two trainings, and wait until both are under way."""
    for seed in (1, 2):
        source = {"kind": "synthetic", "sessions": 2500, "assets": 8, "seed": seed}
        asked = {"prefer": "respond-async"}
        client.post("/api/models/train", json={"source": source}, headers=asked)
    time.sleep(3)
