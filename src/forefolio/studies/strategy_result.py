"""What following a strategy comes to: weights, what is expected of them, and the record behind.

Fractions per year are annualised with the market's own number of sessions a year; a value at
risk and an expected shortfall are positive fractions lost, a drawdown is negative.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.evidence.claims import Claim, Mark, mark_of
from forefolio.studies.attribution_rows import ReturnAttribution
from forefolio.studies.forecast_record import ForecastRecord
from forefolio.studies.forecast_rows import AssetForecast, ForecastCombination, ModelScore
from forefolio.studies.offset_record import OffsetRecord
from forefolio.studies.past_forecasts import PastForecasts
from forefolio.studies.result import Number, Result
from forefolio.studies.return_layers import ReturnLayers
from forefolio.studies.target_record import TargetRecord
from forefolio.studies.tilt_record import TiltRecord

INDEX = "index"  # what the benchmark's record is called
EQUAL_WEIGHT = "equal weight"  # and that of equal weights


class ExpectedBy(Component):
    """Which estimates the expected numbers rest on."""

    returns: str = Field(description="What the expected returns are, in words.")
    risk: str = Field(description="What the covariance is, in words.")


class ShadowPrice(Component):
    """A constraint that holds the weights where they are."""

    name: str = Field(description="The constraint in words.")
    price: float = Field(
        description="Shadow price: what a unit more room would add to the optimiser's objective."
    )


class SharpeComparison(Component):
    """The followed strategy less another one over the same sessions, by bootstrap."""

    name: str = Field(description="The followed strategy.")
    reference: str = Field(description="What it is compared with.")
    annual_return: Number = Field(description="Difference of the returns, fraction per year.")
    sharpe: Number = Field(description="Difference of the annual Sharpe ratios.")
    low: Number = Field(description="Lower end of the interval of that difference.")
    high: Number = Field(description="Upper end of that interval.")
    level: float = Field(description="Probability that the interval holds the true difference.")
    p_value: Number = Field(
        description="Probability of so large a difference by chance, of this comparison alone."
    )
    p_family: Number = Field(
        None, description="The same as one of all comparisons of the strategy; none: see `p_value`."
    )
    family: int = Field(1, description="How many comparisons there are.")
    mark: Mark | None = Field(
        None, description="Whether a difference is shown, by `p_family`; none: of an older version."
    )
    years_needed: Number = Field(
        None, description="Years that would show one of this size; none: none would."
    )
    verdict: str = Field(description="The same in words, with what flatters it.")

    @property
    def chance(self) -> float | None:
        """The p-value that decides: as one of all comparisons, as far as that is known."""
        return self.p_value if self.p_family is None else self.p_family

    @property
    def is_shown(self) -> bool:
        """Whether there is a difference: by the mark, of an older version by its p-value."""
        return (self.mark or mark_of(self.chance, None, None)) == "shown"


class Record(Component):
    """What a strategy earned out of sample, after costs."""

    name: str = Field(description="The strategy.")
    first: date = Field(description="The session of the first decision.")
    last: date = Field(description="The last session.")
    sessions: int = Field(description="Sessions that are measured, to the ruin if there is one.")
    ruined: date | None = Field(description="The session at which no equity was left, if any.")
    total_return: Number = Field(description="Growth from first to last, fraction.")
    annual_return: Number = Field(description="Compound growth, fraction per year.")
    annual_volatility: Number = Field(
        description="Standard deviation of returns, fraction per year."
    )
    sharpe: Number = Field(description="Mean return over cash by its deviation, annual.")
    sharpe_error: Number = Field(description="Standard error of the Sharpe ratio.")
    sortino: Number = Field(description="Mean return over cash by its downside deviation, annual.")
    calmar: Number = Field(description="Annual return by the deepest drawdown.")
    max_drawdown: Number = Field(description="Deepest fall from a peak, a negative fraction.")
    longest_drawdown: int = Field(description="Most sessions in a row below a peak.")
    hit_rate: Number = Field(description="Share of sessions with a gain, of those that moved.")
    profit_factor: Number = Field(description="Sum of the gains by the sum of the losses.")
    value_at_risk: Number = Field(
        description="Loss of a session exceeded on 5 % of sessions, positive fraction."
    )
    expected_shortfall: Number = Field(
        description="Mean loss of the worst 5 % of sessions, positive fraction."
    )
    tail_ratio: Number = Field(description="95 % quantile of returns by the size of the 5 % one.")
    skew: Number = Field(description="Third standardised moment of returns.")
    kurtosis: Number = Field(description="Fourth standardised moment less 3.")
    turnover: Number = Field(description="Share of the portfolio replaced, per year.")
    cost: Number = Field(description="What trading cost, fraction of value per year.")
    beta: Number = Field(None, description="Slope of returns over cash on those of the index.")
    alpha: Number = Field(None, description="What beta does not explain, fraction per year.")
    alpha_t: Number = Field(None, description="The t statistic of alpha.")
    tracking_error: Number = Field(
        None, description="Deviation of returns less the index's, fraction per year."
    )
    information_ratio: Number = Field(
        None, description="Mean return over the index by the tracking error, annual."
    )
    impact: Number = Field(
        None,
        description="Market impact per year at a capital of 1, as a fraction of it; it grows with "
        "the square root of the capital. None: too few volumes are known.",
    )
    participation: Number = Field(
        None,
        description="The largest order by what was traded of the asset in a session, at a capital "
        "of 1; none: too few volumes are known.",
    )
    strategy_versus_this: SharpeComparison | None = Field(
        None, description="The followed strategy beside this one; none for itself."
    )


class EquityCurve(Component):
    """The growth of one strategy."""

    name: str = Field(description="The strategy.")
    equity: tuple[float, ...] = Field(description="Value by session; the first is 1.")


class CalendarYear(Component):
    """What the strategies returned in one calendar year; the first and last may not be whole."""

    year: int = Field(description="The year.")
    returns: Mapping[str, Number] = Field(
        description="By strategy, after costs, fraction from the last close of the year before."
    )


class DrawdownPeriod(Component):
    """A fall of the followed strategy from a peak until the peak is reached again."""

    peak: date = Field(description="The last session at the high.")
    bottom: date = Field(description="The session of the lowest value.")
    recovered: date | None = Field(description="The first session back at the high; none: not yet.")
    depth: float = Field(description="At the bottom, a negative fraction of the high.")
    sessions: int = Field(description="From the high to the recovery, or to the last session.")


class WeightHistory(Component):
    """What was held of one asset."""

    ticker: str = Field(description="The asset.")
    weights: tuple[float, ...] = Field(description="Fraction of the portfolio by month's end.")


class Curves(Component):
    """The series behind the pictures."""

    sessions: tuple[date, ...] = Field(description="The sessions of the equity curves.")
    equity: tuple[EquityCurve, ...] = Field(
        description="The growth of each strategy after costs, the followed one first."
    )
    cash: EquityCurve | None = Field(
        None, description="The growth of cash; none: of an earlier version."
    )
    month_ends: tuple[date, ...] = Field(description="The last session of each month.")
    weights: tuple[WeightHistory, ...] = Field(
        description="What the followed strategy held at each month's end, by asset."
    )
    trailing_sharpe: tuple[Number, ...] = Field(
        (),
        description="Annual Sharpe ratio of the followed strategy over the year to each month's "
        "end; none before a year has passed.",
    )
    trailing_volatility: tuple[Number, ...] = Field(
        (), description="Its volatility over the same year, fraction per year."
    )
    trailing_beta: tuple[Number, ...] = Field(
        (), description="Its beta to the index over the same year; none without an index."
    )
    traded: tuple[date, ...] = Field(
        (),
        description="The sessions on which the followed strategy traded; none where they are more "
        "than a picture can mark.",
    )
    slope_sessions: tuple[date, ...] = Field(
        description="The last session of each month with forecasts."
    )
    slopes: tuple[float, ...] = Field(
        description="How far the models were believed then: 0 not at all, 1 all the way."
    )


class StrategyResult(Result):
    """Tomorrow's weights, and the evidence; bare numbers are fractions.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.StrategyStudy(
    ...     data=data, machine_learning=False, strategy="classical", baselines=(),
    ... )
    >>> result = ff.ask(study)
    >>> result.strategy, result.backtest[0].name
    ('classical', 'classical')
    """

    kind: Literal["strategy"] = "strategy"
    strategy: str = Field(description="The strategy that is followed.")
    machine_learning: bool = Field(description="Whether forecasts were learnt.")
    weights: Mapping[str, float] = Field(description="By ticker, the largest first.")
    cash: float = Field(description="What the weights leave of 1.")
    expected_return: Number = Field(description="That of cash included, per year.")
    volatility: float = Field(description="Expected, per year.")
    expected_sharpe: Number = Field(
        description="Annual expected return beyond cash, by the volatility."
    )
    expected_by: ExpectedBy = Field(description="Which estimates these rest on.")
    expected_returns: Mapping[str, Number] = Field(
        description="Of each asset that is held, per year."
    )
    cash_return: float = Field(description="What cash earns, fraction per year.")
    method: str = Field(description="What chose the weights, such as maximum_sharpe.")
    parts: Mapping[str, float] = Field(
        default_factory=dict, description="Parts of the strategy, and how much each was given."
    )
    limits: tuple[ShadowPrice, ...] = Field((), description="The constraints that bind.")
    forecasts: tuple[AssetForecast, ...] = Field(
        description="What is expected of each asset at each horizon."
    )
    leaderboard: tuple[ModelScore, ...] = Field(
        description="How good every model's forecasts were out of sample."
    )
    combination: tuple[ForecastCombination, ...] = Field(
        description="How the models are averaged, and how far the average is believed."
    )
    backtest: tuple[Record, ...] = Field(
        description="The record of each strategy, the followed one first."
    )
    claims: tuple[Claim, ...] = Field(
        (),
        description="What is claimed of the strategy and its forecasts, and whether it is shown; "
        "none: of an earlier version.",
    )
    periods_per_year: Number = Field(
        None, description="Sessions a year of the record; none: of an earlier version."
    )
    years: tuple[CalendarYear, ...] = Field(
        (), description="The return of each strategy in each calendar year."
    )
    drawdowns: tuple[DrawdownPeriod, ...] = Field(
        (), description="The worst five of the followed strategy, the deepest first."
    )
    attribution: ReturnAttribution | None = Field(
        None,
        description="Where the followed strategy's return came from; none: it was ruined, or of an "
        "earlier version.",
    )
    layers: ReturnLayers | None = Field(
        None,
        description="What each layer of the followed strategy's weights was expected to earn, and "
        "earned; none: it was ruined, or of an earlier version.",
    )
    risk_on_target: TargetRecord | None = Field(
        None, description="Whether the followed strategy kept its target risk, if it has one."
    )
    offsets: OffsetRecord | None = Field(
        None,
        description="What the followed strategy would have earned on other days of its calendar, "
        "if it has a target risk and costs are proportional.",
    )
    tilt: TiltRecord | None = Field(
        None,
        description="What skill forecasts showed and how far they moved the weights, if these "
        "lean to them.",
    )
    curves: Curves = Field(description="The series that pictures are drawn from.")
    past: tuple[PastForecasts, ...] = Field(
        (), description="What was forecast before beside what happened, one for each horizon."
    )
    forecast_record: ForecastRecord | None = Field(
        None,
        description="How the forecasts over the fewest sessions came true; none: of an earlier "
        "version.",
    )
    study: Mapping[str, Any] = Field(description="The question as a document, to be asked again.")

    @property
    def described(self) -> str:
        """What it is, in words: "strategy forefolio"."""
        return f"strategy {self.strategy}"

    @property
    def versus_equal_weight(self) -> SharpeComparison | None:
        """The followed strategy beside equal weights; none where they were not followed."""
        beside = (one.strategy_versus_this for one in self.backtest if one.name == EQUAL_WEIGHT)
        return next(beside, None)
