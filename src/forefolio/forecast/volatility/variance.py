"""The variance known at each close and the variance realised after it: training data.

1. A session's variance is its squared return. Where a market has ranges, there are two more
   measures: the squared gap overnight, and the day's variance after Garman and Klass (1980), some
   seven times as precise as a squared return.
2. A regressor is the mean of a measure over the last 1, 5, 21 or 63 sessions, as a logarithm.
3. The target is the mean squared return, from trade to trade, of the horizon.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array, Flags, read_only
from forefolio.forecast.base import Dataset
from forefolio.forecast.blocks import blocks
from forefolio.forecast.comparable import comparable_returns
from forefolio.forecast.scaling import LABELLED, stride_of
from forefolio.forecast.targets import ForwardVolatility
from forefolio.forecast.volatility.log_means import LEAST, WINDOWS, log_means
from forefolio.market import Market
from forefolio.market.causal import causal_for_models
from forefolio.market.own_sessions import carried_forward
from forefolio.market.returns import ewma_volatility

Ints: TypeAlias = NDArray[np.int64]

RANGES = ("day", "night")  # measures that need open, high and low
MOST = 200_000  # labels that a model is fitted on: 2,500 sessions of 80 assets
BY_ITSELF = "not comparable in volatility with the other assets: EWMA is used instead"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """Regressors (T, N, K) of log variance, and a floor (T, N) of the variance.

    They are kept in the `parts` (T, N, ...) that they come in: side by side they would be the
    largest array of a study, of which a fit needs some rows only. `finite` (T, N) says of each
    part where all of it is finite.
    """

    names: tuple[str, ...]
    parts: tuple[Array, ...]
    finite: tuple[Flags, ...]
    least: Array

    def __post_init__(self) -> None:
        read_only(*self.parts, *self.finite, self.least)

    @classmethod
    def of(cls, names: tuple[str, ...], values: Array, least: Array) -> Self:
        """Those of one part."""
        return cls(names=names, parts=(values,), finite=(_all_finite(values),), least=least)

    def __getitem__(self, rows: slice) -> Self:
        """Some of the rows."""
        return replace(
            self,
            parts=tuple(part[rows] for part in self.parts),
            finite=tuple(flags[rows] for flags in self.finite),
            least=self.least[rows],
        )

    @property
    def nbytes(self) -> int:
        """How much memory all rows take."""
        arrays = (self.least, *self.parts, *self.finite)
        return sum(each.nbytes for each in arrays if 0 not in each.strides)

    @property
    def values(self) -> Array:
        """All of them side by side."""
        return self.parts[0] if len(self.parts) == 1 else np.concatenate(self.parts, axis=-1)

    @property
    def available(self) -> Flags:
        """Rows and assets (T, N) of which every regressor is finite."""
        available = np.ones(self.least.shape, dtype=np.bool_)
        for flags in self.finite:
            available &= flags
        return available

    def where(self, chosen: Flags) -> Array:
        """The regressors (M, K) where `chosen` (T, N) is True."""
        place = np.flatnonzero(chosen)
        out, begin = np.empty((len(place), len(self.names))), 0
        for part in self.parts:
            stop = begin + part.shape[-1]
            out[:, begin:stop] = _at(part, place)
            begin = stop
        return out

    def sums(self, coefficients: Array) -> Array:
        """The sum (T, N) of all regressors times their `coefficients` (K,)."""
        ends = np.cumsum([part.shape[-1] for part in self.parts])[:-1]
        pairs = zip(self.parts, np.split(coefficients, ends), strict=True)
        total = np.zeros(self.least.shape)
        for part, own in pairs:
            total += (part[:, :1] if _shared(part) else part) @ own
        return total

    def joined(self, names: tuple[str, ...], values: Array) -> Self:
        """With more regressors appended."""
        return replace(
            self,
            names=self.names + names,
            parts=(*self.parts, values),
            finite=(*self.finite, _all_finite(values)),
        )

    @property
    def close_terms(self) -> Self:
        """The terms that need closing prices only."""
        left = [name.split(" ")[0] not in RANGES for name in self.names]
        if all(left):
            return self
        names = tuple(name for name, stays in zip(self.names, left, strict=True) if stays)
        ends = np.cumsum([part.shape[-1] for part in self.parts])[:-1]
        stay = np.split(np.array(left), ends)
        parts, finite = [], []
        for part, flags, on in zip(self.parts, self.finite, stay, strict=True):
            if on.any():
                parts.append(part if on.all() else part[..., on])
                finite.append(flags if on.all() else _all_finite(parts[-1]))
        return replace(self, names=names, parts=tuple(parts), finite=tuple(finite))

    def relative_to(self, base: Array) -> Self:
        """The same less `base` (T, N), which comes first."""
        first = type(self).of(("base",), base[..., None], self.least)
        return first.joined(self.names, self.values - base[..., None])


@causal_for_models
def return_terms(market: Market) -> Terms:
    """Logarithms of mean squared returns."""
    values = log_means(market.returns**2)
    return Terms.of(_named("return"), values, LEAST * np.exp(values[..., -1]))


@causal_for_models
def range_terms(market: Market) -> Terms:
    """Of squared returns, of the day and of the night; the first only, where there are no ranges.

    Then the mean over the assets of the most precise of them: what the market as a whole does. An
    asset whose ranges have been missing for a week has none until they are back: what they were is
    no longer what it does.
    """
    terms = return_terms(market)
    precise = [terms.values]
    for name, measure in range_variances(market).items():
        values = log_means(measure, terms.least)
        values[~_recently_observed(measure)] = np.nan
        terms = terms.joined(_named(name), values)
        precise += [values] if name == "day" else []
    common = _mean_of_assets(precise, comparable_assets(market))
    everyone = np.broadcast_to(common, precise[0].shape)
    return terms.joined(_named("market"), everyone)


def range_variances(market: Market) -> dict[str, Array]:
    """Variance (T, N) of each day and of the night before it; empty where there are no ranges."""
    if market.open is None or market.high is None or market.low is None:
        return {}
    body = (2 * np.log(2) - 1) * np.log(market.close / market.open) ** 2
    day = np.maximum(0.5 * np.log(market.high / market.low) ** 2 - body, 0.0)
    before = np.full(day.shape, np.nan)  # the own last close, which a holiday may lie behind
    before[1:] = carried_forward(market.close)[:-1]
    night = (market.open / before - 1) ** 2
    return {"day": day, "night": night}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingData:
    """Training data of a log-variance model: M rows and assets, from S sessions."""

    x: Array  # (M, K)
    log_variance: Array  # (M,) of the horizon, per session, with a floor
    variance: Array  # (M,) without it: it may be zero
    sessions: int
    repeats: float  # labels that overlap at any time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """Which of the variances ahead of a session a model learns from: those of S sessions."""

    rows: slice  # of the market
    chosen: Flags  # (rows, N)
    ahead: Array  # (rows, N)
    sessions: int
    repeats: float  # labels that overlap at any time

    def after(self, terms: Terms) -> TrainingData:
        """The labels, and the terms before them."""
        terms = terms[self.rows]
        place = np.flatnonzero(self.chosen)  # many times as fast as to choose by flags
        variance = np.take(self.ahead, place)
        return TrainingData(
            x=terms.where(self.chosen),
            log_variance=np.log(np.maximum(variance, np.take(terms.least, place))),
            variance=variance,
            sessions=self.sessions,
            repeats=self.repeats,
        )

    def same_as(self, other: "Labels") -> bool:
        """Whether the others are the same."""
        return self.rows == other.rows and bool((self.chosen == other.chosen).all())


def training_data(
    data: Dataset, terms: Terms, what: str, window: int | None = None
) -> TrainingData:
    """The `labels` of a model that learns from all of `terms`, and the terms before them."""
    return labels(data, terms, what, window).after(terms)


def labels(data: Dataset, terms: Terms, what: str, window: int | None = None) -> Labels:
    """Known variances ahead of sessions with all of `terms`, of the last `window` with any.

    Only assets comparable in risk are used, of each session some in turn where they are many. Long
    horizons are thinned to five labels each where a window is given.

    Raises:
        NotEnoughHistory: fewer than 126 sessions have a known variance ahead of them.
    """
    ahead, alike = _known_ahead(data), comparable_assets(data.market)
    begin = max(len(data) - window - data.horizon - WINDOWS[-1], 0) if window else 0

    def usable(rows: slice) -> Flags:
        flags: Flags = np.isfinite(ahead[rows] + terms.least[rows])
        flags &= terms[rows].available
        flags &= alike[rows]
        return flags

    span = slice(begin, len(ahead))
    finite = usable(span)
    if begin and finite.any(axis=1).sum() < (window or 0):  # there are holes: look further back
        span = slice(0, len(ahead))
        finite = usable(span)
    rows = np.flatnonzero(finite.any(axis=1))
    if len(rows) < LABELLED:
        raise NotEnoughHistory(LABELLED, len(rows), f"{what} over {data.horizon} sessions")
    stride = stride_of(data.horizon) if window else 1
    rows = rows[::-1][: window or len(rows) : stride][::-1]
    chosen = np.zeros_like(finite)
    chosen[rows] = finite[rows]
    chosen &= in_turn(chosen, MOST)
    return Labels(
        rows=span,
        chosen=chosen,
        ahead=ahead[span],
        sessions=len(rows),
        repeats=data.horizon / stride,
    )


def variance_ahead(data: Dataset) -> Array:
    """The variance (T, N) realised over the horizon after each session, where it is known."""
    ahead = np.full(data.market.close.shape, np.nan)
    ahead[: -data.horizon - 1] = _known_ahead(data)
    return ahead


def _known_ahead(data: Dataset) -> Array:
    """The same of all sessions but the last (T - h - 1, N): it has not ended after those."""
    return _variance_ended(data.horizon)(data.market)[data.horizon + 1 :]


@cache
def _variance_ended(horizon: int) -> Callable[[Market], Array]:
    """Makes the panel (T, N) of variances realised over a horizon that ended at each session."""

    @causal_for_models
    def ended(market: Market) -> Array:
        volatility = ForwardVolatility(horizon=horizon)(market)
        out = np.full(volatility.shape, np.nan)
        out[horizon + 1 :] = volatility[: -horizon - 1] ** 2
        return out

    return ended


def in_turn(chosen: Flags, most: int) -> Flags:
    """Every k-th asset (T, N) of a session, others at the next: about so many of those chosen.

    Sessions that are left out do not count, or of every second one the same assets would be taken.
    Assets of one session are much alike, so fewer of them cost hardly any precision.
    """
    every = -(-int(chosen.sum()) // most)
    session = np.cumsum(chosen.any(axis=1))
    every = max(every, 1)
    asset, due = np.arange(chosen.shape[1]) % every, (every - session % every) % every
    turn: Flags = asset == due[:, None]  # the same as (session + asset) % every == 0, but quicker
    return turn


def comparable_assets(market: Market) -> Flags:
    """Which assets (T, N) are comparable in risk, so that they share a model of their variance."""
    alike: Flags = comparable_returns(market).similarity >= 0.5
    return alike


def with_ewma_fallback(market: Market, variance: Array) -> tuple[Array, Flags]:
    """Pooled variances (rows, N) per session, with EWMA's where an asset is not comparable.

    Returns the variances, and where the fallback was used.
    """
    rows = len(variance)
    unlike: Flags = ~comparable_assets(market)[-rows:]
    return np.where(unlike, ewma_volatility(market)[-rows:] ** 2, variance), unlike


def smearing(variance: Array, log_fit: Array) -> float:
    """The logarithm of the smearing factor that makes variances right on average; Duan (1983)."""
    return float(np.log(np.mean(variance / np.exp(log_fit))))


def _all_finite(values: Array) -> Flags:
    """Where all of the last axis of (T, N, K) is finite; what assets share is looked at once."""
    if _shared(values):
        return np.broadcast_to(_all_finite(values[:, :1]), values.shape[:2])
    total = np.zeros(values.shape[:2])
    for k in range(values.shape[-1]):
        total += values[..., k]
    flags: Flags = np.isfinite(total)
    return flags


def _at(part: Array, place: Ints) -> Array:
    """The numbers (M, K) of (T, N, K) at so many places, counted row by row."""
    if _shared(part):
        return np.asarray(np.take(part[:, 0], place // part.shape[1], axis=0))
    if part.flags.c_contiguous:
        return np.asarray(np.take(part.reshape(-1, part.shape[-1]), place, axis=0))
    return np.asarray(part[np.divmod(place, part.shape[1])])


def _shared(values: Array) -> bool:
    """Whether the assets of (T, N, K) are one and the same numbers."""
    return values.shape[1] > 1 and values.strides[1] == 0


def _named(what: str) -> tuple[str, ...]:
    return tuple(f"{what} {window}" for window in WINDOWS)


def _recently_observed(measure: Array) -> Flags:
    """Where `measure` (T, N) was known at one of the last five sessions."""
    finite = np.isfinite(measure)
    recently: Flags = finite.copy()
    for ago in range(1, WINDOWS[1]):
        recently[ago:] |= finite[:-ago]
    return recently


def _mean_of_assets(measures: Sequence[Array], among: Flags) -> Array:
    """Means (T, 1, K) over the assets `among` (T, N) of the last of `measures` known of any."""
    rows, assets, size = measures[0].shape
    out = np.full((rows, 1, size), np.nan)
    for block in blocks(rows, assets * size):
        for values in measures:
            part = values[block]
            finite = np.isfinite(part) & among[block, :, None]
            total = np.where(finite, part, 0.0).sum(axis=1, keepdims=True)
            count = finite.sum(axis=1, keepdims=True)
            np.divide(total, count, out=out[block], where=count > 0)
    return out
