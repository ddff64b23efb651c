"""Rules that decide on the same snapshots, one beside the other: estimates are made once for all.

What a decision costs is mostly its estimates: the covariance of many assets takes ten times as long
as the weights that follow. Rules that differ in their limits alone share them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from forefolio.core.errors import ForefolioError, RunCancelled
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.market import Market
from forefolio.optimize import Allocation
from forefolio.strategy.base import Policy

T = TypeVar("T")

_shared: ContextVar[list[tuple[Market, object, Any]] | None] = ContextVar("shared", default=None)


@contextmanager
def sharing_estimates() -> Iterator[None]:
    """What is estimated of a snapshot in here is estimated once; nothing of it stays."""
    before = _shared.set([])
    try:
        yield
    finally:
        _shared.reset(before)


def estimated(snapshot: Market, by: object, make: Callable[[], T]) -> T:
    """What `make` estimates of a snapshot; what was estimated `by` the same just now is shared."""
    shared = _shared.get()
    for of, same, made in shared or ():
        if of is snapshot and same == by:
            known: T = made
            return known
    new = make()
    if shared is not None:
        shared.append((snapshot, by, new))
    return new


@dataclass(frozen=True, slots=True, eq=False)
class Alongside:
    """A policy, and others that are asked right after it at some `sessions`, from the same weights.

    What the others said is kept without what it rested on.
    """

    policy: Policy
    others: tuple[Policy, ...]
    sessions: frozenset[np.datetime64]
    _said: dict[tuple[int, np.datetime64], Allocation | ForefolioError] = field(
        default_factory=dict
    )

    def __call__(self, snapshot: Market, current: Array) -> Allocation:
        """What the policy decides."""
        if snapshot.sessions[-1] not in self.sessions:
            return self.policy(snapshot, current)
        with sharing_estimates():
            chosen = self.policy(snapshot, current)
            for number in range(len(self.others)):
                self._asked(number, snapshot, current)
        return chosen

    def other(self, number: int) -> Policy:
        """One of the others: what it said, or says, at a snapshot; its errors are raised."""
        return partial(self._saying, number)

    def _saying(self, number: int, snapshot: Market, current: Array) -> Allocation:
        said = self._asked(number, snapshot, current)
        if isinstance(said, ForefolioError):
            raise said
        return said

    def _asked(self, number: int, snapshot: Market, current: Array) -> Allocation | ForefolioError:
        key = number, snapshot.sessions[-1]
        if key not in self._said:
            try:
                made = replace(self.others[number](snapshot, current), basis=None)
            except RunCancelled:
                raise
            except ForefolioError as error:
                self._said[key] = error
            else:
                self._said[key] = made
        return self._said[key]

    def __reduce__(self) -> tuple[Any, ...]:
        """Whoever is sent elsewhere goes alone: the others are asked here."""
        return Alongside, (self.policy, (), frozenset[np.datetime64]())


@dataclass(frozen=True, slots=True)
class Beside:
    """One of the `others` of a policy, as a strategy: its decisions are those that it is asked."""

    name: str
    policy: Policy

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:  # noqa: ARG002
        """Nothing to prepare."""
        yield from ()
        return self.policy
