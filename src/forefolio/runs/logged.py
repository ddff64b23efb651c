"""What the log says of a run: its stages with their times, its notes, its end and what it cost."""

import logging
import time
from concurrent.futures import Executor

from forefolio.core.counting import count
from forefolio.core.events import Event, Note, Started
from forefolio.core.logs import facts
from forefolio.store import Finished

logger = logging.getLogger(__name__)

BEGUN, RUN_SECONDS, RUNS_ENDED = "runs_begun", "run_seconds", "runs_ended"


class Logged:
    """One run that is worked on here."""

    def __init__(self, kind: str, tasks: Executor) -> None:
        self._kind, self._tasks = kind, tasks
        self._begun = self._stage_begun = time.perf_counter()
        self._stage = ""
        self._before = _counts(tasks)
        logger.info("run begins", extra=facts(kind=kind))
        count(BEGUN, kind)

    def __call__(self, event: Event) -> None:
        """Log what a person may look for later; progress is not logged."""
        match event:
            case Started():
                self._end_stage()
                self._stage = event.stage
            case Note():
                logger.info("%s", event.message, extra=facts(code=event.code, of=event.about))
            case _:
                pass

    def ended(self, end: Finished) -> None:
        """Log how it ended, in how many seconds, and what was remembered instead of computed."""
        self._end_stage()
        seconds = time.perf_counter() - self._begun
        hits, misses = _counts(self._tasks)
        logger.info(
            "run %s",
            end.state,
            extra=facts(
                kind=self._kind,
                seconds=seconds,
                remembered=hits - self._before[0],
                computed=misses - self._before[1],
                **({"code": end.code} if end.code else {}),
            ),
        )
        count(RUN_SECONDS, self._kind, seconds)
        count(RUNS_ENDED, self._kind)

    def _end_stage(self) -> None:
        now = time.perf_counter()
        if self._stage:
            logger.info(
                "stage done", extra=facts(stage=self._stage, seconds=now - self._stage_begun)
            )
        self._stage, self._stage_begun = "", now


def _counts(tasks: Executor) -> tuple[int, int]:
    """How many tasks were remembered, and how many computed."""
    return getattr(tasks, "hits", 0), getattr(tasks, "misses", 0)
