"""A short text, read word by word; an error names the place where it is wrong."""

import json
import re
from decimal import Decimal
from typing import Any

from forefolio.core.errors import BadConstraint
from forefolio.optimize.text import NAME, NUMBER, begins_a_name, is_code, is_ticker

COMPARISON = re.compile(r"<=|>=|==|≤|≥|<|>|=(?![<>])")
ALSO = {"≤": "<=", "≥": ">="}  # as they are pasted
QUOTED = {mark: re.compile(rf"{mark}(?:[^{mark}\\]|\\.)*{mark}") for mark in "\"'"}
EXAMPLE = "tech <= 30%"


class Reader:
    """A text, and how far it has been read."""

    def __init__(self, text: str, end: int | None = None) -> None:
        self.text, self.at = text, 0
        self.end = len(text) if end is None else end
        self.skip()

    def skip(self) -> None:
        """Go on to what is not a space."""
        while self.at < self.end and self.text[self.at].isspace():
            self.at += 1

    def take(self, what: re.Pattern[str]) -> str:
        """Read `what`, or nothing."""
        match = what.match(self.text, self.at, self.end)
        if not match:
            return ""
        self.at = match.end()
        self.skip()
        return match[0]

    def comparison(self) -> str:
        """Read a sign between two sides, or nothing."""
        sign = self.take(COMPARISON)
        return ALSO.get(sign, sign)

    def sign(self, sign: str) -> bool:
        """Read a sign, if it is there."""
        return bool(self.take(re.compile(re.escape(sign))))

    def at_sign(self, what: re.Pattern[str]) -> bool:
        """Whether a sign stands here; it is not read."""
        return bool(what.match(self.text, self.at, self.end))

    def word(self, *words: str) -> bool:
        """Read words, if they are all there."""
        pattern = r"\s+".join(map(re.escape, words)) + r"(?![\w.&^-])"
        return bool(self.take(re.compile(pattern, re.IGNORECASE)))

    def number(self) -> float | None:
        """Read a number, or a percentage, as a fraction."""
        number = self.take(NUMBER)
        if not number:
            return None
        digits = Decimal(number.rstrip("%"))
        return float(digits.scaleb(-2) if number.endswith("%") else digits)

    def interval(self) -> tuple[float, float]:
        """Read two numbers, as in "[0.9, 1.1]"."""
        example = "beta in [0.9, 1.1]"
        if not self.sign("["):
            raise self.expected('"["', example)
        lower = self.number()
        if lower is None or not self.sign(","):
            raise self.expected("two numbers", example)
        upper = self.number()
        if upper is None or not self.sign("]"):
            raise self.expected("two numbers", example)
        return lower, upper

    def at_a_name(self) -> bool:
        """Whether a ticker, a sector or something in quotes stands here, and no word of ours."""
        return begins_a_name(self.text[self.at : self.end])

    def json(self) -> Any:
        """Read a value as JSON writes it."""
        try:
            value, end = json.JSONDecoder().raw_decode(self.text[: self.end], self.at)
        except json.JSONDecodeError:
            raise self.expected("a value such as 21") from None
        self.at = end
        self.skip()
        return value

    def asset(self) -> str:
        """Read a ticker, or any name in single quotes."""
        if quoted := self.take(QUOTED["'"]):
            inside = re.sub(r'(?<!\\)"', r"\"", quoted[1:-1].replace("\\'", "'"))
            return self._unescaped(inside)
        start, word = self.at, self.take(NAME)
        if is_ticker(word):
            return word
        self.at = start
        return ""

    def code(self) -> bool:
        """Whether a ticker of digits alone stands here, and not a limit of what follows it."""
        start, word = self.at, self.take(NAME)
        is_share = self.text[self.at : self.at + 1] == "%"
        compared = bool(self.comparison())
        follows = not compared or bool(self.take(NUMBER))
        self.at = start
        return is_code(word) and follows and not is_share

    def quoted(self) -> str | None:
        """Read words in double quotes."""
        words = self.take(QUOTED['"'])
        return self._unescaped(words[1:-1]) if words else None

    def _unescaped(self, inside: str) -> str:
        """What stands between quotes, backslashes read as JSON does."""
        try:
            return str(json.loads(f'"{inside}"', strict=False))
        except json.JSONDecodeError:
            raise self.expected("a name in which each backslash is written twice") from None

    def expected(self, what: str, example: str = EXAMPLE) -> BadConstraint:
        """What to raise where something else was expected."""
        return BadConstraint(self.text, self.at, what, example)
