"""Where a job runs, and all that it may use there."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.events import Checkpoint
from forefolio.core.failpoints import Clock
from forefolio.market.online.supply import Supply
from forefolio.store.model_shelf import ModelShelf
from forefolio.store.paper_shelf import PaperShelf
from forefolio.studies.result import Result

if TYPE_CHECKING:
    from forefolio.features import FeaturePanel
    from forefolio.market import Market

Recall: TypeAlias = Callable[[Sequence[str], str], Result]
"""The result of a stored run: of one of these kinds, whose id begins so; "last" is the latest."""


Earlier: TypeAlias = Callable[[str], Sequence[Result]]
"""The results of all stored runs of a kind, newest first."""


Rendered: TypeAlias = Callable[[Any, Any], bytes]
"""The report.html of a result, in the money of an account."""


def _nothing(_: str) -> Sequence[Result]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayFolder:
    """Where arrays lie that every worker maps: written once, and named by their content."""

    home: Path

    def market(self, market: "Market") -> "Market":
        """The market as it is mapped from there."""
        return market.save(self.home / "markets")

    def features(self, panel: "FeaturePanel") -> "FeaturePanel":
        """The features as they are mapped from there."""
        return panel.save(self.home / "features")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job runs, and all that it may use there.

    `executor` takes tasks, `arrays` has them mapped, `keep` stores bytes and returns the name of
    their content, `recall` reads the result of an earlier run, `clock` says the time in seconds
    since 1970, `supply` has providers and stored prices, `models` the trained models and `papers`
    the paper accounts. `run` is the id of the run that is worked on, if it is one, and `code` names
    what computes. `checkpoints`
    are the last ones of each stage of a run that is gone on with. A study that is answered at once
    may read all `earlier` results of a kind; a stored run, whose answer may depend on nothing else,
    has none. `rendered` writes the report of a result in the money of an account.
    """

    executor: Executor
    arrays: ArrayFolder
    keep: Callable[[bytes], str]
    recall: Recall
    earlier: Earlier = _nothing
    rendered: Rendered | None = None
    clock: Clock = time.time
    supply: Supply | None = None
    models: ModelShelf | None = None
    papers: PaperShelf | None = None
    run: str = ""
    code: str = ""
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)

    def supplied(self) -> Supply:
        """The providers and the stored prices, for those that cannot do without.

        Raises:
            InputError: this place has none.
        """
        if self.supply is None:
            raise InputError("prices cannot be fetched here: this place has no providers")
        return self.supply

    def shelf(self) -> ModelShelf:
        """The trained models, for those that cannot do without.

        Raises:
            InputError: this place has none.
        """
        if self.models is None:
            raise InputError("trained models cannot be kept here: this place has no registry")
        return self.models

    def accounts(self) -> PaperShelf:
        """The paper accounts, for those that cannot do without.

        Raises:
            InputError: this place has none.
        """
        if self.papers is None:
            raise InputError("paper accounts cannot be kept here: this place has none")
        return self.papers

    def report(self, result: Result, account: Component) -> str:
        """The report of a result as one HTML page, in the money of an account.

        Raises:
            InputError: none is written here.
        """
        if self.rendered is None:
            raise InputError("reports cannot be written here")
        return self.rendered(result, account).decode()

    def resumed(self, stage: str, made_from: str = "") -> dict[str, Any] | None:
        """The state of a stage at its last checkpoint, if it was made from the same.

        `made_from` names what the stage is computed from, as that of a `Checkpoint` does: a stage
        whose input is another one now begins anew.
        """
        last = self.checkpoints.get(stage)
        return None if last is None or last.made_from != made_from else last.state
