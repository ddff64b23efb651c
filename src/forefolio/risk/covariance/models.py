"""Covariance of simple returns per session, from the returns known so far.

A new model is a class with a `__call__`, or a `WindowedCovariance` with a `matrix`, and its name in
`RISK_MODELS`.
"""

from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.units import Array, DaysAhead, Share
from forefolio.forecast import HARX, AnyForecaster, HalfLives
from forefolio.forecast.volatility.half_lives import usual_volatility
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.returns import ewma_volatility
from forefolio.risk.base import Covariance, RiskModel
from forefolio.risk.covariance.complete_window import CompleteWindow, reach
from forefolio.risk.covariance.dynamic_correlation import DynamicCorrelation
from forefolio.risk.covariance.estimators import OAS, Denoised, EWMACovariance
from forefolio.risk.covariance.factor_model import FactorModel
from forefolio.risk.covariance.kinds import kindred
from forefolio.risk.covariance.moments import (
    HALF_LIVES,
    Pairs,
    constant_correlation,
    repaired,
    scaled,
    split,
)
from forefolio.risk.covariance.nonlinear import NonlinearShrinkage
from forefolio.risk.covariance.robust import Gerber, Semicovariance
from forefolio.risk.covariance.structured import Detoned, SingleIndex
from forefolio.risk.covariance.thresholded import POET
from forefolio.risk.covariance.volatilities import forecast_volatilities, in_units
from forefolio.risk.covariance.windowed import Window, WindowedCovariance


class SampleCovariance(WindowedCovariance):
    """The unbiased sample covariance of the last `window` sessions.

    >>> from forefolio.market import simulated_market
    >>> SampleCovariance(window=250)(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape
    (3, 3)
    """

    kind: Literal["sample_covariance"] = "sample_covariance"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        unbiased: Array = pairs.second * pairs.count / (pairs.count - 1)
        return unbiased


class LedoitWolf(WindowedCovariance):
    """The sample covariance S, shrunk towards constant correlation: d F + (1 - d) S.

    F has the sample's variances and the mean of its correlations; d is the estimated optimal
    intensity. The variances are kept, so bonds and stocks can be mixed. With missing returns each
    pair counts its own sessions. Source: Ledoit and Wolf (2004), "Honey, I shrunk the sample
    covariance matrix", appendix B.

    >>> from forefolio.market import simulated_market
    >>> LedoitWolf()(simulated_market(seed=0, sessions=300, assets=3)).matrix.shape  # per session
    (3, 3)
    """

    kind: Literal["ledoit_wolf"] = "ledoit_wolf"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        sample = pairs.second
        std, correlation = split(sample)
        target = np.outer(std, std) * constant_correlation(correlation)
        if pairs.complete:
            noise = _total_variance(pairs, sample) - _total_covariance(pairs, sample, target)
            noise /= len(pairs.centred)
        else:
            each = _variance_of(pairs, sample) - _covariance_with(pairs, sample, target)
            noise = float((each / pairs.count).sum())
        return _shrunk(sample, target, noise)


class LedoitWolfIdentity(WindowedCovariance):
    """The sample covariance, shrunk towards uncorrelated assets of equal variance.

    Suited to many assets of one kind. Source: Ledoit and Wolf (2004), "A well-conditioned
    estimator for large-dimensional covariance matrices".

    >>> LedoitWolfIdentity(window=500).window
    500
    """

    kind: Literal["ledoit_wolf_identity"] = "ledoit_wolf_identity"

    def matrix(self, pairs: Pairs) -> Array:
        """The covariances (N, N) of paired returns."""
        sample = pairs.second
        target = np.eye(len(sample)) * np.diag(sample).mean()
        noise = float((_variance_of(pairs, sample) / pairs.count).sum())
        return _shrunk(sample, target, noise)


class VolatilityTimesCorrelation(Component):
    """Forecast volatilities times correlations that are drawn towards their sectors' mean: D R D.

    Volatility changes within weeks and correlation within years, so each is estimated by itself.
    R is the exponentially weighted correlation of standardised returns (each return divided by the
    volatility known a session earlier), of two half-lives: a slow one for each pair, and a faster
    one for the mean of all pairs of the same two sectors, which are many and so are known sooner.
    Where sectors are not known and bonds or gold stand beside stocks, each asset is its own sector.
    D holds the volatility forecasts. The default is for weights, which are steadier so; FOR_RISK
    has the settings for statements of risk, which are more accurate. An asset that the model does
    not forecast has EWMA's volatility, with a note.
    Source: Engle (2002), "Dynamic conditional correlation"; Engle and Kelly (2012), "Dynamic
    equicorrelation".

    >>> from forefolio.market import simulated_market
    >>> model = VolatilityTimesCorrelation(half_life=125)
    >>> model(simulated_market(seed=0, sessions=800, assets=3)).correlation.shape
    (3, 3)
    """

    kind: Literal["volatility_times_correlation"] = "volatility_times_correlation"
    half_life: Window = Field(
        250,
        description="Sessions after which the weight of a return in the correlations has halved.",
    )
    shrinkage: Share = Field(
        0.4, description="Weight of the sectors' mean correlation in each correlation."
    )
    sector_half_life: Window = Field(
        63, description="The half-life of the sectors' mean correlations, in sessions."
    )
    standardised_by: Literal["ewma", "half_lives"] = Field(
        "ewma", description="Volatility that returns are divided by before they are correlated."
    )
    widest: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description=(
            "Standardised returns beyond this are cut off before they are correlated; none: as "
            "they are."
        ),
    )
    volatility: AnyForecaster = Field(
        HalfLives(), description="Model that forecasts the volatility of each asset."
    )
    volatility_horizon: DaysAhead = Field(
        21, description="Sessions that the volatility forecast covers."
    )

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        pairs = self._pairs(market)
        volatility, notes = forecast_volatilities(market, self.volatility, self.volatility_horizon)
        matrix = scaled(self._correlation(pairs, volatility, market), volatility)
        if pairs.complete:  # a mean of correlations over all returns is one: nothing to repair
            proven = Covariance(assets=market.assets, matrix=matrix, proven=True)
            return proven.noted(*notes)
        return repaired(market.assets, matrix).noted(*notes)

    def _pairs(self, market: Market) -> Pairs | CompleteWindow:
        """The standardised returns that count."""
        window = HALF_LIVES * self.half_life
        step = in_step(market, window)
        if step is not market:
            return Pairs.of(self._standardised(step, window), market.assets)
        returns = self._standardised(market, reach(market, window))
        made_by = self.standardised_by, self.widest
        complete = CompleteWindow.of(market, returns, window, made_by)
        return complete or Pairs.of(returns[-window:], market.assets)

    def _standardised(self, market: Market, sessions: int) -> Array:
        """The last returns (at most `sessions`, N) by the volatility known before each."""
        returns = market.returns[1:][-sessions:]
        known_before = ewma_volatility if self.standardised_by == "ewma" else usual_volatility
        standardised = in_units(returns, known_before(market)[-1 - len(returns) : -1])
        if self.widest is not None:
            standardised = np.clip(standardised, -self.widest, self.widest)
        return standardised

    def _correlation(
        self, pairs: Pairs | CompleteWindow, volatility: Array, market: Market
    ) -> Array:
        _, slow = split(pairs.exponentially_weighted(self.half_life))
        if not self.shrinkage:
            return slow
        sectors = market.sectors
        if not all(sectors):
            slowly = Covariance(assets=market.assets, matrix=scaled(slow, volatility))
            sectors = kindred(slowly, sectors)
        target = pairs.sector_means(self.sector_half_life, sectors)
        slow *= 1 - self.shrinkage
        target *= self.shrinkage
        slow += target
        return slow


FOR_RISK = VolatilityTimesCorrelation(standardised_by="half_lives", widest=4.0, volatility=HARX())
"""For statements of risk: volatility by ranges, news and the market's mean, extremes cut off."""

RISK_MODELS = (
    OAS,
    POET,
    Denoised,
    Detoned,
    DynamicCorrelation,
    EWMACovariance,
    FactorModel,
    Gerber,
    LedoitWolf,
    LedoitWolfIdentity,
    NonlinearShrinkage,
    SampleCovariance,
    Semicovariance,
    SingleIndex,
    VolatilityTimesCorrelation,
)
AnyRiskModel: TypeAlias = Annotated[RiskModel, OneOf(*RISK_MODELS)]


def _variance_of(pairs: Pairs, sample: Array) -> Array:
    """Variances (N, N) of the products whose means are `sample` (the paper's pi)."""
    squares = pairs.centred**2
    return pairs.mean(squares, squares) - sample**2


def _covariance_with(pairs: Pairs, sample: Array, target: Array) -> Array:
    """Covariances (N, N) of those products with the equal-correlation target (its rho)."""
    x, variance = pairs.centred, np.diag(sample)
    third = pairs.mean(x**3, x) - variance[:, None] * sample
    moved = np.divide(target, variance[:, None], out=np.zeros_like(target), where=target != 0)
    half = moved * third / 2
    rho: Array = half + half.T
    np.fill_diagonal(rho, np.diag(_variance_of(pairs, sample)))
    return rho


def _total_variance(pairs: Pairs, sample: Array) -> float:
    """The sum of `_variance_of`, of complete returns: no product of all pairs is needed."""
    squares: Array = (pairs.centred**2).sum(axis=1)
    return float((squares**2).mean() - (sample**2).sum())


def _total_covariance(pairs: Pairs, sample: Array, target: Array) -> float:
    """The sum of `_covariance_with`, of complete returns: the mean correlation stands before it."""
    x, variance = pairs.centred, np.diag(sample)
    squares = x * x
    fourth = (squares * squares).mean(axis=0)
    own = float((fourth - variance**2).sum())
    moving = np.flatnonzero(variance > 0)
    if len(moving) < 2:
        return own
    std, (one, other) = np.sqrt(variance), moving[:2]
    correlation = target[one, other] / (std[one] * std[other])
    cubes = (squares * x)[:, moving] @ (1.0 / std[moving])
    products = float((cubes * (x @ std)).mean() - fourth.sum())
    expected = float(std @ sample @ std - (variance**2).sum())
    return own + float(correlation) * (products - expected)


def _shrunk(sample: Array, target: Array, noise: float) -> Array:
    """The blend of both; `noise` is the sum of what estimating the sample adds to its squares."""
    distance = float(((sample - target) ** 2).sum())
    share = min(max(noise / distance, 0.0), 1.0) if distance > 0 else 0.0
    blend: Array = share * target + (1 - share) * sample
    return blend
