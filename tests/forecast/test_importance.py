from dataclasses import dataclass, replace
from itertools import combinations, permutations
from math import factorial
from typing import Any

import numpy as np
import pytest

from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.features import CATALOGUE, FeaturePanel, PriceMomentum
from forefolio.features.labels import label
from forefolio.forecast import BayesianRidge, RandomForest, WalkForward, XGBoost
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.judging.importance import Explainer, Importance
from forefolio.forecast.judging.shapley import contributions, draw_orders, sampled_contributions
from forefolio.forecast.targets import ForwardReturn, build_dataset
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor

NAMES = ("planted", "noise", "twin", "other")


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated_market(3, sessions=900, assets=5)


@pytest.fixture(scope="module")
def panel(market: Market) -> FeaturePanel:
    """What will happen, made faint; nothing; nearly the same nothing; and something else."""
    rng = np.random.default_rng(0)
    ahead = np.nan_to_num(ForwardReturn(horizon=5)(market))
    planted = ahead / ahead.std() + rng.normal(size=ahead.shape)
    noise = rng.normal(size=ahead.shape)
    twin = noise + 0.3 * rng.normal(size=ahead.shape)
    x = np.stack([planted, noise, twin, rng.normal(size=ahead.shape)], axis=-1)
    return FeaturePanel(x=x, names=NAMES)


@pytest.fixture(scope="module")
def data(market: Market, panel: FeaturePanel) -> Dataset:
    return build_dataset(market, panel, ForwardReturn(horizon=5))


def explained(market: Market, panel: FeaturePanel, workers: str = "inline:") -> Importance:
    settings = Explainer(walk=WalkForward(first=500, refit=100), shap=True)
    with executor(workers) as pool:
        known = market, panel
        job = settings.explain(XGBoost(trees=30), 5, known, pool, {"planted": "what will be"})
        return finish(job)


def test_what_was_planted_is_found_and_noise_is_worth_nothing(
    market: Market, panel: FeaturePanel
) -> None:
    found = explained(market, panel)
    frame = found.to_frame()
    assert frame.index[0] == "what will be" and frame.loc["what will be", "feature"] == "planted"
    numbers = frame.drop(columns="feature").astype(float)
    lost, error, size = (numbers[name].to_numpy() for name in ("r2_loss", "r2_loss_se", "size"))
    assert lost[0] > 0.1 and lost[0] > 5 * error[0] and numbers["rank_ic_loss"].iloc[0] > 0.2
    assert (np.abs(lost[1:]) < np.maximum(4 * error[1:], 0.01)).all()
    assert (size[1:] < size[0] / 3).all()
    assert found.groups == (("noise", "twin"),)
    assert found.over_time().shape == (4, 4) == found.size.shape


def test_it_is_the_same_in_threads(market: Market, panel: FeaturePanel) -> None:
    here, there = explained(market, panel), explained(market, panel, "threads:2")
    for name in ("r2_loss", "rank_ic_loss", "size"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))


@pytest.mark.parametrize("model", [XGBoost(trees=20), RandomForest(trees=20), BayesianRidge()])
def test_contributions_sum_to_the_forecast(
    data: Dataset, model: XGBoost | RandomForest | BayesianRidge
) -> None:
    predictor = model.fit(data.as_of(600))
    parts = contributions(predictor, data, rows=50)
    said = predictor.predict(data, rows=50).mean
    np.testing.assert_allclose(parts.base + parts.values.sum(axis=-1), said, atol=2e-7, rtol=1e-4)


@dataclass(frozen=True)
class Curved:
    """Three features that act on each other."""

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        a, b, c = np.moveaxis(data.x[-rows:, :, :3], -1, 0)
        return ForecastPanel.of(data, a * b + np.sin(c) * a + b, np.ones(a.shape))


def brute_force(predictor: Predictor, data: Dataset, rows: int) -> Array:
    """Shapley's formula over all coalitions."""
    count, x = len(data.names), np.array(data.x)
    past = x[:-rows].mean(axis=(0, 1))

    def worth(told: tuple[int, ...]) -> Array:
        mixed = x.copy()
        for feature in set(range(count)) - set(told):
            mixed[-rows:, :, feature] = past[feature]
        return predictor.predict(replace(data, x=mixed), rows).mean

    values = np.zeros((rows, len(data.assets), count))
    for feature in range(count):
        others = [k for k in range(count) if k != feature]
        for size in range(count):
            share = factorial(size) * factorial(count - size - 1) / factorial(count)
            for told in combinations(others, size):
                values[:, :, feature] += share * (worth((*told, feature)) - worth(told))
    return values


def test_all_orders_are_the_formula_and_a_few_come_near(data: Dataset) -> None:
    three = replace(data, x=data.x[:, :, :3], names=NAMES[:3])
    exact = brute_force(Curved(), three, 4)
    every = sampled_contributions(Curved(), three, 4, list(permutations(range(3))))
    np.testing.assert_allclose(every.values, exact, atol=1e-12)
    few = contributions(Curved(), three, 4, orders=4, seed=1)
    said = Curved().predict(three, 4).mean
    np.testing.assert_allclose(few.base + few.values.sum(axis=-1), said, atol=1e-12)
    assert np.corrcoef(few.values.ravel(), exact.ravel())[0, 1] > 0.9


def test_orders_come_with_their_reverses_and_from_the_seed() -> None:
    orders = draw_orders(6, 4, seed=3)
    assert orders[1] == orders[0][::-1] and orders[3] == orders[2][::-1]
    assert orders == draw_orders(6, 4, seed=3) != draw_orders(6, 4, seed=4)


def test_features_have_names_that_say_what_they_are() -> None:
    assert label(PriceMomentum(window=231, skip=21)) == "12-month momentum without the last month"
    assert label(PriceMomentum(window=63)) == "3-month momentum"
    features: list[Any] = [feature() for feature in CATALOGUE]
    labels = [label(feature) for feature in features]
    assert len(set(labels)) == len(CATALOGUE)
    assert not {feature.name for feature in features} & set(labels) - {"Monday"}
