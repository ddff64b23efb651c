"""Panels of stored prices, kept as arrays that the next reader maps instead of computing.

They are derived: a panel is filed under the content it was made of and what was asked, so it is
never stale, and one that is missing or damaged is made again.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forefolio.core.errors import StoreError
from forefolio.core.units import Array, Dates, read_only
from forefolio.store.arrays import keep_arrays, map_arrays

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PricePanel:
    """Fields of N tickers over T days, side by side; NaN where a ticker has no row.

    `digest` is that of the version of the source that it was made of.
    """

    digest: str
    dates: Dates  # (T,)
    tickers: tuple[str, ...]
    fields: Mapping[str, Array]  # (T, N)

    @staticmethod
    def question(
        digest: str,
        tickers: Sequence[str],
        fields: Sequence[str],
        start: np.datetime64 | None,
        end: np.datetime64 | None,
    ) -> str:
        """The name of a panel: equal content and an equal question have the same."""
        asked = [digest, list(tickers), list(fields), str(start), str(end)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class Panels:
    """Panels in a folder, each a folder of its own that is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> PricePanel | None:
        """The panel called so, mapped from its files, or None if it is not there whole."""
        try:
            arrays, facts = map_arrays(self._folder / name)
            return PricePanel(
                digest=facts["digest"],
                dates=arrays["dates"],
                tickers=tuple(facts["tickers"]),
                fields={field: arrays[field] for field in facts["fields"]},
            )
        except (StoreError, KeyError):
            return None

    def keep(self, name: str, panel: PricePanel) -> PricePanel:
        """Keep a panel and return it as it is kept; where it cannot be, as it was given."""
        read_only(panel.dates, *panel.fields.values())
        facts = {"digest": panel.digest, "tickers": panel.tickers, "fields": list(panel.fields)}
        try:
            keep_arrays(self._folder / name, {"dates": panel.dates, **panel.fields}, facts)
        except OSError as problem:  # a full disk costs the next reader time, and nobody the answer
            logger.warning("a panel could not be kept: %s", problem)
            return panel
        return self.get(name) or panel
