"""Results as bytes and back: a line that says kind and version, then the document as JSON.

What a class looks like may change from version to version; a document that does not fit any more is
said to be of an older version, and the question is asked anew.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from forefolio import __version__
from forefolio.core.errors import InputError, ResultGone, StoreError
from forefolio.core.wording import listed
from forefolio.runs.jobs import Kinds
from forefolio.store import Artifacts, Run
from forefolio.store.values import pack, unpack
from forefolio.studies.result import Result, RunFacts

MANY = 10_000  # earlier runs among which one is looked for; one a day for forty years

_MARK = b"forefolio-result-1 "


def result_bytes(value: Any) -> bytes:
    """A result of this package's version as it is stored; any other value as `pack` writes it."""
    if not isinstance(value, Result):
        return pack(value)
    head = f"{__version__} {value.schema_version}\n".encode()
    return _MARK + head + value.model_dump_json(exclude={"run"}).encode()


def read_result(raw: bytes, run: Run, result: type[Result] | None) -> Any:
    """Read what `result_bytes` wrote, with the facts of its run.

    Raises:
        ResultGone: the bytes are damaged, or of a version whose results look otherwise.
    """
    if result is None:
        return _unpacked(raw, run)
    if not raw.startswith(_MARK):
        raise ResultGone(
            run.id, "was written by an earlier version, whose results this one cannot read"
        )
    head, _, document = raw.partition(b"\n")
    version, _, schema = head.removeprefix(_MARK).decode("ascii", "replace").partition(" ")
    facts = RunFacts(
        id=run.id,
        kind=run.kind,
        created=datetime.fromtimestamp(run.created_at, UTC),
        version=version,
    )
    other = f"was written by version {version}, whose results this one cannot read"
    if (schema or "1") != str(result.schema_version):
        raise ResultGone(run.id, other)
    try:
        return result.model_validate_json(document).model_copy(update={"run": facts})
    except (ValidationError, ValueError):
        raise ResultGone(run.id, other) from None


def _unpacked(raw: bytes, run: Run) -> Any:
    try:
        return unpack(raw)
    except (StoreError, ValueError):
        raise ResultGone(run.id, "was written by another version, or is damaged") from None


def readable(raw: bytes | None, run: Run, kinds: Kinds) -> tuple[Any, ...]:
    """The result of a run, alone in a tuple; empty where it was lost or is of another version."""
    if raw is None:
        return ()
    try:
        return (result_in(raw, run, kinds),)
    except ResultGone:
        return ()


def result_in(raw: bytes | None, run: Run, kinds: Kinds) -> Any:
    """The result of a run.

    Raises:
        ResultGone: it was lost, is of another version, or of a kind that there is no more.
    """
    if raw is None:
        raise ResultGone(run.id, "was lost")
    if run.kind not in kinds:
        raise ResultGone(run.id, f"is of kind {run.kind!r}, which this version does not have")
    return read_result(raw, run, kinds[run.kind].result)


def result_among(
    runs: Iterable[Run], begun: str, asked: Sequence[str], artifacts: Artifacts, kinds: Kinds
) -> Any:
    """The result of the one of these runs that is of an asked kind and whose id begins so.

    Args:
        runs: those that are done, newest first.
        begun: the beginning of an id; "last" is the latest that can be read.
        asked: the kinds that will do.
        artifacts: where results are.
        kinds: those that there are.

    Raises:
        InputError: there is none, or several.
        ResultGone: there is one, and its result was lost, or is of another version.
    """
    last = begun == "last"
    matching = [run for run in runs if run.kind in asked and (last or run.id.startswith(begun))]
    if not last and len(matching) > 1:
        raise InputError(f"{len(matching)} runs begin with {begun!r}; say more of it")
    for run in matching:
        raw = artifacts.get(run.result or "")
        for result in readable(raw, run, kinds) if last else (result_in(raw, run, kinds),):
            return result
    which = "" if last else f" whose id begins with {begun!r}"
    raise InputError(
        f"no run of kind {listed(list(asked), 'or')}{which} is done; `forefolio runs` lists all "
        "there are"
    )
