"""From a run's weights to whole-share orders: what to buy and sell, at which prices, at what cost.

1. The weights are those given, or those of a run: the last one that is done, unless one is named.
2. Prices that are not given are the last closes of the study's source: what was paid where it has
   that, else the adjusted close, and it is said of when.
3. Weights become whole shares (`whole_shares`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.settings import Settings
from forefolio.core.wording import listed
from forefolio.market import Loaded, Market, load_market
from forefolio.optimize.shares import Orders, whole_shares
from forefolio.runs.history import one_remembered
from forefolio.studies.reading import read_study
from forefolio.studies.strategy import StrategyStudy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ticket:
    """Orders, what they were made from, and what to look at before they are placed."""

    orders: Orders
    made: str | None  # after which close the weights were made; None where they were given
    run: str | None  # whose weights they are
    priced: Mapping[str, str]  # by ticker: the session of the price, or "given"
    warnings: tuple[str, ...]
    quality: Mapping[str, list[str]]  # what was repaired in the prices, in short and in full

    def to_dict(self) -> dict[str, Any]:
        """As a JSON document."""
        told = self.orders.to_dict()
        rows = [{**row, "priced": self.priced[row["ticker"]]} for row in told["orders"]]
        return {
            **told,
            "orders": rows,
            "made": self.made,
            "run": self.run,
            "warnings": list(self.warnings),
            "quality": dict(self.quality),
        }


def orders(
    capital: float,
    *,
    weights: Mapping[str, float] | None = None,
    run: str = "",
    holdings: Mapping[str, float] | None = None,
    prices: Mapping[str, float] | None = None,
    cost_bps: float = 10.0,
    study: StrategyStudy | None = None,
    settings: Settings | None = None,
) -> Ticket:
    """Whole shares to buy and sell, so that a portfolio comes nearest to its weights.

    Args:
        capital: money: the value of what is held, and cash.
        weights: targets by ticker, fractions of the capital; None: those of a run.
        run: the id of that run, or its beginning; "" is the last that is done.
        holdings: shares held now; what has no weight is sold.
        prices: money per share; what is not given is the last close of the study's source, as it
            was paid where the source has that beside adjusted ones.
        cost_bps: what trading costs, basis points of the money traded.
        study: whose source has the prices; the run's, or else the bundled sample, if None.
        settings: where runs are kept; the environment's.

    Raises:
        InputError: there is no such run, or weights, prices or capital make no sense.
        UnknownTicker: the source has no price of something wanted or held.
    """
    made: str | None = None
    whose: str | None = None
    if weights is None:
        found, result = one_remembered("strategy", run, (settings or Settings.read()).prepare())
        whose, made = found.id, str(result.as_of)
        weights, study = result.weights, study or _data_of(result.study)
    data, held, given = study or StrategyStudy(), dict(holdings or {}), dict(prices or {})
    needed = dict.fromkeys([*weights, *held])
    loaded = _loaded(data, [ticker for ticker in needed if ticker not in given])
    closes = {} if loaded is None else _last_closes(loaded.market)
    known = given | {ticker: close.price for ticker, close in closes.items()}
    days = dict.fromkeys(given, "given") | {ticker: each.day for ticker, each in closes.items()}
    return Ticket(
        orders=whole_shares(dict(weights), known, capital, held, cost_bps),
        made=made,
        run=whose,
        priced={ticker: days[ticker] for ticker in needed},
        warnings=tuple(_warnings(data, closes, made)),
        quality={} if loaded is None else loaded.report.to_dict(),
    )


def _data_of(study: Mapping[str, Any]) -> StrategyStudy:
    """The data of a study, whatever else an older version wrote into it."""
    return read_study({name: study["data"][name] for name in ("source", "start", "end")})


@dataclass(frozen=True, slots=True)
class _Close:
    price: float
    day: str
    traded: bool  # whether that is what was paid, and no adjusted price


def _loaded(study: StrategyStudy, tickers: list[str]) -> Loaded | None:
    """The prices of these tickers; None where there are none to look up."""
    if not tickers:
        return None
    return load_market(
        study.data.source, tickers, study.data.start, study.data.end, minimum_sessions=1
    )


def _last_closes(market: Market) -> dict[str, _Close]:
    """The last close of each asset in money, as far as the source has it."""
    paid = market.close * np.nan if market.traded_close is None else market.traded_close
    last = {}
    for column, asset in enumerate(market.assets):
        row = int(np.flatnonzero(np.isfinite(market.close[:, column]))[-1])
        price, traded = float(market.price[row, column]), bool(np.isfinite(paid[row, column]))
        last[asset] = _Close(price, str(market.sessions[row]), traded)
    return last


def _warnings(
    study: StrategyStudy, closes: Mapping[str, _Close], made: str | None
) -> Iterable[str]:
    if not closes:
        return
    latest = max(close.day for close in closes.values())
    source = study.data.model_dump(mode="json")["source"]
    where = source.get("path") or f"{source['kind']} data"
    adjusted = [ticker for ticker, close in closes.items() if not close.traded]
    whose = "prices are" if len(adjusted) == len(closes) else f"prices of {listed(adjusted)} are"
    yield (
        f"{whose} the adjusted closes of {latest} ({where}), which are not traded prices; "
        "give today's before placing an order"
        if adjusted
        else f"prices are the closes of {latest} ({where}); give today's before placing an order"
    )
    if made is not None and made != latest:
        yield f"the weights were made after the close of {made}, the prices are of {latest}"
    for ticker, close in closes.items():
        if close.day != latest:
            yield f"{ticker} last traded on {close.day}: its price is of that day"
