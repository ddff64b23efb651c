"""Tests whether two Sharpe ratios differ by more than chance explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import pstdev

from forefolio.backtest.metrics import Measured, sharpe_ratio
from forefolio.backtest.result import BacktestResult
from forefolio.backtest.summary import same_sessions
from forefolio.core.wording import listed
from forefolio.risk.bootstrap import interval, stationary_draws

SIGNIFICANT = 0.05
LEVEL = 0.9
ERRORS = 2.0  # a difference this many of its standard errors wide has even odds to be shown
MANY_YEARS = 1000  # beyond it a count of years says no more than that it is hopeless


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
    verdict: str


def compare(result: BacktestResult, reference: BacktestResult, seed: int = 0) -> StrategyComparison:
    """Test whether two Sharpe ratios differ.

    Both results are resampled at the same sessions (stationary bootstrap), so that what they have
    in common cancels out; p is the share of centred differences at least as large as the one
    seen (Ledoit and Wolf 2008, "Robust performance hypothesis testing with the Sharpe ratio").

    Raises:
        InputError: the results are not over the same sessions.
    """
    same_sessions(result, reference)
    difference = _less(result.sharpe, reference.sharpe)
    drawn = [] if difference is None else _draws(result, reference, seed)
    low, high = interval(drawn, LEVEL) if drawn else (None, None)
    p_value = None if difference is None or not drawn else _p_value(difference, drawn)
    return StrategyComparison(
        name=result.name,
        reference=reference.name,
        annual_return=_less(result.annual_return, reference.annual_return),
        sharpe=difference,
        low=low,
        high=high,
        level=LEVEL,
        p_value=p_value,
        verdict=_ruin(result, reference)
        or _verdict(reference.name, difference, p_value)
        + _underpowered(difference, p_value, drawn, len(result.excess) / result.periods_per_year),
    )


def side_by_side(
    results: Sequence[BacktestResult], reference: BacktestResult, seed: int = 0
) -> tuple[StrategyComparison, ...]:
    """Compare each of `results` with `reference`."""
    return tuple(compare(result, reference, seed) for result in results)


def _draws(result: BacktestResult, reference: BacktestResult, seed: int) -> list[float]:
    periods, one, other = result.periods_per_year, result.excess, reference.excess
    resampled = (
        _less(sharpe_ratio(one[rows], periods), sharpe_ratio(other[rows], periods))
        for rows in stationary_draws(len(one), seed)
    )
    return [each for each in resampled if each is not None]


def _p_value(difference: float, drawn: Sequence[float]) -> float:
    as_large = sum(abs(each - difference) >= abs(difference) for each in drawn)
    return (1 + as_large) / (1 + len(drawn))


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


def _underpowered(
    difference: Measured, p_value: Measured, drawn: Sequence[float], years: float
) -> str:
    """How long it would take to show a difference of this size, if what there is is too short."""
    if not difference or p_value is None or p_value < SIGNIFICANT:
        return ""
    needed = years * (ERRORS * pstdev(drawn) / difference) ** 2
    if needed <= years:
        return ""
    about = f"about {needed:,.0f}" if needed < MANY_YEARS else f"more than {MANY_YEARS:,}"
    return f"; underpowered: {about} years needed, {years:.1f} measured"
