"""Which days a provider was asked about, and what it said of a ticker beside its prices.

A day without a price is a holiday once it was asked about. What is lost is asked for again.
"""

from dataclasses import dataclass
from datetime import date

from forefolio.market.online.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The days from `since` to `until` were asked about; "" where nothing was said."""

    since: date
    until: date
    currency: str = ""
    zone: str = ""


def covered(limits: Limits, provider: str, ticker: str) -> Covered | None:
    """What is remembered of a ticker of a provider; None if nothing."""
    with limits.writing() as rows:
        row = rows.execute(
            "SELECT since, until, currency, zone FROM covered WHERE provider = ? AND ticker = ?",
            (provider, ticker),
        ).fetchone()
    if row is None:
        return None
    since, until, currency, zone = row
    return Covered(
        since=date.fromisoformat(since),
        until=date.fromisoformat(until),
        currency=currency,
        zone=zone,
    )


def cover(limits: Limits, provider: str, ticker: str, days: Covered) -> None:
    """Remember it."""
    with limits.writing() as rows:
        rows.execute(
            "INSERT OR REPLACE INTO covered VALUES (?, ?, ?, ?, ?, ?)",
            (
                provider,
                ticker,
                days.since.isoformat(),
                days.until.isoformat(),
                days.currency,
                days.zone,
            ),
        )
