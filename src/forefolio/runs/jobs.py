"""What can be asked for, by name: the document it takes, and the job that is made from it."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from forefolio.core.component import Component, content_digest
from forefolio.core.events import Job
from forefolio.runs.memo import code_digest

Resume: TypeAlias = Mapping[str, Any]
"""The state of each stage at its last checkpoint, by the stage's name."""


def _nothing(_: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of run: `make(study, executor, home, resume)` is its job.

    `fingerprint(study)` names what the result depends on beside the study and the code, such as
    the bytes of the files that the study points to.
    """

    study: type[Component]
    make: Callable[[Any, Executor, Path, Resume | None], Job[Any]]
    fingerprint: Callable[[Any], str] = _nothing
    code: Callable[[], str] = code_digest

    def digest(self, name: str, study: Component) -> str:
        """Name everything the result of `study` depends on."""
        return content_digest(name, study.digest, self.fingerprint(study), self.code())


Kinds: TypeAlias = Mapping[str, Kind]
