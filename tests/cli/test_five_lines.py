"""Whatever is asked, the answer comes first: eight printed lines before the first table."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import TINY, Forefolio

QUICK = ("optimize", "stress --weights AAPL=60%,KO=40%")
OTHERS = (
    "frontier",
    "risk --weights AAPL=60%,KO=40%",
    "simulate --weights AAPL=60%,KO=40%",
    "orders --capital 25,000 --weights AAPL=60%,KO=40%",
)
LEARNT = (
    "leaderboard --horizon 1,5",
    "train --horizon 1,5",
    "compare --horizon 1,5",
    "importance --model bayesian_ridge --horizon 5",
    "signals --horizon 5",
    "forecast --horizon 5",
    "today --capital 25,000 --no-ml",
)


@pytest.mark.parametrize(
    "line", [*QUICK, *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)]
)
def test_eight_lines_come_before_the_first_table(
    forefolio: Forefolio, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answers_first(forefolio, line.split())


@pytest.mark.slow
def test_whatever_models_say_comes_in_eight_lines_too(
    forefolio: Forefolio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One home for all, so that what one has forecast the next reads."""
    monkeypatch.setenv("COLUMNS", "80")
    study: dict[str, Any] = {**TINY, "horizons": [1, 5]}
    (tmp_path / "tiny.json").write_text(json.dumps(study))
    for line in LEARNT:
        answers_first(forefolio, [*line.split(), "--study", str(tmp_path / "tiny.json")])


def answers_first(forefolio: Forefolio, words: list[str]) -> None:
    answer = forefolio(*words)
    assert answer.code == 0, answer.err
    before = answer.out.split("\n\n")[0].split("\n")
    assert 3 <= len(before) <= 8, before
    assert max(map(len, before)) <= 80, before
