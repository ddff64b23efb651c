"""Arrays in a folder of their own: written once and whole, then mapped by every process.

A folder is written beside its place, synced and renamed, so that nobody ever maps half of it, and
nothing that is mapped is ever written to. Each array's hash is kept beside it and compared once in
every process that maps it.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from forefolio.core.errors import StoreError
from forefolio.core.failpoints import failpoint

logger = logging.getLogger(__name__)

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

DRAFT = ".draft-"  # how the name of a folder that is being written begins
FACTS = "meta.json"

_verified: set[tuple[Path, int]] = set()  # a folder and its inode: one put in its place is new


def keep_arrays(home: Path, arrays: Arrays, facts: Mapping[str, Any]) -> None:
    """Have `arrays` and `facts` lie in the folder `home`, which is named by their content.

    What lies there whole stays; what is damaged is replaced, while whoever mapped it keeps it.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    if _whole(home):
        return
    _warn_of_damage(home)
    draft = home.with_name(f"{DRAFT}{home.name[:16]}-{uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        _write(draft, arrays, facts)
        _put(draft, home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def map_arrays(home: Path) -> tuple[Arrays, Mapping[str, Any]]:
    """The arrays (mapped, read-only) and the facts that lie in a folder.

    Raises:
        StoreError: something there is missing or damaged.
    """
    try:
        document = json.loads((home / FACTS).read_text())
        hashes, facts = document["arrays"], document["facts"]
        _verify(home, hashes)
        with suppress(OSError):
            os.utime(home / FACTS)  # in use: what nobody maps for long is swept
        return {name: np.load(home / f"{name}.npy", mmap_mode="r") for name in hashes}, facts
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StoreError(
            f"the arrays in {home} are damaged; ask again to have them made"
        ) from problem


def array_files(home: Path) -> list[str]:
    """Names of the files of a folder, the list of hashes first.

    Raises:
        StoreError: the list is missing or damaged.
    """
    try:
        hashes = json.loads((home / FACTS).read_text())["arrays"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StoreError(
            f"the arrays in {home} are damaged; ask again to have them made"
        ) from problem
    return [FACTS, *(f"{name}.npy" for name in hashes)]


def _whole(home: Path) -> bool:
    try:
        map_arrays(home)
    except StoreError:
        return False
    return True


def _warn_of_damage(home: Path) -> None:
    """Say that what lies there is written again, unless an older version wrote it, unhashed."""
    with suppress(OSError, ValueError):
        if "arrays" not in json.loads((home / FACTS).read_text()):
            return
    if home.exists():
        logger.warning("the arrays in %s are damaged; they are written again", home)


def _verify(home: Path, hashes: Mapping[str, str]) -> None:
    folder = home, home.stat().st_ino
    if folder in _verified:
        return
    for name, wanted in hashes.items():
        with (home / f"{name}.npy").open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                raise ValueError(f"{name} is not what was written")
    _verified.add(folder)


def _write(draft: Path, arrays: Arrays, facts: Mapping[str, Any]) -> None:
    hashes = {}
    for name, values in arrays.items():
        path = draft / f"{name}.npy"
        with path.open("xb") as file:
            np.save(file, np.ascontiguousarray(values), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        failpoint("arrays.write")
        with path.open("rb") as file:
            hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    with (draft / FACTS).open("x") as text:
        json.dump({"arrays": hashes, "facts": facts}, text)
        text.flush()
        os.fsync(text.fileno())
    sync_folder(draft)


def _put(draft: Path, home: Path) -> None:
    """Rename the draft; what is damaged in its place makes room, what is whole stays."""
    failpoint("arrays.before_rename")
    with suppress(OSError):  # there is a folder already
        draft.rename(home)
        sync_folder(home.parent)
        return
    if _whole(home):  # another process was faster
        return
    aside = home.with_name(f"{DRAFT}{home.name[:16]}-{uuid4().hex}")
    home.rename(aside)
    draft.rename(home)
    sync_folder(home.parent)
    shutil.rmtree(aside, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
