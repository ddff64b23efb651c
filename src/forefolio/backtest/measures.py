"""Performance measures of a series of returns, each with a confidence interval.

1. Measure the series by the formulas of `metrics`; losses of the tail by each tail model.
2. Give each number the interval of `sampling`, which allows for dependence between sessions; a
   number without a reliable interval has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from forefolio.backtest import metrics
from forefolio.backtest.metrics import Measured
from forefolio.backtest.sampling import FEWEST, clustered_sessions, interval
from forefolio.backtest.track import Track
from forefolio.core.errors import DataError, InputError, NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.units import Array
from forefolio.market.sources.return_series import read_returns, read_series
from forefolio.risk.tails.measures import TAIL_MODELS
from forefolio.risk.tails.models import TailSpec

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

SHORTEST = 3  # sessions
TAIL_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure and its interval; None where there is no value, or no interval."""

    name: str
    value: Measured
    low: Measured = None
    high: Measured = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Measures of a series by name; intervals cover the true value with probability `confidence`.

    `notes` say what was not measured, or measured in another way.
    """

    sessions: int
    confidence: float
    each: tuple[Measure, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Measure:
        for one in self.each:
            if one.name == name:
                return one
        raise InputError(f"there is no measure {name!r}; there is {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the measures."""
        return tuple(one.name for one in self.each)

    def to_frame(self) -> pd.DataFrame:
        """A row per measure: value, low, high; NaN where there is none."""
        rows = [(one.value, one.low, one.high) for one in self.each]
        frame: pd.DataFrame = pandas.DataFrame(
            rows, index=list(self.names), columns=["value", "low", "high"], dtype=float
        )
        return frame


ALONE: Mapping[str, Callable[[Track], Measured]] = {
    "annual_return": lambda t: metrics.annual_return(t.equity, t.periods_per_year),
    "annual_volatility": lambda t: metrics.annual_volatility(t.returns, t.periods_per_year),
    "sharpe": lambda t: t.unless_ruined(metrics.sharpe_ratio(t.excess, t.periods_per_year)),
    "sortino": lambda t: t.unless_ruined(metrics.sortino_ratio(t.excess, t.periods_per_year)),
    "calmar": lambda t: t.unless_ruined(metrics.calmar_ratio(t.equity, t.periods_per_year)),
    "max_drawdown": lambda t: metrics.max_drawdown(t.equity),
    "longest_drawdown": lambda t: float(metrics.longest_drawdown(t.equity)),
    "hit_rate": lambda t: metrics.hit_rate(t.returns),
    "profit_factor": lambda t: metrics.profit_factor(t.returns),
    "tail_ratio": lambda t: metrics.tail_ratio(t.returns),
    "skew": lambda t: metrics.skew(t.returns),
    "kurtosis": lambda t: metrics.kurtosis(t.returns),
}
BESIDE: Mapping[str, Callable[[Track], Measured]] = {
    "beta": lambda t: metrics.beta(t.excess, t.market),
    "alpha": lambda t: metrics.alpha(t.excess, t.market, t.periods_per_year)[0],
    "tracking_error": lambda t: metrics.tracking_error(t.active, t.periods_per_year),
    "information_ratio": lambda t: metrics.information_ratio(t.active, t.periods_per_year),
}


def measure(
    returns: ArrayLike | pd.Series[float],
    benchmark: ArrayLike | pd.Series[float] | None = None,
    cash: ArrayLike | pd.Series[float] = 0.0,
    *,
    periods_per_year: float,
    confidence: float = 0.9,
) -> Measures:
    """Measure a series of returns; those of an equity curve are `simple_returns(equity)`.

    Args:
        returns: simple, per session, oldest first; or with their dates as an index, in any order.
        benchmark: returns of a benchmark, at the same dates if both have dates.
        cash: return of cash per session: one number, or one for each session.
        periods_per_year: sessions of a year, `market.periods_per_year`.
        confidence: probability that an interval covers the true value.

    Raises:
        InputError: a number is missing, the series are not of the same sessions, or something is
            no series of returns, such as prices or percentages.
        NotEnoughHistory: there are fewer than three returns.

    >>> import numpy as np
    >>> returns = np.random.default_rng(1).normal(0.0005, 0.01, 2000)
    >>> sharpe = measure(returns, periods_per_year=252)["sharpe"]
    >>> sharpe.low < sharpe.value < sharpe.high
    True
    """
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence is {confidence}, must lie between 0 and 1, such as 0.9")
    track, ruin = _to_ruin(_track(returns, benchmark, cash, periods_per_year))
    formulas = ALONE if benchmark is None else {**ALONE, **BESIDE}
    each = [_measured(name, formula, track, confidence) for name, formula in formulas.items()]
    losses, notes = _tail_losses(track, confidence)
    return Measures(
        sessions=len(track.returns),
        confidence=confidence,
        each=(*each, *losses),
        notes=(*ruin, *_without(track), *notes),
    )


def _to_ruin(track: Track) -> tuple[Track, tuple[str, ...]]:
    """The track up to a total loss, which is its last return, and a note of it."""
    row = metrics.ruined_row(1.0 + track.returns)
    if row is None:
        return track, ()
    lived = track.at(np.arange(row + 1))
    note = f"all is lost in session {row + 1} of {len(track.returns)}: nothing is measured beyond"
    return replace(lived, returns=np.maximum(lived.returns, -1.0)), (note,)


def _track(series: Any, benchmark: Any, cash: Any, periods: float) -> Track:
    returns = read_returns(series)
    own = _whole(returns.values, "returns")
    if len(own) < SHORTEST:
        raise NotEnoughHistory(SHORTEST, len(own), "measuring returns", "give a longer series")
    if not periods > 0.0:
        raise InputError(f"periods_per_year is {periods}, must be above 0")
    earned = read_series(cash, "cash").at(returns) if np.ndim(cash) else np.full(own.shape, cash)
    beside = None if benchmark is None else read_returns(benchmark, "benchmark").at(returns)
    return Track(
        returns=own,
        cash=_whole(earned, "cash"),
        benchmark=None if beside is None else _whole(beside, "benchmark"),
        periods_per_year=periods,
    )


def _whole(series: Array, what: str) -> Array:
    if missing := int((~np.isfinite(series)).sum()):
        raise InputError(f"{missing} of the {what} are missing; leave those sessions out of all")
    return series


def _measured(
    name: str, formula: Callable[[Track], Measured], track: Track, confidence: float
) -> Measure:
    return _with_interval(name, formula(track), track, confidence)


def _with_interval(name: str, value: Measured, track: Track, confidence: float) -> Measure:
    bounds = None if track.ruined else interval(name, value, track, confidence)
    if bounds is None:
        return Measure(name=name, value=value)
    return Measure(name=name, value=value, low=bounds[0], high=bounds[1])


def _tail_losses(track: Track, confidence: float) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    losses, notes = [], []
    for model in (kind() for kind in TAIL_MODELS):
        names = f"value_at_risk_{model.kind}", f"expected_shortfall_{model.kind}"
        try:
            loss = model.measure(track.returns, TailSpec(level=TAIL_LEVEL, horizon=1))
            values: tuple[Measured, Measured] = (loss.value_at_risk, loss.expected_shortfall)
            note = loss.note
        except DataError as error:
            values, note = (None, None), str(error)
        losses.append(
            [
                _with_interval(name, value, track, confidence)
                for name, value in zip(names, values, strict=True)
            ]
        )
        notes += [f"{model.kind}: {note}"] if note else []
    return tuple(one for which in zip(*losses, strict=True) for one in which), tuple(notes)


def _without(track: Track) -> tuple[str, ...]:
    """Why intervals are missing that a longer series would have."""
    sessions, needed = len(track.returns), clustered_sessions(track.periods_per_year)
    if track.ruined or sessions >= needed:
        return ()
    if sessions < FEWEST:
        return (f"no intervals: {sessions} returns, {FEWEST} are needed",)
    return (
        f"no intervals of volatility, skew, tracking error and tails: they come in clusters, which "
        f"takes {needed} returns to even out, and there are {sessions}",
    )
