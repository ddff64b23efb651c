"""What a report states: a sentence, the numbers it rests on, and whether they show it."""

from math import erfc, sqrt
from typing import Literal, TypeAlias

from pydantic import Field

from forefolio.core.component import Component
from forefolio.evidence.criteria import IntervalEstimate

Mark: TypeAlias = Literal["shown", "not_shown", "underpowered"]

SIGNIFICANT = 0.05
ERRORS = 2.0  # a difference this many of its standard errors wide has even odds to be shown
MANY_YEARS = 1000.0  # beyond it a count of years says no more than that it is hopeless
HOPELESS = f"underpowered: over {MANY_YEARS:,.0f} years"


class Claim(Component):
    """A statement about a record, and whether the record shows it.

    It is `shown` where p is below 0.05, or, without a p-value, where the interval of two standard
    errors leaves zero out; `underpowered` where a difference of the size that was seen
    would take a longer record to be shown, else `not_shown`. Bare numbers are in the unit that
    `sentence` names.
    """

    code: str = Field(description="A stable name for programs, such as better_than_equal_weight.")
    sentence: str = Field(description="What is claimed, without a verdict.")
    mark: Mark = Field(description="Whether the record shows it.")
    measure: str = Field("Sharpe ratio", description="What the number is of; ratios are annual.")
    value: float | None = Field(None, description="The number that it rests on.")
    low: float | None = Field(None, description="Lower end of its interval.")
    high: float | None = Field(None, description="Upper end of its interval.")
    p_value: float | None = Field(
        None, description="Probability of a number at least as far from none by luck alone."
    )
    years: float | None = Field(None, description="Years that were measured.")
    years_needed: float | None = Field(
        None, description="Years that would show it at even odds; none: no number of years would."
    )

    @property
    def verdict(self) -> str:
        """Whether it is shown, in words, with the years that a longer record would need."""
        if self.mark != "underpowered" or self.years_needed is None:
            return self.mark.replace("_", " ")
        short = self.years_needed < MANY_YEARS
        return f"underpowered: {self.years_needed:,.0f} years" if short else HOPELESS


def mark_of(p_value: float | None, years: float | None, years_needed: float | None) -> Mark:
    """Whether something is shown, and if not, whether a longer record could show it."""
    if p_value is not None and p_value < SIGNIFICANT:
        return "shown"
    longer = years is not None and years_needed is not None and years_needed > years
    return "underpowered" if longer else "not_shown"


def above_zero(
    code: str,
    sentence: str,
    measured: IntervalEstimate,
    p_value: float,
    years: float,
    years_needed: float | None,
) -> Claim:
    """That a Sharpe ratio, or a lead in it, is above zero; below it no record would show that."""
    needed = years_needed if measured.value > 0.0 else None
    return Claim(
        code=code,
        sentence=sentence,
        mark=mark_of(p_value, years, needed),
        value=measured.value,
        low=measured.low,
        high=measured.high,
        p_value=p_value,
        years=years,
        years_needed=needed,
    )


def chance_of(errors: float) -> float:
    """Probability that a normal number is at least so many of its errors from zero.

    >>> round(chance_of(1.96), 3)
    0.05
    """
    return erfc(abs(errors) / sqrt(2.0))


def years_to_show(value: float | None, error: float | None, years: float) -> float | None:
    """Years after which a difference of this size would be two of its errors; None: never.

    An error shrinks with the square root of the years.

    >>> years_to_show(0.3, 0.19, 28.0)
    44.9244...
    """
    if not value or error is None:
        return None
    return years * (ERRORS * error / value) ** 2


def longer_record(years: float | None, needed: float | None) -> str:
    """How long it would take, if what there is is too short, as the end of a sentence."""
    if years is None or needed is None or needed <= years:
        return ""
    about = f"about {needed:,.0f}" if needed < MANY_YEARS else f"more than {MANY_YEARS:,.0f}"
    return f"; underpowered: {about} years needed, {years:.1f} measured"
