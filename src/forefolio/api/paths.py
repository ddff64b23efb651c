"""A document over HTTP never names a file of the server, unless the operator opened a folder.

Whoever may ask could otherwise read the first line of any file here, or ask for one that blocks.
Every setting that is a path counts, wherever it stands and whatever it belongs to.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from pydantic import BaseModel

from forefolio.api.refusals import ServerPath

_INSTEAD = "upload the file at POST /api/data and name the source that it answers with"
_BESIDE = "sectors.csv"  # is read with every file of its folder
_MANY = 2000  # files of one folder that are looked at


def refuse_paths(document: BaseModel, folder: Path | None) -> None:
    """Refuse a document with a path that does not lie in `folder`; with any path if it is None.

    Raises:
        ServerPath: naming the setting, and what to do instead.
    """
    for where, path in _paths(document):
        reason = _reason(Path(path), folder)
        if reason:
            raise ServerPath(f"{where}: {reason}", [(where, reason)])


def _reason(path: Path, folder: Path | None) -> str:
    """Why a path may not be read; nothing if it may."""
    if folder is None:
        return f"a request cannot name a file of the server; {_INSTEAD}"
    home = folder.resolve()
    outside = f"it lies outside the folder that may be read (FOREFOLIO_API_FILES); {_INSTEAD}"
    try:
        return outside if any(not _inside(one, home) for one in _all(path)) else ""
    except (OSError, ValueError, RuntimeError):  # such as a loop of links, or a NUL
        return f"it cannot be read; {_INSTEAD}"


def _all(path: Path) -> Iterator[Path]:
    """A path, and what lies in it if it is a folder: a link there may lead anywhere."""
    yield path
    if path.is_dir():
        for count, one in enumerate(path.iterdir()):
            if count == _MANY:
                raise ValueError("too many files")
            yield one
    elif (beside := path.parent / _BESIDE).exists():
        yield beside


def _inside(path: Path, home: Path) -> bool:
    resolved = path.resolve()
    return resolved.is_relative_to(home) and (resolved.is_file() or resolved.is_dir())


def _paths(value: object, where: str = "") -> Iterator[tuple[str, PurePath]]:
    """Every path in a document, with the name of the setting."""
    match value:
        case PurePath():
            yield where, value
        case BaseModel():
            for name in type(value).model_fields:
                yield from _paths(getattr(value, name), f"{where}.{name}" if where else name)
        case Mapping():
            for name, one in value.items():
                yield from _paths(one, f"{where}.{name}" if where else str(name))
        case list() | tuple() | set() | frozenset():
            for place, one in enumerate(value):
                yield from _paths(one, f"{where}.{place}")
