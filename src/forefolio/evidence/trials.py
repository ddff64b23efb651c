"""The best of many: what luck alone makes of so many trials, and a Sharpe ratio less that.

1. A trial is a strategy whose backtest was computed; the program counts them (`TrialReturns`).
2. Trials that move together count less: N_eff = rho + (1 - rho) N, with their mean correlation.
3. The largest of N unskilled ratios is to be expected at their deviation times the mean of the
   largest of N normal numbers, which is one integral; the usual approximation is 8 % too small at
   two trials and 0.9 % too large at a hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Dates, read_only
from forefolio.evidence.sharpe import SharpeFacts, probabilistic_sharpe, spread_of

special: Any = lazy("scipy.special")

_REACH = 12.0  # standard deviations, beyond which the integral has nothing left
_NODES = 600
FEWEST_TOGETHER = 60  # sessions that two trials must share for a correlation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialReturns:
    """Returns less cash of every counted trial, on the sessions of the one that is judged.

    NaN where a trial had no return. `complete` says whether all trials ever made are among them:
    a store knows only of its own, so that their number is a lower bound.
    """

    names: tuple[str, ...]  # (N,)
    sessions: Dates  # (T,)
    returns: Array  # (T, N)
    complete: bool = False

    def __post_init__(self) -> None:
        read_only(self.sessions, self.returns)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def together(self) -> Array:
        """The rows of `returns` on which every trial has one."""
        rows: Array = self.returns[np.isfinite(self.returns).all(axis=1)]
        return rows

    def lasting(self, share: float) -> "TrialReturns":
        """Those that have returns on at least this share of the sessions, and vary."""
        vary = np.array([_ratio(column) is not None for column in self.returns.T], dtype=bool)
        kept = vary & (np.isfinite(self.returns).mean(axis=0) >= share)
        names = tuple(name for name, on in zip(self.names, kept, strict=True) if on)
        return replace(self, names=names, returns=self.returns[:, kept])


@dataclass(frozen=True, slots=True, kw_only=True)
class Deflated:
    """A Sharpe ratio beside what luck makes of so many trials; ratios are per session."""

    trials: int
    effective: float  # trials that move together count less
    deviation: float  # of the trials' ratios, at least the error of one
    hurdle: float  # the largest ratio to be expected of them without skill
    probability: float  # that the true ratio is above the hurdle


def deflated_sharpe(facts: SharpeFacts, trials: TrialReturns) -> Deflated:
    """The probability that a ratio is above the best that luck makes of the trials.

    PSR(sd x E[max N]) (Bailey and Lopez de Prado 2014, "The deflated Sharpe ratio"), with the exact
    mean of the maximum, the effective number of trials, and a deviation that is no smaller than
    the error of a single ratio: near copies of one strategy have none of their own.
    """
    ratios = [ratio for ratio in map(_ratio, trials.returns.T) if ratio is not None]
    spread = float(np.std(ratios, ddof=1)) if len(ratios) > 1 else 0.0
    counted = max(len(trials), 1)
    effective = effective_number(counted, mean_correlation(trials.returns))
    deviation = max(spread, facts.error)
    hurdle = deviation * expected_maximum(effective)
    return Deflated(
        trials=counted,
        effective=effective,
        deviation=deviation,
        hurdle=hurdle,
        probability=probabilistic_sharpe(facts, hurdle),
    )


@cache
def expected_maximum(number: float) -> float:
    """Mean of the largest of `number` standard normal numbers, which need not be whole.

    The integral of x N phi(x) Phi(x)^(N - 1); zero for one.

    >>> round(expected_maximum(2), 6), round(expected_maximum(100), 6)
    (0.56419, 2.507594)
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    x = _REACH * nodes
    density = np.exp(-0.5 * x**2 + (number - 1.0) * special.log_ndtr(x)) / np.sqrt(2.0 * np.pi)
    return float(_REACH * number * (weights @ (x * density)))


def minimum_years(number: float) -> float:
    """Years below which so many unskilled trials reach an annual Sharpe ratio of 1 by luck."""
    return expected_maximum(number) ** 2


def effective_number(number: int, correlation: float) -> float:
    """How many independent trials `number` of a mean correlation are worth.

    >>> effective_number(100, 0.5)
    50.5
    """
    alike = min(max(correlation, 0.0), 1.0)
    return alike + (1.0 - alike) * number


def mean_correlation(returns: Array) -> float:
    """Mean over all pairs of columns (T, N) that share enough sessions; zero if none does."""
    finite = np.isfinite(returns)
    known = np.where(finite, returns, 0.0)
    shared = finite.T.astype(float) @ finite
    sums, squares = known.T @ finite, (known**2).T @ finite
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = known.T @ known / shared - sums * sums.T / shared**2
        variance = squares / shared - (sums / shared) ** 2
        correlation = covariance / np.sqrt(variance * variance.T)
    pairs = np.triu(shared >= FEWEST_TOGETHER, 1) & np.isfinite(correlation)
    return float(correlation[pairs].mean()) if pairs.any() else 0.0


def trial_returns(
    sessions: Dates, trials: Sequence[tuple[str, Dates, Array]], complete: bool = False
) -> TrialReturns:
    """Put trials, each a name with days and returns, on the `sessions` of the one judged."""
    columns = np.full((len(sessions), len(trials)), np.nan)
    for column, (_, days, returns) in enumerate(trials):
        _, here, there = np.intersect1d(sessions, days, return_indices=True)
        columns[here, column] = returns[there]
    names = tuple(name for name, _, _ in trials)
    return TrialReturns(names=names, sessions=sessions, returns=columns, complete=complete)


def _ratio(returns: Array) -> float | None:
    """Per session; None where fewer than two are known or they do not vary."""
    known = returns[np.isfinite(returns)]
    spread = spread_of(known)
    return None if spread is None else float(known.mean() / spread)
