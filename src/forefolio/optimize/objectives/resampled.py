"""Resampled portfolios: the mean of those that would be best if the past had been another."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field, field_validator

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import Infeasible, InputError, SolverFailed
from forefolio.core.units import Days
from forefolio.optimize.base import Allocation, Optimizer, Outlook, without_rounding
from forefolio.optimize.constraints.holdings import (
    MaximumNames,
    MinimumNames,
    MinimumPosition,
)
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.constraints.risk_contribution import RiskContribution
from forefolio.optimize.constraints.soft import firm
from forefolio.optimize.objectives.mean_variance import (
    MaximumDiversification,
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
)
from forefolio.optimize.objectives.redrawn import redrawn

AVERAGED = (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
    MaximumDiversification,
)
NOT_CONVEX = (MaximumNames, MinimumNames, MinimumPosition, RiskContribution)
NOT_KEPT = (
    "is not kept by the mean of portfolios that each keep it; leave it out, or choose by one "
    "estimate alone"
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
        if lost := lost_in_a_mean(optimizer):
            raise ValueError(f"{lost} {NOT_KEPT}")
        return optimizer

    def allocate(self, outlook: Outlook) -> Allocation:
        """Average the weights over the draws.

        Raises:
            InputError: a constraint is one that the mean of portfolios does not keep.
            Infeasible: no draw has a portfolio that satisfies the constraints together.
            SolverFailed: the solver stopped without an answer at every draw.
        """
        if lost := lost_in_a_mean(self.optimizer):  # constraints may have been put in its place
            raise InputError(f"{lost} {NOT_KEPT}")
        chosen, failed = [], []
        for one in redrawn(outlook, self.draws, self.sessions, self.seed):
            try:
                chosen.append(self.optimizer.allocate(one))
            except (Infeasible, SolverFailed) as error:
                failed.append(error)
        if not chosen:
            raise failed[0]
        notes = (
            [f"{len(failed)} of {self.draws} draws have no portfolio: left out"] if failed else []
        )
        return Allocation(
            assets=outlook.assets,
            weights=without_rounding(np.mean([one.weights for one in chosen], axis=0)),
            method=self.kind,
            notes=(*outlook.repairs, *notes, *self._noted(chosen, outlook)),
            status=f"mean of {len(chosen)} draws",
        )

    def _noted(self, chosen: Sequence[Allocation], outlook: Outlook) -> list[str]:
        """In how many draws the optimiser had something to say, and what it said first."""
        own = [[note for note in one.notes if note not in outlook.repairs] for one in chosen]
        noted = [notes for notes in own if notes]
        if not noted:
            return []
        return [f"in {len(noted)} of {self.draws} draws there is a note, such as: {noted[0][0]}"]


def lost_in_a_mean(optimizer: Optimizer) -> Constraint | None:
    """The first of its limits that a mean of portfolios does not keep, though each keeps it."""
    limits = getattr(optimizer, "constraints", ())
    return next((one for one in limits if isinstance(firm(one), NOT_CONVEX)), None)
