"""HAR: log variance is linear in today's, this week's, this month's and this quarter's.

1. The terms: mean variances of the last 1, 5, 21 and 63 sessions, as logarithms.
2. One regression over all assets, for the mean squared return of the horizon. Where terms are
   many they are penalised; labels over h sessions overlap, and those of one session move
   together, so T sessions count as T / h.
3. A forecast of a logarithm is not the logarithm of a forecast: the fitted variances are
   multiplied so that they are right on average (smearing, Duan 1983).
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Days, Flags, read_only
from forefolio.features.news import NEWS_AHEAD, news_ahead
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.volatility.variance import (
    BY_ITSELF,
    Labels,
    Terms,
    TrainingData,
    labels,
    range_terms,
    return_terms,
    smearing,
    with_ewma_fallback,
)

BY_CLOSES = "ranges are missing for a week or more: volatility is forecast from closes alone"
BEYOND = float(np.log(10.0))  # how far log variances may be extrapolated

Penalty: TypeAlias = Annotated[float, Field(ge=0, json_schema_extra={"unit": "sessions"})]


class HAR(Component):
    """Pooled heterogeneous autoregression (HAR) of log variance.

    log v = b0 + b1 log v(1) + b2 log v(5) + b3 log v(21) + b4 log v(63) + e, with v(k) the mean
    squared return of the last k sessions and v that of the horizon.
    Source: Corsi (2009), "A simple approximate long-memory model of realized volatility".

    >>> HAR().name
    'HAR'
    """

    kind: Literal["har"] = "har"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "HAR"
    learns_from_features: ClassVar[bool] = False

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
    """HAR with the range of the day, the overnight gap and the mean over all assets as regressors.

    The variance of the day is estimated by Garman and Klass (1980), "On the estimation of security
    price volatilities from historical data". Where a market has closes only, or an asset's ranges
    have been missing for a week, the regressors that need closes only are used, with a note.

    >>> RangeHAR(penalty=0.0).name
    'range HAR'
    """

    kind: Literal["range_har"] = "range_har"
    forecasts_volatility: ClassVar[bool] = True
    name: ClassVar[str] = "range HAR"
    learns_from_features: ClassVar[bool] = False
    window: Days = Field(
        2500,
        description="Sessions of history that the model is fitted on, up to the last known label.",
    )
    penalty: Penalty = Field(
        10.0, description="Ridge penalty, in equivalent non-overlapping sessions."
    )

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
    """RangeHAR with news and the features of the panel as exogenous regressors.

    News are those of each asset itself, as its own gaps and volume show them: lately, and about
    the quarters of a year before the sessions ahead. Markets with opens and volume alone have them.

    >>> HARX().name
    'HAR-X'
    """

    kind: Literal["har_x"] = "har_x"
    forecasts_volatility: ClassVar[bool] = True
    learns_from_features: ClassVar[bool] = True
    window: Days = Field(
        2500,
        description="Sessions of history that the model is fitted on, up to the last known label.",
    )
    penalty: Penalty = Field(
        10.0, description="Ridge penalty, in equivalent non-overlapping sessions."
    )
    news: bool = Field(True, description="Whether each asset's own news are among the regressors.")

    @property
    def name(self) -> str:
        """What tables call it."""
        return "HAR-X" if self.news else "HAR-X without news"

    def fit(self, data: Dataset) -> Predictor:
        """Regress the known variances of the horizon on what was known before.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
        """
        return _fitted(self, data, window=self.window, penalty=self.penalty)

    def terms(self, data: Dataset) -> Terms:
        """Mean variances by every measure, news, and the features."""
        market, terms = data.market, range_terms(data.market)
        if self.news and market.open is not None and market.volume is not None:
            terms = terms.joined(NEWS_AHEAD, news_ahead(data.horizon)(market))
        return terms.joined(data.names, data.x)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """Intercept and slopes (1 + K,) of log variance on the K terms `names`, with smearing."""

    names: tuple[str, ...]
    coefficients: Array
    lowest: float  # log variance that is forecast
    highest: float

    def __post_init__(self) -> None:
        read_only(self.coefficients)

    @classmethod
    def of(cls, regression: "Regression", penalty: float) -> Self:
        """The line through the training data of a regression."""
        log_variance = regression.training.log_variance
        return cls(
            names=regression.names,
            coefficients=regression.coefficients(penalty),
            lowest=float(log_variance.min()) - BEYOND,
            highest=float(log_variance.max()) + BEYOND,
        )

    def variance(self, terms: Terms) -> Array:
        """Variance per session (rows, N) from its terms; NaN where one is not known."""
        log_variance = self.coefficients[0] + terms.sums(self.coefficients[1:])
        return np.asarray(np.exp(np.clip(log_variance, self.lowest, self.highest)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedHAR:
    """The model, its line, the one for assets whose ranges are missing, and the pooled mean."""

    model: HAR | RangeHAR | HARX
    line: Line | None  # None if hardly any asset had ranges
    close_terms: Line | None  # None in a market without ranges: `line` asks for none
    drift: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions.

        Where an asset's ranges are missing it goes by closes alone, and where its volatility is of
        another order than the others' by EWMA; the notes say so.
        """
        terms = self.model.terms(data)[-rows:]
        variance = np.full(terms.least.shape, np.nan)
        if self.line is not None:
            variance = self.line.variance(terms)
        alone = np.zeros(variance.shape, dtype=np.bool_)
        if self.close_terms is not None and np.isnan(variance).any():
            fallback = self.close_terms.variance(terms.close_terms)
            alone = np.isnan(variance) & np.isfinite(fallback)
            variance = np.where(alone, fallback, variance)
        variance, unlike = with_ewma_fallback(data.market, variance)
        std = np.sqrt(data.own_horizon * variance)
        panel = ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)
        available = np.isfinite(panel.std)
        by_closes: Flags = np.asarray((alone & ~unlike & available).any(axis=0))
        by_itself: Flags = np.asarray((unlike & available).any(axis=0))
        return panel.noted(by_closes, BY_CLOSES).noted(by_itself, BY_ITSELF)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """Training data on `names` less their means, and the sums that a ridge regression needs."""

    names: tuple[str, ...]
    labels: Labels | None  # None where the training data come from elsewhere
    training: TrainingData
    x: Array  # (M, L) less their means
    columns: NDArray[np.intp]  # (K,) of `x`, that are regressed on
    center: Array  # (K,) their means
    products: Array  # (K, K) sums over their rows
    moments: Array  # (K,) sums of them times the log variance

    @classmethod
    def on(
        cls, training: TrainingData, names: tuple[str, ...] = (), labels: Labels | None = None
    ) -> Self:
        """Reckon the sums."""
        rows, columns = training.x.shape
        target = training.log_variance - training.log_variance.mean()
        with one_thread():
            center = np.ones(rows) @ training.x / rows
            x = training.x - center
            products, moments = x.T @ x, x.T @ target
        return cls(
            names=names,
            labels=labels,
            training=training,
            x=x,
            columns=np.arange(columns),
            center=center,
            products=products,
            moments=moments,
        )

    def only(self, names: tuple[str, ...]) -> Self:
        """The same on some of the terms."""
        chosen = np.isin(self.names, names)
        return replace(
            self,
            names=names,
            columns=self.columns[chosen],
            center=self.center[chosen],
            products=self.products[np.ix_(chosen, chosen)],
            moments=self.moments[chosen],
        )

    def coefficients(self, penalty: float) -> Array:
        """Intercept and slopes (1 + K,) of the log variance, with smearing."""
        spread = np.sqrt(self.products.diagonal() / len(self.x))
        scale = np.where(spread > 0, spread, 1.0)
        per_session = self.training.sessions / (len(self.x) * self.training.repeats)
        gram = per_session * self.products / np.outer(scale, scale) + penalty * np.eye(len(scale))
        level = float(self.training.log_variance.mean())
        with one_thread():
            slopes = np.linalg.lstsq(gram, per_session * self.moments / scale)[0] / scale
            of_all = np.zeros(self.x.shape[1])
            of_all[self.columns] = slopes
            level += smearing(self.training.variance, level + self.x @ of_all)
        return np.append(level - self.center @ slopes, slopes)


def _fitted(
    model: HAR | RangeHAR | HARX, data: Dataset, *, window: int | None, penalty: float
) -> Predictor:
    def known(terms: Terms) -> Labels | NotEnoughHistory:
        try:
            return labels(data, terms, model.name, window)
        except NotEnoughHistory as error:
            return error

    drift = pooled_drift(data.market, model.name)
    terms = model.terms(data)
    closes = terms.close_terms
    all_terms = known(terms)
    by_closes = None if closes.names == terms.names else known(closes)
    if isinstance(all_terms, NotEnoughHistory) and not isinstance(by_closes, Labels):
        raise all_terms
    full = _regression(all_terms, terms)
    simpler = _part_of(full, closes, by_closes) or _regression(by_closes, closes)
    return FittedHAR(
        model=model,
        line=None if full is None else Line.of(full, penalty),
        close_terms=None if simpler is None else Line.of(simpler, penalty),
        drift=drift,
    )


def _regression(known: Labels | NotEnoughHistory | None, terms: Terms) -> Regression | None:
    """The regression of what is known on `terms`; None where that is too little."""
    if not isinstance(known, Labels):
        return None
    return Regression.on(known.after(terms), terms.names, known)


def _part_of(
    full: Regression | None, terms: Terms, known: Labels | NotEnoughHistory | None
) -> Regression | None:
    """The regression on `terms` as a part of one on more, where both learn from the same labels."""
    if full is None or full.labels is None or not isinstance(known, Labels):
        return None
    return full.only(terms.names) if full.labels.same_as(known) else None


def regress(training: TrainingData, penalty: float) -> Array:
    """Intercept and slopes (1 + K,) of the log variance by ridge regression, with smearing."""
    return Regression.on(training).coefficients(penalty)
