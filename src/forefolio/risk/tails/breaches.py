"""Whether a value at risk was breached as often as it said, and not in clusters.

1. A breach is a session whose loss is larger than the value at risk said for it.
2. Coverage: breaches come with the probability 1 - level (Kupiec 1995, "Techniques for verifying
   the accuracy of risk measurement models").
3. Independence: a breach makes another one next session no more likely; conditional coverage is
   both at once (Christoffersen 1998, "Evaluating interval forecasts").
"""

from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.units import Flags
from forefolio.core.wording import number, percent
from forefolio.market.sources.return_series import read_returns, read_series

stats: Any = lazy("scipy.stats")

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatio:
    """A likelihood-ratio test: its statistic, and how often chance alone gives a larger one."""

    statistic: float
    p_value: float

    @property
    def rejects(self) -> bool:
        """Whether chance is an unlikely explanation, at the 5 % level."""
        return self.p_value < SIGNIFICANT


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAtRiskCheck:
    """What became of a value at risk at `level`.

    Independence, and with it conditional coverage, is None where there is nothing to see: no
    session follows a breach, or none follows a session without one.
    """

    level: float
    sessions: int
    breaches: int
    coverage: LikelihoodRatio
    independence: LikelihoodRatio | None
    conditional: LikelihoodRatio | None

    @property
    def expected(self) -> float:
        """Breaches that a true value at risk has on average."""
        return self.sessions * (1.0 - self.level)

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        times = "once" if self.breaches == 1 else f"{self.breaches:,} times"
        seen = (
            f"breached {times} in {self.sessions:,} sessions, "
            f"{number(self.expected, 1)} were to be expected"
        )
        return f"{seen}: {self._on_coverage()}; {self._on_independence()}"

    def _on_coverage(self) -> str:
        told = f"(p = {number(self.coverage.p_value)})"
        if not self.coverage.rejects:
            return f"consistent with {percent(self.level, 1)} {told}"
        return (
            f"{'too low' if self.breaches > self.expected else 'too high'} a value at risk {told}"
        )

    def _on_independence(self) -> str:
        if self.independence is None:
            return "too little to tell whether breaches cluster"
        told = f"(p = {number(self.independence.p_value)})"
        return (
            f"breaches {'come' if self.independence.rejects else 'do not come'} in clusters {told}"
        )


def check_value_at_risk(
    returns: ArrayLike, forecasts: ArrayLike, level: float = 0.95
) -> ValueAtRiskCheck:
    """Hold `forecasts` (T,), each made before its session, against `returns` (T,).

    Where both have dates, they are put side by side by date.

    A forecast is a loss, so positive; a return below minus its forecast breaches it.

    Raises:
        InputError: there is no session, the shapes differ, or something is not finite.
    """
    earned = read_returns(returns)
    said = read_series(forecasts, "forecasts").at(earned)
    if not np.isfinite(earned.values + said).all():
        raise InputError("a return or a forecast is missing; leave out the sessions without both")
    return check_breaches(earned.values < -said, level)


def check_breaches(breaches: Flags, level: float = 0.95) -> ValueAtRiskCheck:
    """Test whether `breaches` (T,) are those of a true value at risk at `level`.

    Without a breach, or with nothing else, coverage is tested all the same.

    Raises:
        InputError: there is no session, or the level is not a probability.
    """
    if not 0.0 < level < 1.0:
        raise InputError(f"level is {level}, must lie between 0 and 1, such as 0.95")
    if not len(breaches):
        raise InputError("there are no sessions to test a value at risk on")
    before, after = breaches[:-1], breaches[1:]
    after_calm, after_breach = _counts(after[~before]), _counts(after[before])
    later = _counts(after)
    free = _highest(after_calm) + _highest(after_breach)
    told = sum(after_calm) > 0 and sum(after_breach) > 0
    every = _counts(breaches)
    return ValueAtRiskCheck(
        level=level,
        sessions=len(breaches),
        breaches=every[1],
        coverage=_test(_likelihood(every, 1.0 - level), _highest(every), 1),
        independence=_test(_highest(later), free, 1) if told else None,
        conditional=_test(_likelihood(later, 1.0 - level), free, 2) if told else None,
    )


def _counts(breaches: Flags) -> tuple[int, int]:
    """Sessions without and with a breach."""
    breached = int(breaches.sum())
    return len(breaches) - breached, breached


def _likelihood(counts: tuple[int, int], probability: float) -> float:
    """Log likelihood of breaches that come independently; 0 log 0 is 0."""
    calm, breached = counts
    return (calm * log(1.0 - probability) if calm else 0.0) + (
        breached * log(probability) if breached else 0.0
    )


def _highest(counts: tuple[int, int]) -> float:
    """The log likelihood at the probability that makes it highest: the one seen."""
    return _likelihood(counts, counts[1] / sum(counts)) if sum(counts) else 0.0


def _test(restricted: float, free: float, restrictions: int) -> LikelihoodRatio:
    statistic = max(2.0 * (free - restricted), 0.0)
    return LikelihoodRatio(
        statistic=statistic, p_value=float(stats.chi2.sf(statistic, restrictions))
    )
