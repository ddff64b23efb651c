"""A report is computed anew: what is the same holds, and every altered number is found."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from forefolio.cli import main
from forefolio.core.errors import InputError
from forefolio.core.settings import Settings
from forefolio.runs.asking import ask
from forefolio.runs.rendering import report_file
from forefolio.store import Artifacts
from forefolio.studies.follow_ups import Account
from forefolio.studies.paths import closed_paths
from forefolio.studies.stated import (
    differing_fields,
    differing_texts,
    read_stated,
    without_moving,
)
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.verification import (
    ReportVerification,
    VerifyStudy,
    _another_script,
    _remarks,
)
from forefolio.views.verification import verification_page

DOCUMENT: dict[str, Any] = {
    "source": {"kind": "synthetic", "sessions": 500, "assets": 3},
    "minimum_sessions": 100,
    "machine_learning": False,
    "horizons": 21,
    "strategy": "classical",
    "baselines": [{"kind": "equal_weight"}],
    "trading": {"warmup": 300},
}
DIGITS = re.compile(r"(?<![\w#])\d+(?:\.\d+)?(?!\w)")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), executor="inline:")


@pytest.fixture(scope="module")
def run(home: Settings) -> StrategyResult:
    return ask(StrategyStudy(**DOCUMENT), home)


@pytest.fixture(scope="module")
def report(home: Settings, run: StrategyResult) -> str:
    return report_file(run, Artifacts(home.home), Account(capital=50_000)).decode()


@pytest.fixture(scope="module")
def document(run: StrategyResult) -> dict[str, Any]:
    whole: dict[str, Any] = run.model_dump(mode="json", exclude={"run"})
    return whole


def verified(text: str, home: Settings) -> ReportVerification:
    return ask(VerifyStudy(report=text), home)


def test_a_report_as_it_was_written_holds(
    home: Settings, run: StrategyResult, report: str, document: dict[str, Any]
) -> None:
    page = verified(report, home)
    assert page.holds and page.rounding == 0 and page.numbers > 1000
    assert run.run is not None and page.run_stated == run.run.id
    envelope = json.dumps({"run": run.run.id, "kind": "strategy", "data": document}, indent=1)
    assert verified(envelope, home).holds
    assert verification_page(page).headline.endswith("holds")


def test_a_report_of_a_history_that_was_too_short_for_its_question_holds(home: Settings) -> None:
    short = {**DOCUMENT, "trading": {}}
    run = ask(StrategyStudy(**short), home)
    assert any(remark.about == "study" for remark in run.remarks)  # that nothing was learnt
    assert run.study == StrategyStudy(**short).model_dump(mode="json")  # what was asked
    assert verified(json.dumps(run.model_dump(mode="json", exclude={"run"})), home).holds
    page = report_file(run, Artifacts(home.home), Account(capital=50_000)).decode()
    assert verified(page, home).holds


def test_an_altered_number_is_named_with_what_it_should_be(
    home: Settings, report: str, document: dict[str, Any]
) -> None:
    first = document["backtest"][0]
    better = {**document, "backtest": [{**first, "sharpe": first["sharpe"] + 0.01},
                                       *document["backtest"][1:]]}  # fmt: skip
    found = verified(json.dumps(better), home)
    assert not found.holds and found.altered == 1
    assert found.differences[0].where == "backtest[0].sharpe"
    assert float(found.differences[0].computed) == first["sharpe"]
    shown = verification_page(found)
    assert (
        shown.headline.endswith("does not hold")
        and "1 statement is another one" in (shown.summary[0])
    )
    place = report.index("Sharpe of ")
    number = DIGITS.search(report, place)
    assert number is not None
    words = report[: number.start()] + "9" + report[number.start() + 1 :]
    assert words == report or not verified(words, home).holds


def test_a_script_knows_by_the_exit_code_whether_a_report_holds(
    home: Settings, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", str(home.home))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    first, *others = document["backtest"]
    better = {**document, "backtest": [{**first, "sharpe": first["sharpe"] + 0.01}, *others]}
    for stated, code in ((document, 0), (better, 3)):
        (tmp_path / "report.json").write_text(json.dumps(stated))
        monkeypatch.setattr("sys.argv", ["forefolio", "verify", str(tmp_path / "report.json")])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code


def test_a_longer_or_shorter_page_is_not_the_same(report: str) -> None:
    without = report.replace("<h2>Method</h2>", "", 1)
    assert without != report
    (found,) = differing_texts(without, report)
    assert "Method" in found.computed
    (found,) = differing_texts(report + "<p>9</p>", report)
    assert found.stated.endswith("<p>9</p>")


def test_rounding_is_no_alteration_and_a_changed_digit_is() -> None:
    for stated, computed, rounding in (
        (0.1234567890123456, 0.1234567890123457, True),
        (0.1234567890123456, 0.1234567990123456, False),
        (0.1234, 0.1235, False),
        (12, 13, False),
        (True, 1, False),
    ):
        (found,) = differing_fields({"x": stated}, {"x": computed})
        assert found.rounding == rounding
    assert not differing_fields({"x": 1}, {"x": 1.0})
    assert differing_fields({"x": []}, {"x": [1]}) and differing_fields({}, {"x": None})


@pytest.mark.parametrize("many", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_every_altered_number_is_found(report: str, document: dict[str, Any], many: int) -> None:
    """Of the page wherever a number stands, its style and its script included, and of the data."""
    draw, (report, _) = random.Random(many), without_moving(report)
    whole = json.dumps(document)
    for text in (report, whole):
        places = list(DIGITS.finditer(text))
        for number in draw.sample(places, many):
            digit = draw.randrange(len(number[0]))
            old = number[0][digit]
            if old == ".":
                continue
            new = draw.choice([one for one in "123456789" if one != old])
            start = number.start() + digit
            altered = text[:start] + new + text[start + 1 :]
            if text is report:
                assert differing_texts(altered, report), number
            else:
                written = number[0][:digit] + new + number[0][digit + 1 :]
                same = float(written) == float(number[0])  # a seventeenth digit may change nothing
                stated = read_stated(altered).document
                assert same or differing_fields(stated, document), number


def test_the_script_that_moves_the_pictures_is_held_to_its_own(
    home: Settings, report: str, run: StrategyResult
) -> None:
    still, own = without_moving(report)
    evil = still.replace("</body>", '<script id="pictures">draw("+90 %")</script></body>')
    assert verified(still, home).holds
    found = verified(evil, home)
    assert found.altered == bool(own)  # without a build there is nothing to compare it with
    stated = read_stated(evil)
    (another,) = _another_script(stated, "draw()")
    assert "script" in another.where and not another.rounding
    assert not _another_script(stated, stated.moving) and not _another_script(stated, "")
    said = [one.message for one in _remarks(stated, run, moves=False)]
    assert any("is not verified" in one for one in said)
    assert len(_remarks(stated, run, moves=True)) == len(said) - 1
    assert not verified(evil.replace('id="pictures"', ""), home).holds


def test_a_report_from_elsewhere_opens_no_file_here(document: dict[str, Any]) -> None:
    data = {**document["study"]["data"], "source": {"kind": "files", "path": "/etc/passwd"}}
    foreign = {**document, "study": {**document["study"], "data": data}}
    for one, many in ((document, 0), (foreign, 1)):
        asked = VerifyStudy(report=json.dumps(one))
        assert len(list(closed_paths(asked, None, "upload it"))) == many


@pytest.mark.parametrize(
    ("text", "reason"),
    [("report.html", "is no report"), ("{}", "no question"), ('{"study": {"data": 3}}', "cannot")],
)
def test_what_is_no_report_is_refused(home: Settings, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        verified(text, home)
