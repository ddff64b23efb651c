"""The strategies a document may name."""

from typing import Annotated, TypeAlias

from forefolio.core.component import Component, OneOf
from forefolio.strategy.adapted import as_strategy
from forefolio.strategy.barbell import Barbell
from forefolio.strategy.base import Strategy
from forefolio.strategy.blend import Blend
from forefolio.strategy.overlays import DrawdownTrigger, VolatilityTarget
from forefolio.strategy.plain import PLAIN
from forefolio.strategy.regime_aware import RegimeAware
from forefolio.strategy.risk_on_target import RiskOnTarget

STRATEGIES: tuple[type[Component], ...] = (
    *PLAIN,
    VolatilityTarget,
    DrawdownTrigger,
    RegimeAware,
    Barbell,
    Blend,
    RiskOnTarget,
)

AnyStrategy: TypeAlias = Annotated[Strategy, OneOf(*STRATEGIES, adapt=as_strategy)]
