"""Every measure of a series of returns, each with the interval that luck leaves it.

1. Measure the series by the formulas of `metrics`; losses of the tail by each tail model.
2. Measure histories that might have been: the sessions resampled in blocks, returns, cash and
   benchmark together, so that what they have in common stays so.
3. The middle share of what came out is the interval (percentile bootstrap; Efron and Tibshirani
   1993, "An Introduction to the Bootstrap", chapter 13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forefolio.backtest import metrics
from forefolio.backtest.metrics import Measured
from forefolio.errors import DataError, InputError, NotEnoughHistory
from forefolio.lazy import lazy
from forefolio.market.series import read_returns, read_series
from forefolio.risk.bootstrap import DRAWS, interval, stationary_draws
from forefolio.risk.measures import TAIL_MODELS
from forefolio.risk.tails import Question, TailModel
from forefolio.units import Array, read_only

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

SHORTEST = 3  # sessions
REDRAWN = 200  # histories that the intervals of tail losses are taken over
TAIL_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number and its interval; None is what cannot be measured, or has no interval."""

    name: str
    value: Measured
    low: Measured = None
    high: Measured = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Measures of a series by name; intervals hold the truth with chance `confidence`.

    `notes` say what could not be measured, or had to be measured otherwise.
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
        """What was measured."""
        return tuple(one.name for one in self.each)

    def to_frame(self) -> pd.DataFrame:
        """A row per measure: value, low, high; NaN where there is none."""
        rows = [(one.value, one.low, one.high) for one in self.each]
        frame: pd.DataFrame = pandas.DataFrame(
            rows, index=list(self.names), columns=["value", "low", "high"], dtype=float
        )
        return frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """Simple returns (T,) per session, what cash earned (T,), and a benchmark's (T,), if any."""

    returns: Array
    cash: Array
    benchmark: Array | None
    periods_per_year: float

    def __post_init__(self) -> None:
        read_only(self.returns, self.cash, self.benchmark)

    @property
    def equity(self) -> Array:
        """Growth of 1 (T + 1,)."""
        return np.concatenate([[1.0], np.cumprod(1.0 + self.returns)])

    @property
    def excess(self) -> Array:
        """Returns over what cash earned."""
        return self.returns - self.cash

    @property
    def active(self) -> Array:
        """Returns over the benchmark's."""
        return self.returns - self._beside

    @property
    def market(self) -> Array:
        """The benchmark's returns over what cash earned."""
        return self._beside - self.cash

    def reward(self, ratio: Measured) -> Measured:
        """A reward for risk; where all is lost there is none."""
        return None if (self.returns <= -1.0).any() else ratio

    @property
    def _beside(self) -> Array:
        if self.benchmark is None:
            raise InputError("there is no benchmark to measure this beside")
        return self.benchmark

    def at(self, rows: NDArray[np.intp]) -> Self:
        """The same sessions in another order, some of them again."""
        return type(self)(
            returns=self.returns[rows],
            cash=self.cash[rows],
            benchmark=None if self.benchmark is None else self.benchmark[rows],
            periods_per_year=self.periods_per_year,
        )


ALONE: Mapping[str, Callable[[Track], Measured]] = {
    "annual_return": lambda t: metrics.annual_return(t.equity, t.periods_per_year),
    "annual_volatility": lambda t: metrics.annual_volatility(t.returns, t.periods_per_year),
    "sharpe": lambda t: t.reward(metrics.sharpe_ratio(t.excess, t.periods_per_year)),
    "sortino": lambda t: t.reward(metrics.sortino_ratio(t.excess, t.periods_per_year)),
    "calmar": lambda t: t.reward(metrics.calmar_ratio(t.equity, t.periods_per_year)),
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
    seed: int = 0,
) -> Measures:
    """Measure a series of returns; that of an equity curve is `simple_returns(equity)`.

    Args:
        returns: simple, per session, oldest first; or with their dates as an index, in any order.
        benchmark: returns of what it is measured beside, at the same dates if both have dates.
        cash: what cash earned per session: one number, or one for each session.
        periods_per_year: sessions of a year, `market.periods_per_year`.
        confidence: how often the intervals hold the truth.
        seed: of the histories that might have been.

    Raises:
        InputError: a number is missing, the series are not of the same sessions, or something is
            no series of returns, such as prices or percentages.
        NotEnoughHistory: there are fewer than three returns.
    """
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence is {confidence}, must lie between 0 and 1, such as 0.9")
    track, ruin = _to_ruin(_track(returns, benchmark, cash, periods_per_year))
    formulas = ALONE if benchmark is None else {**ALONE, **BESIDE}
    each = _resampled(track, formulas, confidence, seed)
    losses, notes = _tail_losses(track.returns, confidence, seed)
    by_formula = _sharpe_by_formula(track, confidence)
    return Measures(
        sessions=len(track.returns),
        confidence=confidence,
        each=(*each[:3], by_formula, *each[3:], *losses),
        notes=(*ruin, *notes),
    )


def _to_ruin(track: Track) -> tuple[Track, tuple[str, ...]]:
    """What is lived of a track, and what is to be said: a loss of all is the last return."""
    row = metrics.ruined_row(1.0 + track.returns)
    if row is None:
        return track, ()
    lived = track.at(np.arange(row + 1))
    said = f"all is lost in session {row + 1} of {len(track.returns)}: nothing is measured beyond"
    return replace(lived, returns=np.maximum(lived.returns, -1.0)), (said,)


def _track(given: Any, benchmark: Any, cash: Any, periods: float) -> Track:
    returns = read_returns(given)
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


def _resampled(
    track: Track, formulas: Mapping[str, Callable[[Track], Measured]], confidence: float, seed: int
) -> tuple[Measure, ...]:
    drawn: dict[str, list[Measured]] = {name: [] for name in formulas}
    for rows in stationary_draws(len(track.returns), seed, draws=DRAWS):
        history = track.at(rows)
        for name, formula in formulas.items():
            drawn[name].append(formula(history))
    return tuple(
        _with_interval(name, formula(track), drawn[name], confidence)
        for name, formula in formulas.items()
    )


def _with_interval(
    name: str, value: Measured, drawn: Sequence[Measured], confidence: float
) -> Measure:
    known = sum(one is not None for one in drawn)
    if value is None or 2 * known < max(len(drawn), 1):  # of half of them it says nothing
        return Measure(name=name, value=value)
    low, high = interval(drawn, confidence)
    return Measure(name=name, value=value, low=low, high=high)


def _sharpe_by_formula(track: Track, confidence: float) -> Measure:
    value = track.reward(metrics.sharpe_ratio(track.excess, track.periods_per_year))
    error = metrics.sharpe_error(track.excess, track.periods_per_year)
    if value is None or error is None:
        return Measure(name="sharpe_by_formula", value=value)
    reach = NormalDist().inv_cdf((1.0 + confidence) / 2.0) * error
    return Measure(name="sharpe_by_formula", value=value, low=value - reach, high=value + reach)


def _tail_losses(
    returns: Array, confidence: float, seed: int
) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    found, notes = [], []
    for model in (kind() for kind in TAIL_MODELS):
        names = f"value_at_risk_{model.kind}", f"expected_shortfall_{model.kind}"
        try:
            losses, note = _losses(model, names, returns, confidence, seed)
        except DataError as error:
            losses, note = tuple(Measure(name=name, value=None) for name in names), str(error)
        found.append(losses)
        notes += [f"{model.kind}: {note}"] if note else []
    return tuple(one for which in zip(*found, strict=True) for one in which), tuple(notes)


def _losses(
    model: TailModel, names: tuple[str, str], returns: Array, confidence: float, seed: int
) -> tuple[tuple[Measure, ...], str]:
    asked = Question(level=TAIL_LEVEL, horizon=1)
    loss = model.measure(returns, asked)
    drawn = list(model.redraw(returns, asked, REDRAWN, seed))
    at_risk = loss.value_at_risk, [one.value_at_risk for one in drawn]
    shortfall = loss.expected_shortfall, [one.expected_shortfall for one in drawn]
    told = (
        _with_interval(name, *each, confidence)
        for name, each in zip(names, (at_risk, shortfall), strict=True)
    )
    return tuple(told), loss.note
