import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from forefolio.core.errors import Infeasible
from forefolio.optimize import (
    Bounds,
    Budget,
    Constraint,
    Group,
    LongOnly,
    MaximumSharpe,
    MinimumNames,
    MinimumVariance,
    Optimizer,
    Outlook,
    TargetReturn,
    Turnover,
    Universe,
    Utility,
)

OutlookOf = Callable[..., Outlook]
BASE: tuple[Constraint, ...] = (Budget(), LongOnly())


def conflict(limits: tuple[Constraint, ...], outlook: Outlook) -> Infeasible:
    with pytest.raises(Infeasible) as caught:
        MinimumVariance(constraints=(*BASE, *limits)).allocate(outlook)
    return caught.value


@pytest.mark.parametrize(
    ("limits", "names", "amounts"),
    [
        ((Bounds(upper=0.05),), ["weight at most 5 %"], [0.075]),
        (
            (Group(sector="Tech", lower=0.6), Group(sector="Energy", lower=0.6)),
            ["Energy at least 60 %"],
            [0.2],
        ),
        (
            (Bounds(upper=0.2), Group(sector="Tech", lower=0.7)),
            ["weight at most 20 %"],  # a third of what the sector would have to give
            [0.1 / 3],
        ),
        ((Group(name="crypto", assets=("BTC",), lower=0.1),), ["crypto at least 10 %"], [0.1]),
        (
            (Bounds(overrides=(("A0", 0.7, None), ("A1", 0.5, None))),),
            ["A1: weight at least 50 %"],
            [0.2],
        ),
    ],
)
def test_what_must_give_and_by_how_much(
    limits: tuple[Constraint, ...], names: list[str], amounts: list[float], outlook_of: OutlookOf
) -> None:
    outlook = outlook_of(sectors=tuple(["Tech"] * 3 + ["Energy"] * 3 + [""] * 2))
    listed = Universe(("BTC", *outlook.assets), ("", *outlook.sectors))  # not alive by then
    error = conflict(limits, replace(outlook, listed=listed))
    assert [mend.statement for mend in error.mends] == names
    assert [mend.by for mend in error.mends] == pytest.approx(amounts, abs=1e-7)
    for mend in error.mends:
        assert mend.limit is not None and mend.needed is not None
        assert abs(mend.needed - mend.limit) == pytest.approx(mend.by)
        assert mend.sentence in str(error)
    assert "\n" not in str(error)


def test_turnover_too_tight_for_the_bounds(outlook_of: OutlookOf) -> None:
    held = np.array([0.9, 0.1, 0, 0, 0, 0, 0, 0])
    error = conflict((Bounds(upper=0.3), Turnover(at_most=0.1)), outlook_of(current=held))
    (mend,) = error.mends
    assert (mend.constraint, mend.limit) == ("turnover <= 10%", 0.1)
    assert mend.needed == pytest.approx(0.6, abs=1e-7)


@pytest.mark.parametrize(("cap", "floor"), list(product([0.02, 0.05, 0.1], [0.3, 0.5])))
def test_what_is_named_makes_it_feasible_and_half_of_it_does_not(
    cap: float, floor: float, outlook_of: OutlookOf
) -> None:
    outlook = outlook_of()
    error = conflict((Bounds(upper=cap), Group(sector="Tech", lower=floor)), outlook)
    given = {mend.statement: mend.by for mend in error.mends}

    def solve(share: float) -> None:
        upper = cap + share * given.get(f"weight at most {100 * cap:g} %", 0.0)
        lower = floor - share * given.get(f"Tech at least {100 * floor:g} %", 0.0)
        looser = (*BASE, Bounds(upper=upper), Group(sector="Tech", lower=lower))
        MinimumVariance(constraints=looser).allocate(outlook)

    solve(1 + 1e-6)
    with pytest.raises(Infeasible):
        solve(0.5)


@pytest.mark.parametrize("optimizer", [MinimumVariance, MaximumSharpe, Utility, TargetReturn])
def test_every_objective_explains_itself(
    optimizer: Callable[..., Optimizer], outlook_of: OutlookOf
) -> None:
    with pytest.raises(
        Infeasible, match=r"raise the limit on each weight from 5\.0 % to at least 12\.5 %"
    ):
        optimizer(constraints=(*BASE, Bounds(upper=0.05))).allocate(outlook_of())


def test_a_target_out_of_reach_names_the_best_attainable(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    best = outlook.mean.max() * 250 / 21
    with pytest.raises(Infeasible) as caught:
        TargetReturn(annual_return=0.9).allocate(outlook)
    (mend,) = caught.value.mends
    assert mend.needed == pytest.approx(best) and mend.unit == "fraction per year"
    assert re.search(r"from 90\.0 % to at most \d+\.\d+ % a year", str(caught.value))


def test_a_short_position_is_the_last_to_be_allowed(outlook_of: OutlookOf) -> None:
    limits = (Bounds(upper=0.1), Group(sector="Tech", upper=0.2), Turnover(at_most=0.0))
    named = {mend.statement for mend in conflict(limits, outlook_of()).mends}
    assert named and not {"no short position", "invested 100 %"} & named


def test_more_positions_of_a_size_than_may_be_held_name_the_size(outlook_of: OutlookOf) -> None:
    outlook = outlook_of(0)
    error = conflict((MinimumNames(at_least=5, size=0.3),), outlook)
    bounded = (Budget(), Bounds(lower=0.0, upper=0.5), MinimumNames(at_least=5, size=0.3))
    with pytest.raises(Infeasible) as caught:
        MinimumVariance(constraints=bounded).allocate(outlook)
    assert caught.value.mends == error.mends
    (mend,) = error.mends
    assert (mend.limit, mend.needed, mend.constraint) == (0.3, 0.2, "names >= 5 of 30%")
    assert (
        "lower the weight from which on each of 5 names counts from 30.0 % to at most 20.0 %"
        in str(error)
    )
