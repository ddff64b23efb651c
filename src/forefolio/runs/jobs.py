"""What can be asked for as a run, by name: the study, and what names its answer."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from forefolio.core.component import Component, content_digest
from forefolio.core.events import Job
from forefolio.runs.memo import code_digest
from forefolio.studies.base import Place

Resume: TypeAlias = Mapping[str, Any]
"""The state of each stage at its last checkpoint, by the stage's name."""


def _nothing(_: Any) -> str:
    return ""


def _own_job(study: Any, place: Place) -> Job[Any]:
    job: Job[Any] = study.job(place)
    return job


def _own_version(study: Any) -> str:
    return str(study.version())


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of run: its study, how a job is made of one, and what its answer depends on.

    `version(study)` names what the result depends on beside the study and the code, such as the
    bytes of the files that the study points to.
    """

    study: type[Component]
    job: Callable[[Any, Place], Job[Any]] = _own_job
    version: Callable[[Any], str] = _own_version
    code: Callable[[], str] = code_digest

    def digest(self, name: str, study: Component) -> str:
        """Name everything the result of `study` depends on."""
        return content_digest(name, study.digest, self.version(study), self.code())


def in_parts(
    make: Callable[[Any, Executor, Path, Resume | None], Job[Any]],
) -> Callable[[Any, Place], Job[Any]]:
    """A job that takes what it needs of a place one by one."""
    return lambda study, place: make(study, place.executor, place.home, place.resume or None)


Kinds: TypeAlias = Mapping[str, Kind]
"""The kinds of run that can be asked for."""
