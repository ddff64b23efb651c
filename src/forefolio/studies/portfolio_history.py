"""What a portfolio of a study would have earned: its weights, on the prices of its assets.

1. The weights are those of the holding; the data are the study's, which are a run's own where its
   weights are taken.
2. What is held is loaded beside the tickers that are named; a holding without prices is an error.
3. The portfolio is brought back to its weights every session.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
from pydantic import Field

from forefolio.backtest import Trading
from forefolio.backtest.trading import CashRate
from forefolio.core.component import Component
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Array, Flags
from forefolio.core.wording import percent
from forefolio.market import Loaded, Market
from forefolio.market.own_sessions import CLOSED, silent_rows
from forefolio.risk.rebalanced import Rebalanced
from forefolio.risk.simulation.monte_carlo import EstimateWithError
from forefolio.studies.base import StudyDocument
from forefolio.studies.data import Data, repairs
from forefolio.studies.holding import Chosen, Holding, PortfolioFacts, settled
from forefolio.studies.place import Place, Recall
from forefolio.studies.result import Remark, Result, notes

DUST = 1e-9  # of the portfolio: no position, and no cash


class MonteCarloEstimate(Component):
    """A number, and its Monte Carlo standard error: what another seed would change it by."""

    value: float = Field(description="The number.")
    error: float = Field(description="Its standard error, in the same unit.")

    @classmethod
    def of(cls, estimate: EstimateWithError) -> "MonteCarloEstimate":
        """What a simulation says, as a document."""
        return cls(value=estimate.value, error=estimate.error)


class AboutPortfolio(StudyDocument):
    """A question about one portfolio: its data, its weights, and what its cash earns."""

    data: Data = Field(Data(), description="Which prices, of which assets and dates.")
    holding: Holding = Field(Holding(), description="The weights: given, or those of a run.")
    cash_rate: CashRate = Field(
        0.02, description="What cash earns a year, or `risk_free`: the market's own series."
    )

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """Data, and what cash earns."""
        return {"data": strategy.data, "cash_rate": strategy.trading.cash_rate}

    def settled(self, recall: Recall) -> Self:
        """The same question with a run's whole id, and with its data."""
        return self.model_copy(update=settled(self.data, self.holding, recall))


class OfPortfolio(Result):
    """A result about one portfolio."""

    portfolio: PortfolioFacts = Field(description="Whose weights they are, and which.")
    sessions: int = Field(description="Sessions with a return of everything that is held.")
    first: date = Field(description="The first of these sessions.")
    last: date = Field(description="The last of these sessions.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PortfolioHistory:
    """A portfolio on its market, whose it is, and what should be known of its data."""

    data: Data
    loaded: Loaded
    chosen: Chosen
    rebalanced: Rebalanced
    remarks: tuple[Remark, ...]

    def about(self, complete: Flags, remarks: Iterable[Remark] = ()) -> dict[str, Any]:
        """The fields of an `OfPortfolio`, where the sessions (T,) in `complete` count.

        Raises:
            NotEnoughHistory: no session counts.
        """
        market, rows = self.rebalanced.market, np.flatnonzero(complete)
        if not len(rows):
            raise NotEnoughHistory(
                1, 0, "everything that is held together", "hold less, or other names"
            )
        return {
            "as_of": market.sessions[-1].astype(object),
            "data": self.data.facts(self.loaded),
            "remarks": (*self.remarks, *remarks),
            "portfolio": self._facts(),
            "sessions": len(rows),
            "first": market.sessions[rows[0]].astype(object),
            "last": market.sessions[rows[-1]].astype(object),
        }

    def _facts(self) -> PortfolioFacts:
        held, chosen = self.rebalanced, self.chosen
        weights = zip(held.market.assets, held.weights.tolist(), strict=True)
        return PortfolioFacts(
            words=chosen.words,
            run=chosen.run,
            made=chosen.made,
            weights={asset: weight for asset, weight in weights if weight},
            cash=held.cash if abs(held.cash) > DUST else 0.0,
        )


def portfolio_history(study: AboutPortfolio, place: Place) -> Job[PortfolioHistory]:
    """Load the prices of what is held, and hold it, as a stage of its own.

    Raises:
        InputError: there is no such run.
        DataError: something held has no prices that can be used.
    """
    yield Started(stage="data", total=1)
    chosen = study.holding.chosen(place.recall)
    data, loaded = yield from _loaded(study.data, list(chosen.weights or ()))
    market = loaded.market
    row = _row(chosen, market)
    market = market.while_open(row != 0)
    cash = Trading(cash_rate=study.cash_rate).cash_returns(market)
    yield Progress(stage="data", done=1, total=1)
    return PortfolioHistory(
        data=data,
        loaded=loaded,
        chosen=chosen,
        rebalanced=Rebalanced(market=market, weights=row, cash_returns=cash),
        remarks=(
            *repairs(loaded.report),
            *notes((*_leverage(row), *_ended(market, row)), "portfolio"),
        ),
    )


def _row(chosen: Chosen, market: Market) -> Array:
    """The weights (N,) in the order of the market's assets."""
    if chosen.weights is None:
        return np.full(len(market.assets), 1.0 / len(market.assets))
    return np.array([chosen.weights.get(a, 0.0) for a in market.assets], dtype=np.float64)


def _loaded(data: Data, needed: list[str]) -> Job[tuple[Data, Loaded]]:
    """The assets of the data, and whatever else is held."""
    loaded = yield from data.read()
    assets = loaded.market.assets
    if missing := [ticker for ticker in needed if ticker not in assets]:
        data = data.model_copy(update={"tickers": (*assets, *missing)})
        loaded = yield from data.read()
    refused = {t: why for t, why in loaded.report.refused.items() if t in needed}
    if refused:
        lines = "; ".join(f"{ticker}: {why}" for ticker, why in refused.items())
        raise DataError(f"what is held has no prices that can be used: {lines}")
    return data, loaded


def _leverage(weights: Array) -> list[str]:
    gross, net = float(np.abs(weights).sum()), float(weights.sum())
    if gross <= 1.0 + DUST and net >= 1.0 - DUST:
        return []
    if gross <= 1.0 + DUST:
        return [f"cash is the rest: {percent(1.0 - net)}"]
    rest = f"{percent(net - 1.0)} borrowed" if net > 1.0 else f"{percent(1.0 - net)} in cash"
    return [f"leverage: positions of {percent(gross)} of the portfolio, {rest}"]


def _ended(market: Market, row: Array) -> list[str]:
    """Whether something held trades no more: then its last sessions are the last that count."""
    silent = silent_rows(market.close)
    gone = np.flatnonzero((row != 0) & (silent > CLOSED) & (silent < len(market)))
    return [
        f"{market.assets[n]} last traded on {market.sessions[-1 - int(silent[n])]}: the numbers "
        "rest on sessions until then"
        for n in gone
    ]
