"""Which weights are rounded up: search and branches beside trying everything, and beside HiGHS."""

import itertools

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.optimize import whole_shares
from forefolio.optimize.exact import rounding
from forefolio.optimize.exact.rounding import CLOSE, Rounding


def _rest(rng: np.random.Generator, assets: int, kind: int) -> Rounding:
    """Prices and parts that differ, or are alike in one way or another."""
    price, part = rng.uniform(5, 400, assets), rng.uniform(0, 1, assets)
    if kind == 1:
        price = np.round(price, -1) + 5
    if kind == 2:
        part = np.round(part, 1)
    if kind == 3:
        part[rng.random(assets) < 0.5] = 0.0
    rate = float(rng.choice([0.0, 1e-3, 1e-2]))
    side = rng.choice([-1.0, 1.0], assets) if kind == 4 else np.ones(assets)
    priced = price * (1.0 + rate * side)
    room = float(rng.choice([0.3, 0.8, 1.0, 1.0, 1.5, 3.0])) * float(part @ priced)
    return Rounding(part=part, price=price, buying=priced, selling=priced, room=room)


def _away(rest: Rounding, steps: Array) -> float:
    """Half the distance of positions and cash from their targets; infinite if not to be paid."""
    missing, up, off = rest.part * rest.price, np.maximum(steps, 0), np.maximum(-steps, 0)
    if rest.buying @ up - rest.selling @ off > rest.room:
        return np.inf
    left = missing.sum() - missing @ up + rest.price @ off
    return float(max(left, (rest.price - missing) @ up))


@pytest.fixture(params=["searched", "by branches"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the search finds, or what branches find where it gives up at once."""
    if request.param == "by branches":
        monkeypatch.setattr(rounding, "PATIENCE", 0)


@pytest.mark.usefixtures("_either_way")
def test_no_step_up_or_down_is_nearer() -> None:
    rng = np.random.default_rng(0)
    for number in range(120):
        rest = _rest(rng, int(rng.integers(1, 6)), number % 5)
        most = rng.integers(0, 3, len(rest.part)).astype(np.float64)
        choices = [
            range(-int(m), 2 if part > 0 else 1) for m, part in zip(most, rest.part, strict=True)
        ]
        each = [np.array(steps, dtype=np.float64) for steps in itertools.product(*choices)]
        least = min(_away(rest, steps) for steps in each)
        assert _away(rest, rest.steps(most)) <= least * (1.0 + CLOSE) + 1e-12


@pytest.mark.usefixtures("_either_way")
def test_it_is_never_behind_a_general_solver() -> None:
    rng = np.random.default_rng(1)
    for number in range(30):
        rest = _rest(rng, int(rng.integers(10, 60)), number % 5)
        most = rng.integers(0, 9, len(rest.part)).astype(np.float64)
        found = rest._searched(rest.part * rest.price, most)
        assert found is not None
        beside = rest._solved(rest.part * rest.price, most)
        assert _away(rest, found) <= _away(rest, beside) * (1.0 + CLOSE) + 1e-12


def test_shares_that_are_alike_are_one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = _forty_alike()
    monkeypatch.setattr(rounding, "PATIENCE", 0)
    monkeypatch.setattr(rounding, "BRANCHES", 20)
    found = rest._searched(rest.part * rest.price, np.zeros(40))
    assert found is not None
    assert found.sum() == 14


def test_where_neither_way_ends_the_general_solver_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rest = _forty_alike()
    monkeypatch.setattr(rounding, "PATIENCE", 0)
    monkeypatch.setattr(rounding, "BRANCHES", 0)
    assert rest._searched(rest.part * rest.price, np.zeros(40)) is None
    assert rest.steps(np.zeros(40)).sum() == 14


def test_prices_that_differ_by_orders_of_magnitude_need_no_general_solver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Rounding, "_solved", None)  # to ask it is an error
    for seed in range(40):
        rng = np.random.default_rng(seed)
        names = [f"A{k}" for k in range(50)]
        weights = dict(zip(names, rng.dirichlet(np.full(50, 3.0)).tolist(), strict=True))
        prices = dict(zip(names, np.exp(rng.normal(4.0, 2.0, 50)).tolist(), strict=True))
        whole_shares(weights, prices, 15_000.0, cost_bps=10.0)


def _forty_alike() -> Rounding:
    alike = np.full(40, 100.0)
    return Rounding(
        part=np.full(40, 0.37), price=alike, buying=alike, selling=alike, room=40 * 37.0
    )


def test_of_what_costs_next_to_nothing_no_share_takes_memory() -> None:
    shares = 5e8
    rest = Rounding(
        part=np.array([0.67, 0.0, 0.9]),
        price=np.array([0.3, 5e-10, 4e-5]),
        buying=np.array([0.3, 5e-10, 4e-5]),
        selling=np.array([0.3, 5e-10, 4e-5]),
        room=0.67 * 0.3 + 0.9 * 4e-5,
    )
    steps = rest.steps(np.array([1.0, shares, 3_880.0]))
    assert _away(rest, steps) < 0.1 + 1e-4  # a dear share more, instead of two thirds of it
