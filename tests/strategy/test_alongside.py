"""Rules that decide on the same snapshots share what they estimate of them."""

import pickle
from collections.abc import Iterator

import numpy as np
import pytest

from forefolio.core.errors import DataError
from forefolio.core.units import Array
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation
from forefolio.risk import LedoitWolf
from forefolio.risk.base import AnyCovariance
from forefolio.strategy import Classical, Diversified
from forefolio.strategy.alongside import Alongside, estimated, sharing_estimates

MARKET = simulated_market(seed=3, sessions=400, assets=6)
SESSIONS = MARKET.sessions[[300, 321]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[np.datetime64]]:
    """The sessions at which Ledoit and Wolf's covariance was estimated."""
    estimated_at: list[np.datetime64] = []
    plain = LedoitWolf.__call__

    def counting(self: LedoitWolf, market: Market) -> AnyCovariance:
        estimated_at.append(market.sessions[-1])
        return plain(self, market)

    monkeypatch.setattr(LedoitWolf, "__call__", counting)
    yield estimated_at


def rule() -> Diversified:
    return Diversified(risk=LedoitWolf(), most=0.2, equal_shares=1.0)


def beside(*sessions: np.datetime64) -> Alongside:
    return Alongside(rule().decide, (rule().unlimited.decide,), frozenset(sessions))


def test_what_is_asked_beside_it_decides_as_if_alone_and_costs_no_other_estimate(
    asked: list[np.datetime64],
) -> None:
    nothing = np.zeros(6)
    policy = beside(*SESSIONS)
    own = [policy(MARKET.as_of(day), nothing) for day in SESSIONS]
    other = [policy.other(0)(MARKET.as_of(day), nothing) for day in SESSIONS]
    assert asked == [*SESSIONS]
    for day, one, free in zip(SESSIONS, own, other, strict=True):
        past = MARKET.as_of(day)
        np.testing.assert_array_equal(one.weights, rule().decide(past, nothing).weights)
        np.testing.assert_array_equal(free.weights, rule().unlimited.decide(past, nothing).weights)
        assert free.basis is None
        assert not np.array_equal(one.weights, free.weights)


def test_at_other_sessions_nobody_else_is_asked_until_somebody_wants_to_know(
    asked: list[np.datetime64],
) -> None:
    policy, past = beside(SESSIONS[0]), MARKET.as_of(SESSIONS[1])
    policy(past, np.zeros(6))
    assert asked == [SESSIONS[1]]
    policy.other(0)(past, np.zeros(6)), policy.other(0)(past, np.zeros(6))
    assert asked == [SESSIONS[1]] * 2


def test_estimates_differ_with_what_they_are_made_by_and_nothing_stays(
    asked: list[np.datetime64],
) -> None:
    past, nothing = MARKET.as_of(SESSIONS[0]), np.zeros(6)
    with sharing_estimates():
        Classical().decide(past, nothing), Classical(horizon=5).decide(past, nothing)
        Classical().decide(past, nothing)
        Classical().decide(MARKET.as_of(SESSIONS[1]), nothing)
        assert len(asked) == 3
    Classical().decide(past, nothing)
    assert len(asked) == 4
    assert estimated(past, "anything", lambda: 1) == 1


def test_holdings_are_those_of_each_decision() -> None:
    held = np.array([1.0, 0, 0, 0, 0, 0])
    shown: list[Array] = []

    def looking(outlook: object) -> object:
        shown.append(outlook.current)  # type: ignore[attr-defined]
        return Classical().optimizer

    past = MARKET.as_of(SESSIONS[0])
    with sharing_estimates():
        for current in (np.zeros(6), held):
            Classical().decide_by(looking, past, current)  # type: ignore[arg-type]
    np.testing.assert_array_equal(shown, [np.zeros(6), held])


def test_an_error_of_another_rule_is_raised_to_whoever_asks_for_it_alone() -> None:
    def failing(snapshot: Market, current: Array) -> Allocation:  # noqa: ARG001
        raise DataError("no")

    policy = Alongside(rule().decide, (failing,), frozenset(SESSIONS))
    past = MARKET.as_of(SESSIONS[0])
    assert policy(past, np.zeros(6)).weights.sum() == pytest.approx(1.0)
    with pytest.raises(DataError, match="no"):
        policy.other(0)(past, np.zeros(6))


def test_it_travels_alone() -> None:
    sent = pickle.loads(pickle.dumps(beside(*SESSIONS)))
    assert sent.others == ()
    past = MARKET.as_of(SESSIONS[0])
    np.testing.assert_array_equal(
        sent(past, np.zeros(6)).weights, rule().decide(past, np.zeros(6)).weights
    )
