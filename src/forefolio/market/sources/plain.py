"""A file of prices of any kind as the CSV file that says the same: text, which nothing can explode.

What is packed says nothing of how much comes out of it. So this is called where memory and time are
limited, as a worker process is.
"""

import csv
import gzip
import io
import zlib

from forefolio.core.errors import BadFile
from forefolio.market.sources.sheet_parts import Unreadable
from forefolio.market.sources.spreadsheet import rows_of
from forefolio.market.sources.tables import frame_of_parquet, named_index

GZIP, ZIP, OLD_OFFICE, PARQUET = b"\x1f\x8b", b"PK", b"\xd0\xcf\x11\xe0", b"PAR1"
ARCHIVES = (b"BZh", b"\xfd7z", b"7z\xbc\xaf", b"Rar!")


def is_packed(raw: bytes) -> bool:
    """Whether a file is anything but text, by its first bytes."""
    return raw.startswith((GZIP, ZIP, OLD_OFFICE, PARQUET, *ARCHIVES))


def is_archive(raw: bytes) -> bool:
    """Whether a file is an archive, in which there may be anything."""
    return raw.startswith(ARCHIVES)


def as_csv(raw: bytes, limit: int) -> bytes:
    """The prices of a spreadsheet, a Parquet file or a compressed text file as a CSV file.

    Text is what it was. At most `limit` bytes come out.

    Raises:
        BadFile: it is of another kind, broken, or longer.
    """
    try:
        text = _text(raw, limit)
    except Unreadable as problem:
        raise BadFile("the file", str(problem)) from None
    if len(text) > limit:
        raise BadFile("the file", f"unpacked it has more than {limit:,} bytes; send fewer years")
    return text


def _text(raw: bytes, limit: int) -> bytes:
    if raw.startswith(GZIP):
        return _unpacked(raw, limit)
    if raw.startswith((ZIP, OLD_OFFICE)):
        return _written(rows_of(io.BytesIO(raw)))
    if raw.startswith(PARQUET):
        return _of_frame(raw)
    return raw


def _unpacked(raw: bytes, limit: int) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as file:
            text = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise Unreadable(f"not a gzip file ({problem}); send it again") from None
    if is_packed(text):
        raise Unreadable("packed twice; unpack it once")
    return text


def _of_frame(raw: bytes) -> bytes:
    frame, is_kept = named_index(frame_of_parquet(io.BytesIO(raw)))
    text: str = frame.to_csv(index=is_kept)
    return text.encode()


def _written(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()
