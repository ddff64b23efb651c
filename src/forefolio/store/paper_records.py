"""A paper account and an entry of it, as they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forefolio.core.errors import InputError


class BroughtForward(InputError):
    """Another process has opened a paper account, or entered sessions, at the same moment."""

    code = "brought_forward"

    def __init__(self, account: str) -> None:
        super().__init__(
            f"the paper account {account} was brought forward by somebody else at the same moment; "
            "ask again"
        )


class ClosedAccount(InputError):
    """Something was to be entered in a paper account that is closed."""

    code = "closed_account"

    def __init__(self, account: str) -> None:
        super().__init__(
            f"the paper account {account} is closed: nothing is entered in it any more; one of "
            f"another name goes on, such as --account {account}-2"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAccount:
    """An account: its name, what it follows, and how many entries it has.

    `closed_after` is the last session that was followed of one that is closed; empty: it is not.
    """

    name: str
    study: Mapping[str, Any]
    opened_at: float  # seconds since 1970
    entries: int
    closed_after: str = ""


CLOSING = "ended"
"""The kind of the entry that closes an account: none comes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened to an account on a session."""

    session: str  # the day, as 2024-01-31
    kind: str
    sentence: str
    late: bool = False  # whether a later session was known when it was entered
    amounts: Mapping[str, float | None] = field(default_factory=dict)  # by ticker
    money: float | None = None
    closes: Mapping[str, float] | None = None  # the prices known then, by ticker
    state: Mapping[str, Any] | None = None  # what the next session goes on from
    entered_at: float = 0.0  # seconds since 1970; set when it is written
    number: int = 0  # the same
