"""`forefolio run`: what it prints where, that it answers from the store, and with what numbers."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import TINY, Forefolio, ended, prices, started, written

from forefolio.forecast.models.baselines import shrunk_drift
from forefolio.market import simulated_market
from forefolio.risk import LedoitWolf

ANSWER = {
    "as_of", "weights", "cash", "expected_return", "volatility", "expected_sharpe", "forecasts",
    "leaderboard", "backtest", "remarks", "files", "study", "data",
}  # fmt: skip
WORKERS = ("processes:1", "processes:2", "threads:2")


def seqs(home: Path) -> list[int]:
    """How much each run has ever said."""
    with sqlite3.connect(home / "forefolio.db") as database:
        rows = database.execute("SELECT seq FROM run ORDER BY created_at").fetchall()
    database.close()
    return [seq for (seq,) in rows]


@pytest.mark.usefixtures("rastered")
def test_json_is_one_document_and_the_files_are_there(
    forefolio: Forefolio, study: str, tmp_path: Path
) -> None:
    said = forefolio("run", "--study", study, "--json", "--out", "results")
    assert (said.code, said.err) == (0, "")
    document = said.document
    assert document.keys() >= ANSWER
    assert sum(document["weights"].values()) + document["cash"] == pytest.approx(1)
    files = document["files"]
    assert [Path(path) for path in files["report"]] == [tmp_path / "results" / "report.html"]
    assert [Path(path) for path in files["summary"]] == [tmp_path / "results" / "summary.html"]
    assert all(Path(path).read_bytes()[:4] == b"\x89PNG" for path in files["figures"])
    assert len(files["figures"]) == 6
    assert [row["name"] for row in document["backtest"]] == [
        "forecast driven",
        "equal weight",
        "index",
    ]


def test_what_is_made_of_parts_says_how_much_each_was_given(
    forefolio: Forefolio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_already(*_: object) -> None:
        raise AssertionError("the part forecasts anew what the study has forecast")

    monkeypatch.setattr("forefolio.strategy.forecast_driven.gather_combined", made_already)
    scaled = {"kind": "volatility_target", "strategy": TINY["strategy"], "target": 0.02}
    path = written(tmp_path / "scaled.yaml", {**TINY, "strategy": scaled})
    document = forefolio("run", "--study", path, "--json").document
    exposure = document["parts"]["exposure"]
    assert 0 < exposure < 1 and document["cash"] == pytest.approx(1 - exposure, abs=1e-3)
    assert document["volatility"] == pytest.approx(0.02, rel=1e-3)  # by the risk that it aims with
    assert document["expected_by"]["risk"] == "volatility times correlation"
    assert document["combination"][0]["weights"] == {"BayesianRidge": 1}
    assert "Parts: exposure" in forefolio("run", "--study", path).out


def test_an_account_that_loses_all_is_ruined_there_and_said_to_be(
    forefolio: Forefolio, tmp_path: Path
) -> None:
    """One asset is sold short, and soars."""
    folder = tmp_path / "squeeze"
    folder.mkdir()
    for seed, name in enumerate(("AAA", "BBB")):
        prices(folder / f"{name}.csv", seed=seed)
    rising = np.repeat(0.0, 400)
    rising[330:350] = 0.07
    closes = 50.0 * np.cumprod(1.0 + rising + np.random.default_rng(9).normal(0.0, 0.01, 400))
    days = np.busday_offset("2015-01-01", range(400), roll="forward")
    rows = [f"{day},{close:.4f}" for day, close in zip(days, closes, strict=True)]
    (folder / "SQZ.csv").write_text("\n".join(["Date,Close", *rows]))
    optimizer = {"kind": "minimum_variance", "constraints": ["sum(w) == 1", "SQZ == -100%"]}
    study = {
        "source": {"kind": "files", "path": str(folder)},
        "machine_learning": False,
        "minimum_sessions": 100,
        "horizons": [5],
        "strategy": {"kind": "classical", "optimizer": optimizer},
        "baselines": [{"kind": "equal_weight"}],
        "trading": {"warmup": 300},
    }
    path = written(tmp_path / "short.yaml", study)
    document = forefolio("run", "--study", path, "--json").document
    lost, equal = document["backtest"]
    assert str(days[330]) < lost["ruined"] <= str(days[350]) and equal["ruined"] is None
    assert (lost["max_drawdown"], lost["annual_return"]) == (-1.0, -1.0)
    assert lost["sharpe"] is lost["sortino"] is lost["beta"] is None
    assert f"classical was ruined on {lost['ruined']}" in equal["strategy_versus_this"]["verdict"]
    (told,) = [one for one in document["remarks"] if "is ruined" in one["message"]]
    assert (told["stage"], told["about"]) == ("backtest", "classical")
    said = forefolio("run", "--study", path, "--verbose").out
    assert f"classical was ruined on {lost['ruined']}" in said


@pytest.mark.parametrize("kind", ["classical", "equal_weight"])
def test_what_is_expected_is_what_the_rule_decided_from(
    forefolio: Forefolio, tmp_path: Path, kind: str
) -> None:
    source = {"kind": "synthetic", "sessions": 400, "assets": 3}
    study = {**TINY, "source": source, "strategy": {"kind": kind}, "machine_learning": False}
    path = written(tmp_path / "rule.yaml", study)
    document = forefolio("run", "--study", path, "--json").document
    market = simulated_market(sessions=400, assets=3)
    weights = np.array([document["weights"].get(asset, 0.0) for asset in market.assets])
    years, covariance = market.periods_per_year, LedoitWolf()(market)
    volatility = np.sqrt(covariance.variance(weights) * years)
    by = document["expected_by"]
    assert document["volatility"] == pytest.approx(volatility)
    own = np.array([document["expected_returns"].get(a, 0.0) for a in market.assets])
    earned = float(weights @ own) + document["cash"] * document["cash_return"]
    assert document["expected_return"] == pytest.approx(earned)
    if kind == "classical":
        assert earned == pytest.approx(float(shrunk_drift(market.returns) @ weights) * years)
        assert by == {"returns": "the shrunk mean of past returns", "risk": "ledoit wolf"}
    else:
        prior = {f["ticker"]: f["annual_mean"] for f in document["forecasts"]}
        assert document["expected_returns"] == pytest.approx(prior)
        assert "which the strategy does not follow" in by["returns"]
    assert " ".join(f"Return by {by['returns']};".split()) in " ".join(
        forefolio("run", "--study", path).out.split()
    )


def test_the_record_stands_first_and_what_flatters_it_in_the_same_sentence(
    forefolio: Forefolio, study: str
) -> None:
    document = forefolio("run", "--study", study, "--json").document
    assert {one["code"] for one in document["remarks"]} >= {"survivors", "short_record"}
    index = next(row for row in document["backtest"] if row["name"] == "index")
    assert "all 3 assets survived to the end" in index["strategy_versus_this"]["verdict"]
    said = " ".join(forefolio("run", "--study", study).out.split())
    places = [said.index(told) for told in ("Out of sample, ", "Expected a year", "Weights, and")]
    assert places == sorted(places)
    record = said[places[0] : places[1]]
    assert "after costs, forecast driven earned" in record and "all 3 assets survived" in record


def test_a_person_gets_tables_and_the_way_to_the_report(forefolio: Forefolio, study: str) -> None:
    said = forefolio("run", "--study", study)
    assert (said.code, said.err) == (0, "")
    for told in ("Weights for the session after", "forecast driven", "equal weight", "report.html"):
        assert told in " ".join(said.out.split())


def test_a_capital_turns_the_weights_into_orders_as_orders_does(
    forefolio: Forefolio, study: str, tmp_path: Path
) -> None:
    call = ("run", "--study", study, "--no-ml", "--out", "results")
    plain, run = (answer := forefolio(*call, "--json")).document, answer.envelope["run"]
    assert "further" not in plain and not (tmp_path / "results" / "orders.csv").exists()
    money = ("--capital", "10,000", "--holdings", "A0=3")
    document = forefolio(*call, *money, "--json").document
    orders = forefolio("orders", "--run", run, *money, "--json").document
    assert document.pop("further") == {"orders": orders}  # the same stored answer
    report = (tmp_path / "results" / "report.html").read_text()
    assert "Money is of a capital of 10,000.00" in report and "A0" in report
    path = tmp_path / "results" / "orders.csv"
    assert str(path) in document.pop("files")["tables"] and plain.pop("files")
    assert document == plain  # no number of the strategy depends on the money
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == [one["ticker"] for one in orders["orders"]]
    assert [float(row[2]) for row in rows] == [one["trade"] for one in orders["orders"]]
    assert {one["ticker"]: one["held"] for one in orders["orders"]}["A0"] == 3
    said = " ".join(forefolio(*call, *money).out.split())
    assert said.index("Weights, and the forecast") < said.index("Orders, weights made after")
    assert "Capital 10,000.00" in said and "not traded prices" in said


def test_the_projects_capital_counts_and_an_option_comes_before_it(
    forefolio: Forefolio, study: str, tmp_path: Path
) -> None:
    (tmp_path / "forefolio.yaml").write_text("capital: $25,000\n")
    call = ("run", "--study", study, "--no-ml", "--json")
    assert forefolio(*call).document["further"]["orders"]["capital"] == 25_000
    assert forefolio(*call, "--capital", "500").document["further"]["orders"]["capital"] == 500


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--capital", "much"), "--capital: "),
        (("--holdings", "A0=3"), "say what there is to invest: capital"),
    ],
)
def test_money_that_makes_no_sense_stops_before_the_run(
    forefolio: Forefolio, study: str, home: Path, options: tuple[str, ...], reason: str
) -> None:
    said = forefolio("run", "--study", study, *options)
    assert said.code == 2 and reason in said.err
    assert not (home / "forefolio.db").exists()


def test_what_did_not_change_is_only_read(
    forefolio: Forefolio, study: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "processes:1")
    first = forefolio("run", "--study", study, "--json")
    before, files = seqs(home), sorted(home.rglob("*"))

    def no_worker(*_: object) -> None:
        raise AssertionError("a worker was started")

    monkeypatch.setattr("forefolio.runs.executors._spawned", no_worker)
    again = forefolio("run", "--study", study, "--json")
    assert again == first
    assert seqs(home) == before and sorted(home.rglob("*")) == files


@pytest.mark.slow
@pytest.mark.parametrize("workers", WORKERS)
def test_the_numbers_are_the_same_wherever_they_are_computed(
    forefolio: Forefolio, study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    answers = []
    for number, executor in enumerate(("inline:", workers)):
        monkeypatch.setenv("FOREFOLIO_EXECUTOR", executor)
        monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / f"home {number}"))
        envelope = forefolio("run", "--study", study, "--json", "--out", "same").envelope
        files = {p.name: p.read_bytes() for p in (tmp_path / "same").iterdir()}
        page = (files.pop("report.html") + files.pop("summary.html")).decode()
        for own in (envelope["run"], envelope["run"][:8], envelope["created"]):
            page = page.replace(own, "")
        answers.append((envelope["data"], files, page))
    assert answers[0] == answers[1]


@pytest.mark.slow
def test_a_changed_file_is_noticed(forefolio: Forefolio, study: str, tmp_path: Path) -> None:
    path = prices(tmp_path / "ONE.csv")
    call = ("run", "--study", study, "--source", str(path), "--json")
    first = forefolio(*call).document
    prices(path, sessions=401)
    second = forefolio(*call).document
    assert first["as_of"] < second["as_of"]
    assert first["data"]["version"] != second["data"]["version"]


def test_one_asset_without_an_index_gets_all_the_weight(
    forefolio: Forefolio, study: str, tmp_path: Path
) -> None:
    said = forefolio(
        "run", "--study", study, "--source", str(prices(tmp_path / "ONE.csv")), "--json"
    )
    assert said.code == 0 and said.document["weights"] == {"ONE": pytest.approx(1)}
    assert [row["name"] for row in said.document["backtest"]] == ["forecast driven", "equal weight"]


@pytest.mark.slow
def test_a_folder_of_files(forefolio: Forefolio, study: str, tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    for seed, name in enumerate(("AAA", "BBB", "CCC")):
        prices(folder / f"{name}.csv", seed=seed)
    (folder / "BAD.csv").write_text("")
    said = forefolio("run", "--study", study, "--source", str(folder), "--json")
    assert said.document["data"]["tickers"] == ["AAA", "BBB", "CCC"]
    told = [one["message"] for one in said.document["remarks"] if not one["detail"]]
    assert any("BAD.csv: the file is empty; download it again: left out" in each for each in told)


def test_what_was_repaired_is_told(forefolio: Forefolio, study: str, tmp_path: Path) -> None:
    path = prices(tmp_path / "MESSY.csv")
    head, *rows = path.read_text().splitlines()
    rows[50] = rows[50].partition(",")[0] + ",-1"
    rows[60] = rows[60].partition(",")[0] + ","
    path.write_text("\n".join([head, *reversed(rows), rows[9], "2015-13-77,5"]))
    call = ("run", "--study", study, "--source", str(path), "--verbose")
    told = " ".join(forefolio(*call).out.split())
    for repair in (
        "rows are not in order",
        "day with several equal rows (",
        "1 close of MESSY was no positive number and is left out (",
        "row without a close (",
        "row without a date: dropped",
    ):
        assert repair in told, repair


def test_too_little_history_to_learn_from_is_told_and_answered(
    forefolio: Forefolio, study: str, tmp_path: Path
) -> None:
    path = prices(tmp_path / "SHORT.csv", sessions=256)
    document = forefolio("run", "--study", study, "--source", str(path), "--json").document
    assert not document["machine_learning"] and document["strategy"] == "classical"
    first = np.busday_offset(document["data"]["first"], 127)
    assert document["backtest"][0]["first"] == str(first)  # half way
    assert next(one["message"] for one in document["remarks"] if one["stage"] == "forecast") == (
        "256 sessions are fewer than the 262 it takes: nothing is learnt, and the first decision "
        "is made after 128"
    )


@pytest.mark.parametrize(
    "sessions", [254, 262, *(pytest.param(n, marks=pytest.mark.slow) for n in (261, 263))]
)
def test_just_enough_history_is_enough(
    forefolio: Forefolio, study: str, tmp_path: Path, sessions: int
) -> None:
    path = prices(tmp_path / "EDGE.csv", sessions=sessions)
    said = forefolio("run", "--study", study, "--source", str(path), "--json")
    assert said.code == 0, said.err
    assert said.document["machine_learning"] == (sessions >= 262)


def test_prices_that_never_move_have_an_answer(
    forefolio: Forefolio, study: str, tmp_path: Path
) -> None:
    path = prices(tmp_path / "FLAT.csv")
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *(row.partition(",")[0] + ",10" for row in rows)]))
    said = forefolio("run", "--study", study, "--source", str(path), "--json")
    assert said.code == 0, said.err
    assert said.document["expected_sharpe"] is None


def test_without_machine_learning_the_fallback_is_followed(
    forefolio: Forefolio, study: str
) -> None:
    document = forefolio("run", "--study", study, "--no-ml", "--json").document
    assert document["strategy"] == "classical" and not document["machine_learning"]
    assert {row["kind"] for row in document["leaderboard"]} == {
        "baseline", "volatility", "combined",
    }  # fmt: skip


@pytest.mark.slow
def test_strategies_of_one_name_are_told_apart(forefolio: Forefolio, tmp_path: Path) -> None:
    twice = [{"kind": "momentum", "window": 60}, {"kind": "momentum", "window": 120}]
    path = written(tmp_path / "twice.yaml", {**TINY, "baselines": twice})
    document = forefolio("run", "--study", path, "--json").document
    names = [row["name"] for row in document["backtest"]]
    assert names == ["forecast driven", "momentum", "momentum 2", "index"]
    assert document["backtest"][1]["annual_return"] != document["backtest"][2]["annual_return"]


def test_only_the_tickers_and_sessions_asked_for(forefolio: Forefolio, study: str) -> None:
    call = ("run", "--study", study, "--tickers", "a2, a0", "--start", "2010-03-01", "--json")
    data = forefolio(*call).document["data"]
    assert data["tickers"] == ["A2", "A0"] and data["first"] == "2010-03-01"


@pytest.mark.slow
def test_a_reader_who_leaves_sees_no_traceback(study: str) -> None:
    process = started("run", "--study", study, "--json")
    assert process.stdout is not None
    assert process.stdout.read(1) == "{"
    process.stdout.close()
    process.stdout = None
    said = ended(process)
    assert "Traceback" not in said.err and "rror" not in said.err
    assert said.code in (0, 1)


def test_help_lists_everything(forefolio: Forefolio) -> None:
    said = forefolio("--help")
    assert said.code == 0 and forefolio().out == said.out
    assert all(f"\n  {name} " in said.out for name in ("run", "runs", "serve", "version"))
    options = "--study --source --tickers --start --end --no-ml --out --json"
    told = forefolio("run", "--help").out
    assert all(f"  {option} " in told for option in options.split())
    assert forefolio("version").out.count(".") == 2


@pytest.mark.slow
def test_nothing_but_data_is_on_standard_output(study: str) -> None:
    said = ended(started("run", "--study", study, "--json", FOREFOLIO_LOG_LEVEL="INFO"))
    assert said.code == 0 and said.document


def test_today_takes_the_capital_of_the_project_and_the_run_of_the_same_prices(
    forefolio: Forefolio, study: str, tmp_path: Path
) -> None:
    said = forefolio("today", "--study", study)
    assert said.code == 2 and "say what there is to invest: capital" in said.err
    (tmp_path / "forefolio.yaml").write_text("capital: $25,000\n")
    run = forefolio("run", "--study", study, "--no-ml", "--json")
    document = forefolio("today", "--study", study, "--json").document
    assert document["strategy_run"] == run.envelope["run"] and document["capital"] == 25_000
    assert document["weights"] == run.document["weights"]
    assert document["orders"] == run.document["further"]["orders"]["orders"]
    told = forefolio("today", "--study", study).out
    assert all(f"\n{word}: " in told for word in ("Hold", "Why", "Could lose", "Buy", "Caveat"))
