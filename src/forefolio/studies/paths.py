"""A document that comes from elsewhere never names a file of this machine, unless in one folder.

Whoever may ask could otherwise read the first line of any file here, or ask for one that blocks.
Every setting that is a path counts, wherever it stands and whatever it belongs to.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from pydantic import BaseModel

from forefolio.studies.base import StudyDocument

_BESIDE = "sectors.csv"  # is read with every file of its folder
_MANY = 2000  # files of one folder that are looked at


def closed_paths(
    document: BaseModel, folder: Path | None, instead: str
) -> Iterator[tuple[str, str]]:
    """Every path that does not lie in `folder` (every one, if it is None), with the reason.

    Args:
        document: a study, or anything else that was sent.
        folder: the one folder whose files may be named.
        instead: what to do instead, as the reasons end.
    """
    within = document.questions_within() if isinstance(document, StudyDocument) else ()
    for where, path in _paths((document, *within) if within else document):
        if reason := _reason(Path(path), folder):
            yield where, f"{reason}; {instead}"


def _reason(path: Path, folder: Path | None) -> str:
    """Why a path may not be read; nothing if it may."""
    if folder is None:
        return "a request cannot name a file of the server"
    home = folder.resolve()
    outside = "it lies outside the folder that may be read (FOREFOLIO_API_FILES)"
    try:
        return outside if any(not _inside(one, home) for one in _all(path)) else ""
    except (OSError, ValueError, RuntimeError):  # such as a loop of links, or a NUL
        return "it cannot be read"


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
