"""A model that kills its worker, hangs, or eats all memory is reported; the others forecast."""

import numpy as np
import pytest
from tests.runs.moody_models import Greedy, Hanging, Killed, Unequipped

from forefolio.core.events import finish
from forefolio.features import compute
from forefolio.forecast import EWMA, HistoricalMean, PooledMean, Recipe, WalkForward, Zero, gather
from forefolio.market import simulated_market
from forefolio.runs.executors import executor

RECIPE = Recipe(
    features=(),
    models=(Killed(), Hanging(), Greedy(), HistoricalMean()),
    prior=PooledMean(),
    baselines=(Zero(),),
    volatility=(EWMA(),),
    walk=WalkForward(first=400, refit=150),
)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_death_a_hang_and_a_full_memory_are_reported_and_the_rest_goes_on() -> None:
    market = simulated_market(sessions=600)
    features = compute((), market)
    with executor("processes:2", task_timeout_s=6) as workers:
        forecasts = finish(gather(RECIPE, (5,), market, workers, features))
    told = {note.about: note.message for note in forecasts.notes}
    assert "WorkerDied" in told["killed"] and "exit code -9" in told["killed"]
    assert "longer than 6 s" in told["hanging"]
    assert "MemoryError" in told["greedy"]
    evidence = forecasts.horizons[5]
    with executor("inline:") as here:
        alone = RECIPE.model_copy(update={"models": (HistoricalMean(),)})
        expected = finish(gather(alone, (5,), market, here, features)).horizons[5]
    np.testing.assert_array_equal(evidence.panel.mean, expected.panel.mean)
    assert set(told) == {"killed", "hanging", "greedy"}


@pytest.mark.parametrize("where", ["inline:", pytest.param("processes:1", marks=pytest.mark.slow)])
def test_a_package_that_is_missing_where_a_model_is_fitted_is_told_as_that(where: str) -> None:
    market = simulated_market(sessions=600)
    recipe = RECIPE.model_copy(update={"models": (Unequipped(),)})
    with executor(where) as workers, pytest.raises(ModuleNotFoundError) as caught:
        finish(gather(recipe, (5,), market, workers, compute((), market)))
    assert caught.value.name == "a_library_that_nobody_has"
