"""How far a limit must give before any portfolio satisfies all of them."""

from dataclasses import asdict, dataclass
from math import ceil, floor, log10
from typing import Any

from forefolio.core.wording import number

ROUNDING = 1e-6  # of a percentage point: a needed limit is not rounded up for so little
FRACTION, PER_YEAR, NUMBER = "fraction", "fraction per year", "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """One limit, and the level from which on it contradicts the others no more.

    `limit` and `needed` are fractions unless `unit` says otherwise, and None where the constraint
    does not say a number; `by` is how far it must give in any case.

    Example:
        >>> mend = Mend(what="the limit on Technology", by=0.15, limit=0.1, needed=0.25)
        >>> mend.sentence
        'raise the limit on Technology from 10.0 % to at least 25.0 %'
    """

    what: str  # in words: "the limit on Technology"
    by: float  # above zero, in `unit`
    limit: float | None = None  # as it is
    needed: float | None = None  # at least so much if above `limit`, at most so much if below
    unit: str = FRACTION
    statement: str = ""  # as messages and prices call it: "Technology at most 10 %"
    constraint: str = ""  # as it was stated: "tech <= 10%"

    @property
    def sentence(self) -> str:
        """What to do."""
        if not self.by > 0:
            return f"{self.what} contradict each other"
        if self.limit is None or self.needed is None:
            return f"give {self.what!r} more room, at least {self.by:.4g}"
        up = self.needed > self.limit
        verb, bound = ("raise", "at least") if up else ("lower", "at most")
        before, needed = self.levels
        return f"{verb} {self.what} from {before} to {bound} {needed}"

    @property
    def change(self) -> str:
        """The new level and the old one: "25.0 % instead of 10.0 %"."""
        before, needed = self.levels
        return f"{needed} instead of {before}" if before else f"by {self.by:.4g}"

    def to_dict(self) -> dict[str, Any]:
        """As a JSON document."""
        return {**asdict(self), "sentence": self.sentence}

    @property
    def levels(self) -> tuple[str, str]:
        """The old level and the new one, with as many digits as tell them apart."""
        if self.limit is None or self.needed is None:
            return "", ""
        year = " a year" if self.unit == PER_YEAR else ""
        outward = 1 if self.needed > self.limit else -1
        return self._written(self.limit, 0), f"{self._written(self.needed, outward)}{year}"

    def _written(self, value: float, outward: int) -> str:
        """A level with as many digits as show the change, rounded to the side that is allowed."""
        factor = 1.0 if self.unit == NUMBER else 100.0
        change = abs(self.by) * factor
        places = min(max(1, 1 - floor(log10(change) + ROUNDING)), 9) if change > 0 else 1
        scaled = value * factor * 10**places
        if outward:
            edge = outward * ROUNDING * 10**places
            scaled = ceil(scaled - edge) if outward > 0 else floor(scaled - edge)
        shown = number(scaled / 10**places, places)
        return shown if self.unit == NUMBER else f"{shown} %"


def mend_between(what: str, limit: float, needed: float, unit: str = FRACTION) -> Mend:
    """The mend that brings a limit to where it must be."""
    return Mend(what=what, by=abs(needed - limit), limit=limit, needed=needed, unit=unit)
