"""A page as HTML for notebooks: the summary and the main table, the evidence folded away."""

from collections.abc import Iterable
from html import escape

from forefolio.views.page import Block, Page, Table

_STYLES = {"strong": ' style="font-weight:600"', "weak": ' style="opacity:.65"', "": ""}


def page_html(page: Page) -> str:
    """A page as a fragment that needs nothing else."""
    summary = "".join(f"<p>{escape(line)}</p>" for line in page.summary)
    evidence = blocks_html(page.evidence)
    folded = f"<details><summary>Evidence</summary>{evidence}</details>" if evidence else ""
    return (
        f'<div class="forefolio"><h4>{escape(page.headline)}</h4>{summary}'
        f"{blocks_html(page.main)}{folded}</div>"
    )


def blocks_html(blocks: Iterable[Block]) -> str:
    """Tables and lists, one after the other."""
    return "".join(map(_block, blocks))


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    title = f"<h5>{escape(block.title)}</h5>" if block.title else ""
    if block.listed:
        return (
            title + "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in block.lines) + "</ul>"
        )
    return title + "".join(f"<p>{escape(line)}</p>" for line in block.lines)


def _table(block: Table) -> str:
    aligned = [f' style="text-align:{column.align}"' for column in block.columns]
    head = "".join(
        f"<th{style}>{escape(column.heading)}</th>"
        for style, column in zip(aligned, block.columns, strict=True)
    )
    rows = "".join(
        f"<tr{_STYLES[row.emphasis]}>"
        + "".join(
            f"<td{style}>{escape(cell)}</td>"
            for style, cell in zip(aligned, row.cells, strict=True)
        )
        + "</tr>"
        for row in block.rows
    )
    note = f"<p><small>{escape(block.note)}</small></p>" if block.note else ""
    return (
        f"<table><caption>{escape(block.title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>{note}"
    )
