"""Factors built from a market: index, sectors, bonds, rates, VIX, and long-short spreads.

A spread is long the third of the assets with most of a quality and short the third with least, in
equal weights, by what was known at the close before: a proxy of the factors that are sold as funds.
"""

from collections.abc import Iterator

import numpy as np

from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array
from forefolio.core.wording import listed
from forefolio.features import PriceMomentum, Volatility
from forefolio.market import Market
from forefolio.market.own_sessions import own_growth
from forefolio.risk.factors.model import FactorReturns

FEWEST_IN_SECTOR = 3  # assets of a sector, at least
SIDE = 2  # assets on each side of a spread, at least
WHOLE = 0.9  # of the sessions: a factor that is known on fewer is left out
YIELDS = ("dgs10", "us10y", "tnx", "rate")  # series that are yields, fractions a year
NO_INDEX = "no benchmark is known: the market is the mean of the assets, the holdings among them"
TRADED = 63  # sessions whose volume tells large from small


@takes_market
def market_factors(
    market: Market, sessions: int | None = None, *, sectors: bool = True
) -> FactorReturns:
    """Returns of the factors of `market` over the last `sessions`, all of them if None.

    >>> from forefolio.market import simulated_market
    >>> market_factors(simulated_market(seed=0, sessions=400, assets=6), 250).values.shape[0]
    250

    The market is the series "benchmark", or the mean of the assets; a sector is the mean of its
    assets less the market; "bonds" the series of that growth; "rates" the change of the first of
    the series dgs10, us10y, tnx and rate; "VIX" its relative change. Spreads are "momentum" (12
    months without the last), "low volatility" (126 sessions) and "small" (little traded in
    money). A factor known on fewer than 90 % of the sessions is left out, with a note.

    A sector has at least three assets; without `sectors` there are none. Where the market holds
    little but the portfolio, they explain it whatever it is.
    """
    span = slice(-sessions if sessions else None, None)
    candidates = [(name, values[span], why) for name, values, why in _candidates(market, sectors)]
    available = [name for name, values, _ in candidates if np.isfinite(values[1:]).mean() >= WHOLE]
    values = [values for name, values, _ in candidates if name in available]
    return FactorReturns(
        names=tuple(available),
        values=np.column_stack(values) if values else np.empty((len(market.sessions[span]), 0)),
        notes=(
            *(() if "benchmark" in market.series else (NO_INDEX,)),
            *_absence_notes([(name, why) for name, _, why in candidates if name not in available]),
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
    market_return, missing = market_growth(market), np.full(len(market), np.nan)
    yield "market", market_return, "its level is not known"
    large = [
        s
        for s in dict.fromkeys(market.sectors)
        if s and market.sectors.count(s) >= FEWEST_IN_SECTOR
    ]
    for name in large if sectors else ():
        yield (
            name,
            sector_growth(market, name) - market_return,
            "its assets are not known throughout",
        )
    bond, vix = market.series.get("bond"), market.series.get("vix")
    rate = next((market.series[name] for name in YIELDS if name in market.series), None)
    absent = "no such series, or not over these sessions"
    yield "bonds", missing if bond is None else own_growth(bond), absent
    yield "rates", missing if rate is None else _change(rate), absent
    yield "VIX", missing if vix is None else own_growth(vix), absent
    too_few = f"it takes {3 * SIDE} assets with a year of history"
    yield "momentum", _spread(PriceMomentum(window=231, skip=21)(market), market), too_few
    yield "low volatility", _spread(-Volatility(window=126)(market), market), too_few
    yield "small", _spread(-_recent(market.dollar_volume()), market), "no volume is known"


def _absence_notes(absent: list[tuple[str, str]]) -> tuple[str, ...]:
    """One note for each reason, with the factors that it leaves out."""
    return tuple(
        f"no factor {listed([name for name, why in absent if why == reason], 'or')}: {reason}"
        for reason in dict.fromkeys(why for _, why in absent)
    )


def _spread(quality: Array, market: Market) -> Array:
    """Mean return (T,) of the third with most quality at the close before, less that with least."""
    returns = market.returns
    before = np.vstack([np.full((1, quality.shape[1]), np.nan), quality[:-1]])
    finite = np.isfinite(before) & np.isfinite(returns)
    count = finite.sum(axis=1, keepdims=True)
    rank = np.where(finite, before, np.inf).argsort(axis=1, kind="stable").argsort(axis=1)
    side = count // 3
    least, most = finite & (rank < side), finite & (rank >= count - side)
    earned = np.where(finite, returns, 0.0)
    side = np.where(side >= SIDE, side, np.nan)
    spread: Array = ((earned * most).sum(axis=1) - (earned * least).sum(axis=1)) / side[:, 0]
    return spread


def _recent(values: Array) -> Array:
    """Mean (T, N) of what is known of the last sessions."""
    finite = np.isfinite(values)
    total = np.cumsum(np.where(finite, values, 0.0), axis=0)
    count = np.cumsum(finite, axis=0).astype(np.float64)
    total[TRADED:], count[TRADED:] = (
        total[TRADED:] - total[:-TRADED],
        count[TRADED:] - count[:-TRADED],
    )
    mean = np.full(values.shape, np.nan)
    np.divide(total, count, out=mean, where=count >= TRADED // 2)
    return mean


def _mean(returns: Array) -> Array:
    finite = np.isfinite(returns)
    mean = np.full(len(returns), np.nan)
    total = np.where(finite, returns, 0.0).sum(axis=1)
    np.divide(total, finite.sum(axis=1), out=mean, where=finite.any(axis=1))
    return mean


def _change(values: Array) -> Array:
    return np.append(np.nan, np.diff(values))
