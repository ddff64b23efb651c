"""What is remembered: runs and their events in a database, results as files named by content."""

from forefolio.store.artifacts import Artifacts
from forefolio.store.run import Finished, Run, Said, State, Stored
from forefolio.store.store import Store

__all__ = ["Artifacts", "Finished", "Run", "Said", "State", "Store", "Stored"]
