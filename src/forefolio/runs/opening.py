"""From settings to a host: what the command line and the service both start with."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.market.online.supply import Supply
from forefolio.runs.catalog import KINDS
from forefolio.runs.jobs import Kinds
from forefolio.runs.limits import RunLimits, limits_of
from forefolio.runs.results import MANY, readable, result_among
from forefolio.store.artifacts import Artifacts
from forefolio.store.done import done_run, done_runs
from forefolio.studies.base import StudyDocument

if TYPE_CHECKING:
    from forefolio.runs.host import Host

host: Any = lazy("forefolio.runs.host")


class HostNeeded(Exception):
    """The database can only be read by a host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Opens a host when it is called; what is stored already is read without one."""

    home: Path
    database_url: str
    executor_url: str
    kinds: Kinds
    task_timeout_s: float | None = None
    limits: RunLimits = field(default_factory=RunLimits)
    supply: Supply | None = None

    def __call__(self) -> "AbstractAsyncContextManager[Host]":
        """Open the database, the artefacts and the workers."""
        opened: AbstractAsyncContextManager[Host] = host.hosting(
            home=self.home,
            database_url=self.database_url,
            executor_url=self.executor_url,
            kinds=self.kinds,
            task_timeout_s=self.task_timeout_s,
            limits=self.limits,
            supply=self.supply,
        )
        return opened

    def stored(self, kind: str, study: Component) -> tuple[Any, ...]:
        """The result of a run that is done, alone in a tuple; empty where a host must be asked."""
        if kind not in self.kinds:
            return ()
        try:
            named = study.settled(self.earlier) if isinstance(study, StudyDocument) else study
        except HostNeeded:
            return ()
        run = done_run(self.database_url, self.kinds[kind].digest(kind, named))
        if run is None:
            return ()
        return readable(Artifacts(self.home).get(run.result or ""), run, self.kinds)

    def earlier(self, kinds: Sequence[str], begun: str) -> Any:
        """The result of the one run that is done and begins so, read without a host.

        Raises:
            InputError: there is none, or several.
            HostNeeded: a host must be asked.
        """
        runs = done_runs(self.database_url, kinds, MANY)
        if runs is None:
            raise HostNeeded
        return result_among(runs, begun, kinds, Artifacts(self.home), self.kinds)


def opening(settings: Settings) -> Opening:
    """What opens the database, the artefacts and the workers that `settings` name."""
    return Opening(
        home=settings.home,
        database_url=settings.database_url,
        executor_url=settings.executor,
        kinds=KINDS,
        task_timeout_s=settings.task_timeout_s,
        limits=limits_of(settings),
        supply=Supply(settings=settings),
    )
