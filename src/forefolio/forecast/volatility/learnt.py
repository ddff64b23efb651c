"""Models of returns that learn how far the variance ahead departs from the weighted one.

1. The label is the logarithm of realised over exponentially weighted variance, in standard units.
2. A model learns labels in units of an asset's volatility. Told the label as a return of so many
   volatilities, any of them learns it as it is: trees, kernels, nets.
3. What it says is put back on the scale of a variance, and multiplied so that variances are right
   on average (smearing, Duan 1983).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Flags
from forefolio.forecast.base import (
    Dataset,
    Forecaster,
    ForecastPanel,
    JointForecaster,
    Predictor,
    fit_each,
)
from forefolio.forecast.models.baselines import pooled_drift, pooled_mean
from forefolio.forecast.models.linear import BayesianRidge
from forefolio.forecast.models.neural import LSTM, MLP, TCN
from forefolio.forecast.models.scikit_learn import ScikitLearn, as_forecaster
from forefolio.forecast.models.support_vector import SVR, KernelRidge
from forefolio.forecast.models.trees import RandomForest, XGBoost
from forefolio.forecast.scaling import LABELLED, carry, horizon_volatility
from forefolio.forecast.volatility.variance import (
    BY_ITSELF,
    MOST,
    Terms,
    comparable_assets,
    in_turn,
    range_terms,
    smearing,
    variance_ahead,
    with_ewma_fallback,
)
from forefolio.market.returns import ewma_volatility

LEARNERS: tuple[type[Component], ...] = (
    XGBoost,
    RandomForest,
    SVR,
    KernelRidge,
    BayesianRidge,
    MLP,
    LSTM,
    TCN,
    ScikitLearn,
)
"""What a document may have learn variances; Python may pass any model of returns."""

SUITED: tuple[Forecaster, ...] = (
    XGBoost(),
    RandomForest(),
    SVR(cost=0.3),
    KernelRidge(landmarks=200, gamma=0.1),
    BayesianRidge(),
    MLP(),
    LSTM(),
    TCN(),
    ScikitLearn(),
)
"""Each with settings that suit variances, of which more can be known than of returns."""

SMEARED = 100_000  # labels from which the level of a forecast is measured


class LearntVolatility(Component):
    """A `model` on the logarithm of realised over exponentially weighted variance, pooled.

    The regressors are those of HARX: the terms of RangeHAR, relative to the exponentially weighted
    variance, and the features of the panel. A net learns all horizons at once.

    >>> from forefolio.forecast import RandomForest
    >>> LearntVolatility(model=RandomForest(trees=60)).name
    'RandomForest volatility'
    """

    kind: Literal["learnt_volatility"] = "learnt_volatility"
    forecasts_volatility: ClassVar[bool] = True
    learns_from_features: ClassVar[bool] = True
    model: Annotated[Forecaster, OneOf(*LEARNERS, adapt=as_forecaster)] = Field(
        XGBoost(), description="Model that learns the variance, with its settings."
    )

    @property
    def name(self) -> str:
        """Such as "XGBoost volatility"."""
        return f"{getattr(self.model, 'name', type(self.model).__name__)} volatility"

    def fit(self, data: Dataset) -> Predictor:
        """Learn from the known variances of the model's window.

        Raises:
            NotEnoughHistory: the model needs more sessions with a known variance ahead of them.
        """
        return self._fit((data,))[0]

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """Learn every horizon; all at once, where the model does.

        Raises:
            NotEnoughHistory: the model needs more sessions with a known variance ahead of them.
        """
        if isinstance(self.model, JointForecaster):
            return self._fit(data)
        return tuple(self.fit(each) for each in data)

    def _fit(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        drift = pooled_drift(data[0].market, self.name)
        window = int(getattr(self.model, "window", len(data[0])))
        ratios = [LogRatios.of(each, window, self.name) for each in data]
        x = _terms(data[0])
        labelled = [one.labelled(each, x) for one, each in zip(ratios, data, strict=True)]
        try:
            learnt = fit_each(self.model, labelled)
        except NotEnoughHistory as error:
            what = f"{self.name} over {max(each.horizon for each in data)} sessions"
            raise NotEnoughHistory(error.needed, error.available, what) from None
        return tuple(
            FittedVariance(
                learnt=predictor,
                level=one.level,
                scale=one.scale,
                lowest=one.lowest,
                highest=one.highest,
                shift=one.shift(_scores(predictor, few, rows), chosen, rows),
                drift=drift,
            )
            for predictor, one, each in zip(learnt, ratios, labelled, strict=True)
            for few, chosen, rows in (_some(each, window),)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRatios:
    """Log realised over exponentially weighted variance (T, N), NaN where not learnt from."""

    values: Array
    level: float  # their mean
    scale: float  # their standard deviation
    lowest: float
    highest: float
    ratio: Array  # (T, N) the same before the logarithm, without a floor

    @classmethod
    def of(cls, data: Dataset, window: int, what: str) -> Self:
        """The known ones of the last `window` sessions that have any.

        Only assets comparable in risk are used, of each session some in turn where they are many.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
        """
        ahead, weighted = variance_ahead(data), ewma_volatility(data.market) ** 2
        least = range_terms(data.market).least
        usable: Flags = np.isfinite(ahead + least) & (weighted > 0)
        usable &= comparable_assets(data.market)
        rows = np.flatnonzero(usable.any(axis=1))
        if len(rows) < LABELLED:
            raise NotEnoughHistory(LABELLED, len(rows), f"{what} over {data.horizon} sessions")
        usable[: rows[-min(window, len(rows))]] = False
        usable &= in_turn(usable, MOST)
        values, ratio = (np.full(ahead.shape, np.nan) for _ in range(2))
        floored = np.maximum(ahead, least)[usable]
        values[usable] = np.log(floored / weighted[usable])
        ratio[usable] = ahead[usable] / weighted[usable]
        known = values[usable]
        return cls(
            values=values,
            level=float(known.mean()),
            scale=float(known.std()) or 1.0,
            lowest=float(known.min()),
            highest=float(known.max()),
            ratio=ratio,
        )

    def labelled(self, data: Dataset, terms: tuple[tuple[str, ...], Array]) -> Dataset:
        """Labels (T, N) in standard units, as returns of so many volatilities."""
        standard = (self.values - self.level) / self.scale
        y = standard * horizon_volatility(data, len(data)) + carry(data, len(data))
        names, x = terms
        return Dataset(market=data.market, x=x, names=names, y=y, horizon=data.horizon)

    def shift(self, scores: Array, chosen: slice, rows: int) -> float:
        """The logarithm of the smearing factor of `scores` for some of the assets."""
        ratio = self.ratio[-rows:, chosen]
        known = np.isfinite(ratio) & np.isfinite(scores)
        fit = np.clip(self.level + self.scale * scores, self.lowest, self.highest)
        return smearing(ratio[known], fit[known]) if known.any() else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedVariance:
    """A fitted model, the scale of what it learnt, the logarithm of the smearing, and the mean."""

    learnt: Any
    level: float
    scale: float
    lowest: float  # log ratios that are forecast, before the smearing
    highest: float
    shift: float
    drift: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Root of the variance expected over the horizon, at each of the last `rows` sessions.

        Where an asset's volatility is of another order than the others' it goes by EWMA; the notes
        say so.
        """
        names, x = _terms(data)
        unknown = np.broadcast_to(np.nan, data.market.close.shape)
        asked = Dataset(market=data.market, x=x, names=names, y=unknown, horizon=data.horizon)
        scores = _scores(self.learnt, asked, rows)
        ratio = np.clip(self.level + self.scale * scores, self.lowest, self.highest)
        pooled = ewma_volatility(data.market)[-rows:] ** 2 * np.exp(ratio + self.shift)
        variance, unlike = with_ewma_fallback(data.market, pooled)
        std = np.sqrt(data.own_horizon * variance)
        panel = ForecastPanel.of(data, pooled_mean(data, self.drift, rows), std)
        by_itself: Flags = np.asarray((unlike & np.isfinite(panel.std)).any(axis=0))
        return panel.noted(by_itself, BY_ITSELF)


def _terms(data: Dataset) -> tuple[tuple[str, ...], Array]:
    """Names and values (T, N, K) of the regressors, relative to the weighted variance."""
    volatility = ewma_volatility(data.market)
    base = 2 * np.log(volatility, out=np.full(volatility.shape, np.nan), where=volatility > 0)
    terms: Terms = range_terms(data.market).relative_to(base).joined(data.names, data.x)
    return terms.names, terms.values


def _scores(predictor: Predictor, data: Dataset, rows: int) -> Array:
    """What a model of labels in units of volatility says (rows, N), in these units."""
    forecast = predictor.predict(data, rows).mean - carry(data, rows)
    risk = horizon_volatility(data, rows)
    scores: Array = np.divide(forecast, risk, out=np.full(risk.shape, np.nan), where=risk > 0)
    return scores


def _some(data: Dataset, window: int) -> tuple[Dataset, slice, int]:
    """Some assets, enough to measure a level on; which these are, and of how many sessions."""
    rows = min(len(data), window + data.horizon + 1)
    every = max(-(-rows * len(data.assets) // SMEARED), 1)
    chosen = slice(None, None, every)
    if every == 1:
        return data, chosen, rows
    market = data.market.select(data.assets[chosen])
    few = Dataset(
        market=market,
        x=data.x[:, chosen],
        names=data.names,
        y=data.y[:, chosen],
        horizon=data.horizon,
    )
    return few, chosen, rows
