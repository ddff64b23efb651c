"""The risk measures of past sessions, and what words call them."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from forefolio.core.component import OneOf
from forefolio.core.kinds import kind_of
from forefolio.optimize.measures.drawdowns import (
    AverageDrawdown,
    ConditionalDrawdown,
    EntropicDrawdown,
    MaximumDrawdown,
    RelativisticDrawdown,
    UlcerIndex,
)
from forefolio.optimize.measures.ordered import GiniMeanDifference, OrderedLosses, TailGini
from forefolio.optimize.measures.past import PastRisk
from forefolio.optimize.measures.sessions import (
    ConditionalValueAtRisk,
    EntropicValueAtRisk,
    LowerPartialMoment,
    MeanAbsoluteDeviation,
    RelativisticValueAtRisk,
    RobustConditionalValueAtRisk,
    Semideviation,
    WorstLoss,
)

PAST_MEASURES = (
    ConditionalValueAtRisk,
    RobustConditionalValueAtRisk,
    EntropicValueAtRisk,
    RelativisticValueAtRisk,
    WorstLoss,
    MeanAbsoluteDeviation,
    Semideviation,
    LowerPartialMoment,
    GiniMeanDifference,
    TailGini,
    OrderedLosses,
    ConditionalDrawdown,
    EntropicDrawdown,
    RelativisticDrawdown,
    MaximumDrawdown,
    AverageDrawdown,
    UlcerIndex,
)
AnyPastMeasure: TypeAlias = Annotated[PastRisk, OneOf(*PAST_MEASURES)]

ALSO_CALLED: Mapping[str, str] = {
    "es": "cvar",
    "expected shortfall": "cvar",
    "gini": "gini_mean_difference",
    "gmd": "gini_mean_difference",
    "mad": "mean_absolute_deviation",
    "dr cvar": "robust_cvar",
    "worst realisation": "worst_loss",
    "worst realization": "worst_loss",
    "drawdown": "maximum_drawdown",
    "max drawdown": "maximum_drawdown",
    "mean drawdown": "average_drawdown",
}


def kind_called(words: str) -> str:
    """The kind of the measure that words name, such as "Ulcer index"; empty where none is."""
    plain = " ".join(words.casefold().replace("_", " ").split())
    kind = ALSO_CALLED.get(plain, plain.replace(" ", "_"))
    return kind if any(kind_of(each) == kind for each in PAST_MEASURES) else ""
