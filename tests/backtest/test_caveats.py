"""What flatters a backtest follows from the data: from prices, whoever they came from."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from forefolio.backtest import caveats
from forefolio.core.units import Array
from forefolio.market import Files, Loaded, Sample, Synthetic, load_market


def written(folder: Path, closes: Mapping[str, Array], adjusted: tuple[str, ...] = ()) -> Path:
    days = np.busday_offset("2015-01-01", range(400), roll="forward")
    for name, values in closes.items():
        extra = ",Adj Close" if name in adjusted else ""
        rows = [
            f"{day},{value:.4f}" + (f",{0.9 * value:.4f}" if extra else "")
            for day, value in zip(days, values, strict=False)
        ]
        (folder / f"{name}.csv").write_text("\n".join([f"Date,Close{extra}", *rows]) + "\n")
    return folder


def walk(seed: int, sessions: int = 400) -> Array:
    steps = np.random.default_rng(seed).normal(0.0, 0.01, sessions)
    values: Array = 50.0 * np.exp(np.cumsum(steps))
    return values


def told(loaded: Loaded, sessions: int = 2000, *, beside_index: bool = True) -> set[str]:
    return {one.code for one in caveats(loaded, sessions, beside_index=beside_index)}


def test_files_of_survivors_say_so_and_files_with_one_that_died_do_not(tmp_path: Path) -> None:
    alive = {"AAA": walk(0), "BBB": walk(1)}
    folder = written(tmp_path, alive)
    assert "survivors" in told(load_market(Files(path=folder), minimum_sessions=100))
    written(tmp_path, {"DEAD": walk(2)[:250]})
    assert "survivors" not in told(load_market(Files(path=folder), minimum_sessions=100))


def test_what_is_closed_on_the_last_day_is_not_dead(tmp_path: Path) -> None:
    folder = written(tmp_path, {"AAA": walk(0), "BBB": walk(1)[:-3]})
    (found,) = [
        one
        for one in caveats(
            load_market(Files(path=folder), minimum_sessions=100), 2000, beside_index=False
        )
        if one.code == "survivors"
    ]
    assert found.sentence.startswith("All 2 assets still trade at the end")


@pytest.mark.parametrize(
    ("adjusted", "code"), [((), {"index_dividends_unknown"}), (("IDX",), set())]
)
def test_whether_the_index_counts_dividends_is_a_fact_of_its_file_or_not_known(
    tmp_path: Path, adjusted: tuple[str, ...], code: set[str]
) -> None:
    folder = written(tmp_path, {"AAA": walk(0), "IDX": walk(1)}, adjusted)
    loaded = load_market(Files(path=folder, benchmark="IDX"), minimum_sessions=100)
    assert {one for one in told(loaded) if one.startswith("index")} == code
    assert not {c for c in told(loaded, beside_index=False) if c.startswith("index")}


def test_the_sample_survived_and_its_index_is_without_dividends() -> None:
    loaded = load_market(Sample(), ["AAPL", "KO"], end="2010-12-31")
    assert told(loaded) == {"survivors", "index_without_dividends", "closes_only"}
    assert told(loaded, sessions=500) - told(loaded) == {"short_record"}


def test_a_simulated_index_pays_nothing_that_could_be_missing() -> None:
    assert told(load_market(Synthetic(sessions=600))) == {"survivors"}
