"""Claims as a table: the same cells in the terminal, the page and the report."""

from collections.abc import Iterable

from forefolio.core.wording import MISSING, number, p_written
from forefolio.evidence.claims import Claim
from forefolio.views.page import Column, Row, Table, table

TITLE = "What is claimed, and whether it is shown"
NOTE = (
    "Measured: Sharpe ratios a year and differences of them, where nothing else is named. Shown: p "
    "is below 0.05, against other strategies as one of all comparisons. Underpowered: a difference "
    "of this size would take a record of so many years to be shown at even odds."
)
HEADINGS = ("measured", "interval", "p", "is it shown?")
PLAIN = "Sharpe ratio"  # the measure of most, which is not repeated


def claims_table(claims: Iterable[Claim], title: str = TITLE) -> Table:
    """A row per claim; what is shown stands out."""
    *numbers, shown = HEADINGS
    return table(
        title,
        (*numbers, Column(shown, "left")),
        [Row(claim_cells(one), "strong" if one.mark == "shown" else "") for one in claims],
        NOTE,
    )


def claim_cells(claim: Claim) -> tuple[str, ...]:
    """The claim with what is measured, its number, interval and p, and whether it is shown."""
    places = 2 if claim.measure == PLAIN else 3
    low, value, high = (
        number(one, places, signed=True) for one in (claim.low, claim.value, claim.high)
    )
    interval = MISSING if claim.low is None else f"{low} to {high}"
    p = MISSING if claim.p_value is None else p_written(claim.p_value, 3)
    return _named(claim), value, interval, p.removeprefix("p ").removeprefix("= "), claim.verdict


def _named(claim: Claim) -> str:
    """Such as "better than the index"; what is no Sharpe ratio is named."""
    sentence = claim.sentence.removeprefix("it is ").removeprefix("it ")
    return sentence if claim.measure == PLAIN else f"{sentence} ({claim.measure})"
