"""Covariance of simple returns per session, from the returns known so far.

A new model is a class with a `__call__`, and its name in `RISK_MODELS`.
"""

from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.units import Array, Days, Share
from forefolio.forecast import EWMA, AnyForecaster, volatility_panel
from forefolio.forecast.base import told
from forefolio.market import Market
from forefolio.market.cleaning.alignment import in_step
from forefolio.market.own_sessions import last_known, own_growth
from forefolio.market.returns import ewma_volatility
from forefolio.risk.base import Covariance, RiskModel
from forefolio.risk.covariance.estimators import OAS, Denoised, EWMACovariance
from forefolio.risk.covariance.factor_model import FactorModel
from forefolio.risk.covariance.moments import (
    HALF_LIVES,
    Pairs,
    constant_correlation,
    recent_returns,
    repaired,
    split,
)

BY_EWMA = "the volatility model says nothing of it: its volatility is that of EWMA"

Window: TypeAlias = Annotated[Days, Field(ge=60)]


class SampleCovariance(Component):
    """The unbiased covariance of the last `window` sessions."""

    kind: Literal["sample_covariance"] = "sample_covariance"
    window: Window = 250

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        pairs = Pairs.of(recent_returns(market, self.window), market.assets)
        unbiased = pairs.second * pairs.count / (pairs.count - 1)
        return repaired(market.assets, unbiased)


class LedoitWolf(Component):
    """The sample covariance, shrunk towards equal correlations as far as noise asks for.

    The variances are kept, so bonds and stocks go together. Ledoit and Wolf 2004, "Honey, I
    shrunk the sample covariance matrix", appendix B; with holes each pair counts its sessions.
    """

    kind: Literal["ledoit_wolf"] = "ledoit_wolf"
    window: Window = 250

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        pairs = Pairs.of(recent_returns(market, self.window), market.assets)
        sample = pairs.second
        std, correlation = split(sample)
        target = np.outer(std, std) * constant_correlation(correlation)
        noise = _variance_of(pairs, sample) - _covariance_with(pairs, sample, target)
        return repaired(market.assets, _shrunk(sample, target, noise / pairs.count))


class LedoitWolfIdentity(Component):
    """The sample covariance, shrunk towards uncorrelated assets of equal variance.

    Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance
    matrices": for many assets of one kind.
    """

    kind: Literal["ledoit_wolf_identity"] = "ledoit_wolf_identity"
    window: Window = 250

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        pairs = Pairs.of(recent_returns(market, self.window), market.assets)
        sample = pairs.second
        target = np.eye(len(sample)) * np.diag(sample).mean()
        noise = _variance_of(pairs, sample)
        return repaired(market.assets, _shrunk(sample, target, noise / pairs.count))


class VolatilityTimesCorrelation(Component):
    """Volatility changes within weeks, correlation within years: each has its own memory.

    Correlations are of returns in units of the volatility known a session earlier, so that one
    crash does not decide them, weighted with a `half_life` in sessions and shrunk towards their
    mean (as in RiskMetrics 2006 and the constant part of Engle 2002, "Dynamic conditional
    correlation"), by the share `shrinkage`. Volatility is what the model `volatility` expects of
    the next `volatility_horizon` sessions; at more cost, `volatility_average` errs less than the
    default. Of an asset that the model says nothing about it is EWMA's, and the note says so.
    """

    kind: Literal["volatility_times_correlation"] = "volatility_times_correlation"
    half_life: Window = 250
    shrinkage: Share = 0.3
    volatility: AnyForecaster = EWMA()
    volatility_horizon: Days = 21

    def __call__(self, market: Market) -> Covariance:
        """Covariance (N, N) of every asset.

        Raises:
            NotEnoughHistory: a pair of assets has fewer than 60 common sessions.
        """
        window = HALF_LIVES * self.half_life
        step = in_step(market, window)
        returns = own_growth(step.close)[1:][-window:]
        surprises = _over(returns, ewma_volatility(step)[-1 - len(returns) : -1])
        correlation = self._correlation(Pairs.of(surprises, market.assets))
        said = volatility_panel(market, self.volatility_horizon, self.volatility)
        volatility = said.std[0] / np.sqrt(self.volatility_horizon)
        silent = np.isnan(volatility)
        usual = last_known(ewma_volatility(market))[-1] * np.sqrt(market.share_of_sessions)
        volatility = np.where(silent, usual, volatility)
        covariance = repaired(market.assets, np.outer(volatility, volatility) * correlation)
        return covariance.noted(*told(said.noted(silent, BY_EWMA).notes))

    def _correlation(self, pairs: Pairs) -> Array:
        _, correlation = split(pairs.fading(self.half_life))
        target = constant_correlation(correlation)
        blend: Array = (1 - self.shrinkage) * correlation + self.shrinkage * target
        return blend


RISK_MODELS = (
    OAS,
    Denoised,
    EWMACovariance,
    FactorModel,
    LedoitWolf,
    LedoitWolfIdentity,
    SampleCovariance,
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


def _shrunk(sample: Array, target: Array, noise: Array) -> Array:
    distance = ((sample - target) ** 2).sum()
    share = min(max(noise.sum() / distance, 0.0), 1.0) if distance > 0 else 0.0
    blend: Array = share * target + (1 - share) * sample
    return blend


def _over(returns: Array, volatility: Array) -> Array:
    """Returns in units of volatility; 0 where the price does not move."""
    out = np.where(np.isfinite(returns + volatility), 0.0, np.nan)
    return np.divide(returns, volatility, out=out, where=volatility > 0)
