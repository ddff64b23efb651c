"""Whatever is wrong is one line that says what, where and what to do, and exit code 2."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import TINY, Forefolio, Said, prices, written

DIRTY = Path(__file__).parents[2].parent / "shared" / "data" / "dirty"

ARGUMENTS = {
    "unknown ticker": ("run --tickers NOPE", "the sample has no NOPE; it has AAPL"),
    "no ticker": ("run --tickers ,", "--tickers: names none; say for example"),
    "not a ticker": ("run --tickers AA$PL", "not a ticker: 'AA\\$PL'"),
    "bad date": (
        "run --start 2020-99-01",
        "start: must be a date such as 2020-12-31, not '2020-99-01'",
    ),
    "start after end": ("run --start 2020-01-01 --end 2019-01-01", "2020-01-01 must be before"),
    "no source": ("run --source nowhere.csv", "nowhere.csv: there is no such file or folder"),
    "out is a file": ("run --out file", "--out file cannot be written to: it is not a folder"),
    "out under a file": ("run --out file/x", "--out file/x cannot be written to: .*another"),
    "out in no man's land": ("run --out /proc", "--out /proc cannot be written to: .*another"),
    "no study": ("run --study nowhere.yaml", "nowhere.yaml: cannot be read: No such file"),
    "study a folder": ("run --study .", "cannot be read: Is a directory"),
    "option": ("run --frobnicate", "No such option:? '?--frobnicate"),
    "argument": ("run more more", "unexpected extra argument"),
    "a word": ("run more", "more: there is no such file or folder"),
    "two sources": ("run a.csv --source b.csv", "prices are named twice, a.csv and --source b"),
    "command": ("frobnicate", "there is no command 'frobnicate'"),
    "no such run": ("runs follow nobody", "there is no run 'nobody'; `forefolio runs` lists"),
    "none to cancel": ("runs cancel nobody", "there is no run 'nobody'"),
    "no report": ("verify nowhere.html", "nowhere.html: there is no such file"),
    "per cent": (
        "portfolio save core --weights A=60,B=40",
        "--weights: A=60 is 6000% of the portfolio; write A=60%",
    ),
    "no shares": ("portfolio save core --weights A=1 --shares A=x", "--shares: 'x' is no number"),
    "open door": ("serve --host 0.0.0.0", "set FOREFOLIO_API_TOKEN to at least 32"),
}

ENVIRONMENT = {
    "executor": ("EXECUTOR", "fast:9", "say inline:, threads:N or processes:N"),
    "no worker": ("EXECUTOR", "processes:0", "say inline:, threads:N or processes:N"),
    "home a file": ("HOME", "file", "FOREFOLIO_HOME .*file cannot be written to: it is not a"),
    "home nowhere": ("HOME", "/proc/x", "FOREFOLIO_HOME /proc/x cannot be written to: .*another"),
    "database": ("DATABASE_URL", "mysql://x/y", "the database URL is not one; say sqlite:///"),
    "no database": ("DATABASE_URL", "sqlite:///file", "the database cannot be used: .*; see F"),
    "level": ("LOG_LEVEL", "loud", "environment: FOREFOLIO_LOG_LEVEL: .*'DEBUG'"),
    "port": ("API_PORT", "99999", "environment: FOREFOLIO_API_PORT: .*65535"),
}

STUDIES = {
    "a list": ("- AAPL", "must be a mapping such as `tickers"),
    "a word": ("AAPL", "must be a mapping such as `tickers"),
    "not yaml": ("tickers: [", "is not YAML: while parsing"),
    "not text": (b"\xff\xfe\x00\x01", "is not YAML"),
    "a setting twice": ("start: 2020-06-30\nstart: 2021-06-30", "'start' stands twice in the mapp"),
    "no such day": ("start: 2020-06-31", "is not YAML: day is out of range for month"),
    "a date for a key": (
        "2020-06-30: 1",
        "2020-06-30: there is no such setting; there are machine_learning,",
    ),
    "itself": ("tickers: &x [*x]", "cannot be written as JSON: Circular reference"),
    "misspelt": ("strateg: {kind: classical}", "strateg: .*did you mean 'strategy'?"),
    "misspelt inside": (
        "strategy: {kind: forecast_driven, recipe: {walk: {frist: 3}}}",
        "strategy.forecast_driven.recipe.walk.frist: .*did you mean 'first'?",
    ),
    "nothing like it": (
        "xyzzy: 1",
        "xyzzy: there is no such setting; there are machine_learning, horizons,",
    ),
    "kind": ("strategy: {kind: clasical}", "strategy: there is no kind 'clasical'; did you mean"),
    "no such kind": ("source: {kind: xyzzy}", "there is no kind 'xyzzy'; there are sample, files"),
    "no kind": ("source: {path: x}", "source: must say its kind"),
    "yes and no": ("tickers: [ON]", "tickers.0: put it in quotes: YAML reads a bare ON"),
    "octal": ("tickers: [000660]", 'tickers.0: write "000660" in quotes: .*as the number 432$'),
    "a number": ("tickers: [AAPL, 700]", 'tickers.1: write "700" in quotes: YAML reads a bare 700'),
    "a time": ("tickers: [12:30]", 'tickers.0: write "12:30" in quotes: .*as the number 750$'),
    "nothing": ("tickers: [NULL]", "tickers.0: put it in quotes: YAML reads a bare NULL"),
    "a number inside": (
        "source: {kind: files, path: x, benchmark: 000660}",
        'source.files.benchmark: write "000660" in quotes: .*as the number 432$',
    ),
    "number": ("horizons: [0]", "horizons.0: .*greater than or equal to 1, not 0"),
    "no number": ("trading: {capital: .inf}", "trading.capital: .*finite number, not inf"),
    "no horizon": ("horizons: []", "horizons: .*at least 1 item"),
    "no volatility": (
        "strategy: {kind: forecast_driven, recipe: {volatility: []}}",
        "recipe.volatility: .*at least 1 item",
    ),
    "one model twice": (
        "strategy: {kind: forecast_driven, recipe: {models: [{kind: arima}, {kind: arima}]}}",
        "recipe: ARIMA is in the recipe twice with the same settings",
    ),
    "elsewhere": (
        "walk: {first: 300}",
        "walk: there is no such setting; there are machine_learning,",
    ),
    "lower above upper": (
        "strategy: {kind: classical, optimizer: {kind: minimum_variance,"
        " constraints: [{kind: bounds, lower: 0.5, upper: 0.1}]}}",
        r"lower \(0.5\) is above upper \(0.1\)",
    ),
}


def bounded(upper: float, kind: str) -> Mapping[str, Any]:
    constraints = [{"kind": "budget"}, {"kind": "bounds", "lower": 0.0, "upper": upper}]
    optimizer = {"kind": "maximum_sharpe", "constraints": constraints}
    return {**TINY, "strategy": {**TINY["strategy"], "kind": kind, "optimizer": optimizer}}


def refused(said: Said, told: str) -> None:
    assert (said.code, said.out) == (2, ""), said
    assert re.search(told, said.err), said.err
    assert re.fullmatch(r"forefolio: [^\n]+\n", said.err), said.err


@pytest.mark.parametrize(("line", "told"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments(forefolio: Forefolio, tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "file").write_text("no database and no folder")
    refused(forefolio(*line.split()), told)


@pytest.mark.parametrize(("name", "value", "told"), ENVIRONMENT.values(), ids=ENVIRONMENT)
def test_environment(
    forefolio: Forefolio,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    study: str,
    name: str,
    value: str,
    told: str,
) -> None:
    (tmp_path / "file").write_text("no database and no folder")
    monkeypatch.setenv(f"FOREFOLIO_{name}", value)
    refused(forefolio("run", "--study", study), told)


@pytest.mark.parametrize(("text", "told"), STUDIES.values(), ids=STUDIES)
def test_studies(forefolio: Forefolio, tmp_path: Path, text: str | bytes, told: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(forefolio("run", "--study", str(path)), f"study.yaml: .*{told}")


@pytest.mark.parametrize("kind", ["forecast_driven", "classical"])
def test_constraints_that_contradict_each_other(
    forefolio: Forefolio, tmp_path: Path, kind: str
) -> None:
    document = dict(bounded(0.1, kind))
    if kind == "classical":
        kept = ("kind", "optimizer")
        document["strategy"] = {name: document["strategy"][name] for name in kept}
    path = written(tmp_path / "tight.yaml", document)
    refused(
        forefolio("run", "--study", path),
        "raise the limit on each weight from 10.0 % to at least 33.4 %",
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "PRICES.csv: the file is empty; download it again"),
        ("Date,Close\n", "PRICES.csv: a header and no rows"),
        ("Date,Open,High\n2020-01-02,1,2\n", "no close price among its columns"),
        ("When,Close\nsoon,1\n", "no date column among its columns 'When'"),
        ("Date,Close\nyesterday,1\n", "PRICES"),
        ("Date,Close\n2020-01-02,-1\n2020-01-03,0\n", "no row has a close that can be used"),
        ('{"Error Message": "no"}', "a reply saved as a table"),
        ("\x00\x01\x02\x03", "not a text file"),
    ],
)
def test_files_without_prices(
    forefolio: Forefolio, tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "PRICES.csv"
    path.write_text(content)
    refused(forefolio("run", "--source", str(path)), told)


def test_thirty_days_of_history(forefolio: Forefolio, tmp_path: Path) -> None:
    path = prices(tmp_path / "SHORT.csv", sessions=30)
    told = "SHORT needs 504 sessions of history, 30 are available; .*minimum_sessions lower"
    refused(forefolio("run", "--source", str(path)), told)


def test_a_split_left_unadjusted(forefolio: Forefolio, tmp_path: Path) -> None:
    path = prices(tmp_path / "SPLIT.csv", sessions=700)
    head, *rows = path.read_text().splitlines()
    cells = [row.split(",") for row in rows]
    halved = [
        f"{day},{float(close) / (4 if n > 300 else 1)}" for n, (day, close) in enumerate(cells)
    ]
    path.write_text("\n".join([head, *halved]))
    refused(forefolio("run", "--source", str(path)), "looks like a split left unadjusted")


@pytest.mark.slow
@pytest.mark.skipif(not DIRTY.is_dir(), reason="the shared data are not here")
@pytest.mark.timeout(900)
def test_every_dirty_file_has_an_answer(forefolio: Forefolio, tmp_path: Path) -> None:
    path = written(tmp_path / "quick.yaml", {**TINY, "baselines": []})
    answers = []
    for file in sorted(DIRTY.glob("*.csv")):
        said = forefolio("run", "--study", path, "--source", str(file), "--json")
        answers.append(said.code)
        if said.code == 0:
            answer = said.document
            assert answer["data"]["tickers"] and sum(answer["weights"].values())
        else:
            assert (said.code, said.out) == (2, ""), said
            problem = json.loads(said.err)["error"]
            needs = f"{re.escape(file.name)}|needs (100|254) sessions of history"
            assert problem["code"] and re.search(needs, problem["message"]), problem
    assert {0, 2} == set(answers) and len(answers) == 27
