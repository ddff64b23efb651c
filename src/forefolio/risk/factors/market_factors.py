"""Factors that a market holds: itself, its sectors, bonds, rates, the VIX, and spreads of assets.

A spread is long the third of the assets with most of a quality and short the third with least, in
equal weights, by what was known at the close before: a proxy of the factors that are sold as funds.
"""

from collections.abc import Iterator

import numpy as np

from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array
from forefolio.core.wording import listed
from forefolio.features import Momentum, Volatility
from forefolio.market import Market
from forefolio.market.own_sessions import own_growth
from forefolio.risk.factors.model import FactorReturns

CROWD = 3  # assets of a sector, at least
SIDE = 2  # assets on each side of a spread, at least
WHOLE = 0.9  # of the sessions: a factor that is known on fewer is left out
YIELDS = ("dgs10", "us10y", "tnx", "rate")  # series that are yields, fractions a year
NO_INDEX = "no benchmark is known, so the market is the mean of the assets: what is held is in it"
TRADED = 63  # sessions whose volume tells large from small


@takes_market
def market_factors(
    market: Market, sessions: int | None = None, *, sectors: bool = True
) -> FactorReturns:
    """What each factor of `market` earned over the last `sessions`, all of them if None.

    The market is the series "benchmark", or the mean of the assets; a sector is the mean of its
    assets less the market; "bonds" the series of that growth; "rates" the change of the first of
    the series dgs10, us10y, tnx and rate; "VIX" its relative change. Spreads are "momentum" (12
    months without the last), "low volatility" (126 sessions) and "small" (little traded in
    money). What is not known on 90 % of the sessions is left out, and noted.

    A sector has at least three assets; without `sectors` there are none. Where the market holds
    little but the portfolio, they explain it whatever it is.
    """
    span = slice(-sessions if sessions else None, None)
    found = [(name, values[span], why) for name, values, why in _candidates(market, sectors)]
    known = [name for name, values, _ in found if np.isfinite(values[1:]).mean() >= WHOLE]
    values = [values for name, values, _ in found if name in known]
    return FactorReturns(
        names=tuple(known),
        values=np.column_stack(values) if values else np.empty((len(market.sessions[span]), 0)),
        notes=(
            *(() if "benchmark" in market.series else (NO_INDEX,)),
            *_told([(name, why) for name, _, why in found if name not in known]),
        ),
    )


@takes_market
def market_growth(market: Market) -> Array:
    """Return (T,) of the series "benchmark", or the mean of the assets'."""
    level = market.series.get("benchmark")
    return own_growth(level) if level is not None else _mean(market.returns)


def sector_growth(market: Market, sector: str) -> Array:
    """Mean return (T,) of the assets of a sector."""
    return _mean(market.returns[:, [name == sector for name in market.sectors]])


def _candidates(market: Market, sectors: bool) -> Iterator[tuple[str, Array, str]]:
    """Every factor by name, NaN where it is not known, and why it may not be."""
    whole, nothing = market_growth(market), np.full(len(market), np.nan)
    yield "market", whole, "its level is not known"
    large = [s for s in dict.fromkeys(market.sectors) if s and market.sectors.count(s) >= CROWD]
    for name in large if sectors else ():
        yield name, sector_growth(market, name) - whole, "its assets are not known throughout"
    bond, vix = market.series.get("bond"), market.series.get("vix")
    rate = next((market.series[name] for name in YIELDS if name in market.series), None)
    absent = "no such series, or not over these sessions"
    yield "bonds", nothing if bond is None else own_growth(bond), absent
    yield "rates", nothing if rate is None else _change(rate), absent
    yield "VIX", nothing if vix is None else own_growth(vix), absent
    few = f"it takes {3 * SIDE} assets with a year of history"
    yield "momentum", _spread(Momentum(window=231, skip=21)(market), market), few
    yield "low volatility", _spread(-Volatility(window=126)(market), market), few
    yield "small", _spread(-_recent(market.dollar_volume()), market), "no volume is known"


def _told(absent: list[tuple[str, str]]) -> tuple[str, ...]:
    """What is absent, the same reason said once for all that it keeps away."""
    return tuple(
        f"no factor {listed([name for name, why in absent if why == reason], 'or')}: {reason}"
        for reason in dict.fromkeys(why for _, why in absent)
    )


def _spread(quality: Array, market: Market) -> Array:
    """Mean return (T,) of the third with most quality at the close before, less that with least."""
    returns = market.returns
    before = np.vstack([np.full((1, quality.shape[1]), np.nan), quality[:-1]])
    known = np.isfinite(before) & np.isfinite(returns)
    count = known.sum(axis=1, keepdims=True)
    rank = np.where(known, before, np.inf).argsort(axis=1, kind="stable").argsort(axis=1)
    side = count // 3
    least, most = known & (rank < side), known & (rank >= count - side)
    earned = np.where(known, returns, 0.0)
    side = np.where(side >= SIDE, side, np.nan)
    spread: Array = ((earned * most).sum(axis=1) - (earned * least).sum(axis=1)) / side[:, 0]
    return spread


def _recent(values: Array) -> Array:
    """Mean (T, N) of what is known of the last sessions."""
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=0)
    count = np.cumsum(known, axis=0).astype(np.float64)
    total[TRADED:], count[TRADED:] = (
        total[TRADED:] - total[:-TRADED],
        count[TRADED:] - count[:-TRADED],
    )
    mean = np.full(values.shape, np.nan)
    np.divide(total, count, out=mean, where=count >= TRADED // 2)
    return mean


def _mean(returns: Array) -> Array:
    known = np.isfinite(returns)
    mean = np.full(len(returns), np.nan)
    total = np.where(known, returns, 0.0).sum(axis=1)
    np.divide(total, known.sum(axis=1), out=mean, where=known.any(axis=1))
    return mean


def _change(values: Array) -> Array:
    return np.append(np.nan, np.diff(values))
