"""Return models for simulations: distributions fitted to a history, which can be drawn from."""

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days, read_only
from forefolio.risk.bootstrap import BLOCK, stationary_rows
from forefolio.risk.simulation.elliptical_kernel import ABREAST, UNROLLED, follow_elliptical
from forefolio.risk.simulation.normals_kernel import TABLES, new_stream, standard_normals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedPlan:
    """What is bought and held: `weights` (N,) and `cash` of a value of 1, and what is paid in."""

    weights: Array
    cash: float
    cash_return: float  # per session
    flow: float  # after every `flow_every` sessions
    flow_every: int
    horizon: int  # sessions
    stride: int  # sessions between two values that are kept


class Law(Protocol):
    """Returns of N assets that can be drawn."""

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        """Returns (paths, horizon, N) per session."""
        ...


@runtime_checkable
class ReturnModel(Protocol):
    """Fits a distribution of returns to a history."""

    def law(self, history: Array) -> Law:
        """The distribution of returns fitted to `history` (T, N), which has no gaps."""
        ...


class Gaussian(Component):
    """Normal returns with the means and covariances of the history, independent over time.

    >>> import numpy as np
    >>> law = Gaussian().law(np.random.default_rng(0).normal(0, 0.01, (250, 2)))
    >>> law.draw(np.random.default_rng(1), paths=3, horizon=5).shape
    (3, 5, 2)
    """

    kind: Literal["gaussian"] = "gaussian"

    def law(self, history: Array) -> Law:
        """A normal distribution."""
        mean, root = _moments(history)
        return Elliptical(mean=mean, root=root, degrees=np.inf)


class StudentT(Component):
    """Multivariate Student t returns with `degrees` of freedom: fat tails with tail dependence.

    Means and covariances are those of the history; sessions are independent.

    >>> StudentT(degrees=4).degrees
    4.0
    """

    kind: Literal["student_t"] = "student_t"
    degrees: Annotated[float, Field(gt=2)] = Field(
        5.0, description="Degrees of freedom of the t distribution; fewer mean fatter tails."
    )

    def law(self, history: Array) -> Law:
        """A multivariate t distribution."""
        mean, root = _moments(history)
        return Elliptical(mean=mean, root=root, degrees=self.degrees)


class BlockBootstrap(Component):
    """Stationary bootstrap: blocks of the history of random length, `block` sessions on average.

    Keeps the distribution of returns, their dependence across assets, and within a block over
    time. Source: Politis and Romano (1994), "The stationary bootstrap".

    >>> BlockBootstrap(block=10).block
    10
    """

    kind: Literal["block_bootstrap"] = "block_bootstrap"
    block: Days = Field(BLOCK, description="Mean length of a block in sessions.")

    def law(self, history: Array) -> Law:
        """The history, in blocks."""
        return _Blocks(history=np.ascontiguousarray(history), block=self.block)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Elliptical:
    """`mean` (N,) plus `root` (N, N) times what is normal, or t with finite `degrees`."""

    mean: Array
    root: Array
    degrees: float

    def __post_init__(self) -> None:
        read_only(self.mean, self.root)

    def draw(self, rng: np.random.Generator, paths: int, horizon: int) -> Array:
        """Returns (paths, horizon, N) per session."""
        shocks = standard_normals(rng, (paths, horizon, len(self.mean)))
        shocks = shocks * self.root[0, 0] if len(self.mean) == 1 else shocks @ self.root.T
        if np.isfinite(self.degrees):  # of the same variance: z sqrt((n - 2) / chi squared)
            half_chi = rng.standard_gamma(self.degrees / 2.0, (paths, horizon, 1))
            shocks *= np.sqrt((self.degrees / 2.0 - 1.0) / half_chi)
        shocks += self.mean
        return shocks

    def follow(
        self, rng: np.random.Generator, plan: SimulatedPlan, values: Array, extremes: Array
    ) -> None:
        """Draw and hold at once: values (P, K) and extremes (P, 2) as `monte_carlo_kernel` says."""
        count = len(self.mean)
        root = np.zeros((count, count + -count % UNROLLED))
        root[:, :count] = np.linalg.qr(self.root.T).R.T  # lower triangular
        for first in range(0, len(values), ABREAST):
            part = slice(first, first + ABREAST)
            follow_elliptical(
                new_stream(rng),
                *TABLES,
                root,
                self.mean,
                plan.weights,
                np.array([plan.cash, plan.cash_return, plan.flow]),
                self.degrees / 2.0,
                plan.horizon,
                plan.stride,
                plan.flow_every,
                values[part],
                extremes[part],
            )


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
