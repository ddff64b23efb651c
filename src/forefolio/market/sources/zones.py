"""The exchange's day of a moment that was written with another clock than the exchange's.

1. A stamp at midnight of the clock it is written with is a day, and means that day.
2. Where the market's zone is known (by the ticker's ending, such as 7203.T, or else by the exchange
   that is said), the day is the one there.
3. A clock that is not UTC is the exchange's own: the day written is meant.
4. Of stamps in UTC the exchange's clock is the one that puts (nearly) all of them at one time of
   day: midnight, or the start or end of a session. Where several do, it is the one with the fewest
   Saturdays and Sundays, then one at midnight, then the one that keeps the day written.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forefolio.core.lazy import lazy
from forefolio.core.units import Dates

pd: Any = lazy("pandas")

_DAY = 86_400
_ALIKE = 0.9  # of the stamps at one time of day, or else the clock is not the exchange's
_ZONES = (  # of exchanges, west to east; those of equal clocks once
    *("America/Los_Angeles", "America/Mexico_City", "America/Chicago", "America/Bogota"),
    *("America/New_York", "America/Santiago", "America/Sao_Paulo", "Europe/London"),
    *("Europe/Berlin", "Africa/Johannesburg", "Africa/Cairo", "Europe/Athens", "Asia/Jerusalem"),
    *("Europe/Istanbul", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Brisbane"),
    *("Australia/Sydney", "Pacific/Auckland"),
)
_OPEN, _CLOSE = 7 * 3600, 19 * 3600  # local time between which sessions start and end
_ENDINGS = {  # of tickers as Yahoo writes them
    "America/New_York": "TO V CN NE",
    "America/Sao_Paulo": "SA",
    "America/Mexico_City": "MX",
    "America/Santiago": "SN",
    "America/Argentina/Buenos_Aires": "BA",
    "Europe/London": "L IL IR",
    "Europe/Lisbon": "LS",
    "Europe/Berlin": "DE F BE DU HM HA MU SG PA AS BR MI MC SW VI ST OL CO PR WA BD",
    "Europe/Athens": "AT HE TL RG VS RO",
    "Europe/Istanbul": "IS",
    "Asia/Jerusalem": "TA",
    "Asia/Riyadh": "SR QA KW",
    "Africa/Cairo": "CA",
    "Africa/Johannesburg": "JO",
    "Asia/Kolkata": "NS BO",
    "Asia/Bangkok": "BK JK",
    "Asia/Shanghai": "SS SZ HK TW TWO SI KL",
    "Asia/Tokyo": "T KS KQ",
    "Australia/Sydney": "AX",
    "Pacific/Auckland": "NZ",
}
_ZONE_OF = {ending: zone for zone, endings in _ENDINGS.items() for ending in endings.split()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stamps:
    """Stamps as they were written: day, time of day, and how far their clock is from UTC."""

    days: Dates  # (n,), NaT where there is no date
    clock: NDArray[np.int64]  # (n,) seconds after midnight; 0 where no time is written
    ahead: NDArray[np.int64] | None = None  # (n,) seconds ahead of UTC, where it is written
    zone: str = ""  # of the exchange, where that is said

    def at(self, rows: Any) -> "Stamps":
        """Some of the stamps."""
        ahead = None if self.ahead is None else self.ahead[rows]
        return Stamps(days=self.days[rows], clock=self.clock[rows], ahead=ahead, zone=self.zone)


def exchange_days(stamps: Stamps, ticker: str = "") -> Dates:
    """The days (n,) on the exchange where `ticker` is traded."""
    if stamps.ahead is None or not stamps.clock.any():
        return stamps.days
    ending = ticker.rpartition(".")[2] if "." in ticker else ""
    if zone := _ZONE_OF.get(ending, stamps.zone):
        return _local(stamps, zone)[0]
    if stamps.ahead.any():
        return stamps.days
    return _best(stamps)


def _best(stamps: Stamps) -> Dates:
    """The days on the clock that puts the stamps at one time of day."""
    ranked: list[tuple[float, bool, float, int, Dates]] = []
    for days, clock in ((stamps.days, stamps.clock), *(_local(stamps, z) for z in _ZONES)):
        there = ~np.isnat(days)
        times, counts = np.unique(clock[there], return_counts=True)
        if not len(times) or counts.max() < _ALIKE * there.sum():
            continue
        usual = int(times[counts.argmax()])
        if usual and not _OPEN <= usual <= _CLOSE and days is not stamps.days:
            continue
        weekend = float(np.mean(~np.is_busday(days[there])))
        moved = float(np.mean(days[there] != stamps.days[there]))
        ranked.append((round(weekend, 3), usual != 0, moved, len(ranked), days))
    return min(ranked)[-1] if ranked else stamps.days


def _local(stamps: Stamps, zone: str) -> tuple[Dates, NDArray[np.int64]]:
    """Days and times of day on the clock of `zone`."""
    ahead = 0 if stamps.ahead is None else stamps.ahead
    seconds = stamps.days.astype("datetime64[s]") + (stamps.clock - ahead).astype("timedelta64[s]")
    local = pd.DatetimeIndex(seconds).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    moment = np.asarray(local.to_numpy(), dtype="datetime64[s]")
    days = moment.astype("datetime64[D]")
    return days, np.where(np.isnat(days), 0, (moment - days).astype(np.int64))
