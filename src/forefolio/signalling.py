"""The job that ends with signals, and what came of those that were made before."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from forefolio.backtest import Trading
from forefolio.backtest.trading import CashRate
from forefolio.core.component import Document
from forefolio.core.events import Job
from forefolio.core.units import Days
from forefolio.forecast import ForwardReturn
from forefolio.forecasting import gather_for
from forefolio.market import Market
from forefolio.outcome import describe_forecasts
from forefolio.signals import WORDS, SignalEngine
from forefolio.strategy import SignalDriven, following
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.gathering import Gathered
from forefolio.studies.strategy import StrategyStudy

NO_SKILL = (
    "The models have shown no skill in telling these assets apart: what is said of each rests on "
    "what the market has paid for risk, not on a forecast of this asset."
)
SKILL = (
    "The models have shown skill in telling these assets apart, and are believed as far as their "
    "record allows; the level that all share rests on what the market has paid for risk."
)
SIGNS = {word: sign for sign, word in WORDS.items()}


class SignalStudy(Document):
    """What `engine` makes of the forecasts of `forecasting` over `horizon` sessions.

    `cash_rate` is what positions have to beat.
    """

    forecasting: ForecastStudy = ForecastStudy(horizons=(21,))
    horizon: Days = 21
    engine: SignalEngine = SignalEngine()
    cash_rate: CashRate = 0.02


def signal_study(study: StrategyStudy, horizon: int | None = None) -> SignalStudy:
    """The signals of a study: at the horizon of its strategy, by its engine if it follows signals.

    `horizon` overrides the strategy's.
    """
    strategy = following(study.strategy)
    engine = strategy.engine if isinstance(strategy, SignalDriven) else SignalEngine()
    ahead = horizon or (strategy.horizon if strategy else 21)
    return SignalStudy(
        forecasting=study.forecasting.model_copy(update={"horizons": (ahead,)}),
        horizon=ahead,
        engine=engine,
        cash_rate=study.trading.cash_rate,
    )


def run_signals(
    study: SignalStudy,
    executor: Executor,
    home: Path,
    resume: Mapping[str, Any] | None = None,  # noqa: ARG001 (finished tasks are remembered)
) -> Job[dict[str, Any]]:
    """Forecast, and say of every asset what that means for a position after the last close."""
    gathered = yield from gather_for(study.forecasting, executor, home)
    market = gathered.material.market
    trading = Trading(cash_rate=study.cash_rate, warmup=gathered.study.recipe.walk.first + 1)
    cash = trading.cash_returns(market)
    panel = gathered.forecasts.horizons[study.horizon].panel
    signal = study.engine.signal(panel, market.with_series(cash=cash))
    told, said = _told(gathered), signal.to_dict()
    return {
        "as_of": str(signal.made),
        "horizon": study.horizon,
        "cash_return": float(cash[-1]) * study.horizon,
        "skill": _skill(told, study.horizon),
        "regime": said["regime"],
        "signals": [_beside(row, told) for row in said["signals"]],
        "invested": float(np.nansum(signal.size)),
        **{name: told[name] for name in ("combination", "fallbacks", "data", "quality")},
        "study": study.model_dump(mode="json"),
    }


def _told(gathered: Gathered) -> dict[str, Any]:
    return describe_forecasts(gathered.study, gathered.material.loaded, gathered.forecasts)


def _skill(told: Mapping[str, Any], horizon: int) -> dict[str, Any]:
    """Whether the models have shown any by the last close, and what that means for the signals."""
    slope = next(row["slope"] for row in told["combination"] if row["horizon"] == horizon)
    return {"shown": slope > 0, "told": SKILL if slope > 0 else NO_SKILL}


def _beside(signal: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A signal with the interval of its forecast."""
    forecast = next(row for row in told["forecasts"] if row["ticker"] == signal["ticker"])
    return {**signal, **{name: forecast[name] for name in ("low", "high", "level", "from_models")}}


# -- history ---------------------------------------------------------------------------------------


def what_came(document: Mapping[str, Any], market: Market | None) -> Iterator[dict[str, Any]]:
    """The signals of a document, each with what came of it in a `market` that goes on after it.

    `realised` is the return from the next trade over the horizon, as forecasts mean it, and `ended`
    the session of its end; None where it has not ended, or the ticker is not there. `right` is
    whether a position of that direction beat cash.
    """
    made = np.datetime64(document["as_of"])
    for signal in document["signals"]:
        realised, ended = _return(market, signal["ticker"], made, document["horizon"])
        sign = SIGNS[signal["direction"]]
        excess = None if realised is None else realised - document["cash_return"]
        yield {
            "made": document["as_of"],
            "horizon": document["horizon"],
            **{name: signal[name] for name in ("ticker", "direction", "held_back", "size")},
            **{name: signal[name] for name in ("confidence", "score", "mean", "low", "high")},
            "ended": ended,
            "realised": realised,
            "right": None if excess is None or not sign else sign * excess > 0,
        }


def _return(
    market: Market | None, ticker: str, made: np.datetime64, horizon: int
) -> tuple[float | None, str | None]:
    if market is None or ticker not in market.assets:
        return None, None
    row = int(np.searchsorted(market.sessions, made))
    last = row + 1 + horizon
    if last >= len(market) or market.sessions[row] != made:
        return None, None
    came = ForwardReturn(horizon=horizon)(market.select([ticker]))[row, 0]
    return (float(came) if np.isfinite(came) else None), str(market.sessions[last])
