"""Covariances that are plausible: what the worst of them makes of a portfolio's variance.

Every element of the covariance C has a standard error. A box lets each be wrong by so many of them
at once, an ellipsoid lets all be wrong together; the worst member of either has a closed form where
the errors, or their squares, are themselves a positive semi-definite matrix: it is then C and
something positive semi-definite, and nothing is lost by leaving out that condition.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Days, Probability
from forefolio.optimize.base import Outlook
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.scenarios import Window
from forefolio.optimize.program.symbols import Symbols
from forefolio.risk.bootstrap import BLOCK, stationary_draws

stats: Any = lazy("scipy.stats")


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """How far each element of a covariance may be wrong, of assets of a volatility of one.

    A box: by `errors` (N, N) each. Otherwise an ellipsoid: the sum of squares of what they are
    wrong by, in `errors`, is at most one.
    """

    errors: Array  # (N, N)
    is_box: bool

    @property
    def root(self) -> Array:
        """R (N, N) such that R'R are the errors, or their squares in an ellipsoid.

        Where these are no positive semi-definite matrix the errors of variances are raised until
        they are one: the set is then a little larger.
        """
        form: Array = self.errors if self.is_box else self.errors**2
        values, vectors = np.linalg.eigh(form)
        raised = np.sqrt(np.maximum(values + max(0.0, -float(values[0])), 0.0))
        root: Array = raised[:, None] * vectors.T
        return root


@runtime_checkable
class CovarianceSet(Protocol):
    """Covariances that are plausible beside the expected one."""

    def doubt(self, outlook: Outlook) -> Doubt:
        """How far each element may be wrong."""
        ...


class CovarianceEllipsoid(Component):
    """Covariances near the expected one: all elements wrong together, so far as is probable.

    Every element has the standard error that it would have among independent normal returns of
    `sessions` sessions: s_i s_j / sqrt(sessions), times the root of two on the diagonal. The sum of
    squares of the errors, in these units, is at most the `confidence` quantile of a chi-squared
    variable of N^2 degrees of freedom, k^2. Its worst member makes the variance

    w'Cw + k / sqrt(sessions) sqrt((sum s_i^2 w_i^2)^2 + sum s_i^4 w_i^4).

    Source: Schoettle and Werner (2009), "Robustness properties of mean-variance portfolios".

    >>> CovarianceEllipsoid(sessions=60).confidence
    0.95
    """

    kind: Literal["covariance_ellipsoid"] = "covariance_ellipsoid"
    confidence: Probability = Field(
        0.95, description="How probable it is that the covariance is one of the set."
    )
    sessions: Days = Field(
        250,
        description="Sessions as if over which the covariance had been measured; fewer mean more.",
    )

    def doubt(self, outlook: Outlook) -> Doubt:
        """Of independent normal returns."""
        count = len(outlook.assets)
        return Doubt(_radius(self.confidence, count) * _normal(count, self.sessions), is_box=False)


class CovarianceBox(Component):
    """Covariances near the expected one: each element wrong by so many standard `errors` at once.

    The standard errors are those of independent normal returns of `sessions` sessions, as in the
    ellipsoid. The worst member makes the variance

    w'Cw + errors / sqrt(sessions) ((sum s_i |w_i|)^2 + (sqrt(2) - 1) sum s_i^2 w_i^2),

    as if all assets fell together. Source: Tutuncu and Koenig (2004), "Robust asset allocation";
    Lobo and Boyd (2000), "The worst-case risk of a portfolio".

    >>> CovarianceBox(errors=1.0).sessions
    250
    """

    kind: Literal["covariance_box"] = "covariance_box"
    errors: Annotated[float, Field(ge=0, json_schema_extra={"unit": "standard errors"})] = Field(
        2.0, description="How far every element may be wrong."
    )
    sessions: Days = Field(
        250,
        description="Sessions as if over which the covariance had been measured; fewer mean more.",
    )

    def doubt(self, outlook: Outlook) -> Doubt:
        """Of independent normal returns."""
        return Doubt(self.errors * _normal(len(outlook.assets), self.sessions), is_box=True)


class BootstrappedCovariances(Component):
    """Covariances near the expected one, as wrong as those of redrawn pasts differ.

    The last `window` sessions are drawn anew `draws` times, in blocks of `block` sessions on
    average; the standard error e_ij of each element is how far it varies among them, in units of
    the volatilities of that past. It is then that of these assets, with their fat tails and their
    clusters. An `ellipsoid` makes the variance w'Cw + k sqrt(sum (e_ij w_i w_j)^2), k^2 the
    `confidence` quantile of a chi-squared variable of N^2 degrees of freedom; a `box` makes it
    w'Cw + z sum e_ij |w_i w_j|, z what a normal variable is within with that probability. Source:
    Politis and Romano (1994), "The stationary bootstrap", for the draws; Schoettle and Werner
    (2009) and Tutuncu and Koenig (2004) for the sets.

    >>> BootstrappedCovariances(shape="box").draws
    500
    """

    kind: Literal["bootstrapped_covariances"] = "bootstrapped_covariances"
    shape: Literal["ellipsoid", "box"] = Field(
        "ellipsoid", description="Whether all elements are wrong together, or each at once."
    )
    confidence: Probability = Field(
        0.95, description="How probable it is that the covariance, or in a box each element, is in."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )
    block: Annotated[float, Field(ge=1)] = Field(
        BLOCK,
        description="Mean length of the blocks, in sessions.",
        json_schema_extra={"advanced": True},
    )
    draws: Annotated[int, Field(ge=20, le=10_000)] = Field(
        500, description="How many pasts are drawn."
    )
    seed: Annotated[int, Field(ge=0)] = Field(0, description="Of the draws.")

    def doubt(self, outlook: Outlook) -> Doubt:
        """Of the past of these assets.

        Raises:
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
        """
        past = outlook.scenarios(self.window)
        errors = _bootstrapped(past.tobytes(), len(past), self.block, self.draws, self.seed)
        if self.shape == "box":
            return Doubt(float(stats.norm.ppf((1.0 + self.confidence) / 2.0)) * errors, is_box=True)
        return Doubt(_radius(self.confidence, past.shape[1]) * errors, is_box=False)


COVARIANCE_SETS = (CovarianceEllipsoid, CovarianceBox, BootstrappedCovariances)
AnyCovarianceSet: TypeAlias = Annotated[CovarianceSet, OneOf(*COVARIANCE_SETS)]


def worst_variance(among: CovarianceSet, s: Symbols, scale: Affine, unit: float) -> Affine:
    """The greatest variance (1,) over the horizon by `scale`, both in units of `unit`.

    A length of squares, or a square of lengths: convex, and solved best where `unit` is about the
    volatility of an asset over the horizon.
    """
    doubt = among.doubt(s.outlook)
    horizon = s.outlook.forecast.horizon
    size = s.outlook.covariance.std * math.sqrt(horizon) / unit
    variance = s.program.square((1.0 / unit) * (s.risk_root @ s.x), scale)
    risks = size * s.x
    if doubt.is_box:
        return variance + s.program.square(doubt.root @ s.program.absolute(risks), scale)
    parts = s.program.unknown(len(size))
    for k in range(len(size)):
        s.program.at_least(parts[[k]], s.program.square(risks[[k]], scale))
    return variance + s.program.norm(doubt.root @ parts)


def worst_variance_of(among: CovarianceSet, weights: Array, outlook: Outlook) -> float:
    """The greatest variance of weights (N,) per session."""
    doubt = among.doubt(outlook)
    risks = np.abs(outlook.covariance.std * weights)
    if doubt.is_box:
        wrong = float(np.sum((doubt.root @ risks) ** 2))
    else:
        wrong = float(np.linalg.norm(doubt.root @ risks**2))
    return max(outlook.covariance.variance(weights), 0.0) + wrong


def usual_volatility(outlook: Outlook) -> float:
    """That of an asset over the horizon, on average."""
    std = outlook.covariance.std * math.sqrt(outlook.forecast.horizon)
    return float(std.mean()) or 1.0


def _radius(confidence: float, count: int) -> float:
    return math.sqrt(float(stats.chi2.ppf(confidence, count**2)))


def _normal(count: int, sessions: int) -> Array:
    errors: Array = np.where(np.eye(count) > 0, math.sqrt(2.0), 1.0) / math.sqrt(sessions)
    return errors


@lru_cache(maxsize=8)
def _bootstrapped(past: bytes, sessions: int, block: float, draws: int, seed: int) -> Array:
    """Standard errors (N, N) of the elements of a covariance, in units of volatilities."""
    returns = np.frombuffer(past).reshape(sessions, -1)
    std = returns.std(axis=0, ddof=1)
    units = returns / np.where(std > 0, std, 1.0)
    total, squares = np.zeros((2, returns.shape[1], returns.shape[1]))
    for rows in stationary_draws(sessions, seed, block, draws):
        drawn = units[rows]
        drawn = drawn - drawn.mean(axis=0)
        covariance = drawn.T @ drawn / (sessions - 1)
        total += covariance
        squares += covariance**2
    spread = np.maximum(squares - total**2 / draws, 0.0) / (draws - 1)
    errors: Array = np.sqrt(spread)
    errors.setflags(write=False)
    return errors
