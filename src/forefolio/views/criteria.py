"""Success criteria as a page."""

from forefolio.core.wording import number, percent, plus_minus
from forefolio.studies.criteria import Criterion, RegimeRecord, StrategyCriteria
from forefolio.views.money import short_money
from forefolio.views.page import Column, Page, Row, Sheet, Table, table
from forefolio.views.remarks import in_full, in_short

WORDS = {"met": "met", "not_met": "not met", "not_decided": "not decided"}
IN_PER_CENT = ("accuracy", "hit_rate", "drawdown")


def criteria_page(result: StrategyCriteria) -> Page:
    """Each criterion with its mark, and the record by regime as evidence."""
    about, criteria = result.about, result.criteria
    counts = [
        f"{sum(one.mark == mark for one in criteria)} {words}" for mark, words in WORDS.items()
    ]
    return Page(
        headline=f"Criteria for {about.strategy}, {about.first} to {about.last}, out of sample",
        summary=(
            f"Of {len(criteria)} criteria {', '.join(counts)}.",
            "Met is only what also beats always guessing up, or equal weights.",
            *in_short(result.remarks),
        ),
        main=(_criteria(criteria),),
        evidence=(*([_regimes(result.regimes)] if result.regimes else []),
                  *in_full(result.remarks)),
        sheet=Sheet(
            columns=("criterion", "threshold", "value", "low", "high", "baseline", "mark"),
            rows=tuple(
                (c.code, c.threshold, c.value, c.low, c.high, c.baseline_value, c.mark)
                for c in criteria
            ),
        ),
    )  # fmt: skip


def _criteria(criteria: tuple[Criterion, ...]) -> Table:
    rows = [
        Row(
            (
                one.asked,
                _shown(one, one.value),
                "" if one.low is None else f"{_shown(one, one.low)} to {_shown(one, one.high)}",
                f"{_shown(one, one.baseline_value)} ({one.baseline})" if one.baseline else "",
                WORDS[one.mark],
                one.why,
            ),
            "strong" if one.mark == "met" else "",
        )
        for one in criteria
    ]
    headings = ("measured", "90 % interval", "without skill", Column("", "left"),
                Column("because", "left"))  # fmt: skip
    return table("What is asked", headings, rows)


def _shown(one: Criterion, value: float | None) -> str:
    if value is None:
        return "not known"
    if one.code == "capacity":
        return short_money(value)
    return percent(value) if one.code in IN_PER_CENT else number(value)


def _regimes(regimes: tuple[RegimeRecord, ...]) -> Table:
    return table(
        "By regime, the likeliest at the close before; Sharpe ratio a year",
        ("share of sessions", "strategy", "baseline"),
        [
            (
                one.regime,
                percent(one.share, 0),
                plus_minus(one.sharpe, one.sharpe_error),
                number(one.baseline_sharpe),
            )
            for one in regimes
        ],
    )
