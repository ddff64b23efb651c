"""What can be asked for as a run, by name: the study, and what names its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, TypeAlias

from forefolio.core.component import Component, content_digest
from forefolio.core.events import Job
from forefolio.runs.memo import code_digest
from forefolio.store.run import Lane, Wanted
from forefolio.studies.place import Place
from forefolio.studies.result import Result


def _own_job(study: Any, place: Place) -> Job[Any]:
    job: Job[Any] = study.job(place)
    return job


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of run: its study, how a job is made of one, and what its answer depends on.

    `version(study)` names what the result depends on beside the study and the code, such as the
    bytes of the files that the study points to.
    """

    study: type[Component]
    job: Callable[[Any, Place], Job[Any]] = _own_job
    version: Callable[[Any], str] = methodcaller("version")
    code: Callable[[], str] = code_digest

    @property
    def result(self) -> type[Result] | None:
        """The type of its results; None where they are values of another kind."""
        return getattr(self.study, "result", None)

    @property
    def result_schema(self) -> int:
        """The version of its results' document; 0 where they are values of another kind."""
        return self.result.schema_version if self.result else 0

    def digest(self, name: str, study: Component) -> str:
        """Name everything the result of `study` depends on."""
        return self.wanted(name, study).digest

    def wanted(self, name: str, study: Component, lane: Lane = "batch") -> Wanted:
        """The run that answers `study`: the question, with all that the answer depends on."""
        version, code = self.version(study), self.code()
        return Wanted(
            kind=name,
            study=study.model_dump_json(),
            digest=content_digest(name, study.digest, version, code),
            code_digest=code,
            data_version=version,
            result_schema=self.result_schema,
            lane=lane,
        )


Kinds: TypeAlias = Mapping[str, Kind]
"""The kinds of run that can be asked for."""
