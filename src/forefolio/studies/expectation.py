"""What is expected of which assets: estimated from the past, or forecast."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field

from forefolio.backtest import Trading
from forefolio.backtest.trading import CashRate
from forefolio.core.component import Component, content_digest
from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.core.kinds import as_kind
from forefolio.core.units import Array, DaysAhead
from forefolio.core.wording import listed, percent
from forefolio.forecast import Recipe
from forefolio.forecast.models.baselines import past_drift, shrunk_drift
from forefolio.market import Loaded, Market
from forefolio.market.returns import drift_returns
from forefolio.optimize import Outlook
from forefolio.optimize.estimates import outlook_from_estimates
from forefolio.optimize.moments import read_moments
from forefolio.optimize.portfolio import expected_outlook, only_alive
from forefolio.risk import AnyRiskModel, Covariance, LedoitWolf
from forefolio.studies.base import Noun, StudyDocument
from forefolio.studies.cost import ComputingCost, trained_cost
from forefolio.studies.data import Data, repairs
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.forecast_rows import left_out
from forefolio.studies.gathering import forecast
from forefolio.studies.given import ByAsset, ByPair
from forefolio.studies.place import Place
from forefolio.studies.result import DataFacts, Remark, Result, notes


def _method(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    word = as_kind(given)
    return {"ml": "machine_learning"}.get(word, word)


Method = Annotated[Literal["classical", "past_means", "machine_learning"], BeforeValidator(_method)]
Basis: TypeAlias = Literal["given", "classical", "past_means", "machine_learning"]


class Expectation(Noun):
    """What is expected of the assets over a horizon, and how far they may move."""

    forecast: Method = Field(
        "classical",
        description=(
            "Past means, shrunk to what tells assets apart, past means as they are, or learnt "
            "forecasts: classical, past_means or ml."
        ),
    )
    risk: AnyRiskModel = Field(LedoitWolf(), description="Risk model, such as ledoit_wolf.")
    expected_returns: ByAsset | None = Field(
        None,
        description="Given instead of estimated: AAPL=10%,KO=8% a year; only these are held.",
        json_schema_extra={"in_words": True},
    )
    covariance: ByPair | None = Field(
        None,
        description="Given instead of the risk model's: of annual returns, by ticker.",
        json_schema_extra={"advanced": True},
    )
    horizon: DaysAhead = Field(21, description="Sessions until the next choice.")
    cash_rate: CashRate = Field(0.02, description="What cash earns a year, or `risk_free`.")
    recipe: Recipe = Field(
        Recipe(),
        description="Features and models of learnt forecasts.",
        json_schema_extra={"advanced": True},
    )

    @property
    def is_given(self) -> bool:
        """Whether nothing has to be estimated, so that no prices are needed."""
        return self.expected_returns is not None and self.covariance is not None

    def estimate(self, data: Data, place: Place) -> Job["Estimates"]:
        """Load the data and say what is expected of every asset that trades.

        Where all is given and no source is named, nothing is loaded.
        """
        if self.is_given and not names_prices(data):
            return self._given(data)
        loaded, annual, remarks = yield from self._annual(data, place)
        cash = Trading(cash_rate=self.cash_rate).cash_returns(loaded.market)
        whole = loaded.market.with_series(cash=cash)
        market, silent = only_alive(whole, annual)
        outlook = expected_outlook(market, annual, self.risk, self.horizon, None)
        if self.covariance is not None:
            outlook = replace(outlook, covariance=self._given_covariance(market, annual))
        return Estimates(
            facts=data.facts(loaded),
            outlook=outlook.listed_in(whole),
            remarks=(*repairs(loaded.report), *remarks, *notes(silent, "data")),
        )

    def _annual(
        self, data: Data, place: Place
    ) -> Job[tuple[Loaded, Mapping[str, float], tuple[Remark, ...]]]:
        """Expected returns by ticker, per year: given, or estimated; what fell back on the way."""
        if self.expected_returns is not None:
            names = data.tickers or tuple(self.expected_returns)
            loaded = yield from data.model_copy(update={"tickers": names}).load()
            return loaded, self.expected_returns, ()
        loaded, mean, remarks = yield from self._means(data, place)
        market = loaded.market
        annual = dict(zip(market.assets, (mean * market.periods_per_year).tolist(), strict=True))
        return loaded, annual, remarks

    def _given(self, data: Data) -> "Estimates":
        """The outlook of what is given, over a year, without any prices."""
        annual = self.expected_returns or {}
        names = data.tickers or tuple(annual)
        if missing := [name for name in names if name not in annual]:
            raise InputError(f"expected_returns lack {listed(missing[:5])}; give one of each")
        if isinstance(self.cash_rate, str):
            raise InputError(
                f"cash_rate {self.cash_rate} is a series of a source, and none is named; give a "
                "rate a year, such as 2%"
            )
        outlook = outlook_from_estimates(
            {name: annual[name] for name in names},
            self._covariance_of(names),
            annual_cash_rate=self.cash_rate,
        )
        facts = DataFacts.without_prices(
            "given expected returns and covariance", names, content_digest(self.model_dump_json())
        )
        return Estimates(facts=facts, outlook=outlook)

    def _covariance_of(self, assets: tuple[str, ...]) -> Covariance:
        """The covariance that is given, of annual returns.

        Raises:
            InputError: it lacks one of the assets.
        """
        rows = self.covariance or {}
        if missing := [a for a in assets if a not in rows or a not in rows[a]]:
            raise InputError(f"covariance lacks {listed(missing[:5])}; give a row and column each")
        matrix = [[rows[a].get(b, math.nan) for b in assets] for a in assets]
        return Covariance(assets=assets, matrix=np.array(matrix))

    def _given_covariance(self, market: Market, annual: Mapping[str, float]) -> Covariance:
        """The covariance that is given, per session, of the assets of the market.

        Raises:
            InputError: it lacks one of them, or is no covariance.
        """
        given = self._covariance_of(market.assets)
        _, checked = read_moments([annual[a] for a in market.assets], given, 1.0)
        return Covariance(assets=market.assets, matrix=checked.matrix / market.periods_per_year)

    def _means(self, data: Data, place: Place) -> Job[tuple[Loaded, Array, tuple[Remark, ...]]]:
        """Expected returns (N,) per session, and what fell back on the way."""
        if self.forecast != "machine_learning":
            loaded = yield from data.load()
            return loaded, *self._of_the_past(loaded.market)
        question = ForecastStudy(data=data, horizons=(self.horizon,), recipe=self.recipe)
        gathered = yield from forecast(question, place)
        loaded, evidence = gathered.material.loaded, gathered.forecasts.horizons[self.horizon]
        last = loaded.market.sessions[-1]
        learnt, prior = (panel.at(last).mean for panel in (evidence.panel, evidence.prior))
        mean = np.where(np.isfinite(learnt), learnt, prior) / self.horizon
        return loaded, mean, left_out(gathered.forecasts)

    def _of_the_past(self, market: Market) -> tuple[Array, tuple[Remark, ...]]:
        returns = drift_returns(market)
        if self.forecast == "classical":
            return shrunk_drift(returns), ()
        mean, error = past_drift(returns)
        return mean, _how_sure(error * market.periods_per_year)


def _how_sure(errors: Array) -> tuple[Remark, ...]:
    """What past means are worth, of their standard errors (N,) a year."""
    known = errors[np.isfinite(errors)]
    if not len(known):
        return ()
    message = (
        "expected returns are past means as they are: half of them have a standard error of at "
        f"least {percent(float(np.median(known)))} a year, so that most differences are chance"
    )
    return (Remark(reason="caveat", stage="forecast", code="past_means", message=message),)


class ExpectationStudy(StudyDocument):
    """A question that is answered from what is expected of the assets."""

    data: Data = Field(Data(), description="Which prices, of which assets and dates.")
    expectation: Expectation = Field(
        Expectation(), description="Expected returns and covariance of the assets."
    )

    def version(self) -> str:
        """Name the content of the prices, where some are loaded."""
        is_given = self.expectation.is_given and not names_prices(self.data)
        return "" if is_given else super().version()

    def sizes(self) -> Mapping[str, int]:
        """Those of the market, and how many models, where forecasts are learnt."""
        if self.expectation.forecast != "machine_learning":
            return super().sizes()
        models = len(self.expectation.recipe.everything)
        return {**super().sizes(), "models": models, "horizons": 1}

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """An estimate from the past is quick; every model is trained, again and again."""
        chosen = self.sizes() if sizes is None else sizes
        return trained_cost(chosen) if "models" in chosen else super().cost(chosen)

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """Data, features and models, and what cash earns."""
        shared = {"recipe": strategy.recipe, "cash_rate": strategy.trading.cash_rate}
        return {"data": strategy.data, "expectation": shared}


def names_prices(data: Data) -> bool:
    """Whether somebody named prices: something beside tickers that is not as it is by itself."""
    return data.model_copy(update={"tickers": ()}) != Data()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """An outlook on the assets that trade, and what should be known of where it comes from."""

    facts: DataFacts
    outlook: Outlook
    remarks: tuple[Remark, ...] = ()


class AssetOutlook(Component):
    """What is expected of one asset."""

    ticker: str = Field(description="The asset.")
    expected_return: float = Field(description="Simple return, fraction per year.")
    volatility: float = Field(description="Fraction per year.")


class Expected(Result):
    """A result that rests on an outlook."""

    forecast: Basis = Field(description="Where the expected returns come from.")
    assets: tuple[AssetOutlook, ...] = Field(description="What is expected of each asset.")
    cash_return: float = Field(description="What cash earns, fraction per year.")


def about(expectation: Expectation, estimates: Estimates) -> dict[str, Any]:
    """The fields of an `Expected` result."""
    outlook = estimates.outlook
    years = outlook.periods_per_year / outlook.forecast.horizon
    deviations = outlook.covariance.std * np.sqrt(outlook.periods_per_year)
    rows = zip(outlook.assets, outlook.mean * years, deviations, strict=True)
    return {
        "as_of": outlook.market and outlook.market.sessions[-1].astype(object),
        "data": estimates.facts,
        "forecast": expectation.forecast if expectation.expected_returns is None else "given",
        "assets": tuple(
            AssetOutlook(ticker=asset, expected_return=float(mean), volatility=float(deviation))
            for asset, mean, deviation in rows
        ),
        "cash_return": outlook.risk_free * years,
    }
