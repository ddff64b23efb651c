"""The service on real sockets: connections that dawdle, and how it starts and ends."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn
from tests.runs.toy_jobs import opening
from uvicorn.server import ServerState

from forefolio.api import connections, limits
from forefolio.api.app import create_app
from forefolio.api.connections import Patient
from forefolio.api.limits import Bounded
from forefolio.api.serving import listening
from forefolio.core.errors import InputError

TOKEN = "t" * 32


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A service in a thread, with deadlines of a fraction of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "HEAD_S", 0.4)
        patch.setattr(connections, "MOST", 40)
        patch.setattr(limits, "BODY_S", 0.4)
        patch.setattr(Bounded.__init__, "__defaults__", (0.4, limits.AT_ONCE))
        app = create_app(opening(tmp_path_factory.mktemp("home")))
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, http=Patient, log_level="critical", lifespan="on")
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@contextmanager
def connected(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(sent)
        yield client


def answered(client: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    try:
        while part := client.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


HEAD = b"POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("sent", [b"", b"GET /api", HEAD, b"\r\n", b"\x16\x03\x01\x02"])
def test_a_head_that_never_ends_is_not_waited_for(port: int, sent: bytes) -> None:
    began = time.perf_counter()
    with connected(port, sent) as client:
        answered(client)
    assert time.perf_counter() - began < 3


def test_a_head_that_drips_is_not_waited_for(port: int) -> None:
    began = time.perf_counter()
    with connected(port, HEAD) as client, pytest.raises(OSError):
        while time.perf_counter() - began < 5:
            client.sendall(b"X-A: b\r\n")
            time.sleep(0.05)
    assert time.perf_counter() - began < 3


def test_whoever_waited_while_the_service_had_no_time_has_his_time_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def app(scope: Any, _: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def asked_late() -> bytes:
        config = uvicorn.Config(app, http=Patient, log_level="critical", lifespan="off")
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: Patient(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        monkeypatch.setattr(connections, "HEAD_S", 0.01)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        while not state.connections:
            await asyncio.sleep(0)
        monkeypatch.setattr(connections, "HEAD_S", 30.0)
        time.sleep(0.3)  # as long as a compiler holds on to the interpreter, in small
        await asyncio.sleep(0.01)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        server.close()
        await asyncio.gather(*state.tasks)
        return answer

    monkeypatch.setattr(connections, "AWAY_S", 0.1)
    assert asyncio.run(asked_late()).startswith(b"HTTP/1.1 204")


def test_a_body_that_drips_is_a_problem_in_time(port: int) -> None:
    with connected(port, HEAD + b"Content-Length: 100000\r\n\r\n") as client:
        for _ in range(20):
            try:
                client.sendall(b"{")
            except OSError:
                break
            time.sleep(0.05)
        answer = answered(client)
    assert b" 408 " in answer.split(b"\r\n")[0] and b"too_slow" in answer


def test_whoever_holds_connections_keeps_nobody_out(port: int) -> None:
    held = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(120)]
    try:
        began = time.perf_counter()
        assert httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=5).status_code == 200
        assert time.perf_counter() - began < 2
    finally:
        for one in held:
            one.close()


def test_a_connection_that_asks_again_is_kept(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(3):
            assert client.get("/health/live").status_code == 200
            time.sleep(0.25)  # longer together than one head may take


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_without_end_is_refused_before_it_is_read(port: int, chunked: bool) -> None:
    length = (
        b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 200000000\r\n\r\n"
    )
    with connected(port, HEAD + length) as client:
        piece = b"x" * 65_536
        framed = b"10000\r\n" + piece + b"\r\n" if chunked else piece
        try:
            for _ in range(60):  # four megabytes
                client.sendall(framed)
        except OSError:
            pass
        client.settimeout(5)
        assert b" 413 " in client.recv(4096).split(b"\r\n")[0]


def test_what_is_no_http_is_refused(port: int) -> None:
    for sent in (b"\x00" * 100 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 70_000):
        with connected(port, sent) as client:
            assert b" 400 " in client.recv(4096).split(b"\r\n")[0]
    assert httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200


def test_a_taken_port_and_a_foreign_address_are_errors_in_one_line() -> None:
    with listening("127.0.0.1", 0) as bound, pytest.raises(InputError, match="in use; name"):
        listening("127.0.0.1", bound.getsockname()[1])
    for host in ("203.0.113.7", "\udc80"):
        with pytest.raises(InputError, match="cannot listen on"):
            listening(host, 0)


@contextmanager
def started(home: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "forefolio", "serve", "--port", "0"],
        env={**os.environ, "FOREFOLIO_HOME": str(home), **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"running on (http://\S+)", process.stderr.readline())
            assert found
            yield process, found[1]
        finally:
            process.kill()


@pytest.mark.slow
def test_the_end_releases_what_is_worked_on(tmp_path: Path) -> None:
    document = {"source": {"kind": "synthetic", "sessions": 4000, "assets": 12}}
    with started(tmp_path, FOREFOLIO_EXECUTOR="inline:") as (process, url):
        run = httpx.post(f"{url}/api/strategy", json=document, timeout=30).json()
        self = f"{url}{run['links']['self']}"
        while (status := httpx.get(self, timeout=30).json()["status"]) != "running":
            assert status == "waiting"
            time.sleep(0.1)
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0 and time.perf_counter() - began < 10
        assert process.stderr is not None and process.stderr.read() == ""


@pytest.mark.slow
def test_a_request_that_the_end_cuts_off_is_no_traceback(tmp_path: Path) -> None:
    document = {"source": {"kind": "synthetic", "sessions": 4000, "assets": 12}}
    with started(tmp_path, FOREFOLIO_EXECUTOR="inline:") as (process, url):
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:
            body = json.dumps(document).encode()
            head = HEAD.replace(b"/api/runs", b"/api/strategy") + b"Prefer: wait=30\r\n"
            client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            time.sleep(2)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        assert process.stderr is not None and "Traceback" not in process.stderr.read()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"FOREFOLIO_API_HOST": "0.0.0.0"}, "set FOREFOLIO_API_TOKEN"),
        ({"FOREFOLIO_API_PORT": "99999"}, "FOREFOLIO_API_PORT"),
        ({"FOREFOLIO_HOME": "/proc/nothing"}, "cannot be written to"),
        ({"FOREFOLIO_DATABASE_URL": "sqlite:////proc/nothing.db"}, "database cannot be used"),
        ({"FOREFOLIO_API_HOST": "203.0.113.7", "FOREFOLIO_API_TOKEN": TOKEN}, "cannot listen on"),
    ],
)
def test_what_is_wrong_at_the_start_is_one_line(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "forefolio", "serve"],
        env={**os.environ, "FOREFOLIO_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2 and told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1 and ended.stderr.startswith("forefolio: ")
