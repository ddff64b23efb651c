"""Volatilities that a covariance is built on: forecast by a model, and EWMA's where it has none."""

import numpy as np

from forefolio.core.units import Array
from forefolio.core.wording import note_lines
from forefolio.forecast import Forecaster, volatility_panel
from forefolio.market import Market
from forefolio.market.own_sessions import carried_forward
from forefolio.market.returns import ewma_volatility

BY_EWMA = "the volatility model has no forecast of it: EWMA is used instead"


def forecast_volatilities(
    market: Market, model: Forecaster, horizon: int
) -> tuple[Array, tuple[str, ...]]:
    """Volatilities (N,) per session over `horizon`, and what fell back, in words."""
    forecast = volatility_panel(market, horizon, model)
    volatility = forecast.std[0] / np.sqrt(horizon)
    missing = np.isnan(volatility)
    if missing.any():
        usual = carried_forward(ewma_volatility(market))[-1] * np.sqrt(market.share_of_sessions)
        volatility = np.where(missing, usual, volatility)
    return volatility, tuple(note_lines(forecast.noted(missing, BY_EWMA).notes))


def in_units(returns: Array, volatility: Array) -> Array:
    """Returns in units of volatility; 0 where the price does not move."""
    moving = volatility > 0
    if moving.all():  # the usual case, in a third of the time
        return np.asarray(returns / volatility)
    out = np.where(np.isfinite(returns + volatility), 0.0, np.nan)
    return np.divide(returns, volatility, out=out, where=moving)
