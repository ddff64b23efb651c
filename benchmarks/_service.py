"""A service in a process of its own, for as long as it is asked."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


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
