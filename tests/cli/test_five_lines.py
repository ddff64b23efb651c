"""Whatever is asked, the answer comes first: eight printed lines before the first table."""

import pytest
from tests.cli.conftest import Forefolio

QUICK = ("optimize", "stress --weights AAPL=60%,KO=40%")
OTHERS = (
    "frontier",
    "risk --weights AAPL=60%,KO=40%",
    "simulate --weights AAPL=60%,KO=40%",
    "orders --capital 25,000 --weights AAPL=60%,KO=40%",
)


@pytest.mark.parametrize(
    "line", [*QUICK, *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)]
)
def test_eight_lines_come_before_the_first_table(
    forefolio: Forefolio, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = forefolio(*line.split())
    assert said.code == 0, said.err
    before = said.out.split("\n\n")[0].split("\n")
    assert 3 <= len(before) <= 8, before
    assert max(map(len, before)) <= 80
