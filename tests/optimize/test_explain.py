"""Prices are what a little more room gains, responses are differences, and stated changes do it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.optimize import (
    AnnualReturn,
    Bounds,
    Budget,
    Explanation,
    Group,
    LongOnly,
    MaximumGrowth,
    MaximumNames,
    MaximumSharpe,
    MinimumVariance,
    Outlook,
    RiskParity,
    TargetReturn,
    TargetVolatility,
    Utility,
    explain,
)

OutlookOf = Callable[..., Outlook]
YEARS = 250.0 / 21
SMALL = 1e-5


def limits(cap: float = 0.3, tech: float = 0.45, invested: float = 1.0) -> tuple[Any, ...]:
    return (
        Budget(lower=invested, upper=invested),
        LongOnly(),
        Bounds(upper=cap),
        Group(sector="Tech", upper=tech),
    )


OPTIMIZERS: tuple[Any, ...] = (
    Utility(constraints=limits()),
    MinimumVariance(constraints=limits(0.2)),
    TargetReturn(annual_return=0.13, constraints=limits()),
    TargetVolatility(annual_volatility=0.168, constraints=limits(0.8)),
    MaximumSharpe(constraints=limits()),
    MaximumSharpe(constraints=(*limits(), AnnualReturn(at_least=0.1335))),
)
EACH = pytest.mark.parametrize(
    "optimizer", OPTIMIZERS, ids=lambda o: f"{o.kind}-{len(o.constraints)}"
)


def explained(optimizer: Any, outlook: Outlook) -> Explanation:
    return explain(optimizer.allocate(outlook), outlook, optimizer)


def told_of(optimizer: Any, outlook: Outlook) -> float:
    """What the prices speak of, measured on the portfolio itself: more is better."""
    weights = optimizer.allocate(outlook).weights
    variance = float(weights @ outlook.risk @ weights) * YEARS
    earned = float(outlook.mean @ weights + outlook.risk_free * (1 - weights.sum())) * YEARS
    match optimizer.kind:
        case "utility":
            return earned - 1.5 * variance
        case "target_volatility":
            return earned
        case "maximum_sharpe":
            excess = float((outlook.mean - outlook.risk_free) @ weights) * YEARS
            return excess / float(np.sqrt(variance))
    return -float(np.sqrt(variance))


def eased(optimizer: Any, name: str, room: float) -> Any:
    """The optimiser with that much more room in one of its constraints."""
    changes: dict[str, Any] = {}
    stated: list[Any] = []
    for constraint in optimizer.constraints:
        match constraint:
            case Budget() if name.startswith("invested"):
                stated.append(Budget(lower=1.0 + room, upper=1.0 + room))
            case Bounds(upper=float(upper)) if "weight at most" in name:
                asset = name.split(":")[0]
                stated.append(Bounds(upper=upper, overrides=((asset, None, upper + room),)))
            case Group(upper=float(upper)) if name.startswith("Tech"):
                stated.append(Group(sector="Tech", upper=upper + room))
            case LongOnly() if "no short" in name:
                asset = name.split(":")[0]
                cap = next(c.upper for c in optimizer.constraints if isinstance(c, Bounds))
                stated.append(Bounds(lower=0.0, overrides=((asset, -room, cap),)))
            case AnnualReturn() if name.startswith("annual return"):
                stated.append(AnnualReturn(at_least=constraint.at_least - room))
            case _:
                stated.append(constraint)
    if optimizer.kind == "target_return" and name.startswith("annual return"):
        changes["annual_return"] = optimizer.annual_return - room
    if name.startswith("annual volatility"):
        changes["annual_volatility"] = optimizer.annual_volatility + room
    return optimizer.model_copy(update={"constraints": tuple(stated), **changes})


@EACH
def test_a_price_is_what_a_little_more_room_gains(outlook_of: OutlookOf, optimizer: Any) -> None:
    outlook = outlook_of()
    binding = explained(optimizer, outlook).limits
    assert binding
    for limit in binding:
        if limit.name.startswith("annual volatility"):
            continue  # its unit is a variance: see below
        more, less = (
            told_of(eased(optimizer, limit.name, side * SMALL), outlook) for side in (1, -1)
        )
        assert limit.price == pytest.approx((more - less) / (2 * SMALL), rel=2e-3, abs=1e-6)


def test_prices_are_those_that_the_solver_found(outlook_of: OutlookOf) -> None:
    outlook, optimizer = outlook_of(), OPTIMIZERS[0]
    found = {name: price * YEARS for name, price in optimizer.allocate(outlook).binding}
    told = {limit.name: limit.price for limit in explained(optimizer, outlook).limits}
    assert told == pytest.approx(found, rel=1e-5)


@EACH
def test_a_sensitivity_is_a_difference(outlook_of: OutlookOf, optimizer: Any) -> None:
    outlook = outlook_of()
    known = explained(optimizer, outlook).sensitivities
    assert known is not None
    differences: Array = np.zeros((8, 8))
    for k in range(8):
        step = np.zeros(8)
        step[k] = 10 * SMALL / YEARS
        up, down = (
            optimizer.allocate(outlook.with_mean(outlook.mean + s * step)).weights for s in (1, -1)
        )
        differences[:, k] = (up - down) / (20 * SMALL)
    np.testing.assert_allclose(known, differences, atol=1e-3 * max(1.0, np.abs(known).max()))


@EACH
def test_the_stated_forecasts_double_and_remove_a_position(
    outlook_of: OutlookOf, optimizer: Any
) -> None:
    outlook = outlook_of()
    for reason in explained(optimizer, outlook).positions:
        place = outlook.assets.index(reason.asset)

        def weight_at(annual: float, at: int = place) -> float:
            mean = outlook.mean.copy()
            mean[at] = annual / YEARS
            return float(optimizer.allocate(outlook.with_mean(mean)).weights[at])

        if reason.doubles_at is not None:
            assert weight_at(reason.doubles_at + 1e-6) >= 2 * reason.weight - 1e-5
            assert weight_at(reason.doubles_at - 1e-4) < 2 * reason.weight
        if reason.vanishes_at is not None:
            assert weight_at(reason.vanishes_at - 1e-6) == pytest.approx(0.0, abs=1e-6)
            assert weight_at(reason.vanishes_at + 1e-4) > 0


@EACH
def test_what_is_not_held_enters_where_it_is_said_to(outlook_of: OutlookOf, optimizer: Any) -> None:
    outlook = outlook_of()
    for entrant in explained(optimizer, outlook).entrants:
        place = outlook.assets.index(entrant.asset)
        for annual, enters in ((entrant.enters_at - 1e-4, False), (entrant.enters_at + 2e-4, True)):
            mean = outlook.mean.copy()
            mean[place] = annual / YEARS
            weight = optimizer.allocate(outlook.with_mean(mean)).weights[place]
            assert (weight > 1e-7) == enters


def test_sentences_are_plain_and_the_document_is_json(outlook_of: OutlookOf) -> None:
    found = explained(MaximumSharpe(constraints=limits()), outlook_of())
    told = " ".join(found.sentences)
    assert "A0: weight at most 31 % instead of 30 % would raise the Sharpe ratio by 0.00" in told
    assert "it would not be held below" in told
    assert "its weight cannot double because of the limit A0: weight at most 30 %" in told
    assert "A5 would be bought above" in told
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["sentences"][0] in told
    assert list(found.to_frame().index) == [position.asset for position in found.positions]


def test_what_looks_at_risk_alone_says_so(outlook_of: OutlookOf) -> None:
    found = explained(MinimumVariance(), outlook_of())
    assert any("follow from the risk alone" in sentence for sentence in found.sentences)
    assert found.sensitivities is not None and not found.sensitivities.any()


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (RiskParity(), "objective risk parity is none of those"),
        (MaximumGrowth(window=80), "objective maximum growth is none of those"),
        (
            Utility(constraints=(*limits(0.6), MaximumNames(at_most=3))),
            "is kept by a search among names",
        ),
        (Utility(constraints=("sum(w) == 1", "w >= 0", "turnover <= 20%")), "not linear"),
    ],
    ids=["parity", "kelly", "names", "turnover"],
)
def test_what_is_not_known_is_said_with_its_reason(
    outlook_of: OutlookOf, optimizer: Any, reason: str
) -> None:
    found = explained(optimizer, outlook_of(assets=4))
    assert not found.limits and found.sensitivities is None and found.positions
    assert reason in found.missing[0] and found.missing[0] in found.sentences


def test_weights_of_somebody_else_are_not_explained(outlook_of: OutlookOf) -> None:
    outlook, optimizer = outlook_of(), OPTIMIZERS[0]
    other = replace(optimizer.allocate(outlook), weights=np.full(8, 1 / 8))
    assert "not what Utility chooses" in explain(other, outlook, optimizer).missing[0]
    with pytest.raises(InputError, match="periods_per_year"):
        explain(other, replace(outlook, periods_per_year=np.nan), optimizer)


def test_where_nothing_beats_cash_that_is_the_reason(outlook_of: OutlookOf) -> None:
    outlook = replace(outlook_of(assets=4), risk_free=1.0)
    found = explained(MaximumSharpe(), outlook)
    assert "nothing that is held is expected to beat cash" in found.missing[0]


def test_of_one_asset_nothing_is_missing(outlook_of: OutlookOf) -> None:
    assert explained(RiskParity(), outlook_of(assets=1)).missing == ()
