"""A document over HTTP never names a file of the server, unless the operator opened a folder."""

from pathlib import Path

from pydantic import BaseModel

from forefolio.api.refusals import ServerPath
from forefolio.studies.paths import closed_paths

_INSTEAD = "upload the file at POST /api/data and name the source that it answers with"


def refuse_paths(document: BaseModel, folder: Path | None) -> None:
    """Refuse a document with a path that does not lie in `folder`; with any path if it is None.

    Raises:
        ServerPath: naming the setting, and what to do instead.
    """
    for where, reason in closed_paths(document, folder, _INSTEAD):
        raise ServerPath(f"{where}: {reason}", [(where, reason)])
