"""What every picture of a run is drawn from: the names that get a colour, and the series."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from forefolio.core.units import Array, Dates, read_only
from forefolio.studies.follow_ups import Reported
from forefolio.studies.forecast_rows import AssetForecast
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.look import CASH_GREY, COLOURS, OTHER_GREY

OTHER, CASH = "Other", "Cash"
GREYS = {OTHER: OTHER_GREY, CASH: CASH_GREY}
RUINED = 0.01  # of one
USUAL_HORIZON = 21


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """The curves of a result as arrays."""

    sessions: Dates  # (T,)
    names: tuple[str, ...]  # (S,) strategies, the followed one first
    equity: Array  # (S, T) from one
    month_ends: Dates  # (M,)
    assets: tuple[str, ...]  # (N,)
    weights: Array  # (M, N) of the followed strategy
    slope_sessions: Dates  # (R,)
    slopes: Array  # (R,) how far the models were believed

    def __post_init__(self) -> None:
        read_only(self.sessions, self.equity, self.month_ends, self.weights)
        read_only(self.slope_sessions, self.slopes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers:
    """Parts of a portfolio that add up to the whole, the largest first, Other and Cash last."""

    names: tuple[str, ...]  # (K,)
    shares: Array  # (K, M) fractions of value at the end of each month


def series_of(result: StrategyResult) -> Series:
    """The series behind the pictures of a result."""
    curves = result.curves
    return Series(
        sessions=_dates(curves.sessions),
        names=tuple(one.name for one in curves.equity),
        equity=np.array([one.equity for one in curves.equity]),
        month_ends=_dates(curves.month_ends),
        assets=tuple(one.ticker for one in curves.weights),
        weights=np.array([one.weights for one in curves.weights]).T,
        slope_sessions=_dates(curves.slope_sessions),
        slopes=np.array(curves.slopes),
    )


def _dates(days: Iterable[date]) -> Dates:
    return np.array(tuple(days), dtype="datetime64[D]")


def usual_horizon(result: StrategyResult) -> int:
    """The horizon shown first: the one nearest to a month."""
    horizons = {row.horizon for row in result.forecasts}
    return min(horizons, key=lambda h: (abs(h - USUAL_HORIZON), h), default=USUAL_HORIZON)


def forecasts_at(result: StrategyResult, horizon: int) -> dict[str, AssetForecast]:
    """The forecasts over `horizon` sessions by ticker."""
    return {row.ticker: row for row in result.forecasts if row.horizon == horizon}


def held(result: Reported) -> list[tuple[str, float]]:
    """Tickers and weights, the largest position first."""
    return sorted(result.weights.items(), key=lambda item: (-abs(item[1]), item[0]))


def named_assets(result: StrategyResult) -> tuple[str, ...]:
    """The assets that get a colour in every picture: the largest today, then those of the past."""
    series = series_of(result)
    average = np.abs(series.weights).mean(axis=0)
    today = np.array([abs(result.weights.get(asset, 0.0)) for asset in series.assets])
    order = np.lexsort((-average, -today))[: len(COLOURS)]
    return tuple(series.assets[k] for k in order if today[k] + average[k] > 0)


def weight_layers(result: StrategyResult) -> Layers:
    """The weights of the followed strategy over time: named assets, Other, Cash."""
    series, names = series_of(result), named_assets(result)
    columns = [series.assets.index(name) for name in names]
    named = series.weights[:, columns].T
    total = series.weights.sum(axis=1)
    rest, cash = total - named.sum(axis=0), 1.0 - total
    return Layers(
        names=(*names, OTHER, CASH), shares=np.clip(np.vstack([named, rest, cash]), 0.0, None)
    )


def weight_slices(result: StrategyResult) -> list[tuple[str, float]]:
    """Tomorrow's portfolio in at most seven named parts, Other and Cash."""
    names = set(named_assets(result))
    slices = [(name, weight) for name, weight in held(result) if name in names]
    rest = 1.0 - result.cash - sum(weight for _, weight in slices)
    return [*slices, *((n, w) for n, w in ((OTHER, rest), (CASH, result.cash)) if w > 5e-4)]


def growth_ticks(low: float, high: float) -> list[float]:
    """Round values on a log scale from `low` to `high`: 1, 2, 5, or finer on a short one."""
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for steps in ((1, 10), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7), tuple(np.arange(1, 10, 0.1))):
        ticks = sorted({round(float(d * s), 12) for d in decades for s in steps})
        shown = [tick for tick in ticks if low <= tick <= high]
        if len(shown) >= 4:
            break
    return shown[:: max(1, len(shown) // 6)]


def grown(series: Series) -> Array:
    """Equity (S, T) as a logarithmic axis can show it: what is ruined stays at its foot."""
    return np.maximum(series.equity, RUINED)


def drawdowns(series: Series) -> Array:
    """Falls (S, T) from the highest equity so far: zero or negative fractions."""
    fall: Array = series.equity / np.maximum.accumulate(series.equity, axis=1) - 1.0
    return fall
