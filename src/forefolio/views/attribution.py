"""Where a return came from as tables: the same in the terminal, the page and the report."""

from collections.abc import Iterator

from forefolio.core.wording import percent
from forefolio.studies.attribution_rows import ReturnAttribution, ReturnPart
from forefolio.views.page import Row, Table, table

MOST = 8  # assets named; the others are one row


def attribution_tables(parts: ReturnAttribution | None) -> Iterator[Table]:
    """Assets, cash and costs, which add up to the annual return; sectors; the lead; decisions."""
    if parts is None:
        return
    yield table(
        "Where the return came from: parts of the annual return",
        ("a year", "mean weight"),
        [
            *(_part(one) for one in _named(parts.assets)),
            ("interest on cash", _signed(parts.cash), ""),
            ("costs", _signed(parts.costs), ""),
            Row(("sum: return a year", _signed(parts.annual_return), ""), "strong"),
        ],
    )
    if parts.sectors:
        yield table(
            "The same by sector", ("a year", "mean weight"), [_part(one) for one in parts.sectors]
        )
    if parts.lead is not None and parts.lead_by_costs is not None:
        yield table(
            f"The lead over {parts.beside}, a year, not compounded",
            ("by holding more of it", "by choosing within it"),
            [
                *((s.name, _signed(s.allocation), _signed(s.selection))
                  for s in parts.lead_by_sector),
                ("lower costs", _signed(parts.lead_by_costs), ""),
                Row(("sum: the lead", _signed(parts.lead), ""), "strong"),
            ],
        )  # fmt: skip
    if parts.decisions:
        yield table(
            "The best and the worst decisions, from their trade to the next one's",
            ("return",),
            [(str(one.decided), _signed(one.total_return)) for one in parts.decisions],
        )


def _named(assets: tuple[ReturnPart, ...]) -> tuple[ReturnPart, ...]:
    """The assets that add or take most, and the others as one."""
    if len(assets) <= MOST + 1:
        return assets
    largest = sorted(assets, key=lambda one: -abs(one.annual))[:MOST]
    rest = [one for one in assets if one not in largest]
    return (
        *(one for one in assets if one in largest),
        ReturnPart(
            name=f"{len(rest)} others",
            annual=sum(one.annual for one in rest),
            weight=sum(one.weight for one in rest),
        ),
    )


def _part(one: ReturnPart) -> tuple[str, str, str]:
    return one.name, _signed(one.annual), percent(one.weight)


def _signed(value: float) -> str:
    return percent(value, 2, signed=True)
