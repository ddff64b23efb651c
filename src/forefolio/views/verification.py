"""A verified report as a page."""

from forefolio.core.wording import counted
from forefolio.studies.verification import ReportVerification
from forefolio.views.page import Column, Page, Table, table
from forefolio.views.remarks import in_full, in_short

FEW = 10


def verification_page(result: ReportVerification) -> Page:
    """Whether the report holds, and every statement that does not."""
    rounded = ""
    if result.rounding:
        differ = "differs" if result.rounding == 1 else "differ"
        rounded = f" {counted(result.rounding, 'number')} {differ} by rounding alone."
    if result.holds:
        verdict = "Everything that it states was computed anew and is the same."
    else:
        verb = "is another one" if result.altered == 1 else "are other ones"
        verdict = f"{counted(result.altered, 'statement')} {verb} when computed anew."
    return Page(
        headline=(
            f"The report on {result.strategy} of {result.as_of} "
            f"{'holds' if result.holds else 'does not hold'}"
        ),
        summary=(
            f"{verdict}{rounded}",
            f"It states {counted(result.numbers, 'number')}, those of its pictures included.",
            *in_short(result.remarks),
        ),
        main=(_differences(result, FEW),) if result.differences else (),
        evidence=(
            *([_differences(result, None)] if len(result.differences) > FEW else []),
            *in_full(result.remarks),
        ),
    )


def _differences(result: ReportVerification, most: int | None) -> Table:
    rows = [(one.where, one.stated, one.computed) for one in result.differences[:most]]
    left = len(result.differences) - len(rows)
    note = f"{left} more with --verbose." if left else ""
    headings = (Column("stated", "left"), Column("computed", "left"))
    return table("What is another one", headings, rows, note)
