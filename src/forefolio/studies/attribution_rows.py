"""Where a followed strategy's return came from, as rows of its result."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from pydantic import Field

from forefolio.backtest import BacktestResult
from forefolio.backtest.attribution import (
    SessionAttribution,
    attribution,
    decision_periods,
    membership,
    relative_attribution,
)
from forefolio.core.component import Component
from forefolio.core.units import Array
from forefolio.market import Market

DECISIONS = 5  # the best and the worst so many are named


class ReturnPart(Component):
    """An asset or a sector, and what it adds."""

    name: str = Field(description="The ticker, or the sector.")
    annual: float = Field(description="What it adds to the annual return, fraction.")
    weight: float = Field(description="Its mean weight, fraction of the portfolio.")


class DecisionReturn(Component):
    """What was earned from the session in which a decision was traded until the next one was."""

    decided: date = Field(description="The session at whose close it was made.")
    total_return: float = Field(description="Growth until then after costs, fraction.")


class SectorLead(Component):
    """What a sector adds to the lead over the other strategy."""

    name: str = Field(description="The sector; cash is one of them.")
    allocation: float = Field(
        description="By holding more or less of it, fraction a year, not compounded."
    )
    selection: float = Field(description="By holding other assets of it, the same.")


class ReturnAttribution(Component):
    """The annual return as a sum of what each asset earned and of interest, less costs."""

    annual_return: float = Field(description="Of the strategy after costs: the sum of the parts.")
    assets: tuple[ReturnPart, ...] = Field(description="Every asset, what adds most first.")
    sectors: tuple[ReturnPart, ...] = Field(
        (), description="The same by sector, if they are known."
    )
    cash: float = Field(description="What interest adds, fraction a year.")
    costs: float = Field(description="What trading took, a negative fraction a year.")
    decisions: tuple[DecisionReturn, ...] = Field(
        (), description="The best and the worst, the best first."
    )
    beside: str = Field("", description="The strategy whose lead is taken apart; empty: none.")
    lead: float | None = Field(
        None, description="Mean return less that of the other, fraction a year, not compounded."
    )
    lead_by_sector: tuple[SectorLead, ...] = Field((), description="That lead by sector.")
    lead_by_costs: float | None = Field(None, description="What lower costs add to it.")


def return_attribution(
    results: Sequence[BacktestResult], market: Market
) -> ReturnAttribution | None:
    """That of the first of `results`, beside the second; None where it was ruined."""
    followed = results[0]
    if followed.ruined is not None or followed.annual_return is None:
        return None
    parts = attribution(followed)
    weights = followed.weights[:-1].mean(axis=0)
    return ReturnAttribution(
        annual_return=followed.annual_return,
        assets=_ranked(parts.assets, parts.annual_by_asset, weights),
        sectors=_sectors(parts, weights, market.sectors),
        cash=parts.annual_interest,
        costs=parts.annual_costs,
        decisions=_decisions(followed, parts),
        **_lead(results, market),
    )


def _ranked(names: Sequence[str], annual: Array, weights: Array) -> tuple[ReturnPart, ...]:
    order = np.argsort(-annual, kind="stable")
    return tuple(
        ReturnPart(name=names[k], annual=float(annual[k]), weight=float(weights[k])) for k in order
    )


def _sectors(
    parts: SessionAttribution, weights: Array, sectors: Sequence[str]
) -> tuple[ReturnPart, ...]:
    names, member = membership(sectors)
    if len(names) < 2:
        return ()
    return _ranked(names, parts.annual_by_asset @ member, weights @ member)


def _decisions(result: BacktestResult, parts: SessionAttribution) -> tuple[DecisionReturn, ...]:
    growth = np.log1p(parts.total)
    earned = [
        DecisionReturn(
            decided=result.sessions[result.decisions[k]].astype(object),
            total_return=float(np.expm1(growth[first:stop].sum())),
        )
        for k, first, stop in decision_periods(result)
    ]
    ranked = sorted(earned, key=lambda one: -one.total_return)
    return tuple(ranked if len(ranked) <= 2 * DECISIONS
                 else [*ranked[:DECISIONS], *ranked[-DECISIONS:]])  # fmt: skip


def _lead(results: Sequence[BacktestResult], market: Market) -> dict[str, object]:
    """The lead over the first other strategy of the same assets that lasted."""
    followed = results[0]
    others = [one for one in results[1:] if one.assets == followed.assets and one.ruined is None]
    if not others:
        return {}
    apart = relative_attribution(followed, others[0], market.sectors)
    each = zip(
        apart.sectors,
        apart.annual(apart.allocation).tolist(),
        apart.annual(apart.selection).tolist(),
        strict=True,
    )
    return {
        "beside": others[0].name,
        "lead": float(apart.annual(apart.total)),
        "lead_by_sector": tuple(
            SectorLead(name=name, allocation=allocation, selection=selection)
            for name, allocation, selection in each
        ),
        "lead_by_costs": float(apart.annual(apart.costs)),
    }
