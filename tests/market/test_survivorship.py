"""What died early is part of history: it stays in the market, and is held until it dies."""

from typing import Any

import numpy as np
import pytest

from forefolio.backtest import Trading, backtest
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.events import finish
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates
from forefolio.market import Frame, Loaded, load_market
from forefolio.market.cleaning.bars import clean, clean_all
from forefolio.market.sources.base import Bars
from forefolio.runs.executors import Inline
from forefolio.strategy import EqualWeight

pd = lazy("pandas")

SESSIONS, MINIMUM = 1000, 504


def days(sessions: int = SESSIONS) -> Dates:
    every = np.arange(np.datetime64("2010-01-01"), np.datetime64("2020-01-01"))
    return every[np.is_busday(every)][:sessions]


def twenty() -> Any:
    """Ten names that live and gain, and ten that lose and die within the first two years."""
    rng, panel = np.random.default_rng(1), {}
    for number in range(20):
        dies = number < 10
        steps = (-0.003 if dies else 0.0004) + 0.01 * rng.standard_normal(SESSIONS)
        close = 50.0 * np.exp(np.cumsum(steps))
        if dies:
            close[150 + 30 * number :] = np.nan
        panel[f"{'DEAD' if dies else 'LIVE'}{number:02}"] = close
    return pd.DataFrame(panel, index=pd.DatetimeIndex(days()))


def earned(loaded: Loaded) -> float:
    trading = Trading(warmup=20, costs=(), cash_rate=0.0, delisting_loss=0.0)
    result = finish(backtest(EqualWeight(), trading, loaded.market, Inline()))
    assert result.annual_return is not None
    return result.annual_return


def test_ten_that_died_are_held_until_they_died() -> None:
    frame = twenty()
    loaded = load_market(Frame(frame), minimum_sessions=MINIMUM)
    assert loaded.market.assets == tuple(frame) and not loaded.report.refused
    told = [f for f in loaded.report.findings if f.code == "short_life"]
    assert [f.ticker for f in told] == [f"DEAD{n:02}" for n in range(10)]
    survivors = load_market(Frame(frame), [c for c in frame if c.startswith("LIVE")])
    assert earned(survivors) > 0.0
    assert earned(loaded) < earned(survivors) - 0.1  # what hindsight would have added


def test_what_is_too_short_is_judged_as_of_the_end_of_the_load() -> None:
    frame = twenty()
    frame.loc[frame.index[:800], "LIVE19"] = np.nan
    refused = load_market(Frame(frame), minimum_sessions=MINIMUM).report.refused
    assert refused == {"LIVE19": "200 sessions of history, needs 504"}
    then = load_market(Frame(frame), end=str(days()[500]), minimum_sessions=MINIMUM)
    assert set(then.report.refused) == {f"LIVE{n}" for n in range(10, 20)}  # none has 504 yet
    with pytest.raises(NotEnoughHistory, match=r"LIVE19 needs 504 .* 200 are"):
        load_market(Frame(frame), ["LIVE19"], minimum_sessions=MINIMUM)


def test_one_close_is_no_history() -> None:
    frame = twenty()
    frame.loc[frame.index[1:], "DEAD00"] = np.nan
    assert "DEAD00" in load_market(Frame(frame)).report.refused


@pytest.mark.parametrize(("step", "needed"), [("D", 504), ("W", 104), ("M", 24), ("Q", 8)])
def test_as_many_weeks_or_months_are_asked_as_the_days_are_long(step: str, needed: int) -> None:
    names = {"D": "B", "W": "W-FRI", "M": "MS", "Q": "QS"}
    dates = pd.date_range("2000-01-03", periods=needed, freq=names[step])
    frame = pd.DataFrame({"X": _walk(needed)}, index=dates)
    assert len(load_market(Frame(frame), minimum_sessions=504).market) == needed
    with pytest.raises(NotEnoughHistory, match=f"X needs {needed} "):
        load_market(Frame(frame[:-1]), minimum_sessions=504)


# -- splits in what has ended ----------------------------------------------------------------------


def dead(row: int, ratio: float, *, whole: bool) -> dict[str, Bars]:
    """A ticker of 300 sessions with a split left in at `row`, beside one that lives on."""
    steps = 0.01 * np.random.default_rng(5).standard_normal(300)
    true = 40.0 * np.exp(np.cumsum(steps))
    before = np.arange(300) < row
    close = np.where(before, true * ratio, true)
    columns = {"close": close}
    if whole:
        start = np.where(before, ratio, 1.0) * np.concatenate([true[:1], true[:-1]])
        columns["open"] = start
        columns["high"], columns["low"] = np.maximum(start, close), np.minimum(start, close)
        columns["volume"] = np.where(before, 1e6 / ratio, 1e6)
    alive = Bars(dates=days(600), columns={"close": _walk(600)})
    return {"DEAD": Bars(dates=days(300), columns=columns), "LIVE": alive}


def _walk(sessions: int) -> Array:
    return 30.0 * np.exp(0.01 * np.random.default_rng(6).standard_normal(sessions).cumsum())


@pytest.mark.parametrize("ratio", [2.0, 4.0, 0.1])
def test_a_clear_split_of_what_has_ended_is_undone(ratio: float) -> None:
    bars = dead(120, ratio, whole=True)
    assert clean("DEAD", bars["DEAD"]).refused  # while it trades it can be asked for, adjusted
    cleaned = clean_all(bars, {})["DEAD"]
    true = dead(120, 1.0, whole=True)["DEAD"]
    assert not cleaned.refused
    assert [(f.code, f.severity) for f in cleaned.findings] == [("split", "warning")]
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(cleaned.bars.columns[name], true.columns[name], rtol=1e-9)


def test_where_closes_alone_speak_for_a_split_history_goes_until_then() -> None:
    cleaned = clean_all(dead(120, 2.0, whole=False), {})["DEAD"]
    assert not cleaned.refused and cleaned.traded == 120
    assert "used until then" in str(cleaned.findings[0])
