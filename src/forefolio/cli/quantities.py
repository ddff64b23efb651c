"""What options that are numbers were given: one, or a list of them by ticker.

`forefolio.core.quantities` reads each number. A weight as large as 60 is no fraction, and not said
to be per cent: refused until it is written as 60%.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from forefolio.core import quantities

BETWEEN = re.compile(r"[\s,;]+(?=[^\s,;=]+\s*=)")  # pairs; not thousands
LARGEST = 1.5  # a weight that is written without its sign and is larger may be per cent


def plain(given: object) -> float:
    """A number, whatever its thousands and its currency.

    Raises:
        ValueError: it is none, or could be read in two ways.
    """
    return quantities.amount(str(given))


def share(given: object) -> float:
    """A fraction, or a percentage as the fraction it is.

    Raises:
        ValueError: it is no number, or could be read in two ways.
    """
    return quantities.fraction(str(given))


def fraction(given: object) -> float:
    """What an option that is a fraction was given, such as 12% or 0.12."""
    return _read(share, given, "say for example 12% or 0.12")


def money(given: object) -> float:
    """What an option that is money was given, such as 25,000 or $25,000."""
    return _read(plain, given, "say for example 25,000 or 25000.50")


def multiple(given: object) -> float:
    """A multiple such as 1.1, or the gain that leads to it: 10%."""
    gain = str(given).strip().endswith("%")
    told = _read(share, given, "say for example 1.1, or 10% for a gain")
    return 1.0 + told if gain else told


def fractions(given: str, option: str) -> tuple[float, ...]:
    """Several fractions with spaces or commas between, each between -1 and 1.

    Raises:
        InputError: one of them is not.
    """
    from forefolio.core.errors import InputError

    try:
        found = [share(word) for word in given.replace(" %", "%").replace(",", " ").split()]
    except ValueError:
        found = []
    if not found or not all(-1 < one <= 1 for one in found):
        raise InputError(f"{option} {given}: not between -100% and 100%; say for example 12%")
    return tuple(found)


def weights(given: str) -> dict[str, float]:
    """Weights by ticker: fractions or per cent, from AAPL=30%,KO=0.2 or a CSV file.

    Those that exceed the whole by no more than their own rounding are brought to it.

    Raises:
        InputError: something in it is no ticker with a number, or may be per cent.
    """
    import numpy as np

    from forefolio.core.errors import InputError
    from forefolio.optimize.shares import as_typed

    found: dict[str, float] = {}
    for name, value in _pairs(given, "--weights"):
        weight, ticker = _number(share, name, value, "--weights"), _ticker(name)
        if abs(weight) > LARGEST and not value.strip().endswith("%"):
            whole = f"{100 * weight:.6g}%"
            raise InputError(
                f"--weights {ticker}={value} is {whole} of the portfolio; write {ticker}={value}% "
                f"if it is per cent, or {ticker}={whole} if it is that much"
            )
        found[ticker] = found.get(ticker, 0.0) + weight
    typed = as_typed(np.array(list(found.values()), dtype=np.float64))
    return dict(zip(found, typed.tolist(), strict=True))


def amounts(given: str, option: str) -> dict[str, float]:
    """Shares or money by ticker, from AAPL=10,KO=5 or from a CSV file of two columns.

    Raises:
        InputError: something in it is no ticker with a number.
    """
    found: dict[str, float] = {}
    for name, value in _pairs(given, option):
        amount, ticker = _number(plain, name, value, option), _ticker(name)
        found[ticker] = found.get(ticker, 0.0) + amount
    return found


def _read(read: "Callable[[object], float]", given: object, remedy: str) -> float:
    import typer

    try:
        return read(given)
    except ValueError:
        raise typer.BadParameter(
            f"{str(given)!r} is no number that can be read; {remedy}"
        ) from None


def _number(read: "Callable[[object], float]", name: str, value: str, option: str) -> float:
    from forefolio.core.errors import InputError

    try:
        return read(value)
    except ValueError:
        raise InputError(
            f"{option}: {value!r} is no number for {name!r}; write {_example(option)}, or name a "
            "CSV file with a column of tickers and one of numbers"
        ) from None


def _example(option: str) -> str:
    return "AAPL=60%,KO=40%" if option == "--weights" else "AAPL=10,KO=5"


def _ticker(name: str) -> str:
    from forefolio.market import sanitize_tickers

    return sanitize_tickers([name])[0]


def _pairs(given: str, option: str) -> list[tuple[str, str]]:
    from forefolio.core.errors import InputError

    if not (found := _split(given)):
        raise InputError(f"{option} names nothing; write {_example(option)}, or name a CSV file")
    return found


def _split(given: str) -> list[tuple[str, str]]:
    path = Path(given)
    if "=" in given or not path.is_file():
        halves = [word.rpartition("=") for word in BETWEEN.split(given.strip(" ,;")) if word]
        return [
            (name.strip() or value.strip(), value.strip() if name else "")
            for name, _, value in halves
        ]
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    first = text.partition("\n")[0]
    mark = next((mark for mark in ";\t" if mark in first), ",")
    lines = csv.reader(text.splitlines(), delimiter=mark)
    rows = [[cell.strip() for cell in row] for row in lines if any(row)]
    return [(row[0], row[1] if len(row) > 1 else "") for row in rows[_heading(rows) :]]


def _heading(rows: list[list[str]]) -> int:
    """How many rows are headings: one, if its second column is a word."""
    return int(bool(rows) and len(rows[0]) > 1 and rows[0][1].replace(" ", "").isalpha())
