"""Asks the studies that follow a run with weights; each answer is remembered by what it depends on.

They are no runs: they are found under no id, and "the last run with weights" is never one of them.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from forefolio.core.component import content_digest
from forefolio.core.errors import ForefolioError, InputError
from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.runs.memo import code_digest
from forefolio.store import Artifacts
from forefolio.studies.base import StudyDocument
from forefolio.studies.follow_ups import Account, FollowUps, Reported, data_of, follow_up_studies
from forefolio.studies.place import ArrayFolder, Place
from forefolio.studies.result import Result

logger = logging.getLogger(__name__)


def follow_ups(result: Result, artifacts: Artifacts, account: Account) -> FollowUps:
    """The answers about a run with weights, as far as its prices are still there and the same."""
    if not isinstance(result, Reported):
        return FollowUps(account=account)
    if why := _changed(result):
        return FollowUps(account=account, missing=(why,), lasting=False)
    answers: dict[str, Any] = {}
    missing: dict[str, None] = {}
    for name, study in follow_up_studies(result, account).items():
        try:
            answers[name] = _answered(study, result.data.version, artifacts)
        except ForefolioError as error:
            logger.info("the report has no %s: %s", name, error)
            missing[str(error)] = None
    return FollowUps(account=account, **answers, missing=tuple(missing))


def _changed(result: Reported) -> str:
    """Why nothing can be asked about a run any more; empty if it can."""
    try:
        version = data_of(result).version()
    except ForefolioError as error:
        return f"the prices of this run cannot be read any more: {error}"
    return "" if version == result.data.version else "the prices have changed since this run"


def _answered(study: StudyDocument, version: str, artifacts: Artifacts) -> Result:
    """The answer to a study of prices of that `version`: read if it was given before."""
    asked: Any = study
    key = content_digest("follow_up", study.digest, version, code_digest())
    raw = artifacts.recall(key)
    if raw is not None:
        try:
            return type(study).result.model_validate_json(raw)
        except ValueError:
            logger.info("what was remembered as %s cannot be read; asking again", key)
    with ThreadPoolExecutor(1) as unused:
        place = Place(
            executor=unused,
            arrays=ArrayFolder(home=Settings.read().home),
            keep=artifacts.put,
            recall=_no_run,
        )
        answer: Result = finish(asked.job(place))
    artifacts.remember(key, answer.model_dump_json(exclude={"run"}).encode())
    return answer


def _no_run(kinds: Sequence[str], begun: str) -> Result:
    raise InputError(f"a follow-up asks about no other run, and not about {begun} of {kinds}")
