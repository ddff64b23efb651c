"""What was paid stands beside what was earned: orders use the one, returns the other."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.core.units import Array
from forefolio.library.advice import orders
from forefolio.market import Files, Market, load_market
from forefolio.optimize.liquidity import trading_context
from forefolio.studies.data import Data
from forefolio.studies.strategy import StrategyStudy

pd = lazy("pandas")

SESSIONS, SPLIT, DIVIDEND = 300, 200, 250


def earned() -> Array:
    """What a stock of one share today earned, as a price (T,)."""
    steps = 0.01 * np.random.default_rng(4).standard_normal(SESSIONS)
    return 40.0 * np.exp(np.cumsum(steps))


def written(folder: Path, name: str = "PAID.csv") -> Files:
    """A split 4 for 1 and a dividend of 10 %, as vendors write them: raw beside adjusted."""
    row = np.arange(SESSIONS)
    today = np.where(row < DIVIDEND, earned() / 0.9, earned())  # paid per share of today
    raw = np.where(row < SPLIT, 4.0 * today, today)
    dates = pd.bdate_range("2020-01-01", periods=SESSIONS)
    volume = np.where(row < SPLIT, 1000.0, 4000.0)
    split = np.where(row == SPLIT, 4.0, 1.0)
    columns = {"date": dates, "close": raw, "adj_close": earned(), "volume": volume, "split": split}
    pd.DataFrame(columns).to_csv(folder / name, index=False)
    return Files(path=folder, calendar="")


def both(folder: Path) -> Market:
    """`PAID`, and `ADJ`, which has adjusted closes only."""
    files = written(folder)
    dates = pd.bdate_range("2020-01-01", periods=SESSIONS)
    alone = pd.DataFrame({"date": dates, "close": 2.0 * earned(), "volume": 500.0})
    alone.to_csv(folder / "ADJ.csv", index=False)
    return load_market(files).market


def test_returns_are_what_was_earned_and_prices_what_was_paid(tmp_path: Path) -> None:
    loaded = load_market(written(tmp_path))
    market, row = loaded.market, np.arange(SESSIONS)
    assert loaded.report.findings == ()  # nothing is wrong with such a file
    np.testing.assert_allclose(market.close[:, 0], earned(), rtol=1e-12)
    assert market.traded_close is not None and market.volume is not None
    today = np.where(row < DIVIDEND, earned() / 0.9, earned())
    np.testing.assert_allclose(market.traded_close[:, 0], today, rtol=1e-12)
    assert np.array_equal(market.price, market.traded_close)
    np.testing.assert_allclose(market.volume[:, 0], 4000.0)  # shares of today, before the split too
    np.testing.assert_allclose(market.dollar_volume()[:, 0], 4000.0 * today, rtol=1e-12)


def test_where_only_one_price_is_known_it_is_the_price(tmp_path: Path) -> None:
    market = both(tmp_path)
    assert market.traded_close is not None
    adjusted, paid = market.assets.index("ADJ"), market.assets.index("PAID")
    assert np.isnan(market.traded_close[:, adjusted]).all()
    assert np.array_equal(market.price[:, adjusted], market.close[:, adjusted])
    assert np.array_equal(market.price[:, paid], market.traded_close[:, paid])
    assert load_market(Files(path=tmp_path), ["ADJ"]).market.traded_close is None


def test_a_close_without_a_price_has_none_of_either_kind(tmp_path: Path) -> None:
    files = written(tmp_path)
    frame = pd.read_csv(tmp_path / "PAID.csv")
    frame.loc[100, ["close", "adj_close"]] *= 100  # a bad tick
    frame.to_csv(tmp_path / "PAID.csv", index=False)
    market = load_market(files).market
    assert market.traded_close is not None
    assert len(market) == SESSIONS - 1 and np.isfinite(market.traded_close).all()


def test_a_market_carries_it_wherever_it_goes(tmp_path: Path) -> None:
    market = both(tmp_path)
    saved = market.save(tmp_path / "saved")
    for copy in (saved, pickle.loads(pickle.dumps(market)), pickle.loads(pickle.dumps(saved))):
        assert np.array_equal(copy.price, market.price) and copy.digest == market.digest
    chosen = market.select(["PAID"]).as_of("2020-06-01")
    assert chosen.traded_close is not None
    assert chosen.traded_close.shape == (len(chosen), 1)
    other = load_market(Files(path=tmp_path, calendar=""), ["PAID"]).market
    assert other.digest != market.digest


def test_what_was_known_does_not_depend_on_dividends_paid_later(tmp_path: Path) -> None:
    files = written(tmp_path)
    whole, until = load_market(files).market, load_market(files, end="2020-08-03").market
    then = trading_context(whole.as_of("2020-08-03"), 1e6)
    assert then.dollar_volume == pytest.approx(trading_context(until, 1e6).dollar_volume)
    shares = 1000.0 * pd.read_csv(tmp_path / "PAID.csv")["close"][:154].to_numpy()
    assert then.dollar_volume[0] == pytest.approx(shares[-63:].mean())


def test_orders_are_priced_at_what_was_paid(tmp_path: Path) -> None:
    frame = pd.read_csv(written(tmp_path).path / "PAID.csv")
    frame["adj_close"] *= 0.5  # as a file is whose adjusted closes are of another day
    frame.to_csv(tmp_path / "PAID.csv", index=False)
    study = StrategyStudy(data=Data(source=Files(path=tmp_path, calendar="")))
    home = tmp_path.parent / f"{tmp_path.name}-home"
    database = f"sqlite:///{home}/forefolio.db"
    settings = Settings(home=home, database_url=database, executor="inline:")
    paid = orders(10_000.0, weights={"PAID": 1.0}, study=study, cost_bps=0.0, settings=settings)
    last = float(frame["close"].iloc[-1])
    assert paid.orders[0].price == pytest.approx(last)
    assert paid.orders[0].shares == 10_000 // last
    assert paid.to_frame().loc["PAID", "trade"] == 10_000 // last
    assert not [one for one in paid.remarks if "adjusted" in one.message]
    both(tmp_path)
    wanted = {"PAID": 0.5, "ADJ": 0.5}
    mixed = orders(10_000.0, weights=wanted, study=study, settings=settings)
    warnings = [one.message for one in mixed.remarks if one.stage == "prices"]
    assert warnings[0].startswith("prices of ADJ are the adjusted closes of 2021-02-23")
