"""A small real study in a process of its own, which a test kills.

Processes are forked from a server that has imported everything, so that a start costs little.
"""

import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from pathlib import Path

import numba  # noqa: F401 (imported once, for all that are forked)

import forefolio.runs.host
import forefolio.store.migrations.versions
import forefolio.studies.catalog  # noqa: F401 (likewise)
from forefolio.core.errors import ForefolioError
from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.market import Synthetic
from forefolio.runs.asking import asking
from forefolio.runs.memo import code_digest
from forefolio.studies.training import TrainingResult, TrainingStudy

STUDY = TrainingStudy.model_validate(
    {
        "source": Synthetic(sessions=650, assets=3),
        "models": "bayesian_ridge,historical_mean",
        "horizons": (5,),
    }
)
"""Loads prices, saves them and their features as arrays, fits models, keeps them as files."""

code_digest()  # read once, for all that are forked

_FORKED = multiprocessing.get_context("forkserver")


def answer(home: Path, url: str) -> str:
    """What the study comes to: the names of the fitted models' bytes."""
    settings = Settings(home=home, database_url=url, executor="inline:")
    result: TrainingResult = finish(asking(STUDY, settings))
    return " ".join(f"{one.model}@{one.horizon}={one.id or one.failure}" for one in result.models)


def _answer_into(home: Path, url: str, fail: str, out: Path) -> None:
    os.environ["FOREFOLIO_FAIL"] = fail
    try:
        told = answer(home, url)
    except (ForefolioError, OSError) as error:
        out.write_text(f"failed: {error}")
    else:
        out.write_text(told)


def begun(home: Path, url: str, fail: str = "") -> BaseProcess:
    """A process that asks the study; what it came to is in `home`/out."""
    _FORKED.set_forkserver_preload(["tests.store.dying"])
    home.mkdir(exist_ok=True)
    (home / "out").unlink(missing_ok=True)
    process = _FORKED.Process(target=_answer_into, args=(home, url, fail, home / "out"))
    process.start()
    return process


def ended(process: BaseProcess, home: Path) -> str:
    """What it came to; "killed" if it was."""
    process.join(120)
    code = process.exitcode
    process.close()
    if code == -signal.SIGKILL:
        return "killed"
    assert code == 0
    return (home / "out").read_text()
