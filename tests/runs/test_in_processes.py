"""The kind of strategy that is the default, asked where tasks go to other processes."""

from pathlib import Path

import pytest

from forefolio.core.settings import Settings
from forefolio.features import PriceMomentum
from forefolio.forecast import EWMA, BayesianRidge, Recipe, WalkForward, Zero
from forefolio.market import Synthetic
from forefolio.runs.asking import ask
from forefolio.strategy import RiskOnTarget, Tilted
from forefolio.studies.strategy import StrategyStudy


@pytest.mark.slow
def test_what_leans_to_forecasts_at_a_target_risk_is_answered_alike_in_processes(
    tmp_path: Path,
) -> None:
    recipe = Recipe(
        features=(PriceMomentum(window=21),),
        models=(BayesianRidge(),),
        baselines=(Zero(),),
        volatility=(EWMA(),),
        walk=WalkForward(first=260, refit=25),
    )
    study = StrategyStudy(
        data={"source": Synthetic(sessions=330, assets=3), "minimum_sessions": 100},
        horizons=(5,),
        strategy=RiskOnTarget(strategy=Tilted(recipe=recipe, horizon=5)),
        baselines=(),
        trading={"warmup": 261},
    )
    answers = [
        ask(study, Settings(home=tmp_path / name, executor=executor)).model_dump(exclude={"run"})
        for name, executor in (("here", "inline:"), ("there", "processes:1"))
    ]
    assert answers[0] == answers[1]
