"""The meaning of the columns of a price table, from their headings.

1. A heading has one label, or several: yfinance and pandas write one line for each. Of several
   labels one says what is in the column (Close), another whose it is (AAPL), in either order.
2. One label may say both: Close_AAPL, AAPL.Close, or ('Close', 'AAPL').
3. With a ticker column the table is long; with a close it is of one ticker; with neither, where
   every column is a ticker, it is wide.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from forefolio.market.sources.symbols import is_symbol

_MEANING = {
    # the surest first
    "date": "date timestamp datetime day session index dtyyyymmdd time tradedate opentime unix",
    "ticker": "ticker symbol name asset tic variable fundname isin permno",
    "open": "open openprice pxopen eroffn eroffnung ouv ouverture apertura abertura otwarcie",
    "high": "high highprice pxhigh hoch plushaut massimo maximo maxima najwyzszy",
    "low": "low lowprice pxlow tief plusbas minimo minima najnizszy",
    "close": "close closeprice closelast last price value closingprice lastprice pxlast settle "
    "settlement nav zuletzt schluss schlusskurs dernier cloture ultimo chiusura cierre fechamento "
    "zamkniecie",
    "adjusted": "adjclose adjustedclose adjcloseprice closeadj closeadjusted adjusted",
    "volume": "volume vol pxvolume wolumen",
    "split": "split splits stocksplit stocksplits splitcoefficient",
}
_FIELD = {word: field for field, words in _MEANING.items() for word in words.split()}
_DATES = _MEANING["date"].split()
_BESIDE = {"dividends", "capitalgains", "repaired", "dividend", "openint", "per", "dividendamount"}
_COUNTER = re.compile(r"|unnamed: ?\d+.*|index|level_\d+")  # pandas' names for row numbers
_EXPLAINED = re.compile(
    r"^(adj close|close) (?:adjusted )?close price adjusted .*", re.I
)  # Yahoo's
VALUES = ("open", "high", "low", "close", "adjusted", "volume", "split")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """What each column is: its field and its ticker ("" where unknown), and its name."""

    fields: tuple[str, ...]
    names: tuple[str, ...]
    owners: tuple[str, ...]
    date: int | None  # the column of dates, if there is one

    @property
    def owned(self) -> bool:
        """Whether the headings say whose the columns are."""
        return any(self.owners)


def word(label: str) -> str:
    """A label without what is not its word: case, accents, blanks, signs, a number in front."""
    bare = re.sub(r"\([^)]*\)\s*$", "", _EXPLAINED.sub(r"\1", label.strip()))
    if not bare.isascii():
        bare = unicodedata.normalize("NFKD", bare)
    return re.sub(r"^\d+\.|[^a-z]", "", (bare or label).lower())


def field_of(label: str) -> str:
    """The field that a label names; "" where it names none."""
    return _FIELD.get(word(label), "")


def is_counter(label: str) -> bool:
    """Whether a column so called may hold the numbers of rows."""
    return _COUNTER.fullmatch(label.strip().lower()) is not None


def read_headings(labels: Sequence[Sequence[str]]) -> Headings:
    """The headings of columns that each have one label or several."""
    rows = [tuple(label.strip() for label in column) for column in labels]
    if rows and max(map(len, rows)) > 1:
        return _levelled(rows)
    names = tuple(column[0] if column else "" for column in rows)
    fields = [field_of(name) for name in names]
    if "NAV" in names and any(not f and is_symbol(n) for f, n in zip(fields, names, strict=True)):
        fields[names.index("NAV")] = ""  # beside other tickers it is one
    date = _date_column(names, fields)
    if not {"close", "adjusted"} & {*fields} and (parted := _parted(names, date)):
        return _levelled(parted)
    return Headings(fields=tuple(fields), names=names, owners=("",) * len(names), date=date)


def _date_column(names: Sequence[str], fields: Sequence[str]) -> int | None:
    dates = [c for c, field in enumerate(fields) if field == "date"]
    if dates:
        return min(dates, key=lambda c: (_DATES.index(word(names[c])), c))
    first = names[0] if names else "none"
    return 0 if is_counter(first) or first == "Price" else None


def _levelled(rows: list[tuple[str, ...]]) -> Headings:
    """Headings of several labels: the level of fields is that with most words of fields in it."""
    depth = max(map(len, rows))
    padded = [row + ("",) * (depth - len(row)) for row in rows]
    dates = [c for c, row in enumerate(padded) if _is_date(row)]
    date = dates[0] if dates else 0
    values = [row for c, row in enumerate(padded) if c != date]
    fields_in = [sum(bool(field_of(row[level])) for row in values) for level in range(depth)]
    level = max(range(depth), key=lambda one: (fields_in[one], -one))
    others = [one for one in range(depth) if one != level and any(row[one] for row in values)]
    whose = others[0] if others else level
    owners = tuple("" if c == date else row[whose] for c, row in enumerate(padded))
    names = tuple(row[level] or "".join(row) for row in padded)
    fields = [field_of(name) for name in names]
    fields[date] = "date"
    for c in range(len(fields)):  # an adjusted close that a program has called Price
        if c != date and word(names[c]) == "price" and _beside_a_close(c, names, owners):
            fields[c] = "adjusted"
    return Headings(fields=tuple(fields), names=names, owners=owners, date=date)


def _is_date(row: tuple[str, ...]) -> bool:
    filled = [label for label in row if label]
    return len(filled) == 1 and field_of(filled[0]) == "date"


def _beside_a_close(column: int, names: Sequence[str], owners: Sequence[str]) -> bool:
    return any(
        word(name) == "close" and owner == owners[column]
        for name, owner in zip(names, owners, strict=True)
    )


_PAIR = re.compile(r"""^\(\s*['"](.*?)['"]\s*,\s*['"](.*?)['"]\s*\)$""")


def _parted(names: Sequence[str], date: int | None) -> list[tuple[str, ...]]:
    """Each name as (field, owner), if all of them say both in the same order; else nothing."""
    for front in (True, False):
        rows = [("Date", "") if c == date else _pair(n, front=front) for c, n in enumerate(names)]
        labels = [row for c, row in enumerate(rows) if c != date]
        closes = any(field_of(row[0]) in ("close", "adjusted") for row in labels if row)
        if labels and all(labels) and closes:
            return [row for row in rows if row]
    return []


def _pair(name: str, *, front: bool) -> tuple[str, str] | None:
    """A name parted into a field and an owner, the field standing in front or at the end."""
    if pair := _PAIR.match(name):
        first, second = pair.groups()
        parts = [(first, second) if front else (second, first)]
    else:
        cuts = [m.start() for m in re.finditer(r"[_.\-|/: ]", name)]
        splits = [(name[:cut], name[cut + 1 :]) for cut in cuts]
        parts = splits if front else [(end, start) for start, end in splits]
    recognised = [(f, o) for f, o in parts if o and (word(f) in _BESIDE or _FIELD.get(word(f)))]
    return max(recognised, key=lambda pair: len(pair[0])) if recognised else None


def wide_columns(headings: Headings) -> list[int]:
    """The columns of a wide table, one asset's closes each; none where half of them are fields.

    LOW and OPEN are tickers too, but a table of which half the columns are fields is not wide.
    """
    own = [
        c
        for c, name in enumerate(headings.names)
        if c != headings.date and not (is_counter(name) and headings.date is not None)
    ]
    fields = sum(headings.fields[c] != "" for c in own)
    return own if own and 2 * fields < len(own) else []
