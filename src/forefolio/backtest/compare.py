"""Tests whether two Sharpe ratios differ by more than chance explains."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forefolio.backtest.metrics import Measured
from forefolio.backtest.result import BacktestResult
from forefolio.backtest.summary import same_sessions
from forefolio.core.wording import listed
from forefolio.evidence.bootstrap import SharpeDifferences, sharpe_differences
from forefolio.evidence.claims import SIGNIFICANT, Mark, longer_record, mark_of, years_to_show

LEVEL = 0.9


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
    p_value: Measured
    mark: Mark  # whether there is a difference
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
    same_sessions(result, reference)
    difference = _less(result.sharpe, reference.sharpe)
    drawn = None if difference is None else _drawn(result, reference, seed)
    low, high = (None, None) if drawn is None else _interval(drawn, result.periods_per_year)
    p_value = None if drawn is None else float(drawn.p_values[0])
    years = len(result.excess) / result.periods_per_year
    needed = None if drawn is None else _years_needed(drawn, years)
    mark = mark_of(p_value, years, needed)
    return StrategyComparison(
        name=result.name,
        reference=reference.name,
        annual_return=_less(result.annual_return, reference.annual_return),
        sharpe=difference,
        low=low,
        high=high,
        level=LEVEL,
        p_value=p_value,
        mark=mark,
        years_needed=needed,
        verdict=_ruin(result, reference)
        or _verdict(reference.name, difference, p_value)
        + (longer_record(years, needed) if mark == "underpowered" else ""),
    )


def side_by_side(
    results: Sequence[BacktestResult], reference: BacktestResult, seed: int = 0
) -> tuple[StrategyComparison, ...]:
    """Compare each of `results` with `reference`."""
    return tuple(compare(result, reference, seed) for result in results)


def _drawn(result: BacktestResult, reference: BacktestResult, seed: int) -> SharpeDifferences:
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


def _verdict(reference: str, difference: Measured, p_value: Measured) -> str:
    if difference is None or p_value is None:
        return f"cannot be compared with {reference}: returns that do not vary have no Sharpe ratio"
    if p_value >= SIGNIFICANT:
        return f"no difference from {reference} is shown (p = {p_value:.2f})"
    return f"{'better' if difference > 0 else 'worse'} than {reference} (p = {p_value:.3f})"
