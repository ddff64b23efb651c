"""The markets of the check: where they are cut, and the sessions after the cut.

The simulated one has what real ones have: listings from the first session to the last, an asset
that ends, sessions that an asset missed, and sessions on which nothing traded.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from forefolio.core.units import Array
from forefolio.market import BARS, Market, simulated_market

Change: TypeAlias = Callable[[Array, np.random.Generator], Array]

FUTURES: dict[str, Change] = {
    "are the realised ones": lambda bars, _: bars,
    "are without prices": lambda bars, _: np.full(bars.shape, np.nan) if bars.ndim == 2 else bars,
    "are other ones": lambda bars, rng: bars * np.exp(rng.normal(0, 0.3, bars.shape)),
    "are a thousand times as large": lambda bars, _: bars * 1000,
}
SESSIONS, ASSETS = 1400, 6
LISTED = (0.0, 0.0, 0.0, 0.0, 0.2, 0.75)  # of all sessions, before an asset's first one
ENDS = (1.0, 1.0, 1.0, 0.85, 1.0, 1.0)
NOTHING_TRADED = 0.004  # of the sessions


def trial_market(seed: int, series: Collection[str], sessions: int = SESSIONS) -> Market:
    """A simulated market with every irregularity, and with `series` of these names as well."""
    market = simulated_market(seed, sessions, ASSETS, holes=0.02)
    rng = np.random.default_rng((seed, sessions))
    silent = np.zeros(market.close.shape, dtype=np.bool_)
    silent[rng.random(sessions) < NOTHING_TRADED] = True
    for asset, (first, last) in enumerate(zip(LISTED, ENDS, strict=True)):
        silent[: int(first * sessions), asset] = True
        silent[int(last * sessions) :, asset] = True
    bars: dict[str, Any] = {
        name: np.where(silent, np.nan, values)
        for name in BARS
        if (values := getattr(market, name)) is not None
    }
    bars["traded_close"] = (
        bars["close"] * np.where(np.arange(sessions) < sessions // 3, 2.0, 1.0)[:, None]
    )
    more = {name: 3.0 * _walk(rng, sessions) for name in sorted(series)}
    rate = 5e-5 * _walk(rng, sessions)
    more |= {"risk_free": rate, "cash": rate}
    return replace(market, **bars, series={**market.series, **more})


def _walk(rng: np.random.Generator, sessions: int) -> Array:
    walk: Array = np.exp(np.cumsum(rng.normal(0, 0.01, sessions)))
    return walk


def draw_cuts(market: Market, rng: np.random.Generator) -> list[int]:
    """Numbers of rows: in the warm-up, where something happens, and late.

    Something happens right after a session that an asset missed or on which nothing traded,
    and right before an asset's first.
    """
    rows, traded = len(market), np.isfinite(market.close)
    listed = np.argmax(traded, axis=0)[traded.any(axis=0)]
    late = np.arange(rows) >= rows // 2
    candidates = (
        np.arange(2, max(rows // 4, 3)),
        listed[listed > 1],
        np.flatnonzero(~traded.any(axis=1)) + 1,
        np.flatnonzero(traded.any(axis=1) & ~traded[:, listed == 0].all(axis=1) & late) + 1,
        np.arange(rows // 2, rows),
        np.arange(max(rows * 4 // 5, 1), rows),
    )
    cuts: set[int] = set()
    for possible in candidates:
        inside = possible[(possible > 0) & (possible < rows)]
        cuts.update(int(cut) for cut in rng.choice(inside, min(1, len(inside)), replace=False))
    return sorted(cuts)


def alone(market: Market, cut: int, offset: int = 0) -> Market:
    """The first rows in memory of their own, without a future behind them.

    `offset` moves them in memory, by numbers: vectorised sums are then rounded in other places.
    """

    def moved(values: Array) -> Array:
        if not offset:
            return values.copy()
        room = np.empty(values.size + offset)
        room[offset:] = values.ravel()
        return room[offset:].reshape(values.shape)

    return _rebuilt(market[:cut], moved)


def with_future(market: Market, cut: int, change: Change, seed: int) -> Market:
    """The first rows, and others after them."""
    rng = np.random.default_rng((seed, cut))
    return _rebuilt(
        market, lambda values: np.concatenate([values[:cut], change(values[cut:], rng)])
    )


def _rebuilt(market: Market, values: Callable[[Array], Array]) -> Market:
    bars = {name: getattr(market, name) for name in BARS}
    changed: dict[str, Any] = {n: values(b) for n, b in bars.items() if b is not None}
    changed["series"] = {name: values(series) for name, series in market.series.items()}
    return replace(market, sessions=market.sessions.copy(), home=None, **changed)
