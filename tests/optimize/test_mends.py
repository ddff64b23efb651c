"""What an infeasible problem says to do, for people and for programs, is enough and no more."""

import json
import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.optimize.conftest import random_outlook

from forefolio.core.component import Component
from forefolio.core.errors import Infeasible
from forefolio.core.mends import Mend, mend_between
from forefolio.core.wording import MINUS
from forefolio.optimize import (
    Bounds,
    Budget,
    Constraint,
    Exposure,
    Forbidden,
    Group,
    LongOnly,
    MinimumVariance,
    MustHold,
    Outlook,
    TargetVolatility,
    parse_constraint,
)
from forefolio.optimize.program.problem import Limit, Rows
from forefolio.optimize.program.symbols import Symbols

OutlookOf = Callable[..., Outlook]


def refused(outlook: Outlook, *limits: Constraint) -> Infeasible:
    with pytest.raises(Infeasible) as caught:
        MinimumVariance(constraints=limits).allocate(outlook)
    return caught.value


def printed(mend: Mend) -> float:
    """The level that the sentence asks for."""
    found = re.search(rf"at (?:least|most) ([{MINUS}\d.,]+)", mend.sentence)
    assert found
    return float(found[1].replace(MINUS, "-").replace(",", "")) / 100


@given(st.integers(0, 500), st.floats(0.01, 0.12), st.floats(0.3, 1.2), st.floats(0.05, 0.6))
def test_following_the_sentence_to_the_letter_makes_a_portfolio_possible(
    seed: int, cap: float, floor: float, energy: float
) -> None:
    outlook = random_outlook(seed)
    limits: dict[str, Callable[[float], Constraint]] = {
        f"w <= {cap:.6f}": lambda level: Bounds(upper=level),
        f"Tech >= {floor:.6f}": lambda level: Group(sector="Tech", lower=level),
        f"Energy >= {energy:.6f}": lambda level: Group(sector="Energy", lower=level),
    }
    levels = {text: float(text.split()[-1]) for text in limits}
    stated = {str(parse_constraint(text)): text for text in limits}
    usual = (Budget(), LongOnly())
    try:
        MinimumVariance(constraints=(*usual, *map(parse_constraint, limits))).allocate(outlook)
    except Infeasible as error:
        mends = error.mends
    else:
        assume(False)
    assume(all(mend.constraint in stated for mend in mends))
    for mend in mends:
        text = stated[mend.constraint]
        assert mend.limit == pytest.approx(levels[text])
        levels[text] = printed(mend)
    looser = [build(levels[text]) for text, build in limits.items()]
    MinimumVariance(constraints=(*usual, *looser)).allocate(outlook)


def test_a_mend_is_a_document_and_travels_with_the_error(outlook_of: OutlookOf) -> None:
    error = refused(outlook_of(), Budget(), LongOnly(), Bounds(upper=0.1))
    again = pickle.loads(pickle.dumps(error))
    assert again.mends == error.mends and str(again) == str(error)
    document = json.loads(json.dumps([mend.to_dict() for mend in error.mends]))
    assert document[0]["constraint"] == "w <= 10%"
    assert document[0]["limit"] == 0.1 and document[0]["needed"] == pytest.approx(0.125)
    assert (
        document[0]["sentence"] == "raise the limit on each weight from 10.0 % to at least 12.5 %"
    )


def _only(weight: float) -> Bounds:
    return Bounds(overrides=(("A0", weight, weight),))


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (
            (Budget(lower=1.2, upper=1.2), Bounds(lower=0.0, upper=0.1)),
            "raise the limit on each weight from 10.0 % to at least 15.0 %",
        ),
        (
            (Budget(), LongOnly(), MustHold(assets=("A0", "A1"), at_least=0.6)),
            "lower the minimum for A0, A1 from 60.0 % to at most 50.0 %",
        ),
        (
            (Budget(), LongOnly(), Bounds(overrides=(("A0", 0.7, None), ("A1", 0.5, None)))),
            "lower the minimum for the weight of A1 from 50.0 % to at most 30.0 %",
        ),
        (
            (Budget(), LongOnly(), Forbidden(assets=tuple(f"A{k}" for k in range(8)))),
            "raise the limit on A0, A1, A2, A3, A4, A5, A6, A7 from 0.0 % to at least 12.5 %",
        ),
        (
            (Budget(), LongOnly(), _only(0.4), _only(0.6)),
            "lower the limit on the weight of A0 from 60.0 % to at most 40.0 %",
        ),
        (
            (Budget(), LongOnly(), _only(0.6), _only(0.4)),
            "raise the limit on the weight of A0 from 40.0 % to at least 60.0 %",
        ),
    ],
)
def test_each_kind_of_limit_has_its_words(
    limits: tuple[Constraint, ...], sentence: str, outlook_of: OutlookOf
) -> None:
    assert sentence in str(refused(outlook_of(), *limits))


def test_a_year_and_a_plain_number_are_said(outlook_of: OutlookOf) -> None:
    outlook = outlook_of()
    with pytest.raises(
        Infeasible, match=r"raise the limit on the volatility from 1\.0 % .* a year"
    ):
        TargetVolatility(annual_volatility=0.01).allocate(outlook)
    momentum: Any = Exposure.model_validate({"to": {"kind": "momentum"}, "lower": 50.0})
    (mend,) = refused(outlook, Budget(), LongOnly(), momentum).mends
    assert mend.unit == "number" and "%" not in mend.sentence


class Mine(Component):
    """Somebody's own: no number beside its words."""

    kind: Literal["mine"] = "mine"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        yield Rows(name="my rule", excess=0.9 * s.scale - s.x[[0]])


def test_a_constraint_of_somebodys_own_says_how_much_room_it_needs(outlook_of: OutlookOf) -> None:
    error = refused(
        outlook_of(), Budget(), LongOnly(), Mine(), Bounds(overrides=(("A1", 0.4, 0.4),))
    )
    assert {mend.statement for mend in error.mends} <= {"my rule", "A1: weight 40 %"}
    (alone,) = refused(outlook_of(), Budget(upper=0.5, lower=0.5), LongOnly(), Mine()).mends
    assert (alone.limit, alone.needed) == (None, None)
    assert alone.by == pytest.approx(0.4) and "give 'my rule' more room, at least 0.4" in str(
        refused(outlook_of(), Budget(upper=0.5, lower=0.5), LongOnly(), Mine())
    )


@pytest.mark.parametrize(
    ("limit", "needed", "sentence"),
    [
        (0.1, 0.25, "raise it from 10.0 % to at least 25.0 %"),
        (0.1, 0.2501, "raise it from 10.0 % to at least 25.1 %"),
        (0.3, 0.2999, "lower it from 30.000 % to at most 29.990 %"),
        (0.3, 0.0, "lower it from 30.0 % to at most 0.0 %"),
        (0.0, -0.051, f"lower it from 0.0 % to at most {MINUS}5.1 %"),
        (0.0004, 0.0003, "lower it from 0.040 % to at most 0.030 %"),
    ],
)
def test_levels_are_rounded_to_the_side_that_is_allowed(
    limit: float, needed: float, sentence: str
) -> None:
    assert mend_between("it", limit, needed).sentence == sentence


def test_a_soft_limit_says_what_it_became(outlook_of: OutlookOf) -> None:
    held = np.array([0.9, 0.1, 0, 0, 0, 0, 0, 0])
    words = ("sum(w) == 1", "w >= 0", "w <= 30%", "turnover <= 10% if possible")
    got = MinimumVariance(constraints=words).allocate(outlook_of(current=held))
    assert got.notes == ("turnover at most 10 % gave way: 60.0 % instead of 10.0 %",)


class Cash(Component):
    """Somebody's own, whose number is said beside its rows."""

    kind: Literal["cash"] = "cash"

    def rows(self, s: Symbols) -> Iterator[Rows]:
        limit = Limit("the limit on cash", 0.05, upper=True)
        yield Rows(name="cash", excess=s.cash - 0.05 * s.scale, limit=limit)


def test_an_own_constraint_that_names_its_limit_says_what_it_must_become(
    outlook_of: OutlookOf,
) -> None:
    error = refused(outlook_of(), Budget(lower=0.7, upper=0.7), LongOnly(), Cash())
    assert "raise the limit on cash from 5.0 % to at least 30.0 %" in str(error)
