"""What was repaired in the data is said by every command, and every finding behind it."""

from pathlib import Path

import pytest
from tests.cli.conftest import Forefolio, prices

STUDIES = [
    ("signals",),
    ("run",),
    ("optimize",),
    ("frontier", "--points", "3"),
    ("risk", "--weights", "AAA=1"),
    ("simulate", "--paths", "200", "--weights", "AAA=1"),
    ("stress", "--weights", "AAA=1"),
    ("orders", "--weights", "AAA=1", "--capital", "1000"),
    ("forecast",),
    ("leaderboard",),
    ("train",),
    ("compare",),
    ("importance", "--model", "bayesian_ridge", "--horizon", "5"),
]
REPAIRED = "80 closes of AAA were text and are left out"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Two stocks, one of which was suspended for eighty days."""
    place = tmp_path / "told"
    place.mkdir()
    prices(place / "BBB.csv", seed=1)
    path = prices(place / "AAA.csv")
    head, *rows = path.read_text().splitlines()
    for row in range(200, 280):
        rows[row] = rows[row].partition(",")[0] + (",suspended" if row % 2 else ",#N/A N/A")
    path.write_text("\n".join([head, *rows]))
    return str(place)


@pytest.mark.parametrize("command", STUDIES, ids=lambda command: command[0])
def test_every_study_counts_its_repairs_and_lists_them_with_the_evidence(
    forefolio: Forefolio, study: str, folder: str, command: tuple[str, ...]
) -> None:
    asked = (*command, "--study", study, "--source", folder)
    short = " ".join(forefolio(*asked).out.split())
    assert " repair" in short and "(--verbose)" in short
    full = " ".join(forefolio(*asked, "--verbose").out.split())
    assert full.count(REPAIRED) == 1 and "rows read" in full and "text for a number" in full
    remarks = forefolio(*asked, "--json").document["remarks"]
    repairs = [one["message"] for one in remarks if one["reason"] == "repaired"]
    assert repairs[0].startswith(REPAIRED) and repairs[-1].endswith("dropped")


@pytest.mark.parametrize("command", [("optimize",), ("risk",)], ids=["optimize", "risk"])
def test_of_clean_data_nothing_is_told(
    forefolio: Forefolio, study: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = str(prices(tmp_path / "CLEAN.csv"))
    assert "repaired" not in forefolio(*command, "--study", study, "--source", path).out
