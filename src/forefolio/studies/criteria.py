"""Whether a strategy meets what is asked of it, beside what needs no skill."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.backtest.capacity import break_even
from forefolio.backtest.metrics import sharpe_error, sharpe_ratio
from forefolio.core.component import Component
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Money, Share
from forefolio.core.wording import listed, percent
from forefolio.evidence.bootstrap import deepest_falls
from forefolio.evidence.claims import years_to_show
from forefolio.evidence.criteria import (
    CriterionMark,
    IntervalEstimate,
    criterion_mark,
    variance_between,
)
from forefolio.forecast.scoring.sampling_error import mean_with_error
from forefolio.market import Market
from forefolio.regimes import Regimes
from forefolio.studies.capacity import capacity
from forefolio.studies.data import Data
from forefolio.studies.forecast_rows import ModelScore
from forefolio.studies.place import Place
from forefolio.studies.result import Number, Remark
from forefolio.studies.strategy_run import OfStrategy, OfStrategyRun, StrategyRecords

FEWEST = 60  # sessions of a regime whose Sharpe ratio is measured
Seed = Annotated[int, Field(ge=0)]


class Criterion(Component):
    """What is asked, what was measured out of sample, and whether it is met."""

    code: str = Field(description="A stable name for programs, such as sharpe.")
    asked: str = Field(description="What is asked, in words.")
    threshold: Number = Field(description="The number that is asked for; none: it is no number.")
    value: Number = Field(None, description="What was measured; none: it cannot be.")
    low: Number = Field(None, description="Lower end of its 90 % interval.")
    high: Number = Field(None, description="Upper end of its 90 % interval.")
    baseline: str = Field("", description="What needs no skill: always up, or equal weight.")
    baseline_value: Number = Field(None, description="The same number of that.")
    lead_low: Number = Field(
        None, description="Lower end of the 90 % interval of the lead over it; above 0 is better."
    )
    lead_high: Number = Field(None, description="Upper end of that interval.")
    mark: CriterionMark = Field(description="Met, not met, or not decided by this record.")
    why: str = Field(description="What the mark rests on.")
    years_needed: Number = Field(
        None, description="Years that would show such a lead; none: not known, or none would."
    )


class RegimeRecord(Component):
    """The followed strategy and its baseline in one regime of the market."""

    regime: str = Field(description="The likeliest at the close before.")
    share: float = Field(description="Of all sessions.")
    sharpe: float = Field(description="Annual Sharpe ratio of the followed strategy.")
    sharpe_error: float = Field(description="Its standard error.")
    baseline_sharpe: Number = Field(description="Annual Sharpe ratio of the baseline.")


class StrategyCriteria(OfStrategy):
    """Whether a strategy meets each criterion, out of sample and beyond what needs no skill."""

    kind: Literal["criteria"] = "criteria"
    criteria: tuple[Criterion, ...] = Field(description="One after the other.")
    regimes: tuple[RegimeRecord, ...] = Field((), description="The record by regime.")


class CriteriaStudy(OfStrategyRun):
    """Say whether a strategy meets what is asked of it: met, not met or not decided.

    Each number is out of sample, with its error, beside the same number of always guessing up or
    of equal weights: a threshold that these meet as well is not met by skill.

    >>> import forefolio as ff
    >>> study = ff.CriteriaStudy(sharpe=1.0)  # of the last run of a strategy; ff.ask(study) answers
    >>> study.run, study.sharpe
    ('last', 1.0)
    """

    path: ClassVar[str] = "criteria"
    command: ClassVar[str] = "criteria"
    result: ClassVar[type[StrategyCriteria]] = StrategyCriteria
    stages: ClassVar[Mapping[str, float]] = {"data": 30, "record": 70}

    kind: Literal["criteria"] = "criteria"
    accuracy: Share = Field(0.55, description="Directional accuracy of the forecasts.")
    hit_rate: Share = Field(0.52, description="Share of sessions with a gain.")
    sharpe: float = Field(1.2, description="Annual Sharpe ratio after costs.")
    drawdown: Share = Field(0.15, description="Deepest fall.")
    stability: float = Field(
        0.05, gt=0, description="Variance of the annual Sharpe ratio between regimes."
    )
    capacity: Money = Field(1e7, description="Money that it carries.")
    seed: Seed = Field(
        0, description="Of the bootstrap's random numbers.", json_schema_extra={"advanced": True}
    )

    def job(self, place: Place) -> Job[StrategyCriteria]:
        """Judge the run's record by each criterion."""
        records = self.records(place)
        data = Data.model_validate(records.result.study["data"])
        loaded = yield from data.read()
        regimes, remarks = by_regime(records, loaded.market)
        yield Started(stage="record", total=1)
        criteria = (
            _accuracy(records, self.accuracy),
            hit_rate(records, self.hit_rate),
            _sharpe(records, self.sharpe),
            _drawdown(records, self.drawdown, self.seed),
            _stability(regimes, self.stability),
            _capacity(records, self.capacity),
        )
        yield Progress(stage="record", done=1, total=1)
        return StrategyCriteria(
            **records.about(), criteria=criteria, regimes=regimes, remarks=remarks
        )


def _criterion(
    code: str, asked: str, threshold: float, measured: IntervalEstimate, **judged: Any
) -> Criterion:
    """What was measured beside what is asked, and what was `judged` of it."""
    return Criterion(
        code=code,
        asked=asked,
        threshold=threshold,
        value=measured.value,
        low=measured.low,
        high=measured.high,
        **judged,
    )


def _judged(
    measured: IntervalEstimate, threshold: float, lead: IntervalEstimate | None = None
) -> dict[str, Any]:
    """The mark and what it rests on; where less is better, all have their sign turned."""
    mark = criterion_mark(measured, threshold, lead)
    return {
        "mark": mark,
        "why": _why(mark, measured, threshold, lead),
        "lead_low": None if lead is None else lead.low,
        "lead_high": None if lead is None else lead.high,
    }


def _why(
    mark: CriterionMark, measured: IntervalEstimate, threshold: float, lead: IntervalEstimate | None
) -> str:
    if mark == "met":
        return "its interval is beyond the threshold" + (" and the baseline" if lead else "")
    if mark == "not_met":
        short = measured.high < threshold
        return (
            "its interval falls short of the threshold" if short else "no better than the baseline"
        )
    if measured.low > threshold:
        return "beyond the threshold, but not shown to be better than the baseline"
    return "the threshold lies inside its interval"


def _unknown(code: str, asked: str, threshold: float | None, why: str) -> Criterion:
    return Criterion(code=code, asked=asked, threshold=threshold, mark="not_decided", why=why)


def _accuracy(records: StrategyRecords, threshold: float) -> Criterion:
    """Directional accuracy of the combined forecasts at the horizon that is followed."""
    asked = f"directional accuracy above {percent(threshold, 0)}"
    scores = [row for row in records.result.leaderboard if row.kind == "combined"]
    row = next((one for one in scores if one.horizon == 21), next(iter(scores), None))
    if row is None or row.direction is None or row.always_up is None:
        return _unknown("accuracy", asked, threshold, "no forecast was scored")
    measured = IntervalEstimate.of_share(row.direction, row.independent)
    return _criterion(
        "accuracy",
        f"{asked}, {row.horizon} sessions ahead",
        threshold,
        measured,
        **_judged(measured, threshold, _lead_over_up(row)),
        baseline="always up",
        baseline_value=row.always_up,
        years_needed=years_to_show(
            row.direction_minus_always_up, row.direction_minus_always_up_se, row.years
        ),
    )


def _lead_over_up(row: ModelScore) -> IntervalEstimate:
    lead, error = row.direction_minus_always_up or 0.0, row.direction_minus_always_up_se or 0.0
    return IntervalEstimate.around(lead, error)


def hit_rate(records: StrategyRecords, threshold: float) -> Criterion:
    """Share of the sessions that moved its value which were gains."""
    moved = records.returns != 0.0
    ups = np.where(moved, records.returns > 0.0, np.nan)
    asked = f"share of sessions with a gain above {percent(threshold, 0)}"
    value, error = mean_with_error(ups[:, 0], 1)
    if value is None:
        return _unknown("hit_rate", asked, threshold, "its value never moved")
    base = records.baseline()
    lead, more = None, {}
    if base is not None:
        difference, apart = mean_with_error(ups[:, 0] - ups[:, base], 1)
        lead = IntervalEstimate.around(difference or 0.0, apart or np.inf)
        more = _baseline(records, base, float(np.nanmean(ups[:, base])))
        more["years_needed"] = years_to_show(difference, apart, records.years)
    measured = IntervalEstimate.of_share(value, value * (1.0 - value) / error**2 if error else 0.0)
    judged = _judged(measured, threshold, lead)
    return _criterion("hit_rate", asked, threshold, measured, **judged, **more)


def _baseline(records: StrategyRecords, column: int, value: float | None) -> dict[str, Any]:
    return {"baseline": records.record(column).name, "baseline_value": value}


def _sharpe(records: StrategyRecords, threshold: float) -> Criterion:
    followed, base = records.record(0), records.baseline()
    measured = IntervalEstimate.around(followed.sharpe or 0.0, followed.sharpe_error or np.inf)
    lead, more = None, {}
    if base is not None and (versus := records.record(base).strategy_versus_this):
        if versus.sharpe is not None and versus.low is not None and versus.high is not None:
            lead = IntervalEstimate(value=versus.sharpe, low=versus.low, high=versus.high)
        more = _baseline(records, base, records.record(base).sharpe)
        more["years_needed"] = versus.years_needed
    asked = f"Sharpe ratio after costs above {threshold:g}"
    judged = _judged(measured, threshold, lead)
    return _criterion("sharpe", asked, threshold, measured, **judged, **more)


def _drawdown(records: StrategyRecords, threshold: float, seed: int) -> Criterion:
    """The deepest fall: at least the one that was seen, at most what other histories show."""
    base = records.baseline()
    seen = -(records.record(0).max_drawdown or 0.0)
    drawn = -deepest_falls(records.histories(0, seed))
    measured = IntervalEstimate(
        value=seen, low=seen, high=max(float(np.quantile(drawn, 0.95)), seen)
    )
    lead, more = None, {}
    if base is not None:
        beside = -(records.record(base).max_drawdown or 0.0)
        others = -deepest_falls(records.histories(base, seed))
        bounds = np.quantile(others - drawn, [0.05, 0.95])
        lead = IntervalEstimate(value=beside - seen, low=float(bounds[0]), high=float(bounds[1]))
        more = _baseline(records, base, beside)
    asked = (
        f"deepest fall below {percent(threshold, 0)}, in the record and in other histories like it"
    )
    judged = _judged(measured.turned, -threshold, lead)
    return _criterion("drawdown", asked, threshold, measured, **judged, **more)


def _stability(regimes: tuple[RegimeRecord, ...], threshold: float) -> Criterion:
    asked = f"variance of the Sharpe ratio between regimes below {threshold:g}"
    if len(regimes) < 2:
        return _unknown("stability", asked, threshold, "fewer than two regimes were long enough")
    sharpe = np.array([one.sharpe for one in regimes])
    found = variance_between(sharpe, np.array([one.sharpe_error for one in regimes]))
    return _criterion("stability", asked, threshold, found, **_judged(found.turned, -threshold))


def _capacity(records: StrategyRecords, threshold: float) -> Criterion:
    asked = f"capacity above {threshold:,.0f}"
    try:
        found = capacity(records, (threshold,))
    except DataError as error:
        return _unknown("capacity", asked, threshold, str(error))
    followed = records.record(0)
    spread = (followed.sharpe_error or 0.0) * (followed.annual_volatility or 0.0)
    edge = IntervalEstimate.around(found.edge, spread)
    value, low, high = (
        break_even(one, followed.impact or 0.0) for one in (edge.value, edge.low, edge.high)
    )
    measured = IntervalEstimate(value=value, low=low, high=high)
    return _criterion("capacity", asked, threshold, measured, **_judged(measured, threshold))


def by_regime(
    records: StrategyRecords, market: Market
) -> tuple[tuple[RegimeRecord, ...], tuple[Remark, ...]]:
    """The record by the likeliest regime at the close before, filtered and walked forward.

    None, with a remark that says why, where the market is too short for regimes or has changed
    since the run.
    """
    model, base = Regimes(), records.baseline()
    try:
        probability = model.walk_forward(market)
    except NotEnoughHistory as error:
        return (), (Remark(reason="left_out", stage="record", message=str(error)),)
    if not np.isin(records.sessions, market.sessions).all():
        message = "the data have no longer all sessions of the run: no record by regime"
        return (), (Remark(reason="left_out", stage="record", message=message),)
    rows = np.searchsorted(market.sessions, records.sessions) - 1
    before = probability[rows]
    known = np.isfinite(before).all(axis=1)
    likeliest = np.where(known, np.nan_to_num(before).argmax(axis=1), -1)
    year = records.periods_per_year
    found: list[RegimeRecord] = []
    short: list[str] = []
    for state, name in enumerate(model.names):
        on = likeliest == state
        own = records.excess[on, 0]
        ratio, spread = sharpe_ratio(own, year), sharpe_error(own, year)
        if on.sum() < FEWEST or ratio is None or spread is None:
            short.append(f"{name} ({int(on.sum()):,})")
        else:
            beside = None if base is None else sharpe_ratio(records.excess[on, base], year)
            found.append(
                RegimeRecord(
                    regime=name,
                    share=float(on.mean()),
                    sharpe=ratio,
                    sharpe_error=spread,
                    baseline_sharpe=beside,
                )
            )
    return tuple(found), tuple(_too_short(short))


def _too_short(regimes: Sequence[str]) -> Iterator[Remark]:
    """Which regimes are told nothing of, and on how many sessions each was the likeliest."""
    if regimes:
        message = (
            f"no Sharpe ratio of a regime that was the likeliest on fewer than {FEWEST} sessions: "
            f"{listed(regimes)}"
        )
        yield Remark(reason="left_out", stage="record", message=message)
