"""A backtest of given target weights in milliseconds: for sweeps over many of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forefolio.backtest.account_prices import close_and_open
from forefolio.backtest.delisting import delisting_losses
from forefolio.backtest.metrics import ruined_row
from forefolio.backtest.path_kernels import glide, simulate
from forefolio.backtest.trading import Trading
from forefolio.core.errors import InputError, NotEnoughHistory, UnknownTicker, UnknownWeights
from forefolio.core.lazy import is_a, lazy
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array, read_only
from forefolio.market import Market, refuse_percentages
from forefolio.optimize.objectives.costs import BPS, Proportional

pd: Any = lazy("pandas")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """An account that traded towards target weights: equity, costs and the last weights."""

    equity: Array  # (T,) money
    weights: Array  # (N,) after the last close; `backtest` keeps those of every session
    costs: Array  # (T,) fractions of the value traded from; all are zero from ruin on

    def __post_init__(self) -> None:
        read_only(self.equity, self.weights, self.costs)

    @property
    def ruined(self) -> int | None:
        """The row at whose close no equity was left, if there is one."""
        return ruined_row(self.equity)


@takes_market
def follow_weights(
    targets: Any, market: Market, trading: Trading, decided: NDArray[np.int64] | None = None
) -> Path:
    """Backtest target weights (D, N), each row decided at a close and traded in the next session.

    The rules are those of `Ledger`. Between decisions the holdings stay. Of `trading` the costs,
    the cash rate, the capital and the delisting rules count, its schedule does not.

    >>> import numpy as np
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=250, assets=4)
    >>> path = follow_weights(np.full((1, 4), 0.25), market, Trading(), decided=np.array([0]))
    >>> path.equity.shape, path.weights.shape
    ((250,), (4,))

    Args:
        targets: (D, N) fractions of the account's value; or a pandas frame with a column per
            ticker, whose index may be the sessions of the decisions. Assets without a
            column have weight 0.
        market: T sessions of N assets.
        trading: costs, cash rate, capital, delisting rules.
        decided: (D,) rows of the market, ascending; every row if None.

    Raises:
        InputError: `targets` has another shape than decisions and assets, the decisions are not
            rows of the market in ascending order, weights are percentages, a cost is not
            proportional, or there are fees.
        UnknownTicker: a column is no asset of the market.
        UnknownWeights: a weight is not a finite number.
        NotEnoughHistory: the market has no session.
    """
    if not len(market):
        raise NotEnoughHistory(1, 0, "a backtest of given weights")
    decisions, rows = _read(targets, market, decided)
    _check(decisions, rows, market)
    close, opens = close_and_open(market)
    interest, rate = trading.cash_returns(market), _rate(trading)
    equity, costs = np.full(len(market), trading.capital), np.zeros(len(market))
    weights = np.empty(len(market.assets))
    if not glide(decisions, rows, close, opens, interest, rate, equity, weights, costs):
        equity[0] = trading.capital
        simulate(
            _every(decisions, rows, market),
            close,
            opens,
            interest,
            trading.delist_after,
            rate,
            delisting_losses(trading.delisting_loss, market),
            equity,
            weights,
            costs,
        )
    return Path(equity=equity, weights=weights, costs=costs)


def _read(
    targets: Any, market: Market, decided: NDArray[np.int64] | None
) -> tuple[Array, NDArray[np.int64]]:
    """Targets (D, N) in the order of the market, and their rows there."""
    if is_a(targets, "pandas", "DataFrame"):
        if decided is None and isinstance(targets.index, pd.DatetimeIndex):
            decided = _rows_of(targets.index, market)
        targets = targets.rename(columns=str)
        if unknown := [name for name in targets.columns if name not in market.assets]:
            raise UnknownTicker(unknown, market.assets, "the market")
        if not targets.columns.is_unique:
            raise InputError("a column of the targets is there twice; keep one of each ticker")
        targets = targets.reindex(columns=list(market.assets), fill_value=0.0)
    rows = np.arange(len(market)) if decided is None else np.asarray(decided, dtype=np.int64)
    try:
        decisions = np.ascontiguousarray(targets, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            "targets must be numbers: a row per decision, a column per asset of the market, or a "
            "pandas frame with a column per ticker"
        ) from None
    return decisions, rows


def _rows_of(index: Any, market: Market) -> NDArray[np.int64]:
    """The rows of the market that the days of an index are."""
    days = index.to_numpy().astype("datetime64[D]")
    strange = days[~np.isin(days, market.sessions)]
    if len(strange):
        raise InputError(f"targets are decided on {strange[0]}, which is no session of the market")
    return np.asarray(np.searchsorted(market.sessions, days), dtype=np.int64)


def _check(targets: Array, rows: NDArray[np.int64], market: Market) -> None:
    expected = (len(rows), len(market.assets))
    if targets.shape != expected:
        raise InputError(f"targets have shape {targets.shape}, must be {expected}: as decisions")
    if (np.diff(rows) <= 0).any() or (rows < 0).any() or (rows >= len(market)).any():
        raise InputError(f"decided must be ascending rows of the market, 0 to {len(market) - 1}")
    unknown = ~np.isfinite(targets)
    if unknown.any():
        row = int(unknown.any(axis=1).argmax())
        named = [a for a, on in zip(market.assets, unknown[row], strict=True) if on]
        raise UnknownWeights("a row of the targets", str(market.sessions[rows[row]]), named)
    refuse_percentages(targets)


def _every(targets: Array, rows: NDArray[np.int64], market: Market) -> Array:
    """The decisions as a row for each session (T, N)."""
    if len(rows) == len(market):
        return targets
    every = np.full(market.close.shape, np.nan)
    every[rows] = targets
    return every


def _rate(trading: Trading) -> float:
    rates = [cost.bps * BPS for cost in trading.costs if isinstance(cost, Proportional)]
    if len(rates) < len(trading.costs):
        raise InputError(
            "weights given as a table are backtested at proportional costs only; use `backtest`"
        )
    if not trading.fees.are_none:
        raise InputError("weights given as a table are backtested without fees; use `backtest`")
    return float(sum(rates))
