"""How much of a strategy's record is luck, given all that was tried."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.backtest.caveats import SURVIVORS
from forefolio.core.component import Component, content_digest
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Share
from forefolio.core.wording import counted
from forefolio.evidence.bootstrap import SharpeDifferences, deepest_falls, sharpe_differences
from forefolio.evidence.claims import Claim, above_zero, years_to_show
from forefolio.evidence.criteria import IntervalEstimate
from forefolio.evidence.many import superior_p_value
from forefolio.evidence.overfitting import FEWEST_TRIALS, overfitting
from forefolio.evidence.sharpe import SharpeFacts, probabilistic_sharpe, track_record
from forefolio.evidence.survivorship import FAILURE_LOSS, hindsight
from forefolio.evidence.trials import TrialReturns, deflated_sharpe, trial_returns
from forefolio.studies.coverage import CoverageRecord, coverage_record
from forefolio.studies.place import Place
from forefolio.studies.result import Number, Remark, Result
from forefolio.studies.strategy_claims import difference_claim
from forefolio.studies.strategy_result import INDEX, StrategyResult
from forefolio.studies.strategy_run import OfStrategy, OfStrategyRun, StrategyRecords

BLOCKS = 16
ROWS_PER_BLOCK = 21  # at least: a month
HALF = 0.5  # of the sessions, on which a trial was followed whose rank is counted


class TrialCount(Component):
    """What was tried on these data, as far as the store knows, and what luck makes of it."""

    counted: int = Field(description="Strategies whose backtests were computed: at least so many.")
    effective: float = Field(description="What they are worth as independent ones.")
    deviation: float = Field(
        description="Of their annual Sharpe ratios, at least the error of one."
    )
    hurdle: float = Field(
        description="The largest annual Sharpe ratio to be expected of them without skill."
    )
    probability: float = Field(
        description="Deflated Sharpe ratio: probability that the true one is above the hurdle."
    )


class OverfittingFacts(Component):
    """What becomes of the trial that is best in half of the sessions, over all halves."""

    trials: int = Field(description="Trials that have all of these sessions.")
    sessions: int = Field(description="Sessions that they share.")
    blocks: int = Field(description="Into which the sessions are cut.")
    probability: float = Field(
        description="That the best in one half is not above the middle in the other."
    )
    low_by_luck: float = Field(description="5 % quantile of that where no trial has skill.")
    high_by_luck: float = Field(description="95 % quantile of that where no trial has skill.")
    loss: float = Field(description="Share of halves whose best trial loses in the other.")
    slope: Number = Field(
        description="What a unit of Sharpe ratio in one half is worth in the other."
    )


class SharpeAgainst(Component):
    """The followed strategy less another one, as one of all comparisons."""

    reference: str = Field(description="The other strategy.")
    sharpe: float = Field(description="Difference of the annual Sharpe ratios.")
    low: float = Field(description="Lower end of its 90 % interval.")
    high: float = Field(description="Upper end of its 90 % interval.")
    p_value: float = Field(description="p-value of this comparison alone.")
    p_family: float = Field(description="p-value of it as one of all of them.")
    years_needed: Number = Field(
        description="Years that would show one of this size; none: none would."
    )


class Band(Component):
    """What a measure of the record is in other histories of the same kind."""

    measure: Literal["annual_return", "max_drawdown"] = Field(description="What is measured.")
    seen: float = Field(description="In the record, fraction.")
    low: float = Field(description="5 % quantile over the other histories.")
    middle: float = Field(description="Their median.")
    high: float = Field(description="95 % quantile over the other histories.")


class HindsightFacts(Component):
    """What can be explained by the universe: every asset of it was still there at the end."""

    failures: float = Field(description="Share of such assets assumed to fail in a year.")
    failure_loss: float = Field(description="What one of them is assumed to lose, fraction.")
    annual_return: float = Field(description="What that explains, fraction per year.")
    sharpe: float = Field(description="What that explains of the annual Sharpe ratio.")
    failures_for_all: float = Field(
        description="Share of the assets failing a year that would explain all beyond cash."
    )
    universe_over_index: Number = Field(
        None,
        description="Annual Sharpe ratio of the first other strategy, of the same assets, less the "
        "index's: a lead over the index that takes no skill.",
    )


class StrategyEvidence(OfStrategy):
    """What a strategy's record shows, what it does not, and how long that would take."""

    kind: Literal["evidence"] = "evidence"
    sharpe: float = Field(description="Annual Sharpe ratio.")
    sharpe_error: float = Field(description="Its standard error.")
    skew: float = Field(description="Third standardised moment of returns over cash.")
    kurtosis: float = Field(description="Fourth standardised moment less 3.")
    above_cash: float = Field(description="Probability that the true Sharpe ratio is above zero.")
    years_for_cash: Number = Field(
        description="Minimum track record: years that show it to be above zero; none: none would."
    )
    trials: TrialCount = Field(description="What was tried, and what luck makes of it.")
    overfitting: OverfittingFacts | None = Field(
        None, description="How the choice among the trials fares; none: too few of them."
    )
    against: tuple[SharpeAgainst, ...] = Field(description="Beside every other strategy.")
    best_by_luck: Number = Field(
        None, description="p-value of the strategy beating none of them (Hansen 2005)."
    )
    bands: tuple[Band, ...] = Field(description="Other histories of the same kind.")
    hindsight: HindsightFacts | None = Field(
        None,
        description="How much of it hindsight in the universe can explain; none: not all survived.",
    )
    claims: tuple[Claim, ...] = Field(description="What can be stated, and whether it is shown.")
    coverage: CoverageRecord | None = Field(
        None,
        description="How many outcomes the intervals of its forecasts held over time; none: less "
        "than a year is known.",
    )


class EvidenceStudy(OfStrategyRun):
    """Say how much of a strategy's record is luck, given all that was tried.

    The record is that of a run of `forefolio run`. Every other run on overlapping data is a trial,
    whoever asked for it: the more were tried, the better the best of them must be.

    >>> import forefolio as ff
    >>> study = ff.EvidenceStudy()  # of the last run of a strategy; ff.ask(study) answers
    >>> study.run, study.failures
    ('last', 0.01)
    """

    path: ClassVar[str] = "evidence"
    command: ClassVar[str] = "evidence"
    result: ClassVar[type[StrategyEvidence]] = StrategyEvidence
    stored: ClassVar[bool] = False  # another trial, and the answer is another one

    kind: Literal["evidence"] = "evidence"
    seed: Annotated[int, Field(ge=0)] = Field(
        0, description="Of the bootstrap's random numbers.", json_schema_extra={"advanced": True}
    )

    failures: Share = Field(
        0.01, description="Share of such assets assumed to fail in a year, where none is seen to."
    )

    def job(self, place: Place) -> Job[StrategyEvidence]:
        """Judge the record of the run beside all others there are."""
        yield Started(stage="record", total=2)
        records = self.records(place)
        facts = SharpeFacts.of(records.excess[:, 0])
        trials = counted_trials(records, place.earlier("strategy"))
        count = _count(facts, trials, records)
        yield Progress(stage="record", done=1, total=2)
        others = records.lasting
        drawn = _less_others(records, others, self.seed) if others else None
        against = tuple(_against(records, others))
        found, remarks = how_the_choice_fares(trials, self.seed)
        yield Progress(stage="record", done=2, total=2)
        return StrategyEvidence(
            **records.about(),
            **_ratio(facts, records),
            trials=count,
            overfitting=found,
            against=against,
            best_by_luck=superior_p_value(drawn) if drawn else None,
            hindsight=_hindsight(records, self.failures),
            bands=tuple(_bands(records, self.seed)),
            claims=tuple(_claims(facts, count, against, records)),
            coverage=_coverage(records),
            remarks=(*_caveats(records.result), *remarks),
        )


def counted_trials(records: StrategyRecords, earlier: Sequence[Result]) -> TrialReturns:
    """Every strategy that was tried on overlapping data, the one that is judged among them.

    Data overlap by a ticker and by sessions of the record. Repetitions, later refreshes and other
    baselines of a question are the same trial.
    """
    questions: dict[str, StrategyResult] = {_question(records.result): records.result}
    for one in earlier:
        if isinstance(one, StrategyResult) and set(one.data.tickers) & set(
            records.result.data.tickers
        ):
            questions.setdefault(_question(one), one)
    tried = []
    for one in questions.values():
        growth, cash = np.array(one.curves.equity[0].equity), one.curves.cash
        if cash is None or (growth <= 0.0).any():
            continue
        interest = np.array(cash.equity)
        returns = growth[1:] / growth[:-1] - interest[1:] / interest[:-1]
        days = np.array(one.curves.sessions[1:], "datetime64[D]")
        if np.isin(days, records.sessions).any():
            tried.append((one.strategy, days, returns))
    return trial_returns(records.sessions, tried)


def _question(result: StrategyResult) -> str:
    """What was tried, whatever its last session, its seed and what it was compared with."""
    study = {k: v for k, v in result.study.items() if k not in ("seed", "baselines", "horizons")}
    return content_digest(repr({**study, "data": {**study["data"], "end": None}}))


def _ratio(facts: SharpeFacts, records: StrategyRecords) -> dict[str, Any]:
    year = records.periods_per_year
    return {
        "sharpe": facts.ratio * year**0.5,
        "sharpe_error": facts.error * year**0.5,
        "skew": facts.skew,
        "kurtosis": facts.kurtosis,
        "above_cash": probabilistic_sharpe(facts),
        "years_for_cash": track_record(facts) / year,
    }


def _count(facts: SharpeFacts, trials: TrialReturns, records: StrategyRecords) -> TrialCount:
    found, annual = deflated_sharpe(facts, trials), records.periods_per_year**0.5
    return TrialCount(
        counted=found.trials,
        effective=found.effective,
        deviation=found.deviation * annual,
        hurdle=found.hurdle * annual,
        probability=found.probability,
    )


def how_the_choice_fares(
    trials: TrialReturns, seed: int
) -> tuple[OverfittingFacts | None, tuple[Remark, ...]]:
    """The probability of overfitting among the trials that were followed on half of the sessions.

    None, with a remark that says why, where there are too few of them.
    """
    beside = trials.lasting(HALF)
    together = beside.together
    blocks = min(BLOCKS, len(together) // ROWS_PER_BLOCK // 2 * 2)
    if len(beside) < FEWEST_TRIALS or blocks < 2:
        message = (
            f"how the choice fares is not known: it takes {FEWEST_TRIALS} trials with "
            f"{2 * ROWS_PER_BLOCK} sessions in common; {len(beside)} of {len(trials)} were "
            f"followed on half of these sessions, {len(together):,} of them in common"
        )
        return None, (Remark(reason="left_out", stage="record", message=message),)
    judged = overfitting(together, blocks, seed=seed)
    facts = OverfittingFacts(
        trials=judged.trials,
        sessions=len(together),
        blocks=judged.blocks,
        probability=judged.probability,
        low_by_luck=judged.by_luck[0],
        high_by_luck=judged.by_luck[1],
        loss=judged.loss,
        slope=judged.slope,
    )
    few = "with fewer than 10 trials a rank says little about the choice among them"
    coarse = (Remark(reason="caveat", stage="record", message=few),) if judged.coarse else ()
    return facts, (*coarse, *_elsewhere(len(trials) - len(beside)))


def _elsewhere(trials: int) -> Iterator[Remark]:
    """How many trials have no say in how the choice fares."""
    if trials:
        are = "was" if trials == 1 else "were"
        message = (
            f"{counted(trials, 'trial')} {are} followed on less than half of these sessions, or "
            "did not vary: how the choice fares is said of the others"
        )
        yield Remark(reason="left_out", stage="record", message=message)


def _less_others(records: StrategyRecords, others: Sequence[int], seed: int) -> SharpeDifferences:
    """The followed strategy less each of the others: that of losses, with their sign turned."""
    losses = -records.excess
    return sharpe_differences(losses[:, others], losses[:, 0], seed)


def _against(records: StrategyRecords, others: Sequence[int]) -> Iterator[SharpeAgainst]:
    """The comparisons that the run has made: whoever asks again is told the same numbers."""
    for column in others:
        record = records.record(column)
        versus = record.strategy_versus_this
        if versus is None or versus.sharpe is None or versus.low is None or versus.high is None:
            continue
        yield SharpeAgainst(
            reference=record.name,
            sharpe=versus.sharpe,
            low=versus.low,
            high=versus.high,
            p_value=1.0 if versus.p_value is None else versus.p_value,
            p_family=1.0 if versus.chance is None else versus.chance,
            years_needed=versus.years_needed,
        )


def _hindsight(records: StrategyRecords, failures: float) -> HindsightFacts | None:
    """What the universe explains, if the run has said that all of it survived."""
    result, followed = records.result, records.record(0)
    if all(remark.code != SURVIVORS for remark in result.remarks):
        return None
    held = np.array([one.weights for one in result.curves.weights])
    found = hindsight(
        sharpe=followed.sharpe or 0.0,
        volatility=followed.annual_volatility or 0.0,
        invested=float(held.sum(axis=0)[1:].mean()) if held.shape[1] > 1 else 1.0,
        failures=failures,
    )
    index = next((one for one in result.backtest if one.name == INDEX), None)
    base = records.baseline()
    own, beside = (
        None if one is None else one.sharpe
        for one in (index, None if base is None else records.record(base))
    )
    return HindsightFacts(
        failures=failures,
        failure_loss=FAILURE_LOSS,
        annual_return=found.annual_return,
        sharpe=found.sharpe,
        failures_for_all=found.failures_for_all,
        universe_over_index=None if own is None or beside is None else beside - own,
    )


def _coverage(records: StrategyRecords) -> CoverageRecord | None:
    """Of the forecasts of the run, if it has kept how they came true."""
    record = records.result.forecast_record
    return None if record is None else coverage_record(record, records.periods_per_year)


def _bands(records: StrategyRecords, seed: int) -> Iterator[Band]:
    paths = records.histories(0, seed)
    year = records.periods_per_year / paths.shape[1]
    seen = records.record(0)
    measured: Mapping[Any, tuple[float | None, Any]] = {
        "annual_return": (seen.annual_return, paths[:, -1] ** year - 1.0),
        "max_drawdown": (seen.max_drawdown, deepest_falls(paths)),
    }
    for name, (own, drawn) in measured.items():
        low, middle, high = np.quantile(drawn, [0.05, 0.5, 0.95])
        yield Band(measure=name, seen=own or 0.0, low=low, middle=middle, high=high)


def _claims(
    facts: SharpeFacts,
    trials: TrialCount,
    against: Sequence[SharpeAgainst],
    records: StrategyRecords,
) -> Iterator[Claim]:
    years, annual = records.years, records.periods_per_year**0.5
    sharpe, error = facts.ratio * annual, facts.error * annual
    hurdles = {
        "above_cash": (0.0, "it earns more than cash", 1.0 - probabilistic_sharpe(facts)),
        "above_luck": (
            trials.hurdle,
            f"it is better than the best that luck makes of at least "
            f"{counted(trials.counted, 'trial')}",
            1.0 - trials.probability,
        ),
    }
    for code, (hurdle, sentence, p_value) in hurdles.items():
        beyond = IntervalEstimate.around(sharpe - hurdle, error)
        needed = years_to_show(beyond.value, error, years)
        yield above_zero(code, sentence, beyond, p_value, years, needed)
    for one in against:
        difference = IntervalEstimate(value=one.sharpe, low=one.low, high=one.high)
        yield difference_claim(one.reference, difference, one.p_family, years, one.years_needed)


def _caveats(result: StrategyResult) -> Iterator[Remark]:
    """What flatters the record: it flatters what is claimed of it."""
    return (remark for remark in result.remarks if remark.reason == "caveat")
