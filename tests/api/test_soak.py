"""A service that is asked much, and sent far too much: memory and descriptors stay as they were."""

import contextlib
import os
import random
import socket
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from select import select

import httpx2 as httpx
import pytest
from tests.api.conftest import SMALL
from tests.api.test_service import asking, started
from websockets.sync.client import connect

pytestmark = pytest.mark.slow

PORTFOLIO = {**SMALL, "minimum_sessions": 100, "objective": "minimum variance"}
CHUNK = b"20000\r\n" + b"x" * 0x20000 + b"\r\n"


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def poured(port: int, head: str, body: Iterator[bytes]) -> tuple[str, int]:
    """What is answered to a body that goes on and on, and how much of it was sent by then."""
    answer, sent, sent_by_then = "", 0, 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        request = f"POST /api/runs HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n"
        client.sendall(request.encode())
        with contextlib.suppress(ConnectionError, TimeoutError):
            for part in body:
                client.sendall(part)
                sent += len(part)
                if not answer and select([client], [], [], 0)[0]:
                    answer, sent_by_then = client.recv(12).decode(), sent
    return answer, sent_by_then


def ask_anything(client: httpx.Client, dice: random.Random) -> int:
    """One request of a mixture: what is stored, what is there, what is not, what is wrong."""
    kind = dice.randrange(6)
    match kind:
        case 0:
            return client.post("/api/optimize/portfolio", json=PORTFOLIO).status_code
        case 1:
            return client.get("/api/runs?limit=5").status_code
        case 2:
            return client.get("/health/ready").status_code
        case 3:
            return client.get(f"/api/runs/{dice.getrandbits(128):032x}").status_code
        case 4:
            wrong = {f"horizn{dice.randrange(1000)}": dice.random()}
            return client.post("/api/optimize/portfolio", json=wrong).status_code
        case _:
            return client.get(f"/api/nothing/{dice.randrange(10**9)}").status_code


def test_a_body_of_200_megabytes_is_refused_early_and_costs_no_memory(tmp_path: Path) -> None:
    with started(tmp_path) as process, asking(process) as client:
        client.get("/health/ready")
        before = memory_mb(process.pid)
        port = client.base_url.port
        assert port is not None
        bodies = {
            "Transfer-Encoding: chunked": repeat(CHUNK, 1500),
            "Content-Length: 200000000": repeat(b"x" * 100_000, 2000),
        }
        for head, body in bodies.items():
            answer, sent = poured(port, f"Content-Type: application/json\r\n{head}", iter(body))
            assert answer == "HTTP/1.1 413" and sent < 20_000_000
        assert memory_mb(process.pid) - before < 20
        assert client.get("/health/ready").status_code == 200


def test_some_thousand_requests_leave_nothing_behind(tmp_path: Path) -> None:
    dice = random.Random(0)
    with started(tmp_path) as process, asking(process) as client:
        first = client.post(
            "/api/optimize/portfolio", json=PORTFOLIO, headers={"prefer": "wait=30"}
        )
        events = (
            f"ws://127.0.0.1:{client.base_url.port}/api/runs/{first.json()['run']['id']}/events"
        )
        for _ in range(500):  # what is made once is made
            ask_anything(client, dice)
        before, open_before = memory_mb(process.pid), descriptors(process.pid)
        statuses = set()
        for number in range(2500):
            statuses.add(ask_anything(client, dice))
            if number % 100 == 0:
                with connect(f"{events}?after=0") as listener:
                    assert listener.recv(timeout=30)
        assert statuses == {200, 404, 422}
        assert memory_mb(process.pid) - before < 20
        assert abs(descriptors(process.pid) - open_before) <= 3
