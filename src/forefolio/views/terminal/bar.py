"""A running job as one bar on standard error: its stage, how far it is, and how long it takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from forefolio.core.events import AnyEvent
from forefolio.views.progress import Whole

Draw: TypeAlias = Callable[[AnyEvent], None]


@contextmanager
def bar_of(whole: Whole, *, notes: bool = False) -> Iterator[Draw]:
    """What draws the events of a job, its notes as lines above if wanted."""
    bar = Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(whole.stage, total=100)

        def draw(event: AnyEvent) -> None:
            if notes and event.kind == "note":
                bar.console.print(event.message, markup=False)
            elif whole.read(event):
                bar.update(task, description=whole.stage, completed=whole.percent)

        yield draw
