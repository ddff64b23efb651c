"""A running job as one bar: its stage, how far the whole is, and how long it will take."""

from collections.abc import Mapping
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from forefolio.core.events import Event, Job, finish

T = TypeVar("T")

SHARES: Mapping[str, Mapping[str, float]] = {
    "strategy": {"data": 3, "forecast": 70, "evidence": 10, "backtest": 12, "report": 5},
    "forecast": {"data": 5, "forecast": 85, "evidence": 10},
    "comparison": {"data": 5, "forecast": 85, "evidence": 10},
    "training": {"data": 5, "training": 95},
    "importance": {"data": 5, "importance": 95},
    "signals": {"data": 5, "forecast": 80, "evidence": 10, "signals": 5},
}
"""Roughly how much of a run of each kind each stage is, in percent."""


def watched(job: Job[T], shares: Mapping[str, float], *, silent: bool = False) -> T:
    """Run a job to its end, drawing its progress on standard error unless `silent`.

    `shares` are roughly how much of the whole each stage is, in percent.
    """
    if silent:
        return finish(job)
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
        seen: dict[str, float] = {}
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                result: T = stop.value
                return result
            if stage := _advance(seen, event):
                bar.update(whole, description=stage, completed=_completed(seen, shares))


def _advance(seen: dict[str, float], event: Event) -> str:
    """Note how far a stage is, and say which."""
    match event.kind:
        case "started":
            seen[event.stage] = 0.0
        case "progress":
            seen[event.stage] = event.done / max(event.total, 1)
        case _:
            return ""
    told = event.message if event.kind == "progress" else ""
    return told or event.stage.replace(":", " ")


def _completed(seen: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Percent of the whole; the several backtests share theirs."""
    done = 0.0
    for stage, share in shares.items():
        parts = [part for name, part in seen.items() if name.partition(":")[0] == stage]
        expected = 4 if stage == "backtest" else 1
        done += share * min(sum(parts) / max(expected, len(parts)), 1.0) if parts else 0.0
    return done
