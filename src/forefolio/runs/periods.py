"""When a schedule is due: a rule in words, read in UTC, so that no hour is ever missing or double.

    every session after close     Monday to Friday at 22:30, after the close of New York
    daily 18:00
    weekly friday 22:30           without a day: Saturday
    monthly 15 06:00              without a day: the 1st

Without a time it is 22:30.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from forefolio.core.errors import InputError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = re.compile(
    r"(?P<every>every session|daily|weekly|monthly)"
    rf"( (?P<weekday>{'|'.join(_DAYS)})| (?P<day>\d{{1,2}})(?!\d*:)| after close)?"
    r"( (?P<hour>\d{1,2}):(?P<minute>\d{2}))?"
)
_TAKES = {"every session": "after close", "weekly": "weekday", "monthly": "day", "daily": ""}
_LONGEST = 32  # days from one to the next


@dataclass(frozen=True, slots=True)
class Rule:
    """Days of the week or of the month, and a time of the day in UTC."""

    words: str
    at: time
    weekdays: frozenset[int] = frozenset(range(7))  # Monday is 0
    day: int | None = None  # of the month

    def latest(self, now: datetime) -> datetime:
        """The last time at or before `now`."""
        days = (now.date() - timedelta(days=back) for back in range(_LONGEST))
        return next(when for when in map(self._on, days) if when and when <= now)

    def next(self, now: datetime) -> datetime:
        """The first time after `now`."""
        days = (now.date() + timedelta(days=ahead) for ahead in range(_LONGEST))
        return next(when for when in map(self._on, days) if when and when > now)

    def _on(self, day: date) -> datetime | None:
        if day.weekday() not in self.weekdays or self.day not in (None, day.day):
            return None
        return datetime.combine(day, self.at, UTC)


def rule_of(words: str) -> Rule:
    """The rule that words say.

    Raises:
        InputError: they say none.

    >>> from datetime import UTC, datetime
    >>> print(rule_of("weekly friday 18:00").next(datetime(2026, 1, 1, tzinfo=UTC)))
    2026-01-02 18:00:00+00:00
    """
    plain = " ".join(words.lower().replace(" on ", " ").replace(" at ", " ").split())
    parts = _WORDS.fullmatch(plain)
    if parts is None or not _fits(parts):
        raise InputError(
            f"{words!r} is no rule; say `every session after close`, `daily 22:30`, "
            "`weekly friday 22:30` or `monthly 15 06:00`; times are UTC"
        )
    every, weekday, day = parts["every"], parts["weekday"], parts["day"]
    hour, minute = int(parts["hour"] or 22), int(parts["minute"] or 30)
    match every:
        case "every session":
            weekdays, on = frozenset(range(5)), None
        case "weekly":
            weekdays, on = frozenset({_DAYS.index(weekday or "saturday")}), None
        case "monthly":
            weekdays, on = frozenset(range(7)), int(day or 1)
        case _:
            weekdays, on = frozenset(range(7)), None
    return Rule(plain, time(hour, minute), weekdays, on)


def _fits(parts: re.Match[str]) -> bool:
    """Whether the parts belong together, and are a time and a day that every month has."""
    takes = _TAKES[parts["every"]]
    given = {
        "weekday": parts["weekday"] is not None,
        "day": parts["day"] is not None,
        "after close": " after close" in parts[0],
    }
    if any(is_given and name != takes for name, is_given in given.items()):
        return False
    times = int(parts["hour"] or 0) < 24 and int(parts["minute"] or 0) < 60
    return times and 1 <= int(parts["day"] or 1) <= 28
