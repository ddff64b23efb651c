"""The result of a run as people read it: plain sentences, the tables behind them, a sheet."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Generic, Literal, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, Field

from forefolio.api.answers import result_for_people
from forefolio.api.hosts import Here
from forefolio.studies.result import Result
from forefolio.views.catalog import page_of
from forefolio.views.page import Block, Sheet, Table, without_shell

R = TypeVar("R", bound=Result)

router = APIRouter(prefix="/api/runs", tags=["runs"])


class ShownColumn(BaseModel):
    """A column of a table."""

    heading: str
    align: Literal["left", "right"]


class ShownRow(BaseModel):
    """A row of a table, as text."""

    cells: list[str]
    emphasis: Literal["", "strong", "weak"]


class ShownTable(BaseModel):
    """Rows under a title; the first column names the rows."""

    kind: Literal["table"] = "table"
    title: str
    columns: list[ShownColumn]
    rows: list[ShownRow]
    note: str


class ShownLines(BaseModel):
    """Sentences under a title."""

    kind: Literal["lines"] = "lines"
    title: str
    lines: list[str]


ShownBlock = Annotated[ShownTable | ShownLines, Field(discriminator="kind")]


class ShownSheet(BaseModel):
    """The main table as plain values; null is not known."""

    columns: list[str]
    rows: list[list[str | float | None]]


class ShownPage(BaseModel):
    """A result as the command line and the report say it."""

    headline: str = Field(description="What it is, and of when.")
    summary: list[str] = Field(description="What to take away, in at most five sentences.")
    main: list[ShownBlock] = Field(description="What answers the question.")
    evidence: list[ShownBlock] = Field(description="What that rests on.")
    sheet: ShownSheet | None = Field(description="The answer in numbers, for a file.")


class ShownAnswer(BaseModel, Generic[R]):
    """What is answered at once and kept as no run: the result, and the page of it."""

    result: R
    page: ShownPage


@router.get("/{run_id}/page", responses={409: {"description": "It has not ended."}})
async def page(run_id: str, host: Here) -> ShownPage:
    """The result of a run that is done, in sentences and tables."""
    result = await result_for_people(run_id, host)
    return await asyncio.to_thread(shown, result)


def shown(result: Result) -> ShownPage:
    """A result in sentences and tables."""
    page = without_shell(page_of(result))
    return ShownPage(
        headline=page.headline,
        summary=list(page.summary),
        main=[_block(one) for one in page.main],
        evidence=[_block(one) for one in page.evidence],
        sheet=_sheet(page.sheet),
    )


def _block(block: Block) -> ShownTable | ShownLines:
    if isinstance(block, Table):
        return ShownTable.model_validate(asdict(block))
    return ShownLines(title=block.title, lines=list(block.lines))


def _sheet(sheet: Sheet | None) -> ShownSheet | None:
    if sheet is None:
        return None
    return ShownSheet(columns=list(sheet.columns), rows=[list(row) for row in sheet.rows])
