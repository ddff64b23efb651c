"""Forecasts of prices in memory, and how good such forecasts were, in one call."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.forecast import AnyForecaster, Forecast, Recipe, model_named
from forefolio.forecast.named import forecasts_volatility
from forefolio.library.answers import leaderboard as of_study
from forefolio.library.expected import learn
from forefolio.library.given import market_from, read_as, several
from forefolio.studies.forecast_rows import model_scores
from forefolio.studies.recipe import beginning_within

if TYPE_CHECKING:
    import pandas as pd

    from forefolio.forecast import Evidence
    from forefolio.market import Market

pandas: Any = lazy("pandas")

logger = logging.getLogger(__name__)


def forecast(
    prices: Any,
    horizon: int = 21,
    *,
    model: Any = None,
    features: Any = None,
    settings: Settings | None = None,
) -> Forecast:
    """Forecast the return of every asset: mean, standard deviation and interval.

    Models are scored out of sample first, and followed as far as they have shown skill: where they
    have shown none, every asset gets the prior, the pooled mean.

    Args:
        prices: a frame with a row per session and a column per ticker (pandas, polars, Arrow), a
            `Market`, a source, or the path of a file.
        horizon: sessions ahead.
        model: such as "bayesian_ridge", an object, a class, or a regressor of scikit-learn; one or
            several. None: the usual recipe, minutes the first time.
        features: what the models learn from, such as "momentum" or a function of the market that
            returns (T, N) numbers; None: the usual ones.
        settings: where results are remembered and how many processes work; the environment's.

    Returns:
        Fractions over the horizon; `to_frame()`, `plot()`.

    Raises:
        InputError: there is no such model or feature.
        DataError: the prices cannot be used, or are too few.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=700, assets=3)
    >>> made = ff.forecast(market, 5, model="bayesian_ridge", features="momentum")
    >>> made.assets, made.mean.shape
    (('A0', 'A1', 'A2'), (3,))
    """
    market = market_from(prices)
    evidence = _evidence(market, horizon, _recipe(model, features), settings)
    return evidence.panel.at(market.sessions[-1])


def leaderboard(
    prices: Any = None,
    horizon: int = 21,
    *,
    model: Any = None,
    features: Any = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """How good every model was out of sample: a row per model, with the verdict in words.

    Args:
        prices: as for `forecast`; or a study, which says horizons and models itself, as a stored
            run; None for that of the sample.
        horizon: sessions ahead.
        model: one or several models, as for `forecast`, beside the baselines.
        features: as for `forecast`.
        settings: as for `forecast`.

    Raises:
        InputError: there is no such model or feature.
        DataError: the prices cannot be used, or are too few.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=700, assets=3)
    >>> board = ff.leaderboard(market, 5, model="bayesian_ridge", features="momentum")
    >>> "BayesianRidge" in board.index.get_level_values("model")
    True
    """
    if prices is None or hasattr(prices, "job"):
        return of_study(prices, settings)
    market = market_from(prices)
    evidence = _evidence(market, horizon, _recipe(model, features), settings)
    rows = [row.model_dump() for row in model_scores(evidence)]
    frame: pd.DataFrame = pandas.DataFrame(rows).set_index(["horizon", "model"])
    return frame


def _evidence(market: Market, horizon: int, recipe: Recipe, settings: Settings | None) -> Evidence:
    if not isinstance(horizon, int) or isinstance(horizon, bool) or horizon < 1:
        raise InputError(f"horizon is {horizon!r}; give a number of sessions such as 21")
    chosen = (settings or Settings.read()).prepare()
    fitting = beginning_within(recipe, len(market))
    evidence, notes, _ = learn(market, horizon, fitting, chosen)
    for note in notes:
        logger.warning("%s", note)
    return evidence


def _recipe(model: Any, features: Any) -> Recipe:
    """The usual recipe, with these models of the mean or of volatility, and these features."""
    changed: dict[str, Any] = {}
    if model is not None:
        models = [_model(one) for one in several(model)]
        means = tuple(one for one in models if not forecasts_volatility(one))
        volatile = tuple(one for one in models if forecasts_volatility(one))
        changed["models"] = means
        if volatile:
            changed["volatility"] = volatile
    if features is not None:
        changed["features"] = several(features)
    try:
        return Recipe(**changed)
    except InputError as error:
        raise InputError(str(error).removeprefix("Recipe: ")) from None


def _model(given: Any) -> Any:
    return model_named(given) if isinstance(given, str) else read_as(AnyForecaster, given, "model")
