"""The capacity of a strategy as a page."""

from collections.abc import Iterator

from forefolio.core.wording import number, percent
from forefolio.studies.capacity import CapitalSize, StrategyCapacity
from forefolio.views.figures.capacity import draw_capacity
from forefolio.views.money import short_money
from forefolio.views.page import Page, Row, Sheet, table
from forefolio.views.remarks import in_full, in_short


def capacity_page(result: StrategyCapacity) -> Page:
    """The curve by capital, and the money at which the edge is gone."""
    names = [one.name for one in result.sizes[0].strategies]
    return Page(
        headline=f"Capacity of {result.about.strategy}, {result.about.first} to "
        f"{result.about.last}",
        summary=(*_summary(result), *in_short(result.remarks)),
        main=(
            table(
                "Sharpe ratio after market impact, by capital",
                ("impact a year", "largest order", *names),
                [_row(size) for size in result.sizes],
                "Largest order: by what is traded of the asset in a session; above 10 % (weak "
                "rows) the formula is an extrapolation.",
            ),
        ),
        evidence=in_full(result.remarks),
        pictures={"capacity": lambda: draw_capacity(result)} if result.edge > 0.0 else {},
        sheet=Sheet(
            columns=("capital", *names),
            rows=tuple(
                (short_money(size.capital), *(one.sharpe for one in size.strategies))
                for size in result.sizes
            ),
        ),
    )


def _summary(result: StrategyCapacity) -> Iterator[str]:
    if result.edge <= 0.0:
        yield "It has earned no more than cash: there is no edge that any capital could use up."
        return
    gone, most = short_money(result.break_even), short_money(result.most_money_at)
    yield (
        f"Its {percent(result.edge)} a year over cash is gone at {gone}; it earns most at {most}: "
        f"{short_money(result.most_money)} a year."
    )
    crossed = [f"{one.reference} from {short_money(one.capital)} on" for one in result.beaten
               if one.capital is not None]  # fmt: skip
    if crossed:
        yield f"No better at the same size than {', '.join(crossed)}."
    if result.tenth_of_volume_at is not None:
        at = short_money(result.tenth_of_volume_at)
        yield f"From {at} on its largest order is more than a tenth of a session's volume."


def _row(size: CapitalSize) -> Row:
    followed = size.strategies[0]
    cells = (
        short_money(size.capital),
        percent(followed.impact, 2),
        percent(followed.participation),
        *(number(one.sharpe) for one in size.strategies),
    )
    return Row(cells, "weak" if size.extrapolated else "")
