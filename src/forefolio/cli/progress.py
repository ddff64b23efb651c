"""A running job of a command as one bar on standard error."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from forefolio.core.events import Job
from forefolio.views.progress import Whole
from forefolio.views.terminal.bar import Draw, bar_of
from forefolio.views.watching import watched as watched_if

T = TypeVar("T")


def watched(job: Job[T], shares: Mapping[str, float], *, silent: bool = False) -> T:
    """Run a job to its end, drawing its progress on standard error unless `silent`.

    `shares` are roughly how much of the whole each stage is, in percent.
    """
    return watched_if(job, shares, "off" if silent else "on")


@contextmanager
def drawing(shares: Mapping[str, float], *, notes: bool = False) -> Iterator[Draw]:
    """What draws the events of a run on standard error, its notes as lines above if wanted."""
    with bar_of(Whole(shares), notes=notes) as draw:
        yield draw
