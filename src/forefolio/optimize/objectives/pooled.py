"""What decides by sessions that are not equally likely: objectives that views on them may lead.

Mean and covariance are those of the weighed sessions; risks of single sessions, and growth, weigh
them as well. What depends on their order, a drawdown, is that of the sessions as they came.
"""

from dataclasses import replace
from typing import Annotated, Any, TypeAlias

from forefolio.core.component import OneOf
from forefolio.core.kinds import kind_of
from forefolio.core.units import Array
from forefolio.core.wording import listed
from forefolio.optimize.base import Optimizer, Outlook, WeighedSessions
from forefolio.optimize.measures.past import PastMeasure
from forefolio.optimize.objectives.any_risk import MaximumReturnToRisk, MinimumRisk
from forefolio.optimize.objectives.mean_variance import (
    MaximumDiversification,
    MaximumSharpe,
    MinimumTrackingError,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
)
from forefolio.optimize.objectives.risk_budget import RiskParity
from forefolio.optimize.objectives.scenario_based import MaximumGrowth, MinimumTailLoss
from forefolio.optimize.objectives.terms import RiskPenalty
from forefolio.optimize.program.scenarios import DrawdownLoss
from forefolio.risk import Covariance
from forefolio.risk.entropy_pooling import PooledScenarios

DECIDERS = (
    MaximumSharpe,
    MinimumVariance,
    TargetReturn,
    TargetVolatility,
    Utility,
    MaximumDiversification,
    MinimumTrackingError,
    RiskParity,
    MinimumTailLoss,
    MinimumRisk,
    MaximumReturnToRisk,
    MaximumGrowth,
)
Decider: TypeAlias = Annotated[Optimizer, OneOf(*DECIDERS)]


REMEDY = f"choose {listed([kind_of(each) for each in DECIDERS], 'or')}"


def check_decider(optimizer: Any) -> None:
    """Refuse what is none of `DECIDERS`, or looks at sessions in their order, or all alike.

    Raises:
        ValueError: saying what it is, and which there are.
    """
    if not isinstance(optimizer, DECIDERS):
        raise ValueError(f"{kind_of(optimizer)} cannot be led by views on past sessions; {REMEDY}")
    check_weighs(optimizer)


def check_weighs(optimizer: Any) -> None:
    """Refuse an objective that looks at sessions in their order, or counts them all alike.

    Raises:
        ValueError: saying what does.
    """
    terms = getattr(optimizer, "terms", ())
    measures = [getattr(optimizer, "risk_measure", None)]
    measures += [term.risk_measure for term in terms if isinstance(term, RiskPenalty)]
    alike: list[Any] = [m for m in measures if isinstance(m, PastMeasure) and not m.weighs]
    alike += [term for term in terms if isinstance(term, DrawdownLoss)]
    if alike:
        raise ValueError(
            f"{kind_of(alike[0])} looks at sessions in their order, or counts them all alike, so "
            f"that views on their probabilities say nothing of it; {REMEDY}, with a risk such as "
            "cvar"
        )


def weighing(whose: str, pooled: PooledScenarios) -> str:
    """What their `views` or `opinions` make of past sessions, for a note."""
    return (
        f"the {whose} weigh {len(pooled.probabilities)} past sessions as if they were "
        f"{pooled.effective:.0f} equally likely ones"
    )


def believed(outlook: Outlook, scenarios: Array, pooled: PooledScenarios) -> Outlook:
    """The outlook of scenarios (S, N) of a session each, with their probabilities."""
    covariance = Covariance(
        assets=outlook.assets, matrix=pooled.covariance(scenarios), note=outlook.covariance.note
    )
    expected = outlook.with_mean(pooled.mean(scenarios) * outlook.forecast.horizon)
    sessions = WeighedSessions(returns=scenarios, probabilities=pooled.probabilities)
    return replace(expected, covariance=covariance, weighed=sessions)
