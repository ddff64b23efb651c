"""What there is to know of stored prices beside the prices: versions, coverage, revisions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forefolio.store.price_rows import RefusedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceVersion:
    """A state of a source's prices: `known_at` in seconds since 1970, and what came with it."""

    source: str
    version: int
    known_at: float
    inserted: int
    changed: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a source has of one ticker now; `version` is the last that changed it."""

    ticker: str
    version: int
    rows: int
    first: np.datetime64
    last: np.datetime64
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The values that a day had before they were replaced; times are seconds since 1970."""

    date: np.datetime64
    values: Mapping[str, float | None]
    known_at: float
    replaced_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an upsert came to; `version` is the source's latest, and 0 while it has nothing."""

    version: int
    inserted: int = 0
    changed: int = 0
    refused: tuple[RefusedRow, ...] = ()
