"""A paper account is watched by what it expected, a trained model by all that it has not seen."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forefolio.core.errors import InputError
from forefolio.core.settings import Settings
from forefolio.core.units import Array
from forefolio.forecast import EWMA, BayesianRidge
from forefolio.forecast.targets import ForwardReturn
from forefolio.market import Files, Synthetic, load_market, simulated_market
from forefolio.runs.asking import ask
from forefolio.store.model_shelf import model_shelf
from forefolio.store.paper_records import Entry
from forefolio.store.paper_shelf import PaperShelf
from forefolio.studies.data import Data
from forefolio.studies.health import forecast_promises
from forefolio.studies.monitor import ModelHealth, MonitorStudy
from forefolio.studies.paper import PaperStudy
from forefolio.studies.paper_book import Book, numbered
from forefolio.studies.paper_list import PaperAccountsStudy
from forefolio.studies.training import TrainingStudy
from forefolio.studies.watched_account import account_record, expected_by, watched_account
from forefolio.views.catalog import page_of

SESSIONS, OPENED, TRAINED, HORIZON = 420, 340, 350, 5
SOURCE = Synthetic(sessions=SESSIONS, assets=3)


def states(returns: Array, volatility: float) -> dict[str, str]:
    days = np.datetime64("2015-01-01") + np.arange(len(returns) + 1)
    expected = np.zeros(len(returns)), np.full(len(returns), volatility)
    record = account_record(days, returns, *expected)
    return {one.code: one.state for one in forecast_promises(record, 252.0, 60)}


def test_an_account_whose_risk_is_as_expected_is_healthy_and_a_larger_one_is_found() -> None:
    returns = 0.01 * np.random.default_rng(0).standard_normal(750)
    assert states(returns, 0.01) == {
        "direction": "not_watched",
        "interval_narrow": "kept",
        "interval_wide": "kept",
        "volatility": "kept",
    }
    louder = np.concatenate([returns[:500], 2.0 * returns[500:]])
    found = states(louder, 0.01)
    assert found["interval_narrow"] == "broken" and found["volatility"] == "broken"
    assert states(0.2 * returns, 0.01)["interval_wide"] == "broken"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), executor="inline:")


@pytest.fixture(scope="module")
def account(home: Settings) -> ModelHealth:
    """Of an account that decides with every session, followed in two steps."""
    market = simulated_market(seed=4, sessions=SESSIONS, assets=3)
    days = pd.DatetimeIndex(market.sessions, name="date")
    prices, path = pd.DataFrame(market.close, index=days, columns=list("ABC")), home.home / "p.csv"
    opening: dict[str, Any] = {
        "strategy": "classical",
        "trading": {"decide": {"kind": "every", "sessions": 1}},
        "data": Data(source=Files(path=path), minimum_sessions=100),
    }
    for stop, more in ((OPENED, {"capital": 10_000.0, **opening}), (SESSIONS, {})):
        prices[:stop].to_csv(path)
        ask(PaperStudy(**more), home)
    return ask(MonitorStudy(account="paper", position=0.5, drawdown=0.9), home)


def test_what_a_late_split_did_to_the_worth_is_no_return() -> None:
    sessions = np.arange("2024-01-01", "2024-01-09", dtype="datetime64[D]")
    closes = [Entry(session=str(day), kind="closed", sentence="") for day in sessions]
    decided = Entry(
        session="2024-01-01", kind="decided", sentence="", state={"volatility": 0.01, "mean": 0.0}
    )
    late = Entry(session="2024-01-04", kind="late_adjusted", sentence="", late=True)
    book = Book(entries=numbered([closes[0], decided, *closes[1:5], late, *closes[5:]], 0))
    _, volatility = expected_by(book, sessions)
    # a decision of the 1st counts from the 3rd on; the split was on the 4th, heard of after the 5th
    assert np.isfinite(volatility).tolist() == [False, True, False, True, False, True, True]


def test_an_account_that_has_lost_everything_is_said_to_have() -> None:
    worth = {"2024-01-01": 100.0, "2024-01-02": 0.0, "2024-01-03": 0.0}
    closes = [Entry(session=d, kind="closed", sentence="", money=m) for d, m in worth.items()]
    kept: Any = SimpleNamespace(kept=lambda _: ({}, Book(entries=numbered(closes, 0))))
    with pytest.raises(InputError, match="account mine had lost everything by 2024-01-03"):
        watched_account("mine", kept)


def test_an_account_is_judged_by_what_its_decisions_expected(
    home: Settings, account: ModelHealth
) -> None:
    assert account.watched == SESSIONS - OPENED and account.horizon == 1
    promises = {one.code: one for one in account.promises}
    assert promises["direction"].state == "not_watched"
    assert promises["interval_narrow"].value == pytest.approx(0.9, abs=0.12)
    assert account.drift == () and account.model_age == 0
    assert max(account.weights.values()) <= 0.5
    assert account.data_age is not None and account.findings[0].code == "data_stale"
    page = page_of(account)
    assert "paper account paper, classical" in page.headline and "In 0.3 years" in page.summary[2]
    assert page.summary[1].startswith("2 of 2 promises") and "; 2 are not" in page.summary[1]

    shelf = PaperShelf(url=home.database_url)
    entries = shelf.kept(lambda papers: papers.entries("paper"))
    decided = [one for one in entries if one.kind == "decided"]
    record = watched_account("paper", shelf).record
    assert record.inside[0] is None and record.inside[1] is not None  # traded in between
    closes = [one.money or 0.0 for one in entries if one.kind == "closed"]
    expected = decided[0].state or {}
    beyond = abs(closes[2] / closes[1] - 1.0 - expected["mean"])
    assert record.inside[1] == float(beyond <= 1.6448536269514722 * expected["volatility"])


def test_an_account_that_is_closed_is_still_watched_and_none_is_told(
    home: Settings, account: ModelHealth
) -> None:
    ask(PaperAccountsStudy(close="paper"), home)
    assert ask(MonitorStudy(account="paper"), home).watched == account.watched
    with pytest.raises(InputError, match="no paper account 'other'"):
        ask(MonitorStudy(account="other"), home)
    with pytest.raises(ValueError, match="account and model are named: one of them is watched"):
        MonitorStudy(account="paper", model="production")


@pytest.fixture(scope="module")
def trained(home: Settings) -> dict[str, str]:
    """Ids of models by name, fitted on all but the last sessions."""
    market = load_market(SOURCE).market
    recipe = {
        "features": [{"kind": "momentum", "window": 21}],
        "models": [BayesianRidge()],
        "volatility": [EWMA(), {"kind": "half_lives"}],
    }
    study = TrainingStudy(
        data=Data(source=SOURCE, minimum_sessions=100, end=market.sessions[TRAINED].astype(object)),
        horizons=(HORIZON,),
        models=("BayesianRidge", "half_lives"),
        recipe=recipe,
        unscored=True,
    )
    return {one.model: one.id for one in ask(study, home).models if one.id is not None}


def test_a_model_is_judged_by_all_that_it_has_not_seen(
    home: Settings, trained: dict[str, str]
) -> None:
    found = ask(MonitorStudy(model=trained["BayesianRidge"]), home)
    market = load_market(SOURCE).market
    unseen = SESSIONS - TRAINED - 1
    assert found.model_age == unseen and found.horizon == HORIZON
    assert found.watched == unseen - HORIZON - 1  # the last outcomes are not known yet
    assert [one.code for one in found.findings] == ["model_stale"] and found.action == "retrain"
    assert found.weights == {} and found.drift
    fitted = model_shelf(home).read(trained["BayesianRidge"])
    panel = fitted.forecast(market, unseen)
    outcomes = ForwardReturn(horizon=HORIZON)(market)[TRAINED + 1 : -HORIZON - 1]
    right = (outcomes > 0) == (panel.mean[: -HORIZON - 1] > 0)
    promises = {one.code: one for one in found.promises}
    assert promises["direction"].value == pytest.approx(right.mean(), abs=1e-4)
    assert "What to hold" not in str([one.title for one in page_of(found).evidence])


def test_a_volatility_promises_no_sign(home: Settings, trained: dict[str, str]) -> None:
    name = next(one for one in trained if one != "BayesianRidge")
    found = ask(MonitorStudy(model=trained[name]), home)
    promises = {one.code: one for one in found.promises}
    assert promises["direction"].state == "not_watched"
    assert promises["volatility"].value is not None and promises["volatility"].value != 0.0


def test_a_model_that_has_seen_all_prices_cannot_be_judged(home: Settings) -> None:
    study = TrainingStudy(
        data=Data(source=SOURCE, minimum_sessions=100),
        horizons=(HORIZON,),
        models=("zero",),
        recipe={"features": [], "models": []},
        unscored=True,
    )
    made = ask(study, home).models[0]
    assert made.id is not None
    with pytest.raises(InputError, match="no outcome over 5 sessions is known yet"):
        ask(MonitorStudy(model=made.id), home)
