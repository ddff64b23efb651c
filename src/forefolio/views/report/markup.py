"""HTML from nested calls: whatever is not markup already is text, and text is escaped."""

import json
import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from itertools import chain, repeat
from typing import Any, TypeAlias

from forefolio.core.wording import MISSING

Attribute: TypeAlias = str | float | bool | None
NO_BREAK = "\N{NO-BREAK SPACE}"
_VOID = frozenset({"br", "col", "img", "input", "link", "meta"})


class Markup(str):
    """HTML that may stand as it is; only this module makes it from text."""

    __slots__ = ()


Child: TypeAlias = str | Markup | None
NOTHING = Markup("")


def text(value: str) -> Markup:
    """Escape text; a number stays on one line with its unit."""
    shown = value.replace(MISSING, "not known")
    kept = shown.replace(" %", f"{NO_BREAK}%").replace(" ± ", f"{NO_BREAK}±{NO_BREAK}")
    return Markup(escape(kept))


def join(children: Iterable[Child]) -> Markup:
    """Put children one after the other."""
    return Markup("".join(c if isinstance(c, Markup) else text(c) for c in children if c))


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Make an element: `tag("td", "<1 %", class_="low")`.

    In an attribute's name "_" stands for "-"; an attribute that is None or False is left out.
    """
    head = f"<{name}{''.join(_attribute(n, v) for n, v in attributes.items())}>"
    return Markup(head if name in _VOID else f"{head}{join(children)}</{name}>")


def json_block(data: Any, name: str | None = None) -> Markup:
    """Data inside a page: nothing in it can end the element it stands in."""
    shown = json.dumps(data, separators=(",", ":"), default=str).replace("<", "\\u003c")
    return tag("script", Markup(shown), type="application/json", id=name)


def table(
    caption: str, headings: Sequence[Child], bodies: Sequence[Sequence[Markup]], kind: str = ""
) -> Markup:
    """Make a table; on a narrow screen each row becomes a block, each cell under its heading."""
    heads = [_heading(heading) for heading in headings]
    words = [unescape(re.sub(r"<[^>]*>", "", head)) for head in heads]
    head = tag("thead", tag("tr", *heads))
    rows = (tag("tbody", *(_labelled(row, words) for row in body)) for body in bodies if body)
    whole = tag("table", head, *rows, class_=f"stack {kind}".strip())
    return join([tag("h3", caption), scrolled(whole, caption)])


def _labelled(row: Markup, headings: Sequence[str]) -> Markup:
    """A row whose cells know their headings; the first heading is that of the row's name."""
    labels = chain(headings[1:], repeat(""))

    def labelled(_: re.Match[str]) -> str:
        return f'<td data-label="{escape(next(labels))}"'

    return Markup(re.sub(r"<td\b", labelled, row))


def figure(shown: str) -> Markup:
    """A cell with a number; a dash where it is not known."""
    if MISSING in shown:
        return tag("td", "\N{EN DASH}", class_="n none", title="not known")
    return tag("td", shown, class_="n")


def right(heading: Child) -> Markup:
    """The heading of a column of numbers."""
    return tag("th", heading, scope="col", class_="n")


def scrolled(child: Markup, label: str) -> Markup:
    """A part that scrolls sideways by itself, by keyboard too."""
    return tag("div", child, class_="scroll", tabindex="0", role="region", aria_label=label)


def row(name: Child, *cells: Child, kind: str = "") -> Markup:
    """Make a table row: what it is about, then its cells."""
    head = tag("th", name, scope="row")
    rest = (c if _is_cell(c) else tag("td", c) for c in cells)
    return tag("tr", head, *rest, class_=kind or None)


def number_text(value: float) -> str:
    """A coordinate with at most one decimal."""
    shown = f"{value:.1f}"
    return "0" if shown in {"-0.0", "0.0"} else shown.removesuffix(".0")


def _heading(heading: Child) -> Markup:
    whole = isinstance(heading, Markup) and heading.startswith("<th")
    return Markup(heading) if whole else tag("th", heading, scope="col")


def _is_cell(child: Child) -> bool:
    return isinstance(child, Markup) and child.startswith("<td")


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = name.removesuffix("_").replace("_", "-")
    if value is True:
        return f" {name}"
    shown = value if isinstance(value, str) else number_text(value)
    return f' {name}="{escape(shown)}"'
