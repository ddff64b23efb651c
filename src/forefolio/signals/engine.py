"""From forecasts, intervals and regimes to signals, as of a date.

1. A score is the expected return over cash in standard deviations, its common part shrunk to a
   prior premium; confidence is the probability, by the calibrated predictive distribution, that
   the return is on the score's side of cash (`predictive`).
2. Where confidence reaches its minimum there is a direction; one that changed is taken once the
   change has lasted.
3. Directions are sized by the Kelly rule, and optionally reduced in the most turbulent regime.
"""

from dataclasses import replace

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Confidence, Flags, Share
from forefolio.forecast import ForecastPanel
from forefolio.market import Market
from forefolio.regimes import Regime, Regimes
from forefolio.risk import AnyRiskModel, VolatilityTimesCorrelation
from forefolio.signals.base import Signal
from forefolio.signals.persistence import Persistence
from forefolio.signals.predictive import Premium, predicted
from forefolio.signals.sizing import AnySizing, Kelly

LOOKBACK = 250  # closes from which the direction follows; earlier ones have no effect


class SignalEngine(Component):
    """Turns forecasts into directions and sizes of positions.

    A direction needs a confidence of at least `minimum_confidence` and must last as `persistence`
    requires. Sizes are multiplied by 1 - `caution` x the probability of the most turbulent regime;
    the default is 0, as timing by regimes has not paid out of sample (docs/forecasting.md).

    >>> SignalEngine(minimum_confidence=0.6).long_only
    True
    """

    minimum_confidence: Confidence = Field(
        0.55,
        description=(
            "Smallest probability of beating cash (or of not beating it, for a short "
            "signal) that gives a direction."
        ),
    )
    long_only: bool = Field(True, description="Whether short signals are left out.")
    persistence: Persistence = Field(
        Persistence(), description="For how many closes a new direction must last."
    )
    sizing: AnySizing = Field(Kelly(), description="How directions become position sizes.")
    risk: AnyRiskModel = Field(
        VolatilityTimesCorrelation(),
        description="Covariance model whose correlations joint sizing uses.",
    )
    premium: Premium = Field(Premium(), description="Prior belief about the market's Sharpe ratio.")
    regimes: Regimes = Field(Regimes(), description="Model of the market's regimes.")
    caution: Share = Field(
        0.0, description="Reduction of sizes in the most turbulent regime, times its probability."
    )

    def signal(self, panel: ForecastPanel, market: Market) -> Signal:
        """The signals at the close of the last session of `market`, from the forecasts up to it.

        Raises:
            KeyError: no forecast was made at that session.
            NotEnoughHistory: the risk model needs more sessions.
        """
        last = int(np.searchsorted(panel.sessions, market.sessions[-1])) + 1
        forecast = panel.at(market.sessions[-1])
        recent = _rows(panel, slice(max(last - LOOKBACK, 0), last))
        cash = _cash(market, len(recent)) * panel.horizon
        score, confidence, wider = self.judged(recent, cash, market)
        wanted = self._directions(score, confidence)
        direction = self.persistence.settled(wanted)[-1]
        regime = self._regime(market)
        return Signal(
            made=forecast.made,
            horizon=forecast.horizon,
            assets=forecast.assets,
            mean=forecast.mean,
            std=forecast.std,
            score=score[-1],
            confidence=confidence[-1],
            direction=direction,
            held_back=np.where(wanted[-1] != direction, wanted[-1], 0.0),
            size=self._caution(regime)
            * self._sizes(market, score[-1] * forecast.std, forecast.std * wider[-1], direction),
            regime=regime,
        )

    def judged(
        self, panel: ForecastPanel, cash: Array, market: Market
    ) -> tuple[Array, Array, Array]:
        """Scores and confidences (R, N), and how much wider (R,) the distributions are.

        `panel` holds the forecasts of the last R sessions of `market`, `cash` (R,) what cash earns
        over the horizon.
        """
        score = np.full(panel.mean.shape, np.nan)
        np.divide(panel.mean - cash[:, None], panel.std, out=score, where=panel.std > 0)
        years = np.arange(len(market) - len(panel), len(market)) / market.periods_per_year
        score, wider = self.premium.shrunk(
            score, panel.std, years, market.periods_per_year / panel.horizon
        )
        return score, predicted(panel, score, wider), wider

    def _directions(self, score: Array, confidence: Array) -> Array:
        sure = confidence >= self.minimum_confidence  # False where nothing is known
        signs = np.where(sure, np.sign(score), 0.0)
        return np.maximum(signs, 0.0) if self.long_only else signs

    def _sizes(self, market: Market, excess: Array, std: Array, direction: Array) -> Array:
        sizes = np.zeros(len(excess))
        sized: Flags = (direction != 0) & np.isfinite(excess) & (std > 0)
        sized &= ~market.silent
        if sized.any():
            taken = [a for a, on in zip(market.assets, sized, strict=True) if on]
            correlation = self.risk(market.select(taken)).correlation
            covariance = correlation * np.outer(std[sized], std[sized])
            sizes[sized] = self.sizing.size(excess[sized], covariance, direction[sized])
        return sizes

    def _regime(self, market: Market) -> Regime | None:
        try:
            return self.regimes.estimate(market).at_end(market)
        except NotEnoughHistory:
            return None

    def _caution(self, regime: Regime | None) -> float:
        turbulent = float(regime.probability[-1]) if regime is not None else 0.0
        return 1.0 - self.caution * turbulent


def _cash(market: Market, rows: int) -> Array:
    """What cash earns a session (R,), as it was known at each of the last `rows` closes."""
    return np.asarray(market.series.get("cash", np.zeros(len(market))))[-rows:]


def _rows(panel: ForecastPanel, rows: slice) -> ForecastPanel:
    quantiles = panel.quantiles[:, rows] if len(panel.levels) else panel.quantiles
    return replace(
        panel,
        sessions=panel.sessions[rows],
        mean=panel.mean[rows],
        std=panel.std[rows],
        quantiles=quantiles,
    )
