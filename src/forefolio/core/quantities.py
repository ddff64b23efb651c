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
_POWERS = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("m", "mn", "million"), 1e6),
    **dict.fromkeys(("bn", "billion"), 1e9),
    **dict.fromkeys(("tn", "trillion"), 1e12),
}
_SHORT = re.compile(rf"(.*\d\.?)\s*({'|'.join(_POWERS)})", re.IGNORECASE)
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


def money(text: str) -> float:
    """Read an amount of money, as `amount` does, also in short: "$10m" is 10000000.0.

    k and thousand, m, mn and million, bn and billion, tn and trillion stand for powers of a
    thousand; MM, which is a million to some and square millimetres to others, is refused.

    Raises:
        ValueError: it is none, or could be read in two ways.

    >>> money("10 million"), money("$2.5bn"), money("25,000")
    (10000000.0, 2500000000.0, 25000.0)
    """
    plain = _CURRENCY.sub(lambda mark: mark[1] or "", text.strip())
    if (short := _SHORT.fullmatch(plain)) is None:
        return amount(text)
    try:
        value = amount(short[1])
    except ValueError:
        raise ValueError(
            f"{text!r} is not a number that can be read; write 10m or 25,000"
        ) from None
    return float(round(value * _POWERS[short[2].lower()], 6))


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
