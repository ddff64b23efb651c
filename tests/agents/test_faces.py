"""The same tools over standard input and output, and under the service."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from starlette.testclient import TestClient
from tests.agents.conftest import SMALL

from forefolio.agents.tools import TOOLS
from forefolio.api.app import create_app
from forefolio.core.settings import Settings
from forefolio.runs.opening import opening

TOKEN = "t" * 40
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-06-18",
}


def call(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def test_the_service_has_the_tools_behind_its_guard(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, database_url=f"sqlite:///{tmp_path}/forefolio.db", executor="inline:"
    )
    app = create_app(opening(settings.prepare()), token=TOKEN)
    with TestClient(app, "http://localhost") as client:
        listing = call("tools/list")
        assert client.post("/mcp", json=listing, headers=HEADERS).status_code == 401
        known = {**HEADERS, "Authorization": f"Bearer {TOKEN}"}
        foreign = {**known, "Origin": "http://evil.example"}
        assert client.post("/mcp", json=listing, headers=foreign).status_code == 403
        strange = {**known, "Host": "evil.example"}
        assert client.post("/mcp", json=listing, headers=strange).status_code == 400
        answer = client.post("/mcp", json=listing, headers=known)
        assert [one["name"] for one in answered(answer)["tools"]] == list(TOOLS)
        word = call("tools/call", name="describe", arguments={"word": "drawdown"})
        text = answered(client.post("/mcp", json=word, headers=known))["content"][0]["text"]
        assert "highest" in json.loads(text)["words"]["drawdown"]["means"]
        path = call(
            "tools/call", name="ask", arguments={"kind": "risk", "study": {"source": "/etc/passwd"}}
        )
        refused = answered(client.post("/mcp", json=path, headers=known))
        assert refused["isError"] and "no_file" in refused["content"][0]["text"]


def answered(response: Any) -> dict[str, Any]:
    """The result in a response, be it JSON or a stream of events."""
    assert response.status_code == 200, response.text
    lines = [line for line in response.text.splitlines() if line.startswith("data:")]
    document = json.loads(lines[-1].removeprefix("data:") if lines else response.text)
    result: dict[str, Any] = document["result"]
    return result


@pytest.mark.slow
def test_a_program_starts_it_and_asks(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "FOREFOLIO_HOME": str(tmp_path),
        "FOREFOLIO_EXECUTOR": "processes:1",
    }
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "forefolio", "mcp"], env=environment
    )

    async def talk() -> dict[str, Any]:
        async with Client(command) as client:
            assert len((await client.list_tools()).tools) == len(TOOLS)
            study = {**SMALL, "objective": "minimum_variance"}
            asked = {"kind": "portfolio", "study": study, "wait_s": 50}
            answer = await client.call_tool("ask", asked)
            return json.loads(answer.content[0].text)  # type: ignore[union-attr, no-any-return]

    answer = anyio.run(talk)
    assert answer["state"] == "done" and answer["values"]["volatility"] > 0
