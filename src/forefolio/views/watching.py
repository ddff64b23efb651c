"""A job seen through to its end while a bar says how far it is: in a notebook, or if asked."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from typing import Any, TypeAlias, TypeVar

from forefolio.core.events import AnyEvent, Job, finish
from forefolio.core.lazy import lazy
from forefolio.core.settings import ProgressShown
from forefolio.views.notebook import in_notebook, live_bar, shell
from forefolio.views.progress import USUAL_TIMES, Whole

terminal: Any = lazy("forefolio.views.terminal.bar")

T = TypeVar("T")
Drawing: TypeAlias = AbstractContextManager[Callable[[AnyEvent], None]]


def watched(
    job: Job[T],
    shares: Mapping[str, float],
    shown: ProgressShown = "auto",
    times: Mapping[str, int] = USUAL_TIMES,
) -> T:
    """Run a job to its end; a bar says how far it is, as `Settings.progress` wants it.

    Whatever ends the waiting, such as an interrupted cell, ends the job.

    Args:
        job: what is run.
        shares: roughly how much of the whole each stage is, in percent.
        shown: "auto" in IPython alone, "on" in a terminal as well, "off" never.
        times: how often a stage comes.
    """
    drawing = _drawing(Whole(shares, times), shown)
    with closing(job):
        return finish(job) if drawing is None else _drawn(job, drawing)


def _drawing(whole: Whole, shown: ProgressShown) -> Drawing | None:
    if shown == "off" or (shown == "auto" and shell() is None):
        return None
    bar: Drawing = live_bar(whole) if in_notebook() else terminal.bar_of(whole)
    return bar


def _drawn(job: Job[T], drawing: Drawing) -> T:
    with drawing as draw:
        while True:
            try:
                draw(next(job))
            except StopIteration as stop:
                result: T = stop.value
                return result
