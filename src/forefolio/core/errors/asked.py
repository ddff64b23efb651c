"""Errors of what was asked for: it is not well formed, or more than there is time for."""

from collections.abc import Mapping, Sequence
from typing import Any

from forefolio.core.errors.base import ForefolioError


class InputError(ForefolioError):
    """What was asked for is not well formed."""

    code = "input"


class BadSettings(InputError, ValueError):
    """A component's settings do not validate; `problems` are (path, reason) pairs.

    It is a ValueError as well, so that a component made while another is validated is one of that
    other's problems.
    """

    code = "bad_settings"

    def __init__(self, problems: Sequence[tuple[str, str]], component: str) -> None:
        super().__init__(f"{component}: {_listed(problems)}")
        self.problems, self.component = tuple(problems), component


class BadStudy(InputError):
    """A study's document does not validate; `problems` are (path, reason) pairs."""

    code = "bad_study"

    def __init__(self, problems: Sequence[tuple[str, str]], where: str = "study") -> None:
        super().__init__(f"{where}: {_listed(problems)}")
        self.problems, self.where = tuple(problems), where


def _listed(problems: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{path}: {reason}" if path else reason for path, reason in problems)


class BadTicker(InputError):
    """A symbol is not one."""

    code = "bad_ticker"

    def __init__(self, symbols: Sequence[str]) -> None:
        refused = ", ".join(repr(s) for s in symbols)
        super().__init__(
            f"not a ticker: {refused}; a ticker has 1 to 32 letters and digits of any script, '.', "
            "'-', '=', '^' or '&', such as AAPL, BRK.B or ^GSPC"
        )
        self.symbols = tuple(symbols)


class UnknownModel(InputError):
    """No trained model has that id or alias, or is kept here."""

    code = "unknown_model"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no trained model {name[:80]!r} here; `forefolio models list` names all"
        )
        self.name = name


class BadConstraint(InputError):
    """A constraint in words cannot be read: `expected` was expected `at` a place in `text`."""

    code = "bad_constraint"

    def __init__(self, text: str, at: int, expected: str, example: str = "tech <= 30%") -> None:
        where = f"at {text[at:]!r}" if text[at:].strip() else "at its end"
        super().__init__(f"{text!r} {where}: expected {expected}, such as {example!r}")
        self.text, self.at, self.expected = text, at, expected


class TooMuchWork(InputError):
    """What was asked for would take more time or memory than there is.

    `facts` are the `setting` and its `value`, and `most`, the largest value that fits (0: none
    does), where the settings `beside` it have the values that are given there.
    """

    code = "too_much_work"

    def __init__(self, facts: Mapping[str, Any], *, cpu_s: float, memory: float) -> None:
        beside = "".join(f", with {most:,} {name}" for name, most in facts["beside"].items())
        fits = f"at most {facts['most']:,} fit{beside}" if facts["most"] else "nothing like it fits"
        super().__init__(
            f"{facts['setting']}: {facts['value']:,} is too large: the answer would take at least "
            f"{cpu_s:,.0f} s of CPU and {memory / 2**20:,.0f} MB of memory; {fits} "
            "(FOREFOLIO_RUN_TIMEOUT_S, FOREFOLIO_MEMORY_MB)"
        )
        self._facts = dict(facts)

    @property
    def facts(self) -> dict[str, Any]:
        """The setting, and its largest value that fits."""
        return self._facts


class UnclearName(InputError):
    """What limits, views or benchmarks are `about` is not in the market, or two things at once."""

    code = "unclear_name"

    def __init__(self, about: object, trouble: str, remedy: str) -> None:
        super().__init__(f"{about}: {trouble}; {remedy}")
        self.about, self.trouble, self.remedy = str(about), trouble, remedy
