"""Closed, halted and gone: what an account holds and orders while an exchange is shut."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forefolio.backtest import BacktestResult, Trading, backtest
from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.core.units import Dates
from forefolio.market import Files, Market, load_market
from forefolio.market.calendar import Every
from forefolio.market.sources.frame import Frame
from forefolio.runs.asking import ask
from forefolio.strategy import EqualWeight
from forefolio.studies.data import Data
from forefolio.studies.holding import Holding
from forefolio.studies.risk import PortfolioRisk, RiskStudy

EVERY = np.arange(np.datetime64("2022-01-01"), np.datetime64("2023-07-31"))
WEEKDAYS = EVERY[np.is_busday(EVERY)]
FREE = Trading(warmup=200, costs=(), cash_rate=0.0, decide=Every(sessions=1000))


def walk(days: Dates, seed: int) -> "pd.Series[float]":
    rng = np.random.default_rng(seed)
    return pd.Series(100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days)))), days)


STOCK, COIN = walk(WEEKDAYS, 1), walk(EVERY, 2)
BOTH = load_market(Frame(pd.DataFrame({"STK": STOCK, "COIN": COIN}))).market


def measured(path: Path, home: Path) -> PortfolioRisk:
    data = Data(source=Files(path=path), minimum_sessions=63)
    study = RiskStudy(data=data, holding=Holding(weights={"STK": 1.0}))
    database = f"sqlite:///{home}/forefolio.db"
    return ask(study, Settings(home=home, database_url=database, executor="inline:"))


def followed(market: Market, trading: Trading) -> BacktestResult:
    with ThreadPoolExecutor(1) as threads:
        return finish(backtest(EqualWeight(), trading, market, threads))


def test_an_order_decided_on_a_saturday_is_done_on_monday() -> None:
    saturday = int(np.searchsorted(BOTH.sessions, np.datetime64("2022-08-06")))
    result = followed(BOTH, FREE.model_copy(update={"warmup": saturday + 1}))
    np.testing.assert_allclose(result.targets[0], 0.5)
    assert result.weights[1].tolist() == pytest.approx([0.0, 0.5])  # Sunday
    assert result.weights[2, 0] == pytest.approx(0.5, abs=0.01)
    assert result.weights[2].sum() == pytest.approx(1.0, abs=0.01)
    np.testing.assert_allclose(result.trades[0], 0.5, atol=0.01)


def test_a_fall_over_a_halt_is_the_holders() -> None:
    fallen = STOCK.copy()
    fallen.iloc[250:] *= 0.45
    fallen.iloc[190:250] = np.nan
    market = load_market(Frame(pd.DataFrame({"STK": fallen, "COIN": COIN}))).market
    result = followed(market, FREE)
    row = int(np.searchsorted(result.sessions, WEEKDAYS[250]))
    assert not [note for note in result.notes if note.code == "delisted"]
    before, stays = result.weights[row - 1], market.returns[200 - 1 + row]
    assert stays[0] < -0.5
    assert result.returns[row - 1] == pytest.approx(before @ np.nan_to_num(stays), abs=1e-9)
    quiet = result.returns[row - 10 : row - 1]
    coin = market.returns[200 - 1 + row - 9 : 200 - 1 + row, 1]
    np.testing.assert_allclose(quiet, result.weights[row - 10 : row - 1, 1] * coin, rtol=1e-9)


def test_what_never_trades_again_is_cashed_out() -> None:
    ended = STOCK.copy()
    ended.iloc[190:] = np.nan
    market = load_market(Frame(pd.DataFrame({"STK": ended, "COIN": COIN}))).market
    notes = [note for note in followed(market, FREE).notes if note.code == "delisted"]
    assert len(notes) == 1 and "never traded again" in notes[0].message


def test_a_portfolios_risk_is_the_same_whoever_trades_beside_it(tmp_path: Path) -> None:
    for folder, names in (("alone", ["STK"]), ("beside", ["STK", "COIN"])):
        (tmp_path / folder).mkdir()
        for name in names:
            series = {"STK": STOCK, "COIN": COIN}[name]
            series.rename_axis("Date").rename("Close").to_csv(tmp_path / folder / f"{name}.csv")
    alone, beside = (measured(tmp_path / one, tmp_path / "home") for one in ("alone", "beside"))
    assert alone.sessions == len(STOCK) - 1
    assert (alone.first, alone.last, alone.sessions) == (beside.first, beside.last, beside.sessions)
    assert alone.measures == beside.measures
    returns = STOCK.pct_change().dropna()
    volatility = beside.measures["annual_volatility"].value
    assert volatility == pytest.approx(returns.std() * np.sqrt(252), rel=1e-6)
    one, other = alone.attribution, beside.attribution
    assert one is not None and other is not None
    assert one.annual_volatility == pytest.approx(other.annual_volatility, rel=1e-9)
