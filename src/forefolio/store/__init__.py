"""What is remembered: runs and their events in a database, results as files named by content."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from forefolio.store.artifacts import Artifacts
from forefolio.store.run import Ask, Asker, Finished, Lane, Run, Said, State, Stored, Wanted

if TYPE_CHECKING:
    from forefolio.store.store import Store

__all__ = [
    "Artifacts",
    "Ask",
    "Asker",
    "Finished",
    "Lane",
    "Run",
    "Said",
    "State",
    "Store",
    "Stored",
    "Wanted",
]


def __getattr__(name: str) -> Any:
    """The database's libraries are imported by whoever asks for `Store`, and nobody else."""
    if name == "Store":
        return import_module("forefolio.store.store").Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
