"""Assets of several exchanges on one clock, and each on its own.

1. Two assets can only be compared over the same stretch of time. `in_step` keeps the sessions on
   which every exchange is open: what the others did in between is compounded into the next of
   them, so that a stock's Monday stands beside a coin's whole weekend. Sessions on which a tenth
   of the assets is missing, such as a country's holiday, are passed over in the same way.
2. A missing bar of one among many, a halt, or an asset that is not listed yet stops no clock.
3. `last_own` looks at each asset alone: its own last sessions, however many others passed.
"""

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Integer, kernel
from forefolio.core.units import Array, Flags
from forefolio.market.own_sessions import CLOSED
from forefolio.market.panel import Market

SEEN = 25  # times the sessions that are asked for: how far back they are looked for
MISSED = 0.1  # of the assets: so many do not trade where a country has a holiday
RARE = 0.1  # of an asset's busiest day of the week: it is closed on one with less
SLOW = 0.5  # of the market's sessions: a weekly record is closed between its own


@kernel((PANEL, VECTOR, PANEL, VECTOR, Integer, OUT_VECTOR, OUT_VECTOR, OUT_VECTOR))
def _open(
    close: Array,
    weekday: Array,
    usual: Array,
    share: Array,
    limit: int,
    living: Array,
    missed: Array,
    shut: Array,
) -> None:
    """Count, session by session, assets that live, those that do not trade, and shut exchanges."""
    rows, assets = close.shape
    for asset in range(assets):
        last = -1
        for row in range(rows + 1):
            ended = row == rows
            if not ended and np.isnan(close[row, asset]):
                continue
            if last >= 0 and (row - last - 1) * share[asset] <= limit:
                for between in range(last + 1, row):
                    living[between] += 1.0
                    missed[between] += 1.0
                    day = int(weekday[between])
                    if usual[day, asset] == 0.0:
                        shut[between] += 1.0
            if not ended:
                living[row] += 1.0
            last = row


@kernel((PANEL, OUT_PANEL))
def _last_own(values: Array, out: Array) -> None:
    wanted, columns = out.shape
    for column in range(columns):
        place = wanted - 1
        for row in range(len(values) - 1, -1, -1):
            if place < 0:
                break
            if not np.isnan(values[row, column]):
                out[place, column] = values[row, column]
                place -= 1
        for empty in range(place + 1):
            out[empty, column] = np.nan


def in_step(market: Market, sessions: int) -> Market:
    """The last `sessions` on which all exchanges are open, or fewer; and the one before them.

    Where no bar is missing these are the market's own.
    """
    recent = market.close[-sessions - 1 :]
    if np.isfinite(recent).all():
        return market
    past = market.close[-SEEN * (sessions + 1) :]
    kept = np.zeros(len(market), dtype=np.bool_)
    kept[len(market) - len(past) :] = _together(past, market)
    wanted = np.flatnonzero(kept)[-sessions - 1 :]
    kept[: wanted[0] if len(wanted) else 0] = False
    return market.on(kept)


def last_own(values: Array, sessions: int) -> Array:
    """The last `sessions` known values (sessions, N) of each asset, NaN before its first."""
    recent = values[-sessions:]
    if len(recent) == sessions and np.isfinite(recent).all():
        return recent
    out = np.empty((sessions, values.shape[1]))
    _last_own(np.ascontiguousarray(values), out)
    return out


def last_returns(market: Market, sessions: int) -> Array:
    """Each asset's last own returns (sessions, N), brought to the unit of the market's sessions.

    Their mean square is the variance per session of the market.
    """
    close = last_own(market.close, sessions + 1)
    returns: Array = (close[1:] / close[:-1] - 1.0) * np.sqrt(market.share_of_sessions)
    return returns


def _together(close: Array, market: Market) -> Flags:
    rows, assets = close.shape
    weekday = market.sessions[len(market) - rows :].astype("datetime64[D]").astype(np.int64) % 7
    share = market.share_of_sessions
    living, missed, shut = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    _open(
        np.ascontiguousarray(close),
        weekday.astype(np.float64),
        _usual(np.isfinite(close), weekday, share),
        share,
        CLOSED,
        living,
        missed,
        shut,
    )
    return np.asarray((shut == 0) & (missed < MISSED * living) if assets else shut == 0)


def _usual(traded: Flags, weekday: NDArray[np.int64], share: Array) -> Array:
    """Days of the week (7, N) on which an asset is usually open; none that it is in step with."""
    counts = np.array([traded[weekday == day].sum(axis=0) for day in range(7)], dtype=np.float64)
    usual = (counts > RARE * counts.max(axis=0)) & (share >= SLOW)
    return np.ascontiguousarray(usual, dtype=np.float64)
