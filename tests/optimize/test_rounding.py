"""Which weights are rounded up: the search beside trying everything, and beside HiGHS."""

import itertools

import numpy as np
import pytest

from forefolio.core.units import Array
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


def test_it_is_never_behind_a_general_solver() -> None:
    rng = np.random.default_rng(1)
    for number in range(30):
        rest = _rest(rng, int(rng.integers(10, 60)), number % 5)
        most = rng.integers(0, 9, len(rest.part)).astype(np.float64)
        found = rest._searched(rest.part * rest.price, most)
        if found is None:
            continue
        beside = rest._solved(rest.part * rest.price, most)
        assert _away(rest, found) <= _away(rest, beside) * (1.0 + CLOSE) + 1e-12


def test_where_too_many_are_alike_the_general_solver_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alike = np.full(40, 100.0)
    rest = Rounding(
        part=np.full(40, 0.37), price=alike, buying=alike, selling=alike, room=40 * 37.0
    )
    monkeypatch.setattr(rounding, "PATIENCE", 2_000)
    assert rest._searched(rest.part * alike, np.zeros(40)) is None
    assert rest.steps(np.zeros(40)).sum() == 14


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
