"""A result as a page: a few plain sentences, the evidence behind them, and pictures.

A view makes a page from a typed result and knows no medium; the terminal, a notebook and the report
print the same page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

Emphasis: TypeAlias = Literal["", "strong", "weak"]
Align: TypeAlias = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: numbers stand right, words left."""

    heading: str
    align: Align = "right"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row as text, the first of which names it."""

    cells: tuple[str, ...]
    emphasis: Emphasis = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a title; the first column names the rows, and `note` explains the table."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Sentences under a title: as a paragraph each, or as a list."""

    lines: tuple[str, ...]
    title: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The main table as plain values, for a CSV file or a frame; the first column names the rows.

    None is not known.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]


Block: TypeAlias = Table | Lines
Picture: TypeAlias = Callable[[], Any]  # draws a matplotlib figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is shown of a result.

    `headline` says what it is and of when, `summary` what a reader should take away, in at most
    five lines; `main` is the table that answers the question; `evidence` is what it rests on.
    `pictures` are drawn by name, the main one first; `sheet` has the answer as plain values.
    """

    headline: str
    summary: tuple[str, ...]
    main: tuple[Block, ...] = ()
    evidence: tuple[Block, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    sheet: Sheet | None = None


def table(
    title: str,
    headings: Sequence[str | Column],
    rows: Iterable[Row | Sequence[str]],
    note: str = "",
) -> Table:
    """A table of numbers whose first column names the rows; a heading alone stands right."""
    named = Column("", "left")
    columns = [one if isinstance(one, Column) else Column(one) for one in headings]
    made = [one if isinstance(one, Row) else Row(tuple(one)) for one in rows]
    return Table(title=title, columns=(named, *columns), rows=tuple(made), note=note)


def sentences(title: str, lines: Iterable[str]) -> tuple[Lines, ...]:
    """A list of sentences under a title, or nothing if there are none."""
    several = tuple(lines)
    return (Lines(title=title, lines=several),) if several else ()


def without_shell(page: Page) -> Page:
    """The page for who has no command line before him: what `--verbose` prints is the evidence."""
    return replace(
        page,
        summary=tuple(map(_said, page.summary)),
        main=tuple(map(_told, page.main)),
        evidence=tuple(map(_told, page.evidence)),
    )


def _told(block: Block) -> Block:
    return replace(block, note=_said(block.note)) if isinstance(block, Table) else block


def _said(line: str) -> str:
    subject = line.replace("--verbose lists", "the evidence lists")
    return subject.replace("with --verbose", "in the evidence").replace(
        "--verbose", "in the evidence"
    )
