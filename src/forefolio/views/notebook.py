"""A running job as one bar in a notebook, by its display protocol; nothing of it is left behind.

IPython is never imported: where it runs, it is there already.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from forefolio.core.events import AnyEvent
from forefolio.views.progress import Whole

SECONDS = 0.1  # between two drawings


def shell() -> Any:
    """The running IPython, in a notebook or in a terminal; None if there is none."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def in_notebook() -> bool:
    """Whether what is displayed is seen by a notebook: its shell has a kernel."""
    return getattr(shell(), "kernel", None) is not None


class LiveBar:
    """A job's stage and percentage at one moment, or nothing once it has ended."""

    def __init__(self, stage: str = "", percent: float = 0.0, seconds: float = 0.0) -> None:
        self.stage, self.percent, self.seconds = stage, percent, seconds

    def __repr__(self) -> str:
        return f"{self.stage} {self.percent:.0f} %, {self.seconds:.0f} s" if self.stage else ""

    def _repr_html_(self) -> str:
        if not self.stage:
            return ""
        return (
            '<div style="font: 13px sans-serif">'
            f'<progress max="100" value="{self.percent:.0f}" style="width: 16em"></progress> '
            f"{self.percent:.0f} % {escape(self.stage)}, {self.seconds:.0f} s</div>"
        )


@contextmanager
def live_bar(whole: Whole) -> Iterator[Callable[[AnyEvent], None]]:
    """What draws the events of a job below the cell that runs it, ten times a second at most."""
    begun = drawn = time.monotonic()
    handle = sys.modules["IPython"].display.display(LiveBar(whole.stage), display_id=True)

    def draw(event: AnyEvent) -> None:
        nonlocal drawn
        now = time.monotonic()
        if whole.read(event) and (now - drawn >= SECONDS or whole.percent >= 100):
            drawn = now
            handle.update(LiveBar(whole.stage, whole.percent, now - begun))

    try:
        yield draw
    finally:
        handle.update(LiveBar())
