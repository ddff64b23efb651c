"""An account that trades towards target weights through a market.

1. A decision at the close of row t is an order for row t + 1, at `Market.trade_price`; cash pays
   for it and for its costs (Boyd et al. 2017, "Multi-period trading via convex optimization",
   section 2.4) and may be overdrawn by the costs until the next decision.
2. An order for an asset that does not trade at t + 1, for a holiday, a weekend or a halt, waits for
   its next session, or the next decision. Purchases that count on the proceeds of a sale that
   waits shrink to the cash there is, and go on with it.
3. A holding without a close is valued at its last one, and has its whole move when it trades again.
   What never trades again is cashed out at its last close less `delisting_loss`, `delist_after`
   sessions later: the account learns from later rows which of the two it is, a decision never does.
4. Cash held at one close earns `cash_returns` until the next; an overdraft pays the same. `Fees` of
   what is held at one close are paid in the next session, before it trades.
5. Where nothing is left, at an open or at a close, the account is ruined: it is worth nothing and
   holds nothing from that session on, and a debt beyond that is not modelled.
"""

from typing import Any, Self

import numpy as np

from forefolio.backtest.account_prices import account_prices
from forefolio.backtest.account_state import AccountDay, AccountState, Decision
from forefolio.backtest.delisting import LOSSES, delisting_losses
from forefolio.backtest.kernels import accrue, due, filled, hold, order, place, resume, settle
from forefolio.backtest.metrics import ruined_row
from forefolio.backtest.result import BacktestRemark, BacktestResult
from forefolio.backtest.trading import Trading
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array, Dates, Flags
from forefolio.core.wording import listed, percent
from forefolio.market import Market
from forefolio.market.calendar import Rows, rows_per_year
from forefolio.optimize.liquidity import TradingContext, trading_context
from forefolio.optimize.names import Universe
from forefolio.optimize.objectives.costs import Cost
from forefolio.optimize.objectives.fees import FeeRates

NO_VOLUME = "no_volume"
RUINED = "ruined"


class Ledger:
    """Trades one decision after the other and records equity, weights, trades and costs.

    One session of `advance`: cash earns interest; orders that have a price trade (`_trade`) and pay
    costs (`_bill`); the holdings are valued at the close (`_hold`).
    """

    @takes_market
    def __init__(self, market: Market, trading: Trading) -> None:
        rows = trading.decision_rows(market)
        self._open(market, trading, rows, int(rows[0]))

    @classmethod
    def resumed(cls, market: Market, trading: Trading, state: AccountState | None) -> Self:
        """The account as it was after a close, on a market that may have later sessions.

        Without a state it opens at the first decision. What it records begins there. A decision at
        the last session is one of its `rows` as well: it is traded in the session that comes next.

        Raises:
            NotEnoughHistory: the market has no session after the warm-up.
            DataError: something that is held is no asset of this market.
        """
        rows = trading.decide.dates(market.sessions, trading.warmup - 1)
        if not len(rows):
            raise NotEnoughHistory(trading.warmup, len(market), "the first decision of an account")
        row = int(rows[0]) if state is None else row_of(state.session, market)
        ledger = cls.__new__(cls)
        ledger._open(market, trading, rows, row)
        if state is not None:
            ledger._restore(state, row)
        return ledger

    def _restore(self, state: AccountState, row: int) -> None:
        """Put the account into a state, at the close of `row`."""
        self.row, self.done = row, int(np.searchsorted(self.rows, row, side="right"))
        self._cash, self._borrowed, self._fresh = state.cash, state.borrowed, state.fresh
        self._equity[row:], self._known = state.equity, frozenset(state.noted)
        place_of = {asset: n for n, asset in enumerate(self.market.assets)}
        if strange := sorted({*state.units, *state.orders, *state.waiting} - set(place_of)):
            raise DataError(
                f"{listed(strange)} held or ordered by this account, and no asset of these prices; "
                "give prices that have it, if only up to its last session"
            )
        for asset, units in state.units.items():
            self._units[place_of[asset]] = units
        for asset, weight in state.orders.items():
            self._orders[place_of[asset]] = weight
        self._waiting[[place_of[asset] for asset in state.waiting]] = 1.0

    def _open(self, market: Market, trading: Trading, rows: Rows, row: int) -> None:
        """Have all money in cash at the close of `row`, the last one that was entered."""
        sessions, assets = market.close.shape
        self.market, self.trading = market, trading
        self.rows, self.row, self.done = rows, row, 0
        self._marks, self._fills = account_prices(market, trading.delist_after, row)
        self._cash_returns = trading.cash_returns(market)
        self._delisting_losses = delisting_losses(trading.delisting_loss, market)
        trading.fees.check_names(Universe.of(market))
        self._rates = trading.fees.rates(market.assets, 1.0 / market.periods_per_year)
        self._fees = _for_kernels(self._rates)
        self._cash, self._units = trading.capital, np.zeros(assets)
        self._equity = np.full(sessions, trading.capital)
        self._weights = _zeros_from(self.row, market)
        self._targets = np.full((len(self.rows), assets), np.nan)
        self._trades = np.zeros((len(self.rows), assets))
        self._orders, self._waiting = np.full(assets, np.nan), np.zeros(assets)
        self._borrowed, self._fresh = 0.0, False
        self._costs = {_kind(cost): np.zeros(sessions) for cost in trading.costs}
        self._bought, self._billed = _zeros_from(self.row, market), np.zeros(sessions)  # money
        self._notes: list[BacktestRemark] = []
        self._known = frozenset[str]()  # codes of what was noted before

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
        return self._noted(RUINED)

    @property
    def is_due(self) -> bool:
        """Whether a decision is made at the close of the last session that was entered."""
        due_rows = self.rows[self.done : self.done + 1]
        return self.row in due_rows and not self.ruined

    def _noted(self, code: str) -> bool:
        return code in self._known or any(note.code == code for note in self._notes)

    @property
    def current(self) -> Array:
        """Weights (N,) at the close of the next decision."""
        weights: Array = self._weights[self.rows[self.done]].copy()
        return weights

    def follow(self, target: Array) -> None:
        """Trade towards `target` (N,) from the session after the decision, and hold until the next.

        NaN is no order: what is held stays. A decision without any leaves what waits. A ruined
        account follows nothing.
        """
        later = self.rows[self.done + 1 :]
        self.place(target)
        self.advance(int(later[0]) if len(later) else len(self.market) - 1)

    def place(self, target: Array) -> None:
        """Make the next decision an order for the next session."""
        self.done += 1
        if not self.ruined:
            self._targets[self.done - 1] = target
            self._fresh = bool(place(target, self._orders, self._waiting))

    def advance(self, until: int) -> None:
        """Bring the account to the close of row `until`."""
        row = self.row + 1
        while row <= until and not self.ruined:
            self._accrue(row)
            if self._fresh or due(self._waiting, self._fills[row]):
                self._trade(row, self._fresh)
            row, self._fresh = self._hold(row, until), False
        self.row = max(self.row, until)

    def _accrue(self, row: int) -> None:
        """Earn interest until row `row`, and pay the fees for what is held at the close before."""
        mark, equity = self._marks[row - 1], self._equity[row - 1]
        self._cash, taken = accrue(
            self._units, mark, self._cash, equity, self._cash_returns[row], *self._fees
        )
        self._billed[row] += taken

    def day(self, decided: Decision | None) -> AccountDay:
        """The last session that was entered, with what was decided at its close."""
        session = self.market.sessions[self.row]
        return AccountDay(
            state=self._state(),
            held=self._units * self._marks[self.row],
            traded=self._bought[self.row].copy(),
            paid=float(self._billed[self.row]),
            decided=decided,
            notes=tuple(note for note in self._notes if note.session == session),
        )

    def _state(self) -> AccountState:
        assets = self.market.assets
        ordered, held = np.flatnonzero(~np.isnan(self._orders)), np.flatnonzero(self._units)
        return AccountState(
            session=self.market.sessions[self.row].astype(object),
            equity=float(self._equity[self.row]),
            cash=self._cash,
            units={assets[n]: float(self._units[n]) for n in held},
            orders={assets[n]: float(self._orders[n]) for n in ordered},
            waiting=tuple(assets[n] for n in np.flatnonzero(self._waiting)),
            borrowed=self._borrowed,
            fresh=self._fresh,
            noted=tuple(sorted(self._known | {note.code for note in self._notes})),
        )

    def _hold(self, row: int, until: int) -> int:
        """Hold from the trade in `row` until an order gets a price; return that row."""
        later = self._fills[row + 1 : until + 1, self._waiting != 0.0]
        priced = np.flatnonzero(np.isfinite(later).any(axis=1))
        following = row + 1 + int(priced[0]) if len(priced) else until + 1
        before = self._units.copy()
        self._cash = hold(
            self._marks,
            self._cash_returns,
            row,
            following - 1,
            self._delisting_losses,
            *self._fees,
            self._units,
            self._cash,
            self._equity,
            self._weights,
            self._billed,
        )
        lived = self._note_ruin(row, following - 1)
        gone = (self._marks[row : lived + 1] == 0.0).any(axis=0)
        for asset in np.flatnonzero((before != 0.0) & gone):
            self._note_delisting(int(asset), row, before[asset])
        return until + 1 if self.ruined else following

    def _trade(self, row: int, fresh: bool) -> None:
        """Execute what has a price in `row`: a `fresh` decision, or what waited."""
        money, fill, before = np.empty(len(self._units)), self._fills[row], self._marks[row - 1]
        if fresh:
            value = order(self._orders, before, fill, self._units, self._cash, money)
        else:
            wanted = self._orders, self._waiting, before, fill, self._units
            value = resume(*wanted, self._cash, self._borrowed, money)
        if value <= 0.0:
            self._cash, self._units[:] = 0.0, 0.0
            return
        borrowed = filled(money, fill, self._units, value, before, self._orders, self._waiting)
        self._borrowed = borrowed if fresh else self._borrowed
        trades = money / value
        self._trades[self.done - 1] += trades
        paid, _ = settle(money, fill, self._units)
        billed = value * self._bill(trades, row, value)
        self._cash -= paid + billed
        self._bought[row] += money
        self._billed[row] += billed

    def _bill(self, trades: Array, row: int, value: float) -> float:
        """Charge every cost; the sum, as a fraction of the value."""
        context = self._context(row, value)
        traded = trades != 0.0
        self._note_unknown_volume(traded & np.isnan(context.dollar_volume), row)
        total = 0.0
        for cost in self.trading.costs:
            charge = float(cost.charge(trades, context)[traded].sum())
            self._costs[_kind(cost)][row] += charge
            total += charge
        return total

    def _context(self, row: int, value: float) -> TradingContext:
        """What costs depend on; those in proportion to what is traded depend on nothing."""
        if self.trading.is_proportional:
            unknown = np.full(len(self._units), np.nan)
            return TradingContext(volatility=unknown, dollar_volume=unknown, capital=value)
        return trading_context(self.market[:row], value)

    def _note_delisting(self, asset: int, since: int, units: float) -> None:
        row = since + int(np.argmax(self._marks[since:, asset] == 0.0))
        name, limit = self.market.assets[asset], self.trading.delist_after
        kept = 1.0 - float(self._delisting_losses[asset])
        self._bought[row, asset] -= units * float(self._marks[row - 1, asset]) * kept
        message = (
            f"{name} never traded again; it was cashed out after {limit} sessions without a price"
            f"{self._loss_message(asset, row, units)}"
        )
        self._notes.append(BacktestRemark(self.market.sessions[row], "delisted", message))

    def _loss_message(self, asset: int, row: int, units: float) -> str:
        """The loss at delisting; where it is assumed, also what other reasons would have cost."""
        lost, reason = float(self._delisting_losses[asset]), self.trading.delisting_loss
        at = f" at {percent(lost, 0)} less than its last close"
        if reason != "unknown":
            return at
        share = units * float(self._marks[row - 1, asset]) / float(self._equity[row - 1])
        most = LOSSES["performance_nasdaq"]
        return (
            f"{at}, which is assumed: why it ended is not known. That is {percent(lost * share, 2)}"
            f" of the account; nothing if it was bought, {percent(most * share, 2)} if it failed on"
            " Nasdaq (delisting_loss)"
        )

    def _note_ruin(self, first: int, last: int) -> int:
        """Record a ruin between two rows, if there is one; return the last row with an account."""
        row = ruined_row(self._equity[first : last + 1])
        if row is None:
            return last
        session = self.market.sessions[first + row]
        message = (
            f"the account lost all it was worth on {session}: it is ruined, nothing is traded from "
            "then on, and nothing is measured beyond"
        )
        self._notes.append(BacktestRemark(session, RUINED, message))
        return first + row

    def _note_unknown_volume(self, unknown: Flags, row: int) -> None:
        if not self.trading.is_proportional and unknown.any() and not self._noted(NO_VOLUME):
            names = ", ".join(self.market.assets[asset] for asset in np.flatnonzero(unknown))
            message = f"no volume is known of {names}: impact is charged as zero"
            self._notes.append(BacktestRemark(self.market.sessions[row], NO_VOLUME, message))

    def _periods_per_year(self, start: int) -> float:
        """Sessions a year of the rows from `start` on: more since a coin was listed."""
        market = self.market
        if (market.share_of_sessions == 1.0).all():
            return market.periods_per_year
        return rows_per_year(market.traded[start:], np.array(market.sessions_per_year))

    def _gains(self, start: int) -> Array:
        """What each asset earned since the previous close (T, N), fractions of the equity then.

        A position's value at a close, less that at the one before and what was bought in between.
        Of an account that is ruined no debt is left: it loses what there was, and no more.
        """
        equity = self._equity[start:]
        held = self._weights[start:] * equity[:, None]
        gains = _before(np.diff(held, axis=0, prepend=held[:1]) - self._bought[start:], equity)
        if (ruin := ruined_row(equity)) is not None:
            cash = 1.0 - self._weights[start + ruin - 1].sum()
            interest = cash * self._cash_returns[start + ruin]
            left = 1.0 + interest - self._billed[start + ruin] / equity[ruin - 1]
            lost = gains[ruin].sum()
            gains[ruin] *= -left / lost if lost else 0.0
        return gains

    def _charged(self, start: int) -> dict[str, Array]:
        """The fees of each session (T,) by what they are of, fractions of the equity before."""
        if self.trading.fees.are_none:
            return {}
        charged = self._rates.charges(self._weights[start:-1])
        lived = self._equity[start:-1] > 0.0
        return {
            kind: np.concatenate([[0.0], np.where(lived, taken, 0.0)])
            for kind, taken in charged.items()
            if taken.any()
        }

    def result(
        self,
        name: str,
        failures: tuple[BacktestRemark, ...] = (),
        notes: tuple[BacktestRemark, ...] = (),
    ) -> BacktestResult:
        """The recorded backtest, from the close of the first decision to the last session."""
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
            costs={kind: paid[start:] for kind, paid in self._costs.items()} | self._charged(start),
            gains=self._gains(start),
            charges=_before(self._billed[start:], self._equity[start:]),
            cash_returns=self._cash_returns[start:],
            failures=failures,
            notes=tuple(sorted((*notes, *self._notes), key=lambda note: note.session)),
            periods_per_year=self._periods_per_year(start),
        )


def row_of(session: Any, market: Market) -> int:
    """The row of a session in a market, or of the last one before it."""
    return int(np.searchsorted(market.sessions, np.datetime64(session), side="right")) - 1


def _zeros_from(row: int, market: Market) -> Array:
    """Zeros (T, N) from `row` on; what stands before is never read."""
    values = np.empty(market.close.shape)
    values[row:] = 0.0
    return values


def _before(money: Array, equity: Array) -> Array:
    """Money of each session (T, ...) by the equity (T,) at the close before; the first is zero."""
    base = np.concatenate([[np.inf], equity[:-1]])
    base = np.where(base > 0.0, base, np.inf)
    by_session: Array = money / (base if money.ndim == 1 else base[:, None])
    return by_session


def _kind(cost: Cost) -> str:
    return str(getattr(cost, "kind", type(cost).__name__))


def _for_kernels(rates: FeeRates) -> tuple[Array, Array, Array]:
    """Rates of long and of short positions (N,), none where all are zero, and of the account."""
    of_account = np.array([rates.account, rates.margin])
    if not (rates.long.any() or rates.short.any()):
        return np.empty(0), np.empty(0), of_account
    return np.array(rates.long), np.array(rates.short), of_account
