"""From a run's weights to whole-share orders: what to buy and sell, at which prices, at what cost.

1. The weights are those given, or those of a run: the last one that is done, unless one is named.
2. Prices that are not given are the last closes of the study's source, and it is said of when.
3. Weights become whole shares (`whole_shares`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.market import load_market
from forefolio.optimize.shares import Orders, whole_shares
from forefolio.runs.remembered import one_remembered
from forefolio.settings import Settings
from forefolio.study import Study, read_study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ticket:
    """Orders, what they were made from, and what to look at before they are placed."""

    orders: Orders
    made: str | None  # after which close the weights were made; None where they were given
    run: str | None  # whose weights they are
    priced: Mapping[str, str]  # by ticker: the session of the price, or "given"
    warnings: tuple[str, ...]

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
        }


def orders(
    capital: float,
    *,
    weights: Mapping[str, float] | None = None,
    run: str = "",
    holdings: Mapping[str, float] | None = None,
    prices: Mapping[str, float] | None = None,
    cost_bps: float = 10.0,
    study: Study | None = None,
    settings: Settings | None = None,
) -> Ticket:
    """Whole shares to buy and sell, so that a portfolio comes nearest to its weights.

    Args:
        capital: money: the value of what is held, and cash.
        weights: targets by ticker, fractions of the capital; None: those of a run.
        run: the id of that run, or its beginning; "" is the last that is done.
        holdings: shares held now; what has no weight is sold.
        prices: money per share; what is not given is the last close of the study's source.
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
        found, outcome = one_remembered("study", run, (settings or Settings.read()).prepare())
        whose, made = found.id, outcome.document["as_of"]
        weights, study = outcome.document["weights"], study or _data_of(outcome.document["study"])
    data, held, given = study or Study(), dict(holdings or {}), dict(prices or {})
    needed = dict.fromkeys([*weights, *held])
    closes = _last_closes(data, [ticker for ticker in needed if ticker not in given])
    known = given | {ticker: price for ticker, (price, _) in closes.items()}
    days = dict.fromkeys(given, "given") | {ticker: day for ticker, (_, day) in closes.items()}
    return Ticket(
        orders=whole_shares(dict(weights), known, capital, held, cost_bps),
        made=made,
        run=whose,
        priced={ticker: days[ticker] for ticker in needed},
        warnings=tuple(_warnings(data, closes, made)),
    )


def _data_of(study: Mapping[str, Any]) -> Study:
    """The data of a study, whatever else an older version wrote into it."""
    return read_study({name: study[name] for name in ("source", "start", "end")})


def _last_closes(study: Study, tickers: list[str]) -> dict[str, tuple[float, str]]:
    """The last adjusted close of each ticker, and its session."""
    if not tickers:
        return {}
    market = load_market(study.source, tickers, study.start, study.end, minimum_sessions=1).market
    last = {}
    for asset, close in zip(market.assets, market.close.T, strict=True):
        rows = np.flatnonzero(np.isfinite(close))
        last[asset] = (float(close[rows[-1]]), str(market.sessions[rows[-1]]))
    return last


def _warnings(
    study: Study, closes: Mapping[str, tuple[float, str]], made: str | None
) -> Iterable[str]:
    if not closes:
        return
    latest = max(day for _, day in closes.values())
    source = study.model_dump(mode="json")["source"]
    where = source.get("path") or f"{source['kind']} data"
    yield (
        f"prices are the adjusted closes of {latest} ({where}), which are not traded prices; "
        "give today's before placing an order"
    )
    if made is not None and made != latest:
        yield f"the weights were made after the close of {made}, the prices are of {latest}"
    for ticker, (_, day) in closes.items():
        if day != latest:
            yield f"{ticker} last traded on {day}: its price is of that day"
