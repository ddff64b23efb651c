"""The result of a backtest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from forefolio.backtest import metrics
from forefolio.backtest.metrics import Measured
from forefolio.core.lazy import lazy
from forefolio.core.shown import Shown
from forefolio.core.units import Array, Dates, read_only
from forefolio.market.calendar import Rows

pd: Any = lazy("pandas")


@dataclass(frozen=True, slots=True)
class BacktestRemark:
    """Something that happened at a session: what failed, fell back or was cashed out."""

    session: np.datetime64
    code: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """As a JSON object."""
        return {"session": str(self.session), "code": self.code, "message": self.message}

    @classmethod
    def from_dict(cls, raw: Mapping[str, str]) -> Self:
        """The remark that `to_dict` wrote."""
        return cls(np.datetime64(raw["session"], "D"), raw["code"], raw["message"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class BacktestResult(Shown):
    """A portfolio at each close, from the first decision (all in cash) to the last session.

    An account that is `ruined` has no equity and no holdings from that session on; its measures
    are those up to then, a total loss, without a Sharpe ratio.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=4)
    >>> result = ff.backtest(market, "equal_weight")
    >>> result.equity.shape, result.weights.shape
    ((97,), (97, 4))
    >>> round(float(result.equity[-1]), 3)
    948667.841
    """

    name: str
    sessions: Dates  # (T,)
    assets: tuple[str, ...]  # (N,)
    equity: Array  # (T,) money
    weights: Array  # (T, N) fractions of equity after the close; the rest is cash
    decisions: Rows  # (D,) rows of `sessions` at whose close was decided
    targets: Array  # (D, N) target weights, NaN where the decision failed
    trades: Array  # (D, N) bought (+) and sold (-) one session later, fractions of value
    costs: Mapping[str, Array]  # kind: (T,) fractions of the value traded from; fees of that before
    gains: Array  # (T, N) earned by each asset since the previous close, fractions of equity then
    charges: Array  # (T,) paid for trading and in fees, the same fractions
    cash_returns: Array  # (T,) earned since the previous close by cash
    failures: tuple[BacktestRemark, ...] = ()
    notes: tuple[BacktestRemark, ...] = ()
    periods_per_year: float

    def __post_init__(self) -> None:
        arrays = (self.equity, self.weights, self.targets, self.trades, self.cash_returns)
        read_only(self.sessions, self.decisions, *arrays, *self.costs.values())
        read_only(self.gains, self.charges)

    def __len__(self) -> int:
        return len(self.sessions)

    @property
    def ruined(self) -> np.datetime64 | None:
        """The session at which no equity was left, if there is one."""
        row = metrics.ruined_row(self.equity)
        return None if row is None else self.sessions[row]

    @property
    def lived(self) -> int:
        """Sessions that are measured: all, or those up to the ruin, itself included."""
        row = metrics.ruined_row(self.equity)
        return len(self) if row is None else row + 1

    @property
    def measured_equity(self) -> Array:
        """Equity (`lived`,) over the sessions that are measured."""
        return self.equity[: self.lived]

    @property
    def returns(self) -> Array:
        """Simple returns (T - 1,) per session; of a ruined account up to a loss of all."""
        return metrics.simple_returns(self.measured_equity)

    @property
    def excess(self) -> Array:
        """Returns (T - 1,) less those of cash."""
        return self.returns - self.cash_returns[1 : self.lived]

    @property
    def paid(self) -> Array:
        """All costs (T,), as fractions of the value traded from."""
        return sum(self.costs.values(), start=np.zeros(len(self)))

    @property
    def annual_return(self) -> Measured:
        """Compound growth per year."""
        return metrics.annual_return(self.measured_equity, self.periods_per_year)

    @property
    def annual_volatility(self) -> Measured:
        """Standard deviation of returns, per year."""
        return metrics.annual_volatility(self.returns, self.periods_per_year)

    @property
    def sharpe(self) -> Measured:
        """Annual Sharpe ratio, mean / standard deviation of `excess` x sqrt(periods per year).

        See `metrics.sharpe_ratio`. None for a ruined account.
        """
        if self.ruined is not None:
            return None
        return metrics.sharpe_ratio(self.excess, self.periods_per_year)

    @property
    def max_drawdown(self) -> Measured:
        """Deepest fall from a peak, a positive fraction."""
        return metrics.max_drawdown(self.equity)

    @property
    def turnover(self) -> Measured:
        """One-way turnover per year."""
        sessions = self.lived - 1
        return metrics.annual_turnover(self.trades, sessions, self.periods_per_year)

    def to_frame(self) -> Any:
        """Equity, return, drawdown, cash and cost by session, as a pandas DataFrame."""
        beyond = len(self) - self.lived
        columns = {
            "equity": self.equity,
            "return": np.append([np.nan], np.append(self.returns, np.full(beyond, np.nan))),
            "drawdown": metrics.drawdowns(self.equity),
            "cash": 1.0 - self.weights.sum(axis=1),
            "cost": self.paid,
        }
        return pd.DataFrame(columns, index=pd.DatetimeIndex(self.sessions, name="session"))

    def to_dict(self) -> dict[str, Any]:
        """As a JSON document: None where there is no number."""
        return {
            "name": self.name,
            "sessions": [str(day) for day in self.sessions],
            "assets": list(self.assets),
            "equity": _plain(self.equity),
            "weights": [_plain(row) for row in self.weights],
            "decisions": [int(row) for row in self.decisions],
            "targets": [_plain(row) for row in self.targets],
            "trades": [_plain(row) for row in self.trades],
            "costs": {kind: _plain(paid) for kind, paid in self.costs.items()},
            "gains": [_plain(row) for row in self.gains],
            "charges": _plain(self.charges),
            "cash_returns": _plain(self.cash_returns),
            "failures": [remark.to_dict() for remark in self.failures],
            "notes": [remark.to_dict() for remark in self.notes],
            "periods_per_year": self.periods_per_year,
        }


def _plain(values: Array) -> list[Measured]:
    return [float(value) if np.isfinite(value) else None for value in values]
