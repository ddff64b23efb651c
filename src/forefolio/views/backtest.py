"""Following a strategy as a page about its record: what it earned, and beside what."""

from collections.abc import Iterator, Sequence
from functools import partial

from forefolio.core.wording import counted, percent, plus_minus, sessions
from forefolio.studies.result import DataFacts
from forefolio.studies.strategy_claims import claims_of
from forefolio.studies.strategy_result import Record, StrategyResult
from forefolio.studies.target_record import TargetRecord
from forefolio.views.attribution import attribution_tables
from forefolio.views.claims import claims_table
from forefolio.views.figures import FIGURES
from forefolio.views.page import Block, Page, Row, Table, sentences, table
from forefolio.views.remarks import in_full, in_short
from forefolio.views.report.words import (
    earned_in_short,
    on_target,
    on_target_in_short,
    over_offsets,
)


def backtest_page(result: StrategyResult) -> Page:
    """The record beside simpler rules and its worst falls; with the evidence every year."""
    mine = result.backtest[0]
    return Page(
        headline=f"Backtest of {mine.name}, {mine.first} to {mine.last} "
        f"({counted(len(result.data.tickers), 'asset')}, {result.data.name})",
        summary=(
            *earned_in_short(result),
            *on_target_in_short(result),
            *in_short(result.remarks),
        ),
        main=(records_table(result.backtest), *_falls(result)),
        evidence=(*_years(result), *record_evidence(result), *in_full(result.remarks)),
        pictures={name: partial(draw, result) for name, draw in FIGURES.items()},
    )


def record_evidence(result: StrategyResult) -> Iterator[Block]:
    """What a record rests on: its risk, other days, claims, where the return came from, data."""
    yield from _on_target(result.risk_on_target)
    yield from sentences("Was it the day?", _offsets(result))
    yield claims_table(claims_of(result))
    yield from attribution_tables(result.attribution)
    yield from sentences("Ruined", _ruined(result))
    yield from sentences("The data", [_data(result.data)])


def _falls(result: StrategyResult) -> Iterator[Table]:
    if not result.drawdowns:
        return
    rows = [
        (
            str(one.peak),
            percent(one.depth),
            str(one.bottom),
            "not yet" if one.recovered is None else str(one.recovered),
            sessions(one.sessions),
        )
        for one in result.drawdowns
    ]
    yield table(
        f"The worst falls of {result.backtest[0].name}, by the day of the high",
        ("fall", "lowest", "recovered", "lasted"),
        rows,
    )


def _years(result: StrategyResult) -> Iterator[Table]:
    if not result.years:
        return
    names = [one.name for one in result.backtest]
    rows = [
        (str(one.year), *(percent(one.returns.get(name), signed=True) for name in names))
        for one in result.years
    ]
    yield table("Calendar years, after costs; the first and the last may not be whole", names, rows)


def records_table(records: Sequence[Record]) -> Table:
    """What each strategy earned and risked, the followed one first."""
    first = records[0]
    headings = ("return", "volatility", "Sharpe", "drawdown", "turnover", "costs")
    rows = [
        Row(
            (
                row.name,
                percent(row.annual_return),
                percent(row.annual_volatility),
                plus_minus(row.sharpe, row.sharpe_error),
                percent(row.max_drawdown),
                percent(row.turnover, 0),
                percent(row.cost, 2),
            ),
            "strong" if row is first else "",
        )
        for row in records
    ]
    return table(f"Backtest {first.first} to {first.last}, after costs, a year", headings, rows)


def _on_target(record: TargetRecord | None) -> Iterator[Table]:
    """Each year's volatility beside the target; without a limit, by the forecasts and by EWMA."""
    if record is None or not record.years:
        return
    rows = [
        (
            str(year.year),
            percent(year.volatility),
            percent(year.exposure, 0),
            percent(year.unlimited),
            percent(year.by_ewma),
        )
        for year in record.years
    ]
    yield table(
        f"Risk on target: volatility of each year, for a target of {percent(record.target)}",
        ("account", "exposure", "without limit", "by EWMA"),
        rows,
        on_target(record),
    )


def _offsets(result: StrategyResult) -> Iterator[str]:
    if result.offsets is not None:
        yield over_offsets(result.offsets)


def _ruined(result: StrategyResult) -> Iterator[str]:
    for row in result.backtest:
        if row.ruined:
            yield f"{row.name} was ruined on {row.ruined}: nothing is measured beyond"


def _data(data: DataFacts) -> str:
    return (
        f"{counted(len(data.tickers), 'asset')}, {sessions(data.sessions or 0)} {data.first} to "
        f"{data.last}, {data.name}."
    )
