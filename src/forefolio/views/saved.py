"""Saved portfolios as tables."""

from collections.abc import Sequence

from forefolio.core.wording import number, percent
from forefolio.store.portfolio_records import PortfolioComparison, SavedPortfolio
from forefolio.views.page import Column, Row, Table

_SHORT = 8  # characters of a run's id that are enough to name it


def list_table(portfolios: Sequence[SavedPortfolio], title: str = "Portfolios") -> Table:
    """A row for each portfolio, or for each state of one."""
    left = ("portfolio", "saved, UTC", "made after", "objective", "run")
    columns = (*(Column(name, "left") for name in left), Column("assets"), Column("cash"))
    rows = tuple(
        Row(
            (
                named(one),
                one.saved.strftime("%Y-%m-%d %H:%M"),
                str(one.as_of or ""),
                one.objective,
                (one.run or "")[:_SHORT],
                str(len(one.weights)),
                percent(one.cash),
            )
        )
        for one in portfolios
    )
    return Table(
        title=title, columns=(*columns, Column("note", "left")), rows=_noted(rows, portfolios)
    )


def _noted(rows: tuple[Row, ...], portfolios: Sequence[SavedPortfolio]) -> tuple[Row, ...]:
    return tuple(Row((*row.cells, one.note)) for row, one in zip(rows, portfolios, strict=True))


def weights_table(one: SavedPortfolio) -> Table:
    """What a portfolio holds, the largest first."""
    columns = (Column("asset", "left"), Column("weight"), Column("shares"))
    held = [
        Row((ticker, percent(weight), _shares(one.shares.get(ticker))))
        for ticker, weight in one.weights.items()
    ]
    cash = Row(("cash", percent(one.cash), ""), "weak")
    made = f", made after {one.as_of}" if one.as_of else ""
    return Table(title=f"{named(one)}{made}", columns=columns, rows=(*held, cash), note=one.note)


def comparison_table(compared: PortfolioComparison) -> Table:
    """Two portfolios side by side, the largest difference first."""
    first, second = named(compared.first), named(compared.second)
    columns = (Column("asset", "left"), Column(first), Column(second), Column("change"))
    rows = tuple(
        Row((row.ticker, percent(row.first), percent(row.second), percent(row.change)))
        for row in compared.changes
    )
    one, other = compared.first.cash, compared.second.cash
    cash = Row(("cash", percent(one), percent(other), percent(other - one)), "weak")
    note = f"From one to the other {percent(compared.turnover)} of the portfolio is traded."
    return Table(title="Two portfolios", columns=columns, rows=(*rows, cash), note=note)


def named(one: SavedPortfolio) -> str:
    """A state as commands take it: core@2."""
    return f"{one.name}@{one.number}"


def _shares(shares: float | None) -> str:
    return "" if shares is None else number(shares, 0)
