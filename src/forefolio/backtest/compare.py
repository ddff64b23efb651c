"""Tests whether two Sharpe ratios differ by more than chance explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from forefolio.backtest.metrics import Measured
from forefolio.backtest.result import BacktestResult
from forefolio.backtest.summary import same_sessions
from forefolio.core.wording import listed
from forefolio.evidence.bootstrap import SharpeDifferences, sharpe_differences
from forefolio.evidence.claims import Mark, longer_record, mark_of, years_to_show
from forefolio.evidence.many import family_p_values

LEVEL = 0.9
Pair: TypeAlias = tuple[BacktestResult, BacktestResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyComparison:
    """Two strategies over the same sessions: `name` less `reference`, its error, a verdict."""

    name: str
    reference: str
    annual_return: Measured  # difference
    sharpe: Measured  # difference of the annual Sharpe ratios
    low: Measured  # of the interval that covers the true difference with probability `level`
    high: Measured
    level: float
    p_value: Measured  # of this comparison alone
    p_family: Measured  # as one of the `family` comparisons that were made together
    family: int
    mark: Mark  # by `p_family`: whether there is a difference
    years_needed: Measured  # to show one of this size at even odds
    verdict: str


def compare(result: BacktestResult, reference: BacktestResult, seed: int = 0) -> StrategyComparison:
    """Test whether two Sharpe ratios differ.

    Both results are resampled at the same sessions (stationary bootstrap), so that what they have
    in common cancels out, and each difference is divided by its own error; p is the share of
    centred ones at least as large as the one seen (Ledoit and Wolf 2008, "Robust performance
    hypothesis testing with the Sharpe ratio").

    Raises:
        InputError: the results are not over the same sessions.
    """
    return _compared([(result, reference)], seed)[0]


def side_by_side(
    results: Sequence[BacktestResult], reference: BacktestResult, seed: int = 0
) -> tuple[StrategyComparison, ...]:
    """Compare each of `results` with `reference`, as one family of tests."""
    return _compared([(result, reference) for result in results], seed)


def beside_each(
    result: BacktestResult, references: Sequence[BacktestResult], seed: int = 0
) -> tuple[StrategyComparison, ...]:
    """Compare `result` with each of `references`, as one family of tests."""
    return _compared([(result, reference) for reference in references], seed)


def _compared(pairs: Sequence[Pair], seed: int) -> tuple[StrategyComparison, ...]:
    """Each pair less its second, of pairs that all share their first or all their second."""
    for pair in pairs:
        same_sessions(*pair)
    drawn = [_drawn(*pair, seed) for pair in pairs]
    family = _family_p_values(pairs, drawn, seed)
    return tuple(
        _comparison(pair, one, p_family, len(pairs))
        for pair, one, p_family in zip(pairs, drawn, family, strict=True)
    )


def _comparison(
    pair: Pair, drawn: SharpeDifferences | None, p_family: Measured, family: int
) -> StrategyComparison:
    result, reference = pair
    difference = _less(result.sharpe, reference.sharpe)
    low, high = (None, None) if drawn is None else _interval(drawn, result.periods_per_year)
    years = len(result.excess) / result.periods_per_year
    needed = None if drawn is None else _years_needed(drawn, years)
    mark = mark_of(p_family, years, needed)
    return StrategyComparison(
        name=result.name,
        reference=reference.name,
        annual_return=_less(result.annual_return, reference.annual_return),
        sharpe=difference,
        low=low,
        high=high,
        level=LEVEL,
        p_value=None if drawn is None else float(drawn.p_values[0]),
        p_family=p_family,
        family=family,
        mark=mark,
        years_needed=needed,
        verdict=_ruin(result, reference)
        or _verdict(reference.name, difference, p_family, family, mark)
        + (longer_record(years, needed) if mark == "underpowered" else ""),
    )


def _family_p_values(
    pairs: Sequence[Pair], drawn: Sequence[SharpeDifferences | None], seed: int
) -> list[Measured]:
    """The p-value of each pair as one of all of them; None where nothing can be compared."""
    alone = [None if one is None else float(one.p_values[0]) for one in drawn]
    measured = [place for place, p_value in enumerate(alone) if p_value is not None]
    if len(measured) < 2:
        return alone
    shared = 0 if pairs[0][0] is pairs[1][0] else 1
    others = np.column_stack([pairs[place][1 - shared].excess for place in measured])
    joint = family_p_values(sharpe_differences(others, pairs[0][shared].excess, seed))
    for place, p_value in zip(measured, joint.tolist(), strict=True):
        alone[place] = max(alone[place] or 0.0, p_value)
    return alone


def _drawn(
    result: BacktestResult, reference: BacktestResult, seed: int
) -> SharpeDifferences | None:
    """Of the two; None where returns do not vary."""
    if _less(result.sharpe, reference.sharpe) is None:
        return None
    return sharpe_differences(result.excess[:, None], reference.excess, seed)


def _interval(drawn: SharpeDifferences, periods_per_year: float) -> tuple[float, float]:
    """Of the difference of the annual ratios."""
    low, high = np.sqrt(periods_per_year) * np.array(drawn.interval(LEVEL))[:, 0]
    return float(low), float(high)


def _years_needed(drawn: SharpeDifferences, years: float) -> Measured:
    return years_to_show(float(drawn.seen[0]), float(drawn.errors[0]), years)


def _less(one: Measured, other: Measured) -> Measured:
    return None if one is None or other is None else one - other


def _ruin(result: BacktestResult, reference: BacktestResult) -> str:
    """The verdict where an account was ruined, else empty: a total loss needs no test."""
    lost = [f"{one.name} was ruined on {one.ruined}" for one in (result, reference) if one.ruined]
    return f"cannot be compared: {listed(lost)}" if lost else ""


def _verdict(
    reference: str, difference: Measured, p_value: Measured, family: int, mark: Mark
) -> str:
    if difference is None or p_value is None:
        return f"cannot be compared with {reference}: returns that do not vary have no Sharpe ratio"
    among = f" as one of {family}" if family > 1 else ""
    if mark != "shown":
        return f"no difference from {reference} is shown (p = {p_value:.2f}{among})"
    better = "better" if difference > 0 else "worse"
    return f"{better} than {reference} (p = {p_value:.3f}{among})"
