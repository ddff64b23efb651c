"""Risk models as objects with predict, analyze and fit: VaR, risk factors, volatility."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Confidence, Days, DaysAhead, read_only
from forefolio.forecast import AnyForecaster
from forefolio.forecast.volatility.forecasters import VolatilityAverage, volatility_forecast
from forefolio.market import Market, Prices, as_market, read_weights
from forefolio.market.cleaning.alignment import in_step
from forefolio.risk.factors.market_factors import market_factors
from forefolio.risk.factors.model import FactorAnalysis, analyze_factors
from forefolio.risk.tails.backtest import WINDOW, ValueAtRiskBacktest, backtest_value_at_risk
from forefolio.risk.tails.filtered import FilteredHistorical
from forefolio.risk.tails.measures import AnyTailModel, TailRisk, tail_risk


class VaRModel(Component):
    """Value at risk and expected shortfall at `level` over `horizon` sessions, by `model`.

    >>> import numpy as np
    >>> from forefolio.risk import Historical
    >>> returns = np.random.default_rng(0).normal(0.0, 0.01, 1000)
    >>> risk = VaRModel(model=Historical(), level=0.95).predict(returns)
    >>> risk.expected_shortfall > risk.value_at_risk > 0
    True
    """

    kind: Literal["var_model"] = "var_model"
    model: AnyTailModel = Field(FilteredHistorical(), description="How losses are measured.")
    level: Confidence = Field(
        0.95, description="Probability that the loss stays below the value at risk."
    )
    horizon: DaysAhead = Field(1, description="Sessions over which the loss is counted.")

    def predict(self, returns: ArrayLike) -> TailRisk:
        """The tail losses after the last of the simple returns (T,): see `tail_risk`."""
        return tail_risk(returns, self.model, level=self.level, horizon=self.horizon)

    def backtest(self, returns: ArrayLike, window: Days = WINDOW) -> ValueAtRiskBacktest:
        """The backtest of its one-session value at risk: see `backtest_value_at_risk`."""
        return backtest_value_at_risk(returns, [self.model], level=self.level, window=window)[0]


class RiskFactorModel(Component):
    """Regression of a portfolio's returns on the factors of a market.

    >>> import numpy as np
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=0, sessions=400, assets=6)
    >>> RiskFactorModel(window=250).analyze(np.full(6, 1 / 6), market).names[0]
    'market'
    """

    kind: Literal["risk_factor_model"] = "risk_factor_model"
    window: Days = Field(1250, description="Sessions of returns in the regression.")
    sectors: bool = Field(False, description="Whether sectors are factors too.")

    def analyze(self, weights: Any, market: Market | Prices) -> FactorAnalysis:
        """Exposures, errors and shares of variance of `weights`, (N,) or by ticker.

        See `analyze_factors`.

        Raises:
            InputError: there is not one finite weight per asset.
            NotEnoughHistory: there are too few sessions for so many factors.
        """
        market = as_market(market)
        shares = read_weights(weights, market.assets)
        holdings = np.flatnonzero(shares)
        step = in_step(market, self.window)
        returns = step.held_returns[-self.window :, holdings] @ shares[holdings]
        return analyze_factors(returns, market_factors(step, self.window, sectors=self.sectors))


class VolatilityModel(Component):
    """The volatility of every asset over the next `horizon` sessions, forecast by `model`.

    >>> from forefolio.forecast import EWMA
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=0, sessions=300, assets=2)
    >>> fitted = VolatilityModel(model=EWMA(), horizon=21).fit(market)
    >>> sorted(fitted.predict_annual()) == sorted(market.assets)
    True
    """

    kind: Literal["volatility_model"] = "volatility_model"
    model: AnyForecaster = Field(
        VolatilityAverage(), description="Model that forecasts the volatility."
    )
    horizon: DaysAhead = Field(1, description="Sessions that the forecast covers.")

    def fit(self, market: Market | Prices) -> "FittedVolatility":
        """Fit the model on all sessions of `market`: see `volatility_forecast`."""
        market = as_market(market)
        volatility = volatility_forecast(market, self.horizon, self.model)
        return FittedVolatility(
            assets=market.assets, volatility=volatility, periods_per_year=market.periods_per_year
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedVolatility:
    """Volatility forecasts (N,) per session, made at the market's last close."""

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
