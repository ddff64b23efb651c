"""Where a backtest's return came from: assets, cash, costs; decisions; and beside another one.

1. In every session the return is the sum of what each asset earned and of interest, less costs.
2. Over time returns multiply. Weighted with ln(1 + R) / R the parts of each session add up to the
   annual return all the same (Carino 1999, "Combining attribution effects over time").
3. Beside another backtest the difference is allocation, holding more of a sector that did better
   than the whole, and selection, holding other assets of the sector (Brinson, Hood and Beebower
   1986, "Determinants of portfolio performance"), and costs. Cash is a sector of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forefolio.backtest.result import BacktestResult
from forefolio.backtest.summary import same_sessions
from forefolio.core.errors import InputError
from forefolio.core.units import Array, Dates, read_only

CASH = "cash"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionAttribution:
    """The return of each session as a sum: assets, interest and costs; all fractions.

    `weights` are what each session counts in a sum over time that comes to `annual_return`;
    after a ruin there is none.

    >>> import forefolio as ff
    >>> result = ff.backtest(ff.simulated_market(seed=1, sessions=600, assets=4), "equal_weight")
    >>> parts = attribution(result)
    >>> bool(np.abs(parts.total - result.returns).max() < 1e-12)
    True
    >>> whole = parts.annual_by_asset.sum() + parts.annual_interest + parts.annual_costs
    >>> bool(abs(whole - result.annual_return) < 1e-12)
    True
    """

    sessions: Dates  # (T,)
    assets: tuple[str, ...]  # (N,)
    by_asset: Array  # (T, N)
    interest: Array  # (T,)
    costs: Array  # (T,) negative
    weights: Array  # (T,)

    def __post_init__(self) -> None:
        read_only(self.sessions, self.by_asset, self.interest, self.costs, self.weights)

    @property
    def total(self) -> Array:
        """The return (T,) of each session."""
        summed: Array = self.by_asset.sum(axis=1) + self.interest + self.costs
        return summed

    @property
    def annual_by_asset(self) -> Array:
        """What each asset (N,) adds to the annual return."""
        added: Array = self.weights @ self.by_asset
        return added

    @property
    def annual_interest(self) -> float:
        """What cash adds to it."""
        return float(self.weights @ self.interest)

    @property
    def annual_costs(self) -> float:
        """What trading took from it, negative."""
        return float(self.weights @ self.costs)

    def annual_between(self, first: int, stop: int) -> float:
        """What the sessions from `first` to before `stop` add to the annual return."""
        return float(self.weights[first:stop] @ self.total[first:stop])


def attribution(result: BacktestResult) -> SessionAttribution:
    """Take a backtest's return apart, session by session.

    Raises:
        InputError: it was ruined: no sum over time comes to a total loss.
    """
    if result.ruined is not None:
        raise InputError(f"{result.name} was ruined on {result.ruined}: a total loss has no parts")
    cash = 1.0 - result.weights[:-1].sum(axis=1)
    return SessionAttribution(
        sessions=result.sessions[1:],
        assets=result.assets,
        by_asset=result.gains[1:].copy(),
        interest=cash * result.cash_returns[1:],
        costs=-result.charges[1:],
        weights=_linking(result),
    )


def decision_periods(result: BacktestResult) -> list[tuple[int, int, int]]:
    """Each decision's number with its rows (first, stop) of an `SessionAttribution`.

    They begin with the session in which it is traded and end where the next one is.
    """
    rows = [*result.decisions.tolist(), len(result) - 1]
    return [(k, rows[k], rows[k + 1]) for k in range(len(rows) - 1) if rows[k] < rows[k + 1]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelativeAttribution:
    """A backtest's return less another one's, per session, by sector; cash is the last sector."""

    sectors: tuple[str, ...]  # (S,)
    allocation: Array  # (T, S)
    selection: Array  # (T, S)
    costs: Array  # (T,) of the other less its own
    periods_per_year: float

    def __post_init__(self) -> None:
        read_only(self.allocation, self.selection, self.costs)

    @property
    def total(self) -> Array:
        """The difference (T,) of each session."""
        parts = self.allocation.sum(axis=1) + self.selection.sum(axis=1)
        summed: Array = parts + self.costs
        return summed

    def annual(self, part: Array) -> Array:
        """What a part (T, ...) comes to on average in a year, without compounding."""
        mean: Array = part.mean(axis=0) * self.periods_per_year
        return mean


def relative_attribution(
    result: BacktestResult, reference: BacktestResult, sectors: Sequence[str] = ()
) -> RelativeAttribution:
    """Take the lead of one backtest over another of the same assets apart.

    `sectors` (N,) are those of the assets; none: all assets are one.

    Raises:
        InputError: they are not of the same assets and sessions, or one of them was ruined.
    """
    same_sessions(result, reference)
    if result.assets != reference.assets:
        raise InputError(f"{result.name} and {reference.name} do not hold the same assets")
    own, other = attribution(result), attribution(reference)
    names, member = membership(sectors or ("assets",) * len(own.assets))
    earned, weight = _by_sector(own, result, member)
    earned_by_other, weight_of_other = _by_sector(other, reference, member)
    gross = earned_by_other.sum(axis=1, keepdims=True)
    held = weight_of_other != 0.0
    its_return = np.where(held, earned_by_other / np.where(held, weight_of_other, 1.0), gross)
    return RelativeAttribution(
        sectors=(*names, CASH),
        allocation=(weight - weight_of_other) * (its_return - gross),
        selection=earned - weight * its_return - np.where(held, 0.0, earned_by_other),
        costs=own.costs - other.costs,
        periods_per_year=result.periods_per_year,
    )


def membership(sectors: Sequence[str]) -> tuple[tuple[str, ...], Array]:
    """The different sectors (S,) of assets (N,), and which asset is in which (N, S): 1 or 0."""
    names = tuple(dict.fromkeys(sectors))
    return names, np.array([[one == name for name in names] for one in sectors], dtype=np.float64)


def _by_sector(
    parts: SessionAttribution, result: BacktestResult, member: Array
) -> tuple[Array, Array]:
    """What each sector earned and its weight before, (T, S + 1): cash is the last one."""
    before = result.weights[:-1]
    cash = 1.0 - before.sum(axis=1)
    earned = np.column_stack([parts.by_asset @ member, parts.interest])
    return earned, np.column_stack([before @ member, cash])


def _linking(result: BacktestResult) -> Array:
    """Weights (T,) with which the returns of sessions add up to the annual one."""
    returns, annual = result.returns, result.annual_return or 0.0
    still = np.abs(returns) < 1e-12
    logs = np.log1p(returns)
    each = np.where(still, 1.0, logs / np.where(still, 1.0, returns))
    whole = float(logs.sum())
    weights: Array = each * (annual / whole if whole else result.periods_per_year / len(returns))
    return weights
