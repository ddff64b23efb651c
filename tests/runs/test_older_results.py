"""What an older version stored is read, or is said to be of an older version; never an error."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from forefolio.api.app import create_app
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


async def _fill(settings: Settings) -> dict[str, str]:
    """A run of every kind that is done, with an older result; one kind has them in every form."""
    kinds = {}
    async with Store.open(settings.database_url) as store:
        every = [("portfolio", form) for form in OLDER if form != "document"]
        for kind, form in [*((kind, "document") for kind in KINDS), *every]:
            await store.ask(Wanted(kind=kind, study="{}", digest=f"{kind} {form}"))
            held = await store.claim("me", 30)
            assert held is not None
            name = Artifacts(settings.home).put(OLDER[form](kind))
            await store.finish(held, Finished(state="done"), name)
            kinds[held.id] = kind
    return kinds


@pytest.mark.slow
def test_every_kind_of_an_older_version_is_said_to_be_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, executor="inline:").prepare()
    kinds = anyio.run(_fill, settings)
    assert {*kinds.values()} == {*KINDS}
    with TestClient(create_app(opening(settings)), "http://localhost") as client:
        assert len(client.get("/api/runs?limit=500").json()) == len(kinds)
        for run_id, kind in kinds.items():
            assert client.get(f"/api/runs/{run_id}").json()["status"] == "done"
            answer = client.get(f"/api/runs/{run_id}/result")
            assert (answer.status_code, answer.json()["code"]) == (410, "result_gone"), kind
            assert "ask for it again" in answer.json()["detail"]
    assert remembered("portfolio", settings) == []
    run_id, kind = kinds.popitem()
    with pytest.raises(ResultGone, match=run_id):
        result_of((kind,), run_id, settings)
