"""The strategies that stand on their own: what overlays and mixtures may hold."""

from typing import Annotated, TypeAlias

import numpy as np

from forefolio.component import Component, OneOf
from forefolio.strategy.base import Strategy
from forefolio.strategy.baselines import Classical, EqualWeight, InverseVolatility, Momentum
from forefolio.strategy.driven import ForecastDriven
from forefolio.strategy.signalled import SignalDriven
from forefolio.units import Array

PLAIN: tuple[type[Component], ...] = (
    ForecastDriven,
    SignalDriven,
    EqualWeight,
    InverseVolatility,
    Classical,
    Momentum,
)

PlainStrategy: TypeAlias = Annotated[Strategy, OneOf(*PLAIN)]


def by_itself(current: Array) -> Array:
    """The weights (N,) of a part of the portfolio as if it were the whole of one.

    What limits turnover inside the part must not count what is held beside it.
    """
    held = float(current.sum())
    return current / held if held > 0 else np.zeros(len(current))
