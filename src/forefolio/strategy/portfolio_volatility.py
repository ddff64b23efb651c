"""How much a portfolio is expected to move: by its own past, by forecasts, and by its record.

1. Own: the exponentially weighted volatility that today's weights would have had. It knows how far
   the correlations of these days are from their usual.
2. Forecast: the root of w'DRDw with D as forecast, over the same with D as EWMA has it: what the
   volatility model knows beyond the past squares.
3. Record: the root of the mean of (return / expectation)^2 over the past of this same rule, with
   the weights of each time. It takes out what is left of a bias.

The expected volatility is the product of the three.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.events import Job
from forefolio.core.numerics import ANY_ORDER, OUT_VECTOR, PANEL, VECTOR, Integer, kernel
from forefolio.core.units import Array, Days, DaysAhead, read_only
from forefolio.features import compute
from forefolio.forecast import EWMA, AnyForecaster, RangeHAR, WalkForward, walk_forward
from forefolio.market import Market
from forefolio.market.returns import ewma_root
from forefolio.risk import AnyCovariance, AnyRiskModel, LedoitWolf
from forefolio.risk.covariance.moments import split

LONG_ENOUGH = 500  # sessions: an older squared return weighs nothing in EWMA


class PortfolioVolatility(Component):
    """Expected volatility of a portfolio: its own EWMA x what forecasts add x its record.

    Correlations rise and fall as fast as volatilities do, and a portfolio's own past returns show
    it at once; a model of each asset's volatility says what they do not. What is left of a bias is
    taken out by the rule's own record over `record` sessions, from half a year of it on. An asset
    that the model does not forecast adds nothing to its EWMA.

    >>> import forefolio as ff
    >>> PortfolioVolatility(model=ff.EWMA()).horizon
    5
    """

    kind: Literal["portfolio_volatility"] = "portfolio_volatility"
    model: AnyForecaster = Field(
        RangeHAR(), description="Model that forecasts the volatility of each asset."
    )
    horizon: DaysAhead = Field(5, description="Sessions that the volatility forecast covers.")
    correlation: AnyRiskModel = Field(
        LedoitWolf(),
        description="Risk model whose correlations are used where the weights rest on none.",
        json_schema_extra={"advanced": True},
    )
    record: Days = Field(
        1260, description="Latest sessions whose returns calibrate the expectation."
    )
    walk: WalkForward = Field(
        WalkForward(first=504),
        description="When forecasts begin and how often the model is refitted.",
        json_schema_extra={"advanced": True},
    )

    def forecasts(
        self, market: Market, executor: Executor, since: int = 0
    ) -> Job["VolatilityForecasts"]:
        """Walk forward: what the model, and EWMA, said of each asset at each session.

        From row `since` on it is the same as without; earlier ones may be left out.
        """
        unknown = np.full(market.close.shape, np.nan)
        models = (EWMA(), self.model)
        data = market, compute((), market)
        walk = self.walk.from_fold_of(since)
        try:
            walk.folds(len(market))
        except NotEnoughHistory:
            return VolatilityForecasts(forecast=unknown, ewma=unknown)
        walked = yield from walk_forward(models, (self.horizon,), walk, data, executor)
        ewma, forecast = (
            np.concatenate([unknown[: walk.first], panel.std]) for panel in walked.panels.values()
        )
        return VolatilityForecasts(forecast=forecast, ewma=ewma)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolatilityForecasts:
    """What the model and EWMA said of each asset (T, N), as of each close; NaN where nothing."""

    forecast: Array
    ewma: Array

    def __post_init__(self) -> None:
        read_only(self.forecast, self.ewma)

    def beyond_ewma(self, rows: slice, weights: Array, covariance: AnyCovariance) -> Array:
        """Volatility (R,) of `weights` (N,) as forecast at `rows`, over that by EWMA.

        `covariance` has the correlations of the assets that are held.
        """
        held = weights != 0
        known = np.isfinite(self.forecast[rows, held]) & (self.ewma[rows, held] > 0)
        usual = np.where(known, self.ewma[rows, held], covariance.std)
        said = np.where(known, self.forecast[rows, held], covariance.std)
        _, correlation = split(covariance.matrix)
        now, before = (
            ((std @ correlation) * std).sum(axis=1)
            for std in (said * weights[held], usual * weights[held])
        )
        ratio = np.divide(now, before, out=np.ones(len(now)), where=(now > 0) & (before > 0))
        root: Array = np.sqrt(ratio)
        return root


@kernel((PANEL, VECTOR, OUT_VECTOR), ANY_ORDER)
def _weighted(returns: Array, weights: Array, out: Array) -> None:
    rows, assets = returns.shape
    for row in range(rows):
        total = 0.0
        for asset in range(assets):
            part = weights[asset] * returns[row, asset]
            total += part if np.isfinite(part) else 0.0
        out[row] = total


def weighted_returns(returns: Array, weights: Array) -> Array:
    """What `weights` (N,) earned at each of the (T,) rows; an unknown return counts as none."""
    out = np.empty(len(returns))
    _weighted(np.ascontiguousarray(returns), weights, out)
    return out


def own_volatility(returns: Array, rows: int) -> Array:
    """EWMA (rows,) of a portfolio's past returns (T,), as of each of the last `rows`."""
    recent = np.ascontiguousarray(returns[-(LONG_ENOUGH + rows) :, None])
    volatility: Array = ewma_root(recent)[-rows:, 0]
    return volatility


@kernel((VECTOR, VECTOR, Integer, Integer, Integer, OUT_VECTOR))
def _calibrate(
    expected: Array, happened: Array, window: int, fewest: int, first: int, out: Array
) -> None:
    for row in range(first, len(expected)):
        count, total = 0, 0.0
        for past in range(max(0, row - window), row):
            if expected[past] > 0.0 and np.isfinite(happened[past]):
                count += 1
                total += (happened[past] / expected[past]) ** 2
        out[row - first] = np.sqrt(total / count) if count >= fewest else 1.0


def calibrations(expected: Array, happened: Array, window: int, fewest: int, first: int) -> Array:
    """What expectations (T,) are to be multiplied by at each row from `first` on.

    The root of the mean of (happened / expected)^2 over the `window` rows before; 1 where fewer
    than `fewest` of them are known.
    """
    out = np.empty(len(expected) - first)
    _calibrate(expected, happened, window, fewest, first, out)
    return out
