"""Every number of an answer is found again by its run and field."""

import json
from typing import Any

import pytest
from tests.agents.conftest import Agent

from forefolio.agents.values import agrees, chosen, fields_of, usual
from forefolio.core.errors import InputError

DOCUMENT: dict[str, Any] = {
    "weights": {"BRK.B": 0.25, "A": 0.75},
    "assets": [{"ticker": "BRK.B", "volatility": 0.2}, {"ticker": "A", "volatility": 0.1}],
    "losses": [{"horizon": 1, "loss": 0.02}, {"horizon": 21, "loss": None}],
    "kind": "portfolio",
}


def test_fields_name_every_value_once() -> None:
    assert fields_of(DOCUMENT) == {
        "kind": "portfolio",
        "weights.BRK.B": 0.25,
        "weights.A": 0.75,
        "assets.BRK.B.ticker": "BRK.B",
        "assets.BRK.B.volatility": 0.2,
        "assets.A.ticker": "A",
        "assets.A.volatility": 0.1,
        "losses.0.horizon": 1,
        "losses.0.loss": 0.02,
        "losses.1.horizon": 21,
        "losses.1.loss": None,
    }


def test_fields_are_chosen_by_what_they_are_under() -> None:
    fields = fields_of(DOCUMENT)
    assert chosen(fields, ["weights"]) == {"weights.BRK.B": 0.25, "weights.A": 0.75}
    assert list(chosen(fields, ["*.volatility"]).values()) == [0.2, 0.1]
    assert chosen(fields, ["assets.A.volatility"]) == {"assets.A.volatility": 0.1}
    assert "losses.1.loss" not in usual(fields, 40) and len(usual(fields, 3)) == 3
    with pytest.raises(InputError, match="weights"):
        chosen(fields, ["wieghts"])


@pytest.mark.parametrize(
    ("stored", "quoted", "right"),
    [
        (0.123456, 0.123456, True),
        (0.123456, 0.12, True),
        (0.123456, 0.13, False),
        (0.123456, 12.3, False),
        (0.126, 0.12, False),
        (25_000.4, 25_000, True),
        (25_000.4, 25_001, False),
        (-0.05, 0.05, False),
        (1e-9, 0.0, True),
        (None, 0.0, False),
        (None, None, True),
        (True, True, True),
        (1.0, True, False),
        ("A", "A", True),
        ("A", 1.0, False),
        (0.1, float("nan"), False),
    ],
)
def test_a_quoted_value_agrees_if_it_is_rounded(stored: Any, quoted: Any, right: bool) -> None:
    assert agrees(stored, quoted) is right


def test_every_number_of_an_answer_is_right(agent: Agent) -> None:
    """What `ask` and `result` answer is what the stored result says, field by field."""
    answer = agent.ask("portfolio", objective="minimum_variance")
    every = agent.call("result", run=answer["run"], fields=list(answer["fields"]))
    for found in (answer, every):
        run = agent.does(lambda: agent.desk.host.store.get(answer["run"]))
        result = agent.does(lambda: agent.desk.host.result(run))  # noqa: B023
        document = fields_of(json.loads(result.model_dump_json()))
        assert found["values"]
        for field, value in found["values"].items():
            assert agrees(document[field], value), field
    checked = agent.call("check", run=answer["run"], values=answer["values"])
    assert checked == {"run": answer["run"], "right": len(answer["values"]), "wrong": {}}


def test_long_answers_say_how_to_get_the_rest(agent: Agent) -> None:
    answer = agent.ask("simulation", paths=200, weights="equal")
    assert len(answer["values"]) <= 60 and "`fields`" in answer["more"]
    assert sum(answer["fields"].values()) > len(answer["values"])
    quantiles = agent.call("result", run=answer["run"], fields=["data"])
    assert quantiles["values"]["data.sessions"] == 400 and "summary" not in quantiles
    tables = agent.call("result", run=answer["run"], fields=["goal"], tables=True)["tables"]
    assert tables and all(isinstance(cell, str) for row in tables[0]["rows"] for cell in row)
    error = agent.error("result", run=answer["run"], fields=["gaol"])
    assert "goal" in error["detail"]
