"""What the report of a strategy claims: every comparison and skill it speaks of, with its mark.

A sentence that counts or measures what was is no claim; one that says better, worse or skill is.
"""

from collections.abc import Iterator, Sequence

from forefolio.core.wording import sessions
from forefolio.evidence.claims import (
    Claim,
    Mark,
    above_zero,
    chance_of,
    mark_of,
    years_to_show,
)
from forefolio.evidence.criteria import IntervalEstimate
from forefolio.evidence.sharpe import SharpeFacts, probabilistic_sharpe
from forefolio.forecast.judging.evidence import AVERAGE
from forefolio.forecast.scoring.score import BEATS, RANKS, RANKS_TOO_BOLDLY, UNDERPOWERED, WORSE
from forefolio.studies.forecast_rows import ModelScore
from forefolio.studies.strategy_result import INDEX, Record, StrategyResult

SHOWN_SKILL = {
    BEATS: "beat the pooled mean of all assets",
    RANKS: "rank assets better than chance",
    RANKS_TOO_BOLDLY: "rank assets better than chance, but overstate their differences",
    WORSE: "are worse than the pooled mean of all assets",
}


def claims_of(result: StrategyResult) -> tuple[Claim, ...]:
    """The claims of a result; of one of an earlier version they are made from its rows."""
    if result.claims:
        return result.claims
    return strategy_claims(result.backtest, result.leaderboard, result.periods_per_year)


def strategy_claims(
    backtest: Sequence[Record], leaderboard: Sequence[ModelScore], periods_per_year: float | None
) -> tuple[Claim, ...]:
    """What can be said of a followed strategy, its forecasts of returns and those of volatility."""
    followed = backtest[0]
    years = (followed.sessions - 1) / periods_per_year if periods_per_year else None
    learnt = {row.horizon for row in leaderboard if row.kind == "model"}  # others are the prior
    return (
        *_above_cash(followed, periods_per_year),
        *_beside_others(backtest, years),
        *(
            _of_returns(row)
            for row in leaderboard
            if row.kind == "combined" and row.horizon in learnt
        ),
        *_of_volatility(leaderboard),
    )


def difference_claim(
    reference: str,
    difference: IntervalEstimate,
    p_value: float | None,
    years: float | None,
    years_needed: float | None,
    mark: Mark | None = None,
) -> Claim:
    """That the strategy is better, or worse, than another one by its annual Sharpe ratio."""
    word = "better" if difference.value >= 0.0 else "worse"
    named = f"the {reference}" if reference == INDEX else reference
    return Claim(
        code=f"{word}_than_{reference.replace(' ', '_')}",
        sentence=f"it is {word} than {named}",
        mark=mark or mark_of(p_value, years, years_needed),
        value=difference.value,
        low=difference.low,
        high=difference.high,
        p_value=p_value,
        years=years,
        years_needed=years_needed,
    )


def _above_cash(followed: Record, periods_per_year: float | None) -> Iterator[Claim]:
    """That it earns more than cash; nothing where its Sharpe ratio is not known."""
    if not periods_per_year or followed.sharpe is None or followed.sharpe_error is None:
        return
    facts = SharpeFacts(
        ratio=followed.sharpe / periods_per_year**0.5,
        sessions=followed.sessions - 1,
        skew=followed.skew or 0.0,
        kurtosis=followed.kurtosis or 0.0,
    )
    yield above_zero(
        "above_cash",
        "it earns more than cash",
        IntervalEstimate.around(followed.sharpe, followed.sharpe_error),
        1.0 - probabilistic_sharpe(facts),
        facts.sessions / periods_per_year,
        years_to_show(followed.sharpe, followed.sharpe_error, facts.sessions / periods_per_year),
    )


def _beside_others(backtest: Sequence[Record], years: float | None) -> Iterator[Claim]:
    for record in backtest[1:]:
        versus = record.strategy_versus_this
        if versus is None or versus.sharpe is None or versus.low is None or versus.high is None:
            continue
        difference = IntervalEstimate(value=versus.sharpe, low=versus.low, high=versus.high)
        yield difference_claim(
            record.name, difference, versus.chance, years, versus.years_needed, versus.mark
        )


def _of_returns(row: ModelScore) -> Claim:
    """That the combined forecasts tell assets apart; the mark is that of the score's verdict."""
    skill = SHOWN_SKILL.get(row.verdict)
    squared = row.verdict in (BEATS, WORSE)
    value, error = (row.r2_across, row.r2_across_se) if squared else (row.rank_ic, row.rank_ic_se)
    short = row.verdict.startswith(UNDERPOWERED)
    return Claim(
        code=f"forecasts_{row.horizon}",
        sentence=f"forecasts over {sessions(row.horizon)} {skill or 'tell one asset from another'}",
        mark="shown" if skill else "underpowered" if short else "not_shown",
        measure="R² across assets" if squared else "rank IC",
        years=row.years,
        years_needed=row.years_needed,
        **_two_errors(value, error),
    )


def _of_volatility(leaderboard: Sequence[ModelScore]) -> Iterator[Claim]:
    """That the average of the volatility models loses less than the reference, by QLIKE."""
    rows = [row for row in leaderboard if row.kind == "volatility"]
    for row in rows:
        if row.model != AVERAGE or row.qlike is None or not row.qlike_se:
            continue
        p_value = chance_of(row.qlike / row.qlike_se)
        needed = years_to_show(row.qlike, row.qlike_se, row.years)
        word = "better" if row.qlike < 0.0 else "worse"
        yield Claim(
            code=f"volatility_{row.horizon}",
            sentence=f"volatility forecasts over {sessions(row.horizon)} are {word} than "
            f"{rows[0].model}'s",
            mark=mark_of(p_value, row.years, needed),
            measure="QLIKE, less is better",
            p_value=p_value,
            years=row.years,
            years_needed=needed,
            **_two_errors(row.qlike, row.qlike_se),
        )


def _two_errors(value: float | None, error: float | None) -> dict[str, float | None]:
    """A number with the interval of two standard errors, as far as it is known."""
    if value is None or error is None:
        return {"value": value, "low": None, "high": None}
    return {"value": value, "low": value - 2.0 * error, "high": value + 2.0 * error}
