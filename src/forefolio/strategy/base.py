"""The `Strategy` protocol.

A strategy is settings: `prepare` does, in parallel, all that does not depend on holdings, and
returns a policy, which decides on one date after the other.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Protocol, TypeAlias, runtime_checkable

from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.forecast import Evidence, Recipe
from forefolio.market import Market
from forefolio.market.calendar import TradingSchedule
from forefolio.optimize import Allocation
from forefolio.strategy.record_state import RecordState

Policy: TypeAlias = Callable[[Market, Array], Allocation]
"""Target weights from the market as of a close and the current weights (N,)."""


@runtime_checkable
class Strategy(Protocol):
    """Gives target weights at each decision, from past data and current weights."""

    @property
    def name(self) -> str:
        """What tables and legends call it."""
        ...

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        """Compute what does not depend on holdings, for decisions at `sessions` (D,)."""
        ...


@runtime_checkable
class ForecastStrategy(Strategy, Protocol):
    """A strategy that follows forecasts: what it asks for, and its rule once they are made."""

    @property
    def recipe(self) -> Recipe:
        """The forecasts."""
        ...

    @property
    def horizon(self) -> int:
        """Of all horizons the one it follows, in sessions."""
        ...

    @property
    def fallback(self) -> Strategy:
        """What is followed where there are no forecasts."""
        ...

    def policy(self, evidence: Evidence) -> Policy:
        """The rule that follows from forecasts already made."""
        ...


@runtime_checkable
class Leaning(ForecastStrategy, Protocol):
    """A strategy whose weights rest on another one's, and lean to forecasts from there."""

    @property
    def strategy(self) -> Strategy:
        """What is held where forecasts have shown no skill."""
        ...


@runtime_checkable
class Composite(Strategy, Protocol):
    """A strategy that is made of others, and says of which."""

    @property
    def parts(self) -> Mapping[str, Strategy]:
        """The strategies that it is made of, by the setting that holds each."""
        ...

    def with_parts(self, parts: Mapping[str, Strategy]) -> Strategy:
        """The same of other strategies."""
        ...


@runtime_checkable
class Scaling(Composite, Protocol):
    """A strategy that holds a share of another one, and the rest in cash."""

    @property
    def strategy(self) -> Strategy:
        """What is held a share of."""
        ...


@runtime_checkable
class Limited(Strategy, Protocol):
    """A strategy whose weights keep limits that it states."""

    @property
    def unlimited(self) -> Strategy:
        """The same, fully invested and long only, without any other limit."""
        ...


@runtime_checkable
class Suited(Strategy, Protocol):
    """A strategy that makes sense in some markets only."""

    def suits(self, market: Market) -> bool:
        """Whether this market is one of them."""
        ...


@runtime_checkable
class Scheduled(Strategy, Protocol):
    """A strategy that may decide on a schedule of its own, whatever the account's is."""

    @property
    def schedule(self) -> TradingSchedule | None:
        """The sessions on which it decides; None for those of the account."""
        ...


class GoingOn(Protocol):
    """A policy that goes by its own earlier decisions, and says what a later one goes on from."""

    def __call__(self, snapshot: Market, current: Array) -> Allocation:
        """Target weights, as any policy."""
        ...

    def state(self, market: Market) -> RecordState | None:
        """All that it knows of its past; None before the first decision."""
        ...


@runtime_checkable
class Resumable(Strategy, Protocol):
    """A strategy whose decisions rest on earlier ones, and that need not make them again."""

    def resumed(
        self, market: Market, sessions: Dates, executor: Executor, state: RecordState | None
    ) -> Job[GoingOn]:
        """`prepare`, from what an earlier policy knew; from the beginning without it."""
        ...


@runtime_checkable
class Planned(Strategy, Protocol):
    """A strategy that plans for a number of sessions ahead."""

    @property
    def horizon(self) -> int:
        """That number."""
        ...
