"""The main jobs as single calls, for notebooks and scripts; the other faces use the same parts.

Work is spread over processes and remembered under `FOREFOLIO_HOME`, as the settings say.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.errors import NotEnoughHistory
from forefolio.events import finish
from forefolio.features import compute
from forefolio.forecast import Evidence, Recipe, gather
from forefolio.forecast.baselines import shrunk_drift
from forefolio.lazy import lazy
from forefolio.market import Frame, Loaded, Market, load_market
from forefolio.outcome import Outcome
from forefolio.runs.executors import executor
from forefolio.runs.here import run_here
from forefolio.runs.memo import Remembering
from forefolio.runs.opening import opening
from forefolio.settings import Settings
from forefolio.store import Artifacts
from forefolio.study import Study

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

logger = logging.getLogger(__name__)


def run(study: Study | None = None, settings: Settings | None = None) -> Outcome:
    """Do the whole of `study` (the sample's, if none): a stored run, gone on with if it was left.

    Raises:
        RunFailed: the run failed; its text says why and what to do.
    """
    chosen = (settings or Settings.read()).prepare()
    outcome: Outcome = finish(run_here(opening(chosen), "study", study or Study()))
    return outcome


def ml_forecast_returns(
    prices: pd.DataFrame | Market,
    *,
    horizon: int = 21,
    recipe: Recipe | None = None,
    settings: Settings | None = None,
) -> pd.Series[float]:
    """Annualised expected returns by ticker, from machine learning as far as it has shown skill.

    A ticker that no model can speak about gets `fallback_forecast_returns`, with a warning in the
    log; one whose prices cannot be used at all is NaN, with a warning.

    Args:
        prices: a frame of closes, a row per session and a column per ticker; or a market.
        horizon: sessions that are forecast, before annualising.
        recipe: features, models and how they are combined.
        settings: where results are remembered and how many processes work; the environment's.

    Raises:
        DataError: no ticker has usable prices.
    """
    market, names = _market(prices)
    started = time.perf_counter()
    fallback = _fallback(market)
    expected = fallback.copy()
    try:
        evidence = _learn(market, horizon, recipe or Recipe(), settings)
        mean = evidence.panel.at(market.sessions[-1]).mean * market.periods_per_year / horizon
        expected = np.where(np.isfinite(mean), mean, fallback)
        _log(evidence)
        told = [a for a, m in zip(market.assets, mean, strict=True) if not np.isfinite(m)]
    except (KeyError, NotEnoughHistory) as error:
        told, reason = list(market.assets), error
        logger.warning("classical forecasts for all tickers: %s", reason)
    if told:
        logger.warning("classical forecasts for %s", ", ".join(told))
    logger.info("forecast %d tickers in %.2f s", len(names), time.perf_counter() - started)
    return _series(market, expected, names)


def fallback_forecast_returns(prices: pd.DataFrame | Market) -> pd.Series[float]:
    """Annualised expected returns by the classical method: past means, shrunk to their mean.

    Raises:
        DataError: no ticker has usable prices.
    """
    market, names = _market(prices)
    return _series(market, _fallback(market), names)


def _fallback(market: Market) -> Any:
    return shrunk_drift(market.returns) * market.periods_per_year


def _learn(market: Market, horizon: int, recipe: Recipe, settings: Settings | None) -> Evidence:
    chosen = (settings or Settings.read()).prepare()
    kept = market.save(chosen.home / "markets")
    features = compute(recipe.features, kept).save(chosen.home / "features")
    with _remembering(chosen) as workers:
        forecasts = finish(gather(recipe, (horizon,), kept, workers, features))
    for note in forecasts.notes:
        logger.warning("%s", note.message)
    return forecasts.horizons[horizon]


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


def _market(prices: pd.DataFrame | Market) -> tuple[Market, tuple[str, ...]]:
    if isinstance(prices, Market):
        return prices, prices.assets
    loaded: Loaded = load_market(Frame(prices))
    for ticker, reason in loaded.report.refused.items():
        logger.warning("no forecast for %s: %s", ticker, reason)
    return loaded.market, tuple(map(str, prices.columns))


def _series(market: Market, expected: Any, names: tuple[str, ...]) -> pd.Series[float]:
    known = dict(zip(market.assets, expected, strict=True))
    values = [float(known.get(name, np.nan)) for name in names]
    expected_return: pd.Series[float] = pandas.Series(
        values, index=list(names), name="expected annual return"
    )
    return expected_return
