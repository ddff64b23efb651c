"""`forefolio backtest`: another view of what `run` computes."""

from pathlib import Path

import pytest
from tests.cli.conftest import TINY, Forefolio, written


def test_a_rule_without_forecasts_makes_none(forefolio: Forefolio, study: str) -> None:
    document = forefolio("backtest", "--study", study, "--strategy", "momentum", "--json").document
    assert not document["machine_learning"] and document["strategy"] == "momentum"
    assert not any(claim["code"].startswith("forecasts_") for claim in document["claims"])
    assert document["files"]


def test_what_run_has_computed_is_read(
    forefolio: Forefolio, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = forefolio("run", "--study", study, "--json").document
    monkeypatch.setattr("forefolio.studies.strategy.follow", None)
    again = forefolio("backtest", "--study", study, "--json").document
    assert again["machine_learning"] and again["backtest"] == ran["backtest"]


def test_forecasts_that_are_asked_for_are_made(forefolio: Forefolio, tmp_path: Path) -> None:
    asked = {**TINY, "strategy": {"kind": "equal_weight"}, "machine_learning": True}
    path = written(tmp_path / "learning.yaml", asked)
    document = forefolio("backtest", "--study", path, "--json").document
    assert document["machine_learning"]
    assert any(row["kind"] == "model" for row in document["leaderboard"])


def test_a_person_reads_the_record_and_its_falls(forefolio: Forefolio, study: str) -> None:
    said = forefolio("backtest", "--study", study, "--strategy", "equal_weight", "--verbose")
    assert said.code == 0
    assert "Backtest of equal weight, " in said.out
    assert "The worst falls of equal weight" in said.out
    assert "Calendar years, after costs" in said.out
    assert "Weights for the session after" not in said.out
