"""A running job as one bar: its stage, how far the whole is, and how long it will take."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from forefolio.core.events import AnyEvent, Job, finish

T = TypeVar("T")
Draw: TypeAlias = Callable[[AnyEvent], None]


def watched(job: Job[T], shares: Mapping[str, float], *, silent: bool = False) -> T:
    """Run a job to its end, drawing its progress on standard error unless `silent`.

    `shares` are roughly how much of the whole each stage is, in percent.
    """
    if silent:
        return finish(job)
    with drawing(shares) as draw:
        while True:
            try:
                draw(next(job))
            except StopIteration as stop:
                result: T = stop.value
                return result


@contextmanager
def drawing(shares: Mapping[str, float], *, notes: bool = False) -> Iterator[Draw]:
    """What draws the events of a run on standard error, its notes as lines above if wanted."""
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
        whole = bar.add_task("starting", total=100)
        parts: dict[str, float] = {}

        def draw(event: AnyEvent) -> None:
            if notes and event.kind == "note":
                bar.console.print(event.message, markup=False)
            elif stage := _advance(parts, event):
                bar.update(whole, description=stage, completed=_completed(parts, shares))

        yield draw


def _advance(parts: dict[str, float], event: AnyEvent) -> str:
    """Note which part of its stage is done, and name the stage."""
    match event.kind:
        case "started":
            parts[event.stage] = 0.0
        case "progress":
            parts[event.stage] = event.done / max(event.total, 1)
        case _:
            return ""
    message = event.message if event.kind == "progress" else ""
    return message or event.stage.replace(":", " ")


def _completed(parts: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Percent of the whole; the several backtests share theirs."""
    done = 0.0
    for stage, share in shares.items():
        mine = [part for name, part in parts.items() if name.partition(":")[0] == stage]
        expected = 4 if stage == "backtest" else 1
        done += share * min(sum(mine) / max(expected, len(mine)), 1.0) if mine else 0.0
    return done
