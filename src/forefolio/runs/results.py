"""Results as bytes and back: a line that says kind and version, then the document as JSON.

What a class looks like may change from version to version; a document that does not fit any more is
said to be of an older version, and the question is asked anew.
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from forefolio import __version__
from forefolio.core.errors import StoreError
from forefolio.runs.jobs import Kinds
from forefolio.store import Run
from forefolio.store.values import pack, unpack
from forefolio.studies.base import Result, RunFacts

_MARK = b"forefolio-result-1 "


def result_bytes(value: Any) -> bytes:
    """A result of this package's version as it is stored; any other value as `pack` writes it."""
    if not isinstance(value, Result):
        return pack(value)
    return _MARK + __version__.encode() + b"\n" + value.model_dump_json(exclude={"run"}).encode()


def read_result(raw: bytes, run: Run, result: type[Result] | None) -> Any:
    """Read what `result_bytes` wrote, with the facts of its run.

    Raises:
        StoreError: the bytes are damaged, or of a version whose results look otherwise.
    """
    if result is None or not raw.startswith(_MARK):
        return unpack(raw)
    head, _, document = raw.partition(b"\n")
    facts = RunFacts(
        id=run.id,
        kind=run.kind,
        created=datetime.fromtimestamp(run.created_at, UTC),
        version=head.removeprefix(_MARK).decode(),
    )
    try:
        return result.model_validate_json(document).model_copy(update={"run": facts})
    except (ValidationError, ValueError):
        raise StoreError(
            f"the result of run {run.id} was written by version {facts.version}, and this one "
            "reads it no more; ask for it again"
        ) from None


def readable(raw: bytes | None, run: Run, kinds: Kinds) -> tuple[Any, ...]:
    """The result of a run, alone in a tuple; empty where it was lost or is of another version."""
    if raw is None:
        return ()
    kind = kinds.get(run.kind)
    try:
        return (read_result(raw, run, kind.result if kind else None),)
    except StoreError:
        return ()
