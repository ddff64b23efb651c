"""Components that leak on purpose, each in a way that a checker has missed."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.forecast import BayesianRidge, Dataset, ForecastPanel
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.strategy import EqualWeight, Policy

MEMO: dict[str, Array] = {}
RANK = {"A0": 1.0, "A1": 2.0}  # a table, not a memo
_deviation: Array | None = None


def _spread(market: Market) -> Array:
    return np.asarray(pd.DataFrame(market.close).std())


# -- what was seen once is kept -------------------------------------------------------------------


class KeepsInItself:
    """A deviation of the full sample, reckoned at the first call."""

    def __init__(self) -> None:
        self.spread: Array | None = None

    def __call__(self, market: Market) -> Array:
        if self.spread is None:
            self.spread = _spread(market)
        return np.asarray(market.close / self.spread)


class KeepsInItsClass(KeepsInItself):
    """The same, kept in a container of the class."""

    kept: ClassVar[list[Array]] = []

    def __call__(self, market: Market) -> Array:
        if not self.kept:
            self.kept.append(_spread(market))
        return np.asarray(market.close / self.kept[0])


def kept_in_the_module(market: Market) -> Array:
    if "spread" not in MEMO:
        MEMO["spread"] = _spread(market)
    return np.asarray(RANK["A0"] * market.close / MEMO["spread"])


def kept_in_a_name(market: Market) -> Array:
    global _deviation
    if _deviation is None:
        _deviation = _spread(market)
    return np.asarray(market.close / _deviation)


def kept_in_a_default(market: Market, kept: list[Array] = []) -> Array:  # noqa: B006
    if not kept:
        kept.append(_spread(market))
    return np.asarray(market.close / kept[0])


def kept_in_a_closure() -> Any:
    kept: list[Array] = []

    def feature(market: Market) -> Array:
        if not kept:
            kept.append(_spread(market))
        return np.asarray(market.close / kept[0])

    return feature


class _Shown:
    market: Market | None = None


@cache
def _first_seen(assets: tuple[str, ...]) -> Array:
    assert assets and _Shown.market is not None
    return _spread(_Shown.market)


def kept_in_a_cache(market: Market) -> Array:
    _Shown.market = market
    return np.asarray(market.close / _first_seen(market.assets))


# -- only on some markets, sessions or assets -----------------------------------------------------


def only_in_long_samples(market: Market) -> Array:
    close = pd.DataFrame(market.close)
    past = close / close.expanding().std()
    return np.asarray(close / close.std() if len(market) > 1000 else past)


def only_where_there_is_a_future(market: Market) -> Array:
    """Silent on a market that ends here."""
    out = np.full(market.close.shape, np.nan)
    out[:-5] = market.close[5:] / market.close[:-5]
    return out


def only_where_nothing_traded(market: Market) -> Array:
    close = pd.DataFrame(market.close)
    silent = close.isna().all(axis=1)
    return np.asarray(close.ffill().where(~silent, close.bfill(), axis=0))


def only_what_is_listed_later(market: Market) -> Array:
    traded = np.isfinite(market.close)
    unlisted = traded.any(axis=0).sum() - np.maximum.accumulate(traded, axis=0).sum(axis=1)
    with np.errstate(divide="ignore"):
        return np.broadcast_to((1.0 / unlisted)[:, None], market.close.shape)


def only_a_series_that_is_rare(market: Market) -> Array:
    cpi = market.series.get("core_cpi")
    if cpi is None:
        return np.zeros(market.close.shape)
    return np.broadcast_to(np.append(cpi[1:], np.nan)[:, None], market.close.shape)


def only_a_series_that_it_needs(market: Market) -> Array:
    return np.broadcast_to(np.append(market.series["10y"][1:], np.nan)[:, None], market.close.shape)


def only_assets_that_end(market: Market) -> Array:
    last = len(market) - 1 - np.argmax(np.isfinite(market.close)[::-1], axis=0)
    return np.broadcast_to(np.where(last < len(market) - 21, 1.0, 0.0), market.close.shape)


def only_at_the_last_month_end(market: Market) -> Array:
    months = market.sessions.astype("datetime64[M]")
    return np.asarray(pd.DataFrame(market.close).groupby(months).transform("last"))


# -- forecasters -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Says:
    mean: Array
    shift: int = 0
    quantiles: Array | None = None

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        mean = np.broadcast_to(self.mean, data.y.shape)[-rows:]
        panel = ForecastPanel.of(data, mean, np.full(mean.shape, 0.01))
        return replace(panel, sessions=panel.sessions - np.timedelta64(self.shift, "D"))


@dataclass(frozen=True)
class LeaksJointly:
    """`fit` is honest; `fit_jointly`, which the walk calls, says the outcomes."""

    honest: BayesianRidge = field(default_factory=BayesianRidge)

    def fit(self, data: Dataset) -> Any:
        return self.honest.fit(data)

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Any, ...]:
        return tuple(_Outcomes() for _ in data)


class _Outcomes:
    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        mean = data.y[-rows:]
        return ForecastPanel.of(data, mean, np.full(mean.shape, 0.01))


class LeaksInQuantiles:
    """Mean and deviation are honest."""

    def fit(self, data: Dataset) -> "LeaksInQuantiles":
        assert len(data)
        return self

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        mean = np.zeros((rows, len(data.assets)))
        panel = ForecastPanel.of(data, mean, mean + 0.01)
        later = np.nan_to_num(np.roll(data.market.close, -1, axis=0)[-rows:])
        quantiles = np.stack([panel.mean - 0.01, later])
        return replace(panel, levels=np.array([0.1, 0.9]), quantiles=quantiles)


class DatesASessionEarly:
    """What it says at a close stands at the session before."""

    def fit(self, data: Dataset) -> _Says:
        return _Says(np.zeros(data.y.shape[1]), shift=1)


# -- strategies ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MovesALittle:
    """Equal weight, moved by the next return times next to nothing."""

    by: float = 1e-10
    name: str = "moves a little"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        honest = yield from EqualWeight().prepare(market, sessions, executor)

        def policy(known: Market, current: Array) -> Allocation:
            allocation = honest(known, current)
            row = min(len(known), len(market) - 1)
            later = np.nan_to_num(np.sign(market.returns[row]))
            return replace(allocation, weights=allocation.weights + self.by * later)

        return policy


class LabelFromItsOwnClose:
    """From the close of the decision itself: causal, but nobody can trade there."""

    horizon = 5

    def __call__(self, market: Market) -> Array:
        out = np.full(market.close.shape, np.nan)
        out[:-6] = market.close[6:] / market.close[:-6] - 1
        return out


FEATURES: tuple[Any, ...] = (
    KeepsInItself(),
    KeepsInItsClass(),
    kept_in_the_module,
    kept_in_a_name,
    kept_in_a_default,
    kept_in_a_closure(),
    kept_in_a_cache,
    only_in_long_samples,
    only_where_there_is_a_future,
    only_where_nothing_traded,
    only_what_is_listed_later,
    only_a_series_that_is_rare,
    only_a_series_that_it_needs,
    only_assets_that_end,
    only_at_the_last_month_end,
)
KEEPING = FEATURES[:7]
OTHERS: tuple[Any, ...] = (
    LeaksJointly(),
    LeaksInQuantiles(),
    DatesASessionEarly(),
    MovesALittle(),
    MovesALittle(by=1e-12),
)
