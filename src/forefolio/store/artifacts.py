"""Content-addressed files: named by the hash of their bytes, verified before anybody reads them."""

import hashlib
import logging
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from forefolio.core.component import content_digest
from forefolio.core.failpoints import failpoint
from forefolio.store.arrays import sync_folder

logger = logging.getLogger(__name__)

_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_INSIDE = re.compile(rb"[0-9a-f]{64}")


class Artifacts:
    """Bytes kept under `home`, by their hash (`put`, `get`) or by a key (`remember`, `recall`).

    A file is written beside its place, synced, then renamed: it is there whole, or not at all.
    What does not match its hash is as good as absent: it is logged, removed and made again.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._blobs, self._references = home / "artifacts", home / "references"

    def put(self, raw: bytes) -> str:
        """Keep `raw` and return its name, the SHA-256 of its bytes.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        name = hashlib.sha256(raw).hexdigest()
        if self.get(name) is None:
            _write(self._path(name), raw)
        else:
            _touch(self._path(name))
        return name

    def get(self, name: str) -> bytes | None:
        """The bytes called `name`, or None if there are none or they are not those any more."""
        if not _NAME.fullmatch(name):
            return None
        path = self._path(name)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(raw).hexdigest() == name:
            return raw
        logger.warning("artefact %s is corrupt; it will be made again", name)
        path.unlink(missing_ok=True)
        return None

    def whole(self, begun: str) -> str | None:
        """The name that begins so with eight digits or more, if it is the only one."""
        if not re.fullmatch(r"[0-9a-f]{8,64}", begun, re.ASCII):
            return None
        names = [path.name for path in (self._blobs / begun[:2]).glob(f"{begun}*")]
        return names[0] if len(names) == 1 else None

    def remember(self, key: str, raw: bytes) -> str:
        """Keep `raw` so that `recall(key)` finds it, and return its name."""
        name = self.put(raw)
        _write(self._reference(key), name.encode())
        return name

    def recall(self, key: str) -> bytes | None:
        """What was last remembered under `key`, or None."""
        try:
            name = self._reference(key).read_bytes()
        except FileNotFoundError:
            return None
        _touch(self._reference(key))
        return self.get(name.decode("ascii", "replace"))

    def _path(self, name: str) -> Path:
        return self._blobs / name[:2] / name

    def _reference(self, key: str) -> Path:
        name = content_digest(key)  # a key is anybody's text, and must never become a path
        return self._references / name[:2] / name


def named_in(artifacts: Artifacts, results: Iterable[str]) -> set[str]:
    """These artefacts, and those that they name in turn, such as the models of a training."""
    named: set[str] = set()
    for name in results:
        named.add(name)
        raw = artifacts.get(name)
        named.update(match.decode() for match in _INSIDE.findall(raw or b""))
    return named


def _touch(path: Path) -> None:
    """Say that it is in use: what is not used for long is swept."""
    with suppress(OSError):
        os.utime(path)


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with draft.open("xb") as out:
            out.write(raw)
            out.flush()
            failpoint("artifact.write")
            os.fsync(out.fileno())
        failpoint("artifact.before_rename")
        draft.replace(path)
        failpoint("artifact.after_rename")
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
