"""Files made from results on demand: reports, pictures, tables; each is made once and remembered.

What a file looks like depends on the result and on the code that shows it, and on nothing else: a
change of style makes the file anew, and computes nothing again.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from forefolio.core.component import content_digest
from forefolio.runs.follow_ups import follow_ups
from forefolio.runs.memo import code_digest
from forefolio.store import Artifacts
from forefolio.studies.follow_ups import Account, FollowUps
from forefolio.studies.result import Result
from forefolio.views.catalog import Make, files_of, reports_of

_SHOWN_BY = ("views", "core/wording.py")


def rendered(
    result: Result, artifacts: Artifacts, account: Account | None = None
) -> dict[str, bytes]:
    """Every file that is written with a result, by name; what was made before is read."""
    files = _Files(result, artifacts, account or Account())
    return {name: files.content(name) for name in files_of(result)}


def report_file(
    result: Result,
    artifacts: Artifacts,
    account: Account,
    question: Mapping[str, Any] | None = None,
) -> bytes:
    """The report of a result; `question` is the study that it answers, where that is known."""
    return _Files(result, artifacts, account, question).content("report.html")


class _Files:
    """The files of one result; what a report asks about it is asked once, if at all."""

    def __init__(
        self,
        result: Result,
        artifacts: Artifacts,
        account: Account,
        question: Mapping[str, Any] | None = None,
    ) -> None:
        self._artifacts = artifacts
        asked_as = json.dumps(question or {}, sort_keys=True, default=str)
        self._named_by = (result.digest, account.digest, asked_as)
        self._lasting = True
        self._follow_ups = cache(lambda: follow_ups(result, artifacts, account))
        asked = self._asked
        self.made: Mapping[str, Make] = {
            **files_of(result, asked),
            **reports_of(result, asked, question),
        }

    def content(self, name: str) -> bytes:
        key = content_digest("file", name, *self._named_by, views_digest())
        kept = self._artifacts.recall(key)
        if kept is None:
            kept = self.made[name]()
            if self._lasting:
                self._artifacts.remember(key, kept)
        return kept

    def _asked(self) -> FollowUps:
        answers = self._follow_ups()
        self._lasting = answers.lasting
        return answers


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
