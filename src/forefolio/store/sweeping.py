"""What nothing names any more, and nobody used for long, is deleted.

1. A result that a run names stays, and so does what that result names, such as a trained model.
2. What was remembered to save work goes when it was not used for a while, oldest first if it is
   too much; it is computed again if it is wanted.
3. What is younger than a day is left alone: somebody may be about to name it.
"""

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from forefolio.core.failpoints import Clock
from forefolio.store.arrays import DRAFT, FACTS
from forefolio.store.artifacts import Artifacts, named_in

_DAY_S = 86_400.0
_FOLDERS = ("markets", "features", "panels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long, and how much, is kept of what only saves work."""

    days: float = 30.0
    limit_bytes: float = 10e9


@dataclass(slots=True, kw_only=True)
class Swept:
    """What a sweep deleted, and what is left."""

    files: int = 0
    deleted_bytes: int = 0
    kept_bytes: int = 0


def sweep(home: Path, results: Iterable[str], keeping: Keeping, clock: Clock = time.time) -> Swept:
    """Delete what is not named by `results`, the artefacts that runs name, nor was used lately."""
    swept, now = Swept(), clock()
    _sweep_drafts(home, now, swept)
    remembered = _sweep_references(home, now, keeping, swept)
    _sweep_blobs(home, remembered | named_in(Artifacts(home), results), now, swept)
    _sweep_folders(home, now - keeping.days * _DAY_S, swept)
    return swept


def _sweep_drafts(home: Path, now: float, swept: Swept) -> None:
    """What processes that are gone left half written."""
    for kind in ("artifacts", "references"):
        for path in (home / kind).glob("*/.*"):
            if _used(path) < now - _DAY_S:
                _delete(path, swept)
    for kind in _FOLDERS:
        for folder in (home / kind).glob(f"{DRAFT}*"):
            if _used(folder) < now - _DAY_S:
                _delete_folder(folder, swept)


def _sweep_references(home: Path, now: float, keeping: Keeping, swept: Swept) -> set[str]:
    """Delete what was remembered and is not used, or is too much: the oldest; what is left."""
    held, left = 0, set()
    for path in sorted((home / "references").glob("*/[0-9a-f]*"), key=_used, reverse=True):
        name = path.read_text()
        blob = home / "artifacts" / name[:2] / name
        held += blob.stat().st_size if blob.exists() else 0
        young = _used(path) >= now - _DAY_S
        if not young and (_used(path) < now - keeping.days * _DAY_S or held > keeping.limit_bytes):
            _delete(path, swept)
        else:
            left.add(name)
    return left


def _sweep_blobs(home: Path, named: set[str], now: float, swept: Swept) -> None:
    for path in (home / "artifacts").glob("*/[0-9a-f]*"):
        if path.name not in named and _used(path) < now - _DAY_S:
            _delete(path, swept)
        else:
            swept.kept_bytes += path.stat().st_size


def _sweep_folders(home: Path, before: float, swept: Swept) -> None:
    for kind in _FOLDERS:
        for facts in (home / kind).glob(f"[0-9a-f]*/{FACTS}"):
            folder = facts.parent
            if _used(facts) < before:
                aside = folder.with_name(f"{DRAFT}swept-{folder.name}")
                folder.rename(aside)  # whoever maps it keeps it; nobody else finds half of it
                _delete_folder(aside, swept)
            else:
                swept.kept_bytes += sum(file.stat().st_size for file in folder.iterdir())


def _used(path: Path) -> float:
    """When it was last written or read, seconds since 1970; infinite if it is gone already."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _delete(path: Path, swept: Swept) -> None:
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return
    swept.files += 1
    swept.deleted_bytes += size


def _delete_folder(folder: Path, swept: Swept) -> None:
    for file in folder.glob("*"):
        _delete(file, swept)
    shutil.rmtree(folder, ignore_errors=True)
