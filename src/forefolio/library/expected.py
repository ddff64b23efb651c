"""Expected returns by ticker in one call; work is spread over processes and remembered."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.core.units import Array
from forefolio.features import compute
from forefolio.forecast import Evidence, Recipe, gather
from forefolio.forecast.models.baselines import shrunk_drift
from forefolio.market import Frame, Loaded, Market, Prices, load_market
from forefolio.market.returns import drift_returns
from forefolio.runs.cached import HOUR, MINUTE, cached, counts_of
from forefolio.runs.executors import executor
from forefolio.runs.memo import Remembering
from forefolio.store import Artifacts
from forefolio.views.watching import watched

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

logger = logging.getLogger(__name__)


def ml_forecast_returns(
    prices: Prices | Market,
    *,
    horizon: int = 21,
    recipe: Recipe | None = None,
    settings: Settings | None = None,
) -> pd.Series[float]:
    """Annualised expected returns by ticker, from machine learning as far as it has shown skill.

    A ticker that no model can speak about gets `fallback_forecast_returns`, with a warning in the
    log; one whose prices cannot be used at all is NaN, with a warning.

    Args:
        prices: a market, or whatever `Frame` takes: a row per session, a column per ticker.
        horizon: sessions that are forecast, before annualising.
        recipe: features, models and how they are combined.
        settings: where results are remembered and how many processes work; the environment's.

    Raises:
        DataError: no ticker has usable prices.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> market = ff.simulated_market(seed=1, sessions=400, assets=3)
    >>> expected = ff.ml_forecast_returns(market, horizon=5, recipe=recipe)
    >>> expected.index.tolist(), expected.name
    (['A0', 'A1', 'A2'], 'expected annual return')
    """
    started = time.perf_counter()
    chosen, how = (settings or Settings.read()).prepare(), recipe or Recipe()
    forecast = _forecast(_Question(prices), horizon, how, settings=chosen)
    for warning in forecast.warnings:
        logger.warning("%s", warning)
    spent = time.perf_counter() - started
    logger.info("forecast %d tickers in %.3f s", len(forecast.names), spent)
    logger.info("%.0f %% of all calls were cached", 100 * (PREDICTIONS.hit_rate or 0.0))
    return _as_series(forecast.names, forecast.values)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastReturns:
    """Annualised expected returns (N,), and what must be told of them."""

    names: tuple[str, ...]
    values: Array
    warnings: tuple[str, ...]


class _Question:
    """Prices, named by their content."""

    def __init__(self, prices: Prices | Market) -> None:
        self.prices = prices
        self.digest = prices.digest if isinstance(prices, Market) else Frame(prices).version()


class _NotWholeError(Exception):
    """A forecast for which a task was lost: it is given, and remembered by nobody."""

    def __init__(self, forecast: ForecastReturns) -> None:
        super().__init__()
        self.forecast = forecast


def _forecast(
    question: _Question, horizon: int, recipe: Recipe, settings: Settings
) -> ForecastReturns:
    try:
        return _whole(question, horizon, recipe, settings=settings)
    except _NotWholeError as lost:
        return lost.forecast


@cached(l1_ttl=15 * MINUTE, l2_ttl=4 * HOUR)
def _whole(
    question: _Question, horizon: int, recipe: Recipe, settings: Settings
) -> ForecastReturns:
    forecast, whole = _expected(question.prices, horizon, recipe, settings)
    if not whole:
        raise _NotWholeError(forecast)
    return forecast


PREDICTIONS = counts_of(_whole)


def _expected(
    prices: Prices | Market, horizon: int, recipe: Recipe, settings: Settings
) -> tuple[ForecastReturns, bool]:
    """What to expect, and whether all that could be learnt was: no task was lost."""
    loaded = _load(prices)
    market, names = loaded.market, loaded.names
    warnings = [f"no forecast for {name}: {why}" for name, why in loaded.refused.items()]
    fallback = _fallback(market)
    expected, whole = fallback.copy(), True
    try:
        evidence, notes, whole = learn(market, horizon, recipe, settings)
        mean = evidence.panel.at(market.sessions[-1]).mean * market.periods_per_year / horizon
        expected = np.where(np.isfinite(mean), mean, fallback)
        _log(evidence)
        warnings += notes
        lacking = [a for a, m in zip(market.assets, mean, strict=True) if not np.isfinite(m)]
    except (KeyError, NotEnoughHistory) as error:
        lacking = list(market.assets)
        warnings.append(f"classical forecasts for all tickers: {error}")
    if lacking:
        warnings.append(f"classical forecasts for {', '.join(lacking)}")
    values = _in_order(market, expected, names)
    return ForecastReturns(names=names, values=values, warnings=tuple(warnings)), whole


def fallback_forecast_returns(prices: Prices | Market) -> pd.Series[float]:
    """Annualised expected returns by the classical method: past means, shrunk to their mean.

    Raises:
        DataError: no ticker has usable prices.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.fallback_forecast_returns(market).round(3).to_dict()
    {'A0': -0.225, 'A1': -0.225, 'A2': -0.225, 'A3': -0.225}
    """
    loaded = _load(prices)
    for name, why in loaded.refused.items():
        logger.warning("no forecast for %s: %s", name, why)
    expected = _in_order(loaded.market, _fallback(loaded.market), loaded.names)
    return _as_series(loaded.names, expected)


def _fallback(market: Market) -> Any:
    return shrunk_drift(drift_returns(market)) * market.periods_per_year


def learn(
    market: Market, horizon: int, recipe: Recipe, settings: Settings
) -> tuple[Evidence, list[str], bool]:
    """Forecasts out of sample, notes on what fell back, and whether no task was lost."""
    kept = market.save(settings.home / "markets")
    features = compute(recipe.needed_features, kept).save(settings.home / "features")
    with _remembering(settings) as workers:
        job = gather(recipe, (horizon,), kept, workers, features)
        forecasts = watched(job, {"forecast": 90, "evidence": 10}, settings.progress)
    notes = [note.message for note in forecasts.notes]
    return forecasts.horizons[horizon], notes, not workers.lost


@contextmanager
def _remembering(settings: Settings) -> Iterator[Remembering]:
    with Remembering(
        executor(settings.executor, settings.task_timeout_s), Artifacts(settings.home)
    ) as workers:
        yield workers
        asked = workers.hits + workers.misses
        logger.info("%d of %d results were remembered", workers.hits, asked)


def _log(evidence: Evidence) -> None:
    combination = evidence.combination
    shares = dict(zip(combination.names, combination.weights[-1].round(3).tolist(), strict=True))
    logger.info("models %s, believed to %.0f %%", shares, 100 * combination.slopes[-1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prices:
    """Prices as a market, the tickers asked about, and those of them that cannot be used."""

    market: Market
    names: tuple[str, ...]
    refused: Mapping[str, str]


def _load(prices: Prices | Market) -> _Prices:
    if isinstance(prices, Market):
        return _Prices(market=prices, names=prices.assets, refused={})
    loaded: Loaded = load_market(Frame(prices))
    names = Frame(prices).tickers
    return _Prices(market=loaded.market, names=names, refused=loaded.report.refused)


def _in_order(market: Market, expected: Array, names: tuple[str, ...]) -> Array:
    by_ticker = dict(zip(market.assets, expected, strict=True))
    return np.array([float(by_ticker.get(name, np.nan)) for name in names])


def _as_series(names: tuple[str, ...], values: Array) -> pd.Series[float]:
    expected_return: pd.Series[float] = pandas.Series(
        np.array(values), index=list(names), name="expected annual return"
    )
    return expected_return
