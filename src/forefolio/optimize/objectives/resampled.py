"""Resampled portfolios: the mean of those that would be best if the past had been another."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field, field_validator

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import Infeasible, SolverFailed
from forefolio.core.units import Array, Days
from forefolio.optimize.base import Allocation, Optimizer, Outlook, without_rounding
from forefolio.optimize.constraints.holdings import MaximumNames, MinimumPosition
from forefolio.optimize.objectives.mean_variance import (
    MaximumDiversification,
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
)
from forefolio.risk import Covariance

AVERAGED = (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
    MaximumDiversification,
)
Averaged: TypeAlias = Annotated[Optimizer, OneOf(*AVERAGED)]


class Resampled(Component):
    """The mean of the portfolios that `optimizer` chooses from redrawn expectations.

    Each of `draws` takes `sessions` normal returns of the expected mean and covariance, estimates
    both from them, and optimises; the mean of the weights keeps every convex limit, and has none of
    the extremes that one estimate alone leads to. A draw that no portfolio satisfies, such as a
    target out of reach, is left out, and a note says how many were. Source: Michaud (1998),
    "Efficient asset management", chapter 6; Jorion (1992), "Portfolio optimization in practice".

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> mean = ff.Resampled(optimizer="minimum_variance", draws=20, seed=1)
    >>> best = ff.optimize(mu=mu, cov=cov, objective=mean)
    >>> 0.9 < best.weights["bonds"] <= 1.0
    True
    """

    kind: Literal["resampled"] = "resampled"
    optimizer: Averaged = Field(
        MaximumSharpe(), description="Objective that chooses the weights in each draw."
    )
    draws: Annotated[int, Field(ge=2, le=10_000)] = Field(
        100, description="How many pasts are drawn."
    )
    sessions: Days = Field(
        250, description="Sessions of each; fewer mean more doubt, and weights nearer together."
    )
    seed: Annotated[int, Field(ge=0)] = Field(0, description="Of the draws.")

    @field_validator("optimizer")
    @classmethod
    def _keeps_its_limits(cls, optimizer: Optimizer) -> Optimizer:
        """Refuse limits that a mean of portfolios does not keep."""
        for limit in getattr(optimizer, "constraints", ()):
            if isinstance(limit, MaximumNames | MinimumPosition):
                raise ValueError(
                    f"{limit} is not kept by the mean of portfolios that each keep it; leave it "
                    "out, or choose by one estimate alone"
                )
        return optimizer

    def allocate(self, outlook: Outlook) -> Allocation:
        """Average the weights over the draws.

        Raises:
            Infeasible: no draw has a portfolio that satisfies the constraints together.
            SolverFailed: the solver stopped without an answer at every draw.
        """
        chosen, failed = [], []
        for mean, matrix in self._drawn(outlook):
            covariance = Covariance(assets=outlook.assets, matrix=matrix)
            redrawn = replace(outlook.with_mean(mean), covariance=covariance)
            try:
                chosen.append(self.optimizer.allocate(redrawn))
            except (Infeasible, SolverFailed) as error:
                failed.append(error)
        if not chosen:
            raise failed[0]
        left_out = f"{len(failed)} of {self.draws} draws have no portfolio: left out"
        return Allocation(
            assets=outlook.assets,
            weights=without_rounding(np.mean([one.weights for one in chosen], axis=0)),
            method=self.kind,
            notes=(*outlook.repairs, *([left_out] if failed else [])),
            status=f"mean of {len(chosen)} draws",
        )

    def _drawn(self, outlook: Outlook) -> Iterator[tuple[Array, Array]]:
        """Means (N,) over the horizon, and covariances (N, N) per session, of each draw."""
        rng, horizon = np.random.default_rng(self.seed), outlook.forecast.horizon
        values, vectors = np.linalg.eigh(outlook.covariance.matrix)
        root = (vectors * np.sqrt(np.maximum(values, 0.0))).T
        for _ in range(self.draws):
            normal = rng.standard_normal((self.sessions, len(values)))
            moved = normal.mean(axis=0)
            normal -= moved
            away = normal @ root
            yield (
                outlook.mean + horizon * (moved @ root),
                away.T @ away / max(self.sessions - 1, 1),
            )
