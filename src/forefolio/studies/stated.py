"""What a report states, read back from its file, and how it differs from what was computed anew.

1. A report is the HTML file of `forefolio run`, which carries its result, or the result as JSON.
2. Texts are compared piece by piece: tags and the words between them; within a piece number by
   number. Documents are compared field by field.
3. The script that makes pictures move is none of the page's statements. It is held apart, and with
   it the word of the policy that lets it run, so that a report with it and one without compare.
4. A number that differs by less than 1e-9 of its size, written out in full, is rounding: another
   processor adds up in another order. Any other difference is an alteration.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from forefolio.core.errors import InputError

ROUNDING = 1e-9  # of the size of a number
IN_FULL = 12  # digits of a number that is written out, not rounded for people
_SHOWN = 60  # letters of a piece that are shown
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?")
_PIECE = re.compile(r"<[^>]*>|[^<]+")
_MOVING = re.compile(r'<script id="pictures">(.*?)</script>', re.S)
_ALLOWED = re.compile(
    r"(script-src '[^']*') 'sha256-[\w+/=]+'"
)  # the second hash is that of this script
_ISLAND = re.compile(r'<script type="application/json" id="(result|account)">(.*?)</script>', re.S)
_HEADING = re.compile(r"<h[123]\b[^>]*>")
_TAKEN = ("run", "further", "files")  # of a document: whose it is, and what was asked afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A report as it was read."""

    document: Mapping[str, Any]  # the result, without what cannot be computed anew
    run: Mapping[str, Any] | None  # which run it says it is of
    account: Mapping[str, Any]  # whose money an HTML report counts in
    page: str  # the HTML, without what makes its pictures move; empty: it is a JSON document
    moving: str = ""  # the script that does; empty: they are still


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A statement that is another one when it is computed anew."""

    where: str
    stated: str
    computed: str
    rounding: bool = False


def without_moving(page: str) -> tuple[str, str]:
    """A page without the script that makes its pictures move, and that script."""
    found = _MOVING.search(page)
    if found is None:
        return page, ""
    still = page[: found.start()] + page[found.end() :]
    return _ALLOWED.sub(r"\1", still, count=1), found[1]


def read_stated(text: str) -> Stated:
    """Read a report.

    Raises:
        InputError: it is none.
    """
    text, moving = without_moving(text)
    islands = {name: _parsed(island) for name, island in _ISLAND.findall(text)}
    if islands:
        found = _checked(islands.get("result"), text, islands.get("account") or {})
        return replace(found, moving=moving)
    if not text.lstrip().startswith("{"):
        given = "this page" if text.lstrip().startswith("<") else repr(text[:_SHOWN])
        raise InputError(
            f"{given} is no report: name the report.html of `forefolio run`, which carries its "
            "question, or the JSON document of its result"
        )
    whole = _parsed(text)
    return _checked(whole.get("data") if "kind" in whole and "study" not in whole else whole, "")


def differing_fields(stated: Mapping[str, Any], computed: Mapping[str, Any]) -> list[Difference]:
    """The fields of two documents that are not the same."""
    mine, other = dict(_fields(stated)), dict(_fields(computed))
    return [
        Difference(
            where=name,
            stated=_written(mine.get(name)),
            computed=_written(other.get(name)),
            rounding=_is_rounding(_written(mine.get(name)), _written(other.get(name))),
        )
        for name in dict.fromkeys((*mine, *other))
        if name not in mine or name not in other or not _same(mine[name], other[name])
    ]


def differing_texts(stated: str, computed: str) -> list[Difference]:
    """The places at which two pages are not the same."""
    if stated == computed:
        return []
    mine, other = _PIECE.findall(stated), _PIECE.findall(computed)
    if len(mine) != len(other):
        return [_block(mine, other)]
    return [
        one
        for place, pair in enumerate(zip(mine, other, strict=True))
        if pair[0] != pair[1]
        for one in _in_piece(*pair, _under(other, place))
    ]


def numbers_in(stated: Stated) -> int:
    """How many numbers a report states."""
    return len(_NUMBER.findall(stated.page or json.dumps(stated.document)))


def _checked(document: Any, page: str, account: Any = None) -> Stated:
    if not isinstance(document, dict) or not isinstance(document.get("study"), dict):
        raise InputError("this report has no question that could be asked again; it is altered, or "
                         "not of `forefolio run`")  # fmt: skip
    kept = {name: value for name, value in document.items() if name not in _TAKEN}
    return Stated(
        document=kept,
        run=document.get("run"),
        account=account if isinstance(account, dict) else {},
        page=page,
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        whole = json.loads(text)
    except ValueError as error:
        raise InputError(f"the report's data cannot be read: {error}") from None
    return whole if isinstance(whole, dict) else {}


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a document with their paths."""
    if isinstance(value, Mapping) and value:
        for name, one in value.items():
            yield from _fields(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for place, one in enumerate(value):
            yield from _fields(one, f"{path}[{place}]")
    else:
        yield path, value


def _same(one: Any, other: Any) -> bool:
    """Whether two leaves are equal, and of one type: 1 and 1.0 are, 1 and True are not."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _in_piece(stated: str, computed: str, where: str) -> Iterator[Difference]:
    """The numbers that differ, where the words do not; else the whole piece."""
    if _NUMBER.sub("#", stated) != _NUMBER.sub("#", computed):
        yield _piece(stated, computed, where)
        return
    for mine, other in zip(_NUMBER.findall(stated), _NUMBER.findall(computed), strict=True):
        if mine != other:
            yield Difference(
                where=where, stated=mine, computed=other, rounding=_is_rounding(mine, other)
            )


def _block(stated: Sequence[str], computed: Sequence[str]) -> Difference:
    """What stands between the first and the last piece that differ."""
    first = next(
        (k for k, pair in enumerate(zip(stated, computed, strict=False)) if pair[0] != pair[1]),
        min(len(stated), len(computed)),
    )
    most = min(len(stated), len(computed)) - first
    last = next((k for k in range(most) if stated[-1 - k] != computed[-1 - k]), most)
    mine, other = stated[first : len(stated) - last], computed[first : len(computed) - last]
    return _piece("".join(mine), "".join(other), _under(computed, first))


def _piece(stated: str, computed: str, where: str) -> Difference:
    """Two pieces from a little before they begin to differ."""
    pairs = enumerate(zip(stated, computed, strict=False))
    first = next((k for k, pair in pairs if pair[0] != pair[1]), 0)
    start = max(first - _SHOWN // 3, 0)
    return Difference(
        where=where,
        stated=unescape(stated[start : start + _SHOWN]),
        computed=unescape(computed[start : start + _SHOWN]),
    )


def _under(pieces: Sequence[str], place: int) -> str:
    """The heading under which a piece stands."""
    for k in range(min(place, len(pieces) - 1), -1, -1):
        if _HEADING.match(pieces[k]):
            return unescape(pieces[k + 1])[:_SHOWN]
    return "the head of the page"


def _is_rounding(stated: str, computed: str) -> bool:
    digits = [
        len(re.sub(r"\D", "", one.partition("e")[0]).lstrip("0")) for one in (stated, computed)
    ]
    if max(digits) < IN_FULL:
        return False
    try:
        one, other = float(stated), float(computed)
    except ValueError:
        return False
    return abs(one - other) <= ROUNDING * max(abs(one), abs(other))
