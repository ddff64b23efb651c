"""What returns may come: laws fitted to a history, drawn from again and again."""

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days, read_only
from forefolio.risk.simulation.bootstrap import BLOCK, stationary_rows


class Law(Protocol):
    """Returns of N assets that can be drawn."""

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        """Returns (paths, horizon, N) per session."""
        ...


@runtime_checkable
class ReturnModel(Protocol):
    """Learns from a history which returns may come."""

    def law(self, history: Array) -> Law:
        """The law of returns like those of `history` (T, N), which has no holes."""
        ...


class Gaussian(Component):
    """Normal returns with the means and covariances of the history, independent over time."""

    kind: Literal["gaussian"] = "gaussian"

    def law(self, history: Array) -> Law:
        """A normal distribution."""
        mean, root = _moments(history)
        return _Elliptical(mean=mean, root=root, degrees=np.inf)


class StudentT(Component):
    """Returns with fat tails that come together: multivariate t with `degrees` of freedom.

    Means and covariances are those of the history; sessions are independent.
    """

    kind: Literal["student_t"] = "student_t"
    degrees: Annotated[float, Field(gt=2)] = 5.0

    def law(self, history: Array) -> Law:
        """A multivariate t distribution."""
        mean, root = _moments(history)
        return _Elliptical(mean=mean, root=root, degrees=self.degrees)


class BlockBootstrap(Component):
    """Stretches of the history itself, of `block` sessions on average, one after the other.

    Whatever shape the returns have, across assets and within a block over time, they keep
    (Politis and Romano 1994, "The stationary bootstrap").
    """

    kind: Literal["block_bootstrap"] = "block_bootstrap"
    block: Days = BLOCK

    def law(self, history: Array) -> Law:
        """The history, in blocks."""
        return _Blocks(history=np.ascontiguousarray(history), block=self.block)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Elliptical:
    """`mean` (N,) plus `root` (N, N) times what is normal, or t with finite `degrees`."""

    mean: Array
    root: Array
    degrees: float

    def __post_init__(self) -> None:
        read_only(self.mean, self.root)

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        shocks = rng.standard_normal((paths, horizon, len(self.mean)))
        shocks = shocks * self.root[0, 0] if len(self.mean) == 1 else shocks @ self.root.T
        if np.isfinite(self.degrees):  # of the same variance: z sqrt((n - 2) / chi squared)
            half_chi = rng.standard_gamma(self.degrees / 2.0, (paths, horizon, 1))
            shocks *= np.sqrt((self.degrees / 2.0 - 1.0) / half_chi)
        shocks += self.mean
        return shocks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Blocks:
    history: Array  # (T, N)
    block: float

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        rows = stationary_rows(rng, len(self.history), (paths, horizon), self.block)
        drawn: Array = self.history.take(rows, axis=0)
        return drawn


def _moments(history: Array) -> tuple[Array, Array]:
    """Means (N,), and a root (N, N) of the covariance, which may be singular."""
    mean = history.mean(axis=0)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(history, rowvar=False)))
    return mean, vectors * np.sqrt(np.maximum(values, 0.0))
