"""Numbers as people and programs write them, read by a rule that looks at every cell.

1. The decimal sign is a point or a comma: these are the two notations. Thousands are parted by the
   other of the two, by an apostrophe or by a blank, in threes, or as in India (12,34,567.5). A
   currency, parentheses or a minus, an exponent and a magnitude (68.18K) may stand around digits.
   Where every cell of a column has a %, its numbers are hundredths; one alone is text.
2. A column is read in the notation that all its cells fit. A cell or two in fifty that do not fit
   are text; more of them, and the column mixes two notations and is refused.
3. Where every cell fits both and means different numbers ("1,234"), the file's other columns
   decide, if theirs is certain; else the notation in which the column does not leap; else what is
   usual where the text stands, and that is told; else it is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from forefolio.core.quantities import NOTHING
from forefolio.core.units import Array, Flags

_STRAY = 0.02  # of a column's cells, up to which those that do not fit are text
_STEP, _LEAP = np.log(3.0), np.log(50.0)  # between rows: what prices stay below, what they never do

_GROUPED = (
    r"[1-9]\d{{0,2}}(?:{other}\d{{3}})+|[1-9]\d{{0,2}}(?:'\d{{3}})+|[1-9]\d{{0,2}}(?: \d{{3}})+"
)
_INDIAN = r"|[1-9]\d?(?:,\d{2})+,\d{3}"
_POINT = rf"(?:(?:{_GROUPED.format(other=',')}{_INDIAN}|\d+)(?![\d,' ])(?:\.\d*)?|\.\d+)"
_COMMA = rf"(?:(?:{_GROUPED.format(other='[.]')}|\d+)(?![\d.' ])(?:,\d*)?|,\d+)"
_CORE = {".": re.compile(_POINT), ",": re.compile(_COMMA)}
_COLUMN = {
    sign: re.compile(rf"(?:(?>[-+]?{core}(?:[eE][-+]?\d+)?)?\n)*+")
    for sign, core in ((".", _POINT), (",", _COMMA))
}
_SURE = re.compile(r"(?m)^\d+\.(?:\d{1,2}|\d{4,})$")  # can only be meant with a point
_OTHER = re.compile(r"[^\d.\n]|\.\d*\.|(?m:^)\.\n")
_PARTS = {".": str.maketrans("", "", ",' "), ",": str.maketrans(",", ".", ".' ")}

_MONEY = r"(?:[A-Z]{0,3}[$€£¥₹₩₽₺₫฿₪₴₦₱₡₲₵₸₼₾₿¢]|[A-Z]{3}|kr\.?|zł|Kč|Ft|Rs\.?)"
_SIZES = {"k": 3, "tsd": 3, "m": 6, "mn": 6, "mln": 6, "mio": 6, "b": 9, "bn": 9, "mrd": 9}
_SIZES |= {"t": 12, "tn": 12, "lakh": 5, "cr": 7, "crore": 7}
_CELL = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>{_MONEY})?\s*(?P<sign_after>[-+])?\s*"
    r"(?P<core>[\d.,](?:[\d.,' ]*[\d.,])?)(?P<power>[eE][-+]?\d+)?"
    rf"\s*(?:(?P<size>(?i:{'|'.join(sorted(_SIZES, key=len, reverse=True))}))\.?(?![A-Za-z]))?"
    rf"\s*(?P<after>{_MONEY})?\s*(?P<share>%)?\s*(?P<close>\))?(?P<trailing>[-+])?"
)

_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u200a\u202f\u2002\u2003\u3000\t"), " ")
_QUOTES = dict.fromkeys(map(ord, "\u2019\u2018\u02bc\u00b4\u2032`\u066c\uff07"), "'")
_SAME = _BLANKS | _QUOTES | dict.fromkeys(map(ord, "\u2212\u2013\u2014\uff0d"), "-")
_SAME |= {ord("\u066b"): ".", ord("\uff0c"): ",", ord("\uff0e"): ".", 0x200E: "", 0x200F: ""}
_SAME |= {zero + i: str(i) for zero in (0x660, 0x6F0, 0x966, 0xFF10) for i in range(10)}


class Ambiguous(ValueError):
    """Numbers that can be read in two ways, or mix two; the text says which, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbers:
    """Columns of text as numbers (n,), and where there was text that is no number (n,)."""

    values: tuple[Array, ...]
    texts: tuple[Flags, ...]
    note: str = ""  # what had to be taken as usual, if anything


def read_numbers(
    columns: Sequence[Sequence[str]], beside: Sequence[Sequence[str]] = (), usual: str = ""
) -> Numbers:
    """Read columns of one file, which share a notation.

    Args:
        columns: cells by column; what is empty, or says that there is nothing, is NaN.
        beside: further columns of the file, which may tell the notation.
        usual: the decimal sign where nothing tells it, if there is a usual one.

    Raises:
        Ambiguous: nothing tells the notation, or a column mixes two, or two currencies.
    """
    own = [_column(cells) for cells in columns]
    for column in own:
        column.check()
    signs = {column.sign for column in own if column.sign}
    unsure = [column for column in own if column.open]
    note = ""
    if unsure and len(signs) != 1:
        signs |= {column.sign for column in map(_column, beside) if column.sign}
    if unsure and len(signs) != 1:
        signs = {sign for column in unsure if (sign := column.steady())}
    if unsure and len(signs) != 1:
        note, signs = _by_use(unsure[0].example, usual)
    sign = next(iter(signs)) if len(signs) == 1 else "."
    read = [column.read(column.sign or sign) for column in own]
    return Numbers(values=tuple(v for v, _ in read), texts=tuple(t for _, t in read), note=note)


def _by_use(example: str, usual: str) -> tuple[str, set[str]]:
    if not usual:
        plain, decimal = re.sub(r"[.,]", "", example), re.sub(r"[.,]", ".", example)
        raise Ambiguous(
            f"{example!r} may be {plain} or {decimal}, and no other cell tells which; write its "
            "numbers without thousands signs, with a decimal point"
        )
    return f"{example!r} is read with a decimal {'point' if usual == '.' else 'comma'}", {usual}


@dataclass(slots=True, kw_only=True)
class _Column:
    """Cells of one column, and how many of them fit one notation alone."""

    cells: list[str]
    plain: bool  # nothing but signs, digits and marks: read all at once
    only: dict[str, int] = field(default_factory=dict)  # cells that fit this notation alone
    examples: dict[str, str] = field(default_factory=dict)
    open: bool = False  # every cell fits both, and means different numbers in them
    example: str = ""
    money: set[str] = field(default_factory=set)

    @property
    def sign(self) -> str:
        """The decimal sign, where it is certain."""
        return max(self.only, key=self.only.__getitem__) if self.only else ""

    def check(self) -> None:
        if len(self.money) > 1:
            raise Ambiguous(f"its prices mix {' and '.join(sorted(self.money))}; give one currency")
        filled = sum(map(bool, self.cells))
        if len(self.only) > 1 and min(self.only.values()) > _STRAY * filled:
            raise Ambiguous(
                f"its numbers mix a decimal point and a decimal comma ({self.examples['.']!r}, "
                f"{self.examples[',']!r}); write all of them with a point"
            )

    def steady(self) -> str:
        """The notation in which the column moves as prices do, where it leaps in the other."""
        farthest = {sign: _farthest(self.read(sign)[0]) for sign in _CORE}
        calm = min(farthest, key=farthest.__getitem__)
        return calm if farthest[calm] < _STEP and max(farthest.values()) > _LEAP else ""

    def read(self, sign: str) -> tuple[Array, Flags]:
        if self.plain:
            texts = "\n".join(self.cells).translate(_PARTS[sign]).split("\n")
            values = np.array([float(text) if text else np.nan for text in texts])
            return values, np.zeros(len(values), bool)
        shares = sum(cell.endswith("%") for cell in self.cells)
        if shares and shares >= (1.0 - _STRAY) * sum(map(bool, self.cells)):
            return _read_shares(self.cells, sign)
        values = np.array([_value(cell, sign) for cell in self.cells], dtype=np.float64)
        return values, np.isnan(values) & np.array([bool(cell) for cell in self.cells], bool)


def _read_shares(cells: Sequence[str], sign: str) -> tuple[Array, Flags]:
    """Fractions of a column of percentages, each with its sign; what has none is text in it."""
    values = np.array(
        [_value(c[:-1].strip(), sign) / 100.0 if c.endswith("%") else np.nan for c in cells]
    )
    return values, np.isnan(values) & np.array([bool(cell) for cell in cells], bool)


def _column(cells: Sequence[str]) -> _Column:
    joined = "\n".join(cells) + "\n"
    if _SURE.search(joined) and not _OTHER.search(joined):  # as programs write them
        return _Column(cells=list(cells), plain=True, only={".": 1})
    bare = _bare(cells)
    joined = "\n".join(bare) + "\n"
    fits = [sign for sign, column in _COLUMN.items() if column.fullmatch(joined)]
    if not fits:
        return _pieces(bare)
    column = _Column(cells=bare, plain=True)
    marked = re.search(r".*[.,].*", joined)
    if len(fits) == 1:
        column.only = {fits[0]: 1}
    elif marked:
        column.open, column.example = True, marked.group()
    return column


def _bare(cells: Sequence[str]) -> list[str]:
    """Stripped cells of the plainest characters, empty where they say that there is nothing."""
    joined = "\n".join(cells)
    if not joined.isascii():
        joined = joined.translate(_SAME)
    stripped = [cell.strip() for cell in joined.split("\n")]
    if re.search(r"[^\d.,\n]", joined):
        return ["" if cell.lower() in NOTHING else cell for cell in stripped]
    return stripped


def _pieces(cells: list[str]) -> _Column:
    """A column with more than digits in it, cell by cell."""
    column, both = _Column(cells=cells, plain=False), ""
    for cell in cells:
        match = _CELL.fullmatch(cell) if cell else None
        if match is None:
            continue
        core = match["core"]
        column.money |= {match[name] for name in ("before", "after") if match[name]}
        fits = [sign for sign, pattern in _CORE.items() if pattern.fullmatch(core)]
        if len(fits) == 1:
            column.only[fits[0]] = column.only.get(fits[0], 0) + 1
            column.examples.setdefault(fits[0], cell)
        elif fits and not both and re.search("[.,]", core):
            both = cell
    column.open, column.example = bool(both) and not column.only, both
    return column


def _value(cell: str, sign: str) -> float:
    match = _CELL.fullmatch(cell) if cell else None
    if match is None or match["share"] or not _CORE[sign].fullmatch(match["core"]):
        return np.nan
    digits = match["core"].translate(_PARTS[sign])
    if match["power"] and match["size"]:
        return np.nan
    power = match["power"] or f"e{_SIZES[match['size'].lower()] if match['size'] else 0}"
    minus = "-" in (match["sign"], match["sign_after"], match["trailing"]) or bool(match["open"])
    if bool(match["open"]) != bool(match["close"]):
        return np.nan
    return float(f"{'-' if minus else ''}{digits}{power}")


def _farthest(values: Array) -> float:
    """The largest move from one row to the next, in logs."""
    priced = values[np.isfinite(values) & (values > 0.0)]
    return float(np.abs(np.diff(np.log(priced))).max(initial=0.0))
