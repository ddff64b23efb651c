"""Calls as bytes for another machine: arrays that lie in a folder are named, not carried.

A market that is mapped from a folder travels as the hash of that folder's list of hashes, and so
names every one of its bytes. Whoever has the bytes puts them into a folder of his own.
"""

import hashlib
import io
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from forefolio.core.errors import StoreError
from forefolio.core.lazy import lazy
from forefolio.store.arrays import DRAFT, FACTS, array_files, map_arrays

cloudpickle: Any = lazy("cloudpickle")

PIECE = 32 << 20  # bytes that are sent at once
_KEPT = 16  # folders on a worker; what a task needs beyond them is sent again


def packed(call: Any) -> tuple[bytes, Mapping[str, Path]]:
    """A call as bytes, and the folders of arrays that it needs, by their names."""
    folders: dict[str, Path] = {}

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # functions of a script go by value
        def persistent_id(self, thing: Any) -> str | None:
            if not isinstance(thing, Path) or not (thing / FACTS).is_file():
                return None
            name = folder_name(thing)
            folders[name] = thing
            return name

    written = io.BytesIO()
    Pickler(written, protocol=5).dump(call)
    return written.getvalue(), folders


def unpacked_call(raw: bytes, folder: Callable[[str], Path]) -> Any:
    """The call, with its arrays mapped from the folders that lie here."""

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, name: Any) -> Path:
            return folder(name)

    return Unpickler(io.BytesIO(raw)).load()


def folder_name(folder: Path) -> str:
    """The hash of a folder's list of hashes."""
    return hashlib.sha256((folder / FACTS).read_bytes()).hexdigest()


def pieces(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a folder, piece by piece."""
    for name in array_files(folder):
        with (folder / name).open("rb") as file:
            while piece := file.read(PIECE):
                yield name, piece


def add_piece(draft: Path, file: str, piece: bytes) -> None:
    """Write what comes next of a file."""
    draft.mkdir(parents=True, exist_ok=True)
    with (draft / Path(file).name).open("ab") as out:
        out.write(piece)


def seal(draft: Path, name: str) -> None:
    """Have a folder that came whole lie under its name.

    Raises:
        StoreError: it is not what that name says.
    """
    try:
        if folder_name(draft) != name:
            raise StoreError(f"the arrays {name[:12]} are not what was sent; ask again")
        map_arrays(draft)
        with suppress(OSError):  # the same came twice, at the same moment
            draft.rename(draft.with_name(name))
        _sweep(draft.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Keep the folders that were mapped last."""
    whole = [folder for folder in parent.iterdir() if not folder.name.startswith(DRAFT)]
    for folder in sorted(whole, key=lambda each: -(each / FACTS).stat().st_mtime)[_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
