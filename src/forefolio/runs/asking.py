"""Asking a study: as a stored run, or at once where the study says so."""

from collections.abc import Sequence
from typing import Any, cast

from forefolio.core.events import Job
from forefolio.core.settings import Settings
from forefolio.market.online.supply import Supply
from forefolio.runs.current import (
    on_its_account,
    pinned_study,
    refresh_of,
    refreshed_study,
    supplied,
)
from forefolio.runs.executors import executor
from forefolio.runs.history import remembered, result_of
from forefolio.runs.local import run_here
from forefolio.runs.memo import Remembering
from forefolio.runs.opening import opening
from forefolio.runs.rendering import report_file
from forefolio.store import Artifacts
from forefolio.store.model_shelf import model_shelf
from forefolio.store.paper_shelf import PaperShelf
from forefolio.studies.base import Study, StudyDocument
from forefolio.studies.place import ArrayFolder, Place
from forefolio.studies.result import R, Result
from forefolio.views.watching import watched


def ask(study: Study[R], settings: Settings | None = None) -> R:
    """The answer to a study; what was computed before is read.

    In a notebook a bar says how far it is (`Settings.progress`).

    Args:
        study: the question, such as `PortfolioStudy(objective="minimum_variance")`.
        settings: where runs are kept and how many processes work; the environment's.

    Raises:
        RunFailed: the run failed; its text says why and what to do.

    >>> import forefolio as ff
    >>> study = ff.PortfolioStudy(source=ff.Synthetic(sessions=600, assets=3))
    >>> portfolio = ff.ask(study)
    >>> portfolio.kind, round(sum(portfolio.weights.values()) + portfolio.cash, 6)
    ('portfolio', 1.0)
    """
    chosen = settings or Settings.read()
    stages = cast("StudyDocument", study).stages
    return watched(asking(study, chosen), stages, chosen.progress)


def asking(study: Study[R], settings: Settings | None = None) -> Job[R]:
    """The same as a job, which says how far it is."""
    chosen = (settings or Settings.read()).prepare()
    study = on_its_account(study, PaperShelf(url=chosen.database_url))
    if (refresh := refresh_of(study)) is not None:
        study = refreshed_study(study, (yield from asking(refresh, chosen)))
    study = pinned_study(study, Supply(settings=chosen), model_shelf(chosen))
    if cast("StudyDocument", study).stored:
        answer: R = yield from run_here(opening(chosen), study.kind, cast("Any", study))
        return answer
    return (yield from _at_once(study, chosen))


def _at_once(study: Study[R], settings: Settings) -> Job[R]:
    def recall(kinds: Sequence[str], begun: str) -> Result:
        result: Result = result_of(kinds, begun, settings)
        return result

    artifacts = Artifacts(settings.home)
    workers = executor(settings.executor, settings.task_timeout_s)
    with Remembering(workers, artifacts) as tasks:
        supply = Supply(settings=settings)
        place = Place(
            supply=supply,
            models=model_shelf(settings),
            papers=PaperShelf(url=settings.database_url),
            executor=tasks,
            arrays=ArrayFolder(home=settings.home),
            keep=artifacts.put,
            recall=recall,
            rendered=lambda result, account: report_file(result, artifacts, account),
            earlier=lambda kind: [result for _, result in remembered(kind, settings)],
        )
        return (yield from supplied(study.settled(recall).job(place), supply))
