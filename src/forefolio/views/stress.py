"""Stresses of a portfolio as a page."""

from collections.abc import Iterable
from typing import Any

from forefolio.core.wording import listed, number, percent
from forefolio.studies.stress import PortfolioStress, Stressed
from forefolio.views.figures.losses import draw_losses
from forefolio.views.of_portfolio import headline, origin
from forefolio.views.page import Column, Page, Sheet, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

DRIVERS = 3  # assets that are named for a stress


def stress_page(result: PortfolioStress) -> Page:
    """What every stress does to the portfolio, and what adds to it most."""
    tried = result.stresses
    return Page(
        headline=headline("Stress", result),
        summary=(*_worst(result), *_ruins(tried), origin(result), *in_short(result.remarks)),
        main=(_table(result),) if tried else (),
        evidence=(
            *sentences("In words", [f"{one.name}: {one.verdict}" for one in tried]),
            *([_sectors(result)] if any(one.sectors for one in tried) else []),
            *in_full(result.remarks),
        ),
        pictures={"losses": lambda: _picture(result)} if tried else {},
        sheet=Sheet(
            columns=("stress", "return", "error"),
            rows=tuple((one.name, -one.loss, one.error) for one in tried),
        ),
    )


def _worst(result: PortfolioStress) -> Iterable[str]:
    if not result.stresses:
        yield "None of the stresses could be tried: these prices know nothing of them."
        return
    worst = max(result.stresses, key=lambda one: one.loss)
    losing = sum(one.loss > 0 for one in result.stresses)
    yield (
        f"The worst of {len(result.stresses)} stresses is {worst.name}: "
        f"{percent(-worst.loss, signed=True)}. {_losing(losing)}."
    )
    if by := _drivers(worst):
        yield f"Most of that is by {by} (percentage points)."


def _losing(count: int) -> str:
    return "1 of them loses money" if count == 1 else f"{count} of them lose money"


def _ruins(stresses: Iterable[Stressed]) -> Iterable[str]:
    if names := [one.name for one in stresses if one.ruined]:
        yield f"Ruined, nothing would be left: {listed(names)}."


def _table(result: PortfolioStress) -> Table:
    errors = any(one.error for one in result.stresses)
    return table(
        "What the portfolio would do",
        ("return", Column("most of it, in percentage points", "left")),
        [(one.name, _return(one), _drivers(one)) for one in result.stresses],
        note="± is the error of the regression that spreads a shock." if errors else "",
    )


def _return(one: Stressed) -> str:
    error = f" ± {number(100 * one.error, 1)}" if one.error else ""
    return f"{number(-100 * one.loss, 1, signed=True)}{error} %"


def _drivers(one: Stressed) -> str:
    sign = -1 if one.loss > 0 else 1
    rows = sorted(one.assets, key=lambda row: -sign * row.effect)
    return ", ".join(
        f"{row.ticker} {number(100 * row.effect, 1, signed=True)}"
        for row in rows[:DRIVERS]
        if sign * row.effect > 0
    )


def _sectors(result: PortfolioStress) -> Table:
    sectors = list(dict.fromkeys(name for one in result.stresses for name in one.sectors))
    rows = [
        (sector, *(percent(one.sectors.get(sector), signed=True) for one in result.stresses))
        for sector in sectors
    ]
    numbered = [f"{k}: {one.name}" for k, one in enumerate(result.stresses, 1)]
    headings = [str(k) for k in range(1, len(numbered) + 1)]
    return table("By sector", headings, rows, note="; ".join(numbered))


def _picture(result: PortfolioStress) -> Any:
    return draw_losses(
        {one.name: (-one.loss, one.error or 0.0) for one in result.stresses},
        result.portfolio.words,
    )
