"""The strategies a document may name."""

from typing import Annotated, TypeAlias

from forefolio.component import Component, OneOf
from forefolio.strategy.base import Strategy
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.driven import ForecastDriven
from forefolio.strategy.signalled import SignalDriven

STRATEGIES: tuple[type[Component], ...] = (
    ForecastDriven,
    SignalDriven,
    EqualWeight,
    InverseVolatility,
    Classical,
    Momentum,
)

AnyStrategy: TypeAlias = Annotated[Strategy, OneOf(*STRATEGIES)]
