"""What `--json` prints, whatever the command: one envelope around one document.

`{"run", "created", "kind", "version", "data"}`: the id of the stored run (null if there is none),
when it was asked for (UTC), what kind of document `data` is, the version of this package that
answered, and the document itself. An error is `{"error": {...}}` on standard error instead.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from forefolio import __version__


def print_envelope(
    kind: str,
    data: Mapping[str, Any],
    *,
    run: str | None = None,
    created: datetime | None = None,
    version: str = __version__,
) -> None:
    """Print a document in its envelope; without a time, it was made now."""
    envelope = {
        "run": run,
        "created": iso(created or datetime.now(UTC)),
        "kind": kind,
        "version": version,
        "data": data,
    }
    click.echo(json.dumps(envelope, indent=1, allow_nan=False))


def iso(moment: datetime) -> str:
    """A moment as 2026-01-31T12:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
