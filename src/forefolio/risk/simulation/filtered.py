"""Filtered historical simulation: past surprises at today's volatility.

1. A GARCH(1,1) divides each past return, about its mean, by the volatility known before it; what
   is left, the surprise, has the same size in calm and in wild times.
2. The next sessions are the mean plus drawn surprises times the volatility that follows from them
   (Barone-Adesi, Giannopoulos and Vosper 1999, "VaR without correlations for portfolios of
   derivative securities").
3. What might have been: histories are simulated from the fitted model, fitted again, and asked
   about the state that was in fact observed (Christoffersen and Goncalves 2005, "Estimation risk
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
from forefolio.risk.tails.models import Loss, Question, empirical, quantile_loss

REFIT = 250  # sessions between two fits of a filter that is followed
GAVE_UP = "no GARCH fits these returns; exponential weights filter them instead"


class FilteredHistorical(Component):
    """Past surprises at the volatility of today, which a GARCH(1,1) knows.

    Where none can be fitted, RiskMetrics' exponential weights filter instead, and a note says so.
    The filter sees the last `window` returns. Over several sessions, `paths` of them are simulated
    from `seed`; over one, every surprise is taken once.
    """

    kind: Literal["filtered_historical"] = "filtered_historical"
    window: Annotated[Days, Field(ge=SHORTEST)] = 2500
    paths: Annotated[int, Field(ge=1000)] = 10_000
    seed: int = 0

    def measure(self, returns: Array, asked: Question) -> Loss:
        """Losses from today's volatility on.

        Raises:
            NotEnoughHistory: there are fewer than 250 returns.
            DataError: the returns do not vary.
        """
        past, gave_up = garch_filter(returns[-self.window :])
        loss = empirical(self._outcomes(past, asked.horizon), asked.level)
        return replace(loss, note=GAVE_UP) if gave_up else loss

    def redraw(self, returns: Array, asked: Question, draws: int, seed: int) -> Iterator[Loss]:
        """Simulated histories, where a GARCH fits; the volatility of today is asked of each."""
        recent = returns[-self.window :]
        past, _ = garch_filter(recent)
        for history in _histories(past, draws, seed):
            if (again := _fitted(history)) is not None:
                now = _filtered(recent, again.parameters, again.center)
                yield empirical(
                    self._outcomes(again, asked.horizon, now.next_variance), asked.level
                )

    def follow(self, returns: Array, asked: Question, first: int) -> Array:
        """Value at risk (T - first,) over one session, said before each row from `first` on.

        The GARCH is fitted anew every 250 sessions, to those before, at most `window`.

        Raises:
            NotEnoughHistory: `first` is below 250.
            DataError: the returns before a fit do not vary.
        """
        said = np.empty(len(returns) - first)
        for row in range(first, len(returns), REFIT):
            seen = returns[max(row - self.window, 0) : row + REFIT]
            before = min(row, self.window)
            past, _ = garch_filter(seen[:before])
            surprise = quantile_loss(past.surprises, asked.level)
            known = _variances(seen - past.center, past.parameters, past.start)
            ahead = known[before : len(seen)]
            said[row - first : row - first + REFIT] = np.sqrt(ahead) * surprise - past.center
        return said

    def _outcomes(self, past: "Filtered", horizon: int, variance: float | None = None) -> Array:
        """Compounded returns over the horizon, from `variance` or the past's own."""
        first = past.next_variance if variance is None else variance
        if horizon == 1:
            once: Array = past.center + np.sqrt(first) * past.surprises
            return once
        rng = np.random.default_rng(self.seed)
        growth, ahead = np.ones(self.paths), np.full(self.paths, first)
        for _ in range(horizon):
            shock = np.sqrt(ahead) * rng.choice(past.surprises, self.paths)
            growth *= 1.0 + past.center + shock
            ahead = _following(past.parameters, shock, ahead)
        return growth - 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Filtered:
    """Returns seen through a GARCH with `parameters` (4,) about the mean `center`."""

    parameters: Array
    center: float
    start: float  # variance of the first session
    surprises: Array  # (T,) in units of the volatility known before
    next_variance: float


def garch_filter(returns: Array) -> tuple[Filtered, bool]:
    """The past (T,), filtered, and whether that took another filter than a GARCH.

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
    known = _variances(residuals, parameters, start)
    return Filtered(
        parameters=parameters,
        center=center,
        start=start,
        surprises=residuals / np.sqrt(known[:-1]),
        next_variance=float(known[-1]),
    )


def _variances(residuals: Array, parameters: Array, start: float) -> Array:
    """Variance (T + 1,) of each session, as known before it, and of the one to come."""
    following = np.empty((len(residuals), 1))
    next_variances(residuals[:, None], parameters[None], np.array([start]), following)
    return np.append(start, following[:, 0])


def _histories(past: Filtered, draws: int, seed: int) -> Iterator[Array]:
    """Histories as long as the past, simulated from it side by side."""
    rng = np.random.default_rng(seed)
    shocks = rng.choice(past.surprises, (len(past.surprises), draws))
    variance = np.full(draws, past.start)
    for row in shocks:
        row *= np.sqrt(variance)
        variance = _following(past.parameters, row, variance)
    return iter(np.ascontiguousarray((past.center + shocks).T))


def _following(parameters: Array, shock: Array, variance: Array) -> Array:
    omega, alpha, gamma, beta = parameters
    news: Array = (alpha + gamma * (shock < 0)) * shock**2
    following: Array = omega + news + beta * variance
    return following
