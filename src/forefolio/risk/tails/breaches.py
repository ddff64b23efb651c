"""Tests of value-at-risk breaches: coverage and independence.

1. A breach is a session whose loss exceeds the value at risk forecast for it.
2. Coverage: breaches come with the probability 1 - level (Kupiec 1995, "Techniques for verifying
   the accuracy of risk measurement models").
3. Independence: a breach does not change the probability of one next; conditional coverage is
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
from forefolio.core.wording import number, p_written, percent
from forefolio.evidence.claims import SIGNIFICANT
from forefolio.market.sources.return_series import read_returns, read_series

special: Any = lazy("scipy.special")


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatio:
    """A likelihood-ratio test: its statistic and p-value."""

    statistic: float
    p_value: float

    @property
    def rejects(self) -> bool:
        """Whether the hypothesis is rejected at the 5 % level."""
        return self.p_value < SIGNIFICANT


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAtRiskCheck:
    """The tests of a value at risk at `level`.

    Independence and conditional coverage are None where they cannot be tested: no session follows
    a breach, or none follows a session without one.
    """

    level: float
    sessions: int
    breaches: int
    coverage: LikelihoodRatio
    independence: LikelihoodRatio | None
    conditional: LikelihoodRatio | None

    @property
    def expected(self) -> float:
        """Expected number of breaches of a correct value at risk."""
        return self.sessions * (1.0 - self.level)

    @property
    def verdict(self) -> str:
        """The result of the tests in one sentence."""
        noun = "breach" if self.breaches == 1 else "breaches"
        count = (
            f"{self.breaches:,} {noun} in {self.sessions:,} sessions, "
            f"{number(self.expected, 1)} expected"
        )
        return f"{count}: {self._on_coverage()}; {self._on_independence()}"

    def _on_coverage(self) -> str:
        p_value = f"({p_written(self.coverage.p_value)})"
        if not self.coverage.rejects:
            return f"consistent with a value at risk at {percent(self.level, 1)} {p_value}"
        wrong = "low" if self.breaches > self.expected else "high"
        return f"the value at risk is too {wrong} {p_value}"

    def _on_independence(self) -> str:
        if self.independence is None:
            return "too few breaches to test whether they cluster"
        verb = "cluster" if self.independence.rejects else "do not cluster"
        return f"breaches {verb} ({p_written(self.independence.p_value)})"


def check_value_at_risk(
    returns: ArrayLike, forecasts: ArrayLike, level: float = 0.95
) -> ValueAtRiskCheck:
    """Test value-at-risk `forecasts` (T,), each made before its session, against `returns` (T,).

    Returns are simple, per session; forecasts are losses, positive fractions. A return below minus
    its forecast is a breach. Where both have dates, they are aligned by date.

    >>> import numpy as np
    >>> returns = np.where(np.arange(200) % 20 == 0, -0.03, 0.001)
    >>> check_value_at_risk(returns, np.full(200, 0.02), level=0.95).breaches
    10

    Raises:
        InputError: there is no session, the shapes differ, or something is not finite.
    """
    realised = read_returns(returns)
    losses = read_series(forecasts, "forecasts").at(realised)
    if not np.isfinite(realised.values + losses).all():
        raise InputError("a return or a forecast is missing; leave out the sessions without both")
    return check_breaches(realised.values < -losses, level)


def check_breaches(breaches: Flags, level: float = 0.95) -> ValueAtRiskCheck:
    """Test whether `breaches` (T,) are those of a correct value at risk at `level`.

    Coverage is tested even without a breach, or with nothing but breaches.

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
    defined = sum(after_calm) > 0 and sum(after_breach) > 0
    counts = _counts(breaches)
    return ValueAtRiskCheck(
        level=level,
        sessions=len(breaches),
        breaches=counts[1],
        coverage=_test(_likelihood(counts, 1.0 - level), _highest(counts), 1),
        independence=_test(_highest(later), free, 1) if defined else None,
        conditional=_test(_likelihood(later, 1.0 - level), free, 2) if defined else None,
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
        statistic=statistic, p_value=float(special.chdtrc(restrictions, statistic))
    )
