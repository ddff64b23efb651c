"""`forefolio serve` as a process of its own, over real HTTP and WebSockets."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from click.testing import CliRunner
from tests.cli.conftest import TINY
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from forefolio.cli.serve import serve
from forefolio.core.errors import InputError

TOKEN = "t" * 32


@contextmanager
def started(home: Path, *options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`forefolio serve` on a free port; killed, not asked to leave, at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "forefolio", "serve", "--port", "0", *options],
        env={
            **os.environ,
            "FOREFOLIO_HOME": str(home),
            "FOREFOLIO_EXECUTOR": "inline:",
            **environment,
        },
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def asking(process: subprocess.Popen[str]) -> Iterator[httpx.Client]:
    """A client of it, once it is ready."""
    url = f"http://127.0.0.1:{_port(process.stderr)}"
    with httpx.Client(base_url=url, timeout=60) as client:  # a report is drawn meanwhile
        yield client


@contextmanager
def service(home: Path, **environment: str) -> Iterator[httpx.Client]:
    """A client of a service of its own."""
    with started(home, **environment) as process, asking(process) as client:
        yield client


def _port(log: Any) -> str:
    for line in log:
        if found := re.search(r"running on http://[^:]+:(\d+)", line):
            return found[1]
    raise AssertionError("the service ended without a word")


def asked(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/runs", json={"kind": "strategy", "study": {**TINY, **changes}})
    assert answer.status_code == 202, answer.text
    run: dict[str, Any] = answer.json()
    return run


def heard(
    client: httpx.Client, run: dict[str, Any], after: int = 0, most: int = 10**6
) -> list[Any]:
    """Up to `most` frames of a run that are numbered above `after`."""
    url = str(client.base_url.join(run["links"]["events"])).replace("http", "ws", 1)
    frames: list[Any] = []
    with connect(f"{url}?after={after}", open_timeout=20) as socket:
        try:
            while len(frames) < most:
                frames.append(json.loads(socket.recv(timeout=120)))
        except ConnectionClosed:
            assert socket.close_code == 1000
    return frames


def test_a_study_from_post_to_report(tmp_path: Path) -> None:
    with service(tmp_path) as client:
        run = asked(client)
        first = heard(client, run, most=2)  # leave, and come back
        rest = heard(client, run, after=2)
        assert [f["seq"] for f in first + rest] == list(range(1, len(first + rest) + 1))
        assert rest[-1]["event"]["state"] == "done"
        snapshot = client.get(run["links"]["self"]).json()
        assert (snapshot["status"], snapshot["seq"]) == ("done", rest[-1]["seq"])
        document = client.get(run["links"]["result"]).json()
        assert sum(document["weights"].values()) + document["cash"] == pytest.approx(1)
        report = client.get(run["links"]["report"])
        assert report.headers["content-type"].startswith("text/html")
        assert "sandbox allow-scripts" in report.headers["content-security-policy"]
        assert document["as_of"] in report.text
        rich = client.get(run["links"]["report"], params={"capital": 25000})
        assert "Money is of a capital of 25,000.00" in rich.text
        assert client.get(run["links"]["report"], params={"capital": -1}).status_code == 422
        assert asked(client)["id"] == run["id"]
        long = {"kind": "synthetic", "sessions": 20_000, "assets": 3}
        other = asked(client, source=long)  # certainly not over before it is cancelled
        cancelled = client.delete(other["links"]["self"]).json()
        assert cancelled["status"] == "cancelled" and other["id"] != run["id"]
        assert heard(client, other)[-1]["event"]["state"] == "cancelled"
        refused = client.post("/api/runs", json={"kind": "strategy", "study": {"horizns": [1]}})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert client.get("/api/health").json()["status"] == "ok"


@pytest.mark.slow
def test_a_service_that_is_killed_goes_on_with_the_run(tmp_path: Path) -> None:
    with service(tmp_path / "kept", FOREFOLIO_FAIL="artifact.before_rename:4:kill") as client:
        run = asked(client)
        with pytest.raises((httpx.TransportError, AssertionError, OSError, ConnectionClosed)):
            while True:
                client.get(run["links"]["self"])
                time.sleep(0.05)
    with service(tmp_path / "kept") as client:
        frames = heard(client, run)  # without being asked again
        assert [f["seq"] for f in frames] == list(range(1, len(frames) + 1))
        assert frames[-1]["event"]["state"] == "done"
        assert sum(f["event"].get("stage") == "data" for f in frames if "total" in f["event"]) > 3
        resumed = client.get(run["links"]["result"]).json()
    with service(tmp_path / "undisturbed") as client:
        other = asked(client)
        heard(client, other)
        whole = client.get(other["links"]["result"]).json()
    assert whole.pop("run")["id"] == other["id"] and resumed.pop("run")["id"] == run["id"]
    assert whole == resumed


@pytest.mark.slow
def test_the_network_needs_a_token_and_ctrl_c_ends_it_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = ("--host", "0.0.0.0")
    with monkeypatch.context() as short:
        short.setenv("FOREFOLIO_HOME", str(tmp_path))
        short.setenv("FOREFOLIO_API_TOKEN", "short")
        with pytest.raises(InputError, match="at least 32 random characters"):
            CliRunner().invoke(serve, [*door, "--port", "0"], catch_exceptions=False)
    with (
        started(tmp_path, *door, FOREFOLIO_API_TOKEN=TOKEN) as process,
        asking(process) as client,
    ):
        assert client.get("/api/runs").status_code == 401
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert client.get("/api/runs").json() == []
        url = f"ws://127.0.0.1:{client.base_url.port}/api/runs/{'0' * 32}/events"
        with pytest.raises(InvalidStatus, match="403"), connect(url):
            pass
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = process.stderr.read()
        process.wait(timeout=20)
    assert "Traceback" not in told and process.returncode in (0, 130)
