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

from forefolio.component import content_digest
from forefolio.errors import DataError
from forefolio.features.base import Feature
from forefolio.market import Market
from forefolio.units import Array, read_only

COVERAGE = 0.75  # a series known on fewer of the sessions would silence most of the history


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeaturePanel:
    """Features (T, N, F) of a market, and those that its data could not support.

    `skipped` holds (feature, reason) pairs.
    """

    x: Array  # (T, N, F)
    names: tuple[str, ...]  # (F,)
    skipped: tuple[tuple[str, str], ...] = ()
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
        return content_digest(self._meta(), np.ascontiguousarray(self._by_feature).tobytes())

    @property
    def _by_feature(self) -> Array:
        return np.moveaxis(self.x, -1, 0)  # (F, T, N): how it lies in memory and on disk

    def _meta(self) -> str:
        return json.dumps({"names": self.names, "skipped": self.skipped, "shape": self.x.shape})

    def save(self, parent: Path) -> Self:
        """Write the panel under `parent`, named by content, and return the one mapped there."""
        home = parent / self.digest
        if not (home / "meta.json").exists():
            home.mkdir(parents=True, exist_ok=True)
            np.save(home / "x.npy", np.ascontiguousarray(self._by_feature))
            (home / "meta.json").write_text(self._meta())  # last: it marks the end
        return type(self).load(home)

    @classmethod
    def load(cls, home: Path) -> Self:
        """Map a saved panel."""
        meta = json.loads((home / "meta.json").read_text())
        return cls(
            x=np.moveaxis(np.load(home / "x.npy", mmap_mode="r"), 0, -1),
            names=tuple(meta["names"]),
            skipped=tuple((name, reason) for name, reason in meta["skipped"]),
            home=home,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """A saved panel travels to other processes by name, not by value."""
        if self.home is not None:
            return _reopen, (type(self), self.home, len(self))
        return _rebuild, (type(self), self.x, self.names, self.skipped)


def _rebuild(
    cls: type[FeaturePanel], x: Array, names: tuple[str, ...], skipped: tuple[tuple[str, str], ...]
) -> FeaturePanel:
    return cls(x=x, names=names, skipped=skipped)


def _reopen(cls: type[FeaturePanel], home: Path, rows: int) -> FeaturePanel:
    return cls.load(home)[:rows]


def compute(features: Sequence[Feature], market: Market) -> FeaturePanel:
    """Compute every feature that `market` supports.

    A feature whose `needs` are absent is left out and named in `skipped`. A series counts as
    absent unless it is known at the last session and on three quarters of all: one that ended,
    or began late, would leave no session on which every feature is known. So what is left out
    depends on where a series begins and ends in `market`, never on its values.
    """
    reasons = [_missing(feature, market) for feature in features]
    used = [feature for feature, reason in zip(features, reasons, strict=True) if not reason]
    x = np.empty((len(used), *market.close.shape))
    for number, feature in enumerate(used):
        x[number] = feature(market)
    return FeaturePanel(
        x=np.moveaxis(x, 0, -1),
        names=tuple(feature.name for feature in used),
        skipped=tuple((f.name, r) for f, r in zip(features, reasons, strict=True) if r),
    )


def _missing(feature: Feature, market: Market) -> str:
    absent = [need for need in feature.needs if need not in market.columns]
    if absent:
        return f"the data have no {', '.join(absent)}"
    for need in feature.needs:
        known = np.isfinite(market.series.get(need, np.zeros(1)))
        if len(known) and not (known[-1] and known.mean() >= COVERAGE):
            return f"{need} is known on {known.mean():.0%} of the sessions" + (
                "" if known[-1] else ", and not at the last"
            )
    return ""
