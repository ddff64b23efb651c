"""What an older version stored is read, or is said to be of an older version; never an error."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from forefolio.api.app import create_app
from forefolio.cli import main
from forefolio.core.errors import ResultGone
from forefolio.core.settings import Settings
from forefolio.runs.catalog import KINDS
from forefolio.runs.history import remembered, result_of
from forefolio.runs.opening import opening
from forefolio.store import Artifacts, Finished, Store, Wanted
from forefolio.store.values import pack

OLDER: dict[str, Callable[[str], bytes]] = {
    "document": lambda kind: _marked("0.0.1", {"kind": kind, "weight": {"AAPL": 1.0}}),
    "schema": lambda kind: _marked("0.0.1 0", {"kind": kind}),
    "values": lambda _: pack({"weights": [1.0]}),
    "damaged": lambda _: b"\x00 forefolio",
}


def _marked(version: str, document: dict[str, Any]) -> bytes:
    return f"forefolio-result-1 {version}\n".encode() + json.dumps(document).encode()


async def _fill(settings: Settings, older: Callable[[str], bytes]) -> dict[str, str]:
    """A run of every kind that is done, with a result as an older version wrote it."""
    ids = {}
    async with Store.open(settings.database_url) as store:
        for kind in KINDS:
            await store.ask(Wanted(kind=kind, study="{}", digest=kind, code_digest="older"))
            held = await store.claim("me", 30)
            assert held is not None
            name = Artifacts(settings.home).put(older(kind))
            await store.finish(held, Finished(state="done"), name)
            ids[kind] = held.id
        await store.ask(Wanted(kind="portfolio", study="{}", digest="left", code_digest="older"))
    return ids


@pytest.mark.parametrize("form", OLDER)
def test_every_kind_of_an_older_version_is_said_to_be_one(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, executor="inline:").prepare()
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    ids = anyio.run(_fill, settings, OLDER[form])
    with TestClient(create_app(opening(settings)), "http://localhost") as client:
        assert len(client.get("/api/runs").json()) == len(KINDS) + 1
        for kind, run_id in ids.items():
            assert client.get(f"/api/runs/{run_id}").json()["status"] == "done"
            for path in (f"/api/runs/{run_id}/result", f"/api/runs/{run_id}/report"):
                answer = client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (410, "result_gone"), kind
                assert "ask for it again" in answer.json()["detail"]
    for kind, run_id in ids.items():
        with pytest.raises(ResultGone, match=run_id):
            result_of((kind,), run_id, settings)
        assert remembered(kind, settings) == []
    shown = CliRunner().invoke(main, ["runs", "show", ids["portfolio"][:12], "--json"])
    assert shown.exit_code != 0 and not isinstance(shown.exception, (KeyError, TypeError))
