"""HAR: tomorrow's log variance is linear in today's, this week's, this month's and this quarter's.

1. Mean squared returns over the last 1, 5, 21 and 63 sessions, as logarithms.
2. One least-squares regression over all assets, for the mean squared return of the horizon.
3. A forecast of a logarithm is not the logarithm of a forecast: the fitted variances are
   multiplied so that they are right on average (smearing, Duan 1983).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.component import Component
from forefolio.errors import NotEnoughHistory
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.baselines import pooled_drift
from forefolio.forecast.scaling import LABELLED, skipped_sessions
from forefolio.market import Market
from forefolio.numerics import one_thread
from forefolio.units import Array, read_only

Ints: TypeAlias = NDArray[np.int64]

WINDOWS = (1, 5, 21, 63)  # sessions
LEAST = 0.01  # of the quarter's variance: a session without a move has no logarithm


class HAR(Component):
    """Pooled heterogeneous autoregression of log variance; Corsi (2009)."""

    kind: Literal["har"] = "har"
    name: ClassVar[str] = "HAR"

    def fit(self, data: Dataset) -> Predictor:
        """Regress the known variances of the horizon on those that went before.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
        """
        drift = pooled_drift(data.market, self.name)
        terms = _terms(data.market)
        ahead = _variance_ahead(data.market, data.horizon)
        floor = LEAST * np.exp(terms[..., -1])
        known = np.isfinite(ahead) & np.isfinite(terms).all(axis=-1)
        available = int(known.any(axis=1).sum())
        if available < LABELLED:
            raise NotEnoughHistory(LABELLED, available, f"HAR over {data.horizon} sessions")
        design = np.column_stack([np.ones(int(known.sum())), terms[known]])
        with one_thread():
            gram = design.T @ design
            moments = design.T @ np.log(np.maximum(ahead[known], floor[known]))
            coefficients = np.linalg.lstsq(gram, moments)[0]
            smearing = float(np.mean(ahead[known] / np.exp(design @ coefficients)))
        coefficients[0] += np.log(smearing)
        return FittedHAR(coefficients=coefficients, drift=drift)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedHAR:
    """Intercept and slopes (5,) of the log variance, smearing included; the pooled mean."""

    coefficients: Array
    drift: float

    def __post_init__(self) -> None:
        read_only(self.coefficients)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions."""
        terms = _terms(data.market)[-rows:]
        log_variance = self.coefficients[0] + (terms * self.coefficients[1:]).sum(axis=-1)
        std = np.sqrt(data.horizon * np.exp(log_variance))
        return ForecastPanel.of(data, np.full(std.shape, self.drift * data.horizon), std)


def _terms(market: Market) -> Array:
    """Log mean squared returns (T, N, 4) over the windows; NaN without a third of the longest.

    A window without any return takes the next longer one's value.
    """
    running = _running(market.returns**2)
    now = np.arange(1, len(market) + 1)
    *shorter, longest = WINDOWS
    level = _mean_between(running, np.maximum(now - longest, 0), now, longest // 3)
    level[level == 0] = np.nan
    floor, terms = LEAST * level, [np.log(level)]
    for window in reversed(shorter):
        mean = _mean_between(running, np.maximum(now - window, 0), now, 1)
        level = np.where(np.isfinite(mean), mean, level)
        terms.append(np.log(np.maximum(level, floor)))
    return np.stack(terms[::-1], axis=-1)


def _variance_ahead(market: Market, horizon: int) -> Array:
    """Mean squared returns (T, N) of the sessions a forecast is about; NaN if not known yet."""
    ahead = np.full(market.close.shape, np.nan)
    skip = skipped_sessions(market)
    begin = np.arange(1 + skip, len(market) + 1 - horizon)
    running = _running(market.returns**2)
    ahead[: len(begin)] = _mean_between(running, begin, begin + horizon, horizon // 2 + 1)
    return ahead


def _running(squares: Array) -> tuple[Array, Array]:
    """Sums and counts (T + 1, N) of the known squares before each row."""
    known = np.isfinite(squares)
    zero = np.zeros((1, squares.shape[1]))
    totals = np.vstack([zero, np.cumsum(np.where(known, squares, 0.0), axis=0)])
    return totals, np.vstack([zero, np.cumsum(known, axis=0)])


def _mean_between(running: tuple[Array, Array], begin: Ints, end: Ints, least: int) -> Array:
    """Means of the rows from `begin` until before `end`; NaN where fewer than `least` are known."""
    totals, counts = running
    seen = counts[end] - counts[begin]
    return np.where(seen >= least, (totals[end] - totals[begin]) / np.maximum(seen, 1), np.nan)
