import itertools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import BadSettings, InputError
from forefolio.core.units import Array
from forefolio.optimize import Proportional, whole_shares

PRICES = {"AAPL": 190.0, "MSFT": 410.0, "XOM": 113.0, "GE": 171.5}


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    assets=st.integers(1, 7),
    cost_bps=st.sampled_from([0.0, 25.0]),
    invested=st.sampled_from([0.5, 1.0]),
)
def test_no_other_rounding_is_nearer(
    seed: int, assets: int, cost_bps: float, invested: float
) -> None:
    rng = np.random.default_rng(seed)
    names = [f"A{i}" for i in range(assets)]
    prices = dict(zip(names, rng.uniform(5, 900, assets), strict=True))
    weights = dict(zip(names, invested * rng.dirichlet(np.ones(assets)), strict=True))
    held = dict(zip(names, rng.integers(0, 9, assets).astype(float), strict=True))
    capital = 5_000.0 + sum(held[a] * prices[a] for a in names)
    orders = whole_shares(weights, prices, capital, held, cost_bps)
    assert orders.cash >= -1e-6
    np.testing.assert_array_equal(orders.shares, np.round(orders.shares))
    price, before = orders.prices, orders.held
    expected = cost_bps / 1e4 * np.abs(orders.targets * capital - before * price).sum()
    fair = orders.targets * (capital - expected)

    def spent(shares: Array) -> float:
        return float(shares @ price + cost_bps / 1e4 * np.abs(shares - before) @ price)

    def miss(shares: Array) -> float:
        left = fair.sum() - shares @ price
        return float(np.abs(shares * price - fair).sum() + np.abs(left))

    for up in itertools.product((0, 1), repeat=assets):
        shares = np.floor(fair / price + 1e-9) + up
        if spent(shares) <= fair.sum() + expected:
            assert miss(orders.shares) <= miss(shares) * (1 + 1e-4) + 1e-6 * capital


@pytest.mark.slow
def test_a_thousand_small_accounts_are_within_a_basis_point_of_the_best() -> None:
    """Of all whole shares, two less to two more than rounded down, that the capital pays for."""
    rng = np.random.default_rng(0)
    for _ in range(1_000):
        count = int(rng.integers(2, 6))
        names = [f"A{k}" for k in range(count)]
        price, capital = rng.uniform(5, 400, count), float(rng.uniform(800, 8_000))
        target = rng.dirichlet(np.ones(count)) * rng.choice([1.0, 0.9])
        held = np.floor(rng.uniform(0, 1, count) * capital / price / count) * rng.integers(0, 2)
        rate = float(rng.choice([0.0, 1e-3, 5e-3]))
        fair = target * (capital - rate * float(np.abs(target * capital - held * price).sum()))
        near = np.array(list(itertools.product(range(-2, 3), repeat=count)))
        each = near + np.floor(fair / price + 1e-9)
        each = each[(each >= 0).all(axis=1)]
        each = each[each @ price + rate * np.abs(each - held) @ price <= capital]

        def away(shares: Array, fair: Array = fair, price: Array = price) -> Array:
            position = np.abs(shares * price - fair).sum(axis=1)
            return np.asarray(position + np.abs(fair.sum() - shares @ price))

        orders = whole_shares(
            dict(zip(names, target.tolist(), strict=True)),
            dict(zip(names, price.tolist(), strict=True)),
            capital,
            dict(zip(names, held.tolist(), strict=True)),
            1e4 * rate,
        )
        assert away(orders.shares[None])[0] <= away(each).min() + 1e-4 * capital


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), band=st.sampled_from([0.0, 0.01, 0.05]))
def test_what_is_within_its_band_is_left_as_it_is(seed: int, band: float) -> None:
    rng = np.random.default_rng(seed)
    prices = dict(zip("ABCDE", rng.uniform(1, 90, 5), strict=True))
    held = dict(zip("ABCDE", rng.integers(0, 60, 5).astype(float), strict=True))
    capital = 500.0 + sum(held[name] * prices[name] for name in held)
    weights = dict(zip("ABCDE", 0.9 * rng.dirichlet(np.ones(5)), strict=True))
    orders = whole_shares(weights, prices, capital, held, band=band)
    now = orders.held * orders.prices / capital
    near = (np.abs(now - orders.targets) <= band) & (orders.held > 0)
    assert orders.cash >= -1e-6
    assert not orders.trades[near].any() or band == 0


def test_large_capital_comes_as_near_as_a_share_each() -> None:
    weights = {"AAPL": 0.3, "MSFT": 0.3, "XOM": 0.2, "GE": 0.2}
    orders = whole_shares(weights, PRICES, 1e8)
    assert orders.error < 4 * 410 / 1e8 and orders.cash < 410


def test_what_has_no_weight_is_sold_and_what_is_right_is_left_alone() -> None:
    orders = whole_shares({"AAPL": 1.0}, PRICES, 1900.0, {"AAPL": 10, "GE": 0})
    assert not orders.trades.any() and orders.cash == 0
    sold = whole_shares({"AAPL": 1.0}, PRICES, 1900.0 + 343.0, {"AAPL": 10, "GE": 2})
    assert dict(zip(sold.assets, sold.trades, strict=True)) == {"AAPL": 1, "GE": -2}


def test_a_short_is_whole_too() -> None:
    orders = whole_shares({"AAPL": 1.0, "XOM": -0.5}, PRICES, 10_000.0)
    shares = dict(zip(orders.assets, orders.shares, strict=True))
    assert shares == {"AAPL": 53, "XOM": -45} and orders.weights[1] < -0.45


def test_costs_are_paid_from_the_capital() -> None:
    orders = whole_shares({"AAPL": 0.5, "XOM": 0.5}, PRICES, 10_000.0, cost_bps=50)
    assert orders.cost == pytest.approx(0.005 * orders.shares @ orders.prices)
    assert orders.cash >= 0


def test_too_little_capital_buys_nothing_and_says_so_by_its_error() -> None:
    orders = whole_shares({"MSFT": 1.0}, PRICES, 100.0)
    assert orders.shares[0] == 0 and orders.cash == 100 and orders.error == 1
    told = json.loads(json.dumps(orders.to_dict()))
    assert told["orders"][0]["ticker"] == "MSFT" and told["cash"] == 100


def test_five_hundred_assets_take_no_time() -> None:
    rng = np.random.default_rng(0)
    names = [f"A{i}" for i in range(500)]
    weights = dict(zip(names, rng.dirichlet(np.ones(500)), strict=True))
    prices = dict(zip(names, rng.uniform(5, 900, 500), strict=True))
    orders = whole_shares(weights, prices, 200_000.0)
    assert 0 <= orders.cash < 50


@pytest.mark.parametrize(
    ("weights", "prices", "capital", "told"),
    [
        ({"AAPL": 0.5, "IBM": 0.5}, PRICES, 1e4, "IBM: none"),
        ({"AAPL": 1.0}, {"AAPL": 0.0}, 1e4, "AAPL: 0.0"),
        ({"AAPL": 1.0}, PRICES, 0.0, "capital must be money above zero"),
        ({"AAPL": 0.7, "GE": 0.7}, PRICES, 1e4, "sum to 1.4"),
        ({"AAPL": float("nan")}, PRICES, 1e4, "not a number"),
    ],
)
def test_what_cannot_be_bought_is_refused(
    weights: dict[str, float], prices: dict[str, float], capital: float, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        whole_shares(weights, prices, capital)


@pytest.mark.parametrize("typed", [[0.17] * 6, [0.143] * 7, [0.334, 0.333, 0.334]])
def test_weights_that_exceed_one_by_rounding_are_weights(typed: list[float]) -> None:
    weights = {f"A{number}": weight for number, weight in enumerate(typed)}
    found = whole_shares(weights, dict.fromkeys(weights, 1.0), 1e6)
    assert found.weights.sum() <= 1.0 + 1e-12
    np.testing.assert_allclose(found.weights, np.array(typed) / sum(typed), atol=2e-6)


def test_weights_that_exceed_one_by_more_are_refused() -> None:
    for typed in ({"A": 0.6, "B": 0.5}, {"A": 0.34, "B": 0.34, "C": 0.34}, {"A": 60.0, "B": 40.0}):
        with pytest.raises(InputError, match="more than the capital pays for"):
            whole_shares(typed, dict.fromkeys(typed, 1.0), 1000.0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cost_bps": 15_000.0}, "cost_bps is 15000, from 0 to 10,000 basis points"),
        ({"cost_bps": -1.0}, "cost_bps is -1"),
        ({"cost_bps": float("nan")}, "cost_bps is nan"),
        ({"smallest": -5.0}, "smallest must be money"),
        ({"band": 2.0}, "band must be a fraction of the capital, such as 0.01, not 2"),
        ({"held": {"GE": float("nan")}}, "a holding is not a number of shares"),
    ],
)
def test_a_cost_that_none_has_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        whole_shares({"GE": 1.0}, PRICES, 1_000.0, **settings)
    with pytest.raises(BadSettings, match="less than or equal to 10000"):
        Proportional(bps=15_000)
