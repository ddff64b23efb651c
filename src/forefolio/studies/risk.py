"""What a portfolio may lose, where that comes from, and whether such forecasts came true."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.backtest import Measures, measure
from forefolio.backtest.caveats import index_caveats
from forefolio.backtest.metrics import annual_return
from forefolio.core.component import Component
from forefolio.core.errors import DataError, InputError
from forefolio.core.events import Job, Progress, Started
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Flags
from forefolio.core.wording import listed
from forefolio.market.own_sessions import own_growth
from forefolio.optimize import PAST_MEASURES, ConditionalValueAtRisk, MaximumDrawdown
from forefolio.risk import (
    TAIL_MODELS,
    Covariance,
    FactorAnalysis,
    LedoitWolf,
    RiskContributions,
    RiskFactorModel,
    ValueAtRiskBacktest,
    attribute_risk,
    backtest_value_at_risk,
)
from forefolio.risk.covariance.moments import recent_returns
from forefolio.risk.rebalanced import Rebalanced
from forefolio.studies.expected_volatility import ExpectedVolatility, expected_volatility
from forefolio.studies.place import Place
from forefolio.studies.portfolio_history import (
    DUST,
    AboutPortfolio,
    OfPortfolio,
    PortfolioHistory,
    portfolio_history,
)
from forefolio.studies.result import Number, Remark, notes

MOST = 0.9  # of the sessions: a benchmark that is known on fewer is none
COMPONENTS = 5  # principal components that are listed
CORRELATED = 8  # positions whose correlations are listed
LEVEL = 0.95
WITH_INTERVALS = (ConditionalValueAtRisk, MaximumDrawdown)  # as others call and compound them
WITHOUT_INTERVALS = tuple(kind for kind in PAST_MEASURES if kind not in WITH_INTERVALS)


class Measured(Component):
    """A measure and its interval; none where no interval could keep its promise."""

    value: Number = Field(description="The measure; a return or a volatility is a fraction.")
    low: Number = Field(description="Where the interval begins.")
    high: Number = Field(description="Where the interval ends.")


class ValueAtRiskTest(Component):
    """Whether a model's value at risk, asked before every session, came true."""

    model: str = Field(description="The kind of the model.")
    level: float = Field(description="Probability that a session's loss stays below it.")
    sessions: int = Field(description="Sessions on which it was asked.")
    breaches: int = Field(description="Sessions whose loss was larger.")
    expected: float = Field(description="How many there should have been.")
    p_coverage: Number = Field(description="P value of so many breaches (Kupiec).")
    p_independence: Number = Field(
        description="P value of breaches that follow each other so (Christoffersen)."
    )
    verdict: str = Field(description="The same in words.")


class Contribution(Component):
    """What one asset, sector, component or factor adds to the annual volatility."""

    name: str = Field(description="The asset, the sector, the component or the factor.")
    exposure: float = Field(description="Weight; of a component or a factor, the exposure to it.")
    marginal: Number = Field(description="What a unit more exposure would add, per year.")
    component: float = Field(description="What it adds, per year; negative is a hedge.")
    share: Number = Field(description="That as a fraction of the volatility.")


class Attribution(Component):
    """Where the volatility comes from; the parts of each kind sum to it."""

    annual_volatility: float = Field(description="By the covariance, fraction per year.")
    sessions: int = Field(description="Sessions that the covariance rests on.")
    assets: tuple[Contribution, ...] = Field(description="By asset.")
    sectors: tuple[Contribution, ...] = Field(description="By sector.")
    principal: tuple[Contribution, ...] = Field(
        description="By principal component, those with the largest variance first."
    )
    factors: tuple[Contribution, ...] = Field(
        description="By factor, over a longer time: these sum to a volatility of their own."
    )
    factors_annual_volatility: float = Field(description="What the factors sum to, per year.")
    correlations: Mapping[str, Mapping[str, float]] = Field(
        default_factory=dict,
        description="Of the largest eight positions with each other, by the same covariance.",
    )


class FactorExposure(Component):
    """How far the portfolio follows a factor; `specific` is what no factor explains."""

    factor: str = Field(description="The factor.")
    exposure: Number = Field(description="Return that goes with a return of 1 of the factor.")
    error: Number = Field(description="Standard error of the exposure.")
    share: float = Field(description="Share of the variance of the portfolio's returns.")


class PortfolioRisk(OfPortfolio):
    """Every measure of a portfolio with its interval, the tests of it, and where risk comes from.

    Returns are per session where nothing else is said; losses are positive.
    """

    kind: Literal["risk"] = "risk"
    annual_cash_return: Number = Field(description="What cash earned, fraction per year.")
    confidence: float = Field(description="Probability that an interval holds the truth.")
    level: float = Field(description="Of the values at risk, over one session.")
    measures: Mapping[str, Measured] = Field(
        description="By name. Value at risk and expected shortfall are positive losses; a "
        "maximum drawdown is negative. Those without an interval are what an objective or a limit "
        "looks at: of a session, or of drawdowns of returns added up."
    )
    expected_volatility: ExpectedVolatility | None = Field(
        None, description="Volatility of the next sessions, with its interval."
    )
    value_at_risk_tests: tuple[ValueAtRiskTest, ...] = Field(
        description="The values at risk of each model, tested."
    )
    attribution: Attribution | None = Field(description="Where the volatility comes from.")
    factors: tuple[FactorExposure, ...] = Field(description="What the portfolio follows.")
    factor_sessions: int = Field(description="Sessions that the factors rest on.")


class RiskStudy(AboutPortfolio):
    """Measure a portfolio: each number with its interval, where risk comes from, what it follows.

    Without options: equal weights of the bundled sample.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> risk = ff.ask(ff.RiskStudy(data=data, weights={"A0": 0.6, "A1": 0.4}))
    >>> list(risk.measures)[:2]
    ['annual_return', 'annual_volatility']
    """

    path: ClassVar[str] = "risk/measures"
    command: ClassVar[str] = "risk"
    result: ClassVar[type[PortfolioRisk]] = PortfolioRisk
    stages: ClassVar[Mapping[str, float]] = {"data": 25, "risk": 75}

    kind: Literal["risk"] = "risk"

    def job(self, place: Place) -> Job[PortfolioRisk]:
        """Measure the portfolio, part by part.

        Raises:
            NotEnoughHistory: fewer than three sessions have a return of everything that is held.
        """
        history = yield from portfolio_history(self, place)
        yield Started(stage="risk", total=4)
        portfolio = history.rebalanced
        complete, beside, remarks = _beside(history)
        measured = _measured(portfolio, beside, complete)
        yield Progress(stage="risk", done=1, total=4)
        tests, untested = _tests(portfolio.returns[complete])
        yield Progress(stage="risk", done=2, total=4)
        followed = _followed(portfolio)
        yield Progress(stage="risk", done=3, total=4)
        attribution, unattributed = _attribution(portfolio, followed)
        yield Progress(stage="risk", done=4, total=4)
        expected, unexpected = expected_volatility(portfolio)
        messages = (*unexpected, *untested, *followed.notes, *unattributed, *measured.notes)
        return PortfolioRisk(
            **history.about(complete, (*remarks, *notes(messages, "risk"))),
            annual_cash_return=_annual_cash(portfolio, complete),
            confidence=measured.confidence,
            level=LEVEL,
            measures={
                one.name: Measured(value=one.value, low=one.low, high=one.high)
                for one in measured.each
            }
            | _past_risks(portfolio.returns[complete]),
            expected_volatility=expected,
            value_at_risk_tests=tuple(map(_test, tests)),
            attribution=attribution,
            factors=followed.exposures,
            factor_sessions=followed.sessions,
        )


# -- measures --------------------------------------------------------------------------------------


def _beside(history: PortfolioHistory) -> tuple[Flags, Array | None, tuple[Remark, ...]]:
    """Sessions (T,) that count, the index's returns (T,) on them, and what to know of it.

    There is no index where it is known on too few of the sessions.
    """
    portfolio = history.rebalanced
    index, complete = portfolio.market.series.get("benchmark"), portfolio.complete
    if index is not None:
        earned = own_growth(index)
        if np.isfinite(earned[complete]).sum() >= MOST * complete.sum():
            caveats = index_caveats(history.loaded.benchmark_dividends)
            remarks = [Remark(reason="caveat", stage="data", message=c.sentence) for c in caveats]
            return np.asarray(complete & np.isfinite(earned)), earned, tuple(remarks)
    message = "no benchmark is known over these sessions: no beta, alpha or tracking error"
    return complete, None, notes([message], "data")


def _measured(portfolio: Rebalanced, beside: Array | None, complete: Flags) -> Measures:
    with one_thread():
        return measure(
            portfolio.returns[complete],
            None if beside is None else beside[complete],
            portfolio.cash_returns[complete],
            periods_per_year=portfolio.market.periods_per_year,
        )


def _past_risks(returns: Array) -> dict[str, Measured]:
    """What objectives and limits may look at, and no measure with an interval says already."""
    measures = (kind() for kind in WITHOUT_INTERVALS)
    return {
        one.kind: Measured(value=one.measured(returns), low=None, high=None) for one in measures
    }


def _annual_cash(portfolio: Rebalanced, complete: Flags) -> float | None:
    grown = np.append(1.0, np.cumprod(1.0 + portfolio.cash_returns[complete]))
    return annual_return(grown, portfolio.market.periods_per_year)


def _tests(returns: Array) -> tuple[list[ValueAtRiskBacktest], list[str]]:
    """The models' values at risk, tested one by one: what one cannot do stops no other."""
    tested: list[ValueAtRiskBacktest] = []
    untested: dict[str, list[str]] = {}
    for model in (kind() for kind in TAIL_MODELS):
        try:
            with one_thread():
                tested += backtest_value_at_risk(returns, [model], level=LEVEL)
        except DataError as error:
            untested.setdefault(str(error), []).append(model.kind)
    messages = [
        f"{f'the values at risk of {listed(models)}' if tested else 'values at risk'} were not "
        f"tested: {reason}"
        for reason, models in untested.items()
    ]
    return tested, messages


def _test(one: ValueAtRiskBacktest) -> ValueAtRiskTest:
    check = one.check
    return ValueAtRiskTest(
        model=one.model,
        level=check.level,
        sessions=check.sessions,
        breaches=check.breaches,
        expected=check.expected,
        p_coverage=check.coverage.p_value,
        p_independence=None if check.independence is None else check.independence.p_value,
        verdict=check.verdict,
    )


# -- where it comes from ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """What the portfolio follows, what that adds to its volatility, and what to note."""

    exposures: tuple[FactorExposure, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    sessions: int = 0
    notes: tuple[str, ...] = ()


def _followed(portfolio: Rebalanced) -> _Followed:
    try:
        with one_thread():
            analysis = RiskFactorModel().analyze(portfolio.weights, portfolio.market)
    except (DataError, InputError) as error:
        return _Followed(notes=(f"factors were not analysed: {error}",))
    if abs(analysis.specific_share) < DUST:
        why = "the factors explain the portfolio entirely, for they are made of its own assets"
        return _Followed(notes=(*analysis.notes, f"{why}: what it follows is not shown"))
    return _Followed(
        exposures=tuple(_exposures(analysis)),
        contributions=_parts(
            analysis.contributions, float(np.sqrt(portfolio.market.periods_per_year))
        ),
        sessions=analysis.sessions,
        notes=tuple(analysis.notes),
    )


def _exposures(analysis: FactorAnalysis) -> Iterator[FactorExposure]:
    columns = (analysis.exposure, analysis.exposure_error, analysis.share)
    rows = zip(analysis.names, *(column.tolist() for column in columns), strict=True)
    for name, exposure, error, share in rows:
        yield FactorExposure(factor=name, exposure=exposure, error=error, share=share)
    yield FactorExposure(
        factor="specific", exposure=None, error=None, share=analysis.specific_share
    )


def _attribution(
    portfolio: Rebalanced, followed: _Followed
) -> tuple[Attribution | None, tuple[str, ...]]:
    """Where the volatility comes from, or why that is not known."""
    market, on = portfolio.market, portfolio.held
    if not on.any():
        return None, ()
    names = [asset for asset, is_held in zip(market.assets, on, strict=True) if is_held]
    try:
        part, model = market.select(names), LedoitWolf()
        with one_thread():
            covariance = model(part)
            split = attribute_risk(portfolio.weights[on], covariance, part.sectors)
    except DataError as error:
        return None, (f"the volatility was not attributed: {error}",)
    years = float(np.sqrt(market.periods_per_year))
    return Attribution(
        annual_volatility=split.volatility * years,
        sessions=len(recent_returns(part, model.window)),
        assets=_parts(split.assets, years),
        sectors=_parts(split.sectors, years),
        principal=_parts(split.principal, years)[:COMPONENTS],
        factors=followed.contributions,
        factors_annual_volatility=sum(row.component for row in followed.contributions),
        correlations=_correlations(covariance, portfolio.weights[on]),
    ), ()


def _correlations(covariance: Covariance, weights: Array) -> dict[str, dict[str, float]]:
    """Between the largest positions that move at all, the largest first."""
    ranked = np.argsort(-np.abs(weights), kind="stable")
    largest = ranked[covariance.std[ranked] > 0.0][:CORRELATED].tolist()
    with np.errstate(invalid="ignore", divide="ignore"):  # what never moves correlates with nothing
        matrix = covariance.correlation
    names = covariance.assets
    return {names[a]: {names[b]: float(matrix[a, b]) for b in largest} for a in largest}


def _parts(split: RiskContributions, years: float) -> tuple[Contribution, ...]:
    """Parts of the annual volatility, in their order; `years` is the root of sessions a year."""
    return tuple(
        Contribution(
            name=name,
            exposure=exposure,
            marginal=marginal * years,
            component=component * years,
            share=share,
        )
        for name, exposure, marginal, component, share in zip(
            split.names, *split.columns().values(), strict=True
        )
    )
