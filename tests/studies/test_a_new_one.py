"""The capability that CONTRIBUTING.md adds: two lines, and every face has it."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from forefolio.api.app import create_app
from forefolio.cli.commands import command_of
from forefolio.core.settings import Settings
from forefolio.runs.asking import ask
from forefolio.runs.catalog import KINDS
from forefolio.runs.jobs import Kind
from forefolio.runs.opening import opening
from forefolio.studies import catalog
from forefolio.views.catalog import PAGES

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
SMALL = {"source": "synthetic", "minimum_sessions": 100}


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The study of the guide, in the two catalogues."""
    (code,) = re.findall(
        r"```python\n((?:(?!```).)*CorrelationStudy.*?)```", GUIDE.read_text(), re.S
    )
    session: dict[str, Any] = {"__name__": "forefolio.studies.correlations"}
    exec(compile(code, str(GUIDE), "exec"), session)
    new = session["CorrelationStudy"]
    monkeypatch.setattr(catalog, "STUDIES", (*catalog.STUDIES, new))
    monkeypatch.setattr("forefolio.api.studies.STUDIES", (*catalog.STUDIES,))
    monkeypatch.setitem(PAGES, new.result, session["correlations_page"])
    monkeypatch.setitem(KINDS, "correlations", Kind(study=new))
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    monkeypatch.chdir(tmp_path)
    return new


def test_python_asks_it(study: Any) -> None:
    answer = ask(study(**SMALL))
    assert -1 <= answer.average <= 1 and answer.run.kind == "correlations"
    assert repr(answer).startswith("Correlations after the close of")
    assert "<table>" in answer._repr_html_()


def test_a_shell_asks_it(study: Any) -> None:
    command = command_of(study)
    shown = CliRunner().invoke(command, ["--help"]).output
    assert "Whose correlations, such as oas." in shown and "--tickers" in shown
    said = CliRunner().invoke(command, ["--source", "synthetic", "--risk", "oas", "--verbose"])
    assert said.exit_code == 0 and "The closest pairs" in said.output and "All pairs" in said.output


def test_a_request_asks_it(study: Any) -> None:
    settings = Settings.read().prepare()
    with TestClient(create_app(opening(settings)), "http://localhost") as client:
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
        assert schemas["Correlations"]["properties"]["average"]["description"]
        answer = client.post(f"/api/{study.path}", json=SMALL, headers={"Prefer": "wait=30"})
        assert answer.status_code == 200 and answer.json()["pairs"]
