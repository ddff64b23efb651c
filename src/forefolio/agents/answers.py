"""A result as an agent gets it: a few sentences, and values that can each be found again."""

from typing import Any

from forefolio.agents.texts import clean_text
from forefolio.agents.values import Fields, chosen, fields_of, groups, shown, usual
from forefolio.core.kinds import kind_of
from forefolio.studies.result import Result
from forefolio.views.catalog import page_of
from forefolio.views.page import Block, Table

USUAL = 60  # values where none are named
MOST = 400  # values that are named
REMARKS = 8
ROWS = 60  # of the tables that a person would read


def result_answer(result: Result, fields: list[str], *, tables: bool = False) -> dict[str, Any]:
    """What a result says: with these fields only its values, else its sentences as well.

    Raises:
        InputError: there is no such field.
    """
    every = fields_of(result.model_dump(mode="json"))
    wanted = chosen(every, fields) if fields else usual(every, USUAL)
    values = dict(list(wanted.items())[:MOST])
    about = {"run": result.run.id if result.run else None, "kind": kind_of(result)}
    words = {} if fields else _words(result)
    shape = {name: shown(value) for name, value in values.items()}
    return {
        **about,
        "state": "done",
        "as_of": str(result.as_of) if result.as_of else None,
        **words,
        "values": shape,
        **_more(every, wanted, values),
        **({"tables": _tables(result)} if tables else {}),
    }


def _words(result: Result) -> dict[str, Any]:
    page = page_of(result)
    summary = [clean_text(line) for line in page.summary]
    told = " ".join(summary).casefold()
    said = [one.message for one in result.remarks if not one.detail]
    said = [one for one in said if clean_text(one).casefold() not in told]
    remarks = [clean_text(one) for one in said[:REMARKS]]
    left = len(said) - len(remarks)
    return {
        "headline": clean_text(page.headline),
        "summary": summary,
        "remarks": [*remarks, *([f"and {left} more: fields=['remarks']"] if left else [])],
    }


def _more(every: Fields, wanted: Fields, values: Fields) -> dict[str, Any]:
    """How to get what is not shown."""
    if len(values) < len(wanted):
        return {"more": f"{len(values)} of {len(wanted)} values are shown; name fewer fields"}
    if len(values) == len(every):
        return {}
    return {
        "more": f"{len(values)} of {len(every)} values are shown; call `result` with `fields` for "
        "others: how many there are under each name is in `fields`",
        "fields": groups(every),
    }


def _tables(result: Result) -> list[dict[str, Any]]:
    """The tables of a result's page as rows of text, rounded as a person reads them."""
    page, left, made = page_of(result), ROWS, []
    for block in (*page.main, *page.evidence):
        rows = _rows(block)[:left]
        left -= len(rows)
        if rows:
            made.append({"title": clean_text(block.title), "rows": rows})
    return made


def _rows(block: Block) -> list[list[str]]:
    if isinstance(block, Table):
        head = [clean_text(column.heading) for column in block.columns]
        return [head, *([clean_text(cell) for cell in row.cells] for row in block.rows)]
    return [[clean_text(line)] for line in block.lines]
