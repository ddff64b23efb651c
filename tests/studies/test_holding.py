"""Whose weights a study is about: read alike everywhere, settled once, never of other data."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import Field

from forefolio.core.errors import BadSettings, InputError
from forefolio.studies.catalog import STUDIES
from forefolio.studies.data import Data
from forefolio.studies.holding import WITH_WEIGHTS, Holding, Weighted, kinds_meant
from forefolio.studies.orders import OrdersStudy
from forefolio.studies.result import DataFacts, Result, RunFacts
from forefolio.studies.risk import RiskStudy
from forefolio.studies.stress import StressStudy

RUN = "4f0c0000"
FACTS = DataFacts(
    name="prices",
    source={"kind": "files", "path": "prices"},
    version="1",
    tickers=("KO", "PEP"),
    sessions=900,
    first=date(2019, 1, 2),
    last=date(2022, 12, 28),
    start=date(2019, 1, 1),
    minimum_sessions=63,
)


class Held(Result):
    kind: str = "portfolio"
    weights: Mapping[str, float] = Field({"KO": 0.6, "PEP": 0.4})


class Empty(Result):
    kind: str = "portfolio"


def recall(result: type[Result]) -> Any:
    facts = RunFacts(
        id=RUN, kind="portfolio", created=datetime(2023, 1, 2, tzinfo=UTC), version="1"
    )
    made = result(as_of=date(2022, 12, 28), data=FACTS, run=facts)

    def one(kinds: Sequence[str], begun: str) -> Result:
        assert kinds == kinds_meant(begun) and begun in ("last", RUN, RUN[:4])
        return made

    return one


def asked(study: type[Any], **settings: Any) -> Any:
    """The question, its settings at the top, as a document has them."""
    return study(**settings)


def test_every_kind_whose_result_has_weights_may_be_named() -> None:
    having = {
        str(study.model_fields["kind"].default)
        for study in STUDIES
        if study.stored and "weights" in study.result.model_fields  # else there is no run to name
    }
    assert having and having <= set(WITH_WEIGHTS)
    assert set(kinds_meant("last")) == having - {"paper"}  # an account's only if it is named
    assert kinds_meant("1234abcd") == WITH_WEIGHTS


def test_a_document_and_a_mapping_say_the_same() -> None:
    told = RiskStudy.model_validate_json('{"weights": "KO=60%, PEP=0.4"}')
    assert told == asked(RiskStudy, weights={"KO": "60 %", "PEP": 0.4})
    assert told == RiskStudy(holding=Holding(weights={"KO": 0.6, "PEP": 0.4}))
    assert Holding(weights="equal") == Holding()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"weights": "KO=1", "run": "last"}, "give one of the two"),
        ({"weights": {"K O!": 1.0}}, "ticker"),
        ({"weights": {"KO": float("nan")}}, "is no number for 'KO'"),
        ({"weights": 3}, "must be numbers by ticker"),
        ({"weights": ""}, "names nothing"),
        ({"weights": {"KO": 60, "PEP": 40}}, "KO=60 is 6000% of the portfolio; write KO=60%"),
        ({"weights": {f"A{i}": 5 for i in range(20)}}, "add up to 100: these are percentages"),
    ],
)
def test_what_is_no_holding_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadSettings, match=message):
        RiskStudy(**given)


def test_the_last_run_becomes_its_id_and_its_data() -> None:
    assert isinstance(recall(Held)(WITH_WEIGHTS, RUN), Weighted)
    settled = asked(StressStudy, run="last").settled(recall(Held))
    assert settled.holding == Holding(run=RUN)
    assert settled.data == Data(
        source="prices", tickers="KO, PEP", start=date(2019, 1, 1), minimum_sessions=63
    )
    assert settled.settled(recall(Held)) == settled  # a stored question may be asked again
    given = asked(StressStudy, weights="KO=1")
    assert given.settled(recall(Held)) == given


def test_other_data_beside_a_run_are_refused() -> None:
    for data in ({"source": "others"}, {"source": "sample"}, {"tickers": "KO"}):
        with pytest.raises(InputError, match=f"and {next(iter(data))} would name others"):
            asked(RiskStudy, run="last", **data).settled(recall(Held))
    assert (
        asked(RiskStudy, run="last", source="prices").settled(recall(Held)).data.minimum_sessions
        == 63
    )


def test_orders_take_prices_of_another_source_for_a_run_that_is_named() -> None:
    orders = OrdersStudy(capital=1000.0)
    assert orders.holding == Holding(run="last")
    assert orders.settled(recall(Held)).data.source == Data(source="prices").source
    named = asked(OrdersStudy, capital=1000.0, run=RUN, source="others")
    assert named.settled(recall(Held)).data == named.data
    with pytest.raises(InputError, match=f"say --run {RUN} if that is meant"):
        asked(OrdersStudy, capital=1000.0, source="others").settled(recall(Held))


def test_a_run_without_weights_says_so() -> None:
    with pytest.raises(InputError, match=f"run {RUN} has no weights of its own"):
        Holding(run=RUN).chosen(recall(Empty))
