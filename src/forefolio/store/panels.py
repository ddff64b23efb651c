"""Panels of stored prices, kept as arrays that the next reader maps instead of computing.

They are derived: a panel is filed under the content it was made of and what was asked, so it is
never stale, and one that is missing or damaged is made again.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np

from forefolio.core.failpoints import failpoint
from forefolio.core.units import Array, Dates, read_only

logger = logging.getLogger(__name__)

_INDEX = "index.json"
_MOST = 2 * 1024**3  # bytes of all panels together; the oldest go first


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

    def __init__(self, folder: Path, most_bytes: int = _MOST) -> None:
        self._folder, self._most = folder, most_bytes
        self._verified: set[str] = set()

    def get(self, name: str) -> PricePanel | None:
        """The panel called so, mapped from its files, or None; its bytes are compared once."""
        folder = self._folder / name
        try:
            index = json.loads((folder / _INDEX).read_bytes())
            if name not in self._verified:
                self._verify(folder, index["sha256"])
                self._verified.add(name)
            dates = np.load(folder / "dates.npy", mmap_mode="r", allow_pickle=False)
            fields = {
                field: np.load(folder / f"{field}.npy", mmap_mode="r", allow_pickle=False)
                for field in index["fields"]
            }
            os.utime(folder)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError) as problem:
            logger.warning("a kept panel cannot be read (%s); it is made again", problem)
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return PricePanel(
            digest=index["digest"], dates=dates, tickers=tuple(index["tickers"]), fields=fields
        )

    def keep(self, name: str, panel: PricePanel) -> PricePanel:
        """Keep a panel and return it as it is kept; where it cannot be, as it was given."""
        read_only(panel.dates, *panel.fields.values())
        try:
            self._write(name, panel)
            self._sweep()
        except OSError as problem:  # a full disk costs the next reader time, and nobody the answer
            logger.warning("a panel could not be kept: %s", problem)
            return panel
        return self.get(name) or panel

    def _write(self, name: str, panel: PricePanel) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{name}.{uuid4().hex}"
        draft.mkdir()
        try:
            arrays = {"dates": panel.dates, **panel.fields}
            digests = {key: _save(draft / f"{key}.npy", values) for key, values in arrays.items()}
            index = {
                "digest": panel.digest,
                "tickers": panel.tickers,
                "fields": list(panel.fields),
                "sha256": digests,
            }
            (draft / _INDEX).write_text(json.dumps(index))
            failpoint("panel.before_rename")
            with suppress(FileExistsError):
                draft.rename(self._folder / name)
        except OSError:
            if not (self._folder / name / _INDEX).exists():
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _verify(self, folder: Path, digests: Mapping[str, str]) -> None:
        for key, digest in digests.items():
            if _hash(folder / f"{key}.npy") != digest:
                raise ValueError(f"{key} is not what was written")

    def _sweep(self) -> None:
        """Remove the panels read longest ago until the rest is small enough, and old drafts."""
        found = sorted(
            (path for path in self._folder.iterdir() if path.is_dir()),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        room = self._most
        for path in found:
            with suppress(OSError):  # another process removed it
                room -= sum(file.stat().st_size for file in path.iterdir())
                if room < 0 and path is not found[0]:
                    shutil.rmtree(path, ignore_errors=True)


def _save(path: Path, values: np.ndarray) -> str:
    with path.open("xb") as out:
        np.save(out, np.ascontiguousarray(values), allow_pickle=False)
        out.flush()
        failpoint("panel.write")
        os.fsync(out.fileno())
    return _hash(path)


def _hash(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()
