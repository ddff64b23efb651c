"""Models weighted by their past accuracy in regimes like today's.

1. Fit the members on the early part of the history and let them forecast the rest. The purge
   follows from the labels: none that ends in the rest is learnt from.
2. Square their errors, in units of the volatility known beforehand. Their mean over sessions gives
   each member one loss; weighted by how probable a regime was at each session, one per regime.
3. Weights are proportional to a power of the inverse loss. Those of a regime are believed as far as
   the number of independent outcomes in it goes, and are those over all regimes for the rest.
4. Fit the members on everything. At each session, mix the regimes' weights by how probable each
   regime is from what is known there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import ForefolioError
from forefolio.core.units import Array, read_only
from forefolio.forecast.base import Dataset, Forecaster, ForecastPanel, Predictor
from forefolio.forecast.models.arima import ARIMA
from forefolio.forecast.models.baselines import HistoricalMean, PooledMean, ShrunkMean, Zero
from forefolio.forecast.models.linear import BayesianRidge
from forefolio.forecast.models.trees import XGBoost
from forefolio.forecast.scaling import carry, horizon_volatility, scaled_target
from forefolio.regimes import FittedRegimes, Regimes

Member: TypeAlias = Annotated[
    Forecaster, OneOf(ARIMA, BayesianRidge, XGBoost, Zero, HistoricalMean, PooledMean, ShrunkMean)
]


class RegimeAdaptive(Component):
    """The `members`, each weighted by its record in the `regimes` that are probable today.

    The record is the squared error of members fitted before the scored part of the history; that
    in a regime is shrunk to that over all regimes. A member that cannot be fitted is left out.

    >>> [member.name for member in RegimeAdaptive().members]
    ['BayesianRidge', 'XGBoost', 'pooled mean']
    """

    kind: Literal["regime_adaptive"] = "regime_adaptive"
    name: ClassVar[str] = "RegimeAdaptive"
    members: Annotated[tuple[Member, ...], Field(min_length=2)] = Field(
        (
            BayesianRidge(),
            XGBoost(),
            PooledMean(),
        ),
        description="Models that are mixed, at least two.",
    )
    regimes: Regimes = Field(Regimes(), description="Model of the market's regimes.")
    judged: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.4, description="Share of the history, the latest part, that members are scored on."
    )
    power: Annotated[float, Field(ge=0)] = Field(
        4.0,
        description="Power of the inverse squared error that a member's weight is proportional to.",
    )
    patience: Annotated[float, Field(gt=0)] = Field(
        24.0,
        description=(
            "Independent outcomes in a regime at which its own record has half of the weight."
        ),
    )

    def fit(self, data: Dataset) -> Predictor:
        """Judge the members on the later part of the history and fit them on all of it.

        Raises:
            NotEnoughHistory: for the regimes, or for every member on the early part.
        """
        regimes = self.regimes.estimate(data.market)
        cut = round(len(data) * (1 - self.judged))
        able, failures = _able(self.members, data, cut)
        losses = _losses([early for _, early, _ in able], data, len(data) - cut)
        probability = regimes.probability(data.market, len(losses))
        overall, weights, outcomes = self._weigh(losses, probability, data.horizon)
        return FittedAdaptive(
            names=tuple(name for name, _, _ in able),
            members=tuple(full for _, _, full in able),
            regimes=regimes,
            overall=overall,
            weights=weights,
            outcomes=outcomes,
            left_out=failures,
        )

    def _weigh(self, losses: Array, probability: Array, horizon: int) -> tuple[Array, Array, Array]:
        """Weights (M,) over all regimes, (K, M) in each, and independent outcomes (K,) in each."""
        judged = np.isfinite(losses).all(axis=1) & np.isfinite(probability).all(axis=1)
        counts = probability[judged].sum(axis=0)
        overall = self._inverse(losses[judged].sum(axis=0))
        carried = self._inverse(probability[judged].T @ losses[judged])
        belief = counts / horizon / (counts / horizon + self.patience)
        weights = overall + belief[:, None] * (carried - overall)
        return overall, weights, counts / horizon

    def _inverse(self, loss: Array) -> Array:
        """Weights (..., M) from losses; equal where nothing was lost."""
        best = loss.min(axis=-1, keepdims=True)
        raw = np.divide(best, loss, out=np.ones_like(loss), where=best > 0) ** self.power
        weights: Array = raw / raw.sum(axis=-1, keepdims=True)
        return weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedAdaptive:
    """The fitted members, and how much each counts in each regime.

    `outcomes` are the independent outcomes that a regime's weights rest on; `left_out` holds
    (member, reason) pairs.
    """

    names: tuple[str, ...]  # (M,)
    members: tuple[Predictor, ...]  # (M,)
    regimes: FittedRegimes
    overall: Array  # (M,) where no regime is known
    weights: Array  # (K, M), rows sum to one
    outcomes: Array  # (K,)
    left_out: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        read_only(self.overall, self.weights, self.outcomes)

    def mix(self, data: Dataset, rows: int = 1) -> Array:
        """How much each member counts (rows, M) at each of the last `rows` sessions."""
        probability = self.regimes.probability(data.market, rows)
        mixed = (probability[:, :, None] * self.weights).sum(axis=1)
        return np.where(np.isfinite(mixed), mixed, self.overall)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """The mixture's mean and std at each of the last `rows` sessions.

        An asset that some members do not forecast has the mixture of the others.
        """
        panels = [member.predict(data, rows) for member in self.members]
        means, stds = (np.stack([getattr(p, of) for p in panels]) for of in ("mean", "std"))
        shares = np.where(np.isfinite(means), self.mix(data, rows).T[:, :, None], 0.0)
        total = shares.sum(axis=0)

        def mixed(values: Array) -> Array:
            summed = np.where(shares > 0, shares * values, 0.0).sum(axis=0)
            return np.asarray(summed / np.where(total > 0, total, np.nan))

        mean = mixed(means)
        return ForecastPanel.of(data, mean, np.sqrt(mixed(stds**2 + (means - mean) ** 2)))


_Able: TypeAlias = tuple[str, Predictor, Predictor]  # a name, fitted early, fitted on everything


def _able(
    members: Sequence[Forecaster], data: Dataset, cut: int
) -> tuple[list[_Able], tuple[tuple[str, str], ...]]:
    """The members that can be fitted on the first `cut` rows and on all; why others cannot."""
    able: list[_Able] = []
    failures: list[tuple[str, ForefolioError | np.linalg.LinAlgError]] = []
    for member in members:
        name = str(getattr(member, "name", type(member).__name__))
        try:
            able.append((name, member.fit(data.as_of(cut)), member.fit(data)))
        except (ForefolioError, np.linalg.LinAlgError) as error:
            failures.append((name, error))
    if not able:
        raise failures[0][1]
    return able, tuple((name, str(error)) for name, error in failures)


def _losses(members: Sequence[Predictor], data: Dataset, rows: int) -> Array:
    """Mean squared error (R, M) over the assets at each of the last `rows` sessions, in variances.

    NaN at a session whose outcomes are not known yet, or where a member has no forecast.
    """
    truth, risk = scaled_target(data)[-rows:], horizon_volatility(data, rows)
    carried = carry(data, rows)
    forecasts = np.stack([member.predict(data, rows).mean - carried for member in members], axis=-1)
    errors = (forecasts / np.where(risk > 0, risk, np.nan)[:, :, None] - truth[:, :, None]) ** 2
    finite = np.asarray(np.isfinite(errors).all(axis=-1))
    count = finite.sum(axis=1)[:, None]
    total = np.where(finite[:, :, None], errors, 0.0).sum(axis=1)
    return np.asarray(total / np.where(count > 0, count, np.nan))
