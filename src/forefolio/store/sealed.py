"""Bytes inside a signed envelope: what this home did not write itself is refused unread.

1. The envelope holds a header (JSON) and the bytes; a MAC of the home's key covers both.
2. The MAC is compared before anything is parsed; so a file of others, a changed one, and one that
   is cut off are all the same: not ours.
3. The key is made at the first use, with mode 0600. Without it, what it signed is unreadable.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forefolio.core.errors import StoreError
from forefolio.core.failpoints import failpoint

KEY_FILE = "secret.key"  # under the home
KEY_BYTES = 32
_MARK = b"forefolio-sealed-1\n"
_MAC_BYTES = hashlib.sha256().digest_size
_OTHERS = 0o077  # permissions of whoever is not the owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What was in an envelope that this home signed."""

    header: Mapping[str, Any]
    body: bytes


def seal(header: Mapping[str, Any], body: bytes, home: Path) -> bytes:
    """Bytes and what should be known of them before they are read, signed with the home's key.

    Raises:
        StoreError: the key of the home cannot be used.
    """
    head = json.dumps(header, sort_keys=True, allow_nan=False).encode()
    signed = len(head).to_bytes(8, "big") + head + body
    return _MARK + _mac(_key(home), signed) + signed


def is_sealed(raw: bytes) -> bool:
    """Whether these bytes claim to be an envelope."""
    return raw.startswith(_MARK)


def unseal(raw: bytes, home: Path) -> Sealed:
    """What `seal` was given, if this home signed it.

    Raises:
        StoreError: it did not, or the key of the home cannot be used. Nothing was parsed.
    """
    start = len(_MARK) + _MAC_BYTES
    mac, signed = raw[len(_MARK) : start], raw[start:]
    if not (is_sealed(raw) and hmac.compare_digest(mac, _mac(_key(home), signed))):
        raise StoreError(
            f"it is not signed with the key of this home ({KEY_FILE}): it was changed, or comes "
            "from elsewhere; nothing of it was read"
        )
    size = int.from_bytes(signed[:8], "big")
    return Sealed(header=json.loads(signed[8 : 8 + size]), body=signed[8 + size :])


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, _MARK + signed, "sha256")


def _key(home: Path) -> bytes:
    """The key of a home; a new one, if there is none.

    Raises:
        StoreError: others may read it, or it is none.
    """
    path = home / KEY_FILE
    if not path.exists():
        _make(path)
    mode, key = path.stat().st_mode, path.read_bytes()
    if mode & _OTHERS:
        raise StoreError(f"{path} can be read by others; `chmod 600 {path}`, or delete it")
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path} is damaged; delete it, and train the models again")
    return key


def _make(path: Path) -> None:
    """Have a key there, whole: of those who make one at the same moment, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(secrets.token_bytes(KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        failpoint("key.before_link")
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
