"""An account that follows decisions through a market.

1. A decision at the close of row t is an order for row t + 1, at `Market.trade_price`; cash pays
   for it and for its costs (Boyd et al. 2017, "Multi-period trading via convex optimization",
   section 2.4) and may be overdrawn by the costs until the next decision.
2. No order is placed for an asset without a close at t, none is executed without a bar at t + 1:
   that position stays as it is, and purchases shrink to the cash there is.
3. A holding without a close is valued at its last one; after `delist_after` sessions it is cashed
   out at that price less `delisting_loss`.
4. Cash held at one close earns `cash_returns` until the next; an overdraft pays the same.
5. Where nothing is left, at an open or at a close, the account is ruined: it is worth nothing and
   holds nothing from that session on, and what it would owe is not followed.
"""

import numpy as np

from forefolio.backtest.kernels import hold, order, quotes, settle
from forefolio.backtest.metrics import ruined_row
from forefolio.backtest.result import BacktestResult, Remark
from forefolio.backtest.trading import Trading
from forefolio.market import Market
from forefolio.optimize.costs import Cost, Proportional, trading_context
from forefolio.units import Array, Dates, Flags

NO_VOLUME = "no_volume"
RUINED = "ruined"


class Ledger:
    """Follows one decision after the other; what it has recorded becomes a `BacktestResult`."""

    def __init__(self, market: Market, trading: Trading) -> None:
        sessions, assets = market.close.shape
        self.market, self.trading = market, trading
        self.rows = trading.decision_rows(market)
        self.done = 0
        self._marks, self._fills = account_prices(market, trading.delist_after)
        self._cash_returns = trading.cash_returns(market)
        self._cash, self._units = trading.capital, np.zeros(assets)
        self._equity = np.full(sessions, trading.capital)
        self._weights = np.zeros((sessions, assets))
        self._targets = np.full((len(self.rows), assets), np.nan)
        self._trades = np.zeros((len(self.rows), assets))
        self._costs = {_kind(cost): np.zeros(sessions) for cost in trading.costs}
        self._notes: list[Remark] = []

    @property
    def dates(self) -> Dates:
        """Decision dates (D,)."""
        dates: Dates = self.market.sessions[self.rows]
        return dates

    @property
    def equity(self) -> float:
        """Money at the close of the next decision."""
        return float(self._equity[self.rows[self.done]])

    @property
    def ruined(self) -> bool:
        """Whether nothing is left to trade with."""
        return any(note.code == RUINED for note in self._notes)

    @property
    def current(self) -> Array:
        """Weights (N,) at the close of the next decision."""
        weights: Array = self._weights[self.rows[self.done]].copy()
        return weights

    def follow(self, target: Array) -> None:
        """Trade towards `target` (N,) in the session after the decision, and hold until the next.

        NaN is no order: what is held stays. A ruined account follows nothing.
        """
        if self.ruined:
            self.done += 1
            return
        decided = int(self.rows[self.done])
        later = self.rows[self.done + 1 :]
        until = int(later[0]) if len(later) else len(self.market) - 1
        self._targets[self.done] = target
        self._trade(target, decided)
        before = self._units.copy()
        self._cash = hold(
            self._marks,
            self._cash_returns,
            decided + 1,
            until,
            self.trading.delisting_loss,
            self._units,
            self._cash,
            self._equity,
            self._weights,
        )
        until = self._note_ruin(decided + 1, until)
        gone = (self._marks[decided + 1 : until + 1] == 0.0).any(axis=0)
        for asset in np.flatnonzero((before != 0.0) & gone):
            self._note_delisting(int(asset), decided + 1)
        self.done += 1

    def _trade(self, target: Array, decided: int) -> None:
        money, fill = np.empty(len(target)), self._fills[decided + 1]
        self._cash *= 1.0 + self._cash_returns[decided + 1]
        value = order(target, self._marks[decided], fill, self._units, self._cash, money)
        if value <= 0.0:
            self._cash, self._units[:] = 0.0, 0.0
            return
        trades = money / value
        self._trades[self.done] = trades
        paid, _ = settle(money, fill, self._units)
        self._cash -= paid + value * self._bill(trades, decided, value)

    def _bill(self, trades: Array, decided: int, value: float) -> float:
        """Charge every cost; the sum, as a fraction of the value."""
        context = trading_context(self.market[: decided + 1], value)
        traded = trades != 0.0
        self._note_unknown_volume(traded & np.isnan(context.dollar_volume), decided + 1)
        total = 0.0
        for cost in self.trading.costs:
            charge = float(cost.charge(trades, context)[traded].sum())
            self._costs[_kind(cost)][decided + 1] += charge
            total += charge
        return total

    def _note_delisting(self, asset: int, since: int) -> None:
        row = since + int(np.argmax(self._marks[since:, asset] == 0.0))
        name, limit = self.market.assets[asset], self.trading.delist_after
        told = f"{name} has not traded for more than {limit} sessions and was cashed out"
        self._notes.append(Remark(self.market.sessions[row], "delisted", told))

    def _note_ruin(self, first: int, last: int) -> int:
        """Tell of the ruin between two rows, if there is one; the last row that is lived."""
        row = ruined_row(self._equity[first : last + 1])
        if row is None:
            return last
        session = self.market.sessions[first + row]
        told = (
            f"the account lost all it was worth on {session}: it is ruined, nothing is traded from "
            "then on, and nothing is measured beyond"
        )
        self._notes.append(Remark(session, RUINED, told))
        return first + row

    def _note_unknown_volume(self, unknown: Flags, row: int) -> None:
        needed = any(not isinstance(cost, Proportional) for cost in self.trading.costs)
        if needed and unknown.any() and not any(note.code == NO_VOLUME for note in self._notes):
            names = ", ".join(self.market.assets[asset] for asset in np.flatnonzero(unknown))
            told = f"no volume is known of {names}: impact is charged as zero"
            self._notes.append(Remark(self.market.sessions[row], NO_VOLUME, told))

    def result(
        self, name: str, failures: tuple[Remark, ...] = (), notes: tuple[Remark, ...] = ()
    ) -> BacktestResult:
        """What has been recorded, from the close of the first decision on."""
        start = int(self.rows[0])
        return BacktestResult(
            name=name,
            sessions=self.market.sessions[start:],
            assets=self.market.assets,
            equity=self._equity[start:],
            weights=self._weights[start:],
            decisions=self.rows - start,
            targets=self._targets,
            trades=self._trades,
            costs={kind: paid[start:] for kind, paid in self._costs.items()},
            cash_returns=self._cash_returns[start:],
            failures=failures,
            notes=tuple(sorted((*notes, *self._notes), key=lambda note: note.session)),
            periods_per_year=self.market.periods_per_year,
        )


def account_prices(market: Market, limit: int) -> tuple[Array, Array]:
    """Prices (T, N) that holdings are valued at, 0 for none, and that orders get, NaN for none.

    A close may be `limit` sessions old; an order gets a price where there are closes at its
    decision and on its day.
    """
    marks, fills = np.empty(market.close.shape), np.empty(market.close.shape)
    quotes(*close_and_open(market), limit, marks, fills)
    return marks, fills


def close_and_open(market: Market) -> tuple[Array, Array]:
    """Closes and opens (T, N) as the kernels read them: closes twice where there are no opens."""
    opens = market.close if market.open is None else market.open
    return np.ascontiguousarray(market.close), np.ascontiguousarray(opens)


def _kind(cost: Cost) -> str:
    return str(getattr(cost, "kind", type(cost).__name__))
