"""A paper account: append-only, gone on with after a crash, and the backtest of the same window."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forefolio.backtest import Trading, backtest
from forefolio.core.errors import InputError, RunFailed
from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.forecast import EWMA, WalkForward
from forefolio.market import Files, load_market, simulated_market
from forefolio.market.calendar import Every
from forefolio.runs.asking import ask
from forefolio.runs.executors import Inline
from forefolio.store.paper_shelf import PaperShelf
from forefolio.strategy import InverseVolatility, PortfolioVolatility, RiskOnTarget
from forefolio.studies.data import Data
from forefolio.studies.paper import PaperStudy
from forefolio.studies.paper_account import PaperAccount
from forefolio.studies.paper_list import PaperAccountsStudy
from forefolio.views.catalog import page_of

OPENED, SESSIONS = 301, 330
SIMULATED = simulated_market(seed=4, sessions=SESSIONS, assets=3)
PRICES = pd.DataFrame(
    SIMULATED.close, index=pd.DatetimeIndex(SIMULATED.sessions, name="date"), columns=list("ABC")
)
TRADING = Trading(decide=Every(sessions=5))


class Paper:
    """A file of prices that grows, and an account that follows them."""

    def __init__(self, home: Path) -> None:
        self.path = home / "prices.csv"
        self.settings = Settings(home=home / "home", executor="inline:")
        self.opening: dict[str, Any] = {
            "capital": 10_000.0,
            "strategy": InverseVolatility(),
            "trading": TRADING,
            "data": Data(source=Files(path=self.path), minimum_sessions=100),
        }

    def opened(self, prices: pd.DataFrame, **more: Any) -> PaperAccount:
        prices.to_csv(self.path)
        return ask(PaperStudy(**{**self.opening, **more}), self.settings)

    def looked_at(self, prices: pd.DataFrame, **more: Any) -> PaperAccount:
        """With its name alone."""
        prices.to_csv(self.path)
        return ask(PaperStudy(**more), self.settings)


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return Paper(tmp_path)


def with_price(prices: pd.DataFrame, row: int, column: int, price: float) -> pd.DataFrame:
    """The same prices but for one."""
    values = prices.to_numpy().copy()
    values[row, column] = price
    return pd.DataFrame(values, index=prices.index, columns=prices.columns)


def kinds(account: PaperAccount) -> list[str]:
    return [one.kind for one in account.entries]


def what(account: PaperAccount) -> list[tuple[Any, ...]]:
    """The entries without the moment that they were written."""
    return [(one.number, one.session, one.kind, one.sentence, one.amounts, one.money)
            for one in account.entries]  # fmt: skip


@pytest.mark.slow
def test_followed_day_by_day_it_is_the_backtest(paper: Paper) -> None:
    paper.opened(PRICES[:OPENED])
    for sessions in (OPENED + 1, OPENED + 2, OPENED + 9):
        paper.looked_at(PRICES[:sessions])
    account = paper.looked_at(PRICES)
    market = load_market(Files(path=paper.path), None, None, None, 100).market
    trading = TRADING.model_copy(update={"warmup": OPENED, "capital": 10_000.0})
    result = finish(backtest(InverseVolatility(), trading, market, Inline()))
    assert [day.value for day in account.days] == result.equity.tolist()
    assert account.value == result.equity[-1]
    shares = [day.cost / before.value for before, day in pairwise(account.days)]
    assert shares == result.charges[1:].tolist()
    assert account.missed == kinds(account).count("missed") == 6 + 19
    assert account.entries[0].kind == "opened"


def test_a_target_risk_goes_on_from_its_record(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    risk = PortfolioVolatility(model=EWMA(), record=252, walk=WalkForward(first=126))
    strategy = RiskOnTarget(strategy=InverseVolatility(), target=0.05, risk=risk)
    paper.opened(PRICES[:OPENED], strategy=strategy, trading=Trading())

    def refused(*_: object) -> None:
        raise AssertionError("decisions since the beginning are made again")

    monkeypatch.setattr(RiskOnTarget, "recorded", refused)
    paper.looked_at(PRICES[: OPENED + 6])
    account = paper.looked_at(PRICES)
    monkeypatch.undo()
    market = load_market(Files(path=paper.path), None, None, None, 100).market
    opened = Trading().model_copy(update={"warmup": OPENED, "capital": 10_000.0})
    result = finish(backtest(strategy, opened, market, Inline()))
    assert [day.value for day in account.days] == result.equity.tolist()
    assert kinds(account).count("decided") >= 5


def test_a_second_look_on_the_same_day_adds_nothing(paper: Paper) -> None:
    first = paper.opened(PRICES[:OPENED])
    assert kinds(first) == ["opened", "closed", "decided"]
    assert [order.ticker for order in first.orders]
    assert sum(order.target for order in first.orders) == pytest.approx(1.0)
    again = paper.looked_at(PRICES[:OPENED])
    assert again.entries == first.entries
    assert paper.looked_at(PRICES[:OPENED]).run == again.run


@pytest.mark.slow
@pytest.mark.parametrize("point", ["paper.appended:1", "paper.appended:2", "store.before_commit:6"])
def test_interrupted_anywhere_it_ends_with_the_same_entries(
    paper: Paper, tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forefolio.core.failpoints._passed", Counter())
    monkeypatch.setattr("forefolio.studies.paper.TOGETHER", 7)
    since = SIMULATED.sessions[OPENED - 1].astype(object)
    other = Paper(tmp_path / "other")
    other.path.parent.mkdir()
    whole = other.opened(PRICES, since=since)
    monkeypatch.setenv("FOREFOLIO_FAIL", f"{point}:raise")
    with pytest.raises((RunFailed, RuntimeError)):
        paper.opened(PRICES, since=since)
    monkeypatch.delenv("FOREFOLIO_FAIL")
    assert what(paper.opened(PRICES, since=since)) == what(whole)


def test_beside_its_backtest_it_is_the_same_until_the_past_is_another(paper: Paper) -> None:
    just_opened = paper.opened(PRICES[:OPENED], backtest=True)
    assert just_opened.backtest is None and just_opened.days[0].backtest == 10_000.0
    plain = paper.looked_at(PRICES)
    assert plain.backtest is None and plain.days[-1].backtest is None
    account = paper.looked_at(PRICES, backtest=True)
    beside = account.backtest
    assert beside is not None and account.entries == plain.entries
    assert [day.backtest for day in account.days] == [day.value for day in account.days]
    assert (beside.apart, beside.difference, beside.others, beside.changes) == (None, 0.0, 0, {})
    assert beside.decisions == kinds(account).count("decided")
    assert beside.costs == pytest.approx(beside.account_costs) == pytest.approx(account.costs)
    assert beside.costs > 0.0
    (said,) = [one for one in page_of(account).summary if "backtest" in one]
    assert "worth the same at every close: " in said


def test_where_a_close_was_revised_its_backtest_parts_from_it_and_why_is_said(
    paper: Paper,
) -> None:
    paper.opened(PRICES[:OPENED])
    paper.looked_at(PRICES)
    row = OPENED + 2
    revised = with_price(PRICES, row, 0, 1.1 * float(SIMULATED.close[row, 0]))
    account = paper.looked_at(revised, backtest=True)
    beside = account.backtest
    assert beside is not None and beside.value == account.days[-1].backtest
    market = load_market(Files(path=paper.path), None, None, None, 100).market
    trading = TRADING.model_copy(update={"warmup": OPENED, "capital": 10_000.0})
    result = finish(backtest(InverseVolatility(), trading, market, Inline()))
    assert beside.value == result.equity[-1]
    assert beside.difference == account.value - result.equity[-1] != 0.0
    assert beside.apart == PRICES.index[row].date()
    assert 0 < beside.others < beside.decisions and beside.changes == {"revised": 1}
    assert beside.account_costs == pytest.approx(account.costs)
    page = page_of(account)
    (said,) = [one for one in page.summary if "backtest" in one]
    assert f"They part on {beside.apart}" in said and "1 close was revised" in said
    assert page.sheet is not None and page.sheet.columns[-2] == "backtest"


def test_a_revised_close_is_said_and_changes_nothing(paper: Paper) -> None:
    paper.opened(PRICES[:OPENED])
    before = paper.looked_at(PRICES[: OPENED + 3])
    row = OPENED + 1
    price = 1.01 * float(SIMULATED.close[row, 0])
    revised = with_price(PRICES[: OPENED + 3], row, 0, price)
    after = paper.looked_at(revised)
    assert after.entries[: len(before.entries)] == before.entries
    (change,) = after.entries[len(before.entries) :]
    day = revised.index[row].date()
    (held,) = [one for one in before.entries if one.kind == "closed" and one.session == day]
    assert (change.kind, change.amounts["A"]) == ("revised", price)
    assert change.money == pytest.approx(0.01 * (held.amounts["A"] or 0.0))
    assert after.value == before.value
    assert paper.looked_at(revised).entries == after.entries
    back = paper.looked_at(PRICES[: OPENED + 3])
    assert back.entries[-1].kind == "revised"
    assert [one.sentence.split()[-1] for one in (change, back.entries[-1])] == ["more", "less"]


def test_prices_that_end_earlier_leave_it_at_its_last_session(paper: Paper) -> None:
    paper.opened(PRICES[:OPENED])
    before = paper.looked_at(PRICES[: OPENED + 3])
    after = paper.looked_at(PRICES[: OPENED + 1])
    assert (after.as_of, after.value) == (before.as_of, before.value)
    assert after.entries == before.entries


@pytest.mark.parametrize("entered", [False, True])
def test_opened_otherwise_by_another_process_meanwhile_nothing_is_mixed(
    paper: Paper, entered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one opens the account between the first's question and its first entry."""
    load = Data.load
    other = PaperStudy(**{**paper.opening, "capital": 20_000.0})

    def overtaken(data: Data) -> Any:
        monkeypatch.setattr(Data, "load", load)
        if entered:
            ask(other, paper.settings)
        else:
            other.on_papers(PaperShelf(url=paper.settings.database_url))
        return load(data)

    monkeypatch.setattr(Data, "load", overtaken)
    with pytest.raises((InputError, RunFailed), match="by somebody else at the same moment"):
        paper.opened(PRICES[:OPENED])
    monkeypatch.undo()
    account = paper.opened(PRICES[:OPENED], capital=20_000.0)
    assert account.capital == account.value == account.entries[0].money == 20_000.0


@pytest.mark.slow
def test_a_split_leaves_the_worth(paper: Paper) -> None:
    paper.opened(PRICES[:OPENED])
    before = paper.looked_at(PRICES[: OPENED + 3])
    split = PRICES[: OPENED + 4].copy()
    split["B"] /= 2.0
    after = paper.looked_at(split)
    (change,) = [one for one in after.entries if one.kind == "adjusted"]
    assert change.amounts == {"B": 0.5}
    growth = split.to_numpy()[-1] / split.to_numpy()[-2]
    held = sum(before.weights[ticker] * growth[n] for n, ticker in enumerate("ABC"))
    expected = held * before.value + before.cash
    assert after.value == pytest.approx(expected, rel=1e-4)
    assert "revised" not in kinds(paper.looked_at(split))


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.93, 1.06], ids=["came late", "withdrawn"])
def test_a_split_that_comes_late_is_one_entry_and_brings_its_units(
    paper: Paper, factor: float
) -> None:
    paper.opened(PRICES[: OPENED - 3])
    true = paper.looked_at(PRICES[:OPENED])
    other = Paper(paper.path.parent / "other")
    other.path.parent.mkdir()
    split = OPENED - 1  # not told before this session: its prices alone are those after it
    raw = PRICES.copy()
    raw.iloc[:split, 0] /= factor
    other.opened(raw[: OPENED - 3])
    entered = other.looked_at(raw[:OPENED])
    assert entered.value != pytest.approx(true.value, rel=1e-3)
    told = other.looked_at(PRICES[: OPENED + 1])
    late = [one for one in told.entries if one.kind == "late_adjusted"]
    assert [one.session for one in late] == [PRICES.index[split].date()]
    assert late[0].amounts["A"] == pytest.approx(factor)
    assert "revised" not in kinds(told) and late[0].money is not None
    assert entered.value + late[0].money == pytest.approx(true.value, rel=1e-9)
    again = other.looked_at(PRICES[: OPENED + 1])
    assert what(again) == what(told)


@pytest.mark.slow
def test_late_data_are_entries_of_their_own(paper: Paper) -> None:
    there = PRICES[: OPENED + 4]
    without = with_price(there, OPENED + 2, 2, np.nan).drop(there.index[OPENED + 1])
    paper.opened(PRICES[:OPENED])
    before = paper.looked_at(without)
    after = paper.looked_at(there)
    assert {"late_session", "late_price"} <= set(kinds(after)) - set(kinds(before))
    assert after.value == before.value


@pytest.mark.slow
def test_what_it_follows_never_changes(paper: Paper) -> None:
    with pytest.raises(InputError, match="no paper account yet"):
        ask(PaperAccountsStudy(), paper.settings)
    with pytest.raises(InputError, match="no paper account 'paper' yet"):
        ask(PaperStudy(), paper.settings)
    paper.opened(PRICES[:OPENED])
    with pytest.raises(InputError, match=r"other settings \(strategy\): .* --account paper-2"):
        ask(PaperStudy(strategy="equal_weight"), paper.settings)
    written_out = PaperStudy.model_validate(PaperStudy().model_dump(mode="json"))
    assert ask(written_out, paper.settings).strategy == "inverse volatility"  # as a schedule asks
    second = paper.opened(PRICES[:OPENED], account="second", strategy="equal_weight")
    assert second.strategy == "equal weight"
    listed = ask(PaperAccountsStudy(), paper.settings).accounts
    assert [(one.account, one.entered, one.value) for one in listed] == [
        ("second", 3, 10_000.0),
        ("paper", 3, 10_000.0),
    ]


@pytest.mark.parametrize(
    "amiss",
    [{"minimum_sessions": 9_000}, {"constraints": ("NONE <= 10%",), "strategy": "classical"}],
    ids=["by its prices", "by its limits"],
)
def test_an_opening_that_is_refused_leaves_no_account(paper: Paper, amiss: dict[str, Any]) -> None:
    with pytest.raises((InputError, RunFailed), match=r"9000|NONE"):
        paper.opened(PRICES[:OPENED], **amiss)
    with pytest.raises(InputError, match="no paper account yet"):
        ask(PaperAccountsStudy(), paper.settings)
    with pytest.raises(InputError, match="there is no paper account 'paper' yet; say with what"):
        ask(PaperStudy(), paper.settings)
    for what_else in ("close", "delete"):
        with pytest.raises(InputError, match="no paper account 'paper'; there are none"):
            ask(PaperAccountsStudy(**{what_else: "paper"}), paper.settings)
    assert paper.opened(PRICES[:OPENED]).capital == 10_000.0  # with a question that is well put


def test_a_closed_account_is_read_and_not_followed(paper: Paper) -> None:
    paper.opened(PRICES[:OPENED])
    before = paper.looked_at(PRICES[: OPENED + 3])
    answer = ask(PaperAccountsStudy(close="paper"), paper.settings)
    assert [(one.account, one.closed) for one in answer.accounts] == [("paper", True)]
    assert answer.remarks[0].message.startswith("paper was closed on ")
    after = paper.looked_at(PRICES[: OPENED + 9])
    assert what(after)[:-1] == what(before) and kinds(after)[-1] == "ended"
    assert (after.as_of, after.value) == (before.as_of, before.value)
    assert after.closed is not None and after.orders == () and before.closed is None
    assert after.equal_weight_return == before.equal_weight_return
    assert "nothing is followed after" in page_of(after).summary[1]
    with pytest.raises(InputError, match="closed already"):
        ask(PaperAccountsStudy(close="paper"), paper.settings)


def test_only_a_closed_account_is_deleted_and_its_name_is_free_again(paper: Paper) -> None:
    paper.opened(PRICES[:OPENED])
    with pytest.raises(InputError, match="close it first, by `forefolio paper --close paper`"):
        ask(PaperAccountsStudy(delete="paper"), paper.settings)
    with pytest.raises(InputError, match="no paper account 'pape'; there is paper"):
        ask(PaperAccountsStudy(delete="pape"), paper.settings)
    gone = ask(PaperAccountsStudy(close="paper", delete="paper"), paper.settings)
    assert (
        gone.accounts == () and gone.remarks[1].message == "paper was deleted, with its 4 entries"
    )
    assert page_of(gone).summary[1] == "paper was deleted, with its 4 entries."
    with pytest.raises(InputError, match="no paper account 'paper' yet"):
        ask(PaperStudy(), paper.settings)
    again = paper.opened(PRICES[:OPENED])  # the same question: what was answered then is not read
    assert again.entered == 3 and again.closed is None
    assert ask(PaperAccountsStudy(), paper.settings).accounts[0].entered == 3
