"""Risk by the names and the verbs that people look for: predict, analyse, fit."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days, read_only
from forefolio.forecast import AnyForecaster
from forefolio.forecast.volatility.forecasters import VolatilityAverage, volatility_forecast
from forefolio.market import Market, Prices, as_market, read_weights
from forefolio.market.cleaning.alignment import in_step
from forefolio.risk.factors.market_factors import market_factors
from forefolio.risk.factors.model import FactorAnalysis, analyze_factors
from forefolio.risk.simulation.filtered import FilteredHistorical
from forefolio.risk.tails.backtest import WINDOW, ValueAtRiskBacktest, backtest_value_at_risk
from forefolio.risk.tails.measures import AnyTailModel, TailRisk, tail_risk


class VaRModel(Component):
    """The value at risk at `level` over `horizon` sessions, as `model` measures it."""

    kind: Literal["var_model"] = "var_model"
    model: AnyTailModel = FilteredHistorical()
    level: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    horizon: Days = 1

    def predict(self, returns: ArrayLike) -> TailRisk:
        """What may be lost after the last of the returns (T,): see `tail_risk`."""
        return tail_risk(returns, self.model, level=self.level, horizon=self.horizon)

    def backtest(self, returns: ArrayLike, window: Days = WINDOW) -> ValueAtRiskBacktest:
        """What it would have said before every session, over one: see `backtest_value_at_risk`."""
        return backtest_value_at_risk(returns, [self.model], level=self.level, window=window)[0]


class RiskFactorModel(Component):
    """How a portfolio follows the factors of a market, over the last `window` sessions.

    With `sectors` these are among them.
    """

    kind: Literal["risk_factor_model"] = "risk_factor_model"
    window: Days = 1250
    sectors: bool = False

    def analyze(self, weights: Any, market: Market | Prices) -> FactorAnalysis:
        """Exposures, errors and shares of variance of `weights`, (N,) or by ticker.

        See `analyze_factors`.

        Raises:
            InputError: there is not one finite weight per asset.
            NotEnoughHistory: there are too few sessions for so many factors.
        """
        market = as_market(market)
        shares = read_weights(weights, market.assets)
        held = np.flatnonzero(shares)
        step = in_step(market, self.window)
        returns = step.held_returns[-self.window :, held] @ shares[held]
        return analyze_factors(returns, market_factors(step, self.window, sectors=self.sectors))


class VolatilityModel(Component):
    """The volatility of every asset over the next `horizon` sessions, as `model` forecasts it."""

    kind: Literal["volatility_model"] = "volatility_model"
    model: AnyForecaster = VolatilityAverage()
    horizon: Days = 1

    def fit(self, market: Market | Prices) -> "FittedVolatility":
        """Learn from everything that is known: see `volatility_forecast`."""
        market = as_market(market)
        volatility = volatility_forecast(market, self.horizon, self.model)
        return FittedVolatility(
            assets=market.assets, volatility=volatility, periods_per_year=market.periods_per_year
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedVolatility:
    """Volatilities (N,) per session, from the last session that was known on."""

    assets: tuple[str, ...]
    volatility: Array
    periods_per_year: float

    def __post_init__(self) -> None:
        read_only(self.volatility)

    def predict(self) -> dict[str, float]:
        """Volatility per session by asset."""
        return dict(zip(self.assets, self.volatility.tolist(), strict=True))

    def predict_annual(self) -> dict[str, float]:
        """Volatility per year by asset: that per session times the root of the sessions."""
        root = float(np.sqrt(self.periods_per_year))
        return {asset: value * root for asset, value in self.predict().items()}
