"""HAR: log variance is linear in today's, this week's, this month's and this quarter's.

1. The terms: mean variances of the last 1, 5, 21 and 63 sessions, as logarithms.
2. One regression over all assets, for the mean squared return of the horizon. Where terms are
   many they are penalised; labels over h sessions overlap, and those of one session move
   together, so T sessions count as T / h.
3. A forecast of a logarithm is not the logarithm of a forecast: the fitted variances are
   multiplied so that they are right on average (smearing, Duan 1983).
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Days, Flags, read_only
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.scaling import Standard
from forefolio.forecast.volatility.variance import (
    Lesson,
    Terms,
    lesson,
    of_its_own,
    range_terms,
    return_terms,
    smearing,
)

BY_CLOSES = "ranges are missing for a week or more: volatility is forecast from closes alone"
BY_ITSELF = "of another order of volatility than the others: its volatility is that of EWMA"
BEYOND = float(np.log(10.0))  # past what was seen: a line may be followed no further

Penalty: TypeAlias = Annotated[float, Field(ge=0, json_schema_extra={"unit": "sessions"})]


class HAR(Component):
    """Pooled heterogeneous autoregression of log variance; Corsi (2009)."""

    kind: Literal["har"] = "har"
    name: ClassVar[str] = "HAR"

    def fit(self, data: Dataset) -> Predictor:
        """Regress the known variances of the horizon on those that went before.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
        """
        return _fitted(self, data, window=None, penalty=0.0)

    def terms(self, data: Dataset) -> Terms:
        """Mean squared returns over the windows."""
        return return_terms(data.market)


class RangeHAR(Component):
    """HAR that also knows the day's range, the night's gap, and the mean of all assets.

    The day's variance is that of Garman and Klass (1980). Where a market has closes only, it is
    HAR with the mean of all assets; so it is, with a note, for an asset whose ranges have been
    missing for a week. The last `window` sessions are learnt from, with a ridge
    `penalty` that weighs as much as so many sessions without an overlap.
    """

    kind: Literal["range_har"] = "range_har"
    name: ClassVar[str] = "range HAR"
    window: Days = 2500
    penalty: Penalty = 10.0

    def fit(self, data: Dataset) -> Predictor:
        """Regress the known variances of the horizon on those that went before.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
        """
        return _fitted(self, data, window=self.window, penalty=self.penalty)

    def terms(self, data: Dataset) -> Terms:
        """Mean variances by every measure that the market supports."""
        return range_terms(data.market)


class HARX(Component):
    """RangeHAR and the features of the panel, whatever they are: HAR with exogenous regressors.

    The last `window` sessions are learnt from, with a ridge `penalty` that weighs as much as so
    many sessions without an overlap.
    """

    kind: Literal["har_x"] = "har_x"
    name: ClassVar[str] = "HAR-X"
    window: Days = 2500
    penalty: Penalty = 10.0

    def fit(self, data: Dataset) -> Predictor:
        """Regress the known variances of the horizon on what was known before.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
        """
        return _fitted(self, data, window=self.window, penalty=self.penalty)

    def terms(self, data: Dataset) -> Terms:
        """Mean variances by every measure, and the features."""
        return range_terms(data.market).joined(data.names, data.x)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Intercept and slopes (1 + K,) of log variance on the terms `names` (K,), smearing included.

    Without ranges in the market, none of them is of a range.
    """

    names: tuple[str, ...]
    coefficients: Array
    lowest: float  # log variance that is said
    highest: float

    def __post_init__(self) -> None:
        read_only(self.coefficients)

    @classmethod
    def of(cls, learnt: Lesson, names: tuple[str, ...], penalty: float) -> Self:
        """The line through what was learnt from."""
        return cls(
            names=names,
            coefficients=regress(learnt, penalty),
            lowest=float(learnt.log_variance.min()) - BEYOND,
            highest=float(learnt.log_variance.max()) + BEYOND,
        )

    def variance(self, terms: Array) -> Array:
        """Variance per session (rows, N) from terms (rows, N, K); NaN where one is not known."""
        log_variance = self.coefficients[0] + (terms * self.coefficients[1:]).sum(axis=-1)
        return np.asarray(np.exp(np.clip(log_variance, self.lowest, self.highest)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedHAR:
    """The model, its line, the one for assets whose ranges are missing, and the pooled mean."""

    model: HAR | RangeHAR | HARX
    line: Line | None  # None if hardly any asset had ranges
    of_closes: Line | None  # None in a market without ranges: `line` asks for none
    drift: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions.

        Where an asset's ranges are missing it goes by closes alone, and where its volatility is of
        another order than the others' by EWMA; the notes say so.
        """
        terms = self.model.terms(data)
        variance = np.full(terms.least[-rows:].shape, np.nan)
        if self.line is not None:
            variance = self.line.variance(terms.values[-rows:])
        alone = np.zeros(variance.shape, dtype=np.bool_)
        if self.of_closes is not None:
            fallback = self.of_closes.variance(terms.of_closes.values[-rows:])
            alone = np.isnan(variance) & np.isfinite(fallback)
            variance = np.where(alone, fallback, variance)
        variance, unlike = of_its_own(data.market, variance)
        std = np.sqrt(data.own_horizon * variance)
        panel = ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)
        said = np.isfinite(panel.std)
        by_closes: Flags = np.asarray((alone & ~unlike & said).any(axis=0))
        by_itself: Flags = np.asarray((unlike & said).any(axis=0))
        return panel.noted(by_closes, BY_CLOSES).noted(by_itself, BY_ITSELF)


def _fitted(
    model: HAR | RangeHAR | HARX, data: Dataset, *, window: int | None, penalty: float
) -> Predictor:
    def line(terms: Terms) -> Line | NotEnoughHistory:
        try:
            return Line.of(lesson(data, terms, model.name, window), terms.names, penalty)
        except NotEnoughHistory as error:
            return error

    drift = pooled_drift(data.market, model.name)
    every = model.terms(data)
    closes = every.of_closes
    whole = line(every)
    simpler = None if closes.names == every.names else line(closes)
    if isinstance(whole, NotEnoughHistory) and not isinstance(simpler, Line):
        raise whole
    return FittedHAR(
        model=model,
        line=whole if isinstance(whole, Line) else None,
        of_closes=simpler if isinstance(simpler, Line) else None,
        drift=drift,
    )


def regress(learnt: Lesson, penalty: float) -> Array:
    """Intercept and slopes (1 + K,) of the log variance by ridge regression, with smearing."""
    standard = Standard.of(learnt.x)
    z, level = standard(learnt.x), float(learnt.log_variance.mean())
    per_session = learnt.sessions / (len(z) * learnt.repeats)
    with one_thread():
        gram = per_session * (z.T @ z) + penalty * np.eye(z.shape[1])
        moments = per_session * (z.T @ (learnt.log_variance - level))
        slopes = np.linalg.lstsq(gram, moments)[0]
        level += smearing(learnt.variance, level + z @ slopes)
    slopes = slopes / standard.scale
    return np.append(level - standard.center @ slopes, slopes)
