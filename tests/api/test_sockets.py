"""Progress over WebSockets: sessions and clients do not disturb each other, and nothing is left."""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from tests.runs.toy_jobs import Toy, opening

from forefolio.api import sockets
from forefolio.api.app import create_app
from forefolio.api.summaries import Tick
from forefolio.api.tokens import proof_of
from forefolio.core.errors import OlderCode

TOKEN = "t" * 32


def asked(client: TestClient, session: str, **study: Any) -> str:
    answer = client.post(
        "/api/runs", json={"kind": "toy", "study": study}, headers={"session-id": session}
    )
    assert answer.status_code == 202, answer.text
    run: str = answer.json()["id"]
    return run


def followed(client: TestClient, session: str, query: str = "") -> list[dict[str, Any]]:
    """All that a client is told, until it is closed with 1000."""
    ticks: list[dict[str, Any]] = []
    url = f"ws://localhost/ws/optimize/progress/{session}{query}"
    with pytest.raises(WebSocketDisconnect) as end, client.websocket_connect(url) as socket:
        while True:
            ticks.append(socket.receive_json())
    assert end.value.code == 1000
    return ticks


def idle(client: TestClient) -> None:
    """Nothing of any socket is left."""
    deadline = time.monotonic() + 5
    while client.app.state.sockets and time.monotonic() < deadline:  # type: ignore[attr-defined]
        time.sleep(0.02)
    assert not client.app.state.sockets  # type: ignore[attr-defined]


def test_a_tick_is_in_the_stated_form() -> None:
    assert Tick.of("frontier", 15, 25).model_dump() == {
        "current": 15,
        "total": 25,
        "message": "Calculating portfolio 15/25",
    }


def test_several_sessions_with_several_clients_see_their_own_run(client: TestClient) -> None:
    sessions = {"one": 25, "two": 10}
    told: dict[tuple[str, int], list[dict[str, Any]]] = {}

    def follow(session: str, number: int) -> None:
        told[session, number] = followed(client, session)

    threads = [threading.Thread(target=follow, args=(s, n)) for s in sessions for n in range(3)]
    for thread in threads:  # they come before there is anything to see
        thread.start()
    for session, steps in sessions.items():
        asked(client, session, steps=steps, pause_s=0.03)
    for thread in threads:
        thread.join(30)
    assert len(told) == 6
    for (session, _), ticks in told.items():
        assert all(tick.keys() == {"current", "total", "message"} for tick in ticks)
        steps = sessions[session]
        assert ticks[-1] == {"current": steps, "total": steps, "message": "Done"}
        folds = [tick["current"] for tick in ticks if tick["message"].startswith("Fold")]
        assert folds == sorted(folds) and all(
            tick["total"] in (3, steps) for tick in ticks if tick["total"]
        )
    idle(client)


def test_who_comes_late_or_comes_back_gets_the_state(client: TestClient) -> None:
    run = asked(client, "late", steps=30, pause_s=0.05)
    url = "ws://localhost/ws/optimize/progress/late"
    with client.websocket_connect(url) as socket:
        while (first := socket.receive_json())["current"] < 5 or first["total"] != 30:
            pass
    with client.websocket_connect(url) as socket:
        again = socket.receive_json()
        assert again["total"] == 30 and again["current"] >= first["current"]
    assert followed(client, "late", f"?run={run}")[-1]["message"] == "Done"
    assert [tick["message"] for tick in followed(client, "late")] == ["Done"]  # when it is over
    idle(client)


def test_the_latest_run_of_a_session_counts_and_failures_are_told(client: TestClient) -> None:
    asked(client, "again", steps=1)
    asked(client, "again", needed=504)
    assert "needs 504 sessions" in followed(client, "again")[-1]["message"]


def test_cancelling_for_a_session_leaves_the_run_to_others(client: TestClient) -> None:
    study = {"steps": 1000, "pause_s": 0.05}  # certainly not over before it is cancelled
    run = asked(client, "first", **study)
    assert asked(client, "second", **study) == run
    left = client.delete(f"/api/runs/{run}", params={"session": "first"}).json()
    assert left["status"] in ("waiting", "running")
    gone = client.delete(f"/api/runs/{run}", params={"session": "second"}).json()
    assert gone["status"] == "cancelled"
    assert followed(client, "second")[-1]["message"] == "cancelled on request"
    mine = client.get("/api/runs", params={"session": "first"}).json()
    assert [one["id"] for one in mine] == [run]


@pytest.mark.slow
@pytest.mark.parametrize("session", ["nobody", "a" * 65, "..%2f..", "%00"])
def test_a_session_that_never_asks_is_left(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, session: str
) -> None:
    monkeypatch.setattr(sockets, "PATIENCE_S", 0.1)
    with (
        pytest.raises(WebSocketDisconnect) as end,
        client.websocket_connect(f"ws://localhost/ws/optimize/progress/{session}") as socket,
    ):
        socket.receive_json()
    assert end.value.code in (4404, 1008, 1000)  # unknown, or no session
    idle(client)


def test_more_than_so_many_clients_are_sent_away(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST", 0)
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://localhost/ws/optimize/progress/x"),
    ):
        pass


class Stuck:
    """A client that takes what it is told and reads none of it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.scope: dict[str, list[str]] = {"subprotocols": []}
        self.closed: list[Any] = []

    async def accept(self, _: str | None) -> None:
        pass

    async def receive(self) -> Any:
        await asyncio.Event().wait()

    async def send_json(self, _: Any) -> None:
        await asyncio.Event().wait()

    async def close(self, *why: Any) -> None:
        self.closed.append(why)
        await asyncio.Event().wait()


def test_a_client_that_reads_nothing_is_left_and_harms_nobody(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SEND_S", 0.2)
    run = asked(client, "stuck", steps=10, pause_s=0.03)
    stuck = [Stuck(client.app) for _ in range(5)]

    async def all_stuck() -> None:
        host = client.app.state.host  # type: ignore[attr-defined]
        telling = [sockets.follow(one, run, host) for one in stuck]  # type: ignore[arg-type]
        await asyncio.gather(*telling)

    assert client.portal is not None
    waiting = client.portal.start_task_soon(all_stuck)
    assert followed(client, "stuck")[-1]["message"] == "Done"
    waiting.result(10)
    assert [one.closed for one in stuck] == [[(4408, "too slow")]] * 5
    idle(client)


def test_who_follows_a_run_of_older_code_is_told_that_nobody_works_on_it(tmp_path: Path) -> None:
    older = opening(tmp_path)
    kinds = {"toy": replace(older.kinds["toy"], code=lambda: "of another version")}

    async def ask() -> str:
        async with replace(older, kinds=kinds)() as host:
            return (await host.ask("toy", Toy(), session="old")).run.id

    run = asyncio.run(ask())
    with TestClient(create_app(opening(tmp_path)), "http://localhost") as client:
        for url in (f"/api/runs/{run}/events", "/ws/optimize/progress/old"):
            with (
                pytest.raises(WebSocketDisconnect) as end,
                client.websocket_connect(f"ws://localhost{url}") as socket,
            ):
                while True:
                    socket.receive_json()
            assert (end.value.code, end.value.reason) == (4409, OlderCode.what)
        idle(client)


def test_sockets_take_the_token_by_header_cookie_or_subprotocol(tmp_path: Path) -> None:
    url = f"ws://localhost/api/runs/{'0' * 32}/events"

    def close_code(socket: WebSocketTestSession) -> int:
        with pytest.raises(WebSocketDisconnect) as end:
            socket.receive_json()
        return end.value.code

    with TestClient(create_app(opening(tmp_path), token=TOKEN), "http://localhost") as client:
        right: list[dict[str, Any]] = [
            {"headers": {"authorization": f"Bearer {TOKEN}"}},
            {"headers": {"cookie": f"forefolio={proof_of(TOKEN)}"}},
            {"subprotocols": ["forefolio", f"bearer.{TOKEN}"]},
        ]
        for how in right:
            with client.websocket_connect(url, **how) as socket:
                assert socket.accepted_subprotocol == how.get("subprotocols", [None])[0]
                assert close_code(socket) == 4404
        wrong: list[dict[str, Any]] = [
            {},
            {"headers": {"cookie": f"forefolio={TOKEN}"}},
            {"subprotocols": ["forefolio", "bearer.x"]},
            {"subprotocols": [TOKEN]},
        ]
        for how in wrong:
            with pytest.raises(WebSocketDisconnect), client.websocket_connect(url, **how):
                pass
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(f"{url}?token={TOKEN}"),  # never in an address
        ):
            pass


def test_a_browser_signs_in_and_out(tmp_path: Path) -> None:
    with TestClient(create_app(opening(tmp_path), token=TOKEN), "http://localhost") as client:
        assert client.get("/api/runs").status_code == 401
        for wrong in ("x" * 32, TOKEN.upper(), f"{TOKEN} "):
            refused = client.post("/api/session", json={"token": wrong})
            assert (refused.status_code, refused.json()["code"]) == (401, "token")
            assert wrong not in refused.text
        signed = client.post("/api/session", json={"token": TOKEN})
        assert signed.status_code == 204
        cookie = signed.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and TOKEN not in cookie
        assert client.get("/api/runs").status_code == 200
        assert client.delete("/api/session").status_code == 204
        assert client.get("/api/runs").status_code == 401
        for open_to_all in ("/health/live", "/health/ready"):
            assert client.get(open_to_all).status_code == 200
