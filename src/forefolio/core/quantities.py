"""Numbers as people write them: 12%, 25,000, $25,000; the one reader of a file, a body and a shell.

A comma stands between thousands, and the decimal sign is a point. What could be read otherwise,
such as 25.000,00 or 0,3, is refused: a number is never off by a power of ten.
"""

import re
from collections.abc import Mapping
from typing import Any

NOTHING = {
    *("", "-", "--", "---", ".", "..", "...", "n/a", "na", "n.a.", "#n/a", "#na", "n/d", "nan"),
    *("null", "none", "nil", "<na>", "nat", "-nan"),
}
"""What tables write, in small letters, where there is no number.

What a spreadsheet writes for an error, such as #N/A N/A or #REF!, is a text.
"""

_GROUPED = re.compile(
    r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+([eE][+-]?\d+)?"
)
_CURRENCY = re.compile(
    r"^([+-]?)\s*(?:[$€£¥]|USD|EUR|GBP|CHF|JPY)\s*|\s*(?:[$€£¥]|USD|EUR|GBP|CHF|JPY)$"
)
_BETWEEN = re.compile(r"[\s,;]+")
_BETWEEN_PAIRS = re.compile(r"[\s,;]+(?=[^\s,;=]+\s*=)")  # not the commas of thousands


def amount(text: str) -> float:
    """Read a number, whatever its thousands and its currency: "$25,000" is 25000.0.

    Raises:
        ValueError: it is none, or could be read in two ways.
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", "")
    plain = _CURRENCY.sub(lambda mark: mark[1] or "", plain)
    if not _GROUPED.fullmatch(plain):
        raise ValueError(f"{text!r} is not a number that can be read; write 25,000 or 25000.50")
    return float(plain.replace(",", ""))


def fraction(text: str) -> float:
    """Read a fraction, or a percentage as the fraction it is: "12%" is 0.12.

    Raises:
        ValueError: it is no number, or could be read in two ways.
    """
    plain = text.strip()
    try:
        return round(amount(plain[:-1]) / 100.0, 15) if plain.endswith("%") else amount(plain)
    except ValueError:
        raise ValueError(f"{text!r} is not a number that can be read; write 12% or 0.12") from None


def beside_percentages(
    column: str, cells: Mapping[str, Any], numbers: Mapping[str, float]
) -> str | None:
    """What is wrong with a column where a number beyond one stands among percentages.

    `numbers` is what was read of its `cells`. None: nothing is.

    >>> beside_percentages("esg", {"A": "70%", "B": "71"}, {"A": 0.7, "B": 71.0})
    '71 as esg of B, beside percentages; write 71%, or none of them as a percentage'
    """
    plain = [name for name in numbers if not str(cells[name]).strip().endswith("%")]
    unclear = [name for name in plain if abs(numbers[name]) > 1.0]
    if not unclear or len(plain) == len(numbers):
        return None
    cell = cells[unclear[0]]
    return (
        f"{cell} as {column} of {unclear[0]}, beside percentages; write {cell}%, or none of them "
        "as a percentage"
    )


def basis_points(text: str) -> float:
    """Read a number of basis points, or a percentage as the basis points it is: "0.1%" is 10.0.

    Raises:
        ValueError: it is no number, or could be read in two ways.
    """
    plain = text.strip().lower()
    try:
        if plain.endswith("%"):
            return round(amount(plain[:-1]) * 100.0, 12)
        return amount(plain.removesuffix("bps").removesuffix("bp"))
    except ValueError:
        raise ValueError(
            f"{text!r} is not a number that can be read; write 10 or 10 bps, or 0.1%"
        ) from None


def words(text: str) -> tuple[str, ...]:
    """Split a list written as text: "AAPL, MSFT" and "AAPL MSFT" are ("AAPL", "MSFT")."""
    return tuple(word for word in _BETWEEN.split(text) if word)


def multiple(text: str) -> float:
    """Read a multiple such as "1.1", or the gain that leads to it: "10%" is 1.1.

    Raises:
        ValueError: it is no number, or could be read in two ways.
    """
    read = fraction(text)
    return 1.0 + read if text.strip().endswith("%") else read


def pairs(text: str) -> list[tuple[str, str]]:
    """Split names with values: "AAPL=60%, KO=1,000" is [("AAPL", "60%"), ("KO", "1,000")].

    A word without a value has an empty one.
    """
    halves = [word.rpartition("=") for word in _BETWEEN_PAIRS.split(text.strip(" ,;")) if word]
    return [
        (name.strip() or value.strip(), value.strip() if name else "") for name, _, value in halves
    ]
