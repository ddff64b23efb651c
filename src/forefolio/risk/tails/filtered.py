"""Filtered historical simulation: past standardised residuals at today's volatility.

1. A GARCH(1,1) divides each past return, about its mean, by the volatility known before it: the
   standardised residual, of the same size in calm and in volatile times.
2. The next returns are the mean plus drawn residuals times the volatility filtered forward
   (Barone-Adesi, Giannopoulos and Vosper 1999, "VaR without correlations for portfolios of
   derivative securities").
3. Standard errors: histories are simulated from the fitted model, fitted again, and evaluated at
   the observed state (Christoffersen and Goncalves 2005, "Estimation risk
   in financial risk management").
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.units import Array, Days
from forefolio.forecast.volatility.garch import RISK_METRICS, SHORTEST, fit_garch
from forefolio.forecast.volatility.garch_kernel import next_variances
from forefolio.risk.tails.models import Loss, TailSpec, empirical, quantile_loss

REFIT = 250  # sessions between two fits of a filter that is followed
FALLBACK = "no GARCH fits these returns; exponential weights filter them instead"


class FilteredHistorical(Component):
    """Filtered historical simulation: standardised residuals of a GARCH(1,1) at today's volatility.

    Where no GARCH can be fitted, RiskMetrics' exponential weights are used, with a note. Over
    several sessions paths are simulated; over one, every residual is used once.
    Source: Barone-Adesi, Giannopoulos and Vosper (1999), "VaR without correlations for portfolios
    of derivative securities".

    >>> import numpy as np
    >>> from forefolio.risk import tail_risk
    >>> returns = np.random.default_rng(0).normal(0.0, 0.01, 600)
    >>> risk = tail_risk(returns, FilteredHistorical(), level=0.99, draws=20)
    >>> risk.expected_shortfall > risk.value_at_risk
    True
    """

    kind: Literal["filtered_historical"] = "filtered_historical"
    window: Annotated[Days, Field(ge=SHORTEST)] = Field(
        2500, description="Sessions of returns that the GARCH filter is fitted on."
    )
    paths: Annotated[int, Field(ge=1000)] = Field(
        10_000, description="Simulated paths over a horizon of several sessions."
    )
    seed: int = Field(0, description="Seed of the simulated paths.")

    def measure(self, returns: Array, spec: TailSpec) -> Loss:
        """Losses from today's volatility on.

        Raises:
            NotEnoughHistory: there are fewer than 250 returns.
            DataError: the returns do not vary.
        """
        past, fallback = garch_filter(returns[-self.window :])
        loss = empirical(self._outcomes(past, spec.horizon), spec.level)
        return replace(loss, note=FALLBACK) if fallback else loss

    def redraw(self, returns: Array, spec: TailSpec, draws: int, seed: int) -> Iterator[Loss]:
        """Losses by models fitted to simulated histories, each at the observed volatility."""
        recent = returns[-self.window :]
        past, _ = garch_filter(recent)
        for history in _histories(past, draws, seed):
            if (again := _fitted(history)) is not None:
                now = _filtered(recent, again.parameters, again.center)
                yield empirical(self._outcomes(again, spec.horizon, now.next_variance), spec.level)

    def follow(self, returns: Array, spec: TailSpec, first: int) -> Array:
        """Value at risk (T - first,) over one session, forecast before each row from `first` on.

        The GARCH is fitted anew every 250 sessions, to those before, at most `window`.

        Raises:
            NotEnoughHistory: `first` is below 250.
            DataError: the returns before a fit do not vary.
        """
        forecasts = np.empty(len(returns) - first)
        for row in range(first, len(returns), REFIT):
            seen = returns[max(row - self.window, 0) : row + REFIT]
            before = min(row, self.window)
            past, _ = garch_filter(seen[:before])
            quantile = quantile_loss(past.standardized, spec.level)
            variances = _variances(seen - past.center, past.parameters, past.start)
            ahead = variances[before : len(seen)]
            forecasts[row - first : row - first + REFIT] = np.sqrt(ahead) * quantile - past.center
        return forecasts

    def _outcomes(self, past: "Filtered", horizon: int, variance: float | None = None) -> Array:
        """Compounded returns over the horizon, from `variance` or the past's own."""
        first = past.next_variance if variance is None else variance
        if horizon == 1:
            once: Array = past.center + np.sqrt(first) * past.standardized
            return once
        rng = np.random.default_rng(self.seed)
        growth, ahead = np.ones(self.paths), np.full(self.paths, first)
        for _ in range(horizon):
            shock = np.sqrt(ahead) * rng.choice(past.standardized, self.paths)
            growth *= 1.0 + past.center + shock
            ahead = _following(past.parameters, shock, ahead)
        return growth - 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Filtered:
    """Returns filtered by a GARCH with `parameters` (omega, alpha, gamma, beta) about `center`."""

    parameters: Array
    center: float
    start: float  # variance of the first session
    standardized: Array  # (T,) in units of the volatility known before
    next_variance: float


def garch_filter(returns: Array) -> tuple[Filtered, bool]:
    """The filtered returns (T,), and whether exponential weights had to replace the GARCH.

    Raises:
        NotEnoughHistory: there are fewer than 250 returns.
        DataError: the returns do not vary.
    """
    if len(returns) < SHORTEST:
        raise NotEnoughHistory(SHORTEST, len(returns), "a GARCH filter")
    if (fitted := _fitted(returns)) is not None:
        return fitted, False
    if np.ptp(returns) == 0.0:
        raise DataError("these returns do not vary; a filter has nothing to learn from them")
    return _filtered(returns, np.array(RISK_METRICS), float(returns.mean())), True


def _fitted(returns: Array) -> Filtered | None:
    center = float(returns.mean())
    fit = fit_garch(returns - center)
    return None if fit is None else _filtered(returns, fit.parameters, center)


def _filtered(returns: Array, parameters: Array, center: float) -> Filtered:
    residuals = returns - center
    start = float(np.mean(residuals**2))
    variances = _variances(residuals, parameters, start)
    return Filtered(
        parameters=parameters,
        center=center,
        start=start,
        standardized=residuals / np.sqrt(variances[:-1]),
        next_variance=float(variances[-1]),
    )


def _variances(residuals: Array, parameters: Array, start: float) -> Array:
    """Variance (T + 1,) of each session, as known before it, and of the one to come."""
    following = np.empty((len(residuals), 1))
    next_variances(residuals[:, None], parameters[None], np.array([start]), following)
    return np.append(start, following[:, 0])


def _histories(past: Filtered, draws: int, seed: int) -> Iterator[Array]:
    """Simulated histories as long as the past."""
    rng = np.random.default_rng(seed)
    shocks = rng.choice(past.standardized, (len(past.standardized), draws))
    variance = np.full(draws, past.start)
    for row in shocks:
        row *= np.sqrt(variance)
        variance = _following(past.parameters, row, variance)
    return iter(np.ascontiguousarray((past.center + shocks).T))


def _following(parameters: Array, shock: Array, variance: Array) -> Array:
    omega, alpha, gamma, beta = parameters
    reaction: Array = (alpha + gamma * (shock < 0)) * shock**2
    following: Array = omega + reaction + beta * variance
    return following
