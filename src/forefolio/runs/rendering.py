"""Files made from results on demand: reports, pictures, tables; each is made once and remembered.

What a file looks like depends on the result and on the code that shows it, and on nothing else: a
change of style makes the file anew, and computes nothing again.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from forefolio.core.component import content_digest
from forefolio.runs.memo import code_digest
from forefolio.store import Artifacts
from forefolio.studies.base import Result
from forefolio.views.catalog import Make, files_of

_SHOWN_BY = ("views", "core/wording.py")


def rendered(result: Result, artifacts: Artifacts) -> dict[str, bytes]:
    """Every file of a result, by name; what was made before is read."""
    files, digest = files_of(result), result.digest
    return {name: _rendered(name, files, digest, artifacts) for name in files}


def rendered_file(name: str, result: Result, artifacts: Artifacts) -> bytes | None:
    """One file of a result, such as report.html; None if it has none of that name."""
    files = files_of(result)
    return _rendered(name, files, result.digest, artifacts) if name in files else None


def _rendered(name: str, files: Mapping[str, Make], digest: str, artifacts: Artifacts) -> bytes:
    key = content_digest("file", name, digest, views_digest())
    known = artifacts.recall(key)
    if known is None:
        known = files[name]()
        artifacts.remember(key, known)
    return known


@cache
def views_digest() -> str:
    """Name the code that shows results, and the code and libraries that it rests on."""
    package, digest = Path(__file__).parents[1], hashlib.sha256(code_digest().encode())
    for shown_by in map(package.joinpath, _SHOWN_BY):
        sources = shown_by.rglob("*") if shown_by.is_dir() else [shown_by]
        for source in sorted(s for s in sources if s.is_file() and "__pycache__" not in s.parts):
            digest.update(f"{source.relative_to(package)}\n".encode())
            digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()[:32]
