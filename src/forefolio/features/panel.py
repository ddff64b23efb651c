"""Many features of one market, computed once and cut at any row.

Features are causal, so the first rows of a panel are the panel of the market's first rows; a
walk-forward computes it once and slices.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from forefolio.core.component import content_digest
from forefolio.core.errors import DataError
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array, Flags, read_only
from forefolio.features.base import Feature
from forefolio.market import Market
from forefolio.store.arrays import keep_arrays, map_arrays

FIRST_SESSIONS = 1250  # sessions that decide which series are used, whatever the later ones hold
COVERAGE = 0.75  # of those; a series with fewer values gives a model next to nothing to learn from


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeaturePanel:
    """Features (T, N, F) of a market, and those that its data could not support.

    `skipped` holds (feature, reason) pairs; so does `filled`, for features whose series lacks
    values at some sessions: there, every asset has the mean of the feature so far.
    """

    x: Array  # (T, N, F)
    names: tuple[str, ...]  # (F,)
    skipped: tuple[tuple[str, str], ...] = ()
    filled: tuple[tuple[str, str], ...] = ()
    home: Path | None = None  # where x is mapped from, if saved

    def __post_init__(self) -> None:
        read_only(self.x)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: slice) -> Self:
        if rows.start or rows.step not in (None, 1):
            raise DataError("a feature panel is cut at its end only")
        return replace(self, x=self.x[rows])

    @property
    def digest(self) -> str:
        """Name this panel by its content, wherever that lies."""
        return content_digest(self._meta(), self._by_feature)

    @property
    def _by_feature(self) -> Array:
        return np.moveaxis(self.x, -1, 0)  # (F, T, N): how it lies in memory and on disk

    def _meta(self) -> str:
        return json.dumps({**self._labels(), "shape": self.x.shape})

    def _labels(self) -> dict[str, tuple[Any, ...]]:
        return {"names": self.names, "skipped": self.skipped, "filled": self.filled}

    def save(self, parent: Path) -> Self:
        """Write the panel under `parent`, named by content, and return the one mapped there."""
        home = parent / self.digest
        keep_arrays(home, {"x": self._by_feature}, self._labels())
        return type(self).load(home)

    @classmethod
    def load(cls, home: Path) -> Self:
        """Map a saved panel.

        Raises:
            StoreError: something in the folder is missing or damaged.
        """
        arrays, labels = map_arrays(home)
        return cls(
            x=np.moveaxis(arrays["x"], 0, -1),
            names=tuple(labels["names"]),
            skipped=tuple((name, reason) for name, reason in labels["skipped"]),
            filled=tuple((name, reason) for name, reason in labels["filled"]),
            home=home,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """A saved panel travels to other processes by name, not by value."""
        if self.home is not None:
            return _reopen, (type(self), self.home, len(self))
        return _rebuild, (type(self), self.x, self._labels())


def _rebuild(cls: type[FeaturePanel], x: Array, labels: dict[str, Any]) -> FeaturePanel:
    return cls(x=x, **labels)


def _reopen(cls: type[FeaturePanel], home: Path, rows: int) -> FeaturePanel:
    return cls.load(home)[:rows]


@takes_market
def compute(features: Sequence[Feature], market: Market) -> FeaturePanel:
    """Compute every feature that `market` supports, as a panel (T, N, F).

    A feature whose `needs` are absent is left out and named in `skipped`. A series counts as
    absent unless it has values on three quarters of the first 1250 sessions: a rule that gives the
    same answer today and in a backtest, because later sessions do not matter to it. Where a series
    in use has no value, such as after its end, the feature is at its mean so far (0 if it never had
    one) and named in `filled`.

    >>> from forefolio.features import PriceMomentum
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=300, assets=4)
    >>> panel = compute([PriceMomentum(window=21)], market)
    >>> panel.x.shape
    (300, 4, 1)
    """
    reasons = [_missing(feature, market) for feature in features]
    used = [feature for feature, reason in zip(features, reasons, strict=True) if not reason]
    x = np.empty((len(used), *market.close.shape))
    filled: list[tuple[str, str]] = []
    for number, feature in enumerate(used):
        x[number] = feature(market)
        if (available := _available(feature, market)).all():
            continue
        _fill(x[number], np.logical_or.accumulate(~available), np.isfinite(market.close))
        share = f"{_series(feature, market)} available on {available.mean():.0%} of the sessions"
        filled.append((feature.name, f"{share}; elsewhere the feature is at its mean so far"))
    return FeaturePanel(
        x=np.moveaxis(x, 0, -1),
        names=tuple(feature.name for feature in used),
        skipped=tuple((f.name, r) for f, r in zip(features, reasons, strict=True) if r),
        filled=tuple(filled),
    )


def _missing(feature: Feature, market: Market) -> str:
    absent = [need for need in feature.needs if need not in market.columns]
    if absent:
        return f"the data have no {', '.join(absent)}"
    available = _available(feature, market)[:FIRST_SESSIONS]
    if len(available) and available.mean() < COVERAGE:
        share = f"{available.mean():.0%} of the first {len(available)} sessions"
        return f"{_series(feature, market)} available on {share}; start later"
    return ""


def _series(feature: Feature, market: Market) -> str:
    names = [need for need in feature.needs if need in market.series]
    return f"{', '.join(names)} {'are' if len(names) > 1 else 'is'}"


def _available(feature: Feature, market: Market) -> Flags:
    """Sessions (T,) at which every series that `feature` needs has a value."""
    available = np.ones(len(market), np.bool_)
    for need in feature.needs:
        if need in market.series:
            available &= np.isfinite(market.series[need])
    return available


def _fill(values: Array, broken: Flags, traded: Flags) -> None:
    """Put the mean of `values` (T, N) so far where, since a series broke off, no asset has one."""
    available = np.isfinite(values)
    total = np.cumsum(np.where(available, values, 0.0).sum(axis=1))
    mean = total / np.maximum(np.cumsum(available.sum(axis=1)), 1)
    silent = (broken & ~available.any(axis=1))[:, None] & traded
    values[silent] = np.broadcast_to(mean[:, None], values.shape)[silent]
