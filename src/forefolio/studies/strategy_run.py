"""Questions about a strategy that was followed: which run it is, and its record as returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.units import Array, Dates
from forefolio.evidence.bootstrap import block_length, growth_paths
from forefolio.studies.base import StudyDocument
from forefolio.studies.place import Place, Recall
from forefolio.studies.result import Result
from forefolio.studies.strategy_result import EQUAL_WEIGHT, Record, StrategyResult

SHORTEST = 60  # returns of a record that anything is concluded from


class OfStrategyRun(StudyDocument):
    """A question about a run of `forefolio run`: what was computed there is read, not repeated."""

    stages: ClassVar[Mapping[str, float]] = {"record": 100}

    run: str = Field("last", description="The run's id or its beginning; last: the latest one.")

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:  # noqa: ARG003
        """Nothing: all that it shares with a strategy study stands in the run."""
        return {}

    def settled(self, recall: Recall) -> Self:
        """The same question with the run's whole id."""
        run = recall(("strategy",), self.run).run
        return self if run is None else self.model_copy(update={"run": run.id})

    def records(self, place: Place) -> "StrategyRecords":
        """The run's records as returns.

        Raises:
            InputError: there is no such run, or nothing can be concluded from it.
        """
        result = place.recall(("strategy",), self.run)
        if not isinstance(result, StrategyResult):
            raise InputError(f"run {self.run} is no run of a strategy; `forefolio run` makes one")
        return StrategyRecords.of(result)


class RunOfStrategy(Component):
    """The run that a question is about."""

    id: str = Field(description="The run's id; empty: it was not stored.")
    strategy: str = Field(description="The strategy that was followed.")
    first: date = Field(description="The session of the first decision.")
    last: date = Field(description="The last session.")
    years: float = Field(description="From first to last.")


class OfStrategy(Result):
    """A result about a run of a strategy."""

    about: RunOfStrategy = Field(description="The run that it is about.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StrategyRecords:
    """The records of a run as returns per session; the followed strategy is the first."""

    result: StrategyResult
    sessions: Dates  # (T,) of the returns
    returns: Array  # (T, K)
    cash: Array  # (T,)
    periods_per_year: float

    @classmethod
    def of(cls, result: StrategyResult) -> Self:
        """Those of a result.

        Raises:
            InputError: it is of an earlier version, too short, the strategy was ruined, or its
                returns do not vary.
        """
        curves, periods = result.curves, result.periods_per_year
        if curves.cash is None or periods is None:
            raise InputError("this run is of an earlier version; ask for it again: `forefolio run`")
        if ruined := result.backtest[0].ruined:
            raise InputError(
                f"{result.strategy} was ruined on {ruined}: nothing can be shown of it"
            )
        growth = np.array([one.equity for one in curves.equity]).T
        if len(growth) <= SHORTEST:
            raise InputError(
                f"the record has {len(growth)} sessions; {SHORTEST} are needed to conclude anything"
            )
        if result.backtest[0].sharpe is None:
            raise InputError(
                f"the returns of {result.strategy} over cash do not vary, as if it held nothing "
                "but cash: nothing can be shown of it"
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            returns = growth[1:] / growth[:-1] - 1.0
        cash = np.array(curves.cash.equity)
        return cls(
            result=result,
            sessions=np.array(curves.sessions, dtype="datetime64[D]")[1:],
            returns=returns,
            cash=cash[1:] / cash[:-1] - 1.0,
            periods_per_year=float(periods),
        )

    @property
    def excess(self) -> Array:
        """Returns (T, K) less cash."""
        return self.returns - self.cash[:, None]

    @property
    def years(self) -> float:
        """How long the record is."""
        return len(self.returns) / self.periods_per_year

    @property
    def lasting(self) -> list[int]:
        """Columns of the others that were not ruined and vary."""
        others = enumerate(self.result.backtest[1:], start=1)
        return [k for k, record in others if record.sharpe is not None]

    @property
    def block(self) -> float:
        """Mean length of blocks, in sessions, that suits the size of the returns' moves."""
        return block_length(np.abs(self.returns[:, 0]))

    def histories(self, column: int, seed: int) -> Array:
        """Growth of 1 (B, T) of one strategy in other histories: the same for all of them."""
        return growth_paths(self.returns[:, column], self.block, seed=seed)

    def record(self, column: int) -> Record:
        """The measures of one strategy."""
        return self.result.backtest[column]

    def baseline(self) -> int | None:
        """The column of equal weights, or else of the first other strategy that lasted."""
        named = [k for k in self.lasting if self.record(k).name == EQUAL_WEIGHT]
        return next(iter(named or self.lasting), None)

    def about(self) -> dict[str, Any]:
        """The fields of an `OfStrategy`."""
        first = self.record(0)
        run = self.result.run
        return {
            "as_of": self.result.as_of,
            "data": self.result.data,
            "about": RunOfStrategy(
                id="" if run is None else run.id,
                strategy=self.result.strategy,
                first=first.first,
                last=first.last,
                years=self.years,
            ),
        }
