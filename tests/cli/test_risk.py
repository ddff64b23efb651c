"""`forefolio risk`, `simulate` and `stress`: one portfolio, documents that sum, tables that fit."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.conftest import TINY, Forefolio, prices, written
from tests.cli.test_bad_input import refused

from forefolio.core.wording import percent
from forefolio.risk import MonteCarlo
from forefolio.views.figures import draw_fan, encoded
from forefolio.views.figures.losses import draw_contributions, draw_losses


def notes(document: Any) -> list[str]:
    return [one["message"] for one in document["remarks"]]


@pytest.fixture
def market(tmp_path: Path) -> str:
    """Prices of three assets: 700 sessions of two, and 300 of the third."""
    folder = tmp_path / "prices"
    folder.mkdir()
    for seed, name in enumerate(("AAA", "BBB")):
        prices(folder / f"{name}.csv", sessions=700, seed=seed)
    lines = prices(folder / "NEW.csv", sessions=700, seed=2).read_text().splitlines()
    (folder / "NEW.csv").write_text("\n".join([lines[0], *lines[-300:]]))
    (folder / "sectors.csv").write_text("ticker,sector\nAAA,Tech\nBBB,Energy\nNEW,Tech\n")
    study = {"source": {"kind": "files", "path": str(folder)}, "minimum_sessions": 250}
    return written(tmp_path / "market.yaml", study)


def test_a_document_of_risk_sums_and_its_tables_fit(forefolio: Forefolio, market: str) -> None:
    call = ("risk", "--study", market, "--weights", "AAA=0.5,BBB=0.4")
    document = forefolio(*call, "--json").document
    assert document["portfolio"]["weights"] == {"AAA": 0.5, "BBB": 0.4}
    assert document["portfolio"]["cash"] == pytest.approx(0.1)
    assert "cash is the rest: 10.0 %" in notes(document)
    assert document["factor_sessions"] == document["sessions"] == 699
    attribution = document["attribution"]
    for part in ("assets", "sectors", "principal"):
        total = sum(row["component"] for row in attribution[part])
        assert total == pytest.approx(attribution["annual_volatility"])
    whole = sum(row["component"] for row in attribution["factors"])
    assert whole == pytest.approx(attribution["factors_annual_volatility"])
    assert sum(row["share"] for row in document["factors"]) == pytest.approx(1.0)
    sharpe = document["measures"]["sharpe"]
    assert sharpe["low"] < sharpe["value"] < sharpe["high"]
    said = forefolio(*call, "--verbose")
    assert (said.code, said.err) == (0, "")
    loss = document["measures"]["value_at_risk_historical"]["value"]
    first = " ".join(forefolio(*call).out.split())
    assert f"On one day in 20 expect to lose at least {percent(loss)} (value at risk 95 %)" in first
    fallen = document["measures"]["max_drawdown"]["value"]
    assert fallen < 0 and f"deepest drawdown {percent(fallen)}," in first
    ahead = document["expected_volatility"]
    assert ahead["low"] < ahead["expected"] < ahead["high"] and ahead["times"] == 30
    assert f"{percent(ahead['expected'])} over the next 21 sessions, in 90 % of cases" in first
    assert "By sector" not in first
    shown = (
        "past intervals of 21 sessions",
        "Sharpe, annual",
        "90 % interval",
        "filtered historical",
        "By sector",
        "specific",
    )
    for told in shown:
        assert told in said.out
    assert max(map(len, said.out.split("\n"))) <= 80 and "…" not in said.out


def test_what_stands_beside_an_index_says_whether_it_counts_dividends(
    forefolio: Forefolio, market: str, tmp_path: Path
) -> None:
    folder = tmp_path / "prices"
    prices(folder / "IDX.csv", sessions=700, seed=9)
    source = {"kind": "files", "path": str(folder), "benchmark": "IDX"}
    study = written(tmp_path / "beside.yaml", {"source": source, "minimum_sessions": 250})
    document = forefolio("risk", "--study", study, "--weights", "AAA=1", "--json").document
    assert document["measures"]["alpha"]["value"] is not None
    told = "Whether the index counts dividends is not known"
    assert any(note.startswith(told) for note in notes(document))
    plain = forefolio("risk", "--study", market, "--weights", "AAA=1", "--json").document
    assert not any(note.startswith(told) for note in notes(plain))


def test_only_sessions_with_everything_that_is_held_count(
    forefolio: Forefolio, market: str
) -> None:
    document = forefolio("risk", "--study", market, "--json").document
    assert document["sessions"] == 299
    assert document["portfolio"]["weights"] == dict.fromkeys(
        ("AAA", "BBB", "NEW"), pytest.approx(1 / 3)
    )
    assert document["value_at_risk_tests"] == [] == document["factors"]
    assert any("the factors explain the portfolio entirely" in note for note in notes(document))
    assert any("values at risk were not tested" in note for note in notes(document))
    assert "not tested" in forefolio("risk", "--study", market, "--verbose").out


def test_a_crash_that_no_expansion_follows_is_no_gain(forefolio: Forefolio, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    returns = rng.normal(5e-4, 0.01, 1400)
    returns[700] = -0.68
    days = np.arange("2019-01-01", "2025-01-01", dtype="datetime64[D]")[:1400]
    closes = 100.0 * np.cumprod(1.0 + returns)
    opens = closes / (1.0 + returns) * np.where(returns < -0.5, 0.4, 1.0)  # it opens far below
    highs, lows = np.maximum(opens, closes), np.minimum(opens, closes)
    volume = np.where(returns < -0.5, 9_000_000, 1_000_000)
    rows = [
        f"{day},{o:.4f},{h:.4f},{low:.4f},{c:.4f},{v}"
        for day, o, h, low, c, v in zip(days, opens, highs, lows, closes, volume, strict=True)
    ]
    header = "Date,Open,High,Low,Close,Volume"
    (tmp_path / "FALL.csv").write_text("\n".join([header, *rows]) + "\n")
    document = forefolio("risk", "--source", str(tmp_path / "FALL.csv"), "--json").document
    for measure in ("value_at_risk", "expected_shortfall"):
        assert document["measures"][f"{measure}_cornish_fisher"]["value"] is None
        assert document["measures"][f"{measure}_historical"]["value"] > 0.0
    assert any(
        "Cornish-Fisher has no distribution with a skew of" in note for note in notes(document)
    )
    tested = [one["model"] for one in document["value_at_risk_tests"]]
    assert {"historical", "normal", "filtered_historical"} <= set(tested)


def test_weights_of_a_run_are_those_it_said(forefolio: Forefolio, study: str) -> None:
    outcome = forefolio("run", "--study", study, "--json").document
    document = forefolio("stress", "--run", "last", "--market", "-0.2", "--json").document
    assert document["portfolio"]["weights"] == outcome["weights"]
    assert document["portfolio"]["words"].startswith("weights of run ")
    (shock,) = document["stresses"]
    assert sum(one["effect"] for one in shock["assets"]) == pytest.approx(-shock["loss"])
    assert sum(shock["sectors"].values()) == pytest.approx(-shock["loss"])


def test_any_run_with_weights_will_do_and_is_named(forefolio: Forefolio, market: str) -> None:
    call = ("optimize", "--study", market, "--objective", "minimum_variance", "--json")
    chosen, run = (answer := forefolio(*call)).document, answer.envelope["run"]
    for named in ("last", run[:8]):
        document = forefolio("risk", "--run", named, "--json").document
        assert document["portfolio"]["run"] == run
        assert document["portfolio"]["words"] == (
            f"weights of run {run[:8]} (portfolio by minimum variance, {chosen['as_of']})"
        )
        held = {name: w for name, w in chosen["weights"].items() if w}
        assert document["portfolio"]["weights"] == pytest.approx(held)
        assert document["data"] == chosen["data"]
    said = " ".join(forefolio("stress", "--run", "last").out.split())
    assert f"Stress of weights of run {run[:8]} (portfolio by minimum variance" in said
    drawn = forefolio("frontier", "--study", market, "--points", "3", "--json")
    latest = forefolio("risk", "--run", "last", "--json").document["portfolio"]
    assert latest["run"] == drawn.envelope["run"]
    assert latest["weights"] == {n: w for n, w in drawn.document["best"]["weights"].items() if w}


def test_weights_of_a_run_are_never_held_on_other_data(
    forefolio: Forefolio, market: str, tmp_path: Path
) -> None:
    forefolio("optimize", "--study", market, "--objective", "minimum_variance")
    other = prices(tmp_path / "AAA.csv", sessions=700, seed=8)
    for option in (("--start", "2016-01-01"), ("--source", str(other)), ("--tickers", "AAA")):
        said = forefolio("risk", "--run", "last", *option)
        refused(said, f"a run looks at its own data, and {option[0][2:]} would name others")
    assert forefolio("risk", "--run", "last", "--study", market).code == 0


def test_what_was_asked_before_is_read(forefolio: Forefolio, market: str) -> None:
    call = ("simulate", "--study", market, "--paths", "200", "--json")
    one, again = forefolio(*call).envelope, forefolio(*call).envelope
    assert one == again and one["kind"] == "simulation"
    assert forefolio(*call, "--seed", "1").envelope["run"] != one["run"]


@pytest.mark.usefixtures("rastered")
def test_a_simulation_is_a_document_a_table_and_a_picture(
    forefolio: Forefolio, market: str, tmp_path: Path
) -> None:
    call = ("simulate", "--study", market, "--weights", "AAA=0.6,BBB=0.4", "--paths", "500")
    document = forefolio(*call, "--horizon", "40", "--goal", "1.05", "--json").document
    assert document["horizon"] == 40 and document["fan"][-1]["session"] == 40
    assert [one["depth"] for one in document["probability_of_drawdown"]] == [-0.1, -0.2, -0.3]
    fan = np.array([point["values"] for point in document["fan"]])
    assert fan.shape[1] == len(document["levels"]) and (np.diff(fan, axis=1) >= 0).all()
    said = forefolio(*call, "--out", str(tmp_path / "out"), "--model", "filtered-bootstrap")
    assert (said.code, said.err) == (0, "")
    assert "After 252 sessions" in said.out and "filtered bootstrap" in said.out
    assert (tmp_path / "out" / "fan.png").read_bytes().startswith(b"\x89PNG")
    shown = [line for line in said.out.split("\n") if not line.startswith("Figure:")]
    assert max(map(len, shown)) <= 80
    saved = forefolio(*call, "--flow", "0.01", "--hold", "--json").document
    assert saved["paid_in"] == pytest.approx(1.12) and saved["hold"]


def test_a_fan_is_the_same_picture_every_time() -> None:
    told = MonteCarlo(horizon=20, paths=200).run(
        np.ones(1), np.random.default_rng(0).normal(0, 0.01, (100, 1))
    )
    once, again = (draw_fan(told.sessions, told.levels, told.fan, goal=(1.1, 0.3)) for _ in "ab")
    assert encoded(once) == encoded(again)


def test_bars_say_their_numbers_and_losses_have_another_colour() -> None:
    (axes,) = draw_losses({"boom": (0.1, 0.0), "crash": (-0.3, 0.02)}, "given weights").axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [f"Crash  {percent(-0.3)}", f"Boom  {percent(0.1, signed=True)}"]
    fall, rise = (bar.get_facecolor() for bar in axes.patches)
    assert fall != rise
    (axes,) = draw_contributions({"AAA": 0.1, "BBB": 0.05}, "").axes
    assert [bar.get_width() for bar in axes.patches] == [0.1, 0.05]


def test_stresses_of_ones_own_and_those_left_out_are_told(
    forefolio: Forefolio, market: str, tmp_path: Path
) -> None:
    own = [
        {"kind": "shock", "name": "Tech halves", "sectors": {"Tech": -0.5}},
        {"kind": "episode", "name": "long ago", "first": "1990-01-01", "last": "1991-01-01"},
    ]
    path = written(tmp_path / "own.json", {})
    Path(path).write_text(json.dumps(own))
    call = ("stress", "--study", market, "--weights", "AAA=0.5,BBB=0.5", "--file", path)
    document = forefolio(*call, "--json").document
    assert [one["name"] for one in document["stresses"]] == ["Tech halves"]
    left_out = [one["about"] for one in document["remarks"] if one["reason"] == "left_out"]
    assert left_out == ["long ago"]
    said = forefolio(*call, "--verbose").out
    assert "Tech halves" in said and "long ago: prices run from" in said
    assert max(map(len, said.split("\n"))) <= 80


def test_what_has_ended_and_is_held_is_told(forefolio: Forefolio, tmp_path: Path) -> None:
    folder = tmp_path / "ended"
    folder.mkdir()
    prices(folder / "LIVE.csv", sessions=700)
    prices(folder / "DEAD.csv", sessions=600, seed=1)
    last = str(np.busday_offset("2015-01-01", 599, roll="forward"))
    asked = ("risk", "--source", str(folder), "--json", "--weights")
    both = " ".join(notes(forefolio(*asked, "DEAD=0.5,LIVE=0.5").document))
    assert f"DEAD last traded on {last}" in both and "LIVE last traded" not in both
    assert "last traded" not in " ".join(notes(forefolio(*asked, "LIVE=1").document))


def test_leverage_is_told(forefolio: Forefolio, market: str) -> None:
    call = ("stress", "--study", market, "--weights", "AAA=1.5,BBB=-0.3", "--verbose")
    said = forefolio(*call).out
    assert "leverage: positions of 180.0 % of the portfolio, 20.0 % borrowed" in said


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("risk --weights ZZZ=1", "has no ZZZ; it has AAA, BBB"),
        ("risk --weights AAA=much", "--weights: 'much' is no number for 'AAA'"),
        ("risk --weights AAA=nan", "'nan' is no number for 'AAA'"),
        ("risk --weights AAA=1 --run last", "weights are given, and a run that has its own"),
        ("risk --run nobody", "today or paper whose id begins with 'nobody' is done"),
        ("risk --run last", "no run of kind strategy, portfolio, frontier or today is done"),
        ("simulate --model gausian", "--model: .* 'gausian'; did you mean 'gaussian'?"),
        ("simulate --goal 0", "--goal: must be greater than 0"),
        ("simulate --drift upwards", "--drift: upwards is neither history, prior nor zero, nor a"),
        ("simulate --drift=-100%", "--drift: -100% must be a rate a year such as 5%"),
        ("simulate --tickers NEW --model regime_switching --horizon 5 --paths 9", "--paths"),
        ("stress --market -30", "--market: -30 must be a move such as -30%"),
        ("stress --file nowhere.yaml", "nowhere.yaml: cannot be read"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    forefolio: Forefolio, market: str, line: str, told: str
) -> None:
    command, *options = line.split()
    study = () if "--run" in options else ("--study", market)
    pattern = ".*".join(map(re.escape, told.split(".*")))
    refused(forefolio(command, *study, *options), pattern)


@pytest.mark.parametrize("hold", [(), ("--hold",)])
def test_a_simulation_says_whose_drift_it_uses_and_takes_another(
    forefolio: Forefolio, market: str, hold: tuple[str, ...]
) -> None:
    call = ("simulate", "--study", market, "--weights", "AAA=0.5,BBB=0.4", "--paths", "4000", *hold)
    told = {
        drift: forefolio(*call, "--drift", drift, "--json").document
        for drift in ("history", "prior", "zero", "12%", "0.12")
    }
    cash = 0.1 * 252 * (1.02 ** (1 / 252) - 1)
    assert told["history"]["drift"] == "history"
    assert told["zero"]["drift_annual_return"] == pytest.approx(cash, rel=1e-3)
    rate = 252 * (1.12 ** (1 / 252) - 1)
    assert told["12%"]["drift_annual_return"] == pytest.approx(0.9 * rate + cash, rel=1e-3)
    assert told["12%"]["fan"] == told["0.12"]["fan"]
    means = {drift: document["mean"]["value"] for drift, document in told.items()}
    error = told["zero"]["mean"]["error"]
    assert means["zero"] == pytest.approx(1 + cash, abs=4 * error)
    assert means["12%"] == pytest.approx(np.exp(0.9 * rate + cash), abs=5 * error)
    assert len({round(mean, 9) for mean in means.values()}) == 4
    said = " ".join(forefolio(*call, "--drift", "12%", "--verbose").out.split())
    assert "Expected return: 12.0 % a year for each asset; of the portfolio" in said
    said = " ".join(forefolio(*call, "--verbose").out.split())
    assert "Expected return: each asset's own mean from 2015" in said


def test_too_short_a_history_is_told(forefolio: Forefolio, tmp_path: Path) -> None:
    path = prices(tmp_path / "SHORT.csv", sessions=40)
    study = {"source": {"kind": "files", "path": str(path)}, "minimum_sessions": 30}
    short = written(tmp_path / "short.yaml", study)
    refused(forefolio("simulate", "--study", short), "a simulation needs 60 sessions")
    document = forefolio("risk", "--study", short, "--json").document
    assert document["attribution"] is None
    assert any("was not attributed" in note for note in notes(document))
    assert any("no benchmark is known over these sessions" in n for n in notes(document))
    assert any("the market is the mean of the assets" in note for note in notes(document))
    said = forefolio("risk", "--study", short, "--verbose")
    assert said.code == 0
    assert "Volatility: last" not in said.out


def test_how_long_a_table_looks_back_is_counted(forefolio: Forefolio, tmp_path: Path) -> None:
    path = prices(tmp_path / "HALF.csv", sessions=150)
    study = {"source": {"kind": "files", "path": str(path)}, "minimum_sessions": 30}
    said = forefolio("risk", "--study", written(tmp_path / "half.yaml", study), "-v").out
    assert "Volatility: last 149 sessions." in said


def test_the_example_study_is_one_that_these_commands_read(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    path = written(tmp_path / "tiny.yaml", dict(TINY))
    assert forefolio("stress", "--study", path, "--market", "-0.1").code == 0


@pytest.mark.usefixtures("rastered")
def test_any_answer_is_written_as_a_report_that_says_how_it_was_asked(
    forefolio: Forefolio, market: str, tmp_path: Path
) -> None:
    file = tmp_path / "stress.html"
    call = ("stress", "--study", market, "--weights", "AAA=0.5,BBB=0.4", "--json")
    document = forefolio(*call, "--out", str(file)).document
    assert document["files"] == {"report": [str(file)]}
    report = file.read_text()
    assert "forefolio stress --study study.yaml" in report and "AAA: 0.5" in report
    run = forefolio("runs", "--json").document["runs"][0]["id"]
    again = tmp_path / "again.html"
    assert forefolio("runs", "show", run[:8], "--out", str(again)).code == 0
    assert again.read_bytes() == file.read_bytes()
    missing = tmp_path / "none" / "x.html"
    refused(forefolio(*call[:-1], "--out", str(missing)), "x.html cannot be written: No such file")
