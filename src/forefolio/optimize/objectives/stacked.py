"""Stacked portfolios: several ways to choose, mixed by what each earned where it had not looked.

1. The past is cut into folds. In each, every part chooses weights by means and covariance of
   sessions outside of it, and what these earn in the fold is its record there.
2. `outer` chooses how much of each part is held, by these records alone.
3. Each part chooses once more, from what is expected now; the mix of these is the portfolio.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field, field_validator

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import Infeasible, InputError, NotEnoughHistory, SolverFailed
from forefolio.core.kinds import kind_of
from forefolio.core.units import Array
from forefolio.core.wording import listed, percent
from forefolio.forecast import Forecast
from forefolio.optimize.base import (
    FEWEST,
    TINY,
    Allocation,
    Optimizer,
    Outlook,
    WeighedSessions,
    without_rounding,
)
from forefolio.optimize.constraints.holdings import Forbidden
from forefolio.optimize.constraints.linear import Constraint
from forefolio.optimize.objectives.heuristic import EqualWeighted, InverseVolatilityWeighted
from forefolio.optimize.objectives.hierarchical import (
    HierarchicalEqualRisk,
    HierarchicalRiskParity,
    NestedClusters,
)
from forefolio.optimize.objectives.mean_variance import (
    LONG_ONLY,
    Constraints,
    MaximumDiversification,
    MaximumSharpe,
    MinimumVariance,
)
from forefolio.optimize.objectives.pooled import DECIDERS, Decider, check_decider, check_weighs
from forefolio.optimize.objectives.resampled import NOT_KEPT, lost_in_a_mean
from forefolio.optimize.objectives.risk_budget import RiskParity
from forefolio.optimize.objectives.schur import SchurComplementary
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program, Rows
from forefolio.optimize.program.scenarios import Window
from forefolio.optimize.program.symbols import Symbols
from forefolio.risk import Covariance

PARTS = (
    *DECIDERS,
    EqualWeighted,
    InverseVolatilityWeighted,
    HierarchicalRiskParity,
    SchurComplementary,
    HierarchicalEqualRisk,
    NestedClusters,
)
Part: TypeAlias = Annotated[Optimizer, OneOf(*PARTS)]


class Stacked(Component):
    """A mix of the portfolios of `optimizers`, so much of each as `outer` makes of their records.

    Records are out of sample. The last `window` sessions are cut into `folds`; what a part earns in
    one of them is by weights that it chose from the sessions of the `other_folds`, or of
    `earlier_folds` alone (the first is then only looked at). There, expected are the mean and the
    covariance of these sessions. `outer` sees a part as an asset, named by its kind. Each part
    keeps the constraints, or, where it takes none, is refused if it does not, so that the mix
    keeps every convex one. Source: Wolpert (1992), "Stacked
    generalization"; Breiman (1996), "Stacked regressions".

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=4)
    >>> mix = ff.Stacked(optimizers=("minimum_variance", "equal_weight"))
    >>> best = ff.optimize(market, objective=mix)
    >>> round(sum(best.weights.values()), 6)
    1.0
    """

    kind: Literal["stacked"] = "stacked"
    optimizers: Annotated[tuple[Part, ...], Field(min_length=1)] = Field(
        (MinimumVariance(), RiskParity(), MaximumDiversification(), MaximumSharpe()),
        description="Objectives whose portfolios are mixed.",
    )
    outer: Decider = Field(
        MinimumVariance(), description="Objective that chooses how much of each is held."
    )
    folds: Annotated[int, Field(ge=2, le=100)] = Field(
        5, description="Parts that the past is cut into."
    )
    fitted_on: Literal["other_folds", "earlier_folds"] = Field(
        "other_folds", description="Sessions that weights in a fold are chosen from."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )
    constraints: Constraints = LONG_ONLY

    @field_validator("optimizers")
    @classmethod
    def _see_sessions(cls, optimizers: tuple[Optimizer, ...]) -> tuple[Optimizer, ...]:
        for one in optimizers:
            check_weighs(one)
            if lost := lost_in_a_mean(one):
                raise ValueError(f"{lost} {NOT_KEPT}")
        return optimizers

    @field_validator("outer")
    @classmethod
    def _decides(cls, outer: Optimizer) -> Optimizer:
        check_decider(outer)
        return outer

    def allocate(self, outlook: Outlook) -> Allocation:
        """Mix the portfolios.

        Raises:
            InputError: a constraint is one that the mix does not keep; or `outer` is short of a
                part, or leaves cash.
            NotEnoughHistory: a part would choose from fewer than 60 sessions.
            Infeasible: a part has no portfolio that satisfies the constraints together.
            SolverFailed: a solver stopped without an answer, or a part that takes no constraints
                does not keep one.
        """
        if lost := lost_in_a_mean(self):
            raise InputError(f"{lost} {NOT_KEPT}")
        names = _names(self.optimizers)
        records, left_out = self._records(outlook)
        shares = self._shares(names, records, outlook)
        chosen = [
            (share, self._choice(part, outlook))
            for part, share in zip(self.optimizers, shares, strict=True)
            if share > TINY
        ]
        weights = np.sum([share * one.weights for share, one in chosen], axis=0)
        notes = [f"in {left_out} of {self.folds} folds a part has no portfolio: left out"]
        return Allocation(
            assets=outlook.assets,
            weights=without_rounding(weights),
            method=self.kind,
            notes=(
                *dict.fromkeys(note for _, one in chosen for note in one.notes),
                *(notes if left_out else ()),
            ),
            status=f"{self.outer.kind} of {len(records)} sessions out of sample",  # type: ignore[attr-defined]
            parts=tuple(zip(names, shares.tolist(), strict=True)),
        )

    def _records(self, outlook: Outlook) -> tuple[Array, int]:
        """What each part earned (S, K) in sessions that it had not seen, and folds left out.

        Raises:
            Infeasible: a part has no portfolio in any fold.
        """
        past = outlook.scenarios(self.window)
        cash = outlook.risk_free / outlook.forecast.horizon
        records, failed = [], []
        for fit, test in self._folds(len(past)):
            seen = _as_if(outlook, past[fit])
            try:
                held = np.array([self._choice(one, seen).weights for one in self.optimizers])
            except (Infeasible, SolverFailed) as error:
                failed.append(error)
                continue
            records.append(past[test] @ held.T + cash * (1.0 - held.sum(axis=1)))
        if not records:
            raise failed[0]
        return np.concatenate(records), len(failed)

    def _folds(self, sessions: int) -> Iterator[tuple[Any, Any]]:
        """Sessions that are chosen from, and those in which that is tried."""
        folds = np.array_split(np.arange(sessions), self.folds)
        for place, test in enumerate(folds):
            earlier, later = folds[:place], folds[place + 1 :]
            if self.fitted_on == "earlier_folds":
                later = []
                if not earlier:
                    continue
            fit = np.concatenate([*earlier, *later])
            if len(fit) < FEWEST:
                raise NotEnoughHistory(FEWEST, len(fit), "what a part of the stack chooses from")
            yield fit, test

    def _choice(self, part: Optimizer, outlook: Outlook) -> Allocation:
        """What a part chooses within the constraints.

        Raises:
            SolverFailed: it takes none, and what it chooses does not keep one.
        """
        own = tuple(one for one in getattr(part, "constraints", ()) if one not in LONG_ONLY)
        limits = tuple(dict.fromkeys((*self.constraints, *own)))
        if isinstance(part, DECIDERS):
            return part.model_copy(update={"constraints": limits}).allocate(outlook)
        kept = _allowed(limits, outlook)
        chosen = part.allocate(outlook.select(kept)).spread(outlook.assets, kept)
        broken = [one for one in limits if not _keeps(chosen.weights, one, outlook)]
        if broken:
            raise SolverFailed(
                f"{kind_of(part)} takes no constraints, and does not keep {broken[0]}: leave out "
                "one of the two"
            )
        return chosen

    def _shares(self, names: tuple[str, ...], records: Array, outlook: Outlook) -> Array:
        """How much (K,) of each part is held, by what it earned (S, K)."""
        horizon = outlook.forecast.horizon
        covariance = np.atleast_2d(np.cov(records, rowvar=False))
        parts = Outlook(
            forecast=Forecast(
                made=outlook.forecast.made,
                horizon=horizon,
                assets=names,
                mean=records.mean(axis=0) * horizon,
                std=np.sqrt(covariance.diagonal() * horizon),
            ),
            covariance=Covariance(assets=names, matrix=covariance),
            current=np.zeros(len(names)),
            risk_free=outlook.risk_free,
            periods_per_year=outlook.periods_per_year,
            weighed=_equally(records),
        )
        shares = self.outer.allocate(parts).weights
        if shares.min() < -TINY or abs(shares.sum() - 1.0) > 1e-6:
            named = zip(names, shares.tolist(), strict=True)
            held = listed([f"{percent(share, 0)} of {name}" for name, share in named])
            raise InputError(
                f"{kind_of(self.outer)} would hold {held}: let its limits be fully invested and "
                "long only, so that the mix keeps what each part keeps"
            )
        return np.maximum(shares, 0.0)


def _names(parts: Sequence[Optimizer]) -> tuple[str, ...]:
    """The kinds, numbered where one is there twice."""
    kinds = [kind_of(part) for part in parts]
    return tuple(
        f"{kind}_{kinds[: place + 1].count(kind)}" if kinds.count(kind) > 1 else kind
        for place, kind in enumerate(kinds)
    )


def _equally(returns: Array) -> WeighedSessions:
    chances = np.full(len(returns), 1.0 / len(returns))
    return WeighedSessions(returns=returns, probabilities=chances)


def _as_if(outlook: Outlook, returns: Array) -> Outlook:
    """The outlook of somebody who has seen these returns (S, N) alone."""
    covariance = Covariance(
        assets=outlook.assets, matrix=np.atleast_2d(np.cov(returns, rowvar=False))
    )
    expected = outlook.with_mean(returns.mean(axis=0) * outlook.forecast.horizon)
    return replace(expected, covariance=covariance, weighed=_equally(returns))


def _keeps(weights: Array, limit: Constraint, outlook: Outlook) -> bool:
    """Whether weights (N,) keep a limit: it allows them, and nothing else."""
    program = Program(relaxed=True)
    scale = program.unknown()
    s = Symbols(outlook, program, Affine(np.zeros((len(weights), 0)), weights), scale)
    whole = Rows(name="whole", excess=scale - 1.0, exact=True)
    return program.minimise([scale], [*limit.rows(s), whole]) is not None


def _allowed(limits: Sequence[Constraint], outlook: Outlook) -> Any:
    out = [asset for one in limits if isinstance(one, Forbidden) for asset in one.assets]
    return ~np.isin(outlook.assets, out)
