"""What a list says of each run is read of its result once, and kept."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forefolio.runs.glance import POINTS, Glances, RunGlance
from forefolio.store import Artifacts, Run
from forefolio.store.run import State

STUDY = {
    "data": {"source": {"kind": "sample"}, "tickers": ["KO", "PG"]},
    "objective": {"kind": "minimum_cvar"},
    "constraints": ["w <= 60%"],
    "seed": 7,
}
DATA = {"name": "sample data", "tickers": ["KO", "PG", "XOM"]}


def _run(study: dict[str, Any], result: str | None, state: State = "done") -> Run:
    return Run(
        id=(result or "0" * 32)[:32], kind="portfolio", study=json.dumps(study), digest="d",
        state=state, seq=1, attempt=1, deaths=0, owner="", lease_until=0.0, started_at=0.0,
        created_at=0.0, changed_at=1.0, result=result, code="", message="", code_digest="",
        data_version="", result_schema=1, lane="batch", priority=0,
    )  # fmt: skip


def _stored(home: Path, document: dict[str, Any]) -> str:
    return Artifacts(home).put(b"forefolio-result-1 0 1\n" + json.dumps(document).encode())


def _glance(home: Path, document: dict[str, Any], study: dict[str, Any] = STUDY) -> RunGlance:
    run = _run(study, _stored(home, document))
    return Glances(Artifacts(home)).of([run])[run.id]


def test_a_run_that_is_not_done_says_what_was_asked(tmp_path: Path) -> None:
    run = _run(STUDY, None, "running")
    glance = Glances(Artifacts(tmp_path)).of([run])[run.id]
    assert (glance.about, glance.limits, glance.assets) == ("minimum CVaR", 1, 2)
    assert (glance.source, glance.seed, glance.sharpe) == ("sample", 7, None)


def test_a_portfolio_has_the_expected_ratio_and_its_universe(tmp_path: Path) -> None:
    glance = _glance(tmp_path, {"data": DATA, "expected_sharpe": 0.9, "weights": {}})
    assert (glance.sharpe, glance.sharpe_error, glance.expected) == (0.9, None, True)
    assert (glance.about, glance.assets, glance.source) == ("minimum CVaR", 3, "sample data")


def test_a_strategy_has_what_was_measured_and_its_value(tmp_path: Path) -> None:
    equity = [1.0 + 0.01 * day for day in range(1000)]
    document = {
        "data": DATA,
        "strategy": "risk on target",
        "expected_sharpe": 3.0,
        "backtest": [{"sharpe": 0.5, "sharpe_error": 0.2}],
        "curves": {"equity": [{"name": "risk on target", "equity": equity}]},
    }
    glance = _glance(tmp_path, document)
    assert (glance.sharpe, glance.sharpe_error, glance.expected) == (0.5, 0.2, False)
    assert glance.about == "risk on target"
    assert len(glance.line) == POINTS
    assert (glance.line[0], glance.line[-1]) == (1.0, 10.99)


@pytest.mark.parametrize(("measure", "ratio"), [("volatility", 0.7), ("cvar", None)])
def test_a_ratio_of_another_risk_is_no_sharpe_ratio(
    tmp_path: Path, measure: str, ratio: float | None
) -> None:
    document = {"data": DATA, "risk_measure": measure, "best": {"ratio": 0.7}}
    study = {**STUDY, "objective": None, "risk_measure": {"kind": measure}}
    glance = _glance(tmp_path, document, study)
    assert glance.sharpe == ratio
    assert glance.about.startswith("return by ")


def test_whose_weights_it_is_about_is_said_without_an_id(tmp_path: Path) -> None:
    words = "weights of run 489cdb54 (portfolio by maximum Sharpe, 2022-12-28)"
    fan = [{"session": n, "values": [0.9, 1.0 + n, 1.2]} for n in range(3)]
    glance = _glance(tmp_path, {"data": DATA, "portfolio": {"words": words}, "fan": fan}, {})
    assert glance.about == "portfolio by maximum Sharpe, 2022-12-28"
    assert glance.line == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("raw", [b"", b"no document", b"mark\n[1, 2]", b"mark\n{}"])
def test_a_result_that_cannot_be_read_leaves_what_was_asked(tmp_path: Path, raw: bytes) -> None:
    run = _run(STUDY, Artifacts(tmp_path).put(raw))
    glance = Glances(Artifacts(tmp_path)).of([run])[run.id]
    assert (glance.about, glance.assets) == ("minimum CVaR", 2)


def test_a_result_is_read_once_and_never_again(tmp_path: Path) -> None:
    name = _stored(tmp_path, {"data": DATA, "expected_sharpe": 0.9})
    run, glances = _run(STUDY, name), Glances(Artifacts(tmp_path))
    first = glances.of([run])[run.id]
    (tmp_path / "artifacts" / name[:2] / name).unlink()
    assert glances.of([run])[run.id] is first
    assert Glances(Artifacts(tmp_path)).of([run])[run.id] == first  # of another process
    other = replace(run, id="0" * 32)
    assert Glances(Artifacts(tmp_path)).of([other])[other.id].sharpe is None
