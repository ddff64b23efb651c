"""Claims as a table: the same cells in the terminal, the page and the report."""

from collections.abc import Iterable

from forefolio.core.wording import MISSING, number
from forefolio.evidence.claims import Claim
from forefolio.views.page import Column, Row, Table, table

TITLE = "What is claimed, and whether it is shown"
NOTE = (
    "Shown: p is below 0.05, against other strategies as one of all comparisons. Underpowered: a "
    "difference of this size would take the years named to be shown at even odds."
)
HEADINGS = ("measured", "interval", "is it shown?")


def claims_table(claims: Iterable[Claim], title: str = TITLE) -> Table:
    """A row per claim; what is shown stands out."""
    measured, interval, shown = HEADINGS
    return table(
        title,
        (measured, interval, Column(shown, "left")),
        [Row(claim_cells(one), "strong" if one.mark == "shown" else "") for one in claims],
        NOTE,
    )


def claim_cells(claim: Claim) -> tuple[str, str, str, str]:
    """The claim, its number with what that is of, its interval, and its verdict."""
    places = 2 if claim.measure == "Sharpe ratio" else 3
    low, value, high = (
        number(one, places, signed=True) for one in (claim.low, claim.value, claim.high)
    )
    measured = value if value == MISSING else f"{value} ({claim.measure})"
    interval = MISSING if claim.low is None else f"{low} to {high}"
    return claim.sentence, measured, interval, claim.verdict
