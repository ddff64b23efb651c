"""The service's answers while it has nothing to do, and while two models are trained.

CPU time per request is that of the service's own process: how long a request takes beside it
depends on who else uses the cores. Run: .venv/bin/python benchmarks/service.py
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
from _service import SMALL, service, train_two


def cpu_s(process: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(name: str, process: int, ask: Callable[[], object], times: int = 300) -> None:
    """Ask many times, one after another, and print how long it takes."""
    before, taken = cpu_s(process), []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append(1e3 * (time.perf_counter() - began))
    cpu = 1e3 * (cpu_s(process) - before) / times
    median, p99 = statistics.median(taken), sorted(taken)[int(0.99 * times)]
    print(f"{name:28} median {median:6.1f} ms   p99 {p99:6.1f} ms   service's CPU {cpu:5.1f} ms")


def main() -> None:
    """Measure, idle and busy."""
    with tempfile.TemporaryDirectory() as home:
        with service(home) as served, httpx.Client(base_url=served.url, timeout=60) as client:
            process = served.process
            print(f"ready after {served.ready_s:.1f} s, {cpu_s(process):.1f} s of CPU")
            patient = {"prefer": "wait=30"}
            first = client.post("/api/optimize/portfolio", json=SMALL, headers=patient).json()
            result = f"/api/runs/{first['run']['id']}/result"

            def cached() -> None:
                client.post("/api/optimize/portfolio", json=SMALL).raise_for_status()

            def read() -> None:
                client.get(result).raise_for_status()

            def look() -> None:
                client.get(result.removesuffix("/result")).raise_for_status()

            for busy in ("", ", two trained"):
                if busy:
                    train_two(client)
                measured(f"a cached answer{busy}", process, cached)
                measured(f"a result{busy}", process, read)
                measured(f"the state of a run{busy}", process, look)
            began = time.perf_counter()
        print(f"ended {time.perf_counter() - began:.1f} s after SIGTERM")


if __name__ == "__main__":
    main()
