"""Nothing in any catalogue looks ahead."""

from typing import Any

import pytest

from forefolio.causality import check_no_lookahead
from forefolio.features import CATALOGUE, MacroLevel, PriceMomentum, Volatility
from forefolio.forecast import (
    EWMA,
    HAR,
    MODELS,
    TARGETS,
    ArchModel,
    ARIMAVolatility,
    BayesianRidge,
    LearntVolatility,
    RandomForest,
    Recipe,
    RegimeAdaptive,
    WalkForward,
    XGBoost,
)
from forefolio.forecast.models.neural import LSTM, MLP, TCN
from forefolio.forecast.models.ranks import XGBoostRanks
from forefolio.forecast.models.support_vector import SVR, KernelRidge
from forefolio.forecast.models.tune import Tuned
from forefolio.risk import RISK_MODELS
from forefolio.signals import SIZINGS, JointKelly, Kelly, SignalEngine
from forefolio.strategy import (
    STRATEGIES,
    Barbell,
    Blend,
    DurationTiming,
    ForecastDriven,
    InverseVolatility,
    PortfolioVolatility,
    RiskOnTarget,
    SignalDriven,
    Tilted,
)

COMPONENTS: tuple[type[Any], ...] = (
    *CATALOGUE,
    *TARGETS,
    *MODELS,
    *RISK_MODELS,
    *STRATEGIES,
    *SIZINGS,
    SignalEngine,
)
QUICK = Recipe(
    features=(PriceMomentum(), Volatility(), MacroLevel(window=63)),
    models=(BayesianRidge(), XGBoost(trees=5)),
    volatility=(EWMA(), HAR()),
    walk=WalkForward(first=252, refit=252),
)
EXAMPLES: dict[type[Any], Any] = {  # what would take long, or need decades, as it comes
    ForecastDriven: ForecastDriven(recipe=QUICK, horizon=5),
    SignalDriven: SignalDriven(recipe=QUICK, horizon=5),
    Tilted: Tilted(recipe=QUICK, horizon=5),
    Barbell: Barbell(
        safe=("A0", "A1"),
        risky=InverseVolatility(),
        timing=DurationTiming(yields="vix", inflation="benchmark", window=63, horizon=5),
    ),
    RiskOnTarget: RiskOnTarget(
        strategy=InverseVolatility(),
        risk=PortfolioVolatility(model=HAR(), record=189, walk=WalkForward(first=252)),
    ),
    XGBoost: XGBoost(trees=10),
    LSTM: LSTM(units=4, epochs=2, batch=8, learning_rate=0.01),
    TCN: TCN(dilations=(1, 2), channels=4, epochs=2, batch=8, learning_rate=0.01),
    MLP: MLP(layers=(4,), epochs=2, batch=8, learning_rate=0.01),
    XGBoostRanks: XGBoostRanks(trees=10),
    SVR: SVR(labels=500),
    Tuned: Tuned(model=KernelRidge(landmarks=10), trials=3, blocks=2),
    LearntVolatility: LearntVolatility(model=XGBoost(trees=10)),
}


LONG = {
    ARIMAVolatility,
    ArchModel,
    Barbell,
    Blend,
    ForecastDriven,
    JointKelly,
    Kelly,
    LSTM,
    LearntVolatility,
    MLP,
    RandomForest,
    RegimeAdaptive,
    SignalDriven,
    TCN,
    Tilted,
    Tuned,
}
MARKED = [pytest.param(c, marks=pytest.mark.slow) if c in LONG else c for c in COMPONENTS]


@pytest.mark.parametrize("component", MARKED)
def test_it_says_the_same_whatever_comes_after(component: type[Any]) -> None:
    check_no_lookahead(EXAMPLES.get(component) or component())


@pytest.mark.slow
@pytest.mark.parametrize("component", [*CATALOGUE, *TARGETS, *RISK_MODELS, *SIZINGS])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_market_gives_a_false_alarm(component: type[Any], seed: int) -> None:
    check_no_lookahead(component(), seed=seed)
